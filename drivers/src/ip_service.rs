//! Sockets of an IP service such as SLP, on one interface: what is sent to our address, to groups
//! and to everybody each comes by a socket of its own, so the receiver knows which it was.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use crate::error::OpenError;
use crate::links;
use crate::socket::set_option;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 64;
/// How far questions of operators go.
const INQUIRY_TTL: u32 = 32;
/// The MTU assumed where the kernel does not tell one.
const USUAL_MTU: u16 = 1500;

/// Which sockets are wanted.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// Our address on the interface.
    pub ip: Ipv4Addr,
    /// The port, of UDP and TCP, at which the service listens and from which it sends.
    pub port: u16,
    /// Groups to join on this interface. With none, no membership report leaves either.
    pub groups: Vec<Ipv4Addr>,
    /// Time to live of what is sent to groups.
    pub ttl: u8,
    /// Take what is sent to everybody on this interface, too: to 255.255.255.255, and to the
    /// broadcast address of its network.
    pub broadcast: bool,
    /// Accept TCP connections.
    pub tcp: bool,
}

/// Open sockets, none of which blocks.
#[derive(Debug)]
pub struct ServiceSockets {
    /// What is sent to our address. All that we send leaves by it.
    pub own: UdpSocket,
    /// What is sent to a group, or to the broadcast address.
    pub others: Vec<(Ipv4Addr, UdpSocket)>,
    /// Who connects.
    pub listener: Option<TcpListener>,
    /// The MAC address of the interface.
    pub mac: Option<[u8; 6]>,
    /// Its MTU in bytes.
    pub mtu: u16,
}

/// Opens the sockets of a service.
///
/// What is sent to a group is looped back: another agent of this machine may want to hear it.
///
/// # Errors
/// Says what is missing: the address, the right to use the port, or the port because another
/// process has it.
pub fn open_service(options: &ServiceOptions) -> Result<ServiceSockets, OpenError> {
    let at = SocketAddrV4::new(options.ip, options.port);
    let link = links::link_of(options.ip).map_err(OpenError::io("looking for the interface"))?;
    let own = bind_udp(at, false)?;
    let tune = OpenError::io(format!("setting up the UDP socket at {at}"));
    tune_sender(&own, options).map_err(tune)?;
    let mut others = Vec::new();
    for &group in &options.groups {
        let socket = bind_udp(SocketAddrV4::new(group, options.port), true)?;
        let joined = OpenError::io(format!("joining {group} at {}", options.ip));
        socket.join_multicast_v4(&group, &options.ip).map_err(joined)?;
        others.push((group, socket.into()));
    }
    if options.broadcast
        && let Some(link) = &link
    {
        let looking = OpenError::io("looking for the network's broadcast address");
        let of_network = links::broadcast_of(options.ip).map_err(looking)?;
        for everybody in std::iter::once(Ipv4Addr::BROADCAST).chain(of_network) {
            let socket = bind_udp(SocketAddrV4::new(everybody, options.port), true)?;
            let bound = OpenError::io(format!("binding broadcasts to {}", link.name));
            socket.bind_device(Some(link.name.as_bytes())).map_err(bound)?;
            others.push((everybody, socket.into()));
        }
    }
    let listener = if options.tcp { Some(listen(at)?) } else { None };
    let mtu = link.as_ref().map_or(USUAL_MTU, |link| u16::try_from(link.mtu).unwrap_or(u16::MAX));
    let mac = link.and_then(|link| link.mac);
    Ok(ServiceSockets { own: own.into(), others, listener, mac, mtu })
}

/// Opens a socket for questions to a service, from an address of ours and any free port; what it
/// sends to groups leaves by the interface that has the address. It does not block.
///
/// # Errors
/// The address is not there.
pub fn open_inquiry(ip: Ipv4Addr) -> Result<UdpSocket, OpenError> {
    let socket = bind_udp(SocketAddrV4::new(ip, 0), false)?;
    if !ip.is_unspecified() {
        let tuned =
            socket.set_multicast_if_v4(&ip).and_then(|()| socket.set_multicast_ttl_v4(INQUIRY_TTL));
        tuned.map_err(OpenError::io(format!("setting up the UDP socket at {ip}")))?;
    }
    Ok(socket.into())
}

fn bind_udp(at: SocketAddrV4, shared: bool) -> Result<Socket, OpenError> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))
        .map_err(OpenError::io("making a UDP socket"))?;
    if shared {
        // Every agent of this machine has such a socket; each hears what its interface hears.
        let tuned =
            socket.set_reuse_address(true).and_then(|()| socket.set_multicast_all_v4(false));
        tuned.map_err(OpenError::io(format!("setting up the UDP socket at {at}")))?;
    }
    socket.bind(&at.into()).map_err(|error| refused(at, error))?;
    Ok(socket)
}

fn refused(at: SocketAddrV4, source: io::Error) -> OpenError {
    match source.raw_os_error() {
        Some(libc::EADDRNOTAVAIL) => OpenError::AddressNotHere { ip: *at.ip() },
        Some(libc::EADDRINUSE) => OpenError::ServicePortBusy { at },
        Some(libc::EACCES | libc::EPERM) => OpenError::NoPermission {
            what: format!("port {at}, which is below 1024"),
            capability: "CAP_NET_BIND_SERVICE",
        },
        _ => OpenError::Io { what: format!("binding {at}"), source },
    }
}

fn tune_sender(socket: &Socket, options: &ServiceOptions) -> io::Result<()> {
    set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT)?;
    socket.set_multicast_if_v4(&options.ip)?;
    socket.set_multicast_ttl_v4(options.ttl.into())?;
    socket.set_broadcast(options.broadcast)
}

fn listen(at: SocketAddrV4) -> Result<TcpListener, OpenError> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), Some(Protocol::TCP))
        .map_err(OpenError::io("making a TCP socket"))?;
    // An agent that starts again finds connections of the last one still in their last state.
    socket.set_reuse_address(true).map_err(OpenError::io("setting up a TCP socket"))?;
    socket.bind(&at.into()).map_err(|error| refused(at, error))?;
    socket.listen(BACKLOG).map_err(OpenError::io(format!("listening at TCP {at}")))?;
    Ok(socket.into())
}
