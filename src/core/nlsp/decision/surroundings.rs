//! Where we stand in the graph: which LANs are circuits of ours, and whom we hear there.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::links;
use super::hops::FirstHop;
use crate::ids::CircuitId;
use crate::nlsp::line::{LineKind, Lines};
use crate::nlsp::lsdb::Lsdb;
use crate::wire::NodeAddress;
use crate::wire::nlsp::{NodeId, SystemId};

/// Our own circuits and neighbours.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Ourselves.
    pub(super) system: SystemId,
    lans: BTreeMap<NodeId, CircuitId>,
    neighbours: BTreeMap<(CircuitId, SystemId), NodeAddress>,
    cmd: BTreeSet<CircuitId>,
}

impl Surroundings {
    /// On no circuit yet.
    pub(super) fn new(system: SystemId) -> Self {
        Self { system, ..Self::default() }
    }

    /// What the lines say. `before` still knows the LAN that a line was before its designated
    /// router changed: our links to both stand side by side for a while [nlsp §9.2].
    pub(super) fn of(system: SystemId, lines: &Lines, lsdb: &Lsdb, before: &Self) -> Self {
        let mut around = Self::new(system);
        if before.system == system {
            let linked = lsdb.fragments(system.router()).flat_map(links);
            for link in linked {
                if let Some(circuit) = before.circuit_of(link.neighbour) {
                    around.add_lan(link.neighbour, circuit);
                }
            }
        }
        for line in lines.iter() {
            around.add_lan(system.lan(line.local_id()), line.id);
            if let Some(lan) = line.lan_id() {
                around.add_lan(lan, line.id);
            }
            if line.kind == LineKind::Cmd {
                around.add_cmd(line.id);
            }
            for (node, adjacency) in line.up() {
                around.add_neighbour(line.id, adjacency.system, node);
            }
        }
        around
    }

    pub(super) fn add_lan(&mut self, lan: NodeId, circuit: CircuitId) {
        self.lans.insert(lan, circuit);
    }

    pub(super) fn add_cmd(&mut self, circuit: CircuitId) {
        self.cmd.insert(circuit);
    }

    /// Of two nodes of one system the lower counts, which comes first.
    pub(super) fn add_neighbour(
        &mut self,
        circuit: CircuitId,
        system: SystemId,
        node: NodeAddress,
    ) {
        self.neighbours.entry((circuit, system)).or_insert(node);
    }

    pub(super) fn circuit_of(&self, lan: NodeId) -> Option<CircuitId> {
        self.lans.get(&lan).copied()
    }

    /// The neighbour of this system, if it is up.
    pub(super) fn hop_to(&self, circuit: CircuitId, system: SystemId) -> Option<FirstHop> {
        let node = self.neighbours.get(&(circuit, system))?;
        Some(FirstHop { node: *node, circuit })
    }

    pub(super) fn is_cmd(&self, circuit: CircuitId) -> bool {
        self.cmd.contains(&circuit)
    }
}
