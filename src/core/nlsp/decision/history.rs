//! The last runs, for operators: what set each off, and what came of it.

use std::collections::VecDeque;

use crate::Time;
use crate::wire::nlsp::LspId;

/// Runs that are remembered.
const RUNS: usize = 16;

/// What a run was for: the first change behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A link-state packet came, went or said something else of links.
    Lsp(LspId),
    /// Our own circuits or neighbours changed.
    Lines,
}

/// A run over the whole graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) at: Time,
    pub(crate) trigger: Trigger,
    /// Changes that it took in at once.
    pub(crate) changes: usize,
    /// Nodes in the graph.
    pub(crate) nodes: usize,
    /// Nodes that a path leads to.
    pub(crate) reached: usize,
    /// Nodes that are reached otherwise than before.
    pub(crate) changed: usize,
    /// Links of our own networks to routers that are no neighbours of ours.
    pub(crate) unheard: usize,
    /// Networks whose offers changed, up to the next run.
    pub(crate) routes: usize,
    /// The same of services.
    pub(crate) services: usize,
}

/// The last runs, and how many there were.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    runs: VecDeque<Run>,
    full: u64,
    partial: u64,
}

impl History {
    pub(super) fn ran(&mut self, run: Run) {
        if self.runs.len() == RUNS {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
        self.full += 1;
    }

    /// Only what nodes tell was looked at again.
    pub(super) fn merged(&mut self) {
        self.partial += 1;
    }

    /// So much changed in the tables.
    pub(super) fn changed(&mut self, routes: usize, services: usize) {
        if let Some(run) = self.runs.back_mut() {
            run.routes += routes;
            run.services += services;
        }
    }

    /// The last runs, the oldest first.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter()
    }

    /// Runs since the start.
    pub(crate) const fn full(&self) -> u64 {
        self.full
    }

    /// Times that only what nodes tell was looked at again.
    pub(crate) const fn partial(&self) -> u64 {
        self.partial
    }
}
