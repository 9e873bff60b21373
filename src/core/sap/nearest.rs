//! "Get nearest server": the first question of a client that starts [ipx-rip-sap §12].
//!
//! Finding the nearest means to look at every service of the type, so what was found is kept until
//! a service of the type, or any route, changes: a hundred clients that start at once cost one
//! look.

use std::collections::BTreeMap;

use super::advertised;
use crate::Time;
use crate::forward::Outcome;
use crate::hub::{Circuit, ServiceKey};
use crate::ids::CircuitId;
use crate::router::{Cx, Target};
use crate::timers::Timers;
use crate::wire::Socket;
use crate::wire::ipx::PacketType;
use crate::wire::sap::{self, Entry, Kind, ServiceType};

/// Delayed answers that wait at most.
const WAITING: usize = 1_024;

/// Equally near servers that answers go round among, the first by name.
const EQUALS: usize = 64;
/// Choices that are kept at most: strangers choose the types they ask for.
const CHOICES: usize = 1_024;

/// A question whose answer is delayed, in the order of asking.
type Question = (CircuitId, u64);

/// The answers to "get nearest server".
#[derive(Debug, Default)]
pub(super) struct Nearest {
    waiting: BTreeMap<Question, (Target, ServiceType)>,
    due: Timers<Question>,
    asked: u64,
    /// The nearest servers per circuit and type.
    choices: BTreeMap<(CircuitId, ServiceType), Vec<(ServiceKey, Entry)>>,
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
        self.choices.retain(|(there, _), _| *there != id);
        self.last.retain(|(there, _), _| *there != id);
    }

    /// A service of this type changed.
    pub(super) fn service_changed(&mut self, service_type: ServiceType) {
        self.choices.retain(|(_, kept), _| *kept != service_type);
    }

    /// A route changed: any server may be nearer or farther now.
    pub(super) fn route_changed(&mut self) {
        self.choices.clear();
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

    /// The nearest server, or each of equals in turn.
    fn choose(
        &mut self,
        cx: &Cx<'_>,
        circuit: &Circuit,
        service_type: ServiceType,
    ) -> Option<Entry> {
        let turn = (circuit.id, service_type);
        if self.choices.len() >= CHOICES && !self.choices.contains_key(&turn) {
            self.choices.clear();
        }
        let equals = self.choices.entry(turn).or_insert_with(|| nearest(cx, circuit, service_type));
        if !circuit.sap.gns_round_robin {
            return equals.first().map(|(_, entry)| *entry);
        }
        let last = self.last.get(&turn);
        let next = equals.iter().find(|(key, _)| last.is_some_and(|last| key > last));
        let (key, entry) = *next.or(equals.first())?;
        self.last.insert(turn, key);
        Some(entry)
    }
}

/// The servers with the fewest ticks, then hops, in the order of names. None if one of this type
/// is on the asker's own wire: it answers itself.
fn nearest(cx: &Cx<'_>, circuit: &Circuit, service_type: ServiceType) -> Vec<(ServiceKey, Entry)> {
    let mut least = None;
    let mut equals = Vec::new();
    for (key, service) in cx.services.of_type(service_type, None) {
        let Some(offer) = service.usable() else { continue };
        if offer.origin.circuit == Some(circuit.id) && offer.hops <= 1 {
            return Vec::new();
        }
        let Some(entry) = advertised(circuit, key, offer) else { continue };
        let ticks = cx.rib.lookup(offer.address.network).map(|route| route.ticks);
        let rank = (ticks, offer.hops);
        if least.is_none_or(|best| rank < best) {
            least = Some(rank);
            equals.clear();
        }
        if least == Some(rank) && equals.len() < EQUALS {
            equals.push((*key, entry));
        }
    }
    equals
}
