//! DHCP: asking for options where the agent has an address of its own [slp-dhcp-snmp §7.2],
//! [cmd §12.4]. It never asks for an address.
//!
//! | part | what it knows |
//! |---|---|
//! | `question` | one interface: what was asked, what was answered, when it is asked again |
//! | `network` | the number and the agents of the CMD network that DHCP tells of |
//!
//! What the answers say of SLP goes into the hub, for SLP to find.

mod network;
mod question;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use question::Answer;
pub(crate) use question::{Question, State};

use crate::Time;
use crate::config::Config;
use crate::hub::{Change, DhcpOptions};
use crate::ids::InterfaceId;
use crate::router::{Cx, DiscoveryEvent, Engine, InterfaceState};
use crate::wire::NetworkNumber;
use crate::wire::dhcp::{Ack, SERVER_PORT, Scopes};
use network::Network;

/// Directory agents that are taken from DHCP.
const MOST_AGENTS: usize = 16;
/// A CMD network that is up but for its number waits so long for an interface on which DHCP can be
/// asked: as long as for an answer there.
const PATIENCE: Duration = Duration::from_secs(14);

/// The questions on all interfaces, and what came of them.
#[derive(Debug)]
pub(crate) struct Dhcp {
    questions: Vec<Option<Question>>,
    network: Option<Network>,
    /// Until then the CMD network waits for interfaces that are not up.
    patience: Option<Time>,
    /// That time is over.
    impatient: bool,
    leaving: bool,
}

impl Dhcp {
    pub(crate) fn new(config: &Config) -> Self {
        let wanted = config.interfaces.iter().map(|interface| interface.dhcp.then(Question::new));
        Self {
            questions: wanted.collect(),
            network: Network::new(config),
            patience: None,
            impatient: false,
            leaving: false,
        }
    }

    /// The number that was in force before the last stop.
    pub(crate) fn restore(&mut self, number: NetworkNumber) {
        if let Some(network) = &mut self.network {
            network.restore(number);
        }
    }

    /// An interface came, went or changed.
    pub(crate) fn interface(&mut self, cx: &mut Cx<'_>, id: InterfaceId, state: &InterfaceState) {
        if self.leaving {
            return;
        }
        if let Some(Some(question)) = self.questions.get_mut(id.index()) {
            match state {
                InterfaceState::Up(address) => {
                    if question.start(cx, id, *address) {
                        self.review(cx);
                    }
                }
                InterfaceState::Down { .. } => question.pause(),
            }
        }
    }

    /// A datagram came to port 68.
    pub(crate) fn datagram(
        &mut self,
        cx: &mut Cx<'_>,
        id: InterfaceId,
        from: SocketAddrV4,
        payload: &[u8],
    ) {
        let Some(Some(question)) = self.questions.get_mut(id.index()) else { return };
        // A relay would answer from its own address, but from the same port.
        if self.leaving || from.port() != SERVER_PORT {
            return;
        }
        let Ok(ack) = Ack::decode(payload) else { return };
        if question.answered(cx, id, &ack) {
            self.review(cx);
        }
    }

    /// All that is asked, for operators.
    pub(crate) fn questions(&self) -> impl Iterator<Item = (InterfaceId, &Question)> {
        let all = self.questions.iter().zip(0..);
        all.filter_map(|(question, id)| question.as_ref().map(|it| (InterfaceId(id), it)))
    }

    /// What the answers say together: the first interface that says something of a matter counts,
    /// and directory agents are joined in the order of interfaces.
    fn review(&mut self, cx: &mut Cx<'_>) {
        let offered = cx.dhcp.offered.clone();
        let mut options = DhcpOptions { offered, ..DhcpOptions::default() };
        for answer in self.answers() {
            for &ip in &answer.directory_agents {
                let fits = options.directory_agents.len() < MOST_AGENTS;
                if fits && !options.directory_agents.contains(&ip) {
                    options.directory_agents.push(ip);
                }
            }
            options.mandatory |= answer.mandatory;
            let binding = |scopes: &Scopes| matches!(scopes, Scopes::List { mandatory: true, .. });
            let better = match (&options.scopes, &answer.scopes) {
                (None, _) => true,
                (Some(known), Some(told)) => binding(told) && !binding(known),
                (Some(_), None) => false,
            };
            if better {
                options.scopes.clone_from(&answer.scopes);
            }
        }
        if *cx.dhcp != options {
            *cx.dhcp = options;
            cx.circuits.dhcp_options_changed();
        }
        let told = self.answers().find_map(|answer| answer.network);
        let agents = self.answers().find(|answer| !answer.agents.is_empty());
        let agents = agents.map(|answer| answer.agents.clone());
        let answered = self.answers().next().is_some();
        let waits = !self.impatient;
        let open = |question: &Question| question.is_asking() || (waits && question.is_idle());
        let asking = self.questions.iter().flatten().any(open);
        if let Some(network) = &mut self.network {
            network.decide(cx, told, answered, asking);
            if let Some(agents) = agents {
                network.set_agents(cx, &agents);
            }
        }
    }

    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.questions.iter().flatten().filter_map(|question| question.answer.as_ref())
    }
}

impl Engine for Dhcp {
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change) {
        match change {
            Change::CircuitUnnumbered(id)
                if !self.impatient
                    && self.network.as_ref().is_some_and(|network| network.circuit() == *id) =>
            {
                self.patience.get_or_insert(cx.now + PATIENCE);
            }
            Change::Shutdown => self.leaving = true,
            _ => {}
        }
    }

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        let mut given_up = self.patience.take_if(|until| *until <= cx.now).is_some();
        self.impatient |= given_up;
        for (question, id) in self.questions.iter_mut().zip(0..) {
            let Some(question) = question else { continue };
            given_up |= question.handle_timeout(cx, InterfaceId(id));
        }
        if given_up {
            self.review(cx);
        }
    }

    fn next_timeout(&self) -> Option<Time> {
        if self.leaving {
            return None;
        }
        let questions = self.questions.iter().flatten().filter_map(Question::next_timeout);
        questions.chain(self.patience).min()
    }
}

/// An address that DHCP tells of is one machine's, and not ours alone.
fn is_usable(ip: Ipv4Addr) -> bool {
    let several = ip.is_multicast() || ip.is_broadcast();
    !several && !ip.is_loopback() && ip.octets().first() != Some(&0)
}

/// What happened on an interface.
fn tell(cx: &mut Cx<'_>, id: InterfaceId, event: impl FnOnce(String) -> DiscoveryEvent) {
    let interface = cx.config.interfaces.get(id.index());
    let name = interface.map(|interface| interface.name.clone()).unwrap_or_default();
    cx.out.event(event(name));
}
