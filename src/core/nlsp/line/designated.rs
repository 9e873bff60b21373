//! Who is the designated router of a line, and which LAN IDs we link to [nlsp §9.1-§9.4, §19.5].
//!
//! The election is pre-emptive, but a LAN must not be without a pseudonode while it changes hands.
//! A router that starts names its own LAN ID already [nlsp §9.3], and an old pseudonode of its own
//! may still be in the database; so one that is not yet known to *act* as designated router
//! does not take over from one that does. It acts if its pseudonode came anew since it is a
//! neighbour, or if its start delay must be over. One that is about to leave says so first
//! ([`Line::resign`]), and the link to one that died stays until there is another.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Adjacency, Alarm, Desk, Line, Pseudonodes};
use crate::Time;
use crate::router::{Event, Lasting};
use crate::wire::NodeAddress;
use crate::wire::nlsp::NodeId;

/// What a designated router advertises above its own priority [nlsp §9.1].
const BONUS: u8 = 20;
/// The priority of one who is not to be elected.
const NEVER: u8 = 0;
/// The greatest priority.
const MAX_PRIORITY: u8 = 127;
/// The link to the LAN ID before stands beside the new one for so long [nlsp §9.2].
const BESIDE: Duration = Duration::from_secs(10);
/// A designated router that others name and we do not hear may just have died: they notice after
/// its holding time and say so with their next hello. After this time it is no accident.
const UNHEARD_PATIENCE: Duration = Duration::from_secs(60);

/// The part that we and others play on a line.
#[derive(Debug, Default)]
pub(super) struct Role {
    /// There is no election before this time.
    pub(super) waiting: Option<Time>,
    /// The node of whom the election gave; ours if it is us.
    pub(super) elected: Option<NodeAddress>,
    /// Priority and node of the elected, as the election saw them.
    rank: (u8, NodeAddress),
    /// What the elected claims.
    pub(super) lan: Option<Lan>,
    previous: Option<Previous>,
    /// The LAN ID that operators were last told of.
    announced: Option<NodeId>,
    /// Others name a designated router that we do not hear.
    unheard: bool,
    /// We are about to leave, and no candidate any more.
    resigned: bool,
}

/// A LAN in the name of its designated router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lan {
    pub(super) id: NodeId,
    /// The designated router's node.
    pub(super) node: NodeAddress,
    /// Fragment 0 of its pseudonode is in the database.
    linked: bool,
}

/// What we linked to before.
#[derive(Clone, Copy, Debug)]
struct Previous {
    id: NodeId,
    /// Set once the new one is linked to.
    until: Option<Time>,
}

/// Somebody who may be elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// As advertised.
    pub(super) priority: u8,
    pub(super) node: NodeAddress,
    /// It is designated router already, as far as we know.
    pub(super) acting: bool,
}

impl Candidate {
    /// The greatest is elected.
    const fn rank(self) -> (u8, NodeAddress) {
        (self.priority, self.node)
    }
}

/// The election: the highest priority, then the highest node. Another router that does not act as
/// designated router takes over only where none acts.
pub(super) fn elect(ours: Candidate, others: impl Iterator<Item = Candidate>) -> Candidate {
    let mut best = ours;
    let mut acting = Some(ours).filter(|ours| ours.acting);
    for other in others.filter(|other| other.priority > NEVER) {
        if other.rank() > best.rank() {
            best = other;
        }
        if other.acting && acting.is_none_or(|acting| other.rank() > acting.rank()) {
            acting = Some(other);
        }
    }
    acting.filter(|_| best != ours).unwrap_or(best)
}

impl Role {
    /// The LAN ID and the one before, as far as they are linked to.
    pub(super) fn links(&self) -> [Option<NodeId>; 2] {
        let lan = self.lan.filter(|lan| lan.linked).map(|lan| lan.id);
        [lan, self.previous.map(|previous| previous.id)]
    }

    pub(super) fn links_at(&self, now: Time) -> Vec<NodeId> {
        let [lan, previous] = self.links();
        let ended = self.previous.and_then(|previous| previous.until).is_some_and(|at| at <= now);
        lan.into_iter().chain(previous.filter(|_| !ended)).collect()
    }

