//! What a test asks of the world, and does to it.

use std::time::Duration;

use bytes::Bytes;

use super::host::{Host, Tally};
use super::link::Station;
use super::site::Site;
use super::{Condition, World};
use crate::Time;
use crate::agent::Agent;
use crate::ids::{PortId, RequestId};
use crate::router::{Command, Event, Input, Reply};
use crate::wire::sap::{self, ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// The internal network number of the first server; the others follow.
const FIRST_SERVER: u32 = 0x5e00_0001;
/// When hosts announce themselves for the first time after their start, at random within.
const PHASE: Duration = Duration::from_secs(60);

/// What an agent has in its tables, for comparison: networks, and services that are reachable.
type Tables = (Vec<NetworkNumber>, Vec<(ServiceType, ServiceName)>);

/// Hosts.
impl World {
    /// Adds a NetWare-like file server (type 0004) to a LAN, in the LAN's first framing.
    pub fn server(&mut self, lan: &str, name: &str) {
        self.server_in(lan, name, 0);
    }

    /// The same in another framing of the LAN.
    pub fn server_in(&mut self, lan: &str, name: &str, framing: usize) {
        let count = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        let internal = NetworkNumber(FIRST_SERVER + count);
        let mut host = self.make_host(lan, name, framing, Some(internal));
        host.add_service(ServiceType::FILE_SERVER, internal);
        self.switch_on(host);
    }

    /// Adds a server to a LAN, in the LAN's first framing, with this internal network and so many
    /// services, NAME-1 and so on; without an internal network they are at its node.
    pub fn server_of(
        &mut self,
        lan: &str,
        name: &str,
        internal: Option<NetworkNumber>,
        services: usize,
    ) {
        let mut host = self.make_host(lan, name, 0, internal);
        let network = internal.unwrap_or_else(|| self.lan_network(lan));
        for number in 1..=services {
            host.add_named(ServiceType::FILE_SERVER, &format!("{name}-{number}"), network);
        }
        self.switch_on(host);
    }

    /// Adds a print server (type 030C) that has no network of its own.
    pub fn print_server(&mut self, lan: &str, name: &str) {
        let mut host = self.make_host(lan, name, 0, None);
        let network = self.lan_network(lan);
        host.add_service(ServiceType(0x030c), network);
        self.switch_on(host);
    }

    /// Adds a plain station, which learns the number of its wire.
    pub fn station(&mut self, lan: &str, name: &str) {
        self.station_in(lan, name, 0);
    }

    /// The same in another framing of the LAN.
    pub fn station_in(&mut self, lan: &str, name: &str, framing: usize) {
        let host = self.make_host(lan, name, framing, None);
        self.switch_on(host);
    }

    fn make_host(
        &mut self,
        lan: &str,
        name: &str,
        framing: usize,
        internal: Option<NetworkNumber>,
    ) -> Host {
        let segment = self.lan_index(lan);
        let networks = self.segments.get(segment).map_or(&[] as &[_], |s| &s.networks);
        let Some(&wire) = networks.get(framing) else {
            self.fail(format_args!("LAN {lan} has no framing number {framing}"))
        };
        let [.., a, b, c] = self.hosts.len().to_be_bytes();
        let node = NodeAddress([0x02, 0xaa, 0, a, b, c]);
        Host::new(name, segment, node, wire, internal)
    }

    fn switch_on(&mut self, host: Host) {
        let index = self.add_host(host);
        self.start_host(index);
    }

    fn start_host(&mut self, index: usize) {
        let phase = self.random.duration_up_to(PHASE);
        self.with_host(index, |host, now| host.start(now, phase));
    }

    /// Switches a host off, without a word.
    pub fn vanish(&mut self, host: &str) {
        let index = self.host_index(host);
        self.with_host(index, |host, _| host.stop(false));
    }

    /// Shuts a host down: it says that its services and its network are gone.
    pub fn shut_down(&mut self, host: &str) {
        let index = self.host_index(host);
        self.with_host(index, |host, _| host.stop(true));
    }

    /// Switches a host on again.
    pub fn switch_on_again(&mut self, host: &str) {
        let index = self.host_index(host);
        self.start_host(index);
    }

    /// A host, to be looked at.
    #[must_use]
    pub fn host(&self, name: &str) -> &Host {
        let index = self.host_index(name);
        self.hosts.get(index).expect("names lead to hosts")
    }

    /// A host pings an address; see [`Host::pinged`].
    pub fn ping(&mut self, from: &str, to: Address) -> usize {
        let index = self.host_index(from);
        self.with_host(index, |host, now| host.ping(now, to)).unwrap_or(usize::MAX)
    }

    /// A host sends numbered datagrams to another: `count`, one each `interval`, of these sizes in
    /// turn.
    pub fn stream(
        &mut self,
        from: &str,
        to: &str,
        count: u32,
        sizes: &[usize],
        interval: Duration,
    ) {
        let address = self.host(to).address(Socket(0));
        let index = self.host_index(from);
        self.with_host(index, |host, now| host.stream(now, address, count, sizes, interval));
    }

    /// What became of the datagrams from one host to another.
    #[must_use]
    pub fn received(&self, from: &str, to: &str) -> Tally {
        self.host(to).tally(self.host(from).address(Socket(0)))
    }

    /// A host asks for the nearest server of a type, or for all; see [`Host::nearest`] and
    /// [`Host::found`].
    pub fn find(&mut self, host: &str, kind: sap::Kind, service_type: ServiceType) {
        let index = self.host_index(host);
        self.with_host(index, |host, _| host.find(kind, service_type));
    }
}

/// Agents.
impl World {
    /// An agent dies, without a word.
    pub fn kill(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        if let Some(site) = self.sites.get_mut(index) {
            site.agent = None;
        }
        self.break_streams(index);
    }

    /// An agent is told to leave; it does so when it has said goodbye.
    pub fn stop(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        self.with_agent(index, |agent, now| agent.handle(now, Input::Shutdown));
    }

    /// An agent that is dead starts again, with another seed and what it had persisted.
    pub fn restart(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        if self.is_alive(agent) {
            self.fail(format_args!("{agent} is alive: stop or kill it before it can start"));
        }
        self.start_agent(index);
    }

    /// An agent's machine stands still: nothing reaches it, and no time passes for it.
    pub fn freeze(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        if let Some(site) = self.sites.get_mut(index) {
            site.frozen = true;
        }
    }

    /// It goes on, at the present time.
    pub fn thaw(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        if let Some(site) = self.sites.get_mut(index) {
            site.frozen = false;
        }
        self.schedule_agent(index);
    }

    /// The agent runs.
    #[must_use]
    pub fn is_alive(&self, agent: &str) -> bool {
        self.site(agent).agent.is_some()
    }

    /// An agent that is alive.
    #[must_use]
    pub fn agent(&self, name: &str) -> &Agent {
        match &self.site(name).agent {
            Some(agent) => agent,
            None => self.fail(format_args!("{name} is not alive")),
        }
    }

    /// Something is done to an agent by hand; afterwards the world does what the agent asks for.
    pub fn drive(&mut self, agent: &str, work: impl FnOnce(&mut Agent, Time)) {
        let index = self.agent_index(agent);
        self.with_agent(index, work);
    }

    /// An operator asks an agent; see [`World::replies`].
    pub fn ask(&mut self, agent: &str, command: Command) {
        let id = RequestId(0);
        self.drive(agent, |agent, now| agent.handle(now, Input::Command { id, command }));
    }

    /// What an agent answered to operators, over all its lives.
    #[must_use]
    pub fn replies(&self, agent: &str) -> &[Reply] {
        &self.site(agent).replies
    }

    /// Takes an agent's port on a LAN down, or brings it up.
    pub fn set_port(&mut self, agent: &str, lan: &str, up: bool) {
        let segment = self.lan_index(lan);
        let index = self.agent_index(agent);
        if self.site(agent).frozen {
            self.fail(format_args!("{agent} stands still: thaw it before its ports change"));
        }
        let now = self.now;
        if let Some(site) = self.sites.get_mut(index)
            && let Some(port) = site.port_on(segment)
        {
            site.set_port(now, port, up);
        }
        self.serve_agent(index);
    }

    /// An agent's LAN port.
    #[must_use]
    pub fn port_on(&self, agent: &str, lan: &str) -> PortId {
        let segment = self.lan_index(lan);
        self.site(agent).port_on(segment).unwrap_or_default()
    }

    /// What happened to an agent, over all its lives.
    pub fn events(&self, agent: &str) -> impl Iterator<Item = &(Time, Event)> {
        self.site(agent).events.iter()
    }

    /// The agent has a route of its own to this network.
    #[must_use]
    pub fn knows(&self, agent: &str, network: NetworkNumber) -> bool {
        self.if_alive(agent).is_some_and(|agent| agent.router().rib().best(network).is_some())
    }

    /// The agent has a service of this name, of whatever type, and a route to it.
    #[must_use]
    pub fn sees(&self, agent: &str, service: &str) -> bool {
        let name = ServiceName::new(service);
        self.if_alive(agent).is_some_and(|agent| {
            let mut services = agent.router().services().iter_after(None);
            services.any(|(key, service)| key.name == name && service.usable().is_some())
        })
    }

    /// Hops in an agent's best route to a network.
    #[must_use]
    pub fn hops(&self, agent: &str, network: NetworkNumber) -> Option<u16> {
        self.if_alive(agent)?.router().rib().best(network).map(|offer| offer.hops)
    }

    pub(super) fn tables(&self, agent: &str) -> Tables {
        let router = self.agent(agent).router();
        let networks = router.rib().iter_after(None).map(|(network, _)| network).collect();
        let services = router.services().iter_after(None);
        let usable = services.filter(|(_, service)| service.usable().is_some());
        (networks, usable.map(|(key, _)| (key.service_type, key.name)).collect())
    }
}

/// Links.
impl World {
    /// Sets the condition of all links of the backbone that have none of their own.
    pub fn set_backbone(&mut self, condition: Condition) {
        self.backbone.condition = condition;
    }

    /// Sets the condition of the link from one agent to another, in this direction.
    pub fn set_link(&mut self, from: &str, to: &str, condition: Condition) {
        let link = (self.agent_index(from), self.agent_index(to));
        self.backbone.special.insert(link, condition);
    }

    /// Sets the condition of a LAN. There is no order to be lost on one, and nothing arrives
    /// twice.
    pub fn set_lan(&mut self, lan: &str, condition: Condition) {
        let index = self.lan_index(lan);
        if let Some(segment) = self.segments.get_mut(index) {
            segment.condition = condition;
        }
    }

    /// Nothing passes between these agents, in both directions.
    pub fn partition(&mut self, one: &[&str], other: &[&str]) {
        self.cut(one, other);
        self.cut(other, one);
    }

    /// Nothing passes from the first agents to the second; the other direction stays as it is.
    pub fn cut(&mut self, from: &[&str], to: &[&str]) {
        let (from, to) = (self.agents(from), self.agents(to));
        self.backbone.cuts.cut(from, to);
    }

    /// Everything passes again.
    pub fn heal(&mut self) {
        self.backbone.cuts.heal();
    }

    /// Puts a frame on a LAN that none of its stations sent.
    pub fn inject(&mut self, lan: &str, frame: Bytes) {
        let index = self.lan_index(lan);
        self.put_on(index, Station::Host(usize::MAX), frame);
    }

    /// The number of a LAN's first network.
    #[must_use]
    pub fn lan_network(&self, lan: &str) -> NetworkNumber {
        let index = self.lan_index(lan);
        let networks = self.segments.get(index).map(|segment| &segment.networks);
        networks.and_then(|n| n.first()).map(|&(_, network)| network).unwrap_or_default()
    }
}

/// Names.
impl World {
    pub(super) fn agent_index(&self, name: &str) -> usize {
        match self.names.agents.get(name) {
            Some(&index) => index,
            None => self.fail(format_args!("no agent is called {name}")),
        }
    }

    pub(super) fn lan_index(&self, name: &str) -> usize {
        match self.names.lans.get(name) {
            Some(&index) => index,
            None => self.fail(format_args!("no LAN is called {name}")),
        }
    }

    pub(super) fn host_index(&self, name: &str) -> usize {
        match self.names.hosts.get(name) {
            Some(&index) => index,
            None => self.fail(format_args!("no host is called {name}")),
        }
    }

    pub(super) fn site(&self, agent: &str) -> &Site {
        let index = self.agent_index(agent);
        self.sites.get(index).expect("names lead to agents")
    }

    fn if_alive(&self, agent: &str) -> Option<&Agent> {
        self.site(agent).agent.as_ref()
    }
}
