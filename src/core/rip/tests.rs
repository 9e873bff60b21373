//! Corners of RIP that no everyday network shows; the everyday is played in `tests/scenarios`.

use std::net::Ipv4Addr;

use super::*;
use crate::config::{CmdNetwork, Config, Lan, Limits, Mode, Port, PortKind};
use crate::ids::PortId;
use crate::router::Event;
use crate::testbed::{Sent, Testbed, mac};
use crate::wire::frame::Framing;
use crate::wire::ipx::{Header, address};
use crate::wire::{Address, cmd};

const R1: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x71]);
const R2: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x72]);
const HOST: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const A: u16 = 0;
const B: u16 = 1;
const CMD: u16 = 2;
const X: u32 = 0xc900_0001;

/// LANs A1 and B2, a CMD network with one peer, the internal network E1.
fn config() -> Config {
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    let lan = |name, port, network| {
        Lan::new(name, PortId(port), Framing::EthernetII, NetworkNumber(network))
    };
    Config {
        internal_network: Some(NetworkNumber(0xe1)),
        ports: vec![
            port("tap0", PortKind::Tap),
            port("tap1", PortKind::Tap),
            port("10.0.0.1:2654", PortKind::Udp),
        ],
        lans: vec![lan("a", 0, 0xa1), lan("b", 1, 0xb2)],
        cmd_networks: vec![
            CmdNetwork::new("wan", PortId(2), NetworkNumber::DEFAULT_CMD, vec![PEER])
                .by_rip_and_sap(),
        ],
        ..Config::default()
    }
}

/// A router of this configuration that has said what it says at start.
fn started(config: Config) -> Testbed {
    let mut bed = Testbed::new(config);
    bed.pass(Duration::from_secs(4));
    bed.sent(Socket::RIP);
    bed.events();
    bed
}

fn entry(network: u32, hops: u16, ticks: u16) -> Entry {
    Entry { network: NetworkNumber(network), hops, ticks }
}

fn network_of(circuit: u16) -> u32 {
    match circuit {
        A => 0xa1,
        B => 0xb2,
        _ => NetworkNumber::DEFAULT_CMD.0,
    }
}

/// A packet of RIP from `node` on `circuit`, to everybody there.
fn rip_packet(circuit: u16, node: NodeAddress, socket: u16, data: &[u8]) -> Vec<u8> {
    let network = network_of(circuit);
    let (from, to) = (address(network, node.0, socket), address(network, [0xff; 6], 0x0453));
    Header::new(PacketType::RIP, from, to).packet(data).to_vec()
}

/// `node` tells a LAN how far these networks are.
fn tell(bed: &mut Testbed, circuit: u16, node: NodeAddress, entries: &[Entry]) -> Outcome {
    let data = rip::encode(Operation::Response, entries);
    bed.broadcast(circuit, node, &rip_packet(circuit, node, 0x0453, &data))
}

/// The peer tells the CMD network the same.
fn peer_tells(bed: &mut Testbed, entries: &[Entry]) -> Outcome {
    let data = rip::encode(Operation::Response, entries);
    bed.datagram(CMD, PEER, &rip_packet(CMD, cmd::node(PEER), 0x0453, &data))
}

/// A host asks; gives what it is answered.
fn ask(bed: &mut Testbed, circuit: u16, networks: &[u32]) -> Vec<Entry> {
    let networks: Vec<NetworkNumber> = networks.iter().copied().map(NetworkNumber).collect();
    let data = rip::encode_request(&networks);
    bed.sent(Socket::RIP);
    bed.broadcast(circuit, HOST, &rip_packet(circuit, HOST, 0x4010, &data));
    let mut answers = bed.sent(Socket(0x4010));
    answers.retain(|sent| sent.header().destination.node == HOST);
    answers.iter().flat_map(entries_of).collect()
}

fn entries_of(sent: &Sent) -> Vec<Entry> {
    rip::Packet::decode(sent.data()).unwrap().entries
}

/// What a circuit was told since the last call, by responses to everybody.
fn told(bed: &mut Testbed) -> Vec<(u16, Entry)> {
    let mut told = Vec::new();
    for sent in bed.sent(Socket::RIP) {
        let packet = rip::Packet::decode(sent.data()).unwrap();
        if packet.operation == Operation::Response && sent.header().destination.node.is_broadcast()
        {
            told.extend(packet.entries.into_iter().map(|entry| (sent.circuit.0, entry)));
        }
    }
    told
}

