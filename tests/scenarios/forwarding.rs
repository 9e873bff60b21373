//! Forwarding and local delivery [ipx-rip-sap §21: 7 to 13, 42, 45, 53, 54, 58; cmd §12.2].

use ipxway_core::forward::{LinkDestination, LinkSource, Outcome};
use ipxway_core::ids::PortId;
use ipxway_core::router::{Input, PortAddress, PortState};
use ipxway_core::wire::frame::{Framing, LinkHeader};
use ipxway_core::wire::ipx::{self, Header, NO_CHECKSUM, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, diagnostics, ping, rip};

use crate::bench::{
    Bench, FIRST, Neighbour, OUR_IP, SECOND, Setup, THIRD, To, framed, our_mac, peer_ip, seconds,
};

const NCP: PacketType = PacketType::NCP;
const CLIENT: Socket = Socket(0x4003);

/// Two LANs in Ethernet II, A1 and B2.
fn two_lans() -> Bench {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::EthernetII).started()
}

/// A packet of 46 bytes with a checksum in use.
fn checksummed(from: &Neighbour, to: Address, valid: bool) -> Vec<u8> {
    let mut packet = from.packet(NCP, CLIENT, to, b"checksummed data").to_vec();
    let sum = ipx::checksum(&packet);
    ipx::set_checksum(&mut packet, if valid { sum } else { sum ^ 1 });
    packet
}

/// Scenario 7.
#[test]
fn a_checksum_in_transit_is_left_alone_right_or_wrong() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket::NCP);
    for valid in [true, false] {
        let packet = checksummed(&client, to, valid);
        bench.hears(&client, To::Us, &packet);
        let sent = bench.sent();
        let sent = sent.only();
        let mut expected = packet;
        ipx::set_transport_control(&mut expected, 1);
        assert_eq!(sent.bytes[14..], expected, "the hop count is all that changed");
    }
}

/// Scenario 7.
#[test]
fn a_checksum_towards_raw_802_3_is_verified_and_dropped_or_stripped_by_setting() {
    for strip in [false, true] {
        let mut bench = Setup::new()
            .tap(0xa1, Framing::EthernetII)
            .tap(0xb2, Framing::Raw8023)
            .with(|config| config.lans[1].strip_checksum = strip)
            .started();
        let client = bench.neighbour(FIRST, 7);
        let to = bench.neighbour(SECOND, 8).address(Socket::NCP);
        bench.hears(&client, To::Us, &checksummed(&client, to, false));
        assert!(bench.sent().is_empty());
        assert_eq!(bench.outcome(FIRST, Outcome::BadChecksum), 1);

        bench.hears(&client, To::Us, &checksummed(&client, to, true));
        let sent = bench.sent();
        if strip {
            assert_eq!(sent.only().header.checksum, NO_CHECKSUM);
            assert_eq!(sent.only().data, &b"checksummed data"[..]);
        } else {
            assert!(sent.is_empty());
            assert_eq!(bench.outcome(FIRST, Outcome::ChecksumInTheWay), 1);
        }

        // 0000 says that there is none; FFFF must mark the frame all the same.
        let mut none = checksummed(&client, to, true);
        ipx::set_checksum(&mut none, 0);
        bench.hears(&client, To::Us, &none);
        assert_eq!(bench.sent().only().header.checksum, NO_CHECKSUM);
    }
}

/// Scenario 7.
#[test]
fn a_wrong_checksum_to_the_agent_itself_is_dropped_and_counted() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let data = rip::encode_request(&[NetworkNumber(0xb2)]);
    let to = client.everyone(Socket::RIP);
    for (change, answers, bad) in [(0, 1, 0), (1, 0, 1)] {
        let mut request = client.packet(PacketType::RIP, CLIENT, to, &data).to_vec();
        let sum = ipx::checksum(&request);
        ipx::set_checksum(&mut request, sum ^ change);
        bench.hears(&client, To::Everyone, &request);
        bench.run_for(seconds(1));
        assert_eq!(bench.sent().rip_responses().len(), answers);
        assert_eq!(bench.outcome(FIRST, Outcome::BadChecksum), bad);
    }
}

