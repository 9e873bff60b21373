//! Start, end, and ports that come and go [ipx-rip-sap §10.5]: scenarios 25, 40 and 41.

use ipxway_core::Time;
use ipxway_core::agent::Action;
use ipxway_core::forward::LinkDestination;
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::Input;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::sap::{self, Kind, ServiceType};

use crate::bench::{
    Bench, FIRST, INTERNAL, SECOND, Sendings, Setup, THIRD, file_server, millis, peer_ip, seconds,
};

/// The number of the CMD network.
const CMD: u32 = NetworkNumber::DEFAULT_CMD.0;

/// Two LANs, A1 and B2, and a CMD network with two peers.
fn setup() -> Setup {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).cmd(&[2, 3])
}

/// Networks that a circuit was told, each with its hops, in order.
fn told(sent: &Sendings, circuit: CircuitId) -> Vec<(u32, u16)> {
    let told = sent.on(circuit).rip_responses();
    let mut told: Vec<(u32, u16)> =
        told.0.iter().flat_map(|s| s.routes()).map(|(network, hops, _)| (network, hops)).collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// What is said on a circuit that has just come up: what lies elsewhere, and both questions.
fn check_start(sent: &Sendings, circuit: CircuitId, links: &[LinkDestination]) {
    for &link in links {
        let there = sent.on(circuit).to(link);
        let requests = there.rip_requests();
        let asked: Vec<NetworkNumber> =
            requests.0.iter().flat_map(|s| s.rip().entries).map(|entry| entry.network).collect();
        assert_eq!(asked.first(), Some(&NetworkNumber::ALL), "general RIP request on {circuit}");
        let queries = there.sap_queries();
        let query = queries.0.first().map(|query| query.sap());
        let general = sap::Packet::Query { kind: Kind::General, service_type: ServiceType::ALL };
        assert_eq!(query, Some(general), "general SAP request on {circuit}");
        assert!(!there.rip_responses().is_empty(), "reachable networks on {circuit}");
    }
}

/// Scenario 25.
#[test]
fn a_start_is_announced_and_asks_for_routes_and_services_on_every_circuit_within_a_second() {
    let mut bench = setup().start();
    bench.run_for(seconds(1));
    let sent = bench.sent();
    let peers = [2, 3].map(|n| LinkDestination::Peer(peer_ip(n)));
    check_start(&sent, FIRST, &[LinkDestination::Broadcast]);
    check_start(&sent, SECOND, &[LinkDestination::Broadcast]);
    check_start(&sent, THIRD, &peers);
    assert_eq!(told(&sent, FIRST), [(0xb2, 1), (INTERNAL.0, 1), (CMD, 1)]);
    assert_eq!(told(&sent, SECOND), [(0xa1, 1), (INTERNAL.0, 1), (CMD, 1)]);
    assert_eq!(told(&sent, THIRD), [(0xa1, 1), (0xb2, 1), (INTERNAL.0, 1)]);
}

/// Scenario 25, the repeats: three general requests, a second apart, while nobody answers.
#[test]
fn the_general_request_is_repeated_until_somebody_answers_but_not_more_than_three_times() {
    let mut bench = setup().start();
    let router = bench.neighbour(SECOND, 8);
    bench.run_for(millis(500));
    bench.hears_routes(&router, &[(0xc1, 1, 2)]);
    bench.run_for(seconds(20));
    let sent = bench.sent();
    let times = |circuit| -> Vec<Time> {
        sent.on(circuit).rip_requests().0.iter().map(|request| request.at).collect()
    };
    assert_eq!(times(FIRST), [0, 1, 2].map(|s| Time::ZERO + seconds(s)), "nobody answers");
    assert_eq!(times(SECOND).len(), 1, "somebody answered");
}

/// When the agent said that it has stopped.
fn stopped(bench: &mut Bench) -> Option<Time> {
    let other = bench.other();
    other.iter().find(|(_, action)| *action == Action::Stopped).map(|&(at, _)| at)
}

/// Scenario 40.
#[test]
fn a_stop_takes_back_all_that_was_told_on_each_circuit_and_is_done_within_two_seconds() {
    let mut bench = setup().started();
    let (left, right) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_server(&left, "LEFT", 0x5e01);
    bench.hears_server(&right, "RIGHT", 0x5e02);
    bench.run_for(seconds(10));
    bench.sent();
    let asked = bench.now();
    bench.input(Input::Shutdown);
    bench.run_for(seconds(10));
    let end = stopped(&mut bench).expect("it stops");
    assert!(end.since(asked) <= seconds(2));
    let sent = bench.sent();
    assert!(sent.0.iter().all(|packet| packet.at <= end), "nothing is said after the end");
    let mut left_routes = [(0xb2, 16), (0x5e02, 16), (INTERNAL.0, 16), (CMD, 16)];
    left_routes.sort_unstable();
    assert_eq!(told(&sent, FIRST), left_routes);
    assert_eq!(
        told(&sent, THIRD),
        [(0xa1, 16), (0xb2, 16), (0x5e01, 16), (0x5e02, 16), (INTERNAL.0, 16)]
    );
    for (circuit, name, hops) in [(FIRST, "RIGHT", 1), (SECOND, "LEFT", 1), (THIRD, "LEFT", 2)] {
        let gone = sent.on(circuit).told_of_service(name);
        assert_eq!(gone.len(), hops, "{name} on {circuit}: one copy to each peer");
        assert!(gone.iter().all(|&(_, hops)| hops == 16));
    }
    assert!(sent.on(FIRST).told_of_service("LEFT").is_empty(), "split horizon");
}

/// Scenario 40, the large table.
#[test]
fn a_stop_with_fifty_thousand_routes_says_what_fits_into_two_seconds_and_ends() {
    let mut bench = setup().started();
    let router = bench.neighbour(SECOND, 8);
    for part in 0..1_000 {
        let routes: Vec<(u32, u16, u16)> =
            (0..50).map(|n| (0x0100_0000 + part * 50 + n, 1, 2)).collect();
        bench.hears_routes(&router, &routes);
    }
    bench.run_for(seconds(70));
    bench.sent();
    let asked = bench.now();
    bench.input(Input::Shutdown);
    bench.run_for(seconds(10));
    let end = stopped(&mut bench).expect("it stops");
    assert!(end.since(asked) <= seconds(2), "{:?}", end.since(asked));
    let sent = bench.sent();
    let gone = told(&sent, FIRST);
    assert!(gone.iter().all(|&(_, hops)| hops == 16));
    // A packet each 2 ms at least: half of the table, or more.
    assert!(gone.len() >= 25_000, "{} routes were taken back", gone.len());
    for pair in sent.on(FIRST).rip_responses().0.windows(2) {
        assert!(pair[1].at.since(pair[0].at) >= millis(1), "the floor of the gap");
    }
}

/// Scenario 41.
#[test]
fn a_lan_that_goes_down_is_withdrawn_elsewhere_and_announced_when_it_is_up_again() {
    let mut bench = setup().started();
    let server = bench.neighbour(FIRST, 9);
    bench.hears_server(&server, "LEFT", 0x5e01);
    bench.run_for(seconds(10));
    bench.sent();
    let down = bench.now();
    bench.port_down(PortId(0));
    bench.run_for(seconds(1));
    let sent = bench.sent();
    assert!(sent.on(FIRST).is_empty(), "nothing can be sent there");
    for circuit in [SECOND, THIRD] {
        assert_eq!(told(&sent, circuit), [(0xa1, 16), (0x5e01, 16)], "on {circuit}");
        let gone = sent.on(circuit).told_of_service("LEFT");
        assert!(gone.iter().all(|&(at, hops)| hops == 16 && at.since(down) <= millis(110)));
        assert!(!gone.is_empty());
    }
    bench.run_for(seconds(30));
    bench.sent();

    bench.port_up(PortId(0));
    bench.run_for(seconds(1));
    let sent = bench.sent();
    check_start(&sent, FIRST, &[LinkDestination::Broadcast]);
    assert_eq!(told(&sent, FIRST), [(0xb2, 1), (INTERNAL.0, 1), (CMD, 1)]);
    assert_eq!(told(&sent, SECOND), [(0xa1, 1)], "told at once that it is back");
    bench.hears_services(&server, &[file_server("LEFT", 0x5e01, 1)]);
    bench.hears_routes(&server, &[(0x5e01, 1, 2)]);
    bench.run_for(seconds(1));
    assert_eq!(bench.sent().on(SECOND).told_of_service("LEFT").last().map(|t| t.1), Some(2));
}
