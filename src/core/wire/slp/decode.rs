//! Bytes to messages.

use super::error::Refusal;
use super::extension::{self, AcceptId};
use super::fields::Fields;
use super::header::{Function, Split};
use super::message::{
    AntiEntropy, AntiEntropyKind, AttrReply, AttrRequest, Body, DaAdvert, DaState, Extensions,
    Message, NamingAuthority, SaAdvert, SrvAck, SrvDereg, SrvReg, SrvReply, SrvRequest, TypeReply,
    TypeRequest, UrlEntry,
};
use super::text::{self, Responders, ScopeList, ServiceUrl};
use super::{ErrorCode, URL_BOUND, Version};
use crate::wire::DecodeError;

impl Message {
    /// Decodes a datagram, or a message cut off a stream by
    /// [`stream::message_len`](super::stream::message_len). Bytes behind the length that the
    /// header tells are not looked at: OpenSLP sends thousands [slp-dhcp-snmp §6 row 1].
    ///
    /// # Errors
    /// A [`Refusal`]; [`Header::decode`](super::Header::decode) may still tell whom to answer.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let split = Split::new(bytes)?;
        let overflow = split.header.flags.overflow;
        let mut fields = Fields::new(&split);
        let body = match split.function {
            Function::SrvRqst => Body::SrvRqst(SrvRequest::decode(&mut fields)?),
            Function::SrvRply => Body::SrvRply(SrvReply::decode(&mut fields, overflow)?),
            Function::SrvReg => Body::SrvReg(SrvReg::decode(&mut fields)?),
            Function::SrvDereg => Body::SrvDereg(SrvDereg::decode(&mut fields)?),
            Function::SrvAck => Body::SrvAck(SrvAck { error: error(&mut fields)? }),
            Function::AttrRqst => Body::AttrRqst(AttrRequest::decode(&mut fields)?),
            Function::AttrRply => Body::AttrRply(AttrReply::decode(&mut fields)?),
            Function::DaAdvert => Body::DaAdvert(DaAdvert::decode(&mut fields)?),
            Function::SrvTypeRqst => Body::SrvTypeRqst(TypeRequest::decode(&mut fields)?),
            Function::SrvTypeRply => Body::SrvTypeRply(TypeReply::decode(&mut fields)?),
            Function::SaAdvert => Body::SaAdvert(SaAdvert::decode(&mut fields)?),
            Function::AntiEtrpRqst => Body::AntiEtrpRqst(AntiEntropy::decode(&mut fields)?),
        };
        let extensions = match split.extension {
            0 => Extensions::default(),
            _ => extension::decode(&split)?,
        };
        Ok(Self { header: split.header, body, extensions })
    }
}

fn error(fields: &mut Fields<'_>) -> Result<ErrorCode, DecodeError> {
    fields.u16("slp.error").map(|number| ErrorCode::of(fields.version, number))
}

/// What follows an error code. Behind one that is not 0 the rest may be missing or cut short
/// [slp-dhcp-snmp §1.2]; it would say nothing.
fn behind<T: Default>(error: ErrorCode, rest: Result<T, DecodeError>) -> Result<T, DecodeError> {
    if error == ErrorCode::Ok { rest } else { Ok(rest.unwrap_or_default()) }
}

fn scopes(fields: &mut Fields<'_>) -> Result<ScopeList, DecodeError> {
    Ok(ScopeList::parse(&fields.text("slp.scopes")?, fields.version))
}

fn previous(fields: &mut Fields<'_>) -> Result<Responders, DecodeError> {
    Ok(Responders::parse(&fields.text("slp.previous_responders")?))
}

fn url(fields: &mut Fields<'_>) -> Result<String, DecodeError> {
    let url = fields.text("slp.url")?;
    if url.len() < URL_BOUND {
        return Ok(url);
    }
    let [value, most] = [url.len(), URL_BOUND - 1].map(|n| n as u64);
    Err(DecodeError::out_of_range("slp.url", value, 0, most))
}

/// A type that is not empty [slp-dhcp-snmp §3.6].
fn service_type(text: String) -> Result<String, DecodeError> {
    if text.trim().is_empty() {
        return Err(DecodeError::truncated("slp.service_type", 1, 0));
    }
    Ok(text)
}

impl UrlEntry {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        if fields.version == Version::V2 {
            let _reserved = fields.u8("slp.url_entry")?;
        }
        let lifetime_s = fields.u16("slp.lifetime")?;
        let url = url(fields)?;
        fields.skip_url_blocks()?;
        Ok(Self { lifetime_s, url })
    }
}

impl SrvRequest {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let previous = previous(fields)?;
        match fields.version {
            Version::V1 => Self::of_predicate(previous, &fields.text("slp.predicate")?),
            Version::V2 => Ok(Self {
                previous,
                service_type: service_type(fields.text("slp.service_type")?)?,
                scopes: scopes(fields)?,
                filter: fields.text("slp.filter")?,
                spi: fields.text("slp.spi")?,
            }),
        }
    }

    /// `type/scope/where/`: three slashes at least, and more if the condition has some that should
    /// have been escaped [slp-dhcp-snmp §3.4].
    fn of_predicate(previous: Responders, predicate: &str) -> Result<Self, DecodeError> {
        let parts = || {
            let (service_type, rest) = predicate.split_once('/')?;
            let (scope, rest) = rest.split_once('/')?;
            let (filter, _) = rest.rsplit_once('/')?;
            Some((service_type, scope, filter))
        };
        let Some((kind, scope, filter)) = parts() else {
            let slashes = predicate.matches('/').count() as u64;
            return Err(DecodeError::out_of_range("slp.predicate", slashes, 3, u64::MAX));
        };
        Ok(Self {
            previous,
            service_type: service_type(text::without_prefix(kind).to_owned())?,
            scopes: ScopeList::parse(scope, Version::V1),
            filter: filter.to_owned(),
            spi: String::new(),
        })
    }
}

