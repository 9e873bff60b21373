//! The neighbours of a line, and how one comes and goes.

use std::collections::BTreeMap;

use super::{Adjacency, AdjacencyState, Alarm, Desk, Line, adjacency};
use crate::nlsp::{LineChange, Neighbour};
use crate::router::{Cx, Event};
use crate::wire::nlsp::SystemId;
use crate::wire::{NodeAddress, cmd};

/// Every adjacency of a line, those that failed too. Filled by others: the line bounds it.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    entries: BTreeMap<NodeAddress, Adjacency>,
    /// Where each system that is heard speaks from: one node each.
    systems: BTreeMap<SystemId, NodeAddress>,
    up: usize,
}

impl Neighbours {
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeAddress, &Adjacency)> {
        self.entries.iter().map(|(&node, adjacency)| (node, adjacency))
    }

    pub(super) fn get(&self, node: NodeAddress) -> Option<&Adjacency> {
        self.entries.get(&node)
    }

    pub(super) fn get_mut(&mut self, node: NodeAddress) -> Option<&mut Adjacency> {
        self.entries.get_mut(&node)
    }

    /// The neighbour, if it is initializing or up.
    pub(super) fn heard(&self, node: NodeAddress) -> Option<&Adjacency> {
        self.get(node).filter(|adjacency| adjacency.is_heard())
    }

    pub(super) fn up(&self, node: NodeAddress) -> Option<&Adjacency> {
        self.get(node).filter(|adjacency| adjacency.state == AdjacencyState::Up)
    }

    /// The node that the system is heard from.
    pub(super) fn node_of(&self, system: SystemId) -> Option<NodeAddress> {
        self.systems.get(&system).copied()
    }

    /// How many are initializing or up.
    pub(super) fn heard_count(&self) -> usize {
        self.systems.len()
    }

    pub(super) const fn up_count(&self) -> usize {
        self.up
    }

    /// How many there are, those that failed too.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Puts in a new one, which is initializing. None of its system, and none that is heard at its
    /// node, may be there.
    pub(super) fn insert(&mut self, node: NodeAddress, adjacency: Adjacency) {
        self.systems.insert(adjacency.system, node);
        self.entries.insert(node, adjacency);
    }

    /// Takes out one that is not up.
    fn remove(&mut self, node: NodeAddress) {
        if let Some(adjacency) = self.entries.remove(&node)
            && adjacency.is_heard()
        {
            self.systems.remove(&adjacency.system);
        }
    }
}

impl Line {
    /// A neighbour that is heard is initializing, or up, from now on. True if it was not so.
    pub(super) fn enter(
        &mut self,
        desk: &mut Desk<'_, '_>,
        node: NodeAddress,
        state: AdjacencyState,
        reason: &'static str,
    ) -> bool {
        let now = desk.cx.now;
        let Some(adjacency) = self.neighbours.entries.get_mut(&node) else { return false };
        let (old, system) = (adjacency.state, adjacency.system);
        adjacency.reason = reason;
        if old == state {
            return false;
        }
        adjacency.state = state;
        adjacency.since = now;
        match (old, state) {
            (AdjacencyState::Up, _) => self.left_up(desk, node, system, reason),
            (_, AdjacencyState::Up) => self.entered_up(desk, node, system),
            _ => {}
        }
        true
    }

    /// A neighbour is lost. One that was up is kept for a holding time, to be looked at. True if
    /// there was one.
    pub(super) fn lose(
        &mut self,
        desk: &mut Desk<'_, '_>,
        node: NodeAddress,
        reason: &'static str,
    ) -> bool {
        let Some(adjacency) = self.neighbours.heard(node) else { return false };
        let was_up = adjacency.state == AdjacencyState::Up;
        let (system, holding) = (adjacency.system, adjacency::holding(adjacency.holding_time));
        desk.cancel(self.id, Alarm::Answer(node));
        if !was_up {
            self.neighbours.remove(node);
            desk.cancel(self.id, Alarm::Hold(node));
            return true;
        }
        self.neighbours.systems.remove(&system);
        let forget = desk.cx.now + holding;
        if let Some(adjacency) = self.neighbours.get_mut(node) {
            adjacency.deadline = forget;
        }
        desk.set(self.id, Alarm::Hold(node), forget);
        self.enter(desk, node, AdjacencyState::Failed, reason);
        true
    }

    pub(super) fn lose_all(&mut self, desk: &mut Desk<'_, '_>, reason: &'static str) {
        let heard: Vec<NodeAddress> = self.neighbours.systems.values().copied().collect();
        for node in heard {
            self.lose(desk, node, reason);
        }
    }

    /// A neighbour may have been silent for too long. True if it is lost. Not every hello has moved
    /// the alarm.
    pub(super) fn look_after(&mut self, desk: &mut Desk<'_, '_>, node: NodeAddress) -> bool {
        let Some(adjacency) = self.neighbours.get(node) else { return false };
        if adjacency.deadline > desk.cx.now {
            desk.set(self.id, Alarm::Hold(node), adjacency.deadline);
            return false;
        }
        if adjacency.is_heard() {
            return self.lose(desk, node, adjacency::SILENT);
        }
        self.neighbours.remove(node);
        false
    }

    /// Forgets those that failed, to make room.
    pub(super) fn forget_failed(&mut self, desk: &mut Desk<'_, '_>) {
        let failed: Vec<NodeAddress> =
            self.neighbours.iter().filter(|(_, one)| !one.is_heard()).map(|(at, _)| at).collect();
        for node in failed {
            self.neighbours.remove(node);
            desk.cancel(self.id, Alarm::Hold(node));
        }
    }

    fn entered_up(&mut self, desk: &mut Desk<'_, '_>, node: NodeAddress, system: SystemId) {
        self.neighbours.up += 1;
        desk.changes.push(LineChange::Up(Neighbour { circuit: self.id, node }));
        self.mark_peer(desk.cx, node, true);
        let circuit = desk.name(self.id);
        desk.cx.out.event(Event::AdjacencyUp { circuit, node, system: system.to_string() });
        self.measure_also(node);
    }

    fn left_up(
        &mut self,
        desk: &mut Desk<'_, '_>,
        node: NodeAddress,
        system: SystemId,
        reason: &str,
    ) {
        self.neighbours.up = self.neighbours.up.saturating_sub(1);
        desk.changes.push(LineChange::Down(Neighbour { circuit: self.id, node }));
        self.mark_peer(desk.cx, node, false);
        let (circuit, system, reason) = (desk.name(self.id), system.to_string(), reason.to_owned());
        desk.cx.out.event(Event::AdjacencyDown { circuit, node, system, reason });
        self.measure();
    }

    /// What the hub knows of the peer behind a neighbour.
    fn mark_peer(&self, cx: &mut Cx<'_>, node: NodeAddress, up: bool) {
        let Some(here) = cx.circuits.get_mut(self.id) else { return };
        if let Some(peer) = cmd::ip(node).and_then(|ip| here.peer_mut(ip)) {
            peer.up = up;
        }
    }
}
