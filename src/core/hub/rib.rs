//! The route table: every offer for a network, the best of them in use.
//!
//! Preference, stated here and nowhere else: our own networks, then static routes, then RIP;
//! among equals fewer ticks, then fewer hops, then the one in use already
//! [ipx-rip-sap §10.1]. Of what RIP says only the nearest is kept, and its equals: who is farther
//! may have it from who is nearer [ipx-rip-sap §10.2].

use std::collections::BTreeMap;
use std::ops::Bound;

use super::held::Held;
use crate::Time;
use crate::ids::CircuitId;
use crate::wire::{NetworkNumber, NodeAddress};

/// Which kind of knowledge an offer is. The order is the preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A circuit of ours has this number.
    Direct,
    /// It is the agent's internal network.
    Internal,
    /// The operator said so.
    Static,
    /// A router said so by RIP.
    Rip,
}

impl Source {
    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Internal => "internal",
            Self::Static => "static",
            Self::Rip => "rip",
        }
    }
}

/// Who offers: one offer per network and origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Which kind of knowledge.
    pub source: Source,
    /// The circuit the network is reached by; `None` only for the internal network.
    pub circuit: Option<CircuitId>,
    /// The next router's node on the circuit; our own where there is none to cross.
    pub node: NodeAddress,
}

/// A way to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who offers it.
    pub origin: Origin,
    /// Routers to cross, 0 for our own networks, 15 at most.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u16,
    /// When it was last heard.
    pub heard: Time,
}

impl Offer {
    /// The distance proper: what makes one offer better than another.
    fn rank(&self) -> (Source, u16, u16) {
        (self.origin.source, self.ticks, self.hops)
    }

    /// The same way at the same distance; when it was heard does not count.
    fn same_route(&self, other: &Self) -> bool {
        self.origin == other.origin && self.rank() == other.rank()
    }
}

/// The best offer for a network came, went or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteChange {
    /// The network.
    pub network: NetworkNumber,
    /// The best offer before.
    pub old: Option<Offer>,
    /// The best offer now.
    pub new: Option<Offer>,
}

/// The table is full; the offer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The route table.
#[derive(Clone, Debug, Default)]
pub struct Rib {
    /// Offers by network, the one in use first; never empty.
    offers: BTreeMap<NetworkNumber, Vec<Offer>>,
    /// The best offer of a network when the last changes were taken.
    changed: BTreeMap<NetworkNumber, Option<Offer>>,
    held: Held<NetworkNumber>,
    limit: usize,
}

impl Rib {
    /// An empty table for at most `limit` networks.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, held: Held::new(limit), ..Self::default() }
    }

    /// Takes an offer, in place of the last one of the same origin.
    ///
    /// # Errors
    /// [`Full`] if the network is new and there are as many as the limit allows. Our own networks
    /// are taken all the same.
    pub fn offer(&mut self, network: NetworkNumber, offer: Offer, now: Time) -> Result<(), Full> {
        let known = self.offers.contains_key(&network);
        if !known && self.offers.len() >= self.limit && offer.origin.source > Source::Static {
            return Err(Full);
        }
        let offers = self.offers.entry(network).or_default();
        let before = offers.first().copied();
        match offers.iter_mut().find(|known| known.origin == offer.origin) {
            Some(place) => *place = offer,
            None => offers.push(offer),
        }
        self.settle(network, before, now);
        Ok(())
    }

    /// Notes that the offer of `origin` was heard again, unchanged; false if there is none.
    pub fn refresh(&mut self, network: NetworkNumber, origin: &Origin, now: Time) -> bool {
        let mut offers = self.offers.get_mut(&network).into_iter().flatten();
        match offers.find(|known| known.origin == *origin) {
            Some(offer) => {
                offer.heard = now;
                true
            }
            None => false,
        }
    }

    /// Takes back the offer of `origin`; false if there was none.
    pub fn withdraw(&mut self, network: NetworkNumber, origin: &Origin, now: Time) -> bool {
        let Some(offers) = self.offers.get_mut(&network) else { return false };
        let before = offers.first().copied();
        let count = offers.len();
        offers.retain(|known| known.origin != *origin);
        let withdrawn = offers.len() < count;
        self.settle(network, before, now);
        withdrawn
    }

    /// Puts the best offer first and notes what changed. `before` was in use until now.
    fn settle(&mut self, network: NetworkNumber, before: Option<Offer>, now: Time) {
        let Some(offers) = self.offers.get_mut(&network) else { return };
        // The first of equals stays, and the one in use stands first.
        let best = offers.iter().enumerate().min_by_key(|(_, offer)| offer.rank());
        if let Some((place, _)) = best
            && let Some(front) = offers.get_mut(..=place)
        {
            front.rotate_right(1);
        }
        let by_rip = |offer: &&Offer| offer.origin.source == Source::Rip;
        let nearest = offers.iter().filter(by_rip).map(Offer::rank).min();
        offers.retain(|offer| !by_rip(&offer) || Some(offer.rank()) == nearest);
        let after = offers.first().copied();
        if offers.is_empty() {
            self.offers.remove(&network);
        }
        let unchanged = match (&before, &after) {
            (Some(before), Some(after)) => before.same_route(after),
            (None, None) => true,
            _ => false,
        };
        if unchanged {
            return;
        }
        if let Some(before) = before
            && after.is_none_or(|a| a.hops > before.hops || a.ticks > before.ticks)
        {
            self.held.lost(network, before.hops, before.ticks, now);
        }
        self.changed.entry(network).or_insert(before);
    }

    /// What changed since the last call, in the order of network numbers. What came and went in
    /// between is not mentioned.
    pub fn take_changes(&mut self) -> Vec<RouteChange> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|(network, old)| RouteChange { network, old, new: self.best(network).copied() })
            .filter(|change| match (&change.old, &change.new) {
                (Some(old), Some(new)) => !old.same_route(new),
                (None, None) => false,
                _ => true,
            })
            .collect()
    }

    /// The offer in use for exactly this network.
    #[must_use]
    pub fn best(&self, network: NetworkNumber) -> Option<&Offer> {
        self.offers.get(&network)?.first()
    }

    /// The offer that a packet for this network follows: its own, or the default route.
    #[must_use]
    pub fn lookup(&self, network: NetworkNumber) -> Option<&Offer> {
        self.best(network).or_else(|| self.best(NetworkNumber::DEFAULT_ROUTE))
    }

    /// Every offer for a network, the one in use first.
    #[must_use]
    pub fn offers(&self, network: NetworkNumber) -> &[Offer] {
        self.offers.get(&network).map_or(&[], Vec::as_slice)
    }

    /// The offer of `origin` for a network.
    #[must_use]
    pub fn offer_of(&self, network: NetworkNumber, origin: &Origin) -> Option<&Offer> {
        self.offers(network).iter().find(|offer| offer.origin == *origin)
    }

    /// An offer at this distance from somebody not in use may be taken: the hold rule
    /// [nlsp §13.3.3].
    #[must_use]
    pub fn permits(&self, network: NetworkNumber, hops: u16, ticks: u16, now: Time) -> bool {
        self.held.permits(&network, hops, ticks, now)
    }

    /// Networks and their offers, the one in use first, in the order of numbers, behind `after`.
    pub fn iter_after(
        &self,
        after: Option<NetworkNumber>,
    ) -> impl Iterator<Item = (NetworkNumber, &[Offer])> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.offers
            .range((from, Bound::Unbounded))
            .map(|(&network, offers)| (network, offers.as_slice()))
    }

    /// Networks in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offers.len()
    }

    /// No network.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }
}