/// The route in use: the next router, hops, ticks.
fn route(bed: &Testbed, network: u32) -> Option<(NodeAddress, u16, u16)> {
    let best = bed.router().rib().best(NetworkNumber(network))?;
    Some((best.origin.node, best.hops, best.ticks))
}

const GAP: Duration = Duration::from_millis(60);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_farther_way_is_no_alternate_and_waits_for_the_hold_time() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 2, 4)]);
    tell(&mut bed, A, R2, &[entry(X, 1, 2)]);
    assert_eq!(route(&bed, X), Some((R2, 1, 2)));
    // What R1 believes may come from R2 itself.
    tell(&mut bed, A, R1, &[entry(X, 2, 4)]);
    tell(&mut bed, A, R2, &[entry(X, 16, 2)]);
    assert_eq!(route(&bed, X), None);
    bed.pass(59 * SECOND);
    tell(&mut bed, A, R1, &[entry(X, 2, 4)]);
    assert_eq!(route(&bed, X), None);
    bed.pass(2 * SECOND);
    tell(&mut bed, A, R1, &[entry(X, 2, 4)]);
    assert_eq!(route(&bed, X), Some((R1, 2, 4)));
}

#[test]
fn when_the_router_in_use_gets_farther_its_equal_takes_over_and_no_poison_is_said() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    tell(&mut bed, A, R2, &[entry(X, 1, 2)]);
    bed.pass(GAP);
    told(&mut bed);
    tell(&mut bed, A, R1, &[entry(X, 4, 9)]);
    assert_eq!(route(&bed, X), Some((R2, 1, 2)));
    bed.pass(3 * SECOND);
    assert_eq!(told(&mut bed), [], "B and the peer know this distance already");
    tell(&mut bed, A, R2, &[entry(X, 16, 0)]);
    assert_eq!(route(&bed, X), None, "R1 at 9 ticks is farther than what was held");
}

#[test]
fn whatever_the_router_in_use_says_is_true_at_once() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    bed.pass(GAP);
    told(&mut bed);
    tell(&mut bed, A, R1, &[entry(X, 5, 30)]);
    assert_eq!(route(&bed, X), Some((R1, 5, 30)));
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [(B, entry(X, 6, 31)), (CMD, entry(X, 6, 31))]);
}

#[test]
fn what_is_heard_again_unchanged_is_not_told_again() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed).len(), 2);
    for _ in 0..20 {
        tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
        bed.pass(SECOND);
    }
    assert_eq!(told(&mut bed), []);
}

#[test]
fn a_network_that_stands_twice_in_a_packet_counts_at_its_better_distance() {
    let mut bed = started(config());
    let twice = [entry(X, 3, 9), entry(X, 2, 4), entry(X, 4, 12)];
    tell(&mut bed, A, R1, &twice);
    assert_eq!(route(&bed, X), Some((R1, 2, 4)));
    tell(&mut bed, A, R1, &[entry(X, 16, 4), entry(X, 2, 4)]);
    assert_eq!(route(&bed, X), Some((R1, 2, 4)), "down and up in one packet is up");
}

#[test]
fn wildcards_and_numbers_of_our_own_are_never_learned() {
    let mut bed = started(config());
    let entries = [0, 0xffff_ffff, 0xa1, 0xb2, 0xffff_fffd].map(|network| entry(network, 1, 2));
    assert_eq!(tell(&mut bed, A, R1, &entries), Outcome::DeliveredRip);
    let rib = bed.router().rib();
    assert_eq!(rib.len(), 4, "A1, B2, the CMD network, the internal one");
    for network in [0xa1, 0xb2, 0xffff_fffd] {
        assert_eq!(rib.offers(NetworkNumber(network)).len(), 1);
    }
    assert_eq!(bed.events(), []);
}

