//! What the bench is made of.

use std::sync::Arc;

use ipxway_core::Time;
use ipxway_core::agent::Agent;
use ipxway_core::config::{CmdNetwork, Config, Lan, Port, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::{Bench, INTERNAL, peer_ip, seconds};

/// What the bench shall be made of.
#[derive(Default)]
pub(crate) struct Setup {
    config: Config,
}

impl Setup {
    /// An agent without ports, its internal network configured, all else by default.
    pub(crate) fn new() -> Self {
        Self {
            config: Config {
                name: "BENCH".to_owned(),
                internal_network: Some(INTERNAL),
                ..Config::default()
            },
        }
    }

    fn port(&mut self, kind: PortKind) -> PortId {
        let id = PortId(u16::try_from(self.config.ports.len()).unwrap());
        self.config.ports.push(Port { name: format!("port{id}"), kind });
        id
    }

    /// A network on the LAN port made last.
    pub(crate) fn framing(mut self, network: u32, framing: Framing) -> Self {
        let port = PortId(u16::try_from(self.config.ports.len() - 1).unwrap());
        let name = format!("lan{}", self.config.lans.len());
        self.config.lans.push(Lan::new(&name, port, framing, NetworkNumber(network)));
        self
    }

    /// A TAP port with one network on it.
    pub(crate) fn tap(mut self, network: u32, framing: Framing) -> Self {
        self.port(PortKind::Tap);
        self.framing(network, framing)
    }

    /// A NIC port with one network on it.
    pub(crate) fn nic(mut self, network: u32, framing: Framing) -> Self {
        self.port(PortKind::Nic);
        self.framing(network, framing)
    }

    /// A CMD network `FFFFFFFD` with the peers `10.0.0.N`. All LANs must be made before.
    pub(crate) fn cmd(self, peers: &[u8]) -> Self {
        self.cmd_network(NetworkNumber::DEFAULT_CMD.0, peers)
    }

    /// A CMD network with this number, on a socket of its own.
    pub(crate) fn cmd_network(mut self, network: u32, peers: &[u8]) -> Self {
        let port = self.port(PortKind::Udp);
        let peers = peers.iter().map(|&n| peer_ip(n)).collect();
        let name = format!("cmd{}", self.config.cmd_networks.len());
        let network = CmdNetwork::new(&name, port, NetworkNumber(network), peers).by_rip_and_sap();
        self.config.cmd_networks.push(network);
        self
    }

    /// Changes whatever has no method of its own here.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// The bench at time 0, every port up, nothing taken out yet.
    pub(crate) fn start(self) -> Bench {
        let config = Arc::new(self.config);
        let mut bench = Bench {
            agent: Agent::new(Arc::clone(&config), 7, Time::ZERO),
            config,
            now: Time::ZERO,
            sent: Vec::new(),
            events: Vec::new(),
            other: Vec::new(),
        };
        for index in 0..bench.config.ports.len() {
            bench.port_up(PortId(u16::try_from(index).unwrap()));
        }
        bench
    }

    /// The bench when the agent has said all that it says at its start.
    pub(crate) fn started(self) -> Bench {
        let mut bench = self.start();
        bench.run_for(seconds(10));
        bench.sent();
        bench.events();
        bench
    }
}
