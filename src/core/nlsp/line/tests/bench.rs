//! Some routers on one network, with nothing but lines: hellos pass between them, and pseudonodes
//! appear in their databases as if flooded.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;

use crate::Time;
use crate::config::{CmdNetwork, Config, Exchange, Lan, Mode, NlspCircuit, Port, PortKind};
use crate::forward::{LinkDestination, LinkSource, Outcome};
use crate::hub::{Circuits, Rib, Services};
use crate::ids::{CircuitId, PortId};
use crate::nlsp::line::{Adjacency, Line, Lines};
use crate::nlsp::{LineChange, System};
use crate::random::Random;
use crate::router::{Cx, Event, Outbox, Output, PortAddress, Sender};
use crate::wire::frame::Framing;
use crate::wire::ipx::{HEADER_LEN, Header, PacketType};
use crate::wire::nlsp::{Area, LanHello, NodeId, Pdu, SystemId};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd};

/// The circuit under test.
pub(super) const CIRCUIT: CircuitId = CircuitId(0);
/// Time that a packet takes.
const LATENCY: Duration = Duration::from_millis(1);
/// Time until a new pseudonode is in its own database, and in those of others.
const GENERATION: Duration = Duration::from_millis(100);
const FLOODING: Duration = Duration::from_millis(150);
/// Time until a new neighbour has what a database holds.
const SYNCHRONISATION: Duration = Duration::from_secs(2);
/// A pseudonode is left alone for so long before it is purged [nlsp §9.2].
const LINGER: Duration = Duration::from_secs(10);

pub(super) const fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

pub(super) fn ip(index: usize) -> Ipv4Addr {
    let [_, _, c, d] = u32::try_from(index + 1).unwrap().to_be_bytes();
    Ipv4Addr::new(10, 0, c, d)
}

pub(super) fn mac(index: usize) -> NodeAddress {
    let [_, _, c, d] = u32::try_from(index + 1).unwrap().to_be_bytes();
    NodeAddress([2, 0, 0, 0, c, d])
}

/// A LAN on which NLSP is spoken.
pub(super) fn lan() -> Config {
    let settings = NlspCircuit { mode: Mode::On, ..NlspCircuit::LAN };
    let mut lan = Lan::new("lan", PortId(0), Framing::EthernetII, NetworkNumber(0xe0));
    lan.nlsp = settings;
    let port = Port { name: "tap0".to_owned(), kind: PortKind::Tap };
    Config { ports: vec![port], lans: vec![lan], ..Config::default() }
}

/// A CMD network of so many agents, ourselves among them.
pub(super) fn network(agents: usize) -> Config {
    let peers = (0..agents).map(ip).collect();
    let mut network = CmdNetwork::new("cmd", PortId(0), NetworkNumber(0xffff_fffd), peers);
    network.exchange = Exchange::Nlsp;
    let port = Port { name: "udp".to_owned(), kind: PortKind::Udp };
    Config { ports: vec![port], cmd_networks: vec![network], ..Config::default() }
}

/// The settings of the one circuit of a configuration.
pub(super) fn settings(config: &mut Config) -> &mut NlspCircuit {
    match config.lans.first_mut() {
        Some(lan) => &mut lan.nlsp,
        None => &mut config.cmd_networks[0].nlsp,
    }
}

/// A hello that was sent, and to whom.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Time,
    pub(super) to: LinkDestination,
    pub(super) hello: LanHello,
}

pub(super) struct Station {
    pub(super) config: Config,
    pub(super) circuits: Circuits,
    rib: Rib,
    services: Services,
    out: Outbox,
    random: Random,
    pub(super) lines: Lines,
    pub(super) system: System,
    pub(super) node: NodeAddress,
    pub(super) alive: bool,
    /// The pseudonodes in its database; the one it originates.
    pub(super) database: BTreeSet<NodeId>,
    originates: bool,
    pub(super) sent: Vec<Sent>,
    pub(super) events: Vec<Event>,
    pub(super) changes: Vec<LineChange>,
    pub(super) outcomes: Vec<Outcome>,
}

enum Flight {
    Packet {
        from: LinkSource,
        broadcast: bool,
        packet: Bytes,
    },
    Pseudonode {
        node: NodeId,
        there: bool,
        /// Its originator says it, not another who has it.
        anew: bool,
    },
    /// Our own pseudonode, which may have been taken back by then.
    Own {
        there: bool,
    },
}

