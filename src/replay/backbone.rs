//! The IP side of a replay: a userspace IP stack between the IP packets of a capture and a UDP
//! port of the agent.
//!
//! Each UDP port gets a stack of its own, whose only address is the port's. So what the capture
//! holds as fragments is put together as a kernel would, what the agent sends is fragmented to
//! the MTU, and checksums are verified and computed. IP packets that are not for the port never
//! enter the stack, so it has no reason to answer with ICMP.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};

use ipxway_core::Time;
use ipxway_core::ids::PortId;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, HardwareAddress, IpAddress, IpCidr,
    IpEndpoint, IpProtocol, Ipv4Packet, UdpPacket,
};

/// The greatest payload of a datagram, and the room that a socket needs for one.
const MAX_DATAGRAM: usize = 65_535;
/// Bytes of an Ethernet header.
const ETHERNET_HEADER: usize = 14;

/// A UDP port of the agent with the IP stack below it.
pub(super) struct Backbone {
    port: PortId,
    local: SocketAddrV4,
    interface: Interface,
    wire: Wire,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
}

/// What became of an IP packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It held a datagram for the port, or completed one.
    Datagram {
        /// The UDP port.
        port: PortId,
        /// Who sent it.
        from: SocketAddrV4,
        /// Its payload.
        payload: Vec<u8>,
    },
    /// A fragment; others are missing.
    Fragment,
    /// For the port, but the stack dropped it: a wrong checksum, a length that does not fit.
    Refused,
    /// Not for this port.
    Elsewhere,
}

impl Backbone {
    /// The stack below the UDP port `port`, which is bound to `local`, with this MTU.
    pub(super) fn new(port: PortId, local: SocketAddrV4, mtu: u16) -> Self {
        let mut wire = Wire { mtu: usize::from(mtu), ..Wire::default() };
        let config = Config::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            // Prefix 0: every peer is on the link, so the stack needs no routes.
            let address = IpCidr::new(IpAddress::Ipv4(*local.ip()), 0);
            // The list is empty and has room for two.
            let _ = addresses.push(address);
        });
        let mut socket = udp::Socket::new(one_datagram(), one_datagram());
        let bound = socket.bind(IpEndpoint::new(IpAddress::Ipv4(*local.ip()), local.port()));
        debug_assert!(bound.is_ok(), "a new socket can be bound to any port but 0");
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(socket);
        Self { port, local, interface, wire, sockets, socket }
    }

    /// The agent's port.
    pub(super) fn port(&self) -> PortId {
        self.port
    }

    /// The address that the port is bound to.
    pub(super) fn local(&self) -> SocketAddrV4 {
        self.local
    }

    /// Takes an IP packet of the capture; bytes behind its IP length are allowed.
    pub(super) fn receive(&mut self, now: Time, packet: &[u8]) -> Arrival {
        let fragment = match self.sort(packet) {
            Sorted::Whole => false,
            Sorted::Fragment => true,
            Sorted::Elsewhere => return Arrival::Elsewhere,
        };
        let mut packet = packet.to_vec();
        forgive_offloaded_checksum(&mut packet);
        self.wire.inbound.push_back(packet);
        self.poll(now);
        // An answer of the stack, such as "port unreachable" for a datagram that only its
        // fragments together showed to be for another port.
        self.wire.outbound.clear();
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        match socket.recv() {
            Ok((payload, meta)) => {
                let IpAddress::Ipv4(ip) = meta.endpoint.addr;
                let from = SocketAddrV4::new(ip, meta.endpoint.port);
                Arrival::Datagram { port: self.port, from, payload: payload.to_vec() }
            }
            Err(_) if fragment => Arrival::Fragment,
            Err(_) => Arrival::Refused,
        }
    }

    /// Sends a datagram; gives the IP packets that carry it, as Ethernet frames.
    pub(super) fn send(&mut self, now: Time, to: SocketAddrV4, payload: &[u8]) -> Vec<Vec<u8>> {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        let endpoint = IpEndpoint::new(IpAddress::Ipv4(*to.ip()), to.port());
        if socket.send_slice(payload, endpoint).is_err() {
            return Vec::new();
        }
        self.poll(now);
        // One more call for each fragment behind the first.
        while self.poll(now) {}
        let (source, destination) = (station(*self.local.ip()), station(*to.ip()));
        self.wire
            .outbound
            .drain(..)
            .map(|packet| in_ethernet(source, destination, &packet))
            .collect()
    }

    /// Lets the stack work; `true` if it sent something.
    fn poll(&mut self, now: Time) -> bool {
        let sent = self.wire.outbound.len();
        let now = Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
        self.wire.outbound.len() > sent
    }

    /// Whether `packet` concerns this port, by what its headers say.
    fn sort(&self, packet: &[u8]) -> Sorted {
        let Ok(ip) = Ipv4Packet::new_checked(packet) else { return Sorted::Elsewhere };
        if ip.dst_addr() != *self.local.ip() || ip.next_header() != IpProtocol::Udp {
            return Sorted::Elsewhere;
        }
        let first = ip.frag_offset() == 0;
        if first && !is_for(ip.payload(), self.local.port()) {
            return Sorted::Elsewhere;
        }
        if first && !ip.more_frags() { Sorted::Whole } else { Sorted::Fragment }
    }
}

