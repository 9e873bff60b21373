//! An agent between two segments in memory: a wire with a station, and an IP network with a peer.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipxway_core::config::{CmdNetwork, Config, Lan, Port, PortKind, StaticRoute};
use ipxway_core::ids::PortId;
use ipxway_core::journal::Head;
use ipxway_core::router::{Command, Event, Reply, Router};
use ipxway_core::wire::cmd;
use ipxway_core::wire::frame::{Framing, LinkHeader};
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};
use ipxway_drivers::links::LinkEvent;
use ipxway_drivers::memory::Segment;
use ipxway_drivers::{Alarm, Batch, Guard, OpenPort, Outgoing};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::super::clock::Clock;
use super::super::control_loop::{ControlLoop, Left, Parts, Sources};
use super::super::devices::Opener;
use super::super::journal::Journal;
use super::super::links::Links;
use super::super::ports::Ports;
use super::super::punt;
use super::super::services::Services;
use super::super::signals::Signal;
use super::super::store::Store;
use crate::config::shell::{Device, Journal as JournalSettings, LocalAddress, Nic, Udp};
use crate::control::{Answer, Client, Endpoint, Request, Server};

/// A deadline that only a hang reaches.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const LAN: PortId = PortId(0);
pub(super) const CMD: PortId = PortId(1);
/// The network of the wire.
pub(super) const WIRE: NetworkNumber = NetworkNumber(0xc900_0001);
/// A network behind the peer.
pub(super) const FAR: NetworkNumber = NetworkNumber(0xc900_0002);
pub(super) const STATION: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
pub(super) const AGENT: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);
pub(super) const AGENT_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(super) const PEER_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// Opens ports of the segments; which of them are there is the test's to say.
#[derive(Clone, Default)]
pub(super) struct Hatch(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    wire: Segment,
    ip: Segment,
    /// Devices that are missing, and why.
    missing: BTreeMap<PortId, String>,
    /// What would remove the devices that were opened.
    guards: BTreeMap<PortId, Guard>,
}

impl Hatch {
    /// The device is missing from now on.
    pub(super) fn hide(&self, port: PortId, reason: &str) {
        self.0.lock().unwrap().missing.insert(port, reason.to_owned());
    }

    /// The device is there again.
    pub(super) fn show(&self, port: PortId) {
        self.0.lock().unwrap().missing.remove(&port);
    }

    /// The device vanishes under an open port.
    pub(super) fn pull(&self, port: PortId) {
        let guard = self.0.lock().unwrap().guards.remove(&port);
        assert!(guard.is_some(), "the port is open");
    }
}

impl Opener for Hatch {
    fn open(&mut self, device: &Device, _links: &Links) -> Result<OpenPort, String> {
        let mut state = self.0.lock().unwrap();
        let port = match device {
            Device::Udp(_) => CMD,
            _ => LAN,
        };
        if let Some(reason) = state.missing.get(&port) {
            return Err(reason.clone());
        }
        // What is left of the last opening goes first.
        state.guards.remove(&port);
        let mut opened = match port {
            CMD => state.ip.bind(SocketAddrV4::new(AGENT_IP, cmd::DEFAULT_PORT)),
            _ => state.wire.join(AGENT.0),
        }
        .unwrap();
        state.guards.insert(port, std::mem::take(&mut opened.guard));
        Ok(opened)
    }
}

/// An agent under test, and the world around it.
pub(super) struct House {
    pub(super) hatch: Hatch,
    pub(super) station: Neighbour,
    pub(super) peer: Neighbour,
    pub(super) links: mpsc::Sender<LinkEvent>,
    pub(super) signals: mpsc::Sender<Signal>,
    pub(super) socket: PathBuf,
    pub(super) directory: TempDir,
}

/// A port of the test's own.
pub(super) struct Neighbour {
    port: OpenPort,
    batch: Batch,
}

/// What the agent is made of: a LAN and a CMD network with one peer, and a static route to FAR.
pub(super) fn config() -> Config {
    let mut config = Config {
        internal_network: Some(NetworkNumber(0xdead_0001)),
        ports: vec![
            Port { name: "wire".to_owned(), kind: PortKind::Nic },
            Port { name: "10.0.0.1:2654".to_owned(), kind: PortKind::Udp },
        ],
        lans: vec![Lan::new("lan", LAN, Framing::EthernetII, WIRE)],
        cmd_networks: vec![
            CmdNetwork::new("backbone", CMD, NetworkNumber::DEFAULT_CMD, vec![PEER_IP])
                .by_rip_and_sap(),
        ],
        ..Config::default()
    };
    config.static_routes = vec![StaticRoute {
        network: FAR,
        circuit: config.cmd_circuit(0),
        node: cmd::node(PEER_IP),
        hops: 1,
        ticks: 2,
    }];
    config
}

fn devices() -> [Device; 2] {
    let local = LocalAddress::Ip(AGENT_IP);
    [
        Device::Nic(Nic { device: "wire".to_owned() }),
        Device::Udp(Udp { local, port: cmd::DEFAULT_PORT, dscp: 0 }),
    ]
}

