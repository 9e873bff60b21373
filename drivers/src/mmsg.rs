//! Many packets in one system call: `recvmmsg` and `sendmmsg`.
//!
//! The kernel reads and writes through pointers into the batch, so both directions fill them in
//! anew for each call and let them not outlive it.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use crate::batch::{BATCH_SIZE, Batch, HEADROOM, MAX_PACKET};
use crate::port::{Outgoing, SendReport};
use crate::socket::{family, socklen};

/// The least that is asked for at a time.
const LEAST_ASKED: usize = 4;

/// Room for one control message of the size of `tpacket_auxdata`, aligned as the kernel wants.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; 64]);

/// An address type that the kernel fills in: plain bytes, for which all zeros are valid.
pub(crate) trait Address: Copy {
    const EMPTY: Self;
}

impl Address for libc::sockaddr_in {
    const EMPTY: Self = Self {
        sin_family: 0,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: 0 },
        sin_zero: [0; 8],
    };
}

impl Address for libc::sockaddr_ll {
    const EMPTY: Self = Self {
        sll_family: 0,
        sll_protocol: 0,
        sll_ifindex: 0,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
}

/// The arrays of `recvmmsg`, made once; `A` is the type of the senders' addresses.
pub(crate) struct Messages<A> {
    headers: Box<[libc::mmsghdr; BATCH_SIZE]>,
    vectors: Box<[libc::iovec; BATCH_SIZE]>,
    addresses: Box<[A; BATCH_SIZE]>,
    controls: Box<[Control; BATCH_SIZE]>,
    /// How many to ask for: all only while many come. What is prepared for the kernel and not
    /// used costs a quiet port more than the packet does.
    asked: usize,
}

// SAFETY: the pointers in `headers` and `vectors` are only used within `receive`, which sets them
// first, and in `Message::control`, where they point into the boxes of the same value; boxes move
// without moving what they hold.
unsafe impl<A: Send> Send for Messages<A> {}

impl<A: Address> Messages<A> {
    pub(crate) fn new() -> Self {
        // SAFETY: null pointers and zero lengths are valid in both types.
        let (header, vector) = unsafe { (mem::zeroed(), mem::zeroed()) };
        Self {
            headers: Box::new([header; BATCH_SIZE]),
            vectors: Box::new([vector; BATCH_SIZE]),
            addresses: Box::new([A::EMPTY; BATCH_SIZE]),
            controls: Box::new([Control([0; 64]); BATCH_SIZE]),
            asked: LEAST_ASKED,
        }
    }

    /// Takes what waits in the socket into the buffers of `batch`, each behind [`HEADROOM`], and
    /// returns how many packets that were. Does not wait.
    ///
    /// The batch does not know of the packets yet: the caller goes through
    /// [`iter`](Self::iter) and pushes each.
    pub(crate) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        batch: &mut Batch,
    ) -> io::Result<usize> {
        let parts = self.headers.iter_mut().zip(self.vectors.iter_mut());
        let parts = parts.zip(self.addresses.iter_mut().zip(self.controls.iter_mut()));
        for (((header, vector), (address, control)), buffer) in
            parts.zip(batch.buffers()).take(self.asked)
        {
            let room = &mut buffer[HEADROOM..HEADROOM + MAX_PACKET];
            vector.iov_base = room.as_mut_ptr().cast();
            vector.iov_len = room.len();
            let header = &mut header.msg_hdr;
            header.msg_name = ptr::from_mut(address).cast();
            header.msg_namelen = socklen::<A>();
            header.msg_iov = vector;
            header.msg_iovlen = 1;
            header.msg_control = ptr::from_mut(control).cast();
            header.msg_controllen = mem::size_of::<Control>() as _;
            header.msg_flags = 0;
        }
        // SAFETY: there are as many headers as said, and each points to memory of the length said
        // with it, in `self` or `batch`, both borrowed exclusively through the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                message_count(self.headers.get(..self.asked).unwrap_or_default()),
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        self.asked = if count == self.asked {
            BATCH_SIZE
        } else {
            (2 * count).clamp(LEAST_ASKED, BATCH_SIZE)
        };
        Ok(count)
    }

    /// The first `count` messages of the last [`receive`](Self::receive).
    pub(crate) fn iter(&self, count: usize) -> impl Iterator<Item = Message<'_, A>> {
        let parts = self.headers.iter().zip(self.addresses.iter());
        parts.take(count).map(|(header, address)| Message { header, address })
    }
}

impl<A> std::fmt::Debug for Messages<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

/// What the kernel wrote about one packet.
pub(crate) struct Message<'a, A> {
    header: &'a libc::mmsghdr,
    /// The sender.
    pub(crate) address: &'a A,
}

