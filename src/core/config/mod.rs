//! The configuration as the core wants it: checked, plain values, no file syntax.
//!
//! The shell makes it from TOML and reports every fault there; what arrives here is taken to be
//! sound. Circuits are numbered densely, LANs first, then CMD networks, in the order of the file.

mod nlsp;
mod slp;

use std::net::Ipv4Addr;
use std::time::Duration;

pub use nlsp::{Exchange, Mode, Nlsp, NlspCircuit, Padding};
pub use slp::{AgentHost, DEFAULT_SCOPE, DaDiscovery, DirectoryAgent, Discovery, Ipv4Net, Slp};

use serde::{Deserialize, Serialize};

use crate::ids::{CircuitId, PortId};
use crate::wire::frame::Framing;
use crate::wire::sap::ServiceType;
use crate::wire::{Address, NetworkNumber, cmd};

/// All that the router needs to know from its operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The agent's name, 1 to 47 printable ASCII characters.
    pub name: String,
    /// The number of the agent's internal network; `None`: derived once from an IPv4 address and
    /// kept [nlsp §16].
    pub internal_network: Option<NetworkNumber>,
    /// A packet that has crossed so many routers is not forwarded. 16 for RIP routers, up to 127
    /// where every router speaks NLSP [ipx-rip-sap §8.2].
    pub hop_limit: u8,
    /// The table limits.
    pub limits: Limits,
    /// Kernel endpoints, by [`PortId`].
    pub ports: Vec<Port>,
    /// IP interfaces of services, by [`InterfaceId`](crate::ids::InterfaceId).
    pub interfaces: Vec<Interface>,
    /// IPX networks on LAN ports.
    pub lans: Vec<Lan>,
    /// IPX networks over IP.
    pub cmd_networks: Vec<CmdNetwork>,
    /// Services that the operator announces for others.
    pub static_services: Vec<StaticService>,
    /// Routes that the operator knows.
    pub static_routes: Vec<StaticRoute>,
    /// Answer diagnostic requests on socket 0456.
    pub diagnostics: bool,
    /// NLSP.
    pub nlsp: Nlsp,
    /// SLP.
    pub slp: Slp,
}

/// How much an outsider may make us remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Networks in the route table.
    pub routes: usize,
    /// Services in the service table.
    pub services: usize,
    /// Peers of one CMD network.
    pub peers: usize,
    /// Link-state packets in the database.
    pub lsps: usize,
}

/// A kernel endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// What operators call it: the device, or address and port of a socket.
    pub name: String,
    /// What it is.
    pub kind: PortKind,
}

/// What a port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortKind {
    /// A TAP device: no wire, so short frames are not padded [ipx-rip-sap §6].
    Tap,
    /// A network card.
    Nic,
    /// A UDP socket of CMD networks.
    Udp,
}

/// An IP interface, and what its host must have open there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// What operators call it: the device or the address.
    pub name: String,
    /// SLP there.
    pub slp: Option<SlpSockets>,
    /// Ask DHCP there.
    pub dhcp: bool,
}

/// What SLP needs open on an interface, beside UDP port 427 of its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlpSockets {
    /// Groups to join there, for port 427. With none, no multicast packet leaves: no membership
    /// report either.
    pub groups: Vec<Ipv4Addr>,
    /// Time to live of what is sent to groups.
    pub ttl: u8,
    /// Take what is sent to the broadcast address, as directory agents must.
    pub broadcast: bool,
    /// Accept TCP connections on port 427.
    pub tcp: bool,
}

