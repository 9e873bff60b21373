//! What a response does to the service table [ipx-rip-sap §11.2].
//!
//! Of each service one teller is believed at a time: the nearest, and among equals the present
//! one. Another takes its place when it is nearer, or when the present address cannot be reached.

use std::collections::BTreeMap;

use super::{Sap, Services, origin};
use crate::hub::{Circuit, Full, Service, ServiceKey, ServiceOffer, ServiceSource};
use crate::router::{Cx, Event, Lasting, Sender};
use crate::vector::Protocol;
use crate::wire::sap::{Entry, INFINITY};

impl Sap {
    /// Takes a response of a neighbour in.
    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, sender: &Sender, entries: &[Entry]) {
        let mut told: BTreeMap<ServiceKey, Entry> = BTreeMap::new();
        for entry in entries {
            let key = ServiceKey { service_type: entry.service_type, name: entry.name };
            let known = told.entry(key).or_insert(*entry);
            if entry.hops < known.hops {
                *known = *entry;
            }
        }
        let Some(circuit) = cx.circuits.get(sender.circuit).cloned() else { return };
        for (key, entry) in &told {
            self.hear_entry(cx, &circuit, sender, *key, entry);
        }
    }

    fn hear_entry(
        &mut self,
        cx: &mut Cx<'_>,
        circuit: &Circuit,
        sender: &Sender,
        key: ServiceKey,
        entry: &Entry,
    ) {
        let from = sender.neighbour();
        let origin = origin(circuit.id, from);
        let heard = (circuit.id, from, key);
        if entry.hops >= INFINITY {
            self.ageing.forget(&heard);
            self.withdraw(cx, &heard);
            return;
        }
        let mut address = entry.address;
        if address.network.0 == 0 {
            // A station that does not know its wire's number means the wire [ipx-rip-sap §22.31].
            address.network = circuit.network;
        }
        if !address.network.is_assignable() {
            // No place to be at, though a default route would seem to lead there.
            return;
        }
        // 0 is a server that counts no hop to itself [ipx-rip-sap §22.25].
        let hops = entry.hops.max(1);
        let offer = ServiceOffer { origin, name: entry.name, address, hops, heard: cx.now };
        let service = cx.services.get(&key);
        let present = service.and_then(believed).copied();
        match cx.services.offer_of(&key, &origin) {
            Some(known)
                if known.address == address
                    && known.hops == hops
                    && known.name.as_wire() == entry.name.as_wire() =>
            {
                cx.services.refresh(&key, &origin, cx.now);
                return;
            }
            Some(_) => {}
            None if wanted(cx, &key, service, &offer) => {}
            None => return,
        }
        if let Some(present) = present {
            self.succeed(cx, key, &present, &offer);
        }
        match cx.services.offer(cx.rib, key, offer, cx.now) {
            Ok(()) => self.ageing.watch(heard, &Services::settings(circuit), cx.now),
            Err(Full) => {
                let limit = cx.config.limits.services;
                cx.out.event_once(Lasting::ServiceLimit, Event::ServiceLimit { limit });
            }
        }
    }

    /// `offer` takes the place of `present`: one teller is believed at a time, and a change of
    /// address is told.
    fn succeed(
        &mut self,
        cx: &mut Cx<'_>,
        key: ServiceKey,
        present: &ServiceOffer,
        offer: &ServiceOffer,
    ) {
        if present.origin != offer.origin
            && let Some(circuit) = present.origin.circuit
        {
            self.ageing.forget(&(circuit, present.origin.from, key));
            cx.services.withdraw(cx.rib, &key, &present.origin, cx.now);
        }
        if present.address != offer.address {
            let (service_type, name) = (key.service_type, key.name.to_string());
            let (old, new) = (present.address, offer.address);
            cx.out.event_once(
                Lasting::ServiceMoved(key),
                Event::ServiceMoved { service_type, name, old, new },
            );
        }
    }
}

/// The offer of the teller that is believed.
fn believed(service: &Service) -> Option<&ServiceOffer> {
    service.offers().iter().find(|offer| offer.origin.source == ServiceSource::Sap)
}

/// An offer of a router that is not believed for this service yet is taken if it is nearer than
/// that of the one who is, or reaches it where that does not; and if it passes the hold rule: for
/// that counts what was held in the last minute, and what is in use now, from whomever
/// [nlsp §13.3.3].
fn wanted(cx: &Cx<'_>, key: &ServiceKey, service: Option<&Service>, offer: &ServiceOffer) -> bool {
    let Some(service) = service else { return cx.services.permits(key, offer.hops, cx.now) };
    let used = service.usable();
    if service.best().is_some_and(|best| best.origin.source == ServiceSource::Static) {
        return false;
    }
    let nearer = believed(service).is_none_or(|present| offer.hops < present.hops);
    let reaches = used.is_none() && cx.rib.lookup(offer.address.network).is_some();
    let no_echo = used.is_none_or(|used| offer.hops <= used.hops);
    (nearer || reaches) && no_echo && cx.services.permits(key, offer.hops, cx.now)
}
