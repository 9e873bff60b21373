//! Packets of type 20 [ipx-rip-sap §9]: scenarios 43 and 44.

use bytes::Bytes;
use ipxway_core::forward::{LinkDestination, Outcome};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::{self, Header, PacketType};
use ipxway_core::wire::{NetworkNumber, Socket};

use crate::bench::{Bench, FIRST, Neighbour, SECOND, Setup, THIRD, To, millis, seconds};

/// Two LANs, A1 and B2, and a CMD network with one peer that passes type 20, or does not.
fn bench(across: bool) -> Bench {
    Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .tap(0xb2, Framing::Llc8022)
        .cmd(&[2])
        .with(|config| config.cmd_networks[0].type20.enabled = across)
        .started()
}

/// A packet of type 20 that has been on these networks.
fn packet(from: &Neighbour, been_on: &[u32]) -> Bytes {
    let mut list: Vec<u8> = been_on.iter().flat_map(|network| network.to_be_bytes()).collect();
    list.resize(32, 0);
    list.extend_from_slice(b"who is who");
    let (source, to) = (from.address(Socket::NETBIOS), from.everyone(Socket::NETBIOS));
    let mut packet = Header::new(PacketType::PROPAGATED, source, to).packet(&list).to_vec();
    ipx::set_transport_control(&mut packet, u8::try_from(been_on.len()).unwrap());
    Bytes::from(packet)
}

/// Scenario 43, the loop.
#[test]
fn a_packet_that_has_been_on_this_network_is_not_propagated() {
    let mut bench = bench(true);
    let station = bench.neighbour(FIRST, 7);
    bench.hears(&station, To::Everyone, &packet(&station, &[0xd1, 0xa1, 0xd2]));
    assert_eq!(bench.outcome(FIRST, Outcome::Type20Loop), 1);
    assert!(bench.sent().is_empty());
}

/// Scenario 43, the hops.
#[test]
fn the_eighth_network_is_the_last_that_a_packet_reaches() {
    let been_on: Vec<u32> = (0xd1..0xda).collect();
    let mut bench = bench(false);
    let station = bench.neighbour(FIRST, 7);
    bench.hears(&station, To::Everyone, &packet(&station, &been_on[..7]));
    let sent = bench.sent();
    let copy = sent.only();
    assert_eq!((copy.circuit, copy.link), (SECOND, LinkDestination::Broadcast));
    assert_eq!(copy.header.transport_control, 8);
    assert_eq!(copy.header.destination.network, NetworkNumber(0xb2));
    assert_eq!(copy.data[28..32], 0xa1_u32.to_be_bytes(), "the eighth entry of the list");
    for hops in [8, 9] {
        // Of eight it would be delivered, but nobody here listens; nine is refused as a whole.
        let mut late = packet(&station, &been_on[..8]).to_vec();
        ipx::set_transport_control(&mut late, hops);
        bench.hears(&station, To::Everyone, &late);
    }
    assert_eq!(bench.outcome(FIRST, Outcome::Type20Hops), 2);
    assert!(bench.sent().is_empty());
}

/// Scenario 44, the switch.
#[test]
fn packets_cross_the_cmd_network_only_where_that_is_switched_on() {
    for across in [false, true] {
        let mut bench = bench(across);
        let station = bench.neighbour(FIRST, 7);
        bench.hears(&station, To::Everyone, &packet(&station, &[]));
        let sent = bench.sent();
        assert_eq!(sent.on(SECOND).len(), 1, "LAN to LAN always");
        assert_eq!(sent.on(THIRD).len(), usize::from(across));
        let peer = bench.neighbour(THIRD, 2);
        bench.hears(&peer, To::Us, &packet(&peer, &[0xe1]));
        let sent = bench.sent();
        assert_eq!(sent.on(FIRST).len() + sent.on(SECOND).len(), 2 * usize::from(across));
        assert!(sent.on(THIRD).is_empty(), "never back into the CMD network");
    }
}

/// Scenario 44, the storm: 1,000 packets a second for ten seconds.
#[test]
fn a_storm_crosses_the_cmd_network_at_fifty_a_second_and_the_rest_is_counted() {
    let mut bench = bench(true);
    let station = bench.neighbour(FIRST, 7);
    let start = bench.now();
    for _ in 0..10_000 {
        bench.hears(&station, To::Everyone, &packet(&station, &[]));
        bench.run_for(millis(1));
    }
    let sent = bench.sent().filter(|sent| sent.header.packet_type == PacketType::PROPAGATED);
    assert_eq!(sent.on(SECOND).len(), 10_000, "LAN to LAN without limit");
    let across = sent.on(THIRD);
    for second in 1..10 {
        let (from, to) = (start + seconds(second), start + seconds(second + 1));
        let count = across.filter(|copy| from <= copy.at && copy.at < to).len();
        assert!((49..=51).contains(&count), "{count} in second {second}");
    }
    // At its beginning the limit lets a second's worth through at once.
    assert!(across.len() <= 11 * 50, "{}", across.len());
    let counted = bench.outcome(FIRST, Outcome::Propagated);
    assert_eq!(counted, 10_000, "each was sent to the other LAN at least");
}

/// Scenario 44, the counter: where no other circuit takes the packet either.
#[test]
fn a_packet_beyond_the_rate_is_in_the_counter_of_limited_ones() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .cmd(&[2])
        .with(|config| config.cmd_networks[0].type20.enabled = true)
        .started();
    let station = bench.neighbour(FIRST, 7);
    for _ in 0..80 {
        bench.hears(&station, To::Everyone, &packet(&station, &[]));
    }
    assert_eq!(bench.outcome(FIRST, Outcome::Propagated), 50);
    assert_eq!(bench.outcome(FIRST, Outcome::Type20Limited), 30);
}
