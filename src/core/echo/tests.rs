//! Ping and diagnostics, byte by byte and over time.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::config::{CmdNetwork, Config, Lan, Port, PortKind, StaticRoute};
use crate::forward::LinkDestination;
use crate::ids::{CircuitId, PortId};
use crate::router::{Command, Reply};
use crate::testbed::{OUR_IP, Sent, Testbed, mac};
use crate::wire::diagnostics::{Component, LocalNetwork, LocalNetworkKind, Response};
use crate::wire::frame::Framing;
use crate::wire::ipx::{PacketType, address};
use crate::wire::{Address, NetworkNumber, NodeAddress, cmd};

const CLIENT: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const ROUTER: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x77]);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const LAN: u16 = 0;
const CMD: u16 = 1;

/// LAN A1, a CMD network with one peer, the internal network E1; 99 lies behind a router on A1,
/// 88 behind the peer.
fn site() -> Config {
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    let route = |network, circuit, node| StaticRoute {
        network: NetworkNumber(network),
        circuit: CircuitId(circuit),
        node,
        hops: 1,
        ticks: 2,
    };
    Config {
        internal_network: Some(NetworkNumber(0xe1)),
        ports: vec![port("tap0", PortKind::Tap), port("10.0.0.1:2654", PortKind::Udp)],
        lans: vec![Lan::new("lan", PortId(0), Framing::EthernetII, NetworkNumber(0xa1))],
        cmd_networks: vec![
            CmdNetwork::new("wan", PortId(1), NetworkNumber::DEFAULT_CMD, vec![PEER])
                .by_rip_and_sap(),
        ],
        static_routes: vec![route(0x99, LAN, ROUTER), route(0x88, CMD, cmd::node(PEER))],
        ..Config::default()
    }
}

/// Frame 22 of the sample capture, without its link header: a ping request to 02…01 on A1.
const REQUEST: &str = "ffff00380004000000a10200000000019086000000a10200000000c14010\
    50696e670100123400 00000102030405060708090a0b0c0d0e0f";
/// Frame 23: the answer.
const ANSWER: &str = "ffff00380004000000a10200000000c14010000000a10200000000019086\
    50696e670101123401 00000102030405060708090a0b0c0d0e0f";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn packet(source: Address, destination: Address, data: &[u8]) -> Vec<u8> {
    Header::new(PacketType::PEP, source, destination).packet(data).to_vec()
}

fn request(source: Address, destination: Address) -> Vec<u8> {
    let ping = wire::Ping { kind: wire::Kind::Request, identifier: 7, result: 0, data: b"hello" };
    packet(source, destination, &ping.encode())
}

#[test]
fn a_ping_is_answered_byte_by_byte_as_in_the_samples() {
    let mut bed = Testbed::new(site());
    assert_eq!(bed.unicast(LAN, CLIENT, &bytes(REQUEST)), Outcome::DeliveredPing);
    let sent = bed.sent(Socket::PING);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, LinkDestination::Node(CLIENT));
    assert_eq!(hex::encode(&sent[0].packet), ANSWER.replace(' ', ""));
}

#[test]
fn replies_broadcasts_and_pings_with_a_bad_head_are_ignored() {
    let mut bed = Testbed::new(site());
    let client = address(0xa1, CLIENT.0, 0x4010);
    let everyone = address(0xa1, [0xff; 6], 0x9086);
    let mut reply = bytes(REQUEST);
    reply[30 + 5] = 1;
    assert_eq!(bed.unicast(LAN, CLIENT, &reply), Outcome::PingIgnored);
    assert_eq!(bed.broadcast(LAN, CLIENT, &request(client, everyone)), Outcome::PingIgnored);
    let directed = request(address(0x99, CLIENT.0, 0x4010), everyone);
    assert_eq!(bed.datagram(CMD, PEER, &directed), Outcome::Propagated, "sent on, not answered");
    let mut version = bytes(REQUEST);
    version[30 + 4] = 2;
    assert_eq!(bed.unicast(LAN, CLIENT, &version), Outcome::PingIgnored);
    let mut answers = bed.sent(Socket::PING);
    answers.retain(|sent| sent.header().source.socket == Socket::PING);
    assert_eq!(answers, []);
}

#[test]
fn a_distant_asker_is_answered_by_the_route_table_from_the_address_it_asked() {
    let mut bed = Testbed::new(site());
    let far = address(0x88, CLIENT.0, 0x4010);
    let internal = address(0xe1, NodeAddress::INTERNAL.0, 0x9086);
    // By the LAN it came, by the peer it goes: that is where the route leads.
    assert_eq!(bed.unicast(LAN, ROUTER, &request(far, internal)), Outcome::DeliveredPing);
    let sent = bed.sent(Socket::PING);
    assert_eq!((sent[0].circuit.0, sent[0].to), (CMD, LinkDestination::Peer(PEER)));
    let header = sent[0].header();
    assert_eq!((header.source, header.destination), (internal, far));
    let nowhere = address(0x77, CLIENT.0, 0x4010);
    assert_eq!(bed.unicast(LAN, ROUTER, &request(nowhere, internal)), Outcome::NoRoute);
}

