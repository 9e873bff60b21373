//! The world and its one loop.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddrV4;
use std::time::Duration;

use bytes::Bytes;

use super::clock::Queue;
use super::host::Host;
use super::link::{Backbone, Segment, Station};
use super::services::Services;
use super::site::{BelowLink, Site};
use super::topology::{AgentPlan, LanPlan};
use super::watch::{self, Seen};
use super::{Condition, Topology};
use crate::Time;
use crate::agent::{Action, Agent};
use crate::ids::{InterfaceId, PortId, StreamId};
use crate::journal::Digest;
use crate::random::Random;
use crate::router::{Input, IpService, StreamEvent};
use crate::wire::NodeAddress;

/// Agents of a topology start at random within this time.
const START_SPREAD: Duration = Duration::from_secs(1);
/// How much simulated time may pass between two looks at the condition of a run.
const LOOK: Duration = Duration::from_millis(10);

type Observer = Box<dyn FnMut(Seen<'_>)>;
type Judge = Box<dyn FnMut(Seen<'_>) -> bool>;

/// Agents, LANs, hosts and a backbone, in simulated time.
pub struct World {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) now: Time,
    pub(super) queue: Queue<Happening>,
    pub(super) sites: Vec<Site>,
    pub(super) hosts: Vec<Host>,
    pub(super) segments: Vec<Segment>,
    pub(super) backbone: Backbone,
    pub(super) services: Services,
    pub(super) names: Names,
    observers: Vec<Observer>,
    doomed: Option<Judge>,
    trace: Digest,
    honest: bool,
    journal_limit: u64,
}

/// Where things of a name are.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) agents: BTreeMap<String, usize>,
    pub(super) lans: BTreeMap<String, usize>,
    pub(super) hosts: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub(super) enum Happening {
    /// An agent starts.
    Start(usize),
    /// A frame reaches all stations of a segment but its sender.
    Frame { segment: usize, from: Station, frame: Bytes },
    /// A datagram reaches an agent.
    Datagram { site: usize, port: PortId, from: SocketAddrV4, payload: Bytes },
    /// A datagram of a service reaches an agent.
    Service {
        site: usize,
        interface: InterfaceId,
        service: IpService,
        from: SocketAddrV4,
        to: std::net::Ipv4Addr,
        payload: Bytes,
    },
    /// Something happens to a connection of an agent.
    Stream { site: usize, id: StreamId, event: StreamEvent },
    /// An agent's name server answers.
    Resolved { site: usize, name: String, addresses: Vec<std::net::Ipv4Addr> },
    /// It is time to look at an agent's timers.
    WakeAgent(usize),
    /// It is time to look at a host's timers.
    WakeHost(usize),
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("World");
        shown.field("seed", &self.seed).field("now", &self.now).field("names", &self.names);
        shown.finish_non_exhaustive()
    }
}

