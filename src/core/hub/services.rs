//! The service table: who offers what, and whether it can be reached.
//!
//! A service is usable only while a route leads to its network; without one it is dormant: kept,
//! not told on, and awake again when the route returns [ipx-rip-sap §11.2]. Among offers of one
//! service the usable come first, then static ones, then fewer hops, then the one in use.

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

/// Which kind of knowledge an offer is. The order is the preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceSource {
    /// The operator said so.
    Static,
    /// A router or the server itself said so by SAP.
    Sap,
}

impl ServiceSource {
    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Sap => "sap",
        }
    }
}

/// Who offers: one offer per service and origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceOrigin {
    /// Which kind of knowledge.
    pub source: ServiceSource,
    /// The circuit it was heard on; `None` for static services.
    pub circuit: Option<CircuitId>,
    /// The node that told it.
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
    fn rank(&self) -> (ServiceSource, u16) {
        (self.origin.source, self.hops)
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
        if !known
            && self.services.len() >= self.limit
            && offer.origin.source > ServiceSource::Static
        {
            return Err(Full);
        }
        let service = self.services.entry(key).or_default();
        let before = service.usable().copied();
        match service.offers.iter_mut().find(|known| known.origin == offer.origin) {
            Some(place) => {
                let old = std::mem::replace(place, offer);
                self.unindex(key, old.address.network);
            }
            None => service.offers.push(offer),
        }
        self.by_network.insert((offer.address.network, key));
        self.settle(rib, key, before, now);
        Ok(())
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
        let concerned: Vec<ServiceKey> = if network == NetworkNumber::DEFAULT_ROUTE {
            self.services.keys().copied().collect()
        } else {
            let first = ServiceKey { service_type: ServiceType(0), name: ServiceName::new("") };
            self.by_network
                .range((network, first)..)
                .take_while(|(there, _)| *there == network)
                .map(|&(_, key)| key)
                .collect()
        };
        for key in concerned {
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
        let leads = |offer: &ServiceOffer| rib.lookup(offer.address.network).is_some();
        let best = service
            .offers
            .iter()
            .enumerate()
            .min_by_key(|(_, offer)| (!leads(offer), offer.rank()))
            .map(|(place, _)| place);
        if let Some(place) = best
            && let Some(front) = service.offers.get_mut(..=place)
        {
            front.rotate_right(1);
        }
        service.usable = service.offers.first().is_some_and(leads);
        let after = service.usable().copied();
        if service.offers.is_empty() {
            self.services.remove(&key);
        }
        let unchanged = match (&before, &after) {
            (Some(before), Some(after)) => before.same_service(after),
            (None, None) => true,
            _ => false,
        };
        if unchanged {
            return;
        }
        if let Some(before) = before
            && after.is_none_or(|after| after.hops > before.hops)
        {
            // Services have no ticks: only hops open the way back.
            self.held.lost(key, before.hops, 0, now);
        }
        self.changed.entry(key).or_insert(before);
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
