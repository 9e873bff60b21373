//! What must hold in every world at rest.
//!
//! The checks look at what the agents forward by, not at what they believe: a walk follows the
//! FIBs from agent to agent as a packet would.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::link::Station;
use super::site::{BelowLink, Site};
use crate::agent::Agent;
use crate::forward::{Egress, LinkDestination, NextHop};
use crate::ids::PortId;
use crate::wire::{NetworkNumber, NodeAddress};

/// Where a walk to a network ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// At the network, behind so many routers.
    There(usize),
    /// At an agent that has no route.
    NoRoute(usize),
    /// At something that is not there, or does not pass it on.
    Nobody(usize),
    /// Nowhere: it goes round. The agents that it crosses.
    Loop(Vec<usize>),
}

/// Checks. Each gives the world back, and panics with the seed if it finds a fault.
impl World {
    /// Everything that must hold when nothing has changed for longer than the ageing time.
    ///
    /// # Panics
    /// If one of the checks finds a fault.
    pub fn check_at_rest(&self) -> &Self {
        self.check_no_loops()
            .check_no_black_holes()
            .check_complete()
            .check_limits()
            .check_counters()
    }

    /// No packet goes round, whatever network it is for.
    ///
    /// # Panics
    /// If one does.
    pub fn check_no_loops(&self) -> &Self {
        let networks: BTreeSet<NetworkNumber> = self
            .living()
            .flat_map(|(_, _, agent)| agent.router().rib().iter_after(None))
            .map(|(network, _)| network)
            .collect();
        for (index, site, _) in self.living() {
            for &network in &networks {
                if let End::Loop(way) = self.walk(index, network) {
                    let way: Vec<&str> = way.into_iter().map(|index| self.name_of(index)).collect();
                    let name = &site.name;
                    self.fail(format_args!("{network} from {name} goes round: {way:?}"));
                }
            }
        }
        self
    }

    /// Every route leads to a network that is there.
    ///
    /// # Panics
    /// If one leads nowhere, or to a network that has gone.
    pub fn check_no_black_holes(&self) -> &Self {
        let alive = self.alive();
        for (index, site, agent) in self.living() {
            for (network, offer) in agent.router().rib().iter_after(None) {
                let name = &site.name;
                if network == NetworkNumber::DEFAULT_ROUTE {
                    continue;
                }
                if !alive.contains_key(&network) {
                    self.fail(format_args!("{name} still has {network}, which is gone: {offer:?}"));
                }
                match self.walk(index, network) {
                    End::There(_) => {}
                    end => self.fail(format_args!("{network} from {name}: {end:?}, by {offer:?}")),
                }
            }
        }
        self
    }

    /// Every route leads over as many routers as it says. Where NLSP finds several ways of one
    /// cost it says how long the shortest is, and may take another.
    ///
    /// # Panics
    /// If one does not.
    pub fn check_hops(&self) -> &Self {
        for (index, site, agent) in self.living() {
            for (network, offers) in agent.router().rib().iter_after(None) {
                let best = offers.first().filter(|_| network != NetworkNumber::DEFAULT_ROUTE);
                let said = best.map(|best| usize::from(best.hops));
                if let End::There(crossed) = self.walk(index, network)
                    && said.is_some_and(|said| said != crossed)
                {
                    let name = &site.name;
                    self.fail(format_args!(
                        "{network} from {name} is {crossed} hops away: {best:?}"
                    ));
                }
            }
        }
        self
    }

    /// Every agent knows every network of the part of the world that it is joined to.
    ///
    /// # Panics
    /// If one does not.
    pub fn check_complete(&self) -> &Self {
        let alive = self.alive();
        let part = self.parts();
        for (index, site, agent) in self.living() {
            for (&network, &owner) in &alive {
                let joined = part.get(&owner) == part.get(&index);
                if joined && agent.router().rib().best(network).is_none() {
                    let (name, owner) = (&site.name, self.name_of(owner));
                    self.fail(format_args!("{name} does not know {network}, which {owner} has"));
                }
            }
        }
        self
    }

    /// These agents know the same networks, and have the same services within reach.
    ///
    /// # Panics
    /// If two of them differ.
    pub fn check_tables_equal(&self, agents: &[&str]) -> &Self {
        for pair in agents.array_windows::<2>() {
            let [a, b] = pair;
            let ((ours, our_services), (theirs, their_services)) = (self.tables(a), self.tables(b));
            if ours != theirs {
                self.fail(format_args!("networks differ: {a} has {ours:?}, {b} has {theirs:?}"));
            }
            if our_services != their_services {
                self.fail(format_args!(
                    "services differ: {a} has {our_services:?}, {b} has {their_services:?}"
                ));
            }
        }
        self
    }