    /// The elected claims this LAN ID now, or none. Gives back when the link before is to end, if
    /// that was decided now.
    fn follow(
        &mut self,
        now: Time,
        claimed: Option<(NodeId, NodeAddress)>,
        there: &Pseudonodes,
    ) -> Option<Time> {
        if self.lan.map(|lan| lan.id) != claimed.map(|(id, _)| id)
            && let Some(old) = self.lan.filter(|lan| lan.linked)
        {
            self.previous = Some(Previous { id: old.id, until: None });
        }
        self.lan = claimed.map(|(id, node)| Lan { id, node, linked: there.contains_key(&id) });
        // It stays though its router has died: by its pseudonode the others find each other, who
        // notice that at different times. One whose pseudonode is purged is no link.
        self.previous = self.previous.filter(|previous| {
            self.lan.map(|lan| lan.id) != Some(previous.id)
                && there.contains_key(&previous.id)
                && previous.until.is_none_or(|until| until > now)
        });
        let linked = self.lan.is_some_and(|lan| lan.linked);
        let previous = self.previous.as_mut().filter(|old| linked && old.until.is_none())?;
        previous.until = Some(now + BESIDE);
        previous.until
    }
}

impl Line {
    /// The priority that we advertise.
    pub(super) fn priority(&self) -> u8 {
        if self.role.resigned {
            NEVER
        } else if self.speaks && self.role.waiting.is_none() && self.is_designated() {
            self.settings.priority.saturating_add(BONUS).min(MAX_PRIORITY)
        } else {
            self.settings.priority
        }
    }

    /// As designated router, no candidate from now on. True if we were it.
    pub(super) fn resign(&mut self) -> bool {
        self.role.resigned |= self.speaks && self.is_designated();
        self.role.resigned
    }

    /// The LAN ID that our hellos name [nlsp §9.3].
    pub(super) fn named(&self) -> NodeId {
        let elected = self.role.elected.filter(|_| self.role.waiting.is_none());
        let router = elected.and_then(|node| self.neighbours.up(node));
        router.and_then(Adjacency::own_lan_id).unwrap_or(self.ours)
    }

    /// The start delay ends early if every peer of a CMD network is up, or if the neighbour that
    /// changed is a designated router that beats us [nlsp §9.1]. True if it ended.
    pub(super) fn end_early(
        &mut self,
        desk: &mut Desk<'_, '_>,
        changed: Option<NodeAddress>,
    ) -> bool {
        if self.role.waiting.is_none() {
            return false;
        }
        let peers = self.hellos.peers().len();
        let complete = peers > 0 && self.up_count() == peers;
        let ours = (self.priority(), self.node);
        let designated = changed.filter(|&node| {
            self.adjacency_up(node).is_some_and(|adjacency| {
                is_designated(adjacency, desk.there) && (adjacency.priority, node) > ours
            })
        });
        if designated.is_some() {
            self.role.elected = designated;
        }
        let ended = complete || designated.is_some();
        if ended {
            self.role.waiting = None;
            desk.cancel(self.id, Alarm::Start);
        }
        ended
    }

    pub(super) fn elect(&mut self, desk: &mut Desk<'_, '_>) {
        let (now, delay) = (desk.cx.now, self.start_delay());
        let ours =
            Candidate { priority: self.priority(), node: self.node, acting: self.is_designated() };
        let elected = self.role.elected;
        let others = || {
            self.up().map(|(node, adjacency)| {
                let ripe = elected == Some(node)
                    || adjacency.since + delay <= now
                    || has_told_anew(adjacency, desk.there);
                let acting = ripe && is_designated(adjacency, desk.there);
                let candidate = Candidate { priority: adjacency.priority, node, acting };
                (candidate, (!ripe).then_some(adjacency.since + delay))
            })
        };
        let winner = elect(ours, others().map(|(candidate, _)| candidate));
        // One that is not ripe may take over then: from one below it, or from one that by then
        // does not act.
        let ripe_at = others()
            .filter(|(candidate, _)| !winner.acting || candidate.rank() > winner.rank())
            .filter_map(|(_, ripe_at)| ripe_at)
            .min();
        desk.put(self.id, Alarm::Ripe, ripe_at);
        self.role.rank = winner.rank();
        self.role.elected = Some(winner.node);
    }

