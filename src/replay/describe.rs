//! One line for people about a frame: what a difference between two replays is shown by.

use ipxway_core::wire::describe::{Frame, Packet};
use smoltcp::wire::{IpProtocol, Ipv4Packet, UdpPacket};

use super::link::{Content, Link};

/// Says what an Ethernet frame is, as far as its headers tell.
#[must_use]
pub fn frame(bytes: &[u8]) -> String {
    match Link::Ethernet.content(bytes) {
        Content::Ip(packet) => ip(packet),
        _ => Frame(bytes).to_string(),
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
            let payload = Packet(udp.payload());
            format!("UDP {source}:{from} > {destination}:{to}: {payload}")
        }
        _ => format!("IP {source} to {destination} protocol {}, {size} bytes", ip.next_header()),
    }
}
