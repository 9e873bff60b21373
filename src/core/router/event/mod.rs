//! Every change that an operator wants to know of: named and typed once, for the log, `show
//! events` and tests alike.

mod discovery;
mod text;

use std::net::Ipv4Addr;

pub use discovery::DiscoveryEvent;
use serde::{Deserialize, Serialize};

use crate::wire::{Address, NetworkNumber, NodeAddress};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// As it should be.
    Info,
    /// Worth a look: something is missing, or two things contradict each other.
    Warning,
    /// The agent cannot do what it was told to.
    Error,
}

/// Something that happened. Names in `circuit`, `port` and `network` are the configuration's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The agent runs.
    Started {
        /// Its name.
        name: String,
        /// Its internal network.
        internal_network: NetworkNumber,
    },
    /// The agent says goodbye to its networks.
    Stopping,
    /// A port can send and receive.
    PortUp {
        /// The port.
        port: String,
        /// Its MAC or IPv4 address.
        address: String,
        /// Its MTU.
        mtu: u16,
    },
    /// A port is missing, unplugged or down. It is used once it is there.
    PortDown {
        /// The port.
        port: String,
        /// Why.
        reason: String,
    },
    /// A circuit takes part in routing.
    CircuitUp {
        /// The circuit.
        circuit: String,
        /// Its network.
        network: NetworkNumber,
        /// Our node there.
        node: NodeAddress,
    },
    /// A circuit no longer takes part.
    CircuitDown {
        /// The circuit.
        circuit: String,
    },
    /// The number of a network was learned from its routers.
    NetworkLearned {
        /// The circuit.
        circuit: String,
        /// The number.
        network: NetworkNumber,
    },
    /// Another router says that this LAN has another number [ipx-rip-sap §22.15].
    NetworkMismatch {
        /// The circuit.
        circuit: String,
        /// The number we know.
        ours: NetworkNumber,
        /// The number it uses.
        theirs: NetworkNumber,
        /// Its node.
        node: NodeAddress,
    },
    /// Another router claims our internal network [ipx-rip-sap §10.2].
    InternalNetworkClaimed {
        /// The number.
        network: NetworkNumber,
        /// Where we heard it.
        circuit: String,
        /// The router's node.
        node: NodeAddress,
    },
    /// The derived internal network number is taken; another was chosen.
    InternalNetworkChanged {
        /// The number that is taken.
        old: NetworkNumber,
        /// The one in use now.
        new: NetworkNumber,
    },
    /// Two circuits lie on one wire; the second one no longer speaks RIP and SAP
    /// [ipx-rip-sap §21.59].
    CircuitsOnOneWire {
        /// The one that goes on.
        circuit: String,
        /// The one that was silenced.
        silenced: String,
    },
    /// A peer was heard for the first time, or again after silence.
    PeerUp {
        /// The CMD network.
        circuit: String,
        /// The peer.
        peer: Ipv4Addr,
    },
    /// A peer was silent for the ageing time.
    PeerDown {
        /// The CMD network.
        circuit: String,
        /// The peer.
        peer: Ipv4Addr,
    },
    /// An NLSP neighbour is up: both hear each other.
    AdjacencyUp {
        /// The circuit.
        circuit: String,
        /// The neighbour's node.
        node: NodeAddress,
        /// Its system.
        system: String,
    },
    /// An NLSP neighbour is lost.
    AdjacencyDown {
        /// The circuit.
        circuit: String,
        /// The neighbour's node.
        node: NodeAddress,
        /// Its system.
        system: String,
        /// Why.
        reason: String,
    },
    /// A circuit has another designated router.
    DesignatedRouter {
        /// The circuit.
        circuit: String,
        /// Its LAN ID.
        lan_id: String,
        /// Its node.
        node: NodeAddress,
    },
    /// Two machines have one NLSP system: one internal network number twice [nlsp §8.2, §10.5].
    DuplicateSystem {
        /// The circuit it was seen on.
        circuit: String,
        /// The system.
        system: String,
        /// The nodes of both; one, where it was seen only in the database.
        nodes: Vec<NodeAddress>,
    },
    /// A router of another area [nlsp §8.6].
    AreaMismatch {
        /// The circuit.
        circuit: String,
        /// The router's node.
        node: NodeAddress,
        /// Its areas.
        areas: String,
    },
    /// A router that cannot take our link-state packets [nlsp §8.7].
    MtuMismatch {
        /// The circuit.
        circuit: String,
        /// The router's node.
        node: NodeAddress,
        /// What it takes.
        theirs: u32,
        /// What our link-state packets need.
        ours: u32,
    },
    /// A peer that the designated router reaches and we do not [nlsp §19.5].
    PartialMesh {
        /// The CMD network.
        circuit: String,
        /// The peer's system.
        system: String,
        /// What is done about it.
        way: String,
    },
    /// We have no adjacency with the designated router, so we are cut off [nlsp §19.5].
    DesignatedRouterUnheard {
        /// The circuit.
        circuit: String,
        /// Its LAN ID.
        lan_id: String,
    },
    /// One network number at two nodes, one of them a router [nlsp §12.5].
    DuplicateNetwork {
        /// The number.
        network: NetworkNumber,
        /// Both nodes.
        nodes: Vec<String>,
    },
    /// One LAN number at two pseudonodes: a LAN in two parts, or two of one number [nlsp §12.5].
    NetworkAtTwoPlaces {
        /// The number.
        network: NetworkNumber,
        /// Both nodes.
        nodes: Vec<String>,
    },
    /// The link-state database is full: others do not take us for a way through [nlsp §10.8].
    Overloaded {
        /// What did not fit.
        reason: String,
    },
    /// The database has room again.
    OverloadEnded,
    /// More routes or services than 256 link-state packets hold [nlsp §7.7].
    LspSpaceExhausted {
        /// The node whose packets they are.
        node: String,
        /// What had no room.
        left_out: usize,
    },
    /// Two different link-state packets of one version were about [nlsp §10.7].
    LspConfusion {
        /// Which one.
        lsp: String,
    },
    /// The sequence number of a link-state packet of ours is used up: it pauses [nlsp §10.4].
    SequenceUsedUp {
        /// Which one.
        lsp: String,
    },
    /// The route table is full; further networks are ignored.
    RouteLimit {
        /// Its size.
        limit: usize,
    },
    /// The service table is full; further services are ignored.
    ServiceLimit {
        /// Its size.
        limit: usize,
    },
    /// A CMD network has more peers than allowed; the rest is ignored.
    PeerLimit {
        /// The CMD network.
        circuit: String,
        /// How many are allowed.
        limit: usize,
    },
    /// A service has moved, or there are two of one name [ipx-rip-sap §11.2].
    ServiceMoved {
        /// Its type.
        service_type: crate::wire::sap::ServiceType,
        /// Its name.
        name: String,
        /// Where it was.
        old: Address,
        /// Where it is.
        new: Address,
    },
    /// A packet was too large for the circuit it had to leave by; once per source.
    PacketTooBig {
        /// The circuit it came in by.
        circuit: String,
        /// Who sent it.
        source: Address,
        /// The network it was for.
        network: NetworkNumber,
        /// Its size in bytes.
        size: u16,
    },
    /// A state file could not be read; its default is used.
    StateUnreadable {
        /// The key or file.
        key: String,
        /// Why.
        reason: String,
    },
    /// State could not be written: disk full, or no permission. The agent goes on.
    StateUnwritable {
        /// The key or file.
        key: String,
        /// Why.
        reason: String,
    },
    /// The journal has reached its size and ends.
    JournalFull {
        /// Its size limit in bytes.
        limit: u64,
    },
    /// Something in the search for other agents.
    #[serde(untagged)]
    Discovery(DiscoveryEvent),
}

