//! Directory agents that the operator lists by name, and the addresses that the names have.
//!
//! The host resolves them, here is when it is asked to. A name that no longer resolves keeps the
//! addresses that it had: a name server that is away takes no directory agent with it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::net;
use crate::Time;
use crate::config::AgentHost;
use crate::router::{Cx, DiscoveryEvent, Output};
use crate::timers::Timers;

/// A name that has addresses is looked up again after so long.
const REFRESH: Duration = Duration::from_secs(3_600);
/// One that has none after so long, then after twice as long, ...
const AGAIN: Duration = Duration::from_secs(60);
/// ... at the longest.
const AGAIN_MOST: Duration = Duration::from_secs(900);
/// Addresses of one name that are used.
const MOST: usize = 8;

/// All names that are listed.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, Named>,
    due: Timers<String>,
}

#[derive(Debug, Default)]
struct Named {
    /// In rising order: name servers shuffle theirs.
    addresses: Vec<Ipv4Addr>,
    /// How often in a row it did not resolve.
    failed: u32,
}

impl Names {
    /// An interface came up: what has no address is looked up at once.
    pub(super) fn start(&mut self, cx: &Cx<'_>) {
        for host in &cx.config.slp.directory_agents {
            let AgentHost::Name(name) = host else { continue };
            if self.known.entry(name.clone()).or_default().addresses.is_empty() {
                self.due.set(name.clone(), cx.now);
            }
        }
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        while let Some(name) = self.due.pop_due(cx.now) {
            // Should there be no answer at all.
            self.due.set(name.clone(), cx.now + AGAIN);
            cx.out.push(Output::Resolve { name });
        }
    }

    /// The host has looked a name up. True if one of ours has other addresses now.
    pub(super) fn resolved(&mut self, cx: &mut Cx<'_>, name: &str, found: &[Ipv4Addr]) -> bool {
        let Some(named) = self.known.get_mut(name) else { return false };
        let mut found: Vec<Ipv4Addr> =
            found.iter().copied().filter(|&ip| net::is_machine(ip)).collect();
        found.sort_unstable();
        found.dedup();
        found.truncate(MOST);
        if found.is_empty() {
            let wait = AGAIN.saturating_mul(1 << named.failed.min(8)).min(AGAIN_MOST);
            self.due.set(name.to_owned(), cx.now + wait);
            if named.failed == 0 {
                cx.out.event(DiscoveryEvent::NameUnresolved { name: name.to_owned() });
            }
            named.failed = named.failed.saturating_add(1);
            return false;
        }
        named.failed = 0;
        self.due.set(name.to_owned(), cx.now + REFRESH);
        let changed = named.addresses != found;
        named.addresses = found;
        changed
    }

    /// The addresses of a name.
    pub(super) fn of(&self, name: &str) -> &[Ipv4Addr] {
        self.known.get(name).map_or(&[], |named| &named.addresses)
    }

    /// The name that has this address.
    pub(super) fn name_of(&self, ip: Ipv4Addr) -> Option<&str> {
        let mut all = self.known.iter().filter(|(_, named)| named.addresses.contains(&ip));
        all.next().map(|(name, _)| name.as_str())
    }

    /// Names that have no address.
    pub(super) fn unresolved(&self) -> impl Iterator<Item = &str> {
        let none = self.known.iter().filter(|(_, named)| named.addresses.is_empty());
        none.map(|(name, _)| name.as_str())
    }

    /// All addresses.
    pub(super) fn addresses(&self) -> Vec<Ipv4Addr> {
        self.known.values().flat_map(|named| named.addresses.iter().copied()).collect()
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.due.next()
    }
}
