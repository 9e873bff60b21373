//! The answering side of the control socket: a task that accepts, a task per client, and
//! [`Server`], by which the control loop takes requests and gives replies.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ipxway_core::ids::RequestId;
use ipxway_core::router::{Command, EventRow, Input, Reply};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc};
use tokio::task::JoinHandle;

use crate::config::origins::Setting;

use super::claim::{Claim, ClaimError, Endpoint};
use super::lines::Lines;
use super::protocol::{Answer, Greeting, MAX_REQUEST, Request, ResponseLine, parse_request};

/// Clients at a time.
pub const MAX_CLIENTS: usize = 32;
/// Requests that wait for the control loop: one of each client.
const WAITING: usize = MAX_CLIENTS;
/// Replies that wait for one client to read them. Only pings have more than one, and those come
/// at a human pace.
const UNREAD: usize = 16;
/// Events that wait for a client that follows them; who is slower misses some, and is told.
const UNREAD_EVENTS: usize = 256;
/// How long a client may leave a line unread before it is cut off.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// Pause after the kernel refused to accept: it has no descriptors or no memory left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// One reply of the router, and whether it is the last one.
type Part = (Reply, bool);

/// What a client's task tells the control loop.
#[derive(Debug)]
enum Asked {
    Command {
        id: RequestId,
        command: Command,
        parts: mpsc::Sender<Part>,
    },
    /// The client of this request, which is under way, no longer wants it.
    Gone(RequestId),
}

/// The control loop's end of the control socket. Dropping it closes the socket and cuts off every
/// client.
#[derive(Debug)]
pub struct Server {
    asked: mpsc::Receiver<Asked>,
    /// Who waits for replies.
    waiting: BTreeMap<RequestId, mpsc::Sender<Part>>,
    /// Requests whose client turned out to be gone or stuck when a reply came.
    abandoned: VecDeque<RequestId>,
    events: broadcast::Sender<EventRow>,
    acceptor: JoinHandle<()>,
    clients: Arc<Shared>,
    _claim: Claim,
}

/// What the tasks share.
#[derive(Debug)]
struct Shared {
    greeting: Greeting,
    settings: Vec<Setting>,
    last_id: AtomicU64,
    asked: mpsc::Sender<Asked>,
    events: broadcast::Sender<EventRow>,
    places: Arc<Semaphore>,
}

