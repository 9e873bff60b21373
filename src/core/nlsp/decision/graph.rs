//! The graph: nodes and the links between them, of the live link-state packets, made anew for
//! each run [nlsp §12.1].
//!
//! A link counts only if its other end says the same. Links of a LAN of ours to routers that we do
//! not hear are left out, so that a dead neighbour's routes go when its time is over, whatever the
//! LAN still says of it [nlsp §12.3].

use super::attach::{Attached, Unheard};
use super::hops::FirstHop;
use super::surroundings::Surroundings;
use crate::nlsp::lsdb::Lsdb;
use crate::nlsp::metric::ticks_of;
use crate::wire::nlsp::{Link, Lsp, LspId, LspOption, NodeId};

/// Nodes and links as an algorithm wants them: by place, each node's links in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// In order.
    nodes: Vec<NodeId>,
    /// By node: nobody goes through it [nlsp §10.8].
    closed: Vec<bool>,
    /// Where a node's links begin in `edges`; one more for the end.
    first: Vec<u32>,
    edges: Vec<Edge>,
    /// Ourselves.
    root: Option<u32>,
    /// The neighbours that ways begin with, in order.
    pub(super) hops: Vec<FirstHop>,
    /// Networks that we are on.
    pub(super) attached: Vec<Attached>,
    /// Routers there that we do not hear.
    pub(super) unheard: Vec<Unheard>,
}

/// A link that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The node at its end.
    pub(super) to: u32,
    /// From a network of ours: the first hop to there, by its place; else [`NO_HOP`].
    pub(super) hop: u32,
    /// Ticks to cross it.
    pub(super) ticks: u16,
    /// 0 from a LAN to a router, never to a LAN.
    pub(super) cost: u8,
}

/// No first hop.
pub(super) const NO_HOP: u32 = u32::MAX;

/// A link as its own end tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RawLink {
    pub(super) from: u32,
    pub(super) to: NodeId,
    pub(super) cost: u8,
    pub(super) ticks: u16,
}

impl RawLink {
    /// `None` if the link has no cost, so that nobody can reckon with it [nlsp §7.4].
    fn of(from: u32, node: NodeId, link: &Link) -> Option<Self> {
        let (cost, to) = (link.cost?, link.neighbour);
        if node.is_pseudonode() {
            // Only a router's own end says what it costs to cross the LAN [nlsp §7.4].
            return Some(Self { from, to, cost: 0, ticks: 0 });
        }
        // A router that takes nothing would break the rule that the cost falls at every hop
        // [nlsp §12.6].
        let ticks = ticks_of(link.delay_us, link.throughput_bps).max(1);
        Some(Self { from, to, cost: cost.max(1), ticks })
    }
}

/// The links of a packet.
pub(super) fn links(lsp: &Lsp) -> impl Iterator<Item = Link> {
    lsp.options().filter_map(|option| match option {
        LspOption::Link(link) => Some(link),
        _ => None,
    })
}

impl Graph {
    /// The graph as we see it from `around`.
    pub(super) fn of(lsdb: &Lsdb, around: &Surroundings) -> Self {
        let (mut nodes, mut closed, mut links_told) = (Vec::new(), Vec::new(), Vec::new());
        for (id, record) in lsdb.range(LspId::FIRST, LspId::LAST) {
            if record.purged {
                continue;
            }
            let node = id.node;
            if id.number == 0 {
                nodes.push(node);
                closed.push(record.lsp.forbids_transit());
            }
            // Without fragment 0 the others do not count [nlsp §10.1].
            if nodes.last() != Some(&node) {
                continue;
            }
            let from = place_of(nodes.len() - 1);
            links_told.extend(links(&record.lsp).filter_map(|l| RawLink::of(from, node, &l)));
        }
        Self::new(nodes, closed, links_told, around)
    }

    /// Of nodes in order, of which some are closed, and their links.
    pub(super) fn new(
        nodes: Vec<NodeId>,
        closed: Vec<bool>,
        links: Vec<RawLink>,
        around: &Surroundings,
    ) -> Self {
        let mut graph = Self { nodes, closed, ..Self::default() };
        graph.root = graph.place(around.system.router());
        if let Some(root) = graph.root
            && let Some(closed) = graph.closed.get_mut(root as usize)
        {
            *closed = false;
        }
        graph.link(links);
        graph.keep_two_way();
        graph.attach(around);
        graph
    }

