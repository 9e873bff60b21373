//! Broadcasts that cross routers, byte by byte.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::config::{CmdNetwork, Config, Lan, Port, PortKind, StaticRoute, Type20};
use crate::forward::LinkDestination;
use crate::ids::PortId;
use crate::testbed::{Sent, Testbed};
use crate::wire::ipx::address;
use crate::wire::{NodeAddress, Socket, cmd};

const CLIENT: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const ROUTER: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x77]);
const PEERS: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3)];

/// The circuits of [`three_lans`].
const A1: u16 = 0;
const B2: u16 = 1;
const C3: u16 = 2;
const CMD: u16 = 3;

/// LANs A1, B2 and C3, and the CMD network FFFFFFFD with two peers. On the CMD network type 20
/// is as by default: off, 50 a second.
fn three_lans() -> Config {
    let lan = |name, port, network| {
        Lan::new(name, PortId(port), Framing::EthernetII, NetworkNumber(network))
    };
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    Config {
        internal_network: Some(NetworkNumber(0xe1)),
        ports: vec![
            port("tap0", PortKind::Tap),
            port("tap1", PortKind::Tap),
            port("tap2", PortKind::Tap),
            port("10.0.0.1:2654", PortKind::Udp),
        ],
        lans: vec![lan("a", 0, 0xa1), lan("b", 1, 0xb2), lan("c", 2, 0xc3)],
        cmd_networks: vec![
            CmdNetwork::new("wan", PortId(3), NetworkNumber::DEFAULT_CMD, PEERS.to_vec())
                .by_rip_and_sap(),
        ],
        ..Config::default()
    }
}

/// A name claim of 80 bytes: `routers` crossed, `list` in the first places, `junk` in the rest.
fn claim(routers: u8, network: u32, source: u32, list: &[u32], junk: u32) -> Vec<u8> {
    let mut header = Header::new(
        ipx::PacketType::PROPAGATED,
        address(source, CLIENT.0, 0x0455),
        address(network, [0xff; 6], 0x0455),
    );
    header.transport_control = routers;
    let mut data = Vec::new();
    for place in 0..8 {
        let entry = list.get(place).copied().unwrap_or(junk);
        data.extend_from_slice(&entry.to_be_bytes());
    }
    data.extend_from_slice(b"\x00\x01WORKSTATION1   \x00");
    header.packet(&data).to_vec()
}

/// Frame 19 of the sample capture, without its link header: as a host sends it.
const AS_SENT: &str = "ffff0050001400000000ffffffffffff0455000000000200000000c10455\
    0000000000000000000000000000000000000000000000000000000000000000\
    0001574f524b53544154494f4e3120202000";
/// Frame 20: after two routers, which list A1 and B2, on C3.
const AFTER_TWO: &str = "ffff00500214000000c3ffffffffffff0455000000a10200000000c10455\
    000000a1000000b2000000000000000000000000000000000000000000000000\
    0001574f524b53544154494f4e3120202000";
/// Frame 21: after eight, with the list full.
const AFTER_EIGHT: &str = "ffff00500814000000c9ffffffffffff0455000000a10200000000c10455\
    000000a1000000a2000000a3000000a4000000a5000000a6000000a7000000a8\
    0001574f524b53544154494f4e3120202000";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn sent(bed: &mut Testbed) -> Vec<Sent> {
    bed.sent(Socket::NETBIOS)
}

/// Which circuits were sent to, and how.
fn ways(sent: &[Sent]) -> Vec<(u16, LinkDestination)> {
    sent.iter().map(|sent| (sent.circuit.0, sent.to)).collect()
}

#[test]
fn a_name_claim_goes_to_every_other_lan_with_the_incoming_network_in_its_list() {
    let mut bed = Testbed::new(three_lans());
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::Propagated);
    let sent = sent(&mut bed);
    let everyone = LinkDestination::Broadcast;
    assert_eq!(ways(&sent), [(B2, everyone), (C3, everyone)]);
    assert_eq!(
        hex::encode(&sent[0].packet),
        "ffff00500114000000b2ffffffffffff0455000000a10200000000c10455\
         000000a100000000000000000000000000000000000000000000000000000000\
         0001574f524b53544154494f4e3120202000"
    );
    assert_eq!(
        hex::encode(&sent[1].packet),
        "ffff00500114000000c3ffffffffffff0455000000a10200000000c10455\
         000000a100000000000000000000000000000000000000000000000000000000\
         0001574f524b53544154494f4e3120202000"
    );
}