    /// No table holds more than its limit, but for what an agent itself has.
    ///
    /// # Panics
    /// If one does.
    pub fn check_limits(&self) -> &Self {
        for (_, site, agent) in self.living() {
            let router = agent.router();
            let (limits, config) = (&site.config.limits, &site.config);
            let own =
                1 + config.lans.len() + config.cmd_networks.len() + config.static_routes.len();
            let most = [
                ("routes", router.rib().len(), limits.routes + own),
                (
                    "services",
                    router.services().len(),
                    limits.services + config.static_services.len(),
                ),
                (
                    "peers",
                    router.circuits().iter().map(|c| c.peers().count()).max().unwrap_or(0),
                    limits.peers,
                ),
            ];
            for (what, count, limit) in most {
                if count > limit {
                    let name = &site.name;
                    self.fail(format_args!("{name} has {count} {what}, {limit} are allowed"));
                }
            }
        }
        self
    }

    /// Every packet received is in exactly one counter, and every packet sent was counted.
    ///
    /// # Panics
    /// If the sums do not agree.
    pub fn check_counters(&self) -> &Self {
        for (_, site, agent) in self.living() {
            let counters = agent.counters();
            let name = &site.name;
            for (circuit, traffic) in agent.router().circuits().iter().zip(counters.circuits()) {
                let (packets, outcomes) = (traffic.in_packets, traffic.outcomes.total());
                if packets != outcomes {
                    let circuit = &circuit.name;
                    self.fail(format_args!(
                        "{name}: {circuit} received {packets} packets and counted {outcomes} outcomes"
                    ));
                }
            }
            for (traffic, id) in counters.ports().iter().zip(0..) {
                let id = PortId(id);
                let circuits = agent.router().circuits().iter();
                let by_circuits: u64 = circuits
                    .filter(|circuit| circuit.port == id)
                    .filter_map(|circuit| counters.circuits().get(circuit.id.index()))
                    .map(|traffic| traffic.in_packets)
                    .sum();
                let outcomes = traffic.outcomes.total();
                if traffic.in_packets != outcomes + by_circuits {
                    self.fail(format_args!(
                        "{name}: port {id} received {} packets: {outcomes} outcomes, {by_circuits} \
                         on its circuits",
                        traffic.in_packets
                    ));
                }
                let sent = site.sent.get(&id).copied().unwrap_or(0);
                if traffic.out_packets != sent {
                    self.fail(format_args!(
                        "{name}: port {id} sent {sent} packets and counted {}",
                        traffic.out_packets
                    ));
                }
            }
        }
        self
    }

    pub(super) fn living(&self) -> impl Iterator<Item = (usize, &Site, &Agent)> {
        let sites = self.sites.iter().enumerate();
        sites.filter_map(|(index, site)| Some((index, site, site.agent.as_ref()?)))
    }

    pub(super) fn name_of(&self, index: usize) -> &str {
        self.sites.get(index).map_or("", |site| &site.name)
    }

    /// The networks that are there, each with an agent that has a place on it, or is next to the
    /// server it is inside of.
    fn alive(&self) -> BTreeMap<NetworkNumber, usize> {
        let mut alive = BTreeMap::new();
        for (index, site, agent) in self.living() {
            let circuits = agent.router().circuits().iter().filter(|circuit| circuit.is_up());
            alive.extend(circuits.map(|circuit| (circuit.network, index)));
            alive.extend(agent.fib().internal.map(|network| (network, index)));
            for id in (0..).map(PortId).take(site.ports.len()) {
                let Some(BelowLink::Segment { segment, .. }) = site.below(id) else { continue };
                let servers = self.hosts.iter().filter(|host| host.segment == segment);
                for host in servers.filter(|host| host.running) {
                    let heard = agent.fib().lan_circuit(id, None, host.framing()).is_some();
                    alive.extend(host.internal().filter(|_| heard).map(|n| (n, index)));
                }
            }
        }
        alive
    }

