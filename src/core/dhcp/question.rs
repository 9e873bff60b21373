//! Asking on one interface.
//!
//! ```text
//!            sent 3 times, after 2, 4 and 8 s             answered
//!   Asking ──────────────────────────────────► Silent  ──────────────► Answered
//!     ▲                                          │ each 60 min            │ each 60 min
//!     └──────────────────────────────────────────┴────────────────────────┘
//! ```

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;

use super::tell;
use crate::Time;
use crate::ids::InterfaceId;
use crate::router::{Cx, DiscoveryEvent, InterfaceAddress, IpService, Output};
use crate::wire::dhcp::{
    Ack, DirectoryAgents, Inform, NetWare, OptionFault, SERVER_PORT, Scopes, code,
};
use crate::wire::{NetworkNumber, NodeAddress};

/// How long each of the questions waits for an answer [slp-dhcp-snmp §7.2].
const PATIENCE: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Time between two exchanges.
const AGAIN: Duration = Duration::from_secs(3_600);
/// So much of it is left to chance, so that a site does not ask with one voice.
const SPREAD: Duration = Duration::from_secs(180);
/// The options that are asked for [slp-dhcp-snmp §7.2].
const WANTED: [u8; 4] = [code::NETWARE_DOMAIN, code::NETWARE, code::DIRECTORY_AGENTS, code::SCOPES];

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The interface has not been up yet.
    Idle,
    /// So many were sent.
    Asking(usize),
    /// There is an answer.
    Answered,
    /// Nobody answered, or there is no Ethernet address to ask from.
    Silent,
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) server: Ipv4Addr,
    /// Option 78.
    pub(crate) directory_agents: Vec<Ipv4Addr>,
    /// Option 78 says that no others are to be used.
    pub(crate) mandatory: bool,
    /// Option 79.
    pub(crate) scopes: Option<Scopes>,
    /// Option 63, sub-option 12.
    pub(crate) network: Option<NetworkNumber>,
    /// Option 63, sub-option 13.
    pub(crate) stale_time: Option<u32>,
    /// Option 63, sub-option 14.
    pub(crate) agents: Vec<Ipv4Addr>,
    faults: Vec<(u8, OptionFault)>,
}

/// The question on one interface.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) state: State,
    /// What was answered last; it stays while a later question finds nobody.
    pub(crate) answer: Option<Answer>,
    /// When that was.
    pub(crate) since: Time,
    from: Option<(Ipv4Addr, NodeAddress)>,
    xid: u32,
    due: Option<Time>,
    /// The silence was told of.
    told: bool,
}

impl Question {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Idle,
            answer: None,
            since: Time::ZERO,
            from: None,
            xid: 0,
            due: None,
            told: false,
        }
    }

    /// An answer may come at any moment.
    pub(super) const fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking(_)) && self.due.is_some()
    }

    /// Nothing was asked yet, or the interface went down meanwhile.
    pub(super) const fn is_idle(&self) -> bool {
        match self.state {
            State::Idle => true,
            State::Asking(_) => self.due.is_none(),
            State::Answered | State::Silent => false,
        }
    }

    /// The interface is up: asks, unless that was done from the same address. True if nothing can
    /// come of it: DHCP knows machines by an Ethernet address.
    pub(super) fn start(
        &mut self,
        cx: &mut Cx<'_>,
        id: InterfaceId,
        address: InterfaceAddress,
    ) -> bool {
        let Some(mac) = address.mac else {
            self.state = State::Silent;
            self.due = None;
            self.tell_silence(cx, id);
            return true;
        };
        let from = (address.ip, mac);
        if self.from.replace(from) != Some(from) || self.due.is_none() {
            self.begin(cx, id);
        }
        false
    }

    /// The interface is down.
    pub(super) fn pause(&mut self) {
        self.due = None;
    }

    pub(super) const fn next_timeout(&self) -> Option<Time> {
        self.due
    }

    /// Asks again, or gives up. True if it gives up.
    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>, id: InterfaceId) -> bool {
        if self.due.is_none_or(|due| due > cx.now) {
            return false;
        }
        match self.state {
            State::Asking(sent) if sent < PATIENCE.len() => self.ask(cx, id, sent),
            State::Asking(_) => {
                self.state = State::Silent;
                self.due = Some(next(cx));
                self.tell_silence(cx, id);
                return true;
            }
            State::Answered | State::Silent => self.begin(cx, id),
            State::Idle => self.due = None,
        }
        false
    }

    /// Takes the answer of a server, if it is one to this question. The first of several counts.
    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, id: InterfaceId, ack: &Ack) -> bool {
        let mine = self.from == Some((ack.ip, ack.mac)) && ack.xid == self.xid;
        if !mine || !matches!(self.state, State::Asking(_)) {
            return false;
        }
        self.state = State::Answered;
        self.due = Some(next(cx));
        self.told = false;
        self.since = cx.now;
        let answer = Answer::read(ack);
        if self.answer.as_ref() == Some(&answer) {
            return true;
        }
        let (server, says) = (answer.server, answer.to_string());
        tell(cx, id, |interface| DiscoveryEvent::DhcpAnswered { interface, server, says });
        for &(option, fault) in &answer.faults {
            let reason = fault.to_string();
            tell(cx, id, |interface| DiscoveryEvent::DhcpOptionIgnored {
                interface,
                server,
                option,
                reason,
            });
        }
        self.answer = Some(answer);
        true
    }

    fn tell_silence(&mut self, cx: &mut Cx<'_>, id: InterfaceId) {
        if !std::mem::replace(&mut self.told, true) {
            tell(cx, id, |interface| DiscoveryEvent::DhcpSilent { interface });
        }
    }

    fn begin(&mut self, cx: &mut Cx<'_>, id: InterfaceId) {
        self.xid = cx.random.word();
        self.ask(cx, id, 0);
    }

    fn ask(&mut self, cx: &mut Cx<'_>, id: InterfaceId, sent: usize) {
        let Some((ip, mac)) = self.from else { return };
        let payload = Inform { xid: self.xid, ip, mac, wanted: WANTED.to_vec() }.encode();
        // A server that is known is asked alone at first.
        let server = self.answer.as_ref().filter(|_| sent == 0).map(|answer| answer.server);
        let to = SocketAddrV4::new(server.unwrap_or(Ipv4Addr::BROADCAST), SERVER_PORT);
        let (payload, service) = (Bytes::from(payload), IpService::Dhcp);
        cx.out.push(Output::Datagram { interface: id, service, to, payload });
        self.state = State::Asking(sent + 1);
        self.due = PATIENCE.get(sent).map(|&wait| cx.now + wait);
    }
}

