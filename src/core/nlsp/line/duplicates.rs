//! One system at two nodes of a line: it moved, or two machines have one number [nlsp §8.2].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::wire::NodeAddress;
use crate::wire::nlsp::SystemId;

/// If the node that had to go is heard again within this time, there are two of them.
const MEMORY: Duration = Duration::from_secs(120);

/// Systems that were lately heard from two nodes.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    moves: BTreeMap<SystemId, Move>,
}

#[derive(Debug)]
struct Move {
    /// The node that had to go.
    displaced: NodeAddress,
    /// It was heard again: there are two.
    twice: bool,
    until: Time,
}

/// Which of two nodes with one system is the neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The one that was heard now, not the one that is a neighbour.
    pub(super) newcomer: bool,
    /// There are two machines of this system.
    pub(super) twice: bool,
}

impl Duplicates {
    /// `newcomer` was heard as this system, and `holder` is a neighbour as the same. The newest
    /// wins; where both go on speaking, the lower node, so that nothing flaps.
    pub(super) fn judge(
        &mut self,
        now: Time,
        limit: usize,
        system: SystemId,
        newcomer: NodeAddress,
        holder: NodeAddress,
    ) -> Verdict {
        self.moves.retain(|_, known| known.until > now);
        let twice = (self.moves.get(&system))
            .is_some_and(|known| known.twice || known.displaced == newcomer);
        let newcomer_wins = !twice || newcomer < holder;
        let displaced = if newcomer_wins { holder } else { newcomer };
        if self.moves.len() < limit || self.moves.contains_key(&system) {
            self.moves.insert(system, Move { displaced, twice, until: now + MEMORY });
        }
        Verdict { newcomer: newcomer_wins, twice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: NodeAddress = NodeAddress([0, 0, 0, 0, 0, 1]);
    const HIGH: NodeAddress = NodeAddress([0, 0, 0, 0, 0, 2]);
    const SYSTEM: SystemId = SystemId([2, 0, 0, 0, 0, 1]);

    fn judged(duplicates: &mut Duplicates, at: u64, newcomer: NodeAddress) -> (bool, bool) {
        let holder = if newcomer == LOW { HIGH } else { LOW };
        let verdict = duplicates.judge(Time::from_secs(at), 10, SYSTEM, newcomer, holder);
        (verdict.newcomer, verdict.twice)
    }

    #[test]
    fn a_system_that_moved_is_taken_and_one_that_is_there_twice_keeps_its_lower_node() {
        let mut duplicates = Duplicates::default();
        assert_eq!(judged(&mut duplicates, 0, HIGH), (true, false), "it moved up");
        assert_eq!(judged(&mut duplicates, 119, LOW), (true, true), "the old node speaks again");
        assert_eq!(judged(&mut duplicates, 130, HIGH), (false, true));
        assert_eq!(judged(&mut duplicates, 249, HIGH), (false, true), "as long as it is heard");
        assert_eq!(judged(&mut duplicates, 369, HIGH), (true, false), "120 s later it may move");
    }

    #[test]
    fn strangers_do_not_fill_the_memory_beyond_its_limit() {
        let mut duplicates = Duplicates::default();
        for last in 0..=9 {
            duplicates.judge(Time::ZERO, 4, SystemId([2, 0, 0, 0, 0, last]), LOW, HIGH);
        }
        assert_eq!(duplicates.moves.len(), 4);
    }
}
