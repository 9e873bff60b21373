//! An agent led through whatever bytes say: frames and datagrams, wild and well-formed, NLSP of a
//! few neighbours, time, ports that come and go, operators that ask.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::link_state::Scene;
use crate::Time;
use crate::agent::{Action, Agent};
use crate::config::{
    CmdNetwork, Config, Exchange, Lan, Limits, Mode, Nlsp, NlspCircuit, Port, PortKind, Type20,
};
use crate::forward::Counters;
use crate::ids::{PortId, RequestId};
use crate::journal::{Reader, replay};
use crate::router::{Command, Input, PortAddress, PortState, Reply};
use crate::wire::frame::{self, Framing, LinkHeader};
use crate::wire::ipx::{self, Header, PacketType};
use crate::wire::nlsp::{LspOption, Pdu, SystemId};
use crate::wire::{NetworkNumber, NodeAddress, Socket, cmd};

const TAP: PortId = PortId(0);
const NIC: PortId = PortId(1);
const UDP: PortId = PortId(2);
const OUR_NETWORK: NetworkNumber = NetworkNumber(0xc0ff_ee01);
const OUR_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const OUR_MACS: [NodeAddress; 2] =
    [NodeAddress([2, 0, 0, 0, 0, 1]), NodeAddress([2, 0, 0, 0, 0, 2])];
const LIMITS: Limits = Limits { routes: 64, services: 64, peers: 8, lsps: 8 };
/// Steps of one run.
const STEPS: usize = 200;
/// Bytes of the journal of a run.
const JOURNAL_LIMIT: u64 = 4 << 20;
/// Timers that may fire at one moment: more is a loop without end.
const AT_ONCE: usize = 1_000;
/// Timers that may fire in a minute: more is a loop in small steps.
const IN_A_MINUTE: usize = 10_000;
/// NLSP packets of the agent that are kept, to be sent back to it.
const ECHOES: usize = 32;
/// Steps from here on are NLSP.
const NLSP: u8 = 0xa0;

/// Numbers that mean something to the agent, and some that do not.
const NETWORKS: [u32; 12] = [
    0,
    0xa1,
    0xa2,
    0xb1,
    0xc0ff_ee01,
    0xffff_fffd,
    0xd1,
    0xe1,
    0xe2,
    0xffff_fffe,
    0xffff_ffff,
    0x77,
];
const NODES: [[u8; 6]; 8] = [
    [0xff; 6],
    OUR_MACS[0].0,
    OUR_MACS[1].0,
    [2, 0xaa, 0, 0, 0, 7],
    [0, 0, 0, 0, 0, 1],
    [0x7e, 1, 10, 0, 0, 1],
    [0x7e, 1, 10, 0, 0, 2],
    [0x7e, 1, 10, 0, 0, 9],
];
const SOCKETS: [u16; 9] = [0x453, 0x452, 0x9086, 0x456, 0x455, 0x451, 0x4003, 0x4086, 0x9001];
const TYPES: [u8; 6] = [0, 1, 4, 17, 20, 0x80];

/// A circuit on which NLSP is spoken, or may be.
#[derive(Clone, Copy)]
struct Line {
    network: u32,
    ours: NodeAddress,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    Lan(PortId, Framing),
    Cmd,
}

const ALWAYS: Line =
    Line { network: 0xa1, ours: OUR_MACS[0], way: Way::Lan(TAP, Framing::EthernetII) };
const WITH_OTHERS: Line =
    Line { network: 0xb1, ours: OUR_MACS[1], way: Way::Lan(NIC, Framing::Raw8023) };
const NEVER: Line = Line { network: 0xa2, ours: OUR_MACS[0], way: Way::Lan(TAP, Framing::Llc8022) };
const BACKBONE: Line =
    Line { network: 0xd2, ours: NodeAddress([0x7e, 1, 10, 0, 0, 1]), way: Way::Cmd };

