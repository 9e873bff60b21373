//! Our hellos: what they say, to whom and when they go [nlsp §4, §8.3, §8.7, §19.1-§19.3].

use std::net::Ipv4Addr;
use std::time::Duration;

use super::adjacency::NO_PEER;
use super::{Adjacency, Alarm, Desk, Line, LineKind};
use crate::Time;
use crate::config::Padding;
use crate::hub::Circuit;
use crate::nlsp::System;
use crate::nlsp::send::{To, send};
use crate::router::Cx;
use crate::wire::ipx::HEADER_LEN;
use crate::wire::nlsp::{LanHello, NodeId};
use crate::wire::{NodeAddress, cmd};

/// The copies of a round on a CMD network are spread over this time [nlsp §19.2], or over a
/// quarter of the interval if that is less.
const SPREAD: Duration = Duration::from_secs(1);
/// They go in so many portions.
const SLOTS: u32 = 20;
/// A peer is answered once in this time; so are, on a LAN, all [nlsp §8.2].
const ANSWER_GAP: Duration = Duration::from_secs(1);
/// Hellos are padded up to a packet of this size.
const PADDED: usize = 1_500;

/// What of our hellos waits, and what they said last.
#[derive(Debug)]
pub(super) struct Hellos {
    /// The peers of a CMD network, each with its slot, in the order of slots. A peer keeps its
    /// slot, so that its own interval is that of the rounds.
    peers: Vec<(u32, Ipv4Addr)>,
    /// When the round under way began, and who is next.
    round: Time,
    next: usize,
    /// What the last hello to all said of the election.
    pub(super) said: Option<Said>,
    /// When all were last answered, on a LAN.
    answered: Option<Time>,
}

/// What a hello says that others must know at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    priority: u8,
    lan_id: NodeId,
    designated: bool,
}

impl Hellos {
    pub(super) fn new(here: &Circuit) -> Self {
        let peers = slots(here);
        Self { peers, round: Time::ZERO, next: 0, said: None, answered: None }
    }

    pub(super) fn peers(&self) -> impl ExactSizeIterator<Item = Ipv4Addr> {
        self.peers.iter().map(|&(_, ip)| ip)
    }

    /// The nodes of all peers; none on a LAN.
    fn nodes(&self) -> Vec<NodeAddress> {
        self.peers().map(cmd::node).collect()
    }
}

/// The peers in the order of their slots. The slot follows from the address alone.
fn slots(here: &Circuit) -> Vec<(u32, Ipv4Addr)> {
    let slot = |ip: Ipv4Addr| (ip.to_bits().wrapping_mul(0x9e37_79b1) >> 16) % SLOTS;
    let mut peers: Vec<_> = here.peers().map(|(ip, _)| (slot(ip), ip)).collect();
    peers.sort_unstable();
    peers
}

impl Line {
    /// What our hellos say now.
    pub(super) fn says(&self) -> Said {
        let designated = self.is_designated();
        Said { priority: self.priority(), lan_id: self.named(), designated }
    }

    /// The interval in use.
    fn interval(&self) -> Duration {
        let settings = &self.settings;
        let interval =
            if self.is_designated() { settings.dr_hello_interval } else { settings.hello_interval };
        interval.max(Duration::from_secs(1))
    }

    /// Time from one slot of a round to the next.
    fn slot(&self) -> Duration {
        SPREAD.min(self.interval() / 4) / SLOTS
    }

    /// Sends a hello to all now; the next one is due an interval later.
    pub(super) fn hello_to_all(&mut self, desk: &mut Desk<'_, '_>, system: &System) {
        self.hellos.said = Some(self.says());
        self.hellos.next = self.hellos.peers.len();
        desk.cancel(self.id, Alarm::Copies);
        desk.cancel(self.id, Alarm::Answer(NodeAddress::BROADCAST));
        let nodes = self.hellos.nodes();
        self.send_hello(desk.cx, system, &nodes);
        // Nobody may wait for longer than an interval, though copies come after the round began.
        let spread = match self.kind {
            LineKind::Lan => Duration::ZERO,
            LineKind::Cmd => self.slot() * SLOTS,
        };
        self.schedule(desk, spread);
    }

    /// The next hello goes after 75 to 100 % of the interval, `spare` less [nlsp §8.3].
    fn schedule(&self, desk: &mut Desk<'_, '_>, spare: Duration) {
        let quarter = self.interval() / 4;
        let jitter = desk.cx.random.duration_up_to(quarter.saturating_sub(spare));
        desk.set(self.id, Alarm::Hello, desk.cx.now + quarter * 3 + jitter);
    }

