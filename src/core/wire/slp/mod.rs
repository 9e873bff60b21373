//! Service Location Protocol, versions 1 and 2: messages, and the strings in them
//! [slp-dhcp-snmp §1-§3], [RFC 2165], [RFC 2608].
//!
//! Two layers. A [`Message`] is the same value in both versions where they say the same; its texts
//! are Unicode whatever the character set was, and stand in it as they came. What they say is
//! asked of [`ServiceUrl`], [`ServiceType`], [`AttributeList`], [`TagList`] and [`Filter`], each of
//! which can fail by itself: a reply with a broken attribute list still has an error code, and a
//! request with a broken filter an XID to be answered under.
//!
//! Decoding takes what real agents send [slp-dhcp-snmp §6]. Encoding is strict: it gives nothing
//! that a peer could not read, or an [`EncodeError`], as texts of operators and of other agents
//! have lengths and letters that a message may not hold.
//!
//! Absent: authentication. Its blocks are skipped and never sent [slp-dhcp-snmp §2.3].

use std::net::Ipv4Addr;

mod charset;
mod decode;
mod encode;
mod error;
mod error_code;
mod extension;
mod fields;
pub mod filter;
mod fit;
mod header;
mod message;
pub mod stream;
#[cfg(test)]
mod tests;
mod text;
mod writer;

pub use charset::Charset;
pub use error::{EncodeError, Refusal};
pub use error_code::ErrorCode;
pub use extension::{AcceptId, MeshForward, MeshKind};
pub use filter::Filter;
pub use header::{Flags, Function, Header, Language};
pub use message::{
    AntiEntropy, AntiEntropyKind, AttrReply, AttrRequest, Body, DaAdvert, DaState, Extensions,
    Message, NamingAuthority, SaAdvert, SrvAck, SrvDereg, SrvReg, SrvReply, SrvRequest, TypeReply,
    TypeRequest, UrlEntry,
};
pub use text::{
    Attribute, AttributeList, Inconsistent, Kind, Pattern, Responders, ScopeList, ServiceType,
    ServiceUrl, SyntaxError, TagList, Value, is_scope_name,
};
pub(crate) use text::{fold, without_prefix};

/// The port of all agents, UDP and TCP.
pub const PORT: u16 = 427;
/// Version 1, everything but the search for directory agents [slp-dhcp-snmp §1].
pub const GENERAL_V1: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 22);
/// Version 1, the search for directory agents. OpenSLP sends its adverts there, too
/// [slp-dhcp-snmp §6, row 3].
pub const AGENTS_V1: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 35);
/// Version 2, everything.
pub const GROUP_V2: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 253);

/// The groups that an agent listens to; that of the search for directory agents only who is one,
/// or wants to hear of one.
#[must_use]
pub const fn groups(agents: bool) -> &'static [Ipv4Addr] {
    if agents { &[GENERAL_V1, GROUP_V2, AGENTS_V1] } else { &[GENERAL_V1, GROUP_V2] }
}

/// The longest message that is sent in a datagram unless configured otherwise
/// [slp-dhcp-snmp §3.6].
pub const MAX_DATAGRAM: usize = 1_400;
/// URLs are shorter than this [RFC 2165 §4.2].
pub const URL_BOUND: usize = 32_768;
/// The longest message that is read or written: version 1 has no longer ones, and of version 2,
/// whose field would allow 16 MiB, nobody needs them [slp-dhcp-snmp §3.6].
pub const MAX_MESSAGE: usize = 1 << 20;

/// Version of the protocol. The strings of messages differ in it as much as the messages do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// RFC 2165: NetWare 5.
    V1,
    /// RFC 2608: NetWare 6, OpenSLP, everything since.
    V2,
}
