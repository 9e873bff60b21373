//! What operators are told of, once it has lasted: numbers that are there twice, routers that not
//! all hear [nlsp §12.5, §19.5].
//!
//! While designated routers change, or a neighbour has just come or gone, such things are there
//! for seconds and mean nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::router::{Event, Lasting, Outbox};
use crate::timers::Timers;

/// What lasts so long is told: longer than it takes all to hear of a change.
const LASTS: Duration = Duration::from_secs(30);
/// Conditions watched at once at most.
const LIMIT: usize = 1_024;

/// Conditions that hold now.
#[derive(Clone, Debug, Default)]
pub(super) struct Notices {
    /// With what there is to tell, until it was told.
    holding: BTreeMap<Lasting, Option<Event>>,
    timers: Timers<Lasting>,
}

impl Notices {
    /// The condition holds; it is told of at once, or when it has lasted.
    pub(super) fn holds(
        &mut self,
        out: &mut Outbox,
        now: Time,
        lasting: Lasting,
        at_once: bool,
        event: Event,
    ) {
        if let Some(known) = self.holding.get_mut(&lasting) {
            if let Some(untold) = known {
                *untold = event;
            }
        } else if self.holding.len() >= LIMIT {
            // Strangers may bring it about, so there is an end.
        } else if at_once {
            self.holding.insert(lasting.clone(), None);
            out.event_once(lasting, event);
        } else {
            self.timers.set(lasting.clone(), now + LASTS);
            self.holding.insert(lasting, Some(event));
        }
    }

    /// The condition does not hold, or no longer.
    pub(super) fn ends(&mut self, out: &mut Outbox, lasting: &Lasting) {
        if self.holding.remove(lasting).is_some() {
            self.timers.cancel(lasting);
            out.ended(lasting);
        }
    }

    /// Ends all that `ended` says.
    pub(super) fn end_those(&mut self, out: &mut Outbox, ended: impl Fn(&Lasting) -> bool) {
        let over: Vec<Lasting> = self.holding.keys().filter(|it| ended(it)).cloned().collect();
        over.iter().for_each(|lasting| self.ends(out, lasting));
    }

    pub(super) fn handle_timeout(&mut self, out: &mut Outbox, now: Time) {
        while let Some(lasting) = self.timers.pop_due(now) {
            if let Some(event) = self.holding.get_mut(&lasting).and_then(Option::take) {
                out.event_once(lasting, event);
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }
}
