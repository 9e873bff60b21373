//! Ports without a kernel: a segment in memory that ports join.
//!
//! For tests of whoever uses ports. A frame (no destination address) goes to every other port of
//! the segment, as on an Ethernet hub; a datagram goes to the port that is bound to its
//! destination, or is lost, as on an IP network. Queues are bounded, as the kernel's are.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::batch::{BATCH_SIZE, Batch, HEADROOM, MAX_PACKET};
use crate::poll::Event;
use crate::port::{Guard, LinkAddress, OpenPort, Outgoing, SendReport, Sink, Source};

/// Packets that wait at a port before more are dropped.
pub const QUEUE_PACKETS: usize = 4096;

/// A wire or an IP network in memory. Clones are the same segment.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    inboxes: Arc<Mutex<Vec<Arc<Inbox>>>>,
}

/// What waits at a port.
#[derive(Debug)]
struct Inbox {
    /// The address of the port, if it is a datagram port.
    local: Option<SocketAddrV4>,
    queue: Mutex<Queue>,
    /// Set when the queue is not empty or the port is gone.
    ready: Event,
    overflows: AtomicU32,
}

#[derive(Debug, Default)]
struct Queue {
    packets: VecDeque<(Box<[u8]>, Option<SocketAddrV4>)>,
    gone: bool,
}

impl Segment {
    /// An empty segment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new port as a TAP or NIC would be: a station with a MAC address. It leaves the segment,
    /// and is gone to its receiver and senders, when the guard is dropped.
    ///
    /// # Errors
    /// The process has no descriptors left for the events that wake receivers.
    pub fn join(&self, mac: [u8; 6]) -> io::Result<OpenPort> {
        self.open(LinkAddress { mac: Some(mac), mtu: 1500, ..LinkAddress::default() }, None)
    }

    /// A new port as a UDP socket would be, bound to `local`.
    ///
    /// # Errors
    /// `AddrInUse` if another port is bound to it; else as [`join`](Self::join).
    pub fn bind(&self, local: SocketAddrV4) -> io::Result<OpenPort> {
        if lock(&self.inboxes).iter().any(|inbox| inbox.local == Some(local)) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let ip = Some(*local.ip());
        self.open(LinkAddress { ip, mtu: 1500, ..LinkAddress::default() }, Some(local))
    }

    fn open(&self, address: LinkAddress, local: Option<SocketAddrV4>) -> io::Result<OpenPort> {
        let inbox = Arc::new(Inbox {
            local,
            queue: Mutex::default(),
            ready: Event::new()?,
            overflows: AtomicU32::new(0),
        });
        lock(&self.inboxes).push(Arc::clone(&inbox));
        let source = Source::Memory(MemorySource { inbox: Arc::clone(&inbox) });
        let sink = Sink::Memory(MemorySink { inbox: Arc::clone(&inbox), segment: self.clone() });
        let segment = self.clone();
        let guard = Guard::new(move || segment.remove(&inbox));
        OpenPort::new(source, sink, address, guard)
    }

    fn remove(&self, gone: &Arc<Inbox>) {
        lock(&self.inboxes).retain(|inbox| !Arc::ptr_eq(inbox, gone));
        lock(&gone.queue).gone = true;
        gone.ready.set();
    }
}

impl Inbox {
    /// Puts a packet into the queue, or counts it as lost.
    fn deliver(&self, packet: &Outgoing<'_>, from: Option<SocketAddrV4>) {
        let mut queue = lock(&self.queue);
        if queue.packets.len() >= QUEUE_PACKETS {
            self.overflows.fetch_add(1, Ordering::Relaxed);
            return;
        }
        queue.packets.push_back((packet.bytes.into(), from));
        self.ready.set();
    }
}

/// The receiving side.
#[derive(Debug)]
pub(crate) struct MemorySource {
    inbox: Arc<Inbox>,
}

impl MemorySource {
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.inbox.ready.as_fd()
    }

    pub(crate) fn receive(&self, batch: &mut Batch) -> io::Result<()> {
        let mut queue = lock(&self.inbox.queue);
        if queue.gone {
            return Err(io::Error::from_raw_os_error(libc::ENODEV));
        }
        let count = queue.packets.len().min(BATCH_SIZE);
        for (bytes, from) in queue.packets.drain(..count) {
            let len = bytes.len().min(MAX_PACKET);
            let room = batch.next_buffer().and_then(|room| room.get_mut(HEADROOM..HEADROOM + len));
            let (Some(room), Some(kept)) = (room, bytes.get(..len)) else { break };
            room.copy_from_slice(kept);
            batch.push(HEADROOM..HEADROOM + len, from, bytes.len() > len);
        }
        if queue.packets.is_empty() {
            self.inbox.ready.clear();
        }
        Ok(())
    }

    /// Packets dropped because the queue was full, modulo 2^32.
    pub(crate) fn overflows(&self) -> u32 {
        self.inbox.overflows.load(Ordering::Relaxed)
    }
}

/// The sending side.
#[derive(Debug)]
pub(crate) struct MemorySink {
    inbox: Arc<Inbox>,
    segment: Segment,
}

impl MemorySink {
    pub(crate) fn send(&self, packets: &[Outgoing<'_>], report: &mut SendReport) {
        let gone = lock(&self.inbox.queue).gone;
        let inboxes = lock(&self.segment.inboxes);
        for packet in packets {
            if gone {
                report.drop_one(io::Error::from_raw_os_error(libc::ENODEV));
                continue;
            }
            if self.inbox.local.is_some() && packet.to.is_none() {
                report.drop_one(io::Error::from_raw_os_error(libc::EDESTADDRREQ));
                continue;
            }
            let hears = |inbox: &&Arc<Inbox>| match self.inbox.local {
                Some(_) => inbox.local == packet.to,
                None => inbox.local.is_none() && !Arc::ptr_eq(inbox, &self.inbox),
            };
            for inbox in inboxes.iter().filter(hears) {
                inbox.deliver(packet, self.inbox.local);
            }
            report.sent += 1;
        }
    }
}

/// No code panics while it holds one of these locks half-way, so a poisoned one is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
