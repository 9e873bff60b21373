//! SLP: finding the other agents of a CMD network, and being found [cmd §12.3, §12.4],
//! [slp-dhcp-snmp §5].
//!
//! Its parts are peers, as those of NLSP are: each owns its state, and this file gives to one what
//! another brought about.
//!
//! | part | what it knows |
//! |---|---|
//! | `net` | interfaces and groups, and whom to hear |
//! | `names` | directory agents that are listed by name |
//! | `exchange` | requests of ours that wait for answers |
//! | `agents` | directory agents, and which is asked |
//! | `seeker` | when directory agents are looked for |
//! | `registrar` | what of ours is registered where |
//! | `finder` | who else is on a CMD network: the peers |
//! | `announcement` | what we say of ourselves, in URL and attributes |
//! | `answer` | answers to others, as a service agent |
//! | `directory` | the directory agent, if we are one |
//! | `connections` | TCP connections that others opened |
//! | `incoming` | what others send, by datagram and by connection, and who answers it |
//! | `limits` | how much others may make us say |

mod agents;
mod announcement;
mod answer;
mod connections;
pub(crate) mod directory;
mod exchange;
mod finder;
mod incoming;
mod limits;
mod names;
mod net;
mod registrar;
mod seeker;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use agents::{AgentChange, Agents};
pub(crate) use agents::{AgentState, KnownAgent, Origin};
use connections::Connections;
use directory::Directory;
use exchange::{Answer, Destination, Ended, Exchanges, Outcome};
pub(crate) use finder::{Candidate, Reading, Record};
use finder::{Finder, Tags};
use incoming::Heard;
use limits::Limits;
use net::Net;
use registrar::{Held, Registrar};
use seeker::Seeker;

use crate::Time;
use crate::config::{Config, DEFAULT_SCOPE, DaDiscovery};
use crate::hub::Change;
use crate::ids::{CircuitId, InterfaceId, StreamId};
use crate::router::{
    Cx, DiscoveryEvent, Engine, InterfaceState, Output, StreamAction, StreamEvent,
};
use crate::wire::dhcp::Scopes;
use crate::wire::slp::{AttributeList, Body, Message, ScopeList, Version};

/// Without a directory agent that has our registration, the first round waits for so long.
const FIRST_ROUND: Duration = Duration::from_secs(6);

/// What a request of ours is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    /// Which directory agents are there?
    FindAgents,
    /// Is this one there, and what does it serve?
    AskAgent(Ipv4Addr),
    /// Registering our agent of a CMD network.
    Register { agent: Ipv4Addr, circuit: CircuitId, lifetime_s: u16 },
    /// Taking that back.
    Deregister { agent: Ipv4Addr },
    /// Which agents has a CMD network?
    Services { circuit: CircuitId },
    /// What is this one's address?
    Attributes { circuit: CircuitId, url: String, tags: Tags },
    /// Is our own URL still ours?
    OwnUrl { circuit: CircuitId, url: String },
    /// Which address has the server of this one's name?
    Bindery { circuit: CircuitId, url: String },
}

/// The agents of SLP that we are.
#[derive(Debug, Default)]
pub(crate) struct Slp {
    net: Net,
    exchanges: Exchanges<Purpose>,
    agents: Agents,
    seeker: Seeker,
    registrar: Registrar,
    finder: Finder,
    limits: Limits,
    connections: Connections,
    directory: Option<Directory>,
    /// The scopes at the last look.
    scopes: Option<ScopeList>,
    leaving: bool,
}

impl Slp {
    pub(crate) fn new(config: &Config) -> Self {
        Self { directory: Directory::new(config), ..Self::default() }
    }

    /// The host tells the time.
    pub(crate) fn set_clock(&mut self, now: Time, unix_us: u64) {
        if let Some(directory) = &mut self.directory {
            directory.set_clock(now, unix_us);
        }
    }

    /// The registry of the last run.
    pub(crate) fn restore(&mut self, now: Time, text: &str) -> bool {
        self.directory.as_mut().is_none_or(|directory| directory.restore(now, text))
    }

    /// An interface came, went or changed.
    pub(crate) fn interface(&mut self, cx: &mut Cx<'_>, id: InterfaceId, state: &InterfaceState) {
        let Some(interface) = cx.config.interfaces.get(id.index()) else { return };
        let speaks = interface.slp.is_some();
        let name = interface.name.clone();
        if let InterfaceState::Down { reason } = state
            && speaks
        {
            let (interface, reason) = (name.clone(), reason.clone());
            cx.out.event(DiscoveryEvent::InterfaceDown { interface, reason });
        }
        self.scopes.get_or_insert_with(|| scopes(cx));
        if self.net.set(id, state) && speaks && !self.leaving {
            if let Some(ip) = self.net.address(id) {
                cx.out.event(DiscoveryEvent::InterfaceUp { interface: name, ip });
            }
            if let Some(directory) = &mut self.directory {
                directory.interface_up(cx, &self.net);
            }
            self.seeker.start(cx, &self.net, &mut self.agents);
            self.review(cx);
        }
        self.settle(cx);
    }

