//! The map that the database makes, and the shortest paths on it.

use super::{NoPlace, Page, View, link_row, node_after, title};
use crate::nlsp::decision::{History, Run, Trigger, Way};
use crate::nlsp::lsdb::Lsdb;
use crate::router::{NlspNodeRow, NlspPathRow, NlspRunRow};
use crate::wire::nlsp::{Lsp, LspId, LspOption, NodeId};

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
        no_transit: lsdb.live(node.lsp(0)).is_some_and(Lsp::forbids_transit),
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

/// The last runs of the decision process, the oldest first.
pub(crate) fn runs(view: View<'_>, history: &History) -> Vec<NlspRunRow> {
    let row = |run: &Run| NlspRunRow {
        age_s: view.now.since(run.at).as_secs(),
        trigger: match run.trigger {
            Trigger::Lsp(id) => format!("link-state packet {id}"),
            Trigger::Lines => "own links".to_owned(),
        },
        nodes: run.nodes,
        reached: run.reached,
        changed: run.changed,
        unheard: run.unheard,
        routes: run.routes,
        services: run.services,
    };
    history.runs().map(row).collect()
}

/// A page of the `total` shortest paths, behind the node that `after` names. `ways_from` gives
/// those from a node on, in the order of nodes.
pub(crate) fn paths<'a, W: Iterator<Item = Way<'a>>>(
    view: View<'_>,
    lsdb: &Lsdb,
    ways_from: impl Fn(NodeId) -> W,
    total: usize,
    after: Option<&str>,
) -> Result<Page<NlspPathRow>, NoPlace> {
    let rest = node_after(after)?.into_iter().flat_map(|first| ways_from(first.node));
    let row = |way: &Way<'_>| (path_row(view, lsdb, way), way.inside.len());
    Ok(Page::fill(rest, total, row, |way| way.node.to_string()))
}

fn path_row(view: View<'_>, lsdb: &Lsdb, way: &Way<'_>) -> NlspPathRow {
    let title = title(lsdb, way.node);
    NlspPathRow {
        node: way.node.to_string(),
        network: title.as_ref().map(|title| title.network),
        name: title.map(|title| title.name).filter(|name| !name.is_empty()),
        cost: way.cost,
        hops: way.hops,
        ticks: way.ticks,
        parent: way.parent.map(|parent| parent.to_string()),
        via: way.inside.iter().map(|hop| view.hop(hop)).collect(),
    }
}
