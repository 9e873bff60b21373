//! Rows of the tables of NLSP [nlsp §17].
//!
//! Systems, nodes and link-state packets are written as `0200C9000001`, `0200C9000001-01` (0 is the
//! router itself, else a LAN of it) and `0200C9000001-01-00`. Names come from strangers: bytes that
//! are not printable ASCII are escaped.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::wire::{Address, NetworkNumber, NodeAddress};

/// A router that NLSP is spoken with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspNeighborRow {
    /// The circuit.
    pub circuit: String,
    /// Its node there.
    pub node: NodeAddress,
    /// The same as an address, on a CMD network.
    pub peer: Option<Ipv4Addr>,
    /// What its link-state packet calls it; none before that came.
    pub name: Option<String>,
    /// Its system.
    pub system: String,
    /// `initializing`: we hear it, it does not say that it hears us. `up`: both. `failed`: it was
    /// up and fell silent; kept for a while.
    pub state: String,
    /// Its priority in the election of the designated router.
    pub priority: u8,
    /// It is the designated router, as we see it.
    pub designated: bool,
    /// Seconds until it is given up unless it is heard.
    pub hold_s: u64,
    /// The seconds that its last hello asked for.
    pub holding_time_s: u16,
    /// Seconds in this state.
    pub since_s: u64,
    /// Why it is in this state.
    pub reason: String,
    /// The LAN that it says it is on: the designated router's number of it.
    pub lan_id: String,
    /// Its areas, as `NETWORK/MASK`.
    pub areas: Vec<String>,
    /// The largest packet that it takes, if it says so.
    pub local_mtu: Option<u32>,
}

/// A link-state packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspLspRow {
    /// Which one.
    pub lsp: String,
    /// The name of the router that it is of.
    pub name: Option<String>,
    /// Its sequence number.
    pub sequence: u32,
    /// Its checksum.
    pub checksum: u16,
    /// Seconds that it has left; 0: it was purged.
    pub lifetime_s: u16,
    /// Its size in bytes.
    pub size: usize,
    /// `overloaded`, `non-routing`, `attached`, `partition-repair`, `purged`.
    pub flags: Vec<String>,
    /// It is our own.
    pub own: bool,
    /// What it says, if that was asked for.
    pub options: Option<Vec<NlspOption>>,
}

/// Something that a link-state packet says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "option", rename_all = "kebab-case")]
pub enum NlspOption {
    /// The areas of the router.
    Areas {
        /// As `NETWORK/MASK`.
        areas: Vec<String>,
    },
    /// What the node is.
    Management {
        /// The internal network of a router, or the network of a LAN.
        network: NetworkNumber,
        /// 000000000001, or the designated router's node on the LAN.
        node: NodeAddress,
        /// Its name.
        name: String,
    },
    /// A link to another node.
    Link(NlspLinkRow),
    /// A service.
    Service {
        /// What it is, four hexadecimal digits.
        service_type: String,
        /// What it is called.
        name: String,
        /// Where it is.
        address: Address,
        /// Hops to it from the node.
        hops: u8,
    },
    /// A network outside.
    Route {
        /// The network.
        network: NetworkNumber,
        /// Hops to it from the node.
        hops: u8,
        /// Ticks to it from the node.
        ticks: u16,
    },
    /// An option that this release does not know.
    Unknown {
        /// Its code.
        code: u8,
    },
    /// An option that breaks its format, and so says nothing.
    Broken {
        /// Its code.
        code: u8,
    },
}

/// A link from a node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspLinkRow {
    /// Where to.
    pub to: String,
    /// What it costs; none: it cannot be used.
    pub cost: Option<u8>,
    /// The largest packet.
    pub mtu: u32,
    /// Microseconds.
    pub delay_us: u32,
    /// Bits a second.
    pub throughput_bps: u32,
    /// What it is made of: `ethernet-ii`, `ip-tunnel`, or the number of it.
    pub media: String,
}

