//! Answers to others, as a service agent [slp-dhcp-snmp §5.3].
//!
//! To a request that went to a group only who has something to say answers, and errors are not
//! told; to one that came to us alone we always answer.

use super::announcement;
use super::exchange::is_for_agents;
use super::net::Net;
use super::registrar::Registrar;
use crate::ids::InterfaceId;
use crate::router::Cx;
use crate::wire::slp::{
    AttrReply, AttrRequest, AttributeList, Body, ErrorCode, Filter, Function, Header, Language,
    Message, NamingAuthority, Refusal, SaAdvert, ScopeList, ServiceType, SrvAck, SrvReply,
    SrvRequest, TagList, TypeReply, TypeRequest, UrlEntry, Version,
};

/// The type of service agents; version 2.
const SERVICE_AGENT: &str = "service-agent";

/// What is answered from.
#[derive(Debug)]
pub(super) struct Ours<'a> {
    pub(super) net: &'a Net,
    pub(super) registrar: &'a Registrar,
}

/// The answer to a request; `None`: silence.
pub(super) fn answer(
    cx: &Cx<'_>,
    ours: &Ours<'_>,
    interface: InterfaceId,
    alone: bool,
    request: &Message,
) -> Option<Message> {
    let header = &request.header;
    if let Some(body) = refused(request) {
        return alone.then(|| Message::new(header.answer(), body));
    }
    if request.body.previous()?.iter().any(|ip| ours.net.is_own(ip)) {
        return None;
    }
    let answered = match &request.body {
        Body::SrvRqst(asked) if is_for_agents(&asked.service_type) => return None,
        Body::SrvRqst(asked) if is_for_us(header.version, asked) => {
            return advert(cx, ours, interface, header, asked);
        }
        Body::SrvRqst(asked) => services(cx, ours, header, asked).map(|urls| {
            let nothing = urls.is_empty();
            (Body::SrvRply(SrvReply { error: ErrorCode::Ok, urls }), nothing)
        }),
        Body::AttrRqst(asked) => attributes(cx, ours, header, asked).map(|list| {
            let nothing = list.is_empty();
            let attributes = list.to_text(header.version);
            (Body::AttrRply(AttrReply { error: ErrorCode::Ok, attributes }), nothing)
        }),
        Body::SrvTypeRqst(asked) => types(cx, ours, header, asked).map(|types| {
            let nothing = types.is_empty();
            (Body::SrvTypeRply(TypeReply { error: ErrorCode::Ok, types }), nothing)
        }),
        _ => return None,
    };
    match answered {
        Ok((_, true)) | Err(_) if !alone => None,
        Ok((body, _)) => Some(Message::new(header.answer(), body)),
        Err(error) => {
            let body = failure(request.body.function(), error)?;
            Some(Message::new(header.answer(), body))
        }
    }
}

/// It asks for service agents, whoever else may answer.
pub(super) fn is_for_service_agents(request: &Message) -> bool {
    matches!(&request.body, Body::SrvRqst(asked) if is_for_us(request.header.version, asked))
}

/// The answer to bytes that are no message; `None`: silence.
pub(super) fn refuse(bytes: &[u8], refusal: Refusal) -> Option<Message> {
    let error = refusal.answer()?;
    let (header, function) = match Header::decode(bytes) {
        Ok(found) => found,
        Err(Refusal::Charset(_)) => {
            let header = Header::new(Version::V1, Header::xid_of_v1(bytes)?);
            (header, Function::of(Version::V1, *bytes.get(1)?)?)
        }
        Err(_) => return None,
    };
    Some(Message::new(header.answer(), failure(function, error)?))
}

/// The answer to what only a directory agent does.
pub(super) fn not_supported(request: &Message) -> Option<Message> {
    if request.header.version == Version::V1 {
        return None;
    }
    let body = failure(request.body.function(), ErrorCode::MessageNotSupported)?;
    Some(Message::new(request.header.answer(), body))
}

/// The answer to a request of this function that fails; `None` to what is no request.
pub(super) fn failure(function: Function, error: ErrorCode) -> Option<Body> {
    Some(match function {
        Function::SrvRqst => Body::SrvRply(SrvReply { error, urls: Vec::new() }),
        Function::SrvReg | Function::SrvDereg | Function::AntiEtrpRqst => {
            Body::SrvAck(SrvAck { error })
        }
        Function::AttrRqst => Body::AttrRply(AttrReply { error, attributes: String::new() }),
        Function::SrvTypeRqst => Body::SrvTypeRply(TypeReply { error, types: Vec::new() }),
        _ => return None,
    })
}

