//! What a world is made of, and the usual shapes.
//!
//! A *site* is an agent and a LAN of the same name, with one IPX network in Ethernet II unless
//! said otherwise. Agents are joined by CMD networks; each agent has one UDP socket for all of
//! its own.

use std::net::Ipv4Addr;

use crate::config::{CmdNetwork, Config, Discovery, Interface, Lan, Port, PortKind, SlpSockets};
use crate::ids::PortId;
use crate::wire::NetworkNumber;
use crate::wire::frame::Framing;
use crate::wire::slp;

/// The network number of the first LAN; the others follow.
const FIRST_LAN: u32 = 0xa000_0001;
/// The internal network number of the first agent; the others follow.
const FIRST_INTERNAL: u32 = 0xc000_0001;
/// The address of the first agent; the others follow.
const FIRST_ADDRESS: u32 = 0x0a00_0001;

/// Agents and LANs that do not run yet.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    pub(super) lans: Vec<LanPlan>,
    pub(super) agents: Vec<AgentPlan>,
}

#[derive(Clone, Debug)]
pub(super) struct LanPlan {
    pub(super) name: String,
    pub(super) networks: Vec<(Framing, NetworkNumber)>,
}

/// An agent to be.
#[derive(Clone, Debug)]
pub struct AgentPlan {
    pub(super) name: String,
    pub(super) ip: Ipv4Addr,
    /// Which agents multicast joins it with.
    pub(super) island: usize,
    /// Its configuration; ports and circuits are added by [`Topology`].
    pub config: Config,
    /// The LAN below each of its LAN ports, the first ports.
    pub(super) lans: Vec<usize>,
    /// Peers by name, one list per CMD network; none where the configuration has the addresses.
    pub(super) peers: Vec<Vec<String>>,
}

impl AgentPlan {
    /// Its UDP port: the one behind its LAN ports.
    pub(super) fn udp_port(&self) -> PortId {
        PortId(u16::try_from(self.lans.len()).unwrap_or(u16::MAX))
    }
}

impl Topology {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A LAN with one network in Ethernet II.
    #[must_use]
    pub fn lan(self, name: &str) -> Self {
        self.lan_in(name, &[Framing::EthernetII])
    }

    /// A LAN with one network in each of these framings.
    #[must_use]
    pub fn lan_in(mut self, name: &str, framings: &[Framing]) -> Self {
        let used: usize = self.lans.iter().map(|lan| lan.networks.len()).sum();
        let networks = framings.iter().zip(FIRST_LAN + number(used)..);
        let networks = networks.map(|(&framing, n)| (framing, NetworkNumber(n))).collect();
        self.lans.push(LanPlan { name: name.to_owned(), networks });
        self
    }

    /// An agent on these LANs.
    ///
    /// # Panics
    /// If one of the LANs is not there.
    #[must_use]
    pub fn agent(mut self, name: &str, lans: &[&str]) -> Self {
        let index = number(self.agents.len());
        let mut agent = AgentPlan {
            name: name.to_owned(),
            ip: Ipv4Addr::from(FIRST_ADDRESS + index),
            island: 0,
            config: Config {
                name: name.to_ascii_uppercase(),
                internal_network: Some(NetworkNumber(FIRST_INTERNAL + index)),
                ..Config::default()
            },
            lans: Vec::new(),
            peers: Vec::new(),
        };
        for wanted in lans {
            let lan = self.lan_index(wanted);
            let port = PortId(u16::try_from(agent.lans.len()).unwrap_or(u16::MAX));
            agent.config.ports.push(Port { name: (*wanted).to_owned(), kind: PortKind::Tap });
            agent.lans.push(lan);
            for &(framing, network) in self.lans.iter().skip(lan).take(1).flat_map(|l| &l.networks)
            {
                let circuit = format!("{wanted}-{framing}");
                agent.config.lans.push(Lan::new(&circuit, port, framing, network));
            }
        }
        self.agents.push(agent);
        self
    }

    /// A LAN with these networks.
    #[must_use]
    pub fn lan_of(mut self, name: &str, networks: &[(Framing, NetworkNumber)]) -> Self {
        self.lans.push(LanPlan { name: name.to_owned(), networks: networks.to_vec() });
        self
    }

    /// An agent with a configuration that is ready, peers included: its LAN ports, which come
    /// first, lie on these LANs, and its one UDP port behind them has this address.
    ///
    /// # Panics
    /// If one of the LANs is not there.
    #[must_use]
    pub fn agent_of(mut self, name: &str, config: Config, ip: Ipv4Addr, lans: &[&str]) -> Self {
        let lans = lans.iter().map(|lan| self.lan_index(lan)).collect();
        let (name, peers) = (name.to_owned(), Vec::new());
        self.agents.push(AgentPlan { name, ip, island: 0, config, lans, peers });
        self
    }

    fn lan_index(&self, name: &str) -> usize {
        let found = self.lans.iter().position(|lan| lan.name == name);
        found.unwrap_or_else(|| panic!("no LAN is called {name}"))
    }

