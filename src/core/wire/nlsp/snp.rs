//! Sequence number packets: what is in a database [nlsp §6.3].

use super::{LspId, NodeId};

/// An entry: a link-state packet and its version [nlsp §7.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LspEntry {
    /// Seconds to live, the hours form resolved.
    pub lifetime: u16,
    /// Which one.
    pub id: LspId,
    /// Its version; 0: "I have none".
    pub sequence: u32,
    /// Its checksum.
    pub checksum: u16,
}

/// Type 24: everything in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csnp {
    /// The sender.
    pub source: NodeId,
    /// The first of the range.
    pub start: LspId,
    /// The last of it, included.
    pub end: LspId,
    /// What is in it; of duplicates the last counts.
    pub entries: Vec<LspEntry>,
}

/// Type 26: some entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Psnp {
    /// The sender.
    pub source: NodeId,
    /// The entries; of duplicates the last counts.
    pub entries: Vec<LspEntry>,
}

impl Csnp {
    /// The most entries in a packet of so many bytes.
    #[must_use]
    pub fn capacity(packet: usize) -> usize {
        let _ = packet;
        unimplemented!()
    }

    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        unimplemented!()
    }
}

impl Psnp {
    /// The most entries in a packet of so many bytes.
    #[must_use]
    pub fn capacity(packet: usize) -> usize {
        let _ = packet;
        unimplemented!()
    }

    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        unimplemented!()
    }
}
