//! Tests of the decision process: distances by hand and by an oracle, when it runs, what it offers.

mod backoff;
mod bed;
mod offers;
mod oracle;
mod runs;
mod spf;

use std::collections::BTreeMap;

use super::graph::{Graph, RawLink, place_of};
use super::surroundings::Surroundings;
use crate::ids::CircuitId;
use crate::wire::nlsp::{NodeId, SystemId};
use crate::wire::{NetworkNumber, NodeAddress};

/// Ourselves.
const US: u8 = 1;

fn system(number: u8) -> SystemId {
    SystemId::of_internal(NetworkNumber(number.into()))
}

/// A router, as a node of the graph.
fn router(number: u8) -> NodeId {
    system(number).router()
}

/// The LAN that a router is the designated router of.
fn lan(router: u8, number: u8) -> NodeId {
    system(router).lan(number)
}

/// A router's node on every circuit of ours.
fn nic(number: u8) -> NodeAddress {
    NodeAddress([2, 0, 0, 0, 0, number])
}

const fn circuit(number: u8) -> CircuitId {
    CircuitId(number as u16)
}

/// A network on paper: who is linked to whom, as each says.
#[derive(Clone, Debug, Default)]
struct Sketch {
    nodes: BTreeMap<NodeId, bool>,
    links: Vec<(NodeId, NodeId, u8, u16)>,
    around: Surroundings,
}

impl Sketch {
    fn new() -> Self {
        let mut sketch = Self { around: Surroundings::new(system(US)), ..Self::default() };
        sketch.node(router(US));
        sketch
    }

    fn node(&mut self, node: NodeId) -> &mut Self {
        self.nodes.entry(node).or_insert(false);
        self
    }

    /// Nobody goes through the router.
    fn closed(&mut self, number: u8) -> &mut Self {
        self.nodes.insert(router(number), true);
        self
    }

    fn link(&mut self, from: NodeId, to: NodeId, cost: u8, ticks: u16) -> &mut Self {
        self.links.push((from, to, cost, ticks));
        self.node(from).node(to)
    }

    /// A LAN with routers that send on it at these costs and ticks.
    fn lan(&mut self, lan: NodeId, routers: &[(u8, u8, u16)]) -> &mut Self {
        for &(number, cost, ticks) in routers {
            self.link(router(number), lan, cost, ticks);
            self.link(lan, router(number), 0, 0);
        }
        self
    }

    /// A LAN is a circuit of ours, and we hear these routers there.
    fn hear(&mut self, lan: NodeId, at: u8, routers: &[u8]) -> &mut Self {
        self.around.add_lan(lan, circuit(at));
        for &number in routers {
            self.around.add_neighbour(circuit(at), system(number), nic(number));
        }
        self
    }

    fn graph(&self) -> Graph {
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        let closed = self.nodes.values().copied().collect();
        let place = |node: &NodeId| place_of(nodes.binary_search(node).unwrap());
        let links = self.links.iter();
        let links = links.map(|(from, to, cost, ticks)| {
            let (to, cost, ticks) = (*to, *cost, *ticks);
            RawLink { from: place(from), to, cost, ticks }
        });
        let links = links.collect();
        Graph::new(nodes.clone(), closed, links, &self.around)
    }
}