/// A request that is refused whatever it asks for: one that wants to be signed, or has an extension
/// that must be understood.
pub(super) fn refused(request: &Message) -> Option<Body> {
    let spi = match &request.body {
        Body::SrvRqst(asked) => asked.spi.as_str(),
        Body::AttrRqst(asked) => asked.spi.as_str(),
        _ => "",
    };
    let error = if request.extensions.not_understood.is_some() {
        ErrorCode::OptionNotUnderstood
    } else if !spi.is_empty() {
        ErrorCode::AuthenticationUnknown
    } else {
        return None;
    };
    failure(request.body.function(), error)
}

fn is_for_us(version: Version, asked: &SrvRequest) -> bool {
    version == Version::V2 && ServiceType::parse(&asked.service_type).bare() == SERVICE_AGENT
}

/// "I am a service agent", to whoever asks in one of our scopes or in none.
fn advert(
    cx: &Cx<'_>,
    ours: &Ours<'_>,
    interface: InterfaceId,
    header: &Header,
    asked: &SrvRequest,
) -> Option<Message> {
    let scopes = super::scopes_or_default(cx);
    if !asked.scopes.is_empty() && !scopes.shares(&asked.scopes) {
        return None;
    }
    let url = format!("service:{SERVICE_AGENT}://{}", ours.net.address(interface)?);
    let body = Body::SaAdvert(SaAdvert { url, scopes, attributes: String::new() });
    Some(Message::new(header.answer(), body))
}

/// Our URLs that a request asks for.
fn services(
    cx: &Cx<'_>,
    ours: &Ours<'_>,
    header: &Header,
    asked: &SrvRequest,
) -> Result<Vec<UrlEntry>, ErrorCode> {
    in_scope(cx, header.version, &asked.scopes)?;
    let filter = Filter::parse(&asked.filter, header.version).map_err(|_| ErrorCode::ParseError)?;
    let conditional = filter != Filter::Anything;
    if conditional && !header.language.agrees_with(&Language::english()) {
        return Ok(Vec::new());
    }
    if !ServiceType::parse(&asked.service_type).covers(&ServiceType::parse(announcement::TYPE)) {
        return Ok(Vec::new());
    }
    let version = header.version;
    let lifetime_s = cx.config.slp.lifetime_s;
    let fulfils = |list: &AttributeList| filter.matches(list);
    let found = all(cx, ours, version).filter(|(_, list)| fulfils(list));
    Ok(found.map(|(url, _)| UrlEntry { lifetime_s, url }).collect())
}

/// The attributes of one of our URLs, or of all of them.
fn attributes(
    cx: &Cx<'_>,
    ours: &Ours<'_>,
    header: &Header,
    asked: &AttrRequest,
) -> Result<AttributeList, ErrorCode> {
    let by_url = asked.target.contains("://");
    if header.version == Version::V2 || !by_url {
        in_scope(cx, header.version, &asked.scopes)?;
    }
    let tags = TagList::parse(&asked.tags, header.version);
    let ours_is = ServiceType::parse(announcement::TYPE);
    let by_type = !by_url && ServiceType::parse(&asked.target).covers(&ours_is);
    let mut found = AttributeList::default();
    for (url, list) in all(cx, ours, header.version) {
        if by_type || url == asked.target {
            found.join(&list.select(&tags));
        }
    }
    Ok(found)
}

/// The one type that we have.
fn types(
    cx: &Cx<'_>,
    ours: &Ours<'_>,
    header: &Header,
    asked: &TypeRequest,
) -> Result<Vec<String>, ErrorCode> {
    if header.version == Version::V2 || !asked.scopes.is_empty() {
        in_scope(cx, header.version, &asked.scopes)?;
    }
    let ours_is = ServiceType::parse(announcement::TYPE);
    let wanted = match &asked.authority {
        NamingAuthority::All => true,
        NamingAuthority::Iana => false,
        NamingAuthority::Named(name) => name.eq_ignore_ascii_case(ours_is.authority()),
    };
    let there = wanted && ours.registrar.wanted().next().is_some();
    Ok(there.then(|| ours_is.to_string()).into_iter().collect())
}

/// What is announced, as URLs and attributes.
fn all<'a>(
    cx: &'a Cx<'_>,
    ours: &'a Ours<'_>,
    version: Version,
) -> impl Iterator<Item = (String, AttributeList)> + use<'a> {
    ours.registrar.wanted().filter_map(move |(circuit, announced)| {
        let text = announcement::attributes(cx, circuit, announced, version)?;
        Some((announced.url.clone(), AttributeList::parse(&text, version).ok()?))
    })
}

/// A request for these scopes is for us. In version 1 one without a scope asks for what has none,
/// and one with a scope for that and for what has none; our services have none if we have none.
fn in_scope(cx: &Cx<'_>, version: Version, asked: &ScopeList) -> Result<(), ErrorCode> {
    let ours = super::scopes(cx);
    let shared = match version {
        Version::V1 => ours.is_empty() || ours.shares(asked),
        Version::V2 => super::scopes_or_default(cx).shares(asked),
    };
    if shared { Ok(()) } else { Err(ErrorCode::ScopeNotSupported) }
}