    /// Makes edges of links: between nodes that are there, the best one of parallels.
    fn link(&mut self, mut links: Vec<RawLink>) {
        links.sort_unstable();
        links.dedup_by_key(|link| (link.from, link.to));
        self.first = vec![0; self.nodes.len() + 1];
        self.edges.reserve_exact(links.len());
        let mut links = links.into_iter().peekable();
        for from in 0..place_of(self.nodes.len()) {
            while let Some(link) = links.next_if(|link| link.from == from) {
                let Some(to) = self.place(link.to) else { continue };
                let between_lans = self.is_pseudonode(from) && self.is_pseudonode(to);
                // A router of ours across no LAN has no circuit that would lead there.
                let beside = self.root == Some(from) && !self.is_pseudonode(to);
                if to == from || between_lans || beside {
                    continue;
                }
                let (cost, ticks) = (link.cost, link.ticks);
                self.edges.push(Edge { to, hop: NO_HOP, ticks, cost });
            }
            if let Some(end) = self.first.get_mut(from as usize + 1) {
                *end = place_of(self.edges.len());
            }
        }
    }

    /// Drops what only one end says.
    fn keep_two_way(&mut self) {
        let kept: Vec<bool> = (0..place_of(self.nodes.len()))
            .flat_map(|from| self.edges(from).iter().map(move |edge| (from, edge.to)))
            .map(|(from, to)| self.edge(to, from).is_some())
            .collect();
        self.retain(|place, _| kept.get(place).copied().unwrap_or(false));
    }

    /// Keeps the edges that `keep` says, given their places in the row of all.
    pub(super) fn retain(&mut self, keep: impl Fn(usize, &Edge) -> bool) {
        let mut kept = 0;
        let (mut begin, edges) = (0, std::mem::take(&mut self.edges));
        self.edges.reserve_exact(edges.len());
        for end in self.first.iter_mut().skip(1) {
            let of_node = begin..*end as usize;
            begin = *end as usize;
            for (place, edge) in of_node.clone().zip(edges.get(of_node).unwrap_or(&[])) {
                if keep(place, edge) {
                    self.edges.push(*edge);
                    kept += 1;
                }
            }
            *end = kept;
        }
    }

    /// The place of a node.
    fn place(&self, node: NodeId) -> Option<u32> {
        self.nodes.binary_search(&node).ok().map(place_of)
    }

    /// The places of a node's links in the row of all.
    pub(super) fn range(&self, from: u32) -> std::ops::Range<usize> {
        let at = |place: usize| self.first.get(place).map_or(0, |&first| first as usize);
        at(from as usize)..at(from as usize + 1)
    }

    /// The link between two nodes.
    fn edge(&self, from: u32, to: u32) -> Option<&Edge> {
        let edges = self.edges(from);
        // In the order of the nodes they lead to.
        edges.get(edges.binary_search_by_key(&to, |edge| edge.to).ok()?)
    }

    /// Writes the first hop of a link down.
    pub(super) fn set_hop(&mut self, place: usize, hop: u32) {
        if let Some(edge) = self.edges.get_mut(place) {
            edge.hop = hop;
        }
    }

    /// The links of a node.
    pub(super) fn edges(&self, from: u32) -> &[Edge] {
        self.edges.get(self.range(from)).unwrap_or(&[])
    }

    pub(super) fn node(&self, place: u32) -> Option<NodeId> {
        self.nodes.get(place as usize).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) const fn root(&self) -> Option<u32> {
        self.root
    }

    pub(super) fn is_pseudonode(&self, place: u32) -> bool {
        self.node(place).is_some_and(NodeId::is_pseudonode)
    }

    /// Nobody goes through the node; we ourselves do, whatever we say.
    pub(super) fn is_closed(&self, place: u32) -> bool {
        self.closed.get(place as usize).copied().unwrap_or(false)
    }

    /// The nodes, in order.
    pub(super) fn into_nodes(self) -> Vec<NodeId> {
        self.nodes
    }
}

/// A database holds far fewer nodes and links than 32 bits number.
pub(super) fn place_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
