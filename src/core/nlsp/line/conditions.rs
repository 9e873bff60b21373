//! What operators were told of and what is looked at again: told once, told anew only after it
//! was over for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::router::{Cx, Event, Lasting};

/// A condition that has not shown for so long is over. Hellos come every 100 s at least.
const PATIENCE: Duration = Duration::from_secs(240);
/// Conditions of one line at most: strangers on a LAN can bring them about.
const LIMIT: usize = 64;

/// Conditions of a line that were told of, and until when they are believed to last.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    until: BTreeMap<Lasting, Time>,
}

impl Conditions {
    /// The condition shows.
    pub(super) fn show(
        &mut self,
        cx: &mut Cx<'_>,
        lasting: Lasting,
        event: impl FnOnce() -> Event,
    ) {
        let until = cx.now + PATIENCE;
        if let Some(known) = self.until.get_mut(&lasting) {
            *known = until;
            return;
        }
        self.prune(cx);
        if self.until.len() < LIMIT {
            self.until.insert(lasting.clone(), until);
            cx.out.event_once(lasting, event());
        }
    }

    /// The condition is over.
    pub(super) fn end(&mut self, cx: &mut Cx<'_>, lasting: &Lasting) {
        if self.until.remove(lasting).is_some() {
            cx.out.ended(lasting);
        }
    }

    /// Forgets what has not shown for long.
    pub(super) fn prune(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now;
        self.forget(cx, |until| until <= now);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self, cx: &mut Cx<'_>) {
        self.forget(cx, |_| true);
    }

    fn forget(&mut self, cx: &mut Cx<'_>, over: impl Fn(Time) -> bool) {
        self.until.retain(|lasting, until| {
            let over = over(*until);
            if over {
                cx.out.ended(lasting);
            }
            !over
        });
    }
}
