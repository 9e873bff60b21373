//! The only randomness in the core: seeded, so that a run can be repeated.

use std::time::Duration;

/// A generator for jitter and for choices that may not be predictable on the wire.
/// Not for secrets.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// The generator of this seed; equal seeds give equal sequences.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number in `0..bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.u64(..bound) }
    }

    /// A duration in `0..=limit`, in whole microseconds.
    pub fn duration_up_to(&mut self, limit: Duration) -> Duration {
        let us = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.below(us.saturating_add(1)))
    }

    /// True in `numerator` of `denominator` cases.
    pub fn chance(&mut self, numerator: u32, denominator: u32) -> bool {
        self.below(u64::from(denominator)) < u64::from(numerator)
    }

    /// Any 32-bit number.
    pub fn word(&mut self) -> u32 {
        self.0.u32(..)
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    /// A generator for a part of the whole, independent of how much this one is used later.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }
}
