//! What becomes of a packet: a verdict each.

use super::*;
use crate::wire::ipx;

fn verdict(fib: &Fib, circuit: CircuitId, broadcast: bool, packet: &[u8]) -> Verdict {
    decided(fib, circuit, broadcast, packet).0
}

/// By unicast from LAN A.
fn from_a(to: Address) -> Verdict {
    verdict(&fib(), A, false, &packet(to))
}

const fn transmit(circuit: CircuitId, to: LinkDestination) -> Verdict {
    Verdict::Transmit(Egress { circuit, to })
}

#[test]
fn a_packet_goes_on_to_its_node_to_a_peer_or_to_the_next_router() {
    let peer = LinkDestination::Peer(ip(2));
    assert_eq!(from_a(at(NET_B, SERVER, 0x451)), transmit(B, LinkDestination::Node(SERVER)));
    assert_eq!(from_a(at(NET_W, cmd::node(ip(2)), 0x451)), transmit(W, peer));
    assert_eq!(from_a(at(REMOTE, NodeAddress::INTERNAL, 0x451)), transmit(W, peer));
    let mut fib = fib();
    let router = LinkDestination::Node(NodeAddress([2, 0, 0, 0, 0, 9]));
    routes(&mut fib, &[(0x88, via(B, router))]);
    let remote = packet(at(0x88, SERVER, 0x451));
    assert_eq!(verdict(&fib, A, false, &remote), transmit(B, router));
    // Towards the network it came from, but to a router there: hosts need not know better.
    assert_eq!(verdict(&fib, B, false, &remote), transmit(B, router));
}

#[test]
fn what_is_ours_goes_to_the_lane_of_its_socket() {
    for network in [NET_A, NET_B, NET_C, 0] {
        for socket in [0x451, 0x452, 0x453, 0x456, 0x9086, 0x4086, 0x9001, 0x4000] {
            let expected = match lane_of(Socket(socket)) {
                Some(lane) => Verdict::Punt(lane),
                None => Verdict::Drop(Outcome::UnknownSocket),
            };
            assert_eq!(from_a(at(network, OURS, socket)), expected, "{network:X} {socket:X}");
        }
    }
    assert_eq!(lane_of(Socket::RIP), Some(Lane::Protocol));
    assert_eq!(lane_of(Socket::NCP), None);
    let internal = at(INTERNAL, NodeAddress::INTERNAL, 0x453);
    assert_eq!(from_a(internal), Verdict::Punt(Lane::Protocol));
    let on_cmd = at(NET_W, cmd::node(ip(1)), 0x453);
    assert_eq!(from_a(on_cmd), Verdict::Punt(Lane::Protocol));
    let other = at(INTERNAL, HOST, 0x453);
    assert_eq!(from_a(other), Verdict::Drop(Outcome::NotForUs));
}

#[test]
fn a_broadcast_on_its_own_network_is_delivered_and_one_for_elsewhere_is_not() {
    let fib = fib();
    for network in [NET_A, 0] {
        let local = packet(at(network, EVERYONE, 0x453));
        assert_eq!(verdict(&fib, A, true, &local), Verdict::Punt(Lane::Protocol));
    }
    let elsewhere = Verdict::Drop(Outcome::BroadcastElsewhere);
    for network in [NET_B, REMOTE, 0x99, 0xffff_ffff] {
        for node in [EVERYONE, SERVER] {
            let packet = packet(at(network, node, 0x453));
            assert_eq!(verdict(&fib, A, true, &packet), elsewhere, "{network:X}");
        }
    }
    // Our own node on another network, or our internal number: ours, however it was framed.
    let ours = packet(at(NET_B, OURS, 0x453));
    assert_eq!(verdict(&fib, A, true, &ours), Verdict::Punt(Lane::Protocol));
    let internal = packet(at(INTERNAL, EVERYONE, 0x453));
    assert_eq!(verdict(&fib, A, true, &internal), Verdict::Punt(Lane::Protocol));
}

#[test]
fn a_broadcast_directed_at_another_network_of_ours_goes_to_the_router_whatever_its_socket() {
    for (network, socket) in [(NET_B, 0x451), (NET_B, 0x453), (NET_W, 0x4000)] {
        let verdict = from_a(at(network, EVERYONE, socket));
        assert_eq!(verdict, Verdict::Punt(Lane::Broadcast));
    }
    // Farther away it is passed on like any packet.
    let remote = from_a(at(REMOTE, EVERYONE, 0x451));
    assert_eq!(remote, transmit(W, LinkDestination::Peer(ip(2))));
}