#[test]
fn who_claims_our_internal_network_at_first_hand_raises_an_alarm_once_and_an_echo_does_not() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(0xe1, 2, 4)]);
    tell(&mut bed, A, R1, &[entry(0xe1, 16, 4)]);
    assert_eq!(bed.events(), [], "it may have it from us, by another way");
    tell(&mut bed, A, R1, &[entry(0xe1, 1, 2)]);
    tell(&mut bed, A, R1, &[entry(0xe1, 1, 2)]);
    let network = NetworkNumber(0xe1);
    let claimed = Event::InternalNetworkClaimed { network, circuit: "a".to_owned(), node: R1 };
    assert_eq!(bed.events(), [claimed]);
    assert_eq!(route(&bed, 0xe1), Some((NodeAddress::INTERNAL, 0, 1)));
}

#[test]
fn the_default_route_is_refused_on_a_lan_and_taken_from_a_peer() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(0xffff_fffe, 1, 2)]);
    assert_eq!(route(&bed, 0xffff_fffe), None);
    peer_tells(&mut bed, &[entry(0xffff_fffe, 1, 5)]);
    assert_eq!(route(&bed, 0xffff_fffe), Some((cmd::node(PEER), 1, 5)));
    assert_eq!(ask(&mut bed, A, &[0xffff_fffe]), [entry(0xffff_fffe, 2, 6)]);
}

#[test]
fn an_unknown_network_is_answered_by_the_default_route_under_the_number_asked_for() {
    let mut bed = started(config());
    assert_eq!(ask(&mut bed, A, &[X]), [], "nothing is known of it");
    peer_tells(&mut bed, &[entry(0xffff_fffe, 1, 5)]);
    assert_eq!(ask(&mut bed, A, &[X]), [entry(X, 2, 6)]);
    assert_eq!(ask(&mut bed, A, &[0]), [], "0 is no network");
    bed.pass(SECOND);
    let mut strict = config();
    strict.lans[0].rip.answer_by_default = false;
    let mut bed = started(strict);
    peer_tells(&mut bed, &[entry(0xffff_fffe, 1, 5)]);
    assert_eq!(ask(&mut bed, A, &[X]), []);
    assert_eq!(ask(&mut bed, B, &[X]), [entry(X, 2, 6)], "the setting is the circuit's");
}

#[test]
fn ticks_add_up_to_ffff_and_no_further() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 0xffff)]);
    assert_eq!(ask(&mut bed, B, &[X]), [entry(X, 2, 0xffff)]);
}

#[test]
fn a_router_that_lost_one_update_is_asked_and_keeps_its_route() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    bed.sent(Socket::RIP);
    bed.pass(164 * SECOND);
    let asked = |bed: &mut Testbed| -> Vec<Sent> {
        let mut sent = bed.sent(Socket::RIP);
        sent.retain(|sent| sent.header().destination.node == R1);
        sent
    };
    assert_eq!(asked(&mut bed), []);
    bed.pass(2 * SECOND);
    let request = asked(&mut bed);
    assert_eq!(request.len(), 1);
    let data = rip::encode_request(&[NetworkNumber(X)]);
    assert_eq!(request[0].data(), data, "for this network alone, and of this router");
    let ours = Address::new(NetworkNumber(0xa1), mac(0), Socket::RIP);
    assert_eq!(request[0].header().source, ours);
    let answer = rip::encode(Operation::Response, &[entry(X, 1, 2)]);
    let (from, to) = (address(0xa1, R1.0, 0x0453), address(0xa1, mac(0).0, 0x0453));
    let answer = Header::new(PacketType::RIP, from, to).packet(&answer);
    bed.unicast(A, R1, &answer);
    bed.pass(100 * SECOND);
    assert_eq!(route(&bed, X), Some((R1, 1, 2)));
}

#[test]
fn a_router_with_a_large_table_that_falls_silent_is_asked_for_all_of_it_in_one_packet() {
    let mut bed = started(config());
    let entries: Vec<Entry> = (0..500).map(|n| entry(X + n, 1, 2)).collect();
    for entries in entries.chunks(MAX_ENTRIES) {
        tell(&mut bed, A, R1, entries);
    }
    bed.sent(Socket::RIP);
    bed.pass(170 * SECOND);
    let mut asked = bed.sent(Socket::RIP);
    asked.retain(|sent| sent.header().destination.node == R1);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].data(), rip::encode_request(&[NetworkNumber::ALL]));
}

