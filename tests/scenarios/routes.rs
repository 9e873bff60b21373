//! RIP [ipx-rip-sap §10]: scenarios 22 to 24, 26 to 33, 39 and 58.

use ipxway_core::Time;
use ipxway_core::forward::{LinkDestination, Outcome};
use ipxway_core::router::Event;
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, rip};

use crate::bench::{Bench, FIRST, INTERNAL, SECOND, Setup, THIRD, To, millis, peer_ip, seconds};

/// The number of the CMD network.
const CMD: u32 = NetworkNumber::DEFAULT_CMD.0;

/// Two LANs, A1 and B2, and a CMD network with one peer.
fn bench() -> Bench {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).cmd(&[2]).started()
}

/// The route in use: hops and ticks.
fn route(bench: &Bench, network: u32) -> Option<(u16, u16)> {
    let best = bench.agent().router().rib().best(NetworkNumber(network));
    best.map(|offer| (offer.hops, offer.ticks))
}

/// Scenario 22.
#[test]
fn a_host_that_asks_for_its_own_network_from_network_0_is_told_one_hop_and_one_tick() {
    let mut bench = bench();
    let client = bench.neighbour(FIRST, 7);
    let from = Address::new(NetworkNumber::THIS, client.node(), Socket(0x4005));
    let to = Address::new(NetworkNumber::THIS, NodeAddress::BROADCAST, Socket::RIP);
    let data = rip::encode_request(&[NetworkNumber(0xa1)]);
    bench.hears(&client, To::Everyone, &Header::new(PacketType::RIP, from, to).packet(&data));
    bench.run_for(millis(1));
    let sent = bench.sent();
    let answer = sent.only();
    assert_eq!(answer.routes(), [(0xa1, 1, 1)]);
    assert_eq!(answer.link, client.link_destination());
    assert_eq!(answer.header.destination, client.address(Socket(0x4005)));
    assert_eq!(answer.header.source, bench.our_address(FIRST, Socket::RIP));
}

/// Scenario 23.
#[test]
fn a_request_for_several_networks_is_answered_in_one_packet_with_those_that_lie_elsewhere() {
    let mut bench = bench();
    let (here, there) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_routes(&there, &[(0xc1, 1, 2)]);
    bench.hears_routes(&here, &[(0xc2, 1, 2)]);
    bench.run_for(seconds(1));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    let request = client.ask_rip(Socket(0x4005), &[0xc1, 0xdead, 0xc2]);
    bench.hears(&client, To::Everyone, &request);
    bench.run_for(seconds(1));
    assert_eq!(bench.sent().only().routes(), [(0xc1, 2, 3)]);
}

/// Scenario 24.
#[test]
fn a_general_request_is_answered_in_full_packets_at_the_pace_of_the_gap() {
    let mut bench = bench();
    let router = bench.neighbour(SECOND, 8);
    // With B2, the CMD network and the internal one, 120 are told on A1.
    let routes: Vec<(u32, u16, u16)> = (0..117).map(|n| (0xc000 + n, 1, 2)).collect();
    for part in routes.chunks(50) {
        bench.hears_routes(&router, part);
    }
    bench.run_for(seconds(10));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    let request = client.ask_rip(Socket(0x4005), &[0xffff_ffff]);
    bench.hears(&client, To::Everyone, &request);
    bench.run_for(seconds(1));
    let sent = bench.sent();
    let sizes: Vec<usize> = sent.0.iter().map(|answer| answer.routes().len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    for answer in &sent.0 {
        assert_eq!(answer.link, client.link_destination());
        assert_eq!(answer.header.destination, client.address(Socket(0x4005)));
    }
    for pair in sent.0.windows(2) {
        assert!(pair[1].at.since(pair[0].at) >= millis(55));
    }
    let mut told: Vec<u32> = sent.0.iter().flat_map(|a| a.routes()).map(|(n, ..)| n).collect();
    told.sort_unstable();
    let mut expected: Vec<u32> = routes.iter().map(|&(network, ..)| network).collect();
    expected.extend([0xb2, CMD, INTERNAL.0]);
    expected.sort_unstable();
    assert_eq!(told, expected);
}

/// Scenario 26.
#[test]
fn a_new_route_is_told_at_once_on_every_other_circuit_one_hop_and_one_tick_farther() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let learned = bench.now();
    bench.hears_routes(&router, &[(0xc1, 2, 5)]);
    bench.run_for(seconds(1));
    let sent = bench.sent();
    assert!(sent.on(FIRST).is_empty(), "split horizon");
    for circuit in [SECOND, THIRD] {
        let told = sent.on(circuit);
        let told = told.only();
        assert_eq!(told.routes(), [(0xc1, 3, 6)]);
        assert!(told.at.since(learned) <= millis(55), "at once");
    }
    assert_eq!(sent.on(SECOND).only().link, LinkDestination::Broadcast);
    assert_eq!(sent.on(THIRD).only().link, LinkDestination::Peer(peer_ip(2)));
}

