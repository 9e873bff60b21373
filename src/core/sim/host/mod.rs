//! End hosts: NetWare-like servers and plain stations.
//!
//! A *server* has an internal network and is the router to it: it announces both by RIP and SAP
//! each minute, and answers questions for them. A *station* has a node on the wire only; it may
//! announce services all the same, as a print server does [ipx-rip-sap §22.19]. Either finds its
//! way by asking RIP for the network it wants to reach [ipx-rip-sap §7], learns the wire's number
//! from the answers, finds servers by SAP, answers ping, and sends and counts datagrams.
//!
//! Frames are padded to 60 bytes, and not with zeros: padding is old memory
//! [ipx-rip-sap §22.4].

mod receive;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use stream::Stream;
pub use stream::Tally;

use crate::Time;
use crate::timers::Timers;
use crate::wire::frame::{Framing, LinkHeader, MIN_FRAME};
use crate::wire::ipx::{Header, PacketType};
use crate::wire::sap::{self, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket, ping, rip};

/// Time between two announcements.
const INTERVAL: Duration = Duration::from_secs(60);
/// Time between two requests for a route.
const RETRY: Duration = Duration::from_secs(1);
/// Requests for a route before what waits for it is given up.
const TRIES: u8 = 5;
/// A route that was not heard of for so long is asked for again.
const ROUTE_LIFE: Duration = Duration::from_secs(180);
/// Packets that wait for routes.
const MAX_WAITING: usize = 256;
/// The socket of a station's own requests.
const CLIENT: Socket = Socket(0x4003);
/// The socket of datagrams.
const DATAGRAMS: Socket = Socket(0x5000);
/// What a pad byte looks like: anything but zero.
const OLD_MEMORY: u8 = 0xa5;

/// An end host.
#[derive(Debug)]
pub struct Host {
    pub(super) name: String,
    pub(super) segment: usize,
    pub(super) node: NodeAddress,
    framing: Framing,
    /// The wire's number; 0 until learned.
    wire: NetworkNumber,
    internal: Option<NetworkNumber>,
    services: Vec<sap::Entry>,
    pub(super) running: bool,
    /// When the world looks at its timers next.
    pub(super) wake: Option<Time>,
    timers: Timers<HostTimer>,
    routes: BTreeMap<NetworkNumber, Route>,
    waiting: VecDeque<(Header, Bytes)>,
    asked: BTreeMap<NetworkNumber, u8>,
    pings: Vec<(Time, Option<Time>)>,
    nearest: Option<sap::Entry>,
    found: Vec<sap::Entry>,
    streams: Vec<Stream>,
    tallies: BTreeMap<Address, Tally>,
    out: VecDeque<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HostTimer {
    /// To announce what it has.
    Announce,
    /// To ask for a route again.
    Ask(NetworkNumber),
    /// To send the next datagram of a stream.
    Stream(usize),
}

/// How a network is reached.
#[derive(Clone, Copy, Debug)]
struct Route {
    router: NodeAddress,
    hops: u16,
    ticks: u16,
    heard: Time,
}

impl Host {
    /// A host that knows its wire's number if `internal` is given, as servers do, and learns it
    /// else.
    pub(super) fn new(
        name: &str,
        segment: usize,
        node: NodeAddress,
        (framing, network): (Framing, NetworkNumber),
        internal: Option<NetworkNumber>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            segment,
            node,
            framing,
            wire: if internal.is_some() { network } else { NetworkNumber::THIS },
            internal,
            services: Vec::new(),
            running: false,
            wake: None,
            timers: Timers::new(),
            routes: BTreeMap::new(),
            waiting: VecDeque::new(),
            asked: BTreeMap::new(),
            pings: Vec::new(),
            nearest: None,
            found: Vec::new(),
            streams: Vec::new(),
            tallies: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// Its framing.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// The services that it announces.
    pub(super) fn services(&self) -> &[sap::Entry] {
        &self.services
    }

    /// Its internal network, if it is a server.
    #[must_use]
    pub const fn internal(&self) -> Option<NetworkNumber> {
        self.internal
    }

    /// It announces a service of its own name.
    pub(super) fn add_service(&mut self, service_type: ServiceType, network: NetworkNumber) {
        let name = self.name.clone();
        self.add_named(service_type, &name, network);
    }

    /// It announces a service of this name.
    pub(super) fn add_named(
        &mut self,
        service_type: ServiceType,
        name: &str,
        network: NetworkNumber,
    ) {
        let node = if self.internal.is_some() { NodeAddress::INTERNAL } else { self.node };
        let address = Address::new(network, node, Socket::NCP);
        self.services.push(sap::Entry::new(service_type.0, name, address, 1));
        if self.internal.is_none() {
            self.wire = network;
        }
    }

    /// Its address: on the internal network of a server, on the wire of a station. The network of
    /// a station is 0 until it was learned.
    #[must_use]
    pub fn address(&self, socket: Socket) -> Address {
        match self.internal {
            Some(network) => Address::new(network, NodeAddress::INTERNAL, socket),
            None => Address::new(self.wire, self.node, socket),
        }
    }

    /// It is switched on; it announces at once, and then each minute from `phase` on.
    pub(super) fn start(&mut self, now: Time, phase: Duration) {
        self.running = true;
        self.announce(false);
        if self.internal.is_none() && self.services.is_empty() {
            // The driver's question for the number of its wire [ipx-rip-sap §7].
            self.ask_route(now, NetworkNumber::ALL);
        } else {
            self.timers.set(HostTimer::Announce, now + phase);
        }
    }

    /// It is switched off, with a goodbye or without.
    pub(super) fn stop(&mut self, goodbye: bool) {
        if goodbye {
            self.announce(true);
        }
        self.running = false;
        self.timers = Timers::new();
        self.waiting.clear();
        self.asked.clear();
        self.routes.clear();
    }

    /// The next frame that it wants to send.
    pub(super) fn poll(&mut self) -> Option<Bytes> {
        self.out.pop_front()
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    pub(super) fn handle_timeout(&mut self, now: Time) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                HostTimer::Announce => {
                    self.announce(false);
                    self.timers.set(HostTimer::Announce, now + INTERVAL);
                }
                HostTimer::Ask(network) => self.ask_route(now, network),
                HostTimer::Stream(index) => self.send_next(now, index),
            }
        }
    }