#[test]
fn a_flood_of_one_asker_is_answered_a_hundred_times_a_second_and_others_as_before() {
    let mut bed = Testbed::new(site());
    let flood = (0..1_000)
        .filter(|_| bed.unicast(LAN, CLIENT, &bytes(REQUEST)) == Outcome::AnswerLimited)
        .count();
    assert_eq!(flood, 900);
    let other = request(address(0xa1, ROUTER.0, 0x4010), address(0xa1, mac(0).0, 0x9086));
    assert_eq!(bed.unicast(LAN, ROUTER, &other), Outcome::DeliveredPing);
    bed.pass(Duration::from_millis(10));
    assert_eq!(bed.unicast(LAN, CLIENT, &bytes(REQUEST)), Outcome::DeliveredPing);
}

fn ping(to: Address, count: u32) -> Command {
    let (interval, timeout) = (Duration::from_secs(1), Duration::from_secs(2));
    Command::Ping { to, count, size: 56, interval, timeout }
}

/// Our own pings among what was sent.
fn requests(bed: &mut Testbed) -> Vec<Sent> {
    let mut sent = bed.sent(PING_CLIENT);
    sent.retain(|sent| sent.header().source.socket == PING_CLIENT);
    sent
}

/// What the destination of `sent` answers, after `hops` routers.
fn answer(sent: &Sent, hops: u8) -> Vec<u8> {
    let Header { source, destination, .. } = sent.header();
    let request = wire::Ping::decode(sent.data()).unwrap();
    let mut header = Header::new(PacketType::PEP, destination, source);
    header.transport_control = hops;
    header.packet(&request.reply().encode()).to_vec()
}

#[test]
fn an_operator_pings_a_node_behind_a_peer_and_hears_of_each_answer_and_of_the_whole() {
    let mut bed = Testbed::new(site());
    let to = address(0x88, CLIENT.0, 0);
    bed.command(5, ping(to, 2));
    for hops in [3, 4] {
        let sent = requests(&mut bed);
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].circuit.0, sent[0].to), (CMD, LinkDestination::Peer(PEER)));
        let header = sent[0].header();
        let ours = Address::new(NetworkNumber::DEFAULT_CMD, cmd::node(OUR_IP), PING_CLIENT);
        assert_eq!(header.source, ours);
        assert_eq!(header.destination, Address { socket: Socket::PING, ..to });
        assert_eq!((header.packet_type, header.length), (PacketType::PEP, 30 + 10 + 56));
        bed.pass(Duration::from_millis(u64::from(hops)));
        assert_eq!(bed.datagram(CMD, PEER, &answer(&sent[0], hops)), Outcome::DeliveredPing);
        bed.pass(Duration::from_millis(1_000 - u64::from(hops)));
    }
    let id = RequestId(5);
    let told = |sequence, us, hops| Reply::PingAnswer {
        sequence,
        round_trip_us: Some(us),
        size: 56,
        hops,
    };
    let summary = Reply::PingSummary {
        to: Address { socket: Socket::PING, ..to },
        sent: 2,
        received: 2,
        least_us: Some(3_000),
        mean_us: Some(3_500),
        greatest_us: Some(4_000),
    };
    assert_eq!(
        bed.replies(),
        [(id, told(0, 3_000, 3), false), (id, told(1, 4_000, 4), false), (id, summary, true)]
    );
}

#[test]
fn a_ping_on_our_own_lan_goes_straight_to_its_node_and_one_beyond_goes_to_the_router() {
    let mut bed = Testbed::new(site());
    bed.command(1, ping(address(0xa1, CLIENT.0, 0), 1));
    bed.command(2, ping(address(0x99, CLIENT.0, 0), 1));
    let sent = requests(&mut bed);
    assert_eq!(sent[0].to, LinkDestination::Node(CLIENT));
    assert_eq!(sent[1].to, LinkDestination::Node(ROUTER));
    assert_eq!(sent[1].header().source, Address::new(NetworkNumber(0xa1), mac(0), PING_CLIENT));
    assert_ne!(sent[0].data()[6..8], sent[1].data()[6..8], "identifiers");
}

