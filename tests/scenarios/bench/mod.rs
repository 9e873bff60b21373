//! A test bench: one agent, its ports in the hands of the test, and a clock that runs as told.
//!
//! ```text
//! let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2]).start();
//! let client = bench.neighbour(LAN_A, 7);
//! bench.hears(&client, To::Everyone, &client.ask_rip(Socket(0x4003), &[0xb2]));
//! bench.run_for(seconds(1));
//! let answer = bench.sent().only();
//! ```
//!
//! Everything that the agent sends is decoded as it leaves, with its time, circuit and link
//! destination; what does not decode fails the test.

mod neighbour;
mod sent;
mod setup;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ipxway_core::Time;
use ipxway_core::agent::{Action, Agent};
use ipxway_core::config::{Config, PortKind};
use ipxway_core::forward::{LinkDestination, LinkSource, Outcome};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::{Event, Input, PortAddress, PortState};
use ipxway_core::wire::frame::{self, LinkHeader};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, sap};
pub(crate) use neighbour::Neighbour;
pub(crate) use sent::{Sendings, Sent};
pub(crate) use setup::Setup;

/// The first circuit, and so on in the order of the setup. CMD networks come last.
pub(crate) const FIRST: CircuitId = CircuitId(0);
/// The second circuit.
pub(crate) const SECOND: CircuitId = CircuitId(1);
/// The third circuit.
pub(crate) const THIRD: CircuitId = CircuitId(2);

/// The agent's internal network.
pub(crate) const INTERNAL: NetworkNumber = NetworkNumber(0xc0ff_ee01);
/// The agent's address on the IP backbone.
pub(crate) const OUR_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// The MTU of every port.
pub(crate) const MTU: u16 = 1500;

/// A duration of whole seconds.
pub(crate) const fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}

/// A duration of whole milliseconds.
pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Our MAC address on the LAN port of this number.
pub(crate) const fn our_mac(port: u8) -> NodeAddress {
    NodeAddress([2, 0, 0, 0, 0, port + 1])
}

/// The address of the peer of this number.
pub(crate) const fn peer_ip(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, n)
}

/// One agent on the bench.
pub(crate) struct Bench {
    agent: Agent,
    config: Arc<Config>,
    now: Time,
    sent: Vec<Sent>,
    events: Vec<(Time, Event)>,
    other: Vec<(Time, Action)>,
}

/// Whom a packet of a neighbour is sent to on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// To the agent alone; over UDP always so.
    Us,
    /// To every station of the LAN.
    Everyone,
    /// To another station.
    Station(NodeAddress),
}

impl Bench {
    /// The agent.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The present.
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// Brings a port up, with the addresses it has on this bench.
    pub(crate) fn port_up(&mut self, id: PortId) {
        let address = match self.config.ports[id.index()].kind {
            PortKind::Udp => PortAddress { mac: None, ip: Some(OUR_IP), mtu: MTU },
            PortKind::Tap | PortKind::Nic => {
                PortAddress { mac: Some(our_mac(u8::try_from(id.0).unwrap())), ip: None, mtu: MTU }
            }
        };
        self.input(Input::Port { id, state: PortState::Up(address) });
    }

    /// Takes a port down.
    pub(crate) fn port_down(&mut self, id: PortId) {
        let reason = "taken down on the bench".to_owned();
        self.input(Input::Port { id, state: PortState::Down { reason } });
    }

    /// Gives the agent an input that is no packet.
    pub(crate) fn input(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        self.collect();
    }

