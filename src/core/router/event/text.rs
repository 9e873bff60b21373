//! Events in one line for people.

use std::fmt;

use super::Event;

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
            link_state => link_state.fmt_link_state(f),
        }
    }
}

impl Event {
    /// The events of NLSP; another than those is told by its name.
    fn fmt_link_state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdjacencyUp { circuit, node, system } => {
                write!(f, "neighbour {node} on {circuit} is up, system {system}")
            }
            Self::AdjacencyDown { circuit, node, system, reason } => {
                write!(f, "neighbour {node} on {circuit} is lost, system {system}: {reason}")
            }
            Self::DesignatedRouter { circuit, lan_id, node } => {
                write!(f, "{node} is the designated router of {circuit}, LAN ID {lan_id}")
            }
            Self::DuplicateSystem { circuit, system, nodes } => write!(
                f,
                "system {system} on {circuit} is there twice ({}): give one of the two another \
                 internal network number",
                listed(nodes)
            ),
            Self::AreaMismatch { circuit, node, areas } => write!(
                f,
                "router {node} on {circuit} is of other areas ({areas}) and becomes no neighbour"
            ),
            Self::MtuMismatch { circuit, node, theirs, ours } => write!(
                f,
                "router {node} on {circuit} takes {theirs} bytes and our link-state packets need \
                 {ours}: it becomes no neighbour"
            ),
            Self::PartialMesh { circuit, system, way } => {
                write!(f, "system {system} on {circuit} does not hear us or is not heard: {way}")
            }
            Self::DesignatedRouterUnheard { circuit, lan_id } => write!(
                f,
                "the designated router of {circuit}, LAN ID {lan_id}, is no neighbour of ours: \
                 others do not find us by this circuit"
            ),
            Self::DuplicateNetwork { network, nodes } => write!(
                f,
                "network {network} is claimed by {}: give one of them another number",
                listed(nodes)
            ),
            Self::NetworkAtTwoPlaces { network, nodes } => {
                write!(f, "network {network} is seen at {}", listed(nodes))
            }
            Self::Overloaded { reason } => {
                write!(f, "the link-state database is overloaded: {reason}")
            }
            Self::OverloadEnded => write!(f, "the link-state database has room again"),
            Self::LspSpaceExhausted { node, left_out } => write!(
                f,
                "the link-state packets of {node} are full; {left_out} routes and services are \
                 left out"
            ),
            Self::LspConfusion { lsp } => {
                write!(f, "two different packets {lsp} of one version were about; purged")
            }
            Self::SequenceUsedUp { lsp } => write!(
                f,
                "packet {lsp} has used up its sequence numbers and pauses until all have forgotten \
                 it"
            ),
            Self::Discovery(event) => fmt::Display::fmt(event, f),
            other => f.write_str(other.name()),
        }
    }
}

/// Things in a row: "a and b", "a, b and c".
fn listed<T: fmt::Display>(things: &[T]) -> String {
    let texts: Vec<String> = things.iter().map(T::to_string).collect();
    match texts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
