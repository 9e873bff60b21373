//! Circuits as NLSP sees them: hellos, adjacencies, the designated router [nlsp §4, §8, §9].
//!
//! A *line* is a circuit with what NLSP knows of it. A LAN on which NLSP is off has a line all the
//! same: nothing is sent on it, we are its designated router, alone [nlsp §13.5].

use std::collections::BTreeMap;

use super::{LineChange, Neighbour, System};
use crate::Time;
use crate::forward::Outcome;
use crate::ids::CircuitId;
use crate::router::{Cx, Sender};
use crate::wire::NodeAddress;
use crate::wire::nlsp::{Area, LanHello, NodeId, SystemId};

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: BTreeMap<CircuitId, Line>,
    changes: Vec<LineChange>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// A LAN: one sending serves all.
    Lan,
    /// A CMD network: one copy for each peer [nlsp §19].
    Cmd,
}

/// A circuit as NLSP sees it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: CircuitId,
    pub(crate) kind: LineKind,
    /// NLSP is spoken there now: hellos go out.
    pub(crate) speaks: bool,
    adjacencies: BTreeMap<NodeAddress, Adjacency>,
}

/// What a neighbour is [nlsp §8.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdjacencyState {
    Initializing,
    Up,
    /// Was up; kept for operators to see.
    Failed,
}

/// A neighbour on a line.
#[derive(Clone, Debug)]
pub(crate) struct Adjacency {
    pub(crate) state: AdjacencyState,
    pub(crate) system: SystemId,
    pub(crate) priority: u8,
    /// The LAN ID that it claims.
    pub(crate) lan_id: NodeId,
    pub(crate) areas: Vec<Area>,
    pub(crate) local_mtu: Option<u32>,
    pub(crate) holding_time: u16,
    /// It is lost then.
    pub(crate) deadline: Time,
    /// In this state since.
    pub(crate) since: Time,
    /// Why it is in this state, for operators.
    pub(crate) reason: &'static str,
}

impl Lines {
    /// A circuit takes part in routing from now on.
    pub(crate) fn open(&mut self, cx: &mut Cx<'_>, system: &System, circuit: CircuitId) {
        let _ = (cx, system, circuit);
        unimplemented!()
    }

    /// A circuit no longer takes part.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>, circuit: CircuitId) {
        let _ = (cx, circuit);
        unimplemented!()
    }

    /// A LAN hello.
    pub(crate) fn hear(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        sender: &Sender,
        hello: &LanHello,
    ) -> Outcome {
        let _ = (cx, system, sender, hello);
        unimplemented!()
    }

    /// Fragment 0 of this pseudonode came into the database (true), or went (false): the start
    /// delay may end early [nlsp §9.1], and a new LAN ID is linked to once it is there
    /// [nlsp §9.2].
    pub(crate) fn pseudonode(&mut self, cx: &mut Cx<'_>, node: NodeId, there: bool) {
        let _ = (cx, node, there);
        unimplemented!()
    }

    /// The peers of a CMD network changed: new ones get a hello at once, those gone are down at
    /// once [nlsp §19.6, §19.7].
    pub(crate) fn peers_changed(&mut self, cx: &mut Cx<'_>, system: &System, circuit: CircuitId) {
        let _ = (cx, system, circuit);
        unimplemented!()
    }

    /// The last hello on every line: no neighbours, one second to live [nlsp §8.4].
    pub(crate) fn leave(&mut self, cx: &mut Cx<'_>, system: &System) {
        let _ = (cx, system);
        unimplemented!()
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>, system: &System) {
        let _ = (cx, system);
        unimplemented!()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
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
}

impl Line {
    /// Our number of the circuit, 1 to 255: the pseudonode of the LAN if we are its designated
    /// router [nlsp §9.3].
    pub(crate) fn local_id(&self) -> u8 {
        unimplemented!()
    }

    /// Every adjacency, those that failed too.
    pub(crate) fn adjacencies(&self) -> impl Iterator<Item = (NodeAddress, &Adjacency)> {
        self.adjacencies.iter().map(|(&node, adjacency)| (node, adjacency))
    }

    pub(crate) fn adjacency_up(&self, node: NodeAddress) -> Option<&Adjacency> {
        self.adjacencies.get(&node).filter(|adjacency| adjacency.state == AdjacencyState::Up)
    }

    /// The neighbours that are up, in the order of their nodes.
    pub(crate) fn up(&self) -> impl Iterator<Item = (NodeAddress, &Adjacency)> {
        self.adjacencies().filter(|(_, adjacency)| adjacency.state == AdjacencyState::Up)
    }

    /// The node of the up neighbour of this system: the first hop to it.
    pub(crate) fn node_of(&self, system: SystemId) -> Option<NodeAddress> {
        self.up().find(|(_, adjacency)| adjacency.system == system).map(|(node, _)| node)
    }

    /// We are the designated router.
    pub(crate) fn is_designated(&self) -> bool {
        unimplemented!()
    }

    /// The node of the designated router, if it is an up neighbour.
    pub(crate) fn designated_node(&self) -> Option<NodeAddress> {
        unimplemented!()
    }

    /// The LAN ID that the election gave, if there was one and the elected claims it.
    pub(crate) fn lan_id(&self) -> Option<NodeId> {
        unimplemented!()
    }

    /// The LAN IDs that our router LSP links to: the elected, once its fragment 0 is in the
    /// database, and for 10 s the one before [nlsp §9.2].
    pub(crate) fn links(&self, now: Time) -> Vec<NodeId> {
        let _ = now;
        unimplemented!()
    }

    /// The largest IPX packet with NLSP in it: what we and every neighbour take [nlsp §8.7].
    pub(crate) fn max_packet(&self) -> usize {
        unimplemented!()
    }
}
