//! Rows of tables.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::forward::PeerTraffic;
use crate::router::{Event, Severity};
use crate::wire::frame::Framing;
use crate::wire::{Address, NetworkNumber, NodeAddress};

/// A route, or an offer for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRow {
    /// The network.
    pub network: NetworkNumber,
    /// Routers to cross, 0 for our own networks.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u16,
    /// Who says so: `direct`, `internal`, `nlsp`, `static`, `rip`, `nlsp-external`.
    pub origin: String,
    /// The circuit it is reached by; none for the internal network.
    pub circuit: Option<String>,
    /// The next router's node; none where there is none to cross.
    pub next_hop: Option<NodeAddress>,
    /// The same as an address, on a CMD network.
    pub peer: Option<Ipv4Addr>,
    /// Seconds since it was last heard; none where nothing ages.
    pub age_s: Option<u64>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// What it is, four hexadecimal digits.
    pub service_type: String,
    /// What it is called, escaped for display.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Routers to cross.
    pub hops: u16,
    /// Who says so: `static`, `nlsp`, `sap`.
    pub origin: String,
    /// The circuit it was heard on.
    pub circuit: Option<String>,
    /// Who told it.
    pub from: Option<NodeAddress>,
    /// There is a route to its network; else it is dormant and not told on.
    pub reachable: bool,
    /// Seconds since it was last heard.
    pub age_s: Option<u64>,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRow {
    /// Its name.
    pub name: String,
    /// `tap`, `nic` or `udp`.
    pub kind: String,
    /// It can send and receive.
    pub up: bool,
    /// Why not.
    pub reason: Option<String>,
    /// MAC or IPv4 address.
    pub address: Option<String>,
    /// Its MTU.
    pub mtu: Option<u16>,
    /// Packets received.
    pub in_packets: u64,
    /// Packets sent.
    pub out_packets: u64,
}

/// A circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitRow {
    /// Its name.
    pub name: String,
    /// `lan` or `cmd`.
    pub kind: String,
    /// The port below.
    pub port: String,
    /// The framing of a LAN.
    pub framing: Option<Framing>,
    /// The VLAN of a LAN.
    pub vlan: Option<u16>,
    /// Its network number; 0 while it is not known.
    pub network: NetworkNumber,
    /// Our node.
    pub node: NodeAddress,
    /// It takes part in routing.
    pub up: bool,
    /// It shares a wire with another circuit and speaks no RIP and SAP.
    pub silenced: bool,
    /// Ticks to cross it.
    pub ticks: u16,
    /// The largest packet that leaves by it.
    pub max_packet: usize,
    /// Peers of a CMD network.
    pub peers: Option<usize>,
    /// Packets received.
    pub in_packets: u64,
    /// Packets sent.
    pub out_packets: u64,
    /// Packets dropped for a fault of theirs.
    pub faults: u64,
}

/// A peer of a CMD network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRow {
    /// Its address.
    pub address: Ipv4Addr,
    /// The CMD network.
    pub circuit: String,
    /// How we know it: `static`.
    pub source: String,
    /// RIP or SAP was heard from it within the ageing time.
    pub up: bool,
    /// Seconds since RIP or SAP was last heard from it.
    pub heard_s: Option<u64>,
    /// What went to and came from it.
    pub traffic: PeerTraffic,
}

/// A counter that is not 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRow {
    /// `port`, `circuit`, `peer` or `agent`.
    pub scope: String,
    /// Its name.
    pub name: String,
    /// The counter: an outcome, or `in_packets` and its like.
    pub counter: String,
    /// Its value.
    pub value: u64,
}

/// An event and when it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Seconds ago.
    pub age_s: u64,
    /// How much it matters.
    pub severity: Severity,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}
