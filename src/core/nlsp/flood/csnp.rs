//! Complete sequence number packets: the designated router says all it has, again and again
//! [nlsp §11.4, §19.9].
//!
//! A set is a place in the database that moves on by one packet at a time: link-state packets that
//! come and go meanwhile break no gap into it.

use std::time::Duration;

use crate::Time;
use crate::nlsp::lsdb::Lsdb;
use crate::wire::nlsp::{Csnp, LspId, NodeId};

/// A set begins so long after the line has a new designated router or neighbour.
const SOON: Duration = Duration::from_secs(1);
/// The least time between the beginnings of two sets.
const LEAST_INTERVAL: Duration = Duration::from_secs(5);

/// The sets of a line.
#[derive(Debug, Default)]
pub(super) struct Csnps {
    /// The next set begins then.
    due: Option<Time>,
    /// The last one began then.
    began: Option<Time>,
    /// Where the next packet of the set begins that is being sent.
    place: Option<LspId>,
}

impl Csnps {
    /// A set is wanted soon, and from then on one in every interval.
    pub(super) fn soon(&mut self, now: Time) {
        let at = self.began.map_or(now, |began| began + LEAST_INTERVAL).max(now + SOON);
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// No more sets; the one that is being sent ends where it is.
    pub(super) fn stop(&mut self) {
        self.due = None;
        self.place = None;
    }

    /// A set is to begin now.
    pub(super) fn is_due(&self, now: Time) -> bool {
        self.place.is_none() && self.due.is_some_and(|due| due <= now)
    }

    /// Begins a set; the next one is due after `interval`.
    pub(super) fn begin(&mut self, now: Time, interval: Duration) {
        self.place = Some(LspId::FIRST);
        self.began = Some(now);
        self.due = Some(now + interval);
    }

    /// A set is being sent.
    pub(super) fn under_way(&self) -> bool {
        self.place.is_some()
    }

    /// The next packet of the set, with so many entries at most.
    pub(super) fn packet(
        &mut self,
        source: NodeId,
        lsdb: &Lsdb,
        capacity: usize,
        now: Time,
    ) -> Option<Csnp> {
        let start = self.place.take()?;
        let capacity = capacity.max(1);
        let mut records = lsdb.range(start, LspId::LAST);
        let entries: Vec<_> = records
            .by_ref()
            .take(capacity)
            .map(|(_, record)| record.lsp.entry(record.remaining(now)))
            .collect();
        let more = records.next().is_some();
        let last = entries.last().map(|entry| entry.id).filter(|_| more);
        let end = last.unwrap_or(LspId::LAST);
        self.place = end.next();
        Some(Csnp { source, start, end, entries })
    }

    /// When there is something to do: the past, while a set is being sent.
    pub(super) fn next(&self) -> Option<Time> {
        if self.under_way() { Some(Time::ZERO) } else { self.due }
    }
}