#[test]
fn type_20_is_punted_as_a_broadcast_only_if_it_is_one() {
    let fib = fib();
    let source = at(0, HOST, 0x455);
    let of = |to| Header::new(PacketType::PROPAGATED, source, to).packet(&[0; 50]);
    for network in [0, NET_A, 0x99] {
        let packet = of(at(network, EVERYONE, 0x455));
        assert_eq!(verdict(&fib, A, true, &packet), Verdict::Punt(Lane::Broadcast));
    }
    let unicast = of(at(NET_B, SERVER, 0x455));
    let expected = transmit(B, LinkDestination::Node(SERVER));
    assert_eq!(verdict(&fib, A, false, &unicast), expected, "an ordinary packet then");
}

#[test]
fn what_cannot_go_on_is_dropped_for_its_first_reason() {
    let fault = |to| match from_a(to) {
        Verdict::Drop(outcome) => outcome,
        other => panic!("{to}: {other:?}"),
    };
    assert_eq!(fault(at(NET_A, SERVER, 0x451)), Outcome::NotForUs);
    assert_eq!(fault(at(0, SERVER, 0x451)), Outcome::NotForUs);
    assert_eq!(fault(at(0x99, SERVER, 0x451)), Outcome::NoRoute);
    assert_eq!(fault(at(0xffff_ffff, SERVER, 0x451)), Outcome::NoRoute);
    assert_eq!(fault(at(0xffff_fffe, SERVER, 0x451)), Outcome::NoRoute);
    assert_eq!(fault(at(NET_W, SERVER, 0x451)), Outcome::NoPeer);
    assert_eq!(fault(at(NET_W, cmd::node(ip(9)), 0x451)), Outcome::NoPeer);
    assert_eq!(fault(at(0, NodeAddress([0x11; 6]), 0x451)), Outcome::NotForUs);
    let fib = fib();
    let group = from_to(at(NET_A, NodeAddress([3, 0, 0, 0, 0, 1]), 1), at(NET_B, SERVER, 1));
    assert_eq!(verdict(&fib, A, false, &group), Verdict::Drop(Outcome::SourceNode));
    let header = Header::decode(&packet(at(NET_B, SERVER, 1))).unwrap();
    let gone = Received {
        circuit: CircuitId(9),
        from: LinkSource::Node(HOST),
        broadcast: false,
        header,
        packet: 0..0,
    };
    let dropped = forward(&fib, &gone, &mut View::new(&mut [], 0, 0));
    assert_eq!(dropped, Verdict::Drop(Outcome::NoCircuit));
}

#[test]
fn a_circuit_that_is_down_or_too_small_takes_nothing() {
    let mut fib = fib();
    let mut down = lan(B, NIC, None, Framing::Raw8023, NET_B);
    down.up = false;
    fib.set_circuit(down);
    let packet_b = packet(at(NET_B, SERVER, 0x451));
    assert_eq!(verdict(&fib, A, false, &packet_b), Verdict::Drop(Outcome::CircuitDown));
    let mut small = lan(C, NIC, Some(5), Framing::Llc8022, NET_C);
    small.max_packet = 39;
    fib.set_circuit(small);
    let packet_c = packet(at(NET_C, SERVER, 0x451));
    assert_eq!(verdict(&fib, A, false, &packet_c), Verdict::Drop(Outcome::OutTooBig));
}

#[test]
fn the_default_route_serves_networks_that_nobody_tells_of() {
    let mut fib = fib();
    routes(&mut fib, &[(0xffff_fffe, via(W, LinkDestination::Peer(ip(3))))]);
    let expected = transmit(W, LinkDestination::Peer(ip(3)));
    assert_eq!(verdict(&fib, A, false, &packet(at(0x99, SERVER, 1))), expected);
    for reserved in [0xffff_fffe, 0xffff_ffff] {
        let packet = packet(at(reserved, SERVER, 1));
        assert_eq!(verdict(&fib, A, false, &packet), Verdict::Drop(Outcome::NoRoute));
    }
    // But never back to the peer that sent it.
    let from_three = from_to(at(REMOTE, HOST, 1), at(0x99, SERVER, 1));
    let header = Header::decode(&from_three).unwrap();
    let from = LinkSource::Peer(ip(3));
    let received = Received { circuit: W, from, broadcast: false, header, packet: 0..40 };
    let mut bytes = from_three;
    let dropped = forward(&fib, &received, &mut View::new(&mut bytes, 0, 40));
    assert_eq!(dropped, Verdict::Drop(Outcome::NoRoute));
}

