//! The one function that every data packet passes [ipx-rip-sap §8.1].

use super::emit::clear_checksum;
use super::{
    Egress, Fib, FibCircuit, Lane, LinkDestination, LinkSource, NextHop, Outcome, Received,
    Verdict, View, lane_of,
};
use crate::ids::CircuitId;
use crate::wire::ipx::{self, Header, PacketType};
use crate::wire::{NetworkNumber, NodeAddress, Socket};

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
    if here.network == NetworkNumber::THIS {
        return on_unnumbered(here, received, packet);
    }
    // Before any test of the destination network: it is meaningless in these.
    if header.packet_type == PacketType::PROPAGATED && header.destination.node.is_broadcast() {
        return Ok(Verdict::Punt(Lane::Broadcast));
    }
    let mut network = header.destination.network;
    if network == NetworkNumber::THIS {
        network = here.network;
        ipx::set_destination_network(packet.bytes_mut(), network);
    }
    if header.source.network == NetworkNumber::THIS {
        ipx::set_source_network(packet.bytes_mut(), here.network);
    }
    let node = header.destination.node;
    if network == here.network {
        return on_this_network(fib, here, received, packet);
    }
    if fib.internal == Some(network) {
        let ours = node == NodeAddress::INTERNAL || node.is_broadcast();
        return if ours { deliver(received, packet) } else { Err(Outcome::NotForUs) };
    }
    if received.broadcast && announces(header, network) {
        return deliver(received, packet);
    }
    match next_hop(fib, network) {
        Some(NextHop::Direct(there)) => on_other_network(fib, there, received, packet),
        // What was broadcast on a link stays there [ipx-rip-sap §8.1 step 8].
        _ if received.broadcast => Err(Outcome::BroadcastElsewhere),
        Some(NextHop::Via(egress)) => pass(fib, received, egress, packet),
        Some(NextHop::Split(id)) => {
            let egress = fib.split(id, network, node).ok_or(Outcome::NoRoute)?;
            pass(fib, received, egress, packet)
        }
        None => Err(Outcome::NoRoute),
    }
}

/// A RIP or SAP broadcast of a router that takes this wire for `network`: the engines tell the
/// operator of it, and believe none of it [ipx-rip-sap §7, §22.15].
fn announces(header: &Header, network: NetworkNumber) -> bool {
    header.destination.node.is_broadcast()
        && header.source.network == network
        && matches!(header.destination.socket, Socket::RIP | Socket::SAP)
}

fn next_hop(fib: &Fib, network: NetworkNumber) -> Option<NextHop> {
    // FFFFFFFF and FFFFFFFE are no places to go to.
    if !network.is_assignable() {
        return None;
    }
    fib.routes.get(network).or_else(|| fib.routes.get(NetworkNumber::DEFAULT_ROUTE))
}

/// A packet on a network whose number is not known yet. What tells the number is for us whatever
/// network it names [ipx-rip-sap §7]; nothing is passed on, since no answer could come back.
fn on_unnumbered(
    here: &FibCircuit,
    received: &Received,
    packet: &View<'_>,
) -> Result<Verdict, Outcome> {
    let node = received.header.destination.node;
    let ours = node == here.node || node.is_broadcast();
    if ours { deliver(received, packet) } else { Err(Outcome::NotForUs) }
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

/// A packet for a network of ours that it was not received on.
fn on_other_network(
    fib: &Fib,
    there: CircuitId,
    received: &Received,
    packet: &mut View<'_>,
) -> Result<Verdict, Outcome> {
    let there = fib.circuit(there).ok_or(Outcome::NoRoute)?;
    let node = received.header.destination.node;
    if node == there.node {
        return deliver(received, packet);
    }
    if received.broadcast {
        return Err(Outcome::BroadcastElsewhere);
    }
    if node.is_broadcast() {
        // Delivered, and broadcast there, by the router.
        return Ok(Verdict::Punt(Lane::Broadcast));
    }
    let to = there.resolve(node).ok_or(Outcome::NoPeer)?;
    pass(fib, received, Egress { circuit: there.id, to }, packet)
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
    if let (LinkSource::Peer(from), LinkDestination::Peer(to)) = (received.from, egress.to)
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
    clear_checksum(there, packet)?;
    ipx::set_transport_control(packet.bytes_mut(), received.header.transport_control + 1);
    Ok(Verdict::Transmit(egress))
}
