//! Offering to the tables what changed, and only that.

use std::time::Duration;

use super::Decision;
use super::backoff::COLLECT;
use super::index::Subjects;
use super::offers::Chooser;
use crate::Time;
use crate::hub::{Full, Offer, Service, ServiceKey, ServiceOffer, ServiceSource};
use crate::nlsp::lsdb::Lsdb;
use crate::router::{Cx, Event, Lasting};
use crate::wire::NetworkNumber;
use crate::wire::nlsp::NodeId;

/// Networks and services that are looked at in one call; more wait for the next one, which is due
/// at once: so packets are not kept waiting while a whole network comes up.
const BUDGET: usize = 4_000;
/// What found no room in a full table is offered again after so long, as RIP would tell it again.
const AGAIN: Duration = Duration::from_secs(60);
/// Nodes named of those that have one network number.
const CLAIMANTS_TOLD: usize = 8;

/// What is to be looked at again.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    subjects: Subjects,
    due: Option<Time>,
    /// What found no room.
    refused: Subjects,
    again: Option<Time>,
}

impl Pending {
    /// Nodes tell something else of these; what belongs together comes together.
    pub(super) fn add(&mut self, now: Time, subjects: Subjects) {
        if !subjects.is_empty() {
            self.subjects.extend(subjects);
            self.due.get_or_insert(now + COLLECT);
        }
    }

    /// These nodes are reached otherwise than before: all that they tell is due now.
    pub(super) fn add_nodes(&mut self, now: Time, lsdb: &Lsdb, nodes: &[NodeId]) {
        for node in nodes {
            let packets = lsdb.range(node.lsp(0), node.lsp(0xff));
            for (_, record) in packets.filter(|(_, record)| !record.purged) {
                self.subjects.add(&record.lsp);
            }
        }
        if !self.subjects.is_empty() {
            self.due = Some(now);
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        self.due.into_iter().chain(self.again).min()
    }

    /// What to look at now; services come behind all networks, for they need routes.
    fn take(&mut self, now: Time) -> Subjects {
        if self.again.is_some_and(|at| at <= now) {
            self.again = None;
            self.subjects.extend(std::mem::take(&mut self.refused));
            self.due = Some(now);
        }
        let mut taken = Subjects::default();
        if self.due.is_none_or(|at| at > now) {
            return taken;
        }
        for _ in 0..BUDGET {
            if let Some(network) = self.subjects.networks.pop_first() {
                taken.networks.insert(network);
            } else if let Some(key) = self.subjects.services.pop_first() {
                taken.services.insert(key);
            } else {
                break;
            }
        }
        self.due = (!self.subjects.is_empty()).then_some(now);
        taken
    }
}

impl Decision {
    /// Offers what is due; true if there was anything.
    pub(super) fn merge(&mut self, cx: &mut Cx<'_>, lsdb: &Lsdb) -> bool {
        let Subjects { networks, services } = self.pending.take(cx.now);
        if networks.is_empty() && services.is_empty() {
            return false;
        }
        let (mut routes_changed, mut services_changed) = (0, 0);
        for network in networks {
            let chooser = self.chooser(cx.now, lsdb);
            let (paths, claimants) = (chooser.paths(network), chooser.claimants(network));
            self.tell_claims(cx, network, &claimants);
            match cx.rib.offer_paths(network, &paths, cx.now) {
                Ok(changed) => routes_changed += usize::from(changed),
                Err(Full) => {
                    self.pending.refused.networks.insert(network);
                    let limit = cx.config.limits.routes;
                    cx.out.event_once(Lasting::RouteLimit, Event::RouteLimit { limit });
                }
            }
        }
        for key in services {
            let offers = self.chooser(cx.now, lsdb).services(&key);
            match cx.services.offer_nlsp(cx.rib, key, &offers, cx.now) {
                Ok(changed) => services_changed += usize::from(changed),
                Err(Full) => {
                    self.pending.refused.services.insert(key);
                    let limit = cx.config.limits.services;
                    cx.out.event_once(Lasting::ServiceLimit, Event::ServiceLimit { limit });
                }
            }
            tell_addresses(cx, key);
        }
        self.end_limits(cx);
        self.history.changed(routes_changed, services_changed);
        true
    }

