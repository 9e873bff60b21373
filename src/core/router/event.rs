//! Every change that an operator wants to know of: named and typed once, for the log, `show
//! events` and tests alike.

use std::fmt;
use std::net::Ipv4Addr;

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
}

impl Event {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Started { .. }
            | Self::Stopping
            | Self::PortUp { .. }
            | Self::CircuitUp { .. }
            | Self::NetworkLearned { .. }
            | Self::PeerUp { .. }
            | Self::JournalFull { .. } => Severity::Info,
            Self::PortDown { .. }
            | Self::CircuitDown { .. }
            | Self::NetworkMismatch { .. }
            | Self::InternalNetworkChanged { .. }
            | Self::PeerDown { .. }
            | Self::ServiceMoved { .. }
            | Self::PacketTooBig { .. }
            | Self::StateUnreadable { .. } => Severity::Warning,
            Self::InternalNetworkClaimed { .. }
            | Self::CircuitsOnOneWire { .. }
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
            Self::RouteLimit { .. } => "route-limit",
            Self::ServiceLimit { .. } => "service-limit",
            Self::PeerLimit { .. } => "peer-limit",
            Self::ServiceMoved { .. } => "service-moved",
            Self::PacketTooBig { .. } => "packet-too-big",
            Self::StateUnreadable { .. } => "state-unreadable",
            Self::StateUnwritable { .. } => "state-unwritable",
            Self::JournalFull { .. } => "journal-full",
        }
    }
}

impl fmt::Display for Event {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { name, internal_network } => {
                write!(f, "agent {name} runs, internal network {internal_network}")
            }
            Self::Stopping => write!(f, "saying goodbye to every network"),
            Self::PortUp { port, address, mtu } => {
                write!(f, "port {port} is up, address {address}, MTU {mtu}")
            }
            Self::PortDown { port, reason } => {
                write!(f, "port {port} is down: {reason}; it is used once it is there")
            }
            Self::CircuitUp { circuit, network, node } => {
                write!(f, "circuit {circuit} is up: network {network}, node {node}")
            }
            Self::CircuitDown { circuit } => write!(f, "circuit {circuit} is down"),
            Self::NetworkLearned { circuit, network } => {
                write!(f, "circuit {circuit} is network {network}, as its routers say")
            }
            Self::NetworkMismatch { circuit, ours, theirs, node } => write!(
                f,
                "circuit {circuit} is network {ours} here, but router {node} on it says {theirs}: \
                 one of the two is configured wrongly"
            ),
            Self::InternalNetworkClaimed { network, circuit, node } => write!(
                f,
                "router {node} on {circuit} claims our internal network {network}: give one of \
                 the two another number"
            ),
            Self::InternalNetworkChanged { old, new } => {
                write!(f, "internal network {old} is taken; using {new}")
            }
            Self::CircuitsOnOneWire { circuit, silenced } => write!(
                f,
                "circuits {circuit} and {silenced} lie on one wire: {silenced} no longer speaks \
                 RIP and SAP"
            ),
            Self::PeerUp { circuit, peer } => write!(f, "peer {peer} of {circuit} is heard"),
            Self::PeerDown { circuit, peer } => write!(f, "peer {peer} of {circuit} is silent"),
            Self::RouteLimit { limit } => {
                write!(f, "the route table is full at {limit}; further networks are ignored")
            }
            Self::ServiceLimit { limit } => {
                write!(f, "the service table is full at {limit}; further services are ignored")
            }
            Self::PeerLimit { circuit, limit } => {
                write!(f, "{circuit} has more than {limit} peers; the rest is ignored")
            }
            Self::ServiceMoved { service_type, name, old, new } => write!(
                f,
                "service {service_type} {name} was at {old} and is at {new}: moved, or two of one \
                 name"
            ),
            Self::PacketTooBig { circuit, source, network, size } => write!(
                f,
                "a packet of {size} bytes from {source} on {circuit} is too large for the way to \
                 {network} and was dropped; said once per source"
            ),
            Self::StateUnreadable { key, reason } => {
                write!(f, "state {key} cannot be read ({reason}); going on without it")
            }
            Self::StateUnwritable { key, reason } => {
                write!(f, "state {key} cannot be written ({reason}); going on without it")
            }
            Self::JournalFull { limit } => {
                write!(f, "the journal has reached {limit} bytes and ends here")
            }
        }
    }
}