/// Scenario 8.
#[test]
fn the_hop_limit_counts_routers_crossed() {
    for (limit, cases) in [
        (16, [(14, Some(15)), (15, Some(16)), (16, None), (17, None)]),
        (64, [(16, Some(17)), (63, Some(64)), (64, None), (65, None)]),
    ] {
        let mut bench = Setup::new()
            .tap(0xa1, Framing::EthernetII)
            .tap(0xb2, Framing::EthernetII)
            .with(|config| config.hop_limit = limit)
            .started();
        let client = bench.neighbour(FIRST, 7);
        let to = bench.neighbour(SECOND, 8).address(Socket::NCP);
        for (arrives, leaves) in cases {
            let mut packet = client.packet(NCP, CLIENT, to, b"").to_vec();
            ipx::set_transport_control(&mut packet, arrives);
            let dropped = bench.outcome(FIRST, Outcome::TooManyHops);
            bench.hears(&client, To::Us, &packet);
            let sent = bench.sent();
            match leaves {
                Some(hops) => assert_eq!(sent.only().header.transport_control, hops),
                None => {
                    assert!(sent.is_empty(), "limit {limit}, {arrives} crossed");
                    assert_eq!(bench.outcome(FIRST, Outcome::TooManyHops), dropped + 1);
                }
            }
        }
        // For the agent itself the limit is one more.
        let ours = bench.our_address(FIRST, Socket::PING);
        let request = ping_request();
        for (arrives, answered) in [(limit, true), (limit + 1, false)] {
            let mut packet = client.packet(PacketType::PEP, CLIENT, ours, &request).to_vec();
            ipx::set_transport_control(&mut packet, arrives);
            bench.hears(&client, To::Us, &packet);
            assert_eq!(!bench.sent().is_empty(), answered, "limit {limit}, {arrives} crossed");
        }
    }
}

/// Scenario 9.
#[test]
fn our_own_broadcast_that_a_bridge_returns_teaches_nothing() {
    let mut bench = two_lans();
    let router = bench.neighbour(SECOND, 9);
    bench.hears(&router, To::Everyone, &router.tell_rip(&[(0x77, 1, 2)]));
    bench.run_for(seconds(1));
    let echoes = bench.sent().on(FIRST);
    assert!(!echoes.is_empty(), "the news were told on LAN A");
    let routes = bench.agent().fib().routes.len();
    for echo in &echoes.0 {
        bench.frame(PortId(0), &echo.bytes);
    }
    bench.run_for(seconds(1));
    assert_eq!(bench.outcome(FIRST, Outcome::OwnFrame), echoes.len() as u64);
    assert_eq!(bench.agent().fib().routes.len(), routes);
    assert!(bench.sent().is_empty());
}

/// Scenario 10.
#[test]
fn a_packet_for_another_host_of_the_lan_is_not_ours_whoever_it_was_framed_to() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let other = bench.neighbour(FIRST, 8);
    let packet = client.packet(NCP, CLIENT, other.address(Socket::NCP), b"not for us");
    bench.hears(&client, To::Us, &packet);
    bench.hears(&client, To::Everyone, &packet);
    bench.hears(&client, To::Station(other.node()), &packet);
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::NotForUs), 3);
}

/// Scenario 11.
#[test]
fn what_was_broadcast_on_a_lan_for_a_network_elsewhere_stays_there() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let router = bench.neighbour(SECOND, 9);
    bench.hears(&router, To::Everyone, &router.tell_rip(&[(0x77, 1, 2)]));
    bench.run_for(seconds(1));
    bench.sent();
    let server = bench.neighbour(SECOND, 8).address(Socket::NCP);
    let remote = ipx::address(0x77, [0, 0, 0, 0, 0, 1], 0x0451);
    for to in [server, remote, bench.neighbour(SECOND, 8).everyone(Socket::NCP)] {
        bench.hears(&client, To::Everyone, &client.packet(NCP, CLIENT, to, b"broadcast"));
    }
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::BroadcastElsewhere), 3);
}

/// Scenario 12.
#[test]
fn a_broadcast_directed_at_our_other_lan_is_delivered_and_sent_there_once() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .tap(0xb2, Framing::EthernetII)
        .tap(0xc3, Framing::EthernetII)
        .started();
    let client = bench.neighbour(FIRST, 7);
    let there = bench.neighbour(SECOND, 8);
    let data = rip::encode_request(&[NetworkNumber(0xc3)]);
    let request = client.packet(PacketType::RIP, CLIENT, there.everyone(Socket::RIP), &data);
    bench.hears(&client, To::Us, &request);
    bench.run_for(seconds(1));
    let sent = bench.sent();
    let copies = sent.filter(|sent| sent.header.source == client.address(CLIENT));
    let copy = copies.only();
    assert_eq!((copy.circuit, copy.link), (SECOND, LinkDestination::Broadcast));
    assert_eq!(copy.header.transport_control, 1);
    assert_eq!(copy.header.destination, there.everyone(Socket::RIP));
    assert!(sent.on(THIRD).is_empty());
    // Not again where it came from.
    let back = client.packet(NCP, CLIENT, client.everyone(Socket::NCP), b"local");
    bench.hears(&client, To::Us, &back);
    assert!(bench.sent().is_empty());
}

