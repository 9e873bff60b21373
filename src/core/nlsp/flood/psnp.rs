//! Partial sequence number packets: what we lack, asked of the designated router [nlsp §11.5].
//!
//! What is wanted and unknown is the placeholder of [nlsp §11.6]: it is never in the database.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::nlsp::lsdb::Lsdb;
use crate::wire::nlsp::{LspEntry, LspId, NodeId, Psnp};

/// After a time without requests the first goes out so long after the first want.
const COLLECT: Duration = Duration::from_millis(100);
/// What cannot be asked for is forgotten after this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Wanted packets of a line at most; what is beyond shows again in the next CSNP.
const LIMIT: usize = 16_384;

/// What is wanted on a line.
#[derive(Debug, Default)]
pub(super) struct Psnps {
    /// Each with the time at which it is forgotten.
    wanted: BTreeMap<LspId, Time>,
    /// The next round begins then, or began.
    round: Option<Time>,
    /// Requests are being sent.
    open: bool,
    /// No round begins before.
    free_at: Time,
}

impl Psnps {
    /// The designated router has a newer `id` than we.
    pub(super) fn want(&mut self, id: LspId, now: Time) {
        if self.wanted.len() >= LIMIT && !self.wanted.contains_key(&id) {
            return;
        }
        self.wanted.insert(id, now + PATIENCE);
        self.round.get_or_insert(self.free_at.max(now + COLLECT));
    }

    /// It is no longer wanted: it came, or ours is newer.
    pub(super) fn settle(&mut self, id: LspId) {
        self.wanted.remove(&id);
    }

    /// A round is to begin now.
    pub(super) fn is_due(&self, now: Time) -> bool {
        !self.open && self.round.is_some_and(|round| round <= now)
    }

    /// Begins a round; the next one comes after `interval` at the earliest. Without somebody to
    /// ask it is put off for so long.
    pub(super) fn begin(&mut self, now: Time, interval: Duration, designated: bool) {
        self.wanted.retain(|_, until| *until > now);
        self.free_at = now + interval;
        if self.wanted.is_empty() {
            self.round = None;
        } else if designated {
            self.open = true;
        } else {
            self.round = Some(self.free_at);
        }
    }

    /// Requests are being sent.
    pub(super) fn under_way(&self) -> bool {
        self.open
    }

    /// The next packet of the round, with so many entries at most.
    pub(super) fn packet(
        &mut self,
        source: NodeId,
        lsdb: &Lsdb,
        capacity: usize,
        now: Time,
    ) -> Option<Psnp> {
        let mut entries = Vec::new();
        while entries.len() < capacity.max(1)
            && let Some((id, _)) = self.wanted.pop_first()
        {
            let none = LspEntry { lifetime: 0, id, sequence: 0, checksum: 0 };
            entries.push(lsdb.entry(id, now).unwrap_or(none));
        }
        if self.wanted.is_empty() {
            self.open = false;
            self.round = None;
        }
        (!entries.is_empty()).then_some(Psnp { source, entries })
    }

    /// When there is something to do: the past, while a round is being sent.
    pub(super) fn next(&self) -> Option<Time> {
        if self.open { Some(Time::ZERO) } else { self.round }
    }

    pub(super) fn clear(&mut self) {
        self.wanted.clear();
        self.round = None;
        self.open = false;
    }
}
