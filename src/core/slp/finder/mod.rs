//! The user agent: who else is on a CMD network, and when that is asked again [cmd §12.4].
//!
//! A *round* asks everywhere once: the primary directory agent of each of our scopes, or all
//! service agents of a group where a scope has none. It ends when every request has; what it
//! brought goes into the [`Records`], and what those say becomes the peers of the network.

mod candidates;
mod clash;
mod lookup;
mod read;
mod records;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

pub(crate) use candidates::Candidate;
use candidates::Candidates;
use clash::Clashes;
pub(super) use clash::Own;
use lookup::Lookups;
pub(super) use read::read;
pub(crate) use records::{Found, Reading, Record};
use records::{Harvest, Records, Teller};

use super::agents::Agents;
use super::exchange::{Answer, Destination, Exchanges, Patience, Request};
use super::net::{self, Net};
use super::{Purpose, announcement};
use crate::Time;
use crate::config::Discovery;
use crate::ids::{CircuitId, InterfaceId};
use crate::router::{Cx, DiscoveryEvent, Event, Lasting};
use crate::timers::Timers;
use crate::wire::slp::{AttrRequest, Body, ErrorCode, ScopeList, SrvRequest, Version};

/// After the first round it is asked again after these times: two agents at two directory agents
/// that are not in step yet would else both wait for long.
const EARLY: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(45)];
/// Then so often while nobody is found, or peers have changed within [`LATELY`].
const OFTEN: Duration = Duration::from_secs(300);
const LATELY: Duration = Duration::from_secs(3_600);
/// Then so often.
const SELDOM: Duration = Duration::from_secs(900);
/// And at half of what is left of the record that ends first, but not more often than this.
const LEAST: Duration = Duration::from_secs(60);
/// Time between two requests for attributes.
const ATTRIBUTES: Duration = Duration::from_millis(100);

/// The search on all CMD networks.
#[derive(Debug, Default)]
pub(super) struct Finder {
    networks: BTreeMap<CircuitId, Network>,
    rounds: Timers<CircuitId>,
    /// URLs to be read.
    unread: VecDeque<(CircuitId, String)>,
    /// When the next of them may be.
    read: Time,
    /// URLs that name no address.
    lookups: Lookups,
    /// Who else may have our URLs.
    clashes: Clashes,
    missing: Vec<(Ipv4Addr, CircuitId)>,
    candidates: Candidates,
}

/// The search on one CMD network.
#[derive(Debug, Default)]
pub(super) struct Network {
    records: Records,
    round: Option<Round>,
    /// Rounds since the search began.
    rounds: usize,
    /// When its peers last changed.
    changed: Option<Time>,
}

/// A round under way.
#[derive(Debug, Default)]
struct Round {
    harvest: Harvest,
    /// Requests that have not ended.
    open: usize,
    /// Only records of this network were asked for.
    filtered: bool,
    /// A directory agent was silent: another one may be there to be asked.
    silent: bool,
    /// A group is asked.
    by_group: bool,
    /// It is to be followed by another at once.
    again: bool,
}

impl Finder {
    /// The search begins on a network, or begins anew, at this time.
    pub(super) fn start(&mut self, at: Time, circuit: CircuitId) {
        let network = self.networks.entry(circuit).or_default();
        network.rounds = 0;
        self.rounds.set(circuit, at);
    }

    /// The circuit is down: nobody is asked. What is known stays.
    pub(super) fn stop(&mut self, circuit: CircuitId) {
        self.rounds.cancel(&circuit);
    }

    /// A stranger sends to us on a CMD network as an agent there would.
    pub(super) fn stranger(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        circuit: CircuitId,
        ip: Ipv4Addr,
    ) {
        let Some(here) = cx.circuits.get(circuit) else { return };
        if !net.allows(cx.config, ip) || net.is_own(ip) || here.peers().any(|(peer, _)| peer == ip)
        {
            return;
        }
        let name = here.name.clone();
        let listed = !searched(cx).contains(&circuit);
        let due = self.candidates.heard(cx.now, circuit, ip, listed);
        if due.tell {
            cx.out.event(DiscoveryEvent::DiscoveryModeMismatch { circuit: name, ip });
        }
        if let Some(at) = due.ask
            && self.rounds.get(&circuit).is_some()
        {
            self.rounds.set_earliest(circuit, at);
        }
    }

    /// Asks everywhere again: somebody new is there to be asked. A round that waits for answers of
    /// a group is given up, for it takes its time.
    pub(super) fn hurry(&mut self, cx: &mut Cx<'_>, exchanges: &mut Exchanges<Purpose>) {
        for (&circuit, network) in &mut self.networks {
            match &mut network.round {
                Some(round) if round.by_group => {
                    network.round = None;
                    exchanges.forget(cx, |purpose| *purpose == Purpose::Services { circuit });
                    self.rounds.set(circuit, cx.now);
                }
                Some(round) => round.again = true,
                None if self.rounds.get(&circuit).is_some() => {
                    self.rounds.set_earliest(circuit, cx.now);
                }
                None => {}
            }
        }
    }