/// Scenario 13.
#[test]
fn a_packet_from_a_broadcast_or_multicast_node_is_dropped() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket::NCP);
    for node in [[0xff; 6], [0x09, 0, 0x1b, 0xff, 0xff, 0xff], [1, 0, 0, 0, 0, 7]] {
        let source = ipx::address(0xa1, node, CLIENT.0);
        bench.hears(&client, To::Us, &Header::new(NCP, source, to).packet(b""));
    }
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::SourceNode), 3);
}

#[test]
fn zero_networks_are_filled_in_with_the_number_of_the_lan_and_a_checksum_follows() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket::NCP);
    let unknown = ipx::address(0, client.node().0, CLIENT.0);
    let mut packet = Header::new(NCP, unknown, to).packet(b"where am I?").to_vec();
    let sum = ipx::checksum(&packet);
    ipx::set_checksum(&mut packet, sum);
    bench.hears(&client, To::Us, &packet);
    let sent = bench.sent();
    let sent = sent.only();
    assert_eq!(sent.header.source, client.address(CLIENT));
    assert_ne!(sent.header.checksum, sum);
    assert!(ipx::checksum_holds(&sent.bytes[14..]));
}

/// Scenario 42.
#[test]
fn type_20_of_62_bytes_is_propagated_with_its_list_and_one_of_61_is_not() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let everyone = ipx::address(0, [0xff; 6], 0x0455);
    for (length, propagated) in [(61, false), (62, true)] {
        let unknown = ipx::address(0, client.node().0, 0x0455);
        let data = vec![0; length - 30];
        let packet = Header::new(PacketType::PROPAGATED, unknown, everyone).packet(&data);
        bench.hears(&client, To::Everyone, &packet);
        let sent = bench.sent();
        if propagated {
            let copy = sent.only();
            assert_eq!((copy.circuit, copy.link), (SECOND, LinkDestination::Broadcast));
            assert_eq!(copy.header.transport_control, 1);
            assert_eq!(copy.header.destination.network, NetworkNumber(0xb2));
            assert_eq!(copy.header.source.network, NetworkNumber(0xa1));
            assert_eq!(copy.data[..4], [0, 0, 0, 0xa1], "the network it came from is listed");
            assert_eq!(copy.data[4..], [0; 28]);
        } else {
            assert!(sent.is_empty());
            assert_eq!(bench.outcome(FIRST, Outcome::Type20Short), 1);
        }
    }
}

/// Scenario 45.
#[test]
fn fifteen_hundred_bytes_cross_a_backbone_of_mtu_1400_unchanged() {
    let site = |network| Setup::new().tap(network, Framing::EthernetII).cmd(&[2]).started();
    let (mut near, mut far) = (site(0xa1), site(0xb2));
    let narrow = PortAddress { mac: None, ip: Some(OUR_IP), mtu: 1400 };
    near.input(Input::Port { id: PortId(1), state: PortState::Up(narrow) });
    let peer = near.neighbour(SECOND, 2);
    near.hears(&peer, To::Us, &peer.tell_rip(&[(0xb2, 1, 2)]));
    near.run_for(seconds(1));
    near.sent();

    let client = near.neighbour(FIRST, 7);
    let server = far.neighbour(FIRST, 8);
    let data: Vec<u8> = (0..1470u16).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let packet = client.packet(NCP, CLIENT, server.address(Socket::NCP), &data);
    near.hears(&client, To::Us, &packet);
    let sent = near.sent();
    let datagram = sent.only();
    assert_eq!((datagram.circuit, datagram.bytes.len()), (SECOND, 1500));
    let counters = near.agent().counters();
    assert_eq!(counters.circuits()[SECOND.index()].out_fragmented, 1, "IP has to cut it");

    let from = far.neighbour(SECOND, 2);
    far.hears(&from, To::Us, &datagram.bytes);
    let arrived = far.sent();
    let arrived = arrived.only();
    assert_eq!((arrived.circuit, arrived.link), (FIRST, server.link_destination()));
    let mut expected = packet.to_vec();
    ipx::set_transport_control(&mut expected, 2);
    assert_eq!(arrived.bytes[14..], expected);
}

