//! The decision process: shortest paths over the database, and what they offer to the tables
//! [nlsp §12].
//!
//! | module | in charge of |
//! |---|---|
//! | [`backoff`] | when to run |
//! | [`surroundings`] | where we stand: our LANs, the neighbours that we hear |
//! | [`graph`] | nodes and links, of the packets in the database |
//! | [`attach`] | the links of our own LANs: how ways begin |
//! | [`spf`], [`hops`] | the shortest paths, and the neighbours that they begin with |
//! | [`tree`] | the result: the way to each node |
//! | [`index`] | which packets tell of a network or a service |
//! | [`offers`] | the best of what they tell |
//! | [`merge`] | what is to be looked at again, and offering it |
//! | [`notices`], [`history`] | what operators are told |
//!
//! A change of links runs over the whole graph, with pauses that grow; then only what is said by
//! nodes that are reached otherwise than before is looked at. A change of what a node tells looks
//! at just that.

mod attach;
mod backoff;
mod bench;
mod graph;
mod history;
mod hops;
mod index;
mod merge;
mod notices;
mod offers;
mod spf;
mod surroundings;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;

use super::line::Lines;
use super::lsdb::Lsdb;
use super::{LspChange, System};
use crate::Time;
use crate::ids::CircuitId;
use crate::router::{Cx, Event, Lasting};
use crate::wire::nlsp::{Lsp, Management, NodeId};
use crate::wire::{NetworkNumber, NodeAddress};
use attach::Unheard;
use backoff::Backoff;
pub use bench::Backbone;
use graph::{Graph, links};
pub(crate) use history::{History, Run, Trigger};
pub(crate) use hops::FirstHop;
use index::{Index, differences};
use merge::Pending;
use notices::Notices;
use surroundings::Surroundings;
use tree::Tree;
pub(crate) use tree::Way;

/// The decision process.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    backoff: Backoff,
    /// The first of the changes that the next run is for, and how many there are.
    trigger: Option<(Trigger, usize)>,
    around: Surroundings,
    tree: Tree,
    index: Index,
    /// The index is behind: it was left alone while nothing was offered.
    stale: bool,
    pending: Pending,
    notices: Notices,
    history: History,
}

/// Both say the same of links and of who goes through.
fn same_links(one: &Lsp, other: &Lsp) -> bool {
    let facts = |lsp: &Lsp| (lsp.flags.overloaded(), lsp.non_routing);
    let reckoned = |lsp| {
        links(lsp).map(|link| (link.cost, link.neighbour, link.delay_us, link.throughput_bps))
    };
    (one.id.number != 0 || facts(one) == facts(other)) && reckoned(one).eq(reckoned(other))
}

/// The change concerns the graph, not only what a node tells [nlsp §12.3].
fn concerns_links(change: &LspChange) -> bool {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => !same_links(old, new),
        (Some(only), None) | (None, Some(only)) => {
            change.id.number == 0 || links(only).next().is_some()
        }
        (None, None) => false,
    }
}

impl Decision {
    /// A link-state packet came, went or changed: a full run, or only what its node offers.
    pub(crate) fn lsp_changed(&mut self, cx: &Cx<'_>, change: &LspChange) {
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        self.index.update(change.id, old, new);
        self.pending.add(cx.now, differences(old, new));
        if concerns_links(change) {
            self.changed(cx.now, Trigger::Lsp(change.id));
        }
    }

    /// Our own links or neighbours changed.
    pub(crate) fn lines_changed(&mut self, cx: &Cx<'_>) {
        self.changed(cx.now, Trigger::Lines);
    }

    fn changed(&mut self, now: Time, trigger: Trigger) {
        let (_, changes) = self.trigger.get_or_insert((trigger, 0));
        *changes += 1;
        self.backoff.changed(now);
    }

