//! A wait until a time of [`boottime`](crate::clock::boottime).
//!
//! The runtime's own timers stand still while the machine is suspended, are true to the
//! millisecond, and wake a thread once or twice before they are due: they lie in a wheel of
//! wheels, and each turn of a larger one is a wake-up. A descriptor of the kernel's does none of
//! that.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Rings at a time that can be changed.
#[derive(Debug)]
pub struct Alarm {
    timer: AsyncFd<File>,
    /// When it rings; `None`: never.
    at: Option<Duration>,
}

impl Alarm {
    /// An alarm that never rings.
    ///
    /// # Errors
    /// The kernel has no descriptor left, or the caller is in no runtime.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointers.
        let fd = unsafe {
            libc::timerfd_create(libc::CLOCK_BOOTTIME, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC)
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        let timer = unsafe { File::from_raw_fd(fd) };
        // SAFETY: a `File` always gives the same descriptor, which stays open until it is
        // dropped, and the `AsyncFd` lets go of it before.
        let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE)? };
        Ok(Self { timer, at: None })
    }

    /// Waits until `at`, which may have passed; for ever without one. May be dropped, and called
    /// again with another time.
    ///
    /// # Errors
    /// The kernel refused.
    pub async fn wait_until(&mut self, at: Option<Duration>) -> io::Result<()> {
        if self.at != at {
            self.set(at)?;
        }
        loop {
            let mut ready = self.timer.readable().await?;
            // It may be of a time that was set before.
            if ready.try_io(|timer| timer.get_ref().read(&mut [0; 8])).is_ok() {
                self.at = None;
                return Ok(());
            }
        }
    }

    fn set(&mut self, at: Option<Duration>) -> io::Result<()> {
        // Zero would mean never.
        let at_least = at.map(|at| at.max(Duration::from_nanos(1))).unwrap_or_default();
        let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let value = libc::timespec {
            tv_sec: at_least.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: at_least.subsec_nanos().into(),
        };
        let setting = libc::itimerspec { it_interval: zero, it_value: value };
        // SAFETY: the kernel reads one setting, which lives through the call; null: the last one
        // is not asked for.
        let result = unsafe {
            libc::timerfd_settime(
                self.timer.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &raw const setting,
                std::ptr::null_mut(),
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        self.at = at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::clock::boottime;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn an_alarm_rings_when_its_time_has_come_and_not_before() {
        let mut alarm = Alarm::new().unwrap();
        for _ in 0..3 {
            let at = boottime() + SOON;
            alarm.wait_until(Some(at)).await.unwrap();
            assert!(boottime() >= at);
        }
        // Times that have passed, the first of all among them.
        alarm.wait_until(Some(boottime())).await.unwrap();
        alarm.wait_until(Some(Duration::ZERO)).await.unwrap();
    }

    #[tokio::test]
    async fn another_time_replaces_the_one_before_whether_that_has_rung_or_not() {
        let mut alarm = Alarm::new().unwrap();
        let late = Some(boottime() + LONG);
        assert!(timeout(SOON, alarm.wait_until(late)).await.is_err());
        alarm.wait_until(Some(boottime() + SOON)).await.unwrap();
        // One that rang while nobody waited is of no interest any more.
        alarm.set(Some(boottime())).unwrap();
        assert!(alarm.timer.readable().await.is_ok(), "it rang");
        assert!(timeout(SOON, alarm.wait_until(late)).await.is_err());
        assert!(timeout(SOON, alarm.wait_until(None)).await.is_err());
        alarm.wait_until(Some(boottime() + SOON)).await.unwrap();
    }
}