/// Scenario 53.
#[test]
fn a_watchdog_for_a_session_over_a_link_that_is_up_passes_and_is_not_answered() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2]).started();
    let peer = bench.neighbour(SECOND, 2);
    bench.hears(&peer, To::Us, &peer.tell_rip(&[(0x77, 1, 2)]));
    bench.run_for(seconds(1));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    let watchdog = Socket(0x4001);
    let server = ipx::address(0x77, [0, 0, 0, 0, 0, 1], watchdog.0);
    let query = Header::new(NCP, server, client.address(watchdog)).packet(&[5, b'?']);
    bench.hears(&peer, To::Us, &query);
    bench.run_for(seconds(10));
    let sent = bench.sent().filter(|sent| sent.header.packet_type == NCP);
    let sent = sent.only();
    assert_eq!((sent.circuit, sent.link), (FIRST, client.link_destination()));
    assert_eq!(sent.header.source, server);
    assert_eq!(sent.data, &[5, b'?'][..]);
}

fn ping_request() -> Vec<u8> {
    let kind = ping::Kind::Request;
    ping::Ping { kind, identifier: 0x1234, result: 0, data: &[7; 16] }.encode()
}

/// Scenario 54.
#[test]
fn a_ping_to_us_is_answered_one_to_all_or_an_answer_is_not() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let ours = bench.our_address(FIRST, Socket::PING);
    let ask = |to, data: &[u8]| client.packet(PacketType::PEP, Socket(0x4010), to, data);
    bench.hears(&client, To::Us, &ask(ours, &ping_request()));
    let sent = bench.sent();
    let reply = sent.only();
    assert_eq!(reply.header.source, ours);
    assert_eq!(reply.header.destination, client.address(Socket(0x4010)));
    assert_eq!(reply.link, client.link_destination());
    let expected = ping_request();
    let expected = ping::Ping::decode(&expected).unwrap().reply().encode();
    assert_eq!(reply.data, expected);

    bench.hears(&client, To::Us, &ask(ours, &expected));
    let everyone = client.everyone(Socket::PING);
    bench.hears(&client, To::Everyone, &ask(everyone, &ping_request()));
    bench.run_for(seconds(1));
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::PingIgnored), 2);
}

/// Scenario 54.
#[test]
fn a_diagnostic_request_that_excludes_us_is_met_with_silence() {
    let mut bench = two_lans();
    let client = bench.neighbour(FIRST, 7);
    let to = client.everyone(Socket::DIAGNOSTICS);
    let others = vec![NodeAddress([2, 0xaa, 0, 0, 0, 8])];
    for (exclusions, answers) in [(vec![our_mac(0)], 0), (others, 1)] {
        let request = diagnostics::Request { exclusions }.encode();
        bench.hears(
            &client,
            To::Everyone,
            &client.packet(PacketType::PEP, Socket(0x4011), to, &request),
        );
        bench.run_for(seconds(1));
        let sent = bench.sent();
        let answered = sent.filter(|sent| sent.header.source.socket == Socket::DIAGNOSTICS);
        assert_eq!(answered.len(), answers);
    }
}

/// Scenario 58.
#[test]
fn an_unsolicited_rip_response_from_another_socket_is_ignored() {
    let mut bench = two_lans();
    let router = bench.neighbour(FIRST, 9);
    let entry = rip::Entry { network: NetworkNumber(0x77), hops: 1, ticks: 2 };
    let data = rip::encode(rip::Operation::Response, &[entry]);
    let to = router.everyone(Socket::RIP);
    let forged = router.packet(PacketType::RIP, Socket(0x4003), to, &data);
    bench.hears(&router, To::Everyone, &forged);
    bench.run_for(seconds(1));
    assert_eq!(bench.outcome(FIRST, Outcome::RipIgnored), 1);
    assert!(bench.sent().is_empty());
    assert_eq!(bench.agent().fib().routes.get(NetworkNumber(0x77)), None);
}

/// Two CMD networks, FFFFFFFD and D1, on one socket: peers 2 and 3, and 3 and 4.
fn shared_socket() -> Bench {
    Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .cmd(&[2, 3])
        .with(|config| {
            let mut second = config.cmd_networks[0].clone();
            second.name = "second".to_owned();
            second.network = NetworkNumber(0xd1);
            second.peers = vec![peer_ip(3), peer_ip(4)];
            config.cmd_networks.push(second);
        })
        .started()
}

