//! The map of an internetwork as a drawing: routers, LANs, and what links them.
//!
//! | file | what it makes |
//! |---|---|
//! | here | nodes and edges from the rows of a running agent |
//! | [`dot`] | a graph for Graphviz |
//! | [`layout`] | a place for each node, on circles |
//! | [`svg`] | a drawing |
//!
//! Equal rows make equal drawings.

mod dot;
mod layout;
mod svg;

use std::collections::BTreeMap;

use ipxway_core::router::NlspNodeRow;

use super::table::safe;

/// Nodes and edges.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Map {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// A router or a LAN.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    /// What the database calls it.
    id: String,
    /// What people call it: a name, a number. Printable ASCII.
    label: String,
    network: String,
    is_lan: bool,
    own: bool,
    reachable: bool,
}

/// A link.
#[derive(Debug, PartialEq, Eq)]
struct Edge {
    /// The places of its ends in the list of nodes, the lesser first.
    ends: (usize, usize),
    /// What it costs: to send onto a LAN, from a LAN it is nothing; where routers differ, each.
    label: String,
    /// Both ends say that they are linked.
    mutual: bool,
}

impl Map {
    /// Of the rows of all pages.
    pub(super) fn new(rows: &[NlspNodeRow]) -> Self {
        let places: BTreeMap<&str, usize> =
            rows.iter().enumerate().map(|(place, row)| (row.node.as_str(), place)).collect();
        let nodes: Vec<Node> = rows.iter().map(Node::of).collect();
        // What each end says it costs to send to the other.
        let mut costs: BTreeMap<(usize, usize), [Option<Option<u8>>; 2]> = BTreeMap::new();
        for (from, row) in rows.iter().enumerate() {
            for link in &row.links {
                let Some(&to) = places.get(link.to.as_str()).filter(|&&to| to != from) else {
                    continue;
                };
                let said = costs.entry((from.min(to), from.max(to))).or_default();
                let [lesser, greater] = said;
                *if from < to { lesser } else { greater } = Some(link.cost);
            }
        }
        let edges = costs.into_iter().map(|(ends, said)| Edge::of(ends, said, &nodes)).collect();
        Self { nodes, edges }
    }
}

impl Node {
    fn of(row: &NlspNodeRow) -> Self {
        let network = row.network.map(|network| network.to_string()).unwrap_or_default();
        let is_lan = row.kind == "lan";
        let name = row.name.as_ref().filter(|_| !is_lan);
        Self {
            id: safe(&row.node),
            label: safe(name.unwrap_or(if is_lan { &network } else { &row.node })),
            network,
            is_lan,
            own: row.own,
            reachable: row.reachable,
        }
    }
}

impl Edge {
    fn of(ends: (usize, usize), said: [Option<Option<u8>>; 2], nodes: &[Node]) -> Self {
        let mutual = said.iter().all(Option::is_some);
        let is_lan = |place: usize| nodes.get(place).is_some_and(|node| node.is_lan);
        let shown = [ends.0, ends.1].into_iter().zip(said).filter(|&(end, _)| !is_lan(end));
        let mut costs: Vec<String> =
            shown.filter_map(|(_, cost)| Some(cost??.to_string())).collect();
        costs.dedup();
        Self { ends, label: costs.join("/"), mutual }
    }
}

#[cfg(test)]
mod tests;