    fn chooser<'a>(&'a self, now: Time, lsdb: &'a Lsdb) -> Chooser<'a> {
        let (system, index, tree) = (self.around.system, &self.index, &self.tree);
        Chooser { now, system, lsdb, index, tree }
    }

    /// One network number must not be at two nodes. A LAN may be for a while, or where NLSP is off
    /// on it: that is worth a notice only [nlsp §12.5, §13.5].
    fn tell_claims(&mut self, cx: &mut Cx<'_>, network: NetworkNumber, claimants: &[NodeId]) {
        let duplicate = Lasting::DuplicateNetwork(network);
        let two_places = Lasting::NetworkAtTwoPlaces(network);
        let routers = claimants.iter().any(|node| !node.is_pseudonode());
        let nodes = || claimants.iter().take(CLAIMANTS_TOLD).map(NodeId::to_string).collect();
        let (holds, ends) = match claimants.len() {
            0 | 1 => (None, [Some(duplicate), Some(two_places)]),
            _ if routers => {
                let event = Event::DuplicateNetwork { network, nodes: nodes() };
                (Some((duplicate, true, event)), [Some(two_places), None])
            }
            _ => {
                let event = Event::NetworkAtTwoPlaces { network, nodes: nodes() };
                (Some((two_places, false, event)), [Some(duplicate), None])
            }
        };
        for lasting in ends.into_iter().flatten() {
            self.notices.ends(cx.out, &lasting);
        }
        if let Some((lasting, at_once, event)) = holds {
            self.notices.holds(cx.out, cx.now, lasting, at_once, event);
        }
    }

    /// What was refused is offered again in a while; limits that are no longer reached are over.
    fn end_limits(&mut self, cx: &mut Cx<'_>) {
        if !self.pending.refused.is_empty() {
            self.pending.again.get_or_insert(cx.now + AGAIN);
        }
        if cx.rib.len() < cx.config.limits.routes {
            cx.out.ended(&Lasting::RouteLimit);
        }
        if cx.services.len() < cx.config.limits.services {
            cx.out.ended(&Lasting::ServiceLimit);
        }
    }
}

/// A service at two addresses: moved, or two of one name [nlsp §12.5].
fn tell_addresses(cx: &mut Cx<'_>, key: ServiceKey) {
    let offers = cx.services.get(&key).map_or(&[] as &[ServiceOffer], Service::offers);
    let lasting = Lasting::ServiceMoved(key);
    let Some(new) = offers.first().map(|best| best.address) else {
        cx.out.ended(&lasting);
        return;
    };
    match offers.iter().map(|offer| offer.address).find(|&address| address != new) {
        Some(old) => {
            let (service_type, name) = (key.service_type, key.name.to_string());
            cx.out.event_once(lasting, Event::ServiceMoved { service_type, name, old, new });
        }
        None => cx.out.ended(&lasting),
    }
}

/// Takes back all that NLSP offered to the tables.
pub(super) fn withdraw_all(cx: &mut Cx<'_>) {
    let by_nlsp = |offers: &[Offer]| offers.iter().any(|offer| offer.origin.source.is_nlsp());
    let networks = cx.rib.iter_after(None).filter(|(_, offers)| by_nlsp(offers));
    let networks: Vec<NetworkNumber> = networks.map(|(network, _)| network).collect();
    for network in networks {
        // Nothing needs no room.
        let _ = cx.rib.offer_paths(network, &[], cx.now);
    }
    let by_nlsp = |service: &Service| {
        service.offers().iter().any(|offer| offer.origin.source == ServiceSource::Nlsp)
    };
    let services = cx.services.iter_after(None).filter(|(_, service)| by_nlsp(service));
    let keys: Vec<ServiceKey> = services.map(|(&key, _)| key).collect();
    for key in keys {
        let _ = cx.services.offer_nlsp(cx.rib, key, &[], cx.now);
    }
}
