//! "Get nearest server": the first question of a client that starts [ipx-rip-sap §12].

use std::collections::BTreeMap;

use super::advertised;
use crate::Time;
use crate::forward::Outcome;
use crate::hub::{Circuit, Service, ServiceKey};
use crate::ids::CircuitId;
use crate::router::{Cx, Target};
use crate::timers::Timers;
use crate::wire::Socket;
use crate::wire::ipx::PacketType;
use crate::wire::sap::{self, Entry, Kind, ServiceType};

/// Delayed answers that wait at most.
const WAITING: usize = 1_024;

/// A question whose answer is delayed, in the order of asking.
type Question = (CircuitId, u64);

/// The answers to "get nearest server".
#[derive(Debug, Default)]
pub(super) struct Nearest {
    waiting: BTreeMap<Question, (Target, ServiceType)>,
    due: Timers<Question>,
    asked: u64,
    /// The last answer per circuit and type, where answers go round.
    last: BTreeMap<(CircuitId, ServiceType), ServiceKey>,
}

impl Nearest {
    /// A client asks; it is answered now, or after the circuit's delay.
    pub(super) fn asked(
        &mut self,
        cx: &mut Cx<'_>,
        id: CircuitId,
        target: Target,
        service_type: ServiceType,
    ) -> Outcome {
        let Some(circuit) = cx.circuits.get(id) else { return Outcome::NoCircuit };
        let settings = circuit.sap;
        if !settings.gns || service_type == ServiceType::ALL {
            return Outcome::SapIgnored;
        }
        if settings.gns_delay.is_zero() {
            return self.answer(cx, id, target, service_type);
        }
        if self.waiting.len() >= WAITING {
            return Outcome::AnswerLimited;
        }
        self.asked += 1;
        let question = (id, self.asked);
        self.waiting.insert(question, (target, service_type));
        self.due.set(question, cx.now + settings.gns_delay);
        Outcome::DeliveredSap
    }

    /// Forgets the questions of a circuit.
    pub(super) fn forget(&mut self, id: CircuitId) {
        self.waiting.retain(|(there, _), _| *there != id);
        self.last.retain(|(there, _), _| *there != id);
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        while let Some(question) = self.due.pop_due(cx.now) {
            if let Some((target, service_type)) = self.waiting.remove(&question) {
                self.answer(cx, question.0, target, service_type);
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.due.next()
    }

    fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        id: CircuitId,
        target: Target,
        service_type: ServiceType,
    ) -> Outcome {
        let Some(circuit) = cx.circuits.get(id) else { return Outcome::NoCircuit };
        let Some(entry) = self.choose(cx, circuit, service_type) else {
            return Outcome::SapIgnored;
        };
        let data = sap::encode_response(Kind::Nearest, &[entry]);
        cx.send(id, target, PacketType::PEP, Socket::SAP, &data);
        Outcome::DeliveredSap
    }

    /// The server with the fewest ticks, then hops, then the first by name; or each of equals in
    /// turn. None if one of this type is on the asker's own wire: it answers itself.
    fn choose(
        &mut self,
        cx: &Cx<'_>,
        circuit: &Circuit,
        service_type: ServiceType,
    ) -> Option<Entry> {
        let usable = || {
            let usable = |(key, service): (_, &Service)| Some((key, *service.usable()?));
            cx.services.of_type(service_type, None).filter_map(usable)
        };
        let native =
            usable().any(|(_, offer)| offer.origin.circuit == Some(circuit.id) && offer.hops <= 1);
        if native {
            return None;
        }
        let mut nearest = None;
        let mut equals: Vec<(ServiceKey, Entry)> = Vec::new();
        for (key, offer) in usable() {
            let Some(entry) = advertised(circuit, key, &offer) else { continue };
            let ticks = cx.rib.lookup(offer.address.network).map(|route| route.ticks);
            let rank = (ticks, offer.hops);
            if nearest.is_none_or(|best| rank < best) {
                nearest = Some(rank);
                equals.clear();
            }
            if nearest == Some(rank) {
                equals.push((*key, entry));
            }
        }
        let turn = (circuit.id, service_type);
        let next = self.last.get(&turn).and_then(|last| {
            equals.iter().find(|(key, _)| circuit.sap.gns_round_robin && key > last)
        });
        let (key, entry) = *next.or(equals.first())?;
        if circuit.sap.gns_round_robin {
            self.last.insert(turn, key);
        }
        Some(entry)
    }
}
