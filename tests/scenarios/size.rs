//! Large tables, and tables that change all the time: scenario 55.

use ipxway_core::Time;
use ipxway_core::ids::CircuitId;
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::PacketType;
use ipxway_core::wire::sap;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use crate::bench::{
    Bench, FIRST, Neighbour, SECOND, Sendings, Setup, THIRD, To, file_server, millis, seconds,
};

/// The number of the first network that a test makes up.
const MADE_UP: u32 = 0x0100_0000;

fn setup() -> Setup {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).cmd(&[2, 3])
}

/// A router tells so many networks at this distance, all in one go.
fn tell_routes(bench: &mut Bench, router: &Neighbour, count: u32, hops: u16) {
    for first in (0..count).step_by(50) {
        let routes: Vec<(u32, u16, u16)> =
            (first..count.min(first + 50)).map(|n| (MADE_UP + n, hops, 2)).collect();
        bench.hears_routes(router, &routes);
    }
}

/// A router tells so many services on those networks.
fn tell_services(bench: &mut Bench, router: &Neighbour, count: u32, networks: u32, hops: u16) {
    for first in (0..count).step_by(7) {
        let services: Vec<sap::Entry> = (first..count.min(first + 7))
            .map(|n| file_server(&format!("SERVER-{n:06}"), MADE_UP + n % networks, hops))
            .collect();
        bench.hears_services(router, &services);
    }
}

/// Packets on a circuit are never closer together than this.
fn check_pace(sent: &Sendings, circuit: CircuitId, gap: std::time::Duration) {
    let there = sent.on(circuit);
    for part in [there.filter(|s| s.is_rip()), there.filter(|s| s.is_sap())] {
        for pair in part.0.windows(2) {
            let between = pair[1].at.since(pair[0].at);
            assert!(between >= gap, "{between:?} between two packets at {}", pair[1].at);
        }
    }
}

/// Scenario 55, the peers that flap: 2,000 networks and 5,000 services go and come each ten
/// seconds, by one peer or the other.
#[test]
fn flapping_peers_neither_fill_the_tables_nor_outrun_the_pace_nor_stop_forwarding() {
    let mut bench = setup().started();
    let peers = [bench.neighbour(THIRD, 2), bench.neighbour(THIRD, 3)];
    let client = bench.neighbour(FIRST, 7);
    let server = bench.neighbour(SECOND, 8);
    let to = server.address(Socket::NCP);
    let data = client.packet(PacketType::NCP, Socket(0x4003), to, b"on its way");
    for round in 0..12 {
        let (up, down) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
        tell_routes(&mut bench, &peers[up], 2_000, 1);
        tell_services(&mut bench, &peers[up], 5_000, 2_000, 1);
        tell_routes(&mut bench, &peers[down], 2_000, 16);
        tell_services(&mut bench, &peers[down], 5_000, 2_000, 16);
        for _ in 0..10 {
            bench.run_for(seconds(1));
            let before = bench.now();
            let sent = bench.sent();
            check_pace(&sent, FIRST, millis(1));
            bench.hears(&client, To::Us, &data);
            let passed = bench.sent();
            assert_eq!((passed.only().circuit, passed.only().at), (SECOND, before));
        }
        let router = bench.agent().router();
        assert!(router.rib().len() <= 2_000 + 4);
        assert!(router.services().len() <= 5_000);
    }
    // The next update of the peer that is left: everything is there again, and nothing piled up.
    tell_services(&mut bench, &peers[1], 5_000, 2_000, 1);
    let router = bench.agent().router();
    assert_eq!(router.rib().len(), 2_000 + 4);
    assert_eq!(router.services().len(), 5_000);
    bench.run_for(seconds(50));
    bench.sent();
    bench.run_for(millis(500));
    let idle = bench.sent().on(FIRST);
    assert!(idle.len() <= 10, "what waited to be told was told: {}", idle.len());
}

/// The times from the first to the last packet of each whole update on a circuit, and the entries
/// in it. `first_key` gives the key of a packet's first entry and how many there are.
fn cycles<K: Ord + Copy>(
    sent: &Sendings,
    first_key: impl Fn(&crate::bench::Sent) -> (K, usize),
) -> Vec<(Time, Time, usize)> {
    let mut cycles: Vec<(Time, Time, usize)> = Vec::new();
    let mut last: Option<K> = None;
    for packet in &sent.0 {
        let (key, count) = first_key(packet);
        match cycles.last_mut() {
            Some(cycle) if last.is_some_and(|last| last < key) => {
                cycle.1 = packet.at;
                cycle.2 += count;
            }
            _ => cycles.push((packet.at, packet.at, count)),
        }
        last = Some(key);
    }
    // The first one may have begun before, the last one may still go on.
    cycles.pop();
    cycles.drain(..1.min(cycles.len()));
    cycles
}

/// Scenario 55, the tables at their limits.
#[test]
fn with_full_tables_every_update_cycle_ends_within_sixty_seconds() {
    let mut bench = setup().started();
    let peers = [bench.neighbour(THIRD, 2), bench.neighbour(THIRD, 3)];
    let (routes, services) = (50_000 - 4, 100_000);
    tell_routes(&mut bench, &peers[0], routes, 1);
    tell_services(&mut bench, &peers[0], services, routes, 1);
    assert_eq!(bench.agent().router().rib().len(), 50_000);
    assert_eq!(bench.agent().router().services().len(), 100_000);
    // The news first; then updates as ever.
    bench.run_for(seconds(60));
    for _ in 0..2 {
        tell_routes(&mut bench, &peers[0], routes, 1);
        tell_services(&mut bench, &peers[0], services, routes, 1);
        bench.run_for(seconds(60));
    }
    bench.sent();
    for _ in 0..4 {
        tell_routes(&mut bench, &peers[0], routes, 1);
        tell_services(&mut bench, &peers[0], services, routes, 1);
        bench.run_for(seconds(60));
    }
    let sent = bench.sent().on(FIRST);
    let rip = cycles(&sent.rip_responses(), |packet| {
        let routes = packet.routes();
        (routes[0].0, routes.len())
    });
    let sap = cycles(&sent.sap_responses(sap::Kind::General), |packet| {
        let services = packet.services();
        ((services[0].service_type, services[0].name), services.len())
    });
    // All but the LAN's own number.
    for (what, whole, cycles) in [("RIP", 49_999, rip), ("SAP", 100_000, sap)] {
        assert!(!cycles.is_empty(), "no whole {what} cycle in 240 s");
        for (begin, end, entries) in cycles {
            assert_eq!(entries, whole, "{what} from {begin} to {end}");
            assert!(end.since(begin) < seconds(60), "{what} from {begin} to {end}");
        }
    }
    let far = Address::new(NetworkNumber(MADE_UP), NodeAddress::INTERNAL, Socket::NCP);
    let client = bench.neighbour(FIRST, 7);
    bench.hears(&client, To::Us, &client.packet(PacketType::NCP, Socket(0x4003), far, b"x"));
    assert_eq!(bench.sent().only().link, peers[0].link_destination());
}
