//! The clock of the control loop, and the one of packets.

use std::time::{Duration, SystemTime};

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
    duration(now).expect("time since boot is not negative")
}

/// The time of day as the kernel stamps packets with it, since 1970. It may be set at any time.
pub(crate) fn realtime() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A time of the kernel's; `None` if it is before its zero.
pub(crate) fn duration(time: libc::timespec) -> Option<Duration> {
    let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, nanoseconds))
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
