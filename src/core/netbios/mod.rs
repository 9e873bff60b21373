//! Broadcasts that cross routers: packets of type 20, and those directed at a network of ours.
//!
//! A packet of type 20 carries the list of the networks that it has been on; every router adds
//! the one it came in by and sends a copy to each network that is not listed yet
//! [ipx-rip-sap §9]. The agent itself listens to none of them, so "deliver only" means that the
//! packet ends here.
//!
//! A broadcast directed at one network travels as an ordinary packet until it meets a router that
//! has a place on that network; that one sends it out there, once [ipx-rip-sap §8.1 step 7].
//!
//! On a CMD network a broadcast is one copy per peer. What came in from a CMD network is never
//! copied into it again [cmd §12.2 step 9].

mod list;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::BytesMut;

use crate::Time;
use crate::bucket::Bucket;
use crate::forward::Outcome;
use crate::hub::{Change, Circuit, CircuitKind, Circuits};
use crate::ids::CircuitId;
use crate::router::{Cx, Engine, Sender};
use crate::wire::NetworkNumber;
use crate::wire::frame::Framing;
use crate::wire::ipx::{self, Header};
use list::NetworkList;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Netbios {
    /// What may still be sent on a circuit; only circuits with a rate limit are here.
    buckets: BTreeMap<CircuitId, Bucket>,
}

impl Netbios {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A packet of type 20: a copy to every circuit that takes it and is not in its list.
    pub(crate) fn propagate(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        packet: &[u8],
    ) -> Outcome {
        let prepared = cx
            .circuits
            .get(sender.circuit)
            .filter(|here| here.speaks() && here.type20.enabled)
            .ok_or(Outcome::NowhereToPropagate)
            .and_then(|here| prepare(cx, here, header, packet));
        let (list, copy) = match prepared {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        let mut refusal = None;
        let mut sent = false;
        for id in takers(cx.circuits, sender.circuit, &list) {
            match self.send_copy(cx, id, copy.clone()) {
                Ok(()) => sent = true,
                Err(outcome) => refusal = Some(outcome),
            }
        }
        match refusal {
            _ if sent => Outcome::Propagated,
            Some(outcome) => outcome,
            None => Outcome::NowhereToPropagate,
        }
    }

    /// Sends a copy on one circuit, its destination network rewritten, within the circuit's rate.
    fn send_copy(
        &mut self,
        cx: &mut Cx<'_>,
        id: CircuitId,
        mut copy: BytesMut,
    ) -> Result<(), Outcome> {
        let there = cx.circuits.get(id).ok_or(Outcome::NowhereToPropagate)?;
        fit(there, &mut copy)?;
        if let Some(rate) = there.type20.rate_limit
            && !self.buckets.entry(id).or_default().take(rate, cx.now)
        {
            return Err(Outcome::Type20Limited);
        }
        ipx::set_destination_network(&mut copy, there.network);
        let links = there.broadcast();
        cx.transmit(id, &links, &copy.freeze());
        Ok(())
    }

    /// A broadcast directed at the network of another circuit of ours: sent out there once.
    pub(crate) fn direct(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        packet: &[u8],
    ) -> Outcome {
        let Some(there) = cx.circuits.of_network(header.destination.network) else {
            return Outcome::NowhereToPropagate;
        };
        if there.id == sender.circuit {
            return Outcome::NowhereToPropagate;
        }
        if header.transport_control >= cx.config.hop_limit {
            return Outcome::TooManyHops;
        }
        let mut copy = cut(header, packet);
        if let Err(outcome) = fit(there, &mut copy) {
            return outcome;
        }
        ipx::set_transport_control(&mut copy, header.transport_control + 1);
        let (id, links) = (there.id, there.broadcast());
        cx.transmit(id, &links, &copy.freeze());
        Outcome::Propagated
    }
}

/// The checks of a received packet of type 20, in the order of [ipx-rip-sap §9], and the copy to
/// be sent on: the network it came in by is in its list, one router more is counted.
fn prepare(
    cx: &Cx<'_>,
    here: &Circuit,
    header: &Header,
    packet: &[u8],
) -> Result<(NetworkList, BytesMut), Outcome> {
    let mut copy = cut(header, packet);
    let mut list = NetworkList::decode(&copy, header.transport_control)?;
    if list.contains(here.network) {
        return Err(Outcome::Type20Loop);
    }
    if here.type20.reverse_path && !leads_back(cx, here, header.source.network) {
        return Err(Outcome::Type20ReversePath);
    }
    let place = list.push(here.network);
    ipx::set(&mut copy, place, &here.network.0.to_be_bytes());
    if header.source.network == NetworkNumber::THIS {
        ipx::set_source_network(&mut copy, here.network);
    }
    ipx::set_transport_control(&mut copy, header.transport_control + 1);
    Ok((list, copy))
}

/// The best route to `source` leaves by the circuit that the packet came in by.
fn leads_back(cx: &Cx<'_>, here: &Circuit, source: NetworkNumber) -> bool {
    source == NetworkNumber::THIS
        || cx.rib.lookup(source).is_some_and(|best| best.origin.circuit == Some(here.id))
}

/// The circuits that a packet with this list goes to: never the one it came in by.
fn takers(circuits: &Circuits, from: CircuitId, list: &NetworkList) -> Vec<CircuitId> {
    circuits
        .iter()
        .filter(|there| there.id != from && there.speaks() && there.type20.enabled)
        .filter(|there| !list.contains(there.network))
        .map(|there| there.id)
        .collect()
}

/// A copy of the packet proper: a journal may hold bytes beyond its length.
fn cut(header: &Header, packet: &[u8]) -> BytesMut {
    BytesMut::from(packet.get(..usize::from(header.length)).unwrap_or(packet))
}

/// Makes a packet fit to leave by a circuit: its size, and no checksum where the framing has no
/// room for one [ipx-rip-sap §1.1].
fn fit(there: &Circuit, packet: &mut [u8]) -> Result<(), Outcome> {
    if packet.len() > there.max_packet() {
        return Err(Outcome::OutTooBig);
    }
    let CircuitKind::Lan { framing: Framing::Raw8023, strip_checksum, .. } = there.kind else {
        return Ok(());
    };
    match packet {
        [0xff, 0xff, ..] => {}
        // An emulator's way to say that there is none [ipx-rip-sap §22.29].
        [0, 0, ..] => ipx::set_checksum(packet, ipx::NO_CHECKSUM),
        _ if !ipx::checksum_holds(packet) => return Err(Outcome::BadChecksum),
        _ if !strip_checksum => return Err(Outcome::ChecksumInTheWay),
        _ => ipx::set_checksum(packet, ipx::NO_CHECKSUM),
    }
    Ok(())
}

impl Engine for Netbios {
    fn handle_change(&mut self, _cx: &mut Cx<'_>, _change: &Change) {}

    fn handle_timeout(&mut self, _cx: &mut Cx<'_>) {}

    fn next_timeout(&self) -> Option<Time> {
        None
    }
}
