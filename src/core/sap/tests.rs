//! Corners of SAP that no everyday network shows; the everyday is played in `tests/scenarios`.

use std::net::Ipv4Addr;

use super::*;
use crate::config::{CmdNetwork, Config, Lan, Limits, Port, PortKind, StaticRoute, StaticService};
use crate::ids::PortId;
use crate::router::Event;
use crate::testbed::{Sent, Testbed, mac};
use crate::wire::frame::Framing;
use crate::wire::ipx::{Header, address};
use crate::wire::sap::ServiceName;
use crate::wire::{Address, NetworkNumber, cmd, rip};

const R1: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x71]);
const R2: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x72]);
const HOST: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const A: u16 = 0;
const B: u16 = 1;
const CMD: u16 = 2;
/// A server's internal network, behind R1 and R2 on LAN A.
const X: u32 = 0xc900_0001;
const FILE: ServiceType = ServiceType::FILE_SERVER;

/// LANs A1 and B2, and a CMD network with one peer.
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

/// A router of this configuration that has said what it says at start, and knows X.
fn started(config: Config) -> Testbed {
    let mut bed = Testbed::new(config);
    bed.pass(Duration::from_secs(4));
    tell_route(&mut bed, X, 1);
    bed.pass(GAP);
    bed.sent(Socket::SAP);
    bed.events();
    bed
}

fn network_of(circuit: u16) -> u32 {
    match circuit {
        A => 0xa1,
        B => 0xb2,
        _ => NetworkNumber::DEFAULT_CMD.0,
    }
}

/// R1 tells LAN A by RIP how many hops `network` is away.
fn tell_route(bed: &mut Testbed, network: u32, hops: u16) {
    let entry = rip::Entry { network: NetworkNumber(network), hops, ticks: 2 };
    let data = rip::encode(rip::Operation::Response, &[entry]);
    let (from, to) = (address(0xa1, R1.0, 0x0453), address(0xa1, [0xff; 6], 0x0453));
    bed.broadcast(A, R1, &Header::new(PacketType::RIP, from, to).packet(&data));
}

fn entry(name: &str, network: u32, hops: u16) -> Entry {
    let address = address(network, NodeAddress::INTERNAL.0, 0x0451);
    Entry { service_type: FILE, name: ServiceName::new(name), address, hops }
}

/// A packet of SAP from `node` on `circuit`, to everybody there.
fn sap_packet(circuit: u16, node: NodeAddress, socket: u16, data: &[u8]) -> Vec<u8> {
    let network = network_of(circuit);
    let (from, to) = (address(network, node.0, socket), address(network, [0xff; 6], 0x0452));
    Header::new(PacketType::PEP, from, to).packet(data).to_vec()
}

/// `node` tells a LAN of services.
fn tell(bed: &mut Testbed, circuit: u16, node: NodeAddress, entries: &[Entry]) -> Outcome {
    let data = sap::encode_response(Kind::General, entries);
    bed.broadcast(circuit, node, &sap_packet(circuit, node, 0x0452, &data))
}

/// A host asks for services; gives what it is answered within a gap, and what was counted.
fn ask(bed: &mut Testbed, circuit: u16, kind: Kind, wanted: ServiceType) -> (Vec<Entry>, Outcome) {
    let data = sap::encode_query(kind, wanted);
    bed.sent(Socket::SAP);
    let outcome = bed.broadcast(circuit, HOST, &sap_packet(circuit, HOST, 0x4010, &data));
    bed.pass(GAP);
    let answers = bed.sent(Socket(0x4010));
    (answers.iter().flat_map(entries_of).collect(), outcome)
}

fn entries_of(sent: &Sent) -> Vec<Entry> {
    match sap::Packet::decode(sent.data()).unwrap() {
        sap::Packet::Response { entries, .. } => entries,
        sap::Packet::Query { .. } => Vec::new(),
    }
}

/// What a circuit was told since the last call, by responses to everybody: name and hops.
fn told(bed: &mut Testbed) -> Vec<(u16, String, u16)> {
    let mut told = Vec::new();
    for sent in bed.sent(Socket::SAP) {
        let everyone = sent.header().destination.node.is_broadcast();
        for entry in entries_of(&sent).into_iter().filter(|_| everyone) {
            told.push((sent.circuit.0, entry.name.to_string(), entry.hops));
        }
    }
    told
}

fn on(circuit: u16, name: &str, hops: u16) -> (u16, String, u16) {
    (circuit, name.to_owned(), hops)
}

