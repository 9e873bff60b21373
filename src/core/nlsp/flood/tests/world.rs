//! Agents that flood over LANs and CMD networks, in simulated time. Hellos are left out: who is
//! up, and who is the designated router, is given.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;

use crate::Time;
use crate::config::{CmdNetwork, Config, Lan, NlspCircuit, Port, PortKind};
use crate::forward::{LinkDestination, Outcome};
use crate::hub::{Circuits, Rib, Services};
use crate::ids::{CircuitId, PortId};
use crate::nlsp::flood::{Flood, Ground, Neighbourhood};
use crate::nlsp::line::LineKind;
use crate::nlsp::lsdb::Lsdb;
use crate::nlsp::{Contest, Neighbour, System};
use crate::random::Random;
use crate::router::{Cx, Event, Outbox, Output, PortAddress};
use crate::wire::frame::Framing;
use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::nlsp::{Flags, Lsp, LspId, Pdu, SystemId};
use crate::wire::{NetworkNumber, NodeAddress, cmd};

/// Every agent's LAN and CMD network.
pub(super) const LAN: CircuitId = CircuitId(0);
pub(super) const CMD: CircuitId = CircuitId(1);

const LATENCY: Duration = Duration::from_millis(20);

/// What an agent knows of its lines.
#[derive(Debug, Default)]
pub(super) struct Seen {
    up: BTreeMap<CircuitId, BTreeSet<NodeAddress>>,
    designated: BTreeMap<CircuitId, NodeAddress>,
    ours: BTreeMap<CircuitId, NodeAddress>,
    pub(super) max_packet: usize,
}

impl Neighbourhood for Seen {
    fn kind(&self, circuit: CircuitId) -> Option<LineKind> {
        let kind = if circuit == LAN { LineKind::Lan } else { LineKind::Cmd };
        self.ours.contains_key(&circuit).then_some(kind)
    }

    fn is_up(&self, neighbour: Neighbour) -> bool {
        self.up.get(&neighbour.circuit).is_some_and(|up| up.contains(&neighbour.node))
    }

    fn is_designated(&self, circuit: CircuitId) -> bool {
        self.ours.contains_key(&circuit) && self.designated.get(&circuit) == self.ours.get(&circuit)
    }

    fn designated_node(&self, circuit: CircuitId) -> Option<NodeAddress> {
        let node = *self.designated.get(&circuit)?;
        self.is_up(Neighbour { circuit, node }).then_some(node)
    }

    fn max_packet(&self, _: CircuitId) -> usize {
        self.max_packet
    }
}

/// A packet that an agent sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Time,
    pub(super) by: usize,
    pub(super) circuit: CircuitId,
    /// The IPX destination node.
    pub(super) node: NodeAddress,
    pub(super) link: LinkDestination,
    pub(super) pdu: Pdu,
}

/// An agent: what an NLSP engine has around its flooding.
pub(super) struct Agent {
    config: Config,
    circuits: Circuits,
    rib: Rib,
    services: Services,
    out: Outbox,
    random: Random,
    system: System,
    pub(super) lines: Seen,
    pub(super) lsdb: Lsdb,
    pub(super) flood: Flood,
    /// What our own link-state packets say.
    own: BTreeMap<LspId, Vec<u8>>,
    pub(super) contests: Vec<Contest>,
    pub(super) events: Vec<Event>,
    /// Nobody is at home: it hears nothing and its clock stands.
    pub(super) dead: bool,
}

fn ip(agent: usize) -> Ipv4Addr {
    let [.., high, low] = u32::try_from(agent + 1).unwrap().to_be_bytes();
    Ipv4Addr::new(10, 0, high, low)
}

/// The node of an agent on a circuit.
pub(super) fn node(agent: usize, circuit: CircuitId) -> NodeAddress {
    let [.., low] = u32::try_from(agent).unwrap().to_be_bytes();
    if circuit == LAN { NodeAddress([2, 0, 0, 0, 0, low]) } else { cmd::node(ip(agent)) }
}

pub(super) fn system(agent: usize) -> SystemId {
    SystemId::of_internal(NetworkNumber(0x1000 + u32::try_from(agent).unwrap()))
}

/// An identifier of a system that is nobody's here.
pub(super) fn stranger(n: u16) -> LspId {
    let [high, low] = n.to_be_bytes();
    SystemId([2, 0, 0x77, 0, high, low]).router().lsp(0)
}

