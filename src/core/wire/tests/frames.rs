//! Frames: the four framings found and written, what is refused and why.

use super::packet;
use crate::wire::NodeAddress;
use crate::wire::frame::{self, Framing, LinkHeader, MAX_802_3_LENGTH, MAX_LINK_HEADER};
use crate::wire::samples;

const BROADCAST: NodeAddress = NodeAddress::BROADCAST;
const CLIENT: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);

fn frame_of(kind: [u8; 2], body: &[u8]) -> Vec<u8> {
    [&BROADCAST.0[..], &CLIENT.0, &kind, body].concat()
}

#[test]
fn one_packet_is_found_at_its_place_in_each_of_the_four_framings() {
    for (number, framing, packet) in [
        (1, Framing::EthernetII, 14..60),
        (2, Framing::Raw8023, 14..54),
        (3, Framing::Llc8022, 17..58),
        (4, Framing::Snap, 22..62),
    ] {
        let located = frame::locate(samples::frame(number)).unwrap();
        assert_eq!(located.framing, framing, "frame {number}");
        assert_eq!(located.packet, packet, "frame {number}");
        assert_eq!((located.destination, located.source), (BROADCAST, CLIENT));
        assert_eq!(located.vlan, None);
    }
}

#[test]
fn padding_and_evenising_bytes_end_where_the_ipx_length_says() {
    // Frames 31 to 34 hold 33 bytes, 35 to 38 hold 101; the 802.3 lengths are even.
    for (number, length_field) in [(32, 34), (33, 36), (34, 42), (36, 102), (37, 104), (38, 110)] {
        let bytes = samples::frame(number);
        assert_eq!(u16::from_be_bytes([bytes[12], bytes[13]]), length_field, "frame {number}");
    }
    for number in 31..=34 {
        assert_eq!(packet(number).len(), 33);
        assert_eq!(packet(number)[30..], *b"odd");
    }
    for number in 35..=38 {
        assert_eq!(packet(number).len(), 101);
        assert_eq!(packet(number)[100], 70);
    }
}

#[test]
fn the_largest_packets_of_the_framings_fill_a_frame_of_1514_bytes() {
    for (number, framing) in
        [(40, Framing::EthernetII), (41, Framing::Llc8022), (42, Framing::Snap)]
    {
        assert_eq!(samples::frame(number).len(), 1514);
        assert_eq!(packet(number).len(), framing.max_packet(1500));
    }
    assert_eq!(Framing::Raw8023.max_packet(1500), 1500);
}

#[test]
fn a_length_type_framing_never_sends_a_length_that_reads_as_an_ethertype() {
    assert_eq!(Framing::EthernetII.max_packet(9000), 9000);
    assert_eq!(Framing::Raw8023.max_packet(9000), 1500);
    assert_eq!(Framing::Llc8022.max_packet(9000), 1497);
    assert_eq!(Framing::Snap.max_packet(9000), 1492);
    assert_eq!(Framing::Snap.max_packet(576), 568);
    assert_eq!(Framing::Snap.max_packet(0), 0);
}

#[test]
fn other_protocols_and_illegal_types_are_refused_by_field() {
    for (kind, body, field) in [
        ([0x86, 0xdd], &[0x60; 40][..], "ethernet.type"),
        ([0x08, 0x06], &[0; 46], "ethernet.type"),
        ([0x06, 0x00], &[0xff; 46], "ethernet.type"),
        ([0x05, 0xdd], &[0xff; 1501], "ethernet.length"),
        ([0x05, 0xf0], &[0xff; 1520], "ethernet.length"),
        ([0x05, 0xff], &[0xff; 1535], "ethernet.length"),
        ([0x00, 0x2f], &[0xff; 46], "ethernet.length"),
        ([0x00, 0x26], &[0x42; 46], "llc.sap"),
        ([0x00, 0x26], &[0xe0; 46], "llc.sap"),
        ([0x00, 0x01], &[0xff; 46], "llc.header"),
        ([0x00, 0x00], &[0xff; 46], "llc.header"),
        ([0x81, 0x00], &[0x00, 0x05], "ethernet.vlan"),
        ([0x88, 0xa8], &[], "ethernet.vlan"),
    ] {
        let error = frame::locate(&frame_of(kind, body)).unwrap_err();
        assert_eq!(error.field, field, "{kind:02x?}: {error}");
    }
    // SNAP with the organisation code of another protocol family.
    let apple = [&[0xaa, 0xaa, 0x03, 0x08, 0x00, 0x07, 0x80, 0x9b][..], &[0; 38]].concat();
    assert_eq!(frame::locate(&frame_of([0, 46], &apple)).unwrap_err().field, "llc.sap");
    assert_eq!(frame::locate(samples::frame(43)).unwrap_err().field, "ethernet.type");
}

