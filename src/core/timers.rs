//! Deadlines: at most one per key, taken in order of time.
//!
//! An engine names its timers by an enum (`RipTimer::Periodic(circuit)`), sets them, and takes
//! what is due. Setting a timer again moves it; nothing is ever cancelled twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;

use crate::Time;

/// One deadline per key. Keys due at the same time come out in the order of the keys, so that
/// equal histories give equal behaviour.
#[derive(Clone, Debug)]
pub struct Timers<K> {
    deadlines: BTreeMap<K, Time>,
    queue: BTreeSet<(Time, K)>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { deadlines: BTreeMap::new(), queue: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Timers<K> {
    /// No timer set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the timer `key` to `at`, whatever it was before.
    pub fn set(&mut self, key: K, at: Time) {
        if let Some(old) = self.deadlines.insert(key.clone(), at) {
            self.queue.remove(&(old, key.clone()));
        }
        self.queue.insert((at, key));
    }

    /// Sets the timer `key` to `at` unless it is due before that.
    pub fn set_earliest(&mut self, key: K, at: Time) {
        if self.deadlines.get(&key).is_none_or(|&old| at < old) {
            self.set(key, at);
        }
    }

    /// Stops the timer `key`; true if it was running.
    pub fn cancel(&mut self, key: &K) -> bool {
        match self.deadlines.remove(key) {
            Some(at) => self.queue.remove(&(at, key.clone())),
            None => false,
        }
    }

    /// Sets the timer `key` to `at`, or stops it if there is no such time.
    pub fn put(&mut self, key: K, at: Option<Time>) {
        match at {
            Some(at) => self.set(key, at),
            None => drop(self.cancel(&key)),
        }
    }

    /// When the timer `key` is due.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Time> {
        self.deadlines.get(key).copied()
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn pop_due(&mut self, now: Time) -> Option<K> {
        if self.queue.first()?.0 > now {
            return None;
        }
        let (_, key) = self.queue.pop_first()?;
        self.deadlines.remove(&key);
        Some(key)
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next(&self) -> Option<Time> {
        self.queue.first().map(|&(at, _)| at)
    }

    /// The timers that run, in the order of their keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.deadlines.keys()
    }

    /// Those of them whose keys are in `range`.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl Iterator<Item = &K> {
        self.deadlines.range(range).map(|(key, _)| key)
    }

    /// How many timers run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.deadlines.len()
    }

    /// No timer runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_out_in_time_order_and_moving_one_forgets_its_old_deadline() {
        let mut timers = Timers::new();
        timers.set("b", Time::from_secs(2));
        timers.set("a", Time::from_secs(2));
        timers.set("c", Time::from_secs(1));
        timers.set("c", Time::from_secs(3));
        timers.set_earliest("a", Time::from_secs(9));
        assert_eq!(timers.next(), Some(Time::from_secs(2)));
        assert_eq!(timers.pop_due(Time::from_secs(1)), None);
        assert_eq!(timers.pop_due(Time::from_secs(5)), Some("a"));
        assert_eq!(timers.pop_due(Time::from_secs(5)), Some("b"));
        timers.put("d", Some(Time::from_secs(4)));
        assert_eq!(timers.range("d"..).collect::<Vec<_>>(), [&"d"]);
        timers.put("d", None);
        assert_eq!(timers.get(&"d"), None);
        assert!(timers.cancel(&"c"));
        assert!(!timers.cancel(&"c"));
        assert!(timers.is_empty());
    }
}
