//! RIP and SAP beside NLSP: silent until somebody needs them [nlsp §13.2, §22].

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::config::{CmdNetwork, Config, Lan, Mode, Port, PortKind};
use crate::forward::Outcome;
use crate::ids::{CircuitId, PortId};
use crate::router::Event;
use crate::testbed::Testbed;
use crate::wire::frame::Framing;
use crate::wire::ipx::{Header, PacketType, address};
use crate::wire::rip::{self, Entry, Operation};
use crate::wire::sap::{self, Kind, ServiceName, ServiceType};
use crate::wire::{NetworkNumber, NodeAddress, Socket, cmd};

const SECOND: Duration = Duration::from_secs(1);
const R1: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x71]);
const HOST: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const LAN: u16 = 0;
const WAN: u16 = 1;
const LAN_NETWORK: u32 = 0xa1;
const X: u32 = 0xc900_0001;

/// A LAN in this mode of NLSP, and a CMD network whose agents speak NLSP.
fn bed(mode: Mode) -> Testbed {
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    let number = NetworkNumber(LAN_NETWORK);
    let mut lan = Lan::new("a", PortId(0), Framing::EthernetII, number);
    lan.nlsp.mode = mode;
    let wan = CmdNetwork::new("wan", PortId(1), NetworkNumber::DEFAULT_CMD, vec![PEER]);
    Testbed::new(Config {
        internal_network: Some(NetworkNumber(0xe1)),
        ports: vec![port("tap0", PortKind::Tap), port("10.0.0.1:2654", PortKind::Udp)],
        lans: vec![lan],
        cmd_networks: vec![wan],
        ..Config::default()
    })
}

/// Who speaks to whom in the test: the sender's network and node, the circuit.
fn from(circuit: u16) -> (u32, NodeAddress) {
    if circuit == LAN { (LAN_NETWORK, R1) } else { (NetworkNumber::DEFAULT_CMD.0, cmd::node(PEER)) }
}

fn hear(bed: &mut Testbed, circuit: u16, socket: Socket, data: &[u8]) -> Outcome {
    let (network, node) = from(circuit);
    let source = address(network, node.0, socket.0);
    let packet = Header::new(PacketType::RIP, source, address(network, [0xff; 6], socket.0));
    let packet = packet.packet(data);
    if circuit == LAN {
        bed.broadcast(circuit, node, &packet)
    } else {
        bed.datagram(circuit, PEER, &packet)
    }
}

fn hear_rip(bed: &mut Testbed, circuit: u16) -> Outcome {
    let entry = Entry { network: NetworkNumber(X), hops: 1, ticks: 2 };
    hear(bed, circuit, Socket::RIP, &rip::encode(Operation::Response, &[entry]))
}

fn hear_sap(bed: &mut Testbed, circuit: u16) -> Outcome {
    let entry = sap::Entry {
        service_type: ServiceType::FILE_SERVER,
        name: ServiceName::new("FS"),
        address: sap::service_address(X, [0, 0, 0, 0, 0, 1], 0x451),
        hops: 1,
    };
    hear(bed, circuit, Socket::SAP, &sap::encode_response(Kind::General, &[entry]))
}

/// Packets of this socket to everybody on a circuit, since the last call.
fn said(bed: &mut Testbed, circuit: u16, socket: Socket) -> usize {
    let to_all = |sent: &crate::testbed::Sent| {
        let header = sent.header();
        sent.circuit == CircuitId(circuit)
            && header.destination.socket == socket
            && header.destination.node.is_broadcast()
    };
    // A request for everything is no update.
    bed.sent(socket).iter().filter(|sent| to_all(sent) && sent.data().get(1) == Some(&2)).count()
}

#[test]
fn where_nlsp_is_off_automatic_updates_go_out_every_minute_from_the_start() {
    let mut bed = bed(Mode::Off);
    bed.pass(4 * SECOND);
    assert!(said(&mut bed, LAN, Socket::RIP) >= 1);
    bed.pass(62 * SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::RIP), 1);
}

#[test]
fn where_nlsp_is_on_nothing_is_told_before_a_router_without_it_is_heard() {
    let mut bed = bed(Mode::On);
    bed.pass(300 * SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::RIP), 0);

    assert_eq!(hear_rip(&mut bed, LAN), Outcome::DeliveredRip);
    bed.pass(SECOND / 10);
    assert!(said(&mut bed, LAN, Socket::RIP) >= 1, "a full update, at once");
    bed.pass(62 * SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::RIP), 1, "and every minute");
    bed.pass((240 - 62) * SECOND);
    said(&mut bed, LAN, Socket::RIP);
    bed.pass(600 * SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::RIP), 0, "until it was silent for four minutes");
}