    /// Which part of the world each living agent is in, named by its first agent.
    pub(super) fn parts(&self) -> BTreeMap<usize, usize> {
        let mut part: BTreeMap<usize, usize> = self.living().map(|(i, ..)| (i, i)).collect();
        let mut links = Vec::new();
        for (index, site, agent) in self.living() {
            for below in (0..).map(PortId).take(site.ports.len()).filter_map(|id| site.below(id)) {
                match below {
                    BelowLink::Segment { segment, .. } => {
                        links.extend(self.agents_on(segment).map(|other| (index, other)));
                    }
                    BelowLink::Backbone { .. } => {
                        let peers = agent.router().circuits().iter().flat_map(|c| c.peers());
                        let known = peers.filter_map(|(ip, _)| self.backbone.addresses.get(&ip));
                        links.extend(
                            known
                                .map(|&(other, _)| (index, other))
                                .filter(|&(a, b)| self.passes(a, b) && self.passes(b, a)),
                        );
                    }
                }
            }
        }
        join(&mut part, &links);
        part
    }

    pub(super) fn agents_on(&self, segment: usize) -> impl Iterator<Item = usize> {
        let stations = self.segments.get(segment).map_or(&[] as &[_], |s| &s.stations);
        stations.iter().filter_map(|&(_, station)| match station {
            Station::Agent(index, port) => {
                self.sites.get(index)?.below(port)?;
                Some(index)
            }
            Station::Host(_) => None,
        })
    }

    pub(super) fn passes(&self, from: usize, to: usize) -> bool {
        !self.backbone.cuts.between(from, to)
    }

    /// Follows the FIBs from an agent to a network.
    fn walk(&self, from: usize, network: NetworkNumber) -> End {
        let mut way = vec![from];
        let mut at = from;
        loop {
            let Some(agent) = self.sites.get(at).and_then(|site| site.agent.as_ref()) else {
                return End::Nobody(at);
            };
            let fib = agent.fib();
            if fib.internal == Some(network) {
                return End::There(way.len() - 1);
            }
            let routes = &fib.routes;
            let hop = routes.get(network).or_else(|| routes.get(NetworkNumber::DEFAULT_ROUTE));
            let egress = match hop {
                None => return End::NoRoute(at),
                Some(NextHop::Direct(circuit)) => {
                    let up = fib.circuit(circuit).is_some_and(|circuit| circuit.up);
                    return if up { End::There(way.len() - 1) } else { End::Nobody(at) };
                }
                Some(NextHop::Via(egress)) => egress,
                Some(NextHop::Split(id)) => match fib.split(id, network, NodeAddress::INTERNAL) {
                    Some(egress) => egress,
                    None => return End::NoRoute(at),
                },
            };
            match self.step(at, agent, egress, network) {
                Ok(next) => at = next,
                Err(End::There(beyond)) => return End::There(way.len() - 1 + beyond),
                Err(end) => return end,
            }
            let round = way.contains(&at);
            way.push(at);
            if round {
                return End::Loop(way);
            }
        }
    }

    /// The agent one hop on.
    fn step(
        &self,
        at: usize,
        agent: &Agent,
        egress: Egress,
        network: NetworkNumber,
    ) -> Result<usize, End> {
        let dead = End::Nobody(at);
        let circuit = agent.fib().circuit(egress.circuit).filter(|circuit| circuit.up);
        let port = circuit.ok_or(dead.clone())?.port();
        let below = self.sites.get(at).and_then(|site| site.below(port));
        match (egress.to, below) {
            (LinkDestination::Node(node), Some(BelowLink::Segment { segment, .. })) => {
                let segment = self.segments.get(segment).ok_or(dead.clone())?;
                match segment.station(node).ok_or(dead.clone())? {
                    Station::Agent(next, _) => Ok(next),
                    Station::Host(host) => {
                        let host = self.hosts.get(host).filter(|host| host.running);
                        let there = host.and_then(|host| host.internal()) == Some(network);
                        Err(if there { End::There(1) } else { dead })
                    }
                }
            }
            (LinkDestination::Peer(ip), Some(BelowLink::Backbone { .. })) => {
                let &(next, _) = self.backbone.addresses.get(&ip).ok_or(dead.clone())?;
                if self.passes(at, next) { Ok(next) } else { Err(dead) }
            }
            _ => Err(dead),
        }
    }
}

/// Gives agents that are linked, directly or by others, the name of the least part among them.
pub(super) fn join(part: &mut BTreeMap<usize, usize>, links: &[(usize, usize)]) {
    let mut changed = true;
    while changed {
        changed = false;
        for &(a, b) in links {
            let (Some(&x), Some(&y)) = (part.get(&a), part.get(&b)) else { continue };
            if x != y {
                part.insert(a, x.min(y));
                part.insert(b, x.min(y));
                changed = true;
            }
        }
    }
}