#[test]
fn a_second_router_adds_the_second_entry_and_leaves_junk_behind_it_alone() {
    let mut bed = Testbed::new(three_lans());
    let packet = claim(1, 0xb2, 0xa1, &[0xa1], 0x0bad_beef);
    assert_eq!(bed.broadcast(B2, ROUTER, &packet), Outcome::Propagated);
    let sent = sent(&mut bed);
    assert_eq!(ways(&sent), [(C3, LinkDestination::Broadcast)], "it has been on A1");
    assert_eq!(sent[0].packet, claim(2, 0xc3, 0xa1, &[0xa1, 0xb2], 0x0bad_beef));
    let clean = claim(1, 0xb2, 0xa1, &[0xa1], 0);
    assert_eq!(bed.broadcast(B2, ROUTER, &clean), Outcome::Propagated);
    assert_eq!(self::sent(&mut bed)[0].packet, bytes(AFTER_TWO), "frame 20 of the samples");
}

#[test]
fn a_claim_that_was_on_all_our_networks_goes_nowhere() {
    let mut bed = Testbed::new(three_lans());
    assert_eq!(bed.broadcast(C3, ROUTER, &bytes(AFTER_TWO)), Outcome::NowhereToPropagate);
    assert_eq!(sent(&mut bed), []);
}

#[test]
fn sixty_one_bytes_are_too_short_for_a_list_and_sixty_two_are_enough() {
    let mut bed = Testbed::new(three_lans());
    let of_length = |length: u16| {
        let mut packet = bytes(AS_SENT);
        packet.truncate(length.into());
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        packet
    };
    assert_eq!(bed.broadcast(A1, CLIENT, &of_length(61)), Outcome::Type20Short);
    assert_eq!(sent(&mut bed), []);
    assert_eq!(bed.broadcast(A1, CLIENT, &of_length(62)), Outcome::Propagated);
    let sent = sent(&mut bed);
    let header = sent[0].header();
    assert_eq!((header.transport_control, header.length), (1, 62));
    assert_eq!(header.destination.network, NetworkNumber(0xb2));
    assert_eq!(sent[0].data()[..4], [0, 0, 0, 0xa1]);
}

#[test]
fn the_eighth_network_is_the_last() {
    let mut bed = Testbed::new(three_lans());
    let seven = [0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77];
    assert_eq!(bed.broadcast(A1, ROUTER, &claim(7, 0xa1, 0x71, &seven, 0)), Outcome::Propagated);
    let sent = sent(&mut bed);
    let full = [0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0xa1];
    assert_eq!(sent[0].packet, claim(8, 0xb2, 0x71, &full, 0));
    for packet in [bytes(AFTER_EIGHT), claim(9, 0xa1, 0x71, &full, 0)] {
        assert_eq!(bed.broadcast(A1, ROUTER, &packet), Outcome::Type20Hops);
    }
    assert_eq!(self::sent(&mut bed), []);
}

#[test]
fn a_claim_that_was_on_the_incoming_network_before_is_a_loop() {
    let mut bed = Testbed::new(three_lans());
    let packet = claim(2, 0xa1, 0xa1, &[0xa1, 0x99], 0);
    assert_eq!(bed.broadcast(A1, ROUTER, &packet), Outcome::Type20Loop);
    // Beyond the hop count the list is junk.
    let packet = claim(1, 0xa1, 0x99, &[0x99, 0xa1], 0xb2);
    assert_eq!(bed.broadcast(A1, ROUTER, &packet), Outcome::Propagated);
    assert_eq!(ways(&sent(&mut bed)).len(), 2);
}

#[test]
fn a_checksum_in_use_holds_in_every_copy_and_a_wrong_one_stays_wrong() {
    let mut bed = Testbed::new(three_lans());
    let mut packet = bytes(AS_SENT);
    let sum = ipx::checksum(&packet);
    ipx::set_checksum(&mut packet, sum);
    assert_eq!(bed.broadcast(A1, CLIENT, &packet), Outcome::Propagated);
    for sent in sent(&mut bed) {
        assert_ne!(sent.header().checksum, ipx::NO_CHECKSUM);
        assert_eq!(sent.header().checksum, ipx::checksum(&sent.packet));
    }
    ipx::set_checksum(&mut packet, sum ^ 0x0100);
    assert_eq!(bed.broadcast(A1, CLIENT, &packet), Outcome::Propagated);
    for sent in sent(&mut bed) {
        assert!(!ipx::checksum_holds(&sent.packet), "the receiver shall find it");
    }
}

