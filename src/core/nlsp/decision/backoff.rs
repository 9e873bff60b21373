//! When to run: soon after the first change, less often while changes go on [nlsp §12.3].

use std::time::Duration;

use crate::Time;

/// From a change to a run at the least: others that belong to it come right behind.
pub(super) const COLLECT: Duration = Duration::from_millis(50);
/// From the first run to the next one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Between two runs at the most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Without a change for so long, all is quiet again.
const QUIET: Duration = Duration::from_secs(10);

/// When the next run is due. Pauses between runs double while changes go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Backoff {
    changed: Option<Time>,
    ran: Option<Time>,
    pause: Duration,
    due: Option<Time>,
}

impl Backoff {
    /// Something changed that a run must look at.
    pub(super) fn changed(&mut self, now: Time) {
        if self.changed.is_none_or(|last| now.since(last) >= QUIET) {
            self.pause = Duration::ZERO;
        }
        self.changed = Some(now);
        let rested = self.ran.map_or(Time::ZERO, |ran| ran + self.pause);
        self.due.get_or_insert(rested.max(now + COLLECT));
    }

    /// When the next run is due.
    pub(super) const fn due(&self) -> Option<Time> {
        self.due
    }

    /// True if a run is due: it takes place now.
    pub(super) fn run(&mut self, now: Time) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        self.due = None;
        self.ran = Some(now);
        self.pause = if self.pause.is_zero() { FIRST_PAUSE } else { self.pause * 2 };
        self.pause = self.pause.min(LONGEST_PAUSE);
        true
    }
}