#[test]
fn the_802_3_length_cuts_what_follows_and_1500_is_a_length() {
    let body = vec![0xff; usize::from(MAX_802_3_LENGTH)];
    let located = frame::locate(&frame_of([0x05, 0xdc], &body)).unwrap();
    assert_eq!((located.framing, located.packet), (Framing::Raw8023, 14..1514));
    let located = frame::locate(&frame_of([0, 30], &[0xff; 46])).unwrap();
    assert_eq!(located.packet, 14..44);
}

#[test]
fn the_outermost_tag_with_an_identifier_names_the_vlan() {
    let tagged = |tags: &[u8]| {
        let inner = &samples::frame(1)[12..];
        let bytes = [&BROADCAST.0[..], &CLIENT.0, tags, inner].concat();
        let located = frame::locate(&bytes).unwrap();
        assert_eq!(located.framing, Framing::EthernetII);
        assert_eq!(bytes[located.packet], samples::frame(1)[14..]);
        located.vlan
    };
    assert_eq!(tagged(&[0x81, 0x00, 0x00, 0x05]), Some(5));
    assert_eq!(tagged(&[0x81, 0x00, 0xef, 0xff]), Some(0xfff), "priority bits are no part of it");
    assert_eq!(tagged(&[0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x05]), Some(7));
    assert_eq!(tagged(&[0x81, 0x00, 0xe0, 0x00]), None, "0 means priority alone");
}

#[test]
fn link_headers_are_written_as_the_samples_have_them() {
    for number in 1..=42 {
        let bytes = samples::frame(number);
        let frame::Located { destination, source, vlan, framing, packet } =
            frame::locate(bytes).unwrap();
        let header = LinkHeader { destination, source, vlan, framing };
        let mut written = vec![0; header.len()];
        header.write(&mut written, packet.len());
        assert_eq!(written, bytes[..packet.start], "frame {number}");
    }
}

#[test]
fn a_vlan_tag_is_written_between_addresses_and_type() {
    let (destination, source) = (BROADCAST, CLIENT);
    let header = LinkHeader { destination, source, vlan: Some(0x123), framing: Framing::Snap };
    let mut written = vec![0; header.len()];
    header.write(&mut written, 40);
    assert_eq!(header.len(), MAX_LINK_HEADER);
    assert_eq!(written[12..], [0x81, 0, 0x01, 0x23, 0, 48, 0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37]);
}

#[test]
fn framings_go_by_the_names_of_netware_and_cisco_too() {
    for (names, framing) in [
        (["ethernet-ii", "ETHERNET_II", "arpa"], Framing::EthernetII),
        (["802.3", "ETHERNET_802.3", "novell-ether"], Framing::Raw8023),
        (["802.2", "ETHERNET_802.2", "sap"], Framing::Llc8022),
        (["snap", "ETHERNET_SNAP", "SNAP"], Framing::Snap),
    ] {
        for name in names {
            assert_eq!(name.parse(), Ok(framing), "{name}");
        }
        assert_eq!(framing.to_string().parse(), Ok(framing));
    }
    let error = "token-ring".parse::<Framing>().unwrap_err();
    assert!(error.contains("token-ring") && error.contains("802.2"), "{error}");
}
