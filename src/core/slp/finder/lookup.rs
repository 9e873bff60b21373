//! The address of an agent that names none, neither in its attributes nor in its URL
//! [cmd §12.4]: by the record that a server of its name has in the bindery's part of SLP, then by
//! the host's own resolver.
//!
//! Anybody can register a URL, and so make us ask: few are asked for at a time, and what is found
//! is refused as any other address is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

use super::super::exchange::{Answer, Destination, Exchanges, Patience, Request};
use super::super::net::Net;
use super::super::{Purpose, announcement};
use super::read::refusal;
use super::{Finder, Teller};
use crate::Time;
use crate::ids::CircuitId;
use crate::router::{Cx, Output};
use crate::wire::slp::{AttrRequest, AttributeList, Body, ScopeList, ServiceUrl, Version};

/// Names that the resolver looks up at a time, and URLs that wait for their bindery record.
const MOST: usize = 64;
/// An answer of the resolver is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest name of a machine.
const LONGEST: usize = 253;

/// A URL, and the network that it was found on.
type Key = (CircuitId, String);

/// What is being looked up.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    /// Those whose bindery record is to be asked for.
    waiting: VecDeque<Key>,
    /// Names that the resolver was asked for, and for which URLs.
    resolving: BTreeMap<String, (Time, BTreeSet<Key>)>,
}

impl Lookups {
    /// This URL names no address.
    pub(super) fn add(&mut self, key: Key) {
        if self.waiting.len() < MOST && !self.waiting.contains(&key) {
            self.waiting.push_back(key);
        }
    }

    /// Somebody waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next one to be asked for.
    pub(super) fn next(&mut self) -> Option<Key> {
        self.waiting.pop_front()
    }

    /// The bindery does not know it; gives the name that the resolver is to be asked for.
    pub(super) fn resolve(&mut self, now: Time, key: Key) -> Option<String> {
        let name = host_name(&key.1)?.to_owned();
        self.resolving.retain(|_, (since, _)| now.since(*since) < PATIENCE);
        if let Some((_, keys)) = self.resolving.get_mut(&name) {
            keys.insert(key);
            return None;
        }
        if self.resolving.len() >= MOST {
            return None;
        }
        self.resolving.insert(name.clone(), (now, BTreeSet::from([key])));
        Some(name)
    }

    /// The resolver has answered; gives the URLs that the answer is for.
    pub(super) fn resolved(&mut self, name: &str) -> BTreeSet<Key> {
        self.resolving.remove(name).map(|(_, keys)| keys).unwrap_or_default()
    }
}

impl Finder {
    /// Asks for the bindery record of the name in a URL.
    pub(super) fn ask_bindery(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        (circuit, url): Key,
    ) {
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        let Some(teller) = network.records.asked(&url) else { return };
        let Some(target) = bindery_url(&url) else {
            self.not_in_bindery(cx, (circuit, url));
            return;
        };
        let Teller { ip, interface, version } = teller.clone();
        let scopes = match version {
            Version::V1 => ScopeList::default(),
            Version::V2 => super::super::scopes_or_default(cx),
        };
        let tags = announcement::tags();
        let body = Body::AttrRqst(AttrRequest { target, scopes, tags, ..AttrRequest::default() });
        let purpose = Purpose::Bindery { circuit, url };
        let (to, patience) = (Destination::Host(ip), Patience::Usual);
        exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
    }

    /// The bindery record came, or word that there is none.
    pub(in super::super) fn bindery(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        key: Key,
        answer: &Answer<Purpose>,
    ) {
        let Body::AttrRply(reply) = &answer.message.body else { return };
        let list = AttributeList::parse(&reply.attributes, answer.message.header.version);
        match list.ok().as_ref().and_then(announcement::address) {
            Some(ip) => self.located(cx, net, &key, &[ip]),
            None => self.not_in_bindery(cx, key),
        }
    }

