//! A thread per port: receives a batch, forwards each packet, sends what goes on, port by port.
//! At a UDP port NLSP's hellos are set apart by the kernel, and a second thread takes those. As
//! long as they say nothing new it lets them wait: three hundred neighbours at rest say seventeen
//! a second, and to wake for each of them costs several times what is done with it.
//!
//! A thread owns its receiver, its buffers and its counters. It shares with the rest a
//! [`Snapshot`] that it looks up once per batch, the lanes to the control loop, and a block of
//! counters; none of them makes it wait. It allocates nothing but the copy of a packet that is
//! punted, and decides nothing: [`forward::receive`] does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ipxway_core::forward::{
    self, Arrival, Counters, Handling, Lane, Outbound, Outcome, Received, Repeats,
};
use ipxway_core::ids::PortId;
use ipxway_core::router::Input;
use ipxway_drivers::batch::BATCH_SIZE;
use ipxway_drivers::{Batch, Outgoing, Receiver, Waker};

use super::punt::Punts;
use super::snapshot::{CounterBlock, Snapshot, View};

/// The greatest age of what `show counters` shows.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
/// Counts are handed over so often at most. On a quiet port they go with the packet, so that the
/// thread need not wake once more for them.
const FLUSH_GAP: Duration = Duration::from_millis(10);

/// What a thread works with.
#[derive(Debug)]
pub(super) struct Forwarder {
    /// The port it receives on.
    pub(super) port: PortId,
    /// Where it receives.
    pub(super) receiver: Receiver,
    /// When it does.
    pub(super) pace: Pace,
    /// What it forwards by.
    pub(super) view: View,
    /// Where packets for the agent go.
    pub(super) punts: Punts,
    /// Where its counts go.
    pub(super) block: CounterBlock,
}

/// When a thread receives.
#[derive(Debug)]
pub(super) enum Pace {
    /// What comes, at once.
    AtOnce,
    /// What comes, or a little later while nothing but repeated hellos does.
    Patient(Repeats),
}

/// A running thread. Dropping it stops the thread and waits for its end.
#[derive(Debug)]
pub(super) struct Running {
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Forwarder {
    /// Starts the thread. `ended` is called at its end, unless it was stopped: with what
    /// the port said last, or with nothing if the thread itself failed.
    ///
    /// # Errors
    /// The kernel gives no thread.
    pub(super) fn start(
        mut self,
        name: &str,
        ended: impl FnOnce(Option<io::Error>) + Send + 'static,
    ) -> io::Result<Running> {
        let stop = Arc::new(AtomicBool::new(false));
        let waker = self.receiver.waker();
        let stopped = Arc::clone(&stop);
        let work = match self.pace {
            Pace::AtOnce => "fwd",
            Pace::Patient(_) => "nlsp",
        };
        // The kernel shows 15 bytes of it.
        let thread =
            std::thread::Builder::new().name(format!("{work}-{name}")).spawn(move || {
                let work = std::panic::AssertUnwindSafe(|| self.run(&stopped));
                match std::panic::catch_unwind(work) {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => ended(Some(error)),
                    // The panic hook has logged it; the port is opened anew.
                    Err(_) => ended(None),
                }
            })?;
        Ok(Running { stop, waker, thread: Some(thread) })
    }

    /// Forwards until it is stopped, or the port is gone.
    fn run(&mut self, stopped: &AtomicBool) -> io::Result<()> {
        let mut batch = Batch::new();
        let mut counters = Counters::default();
        let mut flushed = Instant::now();
        // There are counts that the block does not have yet.
        let mut pending = false;
        // How long it did not look before this batch.
        let mut rested = Duration::ZERO;
        let result = loop {
            let timeout = pending.then_some(FLUSH_INTERVAL);
            let received = match self.receiver.recv_batch(&mut batch, timeout) {
                Ok(received) => received,
                Err(error) => break Err(error),
            };
            if stopped.load(Ordering::Relaxed) {
                break Ok(());
            }
            // Also after a mere wake-up: an old snapshot holds ports open that were closed.
            let snapshot = self.view.load();
            let mut rest = None;
            if received > 0 {
                let (punts, pace) = (&self.punts, &mut self.pace);
                let mut way = Way { punts, pace, rested, rest: None };
                forward_batch(self.port, snapshot, &mut way, &mut counters, &mut batch);
                pending = true;
                // Behind a full batch there is more.
                rest = way.rest.filter(|rest| received < BATCH_SIZE && *rest > Duration::ZERO);
            }
            if received < BATCH_SIZE {
                rested = Duration::ZERO;
            }
            if pending && (received == 0 || rest.is_some() || flushed.elapsed() >= FLUSH_GAP) {
                pending = !self.block.try_add(&mut counters);
                flushed = Instant::now();
            }
            if let Some(rest) = rest.filter(|_| !pending) {
                let began = Instant::now();
                if let Err(error) = self.receiver.rest(rest) {
                    break Err(error);
                }
                if stopped.load(Ordering::Relaxed) {
                    break Ok(());
                }
                rested = began.elapsed();
                // It may have been woken, for the same reason as above.
                self.view.load();
            }
        };
        // At the end it may wait: the reader is done in a microsecond.
        while pending && !self.block.try_add(&mut counters) {
            std::thread::yield_now();
        }
        result
    }
}

impl Running {
    /// Has the thread look at the newest snapshot, and let go of the old one.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            let _ = thread.join();
        }
    }
}