    /// Begins what is due.
    pub(super) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
    ) {
        while let Some(circuit) = self.rounds.pop_due(cx.now) {
            self.begin_round(cx, net, exchanges, agents, circuit, true);
        }
        while self.read <= cx.now {
            if let Some((circuit, url)) = self.unread.pop_front() {
                self.ask_attributes(cx, net, exchanges, circuit, url, Tags::Ours);
            } else if let Some(key) = self.lookups.next() {
                self.ask_bindery(cx, net, exchanges, key);
            } else if let Some(own) = self.clashes.next() {
                self.ask_own(cx, net, exchanges, own);
            } else {
                break;
            }
            self.read = cx.now + ATTRIBUTES;
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        let some =
            !self.unread.is_empty() || self.lookups.is_waiting() || self.clashes.is_waiting();
        let read = some.then_some(self.read);
        self.rounds.next().into_iter().chain(read).min()
    }

    /// An answer to "who is there?".
    pub(super) fn services(
        &mut self,
        cx: &Cx<'_>,
        agents: &Agents,
        own: Option<&Own>,
        circuit: CircuitId,
        answer: &Answer<Purpose>,
    ) {
        let Some(round) = self.networks.get_mut(&circuit).and_then(|net| net.round.as_mut()) else {
            return;
        };
        let Body::SrvRply(reply) = &answer.message.body else { return };
        let version = answer.message.header.version;
        let teller = Teller { ip: answer.from, interface: answer.interface, version };
        let by_agent = agents.get(answer.from).is_some();
        round.harvest.answered |= reply.error == ErrorCode::Ok;
        round.harvest.complete &= reply.error == ErrorCode::Ok;
        let partial = answer.message.header.flags.overflow;
        round.harvest.complete &= !partial;
        for entry in &reply.urls {
            // 0 is over: Novell's agents keep what was deregistered [slp-dhcp-snmp §6, row 13].
            let usual = own.is_some_and(|own| own.usual == entry.url);
            let substitute = own.is_some_and(|own| own.substitute == entry.url);
            let ours =
                (usual && !self.clashes.seen(cx.now, circuit, &entry.url, &teller)) || substitute;
            if entry.lifetime_s > 0 && !ours {
                let lifetime = Duration::from_secs(entry.lifetime_s.into());
                round.harvest.urls.insert(entry.url.clone(), (lifetime, teller.clone()));
            }
        }
        let (harvest, now) = (Harvest { answered: false, ..round.harvest.clone() }, cx.now);
        self.take(cx, circuit, &harvest, now);
        let ours = own.is_none_or(|own| reply.urls.iter().any(|entry| entry.url == own.shown));
        if by_agent && reply.error == ErrorCode::Ok && !partial && !ours {
            self.missing.push((answer.from, circuit));
        }
    }

    /// Directory agents that do not show what they have acknowledged.
    pub(super) fn take_missing(&mut self) -> Vec<(Ipv4Addr, CircuitId)> {
        std::mem::take(&mut self.missing)
    }

    /// A request of a round is over; `silent`: a directory agent did not answer.
    pub(super) fn request_ended(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
        circuit: CircuitId,
        silent: bool,
    ) {
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        let Some(round) = &mut network.round else { return };
        round.open = round.open.saturating_sub(1);
        round.silent |= silent;
        if round.open > 0 {
            return;
        }
        let Some(round) = network.round.take() else { return };
        if round.silent && !round.harvest.answered {
            // It is no longer the primary one: the next is asked, or the group.
            self.begin_round(cx, net, exchanges, agents, circuit, round.filtered);
            return;
        }
        if round.filtered && round.harvest.answered && round.harvest.urls.is_empty() {
            // Perhaps our condition is not understood.
            self.begin_round(cx, net, exchanges, agents, circuit, false);
            return;
        }
        self.end_round(cx, circuit, &round.harvest);
        if round.again {
            self.rounds.set(circuit, cx.now);
        }
    }

    /// The attributes of a URL came.
    pub(super) fn attributes(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        (circuit, url, tags): (CircuitId, String, Tags),
        answer: &Answer<Purpose>,
    ) {
        let Body::AttrRply(reply) = &answer.message.body else { return };
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        let found = read(cx, net, &url, &reply.attributes, answer.message.header.version);
        if tags == Tags::Ours && (found.network.is_none() || reply.error != ErrorCode::Ok) {
            self.ask_attributes(cx, net, exchanges, circuit, url, Tags::All);
            return;
        }
        let here = cx.circuits.get(circuit).map(|circuit| circuit.network);
        if found.ip.is_none() && found.network == here {
            self.lookups.add((circuit, url.clone()));
        }
        network.records.read(&url, Some(found));
        self.count_peers(cx, circuit, false);
    }

    /// Nobody told the attributes of a URL: the next round asks for them again.
    pub(super) fn untold(&mut self, circuit: CircuitId, url: &str) {
        if let Some(network) = self.networks.get_mut(&circuit) {
            network.records.read(url, None);
        }
    }

    /// What is known, by CMD network.
    pub(super) fn records(&self) -> impl Iterator<Item = (CircuitId, &str, &Record)> {
        self.networks.iter().flat_map(|(&circuit, network)| {
            network.records.iter().map(move |(url, record)| (circuit, url, record))
        })
    }

    /// Strangers on a CMD network.
    pub(super) fn candidates(
        &self,
        circuit: CircuitId,
    ) -> impl Iterator<Item = (Ipv4Addr, &Candidate)> {
        self.candidates.on(circuit)
    }

    fn begin_round(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
        circuit: CircuitId,
        filtered: bool,
    ) {
        let Some(number) = cx.circuits.get(circuit).filter(|it| it.is_up()).map(|it| it.network)
        else {
            return;
        };
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        if network.round.is_some() {
            return;
        }
        let places = places(cx, net, agents);
        let harvest = Harvest { complete: true, ..Harvest::default() };
        let mut round = Round { harvest, filtered, ..Round::default() };
        for place in places {
            let Place { version, interface, to, scopes } = place;
            let filter =
                if filtered { announcement::filter(number, version) } else { String::new() };
            let body = Body::SrvRqst(SrvRequest {
                service_type: announcement::TYPE.to_owned(),
                scopes,
                filter,
                ..SrvRequest::default()
            });
            let (purpose, patience) = (Purpose::Services { circuit }, Patience::Usual);
            round.open += 1;
            round.by_group |= matches!(to, Destination::Group(_));
            exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
        }
        let nobody = round.open == 0;
        network.round = Some(round);
        if nobody {
            network.round = None;
            self.end_round(cx, circuit, &Harvest::default());
        }
    }

    /// Takes in what has been told, and has the attributes read of what is new.
    fn take(&mut self, cx: &Cx<'_>, circuit: CircuitId, harvest: &Harvest, now: Time) {
        let up = peers_up(cx, circuit);
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        for url in network.records.take(now, harvest, |ip| up.contains(&ip)) {
            if !self.unread.contains(&(circuit, url.clone())) {
                self.unread.push_back((circuit, url));
            }
        }
    }

    fn end_round(&mut self, cx: &mut Cx<'_>, circuit: CircuitId, harvest: &Harvest) {
        self.take(cx, circuit, harvest, cx.now);
        if let Some(network) = self.networks.get_mut(&circuit) {
            network.rounds += 1;
        }
        self.count_peers(cx, circuit, harvest.answered);
        let Some(network) = self.networks.get(&circuit) else { return };
        let wait = network.next_round(cx);
        self.rounds.set(circuit, cx.now + wait);
    }

    /// The peers of a network follow from what is known of it.
    fn count_peers(&mut self, cx: &mut Cx<'_>, circuit: CircuitId, answered: bool) {
        let up = peers_up(cx, circuit);
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        let Some(here) = cx.circuits.get(circuit) else { return };
        let (number, name) = (here.network, here.name.clone());
        let before: BTreeSet<Ipv4Addr> = here.peers().map(|(ip, _)| ip).collect();
        let mut peers = network.records.peers(cx.now, number, answered, |ip| up.contains(&ip));
        let limit = cx.config.limits.peers;
        if peers.len() > limit {
            cx.out.event_once(
                Lasting::PeerLimit(circuit),
                Event::PeerLimit { circuit: name.clone(), limit },
            );
            // Those that are heard before all others.
            let (mut kept, rest): (BTreeSet<_>, BTreeSet<_>) =
                peers.iter().copied().partition(|ip| before.contains(ip));
            kept.extend(rest.into_iter().take(limit.saturating_sub(kept.len())));
            peers = kept;
        } else {
            cx.out.ended(&Lasting::PeerLimit(circuit));
        }
        if peers == before {
            return;
        }
        network.changed = Some(cx.now);
        for &peer in peers.difference(&before) {
            self.candidates.found(circuit, peer);
            cx.out.event(DiscoveryEvent::PeerFound { circuit: name.clone(), peer });
        }
        for &peer in before.difference(&peers) {
            cx.out.event(DiscoveryEvent::PeerGone { circuit: name.clone(), peer });
        }
        cx.circuits.set_peers(circuit, &peers);
    }

    fn ask_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        circuit: CircuitId,
        url: String,
        tags: Tags,
    ) {
        let Some(network) = self.networks.get_mut(&circuit) else { return };
        let Some(teller) = network.records.asked(&url) else { return };
        let Teller { ip, interface, version } = teller.clone();
        let scopes = match version {
            Version::V1 => ScopeList::default(),
            Version::V2 => super::scopes_or_default(cx),
        };
        let wanted = match tags {
            Tags::Ours => announcement::tags(),
            Tags::All => String::new(),
        };
        let body = Body::AttrRqst(AttrRequest {
            target: url.clone(),
            scopes,
            tags: wanted,
            ..AttrRequest::default()
        });
        let purpose = Purpose::Attributes { circuit, url, tags };
        let (to, patience) = (Destination::Host(ip), Patience::Usual);
        exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
    }
}

