//! The directory agents that are known, and which of them is asked [slp-dhcp-snmp §5.1, §5.2].
//!
//! ```text
//!   listed, by DHCP or the operator:   asked ──► up ◄──► down      asked again, ever more rarely
//!   heard by multicast:                          up ───► forgotten
//! ```
//!
//! Of a scope the first to answer is the primary one and stays it until it is silent: nobody goes
//! back to another while it answers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Time;
use crate::ids::InterfaceId;
use crate::timers::Timers;
use crate::wire::slp::{DaAdvert, DaState, Header, ScopeList, Version};

/// Directory agents that are kept; of one scope 16 would do [slp-dhcp-snmp §5.7].
const MOST: usize = 64;
/// Directory agents of one scope that were heard by multicast.
const MOST_OF_SCOPE: usize = 16;
/// One that is up is looked at so often, for its boot stamp.
const CHECK: Duration = Duration::from_secs(300);
/// One that is down is asked again after so long, then after twice as long, ...
const AGAIN: Duration = Duration::from_secs(60);
/// ... at the longest.
const AGAIN_MOST: Duration = Duration::from_secs(900);
/// Below this the XID of an unsolicited advert of version 1 says that the store was lost.
const STATELESS: u16 = 0x100;

/// Where a directory agent is known from. Earlier is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// DHCP option 78, at this place in the list.
    Dhcp(usize),
    /// The operator's list, at this place.
    Static(usize),
    /// It was heard by multicast, as the so many-th.
    Heard(usize),
}

/// How a directory agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgentState {
    /// It was asked and has not answered yet.
    Asked,
    /// It answers.
    Up,
    /// It was silent, so many times.
    Down(u32),
}

/// A directory agent.
#[derive(Clone, Debug)]
pub(crate) struct KnownAgent {
    pub(crate) origin: Origin,
    /// The interface towards it.
    pub(crate) interface: InterfaceId,
    pub(crate) state: AgentState,
    /// It has said so in these versions.
    v1: bool,
    v2: bool,
    pub(crate) scopes: ScopeList,
    /// Its last boot stamp; version 2.
    pub(crate) boot: Option<u32>,
    /// The XID of its last unsolicited advert; version 1.
    xid: Option<u16>,
    /// When it was heard last.
    heard: Time,
    /// The attributes of its advert.
    pub(crate) attributes: String,
}

/// What happened to a directory agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AgentChange {
    /// It is there, and nothing is registered with it.
    Up(Ipv4Addr),
    /// It has lost its store, or serves other scopes.
    Restarted(Ipv4Addr),
    /// It is silent, or has said that it goes.
    Down(Ipv4Addr),
}

/// All that are known.
#[derive(Debug, Default)]
pub(super) struct Agents {
    known: BTreeMap<Ipv4Addr, KnownAgent>,
    /// The primary agent of each scope, by its folded name.
    primaries: BTreeMap<String, Ipv4Addr>,
    heard: usize,
    checks: Timers<Ipv4Addr>,
    changes: Vec<AgentChange>,
}

impl KnownAgent {
    /// One that has not said anything yet.
    fn new(origin: Origin, interface: InterfaceId, now: Time) -> Self {
        Self {
            origin,
            interface,
            state: AgentState::Asked,
            v1: false,
            v2: false,
            scopes: ScopeList::default(),
            boot: None,
            xid: None,
            heard: now,
            attributes: String::new(),
        }
    }

    /// The version that it is spoken to in.
    pub(crate) const fn version(&self) -> Version {
        if self.v1 && !self.v2 { Version::V1 } else { Version::V2 }
    }

    /// The same, once it has said so.
    pub(crate) const fn known_version(&self) -> Option<Version> {
        if self.v1 || self.v2 { Some(self.version()) } else { None }
    }

    /// It has been heard since then.
    pub(super) fn heard_since(&self, then: Time) -> bool {
        self.state == AgentState::Up && self.heard >= then
    }

    /// Registrations without a scope have a place there: version 1 without scopes.
    pub(crate) fn is_unscoped(&self) -> bool {
        self.scopes.is_empty()
    }

