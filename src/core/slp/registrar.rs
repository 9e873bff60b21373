//! The service agent's first half: what of ours is registered with which directory agent
//! [slp-dhcp-snmp §5.3], [cmd §12.3].
//!
//! ```text
//!   agent up ──1-3 s──► asking ──ack──► held ──65-75 % of the lifetime──► asking ...
//!                         │ another host has the URL: at once under the substitute
//!                         │ refused: by the error's own rule     │ store lost, URL changed: due
//!                         └─ silent: the agent is down, and forgotten here
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::agents::{Agents, KnownAgent};
use super::exchange::{Destination, Exchanges, Patience, Request};
use super::finder::Own;
use super::net::Net;
use super::{Purpose, announcement};
use crate::Time;
use crate::config::Discovery;
use crate::ids::CircuitId;
use crate::router::{Cx, DiscoveryEvent};
use crate::timers::Timers;
use crate::wire::slp::{Body, ErrorCode, ScopeList, SrvDereg, SrvReg, UrlEntry, Version};

/// A new agent is registered with after a random time up to this, and at least [`FIRST_LEAST`].
const FIRST: Duration = Duration::from_secs(2);
const FIRST_LEAST: Duration = Duration::from_secs(1);
/// A registration is renewed at the latest so long before it ends.
const BEFORE_END: Duration = Duration::from_secs(60);
/// A busy agent is asked again after so long, then after twice as long, ...
const BUSY: Duration = Duration::from_secs(15);
/// ... at the longest.
const BUSY_MOST: Duration = Duration::from_secs(300);
/// An agent that no longer shows what it acknowledged gets it again, so often at most.
const HEAL: Duration = Duration::from_secs(60);

/// A registration of ours with one agent.
type Key = (Ipv4Addr, CircuitId);

/// What of ours is registered, and where.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    /// What others shall find.
    wanted: BTreeMap<CircuitId, Announced>,
    held: BTreeMap<Key, Held>,
    due: Timers<Key>,
    /// Substitutes that are to be taken back, as the usual URL is there.
    outdated: Vec<(Ipv4Addr, String)>,
}

/// What is said of us on a CMD network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) url: String,
    /// Our address there.
    pub(super) ip: Ipv4Addr,
}

/// How far it has got with one agent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// The URL under which it was acknowledged last.
    pub(crate) url: Option<String>,
    /// Until then it is good.
    pub(crate) until: Option<Time>,
    /// Why it was refused.
    pub(crate) refused: Option<ErrorCode>,
    /// The URL that is being registered.
    asking: Option<String>,
    /// Another host has the usual URL.
    contested: bool,
    /// The next registration is that of the substitute.
    substitute: bool,
    busy: u32,
    healed: Option<Time>,
    /// How often it was acknowledged.
    pub(crate) acknowledged: u64,
}

impl Registrar {
    /// What is to be registered follows the circuits: their numbers and our addresses there.
    pub(super) fn review(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
    ) {
        let wanted = announced(cx);
        if wanted == self.wanted {
            return;
        }
        let before = std::mem::replace(&mut self.wanted, wanted);
        let keys: Vec<Key> = self.held.keys().copied().collect();
        for key @ (_, circuit) in keys {
            let url =
                |of: &BTreeMap<CircuitId, Announced>| of.get(&circuit).map(|it| it.url.clone());
            if url(&before) != url(&self.wanted) {
                self.withdraw(cx, net, exchanges, agents, key, Patience::Usual);
            }
            if !self.wanted.contains_key(&circuit) {
                self.held.remove(&key);
                self.due.cancel(&key);
            } else {
                self.due.set(key, cx.now);
            }
        }
        let up: Vec<Ipv4Addr> = agents.up().map(|(ip, _)| ip).collect();
        up.into_iter().for_each(|ip| self.agent_up(cx, agents, ip));
    }

    /// An agent is there, or has lost its store: it is told of all of ours that concerns it.
    pub(super) fn agent_up(&mut self, cx: &mut Cx<'_>, agents: &Agents, ip: Ipv4Addr) {
        let Some(agent) = agents.get(ip) else { return };
        for &circuit in self.wanted.keys() {
            if scopes_for(cx, agent).is_none() {
                continue;
            }
            let held = self.held.entry((ip, circuit)).or_default();
            held.until = None;
            held.refused = None;
            held.substitute = false;
            let wait = FIRST_LEAST + cx.random.duration_up_to(FIRST);
            self.due.set_earliest((ip, circuit), cx.now + wait);
        }
    }

    /// An agent is gone: nothing is registered there.
    pub(super) fn agent_down(&mut self, ip: Ipv4Addr) {
        self.held.retain(|(there, _), _| *there != ip);
        let keys: Vec<Key> = self.due.keys().filter(|(there, _)| *there == ip).copied().collect();
        for key in &keys {
            self.due.cancel(key);
        }
    }