    /// Runs what is due; offers and withdraws routes and services.
    pub(crate) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lines: &Lines,
        lsdb: &Lsdb,
    ) {
        self.act(cx, lsdb, |before| Surroundings::of(system.id, lines, lsdb, before));
    }

    /// `around` says where we stand, given where we stood.
    fn act(
        &mut self,
        cx: &mut Cx<'_>,
        lsdb: &Lsdb,
        around: impl FnOnce(&Surroundings) -> Surroundings,
    ) {
        let due = self.backoff.run(cx.now);
        if due {
            let around = around(&self.around);
            self.run(cx, around, lsdb);
        }
        if self.merge(cx, lsdb) && !due {
            self.history.merged();
        }
        self.notices.handle_timeout(cx.out, cx.now);
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        [self.backoff.due(), self.pending.due(), self.notices.next_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Finds the shortest paths anew; notes what is to be looked at again.
    fn run(&mut self, cx: &mut Cx<'_>, around: Surroundings, lsdb: &Lsdb) {
        if std::mem::take(&mut self.stale) {
            self.index = Index::of(lsdb);
        }
        let graph = Graph::of(lsdb, &around);
        self.tell_unheard(cx, &graph.unheard);
        let unheard = graph.unheard.len();
        let tree = Tree::of(graph, usize::from(cx.config.nlsp.path_splits));
        let changed = tree.changed_since(&self.tree);
        let (trigger, changes) = self.trigger.take().unwrap_or((Trigger::Lines, 0));
        self.history.ran(Run {
            at: cx.now,
            trigger,
            changes,
            nodes: tree.len(),
            reached: tree.reached(),
            changed: changed.len(),
            unheard,
            routes: 0,
            services: 0,
        });
        (self.tree, self.around) = (tree, around);
        self.pending.add_nodes(cx.now, lsdb, &changed);
    }

    /// On a CMD network not all hear all, though its node says so [nlsp §19.5].
    fn tell_unheard(&mut self, cx: &mut Cx<'_>, unheard: &[Unheard]) {
        let on_cmd = |circuit: CircuitId| cx.circuits.get(circuit).filter(|it| it.is_cmd());
        let mut holding = BTreeSet::new();
        for it in unheard {
            let Some(circuit) = on_cmd(it.circuit) else { continue };
            let lasting = Lasting::PartialMesh(it.circuit, it.system);
            let way = match it.by {
                Some(by) => format!("packets go by {by}, the designated router"),
                None => "there is no way to it by this circuit".to_owned(),
            };
            let (circuit, system) = (circuit.name.clone(), it.system.to_string());
            let event = Event::PartialMesh { circuit, system, way };
            self.notices.holds(cx.out, cx.now, lasting.clone(), false, event);
            holding.insert(lasting);
        }
        self.notices.end_those(cx.out, |lasting| {
            matches!(lasting, Lasting::PartialMesh(..)) && !holding.contains(lasting)
        });
    }

    /// The shortest paths lead there.
    pub(crate) fn reaches(&self, node: NodeId) -> bool {
        self.tree.get(node).is_some()
    }

    /// The nodes of designated routers on `network` that share our database and that we reach:
    /// what they tell there by RIP and SAP we know from it [nlsp §13.3.1]. Where NLSP is off on a
    /// LAN, each router there is its own designated router.
    pub(crate) fn routers_on(&self, lsdb: &Lsdb, network: NetworkNumber) -> Vec<NodeAddress> {
        let heads = self.index.of_network(network).filter(|id| {
            let ours = id.node.system == self.around.system;
            id.number == 0 && id.node.is_pseudonode() && !ours && self.reaches(id.node)
        });
        let on_network = |it: &Management<'_>| it.network == network;
        heads
            .filter_map(|id| lsdb.live(id)?.management().filter(on_network))
            .map(|it| it.node)
            .collect()
    }

    /// The ways to the nodes that are reached, from `first` on in the order of nodes; for
    /// operators.
    pub(crate) fn ways_from(&self, first: NodeId) -> impl Iterator<Item = Way<'_>> {
        self.tree.ways_from(first)
    }

    /// How many there are.
    pub(crate) const fn reached(&self) -> usize {
        self.tree.reached()
    }

    /// The last runs; for operators.
    pub(crate) const fn history(&self) -> &History {
        &self.history
    }

    /// Takes back all that was offered: the agent gets another identity, or leaves. The next run
    /// begins anew, with whatever is in the database then.
    pub(crate) fn withdraw_all(&mut self, cx: &mut Cx<'_>) {
        merge::withdraw_all(cx);
        self.notices.end_those(cx.out, |_| true);
        let history = std::mem::take(&mut self.history);
        *self = Self { stale: true, history, ..Self::default() };
    }
}