#[test]
fn raw_802_3_takes_a_checksummed_claim_only_with_leave_to_strip_it() {
    let mut config = three_lans();
    config.lans[2].type20.enabled = false;
    config.lans[1].framing = Framing::Raw8023;
    let mut checksummed = bytes(AS_SENT);
    let sum = ipx::checksum(&checksummed);
    ipx::set_checksum(&mut checksummed, sum);
    let mut wrong = checksummed.clone();
    ipx::set_checksum(&mut wrong, sum ^ 0x0100);

    let mut bed = Testbed::new(config.clone());
    assert_eq!(bed.broadcast(A1, CLIENT, &checksummed), Outcome::ChecksumInTheWay);
    assert_eq!(sent(&mut bed), []);
    config.lans[1].strip_checksum = true;
    let mut bed = Testbed::new(config);
    assert_eq!(bed.broadcast(A1, CLIENT, &wrong), Outcome::BadChecksum);
    assert_eq!(bed.broadcast(A1, CLIENT, &checksummed), Outcome::Propagated);
    let sent = sent(&mut bed);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].header().checksum, ipx::NO_CHECKSUM);
}

#[test]
fn a_circuit_that_is_switched_off_neither_takes_nor_gets_claims() {
    let mut config = three_lans();
    config.lans[1].type20.enabled = false;
    let mut bed = Testbed::new(config);
    assert_eq!(bed.broadcast(B2, CLIENT, &bytes(AS_SENT)), Outcome::NowhereToPropagate);
    assert_eq!(sent(&mut bed), []);
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::Propagated);
    assert_eq!(ways(&sent(&mut bed)), [(C3, LinkDestination::Broadcast)]);
}

#[test]
fn a_cmd_network_gets_nothing_unless_enabled_and_then_one_copy_per_peer() {
    let mut config = three_lans();
    config.lans.truncate(1);
    let cmd = 1;
    let mut bed = Testbed::new(config.clone());
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::NowhereToPropagate);
    assert_eq!(sent(&mut bed), []);

    config.cmd_networks[0].type20.enabled = true;
    let mut bed = Testbed::new(config);
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::Propagated);
    let sent = sent(&mut bed);
    let [one, other] = PEERS.map(LinkDestination::Peer);
    assert_eq!(ways(&sent), [(cmd, one), (cmd, other)]);
    assert_eq!(sent[0].packet, sent[1].packet);
    assert_eq!(sent[0].packet, claim(1, 0xffff_fffd, 0xa1, &[0xa1], 0));
}

#[test]
fn a_claim_from_a_peer_reaches_the_lans_and_no_other_peer() {
    let mut config = three_lans();
    config.cmd_networks[0].type20.enabled = true;
    let mut bed = Testbed::new(config);
    let packet = claim(1, 0xffff_fffd, 0x99, &[0x99], 0);
    assert_eq!(bed.datagram(CMD, PEERS[0], &packet), Outcome::Propagated);
    let sent = sent(&mut bed);
    assert_eq!(ways(&sent).iter().map(|way| way.0).collect::<Vec<_>>(), [A1, B2, C3]);
    assert_eq!(sent[0].packet, claim(2, 0xa1, 0x99, &[0x99, 0xffff_fffd], 0));
}

#[test]
fn a_storm_of_a_thousand_a_second_leaves_by_a_cmd_network_at_fifty_and_is_counted() {
    let mut config = three_lans();
    config.lans.truncate(1);
    config.cmd_networks[0].type20.enabled = true;
    let mut bed = Testbed::new(config);
    let mut limited = 0;
    for _ in 0..3_000 {
        bed.pass(Duration::from_millis(1));
        match bed.broadcast(A1, CLIENT, &bytes(AS_SENT)) {
            Outcome::Type20Limited => limited += 1,
            other => assert_eq!(other, Outcome::Propagated),
        }
    }
    // What the full bucket held, and 50 in each of three seconds, to each of two peers.
    let propagated = sent(&mut bed).len() / PEERS.len();
    assert!((199..=201).contains(&propagated), "{propagated} in three seconds");
    assert_eq!(propagated + limited, 3_000);
}

#[test]
fn a_lan_goes_on_while_the_cmd_network_is_at_its_limit() {
    let mut config = three_lans();
    config.cmd_networks[0].type20 =
        Type20 { enabled: true, reverse_path: false, rate_limit: Some(1) };
    let mut bed = Testbed::new(config);
    for _ in 0..5 {
        assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::Propagated);
    }
    let ways = ways(&sent(&mut bed));
    assert_eq!(ways.iter().filter(|way| way.0 == B2).count(), 5);
    assert_eq!(ways.iter().filter(|way| way.0 == CMD).count(), PEERS.len());
}

