//! A port as its users see it, whatever kernel object is behind.
//!
//! There is one owner of the [`Receiver`], who may wait; everybody may have a [`Sender`], which
//! never waits. Nothing here fails because of a packet: what the kernel does not take is dropped
//! and said in the [`SendReport`], what it has to complain about on receive is counted
//! ([`ReceiveCounts`]). An error means that the port itself is gone; its owner closes it and may
//! open it again.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use crate::batch::Batch;
use crate::poll::Waker;

/// An open port, in the parts that go to different owners.
#[derive(Debug)]
pub struct OpenPort {
    /// Takes packets in; belongs to the forwarding thread.
    pub receiver: Receiver,
    /// Sends packets; clone it freely.
    pub sender: Sender,
    /// What the port is called on its link.
    pub address: LinkAddress,
    /// Undoes on drop what opening did. Keep it as long as the port is in use.
    pub guard: Guard,
}

/// The names of a port on its link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkAddress {
    /// The station's own MAC address, to send from and to answer to. On a TAP it is *not* the
    /// address of the kernel's device (see [`TapOptions`](crate::TapOptions)). `None` on UDP.
    pub mac: Option<[u8; 6]>,
    /// The local address of a UDP port.
    pub ip: Option<Ipv4Addr>,
    /// Bytes that fit behind an Ethernet header or in an IP packet: 68 to 65535.
    pub mtu: u16,
    /// The kernel's interface index, 0 if there is none. On UDP: of the interface that has the
    /// address.
    pub index: u32,
}

/// The receiving end of a port.
#[derive(Debug, Default)]
pub struct Receiver {
    _todo: (),
}

/// What went wrong on receive without ending the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiveCounts {
    /// Packets that the kernel dropped because the port's queue was full. Not known (0) on TAP.
    pub overflows: u64,
    /// Errors that passed: the link went down, an ICMP message came.
    pub soft_errors: u64,
    /// The kind of the last of them.
    pub last_soft_error: Option<io::ErrorKind>,
}

impl Receiver {
    /// Waits until a packet is there, `timeout` passes or the [`waker`](Self::waker) is used;
    /// then takes what is there into `batch`, up to its size, without waiting again.
    ///
    /// Returns how many came: `Ok(0)` when time ran out or somebody woke the thread. `None`
    /// waits without end, [`Duration::ZERO`] not at all. A wake-up is never lost: one that
    /// happens between two calls ends the next wait. What `batch` held is gone.
    ///
    /// # Errors
    /// The port is gone for good: its device was deleted or moved to another namespace. A link
    /// that is down is no error; packets come again when it is up.
    pub fn recv_batch(
        &mut self,
        batch: &mut Batch,
        timeout: Option<Duration>,
    ) -> io::Result<usize> {
        let _ = (batch, timeout);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// A handle with which any thread ends a wait in [`recv_batch`](Self::recv_batch).
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::default()
    }

    /// Counts since the port was opened.
    pub fn counts(&mut self) -> ReceiveCounts {
        ReceiveCounts::default()
    }
}

/// The sending end of a port: shared by all forwarding threads and the control loop.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    _todo: Arc<()>,
}

/// A packet to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The frame (TAP, NIC) or payload (UDP), whole.
    pub bytes: &'a [u8],
    /// Where a UDP port sends it; not looked at by the others.
    pub to: Option<SocketAddrV4>,
}

/// What became of the packets of one [`Sender::send_batch`].
#[derive(Debug, Default)]
pub struct SendReport {
    /// Packets that the kernel took.
    pub sent: usize,
    /// Packets that it did not take: the sum over `drops`.
    pub dropped: usize,
    /// Why it did not.
    pub drops: Drops,
    /// What the kernel said about the last packet dropped.
    pub last_error: Option<io::Error>,
    /// The device is not there any more; the receiver learns it too.
    pub gone: bool,
}

/// Dropped packets by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// A queue or buffer of the kernel was full.
    pub full: usize,
    /// The link is down, or the device gone.
    pub down: usize,
    /// No route, a firewall rule, or the far side refused.
    pub unreachable: usize,
    /// Longer than the link allows.
    pub too_long: usize,
    /// Anything else: a frame without a whole Ethernet header, a UDP packet without address.
    pub invalid: usize,
}

impl Sender {
    /// Sends `packets` in their order. Never waits: what the kernel does not take at once is
    /// dropped, and the rest is still tried.
    pub fn send_batch(&self, packets: &[Outgoing<'_>]) -> SendReport {
        SendReport { dropped: packets.len(), ..SendReport::default() }
    }
}

/// Undoes on drop what opening the port did: removes the device that we made, sets back what we
/// changed on one that we found.
///
/// After this the receiver and the senders of a removed device report it gone.
#[derive(Debug, Default)]
pub struct Guard {
    _todo: (),
}
