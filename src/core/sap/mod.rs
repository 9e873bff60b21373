//! SAP: which services lie where, told and heard every minute [ipx-rip-sap §11], and the nearest
//! of a type for clients that start [ipx-rip-sap §12].
//!
//! What is heard is offered to the service table; what of it can be reached is told. [`hear`]
//! takes responses in, [`nearest`] finds the nearest server.

mod hear;
mod nearest;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Time;
use crate::forward::Outcome;
use crate::hub::{
    Change, Circuit, ServiceChange, ServiceKey, ServiceOffer, ServiceOrigin, ServiceSource,
};
use crate::ids::CircuitId;
use crate::router::{Cx, Engine, Lasting, Sender, Target};
use crate::vector::ageing::{Ageing, Due, Heard};
use crate::vector::intake::{Standing, shares_database, standing, unasked};
use crate::vector::limiter::Limiter;
use crate::vector::speaker::Speaker;
use crate::vector::{Protocol, Settings, Updates, ask_everything, ask_peer};
use crate::wire::ipx::PacketType;
use crate::wire::sap::{self, Entry, INFINITY, Kind, MAX_ENTRIES, ServiceType};
use crate::wire::{NodeAddress, Socket, cmd};
use nearest::Nearest;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Sap {
    speaker: Speaker<Services>,
    ageing: Ageing<ServiceKey>,
    limiter: Limiter<(bool, ServiceType)>,
    nearest: Nearest,
}

/// SAP as a distance-vector protocol. Its scope is a service type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Services;

/// What `circuit` is told of a service at this offer: nothing of what was heard on it, or of what
/// would be 16 hops away there.
fn advertised(circuit: &Circuit, key: &ServiceKey, offer: &ServiceOffer) -> Option<Entry> {
    let hops = offer.hops.saturating_add(1);
    if offer.origin.circuit == Some(circuit.id) || hops >= INFINITY {
        return None;
    }
    let (service_type, name) = (key.service_type, offer.name);
    Some(Entry { service_type, name, address: offer.address, hops })
}

impl Protocol for Services {
    type Key = ServiceKey;
    type Entry = Entry;
    type Scope = ServiceType;

    const EVERYTHING: ServiceType = ServiceType::ALL;
    const SOCKET: Socket = Socket::SAP;
    const PACKET_TYPE: PacketType = PacketType::PEP;
    const PER_PACKET: usize = MAX_ENTRIES;

    fn settings(circuit: &Circuit) -> Settings {
        let sap = &circuit.sap;
        Settings {
            updates: Updates::on(circuit, sap.updates),
            interval: sap.interval,
            multiplier: sap.multiplier,
            gap: sap.gap,
        }
    }

    /// Half an interval after RIP, so that the two do not coincide [ipx-rip-sap §10.6].
    fn phase(interval: Duration) -> Duration {
        interval / 2
    }

    fn table_len(cx: &Cx<'_>) -> usize {
        cx.services.len()
    }

    fn entry(cx: &Cx<'_>, circuit: &Circuit, key: ServiceKey) -> Option<Entry> {
        advertised(circuit, &key, cx.services.get(&key)?.usable()?)
    }

    fn walk<'a>(
        cx: &'a Cx<'_>,
        circuit: &'a Circuit,
        scope: ServiceType,
        after: Option<ServiceKey>,
    ) -> Box<dyn Iterator<Item = (ServiceKey, Entry)> + 'a> {
        let told = move |(key, service): (&ServiceKey, &crate::hub::Service)| {
            Some((*key, advertised(circuit, key, service.usable()?)?))
        };
        if scope == ServiceType::ALL {
            Box::new(cx.services.iter_after(after).filter_map(told))
        } else {
            Box::new(cx.services.of_type(scope, after).filter_map(told))
        }
    }

    fn same(one: &Entry, other: &Entry) -> bool {
        // Names are equal up to their NUL, but told on with all that stands behind it.
        one == other && one.name.as_wire() == other.name.as_wire()
    }

    fn down(entry: Entry) -> Entry {
        Entry { hops: INFINITY, ..entry }
    }

    fn response(entries: &[Entry]) -> Vec<u8> {
        sap::encode_response(Kind::General, entries)
    }

    fn request_everything() -> Vec<u8> {
        sap::encode_query(Kind::General, ServiceType::ALL)
    }
}

/// The origin of what `from` tells on `circuit`.
const fn origin(circuit: CircuitId, from: NodeAddress) -> ServiceOrigin {
    ServiceOrigin { source: ServiceSource::Sap, circuit: Some(circuit), from }
}

