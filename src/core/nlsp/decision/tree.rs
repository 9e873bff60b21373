//! The shortest paths as they now are, by node: what a run found, for merging and for operators.

use super::graph::Graph;
use super::hops::{FirstHop, HopSets};
use super::spf::{Reach, shortest_paths};
use crate::wire::nlsp::NodeId;

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// In order.
    nodes: Vec<NodeId>,
    reach: Vec<Reach>,
    sets: HopSets,
    reached: usize,
}

/// The way to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way<'a> {
    pub(crate) node: NodeId,
    /// The node before it; `None` for ourselves.
    pub(crate) parent: Option<NodeId>,
    pub(crate) cost: u32,
    pub(crate) ticks: u32,
    /// Routers to cross.
    pub(crate) hops: u16,
    /// The neighbours that packets for it go to; none for ourselves and our own networks.
    pub(crate) inside: &'a [FirstHop],
    /// The neighbours that packets for networks outside go to that it tells of.
    pub(crate) outside: &'a [FirstHop],
}

impl Way<'_> {
    /// Another way to the node is the same to all that uses it.
    fn leads_alike(&self, other: &Way<'_>) -> bool {
        (self.cost, self.ticks, self.hops) == (other.cost, other.ticks, other.hops)
            && self.inside == other.inside
            && self.outside == other.outside
    }
}

impl Tree {
    pub(super) fn of(graph: Graph, splits: usize) -> Self {
        let (reach, sets) = shortest_paths(&graph, splits);
        let reached = reach.iter().filter(|reach| reach.is_reached()).count();
        Self { nodes: graph.into_nodes(), reach, sets, reached }
    }

    /// The way to a node, if one leads there.
    pub(super) fn get(&self, node: NodeId) -> Option<Way<'_>> {
        let place = self.nodes.binary_search(&node).ok()?;
        self.way(node, self.reach.get(place)?)
    }

    fn way(&self, node: NodeId, reach: &Reach) -> Option<Way<'_>> {
        let parent = self.nodes.get(reach.parent as usize).copied();
        reach.is_reached().then(|| Way {
            node,
            parent: parent.filter(|&parent| parent != node),
            cost: reach.cost,
            ticks: reach.ticks,
            hops: reach.hops,
            inside: self.sets.get(reach.inside),
            outside: self.sets.get(reach.outside),
        })
    }

    /// The ways there are, in the order of nodes.
    pub(super) fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        self.ways_from(NodeId::default())
    }

    /// Those from `first` on.
    pub(super) fn ways_from(&self, first: NodeId) -> impl Iterator<Item = Way<'_>> {
        let place = self.nodes.partition_point(|&node| node < first);
        let nodes = self.nodes.iter().zip(&self.reach).skip(place);
        nodes.filter_map(|(&node, reach)| self.way(node, reach))
    }

    /// Nodes that are reached.
    pub(super) const fn reached(&self) -> usize {
        self.reached
    }

    /// Nodes in the graph, reached or not.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes that are reached here or there, but not alike, in order.
    pub(super) fn changed_since(&self, before: &Self) -> Vec<NodeId> {
        let mut changed = Vec::new();
        let (mut old, mut new) = (before.ways().peekable(), self.ways().peekable());
        loop {
            let (was, is) = (old.peek(), new.peek());
            let (was, is) = match (was, is) {
                (None, None) => return changed,
                (Some(was), Some(is)) if was.node == is.node => (old.next(), new.next()),
                (Some(was), Some(is)) if was.node < is.node => (old.next(), None),
                (Some(_), None) => (old.next(), None),
                _ => (None, new.next()),
            };
            let alike = was.zip(is).is_some_and(|(was, is)| was.leads_alike(&is));
            if !alike {
                changed.extend(is.or(was).map(|way| way.node));
            }
        }
    }
}
