//! NIC ports: a packet socket bound to an Ethernet interface.
//!
//! The socket sees whole frames, and only those that the [`filter`] lets
//! through. Where the NIC or the kernel took a VLAN tag out of a frame, it is put back, so that
//! readers see what was on the wire. The host's own frames are left out: ours would come back as
//! if a neighbour had sent them.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pnet::datalink;
use socket2::{Domain, Socket, Type};

use crate::batch::{Batch, HEADROOM};
use crate::error::OpenError;
use crate::filter;
use crate::links;
use crate::mmsg::{self, Addressing, Message, Messages};
use crate::port::{Guard, LinkAddress, OpenPort, Outgoing, SendReport, Sink, Source};
use crate::socket::{family, grow_buffers, set_option, socklen};
use crate::wireless::{self, SYSFS};

/// Bytes of frames that may wait on each side, counted as the kernel counts: some thousand.
const QUEUE_BYTES: usize = 4 << 20;

/// How often a socket whose link is down is asked whether the interface still exists.
const DOWN_CHECK: Duration = Duration::from_millis(200);

/// The kernel's word in `tpacket_auxdata` that `tp_vlan_tci` counts; in no version of libc.
const TP_STATUS_VLAN_VALID: u32 = 1 << 4;
/// The same for `tp_vlan_tpid`.
const TP_STATUS_VLAN_TPID_VALID: u32 = 1 << 6;
/// The type of a tag whose type the kernel does not tell.
const USUAL_TPID: u16 = 0x8100;
/// The two MAC addresses, behind which a tag goes.
const MACS: usize = 12;

/// Which interface.
#[derive(Clone, Debug, Default)]
pub struct NicOptions {
    /// The interface: an Ethernet NIC, a veth, a bridge or a VLAN device.
    pub name: String,
}

/// Opens a port on an existing Ethernet interface. It sees what the interface receives and may
/// be IPX, in any of its four framings, with a VLAN tag or two or none; and nothing that this host
/// sends.
///
/// A link that is down, at open or later, is waited for.
///
/// # Errors
/// Says what is missing: the interface, rights, a wire.
pub fn open_nic(options: &NicOptions) -> Result<OpenPort, OpenError> {
    let name = options.name.as_str();
    let interfaces = datalink::interfaces();
    let Some(interface) = interfaces.iter().find(|interface| interface.name == name) else {
        let present: Vec<_> = interfaces.iter().map(|present| present.name.as_str()).collect();
        return Err(OpenError::NoSuchDevice { name: name.into(), present: present.join(", ") });
    };
    if wireless::is_wireless(Path::new(SYSFS), name) {
        return Err(OpenError::Wireless { name: name.into() });
    }
    let looking = OpenError::io(format!("looking at interface `{name}`"));
    let link = links::link_by_name(name).map_err(looking)?;
    let Some(link) = link.filter(|link| link.is_ethernet) else {
        return Err(OpenError::NotEthernet { name: name.into() });
    };
    let socket = Arc::new(bind(name, interface.index)?);
    let address = LinkAddress {
        mac: interface.mac.map(|mac| mac.octets()),
        ip: None,
        mtu: link.mtu.try_into().unwrap_or(u16::MAX),
        index: interface.index,
    };
    let messages = Messages::new();
    let source = PacketSource { socket: Arc::clone(&socket), messages, overflows: 0, down: false };
    let sink = PacketSink { socket };
    OpenPort::new(Source::Packet(source), Sink::Packet(sink), address, Guard::nothing())
        .map_err(OpenError::io("making an eventfd"))
}

/// Makes the socket: the filter comes before the interface, so nothing slips in between.
fn bind(name: &str, index: u32) -> Result<Socket, OpenError> {
    // Without a protocol the socket receives nothing until it is bound.
    let socket =
        Socket::new(Domain::PACKET, Type::RAW.nonblocking(), None).map_err(
            |source| match source.raw_os_error() {
                Some(libc::EPERM | libc::EACCES) => OpenError::NoPermission {
                    what: format!("a packet socket on `{name}`"),
                    capability: "CAP_NET_RAW",
                },
                _ => OpenError::Io { what: "making a packet socket".into(), source },
            },
        )?;
    configure(&socket, index).map_err(|source| match source.raw_os_error() {
        Some(libc::ENODEV) => OpenError::NoSuchDevice {
            name: name.into(),
            present: "others; it has just gone".into(),
        },
        _ => OpenError::Io { what: format!("binding a packet socket to `{name}`"), source },
    })?;
    Ok(socket)
}

