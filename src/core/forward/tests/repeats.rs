//! Which hellos may wait, and for how long.

use std::time::Duration;

use super::*;
use crate::wire::nlsp::{LanHello, NodeId, SystemId};

const PEER: SystemId = SystemId([2, 0, 0, 0, 0, 9]);

fn hello(change: impl FnOnce(&mut LanHello)) -> Vec<u8> {
    let mut hello = LanHello {
        system: PEER,
        holding_time: 60,
        priority: 44,
        lan_id: NodeId { system: PEER, pseudonode: 1 },
        no_multicast: true,
        areas: Vec::new(),
        neighbours: vec![cmd::node(ip(1))],
        local_mtu: Some(1_500),
        packet_len: 0,
    };
    change(&mut hello);
    hello.encode()
}

/// The wait of a packet with this NLSP data from `from` in this circuit.
fn wait(repeats: &mut Repeats, circuit: CircuitId, from: LinkSource, data: &[u8]) -> Duration {
    let packet = packet(0x9001, data);
    let header = Header::decode(&packet).unwrap();
    let received = Received { circuit, from, broadcast: false, header, packet: 0..packet.len() };
    repeats.may_wait(Lane::Adjacency, &received, &packet)
}

/// A packet with this NLSP data to this socket.
fn packet(socket: u16, data: &[u8]) -> Vec<u8> {
    let [source, to] = [cmd::node(ip(2)), EVERYONE].map(|node| at(NET_W, node, socket));
    Header::new(PacketType::UNKNOWN, source, to).packet(data).to_vec()
}

#[test]
fn hellos_have_marks_that_nothing_else_has() {
    let marked = |packet: &[u8]| {
        LanHello::MARKS.iter().all(|&(at, bits, are)| {
            let two = packet.get(at..).and_then(|rest| rest.first_chunk());
            two.is_some_and(|&two| u16::from_be_bytes(two) & bits == are)
        })
    };
    let same = hello(|_| {});
    assert!(marked(&packet(0x9001, &same)));
    assert!(!marked(&packet(0x0453, &same)), "to RIP");
    for kind in (0..0x20).filter(|kind| *kind != 15) {
        let mut other = same.clone();
        other[4] = kind;
        assert!(!marked(&packet(0x9001, &other)), "type {kind}");
    }
    assert!(!marked(&packet(0x9001, &same[..4])), "nothing");
}

#[test]
fn a_hello_waits_only_if_the_peer_said_the_same_before() {
    let mut repeats = Repeats::default();
    let two = LinkSource::Peer(ip(2));
    let same = hello(|_| {});
    assert_eq!(wait(&mut repeats, W, two, &same), Duration::ZERO, "the first one");
    assert_eq!(wait(&mut repeats, W, two, &same), Duration::from_secs(1));
    // Of another peer, or by another network, it is the first one.
    assert_eq!(wait(&mut repeats, W, LinkSource::Peer(ip(3)), &same), Duration::ZERO);
    assert_eq!(wait(&mut repeats, U, two, &same), Duration::ZERO);
    assert_eq!(wait(&mut repeats, W, two, &same), Duration::from_secs(1));
    // A goodbye, a new designated router, a peer that no longer hears us: each at once, and what
    // was said before is news again.
    for news in [
        hello(|hello| hello.holding_time = 1),
        hello(|hello| hello.lan_id.pseudonode = 2),
        hello(|hello| hello.neighbours.clear()),
        same.clone(),
    ] {
        assert_eq!(wait(&mut repeats, W, two, &news), Duration::ZERO);
    }
}

#[test]
fn the_wait_is_a_small_part_of_the_holding_time() {
    for (seconds, ms) in [(0, 0), (3, 100), (15, 500), (30, 1_000), (u16::MAX, 1_000)] {
        let mut repeats = Repeats::default();
        let data = hello(|hello| hello.holding_time = seconds);
        let [_, second] = [(); 2].map(|()| wait(&mut repeats, W, LinkSource::Peer(ip(2)), &data));
        assert_eq!(second, Duration::from_millis(ms), "holding time {seconds} s");
    }
}

#[test]
fn nothing_else_waits() {
    let mut repeats = Repeats::default();
    let mut other_type = hello(|_| {});
    other_type[4] = 18;
    let cases = [
        (LinkSource::Node(HOST), hello(|_| {})),
        (LinkSource::Peer(ip(2)), other_type),
        (LinkSource::Peer(ip(2)), Vec::new()),
        (LinkSource::Peer(ip(2)), hello(|_| {})[..16].to_vec()),
    ];
    for (from, data) in cases {
        for _ in 0..3 {
            assert_eq!(wait(&mut repeats, W, from, &data), Duration::ZERO);
        }
    }
}