    /// What this neighbour is or says has weight in the election, or shows that we do not hear
    /// whom others elected. Nearly all have none: on a network of a thousand it would cost much to
    /// look at all of them whenever one says something new.
    pub(super) fn weighs(&self, desk: &Desk<'_, '_>, node: NodeAddress) -> bool {
        let Some(router) = self.adjacency_up(node) else { return false };
        let names_another = !router.claims() && Some(router.lan_id) != self.lan_id();
        self.role.unheard
            || self.role.elected == Some(node)
            || (router.priority, node) > self.role.rank
            || is_designated(router, desk.there)
            || names_another
    }

    /// Follows the election: what the elected claims, what that makes of our links.
    pub(super) fn follow(&mut self, desk: &mut Desk<'_, '_>) {
        let claimed = self.role.elected.and_then(|node| {
            if node == self.node {
                return Some((self.ours, node));
            }
            let router = self.neighbours.up(node).filter(|router| router.claims())?;
            Some((router.lan_id, node))
        });
        if let Some(at) = self.role.follow(desk.cx.now, claimed, desk.there) {
            desk.set(self.id, Alarm::OldLink, at);
        }
        let Some(lan) = self.role.lan.filter(|_| self.speaks) else { return };
        if self.role.announced.replace(lan.id) != Some(lan.id) {
            let (circuit, lan_id) = (desk.name(self.id), lan.id.to_string());
            desk.cx.out.event(Event::DesignatedRouter { circuit, lan_id, node: lan.node });
        }
    }

    /// This pseudonode being in the database matters to the line.
    pub(super) fn is_concerned(&self, node: NodeId) -> bool {
        let known = [self.lan_id(), self.role.previous.map(|previous| previous.id)];
        let named = || {
            let router = self.node_of(node.system).and_then(|at| self.adjacency_up(at));
            router.is_some_and(|router| router.lan_id == node)
        };
        known.contains(&Some(node)) || named()
    }

    /// Watches out for a designated router that neighbours name and we do not hear.
    pub(super) fn watch_unheard(&mut self, desk: &mut Desk<'_, '_>) {
        self.role.unheard = self.role.waiting.is_none() && self.unheard().is_some();
        if self.role.unheard {
            desk.set_earliest(self.id, Alarm::Unheard, desk.cx.now + UNHEARD_PATIENCE);
        } else {
            self.end_unheard(desk);
        }
    }

    pub(super) fn tell_unheard(&self, desk: &mut Desk<'_, '_>) {
        let Some(lan_id) = self.unheard() else { return };
        let (circuit, lan_id) = (desk.name(self.id), lan_id.to_string());
        desk.cx.out.event_once(
            Lasting::DesignatedRouterUnheard(self.id),
            Event::DesignatedRouterUnheard { circuit, lan_id },
        );
    }

    pub(super) fn end_unheard(&self, desk: &mut Desk<'_, '_>) {
        desk.cancel(self.id, Alarm::Unheard);
        desk.cx.out.ended(&Lasting::DesignatedRouterUnheard(self.id));
    }

    /// A LAN ID that a neighbour names and whose router is neither it, nor us, nor a neighbour.
    fn unheard(&self) -> Option<NodeId> {
        let named: BTreeSet<NodeId> = self
            .up()
            .filter(|(_, adjacency)| !adjacency.claims())
            .map(|(_, adjacency)| adjacency.lan_id)
            .filter(|id| Some(*id) != self.lan_id() && id.is_pseudonode())
            .collect();
        named
            .into_iter()
            .find(|id| id.system != self.ours.system && self.node_of(id.system).is_none())
    }
}

/// It claims a LAN ID of its own, and its pseudonode is in the database.
fn is_designated(router: &Adjacency, there: &Pseudonodes) -> bool {
    router.claims() && there.contains_key(&router.lan_id)
}

/// Its pseudonode came anew since the two hear each other, as it does for we are listed there from
/// then on: it acts as designated router, and is not one that starts, whose pseudonode is from a
/// life before.
fn has_told_anew(router: &Adjacency, there: &Pseudonodes) -> bool {
    there.get(&router.lan_id).is_some_and(|&told| router.since <= told)
}