#[test]
fn a_route_that_came_back_within_two_seconds_is_not_poisoned_again() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    bed.pass(GAP);
    tell(&mut bed, A, R1, &[entry(X, 16, 2)]);
    bed.pass(GAP);
    told(&mut bed);
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    bed.pass(30 * SECOND);
    assert_eq!(told(&mut bed), [(B, entry(X, 2, 3)), (CMD, entry(X, 2, 3))]);
}

#[test]
fn a_route_that_flaps_within_a_gap_is_told_once_as_it_is_at_last() {
    let mut bed = started(config());
    // The first packet goes out at once, and opens the gap.
    tell(&mut bed, A, R1, &[entry(0x77, 1, 2)]);
    bed.pass(Duration::from_millis(1));
    told(&mut bed);
    for ticks in [2, 9, 3] {
        tell(&mut bed, A, R1, &[entry(X, 1, ticks)]);
        tell(&mut bed, A, R1, &[entry(X, 16, ticks)]);
    }
    tell(&mut bed, A, R1, &[entry(X, 1, 4)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [(B, entry(X, 2, 5)), (CMD, entry(X, 2, 5))]);
}

#[test]
fn a_storm_of_flaps_does_not_fill_the_memory() {
    let limits = Limits { routes: 100, ..Limits::default() };
    let mut bed = started(Config { limits, ..config() });
    for round in 0..200 {
        let networks = (0..50).map(|n| X + round * 50 + n);
        let up: Vec<Entry> = networks.clone().map(|network| entry(network, 1, 2)).collect();
        let down: Vec<Entry> = networks.map(|network| entry(network, 16, 2)).collect();
        tell(&mut bed, A, R1, &up);
        tell(&mut bed, A, R1, &down);
    }
    told(&mut bed);
    bed.pass(10 * SECOND);
    let said = told(&mut bed).into_iter().filter(|(circuit, _)| *circuit == B).count();
    assert!(said <= 3 * 2 * 100, "{said} entries were kept to be told, with room for 100 routes");
}

#[test]
fn a_network_equally_near_on_two_sides_is_told_to_neither() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry(X, 1, 2)]);
    tell(&mut bed, B, R2, &[entry(X, 1, 2)]);
    bed.pass(GAP);
    told(&mut bed);
    bed.pass(70 * SECOND);
    let sides: Vec<u16> = told(&mut bed)
        .into_iter()
        .filter(|(_, entry)| entry.network.0 == X)
        .map(|(circuit, _)| circuit)
        .collect();
    assert_eq!(sides, [CMD]);
}

#[test]
fn requests_are_answered_where_updates_are_off() {
    let mut quiet = config();
    quiet.lans[0].rip.updates = Mode::Off;
    let mut bed = started(quiet);
    tell(&mut bed, B, R2, &[entry(X, 1, 2)]);
    bed.pass(70 * SECOND);
    assert_eq!(told(&mut bed).iter().filter(|(circuit, _)| *circuit == A).count(), 0);
    assert_eq!(ask(&mut bed, A, &[X]), [entry(X, 2, 3)]);
    let data = rip::encode_request(&[NetworkNumber::ALL]);
    bed.broadcast(A, HOST, &rip_packet(A, HOST, 0x4010, &data));
    bed.pass(GAP);
    let answers = bed.sent(Socket(0x4010));
    assert_eq!(answers.iter().flat_map(entries_of).count(), 4, "B2, the CMD network, E1 and X");
}

#[test]
fn an_alarm_is_raised_by_a_router_with_another_number_but_not_by_a_distant_asker() {
    let mut bed = started(config());
    // A tool on network 99 asks us by unicast, through a router.
    let (from, to) = (address(0x99, HOST.0, 0x4010), address(0xa1, mac(0).0, 0x0453));
    let data = rip::encode_request(&[NetworkNumber(X)]);
    let request = Header::new(PacketType::RIP, from, to).packet(&data);
    assert_eq!(bed.unicast(A, R1, &request), Outcome::RipIgnored);
    assert_eq!(bed.events(), []);
    let (from, to) = (address(0x99, R1.0, 0x0453), address(0x99, [0xff; 6], 0x0453));
    let data = rip::encode(Operation::Response, &[entry(X, 1, 2)]);
    let response = Header::new(PacketType::RIP, from, to).packet(&data);
    assert_eq!(bed.broadcast(A, R1, &response), Outcome::RipIgnored);
    let (ours, theirs) = (NetworkNumber(0xa1), NetworkNumber(0x99));
    let circuit = "a".to_owned();
    assert_eq!(bed.events(), [Event::NetworkMismatch { circuit, ours, theirs, node: R1 }]);
    assert_eq!(route(&bed, X), None);
}

