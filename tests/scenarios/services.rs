//! SAP [ipx-rip-sap §11]: scenarios 21 and 34 to 38.

use ipxway_core::agent::Action;
use ipxway_core::ids::RequestId;
use ipxway_core::router::{Command, Event, Input, Reply};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::PacketType;
use ipxway_core::wire::sap::{self, Kind, ServiceName};
use ipxway_core::wire::{NodeAddress, Socket};

use crate::bench::{Bench, FIRST, SECOND, Setup, THIRD, To, file_server, millis, seconds};

/// Two LANs, A1 and B2, and a CMD network with one peer.
fn bench() -> Bench {
    Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).cmd(&[2]).started()
}

/// The hops at which a file server is in use.
fn hops(bench: &Bench, name: &str) -> Option<u16> {
    let name = ServiceName::new(name);
    let mut services = bench.agent().router().services().iter_after(None);
    services.find(|(key, _)| key.name == name)?.1.usable().map(|offer| offer.hops)
}

/// Scenario 21.
#[test]
fn a_general_question_is_answered_with_what_lies_elsewhere_in_packets_of_seven() {
    let mut bench = bench();
    let (here, there) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_routes(&here, &[(0x5e01, 1, 2)]);
    bench.hears_routes(&there, &[(0x5e02, 1, 2)]);
    for n in 0..6 {
        bench.hears_services(&here, &[file_server(&format!("HERE{n}"), 0x5e01, 1)]);
    }
    for n in 0..14 {
        bench.hears_services(&there, &[file_server(&format!("THERE{n:02}"), 0x5e02, 1)]);
    }
    bench.run_for(seconds(10));
    bench.sent();
    let client = bench.neighbour(FIRST, 7);
    let question = client.ask_sap(Socket(0x4011), Kind::General, 0xffff);
    bench.hears(&client, To::Everyone, &question);
    bench.run_for(seconds(1));
    let sent = bench.sent();
    let [first, second] = sent.0.as_slice() else { panic!("{} packets", sent.len()) };
    for answer in [first, second] {
        assert_eq!(answer.services().len(), 7);
        assert_eq!(answer.link, client.link_destination());
        assert_eq!(answer.header.destination, client.address(Socket(0x4011)));
    }
    assert!(second.at.since(first.at) >= millis(55));
    let told: Vec<String> =
        sent.0.iter().flat_map(|a| a.services()).map(|s| s.name.to_string()).collect();
    let expected: Vec<String> = (0..14).map(|n| format!("THERE{n:02}")).collect();
    assert_eq!(told, expected);
}

/// Scenario 34.
#[test]
fn a_service_sleeps_without_a_route_wakes_with_one_and_is_withdrawn_when_that_goes() {
    let mut bench = bench();
    let server = bench.neighbour(FIRST, 9);
    bench.hears_services(&server, &[file_server("ACCOUNTS", 0x5e01, 1)]);
    bench.run_for(seconds(70));
    assert_eq!(hops(&bench, "ACCOUNTS"), None, "dormant");
    assert_eq!(bench.agent().router().services().len(), 1, "but kept");
    assert!(bench.sent().told_of_service("ACCOUNTS").is_empty());

    bench.hears_services(&server, &[file_server("ACCOUNTS", 0x5e01, 1)]);
    let routed = bench.now();
    bench.hears_routes(&server, &[(0x5e01, 1, 2)]);
    bench.run_for(millis(60));
    let sent = bench.sent();
    for circuit in [SECOND, THIRD] {
        let told = sent.on(circuit).told_of_service("ACCOUNTS");
        assert_eq!(told.first().map(|&(_, hops)| hops), Some(2), "told on {circuit}");
        assert!(told[0].0.since(routed) <= millis(55));
    }

    bench.hears_routes(&server, &[(0x5e01, 16, 2)]);
    bench.run_for(millis(60));
    assert_eq!(hops(&bench, "ACCOUNTS"), None);
    let told = bench.sent().on(SECOND).told_of_service("ACCOUNTS");
    assert_eq!(told.iter().map(|&(_, hops)| hops).collect::<Vec<_>>(), [16]);
}

/// Scenario 35.
#[test]
fn a_service_said_to_be_gone_is_gone_and_a_farther_teller_is_believed_only_after_a_minute() {
    let mut bench = bench();
    let (server, far) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
    bench.hears_server(&server, "ACCOUNTS", 0x5e01);
    bench.run_for(seconds(1));
    bench.sent();
    let gone = bench.now();
    bench.hears_services(&server, &[file_server("ACCOUNTS", 0x5e01, 16)]);
    assert_eq!(bench.agent().router().services().len(), 0);
    bench.run_for(millis(60));
    let sent = bench.sent();
    for circuit in [SECOND, THIRD] {
        let told = sent.on(circuit).told_of_service("ACCOUNTS");
        assert_eq!(told.iter().map(|&(_, hops)| hops).collect::<Vec<_>>(), [16]);
        assert!(told[0].0.since(gone) <= millis(55));
    }
    assert!(sent.on(FIRST).told_of_service("ACCOUNTS").is_empty());

    let farther = [file_server("ACCOUNTS", 0x5e01, 2)];
    bench.run_until(gone + seconds(59));
    bench.hears_services(&far, &farther);
    assert_eq!(hops(&bench, "ACCOUNTS"), None, "held for 60 s");
    bench.run_until(gone + seconds(61));
    bench.hears_services(&far, &farther);
    assert_eq!(hops(&bench, "ACCOUNTS"), Some(2));
}

