//! Link-state packets [nlsp §6].

use bytes::Bytes;

use super::header::{self, Kind, MAX_PACKET, Split};
use super::{LspEntry, LspId, LspOption, Management, Options, Refusal, checksum, lifetime, list};

/// Bytes of the header.
pub const HEADER_LEN: usize = 27;
const LIFETIME_AT: usize = 10;
const CHECKSUM_AT: usize = 24;

/// The flags byte [nlsp §6]. Only those of fragment 0 count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

/// A link-state packet, its bytes as they came.
///
/// The lifetime in `bytes` is that of the moment it came in; [`Lsp::to_packet`] gives it another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lsp {
    /// Which one.
    pub id: LspId,
    /// Its version.
    pub sequence: u32,
    /// The checksum that it bears.
    pub checksum: u16,
    /// Seconds to live as received, the hours form resolved [nlsp §10.6]; 0: a purge.
    pub lifetime: u16,
    /// Overload and the like.
    pub flags: Flags,
    /// The NR bit: never a way through.
    pub non_routing: bool,
    bytes: Bytes,
}

impl Flags {
    /// What we always send: a Level 1 router.
    pub const LEVEL_1: Self = Self(0x01);
    /// The same with OL.
    pub const OVERLOADED: Self = Self(0x05);

    /// OL: no way through.
    #[must_use]
    pub const fn overloaded(self) -> bool {
        self.0 & 0x04 != 0
    }
}

impl Lsp {
    /// Checks `split`, which was read from the front of `data`, and shares its bytes.
    pub(super) fn decode(split: &Split<'_>, data: &Bytes) -> Result<Self, Refusal> {
        let mut fields = split.fields;
        let _packet_length = fields.u16("nlsp.length")?;
        let lifetime = lifetime::read(fields.u16("nlsp.lifetime")?);
        let id = LspId::from_bytes(fields.array("nlsp.lsp_id")?);
        let sequence = fields.array("nlsp.sequence").map(u32::from_be_bytes)?;
        let checksum = fields.u16("nlsp.checksum")?;
        let flags = Flags(fields.u8("nlsp.flags")?);
        // Senders of purges differ in what they do about the checksum [nlsp §6.2].
        let right = lifetime == 0
            || checksum != 0
                && checksum::holds(split.packet.get(checksum::REGION..).unwrap_or(&[]));
        if !right || sequence == 0 {
            return Err(Refusal::Corrupt);
        }
        // After the checksum: damage on the way is told from a sender that breaks the format.
        split.options()?;
        let bytes = data.slice(..split.packet.len());
        let non_routing = split.non_routing;
        Ok(Self { id, sequence, checksum, lifetime, flags, non_routing, bytes })
    }

    /// A packet of our own: checksum and lengths are computed. Of options that no IPX packet can
    /// hold, those at the front that fit are taken.
    #[must_use]
    pub fn build(id: LspId, sequence: u32, lifetime: u16, flags: Flags, options: &[u8]) -> Self {
        let options = list::Options::fitting(options, MAX_PACKET - HEADER_LEN);
        let mut out = header::begin(Kind::Lsp, HEADER_LEN, HEADER_LEN + options.len());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&lifetime::write(lifetime).to_be_bytes());
        out.extend_from_slice(&id.to_bytes());
        out.extend_from_slice(&sequence.to_be_bytes());
        out.extend_from_slice(&[0, 0, flags.0]);
        out.extend_from_slice(options);
        let mut out = header::finish(Kind::Lsp, out);
        let checksum = checksum::of(out.get(checksum::REGION..).unwrap_or(&[]));
        header::put(&mut out, CHECKSUM_AT, checksum);
        let bytes = out.into();
        Self { id, sequence, checksum, lifetime, flags, non_routing: false, bytes }
    }

    /// What is kept and flooded of it once it is purged: the header, lifetime 0, flags as they
    /// were, its checksum computed anew [nlsp §6.2, §10.6].
    #[must_use]
    pub fn purged(&self) -> Self {
        let mut out = self.bytes.get(..HEADER_LEN).unwrap_or(&[]).to_vec();
        header::put(&mut out, LIFETIME_AT, 0);
        let mut out = header::finish(Kind::Lsp, out);
        let checksum = checksum::of(out.get(checksum::REGION..).unwrap_or(&[]));
        header::put(&mut out, CHECKSUM_AT, checksum);
        Self { checksum, lifetime: 0, bytes: out.into(), ..*self }
    }

    /// The packet to send, with this lifetime [nlsp §10.6 for the hours form].
    #[must_use]
    pub fn to_packet(&self, lifetime: u16) -> Vec<u8> {
        let mut out = self.bytes.to_vec();
        header::put(&mut out, LIFETIME_AT, lifetime::write(lifetime));
        out
    }

    /// It says the same as `other`, which may be another version of it: flags, NR bit and
    /// options.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.flags == other.flags
            && self.non_routing == other.non_routing
            && self.option_bytes() == other.option_bytes()
    }

    /// Its options as they came.
    #[must_use]
    pub fn option_bytes(&self) -> &[u8] {
        self.bytes.get(HEADER_LEN..).unwrap_or(&[])
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its options, one by one; a broken one is [`LspOption::Broken`], what is behind it is still
    /// read.
    #[must_use]
    pub fn options(&self) -> Options<'_> {
        Options::new(self.option_bytes())
    }

    /// What its node says it is; of several, the first counts [nlsp §3]. For fragment 0: elsewhere
    /// nobody looks for it.
    #[must_use]
    pub fn management(&self) -> Option<Management<'_>> {
        self.options().find_map(|option| match option {
            LspOption::Management(management) => Some(management),
            _ => None,
        })
    }

    /// By fragment 0, nobody goes through its node [nlsp §10.8]. What is said of a LAN does not
    /// count.
    #[must_use]
    pub fn forbids_transit(&self) -> bool {
        !self.id.node.is_pseudonode() && (self.flags.overloaded() || self.non_routing)
    }

    /// It as an entry of a sequence number packet.
    #[must_use]
    pub const fn entry(&self, lifetime: u16) -> LspEntry {
        LspEntry { lifetime, id: self.id, sequence: self.sequence, checksum: self.checksum }
    }
}