#[test]
fn who_tells_services_only_is_told_services_only() {
    let mut bed = bed(Mode::On);
    bed.pass(10 * SECOND);
    // A service elsewhere, to have something to tell.
    hear_rip(&mut bed, WAN);
    hear_sap(&mut bed, WAN);
    bed.pass(100 * SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::SAP), 0);
    hear_sap(&mut bed, LAN);
    bed.pass(SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::SAP), 1);
    assert_eq!(said(&mut bed, LAN, Socket::RIP), 0);
}

#[test]
fn a_router_that_has_no_services_of_its_own_is_told_those_of_others() {
    let mut bed = bed(Mode::On);
    bed.pass(10 * SECOND);
    hear_rip(&mut bed, WAN);
    hear_sap(&mut bed, WAN);
    hear_rip(&mut bed, LAN);
    bed.pass(SECOND);
    assert_eq!(said(&mut bed, LAN, Socket::SAP), 1);
    // As long as it is heard.
    for _ in 0..10 {
        bed.pass(60 * SECOND);
        hear_rip(&mut bed, WAN);
        hear_sap(&mut bed, WAN);
        hear_rip(&mut bed, LAN);
    }
    assert!(said(&mut bed, LAN, Socket::SAP) >= 10);
}

#[test]
fn questions_are_answered_all_the_while() {
    let mut bed = bed(Mode::On);
    bed.pass(10 * SECOND);
    bed.sent(Socket::RIP);
    let source = address(LAN_NETWORK, HOST.0, 0x4010);
    let everyone = address(LAN_NETWORK, [0xff; 6], Socket::RIP.0);
    let question = rip::encode_request(&[NetworkNumber(0xe1)]);
    let packet = Header::new(PacketType::RIP, source, everyone).packet(&question);
    assert_eq!(bed.broadcast(LAN, HOST, &packet), Outcome::DeliveredRip);
    assert_eq!(bed.sent(Socket(0x4010)).len(), 1);
}

#[test]
fn on_a_cmd_network_of_nlsp_not_one_packet_of_rip_or_sap_is_sent_unless_a_peer_needs_it() {
    let mut bed = bed(Mode::Off);
    bed.pass(600 * SECOND);
    let of_wan = |sent: &crate::testbed::Sent| {
        let socket = sent.header().destination.socket;
        sent.circuit == CircuitId(WAN) && matches!(socket, Socket::RIP | Socket::SAP)
    };
    for socket in [Socket::RIP, Socket::SAP] {
        assert_eq!(bed.sent(socket).iter().filter(|sent| of_wan(sent)).count(), 0);
    }
    hear_rip(&mut bed, WAN);
    bed.pass(SECOND);
    assert!(said(&mut bed, WAN, Socket::RIP) >= 1, "the peer speaks nothing else");
}

#[test]
fn what_a_router_tells_that_shares_our_database_is_not_taken() {
    let mut bed = bed(Mode::Off);
    bed.pass(10 * SECOND);
    assert_eq!(hear_rip(&mut bed, LAN), Outcome::DeliveredRip);
    hear_sap(&mut bed, LAN);
    let known = |bed: &Testbed| {
        let router = bed.router();
        (router.rib().best(NetworkNumber(X)).is_some(), router.services().len())
    };
    assert_eq!(known(&bed), (true, 1));
    bed.share_database(LAN, R1, true);
    assert_eq!(known(&bed), (false, 0), "what it told before is taken back");
    assert_eq!(hear_rip(&mut bed, LAN), Outcome::RipIgnored);
    assert_eq!(hear_sap(&mut bed, LAN), Outcome::SapIgnored);
    assert_eq!(known(&bed), (false, 0));

    bed.sent(Socket::RIP);
    bed.share_database(LAN, R1, false);
    let asked: Vec<NodeAddress> =
        bed.sent(Socket::RIP).iter().map(|sent| sent.header().destination.node).collect();
    assert_eq!(asked, [R1], "it is asked for what it knows");
    // What was lost within the last minute is taken back at no greater distance.
    assert_eq!(hear_rip(&mut bed, LAN), Outcome::DeliveredRip);
    assert!(known(&bed).0);
    let alarms = bed.events().into_iter().filter(|e| e.severity() > crate::router::Severity::Info);
    assert_eq!(alarms.collect::<Vec<Event>>(), []);
}
