//! Link-state packets [nlsp §6].

use bytes::Bytes;

use super::{LspEntry, LspId, Options};

/// Bytes of the header.
pub const HEADER_LEN: usize = 27;

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
    /// A packet of our own: checksum and lengths are computed.
    #[must_use]
    pub fn build(id: LspId, sequence: u32, lifetime: u16, flags: Flags, options: &[u8]) -> Self {
        let _ = (id, sequence, lifetime, flags, options);
        unimplemented!()
    }

    /// What is kept and flooded of it once it is purged: the header, lifetime 0, flags as they
    /// were, its checksum computed anew [nlsp §6.2, §10.6].
    #[must_use]
    pub fn purged(&self) -> Self {
        unimplemented!()
    }

    /// The packet to send, with this lifetime [nlsp §10.6 for the hours form].
    #[must_use]
    pub fn to_packet(&self, lifetime: u16) -> Vec<u8> {
        let _ = lifetime;
        unimplemented!()
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its options, one by one; a broken one is [`LspOption::Broken`](super::LspOption::Broken),
    /// what is behind it is still read.
    #[must_use]
    pub fn options(&self) -> Options<'_> {
        unimplemented!()
    }

    /// It as an entry of a sequence number packet.
    #[must_use]
    pub const fn entry(&self, lifetime: u16) -> LspEntry {
        LspEntry { lifetime, id: self.id, sequence: self.sequence, checksum: self.checksum }
    }
}
