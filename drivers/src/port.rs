//! A port as its users see it, whatever kernel object is behind.
//!
//! There is one owner of the [`Receiver`], who may wait; everybody may have a [`Sender`], which
//! never waits. Nothing here fails because of a packet: what the kernel does not take is dropped
//! and said in the [`SendReport`], what it has to complain about on receive is counted
//! ([`ReceiveCounts`]). An error means that the port itself is gone; its owner closes it and may
//! open it again.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::memory::{MemorySink, MemorySource};
use crate::packet::{PacketSink, PacketSource};
use crate::poll::{self, Event, Waker};
use crate::tap::{TapSink, TapSource};
use crate::udp::{UdpSink, UdpSource};

/// An open port, in the parts that go to different owners.
#[derive(Debug)]
pub struct OpenPort {
    /// Takes packets in; belongs to the forwarding thread.
    pub receiver: Receiver,
    /// Takes in what is set apart ([`UdpOptions::apart`](crate::UdpOptions)), if anything is.
    pub apart: Option<Receiver>,
    /// Sends packets; clone it freely.
    pub sender: Sender,
    /// What the port is called on its link.
    pub address: LinkAddress,
    /// Undoes on drop what opening did. Keep it as long as the port is in use.
    pub guard: Guard,
}

impl OpenPort {
    /// Puts a port together.
    pub(crate) fn new(
        source: Source,
        sink: Sink,
        address: LinkAddress,
        guard: Guard,
    ) -> io::Result<Self> {
        let event = Arc::new(Event::new()?);
        let sender = Sender { sink: Arc::new(sink), event: Arc::clone(&event) };
        let receiver = Receiver::new(source, event);
        Ok(Self { receiver, apart: None, sender, address, guard })
    }

    /// The same with another source for what is set apart.
    pub(crate) fn with_apart(self, source: Option<Source>) -> io::Result<Self> {
        let new = |source| Ok::<_, io::Error>(Receiver::new(source, Arc::new(Event::new()?)));
        Ok(Self { apart: source.map(new).transpose()?, ..self })
    }
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
#[derive(Debug)]
pub struct Receiver {
    source: Source,
    event: Arc<Event>,
    counts: ReceiveCounts,
    /// The kernel's own count of overflows when it was last read.
    overflows: u32,
}

/// What went wrong on receive without ending the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiveCounts {
    /// Packets that the kernel dropped because the port's queue was full, and on UDP also those
    /// with a wrong checksum. Not known (0) on TAP.
    pub overflows: u64,
    /// Errors that passed: the link went down, an ICMP message came.
    pub soft_errors: u64,
    /// The kind of the last of them.
    pub last_soft_error: Option<io::ErrorKind>,
}

/// What is behind a receiver.
#[derive(Debug)]
pub(crate) enum Source {
    Tap(TapSource),
    Packet(PacketSource),
    Udp(UdpSource),
    Memory(MemorySource),
}

impl Receiver {
    fn new(source: Source, event: Arc<Event>) -> Self {
        Self { source, event, counts: ReceiveCounts::default(), overflows: 0 }
    }

    /// Waits for `time` whatever comes, or until the [`waker`](Self::waker) is used; packets stay
    /// in the kernel.
    ///
    /// # Errors
    /// The kernel cannot wait.
    pub fn rest(&self, time: Duration) -> io::Result<()> {
        poll::wait(None, &self.event, Some(time)).map(|_| ())
    }

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
        let busy = batch.len() > 1;
        batch.clear();
        // Under load there is always something, and neither the clock nor poll is asked.
        if busy {
            self.receive(batch)?;
            if !batch.is_empty() {
                return Ok(batch.len());
            }
        }
        let started = Instant::now();
        loop {
            let left = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
            let ready =
                poll::wait(Some(self.source.fd()), &self.event, self.source.patience(left))?;
            if ready.input {
                self.receive(batch)?;
            }
            self.source.check()?;
            if !batch.is_empty() || ready.woken || left == Some(Duration::ZERO) {
                return Ok(batch.len());
            }
        }
    }

    /// Takes what is there, and tells what ends the port from what passes.
    fn receive(&mut self, batch: &mut Batch) -> io::Result<()> {
        let Err(error) = self.source.receive(batch) else { return Ok(()) };
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EINTR) => Ok(()),
            Some(
                libc::ENETDOWN
                | libc::ENETUNREACH
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::ECONNREFUSED
                | libc::EPROTO
                | libc::ENOPROTOOPT
                | libc::EMSGSIZE
                | libc::EACCES
                | libc::EIO
                | libc::ENOBUFS
                | libc::ENOMEM,
            ) => {
                self.counts.soft_errors += 1;
                self.counts.last_soft_error = Some(error.kind());
                self.source.check()
            }
            _ => Err(error),
        }
    }

    /// A handle with which any thread ends a wait in [`recv_batch`](Self::recv_batch).
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::new(Arc::clone(&self.event))
    }

    /// Counts since the port was opened. Asks the kernel: for once a second, not for each packet.
    pub fn counts(&mut self) -> ReceiveCounts {
        let overflows = self.source.overflows();
        self.counts.overflows += u64::from(overflows.wrapping_sub(self.overflows));
        self.overflows = overflows;
        self.counts
    }
}