impl Server {
    /// Takes the socket and starts to listen. `name` is the agent's, `settings` its configuration.
    ///
    /// # Errors
    /// [`ClaimError`] if another agent, or something else, is in the way.
    pub async fn start(
        endpoint: &Endpoint,
        name: &str,
        settings: Vec<Setting>,
    ) -> Result<Self, ClaimError> {
        let (listener, claim) = endpoint.claim().await?;
        let (ask, asked) = mpsc::channel(WAITING);
        let (events, _) = broadcast::channel(UNREAD_EVENTS);
        let clients = Arc::new(Shared {
            greeting: Greeting {
                name: name.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
            },
            settings,
            last_id: AtomicU64::new(0),
            asked: ask,
            events: events.clone(),
            places: Arc::new(Semaphore::new(MAX_CLIENTS)),
        });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&clients)));
        Ok(Self {
            asked,
            waiting: BTreeMap::new(),
            abandoned: VecDeque::new(),
            events,
            acceptor,
            clients,
            _claim: claim,
        })
    }

    /// The next request, as an input of the router. May be dropped and called again.
    pub async fn next(&mut self) -> Input {
        loop {
            if let Some(id) = self.abandoned.pop_front() {
                return Input::Command { id, command: Command::Cancel };
            }
            match self.asked.recv().await {
                Some(Asked::Command { id, command, parts }) => {
                    self.waiting.insert(id, parts);
                    return Input::Command { id, command };
                }
                Some(Asked::Gone(id)) => {
                    if self.waiting.remove(&id).is_some() {
                        return Input::Command { id, command: Command::Cancel };
                    }
                }
                // Never: we hold a sender ourselves, in `clients`.
                None => std::future::pending().await,
            }
        }
    }

    /// Passes a reply on. A client that has not read the last ones is cut off, and its request
    /// cancelled.
    pub fn reply(&mut self, id: RequestId, reply: Reply, done: bool) {
        let Some(parts) = self.waiting.get(&id) else { return };
        let sent = parts.try_send((reply, done)).is_ok();
        if done || !sent {
            self.waiting.remove(&id);
        }
        if !done && !sent {
            self.abandoned.push_back(id);
        }
    }

    /// Ends every request that is under way, with this reason. For a router that starts anew.
    pub fn fail_all(&mut self, reason: &str) {
        for parts in std::mem::take(&mut self.waiting).into_values() {
            let _ = parts.try_send((Reply::Failed { reason: reason.to_owned() }, true));
        }
    }

    /// Tells those who follow events.
    pub fn tell(&self, event: EventRow) {
        // Nobody follows: that is no error.
        let _ = self.events.send(event);
    }

    /// Clients that are connected.
    #[must_use]
    pub fn clients(&self) -> usize {
        MAX_CLIENTS - self.clients.places.available_permits()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match Arc::clone(&shared.places).try_acquire_owned() {
                Ok(place) => {
                    tokio::spawn(serve(stream, Arc::clone(&shared), place));
                }
                Err(_) => turn_away(&stream),
            },
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Says why, as far as the socket's buffer takes it, and hangs up.
fn turn_away(stream: &UnixStream) {
    let reason =
        format!("{MAX_CLIENTS} clients are connected already, and that is the most: try again");
    let line = ResponseLine::line(0, Answer::Refused { reason }, true);
    let _ = stream.try_write(&line);
}

async fn serve(stream: UnixStream, shared: Arc<Shared>, _place: OwnedSemaphorePermit) {
    let (reader, writer) = stream.into_split();
    let mut client = Connection { lines: Lines::new(reader, MAX_REQUEST), writer, shared };
    // Both ends mean that the client has gone or is cut off; neither is worth a word.
    let _ = client.serve().await;
}

/// A client's task. Its errors mean that the client has gone, or is not worth to be kept.
struct Connection {
    lines: Lines<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    shared: Arc<Shared>,
}

impl Connection {
    async fn serve(&mut self) -> io::Result<()> {
        loop {
            let line = match self.lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let reason = error.to_string();
                    return self.write(0, Answer::Refused { reason }, true).await;
                }
            };
            let request = match parse_request(&line) {
                Ok(request) => request,
                Err(fault) => {
                    self.write(fault.id, Answer::Refused { reason: fault.reason }, true).await?;
                    continue;
                }
            };
            match request.request {
                Request::Hello => {
                    let greeting = self.shared.greeting.clone();
                    self.write(request.id, Answer::Hello(greeting), true).await?;
                }
                Request::Config => {
                    let settings = self.shared.settings.clone();
                    self.write(request.id, Answer::Config(settings), true).await?;
                }
                Request::Follow => self.follow(request.id).await?,
                Request::Ask(Command::Cancel) => {
                    let reason = "there is nothing to cancel".to_owned();
                    self.write(request.id, Answer::Refused { reason }, true).await?;
                }
                Request::Ask(command) => self.carry_out(request.id, command).await?,
            }
        }
    }

    /// Hands a command to the control loop and the replies to the client, until the last one.
    async fn carry_out(&mut self, request: u64, command: Command) -> io::Result<()> {
        let id = RequestId(self.shared.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, mut parts) = mpsc::channel(UNREAD);
        self.tell_loop(Asked::Command { id, command, parts: sender }).await?;
        let result = self.pass_on(request, &mut parts).await;
        if !matches!(result, Ok(Ended::Done)) {
            self.tell_loop(Asked::Gone(id)).await?;
        }
        match result? {
            Ended::Done | Ended::Cancelled => Ok(()),
            Ended::Left => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    async fn pass_on(
        &mut self,
        request: u64,
        parts: &mut mpsc::Receiver<Part>,
    ) -> io::Result<Ended> {
        loop {
            let line = tokio::select! {
                part = parts.recv() => {
                    // The control loop gave us up: we did not read in time.
                    let Some((reply, done)) = part else { return Ok(Ended::Left) };
                    self.write(request, Answer::Reply(reply), done).await?;
                    if done {
                        return Ok(Ended::Done);
                    }
                    continue;
                }
                line = self.lines.next() => line?,
            };
            let Some(line) = line else { return Ok(Ended::Left) };
            if is_cancel(&line) {
                let reason = "cancelled".to_owned();
                self.write(request, Answer::Refused { reason }, true).await?;
                return Ok(Ended::Cancelled);
            }
            self.refuse_second(&line).await?;
        }
    }

    /// Tells every event, until the client says `cancel` or leaves.
    async fn follow(&mut self, request: u64) -> io::Result<()> {
        let mut events = self.shared.events.subscribe();
        loop {
            let answer = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => Answer::Event(event),
                    Err(RecvError::Lagged(count)) => Answer::Missed(count),
                    Err(RecvError::Closed) => return Ok(()),
                },
                line = self.lines.next() => {
                    let Some(line) = line? else {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    };
                    if is_cancel(&line) {
                        let reason = "cancelled".to_owned();
                        return self.write(request, Answer::Refused { reason }, true).await;
                    }
                    self.refuse_second(&line).await?;
                    continue;
                }
            };
            self.write(request, answer, false).await?;
        }
    }

    async fn refuse_second(&mut self, line: &[u8]) -> io::Result<()> {
        let id = match parse_request(line) {
            Ok(request) => request.id,
            Err(fault) => fault.id,
        };
        let reason = "one request at a time: wait for the answer, or cancel".to_owned();
        self.write(id, Answer::Refused { reason }, true).await
    }

    async fn tell_loop(&self, asked: Asked) -> io::Result<()> {
        self.shared.asked.send(asked).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    async fn write(&mut self, id: u64, answer: Answer, done: bool) -> io::Result<()> {
        let line = ResponseLine::line(id, answer, done);
        match tokio::time::timeout(WRITE_PATIENCE, self.writer.write_all(&line)).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// By its last reply.
    Done,
    /// The client said `cancel`.
    Cancelled,
    /// The client has gone, or was given up.
    Left,
}

fn is_cancel(line: &[u8]) -> bool {
    parse_request(line).is_ok_and(|line| line.request == Request::Ask(Command::Cancel))
}
