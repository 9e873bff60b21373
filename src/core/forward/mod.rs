//! The data plane: what happens to one received packet, given the FIB.
//!
//! A host calls [`receive_frame`] or [`receive_datagram`] on what came in, then [`forward`] on
//! what that found, and does what the [`Verdict`] says; what is to be sent passes [`emit`]. All
//! four are pure: the same functions run in the daemon's threads, in replay, in the simulator, in
//! fuzz targets and in benches. They know nothing of engines; what concerns one is a
//! [`Verdict::Punt`].
//!
//! A packet that passes changes in its hop count only, and in a zero network number that a host
//! left to be filled in [ipx-rip-sap §8.1].

pub mod counters;
mod decide;
mod emit;
mod fib;
mod outcome;
mod plane;
mod port_index;
mod receive;
mod repeats;
mod routes;
mod split;
#[cfg(test)]
mod tests;
mod view;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

pub use counters::{Counters, PeerTraffic, Traffic};
pub use decide::forward;
pub use emit::{Outbound, emit};
pub use fib::{CmdLink, Fib, FibCircuit, LanLink, Link};
pub use outcome::Outcome;
pub use plane::{Arrival, Handling, receive, send};
pub use receive::{Received, Refused, receive_datagram, receive_frame};
pub use repeats::Repeats;
pub use routes::{NextHop, RouteTable};
pub use split::{MAX_PATHS, SplitId, SplitIndex, Splits};
pub use view::{HEADROOM, View};

use crate::ids::CircuitId;
use crate::wire::{NodeAddress, Socket};

/// Who sent a packet, one hop away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkSource {
    /// The station with this MAC address.
    Node(NodeAddress),
    /// The peer at this address.
    Peer(Ipv4Addr),
}

/// Where a packet goes, one hop away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkDestination {
    /// The station with this MAC address.
    Node(NodeAddress),
    /// Every station of the LAN.
    Broadcast,
    /// The peer at this address.
    Peer(Ipv4Addr),
}

/// A circuit, and where to on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Egress {
    /// The circuit.
    pub circuit: CircuitId,
    /// One hop away on it.
    pub to: LinkDestination,
}

/// What the host shall do with a received packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send it, as it now is; count [`Outcome::Forwarded`].
    Transmit(Egress),
    /// Hand it to the router, which will count its outcome.
    Punt(Lane),
    /// Drop and count it.
    Drop(Outcome),
}

/// Queues from the data plane to the router, each with its own bound: a storm in one leaves the
/// others alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// NLSP: a lost hello costs an adjacency.
    Adjacency,
    /// RIP, SAP, ping, diagnostics.
    Protocol,
    /// Broadcasts to be propagated: type 20, and those directed at one of our networks.
    Broadcast,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Adjacency, Self::Protocol, Self::Broadcast];
}

/// The source socket of the pings that the agent itself sends.
pub const PING_CLIENT: Socket = Socket(0x4086);

/// The lane of packets to a socket of the agent; `None` where nobody listens.
#[must_use]
pub const fn lane_of(socket: Socket) -> Option<Lane> {
    match socket {
        Socket::NLSP => Some(Lane::Adjacency),
        Socket::RIP | Socket::SAP | Socket::PING | Socket::DIAGNOSTICS | PING_CLIENT => {
            Some(Lane::Protocol)
        }
        _ => None,
    }
}
