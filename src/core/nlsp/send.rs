//! How an NLSP packet leaves: who is addressed, and who gets a copy [nlsp §2, §19.1, §19.17].

use crate::forward::LinkDestination;
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::Cx;
use crate::wire::ipx::{Header, PacketType};
use crate::wire::{Address, NodeAddress, Socket};

/// Where an NLSP packet goes on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To<'a> {
    /// To the broadcast node. On a LAN once for all; on a CMD network one copy for each of these
    /// neighbours.
    Everyone(&'a [NodeAddress]),
    /// To the node of this neighbour, and to it alone.
    One(NodeAddress),
}

/// Sends `data` on a circuit from our node there. Neighbours that are no peers of the CMD network
/// any more get nothing.
pub(super) fn send(cx: &mut Cx<'_>, circuit: CircuitId, to: To<'_>, data: &[u8]) {
    let Some(here) = cx.circuits.get(circuit) else { return };
    let (node, links) = match to {
        To::Everyone(neighbours) => (NodeAddress::BROADCAST, copies(here, neighbours)),
        To::One(node) => (node, here.resolve(node).into_iter().collect()),
    };
    let source = Address::new(here.network, here.node, Socket::NLSP);
    let destination = Address::new(here.network, node, Socket::NLSP);
    let packet = Header::new(PacketType::UNKNOWN, source, destination).packet(data);
    cx.out.pdus.sent(cx.now, circuit, data, links.len());
    cx.transmit(circuit, &links, &packet);
}

fn copies(here: &Circuit, neighbours: &[NodeAddress]) -> Vec<LinkDestination> {
    if here.is_cmd() {
        neighbours.iter().filter_map(|&node| here.resolve(node)).collect()
    } else {
        vec![LinkDestination::Broadcast]
    }
}
