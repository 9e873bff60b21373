//! TCP connections of IP services: a task each, with a bounded queue of what is to be sent.
//!
//! ```text
//!   router ── Send ──► queue ──► the other end ──► Received ──► lane ──► router
//! ```
//!
//! Both directions go on at once: two directory agents that send each other more than the kernel
//! holds must not wait for each other. What is queued when the other end has said its last word
//! still goes out: it may be the answer to that word.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use ipxway_core::ids::StreamId;
use ipxway_core::router::{Input, StreamAction, StreamEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc};

use super::{Arrival, Arrivals};

/// Connections that are accepted at a time [slp-dhcp-snmp §5.7].
const MOST: usize = 64;
/// Bytes that wait to be sent on one. A whole registry is less.
const QUEUED: usize = 16 << 20;
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the other end may take nothing.
const WRITE: Duration = Duration::from_secs(30);
/// How long the other end may take to close, once we have. A socket that is gone while something
/// still comes makes the kernel reset the connection, and take back what is on its way.
const LINGER: Duration = Duration::from_secs(5);
/// A connection on which nothing comes is closed after so long; the router closes it earlier.
const IDLE: Duration = Duration::from_secs(600);
/// Bytes that are read at a time.
const PIECE: usize = 16 * 1024;

/// What a connection's task is told.
enum Order {
    Send(Bytes),
    Close,
}

/// The connections that there are.
#[derive(Clone)]
pub(super) struct Streams {
    arrivals: Arrivals,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    lines: HashMap<StreamId, Line>,
    next: u64,
    /// Which router they belong to.
    epoch: u64,
}

/// A connection, as others than its task know it. The task ends once this is gone.
struct Line {
    orders: mpsc::UnboundedSender<Order>,
    task: Arc<Task>,
    accepted: bool,
}

/// What a connection's task shares with others.
#[derive(Default)]
struct Task {
    epoch: u64,
    /// Bytes that wait to be sent.
    queued: AtomicUsize,
    /// When something came last.
    heard: Mutex<Option<Instant>>,
    /// Why it was ended from outside, and the call that says so.
    ended: OnceLock<&'static str>,
    end: Notify,
}

/// Why nothing more is sent.
enum Written {
    /// The router wanted it so, or can want nothing any more.
    Over,
    Broken(String),
}

impl Streams {
    pub(super) fn new(arrivals: Arrivals) -> Self {
        Self { arrivals, shared: Arc::default() }
    }

    /// Does what the router wants of a connection.
    pub(super) fn act(&self, id: StreamId, action: StreamAction) {
        match action {
            StreamAction::Connect { from, to } => {
                let (task, orders) = self.with(|shared| shared.add(id, false));
                tokio::spawn(self.clone().connect(id, task, from, to, orders));
            }
            StreamAction::Send(bytes) => self.with(|shared| {
                let Some(line) = shared.lines.get(&id) else { return };
                if line.task.queued.fetch_add(bytes.len(), Ordering::Relaxed) > QUEUED {
                    shared.end(id, "too much waits to be sent");
                } else {
                    let _ = line.orders.send(Order::Send(bytes));
                }
            }),
            StreamAction::Close => self.with(|shared| {
                if let Some(line) = shared.lines.remove(&id) {
                    let _ = line.orders.send(Order::Close);
                }
            }),
        }
    }

    /// The router knows that a connection is over: nothing more will be sent on it.
    pub(super) fn forget(&self, id: StreamId) {
        self.with(|shared| drop(shared.lines.remove(&id)));
    }

    /// Closes all: the router that knew them is gone, and what they still say is for nobody.
    pub(super) fn close_all(&self) {
        self.with(|shared| {
            shared.epoch += 1;
            shared.lines.clear();
        });
    }

    /// Which router connections belong to; another number after [`close_all`](Self::close_all).
    pub(super) fn epoch(&self) -> u64 {
        self.with(|shared| shared.epoch)
    }

    /// Accepts connections to an address of ours. Where there are too many the one goes on which
    /// nothing came for longest.
    pub(super) async fn accept(self, to: Ipv4Addr, listener: TcpListener) {
        loop {
            let Ok((stream, SocketAddr::V4(from))) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (id, task, orders) = self.with(|shared| {
                shared.make_room();
                let id = StreamId(shared.next);
                shared.next += 1;
                let (task, orders) = shared.add(id, true);
                (id, task, orders)
            });
            let streams = self.clone();
            tokio::spawn(async move {
                streams.tell(&task, id, StreamEvent::Accepted { to, from }).await;
                streams.carry(id, &task, stream, orders).await;
            });
        }
    }

