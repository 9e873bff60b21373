//! A router and its data plane in one value, for hosts without threads: replay and simulation.
//!
//! Frames and datagrams go in, frames and datagrams come out, by the same functions that the
//! daemon's threads call.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::Time;
use crate::config::Config;
use crate::forward::{
    self, Arrival, Counters, Egress, Fib, HEADROOM, Handling, LinkDestination, Outbound, Received,
    View,
};
use crate::ids::{CircuitId, InterfaceId, PortId, RequestId, StreamId};
use crate::journal::{Digest, Head, Writer};
use crate::router::{Event, Input, IpService, Output, Reply, Router, StoreKey, StreamAction};
use crate::wire::frame::MIN_FRAME;

/// What an agent asks of its host.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send a frame by a LAN port.
    Frame {
        /// The port.
        port: PortId,
        /// The frame, without its checksum.
        frame: Bytes,
    },
    /// Send a datagram by a UDP port.
    Datagram {
        /// The port.
        port: PortId,
        /// Where to.
        to: SocketAddrV4,
        /// Its payload.
        payload: Bytes,
    },
    /// Send a datagram of an IP service.
    ServiceDatagram {
        /// By this interface.
        interface: InterfaceId,
        /// From which service's port.
        service: IpService,
        /// To whom.
        to: SocketAddrV4,
        /// Its payload.
        payload: Bytes,
    },
    /// Do something with a TCP connection.
    Stream {
        /// Which one.
        id: StreamId,
        /// What.
        action: StreamAction,
    },
    /// Look up the IPv4 addresses of a name.
    Resolve {
        /// The name.
        name: String,
    },
    /// Keep this over a restart.
    Persist {
        /// Under which key.
        key: StoreKey,
        /// What.
        value: String,
    },
    /// Something happened.
    Event(Event),
    /// An answer to an operator.
    Reply {
        /// Whose request.
        id: RequestId,
        /// What.
        reply: Reply,
        /// No more follow.
        done: bool,
    },
    /// The goodbyes are said.
    Stopped,
}

/// A router and its data plane.
#[derive(Debug)]
pub struct Agent {
    router: Router,
    fib: Arc<Fib>,
    counters: Counters,
    actions: VecDeque<Action>,
    recorder: Option<Recorder>,
    /// Where packets are worked on, so that none needs room of its own.
    buffer: Vec<u8>,
}

/// The journal of an agent, kept in memory.
#[derive(Debug)]
struct Recorder {
    writer: Writer,
    text: String,
}

impl Recorder {
    /// Adds the line of an input; nothing once the journal is full.
    fn input(&mut self, now: Time, input: &Input) {
        self.text.extend(self.writer.input(now, input));
    }

    fn outputs(&mut self, digest: Digest) {
        self.text.extend(self.writer.outputs(digest));
    }
}

impl Agent {
    /// An agent of this configuration; see [`Router::new`].
    #[must_use]
    pub fn new(config: Arc<Config>, seed: u64, now: Time) -> Self {
        let mut agent = Self {
            router: Router::new(config, seed, now),
            fib: Arc::new(Fib::default()),
            counters: Counters::default(),
            actions: VecDeque::new(),
            recorder: None,
            buffer: Vec::new(),
        };
        agent.drain();
        agent
    }

    /// An agent that keeps a [journal](crate::journal) of at most `limit` bytes.
    #[must_use]
    pub fn recorded(config: Arc<Config>, seed: u64, now: Time, limit: u64) -> Self {
        let mut writer = Writer::new(limit);
        let head = Head::new(Arc::clone(&config), seed, now);
        let text = writer.head(&head).unwrap_or_default();
        let mut agent = Self::new(config, seed, now);
        agent.recorder = Some(Recorder { writer, text });
        agent
    }

    /// The journal so far; empty unless the agent was made to keep one.
    #[must_use]
    pub fn journal(&self) -> &str {
        self.recorder.as_ref().map_or("", |recorder| &recorder.text)
    }

    /// The control plane, to be looked at.
    #[must_use]
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// The forwarding table in use.
    #[must_use]
    pub fn fib(&self) -> &Fib {
        &self.fib
    }