impl Event {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Discovery(event) => event.severity(),
            Self::Started { .. }
            | Self::Stopping
            | Self::PortUp { .. }
            | Self::CircuitUp { .. }
            | Self::NetworkLearned { .. }
            | Self::PeerUp { .. }
            | Self::AdjacencyUp { .. }
            | Self::DesignatedRouter { .. }
            | Self::NetworkAtTwoPlaces { .. }
            | Self::OverloadEnded
            | Self::JournalFull { .. } => Severity::Info,
            Self::PortDown { .. }
            | Self::CircuitDown { .. }
            | Self::NetworkMismatch { .. }
            | Self::InternalNetworkChanged { .. }
            | Self::PeerDown { .. }
            | Self::AdjacencyDown { .. }
            | Self::MtuMismatch { .. }
            | Self::AreaMismatch { .. }
            | Self::PartialMesh { .. }
            | Self::LspConfusion { .. }
            | Self::SequenceUsedUp { .. }
            | Self::ServiceMoved { .. }
            | Self::PacketTooBig { .. }
            | Self::StateUnreadable { .. } => Severity::Warning,
            Self::InternalNetworkClaimed { .. }
            | Self::CircuitsOnOneWire { .. }
            | Self::DuplicateSystem { .. }
            | Self::DuplicateNetwork { .. }
            | Self::DesignatedRouterUnheard { .. }
            | Self::Overloaded { .. }
            | Self::LspSpaceExhausted { .. }
            | Self::RouteLimit { .. }
            | Self::ServiceLimit { .. }
            | Self::PeerLimit { .. }
            | Self::StateUnwritable { .. } => Severity::Error,
        }
    }

    /// The name, as in JSON: `port-down`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Stopping => "stopping",
            Self::PortUp { .. } => "port-up",
            Self::PortDown { .. } => "port-down",
            Self::CircuitUp { .. } => "circuit-up",
            Self::CircuitDown { .. } => "circuit-down",
            Self::NetworkLearned { .. } => "network-learned",
            Self::NetworkMismatch { .. } => "network-mismatch",
            Self::InternalNetworkClaimed { .. } => "internal-network-claimed",
            Self::InternalNetworkChanged { .. } => "internal-network-changed",
            Self::CircuitsOnOneWire { .. } => "circuits-on-one-wire",
            Self::PeerUp { .. } => "peer-up",
            Self::PeerDown { .. } => "peer-down",
            Self::AdjacencyUp { .. } => "adjacency-up",
            Self::AdjacencyDown { .. } => "adjacency-down",
            Self::DesignatedRouter { .. } => "designated-router",
            Self::DuplicateSystem { .. } => "duplicate-system",
            Self::AreaMismatch { .. } => "area-mismatch",
            Self::MtuMismatch { .. } => "mtu-mismatch",
            Self::PartialMesh { .. } => "partial-mesh",
            Self::DesignatedRouterUnheard { .. } => "designated-router-unheard",
            Self::DuplicateNetwork { .. } => "duplicate-network",
            Self::NetworkAtTwoPlaces { .. } => "network-at-two-places",
            Self::Overloaded { .. } => "overloaded",
            Self::OverloadEnded => "overload-ended",
            Self::LspSpaceExhausted { .. } => "lsp-space-exhausted",
            Self::LspConfusion { .. } => "lsp-confusion",
            Self::SequenceUsedUp { .. } => "sequence-used-up",
            Self::RouteLimit { .. } => "route-limit",
            Self::ServiceLimit { .. } => "service-limit",
            Self::PeerLimit { .. } => "peer-limit",
            Self::ServiceMoved { .. } => "service-moved",
            Self::PacketTooBig { .. } => "packet-too-big",
            Self::StateUnreadable { .. } => "state-unreadable",
            Self::StateUnwritable { .. } => "state-unwritable",
            Self::JournalFull { .. } => "journal-full",
            Self::Discovery(event) => event.name(),
        }
    }
}
