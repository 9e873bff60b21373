//! The service table: who offers what, and whether it can be reached.
//!
//! A service is usable only while a route leads to its network; without one it is dormant: kept,
//! not told on, and awake again when the route returns [ipx-rip-sap §11.2].
//!
//! Among offers of one service the usable come first, then static ones. Of two at one address the
//! one of fewer hops counts, then NLSP's before SAP's; of two addresses the one of fewer ticks,
//! then of fewer hops, then the lower address; of equals the one in use [nlsp §12.5].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::Rib;
use super::held::Held;
use super::rib::Full;
use crate::Time;
use crate::ids::CircuitId;
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress};

/// What identifies a service [ipx-rip-sap §11].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceKey {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called.
    pub name: ServiceName,
}

/// Which kind of knowledge an offer is. Among equals the order is the preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceSource {
    /// The operator said so.
    Static,
    /// NLSP: a node of our area knows of it.
    Nlsp,
    /// A router or the server itself said so by SAP.
    Sap,
}

impl ServiceSource {
    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Nlsp => "nlsp",
            Self::Sap => "sap",
        }
    }
}

/// Who offers: one offer per service and origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceOrigin {
    /// Which kind of knowledge.
    pub source: ServiceSource,
    /// The circuit it was heard on, or by which the way leads to who tells of it; `None` for
    /// static services.
    pub circuit: Option<CircuitId>,
    /// The node that told it; by NLSP the system of the node that tells of it.
    pub from: NodeAddress,
}

/// A service as somebody offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceOffer {
    /// Who offers it.
    pub origin: ServiceOrigin,
    /// The 48 bytes of the name as heard; told on like this.
    pub name: ServiceName,
    /// Where it is.
    pub address: Address,
    /// Routers to cross, as heard: 1 on the server's own wire, 15 at most.
    pub hops: u16,
    /// When it was last heard.
    pub heard: Time,
}

impl ServiceOffer {
    /// What makes one offer better than another; `ticks` lead to its network, if a route does.
    /// Two at one address have the same ticks, so what stands before the address decides nothing
    /// between them but hops.
    fn rank(&self, ticks: Option<u16>) -> impl Ord + use<> {
        let source = self.origin.source;
        let stated = source == ServiceSource::Static;
        (ticks.is_none(), !stated, ticks, self.hops, self.address, source)
    }

    /// The same service from the same place at the same distance.
    fn same_service(&self, other: &Self) -> bool {
        self.origin == other.origin
            && self.address == other.address
            && self.hops == other.hops
            && self.name.as_wire() == other.name.as_wire()
    }
}

/// All that is known of a service.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// Offers, the one in use first.
    offers: Vec<ServiceOffer>,
    /// A route leads to the first offer's network.
    usable: bool,
}

impl Service {
    /// The offer in use, dormant or not.
    #[must_use]
    pub fn best(&self) -> Option<&ServiceOffer> {
        self.offers.first()
    }

    /// The offer in use, if a route leads there.
    #[must_use]
    pub fn usable(&self) -> Option<&ServiceOffer> {
        self.offers.first().filter(|_| self.usable)
    }

    /// Every offer, the one in use first.
    #[must_use]
    pub fn offers(&self) -> &[ServiceOffer] {
        &self.offers
    }

    /// Puts the best offer first; of equals the one that stood before.
    fn sort(&mut self, rib: &Rib) {
        let ticks = |offer: &ServiceOffer| rib.lookup(offer.address.network).map(|way| way.ticks);
        if self.offers.len() > 1 {
            self.offers.sort_by_cached_key(|offer| offer.rank(ticks(offer)));
        }
        self.usable = self.offers.first().is_some_and(|offer| ticks(offer).is_some());
    }
}

/// Appends an offer. There is one for most services, and so many that room for more would tell.
fn push(offers: &mut Vec<ServiceOffer>, offer: ServiceOffer) {
    offers.reserve_exact(1);
    offers.push(offer);
}

/// The usable offer of a service came, went or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceChange {
    /// The service.
    pub key: ServiceKey,
    /// The usable offer before.
    pub old: Option<ServiceOffer>,
    /// The usable offer now.
    pub new: Option<ServiceOffer>,
}

/// The service table.
#[derive(Clone, Debug, Default)]
pub struct Services {
    services: BTreeMap<ServiceKey, Service>,
    /// Which services have an offer on a network.
    by_network: BTreeSet<(NetworkNumber, ServiceKey)>,
    changed: BTreeMap<ServiceKey, Option<ServiceOffer>>,
    held: Held<ServiceKey>,
    limit: usize,
}

