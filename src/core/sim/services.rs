//! The IP services of agents in a world: datagrams and connections that are none of IPX.
//!
//! Datagrams to an address go by the backbone, as bad as that is. Datagrams to a group stay on
//! their *island*: agents that multicast joins. Connections lose nothing; what is sent while the
//! way is cut breaks them a while later.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;

use super::World;
use super::world::Happening;
use crate::hub::Peer;
use crate::ids::{InterfaceId, StreamId};
use crate::router::{
    Input, InterfaceAddress, InterfaceState, IpService, StreamAction, StreamEvent,
};

/// The largest IP packet.
const MTU: u16 = 1_500;
/// How long a name server takes.
const LOOK_UP: Duration = Duration::from_millis(30);
/// After so long a connection over a way that is cut is given up.
const BROKEN: Duration = Duration::from_secs(10);

/// What a machine that is no agent does with a datagram: what it sends, and to whom.
type Answers = Box<dyn FnMut(SocketAddrV4, Ipv4Addr, &[u8]) -> Vec<(SocketAddrV4, Vec<u8>)>>;

/// A machine that is no agent.
pub(super) struct Machine {
    ip: Ipv4Addr,
    island: usize,
    service: IpService,
    answers: Answers,
}

/// Machines and connections.
#[derive(Default)]
pub(super) struct Services {
    machines: Vec<Machine>,
    /// Each end of a connection, and the other end.
    ends: BTreeMap<(usize, StreamId), (usize, StreamId)>,
    accepted: u64,
    /// What the name servers know.
    names: BTreeMap<String, Vec<Ipv4Addr>>,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl World {
    /// Adds a machine to the island of an agent. It hears what is sent to it by a service, and all
    /// that is sent to groups there; what `answers` gives for a datagram is sent from the
    /// service's own port.
    pub fn machine(
        &mut self,
        beside: &str,
        ip: Ipv4Addr,
        service: IpService,
        answers: impl FnMut(SocketAddrV4, Ipv4Addr, &[u8]) -> Vec<(SocketAddrV4, Vec<u8>)> + 'static,
    ) {
        let island = self.site(beside).island;
        let answers = Box::new(answers);
        self.services.machines.push(Machine { ip, island, service, answers });
    }

    /// From now on name servers say that a name has these addresses; none: that there is no such
    /// name, as with every name before.
    pub fn set_name(&mut self, name: &str, addresses: &[Ipv4Addr]) {
        self.services.names.insert(name.to_owned(), addresses.to_vec());
    }

    /// An agent looks a name up.
    pub(super) fn resolve(&mut self, site: usize, name: String) {
        let addresses = self.services.names.get(&name).cloned().unwrap_or_default();
        self.queue.push(self.now + LOOK_UP, Happening::Resolved { site, name, addresses });
    }

    /// Tells a starting agent that its interfaces are up.
    pub(super) fn open_interfaces(&mut self, index: usize) {
        let Some(site) = self.sites.get(index) else { return };
        let (ip, count) = (site.ip, site.config.interfaces.len());
        for id in 0..count {
            let id = InterfaceId(u16::try_from(id).unwrap_or(u16::MAX));
            let address =
                InterfaceAddress { ip, mac: Some(super::world::agent_node(index, 0)), mtu: MTU };
            let state = InterfaceState::Up(address);
            self.with_agent(index, |agent, now| agent.handle(now, Input::Interface { id, state }));
        }
    }

    /// Breaks the connections of an agent that is no more.
    pub(super) fn break_streams(&mut self, index: usize) {
        let mine: Vec<_> =
            self.services.ends.iter().filter(|((site, _), _)| *site == index).collect();
        let mine: Vec<_> = mine.into_iter().map(|(&near, &far)| (near, far)).collect();
        for (near, (site, id)) in mine {
            self.services.ends.remove(&near);
            self.services.ends.remove(&(site, id));
            let event = StreamEvent::Closed { reason: "connection reset".to_owned() };
            self.queue
                .push(self.now + Duration::from_millis(1), Happening::Stream { site, id, event });
        }
    }

    /// An agent sends a datagram of a service.
    pub(super) fn send_service(
        &mut self,
        index: usize,
        service: IpService,
        to: SocketAddrV4,
        payload: &Bytes,
    ) {
        let Some(site) = self.sites.get(index) else { return };
        let (ip, island) = (site.ip, site.island);
        let port = match service {
            IpService::Slp => 427,
            IpService::Dhcp => 68,
        };
        self.note(payload);
        self.carry(SocketAddrV4::new(ip, port), Some(index), island, service, to, payload);
    }

    /// Carries a datagram to all that hear it.
    fn carry(
        &mut self,
        from: SocketAddrV4,
        sender: Option<usize>,
        island: usize,
        service: IpService,
        to: SocketAddrV4,
        payload: &Bytes,
    ) {
        let group = to.ip().is_multicast() || to.ip().is_broadcast();
        let seen = super::Seen::Service { at: self.now, from, to, payload };
        if !self.show(seen) {
            return;
        }
        for site in 0..self.sites.len() {
            let Some(there) = self.sites.get(site) else { continue };
            let hears = if group {
                there.island == island && there.ip != *from.ip() && there.listens(*to.ip())
            } else {
                there.ip == *to.ip()
            };
            if !hears {
                continue;
            }
            let arrivals = match sender {
                Some(index) if index == site => [Some(self.now), None],
                Some(index) => self.backbone.arrivals(self.now, index, site, &mut self.random),
                None => [Some(self.now + Duration::from_millis(1)), None],
            };
            for at in arrivals.into_iter().flatten() {
                let (interface, to, payload) = (InterfaceId(0), *to.ip(), payload.clone());
                let what = Happening::Service { site, interface, service, from, to, payload };
                self.queue.push(at, what);
            }
        }
        self.serve_machines(from, island, service, to, payload, group);
    }

    fn serve_machines(
        &mut self,
        from: SocketAddrV4,
        island: usize,
        service: IpService,
        to: SocketAddrV4,
        payload: &Bytes,
        group: bool,
    ) {
        let mut answers = Vec::new();
        for machine in &mut self.services.machines {
            let hears = if group { machine.island == island } else { machine.ip == *to.ip() };
            if hears && machine.service == service && machine.ip != *from.ip() {
                let all = (machine.answers)(from, *to.ip(), payload);
                let source = SocketAddrV4::new(machine.ip, to.port());
                answers
                    .extend(all.into_iter().map(|(to, bytes)| (source, machine.island, to, bytes)));
            }
        }
        for (from, island, to, bytes) in answers {
            self.carry(from, None, island, service, to, &Bytes::from(bytes));
        }
    }

    /// An agent does something with a connection.
    pub(super) fn stream_action(&mut self, index: usize, id: StreamId, action: StreamAction) {
        match action {
            StreamAction::Connect { to, .. } => self.connect(index, id, to),
            StreamAction::Send(bytes) => {
                self.note(&bytes);
                if let Some(from) = self.sites.get(index).map(|site| site.ip) {
                    self.show(super::Seen::Stream { at: self.now, from, payload: &bytes });
                }
                let Some(&(site, far)) = self.services.ends.get(&(index, id)) else { return };
                if self.backbone.cuts.between(index, site)
                    || self.backbone.cuts.between(site, index)
                {
                    self.services.ends.remove(&(index, id));
                    self.services.ends.remove(&(site, far));
                    let at = self.now + BROKEN;
                    for (site, id) in [(index, id), (site, far)] {
                        let event = StreamEvent::Closed { reason: "timed out".to_owned() };
                        self.queue.push(at, Happening::Stream { site, id, event });
                    }
                    return;
                }
                let at = self.now + self.backbone.condition.delay;
                let event = StreamEvent::Received(bytes);
                self.queue.push(at, Happening::Stream { site, id: far, event });
            }
            StreamAction::Close => {
                let Some((site, far)) = self.services.ends.remove(&(index, id)) else { return };
                self.services.ends.remove(&(site, far));
                let at = self.now + self.backbone.condition.delay;
                let event = StreamEvent::Closed { reason: "closed by the other end".to_owned() };
                self.queue.push(at, Happening::Stream { site, id: far, event });
            }
        }
    }

    fn connect(&mut self, index: usize, id: StreamId, to: SocketAddrV4) {
        let Some(own) = self.sites.get(index).map(|site| site.ip) else { return };
        let target = self.sites.iter().position(|site| site.ip == *to.ip());
        let cut = target.is_some_and(|site| {
            self.backbone.cuts.between(index, site) || self.backbone.cuts.between(site, index)
        });
        let listens = target.and_then(|site| self.sites.get(site)).is_some_and(|site| {
            site.agent.is_some()
                && site
                    .config
                    .interfaces
                    .iter()
                    .any(|it| it.slp.as_ref().is_some_and(|slp| slp.tcp))
        });
        let delay = self.backbone.condition.delay;
        let Some(site) = target.filter(|_| listens && !cut) else {
            let (reason, wait) = if cut || target.is_none() {
                ("timed out", BROKEN)
            } else {
                ("connection refused", 2 * delay)
            };
            let event = StreamEvent::Closed { reason: reason.to_owned() };
            self.queue.push(self.now + wait, Happening::Stream { site: index, id, event });
            return;
        };
        let far = StreamId(self.services.accepted);
        self.services.accepted += 1;
        self.services.ends.insert((index, id), (site, far));
        self.services.ends.insert((site, far), (index, id));
        let port = 40_000 + u16::try_from(far.0 % 20_000).unwrap_or(0);
        let event = StreamEvent::Accepted { to: *to.ip(), from: SocketAddrV4::new(own, port) };
        self.queue.push(self.now + delay, Happening::Stream { site, id: far, event });
        let event = StreamEvent::Connected;
        self.queue.push(self.now + 2 * delay, Happening::Stream { site: index, id, event });
    }
}

/// What a test asks of the search for agents.
impl World {
    /// Gives an agent an input, as its host would.
    pub fn give(&mut self, agent: &str, input: Input) {
        let index = self.agent_index(agent);
        self.with_agent(index, |agent, now| agent.handle(now, input));
    }