/// An IPX network on a LAN port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lan {
    /// What operators call it.
    pub name: String,
    /// The port.
    pub port: PortId,
    /// The VLAN tag its frames bear.
    pub vlan: Option<u16>,
    /// The framing.
    pub framing: Framing,
    /// The network number; `None`: learned from the routers on the wire [ipx-rip-sap §7].
    pub network: Option<NetworkNumber>,
    /// Time to cross the LAN, in ticks; 1 for anything from 1 Mbit/s on.
    pub ticks: u16,
    /// Round odd packets up to even bytes [ipx-rip-sap §6].
    pub evenise: bool,
    /// What to do with a checksummed packet that must leave as raw 802.3, where FFFF is the
    /// frame marker: strip the checksum after verifying it, or drop the packet.
    pub strip_checksum: bool,
    /// The largest IPX packet to send, in bytes; `None`: what the port's MTU allows.
    pub max_packet: Option<u16>,
    /// RIP there.
    pub rip: Rip,
    /// SAP there.
    pub sap: Sap,
    /// Propagate packets of type 20 from and to this LAN [ipx-rip-sap §9].
    pub type20: Type20,
    /// NLSP there.
    #[serde(default)]
    pub nlsp: NlspCircuit,
}

/// An IPX network over IP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CmdNetwork {
    /// What operators call it.
    pub name: String,
    /// The socket; several networks may share one.
    pub port: PortId,
    /// The virtual network's number.
    pub network: NetworkNumber,
    /// DHCP is asked for the number first, and the network is down until it has answered or is
    /// silent; `network` is not looked at. Of one network at most, and only if some interface asks
    /// DHCP [cmd §12.4].
    #[serde(default)]
    pub number_from_dhcp: bool,
    /// The peers are those that DHCP lists, once it has answered: of the same network.
    #[serde(default)]
    pub agents_from_dhcp: bool,
    /// The UDP port at both ends.
    pub udp_port: u16,
    /// How peers are found.
    #[serde(default)]
    pub discovery: Discovery,
    /// The peers, without ourselves; none where SLP finds them.
    pub peers: Vec<Ipv4Addr>,
    /// Time to cross the network, in ticks.
    pub ticks: u16,
    /// The largest IPX packet to send, in bytes; `None` (`auto`): any, IP fragments it
    /// [cmd §12.5].
    pub max_packet: Option<u16>,
    /// RIP there.
    pub rip: Rip,
    /// SAP there.
    pub sap: Sap,
    /// Propagate packets of type 20 over this network; off by default [ipx-rip-sap §9].
    pub type20: Type20,
    /// How its agents tell each other their networks and services.
    #[serde(default)]
    pub exchange: Exchange,
    /// NLSP there.
    #[serde(default)]
    pub nlsp: NlspCircuit,
}

/// RIP on a circuit. Defaults: [ipx-rip-sap §10.6].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rip {
    /// Send updates. Requests are answered either way.
    pub updates: Mode,
    /// Time between two full updates.
    pub interval: Duration,
    /// Intervals after which a silent route is lost.
    pub multiplier: u16,
    /// Pause between two packets.
    pub gap: Duration,
    /// Accept the default route FFFFFFFE heard here.
    pub accept_default: bool,
    /// Answer a request for an unknown network with the distance of the default route, for hosts
    /// that never heard of FFFFFFFE [ipx-rip-sap §10.4].
    pub answer_by_default: bool,
}

/// SAP on a circuit. Defaults: [ipx-rip-sap §11.2, §12].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sap {
    /// Send updates. Queries are answered either way.
    pub updates: Mode,
    /// Time between two full updates.
    pub interval: Duration,
    /// Intervals after which a silent service is lost.
    pub multiplier: u16,
    /// Pause between two packets.
    pub gap: Duration,
    /// Answer "get nearest server".
    pub gns: bool,
    /// Wait so long before the answer, so that a native server is first.
    pub gns_delay: Duration,
    /// Among equally near servers, answer with each in turn.
    pub gns_round_robin: bool,
}

/// Packets of type 20 on a circuit [ipx-rip-sap §9].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Type20 {
    /// Take them from here and send them there.
    pub enabled: bool,
    /// Accept one only if the best route to its source leads back to where it came from.
    pub reverse_path: bool,
    /// Packets a second that are propagated onto this circuit at most, each with one copy per peer
    /// on a CMD network; `None`: no limit.
    pub rate_limit: Option<u32>,
}