/// Mostly the same two, and on them the same two speakers.
const LINES: [Line; 8] = [ALWAYS, BACKBONE, ALWAYS, BACKBONE, WITH_OTHERS, ALWAYS, BACKBONE, NEVER];
const SPEAKERS: [u8; 12] = [0, 1, 0, 1, 2, 0, 1, 3, 0, 1, 2, 4];

/// Leads an agent through the steps that `bytes` spell. Laws: nothing panics; every received
/// packet is in exactly one counter; what is sent can be decoded and fits; tables keep their
/// limits; timers do not spin; the journal of it all plays again to the same outputs.
pub fn agent(bytes: &[u8]) {
    replies(bytes);
}

/// As [`agent`]; gives what it answered to operators on the way.
pub fn replies(bytes: &[u8]) -> Vec<Reply> {
    let mut run = Run::new();
    let mut script = Script(bytes);
    for _ in 0..STEPS {
        let Some(step) = script.byte() else { break };
        run.step(step, &mut script);
        run.check();
    }
    run.agent.handle(run.now, Input::Shutdown);
    run.advance(Duration::from_secs(3));
    run.check();
    run.play_again();
    run.replies
}

/// Bytes taken one after the other; 0 where there are no more.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn next(&mut self) -> u8 {
        self.byte().unwrap_or(0)
    }

    pub(super) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte().unwrap_or(0)) % from.len()]
    }

    /// A packet whose header makes sense in most fields.
    fn packet(&mut self) -> Bytes {
        let mut address =
            || ipx::address(self.pick(&NETWORKS), self.pick(&NODES), self.pick(&SOCKETS));
        let (source, destination) = (address(), address());
        let mut header = Header::new(PacketType(self.pick(&TYPES)), source, destination);
        header.transport_control = self.byte().unwrap_or(0) % 20;
        if self.byte().unwrap_or(0) == 1 {
            header.checksum = 0x1234;
        }
        let length = usize::from(self.byte().unwrap_or(0));
        let large = if length == 255 { 1470 } else { length };
        let mut data = self.take(length).to_vec();
        data.resize(large, 0);
        header.packet(&data)
    }
}

struct Run {
    agent: Agent,
    now: Time,
    /// Frames and datagrams that it was given.
    given: u64,
    replies: Vec<Reply>,
    /// NLSP that it sent, without the IPX header; the first [`ECHOES`] and then in their places.
    sent: Vec<Bytes>,
    sent_count: usize,
}

pub(super) fn config() -> Arc<Config> {
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    let lan = |port, framing, network| Lan::new("lan", port, framing, NetworkNumber(network));
    let cmd = |name, network, peers: &[u8]| {
        let peers = peers.iter().map(|&n| Ipv4Addr::new(10, 0, 0, n)).collect();
        CmdNetwork::new(name, UDP, NetworkNumber(network), peers)
    };
    let by_rip_and_sap = |network: CmdNetwork| network.by_rip_and_sap();
    let spoken = |mode| NlspCircuit { mode, ..NlspCircuit::LAN };
    let flooding = Type20 { enabled: true, reverse_path: true, rate_limit: Some(5) };
    Arc::new(Config {
        internal_network: Some(OUR_NETWORK),
        limits: LIMITS,
        ports: vec![
            port("tap", PortKind::Tap),
            port("nic", PortKind::Nic),
            port("udp", PortKind::Udp),
        ],
        lans: vec![
            Lan { nlsp: spoken(Mode::On), ..lan(TAP, Framing::EthernetII, 0xa1) },
            lan(TAP, Framing::Llc8022, 0xa2),
            Lan {
                evenise: true,
                strip_checksum: true,
                nlsp: spoken(Mode::Auto),
                ..lan(NIC, Framing::Raw8023, 0xb1)
            },
            Lan { network: None, vlan: Some(5), ..lan(NIC, Framing::Snap, 0) },
        ],
        cmd_networks: vec![
            by_rip_and_sap(CmdNetwork { type20: flooding, ..cmd("one", 0xffff_fffd, &[2, 3]) }),
            by_rip_and_sap(CmdNetwork { max_packet: Some(576), ..cmd("two", 0xd1, &[3, 4]) }),
            CmdNetwork { exchange: Exchange::Nlsp, ..cmd("three", 0xd2, &[4, 5, 6, 7]) },
        ],
        // Within the minutes of a run packets are renewed, age and are purged.
        nlsp: Nlsp { refresh: Duration::from_secs(200), lifetime: 300, ..Nlsp::default() },
        ..Config::default()
    })
}

