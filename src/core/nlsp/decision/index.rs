//! Who tells of what: for each network and each service the link-state packets that name it.
//!
//! Only names stand here; what a packet says of them is read from the packet when somebody
//! chooses. Thousands of agents may run in one process, and each hears of all that all have.

use std::collections::BTreeSet;

use crate::hub::ServiceKey;
use crate::nlsp::lsdb::Lsdb;
use crate::wire::nlsp::{ExternalRoute, Lsp, LspId, LspOption, ServiceInfo};
use crate::wire::{Address, NetworkNumber};

/// The link-state packets that tell of each network and service.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    networks: BTreeSet<(NetworkNumber, LspId)>,
    /// By a hash: who looks a service up finds a packet too many at worst.
    services: BTreeSet<(u32, LspId)>,
}

/// What a packet tells of a network or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The network is the node itself.
    Inside(NetworkNumber),
    /// The network lies behind the node.
    Outside(ExternalRoute),
    Service(ServiceInfo),
}

/// Networks and services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subjects {
    pub(super) networks: BTreeSet<NetworkNumber>,
    pub(super) services: BTreeSet<ServiceKey>,
}

impl Subjects {
    pub(super) fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.services.is_empty()
    }

    /// Adds these one by one: they are few, and there may be many already.
    pub(super) fn extend(&mut self, others: Self) {
        self.networks.extend(others.networks);
        self.services.extend(others.services);
    }

    /// Adds all that a packet tells of.
    pub(super) fn add(&mut self, lsp: &Lsp) {
        for told in told(lsp) {
            match told {
                Told::Inside(network) => self.networks.insert(network),
                Told::Outside(route) => self.networks.insert(route.network),
                Told::Service(service) => self.services.insert(key_of(&service)),
            };
        }
    }
}

pub(super) const fn key_of(service: &ServiceInfo) -> ServiceKey {
    ServiceKey { service_type: service.service_type, name: service.name }
}

/// What a packet tells of networks and services, as far as it can be so.
pub(super) fn told(lsp: &Lsp) -> impl Iterator<Item = Told> {
    let mut named = lsp.id.number != 0;
    lsp.options().flat_map(move |option| {
        let (mut one, mut routes) = (None, None);
        match option {
            // The first in fragment 0 counts [nlsp §3, §7].
            LspOption::Management(management) => {
                let first = !std::mem::replace(&mut named, true);
                let network = management.network;
                one = (first && network.is_assignable()).then_some(Told::Inside(network));
            }
            LspOption::Service(service) => {
                let possible = service.address.network.is_assignable();
                one = possible.then_some(Told::Service(service));
            }
            LspOption::External(externals) => routes = Some(externals),
            _ => {}
        }
        // FFFFFFFE is the default route, outside [nlsp §12.5].
        let possible = |route: &ExternalRoute| route.network.is_destination();
        let routes = routes.into_iter().flatten().filter(possible).map(Told::Outside);
        one.into_iter().chain(routes)
    })
}

/// What a packet says of each network and service.
type Sayings = (BTreeSet<(NetworkNumber, Option<(u8, u16)>)>, BTreeSet<(ServiceKey, u8, Address)>);

fn sayings(lsp: &Lsp) -> Sayings {
    let (mut networks, mut services) = (BTreeSet::new(), BTreeSet::new());
    for told in told(lsp) {
        match told {
            Told::Inside(network) => drop(networks.insert((network, None))),
            Told::Outside(route) => {
                networks.insert((route.network, Some((route.hops, route.ticks))));
            }
            Told::Service(service) => {
                services.insert((key_of(&service), service.hops, service.address));
            }
        }
    }
    (networks, services)
}

/// Everything that two versions of a packet say differently.
pub(super) fn differences(old: Option<&Lsp>, new: Option<&Lsp>) -> Subjects {
    let mut subjects = Subjects::default();
    if let (Some(old), Some(new)) = (old, new) {
        let (old, new) = (sayings(old), sayings(new));
        let networks = old.0.symmetric_difference(&new.0).map(|&(network, _)| network);
        let services = old.1.symmetric_difference(&new.1).map(|&(key, ..)| key);
        return Subjects { networks: networks.collect(), services: services.collect() };
    }
    old.into_iter().chain(new).for_each(|only| subjects.add(only));
    subjects
}

impl Index {
    /// Of all that is in the database.
    pub(super) fn of(lsdb: &Lsdb) -> Self {
        let mut index = Self::default();
        for (id, record) in lsdb.range(LspId::FIRST, LspId::LAST) {
            index.update(id, None, Some(&record.lsp).filter(|_| !record.purged));
        }
        index
    }

    /// A packet came, went or changed.
    pub(super) fn update(&mut self, id: LspId, old: Option<&Lsp>, new: Option<&Lsp>) {
        // What both name goes and comes back.
        for told in old.into_iter().flat_map(told) {
            match told {
                Told::Inside(network) => self.networks.remove(&(network, id)),
                Told::Outside(route) => self.networks.remove(&(route.network, id)),
                Told::Service(service) => self.services.remove(&(hash(&key_of(&service)), id)),
            };
        }
        for told in new.into_iter().flat_map(told) {
            match told {
                Told::Inside(network) => self.networks.insert((network, id)),
                Told::Outside(route) => self.networks.insert((route.network, id)),
                Told::Service(service) => self.services.insert((hash(&key_of(&service)), id)),
            };
        }
    }

    /// The packets that tell of a network, in order.
    pub(super) fn of_network(&self, network: NetworkNumber) -> impl Iterator<Item = LspId> + Clone {
        let all = (network, LspId::FIRST)..=(network, LspId::LAST);
        self.networks.range(all).map(|&(_, id)| id)
    }

    /// The packets that may tell of a service, in order.
    pub(super) fn of_service(&self, key: &ServiceKey) -> impl Iterator<Item = LspId> {
        let hash = hash(key);
        self.services.range((hash, LspId::FIRST)..=(hash, LspId::LAST)).map(|&(_, id)| id)
    }
}

/// FNV-1a: short, and the same on every machine.
fn hash(key: &ServiceKey) -> u32 {
    let bytes = key.service_type.0.to_be_bytes();
    let bytes = bytes.iter().chain(key.name.key());
    bytes.fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