    /// The next hello is due: to all on a LAN, the beginning of a round on a CMD network. True if
    /// the line is to be reviewed, for the circuit has another size.
    pub(super) fn next_hello(&mut self, desk: &mut Desk<'_, '_>, system: &System) -> bool {
        let before = (self.mtu, self.datagram);
        if let Some(here) = desk.cx.circuits.get(self.id) {
            self.take_sizes(here);
        }
        match self.kind {
            LineKind::Lan => self.hello_to_all(desk, system),
            LineKind::Cmd => {
                self.send_copies(desk, system);
                self.hellos.round = desk.cx.now;
                self.hellos.next = 0;
                self.schedule(desk, Duration::ZERO);
                self.send_copies(desk, system);
            }
        }
        before != (self.mtu, self.datagram)
    }

    /// Sends the copies of the round that are due.
    pub(super) fn send_copies(&mut self, desk: &mut Desk<'_, '_>, system: &System) {
        let (round, slot) = (self.hellos.round, self.slot());
        let waiting = self.hellos.peers.get(self.hellos.next..).unwrap_or(&[]);
        let due = waiting.partition_point(|(at, _)| round + slot * *at <= desk.cx.now);
        let nodes: Vec<NodeAddress> =
            waiting.iter().take(due).map(|&(_, ip)| cmd::node(ip)).collect();
        self.hellos.next += due;
        self.send_hello(desk.cx, system, &nodes);
        let next = self.hellos.peers.get(self.hellos.next).map(|&(at, _)| round + slot * at);
        desk.put(self.id, Alarm::Copies, next);
    }

    /// Takes the list of peers anew: those gone are down, those new get a hello at once
    /// [nlsp §19.6, §19.7].
    pub(super) fn take_peers(&mut self, desk: &mut Desk<'_, '_>, system: &System) {
        let Some(peers) = desk.cx.circuits.get(self.id).map(slots) else { return };
        if self.speaks {
            self.send_copies(desk, system);
        }
        let old = std::mem::replace(&mut self.hellos.peers, peers);
        let gone = old.iter().filter(|peer| self.hellos.peers.binary_search(peer).is_err());
        let gone: Vec<NodeAddress> = gone.map(|&(_, ip)| cmd::node(ip)).collect();
        for node in gone {
            self.lose(desk, node, NO_PEER);
        }
        let new = self.hellos.peers.iter().filter(|peer| old.binary_search(peer).is_err());
        let new: Vec<NodeAddress> = new.map(|&(_, ip)| cmd::node(ip)).collect();
        // The copies that were due went before: what is left of the round is what comes after.
        let (round, slot, now) = (self.hellos.round, self.slot(), desk.cx.now);
        self.hellos.next = self.hellos.peers.partition_point(|(at, _)| round + slot * *at <= now);
        if self.speaks {
            self.send_hello(desk.cx, system, &new);
            self.send_copies(desk, system);
        }
    }

    /// Answers a neighbour that was heard for the first time, or whose state changed: it alone on
    /// a CMD network, all on a LAN. If that was done a moment ago, it is done later, provided that
    /// there is something `new` to tell it: that we hear it.
    pub(super) fn answer(
        &mut self,
        desk: &mut Desk<'_, '_>,
        system: &System,
        node: NodeAddress,
        new: bool,
    ) {
        let (last, alarm) = match self.kind {
            LineKind::Lan => (self.hellos.answered, Alarm::Answer(NodeAddress::BROADCAST)),
            LineKind::Cmd => {
                let answered = self.neighbours.get(node).and_then(|neighbour| neighbour.answered);
                (answered, Alarm::Answer(node))
            }
        };
        match last.map(|last| last + ANSWER_GAP).filter(|&due| due > desk.cx.now) {
            Some(due) if new => desk.set_earliest(self.id, alarm, due),
            Some(_) => {}
            None => {
                desk.cancel(self.id, alarm);
                self.answer_now(desk.cx, system, node);
            }
        }
    }

    /// An answer that had to wait is due.
    pub(super) fn answer_at_last(
        &mut self,
        desk: &mut Desk<'_, '_>,
        system: &System,
        node: NodeAddress,
    ) {
        if self.kind == LineKind::Lan || self.neighbours.heard(node).is_some() {
            self.answer_now(desk.cx, system, node);
        }
    }

    fn answer_now(&mut self, cx: &mut Cx<'_>, system: &System, node: NodeAddress) {
        self.mark_answered(cx.now, node);
        self.send_hello(cx, system, &[node]);
    }

    /// This neighbour was told what we know.
    pub(super) fn mark_answered(&mut self, now: Time, node: NodeAddress) {
        self.hellos.answered = Some(now);
        if let Some(neighbour) = self.neighbours.get_mut(node) {
            neighbour.answered = Some(now);
        }
    }

