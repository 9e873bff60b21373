//! The hold rule: what was lost is not taken back from the first who still believes in it.
//!
//! For 60 seconds after something got worse or went away, an offer from somebody not in use
//! counts only if it is no farther than the best that was held in that time, in hops or in ticks
//! [ipx-rip-sap §10.2, nlsp §13.3.3]. Stale news so runs round a ring of routers once at most.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Time;

/// How long a better past counts.
pub(crate) const HOLD: Duration = Duration::from_secs(60);

/// The least distance held within the last [`HOLD`], per key.
#[derive(Clone, Debug)]
pub(crate) struct Held<K> {
    floors: BTreeMap<K, Floor>,
    expiry: BTreeSet<(Time, K)>,
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
struct Floor {
    hops: u16,
    ticks: u16,
    until: Time,
}

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<K> Held<K> {
    /// Remembers `limit` keys at most: as many as the table has room for.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { floors: BTreeMap::new(), expiry: BTreeSet::new(), limit }
    }
}

impl<K: Ord + Clone> Held<K> {
    /// `key` was held at this distance until `now`, when it got worse or went away.
    pub(crate) fn lost(&mut self, key: K, hops: u16, ticks: u16, now: Time) {
        self.expire(now);
        let until = now + HOLD;
        let mut floor = Floor { hops, ticks, until };
        if let Some(old) = self.floors.get(&key) {
            floor.hops = floor.hops.min(old.hops);
            floor.ticks = floor.ticks.min(old.ticks);
            self.expiry.remove(&(old.until, key.clone()));
        } else if self.floors.len() >= self.limit
            && let Some((_, oldest)) = self.expiry.pop_first()
        {
            self.floors.remove(&oldest);
        }
        self.expiry.insert((until, key.clone()));
        self.floors.insert(key, floor);
    }

    /// An offer at this distance from somebody not in use may be taken.
    pub(crate) fn permits(&self, key: &K, hops: u16, ticks: u16, now: Time) -> bool {
        match self.floors.get(key) {
            Some(floor) if floor.until > now => hops <= floor.hops || ticks <= floor.ticks,
            _ => true,
        }
    }

    /// Forgets what is older than [`HOLD`].
    fn expire(&mut self, now: Time) {
        while let Some((until, key)) = self.expiry.first().cloned() {
            if until > now {
                break;
            }
            self.expiry.pop_first();
            self.floors.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_loss_only_what_is_no_farther_is_taken_for_sixty_seconds() {
        let mut held = Held::new(9);
        let start = Time::from_secs(100);
        held.lost("x", 2, 5, start);
        held.lost("x", 4, 9, start + Duration::from_secs(1));
        let at = |s| start + Duration::from_secs(s);
        assert!(!held.permits(&"x", 3, 6, at(30)));
        assert!(held.permits(&"x", 2, 6, at(30)), "no more hops");
        assert!(held.permits(&"x", 3, 5, at(30)), "no more ticks");
        assert!(held.permits(&"y", 9, 9, at(30)), "never held");
        assert!(!held.permits(&"x", 3, 6, at(60)));
        assert!(held.permits(&"x", 3, 6, at(61)));
    }

    #[test]
    fn beyond_the_limit_the_oldest_loss_is_forgotten() {
        let mut held = Held::new(2);
        let at = Time::from_secs;
        held.lost("x", 1, 1, at(100));
        held.lost("y", 1, 1, at(101));
        held.lost("x", 1, 1, at(102));
        held.lost("z", 1, 1, at(103));
        assert!(held.permits(&"y", 9, 9, at(104)));
        assert!(!held.permits(&"x", 9, 9, at(104)));
        assert!(!held.permits(&"z", 9, 9, at(104)));
        assert_eq!((held.floors.len(), held.expiry.len()), (2, 2));
    }
}