/// A service that the operator announces for another machine; told on only while there is a
/// route to its network [ipx-rip-sap §11.2].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticService {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called, 1 to 47 bytes.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Hops to it, 1 to 15.
    pub hops: u16,
}

/// A route that the operator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticRoute {
    /// The network; [`NetworkNumber::DEFAULT_ROUTE`] for all that nobody else knows.
    pub network: NetworkNumber,
    /// The circuit its next router is on.
    pub circuit: CircuitId,
    /// The next router's node there.
    pub node: crate::wire::NodeAddress,
    /// Hops to it, 1 to 15.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "IPXWAY".to_owned(),
            internal_network: None,
            hop_limit: 16,
            limits: Limits::default(),
            ports: Vec::new(),
            interfaces: Vec::new(),
            lans: Vec::new(),
            cmd_networks: Vec::new(),
            static_services: Vec::new(),
            static_routes: Vec::new(),
            diagnostics: true,
            nlsp: Nlsp::default(),
            slp: Slp::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { routes: 50_000, services: 100_000, peers: 1_024, lsps: 16_384 }
    }
}

impl Default for Rip {
    fn default() -> Self {
        Self {
            updates: Mode::Auto,
            interval: Duration::from_secs(60),
            multiplier: 3,
            gap: Duration::from_millis(55),
            accept_default: false,
            answer_by_default: true,
        }
    }
}

impl Default for Sap {
    fn default() -> Self {
        Self {
            updates: Mode::Auto,
            interval: Duration::from_secs(60),
            multiplier: 3,
            gap: Duration::from_millis(55),
            gns: true,
            gns_delay: Duration::ZERO,
            gns_round_robin: false,
        }
    }
}

impl Type20 {
    /// The default between LANs: on, without limit.
    pub const LAN: Self = Self { enabled: true, reverse_path: false, rate_limit: None };
    /// The default of CMD networks: off; 50 packets a second once it is on.
    pub const CMD: Self = Self { enabled: false, reverse_path: false, rate_limit: Some(50) };
}

impl Lan {
    /// A LAN with the defaults of everything but what must be said.
    #[must_use]
    pub fn new(name: &str, port: PortId, framing: Framing, network: NetworkNumber) -> Self {
        Self {
            name: name.to_owned(),
            port,
            vlan: None,
            framing,
            network: Some(network),
            ticks: 1,
            evenise: false,
            strip_checksum: false,
            max_packet: None,
            rip: Rip::default(),
            sap: Sap::default(),
            type20: Type20::LAN,
            nlsp: NlspCircuit::LAN,
        }
    }
}

impl CmdNetwork {
    /// A CMD network with the defaults of everything but what must be said.
    #[must_use]
    pub fn new(name: &str, port: PortId, network: NetworkNumber, peers: Vec<Ipv4Addr>) -> Self {
        Self {
            name: name.to_owned(),
            port,
            network,
            number_from_dhcp: false,
            agents_from_dhcp: false,
            udp_port: cmd::DEFAULT_PORT,
            discovery: Discovery::default(),
            peers,
            ticks: 1,
            max_packet: None,
            rip: Rip { accept_default: true, ..Rip::default() },
            sap: Sap::default(),
            type20: Type20::CMD,
            exchange: Exchange::Nlsp,
            nlsp: NlspCircuit::CMD,
        }
    }

    /// The same, its agents speaking RIP and SAP to each other.
    #[must_use]
    pub fn by_rip_and_sap(self) -> Self {
        Self { exchange: Exchange::RipSap, ..self }
    }
}

impl Config {
    /// The circuit of the LAN at `index` of [`lans`](Self::lans).
    #[must_use]
    pub fn lan_circuit(&self, index: usize) -> CircuitId {
        CircuitId(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// The circuit of the CMD network at `index` of [`cmd_networks`](Self::cmd_networks).
    #[must_use]
    pub fn cmd_circuit(&self, index: usize) -> CircuitId {
        self.lan_circuit(self.lans.len() + index)
    }
}