/// Scenario 27.
#[test]
fn worse_ticks_from_the_router_in_use_are_taken_and_told_at_once() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    bench.hears_routes(&router, &[(0xc1, 2, 5)]);
    bench.run_for(seconds(1));
    bench.sent();
    let changed = bench.now();
    bench.hears_routes(&router, &[(0xc1, 2, 9)]);
    assert_eq!(route(&bench, 0xc1), Some((2, 9)));
    bench.run_for(seconds(1));
    let told = bench.sent();
    let told = told.on(SECOND);
    assert_eq!(told.only().routes(), [(0xc1, 3, 10)]);
    assert!(told.only().at.since(changed) <= millis(55));
}

/// Scenario 28.
#[test]
fn equal_ticks_and_more_hops_from_another_router_change_nothing() {
    let mut bench = bench();
    let (first, second) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_routes(&first, &[(0xc1, 2, 5)]);
    bench.run_for(seconds(1));
    bench.sent();
    bench.hears_routes(&second, &[(0xc1, 3, 5)]);
    bench.run_for(seconds(5));
    assert_eq!(route(&bench, 0xc1), Some((2, 5)));
    let best = *bench.agent().router().rib().best(NetworkNumber(0xc1)).unwrap();
    assert_eq!(best.origin.node, first.node());
    assert!(bench.sent().told_of(0xc1).is_empty());
}

/// Scenario 29.
#[test]
fn an_equal_alternate_takes_over_at_once_and_only_its_own_circuit_hears_sixteen() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .tap(0xb2, Framing::Llc8022)
        .tap(0xc3, Framing::Snap)
        .started();
    let (first, alternate) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_routes(&first, &[(0xd1, 2, 5)]);
    bench.run_for(seconds(1));
    bench.hears_routes(&alternate, &[(0xd1, 2, 5)]);
    bench.run_for(seconds(1));
    bench.sent();
    let lost = bench.now();
    bench.hears_routes(&first, &[(0xd1, 16, 5)]);
    let best = *bench.agent().router().rib().best(NetworkNumber(0xd1)).unwrap();
    assert_eq!((best.origin.node, best.hops, best.ticks), (alternate.node(), 2, 5));
    bench.run_for(millis(55));
    let sent = bench.sent();
    assert_eq!(sent.on(FIRST).only().routes(), [(0xd1, 3, 6)], "the alternate is told");
    assert_eq!(sent.on(SECOND).only().routes(), [(0xd1, 16, 6)], "where it lies: gone");
    let third = sent.on(THIRD).told_of(0xd1);
    assert!(third.iter().all(|&(_, hops, ticks)| (hops, ticks) == (3, 6)), "{third:?}");
    assert!(sent.0.iter().all(|told| told.at.since(lost) <= millis(55)));
}

