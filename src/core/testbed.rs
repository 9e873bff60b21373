//! A router with ports that are up, for tests of engines: packets in, what it sends out.
//!
//! Nothing is faked: it is the router of the daemon, driven by hand.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::Time;
use crate::config::{Config, PortKind};
use crate::forward::{LinkDestination, LinkSource, Outcome};
use crate::ids::{CircuitId, PortId, RequestId};
use crate::router::{Command, Event, Input, Output, PortAddress, PortState, Reply, Router};
use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::{NodeAddress, Socket};

/// Our IPv4 address on every UDP port.
pub(crate) const OUR_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// Our MAC address on a LAN port.
pub(crate) fn mac(port: u8) -> NodeAddress {
    NodeAddress([2, 0, 0, 0, 0, port + 1])
}

/// A packet that the router sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) at: Time,
    pub(crate) circuit: CircuitId,
    pub(crate) to: LinkDestination,
    pub(crate) packet: Bytes,
}

impl Sent {
    pub(crate) fn header(&self) -> Header {
        Header::decode(&self.packet).unwrap()
    }

    pub(crate) fn data(&self) -> &[u8] {
        &self.packet[HEADER_LEN..]
    }
}

/// A router and its clock.
pub(crate) struct Testbed {
    router: Router,
    now: Time,
    sent: Vec<Sent>,
    replies: Vec<(RequestId, Reply, bool)>,
    events: Vec<Event>,
}

impl Testbed {
    /// A router of this configuration, all ports up.
    pub(crate) fn new(config: Config) -> Self {
        let kinds: Vec<PortKind> = config.ports.iter().map(|port| port.kind).collect();
        let now = Time::from_secs(1_000);
        let router = Router::new(Arc::new(config), 7, now);
        let mut bed =
            Self { router, now, sent: Vec::new(), replies: Vec::new(), events: Vec::new() };
        for (index, kind) in (0..).zip(kinds) {
            bed.plug(index, kind);
        }
        bed
    }

    /// A port comes up.
    pub(crate) fn plug(&mut self, port: u8, kind: PortKind) {
        let udp = kind == PortKind::Udp;
        let mac = (!udp).then(|| mac(port));
        let address = PortAddress { mac, ip: udp.then_some(OUR_IP), mtu: 1_500 };
        self.handle(Input::Port { id: PortId(port.into()), state: PortState::Up(address) });
    }

    /// A port goes down.
    pub(crate) fn unplug(&mut self, port: u8) {
        let state = PortState::Down { reason: "unplugged".to_owned() };
        self.handle(Input::Port { id: PortId(port.into()), state });
    }

    /// The tables, to be looked at.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    pub(crate) fn now(&self) -> Time {
        self.now
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.router.handle(self.now, input);
        while let Some(output) = self.router.poll() {
            match output {
                Output::Send { circuit, to, packet } => {
                    self.sent.push(Sent { at: self.now, circuit, to, packet });
                }
                Output::Reply { id, reply, done } => self.replies.push((id, reply, done)),
                Output::Event(event) => self.events.push(event),
                _ => {}
            }
        }
    }

    /// Lets time pass, the router's deadlines kept.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.router.next_timeout()
            && at <= end
        {
            self.now = self.now.max(at);
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    /// NLSP finds that this router shares our link-state database, or no longer does.
    pub(crate) fn share_database(&mut self, circuit: u16, node: NodeAddress, shared: bool) {
        self.router.circuits_mut().set_link_state(CircuitId(circuit), node, shared);
        self.handle(Input::Timeout);
    }

    /// A packet comes in on a LAN from this node, by unicast.
    pub(crate) fn unicast(&mut self, circuit: u16, from: NodeAddress, packet: &[u8]) -> Outcome {
        self.packet(circuit, LinkSource::Node(from), false, packet)
    }

    /// A packet comes in on a LAN from this node, by broadcast.
    pub(crate) fn broadcast(&mut self, circuit: u16, from: NodeAddress, packet: &[u8]) -> Outcome {
        self.packet(circuit, LinkSource::Node(from), true, packet)
    }

    /// A packet comes in on a CMD network from this peer.
    pub(crate) fn datagram(&mut self, circuit: u16, from: Ipv4Addr, packet: &[u8]) -> Outcome {
        self.packet(circuit, LinkSource::Peer(from), false, packet)
    }

    /// Gives the one outcome that was counted for the packet.
    fn packet(&mut self, at: u16, from: LinkSource, broadcast: bool, packet: &[u8]) -> Outcome {
        let circuit = CircuitId(at);
        let outcomes = |router: &Router| {
            router.counters().circuits().get(circuit.index()).cloned().unwrap_or_default().outcomes
        };
        let before = outcomes(&self.router);
        let packet = Bytes::copy_from_slice(packet);
        self.handle(Input::Packet { circuit, from, broadcast, waited: Duration::ZERO, packet });
        let after = outcomes(&self.router);
        assert_eq!(after.total(), before.total() + 1, "one packet is counted once");
        let mut counted = after.iter().filter(|&(outcome, n)| n > before.get(outcome));
        counted.next().expect("one outcome has grown").0
    }

    /// An operator asks.
    pub(crate) fn command(&mut self, id: u64, command: Command) {
        self.handle(Input::Command { id: RequestId(id), command });
    }

    /// What was sent since the last call to or from this socket.
    pub(crate) fn sent(&mut self, socket: Socket) -> Vec<Sent> {
        let mut sent = std::mem::take(&mut self.sent);
        sent.retain(|sent| {
            let header = sent.header();
            header.source.socket == socket || header.destination.socket == socket
        });
        sent
    }

    /// What was replied since the last call, with the mark of the last one.
    pub(crate) fn replies(&mut self) -> Vec<(RequestId, Reply, bool)> {
        std::mem::take(&mut self.replies)
    }

    /// What happened since the last call.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}
