//! What was sent a short while ago: one version of a link-state packet is not sent again within
//! 5 s [nlsp §11.3].

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::Time;
use crate::wire::NodeAddress;
use crate::wire::nlsp::LspId;

/// Sendings remembered on a line at most; of more, the oldest are forgotten and may be repeated.
const LIMIT: usize = 262_144;

/// A version of a link-state packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) sequence: u32,
    pub(super) purged: bool,
}

/// What, and to whom: to all, or to one neighbour.
type Sending = (LspId, Option<NodeAddress>);

/// What was sent on a line a short while ago.
#[derive(Debug, Default)]
pub(super) struct Recent {
    sent: BTreeMap<Sending, (Time, Version)>,
    order: VecDeque<(Time, Sending)>,
}

impl Recent {
    /// It is being sent. What is older than `keep` is forgotten.
    pub(super) fn note(&mut self, now: Time, sending: Sending, version: Version, keep: Duration) {
        while let Some(&(at, old)) = self.order.front()
            && (at + keep <= now || self.order.len() >= LIMIT)
        {
            self.order.pop_front();
            if self.sent.get(&old).is_some_and(|&(last, _)| last == at) {
                self.sent.remove(&old);
            }
        }
        self.sent.insert(sending, (now, version));
        self.order.push_back((now, sending));
    }

    /// When it may be sent again: the past, if this version was not sent lately. What was sent to
    /// all was sent to each.
    pub(super) fn free_at(&self, sending: Sending, version: Version, pause: Duration) -> Time {
        let (id, to) = sending;
        let last = |to| {
            let (at, sent) = *self.sent.get(&(id, to))?;
            (sent == version).then_some(at + pause)
        };
        let to_all = last(None);
        let to_one = to.and_then(|to| last(Some(to)));
        to_all.max(to_one).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.order.len().max(self.sent.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(5);

    #[test]
    fn what_was_sent_to_all_or_to_the_neighbour_waits_and_another_version_does_not() {
        let (start, id) = (Time::from_secs(50), LspId::FIRST);
        let [anna, bob] = [1, 2].map(|n| Some(NodeAddress([n; 6])));
        let first = Version { sequence: 1, purged: false };
        let mut recent = Recent::default();
        recent.note(start, (id, anna), first, PAUSE);
        assert_eq!(recent.free_at((id, anna), first, PAUSE), start + PAUSE);
        assert_eq!(recent.free_at((id, bob), first, PAUSE), Time::ZERO);
        assert_eq!(recent.free_at((id, None), first, PAUSE), Time::ZERO);
        let later = start + Duration::from_secs(2);
        recent.note(later, (id, None), first, PAUSE);
        assert_eq!(recent.free_at((id, bob), first, PAUSE), later + PAUSE);
        assert_eq!(recent.free_at((id, anna), first, PAUSE), later + PAUSE);
        let purge = Version { purged: true, ..first };
        assert_eq!(recent.free_at((id, anna), purge, PAUSE), Time::ZERO);
    }

    #[test]
    fn nothing_is_remembered_longer_than_it_matters() {
        let mut recent = Recent::default();
        for second in 0..1_000 {
            let version = Version { sequence: second, purged: false };
            recent.note(Time::from_secs(second.into()), (LspId::FIRST, None), version, PAUSE);
            assert!(recent.len() <= 5);
        }
    }
}
