//! The tables of NLSP.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ipxway_core::router::{
    NlspCircuitRow, NlspHop, NlspLinkRow, NlspLspRow, NlspNeighborRow, NlspNodeRow, NlspOption,
    NlspPathRow, NlspPdus, NlspRunRow, SavingsRow,
};
use ipxway_core::wire::cmd;

use super::{listing, or_dash};
use crate::cli::table::{Table, age, safe};

pub(super) fn neighbors(rows: &[NlspNeighborRow], total: usize) -> String {
    listing(&neighbor_table(rows), rows.len(), total, "neighbour")
}

pub(super) fn database(rows: &[NlspLspRow], total: usize, detail: bool) -> String {
    const NOUN: &str = "link-state packet";
    if detail {
        listing(&rows.iter().map(lsp_detail).collect::<String>(), rows.len(), total, NOUN)
    } else {
        listing(&lsp_table(rows), rows.len(), total, NOUN)
    }
}

pub(super) fn topology(rows: &[NlspNodeRow], total: usize) -> String {
    listing(&node_table(rows), rows.len(), total, "node")
}

pub(super) fn spf(
    runs: &[NlspRunRow],
    (full, partial): (u64, u64),
    paths: &[NlspPathRow],
    total: usize,
) -> String {
    let runs = run_table(runs);
    let paths = listing(&path_table(paths), paths.len(), total, "node");
    format!("{runs}{full} runs over the whole map, {partial} over what nodes tell of\n\n{paths}")
}

pub(super) fn circuits(rows: &[NlspCircuitRow]) -> String {
    let circuits = listing(&circuit_table(rows), rows.len(), rows.len(), "circuit");
    if rows.is_empty() { circuits } else { format!("{circuits}\n{}", packet_table(rows)) }
}

pub(super) fn savings(rows: &[SavingsRow]) -> String {
    listing(&savings_table(rows), rows.len(), rows.len(), "CMD network")
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "" }.to_owned()
}

fn neighbor_table(neighbors: &[NlspNeighborRow]) -> Table {
    let mut table = Table::new(&[
        "CIRCUIT",
        "NEIGHBOUR",
        "NAME",
        "SYSTEM",
        "STATE",
        ">PRIORITY",
        "DR",
        ">LEFT",
        ">HOLD",
        ">SINCE",
        "REASON",
    ]);
    for row in neighbors {
        table.row([
            row.circuit.clone(),
            row.peer.map_or_else(|| row.node.to_string(), |peer| peer.to_string()),
            or_dash(row.name.as_ref()),
            row.system.clone(),
            row.state.clone(),
            row.priority.to_string(),
            yes(row.designated),
            age(row.hold_s),
            age(row.holding_time_s.into()),
            age(row.since_s),
            row.reason.clone(),
        ]);
    }
    table
}

fn lsp_table(lsps: &[NlspLspRow]) -> Table {
    let mut table =
        Table::new(&["LSP", "NAME", "SEQUENCE", "CHECKSUM", ">LIFETIME", ">BYTES", "OWN", "FLAGS"]);
    for row in lsps {
        table.row([
            row.lsp.clone(),
            or_dash(row.name.as_ref()),
            format!("{:08X}", row.sequence),
            format!("{:04X}", row.checksum),
            age(row.lifetime_s.into()),
            row.size.to_string(),
            yes(row.own),
            row.flags.join(", "),
        ]);
    }
    table
}

/// A link-state packet with what it says, a line each.
fn lsp_detail(row: &NlspLspRow) -> String {
    let name = row.name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    let mut text = format!(
        "{}{name}: sequence {:08X}, checksum {:04X}, lifetime {}, {} bytes",
        row.lsp,
        row.sequence,
        row.checksum,
        age(row.lifetime_s.into()),
        row.size
    );
    for mark in row.own.then_some("own").into_iter().chain(row.flags.iter().map(String::as_str)) {
        text = format!("{text}, {mark}");
    }
    let mut lines = format!("{}\n", safe(&text));
    for option in row.options.iter().flatten() {
        writeln!(lines, "    {}", safe(&option_line(option))).expect("a String takes everything");
    }
    lines
}