    /// An agent answers queries and shows nothing of ours, though it has acknowledged it
    /// [cmd §12.4].
    pub(super) fn missing(&mut self, cx: &Cx<'_>, ip: Ipv4Addr, circuit: CircuitId) {
        let Some(held) = self.held.get_mut(&(ip, circuit)) else { return };
        let acknowledged = held.until.is_some_and(|until| until > cx.now) && held.asking.is_none();
        let lately = held.healed.is_some_and(|at| cx.now < at + HEAL);
        if acknowledged && !lately {
            held.healed = Some(cx.now);
            self.due.set((ip, circuit), cx.now);
        }
    }

    /// Registers what is due.
    pub(super) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
    ) {
        while let Some(key @ (ip, circuit)) = self.due.pop_due(cx.now) {
            let Some(agent) = agents.get(ip) else { continue };
            let Some(announced) = self.wanted.get(&circuit) else { continue };
            let Some(scopes) = scopes_for(cx, agent) else { continue };
            let version = agent.version();
            let Some(attributes) = announcement::attributes(cx, circuit, announced, version) else {
                continue;
            };
            let lifetime_s = lifetime(cx, agent);
            let held = self.held.entry(key).or_default();
            let url = if held.substitute {
                announcement::substitute(announced)
            } else {
                announced.url.clone()
            };
            held.asking = Some(url.clone());
            let body = Body::SrvReg(SrvReg {
                entry: UrlEntry { lifetime_s, url },
                service_type: announcement::TYPE.to_owned(),
                scopes,
                attributes,
            });
            let purpose = Purpose::Register { agent: ip, circuit, lifetime_s };
            let to = Destination::Host(ip);
            let (interface, patience) = (agent.interface, Patience::Usual);
            exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
        }
    }

    /// An agent has answered a registration. True if that is the first time that it takes it.
    pub(super) fn acknowledged(
        &mut self,
        cx: &mut Cx<'_>,
        agents: &Agents,
        (ip, circuit): Key,
        lifetime_s: u16,
        error: ErrorCode,
    ) -> bool {
        let Some(agent) = agents.get(ip) else { return false };
        let Some(held) = self.held.get_mut(&(ip, circuit)) else { return false };
        let Some(usual) = self.wanted.get(&circuit).map(|it| &it.url) else { return false };
        let asked = held.asking.take();
        let for_usual = asked.as_ref() == Some(usual);
        let has_usual =
            held.url.as_ref() == Some(usual) && held.until.is_some_and(|until| until > cx.now);
        let lifetime = Duration::from_secs(lifetime_s.into());
        match error {
            ErrorCode::Ok => {
                held.refused = None;
                held.busy = 0;
                held.acknowledged += 1;
                let first = held.until.is_none();
                held.until = Some(cx.now + lifetime);
                // A substitute is good until the next renewal, which tries the usual URL.
                held.substitute = false;
                held.contested = !for_usual;
                let before = std::mem::replace(&mut held.url, asked);
                self.outdated
                    .extend(before.filter(|it| for_usual && it != usual).map(|it| (ip, it)));
                let wait = refresh_after(cx, lifetime, agent.min_refresh_s());
                self.due.set((ip, circuit), cx.now + wait);
                return first;
            }
            ErrorCode::DaBusy | ErrorCode::InternalError => {
                let wait = BUSY.saturating_mul(1 << held.busy.min(8)).min(BUSY_MOST);
                held.busy += 1;
                self.due.set((ip, circuit), cx.now + wait);
            }
            ErrorCode::InvalidUpdate => self.due.set((ip, circuit), cx.now + FIRST_LEAST),
            ErrorCode::RefreshRejected => {
                let wait = Duration::from_secs(agent.min_refresh_s().max(60).into());
                self.due.set((ip, circuit), cx.now + wait);
            }
            // Another host has it, or we had it under another address [slp-dhcp-snmp §5.3].
            ErrorCode::AuthenticationFailed if for_usual && !has_usual => {
                held.substitute = true;
                if !std::mem::replace(&mut held.contested, true) {
                    tell_refused(cx, agent, ip, usual, error);
                }
                self.due.set((ip, circuit), cx.now + FIRST_LEAST);
            }
            refused => {
                held.substitute = false;
                if held.refused.replace(refused) != Some(refused) {
                    tell_refused(cx, agent, ip, usual, refused);
                }
                // Another configuration would do; until then it is tried as if it had worked.
                if refused != ErrorCode::InvalidRegistration {
                    let wait = refresh_after(cx, lifetime, 0);
                    self.due.set((ip, circuit), cx.now + wait);
                }
            }
        }
        false
    }

    /// Takes substitutes back whose usual URL is registered.
    pub(super) fn take_back_outdated(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
    ) {
        for (ip, url) in std::mem::take(&mut self.outdated) {
            take_back(cx, net, exchanges, agents, (ip, url), Patience::Usual);
        }
    }

    /// Takes everything back, everywhere: we leave.
    pub(super) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
    ) {
        let keys: Vec<Key> = self.held.keys().copied().collect();
        for key in keys {
            self.withdraw(cx, net, exchanges, agents, key, Patience::Short);
        }
        self.held.clear();
        self.due = Timers::new();
        self.wanted.clear();
    }

    /// Takes one registration back. One that was asked for and not answered yet may be there.
    fn withdraw(
        &mut self,
        cx: &mut Cx<'_>,
        net: &Net,
        exchanges: &mut Exchanges<Purpose>,
        agents: &Agents,
        (ip, circuit): Key,
        patience: Patience,
    ) {
        let Some(held) = self.held.get_mut(&(ip, circuit)) else { return };
        let (asking, url) = (held.asking.take(), held.url.take());
        // Both, should the usual URL be asked for while the substitute is there.
        for url in asking.iter().chain(url.as_ref().filter(|url| Some(*url) != asking.as_ref())) {
            take_back(cx, net, exchanges, agents, (ip, url.clone()), patience);
        }
    }

    /// What others shall find of us.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (CircuitId, &Announced)> {
        self.wanted.iter().map(|(&circuit, announced)| (circuit, announced))
    }

    /// Our URLs on this CMD network, and which of them this host has, should it be a directory
    /// agent.
    pub(super) fn own(&self, circuit: CircuitId, at: Ipv4Addr) -> Option<Own> {
        let announced = self.wanted.get(&circuit)?;
        let (usual, substitute) = (announced.url.clone(), announcement::substitute(announced));
        let held = self.held.get(&(at, circuit)).and_then(|held| held.url.clone());
        let shown = held.unwrap_or_else(|| usual.clone());
        Some(Own { usual, substitute, shown })
    }

    /// What is registered where.
    pub(super) fn held(&self) -> impl Iterator<Item = (Ipv4Addr, CircuitId, &Held)> {
        self.held.iter().map(|(&(ip, circuit), held)| (ip, circuit, held))
    }

    /// There is nothing to be registered.
    pub(super) fn is_idle(&self) -> bool {
        self.wanted.is_empty()
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.due.next()
    }
}

