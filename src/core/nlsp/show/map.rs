//! The map that the database makes, and the shortest paths on it.

use super::{NoPlace, Page, View, link_row, node_after, title};
use crate::nlsp::Neighbour;
use crate::nlsp::lsdb::Lsdb;
use crate::router::{NlspNodeRow, NlspPathRow};
use crate::wire::nlsp::{LspId, LspOption, NodeId};

/// A page of the map, behind the node that `after` names. `reaches` says what the shortest paths
/// lead to.
pub(crate) fn topology(
    view: View<'_>,
    lsdb: &Lsdb,
    reaches: impl Fn(NodeId) -> bool,
    after: Option<&str>,
) -> Result<Page<NlspNodeRow>, NoPlace> {
    let first = node_after(after)?;
    let nodes = first.into_iter().flat_map(|first| nodes(lsdb, first));
    let row = |&node: &NodeId| {
        let row = node_row(view, lsdb, node, reaches(node));
        let held = row.links.len();
        (row, held)
    };
    let total = nodes_of(lsdb);
    Ok(Page::fill(nodes, total, row, NodeId::to_string))
}

/// The nodes of the map from `first` on: those whose fragment 0 is live [nlsp §12.1].
fn nodes(lsdb: &Lsdb, first: LspId) -> impl Iterator<Item = NodeId> {
    lsdb.range(first, LspId::LAST)
        .filter(|(id, record)| id.number == 0 && !record.purged)
        .map(|(id, _)| id.node)
}

fn nodes_of(lsdb: &Lsdb) -> usize {
    nodes(lsdb, LspId::FIRST).count()
}

fn node_row(view: View<'_>, lsdb: &Lsdb, node: NodeId, reachable: bool) -> NlspNodeRow {
    let title = title(lsdb, node);
    let mut row = NlspNodeRow {
        node: node.to_string(),
        kind: if node.is_pseudonode() { "lan" } else { "router" }.to_owned(),
        network: title.as_ref().map(|title| title.network),
        name: title.map(|title| title.name).filter(|name| !name.is_empty()),
        own: node.system == view.system,
        reachable,
        no_transit: lsdb.live(node.lsp(0)).is_some_and(|lsp| {
            !node.is_pseudonode() && (lsp.flags.overloaded() || lsp.non_routing)
        }),
        services: 0,
        routes: 0,
        links: Vec::new(),
    };
    for option in lsdb.fragments(node).flat_map(|lsp| lsp.options()) {
        match option {
            LspOption::Link(link) => row.links.push(link_row(&link)),
            LspOption::Service(_) => row.services += 1,
            LspOption::External(routes) => row.routes += routes.len(),
            _ => {}
        }
    }
    row
}

/// A node that the shortest paths lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) node: NodeId,
    pub(crate) cost: u32,
    pub(crate) hops: u16,
    pub(crate) ticks: u32,
    /// The first hops, the one in use first.
    pub(crate) via: Vec<Neighbour>,
}

/// A page of the shortest paths, behind the node that `after` names. `reached_from` gives the
/// nodes that are reached from one on, in order; there are `total`.
pub(crate) fn paths<I: Iterator<Item = Reached>>(
    view: View<'_>,
    lsdb: &Lsdb,
    reached_from: impl Fn(NodeId) -> I,
    total: usize,
    after: Option<&str>,
) -> Result<Page<NlspPathRow>, NoPlace> {
    let first = node_after(after)?;
    let reached = first.into_iter().flat_map(|first| reached_from(first.node));
    let row = |reached: &Reached| (path_row(view, lsdb, reached), reached.via.len());
    Ok(Page::fill(reached, total, row, |reached| reached.node.to_string()))
}

fn path_row(view: View<'_>, lsdb: &Lsdb, reached: &Reached) -> NlspPathRow {
    let title = title(lsdb, reached.node);
    NlspPathRow {
        node: reached.node.to_string(),
        network: title.as_ref().map(|title| title.network),
        name: title.map(|title| title.name).filter(|name| !name.is_empty()),
        cost: reached.cost,
        hops: reached.hops,
        ticks: reached.ticks,
        via: reached.via.iter().map(|&neighbour| view.hop(neighbour)).collect(),
    }
}