    /// A datagram came to port 427, sent `to` an address of ours or to a group.
    pub(crate) fn datagram(
        &mut self,
        cx: &mut Cx<'_>,
        interface: InterfaceId,
        from: SocketAddrV4,
        to: Ipv4Addr,
        payload: &[u8],
    ) {
        // The kernel may loop back what we send to groups.
        let own = self.net.is_own(*from.ip());
        let alone = self.net.is_own(to);
        if !self.net.allows(cx.config, *from.ip()) || (own && !alone) {
            return;
        }
        match Message::decode(payload) {
            Ok(message) => {
                let heard = Heard { interface, from, alone, len: payload.len() };
                self.message(cx, &heard, message);
            }
            Err(refusal) if alone => {
                if let Some(answer) = answer::refuse(payload, refusal) {
                    self.answer(cx, interface, from, payload.len(), &answer);
                }
            }
            Err(_) => {}
        }
        self.settle(cx);
    }

    /// A stranger sends to us on a CMD network as an agent there would.
    pub(crate) fn stranger(&mut self, cx: &mut Cx<'_>, circuit: CircuitId, ip: Ipv4Addr) {
        self.finder.stranger(cx, &self.net, circuit, ip);
    }

    /// The host has looked a name up.
    pub(crate) fn resolved(&mut self, cx: &mut Cx<'_>, name: &str, addresses: &[Ipv4Addr]) {
        if self.leaving {
            return;
        }
        self.seeker.resolved(cx, &mut self.net, &mut self.agents, name, addresses);
        self.finder.resolved(cx, &self.net, name, addresses);
        self.settle(cx);
    }

    /// Something happened to a TCP connection.
    pub(crate) fn stream(&mut self, cx: &mut Cx<'_>, id: StreamId, event: &StreamEvent) {
        if !self.exchanges.stream(cx, id, event) {
            self.connection(cx, id, event);
        }
        self.settle(cx);
    }

