//! The link-state database: what every node says of itself, and how long that holds
//! [nlsp §10.6, §10.7, §10.8].
//!
//! Ages are not counted down: a record knows when it came and how long it had to live then.

use std::collections::BTreeMap;

use super::LspChange;
use crate::Time;
use crate::wire::nlsp::{Lsp, LspEntry, LspId, NodeId};

/// The database.
#[derive(Debug, Default)]
pub(crate) struct Lsdb {
    records: BTreeMap<LspId, Record>,
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
}

/// There are as many link-state packets as the limit allows, or the packet is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

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
        self.records.range(first..=last).map(|(&id, record)| (id, record))
    }

    /// The live fragments of a node, none if its fragment 0 is not live [nlsp §10.1].
    pub(crate) fn fragments(&self, node: NodeId) -> impl Iterator<Item = &Lsp> {
        let there = self.live(node.lsp(0)).is_some();
        self.range(node.lsp(0), node.lsp(0xff))
            .filter(move |(_, record)| there && !record.purged)
            .map(|(_, record)| &record.lsp)
    }

    /// Puts in a packet that is newer than what is there, ours or another's.
    ///
    /// # Errors
    /// [`NoRoom`]; ours are taken all the same.
    pub(crate) fn put(&mut self, now: Time, lsp: Lsp, ours: bool) -> Result<(), NoRoom> {
        let _ = (now, lsp, ours);
        unimplemented!()
    }

    /// Purges a packet that is there: only its header is kept, for 60 s, with this sequence
    /// number. False if it is not there.
    pub(crate) fn purge(&mut self, now: Time, id: LspId, sequence: u32) -> bool {
        let _ = (now, id, sequence);
        unimplemented!()
    }

    /// Seconds it has left; 0 if purged.
    pub(crate) fn remaining(&self, id: LspId, now: Time) -> u16 {
        let _ = (id, now);
        unimplemented!()
    }

    /// It as an entry of a sequence number packet.
    pub(crate) fn entry(&self, id: LspId, now: Time) -> Option<LspEntry> {
        let _ = (id, now);
        unimplemented!()
    }

    /// Purges what has come of age, forgets what was purged long ago. Gives back what was purged,
    /// to be flooded.
    pub(crate) fn age(&mut self, now: Time) -> Vec<LspId> {
        let _ = now;
        unimplemented!()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
    }

    /// What came, went or changed since the last call, in the order of identifiers. A renewal
    /// that says the same is no change.
    pub(crate) fn take_changes(&mut self) -> Vec<LspChange> {
        unimplemented!()
    }

    /// Records, live and purged.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}
