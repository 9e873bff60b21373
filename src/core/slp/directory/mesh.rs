//! Directory agents that are kept in step with each other, by RFC 3528 and the rules of
//! [slp-dhcp-snmp §5.6].
//!
//! Each pair has a TCP connection. Whoever takes a registration stamps it and forwards it to all
//! others; and each asks each, when they meet and every five minutes, for all that it has not seen.
//! Of two states of an entry the one with the greater stamp counts, so it does not matter in which
//! order they come.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;

use super::super::announcement;
use super::super::net::{self, Net};
use super::register::of_entry;
use super::store::{Entry, Key};
use super::{Directory, UNSCOPED, unscoped_mark};
use crate::Time;
use crate::ids::StreamId;
use crate::router::{Cx, DiscoveryEvent, Output, StreamAction};
use crate::wire::slp::{
    AcceptId, AntiEntropy, AntiEntropyKind, AttributeList, Body, DaState, ErrorCode, Header,
    Message, PORT, ScopeList, ServiceType, ServiceUrl, SrvAck, TagList, Version,
};

/// A link is shown to be alive so often.
const KEEP: Duration = Duration::from_secs(200);
/// One on which nothing was heard for so long is dead.
const DEAD: Duration = Duration::from_secs(300);
/// A lost link is tried again after so long, then after twice as long, ...
const AGAIN: Duration = Duration::from_secs(5);
/// ... at the longest.
const AGAIN_MOST: Duration = Duration::from_secs(300);
/// Each asks each for what it has not seen so often.
const ENTROPY: Duration = Duration::from_secs(300);
/// Links that others may open.
const MOST: usize = 64;

/// A link to another directory agent.
#[derive(Debug)]
struct Link {
    peer: Ipv4Addr,
    ours: bool,
    open: bool,
    /// It was answered what it had not seen: from then on it gets all news.
    answered: bool,
    heard: Time,
    told: Time,
    ask: Time,
}

/// Another directory agent that we connect to.
#[derive(Debug, Default)]
struct Peer {
    tries: u32,
    due: Option<Time>,
}

/// All links.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    peers: BTreeMap<Ipv4Addr, Peer>,
    links: BTreeMap<StreamId, Link>,
    /// The highest stamp seen, by who took what it is on.
    seen: BTreeMap<String, u64>,
    /// Entries of ours that the others have not been told of.
    news: Vec<Key>,
    next: u64,
    xid: u16,
}

impl Mesh {
    pub(super) fn new(peers: &[Ipv4Addr]) -> Self {
        let peers = peers.iter().map(|&ip| (ip, Peer::default())).collect();
        Self { peers, ..Self::default() }
    }

    /// We are there, at this address: the others are connected to.
    pub(super) fn start(&mut self, now: Time, own: Ipv4Addr) {
        self.peers.remove(&own);
        let linked: Vec<Ipv4Addr> = self.links.values().map(|link| link.peer).collect();
        for (ip, peer) in &mut self.peers {
            if !linked.contains(ip) {
                peer.due = Some(now);
            }
        }
    }

    /// An entry with this stamp is known.
    pub(super) fn saw(&mut self, id: &AcceptId) {
        let seen = self.seen.entry(id.agent.clone()).or_default();
        *seen = id.stamp.max(*seen);
    }

    /// We have taken something that the others are to be told of.
    pub(super) fn took(&mut self, key: &Key) {
        self.news.push(key.clone());
    }

    pub(super) fn vector(&self) -> Vec<(String, u64)> {
        self.seen.iter().map(|(agent, stamp)| (agent.clone(), *stamp)).collect()
    }

    pub(super) fn set_vector(&mut self, vector: Vec<(String, u64)>) {
        self.seen = vector.into_iter().collect();
        self.news.clear();
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        let peers = self.peers.values().filter_map(|peer| peer.due);
        let links = self.links.values().filter(|link| link.open);
        peers.chain(links.map(|link| (link.told + KEEP).min(link.heard + DEAD).min(link.ask))).min()
    }

