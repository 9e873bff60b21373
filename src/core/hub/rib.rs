//! The route table: every offer for a network, the best of them in use.
//!
//! Preference, stated here and nowhere else [nlsp §12.5]:
//!
//! 1. our own networks, then the agent's internal one;
//! 2. what NLSP says lies inside: the least cost, then the fewest ticks, then the fewest hops;
//! 3. static routes, RIP, and what NLSP says lies outside, alike: the fewest ticks, then the
//!    fewest hops, then static before RIP before NLSP.
//!
//! Of equals by NLSP all are used, in the order of their nodes and circuits; of other equals the
//! one in use already stays [ipx-rip-sap §10.1]. Of what RIP says only the nearest is kept, and
//! its equals: who is farther may have it from who is nearer [ipx-rip-sap §10.2]. For the same
//! reason RIP does not take over at once where something better was lost: the hold rule
//! [nlsp §13.3.3].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::held::Held;
use crate::Time;
use crate::ids::CircuitId;
use crate::wire::{NetworkNumber, NodeAddress};

/// Which kind of knowledge an offer is. Among equals of one class the order is the preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A circuit of ours has this number.
    Direct,
    /// It is the agent's internal network.
    Internal,
    /// NLSP: a router or a LAN of our area has this number.
    NlspInternal,
    /// The operator said so.
    Static,
    /// A router said so by RIP.
    Rip,
    /// NLSP: a router of our area knows of it, by RIP or from its operator.
    NlspExternal,
}

impl Source {
    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Internal => "internal",
            Self::NlspInternal => "nlsp",
            Self::Static => "static",
            Self::Rip => "rip",
            Self::NlspExternal => "nlsp-external",
        }
    }

    /// Said by NLSP.
    #[must_use]
    pub const fn is_nlsp(self) -> bool {
        matches!(self, Self::NlspInternal | Self::NlspExternal)
    }

    /// The next router stands in the offer; else the network is ours.
    #[must_use]
    pub const fn crosses_router(self) -> bool {
        !matches!(self, Self::Direct | Self::Internal)
    }

    /// Distance decides between the two, not what they are.
    #[must_use]
    pub fn is_compared_with(self, other: Self) -> bool {
        self.class() == other.class()
    }

    /// Said by ourselves or our operator, so taken beyond every limit.
    const fn is_own(self) -> bool {
        matches!(self, Self::Direct | Self::Internal | Self::Static)
    }

    const fn class(self) -> Class {
        match self {
            Self::Direct => Class::Direct,
            Self::Internal => Class::Internal,
            Self::NlspInternal => Class::Inside,
            Self::Static | Self::Rip | Self::NlspExternal => Class::Outside,
        }
    }
}

/// What is preferred whatever the distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Direct,
    Internal,
    Inside,
    Outside,
}

/// The distance proper: what makes one offer better than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    class: Class,
    /// 0 where it does not count.
    cost: u32,
    ticks: u16,
    hops: u16,
    source: Source,
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
    /// Routers to cross, 0 for our own networks; 15 at most by RIP, 127 by NLSP.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u16,
    /// What NLSP reckons with: the cost to the node that tells of it; 0 where NLSP does not.
    pub cost: u32,
    /// When it was last heard.
    pub heard: Time,
}

impl Offer {
    fn rank(&self) -> Rank {
        let (source, class) = (self.origin.source, self.origin.source.class());
        // Outside, ticks alone are what all reckon with.
        let cost = if class == Class::Inside { self.cost } else { 0 };
        Rank { class, cost, ticks: self.ticks, hops: self.hops, source }
    }

    /// The place among the offers of a network, but for equals that keep the order they came in.
    fn place(&self) -> (Rank, Option<(NodeAddress, Option<CircuitId>)>) {
        let by_node = (self.origin.node, self.origin.circuit);
        (self.rank(), self.origin.source.is_nlsp().then_some(by_node))
    }

    /// The same way at the same distance; when it was heard does not count.
    fn same_route(&self, other: &Self) -> bool {
        self.origin == other.origin && self.rank() == other.rank()
    }

    /// Another path of NLSP, as good as this one.
    fn is_twin(&self, other: &Self) -> bool {
        self.origin.source.is_nlsp() && self.rank() == other.rank()
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
    /// Networks of which paths beside the best one came or went.
    split: BTreeSet<NetworkNumber>,
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
        if !offer.origin.source.is_own() && !self.has_room_for(network) {
            return Err(Full);
        }
        let offers = self.offers.entry(network).or_default();
        let before = InUse::of(offers);
        match offers.iter_mut().find(|known| known.origin == offer.origin) {
            Some(place) => *place = offer,
            None => push(offers, offer),
        }
        self.settle(network, &before, now);
        Ok(())
    }

