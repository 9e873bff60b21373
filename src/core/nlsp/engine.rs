//! The engine: packets and changes in, the parts set to work, what one brings about for another
//! passed on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::content::Content;
use super::decision::Decision;
use super::flood::{Flood, Ground};
use super::line::Lines;
use super::lsdb::{Changes, Lsdb};
use super::origin::Origin;
use super::{LineChange, Neighbour, Parts, PduCounts, System};
use crate::Time;
use crate::forward::Outcome;
use crate::hub::{Change, Circuit};
use crate::ids::CircuitId;
use crate::router::{Cx, Engine, Sender};
use crate::wire::ipx::Header;
use crate::wire::nlsp::{LspId, NodeId, Pdu, Refusal, SystemId};
use crate::wire::{NetworkNumber, NodeAddress};

/// The goodbye: purges first, repeated after 1 s, then the last hello [nlsp §8.4]. A designated
/// router resigns before, and purges what others have their ways through with the repetition.
const LAST_HELLO: Duration = Duration::from_millis(1_400);

/// The engine.
#[derive(Debug)]
pub(crate) struct Nlsp {
    /// `None` until the number of the internal network is known: without it there is no NLSP
    /// [nlsp §16].
    system: Option<Arc<System>>,
    lines: Lines,
    lsdb: Lsdb,
    flood: Flood,
    origin: Origin,
    content: Content,
    decision: Decision,
    /// Routers that share our database, as the hub was told, by circuit.
    shared: BTreeMap<CircuitId, BTreeSet<NodeAddress>>,
    leaving: Leaving,
}

/// How far the goodbye is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    /// The purges are on their way; the last hello follows then.
    Purging(Time),
    Done,
}

impl Nlsp {
    /// `lsps`: the limit of the database.
    pub(crate) fn new(lsps: usize) -> Self {
        Self {
            system: None,
            lines: Lines::default(),
            lsdb: Lsdb::new(lsps),
            flood: Flood::default(),
            origin: Origin::default(),
            content: Content::default(),
            decision: Decision::default(),
            shared: BTreeMap::new(),
            leaving: Leaving::No,
        }
    }

    /// All goodbyes are said.
    pub(crate) fn is_quiet(&self) -> bool {
        !matches!(self.leaving, Leaving::Purging(_))
    }

    /// An adjacency with this neighbour is up.
    pub(crate) fn is_up(&self, circuit: CircuitId, node: NodeAddress) -> bool {
        self.lines.is_up(Neighbour { circuit, node })
    }

    /// The data of a packet to socket 9001.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        data: &Bytes,
    ) -> Outcome {
        let Some(system) = self.system.clone() else { return Outcome::NlspIgnored };
        let here = cx.circuits.get(sender.circuit).map(|circuit| (circuit.node, circuit.speaks()));
        let Some((ours, true)) = here else { return Outcome::NlspIgnored };
        let from = Neighbour { circuit: sender.circuit, node: sender.neighbour() };
        if from.node == ours || self.leaving != Leaving::No {
            return Outcome::NlspIgnored;
        }
        cx.out.pdus.received(cx.now, sender.circuit, data);
        let pdu = match Pdu::decode(data) {
            Ok(pdu) => pdu,
            Err(refusal) => return outcome_of(refusal),
        };
        let to_us = header.destination.node == ours;
        let ground = Ground { system: &system, lines: &self.lines, lsdb: &mut self.lsdb };
        let outcome = match pdu {
            Pdu::LanHello(hello) => self.lines.hear(cx, &system, sender, &hello),
            Pdu::Lsp(lsp) => self.flood.receive_lsp(cx, ground, from, to_us, lsp),
            Pdu::Csnp(csnp) => self.flood.receive_csnp(cx, ground, from, &csnp),
            Pdu::Psnp(psnp) => self.flood.receive_psnp(cx, ground, from, &psnp),
            // There are no point-to-point circuits.
            Pdu::WanHello(_) => Outcome::NlspIgnored,
        };
        self.settle(cx, &system);
        outcome
    }

    /// Begins, or begins anew under another identity: the system follows from the internal
    /// network.
    fn identify(&mut self, cx: &mut Cx<'_>) {
        if self.system.as_ref().map_or(0, |system| system.network.0) == cx.internal.0 {
            return;
        }
        if let Some(old) = self.system.take() {
            self.say_goodbye(cx, &old, |_, _| false);
            self.lines.leave(cx, &old);
            self.decision.withdraw_all(cx);
            self.forget_neighbours(cx);
            let leaving = self.leaving;
            *self = Self { leaving, ..Self::new(cx.config.limits.lsps) };
        }
        let system = Arc::new(System::of(cx));
        self.content.begin(cx, &mut self.origin, &system);
        let up: Vec<CircuitId> =
            cx.circuits.iter().filter(|circuit| circuit.speaks()).map(|c| c.id).collect();
        for circuit in up {
            self.lines.open(cx, &system, circuit);
        }
        self.system = Some(system);
    }

    /// Nobody is a neighbour any more, and nobody shares our database.
    fn forget_neighbours(&mut self, cx: &mut Cx<'_>) {
        let circuits: Vec<CircuitId> = self.lines.iter().map(|line| line.id).collect();
        for id in circuits {
            self.lines.close(cx, id);
            let routers = cx.circuits.get(id).map(|circuit| Arc::clone(&circuit.link_state));
            for &node in routers.iter().flat_map(|routers| routers.iter()) {
                cx.circuits.set_link_state(id, node, false);
            }
        }
    }
}