    /// An agent that is dead loses all that it had persisted.
    pub fn forget(&mut self, agent: &str) {
        let index = self.agent_index(agent);
        if let Some(site) = self.sites.get_mut(index) {
            site.forget();
        }
    }

    /// Peers that an agent has on all its CMD networks.
    #[must_use]
    pub fn peers(&self, agent: &str) -> usize {
        self.count_peers(agent, |_| true)
    }

    /// Those that it hears.
    #[must_use]
    pub fn peers_up(&self, agent: &str) -> usize {
        self.count_peers(agent, |peer| peer.up)
    }

    /// What the registry of a directory agent holds: URL and attributes of each entry, and the
    /// stamp that all directory agents have in common; ended ones have no attributes.
    #[must_use]
    pub fn registry(&self, agent: &str) -> Vec<String> {
        let Some(agent) = &self.site(agent).agent else { return Vec::new() };
        let Some(directory) = agent.router().slp().directory() else { return Vec::new() };
        let entries = directory.store.iter();
        entries
            .map(|(key, entry)| {
                let attributes = entry.attributes.to_text(crate::wire::slp::Version::V2);
                let attributes = if entry.ended { "ended" } else { attributes.as_str() };
                let accepted = &entry.accepted;
                format!("{} {attributes} {} {}", key.url, accepted.stamp, accepted.agent)
            })
            .collect()
    }

    /// Entries of a directory agent that have not ended.
    #[must_use]
    pub fn registered(&self, agent: &str) -> usize {
        let Some(agent) = &self.site(agent).agent else { return 0 };
        agent.router().slp().directory().map_or(0, |directory| directory.store.len())
    }

    fn count_peers(&self, agent: &str, counts: impl Fn(&Peer) -> bool) -> usize {
        let Some(agent) = &self.site(agent).agent else { return 0 };
        let circuits = agent.router().circuits().iter();
        circuits.flat_map(|circuit| circuit.peers()).filter(|(_, peer)| counts(peer)).count()
    }
}