/// Packets of a batch that go on, in the order of arrival.
struct Queue<'a> {
    packets: [(PortId, Outgoing<'a>); BATCH_SIZE],
    len: usize,
}

impl<'a> Queue<'a> {
    fn new() -> Self {
        let nothing = (PortId(0), Outgoing { bytes: &[], to: None });
        Self { packets: [nothing; BATCH_SIZE], len: 0 }
    }

    fn push(&mut self, outbound: Outbound, bytes: &'a [u8]) {
        let (port, to) = match outbound {
            Outbound::Frame { port } => (port, None),
            Outbound::Datagram { port, to, .. } => (port, Some(to)),
        };
        // A batch has no more packets than this has places.
        if let Some(place) = self.packets.get_mut(self.len) {
            *place = (port, Outgoing { bytes, to });
            self.len += 1;
        }
    }

    /// Sends all of them, one call a port; the order is kept for each port.
    fn send(self, snapshot: &Snapshot, counters: &mut Counters) {
        let mut rest: &[(PortId, Outgoing<'a>)] = self.packets.get(..self.len).unwrap_or(&[]);
        let mut sent_ports: [Option<PortId>; BATCH_SIZE] = [None; BATCH_SIZE];
        let mut ports = 0;
        while let Some((&(port, _), behind)) = rest.split_first() {
            let known = sent_ports.get(..ports).is_some_and(|sent| sent.contains(&Some(port)));
            if !known {
                send_to(port, rest, snapshot, counters);
                if let Some(place) = sent_ports.get_mut(ports) {
                    *place = Some(port);
                    ports += 1;
                }
            }
            rest = behind;
        }
    }
}

/// Sends those of `packets` that leave by `port`.
fn send_to(
    port: PortId,
    packets: &[(PortId, Outgoing<'_>)],
    snapshot: &Snapshot,
    counters: &mut Counters,
) {
    let mut group = [Outgoing { bytes: &[], to: None }; BATCH_SIZE];
    let mine = packets.iter().filter(|(egress, _)| *egress == port);
    let mut count = 0;
    for (place, &(_, packet)) in group.iter_mut().zip(mine) {
        *place = packet;
        count += 1;
    }
    let group = group.get(..count).unwrap_or(&[]);
    let dropped = match snapshot.sender(port) {
        Some(sender) => sender.send_batch(group).dropped,
        // It has just been closed; the router will say so in its next table.
        None => group.len(),
    };
    counters.port(port).out_errors += dropped as u64;
}

/// A thread's way to the router, for a batch.
pub(super) struct Way<'a> {
    pub(super) punts: &'a Punts,
    pub(super) pace: &'a mut Pace,
    /// How long it did not look: no packet has waited longer.
    pub(super) rested: Duration,
    /// How long the next ones may wait, by those that went so far.
    pub(super) rest: Option<Duration>,
}

impl Way<'_> {
    /// A packet for the router, which came `age` ago.
    pub(super) fn punt(
        &mut self,
        counters: &mut Counters,
        lane: Lane,
        found: &Received,
        age: Duration,
        packet: &[u8],
    ) {
        let may_wait = match self.pace {
            Pace::AtOnce => Duration::ZERO,
            Pace::Patient(repeats) => repeats.may_wait(lane, found, packet),
        };
        self.rest = Some(self.rest.map_or(may_wait, |rest| rest.min(may_wait)));
        let &Received { circuit, from, broadcast, .. } = found;
        // Its age is by the time of day, which somebody may have set.
        let waited = age.min(self.rested);
        let packet = Bytes::copy_from_slice(packet);
        let input = Input::Packet { circuit, from, broadcast, waited, packet };
        if !self.punts.packet(lane, input) {
            counters.circuit(circuit).outcomes.count(Outcome::PuntOverflow);
        }
    }
}

/// Takes every packet of a batch through the data plane.
fn forward_batch(
    port: PortId,
    snapshot: &Snapshot,
    way: &mut Way<'_>,
    counters: &mut Counters,
    batch: &mut Batch,
) {
    let mut queue = Queue::new();
    for received in batch.iter_mut() {
        let arrival = match received.from {
            Some(from) => Arrival::Datagram { port, from },
            None => Arrival::Frame { port },
        };
        let (range, age) = (received.range, received.age);
        match forward::receive(&snapshot.fib, counters, arrival, received.buffer, range) {
            Handling::Send { outbound, bytes } => {
                // The range is of this very buffer.
                queue.push(outbound, received.buffer.get(bytes).unwrap_or(&[]));
            }
            Handling::Punt { lane, received: found, bytes } => {
                let packet = received.buffer.get(bytes).unwrap_or(&[]);
                way.punt(counters, lane, &found, age, packet);
            }
            Handling::Tell(input) => way.punts.notice(input),
            Handling::Nothing => {}
        }
    }
    queue.send(snapshot, counters);
}
