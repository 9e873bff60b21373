//! The one function that every data packet passes [ipx-rip-sap §8.1].

use super::{Egress, Fib, FibCircuit, Lane, NextHop, Outcome, Received, Verdict, View, lane_of};
use crate::wire::frame::Framing;
use crate::wire::ipx::{self, PacketType};
use crate::wire::{NetworkNumber, NodeAddress};

/// Decides on a packet and makes it ready to go: hop count, zero networks, checksum.
///
/// `packet` is the window of [`Received::packet`]. It is changed only if the verdict is
/// [`Verdict::Transmit`], but for the networks that a host left 0, which are filled in for every
/// verdict.
#[must_use]
pub fn forward(fib: &Fib, received: &Received, packet: &mut View<'_>) -> Verdict {
    match decide(fib, received, packet) {
        Ok(verdict) => verdict,
        Err(outcome) => Verdict::Drop(outcome),
    }
}

fn decide(fib: &Fib, received: &Received, packet: &mut View<'_>) -> Result<Verdict, Outcome> {
    let header = &received.header;
    let here = fib.circuit(received.circuit).ok_or(Outcome::NoCircuit)?;
    if header.source.node.is_group() {
        return Err(Outcome::SourceNode);
    }
    if header.transport_control > fib.hop_limit {
        return Err(Outcome::TooManyHops);
    }
    // Before any test of the destination network: it is meaningless in these.
    if header.packet_type == PacketType::PROPAGATED && header.destination.node.is_broadcast() {
        return Ok(Verdict::Punt(Lane::Broadcast));
    }
    let mut destination = header.destination;
    if destination.network == NetworkNumber::THIS {
        destination.network = here.network;
        ipx::set_destination_network(packet.bytes_mut(), here.network);
    }
    if header.source.network == NetworkNumber::THIS {
        ipx::set_source_network(packet.bytes_mut(), here.network);
    }
    // While its number is still to be learned, a circuit only listens.
    if destination.network == here.network || here.network == NetworkNumber::THIS {
        return on_this_network(fib, here, received, packet);
    }
    let node = destination.node;
    if fib.internal == Some(destination.network) {
        return if node == NodeAddress::INTERNAL || node.is_broadcast() {
            deliver(received, packet)
        } else {
            Err(Outcome::NotForUs)
        };
    }
    // One of our numbers on another circuit: delivered, or broadcast there by the router.
    if let Some(there) = fib.circuit_of(destination.network) {
        if node == there.node {
            return deliver(received, packet);
        }
        if node.is_broadcast() && !received.broadcast {
            return Ok(Verdict::Punt(Lane::Broadcast));
        }
    }
    if received.broadcast {
        return Err(Outcome::BroadcastElsewhere);
    }
    let egress = next_hop(fib, destination.network, node)?;
    pass(fib, received, egress, packet)
}

/// A packet for the network that it was received on.
fn on_this_network(
    fib: &Fib,
    here: &FibCircuit,
    received: &Received,
    packet: &mut View<'_>,
) -> Result<Verdict, Outcome> {
    let node = received.header.destination.node;
    if node == here.node || node.is_broadcast() {
        return deliver(received, packet);
    }
    // A peer that reaches only us has us relay to the others [cmd §12.2 step 7].
    if here.cmd().is_some() {
        let to = here.resolve(node).ok_or(Outcome::NoPeer)?;
        return pass(fib, received, Egress { circuit: here.id, to }, packet);
    }
    Err(Outcome::NotForUs)
}

/// A packet for the agent itself.
fn deliver(received: &Received, packet: &View<'_>) -> Result<Verdict, Outcome> {
    let lane = lane_of(received.header.destination.socket).ok_or(Outcome::UnknownSocket)?;
    if !ipx::checksum_holds(packet.bytes()) {
        return Err(Outcome::BadChecksum);
    }
    Ok(Verdict::Punt(lane))
}

fn next_hop(fib: &Fib, network: NetworkNumber, node: NodeAddress) -> Result<Egress, Outcome> {
    // FFFFFFFF and FFFFFFFE are no places to go to.
    if !network.is_assignable() {
        return Err(Outcome::NoRoute);
    }
    let next = fib.routes.get(network).or_else(|| fib.routes.get(NetworkNumber::DEFAULT_ROUTE));
    match next.ok_or(Outcome::NoRoute)? {
        NextHop::Via(egress) => Ok(egress),
        NextHop::Direct(circuit) => {
            let there = fib.circuit(circuit).ok_or(Outcome::NoRoute)?;
            let to = there.resolve(node).ok_or(Outcome::NoPeer)?;
            Ok(Egress { circuit, to })
        }
    }
}

/// A packet that goes on: the checks of the way out, then one router more.
fn pass(
    fib: &Fib,
    received: &Received,
    egress: Egress,
    packet: &mut View<'_>,
) -> Result<Verdict, Outcome> {
    let there = fib.circuit(egress.circuit).ok_or(Outcome::NoRoute)?;
    // Never straight back to the peer that sent it: a loop of two.
    if let (super::LinkSource::Peer(from), super::LinkDestination::Peer(to)) =
        (received.from, egress.to)
        && from == to
        && received.circuit == egress.circuit
    {
        return Err(Outcome::NoRoute);
    }
    if received.header.transport_control >= fib.hop_limit {
        return Err(Outcome::TooManyHops);
    }
    if !there.up {
        return Err(Outcome::CircuitDown);
    }
    if packet.len() > there.max_packet {
        return Err(Outcome::OutTooBig);
    }
    let raw = there.lan().filter(|lan| lan.framing == Framing::Raw8023);
    if let Some(lan) = raw
        && received.header.checksum != ipx::NO_CHECKSUM
    {
        if !ipx::checksum_holds(packet.bytes()) {
            return Err(Outcome::BadChecksum);
        }
        // 0000 is an emulator's way to say that there is none [ipx-rip-sap §22.29].
        if !lan.strip_checksum && received.header.checksum != 0 {
            return Err(Outcome::ChecksumInTheWay);
        }
        ipx::set_checksum(packet.bytes_mut(), ipx::NO_CHECKSUM);
    }
    ipx::set_transport_control(packet.bytes_mut(), received.header.transport_control + 1);
    Ok(Verdict::Transmit(egress))
}
