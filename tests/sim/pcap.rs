//! Capture files of a world: one per LAN, and one of the backbone as IP datagrams.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::sim::{Seen, World};
use pcap_file::DataLink;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr};

const IPV4_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// Writes what this world's links carry to `IPXWAY_SIM_PCAP/TEST-SEED-LINK.pcap`, if that is set.
pub(crate) fn attach(world: &mut World) {
    let Some(directory) = std::env::var_os("IPXWAY_SIM_PCAP").map(PathBuf::from) else { return };
    fs::create_dir_all(&directory).expect("IPXWAY_SIM_PCAP can be made");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "-");
    let prefix = directory.join(format!("{test}-{}", world.seed()));
    let mut captures = Captures { prefix, files: BTreeMap::new() };
    world.watch(move |seen| captures.write(seen));
}

struct Captures {
    prefix: PathBuf,
    files: BTreeMap<String, PcapWriter<File>>,
}

impl Captures {
    fn write(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Frame { at, lan, frame } => self.put(lan, DataLink::ETHERNET, at, frame),
            Seen::Datagram { at, from, to, payload } | Seen::Service { at, from, to, payload } => {
                self.put("backbone", DataLink::RAW, at, &ip_packet(from, to, payload));
            }
            // Bytes of a connection, which a capture would need whole segments for.
            Seen::Stream { .. } => {}
        }
    }

    fn put(&mut self, link: &str, datalink: DataLink, at: Time, bytes: &[u8]) {
        let prefix = &self.prefix;
        let file = self.files.entry(link.to_owned()).or_insert_with(|| {
            let path = format!("{}-{link}.pcap", prefix.display());
            let file = File::create(&path).expect(&path);
            PcapWriter::with_header(file, PcapHeader { datalink, ..PcapHeader::default() })
                .expect(&path)
        });
        let length = u32::try_from(bytes.len()).unwrap();
        let packet = PcapPacket::new(Duration::from_micros(at.as_micros()), length, bytes);
        file.write_packet(&packet).expect("a capture can be written");
    }
}

/// An IP packet with these ends, unfragmented whatever its size.
fn ip_packet(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let checksums = ChecksumCapabilities::default();
    let mut bytes = vec![0; IPV4_HEADER + UDP_HEADER + payload.len()];
    let ip = Ipv4Repr {
        src_addr: *from.ip(),
        dst_addr: *to.ip(),
        next_header: IpProtocol::Udp,
        payload_len: UDP_HEADER + payload.len(),
        hop_limit: 64,
    };
    ip.emit(&mut Ipv4Packet::new_unchecked(&mut bytes[..]), &checksums);
    let udp = UdpRepr { src_port: from.port(), dst_port: to.port() };
    udp.emit(
        &mut UdpPacket::new_unchecked(&mut bytes[IPV4_HEADER..]),
        &(*from.ip()).into(),
        &(*to.ip()).into(),
        payload.len(),
        |data| data.copy_from_slice(payload),
        &checksums,
    );
    bytes
}