    /// Tells all of its services and its internal network; as gone, if it leaves.
    fn announce(&mut self, gone: bool) {
        if let Some(network) = self.internal {
            let hops = if gone { rip::INFINITY } else { 1 };
            let entry = rip::Entry { network, hops, ticks: 2 };
            let data = rip::encode(rip::Operation::Response, &[entry]);
            self.broadcast(PacketType::RIP, Socket::RIP, &data);
        }
        let services = self.services.clone();
        for part in services.chunks(sap::MAX_ENTRIES) {
            let mut part = part.to_vec();
            if gone {
                part.iter_mut().for_each(|entry| entry.hops = sap::INFINITY);
            }
            let data = sap::encode_response(sap::Kind::General, &part);
            self.broadcast(PacketType::PEP, Socket::SAP, &data);
        }
    }

    /// Asks every router of the wire for a way to `network`, until one answers.
    fn ask_route(&mut self, now: Time, network: NetworkNumber) {
        let tries = self.asked.entry(network).or_default();
        *tries += 1;
        if *tries > TRIES {
            self.asked.remove(&network);
            self.waiting.retain(|(header, _)| header.destination.network != network);
            return;
        }
        self.timers.set(HostTimer::Ask(network), now + RETRY);
        let to = Address::new(self.wire, NodeAddress::BROADCAST, Socket::RIP);
        let from = Address::new(self.wire, self.node, CLIENT);
        let data = rip::encode_request(&[network]);
        let packet = Header::new(PacketType::RIP, from, to).packet(&data);
        self.frame(NodeAddress::BROADCAST, &packet);
    }

