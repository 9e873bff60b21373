//! The clock of the control loop.

use std::time::Duration;

/// Time since the machine started, suspended time included (`CLOCK_BOOTTIME`).
///
/// Routes must age while a machine sleeps, and nobody may set this clock: neither is true of
/// [`std::time::Instant`] and [`std::time::SystemTime`].
#[must_use]
pub fn boottime() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec that lives through the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    assert_eq!(result, 0, "CLOCK_BOOTTIME exists since Linux 2.6.39");
    let seconds = u64::try_from(now.tv_sec).expect("time since boot is not negative");
    let nanoseconds = u32::try_from(now.tv_nsec).expect("less than a second");
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_at_the_pace_of_the_monotonic_one() {
        let (before, started) = (boottime(), std::time::Instant::now());
        while started.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let passed = boottime() - before;
        assert!(passed >= Duration::from_millis(20), "{passed:?}");
        assert!(passed < Duration::from_secs(10), "{passed:?}");
    }
}
