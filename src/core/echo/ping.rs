//! The pings of operators [ipx-rip-sap §16.1].
//!
//! Each ping has an identifier of its own among all that are under way, so an answer names the
//! request and the sequence number whatever size the data has. Results are told in the order of
//! sending: an answer that overtook another one waits for it, at most for its timeout.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::way::{Way, is_ours};
use crate::Time;
use crate::forward::{Outcome, PING_CLIENT};
use crate::ids::RequestId;
use crate::random::Random;
use crate::router::{Cx, Reply};
use crate::timers::Timers;
use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::{Address, Socket, ping};

/// Requests under way at once.
const REQUESTS: usize = 32;
/// Pings of one request that wait for an answer at once; the next one waits for a place.
const WINDOW: usize = 256;
/// The least time between two pings of a request.
const MIN_INTERVAL: Duration = Duration::from_millis(1);
/// The longest that an answer is waited for.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// An operator's pings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ping {
    /// Whose they are.
    pub(crate) id: RequestId,
    /// Where to; the socket is always 9086.
    pub(crate) to: Address,
    /// How many, 1 or more.
    pub(crate) count: u32,
    /// Bytes of data in each.
    pub(crate) size: u16,
    /// Time between two; 1 ms at least.
    pub(crate) interval: Duration,
    /// How long the answer to each is waited for; 60 s at most.
    pub(crate) timeout: Duration,
}

/// An answer in time.
#[derive(Clone, Copy, Debug)]
struct Answer {
    round_trip: Duration,
    size: u16,
    hops: u8,
}

/// A ping that was sent and not told of yet.
#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u32,
    identifier: u16,
    at: Time,
    answer: Option<Answer>,
}

/// A request under way.
#[derive(Debug)]
struct Run {
    ping: Ping,
    sent: u32,
    next_send: Time,
    waiting: VecDeque<Sent>,
    received: u32,
    least: Option<Duration>,
    greatest: Option<Duration>,
    total: Duration,
}

/// All requests under way.
#[derive(Debug)]
pub(super) struct Pings {
    runs: BTreeMap<RequestId, Run>,
    /// Whose ping has this identifier.
    identifiers: BTreeMap<u16, RequestId>,
    last_identifier: u16,
    timers: Timers<RequestId>,
}

impl Pings {
    pub(super) fn new(mut random: Random) -> Self {
        let [high, low, ..] = random.word().to_be_bytes();
        Self {
            runs: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            // Not to be guessed by who wants to look alive, and unlike that of the last run.
            last_identifier: u16::from_be_bytes([high, low]),
            timers: Timers::new(),
        }
    }

    /// Begins a request, or says why not.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>, mut ping: Ping) {
        if let Err(reason) = self.check(cx, &ping) {
            cx.out.reply(ping.id, Reply::Failed { reason }, true);
            return;
        }
        ping.to.socket = Socket::PING;
        ping.interval = ping.interval.max(MIN_INTERVAL);
        ping.timeout = ping.timeout.min(MAX_TIMEOUT);
        self.runs.insert(ping.id, Run::new(ping, cx.now));
        self.advance(cx, ping.id);
    }

    /// Whether a request can be carried out.
    ///
    /// # Errors
    /// Why not, and what would be right.
    fn check(&self, cx: &Cx<'_>, ping: &Ping) -> Result<(), String> {
        let Address { network, node, .. } = ping.to;
        if self.runs.contains_key(&ping.id) {
            return Err("a request of this number is under way".to_owned());
        }
        if self.runs.len() >= REQUESTS {
            return Err(format!("{REQUESTS} requests ping already; wait for one to end"));
        }
        if ping.count == 0 {
            return Err("count is 0; ask for 1 ping or more".to_owned());
        }
        if !network.is_assignable() {
            return Err(format!("{network} is no network that can be pinged: 1 to FFFFFFFD"));
        }
        if node.is_group() {
            return Err(format!("{node} is no single node; pings to all are not answered"));
        }
        if is_ours(cx, ping.to) {
            return Ok(());
        }
        let way = Way::to(cx, ping.to).map_err(|outcome| match outcome {
            Outcome::NoPeer => format!("{node} is no peer on network {network}"),
            Outcome::CircuitDown => format!("the circuit to network {network} is down"),
            _ => format!("no route to network {network}"),
        })?;
        let room = way.max_packet.saturating_sub(HEADER_LEN + ping::HEADER_LEN);
        if usize::from(ping.size) > room {
            return Err(format!(
                "size {} is too large for the way to network {network}: 0 to {room} bytes of data",
                ping.size
            ));
        }
        Ok(())
    }

    /// Forgets a request.
    pub(super) fn cancel(&mut self, id: RequestId) {
        if let Some(run) = self.runs.remove(&id) {
            for sent in run.waiting {
                self.identifiers.remove(&sent.identifier);
            }
            self.timers.cancel(&id);
        }
    }

    /// An answer came to our socket.
    pub(super) fn answered(
        &mut self,
        cx: &mut Cx<'_>,
        header: &Header,
        reply: &ping::Ping<'_>,
    ) -> Outcome {
        let id = self.identifiers.get(&reply.identifier).copied();
        let Some((id, run)) = id.and_then(|id| Some((id, self.runs.get_mut(&id)?))) else {
            return Outcome::PingIgnored;
        };
        let (from, to) = (header.source, run.ping.to);
        let mut waiting = run.waiting.iter_mut();
        let sent = waiting.find(|sent| sent.identifier == reply.identifier);
        match sent {
            Some(sent)
                if (from.network, from.node) == (to.network, to.node) && sent.answer.is_none() =>
            {
                sent.answer = Some(Answer {
                    round_trip: cx.now.since(sent.at),
                    size: u16::try_from(reply.data.len()).unwrap_or(u16::MAX),
                    hops: header.transport_control,
                });
            }
            _ => return Outcome::PingIgnored,
        }
        self.advance(cx, id);
        Outcome::DeliveredPing
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        while let Some(id) = self.timers.pop_due(cx.now) {
            self.advance(cx, id);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Sends what is due, tells what is known, and ends a request that is done.
    fn advance(&mut self, cx: &mut Cx<'_>, id: RequestId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        if run.may_send() && run.next_send <= cx.now {
            let identifier = free_identifier(&self.identifiers, self.last_identifier);
            self.last_identifier = identifier;
            self.identifiers.insert(identifier, id);
            run.send(cx, identifier);
        }
        while let Some(sent) = run.take_settled(cx.now) {
            self.identifiers.remove(&sent.identifier);
            cx.out.reply(id, run.tell(&sent), false);
        }
        match run.next_deadline() {
            Some(at) => self.timers.set(id, at),
            None => {
                cx.out.reply(id, run.summary(), true);
                self.runs.remove(&id);
                self.timers.cancel(&id);
            }
        }
    }
}

