//! Waiting for a descriptor, and being woken.
//!
//! An [`Event`] is an eventfd: a flag that one side sets and another can wait for together with
//! a socket. It never blocks and needs no memory.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd};
use std::sync::Arc;
use std::time::Duration;

/// Ends a wait in [`Receiver::recv_batch`](crate::Receiver::recv_batch) from any thread.
#[derive(Clone, Debug)]
pub struct Waker {
    event: Arc<Event>,
}

impl Waker {
    /// A waker that sets `event`.
    pub(crate) fn new(event: Arc<Event>) -> Self {
        Self { event }
    }

    /// Ends the present wait, or the next one if nobody waits now.
    pub fn wake(&self) {
        self.event.set();
    }
}

/// A flag that can be waited for.
#[derive(Debug)]
pub(crate) struct Event(File);

impl Event {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { File::from_raw_fd(fd) }))
    }

    /// Sets the flag. Setting it twice is as setting it once.
    pub(crate) fn set(&self) {
        // Fails only if the counter would overflow, and then the flag is set already.
        let _ = (&self.0).write(&1_u64.to_ne_bytes());
    }

    /// Clears the flag.
    pub(crate) fn clear(&self) {
        // Fails only if the flag is clear already.
        let _ = (&self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Why a wait ended. Neither: time ran out, or a signal came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    /// The descriptor can be read, or has an error to tell.
    pub(crate) input: bool,
    /// The event was set; it is clear now.
    pub(crate) woken: bool,
}

/// Waits for `input` to be readable, if there is any, or `event` to be set, at most `timeout`.
pub(crate) fn wait(
    input: Option<BorrowedFd<'_>>,
    event: &Event,
    timeout: Option<Duration>,
) -> io::Result<Ready> {
    // A negative one is not looked at.
    let watch = |fd: Option<BorrowedFd<'_>>| libc::pollfd {
        fd: fd.map_or(-1, |fd| fd.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    };
    let mut watched = [watch(input), watch(Some(event.as_fd()))];
    let limit = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `watched` has two elements and, like the time that `limit` points to, lives through
    // the call; without a time and without a signal mask null is right.
    let count = unsafe { libc::ppoll(watched.as_mut_ptr(), 2, limit, std::ptr::null()) };
    if count < 0 {
        let error = io::Error::last_os_error();
        let interrupted = error.kind() == io::ErrorKind::Interrupted;
        return if interrupted { Ok(Ready::default()) } else { Err(error) };
    }
    let [input, woken] = watched.map(|watched| watched.revents != 0);
    if woken {
        event.clear();
    }
    Ok(Ready { input, woken })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_wait_ends_when_its_time_is_over() {
        let (input, event) = (Event::new().unwrap(), Event::new().unwrap());
        let started = Instant::now();
        let ready = wait(Some(input.as_fd()), &event, Some(Duration::from_millis(20))).unwrap();
        assert_eq!(ready, Ready::default());
        assert!(started.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_wake_up_before_the_wait_ends_it_once() {
        let (input, event) = (Event::new().unwrap(), Arc::new(Event::new().unwrap()));
        let waker = Waker::new(Arc::clone(&event));
        waker.wake();
        waker.wake();
        assert!(wait(Some(input.as_fd()), &event, None).unwrap().woken);
        assert!(!wait(Some(input.as_fd()), &event, Some(Duration::ZERO)).unwrap().woken);
    }

    #[test]
    fn a_wake_up_from_another_thread_ends_a_wait_without_end() {
        let (input, event) = (Event::new().unwrap(), Arc::new(Event::new().unwrap()));
        let waker = Waker::new(Arc::clone(&event));
        let thread = std::thread::spawn(move || wait(Some(input.as_fd()), &event, None).unwrap());
        waker.wake();
        assert_eq!(thread.join().unwrap(), Ready { input: false, woken: true });
    }
}
