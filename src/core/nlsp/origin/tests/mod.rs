//! Our link-state packets in simulated time: an agent's tables, its database and nothing on the
//! wire.

mod contest;
mod place;
mod time;

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::config::Config;
use crate::hub::{Circuits, Rib, Services};
use crate::random::Random;
use crate::router::{Outbox, Output};
use crate::wire::nlsp::{Lsp, MediaType, SystemId};
use crate::wire::sap::{ServiceName, ServiceType, service_address};

pub(in crate::nlsp) const NETWORK: NetworkNumber = NetworkNumber(0xe1);
const LAN: NetworkNumber = NetworkNumber(0xa1);
const NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);
/// The first version of a packet that changed when all was quiet.
const SOON: Duration = COLLECT;

pub(in crate::nlsp) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An agent as far as its own link-state packets are concerned.
pub(in crate::nlsp) struct Bench {
    pub(in crate::nlsp) now: Time,
    pub(in crate::nlsp) config: Config,
    pub(in crate::nlsp) system: System,
    pub(in crate::nlsp) circuits: Circuits,
    pub(in crate::nlsp) rib: Rib,
    pub(in crate::nlsp) services: Services,
    pub(in crate::nlsp) origin: Origin,
    pub(in crate::nlsp) lsdb: Lsdb,
    out: Outbox,
    random: Random,
}

impl Bench {
    pub(in crate::nlsp) fn new(config: Config) -> Self {
        let system = System {
            id: SystemId::of_internal(NETWORK),
            network: NETWORK,
            name: config.name.clone(),
            areas: vec![crate::wire::nlsp::Area::ALL],
        };
        let (circuits, _) = Circuits::new(&config);
        Self {
            now: Time::from_secs(1_000),
            config,
            system,
            circuits,
            rib: Rib::new(10_000),
            services: Services::new(10_000),
            origin: Origin::default(),
            lsdb: Lsdb::new(10),
            out: Outbox::default(),
            random: Random::seeded(7),
        }
    }

    /// An agent whose router LSP is out, and that is not bound by what it generated last.
    fn started() -> Self {
        let mut bench = Self::new(Config::default());
        bench.begin(0);
        bench.pass(secs(10));
        bench
    }

    pub(in crate::nlsp) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Cx<'_>, &mut Origin, &mut Lsdb, &System) -> T,
    ) -> T {
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            internal: NETWORK,
            circuits: &mut self.circuits,
            rib: &mut self.rib,
            services: &mut self.services,
            dhcp: &mut crate::hub::DhcpOptions::default(),
            out: &mut self.out,
            random: &mut self.random,
        };
        work(&mut cx, &mut self.origin, &mut self.lsdb, &self.system)
    }

    fn begin(&mut self, pseudonode: u8) {
        let (network, node) =
            if pseudonode == 0 { (NETWORK, NodeAddress::INTERNAL) } else { (LAN, NODE) };
        self.run(|cx, origin, _, system| origin.begin(cx, system, pseudonode, network, node));
    }

    fn set(&mut self, pseudonode: u8, subject: Subject, entry: Option<Entry>) {
        self.run(|cx, origin, _, _| origin.set(cx, pseudonode, subject, entry));
    }

    /// Sets an entry that is there.
    fn say(&mut self, pseudonode: u8, (subject, entry): (Subject, Entry)) {
        self.set(pseudonode, subject, Some(entry));
    }

    /// Lets time pass. Gives back what was to be flooded, and when.
    pub(in crate::nlsp) fn pass(&mut self, span: Duration) -> Vec<(Time, LspId)> {
        let end = self.now + span;
        let mut flooded = Vec::new();
        while let Some(at) = self.origin.next_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            let ids = self.run(|cx, origin, lsdb, _| origin.handle_timeout(cx, lsdb));
            flooded.extend(ids.into_iter().map(|id| (self.now, id)));
        }
        self.now = end;
        flooded
    }

    /// What was to be flooded in this time, whenever that was.
    fn flooded(&mut self, span: Duration) -> Vec<LspId> {
        self.pass(span).into_iter().map(|(_, id)| id).collect()
    }

    pub(in crate::nlsp) fn events(&mut self) -> Vec<Event> {
        while let Some(output) = self.out.pop() {
            assert!(matches!(output, Output::Event(_)), "nothing is sent here: {output:?}");
        }
        self.out.take_events()
    }

    fn id(&self, pseudonode: u8, number: u8) -> LspId {
        self.system.id.lan(pseudonode).lsp(number)
    }

    fn lsp(&self, pseudonode: u8, number: u8) -> Option<&Lsp> {
        self.lsdb.live(self.id(pseudonode, number))
    }

    fn sequence(&self, pseudonode: u8, number: u8) -> Option<u32> {
        self.lsp(pseudonode, number).map(|lsp| lsp.sequence)
    }

    /// The numbers of a node's live fragments.
    fn numbers(&self, pseudonode: u8) -> Vec<u8> {
        let node = self.system.id.lan(pseudonode);
        self.lsdb.fragments(node).map(|lsp| lsp.id.number).collect()
    }

    /// All that a node's packets in the database say.
    pub(in crate::nlsp) fn said(&self, pseudonode: u8) -> BTreeMap<Subject, Entry> {
        let mut said = BTreeMap::new();
        let mut note = |subject, entry| {
            assert_eq!(said.insert(subject, entry), None, "{subject:?} is said once");
        };
        for lsp in self.lsdb.fragments(self.system.id.lan(pseudonode)) {
            for option in lsp.options() {
                match option {
                    LspOption::Link(link) => note(Subject::Link(link.neighbour), Entry::Link(link)),
                    LspOption::External(routes) => routes.for_each(|route| {
                        note(Subject::Route(route.network), Entry::Route(route));
                    }),
                    LspOption::Service(service) => {
                        let ServiceInfo { service_type, name, .. } = service;
                        let key = ServiceKey { service_type, name };
                        note(Subject::Service(key), Entry::Service(service));
                    }
                    LspOption::Areas(_) | LspOption::Management(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        said
    }
}

fn link(to: u8, cost: u8) -> (Subject, Entry) {
    let neighbour = SystemId([2, 0, 0, 0, 1, to]).router();
    let entry = Entry::Link(Link {
        cost: Some(cost),
        neighbour,
        mtu: 1_500,
        delay_us: 200,
        throughput_bps: 10_000_000,
        media: MediaType::ETHERNET_II,
    });
    (Subject::Link(neighbour), entry)
}

fn route(network: u32, hops: u8) -> (Subject, Entry) {
    let network = NetworkNumber(network);
    (Subject::Route(network), Entry::Route(ExternalRoute { hops, network, ticks: 2 }))
}

fn service(name: &str, hops: u8) -> (Subject, Entry) {
    let (service_type, name) = (ServiceType::FILE_SERVER, ServiceName::new(name));
    let address = service_address(0xc900_0001, [0, 0, 0, 0, 0, 1], 0x451);
    let entry = Entry::Service(ServiceInfo { hops, address, service_type, name });
    (Subject::Service(ServiceKey { service_type, name }), entry)
}

/// A service with a name of eight letters.
fn eight(number: u32) -> (Subject, Entry) {
    service(&format!("SERV{number:04}"), 1)
}