    /// Sends to every node of the wire, from and to the same socket.
    fn broadcast(&mut self, packet_type: PacketType, socket: Socket, data: &[u8]) {
        let to = Address::new(self.wire, NodeAddress::BROADCAST, socket);
        let from = Address::new(self.wire, self.node, socket);
        let packet = Header::new(packet_type, from, to).packet(data);
        self.frame(NodeAddress::BROADCAST, &packet);
    }

    /// Sends to `to`, wherever that is; what has no route yet waits for one.
    fn send(&mut self, now: Time, header: Header, data: &[u8]) {
        let network = header.destination.network;
        if network == self.wire || network == NetworkNumber::THIS {
            let packet = header.packet(data);
            return self.frame(header.destination.node, &packet);
        }
        match self.routes.get(&network) {
            Some(route) if now.since(route.heard) < ROUTE_LIFE => {
                let router = route.router;
                let packet = header.packet(data);
                self.frame(router, &packet);
            }
            _ => {
                if self.waiting.len() < MAX_WAITING {
                    self.waiting.push_back((header, Bytes::copy_from_slice(data)));
                }
                if !self.asked.contains_key(&network) {
                    self.ask_route(now, network);
                }
            }
        }
    }

    /// A route was learned: what waited for it goes.
    fn release(&mut self, now: Time, network: NetworkNumber) {
        self.asked.remove(&network);
        self.timers.cancel(&HostTimer::Ask(network));
        let (ready, rest) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(header, _)| header.destination.network == network);
        self.waiting = rest;
        let ready: VecDeque<(Header, Bytes)> = ready;
        for (mut header, data) in ready {
            // The wire's number may have been learned meanwhile.
            if header.source.network == NetworkNumber::THIS {
                header.source.network = self.wire;
            }
            self.send(now, header, &data);
        }
    }

    fn frame(&mut self, destination: NodeAddress, packet: &[u8]) {
        let (source, framing) = (self.node, self.framing);
        let header = LinkHeader { destination, source, vlan: None, framing };
        let mut bytes = vec![0; header.len()];
        header.write(&mut bytes, packet.len());
        bytes.extend_from_slice(packet);
        bytes.resize(bytes.len().max(MIN_FRAME), OLD_MEMORY);
        self.out.push_back(Bytes::from(bytes));
    }

    /// Pings an address; the number of the ping is the argument of [`pinged`](Self::pinged).
    pub(super) fn ping(&mut self, now: Time, to: Address) -> usize {
        let number = self.pings.len();
        self.pings.push((now, None));
        let identifier = u16::try_from(number).unwrap_or(u16::MAX);
        let ping = ping::Ping { kind: ping::Kind::Request, identifier, result: 0, data: &[7; 56] };
        let to = Address::new(to.network, to.node, Socket::PING);
        let header = Header::new(PacketType::PEP, self.address(CLIENT), to);
        self.send(now, header, &ping.encode());
        number
    }

    /// The round trip of a ping that was answered.
    #[must_use]
    pub fn pinged(&self, number: usize) -> Option<Duration> {
        let &(sent, answered) = self.pings.get(number)?;
        answered.map(|at| at.since(sent))
    }

    /// Asks for the nearest server of a type, or for all of them.
    pub(super) fn find(&mut self, kind: sap::Kind, service_type: ServiceType) {
        self.nearest = None;
        self.found.clear();
        let to = Address::new(self.wire, NodeAddress::BROADCAST, Socket::SAP);
        let from = Address::new(self.wire, self.node, CLIENT);
        let data = sap::encode_query(kind, service_type);
        let packet = Header::new(PacketType::NCP, from, to).packet(&data);
        self.frame(NodeAddress::BROADCAST, &packet);
    }

    /// The first answer to the last question for the nearest server.
    #[must_use]
    pub fn nearest(&self) -> Option<&sap::Entry> {
        self.nearest.as_ref()
    }

    /// All answers to the last question for all servers.
    #[must_use]
    pub fn found(&self) -> &[sap::Entry] {
        &self.found
    }

    /// What became of the datagrams from this address.
    #[must_use]
    pub fn tally(&self, from: Address) -> Tally {
        let from = Address { socket: DATAGRAMS, ..from };
        self.tallies.get(&from).cloned().unwrap_or_default()
    }
}
