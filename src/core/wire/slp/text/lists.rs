//! Lists of scopes, and of those who have answered.

use std::fmt;
use std::net::Ipv4Addr;

use super::escape::{escape, same, unescape};
use crate::wire::slp::Version;

/// Scopes of a list that are kept. Nobody has so many.
const MOST: usize = 256;

/// A list of scopes, in the order given, none twice. Names are compared without case.
#[derive(Clone, Debug, Default)]
pub struct ScopeList(Vec<String>);

/// Whether a scope may be called so: not empty, and without what separates scopes in either
/// version [slp-dhcp-snmp §3.4].
#[must_use]
pub fn is_scope_name(name: &str) -> bool {
    let reserved = |c: char| c.is_control() || "/,:()\\!<=>~;*+&".contains(c);
    !name.is_empty() && name.trim() == name && !name.contains(reserved)
}

impl ScopeList {
    /// A list of these names; empty ones and repetitions are left out.
    pub fn from_names<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut list = Self::default();
        for name in names {
            list.push(name.as_ref().trim());
        }
        list
    }

    /// Reads a list of names with commas between them.
    #[must_use]
    pub fn parse(text: &str, version: Version) -> Self {
        Self::from_names(text.split(',').map(|name| unescape(name.trim(), version)))
    }

    /// The list as a message has it.
    #[must_use]
    pub fn to_text(&self, version: Version) -> String {
        let names: Vec<String> = self.0.iter().map(|name| escape(name, version, "")).collect();
        names.join(",")
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// No scope: everything, or what has none, depending on where it stands.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This scope is in the list.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| same(known, name))
    }

    /// Some scope is in both lists.
    #[must_use]
    pub fn shares(&self, other: &Self) -> bool {
        self.iter().any(|name| other.contains(name))
    }

    /// The scopes that are in both lists.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|name| other.contains(name)).cloned().collect())
    }

    fn push(&mut self, name: &str) {
        if !name.is_empty() && self.0.len() < MOST && !self.contains(name) {
            self.0.push(name.to_owned());
        }
    }
}

impl PartialEq for ScopeList {
    /// The same scopes, in whatever order.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.iter().all(|name| other.contains(name))
    }
}

impl Eq for ScopeList {}

impl fmt::Display for ScopeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.join(","))
    }
}

/// Who has answered a request before: their addresses. Names of hosts, which version 1 allows,
/// are left out: we know ourselves by address [slp-dhcp-snmp §5.2].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Responders(Vec<Ipv4Addr>);

impl Responders {
    /// Reads a list with commas between addresses.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split(',').filter_map(|address| address.trim().parse().ok()).collect()
    }

    /// The list as a message has it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(Ipv4Addr::to_string).collect();
        texts.join(",")
    }

    /// The addresses.
    pub fn iter(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.0.iter().copied()
    }
}

impl FromIterator<Ipv4Addr> for Responders {
    fn from_iter<T: IntoIterator<Item = Ipv4Addr>>(addresses: T) -> Self {
        Self(addresses.into_iter().collect())
    }
}