/// The offer in use of a file server, dormant or not: who tells it, where it is, hops.
fn known(bed: &Testbed, name: &str) -> Option<(NodeAddress, Address, u16)> {
    let key = ServiceKey { service_type: FILE, name: ServiceName::new(name) };
    let best = bed.router().services().get(&key)?.best()?;
    Some((best.origin.from, best.address, best.hops))
}

const GAP: Duration = Duration::from_millis(60);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_server_that_counts_no_hop_is_one_hop_away() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 0)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 2), on(CMD, "S", 2)]);
}

#[test]
fn a_server_on_network_zero_is_on_the_wire_it_was_heard_on() {
    let mut bed = started(config());
    let mut printer = entry("JET", 0, 1);
    printer.address.node = HOST;
    tell(&mut bed, A, HOST, &[printer]);
    let wire = Address { network: NetworkNumber(0xa1), ..printer.address };
    assert_eq!(known(&bed, "JET"), Some((HOST, wire, 1)));
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "JET", 2), on(CMD, "JET", 2)], "without RIP of its own");
}

#[test]
fn a_default_route_does_not_lead_to_networks_that_cannot_be() {
    let mut bed = started(config());
    let default = rip::Entry { network: NetworkNumber::DEFAULT_ROUTE, hops: 1, ticks: 2 };
    let data = rip::encode(rip::Operation::Response, &[default]);
    let network = NetworkNumber::DEFAULT_CMD;
    let (from, to) = (
        Address::new(network, cmd::node(PEER), Socket::RIP),
        Address::new(network, NodeAddress::BROADCAST, Socket::RIP),
    );
    bed.datagram(CMD, PEER, &Header::new(PacketType::RIP, from, to).packet(&data));
    tell(&mut bed, A, R1, &[entry("ALL", 0xffff_ffff, 1), entry("DEFAULT", 0xffff_fffe, 1)]);
    tell(&mut bed, A, R1, &[entry("FAR", 0x77, 1)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "FAR", 2), on(CMD, "FAR", 2)]);
}

#[test]
fn a_name_is_told_on_byte_by_byte_and_known_by_what_stands_before_its_nul() {
    let mut bed = started(config());
    let mut bytes = [0xb7; 48];
    bytes[..6].copy_from_slice(b"TREE_\0");
    let mut tree = entry("", X, 1);
    tree.name = ServiceName::from_wire(bytes);
    tell(&mut bed, A, R1, &[tree]);
    bed.pass(GAP);
    let sent = bed.sent(Socket::SAP);
    assert_eq!(entries_of(&sent[0])[0].name.as_wire(), &bytes);
    assert!(known(&bed, "TREE_").is_some());
    // Other bytes behind the NUL: the same service, told again as it now is.
    bytes[47] = 1;
    tree.name = ServiceName::from_wire(bytes);
    tell(&mut bed, A, R1, &[tree]);
    bed.pass(GAP);
    let sent = bed.sent(Socket::SAP);
    assert_eq!(entries_of(&sent[0])[0].name.as_wire(), &bytes);
    assert_eq!(bed.router().services().len(), 1);
}

#[test]
fn a_service_that_stands_twice_in_a_packet_counts_at_its_nearer_place() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 5), entry("S", X, 2), entry("S", X, 16)]);
    assert_eq!(known(&bed, "S").map(|(_, _, hops)| hops), Some(2));
}

#[test]
fn another_teller_is_believed_only_if_it_is_nearer_and_a_move_is_told_once() {
    let mut bed = started(config());
    tell_route(&mut bed, X + 1, 1);
    tell(&mut bed, A, R1, &[entry("S", X, 3)]);
    tell(&mut bed, A, R2, &[entry("S", X + 1, 3)]);
    assert_eq!(known(&bed, "S"), Some((R1, entry("S", X, 3).address, 3)));
    assert_eq!(bed.events(), []);
    tell(&mut bed, A, R2, &[entry("S", X + 1, 2)]);
    let (old, new) = (entry("S", X, 1).address, entry("S", X + 1, 1).address);
    assert_eq!(known(&bed, "S"), Some((R2, new, 2)));
    let moved = Event::ServiceMoved { service_type: FILE, name: "S".to_owned(), old, new };
    assert_eq!(bed.events(), [moved]);
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    assert_eq!(known(&bed, "S"), Some((R1, old, 1)));
    assert_eq!(bed.events(), [], "two of one name would fill the log");
}

#[test]
fn hops_of_16_count_only_from_the_teller_that_is_believed() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    bed.pass(GAP);
    told(&mut bed);
    tell(&mut bed, A, R2, &[entry("S", X, 16)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), []);
    tell(&mut bed, A, R1, &[entry("S", X, 17)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 16), on(CMD, "S", 16)], "17 is down as well");
}

