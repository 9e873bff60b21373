//! What a hello does [nlsp §8.2].

use super::{Adjacency, AdjacencyState, Alarm, Desk, Line, adjacency};
use crate::Time;
use crate::config::Mode;
use crate::forward::Outcome;
use crate::nlsp::System;
use crate::router::{Cx, Event, Lasting};
use crate::wire::nlsp::{Area, LanHello};
use crate::wire::{NodeAddress, cmd};

/// What a hello changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effect {
    /// The neighbour is new.
    new: bool,
    /// Its state.
    state: bool,
    /// What it says of the election, or its size.
    said: bool,
}

impl Line {
    /// A hello of another node came `at` this time.
    pub(super) fn hear(
        &mut self,
        desk: &mut Desk<'_, '_>,
        system: &System,
        node: NodeAddress,
        hello: &LanHello,
        at: Time,
    ) -> Outcome {
        if !self.speaks && self.mode != Mode::Auto {
            return Outcome::NlspIgnored;
        }
        let up = self.up_count();
        if hello.holding_time == 0 {
            self.lose(desk, node, adjacency::LEFT);
        } else if self.is_acceptable(desk, system, node, hello)
            && self.make_room(desk, system, node)
        {
            return self.accept(desk, system, node, hello, at, up);
        }
        if self.up_count() != up {
            self.review(desk, system);
        }
        if hello.holding_time == 0 { Outcome::DeliveredNlsp } else { Outcome::NlspRejected }
    }

    /// A hello of somebody who is a neighbour, or becomes one now. So many were `up` before it.
    fn accept(
        &mut self,
        desk: &mut Desk<'_, '_>,
        system: &System,
        node: NodeAddress,
        hello: &LanHello,
        at: Time,
        up: usize,
    ) -> Outcome {
        self.heard = at;
        let wakes = !self.speaks;
        if wakes {
            self.speak(desk);
        }
        let another_went = self.up_count() != up;
        let weighed = self.weighs(desk, node);
        let effect = self.take(desk, node, hello, at);
        let decisive = self.end_early(desk, Some(node)) || wakes || another_went;
        let changed = decisive || effect.state || effect.said;
        let all_know = changed
            && (decisive || weighed || self.weighs(desk, node))
            && self.review(desk, system);
        if changed {
            self.report(desk);
        }
        if all_know {
            self.mark_answered(desk.cx.now, node);
        } else if effect.new || effect.state {
            // That it is up is no news to it: we listed it before. That it is not, is.
            let told = self.adjacency_up(node).is_some() && !effect.new;
            self.answer(desk, system, node, !told);
        }
        Outcome::DeliveredNlsp
    }

    /// The sender may become, or stay, a neighbour. What was before at its node is lost if not.
    fn is_acceptable(
        &mut self,
        desk: &mut Desk<'_, '_>,
        system: &System,
        node: NodeAddress,
        hello: &LanHello,
    ) -> bool {
        if hello.system == system.id {
            self.tell_duplicate(desk, hello, [self.node, node]);
            self.lose(desk, node, adjacency::OUR_SYSTEM);
            return false;
        }
        let theirs = match hello.areas.as_slice() {
            [] => &[Area::ALL],
            areas => areas,
        };
        let lasting = Lasting::AreaMismatch(self.id, node);
        if !theirs.iter().any(|area| system.areas.iter().any(|ours| ours.same(*area))) {
            let circuit = desk.name(self.id);
            self.conditions.show(desk.cx, lasting, || {
                let areas: Vec<String> = theirs.iter().map(Area::to_string).collect();
                Event::AreaMismatch { circuit, node, areas: areas.join(", ") }
            });
            self.lose(desk, node, adjacency::OTHER_AREA);
            return false;
        }
        self.conditions.end(desk.cx, &lasting);
        self.is_the_one(desk, node, hello)
    }

    /// No other node speaks for this system, or this one is to be believed [nlsp §8.2].
    fn is_the_one(&mut self, desk: &mut Desk<'_, '_>, node: NodeAddress, hello: &LanHello) -> bool {
        let Some(holder) = self.neighbours.node_of(hello.system).filter(|&holder| holder != node)
        else {
            return true;
        };
        let limit = desk.cx.config.limits.peers;
        let verdict = self.duplicates.judge(desk.cx.now, limit, hello.system, node, holder);
        if verdict.twice {
            self.tell_duplicate(desk, hello, [holder.min(node), holder.max(node)]);
        }
        if verdict.newcomer {
            self.lose(desk, holder, adjacency::MOVED);
        } else {
            self.lose(desk, node, adjacency::MOVED);
        }
        verdict.newcomer
    }