enum Sorted {
    Whole,
    Fragment,
    Elsewhere,
}

/// The UDP header at the front of `payload` names this destination port.
fn is_for(payload: &[u8], port: u16) -> bool {
    matches!(payload, [_, _, high, low, ..] if u16::from_be_bytes([*high, *low]) == port)
}

/// Room for one datagram of any size. The stack empties a socket before it takes the next one.
fn one_datagram() -> udp::PacketBuffer<'static> {
    udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY], vec![0; MAX_DATAGRAM])
}

/// Takes the UDP checksum out of an IP packet if it is only the sum of the pseudo header.
///
/// A kernel leaves that there for the network card to complete, and a capture taken on the
/// sending machine, or anywhere on the way between two namespaces, shows it so. The packet is
/// sound; other wrong checksums stay and get it dropped.
fn forgive_offloaded_checksum(packet: &mut [u8]) {
    let Ok(mut ip) = Ipv4Packet::new_checked(packet) else { return };
    if ip.more_frags() || ip.frag_offset() != 0 {
        return;
    }
    let (source, destination) = (ip.src_addr().octets(), ip.dst_addr().octets());
    let Ok(mut udp) = UdpPacket::new_checked(ip.payload_mut()) else { return };
    let words = source.as_chunks::<2>().0.iter().chain(destination.as_chunks::<2>().0);
    let mut sum: u32 = words.map(|word| u32::from(u16::from_be_bytes(*word))).sum();
    sum += u32::from(u8::from(IpProtocol::Udp)) + u32::from(udp.len());
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    if u32::from(udp.checksum()) == sum {
        // 0: not in use.
        udp.set_checksum(0);
    }
}

/// The MAC address that stands for a station of the backbone, whose real one nobody knows: `02`,
/// `00` and the IPv4 address.
fn station(ip: Ipv4Addr) -> EthernetAddress {
    let [a, b, c, d] = ip.octets();
    EthernetAddress([0x02, 0x00, a, b, c, d])
}

fn in_ethernet(source: EthernetAddress, destination: EthernetAddress, packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; ETHERNET_HEADER + packet.len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    frame.set_src_addr(source);
    frame.set_dst_addr(destination);
    frame.set_ethertype(EthernetProtocol::Ipv4);
    frame.payload_mut().copy_from_slice(packet);
    bytes
}

/// The link of a stack: two queues of IP packets.
#[derive(Default)]
struct Wire {
    mtu: usize,
    inbound: VecDeque<Vec<u8>>,
    outbound: Vec<Vec<u8>>,
}