impl Services {
    /// An empty table for at most `limit` services.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, held: Held::new(limit), ..Self::default() }
    }

    /// Takes an offer, in place of the last one of the same origin.
    ///
    /// # Errors
    /// [`Full`] if the service is new and there are as many as the limit allows. Static services
    /// are taken all the same.
    pub fn offer(
        &mut self,
        rib: &Rib,
        key: ServiceKey,
        offer: ServiceOffer,
        now: Time,
    ) -> Result<(), Full> {
        let known = self.services.contains_key(&key);
        if !known && self.is_full() && offer.origin.source != ServiceSource::Static {
            return Err(Full);
        }
        let service = self.services.entry(key).or_default();
        let before = service.usable().copied();
        match service.offers.iter_mut().find(|known| known.origin == offer.origin) {
            Some(place) => {
                let old = std::mem::replace(place, offer);
                self.unindex(key, old.address.network);
            }
            None => push(&mut service.offers, offer),
        }
        self.by_network.insert((offer.address.network, key));
        self.settle(rib, key, before, now);
        Ok(())
    }

    /// Takes all that NLSP offers of a service, in place of all that it offered before: one offer
    /// for each address, or nothing. False if it is just what it offered before.
    ///
    /// # Errors
    /// [`Full`] as for [`offer`](Self::offer).
    pub fn offer_nlsp(
        &mut self,
        rib: &Rib,
        key: ServiceKey,
        offers: &[ServiceOffer],
        now: Time,
    ) -> Result<bool, Full> {
        let service = self.services.get(&key);
        let known = service.map_or(&[] as &[ServiceOffer], Service::offers).iter();
        let known = known.filter(|known| known.origin.source == ServiceSource::Nlsp);
        let is_known = |offer: &ServiceOffer| known.clone().any(|known| known.same_service(offer));
        if known.clone().count() == offers.len() && offers.iter().all(is_known) {
            return Ok(false);
        }
        if service.is_none() && self.is_full() {
            return Err(Full);
        }
        let service = self.services.entry(key).or_default();
        let before = service.usable().copied();
        let by_nlsp = |known: &mut ServiceOffer| known.origin.source == ServiceSource::Nlsp;
        let old: Vec<ServiceOffer> = service.offers.extract_if(.., by_nlsp).collect();
        for &offer in offers {
            push(&mut service.offers, offer);
            self.by_network.insert((offer.address.network, key));
        }
        old.into_iter().for_each(|old| self.unindex(key, old.address.network));
        self.settle(rib, key, before, now);
        Ok(true)
    }

    fn is_full(&self) -> bool {
        self.services.len() >= self.limit
    }

    /// Notes that the offer of `origin` was heard again, unchanged.
    pub fn refresh(&mut self, key: &ServiceKey, origin: &ServiceOrigin, now: Time) -> bool {
        let mut offers = self.services.get_mut(key).into_iter().flat_map(|s| &mut s.offers);
        match offers.find(|known| known.origin == *origin) {
            Some(offer) => {
                offer.heard = now;
                true
            }
            None => false,
        }
    }

    /// Takes back the offer of `origin`; false if there was none.
    pub fn withdraw(
        &mut self,
        rib: &Rib,
        key: &ServiceKey,
        origin: &ServiceOrigin,
        now: Time,
    ) -> bool {
        let Some(service) = self.services.get_mut(key) else { return false };
        let before = service.usable().copied();
        let Some(place) = service.offers.iter().position(|known| known.origin == *origin) else {
            return false;
        };
        let old = service.offers.remove(place);
        self.unindex(*key, old.address.network);
        self.settle(rib, *key, before, now);
        true
    }

    /// A route to `network` came or went: its services wake or fall dormant. The default route
    /// concerns all of them.
    pub fn route_changed(&mut self, rib: &Rib, network: NetworkNumber, now: Time) {
        self.settle_on(rib, network, |_| true, now);
    }

    /// The route to `network` has other ticks: that matters to services at several addresses.
    pub fn ticks_changed(&mut self, rib: &Rib, network: NetworkNumber, now: Time) {
        self.settle_on(rib, network, |service| service.offers.len() > 1, now);
    }

    fn settle_on(
        &mut self,
        rib: &Rib,
        network: NetworkNumber,
        concerned: impl Fn(&Service) -> bool,
        now: Time,
    ) {
        let keys: Vec<ServiceKey> = if network == NetworkNumber::DEFAULT_ROUTE {
            let services = self.services.iter().filter(|(_, service)| concerned(service));
            services.map(|(&key, _)| key).collect()
        } else {
            let first = ServiceKey { service_type: ServiceType(0), name: ServiceName::new("") };
            let there = self.by_network.range((network, first)..);
            let there = there.take_while(|(known, _)| *known == network).map(|&(_, key)| key);
            there.filter(|key| self.services.get(key).is_some_and(&concerned)).collect()
        };
        for key in keys {
            let before = self.services.get(&key).and_then(Service::usable).copied();
            self.settle(rib, key, before, now);
        }
    }

    /// Forgets that `key` is on `network`, unless another offer still says so.
    fn unindex(&mut self, key: ServiceKey, network: NetworkNumber) {
        let offers = self.services.get(&key).map_or(&[] as &[_], Service::offers);
        if !offers.iter().any(|offer| offer.address.network == network) {
            self.by_network.remove(&(network, key));
        }
    }

    fn settle(&mut self, rib: &Rib, key: ServiceKey, before: Option<ServiceOffer>, now: Time) {
        let Some(service) = self.services.get_mut(&key) else { return };
        service.sort(rib);
        if let Some(lost) = before
            && service.usable().is_none_or(|now| now.hops > lost.hops)
        {
            // Services have no ticks: only hops open the way back.
            self.held.lost(key, lost.hops, 0, now);
            if service.best().is_some_and(|next| next.origin.source == ServiceSource::Sap) {
                self.drop_echoes(rib, key, &lost.origin, now);
            }
        }
        let Some(service) = self.services.get(&key) else { return };
        let after = service.usable().copied();
        if service.offers.is_empty() {
            self.services.remove(&key);
        }
        let unchanged = match (&before, &after) {
            (Some(before), Some(after)) => before.same_service(after),
            (None, None) => true,
            _ => false,
        };
        if !unchanged {
            self.changed.entry(key).or_insert(before);
        }
    }

    /// What SAP says of a service may be the echo of what the teller `lost` told.
    fn drop_echoes(&mut self, rib: &Rib, key: ServiceKey, lost: &ServiceOrigin, now: Time) {
        let Some(service) = self.services.get_mut(&key) else { return };
        let is_echo = |offer: &mut ServiceOffer| {
            offer.origin.source == ServiceSource::Sap
                && offer.origin != *lost
                && !self.held.permits(&key, offer.hops, u16::MAX, now)
        };
        let echoes: Vec<ServiceOffer> = service.offers.extract_if(.., is_echo).collect();
        service.sort(rib);
        echoes.into_iter().for_each(|echo| self.unindex(key, echo.address.network));
    }

    /// What changed since the last call, in the order of keys.
    pub fn take_changes(&mut self) -> Vec<ServiceChange> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|(key, old)| {
                let new = self.get(&key).and_then(Service::usable).copied();
                ServiceChange { key, old, new }
            })
            .filter(|change| match (&change.old, &change.new) {
                (Some(old), Some(new)) => !old.same_service(new),
                (None, None) => false,
                _ => true,
            })
            .collect()
    }

    /// An offer at this distance from somebody not in use may be taken: the hold rule
    /// [nlsp §13.3.3].
    #[must_use]
    pub fn permits(&self, key: &ServiceKey, hops: u16, now: Time) -> bool {
        self.held.permits(key, hops, u16::MAX, now)
    }

    /// A service.
    #[must_use]
    pub fn get(&self, key: &ServiceKey) -> Option<&Service> {
        self.services.get(key)
    }

    /// The offer of `origin` for a service.
    #[must_use]
    pub fn offer_of(&self, key: &ServiceKey, origin: &ServiceOrigin) -> Option<&ServiceOffer> {
        self.get(key)?.offers.iter().find(|offer| offer.origin == *origin)
    }

    /// Services in the order of type and name, behind `after`.
    pub fn iter_after(
        &self,
        after: Option<ServiceKey>,
    ) -> impl Iterator<Item = (&ServiceKey, &Service)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.services.range((from, Bound::Unbounded))
    }

    /// Services of one type, in the order of names, behind `after`.
    pub fn of_type(
        &self,
        service_type: ServiceType,
        after: Option<ServiceKey>,
    ) -> impl Iterator<Item = (&ServiceKey, &Service)> {
        let first = ServiceKey { service_type, name: ServiceName::new("") };
        let from = after.map_or(Bound::Included(first), Bound::Excluded);
        self.services
            .range((from, Bound::Unbounded))
            .take_while(move |(key, _)| key.service_type == service_type)
    }

    /// Services in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// No service.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }
}
