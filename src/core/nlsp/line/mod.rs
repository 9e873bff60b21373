//! Circuits as NLSP sees them: hellos, adjacencies, the designated router [nlsp §4, §8, §9].
//!
//! A *line* is a circuit with what NLSP knows of it. A LAN on which NLSP is off has a line all the
//! same: nothing is sent on it, we are its designated router, alone [nlsp §13.5].
//!
//! | module | what it knows |
//! |---|---|
//! | `circuit` | a line: settings, sizes, what others may ask of it |
//! | `hear` | what a hello does to it |
//! | `adjacency`, `neighbours` | a neighbour; all of them, and how one comes and goes |
//! | `hello` | what our hellos say, to whom and when they go |
//! | `designated` | who is the designated router, and which LAN IDs we link to |
//! | `duplicates`, `conditions` | one system at two nodes; what operators were told of |

mod adjacency;
mod circuit;
mod conditions;
mod designated;
mod duplicates;
mod hear;
mod hello;
mod neighbours;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{LineChange, Neighbour, System};
use crate::Time;
use crate::config::{Config, Exchange, Mode, NlspCircuit};
use crate::forward::Outcome;
use crate::ids::CircuitId;
use crate::router::{Cx, Sender};
use crate::timers::Timers;
use crate::vector::intake::{Standing, standing};
use crate::wire::NodeAddress;
use crate::wire::nlsp::{LanHello, NodeId};

pub(crate) use adjacency::{Adjacency, AdjacencyState};
pub(crate) use circuit::{Line, LineKind};

/// The pseudonodes whose fragment 0 is in the database, each with when it last came. The limit of
/// the database is theirs.
type Pseudonodes = BTreeMap<NodeId, Time>;

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: BTreeMap<CircuitId, Line>,
    timers: Timers<(CircuitId, Alarm)>,
    changes: Vec<LineChange>,
    there: Pseudonodes,
    /// We said goodbye: nothing is sent or heard any more.
    left: bool,
}

/// What a line waits for. Losses come before hellos that are due at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// A neighbour may have been silent for too long; or a failed one was shown for long enough.
    Hold(NodeAddress),
    /// The start delay is over.
    Start,
    /// A neighbour has been up for long enough to take over from the designated router.
    Ripe,
    /// The link to the LAN ID before ends.
    OldLink,
    /// Others have named a designated router that we do not hear, for long enough.
    Unheard,
    /// Nobody may have spoken NLSP for too long, where we speak it only to others.
    Silence,
    /// The next hello, or round of hellos.
    Hello,
    /// The next copies of a round.
    Copies,
    /// An answer that had to wait: to this peer, or on a LAN to all.
    Answer(NodeAddress),
}

/// What a line works with.
struct Desk<'a, 'c> {
    cx: &'a mut Cx<'c>,
    timers: &'a mut Timers<(CircuitId, Alarm)>,
    changes: &'a mut Vec<LineChange>,
    there: &'a Pseudonodes,
}

/// The settings of NLSP on a circuit.
pub(crate) fn settings(config: &Config, circuit: CircuitId) -> Option<&NlspCircuit> {
    let index = circuit.index();
    match index.checked_sub(config.lans.len()) {
        None => config.lans.get(index).map(|lan| &lan.nlsp),
        Some(index) => config.cmd_networks.get(index).map(|network| &network.nlsp),
    }
}

/// When NLSP is spoken on a circuit: a CMD network speaks it always, or not at all.
pub(crate) fn mode(config: &Config, circuit: CircuitId) -> Mode {
    let index = circuit.index();
    match index.checked_sub(config.lans.len()) {
        None => config.lans.get(index).map_or(Mode::Off, |lan| lan.nlsp.mode),
        Some(index) => match config.cmd_networks.get(index).map(|network| network.exchange) {
            Some(Exchange::Nlsp) => Mode::On,
            Some(Exchange::RipSap) | None => Mode::Off,
        },
    }
}

impl Lines {
    /// A circuit takes part in routing from now on. One that is silenced has no line.
    pub(crate) fn open(&mut self, cx: &mut Cx<'_>, system: &System, circuit: CircuitId) {
        self.close(cx, circuit);
        let here = cx.circuits.get(circuit).filter(|here| here.speaks() && !self.left);
        let settings = settings(cx.config, circuit);
        let (Some(here), Some(settings)) = (here, settings) else { return };
        let line = Line::new(here, settings, mode(cx.config, circuit), system);
        self.lines.insert(circuit, line);
        self.work(cx, circuit, |line, desk| {
            line.begin(desk);
            line.review(desk, system);
        });
    }

