//! What messages say, in either version [slp-dhcp-snmp §2.2].

use super::ErrorCode;
use super::extension::{AcceptId, MeshForward};
use super::header::{Function, Header};
use super::text::{Responders, ScopeList};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Version, XID, flags, language.
    pub header: Header,
    /// What it says.
    pub body: Body,
    /// What stands behind it; version 2 only.
    pub extensions: Extensions,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Which services are there?
    SrvRqst(SrvRequest),
    /// These.
    SrvRply(SrvReply),
    /// This service is there.
    SrvReg(SrvReg),
    /// It no longer is, or no longer has these attributes.
    SrvDereg(SrvDereg),
    /// Done, or not.
    SrvAck(SrvAck),
    /// What attributes has it?
    AttrRqst(AttrRequest),
    /// These.
    AttrRply(AttrReply),
    /// I am a directory agent.
    DaAdvert(DaAdvert),
    /// Which types of services are there?
    SrvTypeRqst(TypeRequest),
    /// These.
    SrvTypeRply(TypeReply),
    /// I am a service agent; version 2.
    SaAdvert(SaAdvert),
    /// What do you know that I do not? Between directory agents of version 2 [RFC 3528].
    AntiEtrpRqst(AntiEntropy),
}

/// Extensions of a message that mean something to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// 0006: how a registration travels between directory agents.
    pub mesh: Option<MeshForward>,
    /// The first one that must be understood, and is not: 4000 to 7FFF, without 4001, which slpd
    /// uses. A request is answered [`ErrorCode::OptionNotUnderstood`], a reply dropped
    /// [slp-dhcp-snmp §2.3]. Never written.
    pub not_understood: Option<u16>,
}

/// A URL and how long it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlEntry {
    /// Seconds; 65,535 for ever in OpenSLP, 0 already over.
    pub lifetime_s: u16,
    /// The URL, fewer than 32,768 bytes.
    pub url: String,
}

/// A SrvRqst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrvRequest {
    /// Who has answered before and need not again.
    pub previous: Responders,
    /// A [`ServiceType`](super::ServiceType); bare in version 1, whatever prefix came.
    pub service_type: String,
    /// At most one in version 1; none there: unscoped.
    pub scopes: ScopeList,
    /// A [`Filter`](super::Filter) in the spelling of the version; empty: no condition.
    pub filter: String,
    /// Security parameter index; version 2, empty from us.
    pub spi: String,
}

/// A SrvRply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrvReply {
    /// What came of it.
    pub error: ErrorCode,
    /// The URLs; fewer than there are if the overflow flag is set.
    pub urls: Vec<UrlEntry>,
}

/// A SrvReg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrvReg {
    /// The service and its lifetime.
    pub entry: UrlEntry,
    /// A field of version 2. In version 1 decoding gives the type of the URL, empty if it has
    /// none, and encoding leaves it out.
    pub service_type: String,
    /// A field of version 2; in version 1 the attribute `SCOPE`, which is not among the
    /// attributes then.
    pub scopes: ScopeList,
    /// An [`AttributeList`](super::AttributeList) in the spelling of the version.
    pub attributes: String,
}

/// A SrvDereg.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrvDereg {
    /// Version 2; version 1 says none.
    pub scopes: ScopeList,
    /// The service.
    pub url: String,
    /// A [`TagList`](super::TagList); empty: the whole service goes.
    pub tags: String,
}

/// A SrvAck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SrvAck {
    /// What came of it.
    pub error: ErrorCode,
}

/// An AttrRqst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttrRequest {
    /// Who has answered before and need not again.
    pub previous: Responders,
    /// A URL, or a type: `service:type:` in version 1, `service:type` in version 2.
    pub target: String,
    /// Where to look; ignored in version 1 if the target is a URL.
    pub scopes: ScopeList,
    /// A [`TagList`](super::TagList); empty: all attributes.
    pub tags: String,
    /// Security parameter index; version 2, empty from us.
    pub spi: String,
}

