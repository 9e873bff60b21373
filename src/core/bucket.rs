//! A token bucket: so many a second, and as many at once.
//!
//! It fills to one second's worth. Instead of a level it keeps the time at which it would be full
//! again, so an untouched bucket costs nothing and an old one can be thrown away.

use std::time::Duration;

use crate::Time;

/// What the bucket holds when full, as time to fill it.
const DEPTH: Duration = Duration::from_secs(1);

/// A token bucket, full at first. The rate is the caller's, who may change it at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    full_at: Time,
}

impl Bucket {
    /// Takes one token at `rate` tokens a second; false if there is none.
    pub(crate) fn take(&mut self, rate: u32, now: Time) -> bool {
        let permitted = self.holds_more_than(0, rate, now);
        if permitted {
            self.full_at = self.full_at.max(now) + cost(rate, 1);
        }
        permitted
    }

    /// There are more than `reserve` tokens.
    pub(crate) fn holds_more_than(&self, reserve: u32, rate: u32, now: Time) -> bool {
        let tokens = u64::from(reserve) + 1;
        rate > 0 && self.full_at.max(now) + cost(rate, tokens) <= now + DEPTH
    }

    /// It is full: it need not be remembered.
    pub(crate) fn is_full(&self, now: Time) -> bool {
        self.full_at <= now
    }
}

/// Time to fill so many tokens.
fn cost(rate: u32, tokens: u64) -> Duration {
    Duration::from_micros((1_000_000 / u64::from(rate.max(1))).saturating_mul(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_one_second_of_its_rate_at_once_and_then_its_rate() {
        let mut bucket = Bucket::default();
        let start = Time::from_secs(9);
        let at_once = (0..1_000).filter(|_| bucket.take(50, start)).count();
        assert_eq!(at_once, 50);
        assert!(!bucket.is_full(start));
        let later =
            (1..=10_000).filter(|&ms| bucket.take(50, start + Duration::from_millis(ms))).count();
        assert_eq!(later, 500);
        assert!(bucket.is_full(start + Duration::from_secs(11)));
    }

    #[test]
    fn a_reserve_is_what_may_not_be_taken() {
        let (mut bucket, now) = (Bucket::default(), Time::from_secs(9));
        let taken = (0..1_000)
            .filter(|_| bucket.holds_more_than(30, 50, now) && bucket.take(50, now))
            .count();
        assert_eq!(taken, 20);
        assert!(bucket.holds_more_than(29, 50, now) && !bucket.holds_more_than(50, 50, now));
    }

    #[test]
    fn a_rate_of_zero_gives_nothing() {
        assert!(!Bucket::default().take(0, Time::from_secs(1)));
    }
}