#[test]
fn a_reachable_address_takes_the_place_of_one_that_cannot_be_reached() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", 0x77, 1)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [], "no route leads to network 77");
    tell(&mut bed, A, R2, &[entry("S", X, 4)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 5), on(CMD, "S", 5)]);
}

#[test]
fn a_service_sleeps_while_its_route_is_gone_and_wakes_with_it() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    bed.pass(GAP);
    told(&mut bed);
    tell_route(&mut bed, X, 16);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 16), on(CMD, "S", 16)]);
    assert_eq!(ask(&mut bed, B, Kind::Nearest, FILE).0, []);
    tell_route(&mut bed, X, 1);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 2), on(CMD, "S", 2)], "nobody had to tell it again");
}

#[test]
fn a_static_service_is_told_while_a_route_leads_to_it_and_no_neighbour_replaces_it() {
    let mut bed = Testbed::new(Config {
        static_services: vec![StaticService {
            service_type: FILE,
            name: "S".to_owned(),
            address: entry("S", X, 1).address,
            hops: 4,
        }],
        ..config()
    });
    bed.pass(4 * SECOND);
    assert_eq!(told(&mut bed), []);
    tell_route(&mut bed, X, 1);
    bed.pass(GAP);
    let everywhere = [on(A, "S", 5), on(B, "S", 5), on(CMD, "S", 5)];
    assert_eq!(told(&mut bed), everywhere);
    tell(&mut bed, A, R1, &[entry("S", X + 1, 1)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), []);
    tell_route(&mut bed, X, 16);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), everywhere.map(|(circuit, name, _)| (circuit, name, 16)));
}

#[test]
fn the_answers_go_round_among_equals_if_the_circuit_says_so() {
    let names = |bed: &mut Testbed| -> Vec<String> {
        (0..5)
            .flat_map(|_| ask(bed, B, Kind::Nearest, FILE).0)
            .map(|entry| entry.name.to_string())
            .collect()
    };
    let servers = [entry("C", X, 1), entry("A", X, 1), entry("B", X, 1), entry("FAR", X, 2)];
    let mut bed = started(config());
    tell(&mut bed, A, R1, &servers);
    assert_eq!(names(&mut bed), ["A"; 5], "the first by name, always");
    let mut round = config();
    round.lans[1].sap.gns_round_robin = true;
    let mut bed = started(round);
    tell(&mut bed, A, R1, &servers);
    assert_eq!(names(&mut bed), ["A", "B", "C", "A", "B"]);
}

#[test]
fn the_nearest_server_is_chosen_anew_when_routes_and_services_change() {
    let mut bed = started(config());
    tell_route(&mut bed, X + 1, 1);
    tell(&mut bed, A, R1, &[entry("NEAR", X, 1), entry("OTHER", X + 1, 2)]);
    let nearest = |bed: &mut Testbed| -> String {
        bed.pass(SECOND);
        ask(bed, B, Kind::Nearest, FILE).0.iter().map(|entry| entry.name.to_string()).collect()
    };
    assert_eq!(nearest(&mut bed), "NEAR");
    tell_route(&mut bed, X, 16);
    assert_eq!(nearest(&mut bed), "OTHER");
    tell_route(&mut bed, X, 1);
    assert_eq!(nearest(&mut bed), "NEAR");
    tell(&mut bed, A, R1, &[entry("NEAR", X, 16)]);
    assert_eq!(nearest(&mut bed), "OTHER");
    tell(&mut bed, B, R2, &[entry("NATIVE", 0xb2, 1)]);
    assert_eq!(nearest(&mut bed), "", "a server on the wire answers itself");
}

#[test]
fn a_client_that_asks_too_often_for_one_type_is_limited_and_another_question_is_answered() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    let data = sap::encode_query(Kind::Nearest, FILE);
    let query = sap_packet(B, HOST, 0x4003, &data);
    let outcomes: Vec<Outcome> = (0..30).map(|_| bed.broadcast(B, HOST, &query)).collect();
    assert_eq!(outcomes.iter().filter(|&&o| o == Outcome::DeliveredSap).count(), 20);
    assert_eq!(outcomes.last(), Some(&Outcome::AnswerLimited));
    let general = ask(&mut bed, B, Kind::General, FILE);
    assert_eq!((general.0.len(), general.1), (1, Outcome::DeliveredSap));
}