impl World {
    /// An empty world; `seed` decides all that is random in it.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            random: Random::seeded(seed),
            now: Time::ZERO,
            queue: Queue::new(),
            sites: Vec::new(),
            hosts: Vec::new(),
            segments: Vec::new(),
            backbone: Backbone::default(),
            services: Services::default(),
            names: Names::default(),
            observers: Vec::new(),
            doomed: None,
            trace: Digest::default(),
            honest: true,
            journal_limit: 0,
        }
    }

    /// Adds what the topology says; its agents start within a second.
    #[must_use]
    pub fn with(mut self, topology: Topology) -> Self {
        let first_segment = self.segments.len();
        for lan in topology.lans {
            self.add_lan(lan);
        }
        let ips: BTreeMap<String, std::net::Ipv4Addr> =
            topology.agents.iter().map(|agent| (agent.name.clone(), agent.ip)).collect();
        for mut plan in topology.agents {
            for (network, names) in plan.config.cmd_networks.iter_mut().zip(&plan.peers) {
                network.peers = names.iter().filter_map(|name| ips.get(name).copied()).collect();
            }
            plan.lans.iter_mut().for_each(|lan| *lan += first_segment);
            self.add_agent(&plan);
        }
        self
    }

    fn add_lan(&mut self, plan: LanPlan) {
        self.names.lans.insert(plan.name.clone(), self.segments.len());
        self.segments.push(Segment {
            name: plan.name,
            networks: plan.networks,
            stations: Vec::new(),
            condition: Condition::LAN,
        });
    }

    fn add_agent(&mut self, plan: &AgentPlan) {
        let index = self.sites.len();
        let mut ports = Vec::new();
        for (&segment, port) in plan.lans.iter().zip(0..) {
            let node = agent_node(index, port);
            ports.push(BelowLink::Segment { segment, node });
            if let Some(segment) = self.segments.get_mut(segment) {
                segment.stations.push((node, Station::Agent(index, PortId(port))));
            }
        }
        if !plan.config.cmd_networks.is_empty() {
            ports.push(BelowLink::Backbone { ip: plan.ip });
            self.backbone.addresses.insert(plan.ip, (index, plan.udp_port()));
        }
        self.names.agents.insert(plan.name.clone(), index);
        self.sites.push(Site::new(plan, plan.config.clone(), ports));
        let at = self.now + self.random.duration_up_to(START_SPREAD);
        self.queue.push(at, Happening::Start(index));
    }

    /// Adds a host that was made for one of the segments.
    pub(super) fn add_host(&mut self, host: Host) -> usize {
        let index = self.hosts.len();
        if let Some(segment) = self.segments.get_mut(host.segment) {
            segment.stations.push((host.node, Station::Host(index)));
        }
        self.names.hosts.insert(host.name.clone(), index);
        self.hosts.push(host);
        index
    }

    /// Shows everything that is put on a link to `observer`; to all of them, if there are several.
    pub fn watch(&mut self, observer: impl FnMut(Seen<'_>) + 'static) {
        self.observers.push(Box::new(observer));
    }

    /// Loses from now on what `doomed` says, besides what links lose.
    pub fn lose(&mut self, doomed: impl FnMut(Seen<'_>) -> bool + 'static) {
        self.doomed = Some(Box::new(doomed));
    }

    /// Agents that start from now on keep journals of at most so many bytes each.
    pub fn keep_journals(&mut self, limit: u64) {
        self.journal_limit = limit;
    }

    /// From now on somebody may pretend to be an agent: packets that seem to be an agent's own,
    /// and are not, are no fault of it.
    pub fn distrust(&mut self) {
        self.honest = false;
    }

    /// The present.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A digest of all that agents and hosts sent so far, each with its time.
    #[must_use]
    pub const fn trace(&self) -> Digest {
        self.trace
    }

    /// Runs until the condition holds; it is looked at each time that 10 ms have passed. Gives
    /// back how long that took.
    ///
    /// # Panics
    /// If it does not hold within this time.
    pub fn run_until(&mut self, holds: impl Fn(&Self) -> bool, within: Duration) -> Duration {
        let start = self.now;
        let end = start + within;
        while !holds(self) {
            if self.now >= end {
                self.fail(format_args!("the condition did not hold within {within:?}"));
            }
            self.run_to((self.now + LOOK).max(self.queue.next().unwrap_or(end)).min(end));
        }
        self.now.since(start)
    }

    /// Runs for so long.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_to(self.now + duration);
    }

    fn run_to(&mut self, end: Time) {
        while let Some((at, what)) = self.queue.pop_until(end) {
            self.now = at;
            self.happen(what);
        }
        self.now = end;
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Start(site) => {
                if self.sites.get(site).is_some_and(|site| site.agent.is_none()) {
                    self.start_agent(site);
                }
            }
            Happening::Frame { segment, from, frame } => self.arrive(segment, from, &frame),
            Happening::Datagram { site, port, from, payload } => {
                self.with_agent(site, |agent, now| {
                    agent.share_datagram(now, port, from, &payload);
                });
            }
            Happening::Service { site, interface, service, from, to, payload } => {
                let input = Input::Datagram { interface, service, from, to, payload };
                self.with_agent(site, |agent, now| agent.handle(now, input));
            }
            Happening::Stream { site, id, event } => {
                self.with_agent(site, |agent, now| agent.handle(now, Input::Stream { id, event }));
            }
            Happening::Resolved { site, name, addresses } => {
                let input = Input::Resolved { name, addresses };
                self.with_agent(site, |agent, now| agent.handle(now, input));
            }
            Happening::WakeAgent(site) => self.wake_agent(site),
            Happening::WakeHost(host) => self.wake_host(host),
        }
    }

    /// Starts a life of the agent, with a seed of its own.
    pub(super) fn start_agent(&mut self, index: usize) {
        let seed = u64::from(self.random.word()) << 32 | u64::from(self.random.word());
        let (now, journal) = (self.now, self.journal_limit);
        if let Some(site) = self.sites.get_mut(index) {
            site.start(now, seed, journal);
        }
        self.open_interfaces(index);
        self.serve_agent(index);
    }

    fn wake_agent(&mut self, index: usize) {
        let Some(site) = self.sites.get_mut(index) else { return };
        if site.wake == Some(self.now) {
            site.wake = None;
        }
        let due = site.agent.as_ref().and_then(Agent::next_timeout);
        if due.is_some_and(|at| at <= self.now) {
            self.with_agent(index, |agent, now| agent.handle(now, Input::Timeout));
        } else {
            self.schedule_agent(index);
        }
    }

    fn wake_host(&mut self, index: usize) {
        let now = self.now;
        if let Some(host) = self.hosts.get_mut(index) {
            if host.wake == Some(now) {
                host.wake = None;
            }
            if host.running {
                host.handle_timeout(now);
            }
        }
        self.serve_host(index);
    }

    /// Does something to an agent that is alive and awake, and then what it asks for.
    pub(super) fn with_agent(&mut self, index: usize, work: impl FnOnce(&mut Agent, Time)) {
        let now = self.now;
        let site = self.sites.get_mut(index).filter(|site| !site.frozen);
        if let Some(agent) = site.and_then(|site| site.agent.as_mut()) {
            work(agent, now);
            self.serve_agent(index);
        }
    }

    /// Does something to a host that is on, and then what it asks for.
    pub(super) fn with_host<T>(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut Host, Time) -> T,
    ) -> Option<T> {
        let host = self.hosts.get_mut(index)?;
        let result = work(host, self.now);
        self.serve_host(index);
        Some(result)
    }

    /// Does what an agent asks for.
    pub(super) fn serve_agent(&mut self, index: usize) {
        let mut stopped = false;
        while let Some(action) =
            self.sites.get_mut(index).and_then(|site| site.agent.as_mut()?.poll())
        {
            let Some(site) = self.sites.get_mut(index) else { return };
            match action {
                Action::Frame { port, frame } => self.send_frame(index, port, frame),
                Action::Datagram { port, to, payload } => {
                    self.send_datagram(index, port, to, &payload);
                }
                Action::ServiceDatagram { service, to, payload, .. } => {
                    self.send_service(index, service, to, &payload);
                }
                Action::Stream { id, action } => self.stream_action(index, id, action),
                Action::Resolve { name } => self.resolve(index, name),
                Action::Persist { key, value } => site.persist(key, value),
                Action::Event(event) => site.note(self.now, event),
                Action::Reply { reply, .. } => site.replies.push(reply),
                Action::Stopped => stopped = true,
            }
        }
        if stopped && let Some(site) = self.sites.get_mut(index) {
            site.agent = None;
            self.break_streams(index);
        }
        self.schedule_agent(index);
    }

    fn serve_host(&mut self, index: usize) {
        while let Some((segment, frame)) =
            self.hosts.get_mut(index).and_then(|host| Some((host.segment, host.poll()?)))
        {
            self.put_on(segment, Station::Host(index), frame);
        }
        let Some(host) = self.hosts.get_mut(index) else { return };
        let Some(at) = host.next_timeout().map(|at| at.max(self.now)) else { return };
        if host.wake.is_none_or(|wake| at < wake) {
            host.wake = Some(at);
            self.queue.push(at, Happening::WakeHost(index));
        }
    }

    pub(super) fn schedule_agent(&mut self, index: usize) {
        let Some(site) = self.sites.get_mut(index) else { return };
        let due = site.agent.as_ref().and_then(Agent::next_timeout);
        let Some(at) = due.map(|at| at.max(self.now)) else { return };
        if site.wake.is_none_or(|wake| at < wake) {
            site.wake = Some(at);
            self.queue.push(at, Happening::WakeAgent(index));
        }
    }

    fn send_frame(&mut self, index: usize, port: PortId, frame: Bytes) {
        let Some(site) = self.sites.get_mut(index) else { return };
        *site.sent.entry(port).or_default() += 1;
        let wrong =
            site.agent.as_ref().map(|agent| watch::check_frame(agent, port, &frame, self.honest));
        let below = site.below(port);
        if let Some(Err(fault)) = wrong {
            self.fail_on(index, &fault, &frame);
        }
        if let Some(BelowLink::Segment { segment, .. }) = below {
            self.put_on(segment, Station::Agent(index, port), frame);
        }
    }

    fn send_datagram(&mut self, index: usize, port: PortId, to: SocketAddrV4, payload: &Bytes) {
        let Some(site) = self.sites.get_mut(index) else { return };
        *site.sent.entry(port).or_default() += 1;
        let wrong = site
            .agent
            .as_ref()
            .map(|agent| watch::check_datagram(agent, port, to, payload, self.honest));
        let below = site.below(port);
        if let Some(Err(fault)) = wrong {
            self.fail_on(index, &fault, payload);
        }
        let Some(BelowLink::Backbone { ip }) = below else { return };
        // Source port and destination port are equal [cmd §4.1].
        let from = SocketAddrV4::new(ip, to.port());
        self.note(payload);
        let seen = Seen::Datagram { at: self.now, from, to, payload };
        if !show(&mut self.observers, &mut self.doomed, seen) {
            return;
        }
        let Some(&(site, port)) = self.backbone.addresses.get(to.ip()) else { return };
        let arrivals = self.backbone.arrivals(self.now, index, site, &mut self.random);
        for at in arrivals.into_iter().flatten() {
            let payload = payload.clone();
            self.queue.push(at, Happening::Datagram { site, port, from, payload });
        }
    }

    /// Puts a frame on a LAN.
    pub(super) fn put_on(&mut self, index: usize, from: Station, frame: Bytes) {
        self.note(&frame);
        let Some(segment) = self.segments.get(index) else { return };
        let seen = Seen::Frame { at: self.now, lan: &segment.name, frame: &frame };
        if !show(&mut self.observers, &mut self.doomed, seen) {
            return;
        }
        // What is lost or doubled is so for each station by itself; only time is common to all.
        let condition = segment.condition;
        let at = self.now + condition.delay + self.random.duration_up_to(condition.jitter);
        self.queue.push(at, Happening::Frame { segment: index, from, frame });
    }

    fn arrive(&mut self, index: usize, from: Station, frame: &Bytes) {
        let Some(segment) = self.segments.get(index) else { return };
        let loss = segment.condition.loss_permille;
        let stations: Vec<Station> = segment.stations.iter().map(|&(_, s)| s).collect();
        for station in stations.into_iter().filter(|station| *station != from) {
            if loss > 0 && self.random.chance(loss, 1_000) {
                continue;
            }
            match station {
                Station::Agent(site, port) => {
                    if self.sites.get(site).is_some_and(|site| site.below(port).is_some()) {
                        self.with_agent(site, |agent, now| agent.receive_frame(now, port, frame));
                    }
                }
                Station::Host(host) => {
                    if self.hosts.get(host).is_some_and(|host| host.running) {
                        self.with_host(host, |host, now| host.receive(now, frame));
                    }
                }
            }
        }
    }

    pub(super) fn note(&mut self, bytes: &[u8]) {
        self.trace.bytes(&self.now.as_micros().to_be_bytes());
        self.trace.bytes(bytes);
    }

    /// A copy of the places of these agents.
    pub(super) fn agents(&self, names: &[&str]) -> BTreeSet<usize> {
        names.iter().map(|name| self.agent_index(name)).collect()
    }

    fn fail_on(&self, index: usize, fault: &str, bytes: &[u8]) -> ! {
        let name = self.sites.get(index).map_or("", |site| &site.name);
        self.fail(format_args!("{name} sends what it must not: {fault}: {}", hex::encode(bytes)))
    }

    /// Ends the test with the seed.
    pub(super) fn fail(&self, fault: fmt::Arguments<'_>) -> ! {
        let (seed, now) = (self.seed, self.now);
        panic!("seed {seed}, at {now} s: {fault}\nrun this test again with IPXWAY_SEED={seed}")
    }
}

impl World {
    /// Shows what is put on a link to all who watch; false if it is lost.
    pub(super) fn show(&mut self, seen: Seen<'_>) -> bool {
        show(&mut self.observers, &mut self.doomed, seen)
    }
}

/// Shows what is put on a link to all who watch; false if it is lost.
fn show(observers: &mut [Observer], doomed: &mut Option<Judge>, seen: Seen<'_>) -> bool {
    observers.iter_mut().for_each(|observer| observer(seen));
    !doomed.as_mut().is_some_and(|doomed| doomed(seen))
}

/// The MAC address of an agent's LAN port. Those of one agent differ in two bytes: damage to one
/// byte does not make a frame seem to come from another port.
pub(super) fn agent_node(index: usize, port: u16) -> NodeAddress {
    let [.., a, b, c] = index.to_be_bytes();
    let [_, port] = port.wrapping_mul(0x37).to_be_bytes();
    NodeAddress([0x02, 0x0a ^ port, a, b, c, 0x91 ^ port])
}
