//! How the registry outlives a restart: as text, with times by the calendar.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store::{Entry, Key};
use super::{Directory, STATEFUL};
use crate::Time;
use crate::wire::slp::{AcceptId, AttributeList, ScopeList, ServiceType, Version};

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    /// When the store was begun, in seconds since 1970.
    boot: u32,
    highest: u64,
    vector: Vec<(String, u64)>,
    entries: Vec<SavedEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedEntry {
    url: String,
    language: String,
    service_type: String,
    scopes: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unscoped: bool,
    attributes: String,
    /// When it ends or ended, in seconds since 1970.
    until: u64,
    source: Ipv4Addr,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
    stamp: u64,
    agent: String,
}

impl Directory {
    /// All of it as text.
    pub(super) fn to_saved(&self, now: Time) -> String {
        let unix = self.unix_us(now) / 1_000_000;
        let entries = self.store.iter().map(|(key, entry)| SavedEntry {
            url: key.url.clone(),
            language: key.language.clone(),
            service_type: entry.service_type.to_string(),
            scopes: entry.scopes.to_text(Version::V2),
            unscoped: entry.unscoped,
            attributes: entry.attributes.to_text(Version::V2),
            until: unix + entry.until.since(now).as_secs(),
            source: entry.source,
            ended: entry.ended,
            stamp: entry.accepted.stamp,
            agent: entry.accepted.agent.clone(),
        });
        let saved = Saved {
            boot: self.boot.unwrap_or(1),
            highest: self.highest,
            vector: self.mesh.vector(),
            entries: entries.collect(),
        };
        // Texts and numbers: there is nothing to fail on.
        serde_json::to_string(&saved).unwrap_or_default()
    }

    /// Takes over what was kept. Text that is none of ours is as nothing: the store was lost.
    pub(crate) fn restore(&mut self, now: Time, text: &str) -> bool {
        let Ok(saved) = serde_json::from_str::<Saved>(text) else { return false };
        self.boot = Some(saved.boot);
        self.highest = saved.highest;
        self.xid = STATEFUL;
        let unix = self.unix_us(now) / 1_000_000;
        for entry in saved.entries {
            let attributes = AttributeList::parse(&entry.attributes, Version::V2);
            let key = Key { url: entry.url, language: entry.language };
            let left = entry.until.saturating_sub(unix);
            let value = Entry {
                service_type: ServiceType::parse(&entry.service_type),
                scopes: ScopeList::parse(&entry.scopes, Version::V2),
                unscoped: entry.unscoped,
                attributes: attributes.unwrap_or_default(),
                until: now + Duration::from_secs(left),
                source: entry.source,
                ended: entry.ended || left == 0,
                accepted: AcceptId { stamp: entry.stamp, agent: entry.agent },
            };
            self.store.put(key, value, now);
        }
        self.mesh.set_vector(saved.vector);
        true
    }
}
