//! NLSP packets, Level 1: hellos, link-state packets and sequence number packets [nlsp §2-§7].
//!
//! [`Pdu::decode`] checks a packet as far as one can without a database [nlsp §18]. A link-state
//! packet keeps the bytes it came in, for it must be flooded on byte for byte [nlsp §3]; its
//! options are read from them when somebody looks.

mod area;
mod checksum;
mod header;
mod hello;
mod id;
mod lifetime;
mod list;
mod lsp;
mod option;
mod snp;

use bytes::Bytes;

pub use hello::{LanHello, LinkState, WanHello};
pub use id::{Area, LspId, NodeId, SystemId};
pub use lsp::{Flags, HEADER_LEN as LSP_HEADER_LEN, Lsp};
pub use option::{
    ExternalRoute, ExternalRoutes, Link, LspOption, MAX_NAME, Management, MediaType, Options,
    ROUTES_IN_OPTION, ServiceInfo,
};
pub use snp::{Csnp, LspEntry, Psnp};

use super::DecodeError;
use header::{Kind, Split};

/// A decoded NLSP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// Type 15: I am here, on this LAN or CMD network.
    LanHello(LanHello),
    /// Type 17: I am here, at the other end of this link.
    WanHello(WanHello),
    /// Type 18: what a node is linked to and what lies there.
    Lsp(Lsp),
    /// Type 24: everything in a part of my database.
    Csnp(Csnp),
    /// Type 26: some entries of my database: a request on a LAN, an acknowledgement elsewhere.
    Psnp(Psnp),
}

/// Why a packet is no NLSP packet of ours. Each has a counter of its own [nlsp §17].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The major version is not 1.
    #[error("major version {0}")]
    Version(u8),
    /// A type that we do not speak: Level 2 and whatever else.
    #[error("type {0}")]
    Type(u8),
    /// A circuit type that says the sender speaks no Level 1.
    #[error("not of Level 1")]
    Level,
    /// It breaks the format.
    #[error("{0}")]
    Incorrect(#[from] DecodeError),
    /// A link-state packet whose checksum is wrong, or whose sequence number is 0.
    #[error("corrupt")]
    Corrupt,
}

impl Pdu {
    /// Decodes the data of an IPX packet to socket 9001. Bytes behind the packet length are
    /// padding.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn decode(data: &Bytes) -> Result<Self, Refusal> {
        let split = Split::new(data)?;
        Ok(match split.kind {
            Kind::LanHello => Self::LanHello(LanHello::decode(&split)?),
            Kind::WanHello => Self::WanHello(WanHello::decode(&split)?),
            Kind::Lsp => Self::Lsp(Lsp::decode(&split, data)?),
            Kind::Csnp => Self::Csnp(Csnp::decode(&split)?),
            Kind::Psnp => Self::Psnp(Psnp::decode(&split)?),
        })
    }
}
