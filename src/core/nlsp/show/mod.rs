//! What operators see of NLSP: rows made of what the parts hold, a page at a time [nlsp §17].
//!
//! Nothing here changes anything. A page ends after so many rows, or where what they hold is as
//! much ([`MOST_IN_PAGE`]): a link-state packet with all it says is more than a row.

mod database;
mod lines;
mod map;

use std::fmt::Write;

pub(crate) use database::database;
pub(crate) use lines::{circuits, neighbors};
pub(crate) use map::{paths, runs, topology};

use super::decision::FirstHop;
use super::lsdb::Lsdb;
use crate::Time;
use crate::config::Config;
use crate::hub::Circuits;
use crate::ids::CircuitId;
use crate::router::{NlspHop, PAGE};
use crate::wire::nlsp::{Link, LspId, MediaType, NodeId, SystemId};
use crate::wire::{NetworkNumber, cmd};

/// Rows of a page and what they hold, together.
const MOST_IN_PAGE: usize = 10 * PAGE;

/// What every table needs.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) now: Time,
    pub(crate) config: &'a Config,
    pub(crate) circuits: &'a Circuits,
    pub(crate) system: SystemId,
}

/// A page of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    /// Rows of the whole table.
    pub(crate) total: usize,
    /// Behind which place the next page begins.
    pub(crate) next: Option<String>,
}

/// What an asker gave as a place is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPlace;

impl<T> Page<T> {
    /// The rows of as many of `items` as a page holds. `row` makes one, and says how much it
    /// holds beside itself; `place` says where it stands.
    fn fill<I>(
        items: impl Iterator<Item = I>,
        total: usize,
        row: impl Fn(&I) -> (T, usize),
        place: impl Fn(&I) -> String,
    ) -> Self {
        let mut page = Self { rows: Vec::new(), total, next: None };
        let mut held = 0;
        let mut last = None;
        for item in items {
            if page.rows.len() >= PAGE || held >= MOST_IN_PAGE {
                page.next = last.as_ref().map(&place);
                break;
            }
            let (made, more) = row(&item);
            held += 1 + more;
            page.rows.push(made);
            last = Some(item);
        }
        page
    }
}

impl View<'_> {
    fn circuit_name(&self, id: CircuitId) -> String {
        self.circuits.get(id).map(|circuit| circuit.name.clone()).unwrap_or_default()
    }

    fn is_cmd(&self, id: CircuitId) -> bool {
        self.circuits.get(id).is_some_and(|circuit| circuit.is_cmd())
    }

    fn hop(&self, hop: &FirstHop) -> NlspHop {
        let FirstHop { circuit, node } = *hop;
        NlspHop {
            circuit: self.circuit_name(circuit),
            node,
            peer: cmd::ip(node).filter(|_| self.is_cmd(circuit)),
        }
    }
}

/// What a node says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Title {
    network: NetworkNumber,
    name: String,
}

/// What fragment 0 of a node says it is.
fn title(lsdb: &Lsdb, node: NodeId) -> Option<Title> {
    let said = lsdb.live(node.lsp(0))?.management()?;
    Some(Title { network: said.network, name: printable(said.name) })
}

/// The name that a router gives itself, if it gives one.
fn name(lsdb: &Lsdb, system: SystemId) -> Option<String> {
    title(lsdb, system.router()).map(|title| title.name).filter(|name| !name.is_empty())
}

/// A name as text: bytes that are not printable ASCII, and the backslash, are escaped.
fn printable(name: &[u8]) -> String {
    name.iter().fold(String::new(), |mut text, &byte| {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a String does not fail.
            other => drop(write!(text, "\\x{other:02X}")),
        }
        text
    })
}

fn media(media: MediaType) -> String {
    match media {
        MediaType::ETHERNET_II => "ethernet-ii".to_owned(),
        MediaType::ETHERNET_802_2 => "802.2".to_owned(),
        MediaType::ETHERNET_802_3 => "802.3".to_owned(),
        MediaType::ETHERNET_SNAP => "snap".to_owned(),
        MediaType::IP_TUNNEL => "ip-tunnel".to_owned(),
        MediaType(other) => format!("{other:04X}"),
    }
}

fn link_row(link: &Link) -> crate::router::NlspLinkRow {
    crate::router::NlspLinkRow {
        to: link.neighbour.to_string(),
        cost: link.cost,
        mtu: link.mtu,
        delay_us: link.delay_us,
        throughput_bps: link.throughput_bps,
        media: media(link.media),
    }
}

/// The identifier behind the one that `after` names; the first without it. `None` if there is
/// none behind.
fn lsp_after(after: Option<&str>) -> Result<Option<LspId>, NoPlace> {
    let Some(text) = after else { return Ok(Some(LspId::FIRST)) };
    let digits: String = text.split('-').collect();
    let mut bytes = [0; 8];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| NoPlace)?;
    Ok(LspId::from_bytes(bytes).next())
}

/// The first packet of the nodes behind the one that `after` names.
fn node_after(after: Option<&str>) -> Result<Option<LspId>, NoPlace> {
    match after {
        // Its last packet.
        Some(node) => lsp_after(Some(&format!("{node}-FF"))),
        None => lsp_after(None),
    }
}

#[cfg(test)]
mod tests;
