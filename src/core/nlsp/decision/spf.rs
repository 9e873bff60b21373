//! The shortest paths from ourselves to every node, and how they begin [nlsp §12.3].
//!
//! Pure: a graph in, distances out; the same on every machine, in whatever order packets came.
//!
//! The shortest path is the one of the least cost; of equals the one of the fewest ticks, then of
//! the fewest hops. Two sets of first hops are kept of a node:
//!
//! - *inside*, of all paths of the least cost: cost falls at every hop, so packets for what lies at
//!   the node itself may take any of them;
//! - *outside*, only of those that have the fewest ticks too: exits to networks outside are chosen
//!   by ticks, which must fall at every hop as well [nlsp §12.6].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Edge, Graph, NO_HOP, place_of};
use super::hops::{HopSet, HopSets};

/// How a node is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) cost: u32,
    pub(super) ticks: u32,
    /// Routers to cross.
    pub(super) hops: u16,
    /// The node before it, by its place; itself for ourselves.
    pub(super) parent: u32,
    /// The first hops to the node itself.
    pub(super) inside: HopSet,
    /// The first hops to networks outside that it tells of.
    pub(super) outside: HopSet,
}

/// The order of distances.
type Distance = (u32, u32, u16);

impl Reach {
    /// Of a node that no path leads to.
    pub(super) const NEVER: Self = Self {
        cost: u32::MAX,
        ticks: u32::MAX,
        hops: u16::MAX,
        parent: u32::MAX,
        inside: HopSet::NONE,
        outside: HopSet::NONE,
    };

    pub(super) const fn is_reached(&self) -> bool {
        self.cost != u32::MAX
    }

    const fn distance(&self) -> Distance {
        (self.cost, self.ticks, self.hops)
    }

    /// The node at the other end of a link, by way of this one [nlsp §12.4].
    fn beyond(&self, place: u32, edge: Edge, to_router: bool) -> Self {
        Self {
            cost: self.cost.saturating_add(u32::from(edge.cost)),
            ticks: self.ticks.saturating_add(u32::from(edge.ticks)),
            // A LAN counts none: its routers do.
            hops: self.hops.saturating_add(u16::from(to_router)),
            parent: place,
            ..Self::NEVER
        }
    }
}

/// How every node is reached, by its place, with at most `splits` first hops each.
pub(super) fn shortest_paths(graph: &Graph, splits: usize) -> (Vec<Reach>, HopSets) {
    let sets = HopSets::new(graph.hops.clone(), splits);
    let mut run = Run {
        graph,
        reach: vec![Reach::NEVER; graph.len()],
        leaf: vec![false; graph.len()],
        ours: vec![Ours::default(); graph.len()],
        sets,
    };
    if let Some(root) = graph.root() {
        run.find_distances(root);
        run.add_leaves(root);
        run.spread_hops(root);
        run.end_outside();
    }
    (run.reach, run.sets.finish())
}

/// A LAN of ours is best reached straight by our own circuit.
#[derive(Clone, Copy, Debug, Default)]
struct Ours {
    by_cost: bool,
    by_ticks: bool,
}

struct Run<'a> {
    graph: &'a Graph,
    reach: Vec<Reach>,
    /// LANs that are reached only through a router that nobody goes through.
    leaf: Vec<bool>,
    ours: Vec<Ours>,
    sets: HopSets,
}