#[test]
fn the_reverse_path_check_takes_a_claim_only_from_where_its_source_lies() {
    let mut config = three_lans();
    for lan in &mut config.lans {
        lan.type20.reverse_path = true;
    }
    config.static_routes.push(StaticRoute {
        network: NetworkNumber(0x99),
        circuit: CircuitId(B2),
        node: ROUTER,
        hops: 1,
        ticks: 2,
    });
    let mut bed = Testbed::new(config);
    let packet = claim(1, 0, 0x99, &[0x99], 0);
    assert_eq!(bed.broadcast(A1, ROUTER, &packet), Outcome::Type20ReversePath);
    assert_eq!(bed.broadcast(B2, ROUTER, &packet), Outcome::Propagated);
    let unknown = claim(1, 0, 0x98, &[0x98], 0);
    assert_eq!(bed.broadcast(B2, ROUTER, &unknown), Outcome::Type20ReversePath);
    // A host that does not know its network is on the one we heard it on.
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::Propagated);
    assert_eq!(bed.broadcast(A1, CLIENT, &claim(0, 0xa1, 0xa1, &[], 0)), Outcome::Propagated);
}

#[test]
fn a_claim_too_large_for_a_circuit_does_not_leave_by_it() {
    let mut config = three_lans();
    config.lans[1].max_packet = Some(79);
    config.lans.truncate(2);
    let mut bed = Testbed::new(config);
    assert_eq!(bed.broadcast(A1, CLIENT, &bytes(AS_SENT)), Outcome::OutTooBig);
    assert_eq!(sent(&mut bed), []);
}

#[test]
fn type_20_to_one_node_is_an_ordinary_packet() {
    let mut bed = Testbed::new(three_lans());
    let mut packet = claim(0, 0xa1, 0xa1, &[], 0);
    packet[10..16].copy_from_slice(&crate::testbed::mac(0).0);
    assert_eq!(bed.unicast(A1, CLIENT, &packet), Outcome::UnknownSocket);
    assert_eq!(sent(&mut bed), []);
}

/// A broadcast from network A1 directed at `network`.
fn directed(network: u32, routers: u8) -> Vec<u8> {
    let mut header = Header::new(
        ipx::PacketType::PEP,
        address(0xa1, CLIENT.0, 0x4003),
        address(network, [0xff; 6], 0x0455),
    );
    header.transport_control = routers;
    header.packet(b"to all of you").to_vec()
}

#[test]
fn a_broadcast_directed_at_a_lan_of_ours_is_sent_there_once() {
    let mut bed = Testbed::new(three_lans());
    assert_eq!(bed.unicast(A1, CLIENT, &directed(0xb2, 0)), Outcome::Propagated);
    let sent = sent(&mut bed);
    assert_eq!(ways(&sent), [(B2, LinkDestination::Broadcast)]);
    assert_eq!(sent[0].packet, directed(0xb2, 1));
}

#[test]
fn a_directed_broadcast_keeps_the_hop_limit() {
    let mut bed = Testbed::new(three_lans());
    assert_eq!(bed.unicast(A1, CLIENT, &directed(0xb2, 15)), Outcome::Propagated);
    assert_eq!(sent(&mut bed)[0].header().transport_control, 16);
    assert_eq!(bed.unicast(A1, CLIENT, &directed(0xb2, 16)), Outcome::TooManyHops);
    assert_eq!(sent(&mut bed), []);
}

#[test]
fn a_broadcast_directed_at_the_cmd_network_is_one_copy_per_peer_and_never_goes_back_into_it() {
    let mut bed = Testbed::new(three_lans());
    let packet = directed(0xffff_fffd, 0);
    assert_eq!(bed.unicast(A1, CLIENT, &packet), Outcome::Propagated);
    let [one, other] = PEERS.map(LinkDestination::Peer);
    assert_eq!(ways(&sent(&mut bed)), [(CMD, one), (CMD, other)]);
    assert_eq!(bed.datagram(CMD, PEERS[0], &packet), Outcome::UnknownSocket);
    assert_eq!(sent(&mut bed), []);
}

#[test]
fn a_broadcast_directed_at_the_internal_network_ends_here() {
    let mut bed = Testbed::new(three_lans());
    assert_eq!(bed.unicast(A1, CLIENT, &directed(0xe1, 0)), Outcome::UnknownSocket);
    assert_eq!(sent(&mut bed), []);
}

#[test]
fn a_peer_may_direct_a_broadcast_at_a_lan() {
    let mut bed = Testbed::new(three_lans());
    let mut packet = directed(0xb2, 1);
    packet[18..22].copy_from_slice(&0x99_u32.to_be_bytes());
    assert_eq!(bed.datagram(CMD, PEERS[1], &packet), Outcome::Propagated);
    let sent = sent(&mut bed);
    assert_eq!(ways(&sent), [(B2, LinkDestination::Broadcast)]);
    assert_eq!(sent[0].header().source.node, CLIENT);
    assert!(cmd::ip(CLIENT).is_none(), "a node behind the peer, not the peer itself");
}
