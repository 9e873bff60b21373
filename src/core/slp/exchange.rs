//! Requests of ours that wait for answers: sent again until somebody answers or time is up
//! [slp-dhcp-snmp §4].
//!
//! A request to one host ends with its answer. One to a group gathers answers: each round it goes
//! out again under the same XID and names who has answered; a round that brings nobody new is the
//! last. An answer that did not fit its datagram is fetched by TCP; if that fails, what did fit is
//! used.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;

use super::net::{self, Net};
use crate::Time;
use crate::ids::{InterfaceId, StreamId};
use crate::router::{Cx, Output, StreamAction, StreamEvent};
use crate::timers::Timers;
use crate::wire::slp::{Body, Header, Message, PORT, Responders, Version, stream, without_prefix};

/// Bytes of a message that we wait for by TCP.
const MOST_BY_TCP: usize = 1 << 20;
/// How long a whole exchange by TCP may take.
const TCP_TIME: Duration = Duration::from_secs(15);

/// To whom a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// One host.
    Host(Ipv4Addr),
    /// All that listen to a group.
    Group(Ipv4Addr),
}

/// How often and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// As the RFC of the version says.
    Usual,
    /// The search for directory agents: fewer times in version 1.
    Search,
    /// We are about to leave.
    Short,
}

/// A request, and what it is for.
#[derive(Clone, Debug)]
pub(super) struct Request<P> {
    pub(super) purpose: P,
    pub(super) version: Version,
    pub(super) interface: InterfaceId,
    pub(super) to: Destination,
    pub(super) body: Body,
    pub(super) patience: Patience,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer<P> {
    pub(super) purpose: P,
    pub(super) interface: InterfaceId,
    /// Who answered.
    pub(super) from: Ipv4Addr,
    /// All of a group were asked, and others may answer.
    pub(super) by_group: bool,
    pub(super) message: Message,
}

/// A request is over. One that got its answer from one host ends with the answer.
#[derive(Clone, Debug)]
pub(super) struct Ended<P> {
    pub(super) purpose: P,
    pub(super) to: Destination,
    /// When it was sent first.
    pub(super) began: Time,
    /// Hosts that answered.
    pub(super) responders: usize,
}

/// What became of requests since the last look.
#[derive(Debug)]
pub(super) enum Outcome<P> {
    Answer(Box<Answer<P>>),
    Ended(Ended<P>),
}

/// All requests that wait.
#[derive(Debug)]
pub(super) struct Exchanges<P> {
    open: BTreeMap<u32, Exchange<P>>,
    /// Those sent by datagrams.
    by_xid: BTreeMap<u16, u32>,
    by_stream: BTreeMap<StreamId, u32>,
    timers: Timers<u32>,
    next: u32,
    next_xid: Option<u16>,
    next_stream: u64,
    outcomes: Vec<Outcome<P>>,
}

#[derive(Debug)]
struct Exchange<P> {
    request: Request<P>,
    message: Message,
    began: Time,
    sent: usize,
    responders: BTreeSet<Ipv4Addr>,
    /// Somebody new has answered since it was sent last.
    news: bool,
    /// It began as a request to a group.
    by_group: bool,
    by_tcp: Option<ByTcp>,
}

#[derive(Debug)]
struct ByTcp {
    stream: StreamId,
    received: Vec<u8>,
    /// What came by datagram, and was not all.
    part: Option<Message>,
}

/// When to send after the beginning, in milliseconds, and when to give up.
fn steps(version: Version, to: Destination, patience: Patience) -> (&'static [u64], u64) {
    match (version, to, patience) {
        (_, _, Patience::Short) => (&[0, 400, 900], 1_400),
        (Version::V1, Destination::Host(_), _) => (&[0, 1_000, 3_000], 5_000),
        (Version::V1, Destination::Group(_), Patience::Search) => (&[0, 3_000, 6_000], 15_000),
        (Version::V1, Destination::Group(_), Patience::Usual) => {
            (&[0, 1_000, 3_000, 7_000], 15_000)
        }
        (Version::V2, ..) => (&[0, 2_000, 6_000, 14_000], 15_000),
    }
}

impl<P> Default for Exchanges<P> {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            by_xid: BTreeMap::new(),
            by_stream: BTreeMap::new(),
            timers: Timers::new(),
            next: 0,
            next_xid: None,
            next_stream: 0,
            outcomes: Vec::new(),
        }
    }
}

