//! A decision process with a database, tables, and neighbours that are said to be there.

use std::time::Duration;

use super::*;
use crate::Time;
use crate::config::{CmdNetwork, Config, Lan, Port, PortKind};
use crate::hub::{Circuits, Offer, Rib, ServiceKey, ServiceOffer, Services, Source};
use crate::ids::PortId;
use crate::nlsp::LspChange;
use crate::nlsp::decision::Decision;
use crate::nlsp::lsdb::Lsdb;
use crate::random::Random;
use crate::router::{Cx, Event, Outbox};
use crate::wire::frame::Framing;
use crate::wire::nlsp::{
    ExternalRoute, ExternalRoutes, Flags, Link, Lsp, LspOption, Management, MediaType, ServiceInfo,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, Socket};

/// Everything that the decision process works on.
pub(super) struct Bed {
    pub(super) now: Time,
    pub(super) config: Config,
    pub(super) lsdb: Lsdb,
    pub(super) decision: Decision,
    pub(super) rib: Rib,
    pub(super) services: Services,
    pub(super) around: Surroundings,
    circuits: Circuits,
    out: Outbox,
    random: Random,
    sequence: u32,
}

/// Offers of routes and of services.
pub(super) type Tables = (Vec<(u32, Offer)>, Vec<(ServiceKey, ServiceOffer)>);

/// Long enough for every pause that is due after a single change.
const SOON: Duration = Duration::from_secs(6);

impl Bed {
    pub(super) fn new() -> Self {
        Self::with(|_| ())
    }

    /// Circuits 0 and 1 are LANs, 2 is a CMD network.
    pub(super) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let lan = |name, port| Lan::new(name, PortId(port), Framing::EthernetII, NetworkNumber(0));
        let port = |name: &str, kind| Port { name: name.to_owned(), kind };
        let mut config = Config {
            ports: vec![
                port("a", PortKind::Tap),
                port("b", PortKind::Tap),
                port("udp", PortKind::Udp),
            ],
            lans: vec![lan("a", 0), lan("b", 1)],
            cmd_networks: vec![CmdNetwork::new("cmd", PortId(2), NetworkNumber(9), Vec::new())],
            ..Config::default()
        };
        change(&mut config);
        let mut around = Surroundings::new(system(US));
        around.add_cmd(circuit(2));
        Self {
            now: Time::from_secs(100),
            lsdb: Lsdb::new(10_000),
            decision: Decision::default(),
            rib: Rib::new(config.limits.routes),
            services: Services::new(config.limits.services),
            around,
            circuits: Circuits::new(&config).0,
            out: Outbox::default(),
            random: Random::seeded(1),
            sequence: 0,
            config,
        }
    }

    fn with_cx<T>(&mut self, work: impl FnOnce(&mut Decision, &mut Cx<'_>, &Lsdb) -> T) -> T {
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            internal: NetworkNumber(US.into()),
            circuits: &mut self.circuits,
            rib: &mut self.rib,
            services: &mut self.services,
            dhcp: &mut crate::hub::DhcpOptions::default(),
            out: &mut self.out,
            random: &mut self.random,
        };
        work(&mut self.decision, &mut cx, &self.lsdb)
    }

    /// A LAN is a circuit of ours, and we hear these routers there.
    pub(super) fn hear(&mut self, lan: NodeId, at: u8, routers: &[u8]) {
        self.around.add_lan(lan, circuit(at));
        for &number in routers {
            self.around.add_neighbour(circuit(at), system(number), nic(number));
        }
        self.lines_changed();
    }

    pub(super) fn lines_changed(&mut self) {
        self.with_cx(|decision, cx, _| decision.lines_changed(cx));
    }

    /// A node says this in a packet of this number.
    pub(super) fn say(&mut self, node: NodeId, number: u8, said: &[LspOption<'_>]) {
        self.say_with(node, number, Flags::LEVEL_1, said);
    }

    pub(super) fn say_with(
        &mut self,
        node: NodeId,
        number: u8,
        flags: Flags,
        said: &[LspOption<'_>],
    ) {
        let mut options = Vec::new();
        said.iter().for_each(|option| option.encode(&mut options));
        self.sequence += 1;
        let lsp = Lsp::build(node.lsp(number), self.sequence, 7_500, flags, &options);
        self.lsdb.put(self.now, lsp, Some(CircuitId(0))).expect("there is room");
        self.pass_on();
    }

    /// A packet is purged.
    pub(super) fn purge(&mut self, node: NodeId, number: u8) {
        self.sequence += 1;
        assert!(self.lsdb.purge(self.now, node.lsp(number), self.sequence, None));
        self.pass_on();
    }

    fn pass_on(&mut self) {
        for change in self.lsdb.take_changes().lsps {
            self.with_cx(|decision, cx, _| decision.lsp_changed(cx, &change));
        }
    }

    /// Lets time pass, the deadlines kept; services follow routes as in the router.
    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.decision.next_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            let around = self.around.clone();
            self.with_cx(|decision, cx, lsdb| decision.act(cx, lsdb, |_| around));
            for change in self.rib.take_changes() {
                if change.old.is_none() != change.new.is_none() {
                    self.services.route_changed(&self.rib, change.network, self.now);
                } else {
                    self.services.ticks_changed(&self.rib, change.network, self.now);
                }
            }
        }
        self.now = end;
    }

    /// Until all that is due soon is done.
    pub(super) fn settle(&mut self) {
        self.pass(SOON);
    }

    pub(super) fn withdraw_all(&mut self) {
        self.with_cx(|decision, cx, _| decision.withdraw_all(cx));
    }

    /// Forgets the database, and what the decision process made of it.
    pub(super) fn begin_anew(&mut self) {
        self.lsdb = Lsdb::new(10_000);
    }

    /// Hands the whole database to the decision process, as if it had just come.
    pub(super) fn tell_everything(&mut self) {
        let all = self.lsdb.range(crate::wire::nlsp::LspId::FIRST, crate::wire::nlsp::LspId::LAST);
        let live = all.filter(|(_, record)| !record.purged);
        let changes: Vec<LspChange> = live
            .map(|(id, record)| LspChange { id, old: None, new: Some(record.lsp.clone()) })
            .collect();
        for change in changes {
            self.with_cx(|decision, cx, _| decision.lsp_changed(cx, &change));
        }
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        while self.out.pop().is_some() {}
        self.out.take_events()
    }

    /// What a network's offers by NLSP say: source, cost, ticks, hops, and the first hops.
    pub(super) fn route(&self, network: u32) -> Option<(Source, u32, u16, u16, Vec<u8>)> {
        let offers = self.rib.offers(NetworkNumber(network));
        let best = offers.first()?;
        let via = offers.iter().map(|offer| offer.origin.node.0[5]).collect();
        Some((best.origin.source, best.cost, best.ticks, best.hops, via))
    }

    /// Hops, circuit and address of a service in use.
    pub(super) fn service(&self, name: &str) -> Option<(u16, u16, u32)> {
        let offer = self.services.get(&key(name))?.usable()?;
        Some((offer.hops, offer.origin.circuit?.0, offer.address.network.0))
    }

    /// Both tables, but for when things were heard.
    pub(super) fn tables(&self) -> Tables {
        let routes = self.rib.iter_after(None).flat_map(|(network, offers)| {
            offers.iter().map(move |&offer| (network.0, Offer { heard: Time::ZERO, ..offer }))
        });
        let services = self.services.iter_after(None).flat_map(|(&key, service)| {
            let offers = service.offers().iter();
            offers.map(move |&offer| (key, ServiceOffer { heard: Time::ZERO, ..offer }))
        });
        (routes.collect(), services.collect())
    }
}

