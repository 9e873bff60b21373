//! What a configuration means, in a few lines: circuits, networks, ports, peers.

use std::fmt;
use std::net::Ipv4Addr;

use ipxway_core::config::{CmdNetwork, Discovery, Exchange, Mode};
use ipxway_core::ids::PortId;
use ipxway_core::wire::NetworkNumber;
use serde::Serialize;

use super::Loaded;
use super::shell::Device;
use super::verb::counted;

/// How many peers a line names before it counts the rest.
const NAMED_PEERS: usize = 4;

/// What a configuration means.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    agent: String,
    /// `None`: derived at start.
    internal_network: Option<NetworkNumber>,
    control_socket: String,
    circuits: Vec<Circuit>,
    static_routes: usize,
    static_services: usize,
}

/// An IPX network that the agent takes part in.
#[derive(Debug, Serialize)]
struct Circuit {
    name: String,
    /// `None`: learned from the wire, or told by DHCP.
    network: Option<NetworkNumber>,
    port: String,
    /// Framing and VLAN of a LAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    framing: Option<String>,
    /// Peers of a CMD network.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<Vec<Ipv4Addr>>,
    /// How the peers of a CMD network are known: `list`, `slp` or `dhcp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers_from: Option<&'static str>,
    ticks: u16,
    /// How the agents of a CMD network talk.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<Exchange>,
    /// Whether NLSP is spoken on a LAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    nlsp: Option<Mode>,
}

impl Summary {
    pub(super) fn new(loaded: &Loaded) -> Self {
        let core = &loaded.core;
        let lans = core.lans.iter().map(|lan| Circuit {
            name: lan.name.clone(),
            network: lan.network,
            port: port(loaded, lan.port),
            framing: Some(lan.vlan.map_or_else(
                || lan.framing.to_string(),
                |vlan| format!("{}, VLAN {vlan}", lan.framing),
            )),
            peers: None,
            peers_from: None,
            ticks: lan.ticks,
            exchange: None,
            nlsp: Some(lan.nlsp.mode),
        });
        let cmd_networks = core.cmd_networks.iter().map(|network| Circuit {
            name: network.name.clone(),
            network: Some(network.network).filter(|_| !network.number_from_dhcp),
            port: port(loaded, network.port),
            framing: None,
            peers: Some(network.peers.clone()),
            peers_from: Some(peers_from(network)),
            ticks: network.ticks,
            exchange: Some(network.exchange),
            nlsp: None,
        });
        Self {
            agent: core.name.clone(),
            internal_network: core.internal_network,
            control_socket: loaded.shell.control.socket.display().to_string(),
            circuits: lans.chain(cmd_networks).collect(),
            static_routes: core.static_routes.len(),
            static_services: core.static_services.len(),
        }
    }
}

/// What a port is and what it is called.
fn port(loaded: &Loaded, port: PortId) -> String {
    match loaded.shell.devices.get(port.index()) {
        Some(Device::Tap(tap)) => format!("tap {}", tap.device),
        Some(Device::Nic(nic)) => format!("nic {}", nic.device),
        Some(Device::Udp(udp)) => format!("udp {}:{}", udp.local, udp.port),
        None => String::new(),
    }
}

const fn peers_from(network: &CmdNetwork) -> &'static str {
    match network.discovery {
        _ if network.agents_from_dhcp => "dhcp",
        Discovery::Slp => "slp",
        Discovery::Static { .. } => "list",
    }
}

impl Circuit {
    fn details(&self) -> String {
        let ticks = counted(self.ticks.into(), "tick");
        let nlsp = match (self.exchange, self.nlsp) {
            (Some(Exchange::RipSap), _) => ", RIP and SAP",
            (Some(Exchange::Nlsp), _) | (None, Some(Mode::On)) => ", NLSP",
            (None, Some(Mode::Auto)) => ", NLSP if others do",
            (None, Some(Mode::Off) | None) => "",
        };
        match (&self.framing, &self.peers) {
            (Some(framing), _) => format!("{framing}, {ticks}{nlsp}"),
            (None, Some(peers)) => {
                let peers = match self.peers_from {
                    Some("slp") => "peers by SLP".to_owned(),
                    Some("dhcp") => "peers by DHCP".to_owned(),
                    _ => named(peers),
                };
                format!("{ticks}{nlsp}, {peers}")
            }
            (None, None) => ticks,
        }
    }
}

/// "no peers", "peers 192.0.2.2, 192.0.2.3", "peers 192.0.2.2, ... and 7 more".
fn named(peers: &[Ipv4Addr]) -> String {
    let names: Vec<String> = peers.iter().take(NAMED_PEERS).map(ToString::to_string).collect();
    match peers.len() {
        0 => "no peers".to_owned(),
        1 => format!("peer {}", names.join("")),
        count if count > NAMED_PEERS => {
            format!("peers {} and {} more", names.join(", "), count - NAMED_PEERS)
        }
        _ => format!("peers {}", names.join(", ")),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let internal = self
            .internal_network
            .map_or_else(|| "derived from an IPv4 address".to_owned(), |n| n.to_string());
        writeln!(f, "agent            {}", self.agent)?;
        writeln!(f, "internal network {internal}")?;
        writeln!(f, "control socket   {}", self.control_socket)?;
        let routes = counted(self.static_routes, "route");
        let services = counted(self.static_services, "service");
        writeln!(f, "static           {routes}, {services}")?;
        if self.circuits.is_empty() {
            return Ok(());
        }
        let widths = |text: fn(&Circuit) -> usize, least: usize| {
            self.circuits.iter().map(text).max().unwrap_or(0).max(least)
        };
        let name = widths(|circuit| circuit.name.len(), "CIRCUIT".len());
        let port = widths(|circuit| circuit.port.len(), "PORT".len());
        writeln!(f, "\n{:name$}  {:8}  {:port$}  DETAILS", "CIRCUIT", "NETWORK", "PORT")?;
        for circuit in &self.circuits {
            let unknown = if circuit.peers.is_some() { "dhcp" } else { "auto" };
            let network = circuit.network.map_or_else(|| unknown.to_owned(), |n| n.to_string());
            let details = circuit.details();
            writeln!(f, "{:name$}  {network:8}  {:port$}  {details}", circuit.name, circuit.port)?;
        }
        Ok(())
    }
}
