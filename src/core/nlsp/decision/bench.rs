//! A large network for benches: routers on one CMD network, each with LANs and services.

use super::Decision;
use super::graph::Graph;
use super::spf::shortest_paths;
use super::surroundings::Surroundings;
use crate::Time;
use crate::config::{CmdNetwork, Config, Port, PortKind};
use crate::hub::{Circuits, DhcpOptions, Rib, Services};
use crate::ids::{CircuitId, PortId};
use crate::nlsp::LspChange;
use crate::nlsp::lsdb::Lsdb;
use crate::random::Random;
use crate::router::{Cx, Outbox};
use crate::wire::nlsp::{
    Flags, Link, Lsp, LspOption, Management, MediaType, NodeId, ServiceInfo, SystemId,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// A database that holds a large network, as its first router has it.
#[derive(Debug)]
pub struct Backbone {
    packets: Vec<Lsp>,
    lsdb: Lsdb,
    around: Surroundings,
}

/// Options in a packet: as many as fit into 512 bytes.
const IN_PACKET: usize = 17;

fn system(number: u32) -> SystemId {
    SystemId::of_internal(NetworkNumber(number))
}

fn link(to: NodeId, cost: u8) -> LspOption<'static> {
    LspOption::Link(Link {
        cost: Some(cost),
        neighbour: to,
        mtu: 1_500,
        delay_us: 200,
        throughput_bps: 10_000_000,
        media: MediaType::IP_TUNNEL,
    })
}

fn number(network: u32) -> LspOption<'static> {
    let (network, node) = (NetworkNumber(network), NodeAddress::INTERNAL);
    LspOption::Management(Management { network, node, name: b"" })
}

impl Backbone {
    /// So many routers, each with so many LANs of its own and services on it.
    #[must_use]
    pub fn new(routers: u32, lans: u8, services: u32) -> Self {
        let cmd = system(1).lan(1);
        let circuit = CircuitId(0);
        let mut around = Surroundings::new(system(1));
        around.add_lan(cmd, circuit);
        around.add_cmd(circuit);
        let mut backbone = Self { packets: Vec::new(), lsdb: Lsdb::new(usize::MAX), around };
        for router in 1..=routers {
            let node = NodeAddress(system(router).0);
            backbone.around.add_neighbour(circuit, system(router), node);
            let mut said = vec![number(router), link(cmd, 20)];
            for lan in (2..).take(lans.into()) {
                let name = system(router).lan(lan);
                said.push(link(name, 20));
                let network = router << 8 | u32::from(lan);
                backbone.say(name, &[number(network), link(system(router).router(), 0)]);
            }
            said.extend((0..services).map(|service| {
                LspOption::Service(ServiceInfo {
                    hops: 0,
                    address: Address::new(
                        NetworkNumber(router),
                        NodeAddress::INTERNAL,
                        Socket(0x451),
                    ),
                    service_type: ServiceType::FILE_SERVER,
                    name: ServiceName::new(&format!("SERVER-{router}-{service}")),
                })
            }));
            backbone.say(system(router).router(), &said);
        }
        let mut members = vec![number(0xffff_fffd)];
        members.extend((1..=routers).map(|router| link(system(router).router(), 0)));
        backbone.say(cmd, &members);
        backbone
    }

    fn say(&mut self, node: NodeId, said: &[LspOption<'_>]) {
        for (fragment, said) in (0..=u8::MAX).zip(said.chunks(IN_PACKET)) {
            let mut options = Vec::new();
            said.iter().for_each(|option| option.encode(&mut options));
            let lsp = Lsp::build(node.lsp(fragment), 1, 7_500, Flags::LEVEL_1, &options);
            // There is no limit.
            let _ = self.lsdb.put(Time::ZERO, lsp.clone(), Some(CircuitId(0)));
            self.packets.push(lsp);
        }
    }

    /// The work of finding the shortest paths, apart from making the graph; gives the nodes that
    /// are reached.
    pub fn paths(&self) -> impl Fn() -> usize + use<> {
        let graph = Graph::of(&self.lsdb, &self.around);
        move || shortest_paths(&graph, 1).0.iter().filter(|reach| reach.is_reached()).count()
    }

    /// Makes the graph of the packets; gives its nodes.
    #[must_use]
    pub fn graph(&self) -> usize {
        Graph::of(&self.lsdb, &self.around).len()
    }

    /// Everything from packets to tables; gives routes and services.
    #[must_use]
    pub fn tables(&self) -> (usize, usize) {
        let network = CmdNetwork::new("cmd", PortId(0), NetworkNumber(0xffff_fffd), Vec::new());
        let config = Config {
            ports: vec![Port { name: "udp".to_owned(), kind: PortKind::Udp }],
            cmd_networks: vec![network],
            ..Config::default()
        };
        let (mut rib, mut services) = (Rib::new(1_000_000), Services::new(1_000_000));
        let (mut circuits, mut out) = (Circuits::new(&config).0, Outbox::default());
        let mut random = Random::seeded(1);
        let mut cx = Cx {
            now: Time::ZERO,
            config: &config,
            internal: NetworkNumber(1),
            circuits: &mut circuits,
            rib: &mut rib,
            services: &mut services,
            dhcp: &mut DhcpOptions::default(),
            out: &mut out,
            random: &mut random,
        };
        let mut decision = Decision::default();
        for lsp in &self.packets {
            let change = LspChange { id: lsp.id, old: None, new: Some(lsp.clone()) };
            decision.lsp_changed(&cx, &change);
        }
        while let Some(at) = decision.next_timeout() {
            cx.now = cx.now.max(at);
            decision.act(&mut cx, &self.lsdb, |_| self.around.clone());
        }
        (rib.len(), services.len())
    }
}