    /// A circuit no longer takes part.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>, circuit: CircuitId) {
        if self.work(cx, circuit, Line::end).is_none() {
            return;
        }
        self.lines.remove(&circuit);
        let alarms: Vec<_> = self.timers.keys().filter(|(of, _)| *of == circuit).copied().collect();
        for alarm in alarms {
            self.timers.cancel(&alarm);
        }
        self.changes.push(LineChange::Line(circuit));
    }

    /// A LAN hello.
    pub(crate) fn hear(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        sender: &Sender,
        hello: &LanHello,
    ) -> Outcome {
        if self.left || standing(cx, sender) != Standing::Neighbour {
            return Outcome::NlspIgnored;
        }
        let node = sender.neighbour();
        self.work(cx, sender.circuit, |line, desk| line.hear(desk, system, node, hello, sender.at))
            .unwrap_or(Outcome::NlspIgnored)
    }

    /// Fragment 0 of this pseudonode came, or came anew (true), or went (false): the start delay
    /// may end early [nlsp §9.1], and a new LAN ID is linked to once it is there [nlsp §9.2].
    pub(crate) fn pseudonode(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        node: NodeId,
        there: bool,
    ) {
        let before = if there { self.there.insert(node, cx.now) } else { self.there.remove(&node) };
        // That one of ours came anew says nothing.
        let is_news = before.is_some() != there || there && node.system != system.id;
        if self.left || !is_news {
            return;
        }
        let concerned: Vec<CircuitId> =
            self.iter().filter(|line| line.is_concerned(node)).map(|line| line.id).collect();
        for circuit in concerned {
            self.work(cx, circuit, |line, desk| {
                line.end_early(desk, line.node_of(node.system));
                line.review(desk, system);
            });
        }
    }

    /// The peers of a CMD network changed: new ones get a hello at once, those gone are down at
    /// once [nlsp §19.6, §19.7].
    pub(crate) fn peers_changed(&mut self, cx: &mut Cx<'_>, system: &System, circuit: CircuitId) {
        if self.left {
            return;
        }
        self.work(cx, circuit, |line, desk| {
            line.take_peers(desk, system);
            line.end_early(desk, None);
            line.review(desk, system);
        });
    }

    /// We are about to leave. Where we are designated router another one is elected now, while
    /// our pseudonode is still there for all ways to lead through.
    pub(crate) fn resign(&mut self, cx: &mut Cx<'_>, system: &System) {
        for line in self.lines.values_mut() {
            line.say_resigned(cx, system);
        }
    }

    /// Ways of others lead through this pseudonode of ours.
    pub(crate) fn is_shared(&self, node: NodeId) -> bool {
        let shared = |line: &Line| line.ours == node && line.is_designated() && line.up_count() > 0;
        self.lines.values().any(shared)
    }

    /// The last hello on every line: no neighbours, one second to live [nlsp §8.4]. Nothing is
    /// sent or heard after it.
    pub(crate) fn leave(&mut self, cx: &mut Cx<'_>, system: &System) {
        for line in self.lines.values() {
            line.say_goodbye(cx, system);
        }
        self.timers = Timers::new();
        self.left = true;
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>, system: &System) {
        // Many neighbours may be lost at once, say after a pause of the machine: one election.
        let mut changed = BTreeSet::new();
        while let Some((circuit, alarm)) = self.timers.pop_due(cx.now) {
            if self.work(cx, circuit, |line, desk| line.ring(desk, system, alarm)) == Some(true) {
                changed.insert(circuit);
            }
        }
        for circuit in changed {
            self.work(cx, circuit, |line, desk| line.review(desk, system));
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    pub(crate) fn take_changes(&mut self) -> Vec<LineChange> {
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn get(&self, circuit: CircuitId) -> Option<&Line> {
        self.lines.get(&circuit)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// The neighbour is up: its link-state and sequence number packets count.
    pub(crate) fn is_up(&self, neighbour: Neighbour) -> bool {
        self.get(neighbour.circuit).is_some_and(|line| line.adjacency_up(neighbour.node).is_some())
    }

    /// Lets a line work; `None` if there is none.
    fn work<'c, T>(
        &mut self,
        cx: &mut Cx<'c>,
        circuit: CircuitId,
        work: impl FnOnce(&mut Line, &mut Desk<'_, 'c>) -> T,
    ) -> Option<T> {
        let Self { lines, timers, changes, there, left: _ } = self;
        let line = lines.get_mut(&circuit)?;
        Some(work(line, &mut Desk { cx, timers, changes, there }))
    }
}

impl Desk<'_, '_> {
    fn set(&mut self, circuit: CircuitId, alarm: Alarm, at: Time) {
        self.timers.set((circuit, alarm), at);
    }

    fn set_earliest(&mut self, circuit: CircuitId, alarm: Alarm, at: Time) {
        self.timers.set_earliest((circuit, alarm), at);
    }

    fn put(&mut self, circuit: CircuitId, alarm: Alarm, at: Option<Time>) {
        self.timers.put((circuit, alarm), at);
    }

    fn cancel(&mut self, circuit: CircuitId, alarm: Alarm) {
        self.timers.cancel(&(circuit, alarm));
    }

    /// What operators call the circuit.
    fn name(&self, circuit: CircuitId) -> String {
        self.cx.circuits.get(circuit).map(|here| here.name.clone()).unwrap_or_default()
    }
}