impl<P: Clone> Exchanges<P> {
    /// Sends a request; what becomes of it is an [`Outcome`].
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, net: &Net, request: Request<P>) {
        let xid = self.take_xid(cx);
        let mut header = header(&request, xid);
        header.flags.multicast = matches!(request.to, Destination::Group(_));
        if request.version == Version::V1 && cx.config.slp.ucs2 {
            header.charset = crate::wire::slp::Charset::Ucs2;
        }
        let message = Message::new(header, request.body.clone());
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.by_xid.insert(xid, id);
        let by_group = matches!(request.to, Destination::Group(_));
        let exchange = Exchange {
            request,
            message,
            began: cx.now,
            sent: 0,
            responders: BTreeSet::new(),
            news: false,
            by_group,
            by_tcp: None,
        };
        self.open.insert(id, exchange);
        self.go_on(cx, net, id);
    }

    /// A message that may be an answer. Gives it back if it is none.
    pub(super) fn hear(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        interface: InterfaceId,
        from: Ipv4Addr,
        message: Message,
    ) -> Option<Message> {
        let Some(&id) = self.by_xid.get(&message.header.xid) else { return Some(message) };
        let Some(exchange) = self.open.get_mut(&id) else { return Some(message) };
        let expected = exchange.expects(&message)
            && match exchange.request.to {
                Destination::Host(host) => host == from,
                Destination::Group(_) => true,
            };
        if !expected {
            return Some(message);
        }
        if !exchange.responders.insert(from) {
            return None;
        }
        exchange.news = true;
        let purpose = exchange.request.purpose.clone();
        let to_one = matches!(exchange.request.to, Destination::Host(_));
        if message.header.flags.overflow {
            let to = Destination::Host(from);
            let request = Request { to, interface, ..exchange.request.clone() };
            if to_one {
                self.remove(id);
            }
            let xid = message.header.xid;
            self.connect(cx, net, request, xid, !to_one, Some(message));
        } else {
            let by_group = !to_one;
            let answer = Answer { purpose, interface, from, by_group, message };
            self.outcomes.push(Outcome::Answer(Box::new(answer)));
            if to_one {
                self.remove(id);
            }
        }
        None
    }

    /// Something happened to a connection; false if it is none of ours.
    pub(super) fn stream(&mut self, cx: &mut Cx<'_>, id: StreamId, event: &StreamEvent) -> bool {
        let Some(&exchange) = self.by_stream.get(&id) else { return false };
        match event {
            StreamEvent::Connected => {
                let message = self.open.get_mut(&exchange).map(|open| &mut open.message);
                if let Some(bytes) = message.and_then(net::encode) {
                    let action = StreamAction::Send(Bytes::from(bytes));
                    cx.out.push(Output::Stream { id, action });
                }
            }
            StreamEvent::Received(bytes) => self.receive(cx, exchange, bytes),
            StreamEvent::Closed { .. } => {
                self.by_stream.remove(&id);
                self.fail(exchange);
            }
            StreamEvent::Accepted { .. } => {}
        }
        true
    }

    /// Sends again what is due, and gives up what has waited for too long.
    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>, net: &Net) {
        while let Some(id) = self.timers.pop_due(cx.now) {
            self.go_on(cx, net, id);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// What became of requests since the last call.
    pub(super) fn take_outcomes(&mut self) -> Vec<Outcome<P>> {
        std::mem::take(&mut self.outcomes)
    }

    /// Requests that wait, of those that `are` so.
    pub(super) fn count(&self, are: impl Fn(&P) -> bool) -> usize {
        self.open.values().filter(|open| are(&open.request.purpose)).count()
    }

    /// Gives up requests, without an outcome.
    pub(super) fn forget(&mut self, cx: &mut Cx<'_>, which: impl Fn(&P) -> bool) {
        let ids = self.open.iter().filter(|(_, open)| which(&open.request.purpose));
        let ids: Vec<u32> = ids.map(|(&id, _)| id).collect();
        for id in ids {
            self.hang_up(cx, id);
            self.remove(id);
        }
    }

    fn take_xid(&mut self, cx: &mut Cx<'_>) -> u16 {
        // From a random one on: answers to a former run of ours must fit nothing.
        let mut xid =
            self.next_xid.unwrap_or_else(|| u16::try_from(cx.random.below(0x1_0000)).unwrap_or(1));
        while xid == 0 || self.by_xid.contains_key(&xid) {
            xid = xid.wrapping_add(1);
        }
        self.next_xid = Some(xid.wrapping_add(1));
        xid
    }

    /// The next step of a request: another round, or its end.
    fn go_on(&mut self, cx: &mut Cx<'_>, net: &Net, id: u32) {
        let Some(exchange) = self.open.get_mut(&id) else { return };
        if exchange.by_tcp.is_some() {
            self.hang_up(cx, id);
            self.fail(id);
            return;
        }
        let Request { version, to, patience, .. } = exchange.request;
        let (steps, end) = steps(version, to, patience);
        let converged = exchange.sent > 0 && !exchange.news && !exchange.responders.is_empty();
        let over = cx.now >= exchange.began + Duration::from_millis(end);
        if converged || over || net.address(exchange.request.interface).is_none() {
            self.end(id);
            return;
        }
        if exchange.sent < steps.len() {
            exchange.message.name_responders(&exchange.responders);
            let bytes = net::encode(&mut exchange.message);
            let fits = bytes.filter(|bytes| bytes.len() <= usize::from(cx.config.slp.datagram));
            match (fits, to) {
                (Some(bytes), Destination::Host(ip) | Destination::Group(ip)) => {
                    net::send(cx, exchange.request.interface, ip, bytes);
                }
                (None, Destination::Host(_)) => {
                    let request = exchange.request.clone();
                    let xid = exchange.message.header.xid;
                    self.remove(id);
                    self.connect(cx, net, request, xid, false, None);
                    return;
                }
                // No room for more responders.
                (None, Destination::Group(_)) => {
                    self.end(id);
                    return;
                }
            }
            exchange.sent += 1;
            exchange.news = false;
        }
        let next = steps.get(exchange.sent).copied().unwrap_or(end);
        self.timers.set(id, exchange.began + Duration::from_millis(next));
    }

    /// Asks a host by TCP.
    fn connect(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        request: Request<P>,
        xid: u16,
        by_group: bool,
        part: Option<Message>,
    ) {
        let (Destination::Host(host) | Destination::Group(host)) = request.to;
        // Version 1 wants another XID, version 2 the same [slp-dhcp-snmp §1].
        let xid = match request.version {
            Version::V1 => self.take_xid(cx),
            Version::V2 => xid,
        };
        // Links of a directory agent have the odd numbers.
        let stream = StreamId(StreamId::ASKED.0 + 2 * self.next_stream);
        self.next_stream += 1;
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        let from = net.address(request.interface);
        let exchange = Exchange {
            message: Message::new(header(&request, xid), request.body.clone()),
            request,
            began: cx.now,
            sent: 1,
            responders: BTreeSet::new(),
            news: false,
            by_group,
            by_tcp: Some(ByTcp { stream, received: Vec::new(), part }),
        };
        self.open.insert(id, exchange);
        let Some(from) = from else { return self.fail(id) };
        self.by_stream.insert(stream, id);
        self.timers.set(id, cx.now + TCP_TIME);
        let to = SocketAddrV4::new(host, PORT);
        let action = StreamAction::Connect { from, to };
        cx.out.push(Output::Stream { id: stream, action });
    }

    fn receive(&mut self, cx: &mut Cx<'_>, id: u32, bytes: &[u8]) {
        let Some(exchange) = self.open.get_mut(&id) else { return };
        let Some(by_tcp) = &mut exchange.by_tcp else { return };
        if by_tcp.received.len() + bytes.len() > MOST_BY_TCP {
            self.hang_up(cx, id);
            self.fail(id);
            return;
        }
        by_tcp.received.extend_from_slice(bytes);
        let message = match stream::message_len(&by_tcp.received) {
            Ok(Some(len)) if by_tcp.received.len() >= len => {
                Message::decode(by_tcp.received.get(..len).unwrap_or(&[])).ok()
            }
            Ok(_) => return,
            Err(_) => None,
        };
        self.hang_up(cx, id);
        let Some(exchange) = self.open.get(&id) else { return };
        match message.filter(|message| exchange.expects(message)) {
            Some(message) => self.answer(id, message),
            None => self.fail(id),
        }
    }

    /// TCP brought nothing: what the datagram brought counts, or nobody answered.
    fn fail(&mut self, id: u32) {
        let part = self.open.get_mut(&id).and_then(|open| open.by_tcp.as_mut()?.part.take());
        match part {
            Some(part) => self.answer(id, part),
            None => self.end(id),
        }
    }

    fn answer(&mut self, id: u32, message: Message) {
        if let Some(exchange) = self.remove(id) {
            let Request { purpose, interface, to, .. } = exchange.request;
            let (Destination::Host(from) | Destination::Group(from)) = to;
            let by_group = exchange.by_group;
            let answer = Answer { purpose, interface, from, by_group, message };
            self.outcomes.push(Outcome::Answer(Box::new(answer)));
        }
    }

    fn end(&mut self, id: u32) {
        if let Some(exchange) = self.remove(id) {
            if exchange.by_group && matches!(exchange.request.to, Destination::Host(_)) {
                // One of those that answered to a group; the request to the group has its own end.
                return;
            }
            let (began, responders) = (exchange.began, exchange.responders.len());
            let Request { purpose, to, .. } = exchange.request;
            self.outcomes.push(Outcome::Ended(Ended { purpose, to, began, responders }));
        }
    }

    /// Closes the connection of a request, if it has one.
    fn hang_up(&mut self, cx: &mut Cx<'_>, id: u32) {
        let by_tcp = self.open.get(&id).and_then(|open| open.by_tcp.as_ref());
        if let Some(stream) = by_tcp.map(|by_tcp| by_tcp.stream)
            && self.by_stream.remove(&stream).is_some()
        {
            cx.out.push(Output::Stream { id: stream, action: StreamAction::Close });
        }
    }

    fn remove(&mut self, id: u32) -> Option<Exchange<P>> {
        let exchange = self.open.remove(&id)?;
        self.timers.cancel(&id);
        let xid = exchange.message.header.xid;
        if self.by_xid.get(&xid) == Some(&id) {
            self.by_xid.remove(&xid);
        }
        Some(exchange)
    }
}

impl<P> Exchange<P> {
    /// The message is the kind of answer that the request gets.
    fn expects(&self, message: &Message) -> bool {
        let same = message.header.version == self.message.header.version
            && message.header.xid == self.message.header.xid;
        same && match (&self.message.body, &message.body) {
            (Body::SrvRqst(request), Body::DaAdvert(_)) => is_for_agents(&request.service_type),
            (Body::SrvRqst(request), Body::SrvRply(_)) => !is_for_agents(&request.service_type),
            (Body::SrvReg(_) | Body::SrvDereg(_), Body::SrvAck(_))
            | (Body::AttrRqst(_), Body::AttrRply(_))
            | (Body::SrvTypeRqst(_), Body::SrvTypeRply(_)) => true,
            _ => false,
        }
    }
}

/// The header of a request. All that is to be known of a service is in each registration.
fn header<P>(request: &Request<P>, xid: u16) -> Header {
    let mut header = Header::new(request.version, xid);
    header.flags.fresh = matches!(request.body, Body::SrvReg(_)) && request.version == Version::V2;
    header
}

/// The type of directory agents, in either spelling [slp-dhcp-snmp §3.5].
pub(super) fn is_for_agents(service_type: &str) -> bool {
    without_prefix(service_type).eq_ignore_ascii_case("directory-agent")
}

impl Message {
    /// Names in a request those who have answered it.
    fn name_responders(&mut self, responders: &BTreeSet<Ipv4Addr>) {
        let place = match &mut self.body {
            Body::SrvRqst(request) => &mut request.previous,
            Body::AttrRqst(request) => &mut request.previous,
            Body::SrvTypeRqst(request) => &mut request.previous,
            _ => return,
        };
        *place = responders.iter().copied().collect::<Responders>();
    }
}
