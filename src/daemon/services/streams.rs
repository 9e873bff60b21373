//! TCP connections of IP services: a task each, with bounded queues in both directions.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ipxway_core::ids::StreamId;
use ipxway_core::router::{Input, StreamAction, StreamEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

use super::Inputs;

/// Connections that are accepted at a time [slp-dhcp-snmp §5.7].
const MOST: usize = 64;
/// Pieces that wait to be sent on one.
const DEPTH: usize = 64;
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the other end may take nothing.
const WRITE: Duration = Duration::from_secs(30);
/// A connection on which nothing happens is closed after so long; the router closes it earlier.
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
    inputs: Inputs,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    orders: HashMap<StreamId, mpsc::Sender<Order>>,
    accepted: usize,
    next: u64,
}

impl Streams {
    pub(super) fn new(inputs: Inputs) -> Self {
        Self { inputs, shared: Arc::default() }
    }

    /// Does what the router wants of a connection.
    pub(super) fn act(&self, id: StreamId, action: StreamAction) {
        match action {
            StreamAction::Connect { from, to } => {
                let (sender, orders) = mpsc::channel(DEPTH);
                self.with(|shared| shared.orders.insert(id, sender));
                tokio::spawn(self.clone().connect(id, from, to, orders));
            }
            StreamAction::Send(bytes) => {
                let full = self.with(|shared| {
                    let sender = shared.orders.get(&id)?;
                    sender.try_send(Order::Send(bytes)).err()
                });
                if full.flatten().is_some() {
                    // The task ends when its orders do, and says so.
                    self.with(|shared| shared.orders.remove(&id));
                }
            }
            StreamAction::Close => {
                self.with(|shared| {
                    if let Some(sender) = shared.orders.remove(&id) {
                        let _ = sender.try_send(Order::Close);
                    }
                });
            }
        }
    }

    /// Closes all: the router that knew them is gone.
    pub(super) fn close_all(&self) {
        self.with(|shared| shared.orders.clear());
    }

    /// Accepts connections to an address of ours.
    pub(super) async fn accept(self, to: Ipv4Addr, listener: TcpListener) {
        loop {
            let Ok((stream, SocketAddr::V4(from))) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (sender, orders) = mpsc::channel(DEPTH);
            let id = self.with(|shared| {
                if shared.accepted >= MOST {
                    return None;
                }
                let id = StreamId(shared.next);
                shared.next += 1;
                shared.accepted += 1;
                shared.orders.insert(id, sender);
                Some(id)
            });
            if let Some(id) = id.flatten() {
                let streams = self.clone();
                tokio::spawn(async move {
                    let event = StreamEvent::Accepted { to, from };
                    streams.tell(id, event).await;
                    streams.carry(id, stream, orders).await;
                    streams.with(|shared| shared.accepted -= 1);
                });
            }
        }
    }

    async fn connect(
        self,
        id: StreamId,
        from: Ipv4Addr,
        to: SocketAddrV4,
        orders: mpsc::Receiver<Order>,
    ) {
        let open = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from((from, 0)))?;
            socket.connect(to.into()).await
        };
        match tokio::time::timeout(CONNECT, open).await {
            Ok(Ok(stream)) => {
                self.tell(id, StreamEvent::Connected).await;
                self.carry(id, stream, orders).await;
            }
            Ok(Err(error)) => self.closed(id, error.to_string()).await,
            Err(_) => self.closed(id, "timed out".to_owned()).await,
        }
    }

    /// Carries bytes in both directions until one end has had enough.
    async fn carry(&self, id: StreamId, mut stream: TcpStream, mut orders: mpsc::Receiver<Order>) {
        let _ = stream.set_nodelay(true);
        let (mut reader, mut writer) = stream.split();
        let mut buffer = BytesMut::new();
        let reason = loop {
            buffer.reserve(PIECE);
            tokio::select! {
                read = reader.read_buf(&mut buffer) => match read {
                    Ok(0) => break Some("closed by the other end".to_owned()),
                    Ok(_) => self.tell(id, StreamEvent::Received(buffer.split().freeze())).await,
                    Err(error) => break Some(error.to_string()),
                },
                order = orders.recv() => match order {
                    Some(Order::Send(bytes)) => {
                        match tokio::time::timeout(WRITE, writer.write_all(&bytes)).await {
                            Ok(Ok(())) => {}
                            Ok(Err(error)) => break Some(error.to_string()),
                            Err(_) => break Some("the other end takes nothing".to_owned()),
                        }
                    }
                    Some(Order::Close) => break None,
                    None => break Some("too much waits to be sent".to_owned()),
                },
                () = tokio::time::sleep(IDLE) => break Some("idle".to_owned()),
            }
        };
        let _ = tokio::time::timeout(WRITE, writer.shutdown()).await;
        if let Some(reason) = reason {
            self.closed(id, reason).await;
        }
    }

    async fn closed(&self, id: StreamId, reason: String) {
        self.with(|shared| shared.orders.remove(&id));
        self.tell(id, StreamEvent::Closed { reason }).await;
    }

    async fn tell(&self, id: StreamId, event: StreamEvent) {
        // Without a control loop nobody wants to know.
        let _ = self.inputs.send(Input::Stream { id, event }).await;
    }

    /// All tasks run on one thread, and none holds this over a wait.
    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> Option<T> {
        self.shared.lock().ok().map(|mut shared| work(&mut shared))
    }
}