/// The next identifier after `last` that no ping under way has.
fn free_identifier(used: &BTreeMap<u16, RequestId>, last: u16) -> u16 {
    let mut identifier = last.wrapping_add(1);
    // REQUESTS times WINDOW are far fewer than there are.
    while used.contains_key(&identifier) {
        identifier = identifier.wrapping_add(1);
    }
    identifier
}

impl Run {
    fn new(ping: Ping, now: Time) -> Self {
        Self {
            ping,
            sent: 0,
            next_send: now,
            waiting: VecDeque::new(),
            received: 0,
            least: None,
            greatest: None,
            total: Duration::ZERO,
        }
    }

    fn may_send(&self) -> bool {
        self.sent < self.ping.count && self.waiting.len() < WINDOW
    }

    /// Sends the next ping. One that finds no way is lost like one that is dropped on its way.
    fn send(&mut self, cx: &mut Cx<'_>, identifier: u16) {
        let Ping { to, size, interval, .. } = self.ping;
        let mut sent = Sent { sequence: self.sent, identifier, at: cx.now, answer: None };
        if is_ours(cx, to) {
            sent.answer = Some(Answer { round_trip: Duration::ZERO, size, hops: 0 });
        } else if let Ok(way) = Way::to(cx, to)
            && let Some(source) = way.source(cx, PING_CLIENT)
        {
            let data: Vec<u8> = (0..=u8::MAX).cycle().take(usize::from(size)).collect();
            let request =
                ping::Ping { kind: ping::Kind::Request, identifier, result: 0, data: &data };
            let _ = way.send(cx, source, to, &request.encode());
        }
        self.waiting.push_back(sent);
        self.sent += 1;
        self.next_send = cx.now + interval;
    }

    /// Takes the oldest ping if it is answered, or its time is up.
    fn take_settled(&mut self, now: Time) -> Option<Sent> {
        let timeout = self.ping.timeout;
        self.waiting.pop_front_if(|sent| sent.answer.is_some() || sent.at + timeout <= now)
    }

    /// What is said of a ping, which is counted in the summary.
    fn tell(&mut self, sent: &Sent) -> Reply {
        if let Some(Answer { round_trip, .. }) = sent.answer {
            self.received += 1;
            self.total += round_trip;
            self.least = Some(self.least.map_or(round_trip, |least| least.min(round_trip)));
            self.greatest = self.greatest.max(Some(round_trip));
        }
        Reply::PingAnswer {
            sequence: sent.sequence,
            round_trip_us: sent.answer.map(|answer| micros(answer.round_trip)),
            size: sent.answer.map_or(0, |answer| answer.size),
            hops: sent.answer.map_or(0, |answer| answer.hops),
        }
    }

    /// When there is something to do; `None`: never again.
    fn next_deadline(&self) -> Option<Time> {
        let send = self.may_send().then_some(self.next_send);
        let give_up = self.waiting.front().map(|sent| sent.at + self.ping.timeout);
        [send, give_up].into_iter().flatten().min()
    }

    fn summary(&self) -> Reply {
        Reply::PingSummary {
            to: self.ping.to,
            sent: self.sent,
            received: self.received,
            least_us: self.least.map(micros),
            mean_us: self.total.checked_div(self.received).map(micros),
            greatest_us: self.greatest.map(micros),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