impl Source {
    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tap(source) => source.fd(),
            Self::Packet(source) => source.fd(),
            Self::Udp(source) => source.fd(),
            Self::Memory(source) => source.fd(),
        }
    }

    /// Takes what is there into `batch`. An error only if nothing was taken.
    fn receive(&mut self, batch: &mut Batch) -> io::Result<()> {
        match self {
            Self::Tap(source) => source.receive(batch),
            Self::Packet(source) => source.receive(batch),
            Self::Udp(source) => source.receive(batch),
            Self::Memory(source) => source.receive(batch),
        }
    }

    /// How long of `left` to wait before the next [`check`](Self::check).
    fn patience(&self, left: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Packet(source) => source.patience(left),
            Self::Tap(_) | Self::Udp(_) | Self::Memory(_) => left,
        }
    }

    /// An error if the device is gone and reading does not say so by itself.
    fn check(&self) -> io::Result<()> {
        match self {
            Self::Packet(source) => source.check(),
            Self::Tap(_) | Self::Udp(_) | Self::Memory(_) => Ok(()),
        }
    }

    /// Packets dropped for want of room, modulo 2^32.
    fn overflows(&mut self) -> u32 {
        match self {
            Self::Tap(_) => 0,
            Self::Packet(source) => source.overflows(),
            Self::Udp(source) => source.overflows(),
            Self::Memory(source) => source.overflows(),
        }
    }
}

/// The sending end of a port: shared by all forwarding threads and the control loop.
#[derive(Clone, Debug)]
pub struct Sender {
    sink: Arc<Sink>,
    event: Arc<Event>,
}

/// What is behind a sender.
#[derive(Debug)]
pub(crate) enum Sink {
    Tap(TapSink),
    Packet(PacketSink),
    Udp(UdpSink),
    Memory(MemorySink),
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

impl SendReport {
    /// Counts a packet that the kernel did not take.
    pub(crate) fn drop_one(&mut self, error: io::Error) {
        let drops = &mut self.drops;
        let reason = match error.raw_os_error() {
            Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => &mut drops.full,
            // A TAP that is down says EIO; EBADFD and the two after it, that there is no device.
            Some(libc::ENETDOWN | libc::EIO) => &mut drops.down,
            Some(libc::EBADFD | libc::ENXIO | libc::ENODEV) => {
                self.gone = true;
                &mut drops.down
            }
            Some(
                libc::ENETUNREACH
                | libc::EHOSTUNREACH
                | libc::EHOSTDOWN
                | libc::ECONNREFUSED
                | libc::EPERM
                | libc::EACCES,
            ) => &mut drops.unreachable,
            Some(libc::EMSGSIZE) => &mut drops.too_long,
            _ => &mut drops.invalid,
        };
        *reason += 1;
        self.dropped += 1;
        self.last_error = Some(error);
    }
}

impl Sender {
    /// Sends `packets` in their order. Never waits: what the kernel does not take at once is
    /// dropped, and the rest is still tried.
    pub fn send_batch(&self, packets: &[Outgoing<'_>]) -> SendReport {
        let mut report = SendReport::default();
        match &*self.sink {
            Sink::Tap(sink) => sink.send(packets, &mut report),
            Sink::Packet(sink) => sink.send(packets, &mut report),
            Sink::Udp(sink) => sink.send(packets, &mut report),
            Sink::Memory(sink) => sink.send(packets, &mut report),
        }
        if report.gone {
            // The socket tells this only once; the receiver must not wait for it in vain.
            self.event.set();
        }
        report
    }
}

/// Undoes on drop what opening the port did: removes the device that we made, sets back what we
/// changed on one that we found.
///
/// After this the receiver and the senders of a removed device report it gone. Drop it on a
/// thread of the network namespace in which the port was opened.
#[must_use = "dropping the guard closes what it guards"]
#[derive(Default)]
pub struct Guard {
    undo: Option<Box<dyn FnOnce() + Send>>,
}

impl Guard {
    /// A guard with nothing to undo.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// A guard that calls `undo` on drop.
    pub(crate) fn new(undo: impl FnOnce() + Send + 'static) -> Self {
        Self { undo: Some(Box::new(undo)) }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            undo();
        }
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("armed", &self.undo.is_some()).finish()
    }
}
