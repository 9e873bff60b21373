//! Answers to requests [ipx-rip-sap §10.4].

use super::{Rip, Routes, advertised};
use crate::forward::Outcome;
use crate::hub::Circuit;
use crate::router::{Cx, Sender, Target};
use crate::vector::Protocol;
use crate::wire::ipx::PacketType;
use crate::wire::rip::{self, Entry, MAX_ENTRIES, Operation};
use crate::wire::{NetworkNumber, Socket};

impl Rip {
    /// Answers a request: at once where one packet holds the answer, for a client waits for it
    /// with its login; by and by where it takes many.
    pub(super) fn answer(&mut self, cx: &mut Cx<'_>, sender: &Sender, asked: &[Entry]) -> Outcome {
        let Some(first) = asked.first() else { return Outcome::RipIgnored };
        let everything = asked.iter().any(|entry| entry.network == NetworkNumber::ALL);
        let question = if everything { NetworkNumber::ALL } else { first.network };
        let node = sender.address.node;
        if !self.limiter.permits(sender.circuit, node, question, cx.now) {
            return Outcome::AnswerLimited;
        }
        let target = Target::back_to(sender);
        if everything {
            let queued = self.speaker.answer(sender.circuit, target, Routes::EVERYTHING);
            return if queued { Outcome::DeliveredRip } else { Outcome::AnswerLimited };
        }
        let Some(circuit) = cx.circuits.get(sender.circuit) else { return Outcome::NoCircuit };
        let known: Vec<Entry> =
            asked.iter().filter_map(|entry| distance(cx, circuit, entry.network)).collect();
        for entries in known.chunks(MAX_ENTRIES) {
            let data = rip::encode(Operation::Response, entries);
            cx.send(sender.circuit, target, PacketType::RIP, Socket::RIP, &data);
        }
        Outcome::DeliveredRip
    }
}

/// How far `network` is for a host on `circuit` that asks for it by number.
fn distance(cx: &Cx<'_>, circuit: &Circuit, network: NetworkNumber) -> Option<Entry> {
    if network == circuit.network {
        // Hosts ask for their own number to confirm it [ipx-rip-sap §7].
        return Some(Entry { network, hops: 1, ticks: circuit.ticks });
    }
    if cx.rib.best(network).is_some() {
        return Routes::entry(cx, circuit, network);
    }
    // A host that never heard of FFFFFFFE understands only the number it asked for.
    let default = cx.rib.best(NetworkNumber::DEFAULT_ROUTE)?;
    let by_default = circuit.rip.answer_by_default && network.is_assignable();
    advertised(circuit, network, default).filter(|_| by_default)
}
