//! Neighbours, and circuits as NLSP sees them.

use std::ops::Bound;

use super::{NoPlace, Page, View, name};
use crate::config::Mode;
use crate::ids::CircuitId;
use crate::nlsp::count::PduCounts;
use crate::nlsp::flood::Flood;
use crate::nlsp::line::{Adjacency, AdjacencyState, Line, LineKind, Lines, mode};
use crate::nlsp::lsdb::Lsdb;
use crate::nlsp::metric::cost_of;
use crate::router::{NlspCircuitRow, NlspNeighborRow};
use crate::wire::nlsp::Area;
use crate::wire::{NodeAddress, cmd};

/// A page of the neighbours, behind the one that `after` names.
pub(crate) fn neighbors(
    view: View<'_>,
    lines: &Lines,
    lsdb: &Lsdb,
    after: Option<&str>,
) -> Result<Page<NlspNeighborRow>, NoPlace> {
    let begin = match after.map(parse_place) {
        None => Bound::Unbounded,
        Some(place) => Bound::Excluded(place.ok_or(NoPlace)?),
    };
    let all = lines.iter().flat_map(|line| {
        line.adjacencies().map(move |(node, adjacency)| ((line.id, node), line, adjacency))
    });
    let total = lines.iter().map(|line| line.adjacencies().count()).sum();
    let rest = all.filter(|(place, ..)| match begin {
        Bound::Excluded(begin) => *place > begin,
        _ => true,
    });
    let row = |&((_, node), line, adjacency): &(_, &Line, &Adjacency)| {
        (neighbor_row(view, lsdb, line, node, adjacency), 0)
    };
    Ok(Page::fill(rest, total, row, |((circuit, node), ..)| format!("{}-{node}", circuit.0)))
}

fn parse_place(text: &str) -> Option<(CircuitId, NodeAddress)> {
    let (circuit, node) = text.split_once('-')?;
    Some((CircuitId(circuit.parse().ok()?), node.parse().ok()?))
}

fn neighbor_row(
    view: View<'_>,
    lsdb: &Lsdb,
    line: &Line,
    node: NodeAddress,
    adjacency: &Adjacency,
) -> NlspNeighborRow {
    let state = match adjacency.state {
        AdjacencyState::Initializing => "initializing",
        AdjacencyState::Up => "up",
        AdjacencyState::Failed => "failed",
    };
    let left = if adjacency.state == AdjacencyState::Failed {
        0
    } else {
        adjacency.remaining(view.now).as_secs()
    };
    NlspNeighborRow {
        circuit: view.circuit_name(line.id),
        node,
        peer: cmd::ip(node).filter(|_| line.kind == LineKind::Cmd),
        name: name(lsdb, adjacency.system),
        system: adjacency.system.to_string(),
        state: state.to_owned(),
        priority: adjacency.priority,
        designated: line.designated_node() == Some(node),
        hold_s: left,
        holding_time_s: adjacency.holding_time,
        since_s: view.now.since(adjacency.since).as_secs(),
        reason: adjacency.reason.to_owned(),
        lan_id: adjacency.lan_id.to_string(),
        areas: match adjacency.areas.as_slice() {
            [] => vec![Area::ALL.to_string()],
            areas => areas.iter().map(ToString::to_string).collect(),
        },
        local_mtu: adjacency.local_mtu,
    }
}

/// The circuits as NLSP sees them.
pub(crate) fn circuits(
    view: View<'_>,
    lines: &Lines,
    flood: &Flood,
    counts: &PduCounts,
) -> Vec<NlspCircuitRow> {
    lines.iter().map(|line| circuit_row(view, line, flood, counts)).collect()
}

fn circuit_row(view: View<'_>, line: &Line, flood: &Flood, counts: &PduCounts) -> NlspCircuitRow {
    let settings = line.settings();
    let designated = line.is_designated();
    let interval = if designated { settings.dr_hello_interval } else { settings.hello_interval };
    let counted = counts.of(line.id);
    NlspCircuitRow {
        circuit: view.circuit_name(line.id),
        kind: if line.kind == LineKind::Cmd { "cmd" } else { "lan" }.to_owned(),
        mode: match mode(view.config, line.id) {
            Mode::Off => "off",
            Mode::Auto => "auto",
            Mode::On => "on",
        }
        .to_owned(),
        speaks: line.speaks,
        neighbors: line.up_count(),
        designated,
        designated_node: line.designated_node(),
        lan_id: line.lan_id().map(|id| id.to_string()),
        local_id: line.local_id(),
        priority: settings.priority,
        cost: settings.cost.unwrap_or_else(|| cost_of(settings.throughput_bps)),
        hello_interval_s: interval.as_secs(),
        max_packet: line.max_packet(),
        sent: counted.sent,
        received: counted.received,
        lsps_too_large: flood.too_large(line.id),
    }
}
