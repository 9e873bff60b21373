//! What the tables are offered of a network or a service: the nearest that any reachable node
//! tells of it [nlsp §12.5]. Nothing of this is kept; each choice reads the packets anew.

use std::collections::BTreeMap;

use super::hops::FirstHop;
use super::index::{Index, Told, key_of, told};
use super::tree::{Tree, Way};
use crate::Time;
use crate::hub::{Offer, Origin, ServiceKey, ServiceOffer, ServiceOrigin, ServiceSource, Source};
use crate::nlsp::lsdb::Lsdb;
use crate::wire::nlsp::{ExternalRoute, Lsp, LspId, NodeId, ServiceInfo, SystemId};
use crate::wire::{Address, NetworkNumber, NodeAddress, rip, sap};

/// What is farther away is out of reach [nlsp §12.5].
const HOP_LIMIT: u16 = 127;
/// Addresses of one service that are offered, those of the fewest hops. More are a mistake.
const ADDRESSES: usize = 8;

/// Chooses from what all nodes tell.
#[derive(Clone, Copy)]
pub(super) struct Chooser<'a> {
    pub(super) now: Time,
    /// Ourselves: what we tell others we know at first hand.
    pub(super) system: SystemId,
    pub(super) lsdb: &'a Lsdb,
    pub(super) index: &'a Index,
    pub(super) tree: &'a Tree,
}

/// The distance to a network outside, by the exit it is reached through.
type Exit = (u32, u16, NodeId);

impl<'a> Chooser<'a> {
    /// The equal paths to a network; none if nobody reachable tells of it.
    pub(super) fn paths(&self, network: NetworkNumber) -> Vec<Offer> {
        let mut inside: Option<Way<'_>> = None;
        let mut outside: Option<(Exit, Way<'_>)> = None;
        for (way, told) in self.told_of(self.index.of_network(network)) {
            match told {
                // Without a router to cross it is a LAN of ours, and no way to itself.
                Told::Inside(it) if it == network && way.hops > 0 && !way.inside.is_empty() => {
                    let nearer = |than: Way<'_>| rank(&way) < rank(&than);
                    if way.hops <= HOP_LIMIT && inside.is_none_or(nearer) {
                        inside = Some(way);
                    }
                }
                Told::Outside(route) if route.network == network && !way.outside.is_empty() => {
                    let exit = exit(&way, &route);
                    if exit.is_some_and(|exit| outside.is_none_or(|(known, _)| exit < known)) {
                        outside = exit.map(|exit| (exit, way));
                    }
                }
                _ => {}
            }
        }
        match (inside, outside) {
            (Some(way), _) => {
                let ticks = way.ticks.max(1);
                self.offers(Source::NlspInternal, way.inside, way.cost, ticks, way.hops)
            }
            (None, Some(((ticks, hops, _), way))) => {
                self.offers(Source::NlspExternal, way.outside, way.cost, ticks, hops)
            }
            (None, None) => Vec::new(),
        }
    }

    fn offers(
        &self,
        source: Source,
        first_hops: &[FirstHop],
        cost: u32,
        ticks: u32,
        hops: u16,
    ) -> Vec<Offer> {
        let ticks = u16::try_from(ticks).unwrap_or(u16::MAX);
        first_hops
            .iter()
            .map(|&FirstHop { node, circuit }| {
                let origin = Origin { source, circuit: Some(circuit), node };
                Offer { origin, hops, ticks, cost, heard: self.now }
            })
            .collect()
    }

    /// One offer for each address of a service; none if nobody reachable tells of it. Which of
    /// them is used depends on routes, and so is decided in the table.
    pub(super) fn services(&self, key: &ServiceKey) -> Vec<ServiceOffer> {
        let mut nearest: BTreeMap<Address, ((u16, NodeId), ServiceOffer)> = BTreeMap::new();
        for (way, told) in self.told_of(self.index.of_service(key)) {
            let Told::Service(service) = told else { continue };
            let hops = way.hops.saturating_add(u16::from(service.hops));
            let Some(&first) = way.outside.first() else { continue };
            if key_of(&service) != *key || hops >= sap::INFINITY {
                continue;
            }
            let rank = (hops, way.node);
            if nearest.get(&service.address).is_none_or(|(known, _)| rank < *known) {
                let offer = self.service(&way, first, &service, hops);
                nearest.insert(service.address, (rank, offer));
            }
        }
        let mut offers: Vec<ServiceOffer> = nearest.into_values().map(|(_, offer)| offer).collect();
        offers.sort_by_key(|offer| offer.hops);
        offers.truncate(ADDRESSES);
        offers
    }

    fn service(
        &self,
        way: &Way<'_>,
        first: FirstHop,
        service: &ServiceInfo,
        hops: u16,
    ) -> ServiceOffer {
        let origin = ServiceOrigin {
            source: ServiceSource::Nlsp,
            circuit: Some(first.circuit),
            from: NodeAddress(way.node.system.0),
        };
        let (name, address, heard) = (service.name, service.address, self.now);
        ServiceOffer { origin, name, address, hops, heard }
    }

    /// What these packets tell, those of reachable nodes other than ours, and the way to who does.
    fn told_of(
        &self,
        packets: impl Iterator<Item = LspId>,
    ) -> impl Iterator<Item = (Way<'a>, Told)> {
        let Self { system, lsdb, tree, .. } = *self;
        packets
            .filter(move |id| id.node.system != system)
            .filter_map(move |id| Some((tree.get(id.node)?, lsdb.live(id)?)))
            .flat_map(|(way, lsp): (_, &Lsp)| told(lsp).map(move |told| (way, told)))
    }

    /// The reachable nodes whose own number this is, ours among them, in order, if there are
    /// several.
    pub(super) fn claimants(&self, network: NetworkNumber) -> Vec<NodeId> {
        let heads = self.index.of_network(network).filter(|id| id.number == 0);
        if heads.clone().nth(1).is_none() {
            return Vec::new();
        }
        heads
            .filter(|id| self.tree.get(id.node).is_some())
            .filter(|&id| {
                let lsp = self.lsdb.live(id);
                lsp.is_some_and(|lsp| told(lsp).any(|told| told == Told::Inside(network)))
            })
            .map(|id| id.node)
            .collect()
    }
}

/// What makes one node nearer than another.
fn rank(way: &Way<'_>) -> (u32, u32, u16, NodeId) {
    (way.cost, way.ticks, way.hops, way.node)
}

/// The distance to a network outside; `None` if that is out of reach.
fn exit(way: &Way<'_>, route: &ExternalRoute) -> Option<Exit> {
    let beyond = u16::from(route.hops);
    let hops = way.hops.saturating_add(beyond);
    let near = beyond < rip::INFINITY && hops <= HOP_LIMIT;
    near.then_some((way.ticks.saturating_add(u32::from(route.ticks)), hops, way.node))
}