pub(super) fn key(name: &str) -> ServiceKey {
    ServiceKey { service_type: ServiceType::FILE_SERVER, name: ServiceName::new(name) }
}

/// A node's own network.
pub(super) fn network(number: u32) -> LspOption<'static> {
    let management = Management {
        network: NetworkNumber(number),
        node: NodeAddress([2, 0, 0, 0, 1, 1]),
        name: b"",
    };
    LspOption::Management(management)
}

/// A link that costs this; its delay makes this many ticks.
pub(super) fn link(to: NodeId, cost: u8, ticks: u32) -> LspOption<'static> {
    let delay_us = (ticks - 1) * 55_000;
    LspOption::Link(Link {
        cost: Some(cost),
        neighbour: to,
        mtu: 1_500,
        delay_us,
        throughput_bps: 10_000_000,
        media: MediaType::ETHERNET_II,
    })
}

pub(super) fn service_at(name: &str, network: u32, hops: u8) -> LspOption<'static> {
    LspOption::Service(ServiceInfo {
        hops,
        address: Address::new(NetworkNumber(network), NodeAddress::INTERNAL, Socket(0x451)),
        service_type: ServiceType::FILE_SERVER,
        name: ServiceName::new(name),
    })
}

/// External routes in the form of packets.
pub(super) fn routes(routes: &[(u32, u8, u16)]) -> Vec<[u8; 7]> {
    let routes = routes.iter();
    routes
        .map(|&(network, hops, ticks)| {
            ExternalRoute { network: NetworkNumber(network), hops, ticks }.to_bytes()
        })
        .collect()
}

pub(super) fn external(routes: &[[u8; 7]]) -> LspOption<'_> {
    LspOption::External(ExternalRoutes::new(routes))
}