    /// All counters: the data plane's and the router's.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut all = self.counters.clone();
        all.add(self.router.counters());
        all
    }

    /// Takes an input that is no packet from a port.
    pub fn handle(&mut self, now: Time, input: Input) {
        if matches!(input, Input::Command { .. }) {
            self.give(now, Input::DataPlane(Box::new(self.counters.clone())));
        }
        self.give(now, input);
    }

    /// The next thing the host must do; drain to `None` before the next input.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call `handle(now, Input::Timeout)` at the latest.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        self.router.next_timeout()
    }

    /// A frame came in on a LAN port.
    pub fn receive_frame(&mut self, now: Time, port: PortId, frame: &[u8]) {
        self.receive(now, Arrival::Frame { port }, frame, Bytes::copy_from_slice);
    }

    /// A datagram came in on a UDP port.
    pub fn receive_datagram(
        &mut self,
        now: Time,
        port: PortId,
        from: SocketAddrV4,
        payload: &[u8],
    ) {
        self.receive(now, Arrival::Datagram { port, from }, payload, Bytes::copy_from_slice);
    }

    /// The same. What the agent keeps of the payload shares its bytes: of a link-state packet that
    /// was sent to 1,000 agents of one process there is one copy, not 1,000.
    pub fn share_datagram(&mut self, now: Time, port: PortId, from: SocketAddrV4, payload: &Bytes) {
        let arrival = Arrival::Datagram { port, from };
        self.receive(now, arrival, payload, |packet| shared(payload, packet));
    }

    fn receive(
        &mut self,
        now: Time,
        arrival: Arrival,
        bytes: &[u8],
        keep: impl FnOnce(&[u8]) -> Bytes,
    ) {
        let range = fill(&mut self.buffer, bytes);
        let (buffer, counters) = (&mut self.buffer, &mut self.counters);
        let input = match forward::receive(&self.fib, counters, arrival, buffer, range) {
            Handling::Send { outbound, bytes } => {
                let bytes = Bytes::copy_from_slice(buffer.get(bytes).unwrap_or(&[]));
                return self.push(outbound, bytes);
            }
            Handling::Punt { received, bytes, .. } => {
                let packet = keep(buffer.get(bytes).unwrap_or(&[]));
                let Received { circuit, from, broadcast, .. } = received;
                Input::Packet { circuit, from, broadcast, waited: Duration::ZERO, packet }
            }
            Handling::Tell(input) => input,
            Handling::Nothing => return,
        };
        self.give(now, input);
    }

    fn push(&mut self, outbound: Outbound, bytes: Bytes) {
        self.actions.push_back(match outbound {
            Outbound::Frame { port } => Action::Frame { port, frame: bytes },
            Outbound::Datagram { port, to, .. } => Action::Datagram { port, to, payload: bytes },
        });
    }

    /// Gives the router an input and does what it asks for.
    fn give(&mut self, now: Time, input: Input) {
        if let Some(recorder) = &mut self.recorder {
            recorder.input(now, &input);
        }
        self.router.handle(now, input);
        self.drain();
    }

    /// Does what the router asks for, as far as that is the data plane's.
    fn drain(&mut self) {
        let mut digest = self.recorder.as_ref().map(|_| Digest::default());
        while let Some(output) = self.router.poll() {
            if let Some(digest) = &mut digest {
                digest.add(&output);
            }
            let action = match output {
                Output::Send { circuit, to, packet } => {
                    self.send(circuit, to, &packet);
                    continue;
                }
                Output::Publish(fib) => {
                    self.fib = fib;
                    continue;
                }
                Output::Datagram { interface, service, to, payload } => {
                    Action::ServiceDatagram { interface, service, to, payload }
                }
                Output::Stream { id, action } => Action::Stream { id, action },
                Output::Resolve { name } => Action::Resolve { name },
                Output::Persist { key, value } => Action::Persist { key, value },
                Output::Event(event) => Action::Event(event),
                Output::Reply { id, reply, done } => Action::Reply { id, reply, done },
                Output::Stopped => Action::Stopped,
            };
            self.actions.push_back(action);
        }
        if let (Some(recorder), Some(digest)) = (&mut self.recorder, digest) {
            recorder.outputs(digest);
        }
    }

    fn send(&mut self, circuit: CircuitId, to: LinkDestination, packet: &Bytes) {
        let range = fill(&mut self.buffer, packet);
        let mut view = View::new(&mut self.buffer, range.start, range.end);
        let egress = Egress { circuit, to };
        if let Ok(outbound) = forward::send(&self.fib, &mut self.counters, egress, &mut view) {
            let bytes = shared(packet, view.bytes());
            self.push(outbound, bytes);
        }
    }
}