pub(super) fn lsp(id: LspId, sequence: u32, lifetime: u16, text: &[u8]) -> Lsp {
    let length = u8::try_from(text.len()).unwrap();
    Lsp::build(id, sequence, lifetime, Flags::LEVEL_1, &[&[0x99, length], text].concat())
}

impl Agent {
    fn new(index: usize, agents: usize, nlsp: NlspCircuit) -> Self {
        let port = |name: &str, kind| Port { name: name.to_owned(), kind };
        let mut lan = Lan::new("lan", PortId(0), Framing::EthernetII, NetworkNumber(7));
        lan.nlsp = NlspCircuit { repeat: false, ..nlsp };
        let peers = (0..agents).filter(|&peer| peer != index).map(ip).collect();
        let mut network = CmdNetwork::new("cmd", PortId(1), NetworkNumber(8), peers);
        network.nlsp = nlsp;
        let internal = 0x1000 + u32::try_from(index).unwrap();
        let config = Config {
            internal_network: Some(NetworkNumber(internal)),
            ports: vec![port("eth", PortKind::Nic), port("udp", PortKind::Udp)],
            lans: vec![lan],
            cmd_networks: vec![network],
            ..Config::default()
        };
        let (mut circuits, _) = Circuits::new(&config);
        let mac = Some(node(index, LAN));
        circuits.port_up(PortId(0), PortAddress { mac, ip: None, mtu: 1_500 });
        circuits.port_up(PortId(1), PortAddress { mac: None, ip: Some(ip(index)), mtu: 1_500 });
        let mut agent = Self {
            lsdb: Lsdb::new(config.limits.lsps),
            config,
            circuits,
            rib: Rib::new(10),
            services: Services::new(10),
            out: Outbox::default(),
            random: Random::seeded(u64::try_from(index).unwrap()),
            system: System {
                id: system(index),
                network: NetworkNumber(internal),
                name: "AGENT".to_owned(),
                areas: Vec::new(),
            },
            lines: Seen { max_packet: 1_472, ..Seen::default() },
            flood: Flood::default(),
            own: BTreeMap::new(),
            contests: Vec::new(),
            events: Vec::new(),
            dead: false,
        };
        agent.lines.ours = [LAN, CMD].map(|circuit| (circuit, node(index, circuit))).into();
        agent
    }

    pub(super) fn with<R>(
        &mut self,
        now: Time,
        work: impl FnOnce(&mut Flood, &mut Cx<'_>, Ground<'_>) -> R,
    ) -> R {
        let mut cx = Cx {
            now,
            config: &self.config,
            internal: self.system.network,
            circuits: &mut self.circuits,
            rib: &mut self.rib,
            services: &mut self.services,
            dhcp: &mut crate::hub::DhcpOptions::default(),
            out: &mut self.out,
            random: &mut self.random,
        };
        let ground = Ground { system: &self.system, lines: &self.lines, lsdb: &mut self.lsdb };
        work(&mut self.flood, &mut cx, ground)
    }

    fn receive(
        &mut self,
        now: Time,
        circuit: CircuitId,
        from: NodeAddress,
        packet: &Bytes,
    ) -> Outcome {
        let from = Neighbour { circuit, node: from };
        let to_us = !Header::decode(packet).unwrap().destination.node.is_broadcast();
        let pdu = Pdu::decode(&packet.slice(HEADER_LEN..)).unwrap();
        self.with(now, |flood, cx, ground| match pdu {
            Pdu::Lsp(lsp) => flood.receive_lsp(cx, ground, from, to_us, lsp),
            Pdu::Csnp(csnp) => flood.receive_csnp(cx, ground, from, &csnp),
            Pdu::Psnp(psnp) => flood.receive_psnp(cx, ground, from, &psnp),
            _ => panic!("no hello is sent here"),
        })
    }

    /// Ages, answers contests as [nlsp §10.5] has it, and sends.
    fn work(&mut self, now: Time) {
        for id in self.lsdb.age(now) {
            self.with(now, |flood, cx, _| flood.news(cx, id));
        }
        for contest in self.flood.take_contests() {
            self.contests.push(contest);
            let (id, next) = (contest.entry.id, contest.entry.sequence + 1);
            match self.own.get(&id) {
                Some(text) => self.put(now, lsp(id, next, 7_500, text)),
                None if contest.entry.lifetime > 0 => self.put(now, lsp(id, next - 1, 0, &[])),
                None => {}
            }
        }
        self.with(now, |flood, cx, ground| flood.handle_timeout(cx, &ground));
    }

