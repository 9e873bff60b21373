//! What is owed to one neighbour: it showed an older version, or that it lacks the packet
//! [nlsp §19.17].
//!
//! On a LAN one sending serves all: there, everything is owed to the broadcast node.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use crate::Time;
use crate::random::Random;
use crate::timers::Timers;
use crate::wire::NodeAddress;
use crate::wire::nlsp::LspId;

/// Packets that may go out now, over all neighbours: what the pace of a large network lets through
/// between two CSNP sets. What is beyond is asked for again.
const READY_LIMIT: usize = 1 << 20;
/// Packets that go out later; what is beyond shows again in the next CSNP.
const LATER_LIMIT: usize = 1 << 16;

/// What is owed on a line.
#[derive(Debug, Default)]
pub(super) struct Owed {
    ready: BTreeMap<NodeAddress, Ready>,
    /// How much that is.
    len: usize,
    /// Who was served last.
    served: NodeAddress,
    /// What others may see to before we have to.
    later: Timers<(LspId, NodeAddress)>,
}

/// What one neighbour gets.
#[derive(Debug, Default)]
struct Ready {
    ids: BTreeSet<LspId>,
    /// What it got last.
    last: Option<LspId>,
}

impl Owed {
    /// `id` is owed to `node` from `at` on.
    pub(super) fn owe(&mut self, node: NodeAddress, id: LspId, at: Time, now: Time) {
        if self.ready.get(&node).is_some_and(|ready| ready.ids.contains(&id)) {
            return;
        }
        if at <= now {
            self.later.cancel(&(id, node));
            if self.len < READY_LIMIT {
                self.len += 1;
                self.ready.entry(node).or_default().ids.insert(id);
            }
            return;
        }
        if self.later.get(&(id, node)).is_some() || self.later.len() < LATER_LIMIT {
            self.later.set_earliest((id, node), at);
        }
    }

    /// `node` has `id`, or gets it in another way.
    pub(super) fn settle(&mut self, node: NodeAddress, id: LspId) {
        self.later.cancel(&(id, node));
        if let Some(ready) = self.ready.get_mut(&node)
            && ready.ids.remove(&id)
        {
            self.len -= 1;
            if ready.ids.is_empty() {
                self.ready.remove(&node);
            }
        }
    }

    /// Somebody sent `id` to all: those who were to get it later have it.
    pub(super) fn sent_to_all(&mut self, id: LspId) {
        let all = (id, NodeAddress([0; 6]))..=(id, NodeAddress::BROADCAST);
        let waiting: Vec<_> = self.later.range(all).copied().collect();
        self.cancel(&waiting);
    }

    /// Nothing is owed to `node` any more.
    pub(super) fn forget(&mut self, node: NodeAddress) {
        if let Some(ready) = self.ready.remove(&node) {
            self.len -= ready.ids.len();
        }
        let waiting: Vec<_> = self.later.keys().filter(|(_, it)| *it == node).copied().collect();
        self.cancel(&waiting);
    }

    /// These do not go out later.
    fn cancel(&mut self, waiting: &[(LspId, NodeAddress)]) {
        for it in waiting {
            self.later.cancel(it);
        }
    }

    /// What was to go out later, and nobody has seen to, goes out now.
    pub(super) fn advance(&mut self, now: Time) {
        while let Some((id, node)) = self.later.pop_due(now) {
            self.owe(node, id, now, now);
        }
    }

    /// Something may go out now.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes the next: from each neighbour in turn, of its packets from a random one on, so that a
    /// burst of loss does not hit the same ones each time [nlsp §11.3].
    pub(super) fn pop(&mut self, random: &mut Random) -> Option<(NodeAddress, LspId)> {
        let behind = self.ready.range_mut((Excluded(self.served), Unbounded)).next();
        let (&node, ready) = match behind {
            Some(found) => found,
            None => self.ready.iter_mut().next()?,
        };
        let id = ready.next(random)?;
        self.served = node;
        self.settle(node, id);
        if let Some(ready) = self.ready.get_mut(&node) {
            ready.last = Some(id);
        }
        Some((node, id))
    }

    /// When there is something to do: the past, if something may go out now.
    pub(super) fn next(&self) -> Option<Time> {
        if self.is_ready() {
            return Some(Time::ZERO);
        }
        self.later.next()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Ready {
    fn next(&self, random: &mut Random) -> Option<LspId> {
        let from = match self.last {
            Some(last) => last,
            None => between(*self.ids.first()?, *self.ids.last()?, random),
        };
        self.ids.range(from..).next().or_else(|| self.ids.first()).copied()
    }
}

/// An identifier from `first` to `last`.
fn between(first: LspId, last: LspId, random: &mut Random) -> LspId {
    let [first, last] = [first, last].map(|id| u64::from_be_bytes(id.to_bytes()));
    let ahead = random.below(last.saturating_sub(first).saturating_add(1));
    LspId::from_bytes(first.saturating_add(ahead).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_secs(100);

    fn id(n: u8) -> LspId {
        LspId::from_bytes([2, 0, 0, 0, n, 0, 0, 0])
    }

    fn node(n: u8) -> NodeAddress {
        NodeAddress([n; 6])
    }

    #[test]
    fn neighbours_are_served_in_turn_and_each_from_a_random_packet_on() {
        let mut starts = BTreeSet::new();
        for seed in 0..20 {
            let (mut owed, mut random) = (Owed::default(), Random::seeded(seed));
            for n in 0..100 {
                owed.owe(node(1), id(n), NOW, NOW);
                owed.owe(node(2), id(n), NOW, NOW);
            }
            let sent: Vec<_> = std::iter::from_fn(|| owed.pop(&mut random)).collect();
            assert_eq!(sent.len(), 200);
            for pair in sent.chunks(2) {
                assert_ne!(pair[0].0, pair[1].0);
            }
            let one: Vec<LspId> =
                sent.iter().filter(|sent| sent.0 == node(1)).map(|sent| sent.1).collect();
            let wrapped = one.windows(2).filter(|pair| pair[1] < pair[0]).count();
            assert!(wrapped <= 1, "in order, round the end once");
            starts.insert(one[0]);
            assert_eq!((owed.len, owed.next()), (0, None));
        }
        assert!(starts.len() > 10, "{starts:?}");
    }

    #[test]
    fn what_goes_out_later_is_dropped_when_it_is_seen_to() {
        let (mut owed, mut random) = (Owed::default(), Random::seeded(1));
        let later = Time::from_secs(103);
        for n in 1..=3 {
            owed.owe(node(n), id(1), later, NOW);
            owed.owe(node(n), id(2), later, NOW);
        }
        owed.sent_to_all(id(1));
        owed.settle(node(1), id(2));
        owed.forget(node(2));
        assert_eq!(owed.next(), Some(later));
        owed.advance(later);
        assert_eq!(owed.pop(&mut random), Some((node(3), id(2))));
        assert_eq!(owed.pop(&mut random), None);
        assert_eq!(owed.next(), None);
    }

    #[test]
    fn what_is_owed_later_and_then_at_once_goes_out_once_and_at_once() {
        let (mut owed, mut random) = (Owed::default(), Random::seeded(1));
        owed.owe(node(1), id(1), Time::from_secs(103), NOW);
        owed.owe(node(1), id(1), Time::from_secs(102), NOW);
        assert_eq!(owed.next(), Some(Time::from_secs(102)));
        owed.owe(node(1), id(1), NOW, NOW);
        owed.owe(node(1), id(1), Time::from_secs(101), NOW);
        assert_eq!(owed.pop(&mut random), Some((node(1), id(1))));
        assert_eq!(owed.next(), None);
    }
}
