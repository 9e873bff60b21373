//! From bytes of a port to a packet of a circuit, or to the reason why not.

use std::net::SocketAddrV4;

use super::*;

fn refused(found: Result<Received, Refused>) -> (Outcome, Option<CircuitId>) {
    let Refused { outcome, circuit, .. } = found.unwrap_err();
    (outcome, circuit)
}

#[test]
fn a_frame_belongs_to_the_circuit_of_its_port_tag_and_framing() {
    let fib = fib();
    for (circuit, port, from) in [(A, TAP, 14), (B, NIC, 14), (C, NIC, 21), (U, TAP, 22)] {
        let packet = packet(at(NET_W, SERVER, 1));
        let bytes = frame(&fib, circuit, OURS, &packet);
        let received = receive_frame(&fib, port, &bytes).unwrap();
        assert_eq!(received.circuit, circuit);
        assert_eq!(received.from, LinkSource::Node(HOST));
        assert!(!received.broadcast);
        assert_eq!(received.packet, from..from + 40);
        assert_eq!(bytes[received.packet], packet);
        let other_port = if port == TAP { NIC } else { TAP };
        let (outcome, of) = refused(receive_frame(&fib, other_port, &bytes));
        assert_eq!((outcome, of), (Outcome::NoCircuit, None));
        let (outcome, of) = refused(receive_frame(&fib, PortId(77), &bytes));
        assert_eq!((outcome, of), (Outcome::NoCircuit, None));
    }
}

#[test]
fn what_lies_behind_the_ipx_length_is_cut_off() {
    let fib = fib();
    let mut bytes = frame(&fib, A, EVERYONE, &packet(at(NET_A, EVERYONE, 0x453)));
    bytes.extend_from_slice(&[0xee; 20]);
    let received = receive_frame(&fib, TAP, &bytes).unwrap();
    assert!(received.broadcast);
    assert_eq!(received.packet, 14..54);
}

#[test]
fn frames_that_are_not_for_us_are_of_their_circuit_but_refused() {
    let fib = fib();
    let packet = packet(at(NET_B, SERVER, 1));
    let (outcome, of) = refused(receive_frame(&fib, TAP, &frame(&fib, A, SERVER, &packet)));
    assert_eq!((outcome, of), (Outcome::NotForUs, Some(A)));
    let mut own = frame(&fib, A, EVERYONE, &packet);
    own[6..12].copy_from_slice(&OURS.0);
    let (outcome, of) = refused(receive_frame(&fib, TAP, &own));
    assert_eq!((outcome, of), (Outcome::OwnFrame, Some(A)));
    let mut short = frame(&fib, A, OURS, &packet);
    short.truncate(14 + 29);
    let (outcome, of) = refused(receive_frame(&fib, TAP, &short));
    assert_eq!((outcome, of), (Outcome::HeaderTruncated, Some(A)));
    let mut long = frame(&fib, A, OURS, &packet);
    long[17] += 1;
    let (outcome, of) = refused(receive_frame(&fib, TAP, &long));
    assert_eq!((outcome, of), (Outcome::HeaderLength, Some(A)));
}

#[test]
fn nlsps_group_address_counts_as_a_broadcast() {
    let fib = fib();
    let routers = NodeAddress([0x09, 0, 0x1b, 0xff, 0xff, 0xff]);
    let bytes = frame(&fib, A, routers, &packet(at(NET_A, EVERYONE, 0x453)));
    assert!(receive_frame(&fib, TAP, &bytes).unwrap().broadcast);
}

#[test]
fn what_arrives_for_a_circuit_that_went_down_is_refused() {
    let mut fib = fib();
    let bytes = frame(&fib, A, OURS, &packet(at(NET_B, SERVER, 1)));
    let mut down = lan(A, TAP, None, Framing::EthernetII, NET_A);
    down.up = false;
    fib.set_circuit(down);
    let (outcome, of) = refused(receive_frame(&fib, TAP, &bytes));
    assert_eq!((outcome, of), (Outcome::CircuitDown, Some(A)));
    let mut down = cmd_network(W, NET_W, &[2]);
    down.up = false;
    fib.set_circuit(down);
    let from = SocketAddrV4::new(ip(2), 2654);
    let datagram = from_to(at(REMOTE, HOST, 1), at(NET_A, HOST, 1));
    let (outcome, of) = refused(receive_datagram(&fib, UDP, from, &datagram));
    assert_eq!((outcome, of), (Outcome::CircuitDown, Some(W)));
}

#[test]
fn a_datagram_is_a_packet_from_a_peer_without_what_lies_behind_it() {
    let fib = fib();
    let from = SocketAddrV4::new(ip(2), 2654);
    let mut datagram = from_to(at(REMOTE, HOST, 1), at(NET_A, HOST, 1));
    datagram.extend_from_slice(b"trailing");
    let received = receive_datagram(&fib, UDP, from, &datagram).unwrap();
    assert_eq!(received.circuit, W);
    assert_eq!(received.from, LinkSource::Peer(ip(2)));
    assert_eq!((received.packet, received.broadcast), (0..40, false));
    let (outcome, of) = refused(receive_datagram(&fib, TAP, from, &datagram));
    assert_eq!((outcome, of), (Outcome::NoCircuit, None), "a LAN port has no CMD network");
}

#[test]
fn a_circuit_that_changes_its_framing_or_port_is_found_at_its_new_place_only() {
    let mut fib = fib();
    assert!(fib.lan_circuit(NIC, Some(5), Framing::Llc8022).is_some());
    fib.set_circuit(lan(C, TAP, None, Framing::Llc8022, NET_C));
    assert!(fib.lan_circuit(NIC, Some(5), Framing::Llc8022).is_none());
    assert_eq!(fib.lan_circuit(TAP, None, Framing::Llc8022).map(|c| c.id), Some(C));
    fib.set_circuit(cmd_network(C, 0xd1, &[4]));
    assert!(fib.lan_circuit(TAP, None, Framing::Llc8022).is_none());
    let networks: Vec<u32> = fib.cmd_circuits(UDP).map(|circuit| circuit.network.0).collect();
    assert_eq!(networks, [0xd1, NET_W], "the lowest number first");
    assert_eq!(fib.circuits().count(), 5);
}