fn next(cx: &mut Cx<'_>) -> Time {
    cx.now + AGAIN - SPREAD + cx.random.duration_up_to(2 * SPREAD)
}

impl Answer {
    fn read(ack: &Ack) -> Self {
        let mut faults = Vec::new();
        let option = |code: u8| ack.options.get(code);
        let agents = option(code::DIRECTORY_AGENTS).map(DirectoryAgents::decode);
        let agents = usable(agents, code::DIRECTORY_AGENTS, &mut faults).unwrap_or_default();
        if agents.name.is_some() {
            faults.push((code::DIRECTORY_AGENTS, OptionFault::Named));
        }
        let scopes = option(code::SCOPES).map(Scopes::decode);
        let scopes = usable(scopes, code::SCOPES, &mut faults);
        let (netware, wrong) = option(code::NETWARE).map(NetWare::decode).unwrap_or_default();
        faults.extend(wrong.into_iter().map(|fault| (code::NETWARE, fault)));
        let usable = |list: Vec<Ipv4Addr>| list.into_iter().filter(|ip| super::is_usable(*ip));
        Self {
            server: ack.server,
            directory_agents: usable(agents.addresses).collect(),
            mandatory: agents.mandatory,
            scopes,
            network: netware.network,
            stale_time: netware.stale_time,
            agents: usable(netware.agents).collect(),
            faults,
        }
    }
}

/// What an option says, if it says something; else what is wrong with it.
fn usable<T>(
    read: Option<Result<T, OptionFault>>,
    code: u8,
    faults: &mut Vec<(u8, OptionFault)>,
) -> Option<T> {
    match read? {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.push((code, fault));
            None
        }
    }
}

impl std::fmt::Display for Answer {
    /// In words, for events: "directory agents 192.0.2.1 (mandatory), scopes ME_SCOPE".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list =
            |ips: &[Ipv4Addr]| ips.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", ");
        let binding = |mandatory: bool| if mandatory { " (mandatory)" } else { "" };
        let mut parts = Vec::new();
        if !self.directory_agents.is_empty() {
            let ips = list(&self.directory_agents);
            parts.push(format!("directory agents {ips}{}", binding(self.mandatory)));
        }
        match &self.scopes {
            Some(Scopes::List { mandatory, names }) => {
                parts.push(format!("scopes {names}{}", binding(*mandatory)));
            }
            Some(Scopes::Free) => parts.push("scopes of our choice".to_owned()),
            None => {}
        }
        if let Some(network) = self.network {
            parts.push(format!("CMD network {network}"));
        }
        if !self.agents.is_empty() {
            parts.push(format!("migration agents {}", list(&self.agents)));
        }
        if parts.is_empty() {
            return f.write_str("nothing that we use");
        }
        f.write_str(&parts.join("; "))
    }
}