    fn tell_duplicate(
        &mut self,
        desk: &mut Desk<'_, '_>,
        hello: &LanHello,
        nodes: [NodeAddress; 2],
    ) {
        let (circuit, system) = (desk.name(self.id), hello.system);
        self.conditions.show(desk.cx, Lasting::DuplicateSystem(self.id, system), || {
            Event::DuplicateSystem { circuit, system: system.to_string(), nodes: nodes.to_vec() }
        });
    }

    /// There is room for a neighbour at this node: within the limit, and on a LAN in a hello.
    fn make_room(&mut self, desk: &mut Desk<'_, '_>, system: &System, node: NodeAddress) -> bool {
        if self.neighbours.heard(node).is_some() {
            return true;
        }
        let limit = desk.cx.config.limits.peers;
        if self.neighbours.count() >= limit {
            self.forget_failed(desk);
        }
        self.neighbours.count() < limit && self.has_room_to_list(system.areas.len())
    }

    /// Takes what the hello of an acceptable sender says.
    fn take(
        &mut self,
        desk: &mut Desk<'_, '_>,
        node: NodeAddress,
        hello: &LanHello,
        at: Time,
    ) -> Effect {
        let replaced = self.neighbours.heard(node).is_some_and(|old| old.system != hello.system);
        let answered = self.neighbours.get(node).and_then(|old| old.answered);
        if replaced {
            self.lose(desk, node, adjacency::REPLACED);
        }
        let new = self.neighbours.heard(node).is_none();
        if new {
            let fresh = Adjacency { answered, ..Adjacency::new(hello, at) };
            self.neighbours.insert(node, fresh);
        }
        let mut said = replaced;
        let mtu = self.neighbours.get(node).and_then(|neighbour| neighbour.local_mtu);
        if let Some(neighbour) = self.neighbours.get_mut(node) {
            said |= neighbour.take(hello, at);
            // A shorter holding time than before must not wait for the old one to be over. To move
            // the alarm with each hello costs a little; to let it ring in vain, a wake-up.
            let (alarm, deadline) = ((self.id, Alarm::Hold(node)), neighbour.deadline);
            let soon = at + adjacency::holding(hello.holding_time) / 2;
            if desk.timers.get(&alarm).is_none_or(|due| due < soon || deadline < due) {
                desk.timers.set(alarm, deadline);
            }
        }
        self.mark_heard(desk.cx, node, at);
        let (state, reason) = self.state_of(desk, node, hello);
        let state = self.enter(desk, node, state, reason);
        if mtu != hello.local_mtu && self.adjacency_up(node).is_some() {
            self.measure();
            said = true;
        }
        Effect { new, state, said }
    }

    /// What the sender of this hello is to us, and why.
    fn state_of(
        &mut self,
        desk: &mut Desk<'_, '_>,
        node: NodeAddress,
        hello: &LanHello,
    ) -> (AdjacencyState, &'static str) {
        let ours = u32::try_from(self.least_mtu(desk.cx.config.nlsp.lsp_size)).unwrap_or(u32::MAX);
        let lasting = Lasting::MtuMismatch(self.id, node);
        if let Some(theirs) = hello.local_mtu.filter(|&theirs| theirs < ours) {
            let circuit = desk.name(self.id);
            self.conditions.show(desk.cx, lasting, || Event::MtuMismatch {
                circuit,
                node,
                theirs,
                ours,
            });
            return (AdjacencyState::Initializing, adjacency::SMALL_MTU);
        }
        self.conditions.end(desk.cx, &lasting);
        if hello.neighbours.contains(&self.node) {
            (AdjacencyState::Up, adjacency::LISTS_US)
        } else {
            (AdjacencyState::Initializing, adjacency::ONE_WAY)
        }
    }

    /// The hub knows when a peer was last heard.
    fn mark_heard(&self, cx: &mut Cx<'_>, node: NodeAddress, at: Time) {
        let Some(here) = cx.circuits.get_mut(self.id) else { return };
        if let Some(peer) = cmd::ip(node).and_then(|ip| here.peer_mut(ip)) {
            peer.heard = Some(at);
        }
    }
}
