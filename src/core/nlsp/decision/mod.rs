//! The decision process: shortest paths over the database, and what they offer to the tables
//! [nlsp §12].

use super::line::Lines;
use super::lsdb::Lsdb;
use super::{LspChange, System};
use crate::Time;
use crate::router::Cx;
use crate::wire::nlsp::NodeId;

/// The decision process.
#[derive(Debug, Default)]
pub(crate) struct Decision {}

impl Decision {
    /// A link-state packet came, went or changed: a full run, or only what its node offers.
    pub(crate) fn lsp_changed(&mut self, cx: &Cx<'_>, change: &LspChange) {
        let _ = (cx, change);
        unimplemented!()
    }

    /// Our own links or neighbours changed.
    pub(crate) fn lines_changed(&mut self, cx: &Cx<'_>) {
        let _ = cx;
        unimplemented!()
    }

    /// Runs what is due; offers and withdraws routes and services.
    pub(crate) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lines: &Lines,
        lsdb: &Lsdb,
    ) {
        let _ = (cx, system, lines, lsdb);
        unimplemented!()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
    }

    /// The shortest paths lead there.
    pub(crate) fn reaches(&self, node: NodeId) -> bool {
        let _ = node;
        unimplemented!()
    }

    /// Takes back all that was offered: the agent gets another identity, or leaves.
    pub(crate) fn withdraw_all(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
        unimplemented!()
    }
}