#[test]
fn a_lost_ping_is_told_of_after_its_timeout_and_in_order() {
    let mut bed = Testbed::new(site());
    bed.command(1, ping(address(0xa1, CLIENT.0, 0), 2));
    bed.pass(Duration::from_millis(1_500));
    let sent = requests(&mut bed);
    assert_eq!(sent.len(), 2);
    assert_eq!(bed.unicast(LAN, CLIENT, &answer(&sent[1], 0)), Outcome::DeliveredPing);
    assert_eq!(bed.replies(), [], "the first one may still be answered");
    assert_eq!(bed.unicast(LAN, CLIENT, &answer(&sent[1], 0)), Outcome::PingIgnored, "twice");
    bed.pass(Duration::from_millis(499));
    assert_eq!(bed.replies(), []);
    bed.pass(Duration::from_millis(1));
    let replies = bed.replies();
    assert!(matches!(
        &replies[..],
        [
            (_, Reply::PingAnswer { sequence: 0, round_trip_us: None, .. }, false),
            (_, Reply::PingAnswer { sequence: 1, round_trip_us: Some(500_000), .. }, false),
            (_, Reply::PingSummary { sent: 2, received: 1, mean_us: Some(500_000), .. }, true),
        ]
    ));
    assert_eq!(bed.unicast(LAN, CLIENT, &answer(&sent[0], 0)), Outcome::PingIgnored, "too late");
}

#[test]
fn an_answer_from_somebody_else_does_not_count() {
    let mut bed = Testbed::new(site());
    bed.command(1, ping(address(0xa1, CLIENT.0, 0), 1));
    let sent = requests(&mut bed);
    let mut forged = answer(&sent[0], 0);
    forged[22..28].copy_from_slice(&ROUTER.0);
    assert_eq!(bed.unicast(LAN, ROUTER, &forged), Outcome::PingIgnored);
    bed.pass(Duration::from_secs(2));
    assert!(matches!(
        bed.replies().last(),
        Some((_, Reply::PingSummary { received: 0, .. }, true))
    ));
}

#[test]
fn our_own_addresses_answer_without_a_packet() {
    let mut bed = Testbed::new(site());
    let ours = [
        address(0xe1, NodeAddress::INTERNAL.0, 0),
        address(0xa1, mac(0).0, 0),
        Address::new(NetworkNumber::DEFAULT_CMD, cmd::node(OUR_IP), Socket(0)),
    ];
    for (id, to) in (0..).zip(ours) {
        bed.command(id, ping(to, 1));
        let replies = bed.replies();
        assert!(matches!(
            &replies[..],
            [
                (_, Reply::PingAnswer { round_trip_us: Some(0), size: 56, hops: 0, .. }, false),
                (_, Reply::PingSummary { sent: 1, received: 1, .. }, true),
            ]
        ));
    }
    assert_eq!(requests(&mut bed), []);
}

#[test]
fn a_ping_that_cannot_be_sent_says_why_and_what_would_be_right() {
    let mut bed = Testbed::new(site());
    let reason = |bed: &mut Testbed, command| {
        bed.command(1, command);
        match bed.replies().pop() {
            Some((_, Reply::Failed { reason }, true)) => reason,
            other => panic!("{other:?} is no failure"),
        }
    };
    let client = address(0xa1, CLIENT.0, 0);
    for (command, said) in [
        (ping(address(0x77, CLIENT.0, 0), 1), "no route to network 00000077"),
        (ping(address(0, CLIENT.0, 0), 1), "00000000 is no network that can be pinged"),
        (ping(address(0xa1, [0xff; 6], 0), 1), "FFFFFFFFFFFF is no single node"),
        (ping(address(0xffff_fffd, CLIENT.0, 0), 1), "is no peer on network FFFFFFFD"),
        (ping(client, 0), "count is 0"),
    ] {
        let reason = reason(&mut bed, command);
        assert!(reason.contains(said), "`{reason}` does not say `{said}`");
    }
    let (interval, timeout) = (Duration::from_secs(1), Duration::from_secs(1));
    let sized = |size| Command::Ping { to: client, count: 1, size, interval, timeout };
    let said = reason(&mut bed, sized(1_461));
    assert!(said.contains("0 to 1460 bytes of data"), "{said}");
    bed.command(2, sized(1_460));
    assert_eq!(requests(&mut bed)[0].header().length, 1_500);
}

#[test]
fn a_cancelled_request_sends_and_says_nothing_more() {
    let mut bed = Testbed::new(site());
    bed.command(1, ping(address(0xa1, CLIENT.0, 0), 100));
    let sent = requests(&mut bed);
    bed.command(1, Command::Cancel);
    assert_eq!(bed.unicast(LAN, CLIENT, &answer(&sent[0], 0)), Outcome::PingIgnored);
    bed.pass(Duration::from_secs(10));
    assert_eq!(requests(&mut bed), []);
    assert_eq!(bed.replies(), []);
}

