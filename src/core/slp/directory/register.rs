//! Registrations and deregistrations: what is taken, and from whom [slp-dhcp-snmp §5.4, §5.7].

use std::net::Ipv4Addr;
use std::time::Duration;

use super::store::{Entry, Key};
use super::{Directory, Net, Via};
use crate::config::DEFAULT_SCOPE;
use crate::router::Cx;
use crate::wire::slp::{
    AttributeList, ErrorCode, Header, Message, ScopeList, ServiceType, ServiceUrl, SrvDereg,
    SrvReg, TagList, Version,
};

/// Bytes of one host's registrations.
const BYTES_OF_HOST: usize = 16 * 1024;

impl Directory {
    /// Takes a registration; true if it is of a service that was not there.
    pub(super) fn register(
        &mut self,
        cx: &Cx<'_>,
        net: &Net,
        source: Ipv4Addr,
        header: &Header,
        asked: &SrvReg,
    ) -> Result<bool, ErrorCode> {
        let version = header.version;
        if version == Version::V2
            && (asked.entry.lifetime_s == 0 || header.language.tag().is_empty())
        {
            return Err(ErrorCode::InvalidRegistration);
        }
        let parts = ServiceUrl::parse(&asked.entry.url).ok_or(ErrorCode::InvalidRegistration)?;
        let service_type = parts.service_type().clone();
        if version == Version::V2 && ServiceType::parse(&asked.service_type) != service_type {
            return Err(ErrorCode::InvalidRegistration);
        }
        let host = parts.ipv4();
        if host.is_some_and(|host| host != source && !net.allows(cx.config, host)) {
            return Err(ErrorCode::InvalidRegistration);
        }
        let (scopes, unscoped) = self.scopes_of(version, &asked.scopes)?;
        let attributes = AttributeList::parse(&asked.attributes, version);
        let mut attributes = attributes.map_err(|_| ErrorCode::InvalidRegistration)?;
        attributes.check().map_err(|_| ErrorCode::InvalidRegistration)?;
        let key = Key::new(&asked.entry.url, &header.language);
        let known = self.store.get(&key).filter(|known| !known.ended);
        if known.is_some_and(|known| !may_change(known, source)) {
            return Err(ErrorCode::AuthenticationFailed);
        }
        let incremental = version == Version::V1 || !header.flags.fresh;
        match known {
            Some(known) if incremental => {
                let mut all = known.attributes.clone();
                all.merge(attributes);
                attributes = all;
            }
            None if version == Version::V2 && !header.flags.fresh => {
                return Err(ErrorCode::InvalidUpdate);
            }
            _ => {}
        }
        let new = known.is_none();
        if new && !self.has_room(source, &asked.entry.url, &asked.attributes) {
            return Err(match version {
                Version::V1 => ErrorCode::InvalidRegistration,
                Version::V2 => ErrorCode::DaBusy,
            });
        }
        let until = cx.now + Duration::from_secs(asked.entry.lifetime_s.into());
        let accepted = self.accept(cx);
        let ended = asked.entry.lifetime_s == 0;
        let entry =
            Entry { service_type, scopes, unscoped, attributes, until, source, ended, accepted };
        self.mesh.took(&key);
        self.put(cx, key, entry);
        Ok(new)
    }

    /// Takes a registration back, or attributes of it.
    pub(super) fn deregister(
        &mut self,
        cx: &Cx<'_>,
        source: Ipv4Addr,
        via: Via,
        header: &Header,
        asked: &SrvDereg,
    ) -> Result<(), ErrorCode> {
        if self.settings.deregister_by_tcp && via == Via::Datagram {
            return Err(ErrorCode::AuthenticationFailed);
        }
        if header.version == Version::V2 && !self.scopes.shares(&asked.scopes) {
            return Err(ErrorCode::ScopeNotSupported);
        }
        let tags = TagList::parse(&asked.tags, header.version);
        let this = Key::new(&asked.url, &header.language);
        let keys: Vec<Key> = if tags.is_empty() {
            // In every language.
            self.keys_of(&asked.url)
        } else {
            vec![this]
        };
        if keys.iter().all(|key| self.store.get(key).is_none()) {
            return match header.version {
                Version::V1 => Err(ErrorCode::InvalidRegistration),
                Version::V2 => Ok(()),
            };
        }
        for key in keys {
            let Some(entry) = self.store.get(&key).filter(|entry| !entry.ended) else { continue };
            if !may_change(entry, source) {
                return Err(ErrorCode::AuthenticationFailed);
            }
            let mut entry = entry.clone();
            entry.accepted = self.accept(cx);
            if tags.is_empty() {
                entry.ended = true;
            } else {
                entry.attributes = entry.attributes.without(&tags);
            }
            self.mesh.took(&key);
            self.put(cx, key, entry);
        }
        Ok(())
    }

    /// The scopes of a registration, and whether it came without one.
    fn scopes_of(
        &self,
        version: Version,
        asked: &ScopeList,
    ) -> Result<(ScopeList, bool), ErrorCode> {
        if asked.is_empty() && version == Version::V1 {
            // Without a scope it belongs to DEFAULT, if that is served.
            let default = self.scopes.contains(DEFAULT_SCOPE) || self.settings.unscoped;
            let scopes = ScopeList::from_names([DEFAULT_SCOPE]);
            return if default { Ok((scopes, true)) } else { Err(ErrorCode::ScopeNotSupported) };
        }
        let common = self.scopes.common(asked);
        let served = match version {
            Version::V1 => !common.is_empty(),
            Version::V2 => !asked.is_empty() && common == *asked,
        };
        if served { Ok((common, false)) } else { Err(ErrorCode::ScopeNotSupported) }
    }

    fn has_room(&self, source: Ipv4Addr, url: &str, attributes: &str) -> bool {
        let (count, bytes) = self.store.of_source(source);
        self.store.len() < self.settings.registrations
            && count < self.settings.registrations_of_host
            && bytes + url.len() + attributes.len() <= BYTES_OF_HOST
    }
}

/// Who registered an entry may change it; if nobody knows who that was, whoever asks
/// [slp-dhcp-snmp §5.6].
fn may_change(entry: &Entry, source: Ipv4Addr) -> bool {
    entry.source == source || entry.source.is_unspecified()
}

/// The registration that another directory agent is sent of an entry, or the deregistration, with
/// what it needs to know of its way.
pub(super) fn of_entry(key: &Key, entry: &Entry, now: crate::Time) -> Message {
    use crate::wire::slp::{Body, Extensions, Language, MeshForward, MeshKind, UrlEntry};
    let mut header = Header::new(Version::V2, 0);
    header.language = Language::new(&key.language);
    header.flags.fresh = !entry.ended;
    let mut attributes = entry.attributes.clone();
    if entry.unscoped {
        attributes.join(&super::unscoped_mark());
    }
    let url = key.url.clone();
    let body = if entry.ended {
        Body::SrvDereg(SrvDereg { scopes: entry.scopes.clone(), url, tags: String::new() })
    } else {
        let lifetime_s = entry.lifetime_s(now).max(1);
        Body::SrvReg(SrvReg {
            entry: UrlEntry { lifetime_s, url },
            service_type: entry.service_type.to_string(),
            scopes: entry.scopes.clone(),
            attributes: attributes.to_text(Version::V2),
        })
    };
    let (version, accepted) = (entry.accepted.stamp, entry.accepted.clone());
    let mesh = MeshForward { kind: MeshKind::Forwarded, version, accepted };
    let extensions = Extensions { mesh: Some(mesh), not_understood: None };
    Message { header, body, extensions }
}