fn option_line(option: &NlspOption) -> String {
    match option {
        NlspOption::Areas { areas } => format!("areas {}", areas.join(", ")),
        NlspOption::Management { network, node, name } => {
            format!("network {network}, node {node}, name {name}")
        }
        NlspOption::Link(link) => link_line(link),
        NlspOption::Service { service_type, name, address, hops } => {
            format!("service {service_type} {name} at {address}, hops {hops}")
        }
        NlspOption::Route { network, hops, ticks } => {
            format!("route to {network}, hops {hops}, ticks {ticks}")
        }
        NlspOption::Unknown { code } => format!("option {code:02X}, which is not known"),
        NlspOption::Broken { code } => format!("option {code:02X}, which is broken and left out"),
    }
}

fn link_line(link: &NlspLinkRow) -> String {
    let cost = link.cost.map_or_else(|| "without cost".to_owned(), |cost| format!("cost {cost}"));
    let NlspLinkRow { to, mtu, delay_us, throughput_bps, media, .. } = link;
    format!(
        "link to {to}, {cost}, MTU {mtu}, delay {delay_us} us, throughput {throughput_bps} bit/s, \
         media {media}"
    )
}

/// A row for each link; what is known of a node stands in the first of them.
fn node_table(nodes: &[NlspNodeRow]) -> Table {
    let by_id: BTreeMap<&str, &NlspNodeRow> =
        nodes.iter().map(|node| (node.node.as_str(), node)).collect();
    let links: BTreeSet<(&str, &str)> = nodes
        .iter()
        .flat_map(|node| node.links.iter().map(|link| (node.node.as_str(), link.to.as_str())))
        .collect();
    let mut table = Table::new(&[
        "NODE",
        "KIND",
        "NAME",
        "NETWORK",
        "STATE",
        ">SERVICES",
        ">ROUTES",
        ">COST",
        "TO",
        "WHICH IS",
    ]);
    for node in nodes {
        let mut first = [
            node.node.clone(),
            node.kind.clone(),
            or_dash(node.name.as_ref()),
            or_dash(node.network),
            node_state(node),
            node.services.to_string(),
            node.routes.to_string(),
        ];
        if node.links.is_empty() {
            let [id, kind, name, network, state, services, routes] = first;
            let none = || "-".to_owned();
            table.row([id, kind, name, network, state, services, routes, none(), none(), none()]);
            continue;
        }
        for link in &node.links {
            let [id, kind, name, network, state, services, routes] = std::mem::take(&mut first);
            let is_mutual = links.contains(&(link.to.as_str(), node.node.as_str()));
            let which = match by_id.get(link.to.as_str()) {
                None => "not on the map".to_owned(),
                Some(_) if !is_mutual => "not linked back".to_owned(),
                Some(to) if to.kind == "lan" => {
                    format!("network {}", or_dash(to.network))
                }
                Some(to) => or_dash(to.name.as_ref()),
            };
            let cost = or_dash(link.cost);
            let to = link.to.clone();
            table.row([id, kind, name, network, state, services, routes, cost, to, which]);
        }
    }
    table
}

fn node_state(node: &NlspNodeRow) -> String {
    let words =
        [(node.own, "own"), (!node.reachable, "unreachable"), (node.no_transit, "no transit")];
    let words: Vec<&str> = words.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
    if words.is_empty() { "reachable".to_owned() } else { words.join(", ") }
}

fn run_table(runs: &[NlspRunRow]) -> Table {
    let mut table = Table::new(&[
        ">AGO",
        ">NODES",
        ">REACHED",
        ">CHANGED",
        ">UNHEARD",
        ">ROUTES",
        ">SERVICES",
        "TRIGGER",
    ]);
    for row in runs {
        table.row([
            age(row.age_s),
            row.nodes.to_string(),
            row.reached.to_string(),
            row.changed.to_string(),
            row.unheard.to_string(),
            row.routes.to_string(),
            row.services.to_string(),
            row.trigger.clone(),
        ]);
    }
    table
}