/// Which attributes were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// Those that we know.
    Ours,
    /// All.
    All,
}

impl Network {
    /// How long until the next round.
    fn next_round(&self, cx: &mut Cx<'_>) -> Duration {
        if let Some(&early) = self.rounds.checked_sub(1).and_then(|round| EARLY.get(round)) {
            return early;
        }
        if !self.records.has_peers() {
            return OFTEN;
        }
        let lately = self.changed.is_some_and(|at| cx.now < at + LATELY);
        let wait = if lately { OFTEN } else { SELDOM };
        let jitter = cx.random.duration_up_to(wait / 5);
        let wait = wait * 9 / 10 + jitter;
        let half = self.records.next_end().map_or(wait, |end| end.since(cx.now) / 2);
        wait.min(half.max(LEAST))
    }
}

/// Peers that are heard.
fn peers_up(cx: &Cx<'_>, circuit: CircuitId) -> BTreeSet<Ipv4Addr> {
    let peers = cx.circuits.get(circuit).into_iter().flat_map(|circuit| circuit.peers());
    peers.filter(|(_, peer)| peer.up).map(|(ip, _)| ip).collect()
}

/// Somewhere to ask.
struct Place {
    version: Version,
    interface: InterfaceId,
    to: Destination,
    scopes: ScopeList,
}