    /// A packet of our own is another.
    pub(super) fn put(&mut self, now: Time, lsp: Lsp) {
        let id = lsp.id;
        self.lsdb.put(now, lsp, None).unwrap();
        self.with(now, |flood, cx, _| flood.news(cx, id));
    }

    fn next_timeout(&self) -> Time {
        let next = [self.flood.next_timeout(), self.lsdb.next_timeout()];
        next.into_iter().flatten().min().filter(|_| !self.dead).unwrap_or(Time::NEVER)
    }

    /// What the database has, live and purged.
    pub(super) fn versions(&self) -> Vec<(LspId, u32, bool)> {
        let all = self.lsdb.range(LspId::FIRST, LspId::LAST);
        all.map(|(id, record)| (id, record.lsp.sequence, record.purged)).collect()
    }
}

/// Agents, what is between them, and what is on its way.
pub(super) struct World {
    pub(super) agents: Vec<Agent>,
    pub(super) now: Time,
    on_the_way: BTreeMap<(Time, u64), (usize, CircuitId, NodeAddress, Bytes)>,
    count: u64,
    random: Random,
    /// Of a hundred packets so many are lost.
    pub(super) loss_percent: u32,
    pub(super) sent: Vec<Sent>,
    pub(super) outcomes: Vec<Outcome>,
}

