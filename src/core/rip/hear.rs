//! What a response does to the route table [ipx-rip-sap §10.2].

use std::collections::BTreeMap;

use super::{Rip, Routes, origin};
use crate::hub::{Circuit, Full, Offer, Source};
use crate::router::{Cx, Event, Lasting, Sender};
use crate::vector::Protocol;
use crate::wire::NetworkNumber;
use crate::wire::rip::{Entry, INFINITY};

/// Offers that are kept of one network: the one in use and its equals.
const ALTERNATES: usize = 8;

impl Rip {
    /// Takes a response of a neighbour in.
    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, sender: &Sender, entries: &[Entry]) {
        // A network may stand in a packet twice; the better one counts [ipx-rip-sap §22.44].
        let mut told: BTreeMap<NetworkNumber, Entry> = BTreeMap::new();
        for entry in entries {
            let nearer = |known: &Entry| (entry.ticks, entry.hops) < (known.ticks, known.hops);
            let reachable = entry.hops < INFINITY;
            match told.get_mut(&entry.network) {
                Some(known) if known.hops >= INFINITY && reachable => *known = *entry,
                Some(known) if reachable && nearer(known) => *known = *entry,
                Some(_) => {}
                None => {
                    told.insert(entry.network, *entry);
                }
            }
        }
        let Some(circuit) = cx.circuits.get(sender.circuit).cloned() else { return };
        for entry in told.values() {
            self.hear_entry(cx, &circuit, sender, entry);
        }
    }

    fn hear_entry(&mut self, cx: &mut Cx<'_>, circuit: &Circuit, sender: &Sender, entry: &Entry) {
        let network = entry.network;
        let refused = !network.is_destination()
            || (network == NetworkNumber::DEFAULT_ROUTE && !circuit.rip.accept_default)
            || cx.circuits.of_network(network).is_some();
        if refused {
            return;
        }
        if network == cx.internal {
            self.internal_claimed(cx, circuit, sender, entry);
            return;
        }
        let node = sender.neighbour();
        let origin = origin(circuit.id, node);
        let heard = (circuit.id, node, network);
        if entry.hops >= INFINITY {
            self.ageing.forget(&heard);
            self.withdraw(cx, &heard);
            return;
        }
        let offer = Offer { origin, hops: entry.hops, ticks: entry.ticks, cost: 0, heard: cx.now };
        match cx.rib.offer_of(network, &origin) {
            Some(known) if (known.hops, known.ticks) == (offer.hops, offer.ticks) => {
                cx.rib.refresh(network, &origin, cx.now);
                return;
            }
            // Whatever the router in use says of it now is true, better or worse.
            Some(_) => {}
            None if wanted(cx, network, &offer) => {}
            None => return,
        }
        match cx.rib.offer(network, offer, cx.now) {
            Ok(()) => self.ageing.watch(heard, &Routes::settings(circuit), cx.now),
            Err(Full) => {
                let limit = cx.config.limits.routes;
                cx.out.event_once(Lasting::RouteLimit, Event::RouteLimit { limit });
            }
        }
    }

    /// Another router tells our internal network. It may have it from us, by a ring; that it owns
    /// it is sure only if it says so at first hand, or if there is no other way round.
    fn internal_claimed(
        &mut self,
        cx: &mut Cx<'_>,
        circuit: &Circuit,
        sender: &Sender,
        entry: &Entry,
    ) {
        let ring = cx.circuits.iter().filter(|circuit| circuit.speaks()).count() > 1;
        if entry.hops >= INFINITY || (entry.hops > 1 && ring) {
            return;
        }
        let node = sender.neighbour();
        let (network, circuit) = (entry.network, circuit.name.clone());
        cx.out.event_once(
            Lasting::InternalNetworkClaimed(node),
            Event::InternalNetworkClaimed { network, circuit, node },
        );
    }
}

/// An offer of a router that told nothing of this network yet is taken if it is no worse than what
/// others tell by RIP, and passes the hold rule: for that counts what was held in the last minute,
/// and what is in use now, from whomever [nlsp §13.3.3].
fn wanted(cx: &Cx<'_>, network: NetworkNumber, offer: &Offer) -> bool {
    let offers = cx.rib.offers(network);
    let by_rip = || offers.iter().filter(|known| known.origin.source == Source::Rip);
    let no_worse =
        by_rip().next().is_none_or(|told| (offer.ticks, offer.hops) <= (told.ticks, told.hops));
    let no_echo = cx
        .rib
        .best(network)
        .is_none_or(|used| offer.hops <= used.hops || offer.ticks <= used.ticks);
    no_worse
        && no_echo
        && by_rip().count() < ALTERNATES
        && cx.rib.permits(network, offer.hops, offer.ticks, cx.now)
}