const fn outcome_of(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::Version(_) => Outcome::NlspVersion,
        Refusal::Type(_) | Refusal::Level => Outcome::NlspIgnored,
        Refusal::Incorrect(_) => Outcome::NlspIncorrect,
        Refusal::Corrupt => Outcome::NlspCorrupt,
    }
}

impl Nlsp {
    /// Passes on what the parts brought about for each other, until nothing is left.
    fn settle(&mut self, cx: &mut Cx<'_>, system: &System) {
        loop {
            let lines = self.lines.take_changes();
            for change in &lines {
                self.line_changed(cx, system, change);
            }
            let contests = self.flood.take_contests();
            for contest in &contests {
                let news = self.origin.contested(cx, system, &mut self.lsdb, contest);
                self.tell(cx, news);
            }
            for reason in self.flood.take_failures() {
                self.origin.overloaded(cx, reason);
            }
            let database = self.lsdb.take_changes();
            for change in &database.lsps {
                self.decision.lsp_changed(cx, change);
            }
            for &(pseudonode, there) in &database.pseudonodes {
                self.lines.pseudonode(cx, system, pseudonode, there);
            }
            if lines.is_empty() && contests.is_empty() && database == Changes::default() {
                break;
            }
        }
    }

    fn line_changed(&mut self, cx: &mut Cx<'_>, system: &System, change: &LineChange) {
        match *change {
            LineChange::Up(neighbour) => {
                self.flood.neighbour_up(cx, &self.lines, neighbour);
                cx.circuits.set_link_state(neighbour.circuit, neighbour.node, true);
                self.content.neighbour_changed(cx, &mut self.origin, &self.lines, neighbour);
            }
            LineChange::Down(neighbour) => {
                self.flood.neighbour_down(neighbour);
                let known = self.shared.get(&neighbour.circuit);
                let still = known.is_some_and(|nodes| nodes.contains(&neighbour.node));
                cx.circuits.set_link_state(neighbour.circuit, neighbour.node, still);
                self.content.neighbour_changed(cx, &mut self.origin, &self.lines, neighbour);
            }
            LineChange::Line(circuit) => {
                self.flood.line_changed(cx, &self.lines, circuit);
                let speaks = self.lines.get(circuit).is_some_and(|line| line.speaks);
                cx.circuits.set_nlsp(circuit, speaks);
                self.content.line_changed(cx, &mut self.origin, &self.lines, system, circuit);
            }
        }
        self.decision.lines_changed(cx);
    }

    /// What is to be flooded, in this order.
    fn tell(&mut self, cx: &mut Cx<'_>, news: Vec<LspId>) {
        for id in news {
            self.flood.news(cx, id);
        }
    }

    /// Tells the hub which routers of our circuits share our database: neighbours, and those whose
    /// pseudonode of the same network the shortest paths reach [nlsp §13.3.1]. On a CMD network one
    /// may speak RIP and SAP, and share a LAN of NLSP with another.
    fn share(&mut self, cx: &mut Cx<'_>) {
        let up = cx.circuits.iter().filter(|circuit| circuit.is_up());
        let up: Vec<(CircuitId, NetworkNumber)> =
            up.map(|circuit| (circuit.id, circuit.network)).collect();
        for (circuit, network) in up {
            let now: BTreeSet<NodeAddress> =
                self.decision.routers_on(&self.lsdb, network).into_iter().collect();
            let before = self.shared.insert(circuit, now.clone()).unwrap_or_default();
            for &node in before.symmetric_difference(&now) {
                let up = self.lines.is_up(Neighbour { circuit, node });
                cx.circuits.set_link_state(circuit, node, up || now.contains(&node));
            }
        }
    }