impl World {
    /// Agents that know nothing of each other.
    pub(super) fn new(agents: usize, nlsp: NlspCircuit) -> Self {
        Self {
            agents: (0..agents).map(|index| Agent::new(index, agents, nlsp)).collect(),
            now: Time::from_secs(100_000),
            on_the_way: BTreeMap::new(),
            count: 0,
            random: Random::seeded(99),
            loss_percent: 0,
            sent: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    /// Agents on a CMD network, all up with each other; the last one is the designated router.
    pub(super) fn cmd(agents: usize) -> Self {
        let mut world = Self::new(agents, NlspCircuit::CMD);
        world.connect(CMD, &(0..agents).collect::<Vec<_>>());
        world
    }

    /// These agents are neighbours, the last of them is the designated router. Others on the line
    /// stay as they are.
    pub(super) fn connect(&mut self, circuit: CircuitId, members: &[usize]) {
        let designated = node(*members.last().unwrap(), circuit);
        for &one in members {
            self.agents[one].lines.designated.insert(circuit, designated);
            for &other in members {
                let neighbour = Neighbour { circuit, node: node(other, circuit) };
                if one != other && !self.agents[one].lines.is_up(neighbour) {
                    self.up(one, neighbour);
                }
            }
        }
        self.roles(circuit);
    }

    fn up(&mut self, agent: usize, neighbour: Neighbour) {
        let Agent { lines, .. } = &mut self.agents[agent];
        lines.up.entry(neighbour.circuit).or_default().insert(neighbour.node);
        let now = self.now;
        self.agents[agent].with(now, |flood, cx, ground| {
            flood.neighbour_up(cx, ground.lines, neighbour);
        });
    }

    /// `one` no longer takes `other` for a neighbour.
    pub(super) fn down(&mut self, one: usize, circuit: CircuitId, other: usize) {
        let neighbour = Neighbour { circuit, node: node(other, circuit) };
        let agent = &mut self.agents[one];
        agent.lines.up.entry(circuit).or_default().remove(&neighbour.node);
        agent.flood.neighbour_down(neighbour);
    }

    /// Another agent is the designated router.
    pub(super) fn designate(&mut self, circuit: CircuitId, designated: usize) {
        for agent in &mut self.agents {
            agent.lines.designated.insert(circuit, node(designated, circuit));
        }
        self.roles(circuit);
    }

    fn roles(&mut self, circuit: CircuitId) {
        let now = self.now;
        for agent in &mut self.agents {
            agent.with(now, |flood, cx, ground| flood.line_changed(cx, ground.lines, circuit));
        }
    }

    /// The agent's own link-state packet of this number says this.
    pub(super) fn generate(&mut self, agent: usize, number: u8, text: &[u8]) -> LspId {
        let id = system(agent).router().lsp(number);
        let now = self.now;
        let agent = &mut self.agents[agent];
        let sequence = agent.lsdb.get(id).map_or(0, |record| record.lsp.sequence) + 1;
        agent.own.insert(id, text.to_vec());
        agent.put(now, lsp(id, sequence, 7_500, text));
        id
    }

    /// The agent purges its own.
    pub(super) fn purge_own(&mut self, agent: usize, id: LspId) {
        let now = self.now;
        let agent = &mut self.agents[agent];
        agent.own.remove(&id);
        let sequence = agent.lsdb.get(id).unwrap().lsp.sequence;
        assert!(agent.lsdb.purge(now, id, sequence, None));
        agent.with(now, |flood, cx, _| flood.news(cx, id));
    }

    /// A packet of a stranger is in the database, as if it had always been.
    pub(super) fn plant(&mut self, agent: usize, lsp: &Lsp) {
        self.agents[agent].lsdb.put(self.now, lsp.clone(), Some(CMD)).unwrap();
    }

    /// A packet comes in now. Gives back what was counted.
    pub(super) fn give(
        &mut self,
        to: usize,
        circuit: CircuitId,
        from: usize,
        to_us: bool,
        pdu: &[u8],
    ) -> Outcome {
        use crate::wire::ipx::PacketType;
        use crate::wire::{Address, Socket};
        let here = if to_us { node(to, circuit) } else { NodeAddress::BROADCAST };
        let [source, destination] = [node(from, circuit), here]
            .map(|node| Address::new(NetworkNumber(8), node, Socket::NLSP));
        let packet = Header::new(PacketType::UNKNOWN, source, destination).packet(pdu);
        let outcome = self.agents[to].receive(self.now, circuit, node(from, circuit), &packet);
        self.agents[to].work(self.now);
        self.collect(to);
        outcome
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let arrival = self.on_the_way.keys().next().map_or(Time::NEVER, |&(at, _)| at);
            let timeouts = self.agents.iter().map(Agent::next_timeout).enumerate();
            let (index, timeout) = timeouts.min_by_key(|&(_, at)| at).unwrap();
            let at = arrival.min(timeout);
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            if arrival <= timeout {
                self.arrive();
            } else {
                self.agents[index].work(self.now);
                self.collect(index);
            }
        }
        self.now = end;
    }

    pub(super) fn pass_secs(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    fn arrive(&mut self) {
        let (_, (to, circuit, from, packet)) = self.on_the_way.pop_first().unwrap();
        if !self.agents[to].dead {
            let outcome = self.agents[to].receive(self.now, circuit, from, &packet);
            self.outcomes.push(outcome);
            self.agents[to].work(self.now);
            self.collect(to);
        }
    }

    /// Takes what an agent sent, and puts it on its way.
    fn collect(&mut self, by: usize) {
        while let Some(output) = self.agents[by].out.pop() {
            let (circuit, link, packet) = match output {
                Output::Send { circuit, to, packet } => (circuit, to, packet),
                Output::Event(event) => {
                    self.agents[by].events.push(event);
                    continue;
                }
                _ => continue,
            };
            let pdu = Pdu::decode(&packet.slice(HEADER_LEN..)).unwrap();
            let destination = Header::decode(&packet).unwrap().destination.node;
            self.sent.push(Sent { at: self.now, by, circuit, node: destination, link, pdu });
            let hearers: Vec<usize> = match link {
                LinkDestination::Peer(peer) => {
                    (0..self.agents.len()).filter(|&other| ip(other) == peer).collect()
                }
                _ => (0..self.agents.len()).filter(|&other| other != by).collect(),
            };
            for to in hearers {
                if !self.random.chance(self.loss_percent, 100) {
                    self.count += 1;
                    let way = (to, circuit, node(by, circuit), packet.clone());
                    self.on_the_way.insert((self.now + LATENCY, self.count), way);
                }
            }
        }
    }

    /// All agents have the same database.
    pub(super) fn agree(&self) -> bool {
        let alive: Vec<_> = self.agents.iter().filter(|agent| !agent.dead).collect();
        alive.windows(2).all(|pair| pair[0].versions() == pair[1].versions())
    }

    /// How long until all agree.
    pub(super) fn until_agreed(&mut self, limit: Duration) -> Duration {
        let start = self.now;
        while !self.agree() {
            self.pass(Duration::from_millis(100));
            assert!(self.now <= start + limit, "no agreement after {limit:?}");
        }
        self.now.since(start)
    }

    /// The link-state packets that were sent since the last call.
    pub(super) fn lsps(&mut self) -> Vec<Sent> {
        let sent = std::mem::take(&mut self.sent);
        sent.into_iter().filter(|sent| matches!(sent.pdu, Pdu::Lsp(_))).collect()
    }
}
