//! UDP on a port that another process may have.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use ipxway_drivers::{OpenError, SharedPort, SharedPortOptions, links};
use pnet::packet::Packet;
use pnet::packet::ethernet::EthernetPacket;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{self, Ipv4Packet, MutableIpv4Packet};
use pnet::packet::udp::{self, MutableUdpPacket, UdpPacket};

use crate::namespace::{SOON, Station, eventually, ip, lose_network_rights, wire, within};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const ALSO_HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);
const THERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const THERE_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
const CLIENT: u16 = 68;
const SERVER: u16 = 67;

fn open(ip: Ipv4Addr) -> SharedPort {
    SharedPort::open(SharedPortOptions { ip, port: CLIENT, from: SERVER }).unwrap()
}

/// A wire with our two addresses at its near end, and a station at its far end, whose address is
/// known without asking.
fn beside(near: &str, far: &str) -> Station {
    wire(near, far);
    Station::on(far)
}

fn addressed() -> Station {
    let station = beside("near", "far");
    ip("address add 10.0.0.1/24 dev near");
    ip("address add 10.0.0.7/24 dev near");
    ip("neighbour add 10.0.0.2 lladdr 02:00:00:00:00:02 dev near");
    station
}

fn mac(name: &str) -> [u8; 6] {
    links::link_by_name(name).unwrap().unwrap().mac.unwrap()
}

/// A frame with a UDP datagram.
fn frame(to_mac: [u8; 6], from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 28 + payload.len()];
    let length = u16::try_from(packet.len()).unwrap();
    let mut datagram = MutableUdpPacket::new(&mut packet[20..]).unwrap();
    datagram.set_source(from.port());
    datagram.set_destination(to.port());
    datagram.set_length(length - 20);
    datagram.set_payload(payload);
    let sum = udp::ipv4_checksum(&datagram.to_immutable(), from.ip(), to.ip());
    datagram.set_checksum(sum);
    let mut header = MutableIpv4Packet::new(&mut packet).unwrap();
    header.set_version(4);
    header.set_header_length(5);
    header.set_total_length(length);
    header.set_ttl(64);
    header.set_next_level_protocol(IpNextHeaderProtocols::Udp);
    header.set_source(*from.ip());
    header.set_destination(*to.ip());
    header.set_checksum(ipv4::checksum(&header.to_immutable()));
    [&to_mac[..], &THERE_MAC, &[8, 0], &packet].concat()
}

fn at(ip: Ipv4Addr, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(ip, port)
}

/// What has come to a port: sender, receiver, payload.
fn heard(port: &SharedPort) -> Vec<(SocketAddrV4, Ipv4Addr, Vec<u8>)> {
    let mut buffer = vec![0; 2_000];
    let mut all = Vec::new();
    loop {
        match port.receive(&mut buffer) {
            Ok(Some(got)) => all.push((got.from, got.to, buffer[got.payload].to_vec())),
            Ok(None) => {}
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                return all;
            }
        }
    }
}

/// Waits for as many datagrams.
fn collect(port: &SharedPort, count: usize) -> Vec<(SocketAddrV4, Ipv4Addr, Vec<u8>)> {
    let mut all = Vec::new();
    eventually("datagrams", || {
        all.extend(heard(port));
        all.len() >= count
    });
    all
}

