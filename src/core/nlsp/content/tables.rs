//! What of the tables goes into our link-state packets [nlsp §13.1, §13.3].
//!
//! Only what is in use: an external route or a service is told of while our own RIP, SAP or
//! static entry is the best there is, so that what came back to us by another LAN never goes in
//! again. What RIP and SAP say on a circuit stands in its pseudonode, told by its designated
//! router alone; what is static, in the router.

use super::{Content, ROUTER};
use crate::hub::{
    Offer, RouteChange, Service, ServiceChange, ServiceKey, ServiceOffer, ServiceSource, Source,
};
use crate::nlsp::origin::{Entry, Origin, Subject};
use crate::router::Cx;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::{ExternalRoute, MAX_NAME, ServiceInfo};
use crate::wire::rip;
use crate::wire::sap::{self, ServiceName};

impl Content {
    /// The best route to a network came, went or changed.
    pub(crate) fn route_changed(&self, cx: &mut Cx<'_>, origin: &mut Origin, change: &RouteChange) {
        let teller = change.new.as_ref().and_then(|offer| self.teller_of_route(offer));
        let entry = change.new.as_ref().and_then(|offer| route(change.network, offer));
        self.tell(cx, origin, Subject::Route(change.network), teller.zip(entry));
    }

    /// The usable offer of a service came, went or changed.
    pub(crate) fn service_changed(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        change: &ServiceChange,
    ) {
        let teller = change.new.as_ref().and_then(|offer| self.teller_of_service(offer));
        let entry = change.new.as_ref().and_then(|offer| service(&change.key, offer));
        if teller.is_some() && entry.is_none() {
            self.untellable = self.untellable.saturating_add(1);
        }
        self.tell(cx, origin, Subject::Service(change.key), teller.zip(entry));
    }

    /// One node of ours says this of `subject`, and no other says anything of it.
    fn tell(
        &self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        subject: Subject,
        said: Option<(u8, Entry)>,
    ) {
        let teller = said.as_ref().map(|&(pseudonode, _)| pseudonode);
        // Where it was told before is not asked: the part that we have in a circuit may have
        // changed since.
        for pseudonode in self.lans.values().map(|lan| lan.pseudonode).chain([ROUTER]) {
            if Some(pseudonode) != teller {
                origin.set(cx, pseudonode, subject, None);
            }
        }
        if let Some((pseudonode, entry)) = said {
            origin.set(cx, pseudonode, subject, Some(entry));
        }
    }

    /// A node of ours begins to speak: it says all that is its to say, and nothing that it said
    /// when it spoke last.
    pub(super) fn tell_tables(&mut self, cx: &mut Cx<'_>, origin: &mut Origin, pseudonode: u8) {
        for subject in origin.subjects(pseudonode) {
            let stays = match &subject {
                Subject::Link(_) => true,
                Subject::Route(network) => {
                    let best = cx.rib.best(*network);
                    best.and_then(|offer| self.teller_of_route(offer)) == Some(pseudonode)
                }
                Subject::Service(key) => {
                    let best = cx.services.get(key).and_then(Service::usable);
                    best.and_then(|offer| self.teller_of_service(offer)) == Some(pseudonode)
                }
            };
            if !stays {
                origin.set(cx, pseudonode, subject, None);
            }
        }
        let mut entries: Vec<(Subject, Entry)> = Vec::new();
        for (network, offers) in cx.rib.iter_after(None) {
            let best = offers.first();
            if best.and_then(|offer| self.teller_of_route(offer)) == Some(pseudonode) {
                let entry = best.and_then(|offer| route(network, offer));
                entries.extend(entry.map(|entry| (Subject::Route(network), entry)));
            }
        }
        for (key, known) in cx.services.iter_after(None) {
            let best = known.usable();
            if best.and_then(|offer| self.teller_of_service(offer)) == Some(pseudonode) {
                let entry = best.and_then(|offer| service(key, offer));
                self.untellable = self.untellable.saturating_add(u64::from(entry.is_none()));
                entries.extend(entry.map(|entry| (Subject::Service(*key), entry)));
            }
        }
        for (subject, entry) in entries {
            origin.set(cx, pseudonode, subject, Some(entry));
        }
    }

    /// The node of ours whose route it is, if it is one.
    fn teller_of_route(&self, offer: &Offer) -> Option<u8> {
        match offer.origin.source {
            Source::Static => Some(ROUTER),
            Source::Rip => self.lans.get(&offer.origin.circuit?).map(|lan| lan.pseudonode),
            _ => None,
        }
    }

    /// The node of ours whose service it is, if it is one.
    fn teller_of_service(&self, offer: &ServiceOffer) -> Option<u8> {
        if offer.origin.source == ServiceSource::Static {
            Some(ROUTER)
        } else if offer.origin.source == ServiceSource::Sap {
            self.lans.get(&offer.origin.circuit?).map(|lan| lan.pseudonode)
        } else {
            None
        }
    }
}

/// A route as a link-state packet has it: hops and ticks as in the table. The default route is a
/// network like any other [nlsp §12.5].
fn route(network: NetworkNumber, offer: &Offer) -> Option<Entry> {
    let valid = network.is_destination();
    let hops = u8::try_from(offer.hops).ok().filter(|_| valid && offer.hops < rip::INFINITY)?;
    Some(Entry::Route(ExternalRoute { hops, network, ticks: offer.ticks }))
}

/// A service as a link-state packet has it; none if its name does not fit there [nlsp §7.5].
fn service(key: &ServiceKey, offer: &ServiceOffer) -> Option<Entry> {
    // What stands behind the NUL is no part of the name.
    let text = offer.name.key();
    if text.is_empty() || text.len() > MAX_NAME || !offer.address.network.is_assignable() {
        return None;
    }
    let mut name = [0; 48];
    name.get_mut(..text.len())?.copy_from_slice(text);
    let hops = u8::try_from(offer.hops).ok().filter(|_| offer.hops < sap::INFINITY)?;
    Some(Entry::Service(ServiceInfo {
        hops,
        address: offer.address,
        service_type: key.service_type,
        name: ServiceName::from_wire(name),
    }))
}
