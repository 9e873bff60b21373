//! Where the engines meet: circuits, routes, services. And nowhere else.
//!
//! An engine *offers* routes and services; the hub keeps the best of each and queues what
//! changed; the router shows each change to every engine. So RIP tells on what another protocol
//! learned without knowing that it exists, and split horizon needs only the circuit of the best
//! offer.

mod circuit;
mod dhcp_options;
mod held;
mod peer_ids;
mod rib;
mod services;
#[cfg(test)]
mod tests;

pub use circuit::{Circuit, CircuitKind, Circuits, Peer};
pub use dhcp_options::DhcpOptions;
pub use rib::{Full, Offer, Origin, Rib, RouteChange, Source};
pub use services::{
    Service, ServiceChange, ServiceKey, ServiceOffer, ServiceOrigin, ServiceSource, Services,
};

use std::net::Ipv4Addr;

use crate::ids::CircuitId;
use crate::wire::NodeAddress;

/// Something that every engine is shown.
#[derive(Clone, Debug)]
pub enum Change {
    /// A circuit takes part in routing from now on: up, and its network is known.
    CircuitUp(CircuitId),
    /// A circuit no longer takes part. It is still in [`Circuits`], with its number.
    CircuitDown(CircuitId),
    /// The port of a circuit is up, but its network number is still to be learned.
    CircuitUnnumbered(CircuitId),
    /// A circuit shares a wire with another of ours, and speaks no RIP and SAP any more.
    CircuitSilenced(CircuitId),
    /// NLSP begins to be spoken on a circuit, or ends.
    CircuitNlsp(CircuitId),
    /// We share a link-state database with a router, or no longer.
    LinkStateRouter {
        /// Where it is.
        circuit: CircuitId,
        /// Its node there.
        node: NodeAddress,
        /// We do from now on.
        shared: bool,
    },
    /// A router that speaks no NLSP told routes, unasked, on a circuit where we do: it needs all
    /// that RIP and SAP tell.
    OldRouterHeard(CircuitId),
    /// The peers of a CMD network are others than before.
    Peers {
        /// The CMD network.
        circuit: CircuitId,
        /// Those that are new.
        added: Vec<Ipv4Addr>,
        /// Those that are gone.
        removed: Vec<Ipv4Addr>,
    },
    /// The best route to a network came, went or changed.
    Route(RouteChange),
    /// The best offer of a service came, went or changed, or it became reachable or dormant.
    Service(Box<ServiceChange>),
    /// DHCP told other directory agents or scopes than before.
    DhcpOptions,
    /// The agent leaves: withdraw everything told, quickly.
    Shutdown,
}