/// An agent that has not begun, and its surroundings; `prepare` may change them.
pub(super) async fn build(prepare: impl FnOnce(&Hatch)) -> (ControlLoop, Sources, House) {
    let directory = tempfile::tempdir().unwrap();
    let hatch = Hatch::default();
    prepare(&hatch);
    let (station, peer) = {
        let state = hatch.0.lock().unwrap();
        let peer = SocketAddrV4::new(PEER_IP, cmd::DEFAULT_PORT);
        (state.wire.join(STATION.0).unwrap(), state.ip.bind(peer).unwrap())
    };
    let config = Arc::new(config());
    let clock = Clock::start();
    let socket = directory.path().join("control.sock");
    let endpoint = Endpoint { path: socket.clone(), mode: 0o600, group: None };
    let server = Server::start(&endpoint, "TEST", Vec::new()).await.unwrap();
    let settings =
        JournalSettings { path: directory.path().join("journal"), max_size: 64 * 1024 * 1024 };
    let (seed, now) = (7, clock.now());
    let head = Head::new(Arc::clone(&config), seed, now);
    let (journal, fault) = Journal::begin(Some(&settings), &head);
    let router = Router::new(Arc::clone(&config), seed, now);
    let (punts, lanes) = punt::lanes();
    let devices = devices();
    let names = ["wire", "10.0.0.1:2654"].into_iter();
    let named = names.zip(&devices).collect::<Vec<_>>().into_iter();
    let (ports, ended) = Ports::new(named, Box::new(hatch.clone()), punts);
    let (services, from_services) = Services::new(&config, &[]);
    let control_loop = ControlLoop::new(Parts {
        config,
        router,
        clock,
        ports,
        services,
        server,
        store: Store::open(&directory.path().join("state")),
        journal,
        notices: fault.into_iter().collect(),
    });
    let (signals, from_signals) = mpsc::channel(4);
    let (links, from_links) = mpsc::channel(16);
    let sources = Sources {
        alarm: Alarm::new().unwrap(),
        lanes,
        links: from_links,
        ended,
        services: from_services,
        signals: from_signals,
        watchdog: None,
    };
    let batch = Batch::new;
    let station = Neighbour { port: station, batch: batch() };
    let peer = Neighbour { port: peer, batch: batch() };
    (control_loop, sources, House { hatch, station, peer, links, signals, socket, directory })
}

/// Runs an agent while `work` is done around it, then stops it.
pub(super) async fn run<T>(
    prepare: impl FnOnce(&Hatch),
    work: impl AsyncFnOnce(&mut House) -> T,
) -> (T, House) {
    let (mut control_loop, sources, mut house) = build(prepare).await;
    control_loop.begin().unwrap();
    let test = async {
        let result = tokio::time::timeout(PATIENCE, work(&mut house)).await.expect("in time");
        house.signals.send(Signal::Stop).await.unwrap();
        result
    };
    let (left, result) = tokio::join!(control_loop.run(sources), test);
    assert_eq!(left.unwrap(), Left::Cleanly);
    (result, house)
}

impl House {
    /// Asks the agent as the command line does.
    pub(super) async fn ask(&self, command: Command) -> Reply {
        let mut client = Client::connect(&self.socket).await.unwrap();
        match client.ask(Request::Ask(command)).await.unwrap() {
            (Answer::Reply(reply), _) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until `question` has the wanted answer.
    pub(super) async fn until(&self, question: Command, wanted: impl Fn(&Reply) -> bool) -> Reply {
        loop {
            let reply = self.ask(question.clone()).await;
            if wanted(&reply) {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The events so far, by name.
    pub(super) async fn events(&self) -> Vec<Event> {
        match self.ask(Command::ShowEvents).await {
            Reply::Events { events } => events.into_iter().map(|row| row.event).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the agent has told of such an event.
    pub(super) async fn event(&self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            if let Some(event) = self.events().await.into_iter().rev().find(&wanted) {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Neighbour {
    /// Sends a frame.
    pub(super) fn frame(&self, bytes: &[u8]) {
        let sent = self.port.sender.send_batch(&[Outgoing { bytes, to: None }]);
        assert_eq!(sent.sent, 1);
    }

    /// Sends a datagram to the agent.
    pub(super) fn datagram(&self, bytes: &[u8]) {
        let to = Some(SocketAddrV4::new(AGENT_IP, cmd::DEFAULT_PORT));
        assert_eq!(self.port.sender.send_batch(&[Outgoing { bytes, to }]).sent, 1);
    }

    /// Waits for something that `find` accepts, and gives what it made of it.
    pub(super) async fn receive<T>(&mut self, mut find: impl FnMut(&[u8]) -> Option<T>) -> T {
        loop {
            let now = Some(Duration::ZERO);
            self.port.receiver.recv_batch(&mut self.batch, now).unwrap();
            let found = self.batch.iter_mut().find_map(|received| find(received.packet()));
            match found {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }
}

/// An IPX packet.
pub(super) fn packet(from: Address, to: Address, data: &[u8]) -> Vec<u8> {
    Header::new(PacketType(4), from, to).packet(data).to_vec()
}

/// The frame that carries it from the station to the agent.
pub(super) fn frame(packet: &[u8], destination: NodeAddress) -> Vec<u8> {
    let (source, framing) = (STATION, Framing::EthernetII);
    let header = LinkHeader { destination, source, vlan: None, framing };
    let mut frame = vec![0; header.len()];
    header.write(&mut frame, packet.len());
    frame.extend_from_slice(packet);
    frame
}

pub(super) fn address(network: NetworkNumber, node: NodeAddress, socket: u16) -> Address {
    Address::new(network, node, Socket(socket))
}
