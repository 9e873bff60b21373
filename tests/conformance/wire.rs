//! What the agents of all cases send, as others read it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use ipxway_core::wire::frame::{Framing, LinkHeader, MIN_FRAME};
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::{Socket, describe};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};

use crate::case::CASES;
use crate::oracle::{Judge, complaints, tshark};
use crate::play::play;

/// A frame around a packet, as it would leave by a network card.
fn frame(packet: &Bytes) -> Vec<u8> {
    let header = Header::decode(packet).unwrap();
    let (destination, source) = (header.destination.node, header.source.node);
    let link = LinkHeader { destination, source, vlan: None, framing: Framing::EthernetII };
    let mut frame = vec![0; link.len()];
    link.write(&mut frame, packet.len());
    frame.extend_from_slice(packet);
    frame.resize(frame.len().max(MIN_FRAME), 0);
    frame
}

fn write(path: &Path, packets: &[Bytes]) {
    let file = File::create(path).unwrap();
    let mut writer = PcapWriter::with_header(file, PcapHeader::default()).unwrap();
    for (number, packet) in (0..).zip(packets) {
        let frame = frame(packet);
        let length = u32::try_from(frame.len()).unwrap();
        let at = Duration::from_millis(number);
        writer.write_packet(&PcapPacket::new(at, length, &frame)).unwrap();
    }
}

#[test]
fn other_decoders_find_nothing_wrong_with_any_packet_of_any_case() {
    let packets: Vec<Bytes> =
        CASES.iter().flat_map(|case| play(&case.read("input.jsonl")).sent).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sent.pcap");
    write(&path, &packets);
    assert_eq!(complaints(&path, Judge::Everyone), Vec::<String>::new());
    // Every kind of NLSP packet is among them, and tshark takes all of them for such.
    let types = tshark(&path, &["-Y", "nlsp", "-T", "fields", "-e", "nlsp.type"]);
    let nlsp = |packet: &&Bytes| Header::decode(packet).unwrap().source.socket == Socket::NLSP;
    assert_eq!(types.len(), packets.iter().filter(nlsp).count());
    for (kind, name) in [("15", "hello"), ("18", "LSP"), ("24", "CSNP"), ("26", "PSNP")] {
        let number: u8 = kind.parse().unwrap();
        let hex = format!("0x{number:02x}");
        assert!(types.iter().any(|found| found == kind || *found == hex), "no {name}: {types:?}");
    }
}

#[test]
fn our_own_decoder_reads_every_packet_of_every_case() {
    for case in CASES {
        for packet in play(&case.read("input.jsonl")).sent {
            let text = describe::Packet(&packet).to_string();
            assert!(!text.contains("broken"), "{}: {text}", case.name);
        }
    }
}
