//! When directory agents are looked for, and where [slp-dhcp-snmp §5.1].
//!
//! By multicast once at the start, and again, ever more rarely, while there is none. What DHCP
//! and the operator list is asked one by one. NetWare's bit mask says which of the three count,
//! and whether the first is done without once one of the others has brought something.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::Purpose;
use super::agents::{AgentState, Agents, Origin};
use super::exchange::{Destination, Exchanges, Patience, Request};
use super::names::Names;
use super::net::{self, Net};
use crate::Time;
use crate::config::{AgentHost, DaDiscovery};
use crate::ids::InterfaceId;
use crate::router::Cx;
use crate::wire::slp::{Body, ScopeList, SrvRequest, Version};

/// The first search waits for up to this: machines that start together would ask together.
const START: Duration = Duration::from_secs(3);
/// With the brake on and DHCP asked, the first search waits at least so long for its answer.
const DHCP_FIRST: Duration = Duration::from_secs(2);
/// While there is no directory agent the search is repeated after so long, then twice as long, ...
const AGAIN: Duration = Duration::from_secs(900);
/// ... at the longest.
const AGAIN_MOST: Duration = Duration::from_secs(3 * 3_600);

/// The search.
#[derive(Debug, Default)]
pub(super) struct Seeker {
    pub(super) names: Names,
    search: Option<Time>,
    searches: u32,
    /// The brake held at the last look.
    braked: bool,
}

impl Seeker {
    /// SLP begins, or an interface came up: those listed are asked, and the search is due.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>, net: &Net, agents: &mut Agents) {
        let mask = cx.config.slp.da_discovery;
        let Some(interface) = net.first(cx.config) else { return };
        if mask.has(DaDiscovery::STATIC) {
            self.names.start(cx);
        }
        agents.list(cx.now, interface, &self.listed(cx, net.address(interface)));
        agents.check_all(cx.now, interface);
        if !may_search(cx, mask) {
            return;
        }
        let mut wait = cx.random.duration_up_to(START);
        if mask.has(DaDiscovery::BRAKE) && mask.has(DaDiscovery::DHCP) {
            wait = wait.max(DHCP_FIRST);
        }
        self.search = Some(cx.now + wait);
    }

    /// A name was looked up: what it stands for is listed.
    pub(super) fn resolved(
        &mut self,
        cx: &mut Cx<'_>,
        net: &mut Net,
        agents: &mut Agents,
        name: &str,
        addresses: &[Ipv4Addr],
    ) {
        if !self.names.resolved(cx, name, addresses) {
            return;
        }
        net.set_listed(self.trusted(cx));
        if let Some(interface) = net.first(cx.config) {
            agents.list(cx.now, interface, &self.listed(cx, net.address(interface)));
        }
        self.review(cx, agents);
    }

    /// DHCP tells of other directory agents than before.
    pub(super) fn relist(&mut self, cx: &mut Cx<'_>, net: &mut Net, agents: &mut Agents) {
        net.set_listed(self.trusted(cx));
        if let Some(interface) = net.first(cx.config) {
            agents.list(cx.now, interface, &self.listed(cx, net.address(interface)));
        }
        self.review(cx, agents);
    }

    /// The directory agents that may be known by multicast follow the mask.
    pub(super) fn review(&mut self, cx: &mut Cx<'_>, agents: &mut Agents) {
        let braked = self.is_braked(cx, agents);
        if braked && !self.braked {
            agents.forget_heard();
        }
        let released = std::mem::replace(&mut self.braked, braked) && !braked;
        let some = agents.up().next().is_some();
        if some || !may_search(cx, cx.config.slp.da_discovery) {
            if some {
                self.searches = 0;
            }
        } else if released {
            self.search = Some(cx.now + cx.random.duration_up_to(START));
        } else if self.search.is_none() && self.searches > 0 {
            let wait = AGAIN.saturating_mul(1 << (self.searches - 1).min(8)).min(AGAIN_MOST);
            self.search = Some(cx.now + wait);
        }
    }

    pub(super) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &mut Agents,
    ) {
        self.names.handle_timeout(cx);
        for (ip, interface) in agents.take_due(cx.now) {
            ask(cx, net, exchanges, agents, ip, interface);
        }
        if self.search.is_some_and(|at| at <= cx.now) {
            self.search = None;
            self.searches += 1;
            self.braked = self.is_braked(cx, agents);
            if !self.braked {
                search(cx, net, exchanges);
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.search.into_iter().chain(self.names.next_timeout()).min()
    }

    /// Those that DHCP and the operator name, as far as the mask lets them count.
    fn listed(&self, cx: &Cx<'_>, own: Option<Ipv4Addr>) -> Vec<(Ipv4Addr, Origin)> {
        let mask = cx.config.slp.da_discovery;
        let dhcp = cx.dhcp.directory_agents.iter().filter(|_| mask.has(DaDiscovery::DHCP));
        let dhcp = dhcp.enumerate().map(|(place, &ip)| (ip, Origin::Dhcp(place)));
        let listed = self.known(cx).filter(|_| mask.has(DaDiscovery::STATIC));
        let listed = listed.map(|(place, ip)| (ip, Origin::Static(place)));
        // One of our own we find without asking anybody.
        let own = cx.config.slp.directory_agent.as_ref().and(own);
        let own = own.map(|ip| (ip, Origin::Static(usize::MAX)));
        let mut all: Vec<(Ipv4Addr, Origin)> = Vec::new();
        for (ip, origin) in dhcp.chain(listed).chain(own) {
            if all.iter().all(|(known, _)| *known != ip) {
                all.push((ip, origin));
            }
        }
        all
    }

    /// The addresses that count as listed, wherever they are: those of names, and of DHCP.
    fn trusted(&self, cx: &Cx<'_>) -> Vec<Ipv4Addr> {
        let mask = cx.config.slp.da_discovery;
        let by_dhcp = cx.dhcp.directory_agents.iter().filter(|_| mask.has(DaDiscovery::DHCP));
        self.names.addresses().into_iter().chain(by_dhcp.copied()).collect()
    }

    /// The operator's list: each address with its place there. A name without one has none.
    fn known<'a>(&'a self, cx: &'a Cx<'_>) -> impl Iterator<Item = (usize, Ipv4Addr)> + use<'a> {
        let all = cx.config.slp.directory_agents.iter().enumerate();
        all.flat_map(|(place, host)| {
            let addresses = match host {
                AgentHost::Ip(ip) => std::slice::from_ref(ip),
                AgentHost::Name(name) => self.names.of(name),
            };
            addresses.iter().map(move |&ip| (place, ip))
        })
    }

    /// Adverts that nobody asked for count.
    pub(super) fn hears_groups(&self, cx: &Cx<'_>, agents: &Agents) -> bool {
        may_search(cx, cx.config.slp.da_discovery) && !self.is_braked(cx, agents)
    }

    /// Multicast is done without. A directory agent of DHCP that never answers does not count
    /// [slp-dhcp-snmp §5.1].
    fn is_braked(&self, cx: &Cx<'_>, agents: &Agents) -> bool {
        let mask = cx.config.slp.da_discovery;
        let down = |ip: &Ipv4Addr| {
            agents.get(*ip).is_some_and(|agent| matches!(agent.state, AgentState::Down(_)))
        };
        let by_dhcp =
            mask.has(DaDiscovery::DHCP) && cx.dhcp.directory_agents.iter().any(|ip| !down(ip));
        if by_dhcp && cx.dhcp.mandatory {
            return true;
        }
        let listed = mask.has(DaDiscovery::STATIC) && self.known(cx).next().is_some();
        mask.has(DaDiscovery::BRAKE) && (by_dhcp || listed)
    }
}