fn configure(socket: &Socket, index: u32) -> io::Result<()> {
    filter::attach(socket)?;
    set_option(socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, 1)?;
    // Since Linux 4.20; before, the packet type tells them apart in `receive`.
    let _ = set_option(socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1);
    grow_buffers(socket, QUEUE_BYTES, QUEUE_BYTES)?;
    let all = u16::try_from(libc::ETH_P_ALL).expect("protocols have 16 bits");
    let address = libc::sockaddr_ll {
        sll_family: family(libc::AF_PACKET),
        sll_protocol: all.to_be(),
        sll_ifindex: index.try_into().map_err(|_| io::ErrorKind::InvalidInput)?,
        ..<libc::sockaddr_ll as mmsg::Address>::EMPTY
    };
    // SAFETY: the kernel reads an address of the size said, which lives through the call.
    let result = unsafe {
        libc::bind(socket.as_raw_fd(), (&raw const address).cast(), socklen::<libc::sockaddr_ll>())
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The receiving side.
#[derive(Debug)]
pub(crate) struct PacketSource {
    socket: Arc<Socket>,
    messages: Messages<libc::sockaddr_ll>,
    overflows: u32,
    /// The link has gone down, and no frame has come since.
    down: bool,
}

impl PacketSource {
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(crate) fn receive(&mut self, batch: &mut Batch) -> io::Result<()> {
        let count = self.messages.receive(self.socket.as_fd(), batch).inspect_err(|error| {
            self.down |= error.raw_os_error() == Some(libc::ENETDOWN);
        })?;
        self.down = false;
        for message in self.messages.iter(count) {
            if message.address.sll_pkttype == libc::PACKET_OUTGOING {
                batch.skip();
                continue;
            }
            let mut start = HEADROOM;
            if let (Some(tag), Some(buffer)) = (tag_of(&message), batch.next_buffer()) {
                start = put_tag_back(buffer, tag);
            }
            batch.push(start..HEADROOM + message.len(), None, message.is_truncated());
        }
        Ok(())
    }

    /// How long of `left` to wait before the next [`check`](Self::check): not for ever while the
    /// link is down. An interface that is deleted goes down first, of which the socket tells, and
    /// then vanishes, of which it does not.
    pub(crate) fn patience(&self, left: Option<Duration>) -> Option<Duration> {
        if self.down { Some(left.map_or(DOWN_CHECK, |left| left.min(DOWN_CHECK))) } else { left }
    }

    /// An error if the interface is gone: the kernel then unbinds the socket.
    pub(crate) fn check(&self) -> io::Result<()> {
        let mut address = <libc::sockaddr_ll as mmsg::Address>::EMPTY;
        let mut len = socklen::<libc::sockaddr_ll>();
        // SAFETY: the kernel writes at most the length said, that of `address`.
        let result = unsafe {
            libc::getsockname(self.socket.as_raw_fd(), (&raw mut address).cast(), &raw mut len)
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        if address.sll_ifindex <= 0 {
            return Err(io::Error::from_raw_os_error(libc::ENODEV));
        }
        Ok(())
    }

    /// Frames dropped because the queue was full, modulo 2^32.
    pub(crate) fn overflows(&mut self) -> u32 {
        let mut statistics = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
        let mut len = socklen::<libc::tpacket_stats>();
        // SAFETY: the kernel writes at most the length said, that of `statistics`.
        let result = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut statistics).cast(),
                &raw mut len,
            )
        };
        if result == 0 {
            // Reading resets the kernel's count.
            self.overflows = self.overflows.wrapping_add(statistics.tp_drops);
        }
        self.overflows
    }
}

/// The VLAN tag that the kernel took out of a frame, as on the wire.
fn tag_of(message: &Message<'_, libc::sockaddr_ll>) -> Option<[u8; 4]> {
    let about: libc::tpacket_auxdata = message.control(libc::SOL_PACKET, libc::PACKET_AUXDATA)?;
    if about.tp_status & TP_STATUS_VLAN_VALID == 0 {
        return None;
    }
    let known = about.tp_status & TP_STATUS_VLAN_TPID_VALID != 0;
    let kind = if known { about.tp_vlan_tpid } else { USUAL_TPID };
    let ([a, b], [c, d]) = (kind.to_be_bytes(), about.tp_vlan_tci.to_be_bytes());
    Some([a, b, c, d])
}

/// Puts `tag` behind the MAC addresses of the frame at [`HEADROOM`]; they move forward. Returns
/// where the frame begins now.
fn put_tag_back(buffer: &mut [u8], tag: [u8; 4]) -> usize {
    const START: usize = HEADROOM - mem::size_of::<[u8; 4]>();
    buffer.copy_within(HEADROOM..HEADROOM + MACS, START);
    buffer[START + MACS..HEADROOM + MACS].copy_from_slice(&tag);
    START
}

/// The sending side.
#[derive(Debug)]
pub(crate) struct PacketSink {
    socket: Arc<Socket>,
}

impl PacketSink {
    pub(crate) fn send(&self, packets: &[Outgoing<'_>], report: &mut SendReport) {
        mmsg::send(self.socket.as_fd(), packets, Addressing::Bound, report);
    }
}