impl Sap {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// All goodbyes are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.speaker.is_quiet()
    }

    /// A decoded packet to socket 0452. The source socket may be any, on purpose
    /// [ipx-rip-sap §22.32].
    pub(crate) fn receive(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        packet: &sap::Packet,
    ) -> Outcome {
        if standing(cx, sender) != Standing::Neighbour {
            return Outcome::SapIgnored;
        }
        match packet {
            sap::Packet::Query { kind, service_type } => {
                self.asked(cx, sender, *kind, *service_type)
            }
            sap::Packet::Response { kind: Kind::General, .. } if shares_database(cx, sender) => {
                Outcome::SapIgnored
            }
            sap::Packet::Response { kind: Kind::General, entries, .. } => {
                self.speaker.heard(sender.circuit);
                if unasked(cx, sender) {
                    self.speaker.needed(cx, sender.circuit);
                }
                self.hear(cx, sender, entries);
                Outcome::DeliveredSap
            }
            // We never ask for the nearest server.
            sap::Packet::Response { kind: Kind::Nearest, .. } => Outcome::SapIgnored,
        }
    }

    fn asked(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        kind: Kind,
        service_type: ServiceType,
    ) -> Outcome {
        let question = (kind == Kind::Nearest, service_type);
        if !self.limiter.permits(sender.circuit, sender.address.node, question, cx.now) {
            return Outcome::AnswerLimited;
        }
        let target = Target::back_to(sender);
        if kind == Kind::Nearest {
            return self.nearest.asked(cx, sender.circuit, target, service_type);
        }
        let queued = self.speaker.answer(sender.circuit, target, service_type);
        if queued { Outcome::DeliveredSap } else { Outcome::AnswerLimited }
    }

    /// What a router tells that shares our link-state database is taken back: we have it from
    /// there. When it no longer does, it is asked for it.
    fn router_changed(
        &mut self,
        cx: &mut Cx<'_>,
        circuit: CircuitId,
        node: NodeAddress,
        shared: bool,
    ) {
        if !shared {
            ask_everything::<Services>(cx, circuit, node);
            return;
        }
        self.forget(cx, circuit, node);
    }

    /// Takes back all that a router told.
    fn forget(&mut self, cx: &mut Cx<'_>, circuit: CircuitId, node: NodeAddress) {
        for heard in self.ageing.on_circuit(circuit) {
            if heard.1 == node {
                self.ageing.forget(&heard);
                self.withdraw(cx, &heard);
            }
        }
    }

    /// Takes back all that was heard on a circuit.
    fn leave(&mut self, cx: &mut Cx<'_>, circuit: CircuitId) {
        self.speaker.stop(circuit);
        self.nearest.forget(circuit);
        for heard in self.ageing.on_circuit(circuit) {
            self.ageing.forget(&heard);
            self.withdraw(cx, &heard);
        }
    }

    fn withdraw(&mut self, cx: &mut Cx<'_>, (circuit, from, key): &Heard<ServiceKey>) {
        cx.services.withdraw(cx.rib, key, &origin(*circuit, *from), cx.now);
        if cx.services.len() < cx.config.limits.services {
            cx.out.ended(&Lasting::ServiceLimit);
        }
    }

    fn service_changed(&mut self, cx: &Cx<'_>, change: &ServiceChange) {
        for circuit in cx.circuits.iter().filter(|circuit| circuit.speaks()) {
            let told = |offer: Option<ServiceOffer>| advertised(circuit, &change.key, &offer?);
            let (before, after) = (told(change.old), told(change.new));
            let limit = cx.config.limits.services;
            self.speaker.changed(circuit, change.key, before, after, cx.now, limit);
        }
    }

    fn age(&mut self, cx: &mut Cx<'_>) {
        let (services, circuits) = (&*cx.services, &*cx.circuits);
        let due = self.ageing.poll(cx.now, |(circuit, from, key)| {
            let offer = services.offer_of(key, &origin(*circuit, *from))?;
            Some((offer.heard, Services::settings(circuits.get(*circuit)?)))
        });
        let mut probes: BTreeMap<(CircuitId, NodeAddress), BTreeSet<ServiceType>> = BTreeMap::new();
        for due in due {
            match due {
                Due::Expired(heard) => self.withdraw(cx, &heard),
                Due::Probe((circuit, from, key)) => {
                    probes.entry((circuit, from)).or_default().insert(key.service_type);
                }
            }
        }
        for ((circuit, node), types) in probes {
            let Some(link) = cx.circuits.get(circuit).and_then(|c| c.resolve(node)) else {
                continue;
            };
            let target = Target::One { node, socket: Socket::SAP, link };
            // One question, whatever is due: a silent router with many types gets no burst.
            let mut types = types.into_iter();
            let service_type = match (types.next(), types.next()) {
                (Some(only), None) => only,
                _ => ServiceType::ALL,
            };
            let data = sap::encode_query(Kind::General, service_type);
            cx.send(circuit, target, PacketType::PEP, Socket::SAP, &data);
        }
    }
}

impl Engine for Sap {
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change) {
        match change {
            Change::CircuitUp(id) => {
                if let Some(circuit) = cx.circuits.get(*id).filter(|c| c.speaks()).cloned() {
                    self.speaker.start(cx, &circuit);
                }
            }
            Change::CircuitDown(id) | Change::CircuitSilenced(id) => self.leave(cx, *id),
            Change::Service(change) => {
                self.nearest.service_changed(change.key.service_type);
                self.service_changed(cx, change);
            }
            Change::Route(_) => self.nearest.route_changed(),
            Change::CircuitUnnumbered(_) | Change::DhcpOptions => {}
            Change::CircuitNlsp(id) => {
                if let Some(circuit) = cx.circuits.get(*id).cloned() {
                    self.speaker.updates_changed(cx, &circuit);
                }
            }
            // One that has no service of its own says nothing by SAP, and needs ours all the same.
            Change::OldRouterHeard(id) => self.speaker.needed(cx, *id),
            Change::LinkStateRouter { circuit, node, shared } => {
                self.router_changed(cx, *circuit, *node, *shared);
            }
            Change::Peers { circuit, added, removed } => {
                removed.iter().for_each(|&ip| self.forget(cx, *circuit, cmd::node(ip)));
                added.iter().for_each(|&ip| ask_peer::<Services>(cx, *circuit, ip));
            }
            Change::Shutdown => self.speaker.close(cx),
        }
    }

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        self.age(cx);
        self.nearest.handle_timeout(cx);
        self.speaker.handle_timeout(cx);
    }

    fn next_timeout(&self) -> Option<Time> {
        [self.ageing.next_timeout(), self.nearest.next_timeout(), self.speaker.next_timeout()]
            .into_iter()
            .flatten()
            .min()
    }
}