/// An AttrRply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttrReply {
    /// What came of it.
    pub error: ErrorCode,
    /// An [`AttributeList`](super::AttributeList) in the spelling of the version.
    pub attributes: String,
}

/// What a DAAdvert says about its sender's store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DaState {
    /// Nothing: version 1, where the XID of unsolicited adverts says it.
    #[default]
    Untold,
    /// Version 2: nothing was lost since then, in seconds since 1970. Greater than before: it
    /// lost its store. Not 0.
    Since(u32),
    /// Version 2, a stamp of 0: it is going down.
    GoingDown,
}

/// A DAAdvert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaAdvert {
    /// Not 0 only in an answer that is wrongly one.
    pub error: ErrorCode,
    /// What its store remembers.
    pub state: DaState,
    /// `service:directory-agent://` and its address.
    pub url: String,
    /// What it serves; empty in version 1: what has no scope.
    pub scopes: ScopeList,
    /// An [`AttributeList`](super::AttributeList); version 2.
    pub attributes: String,
    /// Security parameter indexes, a list; version 2.
    pub spis: String,
}

/// Whose types are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NamingAuthority {
    /// Types without one.
    Iana,
    /// Types of this one: `novell`. Not empty.
    Named(String),
    /// Types of any, a length of FFFF without a string.
    #[default]
    All,
}

/// A SrvTypeRqst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeRequest {
    /// Who has answered before and need not again.
    pub previous: Responders,
    /// Whose types.
    pub authority: NamingAuthority,
    /// Where; empty in version 1: everywhere.
    pub scopes: ScopeList,
}

/// A SrvTypeRply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeReply {
    /// What came of it.
    pub error: ErrorCode,
    /// The types, each a [`ServiceType`](super::ServiceType); none is empty.
    pub types: Vec<String>,
}

/// A SAAdvert; it has no error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaAdvert {
    /// `service:service-agent://` and its address.
    pub url: String,
    /// What it serves.
    pub scopes: ScopeList,
    /// An [`AttributeList`](super::AttributeList).
    pub attributes: String,
}

/// What is wanted of a directory agent that is asked for what the asker lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AntiEntropyKind {
    /// 1: of the listed agents, what is newer.
    Selective,
    /// 2: and all of agents that are not listed.
    Complete,
}

/// An AntiEtrpRqst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AntiEntropy {
    /// What is wanted.
    pub kind: AntiEntropyKind,
    /// The newest that is known, by the agent that accepted it.
    pub known: Vec<AcceptId>,
}

impl Message {
    /// A message without extensions.
    #[must_use]
    pub fn new(header: Header, body: Body) -> Self {
        Self { header, body, extensions: Extensions::default() }
    }
}

impl Body {
    /// Who has answered a question before; `None` of what is no question.
    #[must_use]
    pub const fn previous(&self) -> Option<&Responders> {
        match self {
            Self::SrvRqst(request) => Some(&request.previous),
            Self::AttrRqst(request) => Some(&request.previous),
            Self::SrvTypeRqst(request) => Some(&request.previous),
            _ => None,
        }
    }

    /// The function that says this.
    #[must_use]
    pub const fn function(&self) -> Function {
        match self {
            Self::SrvRqst(_) => Function::SrvRqst,
            Self::SrvRply(_) => Function::SrvRply,
            Self::SrvReg(_) => Function::SrvReg,
            Self::SrvDereg(_) => Function::SrvDereg,
            Self::SrvAck(_) => Function::SrvAck,
            Self::AttrRqst(_) => Function::AttrRqst,
            Self::AttrRply(_) => Function::AttrRply,
            Self::DaAdvert(_) => Function::DaAdvert,
            Self::SrvTypeRqst(_) => Function::SrvTypeRqst,
            Self::SrvTypeRply(_) => Function::SrvTypeRply,
            Self::SaAdvert(_) => Function::SaAdvert,
            Self::AntiEtrpRqst(_) => Function::AntiEtrpRqst,
        }
    }
}