#[test]
fn peers_are_relayed_to_each_other_but_not_to_themselves_or_to_strangers() {
    let fib = fib();
    let to = |n| from_to(at(NET_W, cmd::node(ip(2)), 1), at(NET_W, cmd::node(ip(n)), 1));
    let expected = transmit(W, LinkDestination::Peer(ip(3)));
    assert_eq!(verdict(&fib, W, false, &to(3)), expected);
    assert_eq!(verdict(&fib, W, false, &to(2)), Verdict::Drop(Outcome::NoRoute));
    assert_eq!(verdict(&fib, W, false, &to(9)), Verdict::Drop(Outcome::NoPeer));
    let ours = from_to(at(NET_W, cmd::node(ip(2)), 1), at(NET_W, cmd::node(ip(1)), 0x453));
    assert_eq!(verdict(&fib, W, false, &ours), Verdict::Punt(Lane::Protocol));
    let all = from_to(at(NET_W, cmd::node(ip(2)), 1), at(NET_W, EVERYONE, 0x452));
    assert_eq!(verdict(&fib, W, false, &all), Verdict::Punt(Lane::Protocol));
}

#[test]
fn a_network_without_a_number_only_listens() {
    let fib = fib();
    for network in [0, NET_A, 0x99] {
        let news = from_to(at(network, HOST, 0x453), at(network, EVERYONE, 0x453));
        assert_eq!(verdict(&fib, U, true, &news), Verdict::Punt(Lane::Protocol));
        let answer = from_to(at(network, HOST, 0x453), at(network, OURS, 0x453));
        assert_eq!(verdict(&fib, U, false, &answer), Verdict::Punt(Lane::Protocol));
    }
    let through = from_to(at(0x99, HOST, 1), at(NET_B, SERVER, 1));
    let (verdict, after) = decided(&fib, U, false, &through);
    assert_eq!(verdict, Verdict::Drop(Outcome::NotForUs));
    assert_eq!(after, through);
}

#[test]
fn a_packet_that_passes_is_one_router_older_and_nothing_else() {
    let mut before = packet(at(NET_B, SERVER, 0x451));
    ipx::set_transport_control(&mut before, 7);
    let (_, after) = decided(&fib(), A, false, &before);
    ipx::set_transport_control(&mut before, 8);
    assert_eq!(after, before);
}

#[test]
fn a_packet_without_networks_leaves_with_both() {
    let unnumbered = from_to(at(0, HOST, 0x4003), at(NET_B, SERVER, 0x451));
    let (verdict, after) = decided(&fib(), A, false, &unnumbered);
    assert!(matches!(verdict, Verdict::Transmit(_)));
    let header = Header::decode(&after).unwrap();
    assert_eq!(header.source, at(NET_A, HOST, 0x4003));
    let (verdict, after) =
        decided(&fib(), A, true, &from_to(at(0, HOST, 0x4003), at(0, EVERYONE, 0x452)));
    assert_eq!(verdict, Verdict::Punt(Lane::Protocol));
    let header = Header::decode(&after).unwrap();
    assert_eq!(header.source.network, NetworkNumber(NET_A));
    assert_eq!(header.destination.network, NetworkNumber(NET_A));
}

#[test]
fn a_wrong_checksum_matters_to_us_and_to_raw_802_3_alone() {
    let fib = fib();
    let with = |to, sum: fn(u16) -> u16| {
        let mut packet = packet(to);
        let right = ipx::checksum(&packet);
        ipx::set_checksum(&mut packet, sum(right));
        packet
    };
    let wrong = |sum| sum ^ 0x0100;
    let ours = at(NET_A, OURS, 0x453);
    assert_eq!(verdict(&fib, A, false, &with(ours, |sum| sum)), Verdict::Punt(Lane::Protocol));
    let bad = Verdict::Drop(Outcome::BadChecksum);
    assert_eq!(verdict(&fib, A, false, &with(ours, wrong)), bad);
    let raw = at(NET_B, SERVER, 1);
    assert_eq!(verdict(&fib, A, false, &with(raw, wrong)), bad);
    let right = verdict(&fib, A, false, &with(raw, |sum| sum));
    assert_eq!(right, Verdict::Drop(Outcome::ChecksumInTheWay));
    let llc = at(NET_C, SERVER, 1);
    for sum in [wrong, |sum| sum] {
        let (verdict, after) = decided(&fib, A, false, &with(llc, sum));
        assert_eq!(verdict, transmit(C, LinkDestination::Node(SERVER)));
        assert_eq!(after[..2], with(llc, sum)[..2]);
    }
    let (verdict, after) = decided(&fib, A, false, &with(raw, |_| 0));
    assert_eq!(verdict, transmit(B, LinkDestination::Node(SERVER)));
    assert_eq!(after[..2], [0xff, 0xff], "0000 is no checksum, and FFFF the marker of raw 802.3");
}