    async fn connect(
        self,
        id: StreamId,
        task: Arc<Task>,
        from: Ipv4Addr,
        to: SocketAddrV4,
        orders: mpsc::UnboundedReceiver<Order>,
    ) {
        let open = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from((from, 0)))?;
            socket.connect(to.into()).await
        };
        let reason = match tokio::time::timeout(CONNECT, open).await {
            Ok(Ok(stream)) => {
                self.tell(&task, id, StreamEvent::Connected).await;
                return self.carry(id, &task, stream, orders).await;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "timed out".to_owned(),
        };
        self.tell(&task, id, StreamEvent::Closed { reason }).await;
    }

    /// Carries bytes in both directions until one end has had enough.
    async fn carry(
        &self,
        id: StreamId,
        task: &Task,
        stream: TcpStream,
        orders: mpsc::UnboundedReceiver<Order>,
    ) {
        let _ = stream.set_nodelay(true);
        let (mut reader, writer) = stream.into_split();
        let mut write = std::pin::pin!(write(task, writer, orders));
        let reason = tokio::select! {
            read = self.read(id, task, &mut reader) => match read {
                Ok(()) => {
                    let reason = "closed by the other end".to_owned();
                    self.tell(task, id, StreamEvent::Closed { reason }).await;
                    // Until the router has heard that, it may answer what came before.
                    tokio::select! {
                        _ = write => {}
                        () = task.end.notified() => {}
                    }
                    return;
                }
                Err(error) => error.to_string(),
            },
            written = &mut write => match written {
                Written::Broken(reason) => reason,
                Written::Over => {
                    let _ = tokio::time::timeout(LINGER, discard(&mut reader)).await;
                    return;
                }
            },
            // Whatever it is still about to send.
            () = task.end.notified() => task.ended.get().copied().unwrap_or_default().to_owned(),
        };
        self.tell(task, id, StreamEvent::Closed { reason }).await;
    }

    /// Reads until the other end has said its last word.
    async fn read(&self, id: StreamId, task: &Task, reader: &mut OwnedReadHalf) -> io::Result<()> {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(PIECE);
            let read = tokio::time::timeout(IDLE, reader.read_buf(&mut buffer)).await;
            match read.map_err(|_| io::Error::other("idle"))?? {
                0 => return Ok(()),
                _ => {
                    task.hears();
                    let event = StreamEvent::Received(buffer.split().freeze());
                    self.tell(task, id, event).await;
                }
            }
        }
    }

    async fn tell(&self, task: &Task, id: StreamId, event: StreamEvent) {
        let arrival = Arrival { epoch: Some(task.epoch), input: Input::Stream { id, event } };
        // Without a control loop nobody wants to know.
        let _ = self.arrivals.send(arrival).await;
    }

    /// All tasks run on one thread, and none holds this over a wait. What a task that panicked
    /// has left is whole: nothing here is changed in steps.
    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Sends what is ordered, until nothing more can be. Then the other end is told that this was all.
async fn write(
    task: &Task,
    mut writer: OwnedWriteHalf,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> Written {
    while let Some(Order::Send(bytes)) = orders.recv().await {
        match tokio::time::timeout(WRITE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Written::Broken(error.to_string()),
            Err(_) => return Written::Broken("the other end takes nothing".to_owned()),
        }
        task.queued.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
    if task.ended.get().is_some() {
        // Who ended it tells why.
        std::future::pending::<()>().await;
    }
    let _ = tokio::time::timeout(WRITE, writer.shutdown()).await;
    Written::Over
}

/// Reads what nobody wants to know, until the other end closes.
async fn discard(reader: &mut OwnedReadHalf) {
    let mut buffer = [0; 1024];
    while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
}

impl Task {
    fn hears(&self) {
        if let Ok(mut heard) = self.heard.lock() {
            *heard = Some(Instant::now());
        }
    }

    fn heard(&self) -> Option<Instant> {
        self.heard.lock().ok().and_then(|heard| *heard)
    }
}

impl Shared {
    fn add(&mut self, id: StreamId, accepted: bool) -> (Arc<Task>, mpsc::UnboundedReceiver<Order>) {
        let (sender, orders) = mpsc::unbounded_channel();
        let task = Arc::new(Task { epoch: self.epoch, ..Task::default() });
        task.hears();
        let line = Line { orders: sender, task: Arc::clone(&task), accepted };
        self.lines.insert(id, line);
        (task, orders)
    }

    /// Ends a connection, whatever it still has to send.
    fn end(&mut self, id: StreamId, reason: &'static str) {
        if let Some(line) = self.lines.remove(&id) {
            let _ = line.task.ended.set(reason);
            line.task.end.notify_one();
        }
    }

    fn make_room(&mut self) {
        let accepted = || self.lines.iter().filter(|(_, line)| line.accepted);
        if accepted().count() >= MOST
            && let Some((&id, _)) = accepted().min_by_key(|(_, line)| line.task.heard())
        {
            self.end(id, "another one came, and this was idle for longest");
        }
    }
}

#[cfg(test)]
mod tests;