    fn retry(&mut self, now: Time, ip: Ipv4Addr) {
        let linked = self.links.values().any(|link| link.peer == ip);
        if let Some(peer) = self.peers.get_mut(&ip).filter(|_| !linked) {
            let wait = AGAIN.saturating_mul(1 << peer.tries.min(8)).min(AGAIN_MOST);
            peer.tries += 1;
            peer.due = Some(now + wait);
        }
    }
}

impl Directory {
    /// This connection is a link to another directory agent.
    pub(crate) fn has_link(&self, id: StreamId) -> bool {
        self.mesh.links.contains_key(&id)
    }

    /// A connection that we asked for is there.
    pub(crate) fn link_connected(&mut self, cx: &mut Cx<'_>, id: StreamId) {
        let Some(link) = self.mesh.links.get_mut(&id) else { return };
        link.open = true;
        (link.heard, link.told) = (cx.now, cx.now);
        if let Some(peer) = self.mesh.peers.get_mut(&link.peer) {
            peer.tries = 0;
        }
        self.greet(cx, id);
    }

    /// A connection is over.
    pub(crate) fn link_closed(&mut self, cx: &mut Cx<'_>, id: StreamId) {
        let Some(link) = self.mesh.links.remove(&id) else { return };
        if link.open {
            cx.out.event(DiscoveryEvent::MeshDown { agent: link.peer });
        }
        self.mesh.retry(cx.now, link.peer);
    }

    /// A message on a connection that somebody opened. True: it is a link from now on.
    pub(in super::super) fn adopt(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        id: StreamId,
        from: Ipv4Addr,
        message: &Message,
    ) -> bool {
        let listed = self.mesh.peers.contains_key(&from);
        let allowed = listed || self.settings.mesh_allow.iter().any(|net| net.contains(from));
        let advert = matches!(&message.body, Body::DaAdvert(_));
        if !advert || !allowed || self.mesh.links.len() >= MOST {
            return false;
        }
        // Of two links between two the one goes that the lower address opened.
        let double = self.mesh.links.iter().find(|(_, link)| link.peer == from && link.ours);
        if let Some((&double, _)) = double
            && net.first(cx.config).and_then(|at| net.address(at)).is_some_and(|own| own < from)
        {
            self.mesh.links.remove(&double);
            cx.out.push(Output::Stream { id: double, action: StreamAction::Close });
        }
        if let Some(peer) = self.mesh.peers.get_mut(&from) {
            (peer.due, peer.tries) = (None, 0);
        }
        let now = cx.now;
        let link = Link {
            peer: from,
            ours: false,
            open: true,
            answered: false,
            heard: now,
            told: now,
            ask: now,
        };
        self.mesh.links.insert(id, link);
        self.greet(cx, id);
        true
    }

    /// A message on a link. False: the link is over.
    pub(crate) fn link_message(
        &mut self,
        cx: &mut Cx<'_>,
        id: StreamId,
        message: &Message,
    ) -> bool {
        let Some(link) = self.mesh.links.get_mut(&id) else { return false };
        link.heard = cx.now;
        match &message.body {
            Body::DaAdvert(advert) if advert.state == DaState::GoingDown => return false,
            Body::AntiEtrpRqst(asked) => {
                self.answer_entropy(cx, id, message.header.xid, asked);
                if let Some(link) = self.mesh.links.get_mut(&id) {
                    link.answered = true;
                }
            }
            Body::SrvReg(_) | Body::SrvDereg(_) => self.take_record(cx, message),
            _ => {}
        }
        true
    }

