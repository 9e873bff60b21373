//! What will happen, in the order in which it will.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Time;

/// A queue of happenings. Those of one time come out in the order in which they were put in.
#[derive(Debug)]
pub(super) struct Queue<T> {
    heap: BinaryHeap<Reverse<Place<T>>>,
    count: u64,
}

#[derive(Debug)]
struct Place<T> {
    at: Time,
    /// Breaks ties; unique.
    number: u64,
    what: T,
}

impl<T> Place<T> {
    const fn key(&self) -> (Time, u64) {
        (self.at, self.number)
    }
}

impl<T> PartialEq for Place<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Place<T> {}

impl<T> PartialOrd for Place<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Place<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), count: 0 }
    }

    /// `what` will happen at `at`.
    pub(super) fn push(&mut self, at: Time, what: T) {
        let number = self.count;
        self.count += 1;
        self.heap.push(Reverse(Place { at, number, what }));
    }

    /// When the next thing happens.
    pub(super) fn next(&self) -> Option<Time> {
        self.heap.peek().map(|place| place.0.at)
    }

    /// Takes the next thing, if it happens at `end` or before.
    pub(super) fn pop_until(&mut self, end: Time) -> Option<(Time, T)> {
        if self.next()? > end {
            return None;
        }
        self.heap.pop().map(|place| (place.0.at, place.0.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_one_time_happens_in_the_order_in_which_it_was_brought_about() {
        let mut queue = Queue::new();
        for (at, what) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b'), (9, 'z')] {
            queue.push(Time::from_secs(at), what);
        }
        assert_eq!(queue.next(), Some(Time::from_secs(1)));
        let end = Time::from_secs(2);
        let order: String = std::iter::from_fn(|| queue.pop_until(end)).map(|(_, c)| c).collect();
        assert_eq!(order, "abcd");
        assert_eq!(queue.next(), Some(Time::from_secs(9)), "not yet");
    }
}
