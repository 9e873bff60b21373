//! What is registered: entries by URL and language, found by type, ended when their time is over
//! [slp-dhcp-snmp §5.4].
//!
//! An entry that ended, or was taken back, stays for a day, flagged: other directory agents must
//! learn that it ended, or one of them that was cut off would bring it back [slp-dhcp-snmp §5.6].

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::Bound;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Time;
use crate::timers::Timers;
use crate::wire::slp::{
    AcceptId, AttributeList, Filter, Language, ScopeList, ServiceType, Version, fold,
};

/// How long an entry that ended is kept, behind its stamp. Longer than any lifetime.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What an entry counts for beside its texts, in bytes.
const OVERHEAD: usize = 64;

/// What tells entries apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) url: String,
    /// The primary language tag, in lower case.
    pub(crate) language: String,
}

impl Key {
    pub(super) fn new(url: &str, language: &Language) -> Self {
        Self { url: url.to_owned(), language: language.primary().to_ascii_lowercase() }
    }
}

/// An entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) service_type: ServiceType,
    pub(crate) scopes: ScopeList,
    /// It came without a scope, by version 1: it is found in every scope of that version.
    pub(crate) unscoped: bool,
    pub(crate) attributes: AttributeList,
    pub(crate) until: Time,
    /// Who registered it, and who alone may change it.
    pub(crate) source: Ipv4Addr,
    /// It was taken back, or has ended.
    pub(crate) ended: bool,
    /// Which state of the entry this is, and which directory agent took it.
    pub(crate) accepted: AcceptId,
}

impl Entry {
    /// Of two states of one entry the greater one counts, wherever it came from
    /// [slp-dhcp-snmp §5.6].
    pub(super) fn rank(&self) -> (u64, &[u8]) {
        (self.accepted.stamp, self.accepted.agent.as_bytes())
    }

    fn size(&self, key: &Key) -> usize {
        OVERHEAD + key.url.len() + self.attributes.to_text(Version::V2).len()
    }

    /// What is left of its lifetime, in seconds, 0 once it ended.
    pub(crate) fn lifetime_s(&self, now: Time) -> u16 {
        if self.ended {
            return 0;
        }
        let left = self.until.since(now);
        u16::try_from(left.as_micros().div_ceil(1_000_000)).unwrap_or(u16::MAX)
    }
}

/// Each value of each attribute, as it is looked for.
fn values(attributes: &AttributeList) -> impl Iterator<Item = (String, String)> {
    attributes.iter().flat_map(|attribute| {
        let tag = fold(attribute.tag());
        attribute.values().map(move |value| (tag.clone(), value.folded()))
    })
}

/// Takes a key out of an index, and its place with the last of them.
fn take_out<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Key>>, place: &K, key: &Key) {
    if let Some(keys) = index.get_mut(place) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(place);
        }
    }
}

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Store {
    entries: BTreeMap<Key, Entry>,
    by_type: BTreeMap<ServiceType, BTreeSet<Key>>,
    /// Who has a value of an attribute, both folded.
    by_value: BTreeMap<(String, String), BTreeSet<Key>>,
    /// Entries, and bytes, of each host that registers.
    by_source: BTreeMap<Ipv4Addr, (usize, usize)>,
    live: usize,
    /// When entries end, and when those that ended are forgotten.
    timers: Timers<Key>,
}