    /// What is to be done about links.
    pub(super) fn mesh_timeout(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now;
        let due = self.mesh.peers.iter().filter(|(_, peer)| peer.due.is_some_and(|at| at <= now));
        let due: Vec<Ipv4Addr> = due.map(|(&ip, _)| ip).collect();
        for ip in due {
            self.connect(cx, ip);
        }
        let open: Vec<StreamId> =
            self.mesh.links.iter().filter(|(_, link)| link.open).map(|(&id, _)| id).collect();
        for id in open {
            let Some(link) = self.mesh.links.get_mut(&id) else { continue };
            if link.heard + DEAD <= now {
                cx.out.push(Output::Stream { id, action: StreamAction::Close });
                self.link_closed(cx, id);
                continue;
            }
            let (tell, ask) = (link.told + KEEP <= now, link.ask <= now);
            if tell {
                link.told = now;
                let advert = self.own_advert();
                net::send_by_stream(cx, id, advert);
            }
            if ask {
                self.ask_entropy(cx, id);
            }
        }
    }

    /// The others are told that we go.
    pub(super) fn mesh_leave(&mut self, cx: &mut Cx<'_>) {
        let links = std::mem::take(&mut self.mesh.links);
        for (id, link) in links {
            if link.open {
                let mut farewell = self.own_advert();
                if let Some(Message { body: Body::DaAdvert(advert), .. }) = &mut farewell {
                    advert.state = DaState::GoingDown;
                }
                net::send_by_stream(cx, id, farewell);
            }
            cx.out.push(Output::Stream { id, action: StreamAction::Close });
        }
        self.mesh.peers.clear();
    }

    /// Forwards what was taken since.
    pub(super) fn forward(&mut self, cx: &mut Cx<'_>) {
        let news = std::mem::take(&mut self.mesh.news);
        for key in news {
            let Some(entry) = self.store.get(&key) else { continue };
            let message = of_entry(&key, entry, cx.now);
            let Ok(bytes) = message.encode() else { continue };
            let bytes = Bytes::from(bytes);
            for (&id, _) in self.mesh.links.iter().filter(|(_, link)| link.open && link.answered) {
                let action = StreamAction::Send(bytes.clone());
                cx.out.push(Output::Stream { id, action });
            }
        }
    }

    fn connect(&mut self, cx: &mut Cx<'_>, ip: Ipv4Addr) {
        let own = ServiceUrl::parse(&self.url).and_then(|url| url.ipv4());
        if let Some(peer) = self.mesh.peers.get_mut(&ip) {
            peer.due = None;
        }
        let Some(from) = own else { return };
        // Requests of ours have the even numbers.
        let id = StreamId(StreamId::ASKED.0 + 2 * self.mesh.next + 1);
        self.mesh.next += 1;
        let now = cx.now;
        let link = Link {
            peer: ip,
            ours: true,
            open: false,
            answered: false,
            heard: now,
            told: now,
            ask: now,
        };
        self.mesh.links.insert(id, link);
        let to = SocketAddrV4::new(ip, PORT);
        cx.out.push(Output::Stream { id, action: StreamAction::Connect { from, to } });
    }

    /// A link is there: we say who we are, and ask for what we have not seen.
    fn greet(&mut self, cx: &mut Cx<'_>, id: StreamId) {
        if let Some(link) = self.mesh.links.get(&id) {
            cx.out.event(DiscoveryEvent::MeshUp { agent: link.peer });
        }
        let advert = self.own_advert();
        net::send_by_stream(cx, id, advert);
        self.ask_entropy(cx, id);
    }

    fn own_advert(&self) -> Option<Message> {
        use crate::wire::slp::DaAdvert;
        let body = DaAdvert {
            error: ErrorCode::Ok,
            state: DaState::Since(self.boot?),
            url: self.url.clone(),
            scopes: self.scopes.clone(),
            attributes: super::MESH_ENHANCED.to_owned(),
            spis: String::new(),
        };
        Some(Message::new(Header::new(Version::V2, 0), Body::DaAdvert(body)))
    }