#[test]
fn a_delayed_answer_dies_with_its_circuit() {
    let mut slow = config();
    slow.lans[1].sap.gns_delay = Duration::from_millis(200);
    let mut bed = started(slow);
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    assert_eq!(ask(&mut bed, B, Kind::Nearest, FILE), (vec![], Outcome::DeliveredSap));
    bed.unplug(1);
    bed.plug(1, PortKind::Tap);
    bed.pass(SECOND);
    assert_eq!(bed.sent(Socket(0x4010)), []);
}

#[test]
fn a_query_from_socket_0452_and_network_zero_is_answered_there() {
    let mut bed = started(config());
    tell(&mut bed, A, R1, &[entry("S", X, 1)]);
    bed.pass(GAP);
    bed.sent(Socket::SAP);
    let data = sap::encode_query(Kind::Nearest, FILE);
    // The data plane has filled both networks in.
    let mut query = sap_packet(B, HOST, 0x0452, &data);
    query[5] = PacketType::NCP.0;
    bed.broadcast(B, HOST, &query);
    let sent = bed.sent(Socket::SAP);
    assert_eq!(sent.len(), 1);
    let header = sent[0].header();
    assert_eq!(header.destination, address(0xb2, HOST.0, 0x0452));
    assert_eq!(header.source, address(0xb2, mac(1).0, 0x0452));
    assert_eq!(header.packet_type, PacketType::PEP);
    assert_eq!(entries_of(&sent[0]), [entry("S", X, 2)]);
}

#[test]
fn a_silent_teller_is_asked_once_for_its_one_type_or_for_all_before_its_services_are_lost() {
    for (printers, question) in [(0, FILE), (1, ServiceType::ALL)] {
        let mut bed = started(config());
        let services: Vec<Entry> = (0..7).map(|n| entry(&format!("S{n}"), X, 1)).collect();
        tell(&mut bed, A, R1, &services);
        for _ in 0..printers {
            let mut printer = entry("P", X, 1);
            printer.service_type = ServiceType::PRINT_SERVER;
            tell(&mut bed, A, R1, &[printer]);
        }
        for _ in 0..3 {
            bed.pass(55 * SECOND);
            tell_route(&mut bed, X, 1);
        }
        bed.pass(5 * SECOND);
        let mut asked = bed.sent(Socket::SAP);
        asked.retain(|sent| sent.header().destination.node == R1);
        let questions: Vec<Vec<u8>> = asked.iter().map(|sent| sent.data().to_vec()).collect();
        assert_eq!(questions, [sap::encode_query(Kind::General, question)]);
        bed.pass(15 * SECOND);
        assert_eq!(bed.router().services().len(), 0);
    }
}

#[test]
fn a_full_table_refuses_what_is_new_once() {
    let limits = Limits { services: 2, ..Limits::default() };
    let mut bed = started(Config { limits, ..config() });
    tell(&mut bed, A, R1, &[entry("A", X, 1), entry("B", X, 1), entry("C", X, 1)]);
    tell(&mut bed, A, R1, &[entry("D", X, 1)]);
    assert_eq!(bed.events(), [Event::ServiceLimit { limit: 2 }]);
    assert_eq!(bed.router().services().len(), 2);
    tell(&mut bed, A, R1, &[entry("A", X, 16)]);
    tell(&mut bed, A, R1, &[entry("C", X, 1)]);
    assert!(known(&bed, "C").is_some());
}

#[test]
fn answers_to_nearest_queries_and_packets_from_elsewhere_change_nothing() {
    let mut bed = started(config());
    let data = sap::encode_response(Kind::Nearest, &[entry("S", X, 1)]);
    assert_eq!(bed.broadcast(A, R1, &sap_packet(A, R1, 0x0452, &data)), Outcome::SapIgnored);
    let data = sap::encode_response(Kind::General, &[entry("S", X, 1)]);
    let (from, to) = (address(0x99, R1.0, 0x0452), address(0xa1, [0xff; 6], 0x0452));
    let elsewhere = Header::new(PacketType::PEP, from, to).packet(&data);
    assert_eq!(bed.broadcast(A, R1, &elsewhere), Outcome::SapIgnored);
    assert_eq!(bed.router().services().len(), 0);
}

#[test]
fn a_service_behind_a_static_route_is_told_as_any_other() {
    let mut bed = Testbed::new(Config {
        static_routes: vec![StaticRoute {
            network: NetworkNumber(0x99),
            circuit: CircuitId(A),
            node: R2,
            hops: 1,
            ticks: 2,
        }],
        ..config()
    });
    bed.pass(4 * SECOND);
    told(&mut bed);
    tell(&mut bed, A, R2, &[entry("S", 0x99, 1)]);
    bed.pass(GAP);
    assert_eq!(told(&mut bed), [on(B, "S", 2), on(CMD, "S", 2)]);
}
