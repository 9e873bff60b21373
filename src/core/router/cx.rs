//! What an engine may touch while it works, and how it sends.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

use super::{Event, Output, Reply};
use crate::Time;
use crate::config::Config;
use crate::forward::{LinkDestination, LinkSource};
use crate::hub::{Circuit, Circuits, DhcpOptions, Rib, Services};
use crate::ids::{CircuitId, RequestId};
use crate::nlsp::PduCounts;
use crate::random::Random;
use crate::wire::ipx::{Header, PacketType};
use crate::wire::nlsp::SystemId;
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// What an engine may touch. It is lent for one call and holds nothing of the engine's own.
pub(crate) struct Cx<'a> {
    pub(crate) now: Time,
    pub(crate) config: &'a Config,
    /// The number of the agent's internal network.
    pub(crate) internal: NetworkNumber,
    pub(crate) circuits: &'a mut Circuits,
    pub(crate) rib: &'a mut Rib,
    pub(crate) services: &'a mut Services,
    pub(crate) dhcp: &'a mut DhcpOptions,
    pub(crate) out: &'a mut Outbox,
    pub(crate) random: &'a mut Random,
}

/// What waits to be polled, and which events were already told.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    /// Events of the last calls, for the router to keep for `show events`.
    events: Vec<Event>,
    /// Conditions that were told of and still last.
    told: BTreeSet<Lasting>,
    /// What NLSP sent and took.
    pub(crate) pdus: PduCounts,
}

/// A condition that is told of when it begins, not each time it shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lasting {
    RouteLimit,
    ServiceLimit,
    NetworkMismatch(CircuitId, NetworkNumber, NodeAddress),
    InternalNetworkClaimed(NodeAddress),
    PacketTooBig(CircuitId, Address),
    ServiceMoved(crate::hub::ServiceKey),
    DuplicateSystem(CircuitId, SystemId),
    AreaMismatch(CircuitId, NodeAddress),
    MtuMismatch(CircuitId, NodeAddress),
    DesignatedRouterUnheard(CircuitId),
    PartialMesh(CircuitId, SystemId),
    DuplicateNetwork(NetworkNumber),
    NetworkAtTwoPlaces(NetworkNumber),
    PeerLimit(CircuitId),
    ScopeCrowded(String),
}

/// Conditions remembered at most: strangers can bring them about.
const TOLD_LIMIT: usize = 4_096;

impl Outbox {
    pub(crate) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// Tells of something that happened.
    pub(crate) fn event(&mut self, event: impl Into<Event>) {
        let event = event.into();
        self.events.push(event.clone());
        self.queue.push_back(Output::Event(event));
    }

    /// Tells of a condition, unless that was done and it still lasts.
    pub(crate) fn event_once(&mut self, lasting: Lasting, event: impl Into<Event>) {
        if self.told.len() < TOLD_LIMIT && self.told.insert(lasting) {
            self.event(event);
        }
    }

    /// The condition has ended.
    pub(crate) fn ended(&mut self, lasting: &Lasting) {
        self.told.remove(lasting);
    }

    pub(crate) fn reply(&mut self, id: RequestId, reply: Reply, done: bool) {
        self.queue.push_back(Output::Reply { id, reply, done });
    }

    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

/// Who sent a packet that was delivered to an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// The circuit it came in by.
    pub(crate) circuit: CircuitId,
    /// The station or peer that sent it.
    pub(crate) link: LinkSource,
    /// The source in its header.
    pub(crate) address: Address,
    /// It was sent to every node.
    pub(crate) broadcast: bool,
    /// When it came.
    pub(crate) at: Time,
}

impl Sender {
    /// The node that stands for the sender in the tables.
    pub(crate) fn neighbour(&self) -> NodeAddress {
        Circuit::neighbour(self.link)
    }
}

/// Where an engine's packet goes on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To every node of the network; on a CMD network to each peer.
    Everyone,
    /// To one socket, by this way.
    One { node: NodeAddress, socket: Socket, link: LinkDestination },
}

impl Target {
    /// The sender of a packet: its node and its source socket [ipx-rip-sap §10.4].
    pub(crate) fn back_to(sender: &Sender) -> Self {
        Self::One {
            node: sender.address.node,
            socket: sender.address.socket,
            link: Circuit::back_to(sender.link),
        }
    }
}

impl Cx<'_> {
    /// Sends `data` on `circuit` from `socket`: to the same socket of every node, or to the
    /// target's own.
    pub(crate) fn send(
        &mut self,
        circuit: CircuitId,
        target: Target,
        packet_type: PacketType,
        socket: Socket,
        data: &[u8],
    ) {
        let Some(here) = self.circuits.get(circuit) else { return };
        let source = Address::new(here.network, here.node, socket);
        let (node, destination, links) = match target {
            Target::Everyone => (NodeAddress::BROADCAST, socket, here.broadcast()),
            Target::One { node, socket, link } => (node, socket, vec![link]),
        };
        let to = Address::new(here.network, node, destination);
        let packet = Header::new(packet_type, source, to).packet(data);
        self.transmit(circuit, &links, &packet);
    }

    /// Sends a finished packet to each of `links`; the copies share its bytes.
    pub(crate) fn transmit(
        &mut self,
        circuit: CircuitId,
        links: &[LinkDestination],
        packet: &Bytes,
    ) {
        for &to in links {
            self.out.push(Output::Send { circuit, to, packet: packet.clone() });
        }
    }
}