impl Run {
    fn new() -> Self {
        let agent = Agent::recorded(config(), 7, Time::ZERO, JOURNAL_LIMIT);
        let (now, replies, sent) = (Time::ZERO, Vec::new(), Vec::new());
        let mut run = Self { agent, now, given: 0, replies, sent, sent_count: 0 };
        (0..3).for_each(|port| run.set_port(PortId(port), true));
        run
    }

    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 16 {
            _ if step >= NLSP => self.nlsp(step, script),
            0..4 => self.frame(script),
            4..7 => self.datagram(script),
            7..10 => self.wild(script),
            10..13 => self.advance(Duration::from_millis(1 + 37 * u64::from(step))),
            13 => self.advance(Duration::from_secs(60)),
            14 => self.port(script),
            _ => self.ask(script),
        }
    }

    fn set_port(&mut self, id: PortId, up: bool) {
        let mac = OUR_MACS.get(id.index()).copied();
        let ip = mac.is_none().then_some(OUR_IP);
        let state = if up {
            PortState::Up(PortAddress { mac, ip, mtu: 1500 })
        } else {
            PortState::Down { reason: "unplugged".to_owned() }
        };
        self.agent.handle(self.now, Input::Port { id, state });
    }

    fn port(&mut self, script: &mut Script<'_>) {
        let choice = script.byte().unwrap_or(0);
        self.set_port(PortId(u16::from(choice % 4)), choice >= 0x80);
    }

    /// A well-formed frame on a LAN port.
    fn frame(&mut self, script: &mut Script<'_>) {
        let port = script.pick(&[TAP, NIC]);
        let destination = NodeAddress(script.pick(&NODES));
        let source = NodeAddress(script.pick(&NODES));
        let vlan = script.pick(&[None, None, None, Some(5)]);
        let framing = script.pick(&Framing::ALL);
        let packet = script.packet();
        self.give_frame(port, LinkHeader { destination, source, vlan, framing }, &packet);
    }

    fn give_frame(&mut self, port: PortId, header: LinkHeader, packet: &[u8]) {
        let mut bytes = vec![0; header.len()];
        header.write(&mut bytes, packet.len());
        bytes.extend_from_slice(packet);
        self.given += 1;
        self.agent.receive_frame(self.now, port, &bytes);
    }

    /// A well-formed NLSP packet of a neighbour, or of one who would be.
    fn nlsp(&mut self, step: u8, script: &mut Script<'_>) {
        let line = LINES[usize::from(step) % LINES.len()];
        let place = SPEAKERS[usize::from(step >> 3) % SPEAKERS.len()];
        let (speaker, database) = (usize::from(place), self.agent.router().link_state());
        let scene = Scene { ours: line.ours, speaker, database, sent: &self.sent };
        let data = scene.packet(script);
        let node = match line.way {
            Way::Lan(..) => NodeAddress([2, 0xaa, 0, 0, 0, place]),
            Way::Cmd => NodeAddress([0x7e, 1, 10, 0, 0, 4 + place]),
        };
        let to = if script.next() < 0xc0 { NodeAddress::BROADCAST } else { line.ours };
        let end = |node: NodeAddress| ipx::address(line.network, node.0, Socket::NLSP.0);
        let packet = Header::new(PacketType::UNKNOWN, end(node), end(to)).packet(&data);
        match line.way {
            Way::Lan(port, framing) => {
                let header = LinkHeader { destination: to, source: node, vlan: None, framing };
                self.give_frame(port, header, &packet);
            }
            Way::Cmd => {
                // The first is a peer of two networks, the last of none.
                let ip = Ipv4Addr::new(10, 0, 0, 4 + place);
                let from = SocketAddrV4::new(ip, cmd::DEFAULT_PORT);
                self.given += 1;
                self.agent.receive_datagram(self.now, UDP, from, &packet);
            }
        }
    }

    /// A well-formed packet from a peer, or nearly one.
    fn datagram(&mut self, script: &mut Script<'_>) {
        let ip = Ipv4Addr::new(10, 0, 0, script.byte().unwrap_or(0) % 6);
        let udp_port = script.pick(&[cmd::DEFAULT_PORT, cmd::DEFAULT_PORT, cmd::NETWARE_PORT]);
        let packet = script.packet();
        self.given += 1;
        let from = SocketAddrV4::new(ip, udp_port);
        self.agent.receive_datagram(self.now, UDP, from, &packet);
    }

    /// Any bytes on any port, also one that does not exist.
    fn wild(&mut self, script: &mut Script<'_>) {
        let port = PortId(u16::from(script.byte().unwrap_or(0) % 4));
        let length = usize::from(script.byte().unwrap_or(0));
        let bytes = script.take(length);
        self.given += 1;
        if port == UDP {
            let from = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 2), cmd::DEFAULT_PORT);
            self.agent.receive_datagram(self.now, port, from, bytes);
        } else {
            self.agent.receive_frame(self.now, port, bytes);
        }
    }

    fn ask(&mut self, script: &mut Script<'_>) {
        let network = NetworkNumber(script.pick(&NETWORKS));
        let after = |script: &mut Script<'_>| {
            let given = script.byte().unwrap_or(0).is_multiple_of(2);
            given.then(|| String::from_utf8_lossy(script.take(18)).into_owned())
        };
        let command = match script.byte().unwrap_or(0) % 15 {
            0 => Command::ShowRoutes { after: None },
            1 => Command::ShowRoute { network },
            2 => Command::ShowServices {
                after: Some(String::from_utf8_lossy(script.take(9)).into_owned()),
            },
            3 => Command::ShowPorts,
            4 => Command::ShowCircuits,
            5 => Command::ShowPeers,
            6 => Command::ShowCounters,
            7 => Command::ShowEvents,
            8 => Command::Ping {
                to: ipx::address(network.0, script.pick(&NODES), 0),
                count: u32::from(script.byte().unwrap_or(0)),
                size: u16::from(script.byte().unwrap_or(0)) * 257,
                interval: Duration::from_millis(100),
                timeout: Duration::from_secs(2),
            },
            9 => Command::ShowNlspNeighbors { after: after(script) },
            10 => Command::ShowNlspDatabase { after: after(script), detail: true },
            11 => Command::ShowNlspTopology { after: after(script) },
            12 => Command::ShowNlspSpf { after: after(script) },
            13 => Command::ShowNlspCircuits,
            _ => Command::ShowSavings,
        };
        self.agent.handle(self.now, Input::Command { id: RequestId(1), command });
    }

    fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        let (mut at_once, mut fired) = (0, 0);
        while let Some(due) = self.agent.next_timeout().filter(|&due| due <= end) {
            at_once = if due > self.now { 0 } else { at_once + 1 };
            fired += 1;
            assert!(at_once < AT_ONCE && fired < IN_A_MINUTE, "timers spin at {:?}", self.now);
            self.now = self.now.max(due);
            self.agent.handle(self.now, Input::Timeout);
            self.drain();
        }
        self.now = end;
    }

    /// What the agent asks for makes sense.
    fn drain(&mut self) {
        while let Some(action) = self.agent.poll() {
            match action {
                Action::Frame { port, frame } => {
                    assert!(port == TAP || port == NIC);
                    assert!(frame.len() <= 1518, "{} bytes", frame.len());
                    assert!(port == TAP || frame.len() >= frame::MIN_FRAME);
                    let found = frame::locate(&frame).expect("what is sent is IPX");
                    assert_eq!(found.source, OUR_MACS[port.index()]);
                    self.check_sent(&frame.slice(found.packet), port == NIC);
                }
                Action::Datagram { port, to, payload } => {
                    assert_eq!((port, to.port()), (UDP, cmd::DEFAULT_PORT));
                    assert!((2..=7).contains(&to.ip().octets()[3]), "{to} is no peer");
                    self.check_sent(&payload, false);
                }
                Action::Event(event) => assert!(!event.to_string().is_empty()),
                Action::Reply { reply, .. } => {
                    let text = serde_json::to_string(&reply).expect("a reply can be written");
                    assert_eq!(serde_json::from_str(&text).ok().as_ref(), Some(&reply), "{text}");
                    self.replies.push(reply);
                }
                Action::ServiceDatagram { .. }
                | Action::Stream { .. }
                | Action::Persist { .. }
                | Action::Resolve { .. }
                | Action::Stopped => {}
            }
        }
    }

    fn check_sent(&mut self, packet: &Bytes, may_be_longer: bool) {
        let header = Header::decode(packet).expect("what is sent is an IPX packet");
        assert!(may_be_longer || usize::from(header.length) == packet.len());
        assert!(header.transport_control <= 16);
        assert!(!header.source.node.is_group());
        let own = header.transport_control == 0 && header.source.socket == Socket::NLSP;
        if own && header.destination.socket == Socket::NLSP {
            let data = packet.slice(ipx::HEADER_LEN..usize::from(header.length));
            check_nlsp(&data);
            match self.sent.get_mut(self.sent_count % ECHOES) {
                Some(place) => *place = data,
                None => self.sent.push(data),
            }
            self.sent_count += 1;
        }
    }

    fn play_again(&self) {
        let reader = Reader::new(self.agent.journal().lines()).expect("a journal has a head");
        let replayed = replay(reader, |_, _| ()).expect("a journal of ours can be read");
        assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    }

    fn check(&mut self) {
        self.drain();
        let counters = self.agent.counters();
        assert_eq!(outcomes(&counters), self.given, "every packet is in one counter");
        let received: u64 = counters.ports().iter().map(|port| port.in_packets).sum();
        assert_eq!(received, self.given);
        let router = self.agent.router();
        // What is our own is beyond the limit by rule: the circuits and the internal network.
        let own = router.circuits().iter().count() + 1;
        assert!(router.rib().len() <= LIMITS.routes + own);
        assert!(router.services().len() <= LIMITS.services);
        let ours = SystemId::of_internal(OUR_NETWORK);
        let database = router.link_state();
        let foreign = database.iter().filter(|entry| entry.id.node.system != ours).count();
        assert!(foreign <= LIMITS.lsps, "{database:?}");
        // The FIB may be one publication behind, but it was within the limits then.
        assert!(self.agent.fib().routes.len() <= LIMITS.routes + own);
    }
}

/// What the agent says by NLSP can be decoded; of what it says of itself every option.
fn check_nlsp(data: &Bytes) {
    let pdu = Pdu::decode(data).unwrap_or_else(|refusal| panic!("{refusal}: {data:?}"));
    if let Pdu::Lsp(lsp) = pdu
        && lsp.id.node.system == SystemId::of_internal(OUR_NETWORK)
    {
        let unsound =
            |option: &LspOption<'_>| matches!(option, LspOption::Unknown(_) | LspOption::Broken(_));
        assert!(!lsp.options().any(|option| unsound(&option)), "{lsp}");
    }
}

fn outcomes(counters: &Counters) -> u64 {
    let all = counters.ports().iter().chain(counters.circuits());
    all.map(|traffic| traffic.outcomes.total()).sum()
}