/// Scenario 35, the other way.
#[test]
fn a_teller_no_farther_than_the_lost_one_is_believed_at_once() {
    for (lost, nearer) in [(2, 2), (2, 1)] {
        let mut bench = bench();
        let (first, other) = (bench.neighbour(FIRST, 9), bench.neighbour(SECOND, 8));
        bench.hears_routes(&first, &[(0x5e01, lost, 4)]);
        bench.hears_services(&first, &[file_server("ACCOUNTS", 0x5e01, lost)]);
        bench.run_for(seconds(1));
        bench.hears_services(&first, &[file_server("ACCOUNTS", 0x5e01, 16)]);
        bench.hears_services(&other, &[file_server("ACCOUNTS", 0x5e01, nearer)]);
        assert_eq!(hops(&bench, "ACCOUNTS"), Some(nearer));
    }
}

/// Scenario 36.
#[test]
fn a_response_with_nine_services_or_with_odd_bytes_behind_them_is_taken() {
    let mut bench = bench();
    let server = bench.neighbour(FIRST, 9);
    bench.hears_routes(&server, &[(0x5e01, 1, 2)]);
    let nine: Vec<sap::Entry> =
        (0..9).map(|n| file_server(&format!("NINE{n}"), 0x5e01, 1)).collect();
    bench.hears_services(&server, &nine);
    assert_eq!(bench.agent().router().services().len(), 9);
    let seven: Vec<sap::Entry> =
        (0..7).map(|n| file_server(&format!("SEVEN{n}"), 0x5e01, 1)).collect();
    let mut data = sap::encode_response(Kind::General, &seven);
    data.extend_from_slice(&[0xa5; 10]);
    let to = server.everyone(Socket::SAP);
    let packet = server.packet(PacketType::PEP, Socket::SAP, to, &data);
    bench.hears(&server, To::Everyone, &packet);
    assert_eq!(bench.agent().router().services().len(), 16);
    assert!((0..7).all(|n| hops(&bench, &format!("SEVEN{n}")) == Some(1)));
}

/// Scenario 37.
#[test]
fn names_of_any_bytes_are_passed_on_as_they_came_and_escaped_for_display() {
    let full = [b'N'; 48];
    let mut high = [0; 48];
    high[..4].copy_from_slice(&[0x80, 0xff, b'\\', b'A']);
    // What follows the NUL is part of the 48 bytes, too [ipx-rip-sap §11].
    let mut tail = [0; 48];
    tail[..2].copy_from_slice(b"T\0");
    tail[40..].copy_from_slice(&[0xde; 8]);
    let names = [full, [0; 48], high, tail];

    let mut bench = bench();
    let server = bench.neighbour(FIRST, 9);
    bench.hears_routes(&server, &[(0x5e01, 1, 2)]);
    let entries: Vec<sap::Entry> = names
        .iter()
        .map(|name| sap::Entry {
            name: ServiceName::from_wire(*name),
            ..file_server("", 0x5e01, 1)
        })
        .collect();
    bench.hears_services(&server, &entries);
    bench.run_for(seconds(1));
    let sent = bench.sent().on(SECOND).sap_responses(Kind::General);
    let told: Vec<[u8; 48]> =
        sent.0.iter().flat_map(|s| s.services()).map(|entry| *entry.name.as_wire()).collect();
    for name in &names {
        assert!(told.contains(name), "{name:02x?} in {told:02x?}");
    }

    bench
        .input(Input::Command { id: RequestId(1), command: Command::ShowServices { after: None } });
    let replies = bench.other();
    let [(_, Action::Reply { reply: Reply::Services { services, .. }, .. })] = replies.as_slice()
    else {
        panic!("one page of services expected: {replies:?}");
    };
    let mut shown: Vec<&str> = services.iter().map(|row| row.name.as_str()).collect();
    shown.sort_unstable();
    let long = "N".repeat(48);
    let mut expected = ["", long.as_str(), "T", "\\x80\\xFF\\\\A"];
    expected.sort_unstable();
    assert_eq!(shown, expected);
}

/// Scenario 38.
#[test]
fn a_server_that_moved_is_told_at_once_with_its_new_address_and_an_event() {
    let mut bench = bench();
    let router = bench.neighbour(FIRST, 9);
    bench.hears_routes(&router, &[(0x5e01, 1, 2), (0x5e02, 1, 2)]);
    let old = file_server("ACCOUNTS", 0x5e01, 1);
    let new = file_server("ACCOUNTS", 0x5e02, 1);
    bench.hears_services(&router, &[old]);
    bench.run_for(seconds(1));
    bench.sent();
    bench.events();
    bench.hears_services(&router, &[new]);
    bench.run_for(millis(55));
    let told = bench.sent().on(SECOND);
    assert_eq!(told.only().services(), [sap::Entry { hops: 2, ..new }]);
    let events = bench.events();
    let [(_, Event::ServiceMoved { name, old: from, new: to, .. })] = events.as_slice() else {
        panic!("one event expected: {events:?}");
    };
    assert_eq!((name.as_str(), *from, *to), ("ACCOUNTS", old.address, new.address));
}

/// Not a scenario of its own: a print server on the wire needs no route [ipx-rip-sap §22.19].
#[test]
fn a_print_server_on_the_wire_itself_is_told_without_any_rip() {
    let mut bench = bench();
    let printer = bench.neighbour(FIRST, 9);
    let address = printer.address(Socket(0x400c));
    assert_ne!(address.node, NodeAddress::INTERNAL);
    bench.hears_services(&printer, &[sap::Entry::new(0x030c, "LASER", address, 1)]);
    bench.run_for(millis(55));
    let told = bench.sent().on(SECOND);
    assert_eq!(told.only().services(), [sap::Entry::new(0x030c, "LASER", address, 2)]);
}