    /// Lets the clock run; timers fire at their exact times.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lets the clock run to this time.
    pub(crate) fn run_until(&mut self, end: Time) {
        while let Some(due) = self.agent.next_timeout().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Timeout);
        }
        self.now = self.now.max(end);
    }

    /// A neighbour on a circuit: the station `02AA000000NN` of a LAN, the peer `10.0.0.N`.
    pub(crate) fn neighbour(&self, circuit: CircuitId, n: u8) -> Neighbour {
        let here = self.agent.router().circuits().get(circuit).unwrap();
        let link = if here.is_cmd() {
            LinkSource::Peer(peer_ip(n))
        } else {
            LinkSource::Node(NodeAddress([2, 0xaa, 0, 0, 0, n]))
        };
        Neighbour { circuit, network: here.network, link }
    }

    /// Our own address on a circuit.
    pub(crate) fn our_address(&self, circuit: CircuitId, socket: Socket) -> Address {
        let here = self.agent.router().circuits().get(circuit).unwrap();
        Address::new(here.network, here.node, socket)
    }

    /// The agent receives a packet from a neighbour.
    pub(crate) fn hears(&mut self, from: &Neighbour, to: To, packet: &[u8]) {
        match from.link {
            LinkSource::Peer(ip) => {
                let index = from.circuit.index() - self.config.lans.len();
                let network = &self.config.cmd_networks[index];
                let (port, udp_port) = (network.port, network.udp_port);
                self.datagram(port, SocketAddrV4::new(ip, udp_port), packet);
            }
            LinkSource::Node(source) => {
                let lan = &self.config.lans[from.circuit.index()];
                let (port, vlan, framing) = (lan.port, lan.vlan, lan.framing);
                let destination = match to {
                    To::Us => our_mac(u8::try_from(port.0).unwrap()),
                    To::Everyone => NodeAddress::BROADCAST,
                    To::Station(node) => node,
                };
                let header = LinkHeader { destination, source, vlan, framing };
                self.frame(port, &framed(&header, packet));
            }
        }
    }

    /// A router tells routes to every node: network, hops, ticks.
    pub(crate) fn hears_routes(&mut self, from: &Neighbour, routes: &[(u32, u16, u16)]) {
        self.hears(from, To::Everyone, &from.tell_rip(routes));
    }

    /// A router or server tells services to every node.
    pub(crate) fn hears_services(&mut self, from: &Neighbour, services: &[sap::Entry]) {
        self.hears(from, To::Everyone, &from.tell_sap(services));
    }

    /// A file server is on the wire of this neighbour, with an internal network of its own.
    pub(crate) fn hears_server(&mut self, from: &Neighbour, name: &str, internal: u32) {
        self.hears_routes(from, &[(internal, 1, 2)]);
        self.hears_services(from, &[file_server(name, internal, 1)]);
    }

    /// The agent receives these bytes on a LAN port.
    pub(crate) fn frame(&mut self, port: PortId, bytes: &[u8]) {
        self.agent.receive_frame(self.now, port, bytes);
        self.collect();
    }

    /// The agent receives these bytes on a UDP port.
    pub(crate) fn datagram(&mut self, port: PortId, from: SocketAddrV4, payload: &[u8]) {
        self.agent.receive_datagram(self.now, port, from, payload);
        self.collect();
    }

    /// All that the agent sent since the last call, in order.
    pub(crate) fn sent(&mut self) -> Sendings {
        Sendings(std::mem::take(&mut self.sent))
    }

    /// All events since the last call.
    pub(crate) fn events(&mut self) -> Vec<(Time, Event)> {
        std::mem::take(&mut self.events)
    }

    /// All that the agent asked for besides packets and events since the last call.
    pub(crate) fn other(&mut self) -> Vec<(Time, Action)> {
        std::mem::take(&mut self.other)
    }

    /// How often this became of a packet received by a circuit.
    pub(crate) fn outcome(&self, circuit: CircuitId, outcome: Outcome) -> u64 {
        let counters = self.agent.counters();
        counters.circuits().get(circuit.index()).map_or(0, |c| c.outcomes.get(outcome))
    }

    /// The same for packets that were of no circuit yet.
    pub(crate) fn port_outcome(&self, port: PortId, outcome: Outcome) -> u64 {
        let counters = self.agent.counters();
        counters.ports().get(port.index()).map_or(0, |c| c.outcomes.get(outcome))
    }

    /// Counts of all packets received by any circuit or port, by what became of them.
    pub(crate) fn outcomes(&self) -> BTreeMap<&'static str, u64> {
        let counters = self.agent.counters();
        let mut all = BTreeMap::new();
        for traffic in counters.ports().iter().chain(counters.circuits()) {
            for (outcome, count) in traffic.outcomes.iter() {
                *all.entry(outcome.name()).or_default() += count;
            }
        }
        all
    }

    fn collect(&mut self) {
        while let Some(action) = self.agent.poll() {
            match action {
                Action::Frame { port, frame } => {
                    let sent = self.decode_frame(port, frame);
                    self.sent.push(sent);
                }
                Action::Datagram { port, to, payload } => {
                    let sent = self.decode_datagram(port, to, payload);
                    self.sent.push(sent);
                }
                Action::Event(event) => self.events.push((self.now, event)),
                other => self.other.push((self.now, other)),
            }
        }
    }

    fn decode_frame(&self, port: PortId, bytes: Bytes) -> Sent {
        let located = frame::locate(&bytes).expect("what the agent sends is a frame");
        let circuit = self.agent.fib().lan_circuit(port, located.vlan, located.framing);
        let circuit = circuit.expect("in the framing of a circuit");
        assert_eq!(located.source, circuit.node, "from our own MAC address");
        let link = match located.destination {
            NodeAddress::BROADCAST => LinkDestination::Broadcast,
            node => LinkDestination::Node(node),
        };
        Sent::decode(self.now, circuit.id, port, link, located.packet, bytes)
    }

    fn decode_datagram(&self, port: PortId, to: SocketAddrV4, payload: Bytes) -> Sent {
        let circuit = self.agent.fib().cmd_circuits(port).next().expect("on a CMD network");
        let udp_port = circuit.cmd().unwrap().udp_port;
        assert_eq!(to.port(), udp_port, "source and destination port are equal");
        let link = LinkDestination::Peer(*to.ip());
        Sent::decode(self.now, circuit.id, port, link, 0..payload.len(), payload)
    }
}

/// A SAP entry of a file server on this internal network.
pub(crate) fn file_server(name: &str, internal: u32, hops: u16) -> sap::Entry {
    let address = sap::service_address(internal, NodeAddress::INTERNAL.0, Socket::NCP.0);
    sap::Entry::new(sap::ServiceType::FILE_SERVER.0, name, address, hops)
}

/// A frame of this header and packet, neither padded nor evenised.
pub(crate) fn framed(header: &LinkHeader, packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; header.len()];
    header.write(&mut bytes, packet.len());
    bytes.extend_from_slice(packet);
    bytes
}

#[test]
fn a_packet_put_in_on_one_lan_of_the_bench_comes_out_decoded_on_the_other() {
    use ipxway_core::wire::frame::Framing;
    use ipxway_core::wire::ipx::PacketType;

    let mut bench =
        Setup::new().tap(0xa1, Framing::EthernetII).nic(0xb2, Framing::Llc8022).cmd(&[2]).started();
    let client = bench.neighbour(FIRST, 7);
    let server = bench.neighbour(SECOND, 8);
    let to = server.address(Socket::NCP);
    let packet = client.packet(PacketType::NCP, Socket(0x4003), to, b"hello");
    bench.hears(&client, To::Us, &packet);
    let sent = bench.sent();
    let sent = sent.only();
    assert_eq!((sent.circuit, sent.link), (SECOND, server.link_destination()));
    assert_eq!(sent.header.transport_control, 1);
    assert_eq!(sent.data, &b"hello"[..]);
    assert_eq!(bench.outcome(FIRST, Outcome::Forwarded), 1);
}
