//! An agent of the world: its life, its ports, what it kept over restarts.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::topology::AgentPlan;
use crate::Time;
use crate::agent::Agent;
use crate::config::Config;
use crate::ids::PortId;
use crate::router::{Event, Input, PortAddress, PortState, Reply, StoreKey};
use crate::wire::NodeAddress;

/// Events of an agent that are kept, over all its lives.
const EVENTS_KEPT: usize = 10_000;
/// A world begins in November 1999, in microseconds since 1970.
const EPOCH_US: u64 = 941_414_400_000_000;
/// The MTU of every port.
const MTU: u16 = 1_500;

/// An agent, alive or dead, and where it is attached.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) config: Arc<Config>,
    /// Its address on the backbone.
    pub(super) ip: Ipv4Addr,
    /// Agents that multicast joins.
    pub(super) island: usize,
    /// `None` before it was started and after it was stopped or killed.
    pub(super) agent: Option<Agent>,
    /// Its machine stands still.
    pub(super) frozen: bool,
    /// What lies below each port, by port.
    pub(super) ports: Vec<Below>,
    /// When the world looks at the agent's timers next.
    pub(super) wake: Option<Time>,
    store: BTreeMap<StoreKey, String>,
    pub(super) events: VecDeque<(Time, Event)>,
    pub(super) replies: Vec<Reply>,
    /// Packets that each port of the present life has sent, as the world saw it.
    pub(super) sent: BTreeMap<PortId, u64>,
}

/// What lies below a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Below {
    pub(super) link: BelowLink,
    /// It is not taken down.
    pub(super) up: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum BelowLink {
    /// A LAN.
    Segment { segment: usize, node: NodeAddress },
    /// The backbone.
    Backbone { ip: Ipv4Addr },
}

impl Below {
    /// What the agent is told of the port.
    fn state(&self) -> PortState {
        if !self.up {
            return PortState::Down { reason: "taken down".to_owned() };
        }
        PortState::Up(match self.link {
            BelowLink::Segment { node, .. } => PortAddress { mac: Some(node), ip: None, mtu: MTU },
            BelowLink::Backbone { ip } => PortAddress { mac: None, ip: Some(ip), mtu: MTU },
        })
    }
}

impl Site {
    pub(super) fn new(plan: &AgentPlan, config: Config, ports: Vec<BelowLink>) -> Self {
        Self {
            name: plan.name.clone(),
            config: Arc::new(config),
            ip: plan.ip,
            island: plan.island,
            agent: None,
            frozen: false,
            ports: ports.into_iter().map(|link| Below { link, up: true }).collect(),
            wake: None,
            store: BTreeMap::new(),
            events: VecDeque::new(),
            replies: Vec::new(),
            sent: BTreeMap::new(),
        }
    }

    /// A new life: what was persisted is given back, then the ports come up. With a journal of at
    /// most `journal` bytes, if that is not 0.
    pub(super) fn start(&mut self, now: Time, seed: u64, journal: u64) {
        let config = Arc::clone(&self.config);
        let mut agent = match journal {
            0 => Agent::new(config, seed, now),
            limit => Agent::recorded(config, seed, now, limit),
        };
        let unix_us = EPOCH_US + now.as_micros();
        agent.handle(now, Input::Clock { unix_us });
        for (&key, value) in &self.store {
            agent.handle(now, Input::Restored { key, value: value.clone() });
        }
        for (below, id) in self.ports.iter().zip(0..) {
            agent.handle(now, Input::Port { id: PortId(id), state: below.state() });
        }
        self.sent.clear();
        self.frozen = false;
        self.agent = Some(agent);
    }

    /// Takes a port down or brings it up.
    pub(super) fn set_port(&mut self, now: Time, id: PortId, up: bool) {
        let Some(below) = self.ports.get_mut(id.index()) else { return };
        below.up = up;
        let state = below.state();
        if let Some(agent) = &mut self.agent {
            agent.handle(now, Input::Port { id, state });
        }
    }

    pub(super) fn forget(&mut self) {
        self.store.clear();
    }

    pub(super) fn persist(&mut self, key: StoreKey, value: String) {
        self.store.insert(key, value);
    }

    pub(super) fn note(&mut self, at: Time, event: Event) {
        if self.events.len() == EVENTS_KEPT {
            self.events.pop_front();
        }
        self.events.push_back((at, event));
    }

    /// What is sent to this group, or to all, is heard there.
    pub(super) fn listens(&self, group: Ipv4Addr) -> bool {
        let slp = self.config.interfaces.iter().filter_map(|interface| interface.slp.as_ref());
        let joined = |slp: &crate::config::SlpSockets| {
            slp.groups.contains(&group) || (slp.broadcast && group.is_broadcast())
        };
        self.agent.is_some() && slp.into_iter().any(joined)
    }

    /// The port on a segment.
    pub(super) fn port_on(&self, wanted: usize) -> Option<PortId> {
        let place = self.ports.iter().position(
            |below| matches!(below.link, BelowLink::Segment { segment, .. } if segment == wanted),
        )?;
        u16::try_from(place).ok().map(PortId)
    }

    /// What lies below a port, unless that was taken down.
    pub(super) fn below(&self, id: PortId) -> Option<BelowLink> {
        self.ports.get(id.index()).filter(|below| below.up).map(|below| below.link)
    }
}