/// Scenario 30.
#[test]
fn sixteen_hops_from_a_router_not_in_use_drop_only_its_alternate() {
    let mut bench = bench();
    let (first, alternate) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_routes(&first, &[(0xc1, 2, 5)]);
    bench.hears_routes(&alternate, &[(0xc1, 2, 5)]);
    bench.run_for(seconds(5));
    let offers = |bench: &Bench| bench.agent().router().rib().offers(NetworkNumber(0xc1)).len();
    assert_eq!(offers(&bench), 2);
    bench.sent();
    bench.hears_routes(&alternate, &[(0xc1, 16, 5)]);
    assert_eq!(offers(&bench), 1);
    let best = *bench.agent().router().rib().best(NetworkNumber(0xc1)).unwrap();
    assert_eq!(best.origin.node, first.node());
    bench.run_for(seconds(5));
    let sent = bench.sent();
    assert!(sent.told_of(0xc1).iter().all(|&(_, hops, _)| hops < 16), "nothing is lost");
}

/// Scenario 31.
#[test]
fn a_silent_route_is_kept_for_179_seconds_gone_after_181_and_said_to_be_gone_three_times() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let heard = bench.now();
    bench.hears_routes(&router, &[(0xc1, 2, 5)]);
    bench.run_until(heard + seconds(179));
    assert_eq!(route(&bench, 0xc1), Some((2, 5)), "two updates missed");
    bench.sent();
    bench.run_until(heard + seconds(181));
    assert_eq!(route(&bench, 0xc1), None, "three updates missed");
    bench.run_for(seconds(600));
    let sent = bench.sent().on(SECOND);
    let gone = sent.told_of(0xc1);
    let [at_once, again, periodic] = gone.as_slice() else {
        panic!("told that it is gone {} times: {gone:?}", gone.len());
    };
    assert!(gone.iter().all(|&(_, hops, ticks)| (hops, ticks) == (16, 6)), "ticks as before");
    let after = |told: &(Time, u16, u16)| told.0.since(heard + seconds(180));
    assert!(after(at_once) <= millis(55), "{:?}", after(at_once));
    assert!(seconds(2) <= after(again) && after(again) <= millis(2_110), "{:?}", after(again));
    // The next periodic update: the other networks are told within the same second.
    let update = sent.told_of(0xa1).into_iter().find(|told| told.0 > at_once.0).unwrap();
    let apart = update.0.since(periodic.0).max(periodic.0.since(update.0));
    assert!(apart <= seconds(1), "{periodic:?} with {update:?}");
}

/// Scenario 31, the question before the end [ipx-rip-sap §22.41].
#[test]
fn a_silent_router_is_asked_once_before_its_route_is_given_up() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let heard = bench.now();
    bench.hears_routes(&router, &[(0xc1, 2, 5)]);
    bench.run_until(heard + seconds(179));
    let asked = bench.sent().on(FIRST).rip_requests();
    let asked = asked.only();
    assert_eq!(asked.link, router.link_destination());
    assert_eq!(asked.rip().entries[0].network, NetworkNumber(0xc1));
    let answer = router.tell_rip(&[(0xc1, 2, 5)]);
    bench.hears(&router, To::Us, &answer);
    bench.run_until(heard + seconds(300));
    assert_eq!(route(&bench, 0xc1), Some((2, 5)));
}

/// Scenario 32.
#[test]
fn fifteen_hops_are_used_but_not_told_on_and_sixteen_and_more_are_unreachable() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    bench.hears_routes(&router, &[(0xc1, 15, 30), (0xc2, 16, 30), (0xc3, 65_535, 30)]);
    bench.run_for(seconds(70));
    assert_eq!(route(&bench, 0xc1), Some((15, 30)));
    assert_eq!(route(&bench, 0xc2), None);
    assert_eq!(route(&bench, 0xc3), None);
    let sent = bench.sent();
    for network in [0xc1, 0xc2, 0xc3] {
        assert!(sent.told_of(network).is_empty(), "{network:X}");
    }
    let client = bench.neighbour(SECOND, 7);
    let to = Address::new(NetworkNumber(0xc1), NodeAddress::INTERNAL, Socket::NCP);
    let packet = client.packet(PacketType::NCP, Socket(0x4003), to, b"far");
    bench.hears(&client, To::Us, &packet);
    assert_eq!(bench.sent().only().link, router.link_destination(), "used all the same");
}

