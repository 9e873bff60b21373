//! The directory agent: a registry that others ask in place of everybody [slp-dhcp-snmp §5.4].
//!
//! | part | what it knows |
//! |---|---|
//! | `store` | the entries, and when they end |
//! | `register` | what is taken, and from whom |
//! | `serve` | what is answered |
//! | `mesh` | other directory agents that it keeps in step with |
//! | `saved` | how it outlives a restart |
//!
//! Both versions are served from one store. What version 1 registers becomes an entry as version 2
//! has it; only that it came without a scope is remembered.

mod mesh;
mod register;
mod saved;
mod serve;
mod store;

use std::net::Ipv4Addr;
use std::time::Duration;

pub(crate) use store::{Entry, Key, Store};

use super::answer::{failure, refused};
use super::exchange::is_for_agents;
use super::net::{self, Net};
use crate::Time;
use crate::config::{self, Config};
use crate::ids::{InterfaceId, StreamId};
use crate::router::{Cx, DiscoveryEvent, Lasting, Output, StoreKey};
use crate::wire::slp::{
    AcceptId, AttrReply, Attribute, AttributeList, Body, DaAdvert, DaState, ErrorCode, GENERAL_V1,
    GROUP_V2, Header, Message, ScopeList, SrvAck, SrvReply, TypeReply, Version,
};
use mesh::Mesh;

/// A keyword in the adverts of directory agents that can be kept in step with [RFC 3528].
const MESH_ENHANCED: &str = "mesh-enhanced";
/// A keyword between directory agents: the entry came without a scope, by version 1
/// [slp-dhcp-snmp §5.6].
const UNSCOPED: &str = "x-v1-unscoped";
/// XIDs of adverts of version 1 that say that nothing was lost begin there [slp-dhcp-snmp §5.3].
const STATEFUL: u16 = 0x100;
/// What has changed is kept over a restart after so long, and longer with many entries.
const SAVE: Duration = Duration::from_secs(1);
/// Services of a scope from which on several scopes are better: NetWare's rule for its own.
const CROWDED: usize = 1_000;
/// From 1 January 1900 to 1970, in microseconds.
const UNIX_EPOCH: u64 = 2_208_988_800_000_000;

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Datagram,
    Stream(StreamId),
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    pub(super) interface: InterfaceId,
    pub(super) ip: Ipv4Addr,
    pub(super) via: Via,
    /// It asked us alone, not a group.
    pub(super) alone: bool,
}

/// The shortest URL of an answer, with what stands before and behind it: of a datagram's answer no
/// more are looked for than would fit.
const SHORTEST_ENTRY: usize = 18;

/// A directory agent.
#[derive(Debug)]
pub(crate) struct Directory {
    settings: config::DirectoryAgent,
    scopes: ScopeList,
    pub(crate) store: Store,
    /// Microseconds since 1970 at a point in time; `None` until the host tells.
    clock: Option<(Time, u64)>,
    /// When the store was begun, in seconds since 1970.
    boot: Option<u32>,
    /// Our own URL; empty until an interface is up.
    url: String,
    /// The highest stamp seen.
    highest: u64,
    /// The XID of the next advert of version 1.
    xid: u16,
    beat: Option<Time>,
    save: Option<Time>,
    mesh: Mesh,
}

