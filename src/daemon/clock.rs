//! The router's time, and its seed.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use ipxway_core::Time;
use ipxway_drivers::clock::boottime;

/// Time since the agent started. It goes on in suspend, so that routes age while the machine
/// sleeps, and nobody can set it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Duration,
}

impl Clock {
    /// A clock that starts now.
    pub(super) fn start() -> Self {
        Self { origin: boottime() }
    }

    /// A time as the kernel's clock has it.
    pub(super) fn kernel_time(self, at: Time) -> Duration {
        self.origin + at.since(Time::ZERO)
    }

    /// The time now.
    pub(super) fn now(self) -> Time {
        Time::ZERO + boottime().saturating_sub(self.origin)
    }
}

/// A seed that no other run has. The jitter it decides is no secret.
pub(super) fn seed() -> u64 {
    // The standard library seeds its hash tables from the kernel.
    RandomState::new().hash_one(boottime())
}
