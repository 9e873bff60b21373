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
}

#[derive(Clone, Copy, Debug)]
struct Floor {
    hops: u16,
    ticks: u16,
    until: Time,
}

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self { floors: BTreeMap::new(), expiry: BTreeSet::new() }
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
        let mut held = Held::default();
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
}