#[test]
fn a_datagram_on_a_shared_socket_belongs_to_the_network_it_names_or_its_sender_knows() {
    let mut bench = shared_socket();
    let client = bench.neighbour(FIRST, 7);
    let to = client.address(Socket::NCP);
    let peer = |network, n| Neighbour {
        circuit: SECOND,
        network: NetworkNumber(network),
        link: LinkSource::Peer(peer_ip(n)),
    };
    let remote = |network| ipx::address(network, [0, 0, 0, 0, 0, 1], 0x0451);
    // Peer 4 leads to network 88, by the second network.
    let four = peer(0xd1, 4);
    bench.hears(&four, To::Us, &four.tell_rip(&[(0x88, 1, 2)]));
    bench.run_for(seconds(1));
    for (from, source, circuit, outcome) in [
        // Named by the source.
        (peer(0xd1, 3), peer(0xd1, 3).address(Socket::NCP), THIRD, Outcome::Forwarded),
        (
            peer(0xffff_fffd, 3),
            peer(0xffff_fffd, 3).address(Socket::NCP),
            SECOND,
            Outcome::Forwarded,
        ),
        // By the one network that knows the sender.
        (four, remote(0x99), THIRD, Outcome::Forwarded),
        (peer(0xd1, 2), remote(0x99), SECOND, Outcome::Forwarded),
        // Both know peer 3: the one that leads back to 88, else the lowest number, which is D1.
        (peer(0xd1, 3), remote(0x88), THIRD, Outcome::Forwarded),
        (peer(0xd1, 3), remote(0x99), THIRD, Outcome::Forwarded),
        // Named, but its sender is a stranger there.
        (
            four,
            ipx::address(0xffff_fffd, [0x7e, 1, 10, 0, 0, 4], 0x451),
            SECOND,
            Outcome::UnknownPeer,
        ),
        // No network knows it: the lowest number counts it.
        (peer(0xd1, 9), remote(0x99), THIRD, Outcome::UnknownPeer),
    ] {
        let before = bench.outcome(circuit, outcome);
        bench.hears(&from, To::Us, &Header::new(NCP, source, to).packet(b""));
        assert_eq!(bench.outcome(circuit, outcome), before + 1, "{from:?} {source}");
    }
}

#[test]
fn a_datagram_is_checked_in_the_order_of_the_document_and_counted_at_its_first_fault() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2, 3]).started();
    let client = bench.neighbour(FIRST, 7);
    let peer = bench.neighbour(SECOND, 2);
    let to = client.address(Socket::NCP);
    let cmd = |n: u8| ipx::address(0xffff_fffd, [0x7e, 1, 10, 0, 0, n], 0x451);
    let good = Header::new(NCP, cmd(2), to).packet(b"");
    let port = PortId(1);
    let from = |n, udp_port| std::net::SocketAddrV4::new(peer_ip(n), udp_port);
    let mut long = good.to_vec();
    long[3] = 31;

    bench.datagram(port, from(9, 1), &good[..29]);
    assert_eq!(bench.port_outcome(port, Outcome::HeaderTruncated), 1, "step 1");
    bench.datagram(port, from(9, 1), &long);
    assert_eq!(bench.port_outcome(port, Outcome::SourcePort), 1, "step 2");
    bench.datagram(port, from(9, 2654), &long);
    assert_eq!(bench.port_outcome(port, Outcome::HeaderLength), 1, "step 3");
    bench.datagram(port, from(9, 2654), &good);
    assert_eq!(bench.outcome(SECOND, Outcome::UnknownPeer), 1, "step 4");
    bench.hears(&peer, To::Us, &Header::new(NCP, cmd(3), to).packet(b""));
    assert_eq!(bench.outcome(SECOND, Outcome::SpoofedNode), 1, "step 5");
    let nowhere = ipx::address(0, [0x7e, 1, 10, 0, 0, 2], 0x451);
    bench.hears(&peer, To::Us, &Header::new(NCP, nowhere, to).packet(b""));
    assert_eq!(bench.outcome(SECOND, Outcome::SourceNetworkZero), 1, "step 6");
    assert!(bench.sent().is_empty());

    // Relayed by peer 2 for peer 3: one router crossed.
    let mut relayed = Header::new(NCP, cmd(3), to).packet(b"").to_vec();
    ipx::set_transport_control(&mut relayed, 1);
    bench.hears(&peer, To::Us, &relayed);
    assert_eq!(bench.sent().only().header.source, cmd(3));
    // Nobody relays what we said ourselves.
    let mut ours = Header::new(NCP, cmd(1), to).packet(b"").to_vec();
    ipx::set_transport_control(&mut ours, 1);
    bench.hears(&peer, To::Us, &ours);
    assert_eq!(bench.outcome(SECOND, Outcome::SpoofedNode), 2);
}