pub(super) struct Bench {
    pub(super) now: Time,
    /// How long hosts keep what comes back.
    pub(super) waited: Duration,
    pub(super) stations: Vec<Station>,
    flying: BTreeMap<(Time, u64), (usize, Flight)>,
    number: u64,
    /// What the first sends, the second does not hear.
    deaf: BTreeSet<(usize, usize)>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let (now, stations) = (Time::from_secs(1_000), Vec::new());
        let (flying, deaf) = (BTreeMap::new(), BTreeSet::new());
        Self { now, waited: Duration::ZERO, stations, flying, number: 0, deaf }
    }

    /// So many routers of one configuration, all started.
    pub(super) fn of(config: &Config, count: usize) -> Self {
        let mut bench = Self::new();
        for _ in 0..count {
            bench.add(config.clone());
        }
        bench
    }

    /// Another router starts; its internal network and node follow from its index.
    pub(super) fn add(&mut self, config: Config) -> usize {
        let index = self.stations.len();
        self.stations.push(station(config, index, 0));
        self.open(index);
        index
    }

    fn open(&mut self, index: usize) {
        self.with(index, |lines, cx, system| lines.open(cx, system, CIRCUIT));
    }

    /// The router stops without a word.
    pub(super) fn crash(&mut self, index: usize) {
        self.stations[index].alive = false;
    }

    /// It starts again and remembers nothing.
    pub(super) fn restart(&mut self, index: usize) {
        let config = self.stations[index].config.clone();
        self.stations[index] = station(config, index, 1);
        self.open(index);
    }

    pub(super) fn deafen(&mut self, from: usize, to: usize) {
        self.deaf.insert((from, to));
    }

    /// Two do not hear each other any more.
    pub(super) fn part(&mut self, one: usize, other: usize) {
        self.deaf.extend([(one, other), (other, one)]);
    }

    /// All hear each other again, and what was lost meanwhile is repaired.
    pub(super) fn heal(&mut self) {
        self.deaf.clear();
        for index in self.alive().collect::<Vec<_>>() {
            let station = &self.stations[index];
            let (ours, originates) = (self.line(index).ours, station.originates);
            if station.database.contains(&ours) == originates {
                self.flood(index, ours, originates);
            }
        }
    }

    /// Lets a router's lines do something.
    pub(super) fn with<T>(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut Lines, &mut Cx<'_>, &System) -> T,
    ) -> T {
        let station = &mut self.stations[index];
        let mut cx = Cx {
            now: self.now,
            config: &station.config,
            internal: station.system.network,
            circuits: &mut station.circuits,
            rib: &mut station.rib,
            services: &mut station.services,
            dhcp: &mut crate::hub::DhcpOptions::default(),
            out: &mut station.out,
            random: &mut station.random,
        };
        let result = act(&mut station.lines, &mut cx, &station.system);
        self.collect(index);
        result
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.next().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    /// Lets time pass until it is so, for as long at most. Gives how long it took.
    pub(super) fn until(&mut self, limit: Duration, so: impl Fn(&Self) -> bool) -> Duration {
        let start = self.now;
        while !so(self) {
            let at = self.next().expect("something is still to come");
            assert!(at <= start + limit, "it is not so after {limit:?}");
            self.now = self.now.max(at);
            self.step();
        }
        self.now.since(start)
    }

    /// The same, with a look at every moment.
    pub(super) fn pass_watching(&mut self, span: Duration, watch: impl Fn(&Self)) {
        let end = self.now + span;
        while let Some(at) = self.next().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.step();
            watch(self);
        }
        self.now = end;
    }

    fn next(&self) -> Option<Time> {
        let alarms = self.stations.iter().filter(|station| station.alive);
        let alarms = alarms.filter_map(|station| station.lines.next_timeout());
        alarms.chain(self.flying.first_key_value().map(|(&(at, _), _)| at)).min()
    }

    fn step(&mut self) {
        for index in 0..self.stations.len() {
            let station = &self.stations[index];
            if station.alive && station.lines.next_timeout().is_some_and(|at| at <= self.now) {
                self.with(index, Lines::handle_timeout);
            }
        }
        while let Some(entry) = self.flying.first_entry()
            && entry.key().0 <= self.now
        {
            let (to, flight) = entry.remove();
            if self.stations[to].alive {
                self.land(to, flight);
            }
        }
    }

    fn fly(&mut self, after: Duration, to: usize, flight: Flight) {
        self.number += 1;
        self.flying.insert((self.now + after, self.number), (to, flight));
    }

    fn land(&mut self, to: usize, flight: Flight) {
        match flight {
            Flight::Packet { from, broadcast, packet } => {
                let outcome = self.hear(to, from, broadcast, &packet);
                self.stations[to].outcomes.push(outcome);
            }
            Flight::Own { there } if self.stations[to].originates == there => {
                let node = self.stations[to].lines.get(CIRCUIT).unwrap().ours;
                self.tell(to, node, there);
                self.flood(to, node, there);
            }
            Flight::Own { .. } => {}
            Flight::Pseudonode { node, there, anew } => {
                let station = &self.stations[to];
                let known = station.database.contains(&node) == there;
                // One of ours that we do not originate: we purge it [nlsp §10.5].
                if node.system == station.system.id && there && !station.originates {
                    self.flood(to, node, false);
                } else if node.system != station.system.id && (anew || !known) {
                    self.tell(to, node, there);
                }
            }
        }
    }

    /// The pseudonode is in the database of the router, or not.
    pub(super) fn tell(&mut self, to: usize, node: NodeId, there: bool) {
        let database = &mut self.stations[to].database;
        if there {
            database.insert(node);
        } else {
            database.remove(&node);
        }
        self.with(to, |lines, cx, system| lines.pseudonode(cx, system, node, there));
    }

    fn flood(&mut self, from: usize, node: NodeId, there: bool) {
        for to in (0..self.stations.len()).filter(|&to| to != from) {
            if !self.deaf.contains(&(from, to)) {
                self.fly(FLOODING, to, Flight::Pseudonode { node, there, anew: true });
            }
        }
    }

    /// A packet reaches a router.
    pub(super) fn hear(
        &mut self,
        to: usize,
        link: LinkSource,
        broadcast: bool,
        packet: &Bytes,
    ) -> Outcome {
        let header = Header::decode(packet).unwrap();
        let (address, at) = (header.source, self.now - self.waited);
        let sender = Sender { circuit: CIRCUIT, link, address, broadcast, at };
        let Ok(Pdu::LanHello(hello)) = Pdu::decode(&packet.slice(HEADER_LEN..)) else {
            panic!("a hello")
        };
        self.with(to, |lines, cx, system| lines.hear(cx, system, &sender, &hello))
    }

    /// A router that is no station, at the node that this index would have, says to the first
    /// that it hears it; `change` makes it say something else.
    pub(super) fn forge(&mut self, index: usize, change: impl FnOnce(&mut LanHello)) -> Outcome {
        let here = self.stations[0].circuits.get(CIRCUIT).unwrap();
        let (network, cmd) = (here.network, here.is_cmd());
        let system = SystemId::of_internal(NetworkNumber(0x900 + u32::try_from(index).unwrap()));
        let mut hello = LanHello {
            system,
            holding_time: 600,
            priority: 10,
            lan_id: system.lan(1),
            no_multicast: true,
            areas: Vec::new(),
            neighbours: vec![here.node],
            local_mtu: None,
            packet_len: 0,
        };
        change(&mut hello);
        let (node, link) = if cmd {
            (cmd::node(ip(index)), LinkSource::Peer(ip(index)))
        } else {
            (mac(index), LinkSource::Node(mac(index)))
        };
        let source = Address::new(network, node, Socket::NLSP);
        let everyone = Address::new(network, NodeAddress::BROADCAST, Socket::NLSP);
        let packet = Header::new(PacketType::UNKNOWN, source, everyone).packet(&hello.encode());
        self.hear(0, link, !cmd, &packet)
    }

    fn collect(&mut self, from: usize) {
        let changes = self.stations[from].lines.take_changes();
        for change in &changes {
            self.stations[from].changes.push(change.clone());
            self.follow(from, change);
        }
        while let Some(output) = self.stations[from].out.pop() {
            match output {
                Output::Send { to, packet, .. } => self.deliver(from, to, &packet),
                Output::Event(event) => self.stations[from].events.push(event),
                _ => {}
            }
        }
    }

    /// Does what the other parts of NLSP would do.
    fn follow(&mut self, index: usize, change: &LineChange) {
        match change {
            LineChange::Line(_) => {
                let station = &mut self.stations[index];
                let designated = station.lines.get(CIRCUIT).is_some_and(Line::is_designated);
                if std::mem::replace(&mut station.originates, designated) != designated {
                    let after = if designated { GENERATION } else { LINGER };
                    self.fly(after, index, Flight::Own { there: designated });
                }
            }
            LineChange::Up(neighbour) => {
                let other = self.stations.iter().find(|other| other.node == neighbour.node);
                let known = other.map(|other| other.database.clone()).unwrap_or_default();
                for node in known {
                    let synchronised = Flight::Pseudonode { node, there: true, anew: false };
                    self.fly(SYNCHRONISATION, index, synchronised);
                }
                if self.stations[index].originates {
                    self.fly(GENERATION, index, Flight::Own { there: true });
                }
            }
            LineChange::Down(_) => {}
        }
    }

    fn deliver(&mut self, from: usize, to: LinkDestination, packet: &Bytes) {
        let header = Header::decode(packet).unwrap();
        assert_eq!(header.destination.node, NodeAddress::BROADCAST, "hellos are for all");
        let Ok(Pdu::LanHello(hello)) = Pdu::decode(&packet.slice(HEADER_LEN..)) else {
            panic!("a hello")
        };
        let node = self.stations[from].node;
        self.stations[from].sent.push(Sent { at: self.now, to, hello });
        for index in (0..self.stations.len()).filter(|&index| index != from) {
            let station = &self.stations[index];
            let (reached, source) = match to {
                LinkDestination::Broadcast => (true, LinkSource::Node(node)),
                LinkDestination::Node(node) => (station.node == node, LinkSource::Node(node)),
                LinkDestination::Peer(peer) => {
                    // The data plane drops what comes from strangers [cmd §12.2].
                    let here = station.circuits.get(CIRCUIT).unwrap();
                    let known = here.resolve(node).is_some();
                    (station.node == cmd::node(peer) && known, LinkSource::Peer(ip(from)))
                }
            };
            if reached && station.alive && !self.deaf.contains(&(from, index)) {
                let broadcast = to == LinkDestination::Broadcast;
                let packet = packet.clone();
                self.fly(LATENCY, index, Flight::Packet { from: source, broadcast, packet });
            }
        }
    }

    pub(super) fn line(&self, index: usize) -> &Line {
        self.stations[index].lines.get(CIRCUIT).expect("the circuit is open")
    }

    /// What `index` knows of `other`.
    pub(super) fn adjacency(&self, index: usize, other: usize) -> Option<&Adjacency> {
        let node = self.stations[other].node;
        self.line(index).adjacencies().find(|&(at, _)| at == node).map(|(_, adjacency)| adjacency)
    }

    pub(super) fn is_up(&self, index: usize, other: usize) -> bool {
        self.line(index).adjacency_up(self.stations[other].node).is_some()
    }

    /// Everybody that runs hears everybody else that runs.
    pub(super) fn all_up(&self) -> bool {
        let alive: Vec<usize> = self.alive().collect();
        alive.iter().all(|&one| alive.iter().all(|&two| one == two || self.is_up(one, two)))
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = usize> {
        (0..self.stations.len()).filter(|&index| self.stations[index].alive)
    }

    /// All that run agree on this designated router, and link to its LAN alone.
    pub(super) fn all_follow(&self, router: usize) -> bool {
        let lan = self.line(router).ours;
        self.alive().all(|index| {
            let line = self.line(index);
            line.lan_id() == Some(lan)
                && line.links(self.now) == [lan]
                && line.is_designated() == (index == router)
        })
    }

    /// The hellos that a router sent since the last call.
    pub(super) fn take_sent(&mut self, index: usize) -> Vec<Sent> {
        std::mem::take(&mut self.stations[index].sent)
    }

    /// The changes of a router's lines.
    pub(super) fn changes(&self, index: usize) -> Vec<LineChange> {
        self.stations[index].changes.clone()
    }

    /// The events of a router since the last call.
    pub(super) fn take_events(&mut self, index: usize) -> Vec<Event> {
        std::mem::take(&mut self.stations[index].events)
    }
}

fn station(config: Config, index: usize, life: u64) -> Station {
    let (mut circuits, _) = Circuits::new(&config);
    let address = PortAddress { mac: Some(mac(index)), ip: Some(ip(index)), mtu: 1_500 };
    circuits.port_up(PortId(0), address);
    circuits.take_changes();
    let node = circuits.get(CIRCUIT).unwrap().node;
    let seed = u64::try_from(index).unwrap() * 100 + life;
    Station {
        circuits,
        rib: Rib::new(10),
        services: Services::new(10),
        out: Outbox::default(),
        random: Random::seeded(seed),
        lines: Lines::default(),
        system: system(&config, index),
        node,
        alive: true,
        database: BTreeSet::new(),
        originates: false,
        sent: Vec::new(),
        events: Vec::new(),
        changes: Vec::new(),
        outcomes: Vec::new(),
        config,
    }
}

/// Who the router at this index is.
pub(super) fn system(config: &Config, index: usize) -> System {
    let network = NetworkNumber(0x100 + u32::try_from(index).unwrap());
    let areas = match config.nlsp.areas.as_slice() {
        [] => vec![Area::ALL],
        areas => areas.to_vec(),
    };
    System { id: SystemId::of_internal(network), network, name: format!("R{index}"), areas }
}
