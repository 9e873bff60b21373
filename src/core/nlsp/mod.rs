//! NLSP: routers tell each other what they are linked to, and each works out the rest [nlsp].
//!
//! The parts, each in charge of its own state:
//!
//! | module | in charge of |
//! |---|---|
//! | [`line`] | the circuits as NLSP sees them: hellos, adjacencies, the designated router |
//! | [`lsdb`] | the database: link-state packets, their age |
//! | [`freshness`] | which of two versions is newer |
//! | [`flood`] | which of them goes to whom, when: SRM and SSN, CSNPs, PSNPs, pace |
//! | [`origin`] | our own: what they say, fragments, sequence numbers, refresh |
//! | [`decision`] | the shortest paths, and what they offer to the tables |
//! | [`content`] | what of circuits, routes and services goes into our own packets |
//! | [`count`] | how many packets of which type |
//! | [`show`] | rows for operators |
//! | [`metric`] | what it costs to cross a link |
//!
//! They do not call each other but for reading: what one brings about for another comes out of it
//! as a value ([`LineChange`], [`LspChange`], [`Contest`]), and the [`engine`] passes it on.

mod content;
mod count;
mod decision;
mod engine;
mod flood;
mod freshness;
mod line;
mod lsdb;
mod metric;
mod origin;
mod send;
pub(crate) mod show;

pub(crate) use count::PduCounts;

pub(crate) use engine::Nlsp;

pub use decision::Backbone;

use crate::ids::CircuitId;
use crate::router::Cx;
use crate::wire::nlsp::{Area, Lsp, LspEntry, LspId, SystemId};
use crate::wire::{NetworkNumber, NodeAddress};

/// A router on one of our circuits. Two nodes of one machine are two neighbours [nlsp §8.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Neighbour {
    pub(crate) circuit: CircuitId,
    /// Its node there, "NIC address"; on a CMD network 7E:01 and its IPv4 address.
    pub(crate) node: NodeAddress,
}

/// The parts, to be looked at.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) lines: &'a line::Lines,
    pub(crate) lsdb: &'a lsdb::Lsdb,
    pub(crate) flood: &'a flood::Flood,
    pub(crate) decision: &'a decision::Decision,
    pub(crate) counts: &'a PduCounts,
}

/// Who we are to other NLSP routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct System {
    pub(crate) id: SystemId,
    /// The internal network.
    pub(crate) network: NetworkNumber,
    pub(crate) name: String,
    /// Never empty: [`Area::ALL`] where none is configured.
    pub(crate) areas: Vec<Area>,
}

impl System {
    pub(crate) fn of(cx: &Cx<'_>) -> Self {
        let areas = match cx.config.nlsp.areas.as_slice() {
            [] => vec![Area::ALL],
            areas => areas.to_vec(),
        };
        Self {
            id: SystemId::of_internal(cx.internal),
            network: cx.internal,
            name: cx.config.name.clone(),
            areas,
        }
    }
}

/// Something about the circuits that the other parts must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineChange {
    /// A neighbour is up.
    Up(Neighbour),
    /// A neighbour that was up is no longer.
    Down(Neighbour),
    /// The elected LAN ID of a circuit, or our part in it, is another; or the circuit came, went,
    /// or has another cost or size: what our link-state packets say of it is to be looked at.
    Line(CircuitId),
}

/// A link-state packet came, went or changed. Purged is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LspChange {
    pub(crate) id: LspId,
    pub(crate) old: Option<Lsp>,
    pub(crate) new: Option<Lsp>,
}

/// Somebody has, or says that there is, a link-state packet of ours that is not as we have it
/// [nlsp §10.5].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contest {
    /// Who.
    pub(crate) from: Neighbour,
    /// What.
    pub(crate) entry: LspEntry,
    /// It is the packet itself, not an entry of a sequence number packet.
    pub(crate) whole: bool,
}
