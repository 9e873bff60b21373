//! Flooding: which link-state packet goes to whom, when [nlsp §11, §19.8-§19.11, §19.17].

use super::line::Lines;
use super::lsdb::Lsdb;
use super::{Contest, Neighbour, System};
use crate::Time;
use crate::forward::Outcome;
use crate::ids::CircuitId;
use crate::router::Cx;
use crate::wire::nlsp::{Csnp, Lsp, LspId, Psnp};

/// What of our own others contest, and what we could not keep.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    contests: Vec<Contest>,
}

/// What the parts of flooding work on.
pub(crate) struct Ground<'a> {
    pub(crate) system: &'a System,
    pub(crate) lines: &'a Lines,
    pub(crate) lsdb: &'a mut Lsdb,
}

impl Flood {
    /// A link-state packet came. `to_us`: to our own node, not to all.
    pub(crate) fn receive_lsp(
        &mut self,
        cx: &mut Cx<'_>,
        ground: Ground<'_>,
        from: Neighbour,
        to_us: bool,
        lsp: Lsp,
    ) -> Outcome {
        let _ = (cx, ground.system, ground.lines, ground.lsdb, from, to_us, lsp);
        unimplemented!()
    }

    pub(crate) fn receive_csnp(
        &mut self,
        cx: &mut Cx<'_>,
        ground: Ground<'_>,
        from: Neighbour,
        csnp: &Csnp,
    ) -> Outcome {
        let _ = (cx, ground.system, from, csnp);
        unimplemented!()
    }

    pub(crate) fn receive_psnp(
        &mut self,
        cx: &mut Cx<'_>,
        ground: Ground<'_>,
        from: Neighbour,
        psnp: &Psnp,
    ) -> Outcome {
        let _ = (cx, ground.system, from, psnp);
        unimplemented!()
    }

    /// A packet of ours, or a purge, is news on every line.
    pub(crate) fn news(&mut self, cx: &mut Cx<'_>, lines: &Lines, id: LspId) {
        let _ = (cx, lines, id);
        unimplemented!()
    }

    /// A neighbour is up: a CSNP set soon, if we are the designated router [nlsp §11.4].
    pub(crate) fn neighbour_up(&mut self, cx: &mut Cx<'_>, lines: &Lines, neighbour: Neighbour) {
        let _ = (cx, lines, neighbour);
        unimplemented!()
    }

    /// A neighbour is no longer up: nothing is owed to it.
    pub(crate) fn neighbour_down(&mut self, neighbour: Neighbour) {
        let _ = neighbour;
        unimplemented!()
    }

    /// The role on a line, or the line itself, changed: CSNPs begin or end.
    pub(crate) fn line_changed(&mut self, cx: &mut Cx<'_>, lines: &Lines, circuit: CircuitId) {
        let _ = (cx, lines, circuit);
        unimplemented!()
    }

    /// All purges of the goodbye have left.
    pub(crate) fn is_quiet(&self) -> bool {
        unimplemented!()
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>, ground: Ground<'_>) {
        let _ = (cx, ground.system);
        unimplemented!()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
    }

    /// What of our own others contested since the last call.
    pub(crate) fn take_contests(&mut self) -> Vec<Contest> {
        std::mem::take(&mut self.contests)
    }
}