    fn ask_entropy(&mut self, cx: &mut Cx<'_>, id: StreamId) {
        let wait = ENTROPY * 9 / 10 + cx.random.duration_up_to(ENTROPY / 5);
        let Some(link) = self.mesh.links.get_mut(&id) else { return };
        link.ask = cx.now + wait;
        self.mesh.xid = self.mesh.xid.wrapping_add(1).max(1);
        let known = self.mesh.seen.iter();
        let known = known.map(|(agent, &stamp)| AcceptId { stamp, agent: agent.clone() }).collect();
        let body = Body::AntiEtrpRqst(AntiEntropy { kind: AntiEntropyKind::Complete, known });
        let asked = Message::new(Header::new(Version::V2, self.mesh.xid), body);
        net::send_by_stream(cx, id, Some(asked));
    }

    /// All that the other has not seen, by who took it in rising order, then an acknowledgement.
    fn answer_entropy(&self, cx: &mut Cx<'_>, id: StreamId, xid: u16, asked: &AntiEntropy) {
        let known: BTreeMap<&str, u64> =
            asked.known.iter().map(|it| (it.agent.as_str(), it.stamp)).collect();
        let complete = asked.kind == AntiEntropyKind::Complete;
        let lacks = |entry: &Entry| match known.get(entry.accepted.agent.as_str()) {
            Some(&stamp) => stamp < entry.accepted.stamp,
            None => complete,
        };
        let mut lacking: Vec<(&Key, &Entry)> =
            self.store.iter().filter(|(_, entry)| lacks(entry)).collect();
        lacking.sort_by_key(|(_, entry)| (&entry.accepted.agent, entry.accepted.stamp));
        let mut bytes = Vec::new();
        for (key, entry) in lacking {
            bytes.extend(of_entry(key, entry, cx.now).encode().unwrap_or_default());
        }
        let ack = Body::SrvAck(SrvAck { error: ErrorCode::Ok });
        let ack = Message::new(Header::new(Version::V2, xid), ack);
        bytes.extend(ack.encode().unwrap_or_default());
        let action = StreamAction::Send(Bytes::from(bytes));
        cx.out.push(Output::Stream { id, action });
    }

    /// What another directory agent has taken.
    fn take_record(&mut self, cx: &mut Cx<'_>, message: &Message) {
        let Some(mesh) = &message.extensions.mesh else { return };
        let accepted = mesh.accepted.clone();
        let (url, scopes, attributes, left, ended) = match &message.body {
            Body::SrvReg(record) => {
                let (url, left) = (&record.entry.url, record.entry.lifetime_s);
                (url, &record.scopes, record.attributes.as_str(), left, false)
            }
            Body::SrvDereg(record) => (&record.url, &record.scopes, "", 0, true),
            _ => return,
        };
        let key = Key::new(url, &message.header.language);
        let service_type = ServiceUrl::parse(url).map(|url| url.service_type().clone());
        let service_type = service_type.unwrap_or_else(|| ServiceType::parse(""));
        let list = AttributeList::parse(attributes, Version::V2).unwrap_or_default();
        let unscoped = list.get(UNSCOPED).is_some();
        let marks = TagList::parse(&unscoped_mark().to_text(Version::V2), Version::V2);
        let list = list.without(&marks);
        let known = self.store.get(&key);
        let source = known.map_or_else(|| registrant(url, &list), |known| known.source);
        let entry = Entry {
            service_type,
            scopes: ScopeList::clone(scopes),
            unscoped,
            attributes: list,
            until: cx.now + Duration::from_secs(left.into()),
            source,
            ended,
            accepted: accepted.clone(),
        };
        if self.scopes.shares(&entry.scopes) {
            self.put(cx, key, entry);
        }
        self.mesh.saw(&accepted);
    }
}

/// Who registered an entry that came from another directory agent: nobody says, but what it is
/// registered for. Unspecified: nobody knows, and whoever asks may change it.
fn registrant(url: &str, attributes: &AttributeList) -> Ipv4Addr {
    let named = ServiceUrl::parse(url).and_then(|url| url.ipv4());
    named.or_else(|| announcement::address(attributes)).unwrap_or(Ipv4Addr::UNSPECIFIED)
}
