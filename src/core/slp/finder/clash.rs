//! Our own URL in others' answers: it is to be ours alone in its scope [cmd §12.3].
//!
//! Its attributes are read now and then. If they name another host's address, two agents have one
//! name: operators are told, and the other one is found under that URL, as any agent is.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

use super::super::exchange::{Answer, Destination, Exchanges, Patience, Request};
use super::super::net::Net;
use super::super::{Purpose, announcement};
use super::read::{is_ours, read};
use super::{Finder, Teller};
use crate::Time;
use crate::ids::CircuitId;
use crate::router::{Cx, DiscoveryEvent};
use crate::wire::slp::{AttrRequest, Body, ScopeList, Version};

/// The attributes are read so often at most.
const READ: Duration = Duration::from_secs(900);
/// Operators are told so often at most.
const WORD: Duration = Duration::from_secs(3_600);

/// Our own URLs on a CMD network.
#[derive(Clone, Debug)]
pub(in super::super) struct Own {
    /// The one that is to be ours.
    pub(in super::super) usual: String,
    /// The one that we have while another host has that.
    pub(in super::super) substitute: String,
    /// The one of the two that the directory agent asked has acknowledged, or is to.
    pub(in super::super) shown: String,
}

/// Who else may have our URLs.
#[derive(Debug, Default)]
pub(super) struct Clashes {
    /// Our URLs whose attributes are to be read, and who has shown them.
    waiting: VecDeque<(CircuitId, String, Teller)>,
    networks: BTreeMap<CircuitId, Clash>,
}

#[derive(Debug, Default)]
struct Clash {
    read: Option<Time>,
    told: Option<Time>,
    /// The URL is another host's.
    foreign: bool,
}

impl Clashes {
    /// Somebody shows our URL. True if it is known to be another host's.
    pub(super) fn seen(&mut self, now: Time, circuit: CircuitId, url: &str, by: &Teller) -> bool {
        let clash = self.networks.entry(circuit).or_default();
        if clash.read.is_none_or(|read| now >= read + READ) {
            clash.read = Some(now);
            self.waiting.push_back((circuit, url.to_owned(), by.clone()));
        }
        clash.foreign
    }

    /// There is something to be read.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What is to be read next.
    pub(super) fn next(&mut self) -> Option<(CircuitId, String, Teller)> {
        self.waiting.pop_front()
    }

    /// Our URL stands for another host, or not any more. What that changes: whether operators are
    /// to be told, and whether it is news.
    fn is(&mut self, now: Time, circuit: CircuitId, foreign: bool) -> (bool, bool) {
        let clash = self.networks.entry(circuit).or_default();
        let before = std::mem::replace(&mut clash.foreign, foreign);
        let news = foreign && !before;
        let tell = foreign && clash.told.is_none_or(|told| now >= told + WORD);
        if tell {
            clash.told = Some(now);
        }
        (tell, news)
    }
}

impl Finder {
    /// Asks for the attributes of our own URL.
    pub(super) fn ask_own(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        (circuit, url, teller): (CircuitId, String, Teller),
    ) {
        let Teller { ip, interface, version } = teller;
        let scopes = match version {
            Version::V1 => ScopeList::default(),
            Version::V2 => super::super::scopes_or_default(cx),
        };
        let (target, tags) = (url.clone(), announcement::tags());
        let body = Body::AttrRqst(AttrRequest { target, scopes, tags, ..AttrRequest::default() });
        let purpose = Purpose::OwnUrl { circuit, url };
        let (to, patience) = (Destination::Host(ip), Patience::Usual);
        exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
    }

    /// The attributes of our own URL came.
    pub(in super::super) fn own_url(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        (circuit, url): (CircuitId, String),
        answer: &Answer<Purpose>,
    ) {
        let Body::AttrRply(reply) = &answer.message.body else { return };
        let version = answer.message.header.version;
        let Some(ip) = read(cx, net, &url, &reply.attributes, version).ip else { return };
        self.own_is_of(cx, circuit, url, ip, is_ours(cx, net, ip));
    }

    fn own_is_of(
        &mut self,
        cx: &mut Cx<'_>,
        circuit: CircuitId,
        url: String,
        ip: Ipv4Addr,
        ours: bool,
    ) {
        let (tell, news) = self.clashes.is(cx.now, circuit, !ours);
        if tell {
            cx.out.event(DiscoveryEvent::SlpNameClash { url, ip });
        }
        if news && self.rounds.get(&circuit).is_some() {
            // That host may be a peer.
            self.rounds.set_earliest(circuit, cx.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::InterfaceId;

    #[test]
    fn our_url_is_read_every_quarter_of_an_hour_and_operators_are_told_once_an_hour() {
        let here = CircuitId(1);
        let ip = Ipv4Addr::new(10, 0, 0, 9);
        let teller = Teller { ip, interface: InterfaceId(0), version: Version::V2 };
        let (mut clashes, mut read, mut told) = (Clashes::default(), Vec::new(), Vec::new());
        for minute in 0..130 {
            let now = Time::from_secs(60 * minute);
            let foreign = clashes.seen(now, here, "service:mgw.novell:///A", &teller);
            assert_eq!(foreign, minute > 0, "known once it was read");
            if clashes.next().is_some() {
                read.push(minute);
                let (tell, news) = clashes.is(now, here, true);
                assert_eq!(news, minute == 0);
                told.extend(tell.then_some(minute));
            }
        }
        assert_eq!(read, [0, 15, 30, 45, 60, 75, 90, 105, 120]);
        assert_eq!(told, [0, 60, 120]);
        assert_eq!(clashes.is(Time::from_secs(9_000), here, false), (false, false));
        assert!(!clashes.seen(Time::from_secs(9_000), here, "service:mgw.novell:///A", &teller));
    }
}