impl Directory {
    /// The directory agent of a configuration, if it has one.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let settings = config.slp.directory_agent.clone()?;
        Some(Self {
            scopes: ScopeList::from_names(&settings.scopes),
            store: Store::default(),
            clock: None,
            boot: None,
            url: String::new(),
            highest: 0,
            xid: 0,
            beat: None,
            save: None,
            mesh: Mesh::new(&settings.mesh_peers),
            settings,
        })
    }

    /// The host tells the time.
    pub(super) fn set_clock(&mut self, now: Time, unix_us: u64) {
        self.clock = Some((now, unix_us));
    }

    /// An interface came up: everybody there is told.
    pub(super) fn interface_up(&mut self, cx: &mut Cx<'_>, net: &Net) {
        let Some(interface) = net.first(cx.config) else { return };
        let Some(ip) = net.address(interface) else { return };
        self.url = format!("service:directory-agent://{ip}");
        let seconds = u32::try_from(self.unix_us(cx.now) / 1_000_000).unwrap_or(u32::MAX);
        self.boot.get_or_insert(seconds.max(1));
        self.beat(cx, net);
        self.mesh.start(cx.now, ip);
    }

    /// The answer to a message; `None`: silence, or it is not for a directory agent.
    pub(super) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        asker: Asker,
        request: &Message,
    ) -> Option<Message> {
        let header = &request.header;
        if let Some(body) = refused(request) {
            return asker.alone.then(|| Message::new(header.answer(), body));
        }
        if request.body.previous().is_some_and(|list| list.iter().any(|ip| net.is_own(ip))) {
            return None;
        }
        if let Body::SrvRqst(asked) = &request.body
            && is_for_agents(&asked.service_type)
        {
            let wanted = asked.scopes.is_empty() || self.scopes.shares(&asked.scopes);
            return wanted.then(|| self.advert(net, asker.interface, header, false)).flatten();
        }
        let body = self.body(cx, net, asker, request);
        match body {
            Ok(body) if asker.alone || !is_empty(&body) => {
                let mut answer = Message::new(header.answer(), body);
                // Version 1 says so of a new entry.
                answer.header.flags.fresh = header.flags.fresh && header.version == Version::V1;
                Some(answer)
            }
            Err(error) if asker.alone => {
                let body = failure(request.body.function(), error)?;
                Some(Message::new(header.answer(), body))
            }
            _ => None,
        }
    }

    fn body(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        asker: Asker,
        request: &Message,
    ) -> Result<Body, ErrorCode> {
        let (header, error) = (&request.header, ErrorCode::Ok);
        Ok(match &request.body {
            Body::SrvRqst(asked) => {
                let most = match asker.via {
                    Via::Datagram => usize::from(cx.config.slp.datagram) / SHORTEST_ENTRY + 1,
                    Via::Stream(_) => usize::from(u16::MAX),
                };
                let urls = self.services(cx.now, header, asked, most)?;
                Body::SrvRply(SrvReply { error, urls })
            }
            Body::AttrRqst(asked) => {
                let attributes = self.attributes(header, asked)?.to_text(header.version);
                Body::AttrRply(AttrReply { error, attributes })
            }
            Body::SrvTypeRqst(asked) => {
                Body::SrvTypeRply(TypeReply { error, types: self.types(header, asked)? })
            }
            Body::SrvReg(asked) => {
                self.register(cx, net, asker.ip, header, asked)?;
                self.forward(cx);
                Body::SrvAck(SrvAck { error })
            }
            Body::SrvDereg(asked) => {
                self.deregister(cx, asker.ip, asker.via, header, asked)?;
                self.forward(cx);
                Body::SrvAck(SrvAck { error })
            }
            _ => return Err(ErrorCode::MessageNotSupported),
        })
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>, net: &Net) {
        if !self.store.handle_timeout(cx.now).is_empty() {
            self.changed(cx);
        }
        if self.beat.is_some_and(|at| at <= cx.now) {
            self.beat(cx, net);
        }
        if self.save.is_some_and(|at| at <= cx.now) {
            self.save = None;
            let (key, value) = (StoreKey::SlpRegistry, self.to_saved(cx.now));
            cx.out.push(Output::Persist { key, value });
            self.count_scopes(cx);
        }
        self.mesh_timeout(cx);
    }

    /// Tells of scopes that have become too large.
    fn count_scopes(&self, cx: &mut Cx<'_>) {
        if self.store.len() < CROWDED {
            return;
        }
        for scope in self.scopes.iter() {
            let live = self.store.iter().filter(|(_, entry)| !entry.ended);
            let registrations = live.filter(|(_, entry)| entry.scopes.contains(scope)).count();
            if registrations >= CROWDED {
                let scope = scope.to_owned();
                let lasting = Lasting::ScopeCrowded(scope.clone());
                cx.out.event_once(lasting, DiscoveryEvent::ScopeCrowded { scope, registrations });
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        let own = [self.store.next_timeout(), self.beat, self.save];
        own.into_iter().flatten().chain(self.mesh.next_timeout()).min()
    }

    /// Tells everybody that it goes, and keeps what it has.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>, net: &Net) {
        let key = StoreKey::SlpRegistry;
        cx.out.push(Output::Persist { key, value: self.to_saved(cx.now) });
        if cx.config.slp.multicast {
            for interface in net.interfaces(cx.config) {
                let header = Header::new(Version::V2, 0);
                let farewell = self.advert(net, interface, &header, true);
                send_to_group(cx, interface, GROUP_V2, farewell);
            }
        }
        self.mesh_leave(cx);
        (self.beat, self.save) = (None, None);
    }

    /// Everybody is told that it is there.
    fn beat(&mut self, cx: &mut Cx<'_>, net: &Net) {
        self.beat = Some(cx.now + self.settings.heartbeat);
        if !cx.config.slp.multicast {
            return;
        }
        for interface in net.interfaces(cx.config) {
            let v2 = self.advert(net, interface, &Header::new(Version::V2, 0), false);
            send_to_group(cx, interface, GROUP_V2, v2);
            let v1 = self.advert(net, interface, &Header::new(Version::V1, self.xid), false);
            send_to_group(cx, interface, GENERAL_V1, v1);
        }
        self.xid = self.xid.checked_add(1).unwrap_or(STATEFUL);
    }

    /// What it says of itself; with the header of the request, or one of its own.
    fn advert(
        &self,
        net: &Net,
        interface: InterfaceId,
        header: &Header,
        leaves: bool,
    ) -> Option<Message> {
        let url = format!("service:directory-agent://{}", net.address(interface)?);
        let mut header = header.answer();
        let v2 = header.version == Version::V2;
        header.flags.multicast = v2 && header.xid == 0;
        let state = match (v2, leaves) {
            (false, _) => DaState::Untold,
            (true, true) => DaState::GoingDown,
            (true, false) => DaState::Since(self.boot?),
        };
        let scopes =
            if !v2 && self.settings.unscoped { ScopeList::default() } else { self.scopes.clone() };
        let meshed =
            v2 && !(self.settings.mesh_peers.is_empty() && self.settings.mesh_allow.is_empty());
        let attributes = if meshed { MESH_ENHANCED.to_owned() } else { String::new() };
        let error = ErrorCode::Ok;
        let body = DaAdvert { error, state, url, scopes, attributes, spis: String::new() };
        Some(Message::new(header, Body::DaAdvert(body)))
    }

    /// Puts an entry in, if it is a later state than the one that is there.
    fn put(&mut self, cx: &Cx<'_>, key: Key, entry: Entry) -> bool {
        let later = self.store.get(&key).is_none_or(|known| known.rank() < entry.rank());
        if later {
            self.highest = self.highest.max(entry.accepted.stamp);
            self.mesh.saw(&entry.accepted);
            self.store.put(key, entry, cx.now);
            self.changed(cx);
        }
        later
    }

    /// The stamp of what is taken now: by the clock, and higher than any that was seen.
    fn accept(&mut self, cx: &Cx<'_>) -> AcceptId {
        let clock = UNIX_EPOCH + self.unix_us(cx.now);
        self.highest = clock.max(self.highest + 1);
        AcceptId { stamp: self.highest, agent: self.url.clone() }
    }

    fn unix_us(&self, now: Time) -> u64 {
        let Some((then, unix_us)) = self.clock else { return now.as_micros() };
        unix_us + now.as_micros().saturating_sub(then.as_micros())
    }

    fn changed(&mut self, cx: &Cx<'_>) {
        let patience = SAVE * u32::try_from(1 + self.store.len() / 1_000).unwrap_or(u32::MAX);
        self.save.get_or_insert(cx.now + patience);
    }

    /// The keys of a URL, in all languages.
    fn keys_of(&self, url: &str) -> Vec<Key> {
        let first = Key { url: url.to_owned(), language: String::new() };
        let from = self.store.range_from(&first);
        from.take_while(|key| key.url == url).cloned().collect()
    }
}

/// An answer that has nothing to say.
fn is_empty(body: &Body) -> bool {
    match body {
        Body::SrvRply(reply) => reply.urls.is_empty(),
        Body::AttrRply(reply) => reply.attributes.is_empty(),
        Body::SrvTypeRply(reply) => reply.types.is_empty(),
        _ => false,
    }
}

fn send_to_group(
    cx: &mut Cx<'_>,
    interface: InterfaceId,
    group: Ipv4Addr,
    message: Option<Message>,
) {
    if let Some(bytes) = message.and_then(|mut message| net::encode(&mut message)) {
        net::send(cx, interface, group, bytes);
    }
}

/// The mark of an entry that came without a scope.
fn unscoped_mark() -> AttributeList {
    AttributeList::new(vec![Attribute::of_texts(UNSCOPED, [])])
}