#[test]
fn a_lan_without_a_number_takes_the_one_that_all_routers_name_within_two_seconds() {
    let mut learning = config();
    learning.lans[0].network = None;
    let mut bed = Testbed::new(learning);
    bed.pass(Duration::from_millis(2_500));
    let mut asked = bed.sent(Socket::RIP);
    asked.retain(|sent| sent.circuit.0 == A);
    assert_eq!(asked.len(), 3, "a request each second, and nothing else");
    let from = |network: u32, node: NodeAddress| {
        let (from, to) = (address(network, node.0, 0x0453), address(network, [0xff; 6], 0x0453));
        let data = rip::encode(Operation::Response, &[entry(X, 1, 2)]);
        Header::new(PacketType::RIP, from, to).packet(&data)
    };
    let known = |bed: &Testbed| bed.router().circuits().get(CircuitId(A)).unwrap().network;
    bed.events();
    bed.broadcast(A, R1, &from(0xa5, R1));
    bed.broadcast(A, R2, &from(0xa6, R2));
    bed.pass(3 * SECOND);
    assert_eq!(known(&bed), NetworkNumber(0), "they contradict each other");
    assert!(matches!(bed.events()[..], [Event::NetworkMismatch { .. }]));
    bed.broadcast(A, R1, &from(0xa5, R1));
    bed.broadcast(A, R2, &from(0xa5, R2));
    bed.pass(Duration::from_millis(1_900));
    assert_eq!(known(&bed), NetworkNumber(0));
    bed.pass(Duration::from_millis(200));
    assert_eq!(known(&bed), NetworkNumber(0xa5));
    assert_eq!(route(&bed, X), None, "what was heard before the number was known does not count");
}

#[test]
fn a_full_table_refuses_what_is_new_once_and_keeps_what_it_has() {
    let limits = Limits { routes: 5, ..Limits::default() };
    let mut bed = started(Config { limits, ..config() });
    // Four networks are our own.
    tell(&mut bed, A, R1, &[entry(X, 1, 2), entry(X + 1, 1, 2), entry(X + 2, 1, 2)]);
    tell(&mut bed, A, R1, &[entry(X + 3, 1, 2)]);
    assert_eq!(route(&bed, X), Some((R1, 1, 2)));
    assert_eq!(route(&bed, X + 1), None);
    assert_eq!(bed.events(), [Event::RouteLimit { limit: 5 }]);
    tell(&mut bed, A, R2, &[entry(X, 1, 1)]);
    assert_eq!(route(&bed, X), Some((R2, 1, 1)), "a better way to a known network");
    tell(&mut bed, A, R2, &[entry(X, 16, 1)]);
    tell(&mut bed, A, R1, &[entry(X + 1, 1, 2)]);
    assert_eq!(route(&bed, X + 1), Some((R1, 1, 2)));
    tell(&mut bed, A, R1, &[entry(X + 2, 1, 2)]);
    assert_eq!(bed.events(), [Event::RouteLimit { limit: 5 }], "it was not full in between");
}

#[test]
fn many_who_ask_for_everything_do_not_keep_the_periodic_update_back() {
    let mut bed = started(config());
    // A table of sixty packets, so that answers to thirty take long.
    for first in 0..60 {
        let networks: Vec<Entry> =
            (0..50).map(|number| entry(0xd000_0000 + 50 * first + number, 1, 2)).collect();
        tell(&mut bed, B, R2, &networks);
    }
    bed.pass(70 * SECOND);
    told(&mut bed);
    let everything = rip::encode_request(&[NetworkNumber::ALL]);
    let mut most = 0;
    for _ in 0..2 {
        for host in 0..30 {
            let node = NodeAddress([2, 0, 0, 0, 1, host]);
            bed.broadcast(A, node, &rip_packet(A, node, 0x4010, &everything));
        }
        bed.pass(60 * SECOND);
        let to_all = told(&mut bed);
        most = to_all.iter().filter(|(circuit, _)| *circuit == A).count();
    }
    assert!(most >= 3_000, "the update got through in its minute: {most} entries");
}