#[test]
fn thirty_two_requests_ping_at_once_and_the_next_is_refused() {
    let mut bed = Testbed::new(site());
    for id in 0..32 {
        bed.command(id, ping(address(0xa1, CLIENT.0, 0), 9));
    }
    assert_eq!(bed.replies(), []);
    bed.command(32, ping(address(0xa1, CLIENT.0, 0), 9));
    assert!(matches!(&bed.replies()[..], [(RequestId(32), Reply::Failed { .. }, true)]));
}

#[test]
fn a_ping_flood_of_an_operator_keeps_a_bounded_number_under_way() {
    let mut bed = Testbed::new(site());
    let (interval, timeout) = (Duration::ZERO, Duration::from_secs(3_600));
    let to = address(0xa1, CLIENT.0, 0);
    bed.command(1, Command::Ping { to, count: u32::MAX, size: 0, interval, timeout });
    bed.pass(Duration::from_secs(59));
    assert_eq!(requests(&mut bed).len(), 256);
    bed.pass(Duration::from_millis(1_100));
    assert!(requests(&mut bed).len() > 50, "the timeout is 60 s at most");
}

/// Frame 24 of the sample capture: a diagnostic request that excludes 02…F5.
const CONFIGURATION: &str = "ffff00250004000000a1ffffffffffff0456000000a10200000000c14011\
    0102000000 00f5";

#[test]
fn a_diagnostic_broadcast_is_answered_within_half_a_second_with_what_the_agent_is() {
    let mut bed = Testbed::new(site());
    let asked = bed.now();
    assert_eq!(bed.broadcast(LAN, CLIENT, &bytes(CONFIGURATION)), Outcome::DeliveredDiagnostics);
    bed.pass(Duration::from_millis(500));
    let sent = bed.sent(Socket::DIAGNOSTICS);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].at > asked, "with this seed the answer is not at once");
    assert_eq!(sent[0].to, LinkDestination::Node(CLIENT));
    let header = sent[0].header();
    assert_eq!(header.source, Address::new(NetworkNumber(0xa1), mac(0), Socket::DIAGNOSTICS));
    assert_eq!(header.destination, address(0xa1, CLIENT.0, 0x4011));
    let network =
        |kind, network, node| LocalNetwork { kind, network: NetworkNumber(network), node };
    let networks = vec![
        network(LocalNetworkKind::Virtual, 0xe1, NodeAddress::INTERNAL),
        network(LocalNetworkKind::Lan, 0xa1, mac(0)),
        network(LocalNetworkKind::Virtual, 0xffff_fffd, cmd::node(OUR_IP)),
    ];
    let components = vec![Component::Simple(0), Component::Router { id: 5, networks }];
    let response = Response { version: (1, 0), spx_socket: 0, components };
    assert_eq!(Response::decode(sent[0].data()), Ok(response));
}

#[test]
fn an_excluded_agent_and_one_that_is_told_to_be_silent_say_nothing() {
    let mut excluded = bytes(CONFIGURATION);
    excluded[31..].copy_from_slice(&mac(0).0);
    let mut bed = Testbed::new(site());
    assert_eq!(bed.broadcast(LAN, CLIENT, &excluded), Outcome::DiagnosticsIgnored);
    let mut silent = Testbed::new(Config { diagnostics: false, ..site() });
    let asked = silent.broadcast(LAN, CLIENT, &bytes(CONFIGURATION));
    assert_eq!(asked, Outcome::DiagnosticsIgnored);
    for bed in [&mut bed, &mut silent] {
        bed.pass(Duration::from_secs(1));
        assert_eq!(bed.sent(Socket::DIAGNOSTICS), []);
    }
}

#[test]
fn a_diagnostic_request_to_us_alone_is_answered_at_once() {
    let mut bed = Testbed::new(site());
    let mut request = bytes(CONFIGURATION);
    request[10..16].copy_from_slice(&mac(0).0);
    assert_eq!(bed.unicast(LAN, CLIENT, &request), Outcome::DeliveredDiagnostics);
    assert_eq!(bed.sent(Socket::DIAGNOSTICS).len(), 1);
    request[30] = 2;
    assert_eq!(bed.unicast(LAN, CLIENT, &request), Outcome::DiagnosticsIgnored, "cut short");
}

#[test]
fn a_storm_of_diagnostic_broadcasts_leaves_a_bounded_number_of_answers_waiting() {
    let mut bed = Testbed::new(site());
    let mut waiting = 0;
    for node in 0..200 {
        let from = NodeAddress([2, 0, 0, 1, 0, node]);
        let mut request = bytes(CONFIGURATION);
        request[22..28].copy_from_slice(&from.0);
        match bed.broadcast(LAN, from, &request) {
            Outcome::DeliveredDiagnostics => waiting += 1,
            other => assert_eq!(other, Outcome::AnswerLimited),
        }
    }
    assert_eq!(waiting, 64);
    bed.pass(Duration::from_millis(500));
    assert_eq!(bed.sent(Socket::DIAGNOSTICS).len(), 64);
}