    /// The farewells are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.exchanges.count(|purpose| matches!(purpose, Purpose::Deregister { .. })) == 0
    }

    /// The directory agent that we are.
    pub(crate) fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }

    /// The directory agents that are known, in the order of addresses.
    pub(crate) fn directory_agents(&self) -> impl Iterator<Item = (Ipv4Addr, &KnownAgent)> {
        self.agents.iter()
    }

    /// The name that a directory agent is listed by.
    pub(crate) fn name_of(&self, ip: Ipv4Addr) -> Option<&str> {
        self.seeker.names.name_of(ip)
    }

    /// Names of directory agents that have no address.
    pub(crate) fn unresolved(&self) -> impl Iterator<Item = &str> {
        self.seeker.names.unresolved()
    }

    /// The scopes that this directory agent is asked in.
    pub(crate) fn primary_scopes(&self, ip: Ipv4Addr) -> Vec<String> {
        let scopes = self.agents.get(ip).into_iter().flat_map(|agent| agent.scopes.iter());
        let asked = scopes.filter(|scope| self.agents.primary(scope) == Some(ip));
        asked.map(str::to_owned).collect()
    }

    /// What SLP has told of the agents of each CMD network.
    pub(crate) fn records(&self) -> impl Iterator<Item = (CircuitId, &str, &Record)> {
        self.finder.records()
    }

    /// Who sends on a CMD network and is no peer.
    pub(crate) fn candidates(
        &self,
        circuit: CircuitId,
    ) -> impl Iterator<Item = (Ipv4Addr, &Candidate)> {
        self.finder.candidates(circuit)
    }

    /// Our URL on each CMD network that we announce ourselves on.
    pub(crate) fn announced(&self) -> Vec<(CircuitId, String)> {
        self.registrar.wanted().map(|(circuit, it)| (circuit, it.url.clone())).collect()
    }

    /// What is registered where.
    pub(crate) fn held(&self) -> impl Iterator<Item = (Ipv4Addr, CircuitId, &Held)> {
        self.registrar.held()
    }

    /// What is announced and who is searched for follows the circuits.
    fn review(&mut self, cx: &mut Cx<'_>) {
        let (net, agents) = (&self.net, &self.agents);
        self.registrar.review(cx, net, &mut self.exchanges, agents);
        if net.first(cx.config).is_none() {
            return;
        }
        for circuit in finder::searched(cx) {
            if cx.circuits.get(circuit).is_some_and(|circuit| circuit.is_up()) {
                self.finder.start(cx.now + FIRST_ROUND, circuit);
            } else {
                self.finder.stop(circuit);
            }
        }
    }

    /// Gives to each part what others brought about, until there is nothing left.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        loop {
            let outcomes = self.exchanges.take_outcomes();
            let changes = self.agents.take_changes();
            let missing = self.finder.take_missing();
            if outcomes.is_empty() && changes.is_empty() && missing.is_empty() {
                break;
            }
            for outcome in outcomes {
                match outcome {
                    Outcome::Answer(answer) => self.answered(cx, &answer),
                    Outcome::Ended(ended) => self.ended(cx, ended),
                }
            }
            for change in changes {
                self.agent_changed(cx, change);
            }
            for (agent, circuit) in missing {
                self.registrar.missing(cx, agent, circuit);
            }
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, answer: &Answer<Purpose>) {
        let (net, exchanges, agents) = (&self.net, &mut self.exchanges, &self.agents);
        match (&answer.purpose, &answer.message.body) {
            (Purpose::FindAgents | Purpose::AskAgent(_), Body::DaAdvert(advert)) => {
                let from = match answer.purpose {
                    Purpose::AskAgent(ip) => ip,
                    _ => answer.from,
                };
                self.advert(cx, answer.interface, from, &answer.message, advert, true);
            }
            (&Purpose::Register { agent, circuit, lifetime_s }, Body::SrvAck(ack)) => {
                let key = (agent, circuit);
                if self.registrar.acknowledged(cx, agents, key, lifetime_s, ack.error) {
                    self.finder.hurry(cx, exchanges);
                }
                self.registrar.take_back_outdated(cx, net, exchanges, agents);
            }
            (&Purpose::Services { circuit }, Body::SrvRply(_)) => {
                let own = self.registrar.own(circuit, answer.from);
                self.finder.services(cx, agents, own.as_ref(), circuit, answer);
                if !answer.by_group {
                    self.finder.request_ended(cx, net, exchanges, agents, circuit, false);
                }
            }
            (Purpose::Attributes { circuit, url, tags }, Body::AttrRply(_)) => {
                let asked = (*circuit, url.clone(), *tags);
                self.finder.attributes(cx, net, exchanges, asked, answer);
            }
            (Purpose::OwnUrl { circuit, url }, Body::AttrRply(_)) => {
                self.finder.own_url(cx, net, (*circuit, url.clone()), answer);
            }
            (Purpose::Bindery { circuit, url }, Body::AttrRply(_)) => {
                self.finder.bindery(cx, net, (*circuit, url.clone()), answer);
            }
            _ => {}
        }
    }

    fn ended(&mut self, cx: &mut Cx<'_>, ended: Ended<Purpose>) {
        let host = match ended.to {
            Destination::Host(host) => Some(host),
            Destination::Group(_) => None,
        };
        let silent = host.is_some() && ended.responders == 0;
        match ended.purpose {
            Purpose::FindAgents => self.seeker.review(cx, &mut self.agents),
            Purpose::AskAgent(ip) => {
                // It was asked in both versions, and need not speak both.
                let asked = |purpose: &Purpose| *purpose == Purpose::AskAgent(ip);
                let answered =
                    self.agents.get(ip).is_some_and(|agent| agent.heard_since(ended.began));
                if self.exchanges.count(asked) == 0 && !answered {
                    self.agents.silent(cx.now, ip);
                    self.seeker.review(cx, &mut self.agents);
                }
            }
            Purpose::Register { agent, .. } if silent => self.agents.silent(cx.now, agent),
            Purpose::Services { circuit } => {
                if let Some(agent) = host.filter(|_| silent) {
                    self.agents.silent(cx.now, agent);
                }
                let (net, exchanges, agents) = (&self.net, &mut self.exchanges, &self.agents);
                self.finder.request_ended(cx, net, exchanges, agents, circuit, silent);
            }
            Purpose::Attributes { circuit, url, .. } => self.finder.untold(circuit, &url),
            Purpose::Bindery { circuit, url } => self.finder.not_in_bindery(cx, (circuit, url)),
            Purpose::Register { .. } | Purpose::Deregister { .. } | Purpose::OwnUrl { .. } => {}
        }
    }

    fn agent_changed(&mut self, cx: &mut Cx<'_>, change: AgentChange) {
        if self.leaving {
            return;
        }
        match change {
            AgentChange::Up(ip) => {
                let scopes = self.agents.get(ip).map(|agent| agent.scopes.to_string());
                let scopes = scopes.unwrap_or_default();
                cx.out.event(DiscoveryEvent::DirectoryAgentUp { agent: ip, scopes });
                self.registrar.agent_up(cx, &self.agents, ip);
                if self.registrar.is_idle() {
                    self.finder.hurry(cx, &mut self.exchanges);
                }
            }
            AgentChange::Restarted(ip) => {
                cx.out.event(DiscoveryEvent::DirectoryAgentRestarted { agent: ip });
                self.registrar.agent_up(cx, &self.agents, ip);
            }
            AgentChange::Down(ip) => {
                cx.out.event(DiscoveryEvent::DirectoryAgentDown { agent: ip });
                self.registrar.agent_down(ip);
            }
        }
        self.seeker.review(cx, &mut self.agents);
        self.review_offered(cx);
    }

    /// Where DHCP lets us choose our scopes, we choose all that there are.
    fn review_offered(&mut self, cx: &mut Cx<'_>) {
        let up = self.agents.up().flat_map(|(_, agent)| agent.scopes.iter());
        let offered = ScopeList::from_names(up);
        if offered != cx.dhcp.offered {
            cx.dhcp.offered = offered;
            self.scopes_changed(cx);
        }
    }

    /// Our scopes may be others than before: registers in these, and asks in these.
    fn scopes_changed(&mut self, cx: &mut Cx<'_>) {
        let now = scopes(cx);
        if self.scopes.replace(now.clone()).is_none_or(|before| before == now) {
            return;
        }
        let up: Vec<Ipv4Addr> = self.agents.up().map(|(ip, _)| ip).collect();
        for ip in up {
            self.registrar.agent_up(cx, &self.agents, ip);
        }
        self.finder.hurry(cx, &mut self.exchanges);
    }

    fn leave(&mut self, cx: &mut Cx<'_>) {
        self.leaving = true;
        self.exchanges.forget(cx, |_| true);
        self.registrar.leave(cx, &self.net, &mut self.exchanges, &self.agents);
        if let Some(directory) = &mut self.directory {
            directory.leave(cx, &self.net);
        }
    }
}