fn may_search(cx: &Cx<'_>, mask: DaDiscovery) -> bool {
    mask.has(DaDiscovery::MULTICAST) && cx.config.slp.multicast
}

/// "Which directory agents are there?"
fn question(version: Version) -> Body {
    let service_type = match version {
        Version::V1 => "directory-agent",
        Version::V2 => "service:directory-agent",
    };
    let scopes = ScopeList::default();
    Body::SrvRqst(SrvRequest { service_type: service_type.into(), scopes, ..SrvRequest::default() })
}

/// Asks one directory agent how it is: in its version, or in both while that is not known.
fn ask(
    cx: &mut Cx<'_>,
    net: &Net,
    exchanges: &mut Exchanges<Purpose>,
    agents: &Agents,
    ip: Ipv4Addr,
    interface: InterfaceId,
) {
    let known = agents.get(ip).filter(|agent| agent.state == AgentState::Up);
    let versions = match known {
        Some(agent) => vec![agent.version()],
        None => vec![Version::V2, Version::V1],
    };
    for version in versions {
        let (purpose, to) = (Purpose::AskAgent(ip), Destination::Host(ip));
        let (body, patience) = (question(version), Patience::Usual);
        exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
    }
}

/// Asks the groups, in both versions, on every interface.
fn search(cx: &mut Cx<'_>, net: &Net, exchanges: &mut Exchanges<Purpose>) {
    for interface in net.interfaces(cx.config) {
        for version in [Version::V2, Version::V1] {
            let to = Destination::Group(net::group(version, true));
            let (purpose, patience) = (Purpose::FindAgents, Patience::Search);
            let body = question(version);
            exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
        }
    }
}
