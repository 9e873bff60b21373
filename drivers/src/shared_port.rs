//! UDP on a port that another process may have: DHCP's of clients, on a host with a DHCP client of
//! its own.
//!
//! A raw socket on one interface. The kernel gives it a copy of what comes for our address; the
//! other process gets its own, and the port stays free for it to bind. Where no process has the
//! port the kernel tells the sender so, by ICMP, which servers of DHCP do not care about.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;
use std::os::fd::{AsRawFd, RawFd};

use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{Ipv4Packet, MutableIpv4Packet};
use pnet::packet::udp::{MutableUdpPacket, UdpPacket, ipv4_checksum};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::unix::AsyncFd;

use crate::bpf;
use crate::error::OpenError;
use crate::links::{self, LinkInfo};

/// The headers of IPv4, without options, and of UDP, in bytes.
const IP: usize = 20;
const UDP: usize = 8;
const HEADERS: usize = IP + UDP;
/// Time to live of what is sent.
const TTL: u8 = 64;

/// Which port, and of whom.
#[derive(Clone, Copy, Debug)]
pub struct SharedPortOptions {
    /// Our address; the interface that has it is the one that is used.
    pub ip: Ipv4Addr,
    /// The port at our end.
    pub port: u16,
    /// The port at the other end: what comes from others is not looked at.
    pub from: u16,
}

/// A UDP port that may be somebody else's, too. Does not block.
#[derive(Debug)]
pub struct SharedPort {
    socket: Socket,
    options: SharedPortOptions,
    /// The interface.
    pub link: LinkInfo,
}

/// A datagram that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedDatagram {
    /// Who sent it.
    pub from: SocketAddrV4,
    /// To which address: ours, or a broadcast.
    pub to: Ipv4Addr,
    /// Where in the buffer its payload lies.
    pub payload: Range<usize>,
}

impl SharedPort {
    /// Opens the port on the interface that has the address.
    ///
    /// # Errors
    /// No interface has the address, or CAP_NET_RAW is missing.
    pub fn open(options: SharedPortOptions) -> Result<Self, OpenError> {
        let SharedPortOptions { ip, port, .. } = options;
        let link = links::link_of(ip).map_err(OpenError::io("looking for the interface"))?;
        let link = link.ok_or(OpenError::AddressNotHere { ip })?;
        let socket = Socket::new(Domain::IPV4, Type::RAW.nonblocking(), Some(Protocol::UDP))
            .map_err(|source| match source.raw_os_error() {
                Some(libc::EPERM | libc::EACCES) => OpenError::NoPermission {
                    what: format!("a raw socket on `{}`", link.name),
                    capability: "CAP_NET_RAW",
                },
                _ => OpenError::Io { what: "making a raw socket".into(), source },
            })?;
        let tune = || {
            // The filter first, so that nothing slips in.
            bpf::attach(&socket, libc::SO_ATTACH_FILTER, &mut filter(port, options.from))?;
            socket.set_header_included_v4(true)?;
            socket.set_broadcast(true)?;
            socket.bind_device(Some(link.name.as_bytes()))
        };
        tune().map_err(OpenError::io(format!("setting up a raw socket on `{}`", link.name)))?;
        Ok(Self { socket, options, link })
    }

    /// Sends a datagram from our address and port, to a host or to everybody on the wire.
    ///
    /// # Errors
    /// What the kernel says: no way there, no room, or too long for the interface.
    pub fn send(&self, to: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        let packet = packet(&self.options, to, payload).ok_or(io::ErrorKind::InvalidInput)?;
        self.socket.send_to(&packet, &to.into()).map(drop)
    }

    /// Takes the next datagram for our port from the other's into `buffer`; `None`: what came is
    /// none.
    ///
    /// # Errors
    /// What the kernel says; `WouldBlock` if there is nothing.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<SharedDatagram>> {
        let length = (&self.socket).read(buffer)?;
        Ok(buffer.get(..length).and_then(|packet| read(packet, &self.options)))
    }
}