/// A node of the map: a router, or a LAN in the name of its designated router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspNodeRow {
    /// Which one.
    pub node: String,
    /// `router` or `lan`.
    pub kind: String,
    /// The name of the router, or of the designated router of a LAN.
    pub name: Option<String>,
    /// The internal network of a router, or the network of a LAN.
    pub network: Option<NetworkNumber>,
    /// It is this agent, or a LAN of which it is the designated router.
    pub own: bool,
    /// The shortest paths lead there.
    pub reachable: bool,
    /// It is no way through: its database is full, or it does not route.
    pub no_transit: bool,
    /// Services behind it.
    pub services: usize,
    /// Networks behind it that others told it by RIP.
    pub routes: usize,
    /// What it says it is linked to. A link counts only if the other end has it, too.
    pub links: Vec<NlspLinkRow>,
}

/// A run of the decision process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspRunRow {
    /// Seconds ago.
    pub age_s: u64,
    /// What brought it about: the link-state packet that changed first, or `own links`.
    pub trigger: String,
    /// Nodes on the map.
    pub nodes: usize,
    /// Those that it reached.
    pub reached: usize,
    /// Those that are reached otherwise than before, or no longer.
    pub changed: usize,
    /// Links of our networks to routers that are no neighbours of ours, and so were left out.
    pub unheard: usize,
    /// Routes that changed, up to the next run.
    pub routes: usize,
    /// Services that changed, up to the next run.
    pub services: usize,
}

/// The shortest path to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspPathRow {
    /// The node.
    pub node: String,
    /// The name of the router, or of the designated router of a LAN.
    pub name: Option<String>,
    /// Its network.
    pub network: Option<NetworkNumber>,
    /// What the path costs.
    pub cost: u32,
    /// Routers to cross.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u32,
    /// The node before it; none of ourselves.
    pub parent: Option<String>,
    /// The routers to send to, the first one in use; none for ourselves and our LANs.
    pub via: Vec<NlspHop>,
}

/// The next router of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspHop {
    /// The circuit.
    pub circuit: String,
    /// Its node there.
    pub node: NodeAddress,
    /// The same as an address, on a CMD network.
    pub peer: Option<Ipv4Addr>,
}

/// A circuit as NLSP sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NlspCircuitRow {
    /// Its name.
    pub circuit: String,
    /// `lan` or `cmd`.
    pub kind: String,
    /// `off`, `auto` or `on`.
    pub mode: String,
    /// NLSP is spoken there now.
    pub speaks: bool,
    /// Neighbours that are up.
    pub neighbors: usize,
    /// We are its designated router.
    pub designated: bool,
    /// The node of the designated router, if it is another that is up.
    pub designated_node: Option<NodeAddress>,
    /// The node of the map that it is; none before the first election.
    pub lan_id: Option<String>,
    /// Our number of it.
    pub local_id: u8,
    /// Our priority there, as configured.
    pub priority: u8,
    /// What it costs to send there.
    pub cost: u8,
    /// Seconds between two hellos of ours.
    pub hello_interval_s: u64,
    /// The largest packet with NLSP that all there take.
    pub max_packet: usize,
    /// What we sent there; on a CMD network each copy.
    pub sent: NlspPdus,
    /// What we took there, as it came: before it was judged.
    pub received: NlspPdus,
    /// Link-state packets of others that a neighbour there does not take, so large are they.
    #[serde(default)]
    pub lsps_too_large: u64,
}

/// NLSP packets by type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NlspPdus {
    /// Hellos.
    pub hellos: u64,
    /// Link-state packets.
    pub lsps: u64,
    /// Complete sequence number packets: lists of the database.
    pub csnps: u64,
    /// Partial sequence number packets: requests.
    pub psnps: u64,
    /// Bytes of all of them with their IPX headers.
    pub bytes: u64,
}

impl NlspPdus {
    /// Packets of all types.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.hellos + self.lsps + self.csnps + self.psnps
    }
}

/// A CMD network: what NLSP sends there, and what RIP and SAP would have sent instead. Bytes with
/// the headers of UDP and IP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavingsRow {
    /// The CMD network.
    pub circuit: String,
    /// Peers that are up.
    pub peers: usize,
    /// Networks that RIP would tell each of them.
    pub networks: usize,
    /// Services that SAP would tell each of them.
    pub services: usize,
    /// Bytes a minute of RIP and SAP to all of them, at their intervals.
    pub rip_sap_bytes: u64,
    /// Bytes a minute of NLSP, on the average since the circuit is up.
    pub nlsp_bytes: u64,
    /// Seconds that the average is over.
    pub over_s: u64,
}
