//! The link-state database: what every node says of itself, and how long that holds
//! [nlsp §10.6, §10.7, §10.8].
//!
//! Ages are not counted down: a record knows when its lifetime is over.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::LspChange;
use crate::Time;
use crate::ids::CircuitId;
use crate::wire::nlsp::{Lsp, LspEntry, LspId, NodeId};

/// The most seconds that a packet lives here, whatever it says [nlsp §10.6].
const LIFETIME_LIMIT: u16 = 15_000;
/// How long the header of a purged packet is kept, "ZeroAge" [nlsp §10.3].
pub(super) const PURGED_FOR: Duration = Duration::from_secs(60);
/// The largest link-state packet [nlsp §18].
const LARGEST: usize = 4_096;

/// The database.
#[derive(Debug, Default)]
pub(crate) struct Lsdb {
    records: BTreeMap<LspId, Record>,
    /// When each record is purged or, being purged, forgotten.
    ends: BTreeSet<(Time, LspId)>,
    /// What has changed since that was last asked for, and what was live before.
    changes: BTreeMap<LspId, Option<Lsp>>,
    limit: usize,
}

/// A link-state packet, live or purged.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) lsp: Lsp,
    /// Its lifetime is over then; a purged one is forgotten 60 s after it was purged.
    pub(crate) until: Time,
    /// Only the header is left.
    pub(crate) purged: bool,
    /// The circuit that it came over, if it did not arise here.
    pub(crate) via: Option<CircuitId>,
}

/// What happened to the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// What came, went or says something else.
    pub(crate) lsps: Vec<LspChange>,
    /// The pseudonodes whose fragment 0 came (true), also anew with the same content, or went.
    pub(crate) pseudonodes: Vec<(NodeId, bool)>,
}

/// There are as many link-state packets as the limit allows, or the packet is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Record {
    /// Seconds it has left; 0 if and only if it is purged, also in the moment before
    /// [`Lsdb::age`] purges it.
    pub(crate) fn remaining(&self, now: Time) -> u16 {
        if self.purged {
            return 0;
        }
        let us = self.until.since(now).as_micros();
        u16::try_from(us.div_ceil(1_000_000)).unwrap_or(u16::MAX).max(1)
    }

    /// When it came.
    pub(crate) fn since(&self) -> Time {
        self.until - lifetime(&self.lsp)
    }
}

/// How long a packet lives, or its purged header is kept.
fn lifetime(lsp: &Lsp) -> Duration {
    match lsp.lifetime {
        0 => PURGED_FOR,
        seconds => Duration::from_secs(seconds.min(LIFETIME_LIMIT).into()),
    }
}

impl Lsdb {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Live or purged.
    pub(crate) fn get(&self, id: LspId) -> Option<&Record> {
        self.records.get(&id)
    }

    /// Only if it is live.
    pub(crate) fn live(&self, id: LspId) -> Option<&Lsp> {
        self.get(id).filter(|record| !record.purged).map(|record| &record.lsp)
    }

    /// Records from `first` to `last`, both included, in order.
    pub(crate) fn range(
        &self,
        first: LspId,
        last: LspId,
    ) -> impl Iterator<Item = (LspId, &Record)> {
        // An empty range, the wrong way round, would be a panic.
        let last = last.max(first);
        self.records.range(first..=last).map(|(&id, record)| (id, record))
    }

    /// The live fragments of a node, none if its fragment 0 is not live [nlsp §10.1].
    pub(crate) fn fragments(&self, node: NodeId) -> impl Iterator<Item = &Lsp> {
        let there = self.live(node.lsp(0)).is_some();
        self.range(node.lsp(0), node.lsp(0xff))
            .filter(move |(_, record)| there && !record.purged)
            .map(|(_, record)| &record.lsp)
    }

    /// Puts in a packet that is newer than what is there: another's that came over a circuit, or
    /// ours. One of lifetime 0 is kept as a purge.
    ///
    /// # Errors
    /// [`NoRoom`]; ours are taken all the same.
    pub(crate) fn put(
        &mut self,
        now: Time,
        lsp: Lsp,
        via: Option<CircuitId>,
    ) -> Result<(), NoRoom> {
        let full = self.records.len() >= self.limit && !self.records.contains_key(&lsp.id);
        if via.is_some() && (full || lsp.bytes().len() > LARGEST) {
            return Err(NoRoom);
        }
        let lsp = if lsp.lifetime == 0 { lsp.purged() } else { lsp };
        self.insert(now, lsp, via);
        Ok(())
    }

    /// Purges a packet that is there: only its header is kept, for 60 s, with this sequence
    /// number. The purge came over a circuit, or arose here. False if it is not there.
    pub(crate) fn purge(
        &mut self,
        now: Time,
        id: LspId,
        sequence: u32,
        via: Option<CircuitId>,
    ) -> bool {
        let Some(Record { lsp, .. }) = self.records.get(&id) else { return false };
        let header = if sequence == lsp.sequence {
            lsp.purged()
        } else {
            Lsp::build(id, sequence, 0, lsp.flags, &[])
        };
        self.insert(now, header, via);
        true
    }

    fn insert(&mut self, now: Time, lsp: Lsp, via: Option<CircuitId>) {
        let id = lsp.id;
        self.remove(id);
        let record = Record { until: now + lifetime(&lsp), purged: lsp.lifetime == 0, via, lsp };
        self.ends.insert((record.until, id));
        self.records.insert(id, record);
    }

    /// Takes a record out and remembers what was live before.
    fn remove(&mut self, id: LspId) {
        let old = self.records.remove(&id);
        if let Some(record) = &old {
            self.ends.remove(&(record.until, id));
        }
        let live = old.filter(|record| !record.purged).map(|record| record.lsp);
        self.changes.entry(id).or_insert(live);
    }

    /// Seconds it has left; 0 if purged.
    pub(crate) fn remaining(&self, id: LspId, now: Time) -> u16 {
        self.get(id).map_or(0, |record| record.remaining(now))
    }

    /// It as an entry of a sequence number packet.
    pub(crate) fn entry(&self, id: LspId, now: Time) -> Option<LspEntry> {
        self.get(id).map(|record| record.lsp.entry(record.remaining(now)))
    }

    /// Purges what has come of age, forgets what was purged long ago. Gives back what was purged,
    /// to be flooded.
    pub(crate) fn age(&mut self, now: Time) -> Vec<LspId> {
        let mut purged = Vec::new();
        while let Some(&(at, id)) = self.ends.first()
            && at <= now
        {
            self.ends.pop_first();
            match self.records.get(&id) {
                Some(Record { lsp, purged: false, .. }) => {
                    let header = lsp.purged();
                    self.insert(now, header, None);
                    purged.push(id);
                }
                _ => self.remove(id),
            }
        }
        purged
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.ends.first().map(|&(at, _)| at)
    }

    /// What came, went or changed since the last call, in the order of identifiers.
    pub(crate) fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        for (id, old) in std::mem::take(&mut self.changes) {
            let new = self.live(id).cloned();
            let same = match (&old, &new) {
                (Some(old), Some(new)) => old.same_content(new),
                (None, None) => true,
                _ => false,
            };
            let there = new.is_some();
            if id.number == 0 && id.node.is_pseudonode() && (there || old.is_some()) {
                changes.pseudonodes.push((id.node, there));
            }
            if !same {
                changes.lsps.push(LspChange { id, old, new });
            }
        }
        changes
    }

    #[cfg(test)]
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Records, live and purged.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}