/// A port whose datagrams a task waits for.
#[derive(Debug)]
pub struct WatchedPort(AsyncFd<SharedPort>);

impl SharedPort {
    /// The port, watched by the runtime that the caller runs in.
    ///
    /// # Errors
    /// What the kernel says.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn watch(self) -> io::Result<WatchedPort> {
        // SAFETY: the descriptor is that of the socket that the port owns: it stays the same and
        // open until the port is dropped, which the `AsyncFd` does after it has let go of it.
        Ok(WatchedPort(unsafe { AsyncFd::register(self)? }))
    }
}

impl WatchedPort {
    /// See [`SharedPort::send`].
    ///
    /// # Errors
    /// As there.
    pub fn send(&self, to: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        self.0.get_ref().send(to, payload)
    }

    /// Waits for the next datagram. See [`SharedPort::receive`].
    ///
    /// # Errors
    /// As there, but for `WouldBlock`.
    pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<SharedDatagram> {
        loop {
            let mut ready = self.0.readable().await?;
            match ready.try_io(|port| port.get_ref().receive(buffer)) {
                Ok(Ok(Some(datagram))) => return Ok(datagram),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(None)) | Err(_) => {}
            }
        }
    }
}

impl AsRawFd for SharedPort {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Lets through what goes to one UDP port and comes from another. The kernel runs it on the packet
/// from its IP header on; fragments are put together before.
fn filter(port: u16, from: u16) -> [libc::sock_filter; 7] {
    let load = |at: u32| bpf::plain(libc::BPF_LD | libc::BPF_H | libc::BPF_IND, at);
    let equal = |value: u16, no: u8| bpf::compare(libc::BPF_JEQ, value.into(), 0, no);
    [
        // The length of the IP header.
        bpf::plain(libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH, 0),
        load(0),
        equal(from, 3),
        load(2),
        equal(port, 1),
        bpf::answer(u32::MAX),
        bpf::answer(0),
    ]
}

/// A whole packet; `None`: the payload is too long.
fn packet(options: &SharedPortOptions, to: SocketAddrV4, payload: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; HEADERS + payload.len()];
    let length = u16::try_from(bytes.len()).ok()?;
    let mut udp = MutableUdpPacket::new(bytes.get_mut(IP..)?)?;
    udp.set_source(options.port);
    udp.set_destination(to.port());
    udp.set_length(length - u16::try_from(IP).ok()?);
    udp.set_payload(payload);
    let sum = ipv4_checksum(&udp.to_immutable(), &options.ip, to.ip());
    // A sum of zero would say that there is none.
    udp.set_checksum(if sum == 0 { u16::MAX } else { sum });
    // The kernel fills in length, identification and checksum.
    let mut ip = MutableIpv4Packet::new(&mut bytes)?;
    ip.set_version(4);
    ip.set_header_length(5);
    ip.set_total_length(length);
    ip.set_ttl(TTL);
    ip.set_next_level_protocol(IpNextHeaderProtocols::Udp);
    ip.set_source(options.ip);
    ip.set_destination(*to.ip());
    Some(bytes)
}

/// The datagram in a packet, if it is for us.
fn read(packet: &[u8], options: &SharedPortOptions) -> Option<SharedDatagram> {
    let ip = Ipv4Packet::new(packet)?;
    let start = usize::from(ip.get_header_length()) * 4;
    let udp = UdpPacket::new(packet.get(start..)?)?;
    let to = ip.get_destination();
    // Of several addresses of the interface each may have a port of its own.
    let ours = to == options.ip || to.is_broadcast();
    if !ours || udp.get_destination() != options.port || udp.get_source() != options.from {
        return None;
    }
    let length = usize::from(udp.get_length()).checked_sub(UDP)?;
    let payload = start + UDP..start + UDP + length;
    packet.get(payload.clone())?;
    let from = SocketAddrV4::new(ip.get_source(), udp.get_source());
    Some(SharedDatagram { from, to, payload })
}