impl<A> Message<'_, A> {
    /// Bytes received.
    pub(crate) fn len(&self) -> usize {
        (self.header.msg_len as usize).min(MAX_PACKET)
    }

    /// Whether the packet was longer than its buffer.
    pub(crate) fn is_truncated(&self) -> bool {
        self.header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0
    }

    /// The control message of this kind.
    pub(crate) fn control<T: Copy>(&self, level: i32, kind: i32) -> Option<T> {
        // SAFETY: the kernel filled the control buffer in, and set its length to what it used;
        // the buffer is in the `Messages` that `self` borrows.
        let mut next = unsafe { libc::CMSG_FIRSTHDR(&raw const self.header.msg_hdr) };
        while !next.is_null() {
            // SAFETY: not null, so a whole header within the buffer.
            let found = unsafe { &*next };
            // SAFETY: the call only computes.
            let enough = unsafe { libc::CMSG_LEN(socklen::<T>()) } as usize;
            if (found.cmsg_level, found.cmsg_type) == (level, kind)
                && found.cmsg_len as usize >= enough
            {
                // SAFETY: the message is long enough for a `T`, and the kernel wrote a `T`, plain
                // bytes for which any value is valid; it may lie unaligned.
                return Some(unsafe { libc::CMSG_DATA(next).cast::<T>().read_unaligned() });
            }
            // SAFETY: `next` is a header within the buffer of this message.
            next = unsafe { libc::CMSG_NXTHDR(&raw const self.header.msg_hdr, next) };
        }
        None
    }
}

/// Whether the packets of a send go to an address each, or to where the socket is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressing {
    /// Each to its own `to`; one without is dropped.
    Each,
    /// `to` is not looked at.
    Bound,
}

/// Sends `packets` through `socket` in their order, without waiting, and adds to `report`.
pub(crate) fn send(
    socket: BorrowedFd<'_>,
    packets: &[Outgoing<'_>],
    addressing: Addressing,
    report: &mut SendReport,
) {
    for chunk in packets.chunks(BATCH_SIZE) {
        send_chunk(socket, chunk, addressing, report);
    }
}

fn send_chunk(
    socket: BorrowedFd<'_>,
    packets: &[Outgoing<'_>],
    addressing: Addressing,
    report: &mut SendReport,
) {
    // SAFETY: null pointers and zero lengths are valid in both types.
    let (header, vector): (libc::mmsghdr, libc::iovec) = unsafe { mem::zeroed() };
    let mut headers = [header; BATCH_SIZE];
    let mut vectors = [vector; BATCH_SIZE];
    let mut addresses = [libc::sockaddr_in::EMPTY; BATCH_SIZE];

    let mut count = 0;
    let mut parts = headers.iter_mut().zip(vectors.iter_mut()).zip(addresses.iter_mut());
    for packet in packets {
        if addressing == Addressing::Each && packet.to.is_none() {
            report.drop_one(io::Error::from_raw_os_error(libc::EDESTADDRREQ));
            continue;
        }
        let Some(((header, vector), address)) = parts.next() else { break };
        vector.iov_base = packet.bytes.as_ptr().cast_mut().cast();
        vector.iov_len = packet.bytes.len();
        header.msg_hdr.msg_iov = vector;
        header.msg_hdr.msg_iovlen = 1;
        if let (Addressing::Each, Some(to)) = (addressing, packet.to) {
            *address = to_kernel(to);
            header.msg_hdr.msg_name = ptr::from_mut(address).cast();
            header.msg_hdr.msg_namelen = socklen::<libc::sockaddr_in>();
        }
        count += 1;
    }
    transmit(socket, headers.get_mut(..count).unwrap_or_default(), report);
}

/// Calls `sendmmsg` until each message is sent or dropped.
fn transmit(socket: BorrowedFd<'_>, mut headers: &mut [libc::mmsghdr], report: &mut SendReport) {
    let mut tried_twice = false;
    while !headers.is_empty() {
        // SAFETY: `headers` has the length said; each points to a packet and an address of the
        // length said with it, which the caller keeps; the kernel only reads through them.
        let count = unsafe {
            libc::sendmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                message_count(headers),
                (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
            )
        };
        let done = if let Ok(count) = usize::try_from(count) {
            report.sent += count;
            count.max(1)
        } else {
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                continue;
            }
            // These may be about an earlier packet: the socket tells once, and the next try is
            // about this one.
            let earlier = matches!(error.raw_os_error(), Some(libc::ECONNREFUSED | libc::ENETDOWN));
            if earlier && !tried_twice {
                tried_twice = true;
                continue;
            }
            report.drop_one(error);
            1
        };
        tried_twice = false;
        headers = headers.get_mut(done..).unwrap_or_default();
    }
}

/// Our address as the kernel wants it.
pub(crate) fn to_kernel(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: family(libc::AF_INET),
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
        ..libc::sockaddr_in::EMPTY
    }
}

/// The kernel's address as ours.
pub(crate) fn from_kernel(address: &libc::sockaddr_in) -> SocketAddrV4 {
    let ip = Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr));
    SocketAddrV4::new(ip, u16::from_be(address.sin_port))
}

/// A number of messages, as the kernel counts.
fn message_count(headers: &[libc::mmsghdr]) -> libc::c_uint {
    headers.len().try_into().expect("no more than a batch")
}