#[test]
fn what_is_sent_leaves_from_our_address_and_port_to_everybody_and_to_one() {
    within(|| {
        let mut station = addressed();
        let port = open(ALSO_HERE);
        assert_eq!(port.link.name, "near");
        let to_all = (Ipv4Addr::BROADCAST, [0xff; 6]);
        for ((to, to_mac), size) in [(to_all, 300), ((THERE, THERE_MAC), 301)] {
            let payload = vec![0x5a; size];
            port.send(at(to, SERVER), &payload).unwrap();
            let frame = station.hear(|frame| frame.ends_with(&payload));
            let frame = EthernetPacket::new(&frame).unwrap();
            assert_eq!(frame.get_destination().octets(), to_mac);
            let packet = Ipv4Packet::new(frame.payload()).unwrap();
            assert_eq!((packet.get_source(), packet.get_destination()), (ALSO_HERE, to));
            assert_eq!(packet.get_checksum(), ipv4::checksum(&packet));
            let datagram = UdpPacket::new(packet.payload()).unwrap();
            assert_eq!((datagram.get_source(), datagram.get_destination()), (CLIENT, SERVER));
            let sum = udp::ipv4_checksum(&datagram, &ALSO_HERE, &to);
            assert_eq!(datagram.get_checksum(), sum);
        }
        let error = port.send(at(THERE, SERVER), &vec![0; 70_000]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}

#[test]
fn what_comes_from_the_other_port_to_us_or_to_all_is_taken_and_nothing_else() {
    within(|| {
        let mut station = addressed();
        let port = open(HERE);
        let near = mac("near");
        let (server, to) = (at(THERE, SERVER), at(HERE, CLIENT));
        station.send(&frame(near, at(THERE, 53), to, b"another service"));
        station.send(&frame(near, server, at(HERE, 69), b"another port"));
        station.send(&frame(near, server, at(ALSO_HERE, CLIENT), b"another address"));
        station.send(&frame(near, server, to, b"to us"));
        station.send(&frame([0xff; 6], server, at(Ipv4Addr::BROADCAST, CLIENT), b"to all"));
        let expected =
            [(server, HERE, b"to us".to_vec()), (server, Ipv4Addr::BROADCAST, b"to all".to_vec())];
        assert_eq!(collect(&port, 2), expected);
    });
}

#[test]
fn another_process_may_have_the_port_before_us_and_after() {
    within(|| {
        let mut station = addressed();
        let answer = frame(mac("near"), at(THERE, SERVER), at(HERE, CLIENT), b"answer");
        let theirs = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, CLIENT)).unwrap();
        theirs.set_read_timeout(Some(SOON)).unwrap();
        let port = open(HERE);
        let mut buffer = [0; 100];
        station.send(&answer);
        assert_eq!(theirs.recv(&mut buffer).unwrap(), 6, "it still gets its own");
        assert_eq!(collect(&port, 1).len(), 1);
        drop(theirs);
        let theirs = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, CLIENT)).unwrap();
        theirs.set_read_timeout(Some(SOON)).unwrap();
        station.send(&answer);
        assert_eq!(theirs.recv(&mut buffer).unwrap(), 6);
        assert_eq!(collect(&port, 1).len(), 1);
    });
}

#[test]
fn two_interfaces_do_not_mix() {
    within(|| {
        let mut first = addressed();
        let mut second = beside("left", "right");
        ip("address add 10.1.0.1/24 dev left");
        let there = Ipv4Addr::new(10, 1, 0, 1);
        let (one, other) = (open(HERE), open(there));
        // Not even what is for the other's address, which the kernel would take.
        let server = at(THERE, SERVER);
        first.send(&frame(mac("near"), server, at(there, CLIENT), b"wrong way"));
        first.send(&frame(mac("near"), server, at(HERE, CLIENT), b"first"));
        let to_all = at(Ipv4Addr::BROADCAST, CLIENT);
        second.send(&frame([0xff; 6], at(Ipv4Addr::new(10, 1, 0, 2), SERVER), to_all, b"second"));
        assert_eq!(collect(&one, 1)[0].2, b"first");
        assert_eq!(collect(&other, 1)[0].2, b"second");
        // What was sent before it has come as well, or never will.
        assert_eq!((heard(&one).len(), heard(&other).len()), (0, 0));
    });
}

#[test]
fn what_is_missing_is_said() {
    within(|| {
        let options = SharedPortOptions { ip: HERE, port: CLIENT, from: SERVER };
        let error = SharedPort::open(options).unwrap_err();
        assert!(matches!(error, OpenError::AddressNotHere { ip: HERE }), "{error}");
        let _station = addressed();
        lose_network_rights();
        let error = SharedPort::open(options).unwrap_err();
        let OpenError::NoPermission { capability, .. } = error else { panic!("{error}") };
        assert_eq!(capability, "CAP_NET_RAW");
    });
}