impl Store {
    /// An entry, ended ones too.
    pub(crate) fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Puts an entry in place of the one of its key.
    pub(super) fn put(&mut self, key: Key, entry: Entry, now: Time) {
        self.remove(&key);
        if !entry.ended {
            self.live += 1;
            self.by_type.entry(entry.service_type.clone()).or_default().insert(key.clone());
            for value in values(&entry.attributes) {
                self.by_value.entry(value).or_default().insert(key.clone());
            }
            let (count, bytes) = self.by_source.entry(entry.source).or_default();
            *count += 1;
            *bytes += entry.size(&key);
        }
        let at = if entry.ended { now + DAY } else { entry.until };
        self.timers.set(key.clone(), at);
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.timers.cancel(key);
        if !entry.ended {
            self.live -= 1;
            take_out(&mut self.by_type, &entry.service_type, key);
            for value in values(&entry.attributes) {
                take_out(&mut self.by_value, &value, key);
            }
            if let Some((count, bytes)) = self.by_source.get_mut(&entry.source) {
                *count -= 1;
                *bytes -= entry.size(key);
                if *count == 0 {
                    self.by_source.remove(&entry.source);
                }
            }
        }
        Some(entry)
    }

    /// Ends an entry now; it stays, flagged.
    pub(super) fn end(&mut self, key: &Key, accepted: AcceptId, now: Time) {
        if let Some(mut entry) = self.remove(key) {
            entry.ended = true;
            entry.accepted = accepted;
            self.put(key.clone(), entry, now);
        }
    }

    /// Ends what is over, and forgets what has been over for a day; gives what ended.
    ///
    /// An entry that ends by itself keeps its stamp: it ends everywhere at the same time, and a
    /// registration that another agent took later must win.
    pub(super) fn handle_timeout(&mut self, now: Time) -> Vec<Key> {
        let mut ended = Vec::new();
        while let Some(key) = self.timers.pop_due(now) {
            let Some(entry) = self.entries.get(&key) else { continue };
            if entry.ended {
                self.remove(&key);
            } else {
                let accepted = entry.accepted.clone();
                self.end(&key, accepted, now);
                ended.push(key);
            }
        }
        ended
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Entries that have not ended, of types that a request for this one asks for.
    pub(super) fn of_type<'a>(
        &'a self,
        wanted: &'a ServiceType,
    ) -> impl Iterator<Item = (&'a Key, &'a Entry)> {
        let from = self.by_type.range(wanted.clone()..);
        let types = from.take_while(|(kind, _)| kind.bare().starts_with(wanted.bare()));
        let keys = types.filter(|(kind, _)| wanted.covers(kind)).flat_map(|(_, keys)| keys);
        keys.filter_map(|key| self.entries.get_key_value(key))
    }

    /// Those of them of which `filter` may be true; more than one needs to look at only where it
    /// asks for no value that an attribute must have.
    pub(super) fn of_type_with<'a>(
        &'a self,
        wanted: &'a ServiceType,
        filter: &Filter,
    ) -> Box<dyn Iterator<Item = (&'a Key, &'a Entry)> + 'a> {
        let Some((tag, value)) = filter.needs() else { return Box::new(self.of_type(wanted)) };
        let keys = self.by_value.get(&(fold(tag), value.to_owned()));
        let entries = keys.into_iter().flatten().filter_map(|key| self.entries.get_key_value(key));
        Box::new(entries.filter(|(_, entry)| wanted.covers(&entry.service_type)))
    }

    /// Types of entries that have not ended, with their entries.
    pub(super) fn types(
        &self,
    ) -> impl Iterator<Item = (&ServiceType, impl Iterator<Item = &Entry>)> {
        self.by_type
            .iter()
            .map(|(kind, keys)| (kind, keys.iter().filter_map(|key| self.entries.get(key))))
    }

    /// All entries, ended ones too, in the order of keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// The same behind this key.
    pub(crate) fn iter_after(&self, after: Option<Key>) -> impl Iterator<Item = (&Key, &Entry)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((from, Bound::Unbounded))
    }

    /// The keys from this one on.
    pub(super) fn range_from<'a>(&'a self, first: &Key) -> impl Iterator<Item = &'a Key> {
        self.entries.range(first.clone()..).map(|(key, _)| key)
    }

    /// Entries that have not ended.
    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    /// Entries and bytes of a host.
    pub(super) fn of_source(&self, source: Ipv4Addr) -> (usize, usize) {
        self.by_source.get(&source).copied().unwrap_or_default()
    }
}