    /// There is no bindery record, or nobody answers: the resolver may know the name.
    pub(in super::super) fn not_in_bindery(&mut self, cx: &mut Cx<'_>, key: Key) {
        if let Some(name) = self.lookups.resolve(cx.now, key) {
            cx.out.push(Output::Resolve { name });
        }
    }

    /// The host has looked a name up.
    pub(in super::super) fn resolved(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        name: &str,
        addresses: &[Ipv4Addr],
    ) {
        for key in self.lookups.resolved(name) {
            self.located(cx, net, &key, addresses);
        }
    }

    /// An agent that names no address has one of these: the first that may be used, if one may.
    fn located(&mut self, cx: &mut Cx<'_>, net: &Net, (circuit, url): &Key, found: &[Ipv4Addr]) {
        let usable = found.iter().find(|&&ip| refusal(cx, net, ip).is_none());
        let Some(&ip) = usable.or(found.first()) else { return };
        let Some(network) = self.networks.get_mut(circuit) else { return };
        network.records.located(url, ip, refusal(cx, net, ip));
        self.count_peers(cx, *circuit, false);
    }
}

/// The name of an agent in its URL: the path, else the host.
fn name(url: &str) -> Option<&str> {
    let parts = ServiceUrl::parse(url)?;
    let (path, host) = (parts.path().trim_matches('/'), parts.host());
    Some(if path.is_empty() { host } else { path }).filter(|name| !name.is_empty())
}

/// The URL of the server of that name, as NetWare registers it [cmd §12.4].
pub(super) fn bindery_url(url: &str) -> Option<String> {
    let name = name(url).filter(|name| !name.contains('/'))?;
    Some(format!("service:bindery.novell:///{name}"))
}

/// The name for the resolver: nothing that could be anything else to it.
fn host_name(url: &str) -> Option<&str> {
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let name = name(url)?;
    let fits = name.len() <= LONGEST && name.bytes().all(of_host) && !name.starts_with('-');
    // What ends with a number is an address, in one of the old ways to write it.
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or(name);
    let number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    (fits && !number && !last.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: CircuitId = CircuitId(1);

    #[test]
    fn the_name_is_the_path_or_the_host_of_the_url_and_nothing_but_a_name() {
        for (url, bindery, host) in [
            ("service:mgw.novell:///ROME", Some("ROME"), Some("ROME")),
            ("service:mgw.novell://rome.example:2645/", Some("rome.example"), Some("rome.example")),
            ("service:mgw.novell:///A!B", Some("A!B"), None),
            ("service:mgw.novell:///A/B", None, None),
            ("service:mgw.novell:///-h", Some("-h"), None),
            ("service:mgw.novell:///0x7f.1", Some("0x7f.1"), None),
            ("service:mgw.novell:///a.0x1", Some("a.0x1"), None),
            ("service:mgw.novell:///", None, None),
            ("nonsense", None, None),
        ] {
            let expected = bindery.map(|name| format!("service:bindery.novell:///{name}"));
            assert_eq!(bindery_url(url), expected, "{url}");
            assert_eq!(host_name(url), host, "{url}");
        }
    }

    #[test]
    fn a_name_is_asked_for_once_at_a_time_and_few_are() {
        let mut lookups = Lookups::default();
        let url = |n: usize| format!("service:mgw.novell:///S{n}");
        let start = Time::from_secs(5);
        assert_eq!(lookups.resolve(start, (HERE, url(0))).as_deref(), Some("S0"));
        assert_eq!(lookups.resolve(start, (CircuitId(2), url(0))), None);
        let asked = (1..500).filter(|&n| lookups.resolve(start, (HERE, url(n))).is_some());
        assert_eq!(asked.count(), MOST - 1);
        assert_eq!(lookups.resolved("S0").len(), 2);
        assert_eq!(lookups.resolved("S0").len(), 0);
        // Answers that never come do not block it.
        let later = start + PATIENCE;
        assert_eq!(lookups.resolve(later, (HERE, url(1))).as_deref(), Some("S1"));
        (0..500).for_each(|n| lookups.add((HERE, url(n))));
        assert_eq!(lookups.waiting.len(), MOST);
    }
}