#[test]
fn a_peer_that_reaches_only_us_is_relayed_to_other_peers_but_not_back_to_itself() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2, 3]).started();
    let peer = bench.neighbour(SECOND, 2);
    let other = bench.neighbour(SECOND, 3);
    let say = |to| peer.packet(NCP, Socket(0x451), to, b"to a peer");
    bench.hears(&peer, To::Us, &say(other.address(Socket::NCP)));
    let sent = bench.sent();
    assert_eq!(sent.only().link, other.link_destination());
    assert_eq!(sent.only().header.transport_control, 1);

    bench.hears(&peer, To::Us, &say(peer.address(Socket::NCP)));
    bench.hears(&peer, To::Us, &say(ipx::address(0xffff_fffd, [0x7e, 1, 10, 0, 0, 9], 0x451)));
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(SECOND, Outcome::NoRoute), 1);
    assert_eq!(bench.outcome(SECOND, Outcome::NoPeer), 1);
    // A broadcast from the tunnel goes nowhere from here.
    bench.hears(&peer, To::Us, &say(peer.everyone(Socket::NCP)));
    assert!(bench.sent().is_empty());
}

#[test]
fn a_host_on_a_lan_reaches_peers_alone_on_the_cmd_network() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2]).started();
    let client = bench.neighbour(FIRST, 7);
    let cmd = |node| ipx::address(0xffff_fffd, node, 0x451);
    let say = |to| client.packet(NCP, CLIENT, to, b"");
    bench.hears(&client, To::Us, &say(cmd([0x7e, 1, 10, 0, 0, 2])));
    assert_eq!(bench.sent().only().link, LinkDestination::Peer(peer_ip(2)));
    for stranger in [[0x7e, 1, 192, 0, 2, 1], [0x7e, 2, 10, 0, 0, 2], [2, 0, 0, 0, 0, 9]] {
        bench.hears(&client, To::Us, &say(cmd(stranger)));
    }
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::NoPeer), 3);
}

#[test]
fn a_frame_of_another_vlan_or_framing_is_no_circuits() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .tap(0xb2, Framing::EthernetII)
        .framing(0xb3, Framing::EthernetII)
        .with(|config| config.lans[2].vlan = Some(5))
        .started();
    let client = bench.neighbour(FIRST, 7);
    let on_vlan = bench.neighbour(THIRD, 8);
    let packet = client.packet(NCP, CLIENT, on_vlan.address(Socket::NCP), b"");
    bench.hears(&client, To::Us, &packet);
    let sent = bench.sent();
    assert_eq!(sent.only().circuit, THIRD);
    assert_eq!(sent.only().bytes[12..18], [0x81, 0, 0, 5, 0x81, 0x37]);
    let (destination, source) = (our_mac(0), client.node());
    for (vlan, framing) in [(Some(6), Framing::EthernetII), (None, Framing::Snap)] {
        let header = LinkHeader { destination, source, vlan, framing };
        bench.frame(PortId(0), &framed(&header, &packet));
    }
    assert_eq!(bench.port_outcome(PortId(0), Outcome::NoCircuit), 2);
}

#[test]
fn a_packet_without_a_route_takes_the_default_route_and_reserved_numbers_none() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2]).started();
    let client = bench.neighbour(FIRST, 7);
    let say =
        |network| client.packet(NCP, CLIENT, ipx::address(network, [0, 0, 0, 0, 0, 1], 1), b"");
    bench.hears(&client, To::Us, &say(0x77));
    assert_eq!(bench.outcome(FIRST, Outcome::NoRoute), 1);
    let peer = bench.neighbour(SECOND, 2);
    bench.hears(&peer, To::Us, &peer.tell_rip(&[(0xffff_fffe, 1, 2)]));
    bench.run_for(seconds(1));
    bench.sent();
    bench.hears(&client, To::Us, &say(0x77));
    assert_eq!(bench.sent().only().link, LinkDestination::Peer(peer_ip(2)));
    for reserved in [0xffff_fffe, 0xffff_ffff] {
        bench.hears(&client, To::Us, &say(reserved));
    }
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::NoRoute), 3);
}