    /// Takes all that NLSP offers for a network, in place of all that it offered before: equal
    /// paths, or nothing. False if it is just what it offered before.
    ///
    /// # Errors
    /// [`Full`] as for [`offer`](Self::offer).
    pub fn offer_paths(
        &mut self,
        network: NetworkNumber,
        paths: &[Offer],
        now: Time,
    ) -> Result<bool, Full> {
        let known = self.offers(network).iter().filter(|known| known.origin.source.is_nlsp());
        let same =
            |(known, path): (&Offer, &Offer)| known.same_route(path) && known.cost == path.cost;
        if known.clone().count() == paths.len() && known.zip(paths).all(same) {
            return Ok(false);
        }
        if !self.has_room_for(network) {
            return Err(Full);
        }
        let offers = self.offers.entry(network).or_default();
        let before = InUse::of(offers);
        offers.retain(|known| !known.origin.source.is_nlsp());
        paths.iter().for_each(|&path| push(offers, path));
        self.settle(network, &before, now);
        Ok(true)
    }

    fn has_room_for(&self, network: NetworkNumber) -> bool {
        self.offers.len() < self.limit || self.offers.contains_key(&network)
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
        let before = InUse::of(offers);
        let count = offers.len();
        offers.retain(|known| known.origin != *origin);
        let withdrawn = offers.len() < count;
        self.settle(network, &before, now);
        withdrawn
    }

    /// Puts the best offer first and notes what changed.
    fn settle(&mut self, network: NetworkNumber, before: &InUse, now: Time) {
        let Some(offers) = self.offers.get_mut(&network) else { return };
        sort(offers);
        if let Some(lost) = before.best
            && offers.first().is_none_or(|now| now.hops > lost.hops || now.ticks > lost.ticks)
        {
            self.held.lost(network, lost.hops, lost.ticks, now);
            if offers.first().is_some_and(|next| next.origin.source == Source::Rip) {
                // What RIP says may be the echo of what was lost.
                offers.retain(|offer| {
                    offer.origin.source != Source::Rip
                        || offer.origin == lost.origin
                        || self.held.permits(&network, offer.hops, offer.ticks, now)
                });
            }
        }
        let after = InUse::of(offers);
        if offers.is_empty() {
            self.offers.remove(&network);
        }
        let unchanged = match (&before.best, &after.best) {
            (Some(before), Some(after)) => before.same_route(after),
            (None, None) => true,
            _ => false,
        };
        if !unchanged {
            self.changed.entry(network).or_insert(before.best);
        }
        if before.twins != after.twins {
            self.split.insert(network);
        }
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

    /// Networks of which paths beside the best one came or went since the last call.
    pub fn take_split(&mut self) -> BTreeSet<NetworkNumber> {
        std::mem::take(&mut self.split)
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

    /// The offer in use, and the paths by NLSP that are as good: packets may take any of them.
    #[must_use]
    pub fn paths(&self, network: NetworkNumber) -> &[Offer] {
        paths(self.offers(network))
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

/// Appends an offer. There is one for most networks, and so many that room for more would tell.
fn push(offers: &mut Vec<Offer>, offer: Offer) {
    offers.reserve_exact(1);
    offers.push(offer);
}

/// The best offer first; of equals that NLSP does not order the one that stood before. Of what RIP
/// says only the nearest stays.
fn sort(offers: &mut Vec<Offer>) {
    if offers.len() < 2 {
        return;
    }
    offers.sort_by_key(Offer::place);
    let by_rip = |offer: &&Offer| offer.origin.source == Source::Rip;
    let nearest = offers.iter().find(by_rip).map(Offer::rank);
    offers.retain(|offer| !by_rip(&offer) || Some(offer.rank()) == nearest);
}

/// The first of sorted offers and its twins.
fn paths(offers: &[Offer]) -> &[Offer] {
    let Some((best, others)) = offers.split_first() else { return &[] };
    let twins = others.iter().take_while(|other| other.is_twin(best)).count();
    offers.get(..=twins).unwrap_or(offers)
}

/// What is in use at a moment.
struct InUse {
    best: Option<Offer>,
    /// The paths beside it; nearly always none.
    twins: Vec<Origin>,
}

impl InUse {
    fn of(offers: &[Offer]) -> Self {
        let best = offers.first().copied();
        Self { best, twins: paths(offers).iter().skip(1).map(|twin| twin.origin).collect() }
    }
}
