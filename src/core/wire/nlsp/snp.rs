//! Sequence number packets: what is in a database [nlsp §6.3].

use super::header::{self, Kind, MAX_PACKET, Split};
use super::{LspId, NodeId, lifetime, list};
use crate::wire::{DecodeError, Reader};

/// Bytes of the header of a CSNP.
const CSNP_HEADER_LEN: usize = 33;
/// Bytes of the header of a PSNP.
const PSNP_HEADER_LEN: usize = 17;
/// The option with entries.
const ENTRIES: u8 = 0x09;
const ENTRY_LEN: usize = 16;
const ENTRIES_IN_OPTION: usize = 15;

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
    /// What is in it, as it came: of duplicates the last counts.
    pub entries: Vec<LspEntry>,
}

/// Type 26: some entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Psnp {
    /// The sender.
    pub source: NodeId,
    /// The entries, as they came: of duplicates the last counts.
    pub entries: Vec<LspEntry>,
}

impl LspEntry {
    fn read(bytes: &[u8; ENTRY_LEN]) -> Self {
        let &[t0, t1, i0, i1, i2, i3, i4, i5, i6, i7, s0, s1, s2, s3, c0, c1] = bytes;
        Self {
            lifetime: lifetime::read(u16::from_be_bytes([t0, t1])),
            id: LspId::from_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
            sequence: u32::from_be_bytes([s0, s1, s2, s3]),
            checksum: u16::from_be_bytes([c0, c1]),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&lifetime::write(self.lifetime).to_be_bytes());
        out.extend_from_slice(&self.id.to_bytes());
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.checksum.to_be_bytes());
    }
}

/// The most entries in so many bytes of options.
const fn capacity(room: usize) -> usize {
    const FULL: usize = list::HEAD_LEN + ENTRIES_IN_OPTION * ENTRY_LEN;
    let rest = (room % FULL).saturating_sub(list::HEAD_LEN) / ENTRY_LEN;
    room / FULL * ENTRIES_IN_OPTION + rest
}

/// Bytes of options with so many entries.
const fn entries_len(entries: usize) -> usize {
    entries * ENTRY_LEN + entries.div_ceil(ENTRIES_IN_OPTION) * list::HEAD_LEN
}

fn read_entries(split: &Split<'_>) -> Result<Vec<LspEntry>, DecodeError> {
    let mut entries = Vec::with_capacity(split.options.len() / ENTRY_LEN);
    for (_, value) in split.options()?.filter(|&(code, _)| code == ENTRIES) {
        let (whole, rest) = value.as_chunks();
        if !rest.is_empty() {
            return Err(list::wrong_length("nlsp.entries", value, ENTRY_LEN, list::MAX_VALUE));
        }
        entries.extend(whole.iter().map(LspEntry::read));
    }
    Ok(entries)
}

fn put_entries(out: &mut Vec<u8>, entries: &[LspEntry]) {
    for entries in entries.chunks(ENTRIES_IN_OPTION) {
        out.push(ENTRIES);
        out.push(u8::try_from(entries.len() * ENTRY_LEN).unwrap_or(u8::MAX));
        entries.iter().for_each(|entry| entry.put(out));
    }
}

/// The packet length, which was looked at before, and the source.
fn read_source(fields: &mut Reader<'_>) -> Result<NodeId, DecodeError> {
    let _packet_length = fields.u16("nlsp.length")?;
    fields.array("nlsp.source").map(NodeId::from_bytes)
}

impl Csnp {
    pub(super) fn decode(split: &Split<'_>) -> Result<Self, DecodeError> {
        let mut fields = split.fields;
        let source = read_source(&mut fields)?;
        let start = fields.array("nlsp.start").map(LspId::from_bytes)?;
        let end = fields.array("nlsp.end").map(LspId::from_bytes)?;
        if start > end {
            let [least, value] = [start, end].map(|id| u64::from_be_bytes(id.to_bytes()));
            return Err(DecodeError::out_of_range("nlsp.end", value, least, u64::MAX));
        }
        Ok(Self { source, start, end, entries: read_entries(split)? })
    }

    /// The most entries in a packet of so many bytes.
    #[must_use]
    pub const fn capacity(packet: usize) -> usize {
        capacity(packet.saturating_sub(CSNP_HEADER_LEN))
    }

    /// The packet; entries beyond what an IPX packet can hold are cut.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let entries = self.entries.get(..Self::capacity(MAX_PACKET)).unwrap_or(&self.entries);
        let size = CSNP_HEADER_LEN + entries_len(entries.len());
        let mut out = header::begin(Kind::Csnp, CSNP_HEADER_LEN, size);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.source.to_bytes());
        out.extend_from_slice(&self.start.to_bytes());
        out.extend_from_slice(&self.end.to_bytes());
        put_entries(&mut out, entries);
        header::finish(Kind::Csnp, out)
    }
}

impl Psnp {
    pub(super) fn decode(split: &Split<'_>) -> Result<Self, DecodeError> {
        let source = read_source(&mut { split.fields })?;
        Ok(Self { source, entries: read_entries(split)? })
    }

    /// The most entries in a packet of so many bytes.
    #[must_use]
    pub const fn capacity(packet: usize) -> usize {
        capacity(packet.saturating_sub(PSNP_HEADER_LEN))
    }

    /// The packet; entries beyond what an IPX packet can hold are cut.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let entries = self.entries.get(..Self::capacity(MAX_PACKET)).unwrap_or(&self.entries);
        let size = PSNP_HEADER_LEN + entries_len(entries.len());
        let mut out = header::begin(Kind::Psnp, PSNP_HEADER_LEN, size);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.source.to_bytes());
        put_entries(&mut out, entries);
        header::finish(Kind::Psnp, out)
    }
}