    /// Purges all that is ours, some of it `later` [nlsp §8.4].
    fn say_goodbye(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        later: impl Fn(&Lines, NodeId) -> bool,
    ) {
        let purges = self.origin.leave(cx, system, &mut self.lsdb);
        let (late, first): (Vec<_>, Vec<_>) =
            purges.into_iter().partition(|id| later(&self.lines, id.node));
        self.flood.goodbye(cx, &first, &late);
        // The first time at once: the lines may not outlive this call.
        let ground = Ground { system, lines: &self.lines, lsdb: &mut self.lsdb };
        self.flood.handle_timeout(cx, &ground);
    }

    fn leave(&mut self, cx: &mut Cx<'_>) {
        let Some(system) = self.system.clone() else { return };
        self.lines.resign(cx, &system);
        self.say_goodbye(cx, &system, Lines::is_shared);
        self.leaving = Leaving::Purging(cx.now + LAST_HELLO);
    }
}

impl Engine for Nlsp {
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change) {
        if self.leaving != Leaving::No {
            return;
        }
        self.identify(cx);
        let Some(system) = self.system.clone() else { return };
        match change {
            Change::CircuitUp(id) => {
                // One that was up when we got our identity is open already.
                let speaks = cx.circuits.get(*id).is_some_and(Circuit::speaks);
                if speaks && self.lines.get(*id).is_none() {
                    self.lines.open(cx, &system, *id);
                }
            }
            Change::CircuitDown(id) | Change::CircuitSilenced(id) => {
                self.lines.close(cx, *id);
                self.shared.remove(id);
            }
            Change::Route(change) => {
                self.content.route_changed(cx, &mut self.origin, change);
            }
            Change::Service(change) => {
                self.content.service_changed(cx, &mut self.origin, change);
            }
            Change::Peers { circuit, .. } => self.lines.peers_changed(cx, &system, *circuit),
            Change::Shutdown => self.leave(cx),
            Change::CircuitUnnumbered(_)
            | Change::CircuitNlsp(_)
            | Change::LinkStateRouter { .. }
            | Change::OldRouterHeard(_)
            | Change::DhcpOptions => {}
        }
        self.settle(cx, &system);
    }

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        let Some(system) = self.system.clone() else { return };
        if let Leaving::Purging(at) = self.leaving
            && cx.now >= at
        {
            self.leaving = Leaving::Done;
            self.lines.leave(cx, &system);
        }
        let ground = Ground { system: &system, lines: &self.lines, lsdb: &mut self.lsdb };
        if self.leaving != Leaving::No {
            self.flood.handle_timeout(cx, &ground);
            return;
        }
        self.lines.handle_timeout(cx, &system);
        self.settle(cx, &system);
        let aged = self.lsdb.age(cx.now);
        self.tell(cx, aged);
        let news = self.origin.handle_timeout(cx, &mut self.lsdb);
        self.tell(cx, news);
        self.settle(cx, &system);
        let ground = Ground { system: &system, lines: &self.lines, lsdb: &mut self.lsdb };
        self.flood.handle_timeout(cx, &ground);
        if self.decision.next_timeout().is_some_and(|at| at <= cx.now) {
            self.decision.handle_timeout(cx, &system, &self.lines, &self.lsdb);
            self.share(cx);
        }
        self.settle(cx, &system);
    }

    fn next_timeout(&self) -> Option<Time> {
        self.system.as_ref()?;
        match self.leaving {
            Leaving::No => [
                self.lines.next_timeout(),
                self.lsdb.next_timeout(),
                self.origin.next_timeout(),
                self.flood.next_timeout(),
                self.decision.next_timeout(),
            ]
            .into_iter()
            .flatten()
            .min(),
            Leaving::Purging(at) => Some(self.flood.next_timeout().map_or(at, |next| next.min(at))),
            Leaving::Done => None,
        }
    }
}

/// For those who look on.
impl Nlsp {
    pub(crate) const fn lsdb(&self) -> &Lsdb {
        &self.lsdb
    }

    /// The parts, for operators.
    pub(crate) const fn parts<'a>(&'a self, counts: &'a PduCounts) -> Parts<'a> {
        Parts {
            lines: &self.lines,
            lsdb: &self.lsdb,
            flood: &self.flood,
            decision: &self.decision,
            counts,
        }
    }

    /// Services that no link-state packet can carry, each counted when it showed.
    pub(crate) const fn untellable(&self) -> u64 {
        self.content.untellable()
    }

    pub(crate) fn system_id(&self) -> Option<SystemId> {
        self.system.as_ref().map(|system| system.id)
    }
}
