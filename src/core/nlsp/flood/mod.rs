//! Flooding: which link-state packet goes to whom, when [nlsp §11, §19.8-§19.11, §19.17].
//!
//! What the specification calls SRM and SSN are places in queues here, one set of queues a line
//! ([`outlet`]): *news* go to all neighbours of the line, what is *owed* to one of them, what is
//! *wanted* is asked of the designated router. On a LAN one sending serves all; on a CMD network
//! each neighbour gets a copy, at a pace counted in copies.
//!
//! Packets themselves do not wait: a queue holds identifiers, and the version that the database
//! has when the turn comes is what goes out. It asks nothing of the other parts but to look at
//! the lines ([`Neighbourhood`]) and at the database.
//!
//! Broadcast lines only. A point-to-point line would be a third [`LineKind`]: what is owed there
//! stays owed until a PSNP acknowledges it.

mod csnp;
mod news;
mod outlet;
mod owed;
mod pace;
mod psnp;
mod receive;
mod recent;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::line::{Line, LineKind, Lines, settings};
use super::lsdb::Lsdb;
use super::{Contest, Neighbour, System};
use crate::Time;
use crate::ids::CircuitId;
use crate::router::Cx;
use crate::timers::Timers;
use crate::wire::NodeAddress;
use crate::wire::nlsp::{LspId, SystemId};
use outlet::Outlet;

/// Contests and failures that wait to be taken at most: one packet brings about fewer.
const LIMIT: usize = 1_000;

/// What goes out on each line; what of our own others contest, and what we could not keep.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    outlets: BTreeMap<CircuitId, Outlet>,
    /// When each has something to do.
    wake: Timers<CircuitId>,
    contests: Vec<Contest>,
    failures: Vec<String>,
}

/// What the parts of flooding work on.
pub(crate) struct Ground<'a> {
    pub(crate) system: &'a System,
    pub(crate) lines: &'a dyn Neighbourhood,
    pub(crate) lsdb: &'a mut Lsdb,
}

/// What flooding must know of the lines.
pub(crate) trait Neighbourhood {
    /// What the line is; none if it is not there.
    fn kind(&self, circuit: CircuitId) -> Option<LineKind>;
    /// The neighbour is up.
    fn is_up(&self, neighbour: Neighbour) -> bool;
    /// We are the designated router.
    fn is_designated(&self, circuit: CircuitId) -> bool;
    /// The node of the designated router, if it is an up neighbour.
    fn designated_node(&self, circuit: CircuitId) -> Option<NodeAddress>;
    /// The largest IPX packet with NLSP in it.
    fn max_packet(&self, circuit: CircuitId) -> usize;
}

impl Neighbourhood for Lines {
    fn kind(&self, circuit: CircuitId) -> Option<LineKind> {
        self.get(circuit).map(|line| line.kind)
    }

    fn is_up(&self, neighbour: Neighbour) -> bool {
        self.is_up(neighbour)
    }

    fn is_designated(&self, circuit: CircuitId) -> bool {
        self.get(circuit).is_some_and(Line::is_designated)
    }

    fn designated_node(&self, circuit: CircuitId) -> Option<NodeAddress> {
        self.get(circuit)?.designated_node()
    }

    fn max_packet(&self, circuit: CircuitId) -> usize {
        self.get(circuit).map_or(0, Line::max_packet)
    }
}

impl Flood {
    /// A packet of ours, or the purge of any, is news on every line.
    pub(crate) fn news(&mut self, cx: &mut Cx<'_>, id: LspId) {
        let ours = id.node.system == SystemId::of_internal(cx.internal);
        for outlet in self.outlets.values_mut() {
            if ours {
                outlet.tell_own(id, cx.now, cx.random);
            } else {
                outlet.tell_purge(id, cx.now, cx.random);
            }
        }
        self.wake_all();
    }

    /// A neighbour is up: a CSNP set soon, if we are the designated router [nlsp §11.4].
    pub(crate) fn neighbour_up(
        &mut self,
        cx: &mut Cx<'_>,
        lines: &dyn Neighbourhood,
        neighbour: Neighbour,
    ) {
        self.line_changed(cx, lines, neighbour.circuit);
        if let Some(outlet) = self.outlets.get_mut(&neighbour.circuit) {
            outlet.neighbour_up(neighbour.node, cx.now);
        }
        self.wake(neighbour.circuit);
    }

    /// A neighbour is no longer up: nothing is owed to it.
    pub(crate) fn neighbour_down(&mut self, neighbour: Neighbour) {
        if let Some(outlet) = self.outlets.get_mut(&neighbour.circuit) {
            outlet.neighbour_down(neighbour.node);
        }
        self.wake(neighbour.circuit);
    }

    /// The role on a line, or the line itself, changed: CSNPs begin or end.
    pub(crate) fn line_changed(
        &mut self,
        cx: &mut Cx<'_>,
        lines: &dyn Neighbourhood,
        circuit: CircuitId,
    ) {
        let line = lines.kind(circuit).zip(settings(cx.config, circuit).copied());
        if let Some((kind, settings)) = line {
            let outlet = self.outlets.entry(circuit);
            let outlet = outlet.or_insert_with(|| Outlet::new(circuit, kind, settings));
            outlet.set_designated(lines.is_designated(circuit), cx.now);
        } else {
            self.outlets.remove(&circuit);
        }
        self.wake(circuit);
    }

    /// We leave: these purges, already in the database, go out at once and again after a second,
    /// in this order, the `late` ones only then, and nothing else does any more [nlsp §8.4].
    pub(crate) fn goodbye(&mut self, cx: &mut Cx<'_>, ids: &[LspId], late: &[LspId]) {
        for outlet in self.outlets.values_mut() {
            outlet.goodbye(ids, late, cx.now);
        }
        self.wake_all();
    }

    /// All purges of the goodbye have left.
    #[cfg(test)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.outlets.values().all(Outlet::is_quiet)
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>) {
        let due: Vec<CircuitId> = std::iter::from_fn(|| self.wake.pop_due(cx.now)).collect();
        for circuit in due {
            if let Some(outlet) = self.outlets.get_mut(&circuit) {
                outlet.handle_timeout(cx, ground);
            }
            self.wake(circuit);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.wake.next()
    }

    /// What of our own others contested since the last call.
    pub(crate) fn take_contests(&mut self) -> Vec<Contest> {
        std::mem::take(&mut self.contests)
    }

    /// What could not be kept since the last call, for operators to read [nlsp §10.8].
    pub(crate) fn take_failures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.failures)
    }

    /// Link-state packets that were not sent on a circuit, for a neighbour does not take packets so
    /// large.
    pub(crate) fn too_large(&self, circuit: CircuitId) -> u64 {
        self.outlets.get(&circuit).map_or(0, |outlet| outlet.too_large)
    }

    /// Looks when a line has something to do.
    fn wake(&mut self, circuit: CircuitId) {
        let next = self.outlets.get(&circuit).and_then(Outlet::next_timeout);
        self.wake.put(circuit, next);
    }

    fn wake_all(&mut self) {
        for (&circuit, outlet) in &self.outlets {
            self.wake.put(circuit, outlet.next_timeout());
        }
    }
}