impl Engine for Slp {
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change) {
        if self.leaving {
            return;
        }
        match change {
            Change::CircuitUp(id) | Change::CircuitDown(id)
                if cx.circuits.get(*id).is_some_and(|circuit| circuit.is_cmd()) =>
            {
                self.review(cx);
            }
            Change::DhcpOptions => {
                self.seeker.relist(cx, &mut self.net, &mut self.agents);
                self.scopes_changed(cx);
            }
            Change::Shutdown => self.leave(cx),
            _ => {}
        }
        self.settle(cx);
    }

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        self.exchanges.handle_timeout(cx, &self.net);
        self.settle(cx);
        if self.leaving {
            return;
        }
        let (net, exchanges, agents) = (&self.net, &mut self.exchanges, &mut self.agents);
        self.seeker.handle_timeout(cx, net, exchanges, agents);
        self.registrar.handle_timeout(cx, net, exchanges, agents);
        self.finder.handle_timeout(cx, net, exchanges, agents);
        for id in self.connections.take_idle(cx.now) {
            cx.out.push(Output::Stream { id, action: StreamAction::Close });
        }
        if let Some(directory) = &mut self.directory {
            directory.handle_timeout(cx, &self.net);
        }
        self.settle(cx);
    }

    fn next_timeout(&self) -> Option<Time> {
        let exchanges = self.exchanges.next_timeout();
        if self.leaving {
            return exchanges;
        }
        [
            exchanges,
            self.agents.next_timeout(),
            self.seeker.next_timeout(),
            self.registrar.next_timeout(),
            self.finder.next_timeout(),
            self.connections.next_timeout(),
            self.directory.as_ref().and_then(Directory::next_timeout),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// The scopes that we register in and ask for; none: the unscoped case. Those of DHCP go before
/// the operator's only if it says that they must [slp-dhcp-snmp §5.5].
fn scopes(cx: &Cx<'_>) -> ScopeList {
    let by_dhcp =
        cx.dhcp.scopes.as_ref().filter(|_| cx.config.slp.da_discovery.has(DaDiscovery::DHCP));
    let told = |names: &str| ScopeList::parse(names, Version::V2);
    match (by_dhcp, &cx.config.slp.scopes) {
        (Some(Scopes::List { mandatory: true, names }), _) => told(names),
        (_, Some(scopes)) => ScopeList::from_names(scopes),
        (Some(Scopes::List { names, .. }), None) => told(names),
        (Some(Scopes::Free), None) if !cx.dhcp.offered.is_empty() => cx.dhcp.offered.clone(),
        (Some(Scopes::Free) | None, None) => ScopeList::from_names([DEFAULT_SCOPE]),
    }
}

/// The same where there is no unscoped case: in version 2.
fn scopes_or_default(cx: &Cx<'_>) -> ScopeList {
    let ours = scopes(cx);
    if ours.is_empty() { ScopeList::from_names([DEFAULT_SCOPE]) } else { ours }
}

/// The first value of an attribute.
fn attribute(attributes: &str, tag: &str, version: Version) -> Option<String> {
    let list = AttributeList::parse(attributes, version).ok()?;
    list.get(tag)?.values().next().map(ToString::to_string)
}