fn path_table(paths: &[NlspPathRow]) -> Table {
    let mut table = Table::new(&[
        "NODE", "NAME", "NETWORK", ">COST", ">HOPS", ">TICKS", "BEHIND", "CIRCUIT", "VIA",
    ]);
    for row in paths {
        let circuits: Vec<&str> = row.via.iter().map(|hop| hop.circuit.as_str()).collect();
        let hops: Vec<String> = row.via.iter().map(hop).collect();
        let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        table.row([
            row.node.clone(),
            or_dash(row.name.as_ref()),
            or_dash(row.network),
            row.cost.to_string(),
            row.hops.to_string(),
            row.ticks.to_string(),
            or_dash(row.parent.as_ref()),
            or_none(circuits.join(", ")),
            or_none(hops.join(", ")),
        ]);
    }
    table
}

fn hop(hop: &NlspHop) -> String {
    hop.peer.map_or_else(|| hop.node.to_string(), |peer| peer.to_string())
}

fn circuit_table(circuits: &[NlspCircuitRow]) -> Table {
    let mut table = Table::new(&[
        "CIRCUIT",
        "KIND",
        "MODE",
        "STATE",
        ">NEIGHBOURS",
        "DR",
        "LAN ID",
        ">LOCAL ID",
        ">PRIORITY",
        ">COST",
        ">HELLO",
        ">MAX BYTES",
    ]);
    for row in circuits {
        let designated = match (row.designated, row.designated_node) {
            (true, _) => "this agent".to_owned(),
            (false, Some(node)) if row.kind == "cmd" => {
                cmd::ip(node).map_or_else(|| node.to_string(), |ip| ip.to_string())
            }
            (false, node) => or_dash(node),
        };
        table.row([
            row.circuit.clone(),
            row.kind.clone(),
            row.mode.clone(),
            if row.speaks { "spoken" } else { "silent" }.to_owned(),
            row.neighbors.to_string(),
            designated,
            or_dash(row.lan_id.as_ref()),
            row.local_id.to_string(),
            row.priority.to_string(),
            row.cost.to_string(),
            age(row.hello_interval_s),
            row.max_packet.to_string(),
        ]);
    }
    table
}

fn packet_table(circuits: &[NlspCircuitRow]) -> Table {
    let mut table =
        Table::new(&["CIRCUIT", "DIRECTION", ">HELLOS", ">LSPS", ">CSNPS", ">PSNPS", ">BYTES"]);
    for row in circuits {
        for (direction, pdus) in [("out", row.sent), ("in", row.received)] {
            let NlspPdus { hellos, lsps, csnps, psnps, bytes } = pdus;
            let [hellos, lsps, csnps, psnps, bytes] =
                [hellos, lsps, csnps, psnps, bytes].map(|count| count.to_string());
            let (circuit, direction) = (row.circuit.clone(), direction.to_owned());
            table.row([circuit, direction, hellos, lsps, csnps, psnps, bytes]);
        }
    }
    table
}

fn savings_table(savings: &[SavingsRow]) -> Table {
    let mut table = Table::new(&[
        "CIRCUIT",
        ">PEERS",
        ">NETWORKS",
        ">SERVICES",
        ">RIP AND SAP",
        ">NLSP",
        ">SAVED",
        ">OVER",
    ]);
    for row in savings {
        let saved = row.rip_sap_bytes.saturating_sub(row.nlsp_bytes);
        let percent = saved.saturating_mul(100).checked_div(row.rip_sap_bytes);
        table.row([
            row.circuit.clone(),
            row.peers.to_string(),
            row.networks.to_string(),
            row.services.to_string(),
            format!("{} B/min", row.rip_sap_bytes),
            format!("{} B/min", row.nlsp_bytes),
            percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent}%")),
            age(row.over_s),
        ]);
    }
    table
}