    /// The least time between two registrations of one service, in seconds.
    pub(crate) fn min_refresh_s(&self) -> u16 {
        super::attribute(&self.attributes, "min-refresh-interval", self.version())
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    }
}

impl Agents {
    /// These are listed, by DHCP and the operator, and no others are from now on.
    pub(super) fn list(
        &mut self,
        now: Time,
        interface: InterfaceId,
        listed: &[(Ipv4Addr, Origin)],
    ) {
        let gone = self.known.iter().filter(|(ip, agent)| {
            !matches!(agent.origin, Origin::Heard(_)) && !listed.iter().any(|(it, _)| it == *ip)
        });
        let gone: Vec<Ipv4Addr> = gone.map(|(&ip, _)| ip).collect();
        gone.into_iter().for_each(|ip| self.drop(ip));
        for &(ip, origin) in listed {
            if let Some(agent) = self.known.get_mut(&ip) {
                agent.origin = origin;
                continue;
            }
            self.known.insert(ip, KnownAgent::new(origin, interface, now));
            self.checks.set(ip, now);
        }
    }

    /// Forgets those that were heard by multicast: they are not to be used any more.
    pub(super) fn forget_heard(&mut self) {
        let heard = self.known.iter().filter(|(_, agent)| matches!(agent.origin, Origin::Heard(_)));
        let heard: Vec<Ipv4Addr> = heard.map(|(&ip, _)| ip).collect();
        heard.into_iter().for_each(|ip| self.drop(ip));
    }

    /// A directory agent says that it is there. `asked`: in answer to a request of ours; then the
    /// XID says nothing of its store. More than are wanted are not taken in.
    pub(super) fn advert(
        &mut self,
        now: Time,
        ip: Ipv4Addr,
        interface: InterfaceId,
        header: &Header,
        advert: &DaAdvert,
        asked: bool,
    ) {
        if advert.state == DaState::GoingDown {
            self.left(ip);
            return;
        }
        let origin = Origin::Heard(self.heard);
        if !self.known.contains_key(&ip) {
            if !self.has_room(&advert.scopes) {
                return;
            }
            self.heard += 1;
        }
        let new = || KnownAgent::new(origin, interface, now);
        let agent = self.known.entry(ip).or_insert_with(new);
        agent.heard = now;
        agent.interface = interface;
        let lost = agent.lost_store(header, advert, asked);
        match header.version {
            Version::V1 => agent.v1 = true,
            Version::V2 => {
                agent.v2 = true;
                agent.attributes.clone_from(&advert.attributes);
            }
        }
        // What is spoken is version 2 where both are known: its scopes count.
        let counts = header.version == agent.version();
        let others = counts && agent.scopes != advert.scopes;
        if counts {
            agent.scopes.clone_from(&advert.scopes);
        }
        if agent.state != AgentState::Up {
            agent.state = AgentState::Up;
            self.changes.push(AgentChange::Up(ip));
        } else if lost || others {
            self.changes.push(AgentChange::Restarted(ip));
        }
        self.checks.set(ip, now + CHECK);
        self.elect();
    }

    /// It does not answer.
    pub(super) fn silent(&mut self, now: Time, ip: Ipv4Addr) {
        let Some(agent) = self.known.get_mut(&ip) else { return };
        if agent.state == AgentState::Up {
            self.changes.push(AgentChange::Down(ip));
        }
        if matches!(agent.origin, Origin::Heard(_)) {
            self.drop(ip);
            return;
        }
        let times = if let AgentState::Down(times) = agent.state { times + 1 } else { 0 };
        agent.state = AgentState::Down(times);
        let wait = AGAIN.saturating_mul(1 << times.min(8)).min(AGAIN_MOST);
        self.checks.set(ip, now + wait);
        self.elect();
    }

    /// It has said that it goes down.
    fn left(&mut self, ip: Ipv4Addr) {
        if let Some(agent) = self.known.get_mut(&ip) {
            if agent.state == AgentState::Up {
                self.changes.push(AgentChange::Down(ip));
            }
            match agent.origin {
                Origin::Heard(_) => self.drop(ip),
                Origin::Dhcp(_) | Origin::Static(_) => {
                    // It is asked again at its next check.
                    agent.state = AgentState::Down(0);
                    self.elect();
                }
            }
        }
    }

