//! From a packet to the bytes that a port sends.

use super::*;
use crate::wire::frame::MIN_FRAME;
use crate::wire::ipx;

/// The bytes that leave for `circuit`, where buffer and packet lie as a host has them.
fn sent(
    circuit: &FibCircuit,
    to: LinkDestination,
    packet: &[u8],
) -> Result<(Outbound, Vec<u8>), Outcome> {
    // Old memory round the packet must not leave.
    let mut buffer = vec![0xa5; HEADROOM + packet.len() + MIN_FRAME];
    buffer[HEADROOM..HEADROOM + packet.len()].copy_from_slice(packet);
    let mut view = View::new(&mut buffer, HEADROOM, HEADROOM + packet.len());
    let outbound = super::super::emit(circuit, to, &mut view)?;
    Ok((outbound, view.bytes().to_vec()))
}

const TO_SERVER: LinkDestination = LinkDestination::Node(SERVER);

fn sized(length: usize) -> Vec<u8> {
    let header = Header::new(PacketType::NCP, at(NET_A, HOST, 1), at(NET_B, SERVER, 1));
    header.packet(&vec![0x5a; length - 30]).to_vec()
}

#[test]
fn a_tap_gets_the_packet_behind_its_header_and_nothing_more() {
    let circuit = lan(A, TAP, None, Framing::EthernetII, NET_A);
    for length in [30, 33, 1500] {
        let packet = sized(length);
        let (outbound, bytes) = sent(&circuit, TO_SERVER, &packet).unwrap();
        assert_eq!(outbound, Outbound::Frame { port: TAP });
        let header = [&SERVER.0[..], &OURS.0, &[0x81, 0x37]].concat();
        assert_eq!(bytes, [header, packet].concat());
    }
}

#[test]
fn a_nic_gets_short_frames_padded_and_odd_ones_evened_with_zeros() {
    for (framing, length, field, frame_length) in [
        (Framing::Raw8023, 30, [0, 30], 60),
        (Framing::Raw8023, 33, [0, 34], 60),
        (Framing::Raw8023, 101, [0, 102], 116),
        (Framing::Raw8023, 1500, [0x05, 0xdc], 1514),
        (Framing::EthernetII, 33, [0x81, 0x37], 60),
        (Framing::EthernetII, 101, [0x81, 0x37], 116),
        (Framing::Llc8022, 33, [0, 36], 60),
        (Framing::Llc8022, 100, [0, 104], 118),
        (Framing::Llc8022, 101, [0, 104], 118),
        (Framing::Llc8022, 1497, [0x05, 0xdc], 1514),
        (Framing::Snap, 33, [0, 42], 60),
        (Framing::Snap, 101, [0, 110], 124),
        (Framing::Snap, 1492, [0x05, 0xdc], 1514),
    ] {
        let circuit = lan(B, NIC, None, framing, NET_B);
        let packet = sized(length);
        let (_, bytes) = sent(&circuit, TO_SERVER, &packet).unwrap();
        assert_eq!(bytes[12..14], field, "{framing} {length}");
        assert_eq!(bytes.len(), frame_length, "{framing} {length}");
        let start = 14 + framing.llc_len();
        assert_eq!(bytes[start..start + length], packet);
        assert!(bytes[start + length..].iter().all(|&byte| byte == 0), "no old memory leaves");
    }
}

#[test]
fn a_broadcast_goes_to_every_station_and_a_tag_is_written() {
    let circuit = lan(C, NIC, Some(5), Framing::Llc8022, NET_C);
    let (_, bytes) = sent(&circuit, LinkDestination::Broadcast, &sized(57)).unwrap();
    assert_eq!(bytes[..6], EVERYONE.0);
    assert_eq!(bytes[12..21], [0x81, 0, 0, 5, 0, 60, 0xe0, 0xe0, 0x03]);
}

#[test]
fn a_datagram_is_the_bare_packet_and_says_whether_ip_must_cut_it() {
    let circuit = cmd_network(W, NET_W, &[2]);
    let to = LinkDestination::Peer(ip(2));
    for (length, fragmented) in [(31, false), (1472, false), (1473, true), (1500, true)] {
        let packet = sized(length);
        let (outbound, bytes) = sent(&circuit, to, &packet).unwrap();
        let to = std::net::SocketAddrV4::new(ip(2), 2654);
        assert_eq!(outbound, Outbound::Datagram { port: UDP, to, fragmented });
        assert_eq!(bytes, packet);
    }
}

#[test]
fn what_does_not_fit_is_refused_and_named() {
    let mut tap = lan(A, TAP, None, Framing::EthernetII, NET_A);
    assert_eq!(sent(&tap, TO_SERVER, &sized(1501)).unwrap_err(), Outcome::OutTooBig);
    let peer = LinkDestination::Peer(ip(2));
    assert_eq!(sent(&tap, peer, &sized(40)).unwrap_err(), Outcome::NoPeer);
    let cmd = cmd_network(W, NET_W, &[2]);
    assert_eq!(sent(&cmd, LinkDestination::Broadcast, &sized(40)).unwrap_err(), Outcome::NoPeer);
    tap.up = false;
    assert_eq!(sent(&tap, TO_SERVER, &sized(40)).unwrap_err(), Outcome::CircuitDown);
    // No room for the link header, for the evenising byte, for padding.
    let nic = lan(B, NIC, None, Framing::Raw8023, NET_B);
    for (before, length, behind) in [(13, 100, 60), (14, 101, 0), (14, 30, 15)] {
        let mut buffer = vec![0; before + length + behind];
        buffer[before..before + length].copy_from_slice(&sized(length));
        let mut view = View::new(&mut buffer, before, before + length);
        let refused = super::super::emit(&nic, TO_SERVER, &mut view);
        assert_eq!(refused, Err(Outcome::OutTooBig), "{before} {length} {behind}");
    }
}

#[test]
fn a_checksum_of_our_own_copies_does_not_break_raw_802_3_either() {
    let mut circuit = lan(B, NIC, None, Framing::Raw8023, NET_B);
    let mut packet = sized(60);
    let sum = ipx::checksum(&packet);
    ipx::set_checksum(&mut packet, sum);
    let refused = sent(&circuit, TO_SERVER, &packet).unwrap_err();
    assert_eq!(refused, Outcome::ChecksumInTheWay);
    let Link::Lan(link) = &mut circuit.link else { unreachable!() };
    link.strip_checksum = true;
    let (_, bytes) = sent(&circuit, TO_SERVER, &packet).unwrap();
    assert_eq!(bytes[14..16], [0xff, 0xff]);
    assert_eq!(bytes[16..74], packet[2..]);
    packet[59] ^= 1;
    assert_eq!(sent(&circuit, TO_SERVER, &packet).unwrap_err(), Outcome::BadChecksum);
}
