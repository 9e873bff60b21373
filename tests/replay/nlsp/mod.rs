//! NLSP packets that we encode, as tshark reads them: nothing malformed, and every field what it
//! was made of.
//!
//! WAN hellos with the header of 20 bytes are left out: tshark does not know that form
//! [nlsp §5].

mod made;
mod told;

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use ipxway_core::random::Random;
use ipxway_core::wire::frame::{Framing, LinkHeader};
use ipxway_core::wire::ipx::{Header, NO_CHECKSUM, PacketType};
use ipxway_core::wire::nlsp::Pdu;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};

use crate::oracle::{Judge, complaints, tshark};

/// Packets made at random.
const MADE: usize = 600;
/// Between the fields that tshark prints, and between the values of one field.
const BETWEEN: [&str; 2] = ["|", ","];
const NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);

/// The bytes of a packet of ours.
fn encoded(pdu: &Pdu) -> Vec<u8> {
    match pdu {
        Pdu::LanHello(hello) => hello.encode(),
        Pdu::WanHello(hello) => hello.encode(),
        Pdu::Lsp(lsp) => lsp.to_packet(lsp.lifetime),
        Pdu::Csnp(csnp) => csnp.encode(),
        Pdu::Psnp(psnp) => psnp.encode(),
    }
}

/// A frame around an NLSP packet.
fn frame(data: &[u8]) -> Vec<u8> {
    let at = |node| Address::new(NetworkNumber(0xe0), node, Socket::NLSP);
    let header = Header {
        checksum: NO_CHECKSUM,
        length: 0,
        transport_control: 0,
        packet_type: PacketType::UNKNOWN,
        destination: at(NodeAddress::BROADCAST),
        source: at(NODE),
    };
    let packet = header.packet(data);
    let (destination, framing) = (NodeAddress::BROADCAST, Framing::EthernetII);
    let link = LinkHeader { destination, source: NODE, vlan: None, framing };
    let mut frame = vec![0; link.len()];
    link.write(&mut frame, packet.len());
    frame.extend_from_slice(&packet);
    frame.resize(frame.len().max(60), 0);
    frame
}

/// The same as a packet of IS-IS, whose link-state packets have the same header and checksum.
fn is_is_frame(data: &[u8]) -> Vec<u8> {
    let to_all_routers = [0x01, 0x80, 0xc2, 0, 0, 0x14];
    let packet = [[0xfe, 0xfe, 0x03].as_slice(), data].concat();
    let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
    [to_all_routers.as_slice(), &NODE.0, &length, &packet].concat()
}

fn write(path: &Path, frames: impl IntoIterator<Item = Vec<u8>>) {
    let mut writer =
        PcapWriter::with_header(File::create(path).unwrap(), PcapHeader::default()).unwrap();
    for frame in frames {
        let length = u32::try_from(frame.len()).unwrap();
        writer.write_packet(&PcapPacket::new(Duration::ZERO, length, &frame)).unwrap();
    }
}

/// What tshark prints for each packet, field by field in the order of [`told::FIELDS`].
fn read(path: &Path) -> Vec<Vec<String>> {
    let separator = format!("separator={}", BETWEEN[0]);
    let aggregator = format!("aggregator={}", BETWEEN[1]);
    let mut arguments = vec!["-T", "fields", "-E", &separator, "-E", &aggregator];
    arguments.extend(["-E", "occurrence=a"]);
    for field in told::FIELDS {
        arguments.extend(["-e", field]);
    }
    let fields = |line: &String| line.split(BETWEEN[0]).map(plain).collect();
    tshark(path, &arguments).iter().map(fields).collect()
}

/// The values of a field with all numbers in decimal.
fn plain(values: &str) -> String {
    let value = |value: &str| match value.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap().to_string(),
        None => value.to_owned(),
    };
    values.split(BETWEEN[1]).map(value).collect::<Vec<_>>().join(BETWEEN[1])
}

fn check(pdus: &[Pdu]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nlsp.pcap");
    write(&path, pdus.iter().map(|pdu| frame(&encoded(pdu))));
    assert_eq!(complaints(&path, Judge::Everyone), Vec::<String>::new());
    let read = read(&path);
    assert_eq!(read.len(), pdus.len());
    for (number, (pdu, values)) in pdus.iter().zip(read).enumerate() {
        let expected = told::values(pdu);
        assert_eq!(expected.len(), values.len());
        for ((field, expected), value) in told::FIELDS.iter().zip(expected).zip(values) {
            assert_eq!(value, expected.join(BETWEEN[1]), "packet {number}, {field}: {pdu}");
        }
    }
}

#[test]
fn tshark_reads_every_packet_and_option_at_its_limits_as_it_was_made() {
    check(&made::at_limits());
}

#[test]
fn tshark_reads_hundreds_of_random_packets_as_they_were_made() {
    let mut random = Random::seeded(9001);
    let pdus: Vec<Pdu> = (0..MADE).map(|_| made::any(&mut random)).collect();
    check(&pdus);
}

#[test]
fn tshark_finds_the_checksums_right_that_is_is_has_too_and_damage_to_them() {
    let mut random = Random::seeded(10_589);
    let lsps: Vec<Vec<u8>> = (0..MADE)
        .map(|_| made::any(&mut random))
        .filter(|pdu| matches!(pdu, Pdu::Lsp(lsp) if lsp.lifetime > 0))
        .map(|pdu| encoded(&pdu))
        .filter(|data| data.len() < 1_490)
        .collect();
    assert!(lsps.len() > 100, "{}", lsps.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("is-is.pcap");
    let damaged = |data: &Vec<u8>| {
        let mut data = data.clone();
        data[15] ^= 1;
        data
    };
    write(&path, lsps.iter().flat_map(|lsp| [is_is_frame(lsp), is_is_frame(&damaged(lsp))]));
    let status = tshark(&path, &["-T", "fields", "-e", "isis.lsp.checksum.status"]);
    assert_eq!(status, ["1", "0"].repeat(lsps.len()));
}