/// Where all our scopes can be asked: at the primary directory agent of each, or in the group
/// where there is none [slp-dhcp-snmp §5.2].
fn places(cx: &Cx<'_>, net: &Net, agents: &Agents) -> Vec<Place> {
    let ours = super::scopes(cx);
    let mut by_agent: BTreeMap<Ipv4Addr, Vec<String>> = BTreeMap::new();
    let mut without: Vec<String> = Vec::new();
    for scope in super::scopes_or_default(cx).iter().map(str::to_owned) {
        match agents.primary(&scope) {
            Some(ip) => by_agent.entry(ip).or_default().push(scope),
            None => without.push(scope),
        }
    }
    let mut places = Vec::new();
    for (ip, scopes) in by_agent {
        let Some(agent) = agents.get(ip) else { continue };
        let (interface, to) = (agent.interface, Destination::Host(ip));
        match agent.version() {
            Version::V2 => {
                let scopes = ScopeList::from_names(scopes);
                places.push(Place { version: Version::V2, interface, to, scopes });
            }
            // One scope a request; one that knows none is asked without.
            Version::V1 => places.extend(scopes.into_iter().map(|scope| {
                let none = ours.is_empty();
                let scopes = ScopeList::from_names((!none).then_some(scope));
                Place { version: Version::V1, interface, to, scopes }
            })),
        }
    }
    if let Some(ip) = agents.unscoped().filter(|_| places.is_empty())
        && let Some(agent) = agents.get(ip)
    {
        let (interface, to) = (agent.interface, Destination::Host(ip));
        let scopes = ScopeList::default();
        places.push(Place { version: Version::V1, interface, to, scopes });
        without.clear();
    }
    if cx.config.slp.multicast && !without.is_empty() {
        for interface in net.interfaces(cx.config) {
            let to = |version| Destination::Group(net::group(version, false));
            let scopes = ScopeList::from_names(without.iter().cloned());
            places.push(Place { version: Version::V2, interface, to: to(Version::V2), scopes });
            let scopes: Vec<ScopeList> = if ours.is_empty() {
                vec![ScopeList::default()]
            } else {
                without.iter().map(|scope| ScopeList::from_names([scope.clone()])).collect()
            };
            places.extend(scopes.into_iter().map(|scopes| Place {
                version: Version::V1,
                interface,
                to: to(Version::V1),
                scopes,
            }));
        }
    }
    places
}

/// The CMD networks whose agents SLP finds.
pub(super) fn searched(cx: &Cx<'_>) -> Vec<CircuitId> {
    let networks = cx.config.cmd_networks.iter().enumerate();
    let searched = networks.filter(|(_, network)| network.discovery == Discovery::Slp);
    searched.map(|(index, _)| cx.config.cmd_circuit(index)).collect()
}
