//! One line for people about a frame: what a difference between two replays is shown by.

use std::fmt::Write as _;

use ipxway_core::wire::{Socket, frame, ipx, rip, sap};
use smoltcp::wire::{IpProtocol, Ipv4Packet, UdpPacket};

use super::link::{Content, Link};

/// Entries of a RIP or SAP packet that are written out; of the rest only the number.
const ENTRIES_SHOWN: usize = 4;

/// Says what an Ethernet frame is, as far as its headers tell.
#[must_use]
pub fn frame(bytes: &[u8]) -> String {
    match Link::Ethernet.content(bytes) {
        Content::Ip(packet) => ip(packet),
        _ => match frame::locate(bytes) {
            Ok(located) => {
                let framing = located.framing;
                let packet = bytes.get(located.packet).unwrap_or(&[]);
                format!("{framing} to {} {}", located.destination, ipx_packet(packet))
            }
            Err(error) => format!("{} bytes, no IPX ({error})", bytes.len()),
        },
    }
}

fn ip(packet: &[u8]) -> String {
    let Ok(ip) = Ipv4Packet::new_checked(packet) else {
        return format!("{} bytes, no IPv4", packet.len());
    };
    let (source, destination) = (ip.src_addr(), ip.dst_addr());
    let (offset, size) = (ip.frag_offset(), ip.payload().len());
    if offset > 0 || ip.more_frags() {
        return format!("IP {source} to {destination} fragment at {offset}, {size} bytes");
    }
    match UdpPacket::new_checked(ip.payload()) {
        Ok(udp) if ip.next_header() == IpProtocol::Udp => {
            let (from, to) = (udp.src_port(), udp.dst_port());
            let payload = ipx_packet(udp.payload());
            format!("UDP {source}:{from} to {destination}:{to} {payload}")
        }
        _ => format!("IP {source} to {destination} protocol {}, {size} bytes", ip.next_header()),
    }
}

fn ipx_packet(packet: &[u8]) -> String {
    let header = match ipx::Header::decode(packet) {
        Ok(header) => header,
        Err(error) => return format!("broken IPX: {error}"),
    };
    let (source, destination) = (header.source, header.destination);
    let data = packet.get(ipx::HEADER_LEN..usize::from(header.length)).unwrap_or(&[]);
    let concerns = |socket| source.socket == socket || destination.socket == socket;
    let body = if concerns(Socket::RIP) {
        rip(data)
    } else if concerns(Socket::SAP) {
        sap(data)
    } else {
        format!("{} bytes of data", data.len())
    };
    let (kind, crossed) = (header.packet_type.0, header.transport_control);
    format!("{source} > {destination} type {kind} tc {crossed} {body}")
}

fn rip(data: &[u8]) -> String {
    let packet = match rip::Packet::decode(data) {
        Ok(packet) => packet,
        Err(error) => return format!("broken RIP: {error}"),
    };
    let mut text = match packet.operation {
        rip::Operation::Request => "RIP request".to_owned(),
        rip::Operation::Response => "RIP response".to_owned(),
    };
    list(&mut text, &packet.entries, |text, entry| {
        let rip::Entry { network, hops, ticks } = entry;
        // Writing to a string cannot fail.
        let _ = write!(text, " {network}/{hops}/{ticks}");
    });
    text
}

fn sap(data: &[u8]) -> String {
    match sap::Packet::decode(data) {
        Ok(sap::Packet::Query { kind, service_type }) => {
            format!("SAP {kind:?} query {service_type}").to_owned()
        }
        Ok(sap::Packet::Response { kind, entries, .. }) => {
            let mut text = format!("SAP {kind:?} response");
            list(&mut text, &entries, |text, entry| {
                let sap::Entry { service_type, name, hops, address } = entry;
                // As above.
                let _ = write!(text, " {service_type} {name} {address}/{hops}");
            });
            text
        }
        Err(error) => format!("broken SAP: {error}"),
    }
}

fn list<T>(text: &mut String, entries: &[T], mut write_one: impl FnMut(&mut String, &T)) {
    for entry in entries.iter().take(ENTRIES_SHOWN) {
        write_one(text, entry);
    }
    if entries.len() > ENTRIES_SHOWN {
        // As above.
        let _ = write!(text, " and {} more", entries.len() - ENTRIES_SHOWN);
    }
}