impl Run<'_> {
    fn at(&self, place: u32) -> Reach {
        self.reach.get(place as usize).copied().unwrap_or(Reach::NEVER)
    }

    fn is_leaf(&self, place: u32) -> bool {
        self.leaf.get(place as usize).copied().unwrap_or(false)
    }

    fn set(&mut self, place: u32, reach: Reach) {
        if let Some(at) = self.reach.get_mut(place as usize) {
            *at = reach;
        }
    }

    /// Dijkstra. Nodes of one distance are settled LANs first, then in the order of identifiers.
    fn find_distances(&mut self, root: u32) {
        self.set(root, Reach { cost: 0, ticks: 0, hops: 0, parent: root, ..Reach::NEVER });
        let mut candidates = BinaryHeap::from([Reverse(((0, 0, 0), true, root))]);
        while let Some(Reverse((distance, _, place))) = candidates.pop() {
            let here = self.at(place);
            if here.distance() != distance || self.graph.is_closed(place) {
                // Found by a better way meanwhile, or the end of all ways.
                continue;
            }
            for &edge in self.graph.edges(place) {
                let router = !self.graph.is_pseudonode(edge.to);
                let there = here.beyond(place, edge, router);
                if there.distance() < self.at(edge.to).distance() {
                    self.set(edge.to, there);
                    candidates.push(Reverse((there.distance(), router, edge.to)));
                }
            }
        }
    }

    /// The LANs of a router that nobody goes through are the ends of ways, if no other router is
    /// on them: its own networks stay reachable [nlsp §12.1].
    fn add_leaves(&mut self, root: u32) {
        let closed = (0..place_of(self.graph.len())).filter(|&place| {
            self.graph.is_closed(place) && self.at(place).is_reached() && place != root
        });
        let mut leaves: Vec<(u32, Reach)> = Vec::new();
        for place in closed {
            for &edge in self.graph.edges(place) {
                if self.graph.is_pseudonode(edge.to) && !self.at(edge.to).is_reached() {
                    leaves.push((edge.to, self.at(place).beyond(place, edge, false)));
                }
            }
        }
        for (place, reach) in leaves {
            if reach.distance() < self.at(place).distance() {
                self.set(place, reach);
            }
            if let Some(leaf) = self.leaf.get_mut(place as usize) {
                *leaf = true;
            }
        }
    }

    /// Hands first hops on along every path of the least cost. In the order of costs, LANs before
    /// routers, for from a LAN to its routers the cost does not grow: a node's own hops are
    /// complete before they are handed on.
    fn spread_hops(&mut self, root: u32) {
        let mut order: Vec<(u32, bool, u32)> = (0..)
            .zip(&self.reach)
            .filter(|(_, reach)| reach.is_reached())
            .map(|(place, reach)| (reach.cost, !self.graph.is_pseudonode(place), place))
            .collect();
        order.sort_unstable();
        for (_, _, place) in order {
            let here = self.at(place);
            for &edge in self.graph.edges(place) {
                let there = self.at(edge.to);
                let shortest = here.cost.saturating_add(u32::from(edge.cost)) == there.cost;
                if shortest && self.is_leaf(edge.to) == self.graph.is_closed(place) {
                    let strict = here.ticks.saturating_add(u32::from(edge.ticks)) == there.ticks;
                    self.hand_on(place == root, place, edge, strict);
                }
            }
        }
    }

    /// Hands the first hops of a node on over a link; `strict`: ticks are the fewest as well.
    fn hand_on(&mut self, from_us: bool, place: u32, edge: Edge, strict: bool) {
        if from_us {
            if let Some(ours) = self.ours.get_mut(edge.to as usize) {
                ours.by_cost = true;
                ours.by_ticks |= strict;
            }
            return;
        }
        let (here, mut there) = (self.at(place), self.at(edge.to));
        let ours = self.ours.get(place as usize).copied().unwrap_or_default();
        there.inside = self.sets.union(there.inside, here.inside);
        if strict {
            there.outside = self.sets.union(there.outside, here.outside);
        }
        if edge.hop != NO_HOP {
            let first = HopSet::only(edge.hop);
            if ours.by_cost {
                there.inside = self.sets.union(there.inside, first);
            }
            if ours.by_ticks && strict {
                there.outside = self.sets.union(there.outside, first);
            }
        }
        self.set(edge.to, there);
    }

    /// What lies outside behind a LAN of ours goes to its designated router, which tells of it
    /// [nlsp §12.5].
    fn end_outside(&mut self) {
        for attached in &self.graph.attached {
            let ours = self.ours.get(attached.node as usize).copied().unwrap_or_default();
            if ours.by_ticks && attached.designated != NO_HOP {
                let mut lan = self.at(attached.node);
                lan.outside = self.sets.union(lan.outside, HopSet::only(attached.designated));
                self.set(attached.node, lan);
            }
        }
    }
}