impl SrvReply {
    /// With the overflow flag, a list that ends before its count is what fitted
    /// [slp-dhcp-snmp §6 row 8].
    fn decode(fields: &mut Fields<'_>, overflow: bool) -> Result<Self, DecodeError> {
        let error = error(fields)?;
        let mut urls = || {
            let count = fields.u16("slp.url_count")?;
            let mut urls = Vec::new();
            for _ in 0..count {
                match UrlEntry::decode(fields) {
                    Ok(entry) => urls.push(entry),
                    Err(_) if overflow => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(urls)
        };
        Ok(Self { error, urls: behind(error, urls())? })
    }
}

impl SrvReg {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let entry = UrlEntry::decode(fields)?;
        let registration = match fields.version {
            Version::V1 => {
                let told = fields.text("slp.attributes")?;
                let (scopes, attributes) = text::take_scopes(&told);
                let kind = ServiceUrl::parse(&entry.url);
                let service_type = kind.map(|url| url.service_type().to_string());
                let service_type = service_type.unwrap_or_default();
                Self { entry, service_type, scopes, attributes }
            }
            Version::V2 => {
                let service_type = service_type(fields.text("slp.service_type")?)?;
                let scopes = scopes(fields)?;
                let attributes = fields.text("slp.attributes")?;
                Self { entry, service_type, scopes, attributes }
            }
        };
        fields.skip_attribute_blocks()?;
        Ok(registration)
    }
}

impl SrvDereg {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let (scopes, url) = match fields.version {
            Version::V1 => {
                let url = url(fields)?;
                fields.skip_url_blocks()?;
                (ScopeList::default(), url)
            }
            Version::V2 => (scopes(fields)?, UrlEntry::decode(fields)?.url),
        };
        Ok(Self { scopes, url, tags: fields.text("slp.tags")? })
    }
}

impl AttrRequest {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            previous: previous(fields)?,
            target: service_type(url(fields)?)?,
            scopes: scopes(fields)?,
            tags: fields.text("slp.tags")?,
            spi: match fields.version {
                Version::V1 => String::new(),
                Version::V2 => fields.text("slp.spi")?,
            },
        })
    }
}

impl AttrReply {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let error = error(fields)?;
        let mut attributes = || {
            let attributes = fields.text("slp.attributes")?;
            fields.skip_attribute_blocks()?;
            Ok(attributes)
        };
        Ok(Self { error, attributes: behind(error, attributes())? })
    }
}

impl DaAdvert {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let error = error(fields)?;
        let rest = match fields.version {
            Version::V1 => Self::of_v1(fields),
            Version::V2 => Self::of_v2(fields),
        };
        Ok(Self { error, ..behind(error, rest)? })
    }

    fn of_v1(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        Ok(Self { url: url(fields)?, scopes: scopes(fields)?, ..Self::default() })
    }

    fn of_v2(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let state = match fields.u32("slp.boot_stamp")? {
            0 => DaState::GoingDown,
            stamp => DaState::Since(stamp),
        };
        let advert = Self {
            error: ErrorCode::Ok,
            state,
            url: url(fields)?,
            scopes: scopes(fields)?,
            attributes: fields.text("slp.attributes")?,
            spis: fields.text("slp.spi")?,
        };
        fields.skip_url_blocks()?;
        Ok(advert)
    }
}

impl TypeRequest {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            previous: previous(fields)?,
            authority: match fields.text_or_all("slp.naming_authority")? {
                None => NamingAuthority::All,
                Some(name) if name.is_empty() => NamingAuthority::Iana,
                Some(name) => NamingAuthority::Named(name),
            },
            scopes: scopes(fields)?,
        })
    }
}

impl TypeReply {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let error = error(fields)?;
        let types = match fields.version {
            Version::V1 => Self::of_v1(fields),
            Version::V2 => fields
                .text("slp.service_types")
                .map(|list| list.split(',').filter_map(listed_type).collect()),
        };
        Ok(Self { error, types: behind(error, types)? })
    }

    fn of_v1(fields: &mut Fields<'_>) -> Result<Vec<String>, DecodeError> {
        let count = fields.u16("slp.type_count")?;
        let mut types = Vec::new();
        for _ in 0..count {
            types.extend(listed_type(&fields.text("slp.service_types")?));
        }
        Ok(types)
    }
}

/// Without the `://` that some send behind it; `None` if nothing is left.
fn listed_type(text: &str) -> Option<String> {
    let bare = text.trim().trim_end_matches(|c: char| c == ':' || c == '/' || c.is_whitespace());
    (!bare.is_empty()).then(|| bare.to_owned())
}

impl SaAdvert {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let (url, scopes) = (url(fields)?, scopes(fields)?);
        let attributes = fields.text("slp.attributes")?;
        fields.skip_attribute_blocks()?;
        Ok(Self { url, scopes, attributes })
    }
}

impl AntiEntropy {
    fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let kind = match fields.u16("slp.anti_entropy")? {
            1 => AntiEntropyKind::Selective,
            2 => AntiEntropyKind::Complete,
            other => return Err(DecodeError::undefined("slp.anti_entropy", other)),
        };
        let count = fields.u16("slp.accept_count")?;
        let mut known = Vec::new();
        for _ in 0..count {
            let stamp = fields.u64("slp.accept_stamp")?;
            known.push(AcceptId { stamp, agent: url(fields)? });
        }
        Ok(Self { kind, known })
    }
}