    /// Those to be asked how they are.
    pub(super) fn take_due(&mut self, now: Time) -> Vec<(Ipv4Addr, InterfaceId)> {
        let mut due = Vec::new();
        while let Some(ip) = self.checks.pop_due(now) {
            if let Some(agent) = self.known.get(&ip) {
                due.push((ip, agent.interface));
                // Should the question be lost altogether, there is another.
                self.checks.set(ip, now + CHECK);
            }
        }
        due
    }

    /// Asks all that are listed anew: an interface came up.
    pub(super) fn check_all(&mut self, now: Time, interface: InterfaceId) {
        for (&ip, agent) in &mut self.known {
            agent.interface = interface;
            self.checks.set(ip, now);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.checks.next()
    }

    pub(super) fn take_changes(&mut self) -> Vec<AgentChange> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn get(&self, ip: Ipv4Addr) -> Option<&KnownAgent> {
        self.known.get(&ip)
    }

    /// All, in the order of addresses.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ipv4Addr, &KnownAgent)> {
        self.known.iter().map(|(&ip, agent)| (ip, agent))
    }

    /// Those that are up.
    pub(super) fn up(&self) -> impl Iterator<Item = (Ipv4Addr, &KnownAgent)> {
        self.iter().filter(|(_, agent)| agent.state == AgentState::Up)
    }

    /// The one that is asked in this scope.
    pub(super) fn primary(&self, scope: &str) -> Option<Ipv4Addr> {
        self.primaries.get(&fold(scope)).copied()
    }

    /// The one that is asked for what has no scope: of version 1, without scopes.
    pub(super) fn unscoped(&self) -> Option<Ipv4Addr> {
        let mut unscoped = self.up().filter(|(_, agent)| agent.is_unscoped());
        unscoped.next().map(|(ip, _)| ip)
    }

    /// Chooses primary agents where there are none.
    fn elect(&mut self) {
        let known = &self.known;
        self.primaries.retain(|scope, ip| {
            known.get(ip).is_some_and(|agent| {
                agent.state == AgentState::Up && agent.scopes.iter().any(|it| fold(it) == *scope)
            })
        });
        let mut up: Vec<_> =
            self.known.iter().filter(|(_, agent)| agent.state == AgentState::Up).collect();
        // The first to answer found no other and is primary; after it comes the next in the list.
        up.sort_by_key(|(ip, agent)| (agent.origin, **ip));
        for (&ip, agent) in up {
            for scope in agent.scopes.iter() {
                self.primaries.entry(fold(scope)).or_insert(ip);
            }
        }
    }

    fn drop(&mut self, ip: Ipv4Addr) {
        if let Some(agent) = self.known.remove(&ip)
            && agent.state == AgentState::Up
            && !self.changes.contains(&AgentChange::Down(ip))
        {
            self.changes.push(AgentChange::Down(ip));
        }
        self.checks.cancel(&ip);
        self.elect();
    }

    /// One more that nobody listed is welcome.
    fn has_room(&self, scopes: &ScopeList) -> bool {
        let of_scope = |scope: &str| {
            let same = |agent: &&KnownAgent| agent.scopes.contains(scope);
            self.known.values().filter(same).count()
        };
        self.known.len() < MOST && scopes.iter().all(|scope| of_scope(scope) < MOST_OF_SCOPE)
    }
}

impl KnownAgent {
    /// An advert tells that all registrations are lost [slp-dhcp-snmp §5.3].
    fn lost_store(&mut self, header: &Header, advert: &DaAdvert, asked: bool) -> bool {
        match (header.version, advert.state) {
            (Version::V2, DaState::Since(boot)) => {
                self.boot.replace(boot).is_some_and(|before| before != boot)
            }
            (Version::V1, _) if !asked => {
                let before = self.xid.replace(header.xid);
                before.is_some_and(|before| header.xid < before && header.xid < STATELESS)
            }
            _ => false,
        }
    }
}

/// Names of scopes are compared without case.
pub(super) fn fold(scope: &str) -> String {
    scope.trim().to_lowercase()
}
