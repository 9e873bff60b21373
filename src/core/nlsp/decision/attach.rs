//! How ways begin: the links of networks that we are on get first hops, or are left out.
//!
//! A link to a router that we do not hear is no way, so that a dead neighbour's routes go when its
//! time is over, whatever the network's node still says [nlsp §12.3]. On a CMD network its
//! designated router hears all that its node lists, and passes packets on [nlsp §19.5].

use super::graph::{Graph, NO_HOP, place_of};
use super::hops::FirstHop;
use super::surroundings::Surroundings;
use crate::ids::CircuitId;
use crate::wire::nlsp::{NodeId, SystemId};

/// A network that we are on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attached {
    /// Its node.
    pub(super) node: u32,
    /// Its designated router, if that is another, as a first hop: it knows whom to give packets
    /// for networks outside [nlsp §12.5].
    pub(super) designated: u32,
}

/// A router on a network of ours that is no neighbour of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unheard {
    pub(super) circuit: CircuitId,
    pub(super) system: SystemId,
    /// The designated router that passes packets on; if there is none, there is no way to the
    /// router by this network.
    pub(super) by: Option<SystemId>,
}

/// A link of a network that we are on to a router other than us.
struct Found {
    place: usize,
    system: SystemId,
    circuit: CircuitId,
    hop: Option<FirstHop>,
    /// Who passes packets on, unless the router itself is the first hop.
    by: Option<SystemId>,
}

impl Found {
    fn unheard(&self) -> Option<Unheard> {
        let Self { circuit, system, by, .. } = *self;
        (self.hop.is_none() || by.is_some()).then_some(Unheard { circuit, system, by })
    }
}

impl Graph {
    /// Finds the first hops of all ways.
    pub(super) fn attach(&mut self, around: &Surroundings) {
        let Some(root) = self.root() else { return };
        let lans: Vec<(u32, NodeId, CircuitId)> = self
            .edges(root)
            .iter()
            .filter_map(|edge| Some((edge.to, self.node(edge.to)?)))
            .filter_map(|(place, lan)| Some((place, lan, around.circuit_of(lan)?)))
            .collect();
        let found: Vec<Found> = lans
            .iter()
            .flat_map(|&(place, lan, circuit)| self.find(root, place, lan, circuit, around))
            .collect();
        let designated: Vec<Option<FirstHop>> =
            lans.iter().map(|&(_, lan, circuit)| around.hop_to(circuit, lan.system)).collect();

        let hops = found.iter().map(|found| found.hop).chain(designated.iter().copied());
        self.hops = hops.flatten().collect();
        self.hops.sort_unstable();
        self.hops.dedup();
        self.unheard = found.iter().filter_map(Found::unheard).collect();
        self.attached = lans
            .iter()
            .zip(designated)
            .map(|(&(node, ..), hop)| Attached { node, designated: self.number_of(hop) })
            .collect();
        self.apply(root, &found, &lans);
    }

    /// The links of a network that we are on.
    fn find(
        &self,
        root: u32,
        place: u32,
        lan: NodeId,
        circuit: CircuitId,
        around: &Surroundings,
    ) -> impl Iterator<Item = Found> {
        let others = self.range(place).zip(self.edges(place));
        let others = others.filter(move |(_, edge)| edge.to != root);
        others.filter_map(move |(place, edge)| {
            let system = self.node(edge.to)?.system;
            let straight = around.hop_to(circuit, system);
            let round = around.hop_to(circuit, lan.system).filter(|_| around.is_cmd(circuit));
            let by = (straight.is_none() && round.is_some()).then_some(lan.system);
            Some(Found { place, system, circuit, hop: straight.or(round), by })
        })
    }

    /// Writes first hops down; drops links that have none, and those of ours to networks that are
    /// on no circuit.
    fn apply(&mut self, root: u32, found: &[Found], lans: &[(u32, NodeId, CircuitId)]) {
        let known = |to: u32| lans.iter().any(|&(lan, ..)| lan == to);
        let ours = self.range(root).zip(self.edges(root));
        let mut dropped: Vec<usize> =
            ours.filter(|(_, edge)| !known(edge.to)).map(|(place, _)| place).collect();
        for found in found {
            match self.number_of(found.hop) {
                NO_HOP => dropped.push(found.place),
                hop => self.set_hop(found.place, hop),
            }
        }
        if !dropped.is_empty() {
            dropped.sort_unstable();
            self.retain(|place, _| dropped.binary_search(&place).is_err());
        }
    }

    fn number_of(&self, hop: Option<FirstHop>) -> u32 {
        let place = hop.and_then(|hop| self.hops.binary_search(&hop).ok());
        place.map_or(NO_HOP, place_of)
    }
}