    /// Sends a hello: to all on a LAN, to these peers on a CMD network. Copies that say the same
    /// share their bytes.
    fn send_hello(&self, cx: &mut Cx<'_>, system: &System, nodes: &[NodeAddress]) {
        let mut hello = self.hello(system);
        if self.kind == LineKind::Lan {
            hello.neighbours = self.all_heard().collect();
            hello.packet_len = self.padded(self.neighbours.heard_count() <= self.up_count());
            return send(cx, self.id, To::Everyone(&[]), &hello.encode());
        }
        let listed = self.lists_all(hello.areas.len());
        let (up, not_up): (Vec<NodeAddress>, Vec<NodeAddress>) =
            nodes.iter().partition(|&&node| self.neighbours.up(node).is_some());
        for (nodes, is_up) in [(up, true), (not_up, false)] {
            hello.packet_len = self.padded(is_up);
            self.send_copies_alike(cx, &mut hello, listed, &nodes);
        }
    }

    /// Sends a hello to some peers, with a list of all whom we hear, or of each peer for itself.
    fn send_copies_alike(
        &self,
        cx: &mut Cx<'_>,
        hello: &mut LanHello,
        list_all: bool,
        nodes: &[NodeAddress],
    ) {
        let mut to_all = |hello: &LanHello, nodes: &[NodeAddress]| {
            if !nodes.is_empty() {
                send(cx, self.id, To::Everyone(nodes), &hello.encode());
            }
        };
        if list_all {
            hello.neighbours.clear();
            hello.neighbours.extend(self.all_heard());
            return to_all(hello, nodes);
        }
        let (heard, not_heard): (Vec<_>, Vec<_>) =
            nodes.iter().partition(|&&node| self.neighbours.heard(node).is_some());
        hello.neighbours.clear();
        to_all(hello, &not_heard);
        for node in heard {
            hello.neighbours.clear();
            hello.neighbours.push(node);
            to_all(hello, &[node]);
        }
    }

    /// The hello by which a designated router that is about to leave has another one elected.
    pub(super) fn say_resigned(&mut self, cx: &mut Cx<'_>, system: &System) {
        if self.resign() {
            self.hellos.said = Some(self.says());
            let nodes = self.hellos.nodes();
            self.send_hello(cx, system, &nodes);
        }
    }

    /// The last hello [nlsp §8.4].
    pub(super) fn say_goodbye(&self, cx: &mut Cx<'_>, system: &System) {
        if self.speaks {
            let hello = LanHello { holding_time: 1, ..self.hello(system) };
            let nodes = self.hellos.nodes();
            send(cx, self.id, To::Everyone(&nodes), &hello.encode());
        }
    }

    /// A hello that lists nobody.
    fn hello(&self, system: &System) -> LanHello {
        let seconds = self.interval().as_secs().saturating_mul(self.settings.multiplier.into());
        LanHello {
            system: system.id,
            holding_time: u16::try_from(seconds).unwrap_or(u16::MAX),
            priority: self.priority(),
            lan_id: self.named(),
            no_multicast: true,
            areas: system.areas.clone(),
            neighbours: Vec::new(),
            local_mtu: Some(u32::try_from(self.mtu).unwrap_or(u32::MAX)),
            packet_len: 0,
        }
    }

    fn all_heard(&self) -> impl Iterator<Item = NodeAddress> {
        self.adjacencies().filter(|(_, one)| Adjacency::is_heard(one)).map(|(node, _)| node)
    }

    /// The size to pad a hello to, header of IPX not counted, if those who get it are `up` or are
    /// not [nlsp §8.7].
    fn padded(&self, up: bool) -> usize {
        let pad = match self.settings.padding {
            Padding::Off => false,
            Padding::UntilUp => !up,
            Padding::Always => true,
        };
        if pad { self.mtu.min(PADDED).saturating_sub(HEADER_LEN) } else { 0 }
    }

    /// Each copy lists all whom we hear while that fits into a packet that every peer takes and IP
    /// does not fragment; beyond that it lists its own receiver alone [nlsp §19.3].
    fn lists_all(&self, areas: usize) -> bool {
        let len = LanHello::len_without_padding(areas, self.neighbours.heard_count());
        HEADER_LEN + len <= self.max_packet().min(self.datagram)
    }

    /// A hello to all would hold one neighbour more.
    pub(super) fn has_room_to_list(&self, areas: usize) -> bool {
        let len = LanHello::len_without_padding(areas, self.neighbours.heard_count() + 1);
        self.kind == LineKind::Cmd || HEADER_LEN + len <= self.mtu
    }
}