impl Device for Wire {
    type RxToken<'a> = Inbound;
    type TxToken<'a> = Outbound<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Inbound, Outbound<'_>)> {
        let packet = self.inbound.pop_front()?;
        Some((Inbound(packet), Outbound(&mut self.outbound)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Outbound<'_>> {
        Some(Outbound(&mut self.outbound))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}

struct Inbound(Vec<u8>);

impl phy::RxToken for Inbound {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, work: F) -> R {
        work(&self.0)
    }
}

struct Outbound<'a>(&'a mut Vec<Vec<u8>>);

impl phy::TxToken for Outbound<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, work: F) -> R {
        let mut packet = vec![0; len];
        let result = work(&mut packet);
        // The stack sets "don't fragment" on what fits the MTU; the agent's sockets have it
        // clear [cmd §12.1].
        let mut ip = Ipv4Packet::new_unchecked(&mut packet);
        if ip.dont_frag() {
            ip.set_dont_frag(false);
            ip.fill_checksum();
        }
        self.0.push(packet);
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const HERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 2654);
    const THERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 2), 2654);

    fn pair(mtu: u16) -> (Backbone, Backbone) {
        (Backbone::new(PortId(3), HERE, mtu), Backbone::new(PortId(4), THERE, mtu))
    }

    fn ip(frame: &[u8]) -> &[u8] {
        &frame[ETHERNET_HEADER..]
    }

    #[test]
    fn a_datagram_of_any_size_arrives_whole_whatever_the_mtu() {
        for (mtu, size) in
            [(1500, 30), (1500, 1472), (1500, 1473), (1500, 65_507), (576, 1500), (1400, 1500)]
        {
            let (mut here, mut there) = pair(mtu);
            let payload: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let frames = here.send(Time::ZERO, THERE, &payload);
            assert!(frames.iter().all(|frame| frame.len() <= usize::from(mtu) + ETHERNET_HEADER));
            let room = usize::from((mtu - 20) / 8 * 8);
            let one = size + 8 + 20 <= usize::from(mtu);
            assert_eq!(frames.len(), if one { 1 } else { (size + 8).div_ceil(room) });
            let (last, fragments) = frames.split_last().unwrap();
            for fragment in fragments {
                assert_eq!(there.receive(Time::ZERO, ip(fragment)), Arrival::Fragment);
            }
            let arrival = there.receive(Time::ZERO, ip(last));
            assert_eq!(arrival, Arrival::Datagram { port: PortId(4), from: HERE, payload });
        }
    }

    #[test]
    fn fragments_out_of_order_are_put_together_too() {
        let (mut here, mut there) = pair(576);
        let payload = vec![7; 1500];
        let mut frames = here.send(Time::ZERO, THERE, &payload);
        frames.reverse();
        let (last, fragments) = frames.split_last().unwrap();
        for fragment in fragments {
            assert_eq!(there.receive(Time::ZERO, ip(fragment)), Arrival::Fragment);
        }
        let arrival = there.receive(Time::ZERO, ip(last));
        assert_eq!(arrival, Arrival::Datagram { port: PortId(4), from: HERE, payload });
    }

    #[test]
    fn a_fragment_whose_fellows_never_come_is_forgotten() {
        let (mut here, mut there) = pair(1500);
        let first = here.send(Time::ZERO, THERE, &[7; 1500]);
        assert_eq!(there.receive(Time::ZERO, ip(&first[0])), Arrival::Fragment);
        let late = Time::from_secs(61);
        assert_eq!(there.receive(late, ip(&first[1])), Arrival::Fragment);
    }

    #[test]
    fn nothing_that_is_sent_forbids_fragments() {
        let (mut here, _) = pair(1500);
        for size in [30, 1500] {
            for frame in here.send(Time::ZERO, THERE, &vec![0; size]) {
                let packet = Ipv4Packet::new_checked(ip(&frame)).unwrap();
                assert!(!packet.dont_frag());
                assert!(packet.verify_checksum());
            }
        }
    }

    #[test]
    fn a_checksum_left_to_the_card_is_forgiven_and_a_wrong_one_is_not() {
        let (mut here, mut there) = pair(1500);
        let frame = here.send(Time::ZERO, THERE, &[1, 2, 3]).remove(0);
        let with = |checksum: u16| {
            let mut packet = ip(&frame).to_vec();
            packet[26..28].copy_from_slice(&checksum.to_be_bytes());
            packet
        };
        // C000 + 0201 + C000 + 0202 for the addresses, 17 for UDP, 11 for its length; the carry
        // added at the end.
        let offloaded: u16 = 0x841f + 1;
        let payload = vec![1, 2, 3];
        let delivered = Arrival::Datagram { port: PortId(4), from: HERE, payload };
        assert_eq!(there.receive(Time::ZERO, &with(offloaded)), delivered);
        assert_eq!(there.receive(Time::ZERO, &with(0)), delivered);
        assert_eq!(there.receive(Time::ZERO, &with(offloaded + 1)), Arrival::Refused);
    }

    #[test]
    fn packets_for_others_pass_by() {
        let (mut here, mut there) = pair(1500);
        let other_host = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 3), 2654);
        let other_port = SocketAddrV4::new(*THERE.ip(), 53);
        for to in [other_host, other_port] {
            let frame = here.send(Time::ZERO, to, b"x").remove(0);
            assert_eq!(there.receive(Time::ZERO, ip(&frame)), Arrival::Elsewhere);
        }
        assert_eq!(there.receive(Time::ZERO, b""), Arrival::Elsewhere);
        assert_eq!(there.receive(Time::ZERO, &[0x45; 19]), Arrival::Elsewhere);
    }
    /// Makes the header of an IP packet one that the stack lets in.
    fn mend(packet: &mut [u8]) {
        if let Some((head, _)) = packet.split_first_chunk_mut::<20>() {
            head[0] = 0x45;
            head[9] = 17;
            head[16..].copy_from_slice(&THERE.ip().octets());
            Ipv4Packet::new_unchecked(&mut head[..]).fill_checksum();
        }
    }

    proptest! {
        #[test]
        fn no_ip_packet_breaks_the_stack(
            size in 0_usize..3_000,
            mtu in 68_u16..1_500,
            changes in vec((any::<Index>(), any::<Index>(), any::<u8>(), any::<bool>()), 0..40),
            noise in vec(vec(any::<u8>(), 0..100), 0..10),
        ) {
            let (mut here, mut there) = pair(mtu);
            let frames = here.send(Time::ZERO, THERE, &vec![7; size]);
            let mut packets: Vec<Vec<u8>> = frames.iter().map(|frame| ip(frame).to_vec()).collect();
            packets.extend(noise);
            for (which, place, value, again) in changes {
                let number = which.index(packets.len());
                let packet = packets.get_mut(number).filter(|packet| !packet.is_empty());
                let Some(packet) = packet else { continue };
                // Half of the changes hit the header, where fragments are told apart.
                let end = if again { packet.len().min(20) } else { packet.len() };
                let offset = place.index(end);
                packet[offset] = value;
                mend(packet);
                let copy = packet.clone();
                if again {
                    packets.push(copy);
                }
            }
            for (at, packet) in (0..).zip(&packets) {
                there.receive(Time::from_secs(at), packet);
            }
            // Once what is incomplete is forgotten, a sound datagram arrives as before.
            let late = Time::from_secs(10_000);
            let mut last = Arrival::Elsewhere;
            for frame in here.send(late, THERE, b"sound") {
                last = there.receive(late, ip(&frame));
            }
            let arrived = matches!(&last, Arrival::Datagram { payload, .. } if payload == b"sound");
            prop_assert!(arrived, "{last:?}");
        }
    }
}
