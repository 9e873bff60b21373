//! A neighbour, and what it may be [nlsp §8.1, §8.5].

use std::time::Duration;

use crate::Time;
use crate::wire::nlsp::{Area, LanHello, LinkState, NodeId, SystemId};

/// It lists us: both hear each other.
pub(super) const LISTS_US: &str = "it hears us";
/// One hears only the other.
pub(super) const ONE_WAY: &str = "it does not hear us";
/// Its holding time is over.
pub(super) const SILENT: &str = "it was silent for its holding time";
/// It told a holding time of 0.
pub(super) const LEFT: &str = "it said that it leaves";
/// None of its areas is ours.
pub(super) const OTHER_AREA: &str = "it is of another area";
/// It uses our own system.
pub(super) const OUR_SYSTEM: &str = "it claims our system";
/// Our link-state packets are too large for it.
pub(super) const SMALL_MTU: &str = "our link-state packets are too large for it";
/// Another system speaks from its node.
pub(super) const REPLACED: &str = "its node is another system now";
/// Its system speaks from another node.
pub(super) const MOVED: &str = "its system is at another node";
/// It is not in the list of peers any more.
pub(super) const NO_PEER: &str = "it is no peer any more";
/// The circuit is down.
pub(super) const CLOSED: &str = "the circuit is down";

/// What a neighbour is [nlsp §8.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdjacencyState {
    Initializing,
    Up,
    /// Was up; kept for operators to see.
    Failed,
}

/// A neighbour on a line.
#[derive(Clone, Debug)]
pub(crate) struct Adjacency {
    pub(crate) state: AdjacencyState,
    pub(crate) system: SystemId,
    pub(crate) priority: u8,
    /// The LAN ID that it claims.
    pub(crate) lan_id: NodeId,
    /// Its areas; empty for [`Area::ALL`] alone, which nearly all have.
    pub(crate) areas: Vec<Area>,
    pub(crate) local_mtu: Option<u32>,
    pub(crate) holding_time: u16,
    /// It is lost then; if it failed, it is forgotten then.
    pub(crate) deadline: Time,
    /// In this state since.
    pub(crate) since: Time,
    /// Why it is in this state, for operators.
    pub(crate) reason: &'static str,
    /// The number it last gave the LAN as its own; 0 if it never did.
    pub(super) own_number: u8,
    /// When it was last answered, on a CMD network.
    pub(super) answered: Option<Time>,
}

impl Adjacency {
    /// A neighbour as its first hello shows it.
    pub(super) fn new(hello: &LanHello, now: Time) -> Self {
        let mut adjacency = Self {
            state: AdjacencyState::Initializing,
            system: hello.system,
            priority: hello.priority,
            lan_id: hello.lan_id,
            areas: Vec::new(),
            local_mtu: None,
            holding_time: 0,
            deadline: now,
            since: now,
            reason: ONE_WAY,
            own_number: 0,
            answered: None,
        };
        adjacency.take(hello, now);
        adjacency
    }

    /// Takes what a hello says of it. True if that matters to the election.
    pub(super) fn take(&mut self, hello: &LanHello, now: Time) -> bool {
        let matters = (self.priority, self.lan_id) != (hello.priority, hello.lan_id);
        self.priority = hello.priority;
        self.lan_id = hello.lan_id;
        if self.claims() {
            self.own_number = self.lan_id.pseudonode;
        }
        let areas = hello.areas.as_slice();
        let areas = if areas == [Area::ALL] { &[] } else { areas };
        if self.areas != areas {
            self.areas = areas.to_vec();
        }
        self.local_mtu = hello.local_mtu;
        self.holding_time = hello.holding_time;
        self.deadline = now + holding(hello.holding_time);
        matters
    }

    /// It is heard: initializing or up.
    pub(super) fn is_heard(&self) -> bool {
        self.state != AdjacencyState::Failed
    }

    /// Both hear each other.
    pub(super) fn is_up(&self) -> bool {
        self.state == AdjacencyState::Up
    }

    /// It says that it is the designated router itself.
    pub(super) fn claims(&self) -> bool {
        self.lan_id.system == self.system && self.lan_id.is_pseudonode()
    }

    /// The largest packet that it takes, if it says so.
    pub(super) fn mtu(&self) -> Option<usize> {
        self.local_mtu.and_then(|mtu| usize::try_from(mtu).ok())
    }

    /// The LAN ID that it last gave as its own [nlsp §9.3].
    pub(super) fn own_lan_id(&self) -> Option<NodeId> {
        (self.own_number != 0).then(|| self.system.lan(self.own_number))
    }

    /// Time left until it is lost, or forgotten.
    pub(crate) fn remaining(&self, now: Time) -> Duration {
        self.deadline.since(now)
    }
}

/// A holding time as hellos tell it.
pub(super) fn holding(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}

/// What we see a point-to-point link as, after a hello that says how the other end sees it
/// [nlsp §8.5].
#[cfg_attr(not(test), expect(dead_code, reason = "no circuit is a point-to-point link yet"))]
pub(crate) const fn handshake(ours: LinkState, theirs: LinkState) -> LinkState {
    match (ours, theirs) {
        (_, LinkState::Down) => LinkState::Initializing,
        // It is out of step: told so, it begins anew.
        (LinkState::Down, LinkState::Up) => LinkState::Down,
        (_, LinkState::Initializing | LinkState::Up) => LinkState::Up,
    }
}
