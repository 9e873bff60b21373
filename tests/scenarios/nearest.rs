//! Get Nearest Server [ipx-rip-sap §12]: scenarios 14 to 20.

use ipxway_core::forward::Outcome;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::sap::{self, Kind, ServiceType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use crate::bench::{Bench, FIRST, Neighbour, SECOND, Setup, To, file_server, millis, seconds};
use ipxway_core::wire::frame::Framing;

/// Two LANs and a CMD network; a client will ask on the first.
fn setup() -> Setup {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).cmd(&[2])
}

/// The bench with the file server ACCOUNTS on the second LAN.
fn with_a_server_elsewhere(setup: Setup) -> Bench {
    let mut bench = setup.started();
    let server = bench.neighbour(SECOND, 8);
    bench.hears_server(&server, "ACCOUNTS", 0x5e01);
    bench.run_for(seconds(1));
    bench.sent();
    bench
}

/// A client that does not know its network asks as DOS shells do: to and from network 0.
fn ask(bench: &mut Bench, client: &Neighbour, packet_type: PacketType, service_type: u16) {
    let from = Address::new(NetworkNumber::THIS, client.node(), Socket(0x4010));
    let to = Address::new(NetworkNumber::THIS, NodeAddress::BROADCAST, Socket::SAP);
    let data = sap::encode_query(Kind::Nearest, ServiceType(service_type));
    let packet = Header::new(packet_type, from, to).packet(&data);
    bench.hears(client, To::Everyone, &packet);
    bench.run_for(millis(1));
}

/// The answer for ACCOUNTS: unicast, to the socket that asked, both networks filled in.
fn check_answer(bench: &mut Bench, client: &Neighbour) {
    let sent = bench.sent();
    let answer = sent.only();
    assert_eq!((answer.circuit, answer.link), (FIRST, client.link_destination()));
    assert_eq!(answer.header.destination, client.address(Socket(0x4010)));
    assert_eq!(answer.header.source, bench.our_address(FIRST, Socket::SAP));
    let sap::Packet::Response { kind, entries, trailing } = answer.sap() else {
        panic!("no response: {answer:?}");
    };
    assert_eq!((kind, trailing), (Kind::Nearest, 0));
    assert_eq!(entries, [file_server("ACCOUNTS", 0x5e01, 2)], "one entry, one hop farther");
}

/// Scenario 14.
#[test]
fn a_client_without_a_network_is_told_the_nearest_server_at_the_socket_it_asked_from() {
    let mut bench = with_a_server_elsewhere(setup());
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    check_answer(&mut bench, &client);
}

/// Scenario 15.
#[test]
fn a_question_of_packet_type_0_or_4_gets_the_same_answer() {
    for packet_type in [PacketType::UNKNOWN, PacketType::PEP] {
        let mut bench = with_a_server_elsewhere(setup());
        let client = bench.neighbour(FIRST, 7);
        ask(&mut bench, &client, packet_type, 0x0004);
        check_answer(&mut bench, &client);
    }
}

/// Scenario 16.
#[test]
fn a_server_on_the_clients_own_wire_answers_for_itself() {
    let mut bench = with_a_server_elsewhere(setup());
    let native = bench.neighbour(FIRST, 9);
    bench.hears_server(&native, "NATIVE", 0x5e02);
    bench.run_for(seconds(1));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    bench.run_for(seconds(1));
    assert!(bench.sent().is_empty());
}

/// Scenario 17.
#[test]
fn a_server_behind_another_router_of_the_clients_wire_is_that_routers_to_tell() {
    let mut bench = setup().started();
    let router = bench.neighbour(FIRST, 9);
    bench.hears_routes(&router, &[(0x5e02, 2, 4)]);
    bench.hears_services(&router, &[file_server("FAR", 0x5e02, 2)]);
    bench.run_for(seconds(1));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    bench.run_for(seconds(1));
    assert!(bench.sent().is_empty());
}

/// Scenario 18.
#[test]
fn a_question_for_every_type_for_an_unknown_type_or_cut_short_is_counted_and_not_answered() {
    let mut bench = with_a_server_elsewhere(setup());
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0xffff);
    ask(&mut bench, &client, PacketType::NCP, 0x7777);
    assert_eq!(bench.outcome(FIRST, Outcome::SapIgnored), 2);
    let cut = sap::encode_query(Kind::Nearest, ServiceType::FILE_SERVER);
    let to = client.everyone(Socket::SAP);
    let packet = client.packet(PacketType::NCP, Socket(0x4010), to, &cut[..3]);
    bench.hears(&client, To::Everyone, &packet);
    assert_eq!(bench.outcome(FIRST, Outcome::SapMalformed), 1);
    bench.run_for(seconds(1));
    assert!(bench.sent().is_empty());
}

/// Scenario 19.
#[test]
fn the_server_with_the_fewest_ticks_is_nearest_whatever_its_hops() {
    let mut bench = setup().started();
    let router = bench.neighbour(SECOND, 8);
    bench.hears_routes(&router, &[(0x5e01, 1, 7), (0x5e02, 3, 2)]);
    let services = [file_server("ONE-HOP", 0x5e01, 1), file_server("TWO-TICKS", 0x5e02, 3)];
    bench.hears_services(&router, &services);
    bench.run_for(seconds(1));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    assert_eq!(bench.sent().only().services(), [file_server("TWO-TICKS", 0x5e02, 4)]);
}

/// Scenario 20, the delay.
#[test]
fn an_answer_waits_as_long_as_the_delay_says() {
    let delayed = setup().with(|config| config.lans[0].sap.gns_delay = millis(200));
    let mut bench = with_a_server_elsewhere(delayed);
    let client = bench.neighbour(FIRST, 7);
    let asked = bench.now();
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    bench.run_for(millis(500));
    let after = bench.sent().only().at.since(asked);
    assert!(millis(180) <= after && after <= millis(220), "{after:?}");
}

/// Scenario 20, the switch.
#[test]
fn a_circuit_with_nearest_answers_off_still_answers_general_questions() {
    let off = setup().with(|config| config.lans[0].sap.gns = false);
    let mut bench = with_a_server_elsewhere(off);
    let client = bench.neighbour(FIRST, 7);
    ask(&mut bench, &client, PacketType::NCP, 0x0004);
    bench.run_for(seconds(1));
    assert!(bench.sent().is_empty());
    let general = client.ask_sap(Socket(0x4010), Kind::General, 0x0004);
    bench.hears(&client, To::Everyone, &general);
    bench.run_for(seconds(1));
    let sent = bench.sent();
    assert_eq!(sent.only().services(), [file_server("ACCOUNTS", 0x5e01, 2)]);
    assert_eq!(sent.only().header.destination, client.address(Socket(0x4010)));
}