/// Scenario 33.
#[test]
fn our_own_numbers_from_another_router_are_ignored_and_the_internal_one_is_an_alarm() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let before = (route(&bench, 0xb2), route(&bench, INTERNAL.0));
    bench.hears_routes(&router, &[(0xb2, 1, 2), (0xa1, 1, 2), (INTERNAL.0, 1, 2)]);
    bench.run_for(seconds(1));
    assert_eq!((route(&bench, 0xb2), route(&bench, INTERNAL.0)), before);
    for network in [0xa1, 0xb2, INTERNAL.0] {
        let offers = bench.agent().router().rib().offers(NetworkNumber(network));
        assert_eq!(offers.len(), 1, "{network:X}");
    }
    assert!(bench.sent().is_empty());
    let alarms = bench.events();
    let [(_, Event::InternalNetworkClaimed { network, node, .. })] = alarms.as_slice() else {
        panic!("one alarm expected: {alarms:?}");
    };
    assert_eq!((*network, *node), (INTERNAL, router.node()));
}

/// Scenario 39, the wrong network and the unknown operations.
#[test]
fn rip_from_another_network_or_of_an_unknown_operation_is_counted_and_ignored() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let mut stranger = router;
    stranger.network = NetworkNumber(0x99);
    let to = router.everyone(Socket::RIP);
    let entry = rip::Entry { network: NetworkNumber(0xc1), hops: 1, ticks: 2 };
    let data = rip::encode(rip::Operation::Response, &[entry]);
    let wrong_network = stranger.packet(PacketType::RIP, Socket::RIP, to, &data);
    bench.hears(&router, To::Everyone, &wrong_network);
    assert_eq!(bench.outcome(FIRST, Outcome::RipIgnored), 1);
    for operation in [3, 7, 9] {
        let mut data = data.clone();
        data[1] = operation;
        let packet = router.packet(PacketType::RIP, Socket::RIP, to, &data);
        bench.hears(&router, To::Everyone, &packet);
    }
    assert_eq!(bench.outcome(FIRST, Outcome::RipMalformed), 3);
    bench.run_for(seconds(1));
    assert_eq!(route(&bench, 0xc1), None);
    assert!(bench.sent().is_empty());
}

/// Scenario 39, the odd length: what follows the last whole entry is ignored, and counted
/// [ipx-rip-sap §10].
#[test]
fn rip_of_an_odd_length_counts_as_such_and_is_read_up_to_its_last_whole_entry() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    let to = router.everyone(Socket::RIP);
    let entries = [0xc1, 0xc2].map(|network| rip::Entry {
        network: NetworkNumber(network),
        hops: 1,
        ticks: 2,
    });
    let data = rip::encode(rip::Operation::Response, &entries);
    for (length, counted) in [(data.len() - 3, 1), (5, 2)] {
        let packet = router.packet(PacketType::RIP, Socket::RIP, to, &data[..length]);
        bench.hears(&router, To::Everyone, &packet);
        assert_eq!(bench.outcome(FIRST, Outcome::DeliveredRipUneven), counted);
    }
    assert_eq!(route(&bench, 0xc1), Some((1, 2)));
    assert_eq!(route(&bench, 0xc2), None);
}

/// Not a scenario of its own: an empty response is no fault [ipx-rip-sap §22.42].
#[test]
fn a_response_without_entries_is_accepted_silently() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    bench.hears_routes(&router, &[]);
    assert_eq!(bench.outcome(FIRST, Outcome::DeliveredRip), 1);
}
