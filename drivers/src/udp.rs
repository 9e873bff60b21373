//! UDP ports: the socket of a CMD network.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use crate::batch::{Batch, HEADROOM};
use crate::error::OpenError;
use crate::links;
use crate::mmsg::{self, Addressing, Messages};
use crate::port::{Guard, LinkAddress, OpenPort, Outgoing, SendReport, Sink, Source};
use crate::socket::{grow_buffers, set_option, socklen};

/// Bytes that may wait to be sent. A batch of the longest packets that IP carries need not fit;
/// one of full Ethernet frames must, or it would be cut on an idle line.
const SEND_BUFFER: usize = 1 << 20;

/// The MTU assumed where the kernel does not tell one.
const USUAL_MTU: u16 = 1500;

/// Which address, and how the socket shall be.
#[derive(Clone, Debug)]
pub struct UdpOptions {
    /// The local address, one of this host's.
    pub ip: Ipv4Addr,
    /// The local port, the source port of all that is sent. 0 lets the kernel choose.
    pub port: u16,
    /// The type-of-service byte of what is sent; `None`: the kernel's default, 0.
    pub tos: Option<u8>,
    /// Bytes that may wait to be received. Without CAP_NET_ADMIN the kernel caps them at
    /// `net.core.rmem_max`.
    pub receive_buffer: usize,
}

/// Opens a UDP port. Datagrams have a checksum, and DF clear: routers on the way may fragment
/// them, and long ones leave as fragments.
///
/// # Errors
/// Says what is missing: the address, or the port because another process has it.
pub fn open_udp(options: &UdpOptions) -> Result<OpenPort, OpenError> {
    let at = SocketAddrV4::new(options.ip, options.port);
    let socket = bind(at)?;
    let tune = OpenError::io(format!("setting up the UDP socket at {at}"));
    configure(&socket, options).map_err(tune)?;
    let (index, mtu) = interface_of(options.ip)
        .map_err(OpenError::io(format!("looking for the interface of {}", options.ip)))?;
    let address = LinkAddress { mac: None, ip: Some(options.ip), mtu, index };
    let socket = Arc::new(socket);
    let source = Source::Udp(UdpSource { socket: Arc::clone(&socket), messages: Messages::new() });
    OpenPort::new(source, Sink::Udp(UdpSink { socket }), address, Guard::nothing())
        .map_err(OpenError::io("making an eventfd"))
}

fn bind(at: SocketAddrV4) -> Result<Socket, OpenError> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))
        .map_err(OpenError::io("making a UDP socket"))?;
    socket.bind(&at.into()).map_err(|source| match source.raw_os_error() {
        Some(libc::EADDRNOTAVAIL) => OpenError::AddressNotHere { ip: *at.ip() },
        Some(libc::EADDRINUSE) => OpenError::PortBusy { at },
        Some(libc::EACCES | libc::EPERM) => OpenError::NoPermission {
            what: format!("UDP {at}, a port below 1024"),
            capability: "CAP_NET_BIND_SERVICE",
        },
        _ => OpenError::Io { what: format!("binding UDP {at}"), source },
    })?;
    Ok(socket)
}

fn configure(socket: &Socket, options: &UdpOptions) -> io::Result<()> {
    // DF clear, and no path MTU kept for a peer: the agent cannot shrink an IPX packet.
    set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT)?;
    if let Some(tos) = options.tos {
        socket.set_tos_v4(tos.into())?;
    }
    grow_buffers(socket, options.receive_buffer, SEND_BUFFER)
}

/// The index and MTU of the interface that has `ip`; 0 and 1500 if it is gone already.
fn interface_of(ip: Ipv4Addr) -> io::Result<(u32, u16)> {
    let link = links::link_of(ip)?;
    let known = |link: links::LinkInfo| (link.index, link.mtu.try_into().unwrap_or(u16::MAX));
    Ok(link.map_or((0, USUAL_MTU), known))
}

/// The receiving side.
#[derive(Debug)]
pub(crate) struct UdpSource {
    socket: Arc<Socket>,
    messages: Messages<libc::sockaddr_in>,
}

impl UdpSource {
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(crate) fn receive(&mut self, batch: &mut Batch) -> io::Result<()> {
        let count = self.messages.receive(self.socket.as_fd(), batch)?;
        for message in self.messages.iter(count) {
            let from = mmsg::from_kernel(message.address);
            let range = HEADROOM..HEADROOM + message.len();
            batch.push(range, Some(from), message.is_truncated());
        }
        Ok(())
    }

    /// Datagrams dropped because the queue was full, modulo 2^32.
    pub(crate) fn overflows(&self) -> u32 {
        const DROPS: usize = 8;
        let mut info = [0_u32; 9];
        let mut len = socklen::<[u32; 9]>();
        // SAFETY: the kernel writes at most the length said, that of `info`.
        let result = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_MEMINFO,
                info.as_mut_ptr().cast(),
                &raw mut len,
            )
        };
        let known = result == 0 && len as usize == mem::size_of_val(&info);
        if known { info[DROPS] } else { 0 }
    }
}

/// The sending side.
#[derive(Debug)]
pub(crate) struct UdpSink {
    socket: Arc<Socket>,
}

impl UdpSink {
    pub(crate) fn send(&self, packets: &[Outgoing<'_>], report: &mut SendReport) {
        mmsg::send(self.socket.as_fd(), packets, Addressing::Each, report);
    }
}
