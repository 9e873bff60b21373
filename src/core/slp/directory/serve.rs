//! Answers to questions, out of the store, for both versions [slp-dhcp-snmp §5.4].

use super::Directory;
use super::store::{Entry, Key};
use crate::Time;
use crate::config::DEFAULT_SCOPE;
use crate::wire::slp::{
    AttrRequest, AttributeList, ErrorCode, Filter, Header, Language, NamingAuthority, ScopeList,
    ServiceType, SrvRequest, TagList, TypeRequest, UrlEntry, Version,
};

/// An attribute list fits behind a length of 16 bits.
const LONGEST_LIST: usize = 65_535;

/// Which entries a request may see.
struct Sight<'a> {
    version: Version,
    scopes: &'a ScopeList,
}

impl Sight<'_> {
    fn sees(&self, entry: &Entry) -> bool {
        match self.version {
            // Version 1 knows no abstract types, and finds what has no scope in every scope.
            Version::V1 => {
                !entry.service_type.is_of_abstract()
                    && (entry.unscoped || self.scopes.shares(&entry.scopes))
            }
            Version::V2 => self.scopes.shares(&entry.scopes),
        }
    }
}

impl Directory {
    /// The URLs that a request asks for, with what is left of their lifetimes; the first `most`.
    pub(super) fn services(
        &self,
        now: Time,
        header: &Header,
        asked: &SrvRequest,
        most: usize,
    ) -> Result<Vec<UrlEntry>, ErrorCode> {
        let version = header.version;
        let scopes = self.scopes_asked(version, &asked.scopes)?;
        let filter = Filter::parse(&asked.filter, version).map_err(|_| ErrorCode::ParseError)?;
        let sight = Sight { version, scopes: &scopes };
        let wanted = ServiceType::parse(&asked.service_type);
        let conditional = filter != Filter::Anything;
        let speaks = |key: &Key| Language::new(&key.language).agrees_with(&header.language);
        let found = self.store.of_type_with(&wanted, &filter).filter(|(key, entry)| {
            sight.sees(entry)
                && (!conditional || (speaks(key) && filter.matches(&entry.attributes)))
        });
        let mut urls: Vec<UrlEntry> = Vec::new();
        for (key, entry) in found {
            if urls.len() == most {
                break;
            }
            // One in several languages is one service.
            if urls.last().is_none_or(|last| last.url != key.url) {
                let lifetime_s = entry.lifetime_s(now);
                urls.push(UrlEntry { lifetime_s, url: key.url.clone() });
            }
        }
        Ok(urls)
    }

    /// The attributes of a URL, or all attributes of all services of a type.
    pub(super) fn attributes(
        &self,
        header: &Header,
        asked: &AttrRequest,
    ) -> Result<AttributeList, ErrorCode> {
        let version = header.version;
        let by_url = asked.target.contains("://");
        let tags = TagList::parse(&asked.tags, version);
        if by_url && version == Version::V1 {
            let key = Key::new(&asked.target, &header.language);
            let entry = self.any_language(&key);
            return Ok(entry.map(|entry| entry.attributes.select(&tags)).unwrap_or_default());
        }
        let scopes = self.scopes_asked(version, &asked.scopes)?;
        let sight = Sight { version, scopes: &scopes };
        if by_url {
            let key = Key::new(&asked.target, &header.language);
            let entry = self.any_language(&key).filter(|entry| sight.sees(entry));
            return Ok(entry.map(|entry| entry.attributes.select(&tags)).unwrap_or_default());
        }
        let wanted = ServiceType::parse(&asked.target);
        let seen = self.store.of_type(&wanted).filter(|(_, entry)| sight.sees(entry));
        let lists = seen.map(|(_, entry)| &entry.attributes);
        Ok(AttributeList::union(lists, &tags, LONGEST_LIST))
    }

    /// The types of services that there are.
    pub(super) fn types(
        &self,
        header: &Header,
        asked: &TypeRequest,
    ) -> Result<Vec<String>, ErrorCode> {
        let version = header.version;
        let everywhere = version == Version::V1 && asked.scopes.is_empty();
        let scopes = if everywhere {
            self.scopes.clone()
        } else {
            self.scopes_asked(version, &asked.scopes)?
        };
        let sight = Sight { version, scopes: &scopes };
        let wanted = |kind: &ServiceType| match &asked.authority {
            NamingAuthority::All => true,
            NamingAuthority::Iana => kind.authority().is_empty(),
            NamingAuthority::Named(name) => name.eq_ignore_ascii_case(kind.authority()),
        };
        let types = self.store.types().filter(|(kind, _)| wanted(kind));
        let seen = types.filter_map(|(kind, mut entries)| {
            entries.any(|entry| sight.sees(entry)).then(|| kind.to_string())
        });
        Ok(seen.collect())
    }

    /// An entry in this language, else in whichever there is.
    fn any_language(&self, key: &Key) -> Option<&Entry> {
        let live = |key: &Key| self.store.get(key).filter(|entry| !entry.ended);
        live(key).or_else(|| self.keys_of(&key.url).iter().find_map(live))
    }

    /// The scopes of a request that we serve.
    fn scopes_asked(&self, version: Version, asked: &ScopeList) -> Result<ScopeList, ErrorCode> {
        let default = ScopeList::from_names([DEFAULT_SCOPE]);
        let served = match version {
            Version::V1 if asked.is_empty() => {
                let served = self.scopes.contains(DEFAULT_SCOPE) || self.settings.unscoped;
                if served { default } else { ScopeList::default() }
            }
            Version::V1 | Version::V2 => self.scopes.common(asked),
        };
        if served.is_empty() { Err(ErrorCode::ScopeNotSupported) } else { Ok(served) }
    }
}
