//! UDP ports: the socket of a CMD network.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use crate::batch::{Batch, HEADROOM};
use crate::clock;
use crate::error::OpenError;
use crate::links;
use crate::mmsg::{self, Addressing, Messages};
use crate::port::{Guard, LinkAddress, OpenPort, Outgoing, SendReport, Sink, Source};
use crate::socket::{grow_buffers, set_option, socklen};
use crate::steer::{self, Mark};

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
    /// Datagrams with all of these marks have a receiver of their own, [`OpenPort::apart`], and
    /// a queue of their own in the kernel. With none there is but one.
    pub apart: Vec<Mark>,
}

/// Opens a UDP port. Datagrams have a checksum, and DF clear: routers on the way may fragment
/// them, and long ones leave as fragments.
///
/// # Errors
/// Says what is missing: the address, or the port because another process has it.
pub fn open_udp(options: &UdpOptions) -> Result<OpenPort, OpenError> {
    let at = SocketAddrV4::new(options.ip, options.port);
    let tune = || OpenError::io(format!("setting up the UDP socket at {at}"));
    let (socket, apart) = if options.apart.is_empty() {
        (bind(at, Sharing::None)?, None)
    } else {
        // Sockets that share an address take no notice of another process of the same user.
        drop(bind(at, Sharing::None)?);
        let first = bind(at, Sharing::Ours)?;
        steer::attach(&first, &options.apart).map_err(tune())?;
        // The kernel may have chosen the port.
        let at = first.local_addr().map_err(tune())?.as_socket_ipv4().unwrap_or(at);
        let second = bind(at, Sharing::Ours)?;
        configure(&second, options).map_err(tune())?;
        set_option(&second, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1).map_err(tune())?;
        (first, Some(second))
    };
    configure(&socket, options).map_err(tune())?;
    let (index, mtu) = interface_of(options.ip)
        .map_err(OpenError::io(format!("looking for the interface of {}", options.ip)))?;
    let address = LinkAddress { mac: None, ip: Some(options.ip), mtu, index };
    let socket = Arc::new(socket);
    let source = |socket| Source::Udp(UdpSource { socket, messages: Messages::new() });
    let apart = apart.map(|apart| source(Arc::new(apart)));
    let (source, sink) = (source(Arc::clone(&socket)), Sink::Udp(UdpSink { socket }));
    OpenPort::new(source, sink, address, Guard::nothing())
        .and_then(|port| port.with_apart(apart))
        .map_err(OpenError::io("making an eventfd"))
}

/// Who else may have the address of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharing {
    /// Nobody.
    None,
    /// Sockets of this user that share it, too.
    Ours,
}

fn bind(at: SocketAddrV4, sharing: Sharing) -> Result<Socket, OpenError> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))
        .map_err(OpenError::io("making a UDP socket"))?;
    if sharing == Sharing::Ours {
        socket.set_reuse_port(true).map_err(OpenError::io("sharing a UDP address"))?;
    }
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
        let mut now = None;
        for message in self.messages.iter(count) {
            let from = mmsg::from_kernel(message.address);
            let range = HEADROOM..HEADROOM + message.len();
            batch.push(range, Some(from), message.is_truncated());
            if let Some(stamp) =
                message.control::<libc::timespec>(libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS)
            {
                let now = *now.get_or_insert_with(clock::realtime);
                batch.set_age(now.saturating_sub(clock::duration(stamp).unwrap_or_default()));
            }
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
