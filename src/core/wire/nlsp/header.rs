//! The header that all NLSP packets share [nlsp §3].

use super::{Refusal, list};
use crate::wire::{DecodeError, Reader};

/// Bytes of the part that all packets share.
const COMMON_LEN: usize = 8;
/// The first byte of each packet.
const PROTOCOL: u8 = 0x83;
/// We send this one and take any: real NetWare sends 2.
const MINOR_VERSION: u8 = 1;
const MAJOR_VERSION: u8 = 1;
/// The most bytes of a packet: an IPX packet has 65,535 with its header.
pub(super) const MAX_PACKET: usize = 65_505;
/// In the byte of the type: not a router, never a way through.
const NON_ROUTING: u8 = 0x80;
/// Where that byte stands.
pub(super) const KIND_AT: usize = 4;

/// The bits of that byte that are the type.
pub(super) const KIND_BITS: u8 = 0x1f;

/// The byte of the type is of this one.
pub(super) fn is(byte: u8, kind: Kind) -> bool {
    byte & KIND_BITS == kind.number()
}

/// The types that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    LanHello,
    WanHello,
    Lsp,
    Csnp,
    Psnp,
}

/// A packet, taken apart at its lengths.
pub(super) struct Split<'a> {
    pub(super) kind: Kind,
    pub(super) non_routing: bool,
    /// Bytes of the header.
    pub(super) header_len: usize,
    /// The header behind the common part.
    pub(super) fields: Reader<'a>,
    /// Behind the header.
    pub(super) options: &'a [u8],
    /// All of it, without the padding behind.
    pub(super) packet: &'a [u8],
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        Some(match number {
            15 => Self::LanHello,
            17 => Self::WanHello,
            18 => Self::Lsp,
            24 => Self::Csnp,
            26 => Self::Psnp,
            _ => return None,
        })
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::LanHello => 15,
            Self::WanHello => 17,
            Self::Lsp => 18,
            Self::Csnp => 24,
            Self::Psnp => 26,
        }
    }

    /// The least and the greatest length of the header. The two of WAN hellos are a question that
    /// sources answer differently [nlsp §5].
    const fn header_lens(self) -> (u8, u8) {
        match self {
            Self::LanHello | Self::Lsp => (27, 27),
            Self::WanHello => (20, 21),
            Self::Csnp => (33, 33),
            Self::Psnp => (17, 17),
        }
    }

    /// Where the packet length stands.
    const fn length_at(self) -> usize {
        match self {
            Self::LanHello | Self::WanHello => 17,
            Self::Lsp | Self::Csnp | Self::Psnp => 8,
        }
    }
}

impl<'a> Split<'a> {
    /// Checks the common header and both lengths.
    pub(super) fn new(data: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(data);
        let [protocol, indicator, _minor, _, kind, major, _, _] =
            reader.array::<COMMON_LEN>("nlsp.header")?;
        if protocol != PROTOCOL {
            return Err(DecodeError::undefined("nlsp.protocol", protocol).into());
        }
        if major != MAJOR_VERSION {
            return Err(Refusal::Version(major));
        }
        let number = kind & KIND_BITS;
        let non_routing = kind & NON_ROUTING != 0;
        let kind = Kind::of(number).ok_or(Refusal::Type(number))?;
        let (least, greatest) = kind.header_lens();
        if !(least..=greatest).contains(&indicator) {
            let (least, greatest) = (least.into(), greatest.into());
            let field = "nlsp.header_length";
            return Err(DecodeError::out_of_range(field, indicator.into(), least, greatest).into());
        }
        let header_len = usize::from(indicator);
        let (packet, header) = cut(data, header_len, kind.length_at())?;
        let fields = header.get(COMMON_LEN..).unwrap_or(&[]);
        let options = packet.get(header_len..).unwrap_or(&[]);
        let fields = Reader::new(fields);
        Ok(Self { kind, non_routing, header_len, fields, options, packet })
    }

    /// The options, after a walk through all of them: the last one ends where the packet does.
    pub(super) fn options(&self) -> Result<list::Options<'a>, DecodeError> {
        list::Options::checked(self.options)
    }
}

/// The packet up to the length it tells, and its header.
fn cut(data: &[u8], header: usize, at: usize) -> Result<(&[u8], &[u8]), DecodeError> {
    let have = data.len();
    let short = DecodeError::truncated("nlsp.header", header, have);
    let head = data.get(..header).ok_or(short)?;
    let length = head.get(at..).and_then(<[u8]>::first_chunk).ok_or(short)?;
    let length = u16::from_be_bytes(*length);
    let whole = usize::from(length);
    if whole < header {
        let least = u64::try_from(header).unwrap_or(u64::MAX);
        return Err(DecodeError::out_of_range("nlsp.length", length.into(), least, 0xffff));
    }
    let packet = data.get(..whole).ok_or(DecodeError::truncated("nlsp.length", whole, have))?;
    Ok((packet, head))
}

/// The common header of a packet that is being built.
pub(super) fn begin(kind: Kind, header_len: usize, capacity: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity.max(header_len));
    let indicator = u8::try_from(header_len).unwrap_or(u8::MAX);
    let common = [PROTOCOL, indicator, MINOR_VERSION, 0, kind.number(), MAJOR_VERSION, 0, 0];
    out.extend_from_slice(&common);
    out
}

/// Fills in the length of a packet that is built.
pub(super) fn finish(kind: Kind, mut out: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(out.len()).unwrap_or(u16::MAX);
    put(&mut out, kind.length_at(), length);
    out
}

/// Writes a field into a packet that is built.
pub(super) fn put(packet: &mut [u8], at: usize, value: u16) {
    if let Some(place) = packet.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = value.to_be_bytes();
    }
}