fn tell_refused(cx: &mut Cx<'_>, agent: &KnownAgent, ip: Ipv4Addr, url: &str, why: ErrorCode) {
    let error = why.name(agent.version()).unwrap_or("an unknown error").to_owned();
    let url = url.to_owned();
    cx.out.event(DiscoveryEvent::RegistrationRefused { agent: ip, url, error });
}

/// Takes a URL back at an agent.
fn take_back(
    cx: &mut Cx<'_>,
    net: &Net,
    exchanges: &mut Exchanges<Purpose>,
    agents: &Agents,
    (ip, url): (Ipv4Addr, String),
    patience: Patience,
) {
    let Some(agent) = agents.get(ip) else { return };
    let scopes = scopes_for(cx, agent).unwrap_or_default();
    let body = Body::SrvDereg(SrvDereg { scopes, url, tags: String::new() });
    let (version, interface, to) = (agent.version(), agent.interface, Destination::Host(ip));
    let purpose = Purpose::Deregister { agent: ip };
    exchanges.begin(cx, net, Request { purpose, version, interface, to, body, patience });
}

/// What is said on which CMD network: on those that are found by SLP, or announced all the same.
fn announced(cx: &Cx<'_>) -> BTreeMap<CircuitId, Announced> {
    let config = cx.config;
    let networks = config.cmd_networks.iter().enumerate();
    let told = networks
        .filter(|(_, network)| !matches!(network.discovery, Discovery::Static { announce: false }));
    let told: Vec<CircuitId> = told.map(|(index, _)| config.cmd_circuit(index)).collect();
    let several = told.len() > 1;
    told.into_iter()
        .filter_map(|id| {
            let circuit = cx.circuits.get(id).filter(|circuit| circuit.is_up())?;
            let url = announcement::url(&config.name, several.then_some(circuit.network));
            Some((id, Announced { url, ip: circuit.own_ip()? }))
        })
        .collect()
}

/// The scopes that we register in with this agent; `None`: it serves none of ours.
pub(super) fn scopes_for(cx: &Cx<'_>, agent: &KnownAgent) -> Option<ScopeList> {
    let ours = super::scopes(cx);
    match agent.version() {
        // What has no scope goes to agents without one, and what has to those as well.
        Version::V1 if agent.is_unscoped() => Some(ours),
        Version::V1 if ours.is_empty() => None,
        Version::V1 | Version::V2 => {
            let served = super::scopes_or_default(cx).common(&agent.scopes);
            Some(served).filter(|served| !served.is_empty())
        }
    }
}

/// For how long we register there: longer than the agent wants to be left alone.
fn lifetime(cx: &Cx<'_>, agent: &KnownAgent) -> u16 {
    let least = u32::from(agent.min_refresh_s()) * 3 / 2;
    cx.config.slp.lifetime_s.max(u16::try_from(least).unwrap_or(u16::MAX))
}

/// When to register again: at 65 to 75 in a hundred of the lifetime, a minute before its end at
/// the latest, and not before the agent wants it.
fn refresh_after(cx: &mut Cx<'_>, lifetime: Duration, min_refresh_s: u16) -> Duration {
    let wait = lifetime * 13 / 20 + cx.random.duration_up_to(lifetime / 10);
    let latest = lifetime.saturating_sub(BEFORE_END);
    wait.min(latest).max(Duration::from_secs(min_refresh_s.into()))
}