/// `part` as bytes of `whole`, if it still is its front; else a copy.
fn shared(whole: &Bytes, part: &[u8]) -> Bytes {
    match whole.get(..part.len()) {
        Some(front) if front == part => whole.slice(..part.len()),
        _ => Bytes::copy_from_slice(part),
    }
}

/// Puts the packet into the buffer, with room on both sides for link header, evenising byte and
/// padding; gives its place.
fn fill(buffer: &mut Vec<u8>, packet: &[u8]) -> Range<usize> {
    buffer.clear();
    buffer.resize(HEADROOM, 0);
    buffer.extend_from_slice(packet);
    let end = buffer.len();
    buffer.resize(end + MIN_FRAME, 0);
    HEADROOM..end
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::config::{CmdNetwork, Lan, Port, PortKind};
    use crate::router::{PortAddress, PortState};
    use crate::wire::frame::Framing;
    use crate::wire::{NetworkNumber, NodeAddress};

    const LAN: PortId = PortId(0);
    const WAN: PortId = PortId(1);

    fn office(number: u8, peer: u8) -> Agent {
        let port = |name: &str, kind| Port { name: name.to_owned(), kind };
        let peer = Ipv4Addr::new(192, 0, 2, peer);
        let lan = NetworkNumber(0xc900_0000 + u32::from(number));
        let config = Config {
            internal_network: Some(NetworkNumber(0xc000_0000 + u32::from(number))),
            ports: vec![port("ipx0", PortKind::Tap), port("backbone", PortKind::Udp)],
            lans: vec![Lan::new("office", LAN, Framing::Llc8022, lan)],
            cmd_networks: vec![
                CmdNetwork::new("backbone", WAN, NetworkNumber::DEFAULT_CMD, vec![peer])
                    .by_rip_and_sap(),
            ],
            ..Config::default()
        };
        let mut agent = Agent::new(Arc::new(config), u64::from(number), Time::ZERO);
        let mac = Some(NodeAddress([2, 0, 0, 0, 0, number]));
        let up = |mac, ip| PortState::Up(PortAddress { mac, ip, mtu: 1500 });
        let ip = Some(Ipv4Addr::new(192, 0, 2, number));
        agent.handle(Time::ZERO, Input::Port { id: LAN, state: up(mac, None) });
        agent.handle(Time::ZERO, Input::Port { id: WAN, state: up(None, ip) });
        agent
    }

    #[test]
    fn two_agents_tell_each_other_their_networks_within_a_second() {
        let mut agents = [office(1, 2), office(2, 1)];
        let mut now = Time::ZERO;
        while now < Time::from_secs(1) {
            let next = agents.iter().filter_map(Agent::next_timeout).min();
            now = now.max(next.expect("an agent always has a next update"));
            for me in 0..2 {
                agents[me].handle(now, Input::Timeout);
                while let Some(action) = agents[me].poll() {
                    if let Action::Datagram { to, payload, .. } = action {
                        assert_eq!(to.port(), 2654);
                        let from = Ipv4Addr::new(192, 0, 2, u8::try_from(me + 1).expect("1 or 2"));
                        let from = SocketAddrV4::new(from, 2654);
                        agents[1 - me].receive_datagram(now, WAN, from, &payload);
                    }
                }
            }
        }
        for (me, far) in [(0, 2), (1, 1)] {
            for network in [0xc900_0000 + far, 0xc000_0000 + far] {
                let route = agents[me].router().rib().best(NetworkNumber(network));
                assert_eq!(route.map(|route| (route.hops, route.ticks)), Some((1, 2)));
                assert!(agents[me].fib().routes.get(NetworkNumber(network)).is_some());
            }
        }
    }

    #[test]
    fn what_is_kept_of_a_payload_shares_its_bytes_unless_they_were_changed() {
        let whole = Bytes::copy_from_slice(b"packet and padding");
        let kept = shared(&whole, b"packet");
        assert_eq!((&kept[..], kept.as_ptr()), (&b"packet"[..], whole.as_ptr()));
        for changed in [&b"racket"[..], b"packet and padding and more"] {
            let kept = shared(&whole, changed);
            assert_eq!(kept, changed);
            assert_ne!(kept.as_ptr(), whole.as_ptr());
        }
    }
}