    /// A site: an agent and its LAN.
    #[must_use]
    pub fn site(self, name: &str) -> Self {
        self.lan(name).agent(name, &[name])
    }

    /// A CMD network with this number that joins all of these agents.
    #[must_use]
    pub fn cmd(mut self, network: u32, members: &[&str]) -> Self {
        for member in members {
            let peers = members.iter().filter(|peer| *peer != member).map(|&peer| peer.to_owned());
            self = self.cmd_at(member, network, peers.collect());
        }
        self
    }

    /// A CMD network on one agent, with these peers.
    ///
    /// # Panics
    /// If the agent is not there.
    #[must_use]
    pub fn cmd_at(mut self, name: &str, network: u32, peers: Vec<String>) -> Self {
        let Some(agent) = self.agents.iter_mut().find(|agent| agent.name == name) else {
            panic!("no agent is called {name}");
        };
        let port = agent.udp_port();
        if agent.config.ports.len() == port.index() {
            agent.config.ports.push(Port { name: agent.ip.to_string(), kind: PortKind::Udp });
        }
        let circuit = format!("cmd-{network:08X}");
        let network = CmdNetwork::new(&circuit, port, NetworkNumber(network), Vec::new());
        agent.config.cmd_networks.push(network);
        agent.peers.push(peers);
        self
    }

    /// Multicast joins these agents with each other, and with nobody else.
    #[must_use]
    pub fn island(mut self, names: &[&str]) -> Self {
        let island = 1 + self.agents.iter().map(|agent| agent.island).max().unwrap_or(0);
        let members = self.agents.iter_mut().filter(|agent| names.contains(&agent.name.as_str()));
        members.for_each(|agent| agent.island = island);
        self
    }

    /// The agents of all CMD networks so far find each other by SLP: none has a list of peers.
    #[must_use]
    pub fn by_slp(mut self) -> Self {
        for agent in &mut self.agents {
            agent.peers.iter_mut().for_each(Vec::clear);
            for network in &mut agent.config.cmd_networks {
                network.discovery = Discovery::Slp;
            }
            let groups = slp::groups(true).to_vec();
            let slp = SlpSockets { groups, ttl: 32, broadcast: true, tcp: true };
            let name = agent.ip.to_string();
            agent.config.interfaces = vec![Interface { name, slp: Some(slp), dhcp: false }];
        }
        self
    }

    /// The agents of all CMD networks so far speak RIP and SAP to each other, not NLSP.
    #[must_use]
    pub fn by_rip_and_sap(self) -> Self {
        self.tune(|config| {
            let by_rip_and_sap = CmdNetwork::by_rip_and_sap;
            config.cmd_networks = config.cmd_networks.drain(..).map(by_rip_and_sap).collect();
        })
    }

    /// Changes the configuration of every agent so far.
    #[must_use]
    pub fn tune(mut self, change: impl Fn(&mut Config)) -> Self {
        self.agents.iter_mut().for_each(|agent| change(&mut agent.config));
        self
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn sites(names: &[&str]) -> Topology {
    names.iter().fold(Topology::new(), |topology, name| topology.site(name))
}

const CMD: u32 = NetworkNumber::DEFAULT_CMD.0;

/// Two sites and one CMD network.
#[must_use]
pub fn pair(a: &str, b: &str) -> Topology {
    mesh(&[a, b])
}

/// Three sites, each a peer of both others.
#[must_use]
pub fn triangle(a: &str, b: &str, c: &str) -> Topology {
    mesh(&[a, b, c])
}

/// Sites on one CMD network, each a peer of all others.
#[must_use]
pub fn mesh(names: &[&str]) -> Topology {
    sites(names).cmd(CMD, names)
}

/// Sites in a row, each pair of neighbours on a CMD network of its own.
#[must_use]
pub fn line(names: &[&str]) -> Topology {
    let links = names.windows(2).zip(0..);
    links.fold(sites(names), |topology, (pair, n)| topology.cmd(CMD - n, pair))
}

/// Sites in a ring, each pair of neighbours on a CMD network of its own.
#[must_use]
pub fn ring(names: &[&str]) -> Topology {
    let mut links: Vec<[&str; 2]> = names.array_windows::<2>().copied().collect();
    if let (Some(last), Some(first)) = (names.last(), names.first()) {
        links.push([last, first]);
    }
    let links = links.iter().zip(0..);
    links.fold(sites(names), |topology, (pair, n)| topology.cmd(CMD - n, pair))
}

/// Sites round a hub, each joined to it alone by a CMD network of its own: on one network in
/// common the hub would not tell one site what it learned from another.
#[must_use]
pub fn star(hub: &str, names: &[&str]) -> Topology {
    let all: Vec<&str> = [hub].iter().chain(names).copied().collect();
    let spokes = names.iter().zip(0..);
    spokes.fold(sites(&all), |topology, (name, n)| topology.cmd(CMD - n, &[hub, name]))
}
