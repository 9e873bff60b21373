//! What operators ask, and the values they get: one reply value for tables and for JSON.
//!
//! Tables come in pages: a reply says after which key the next one begins, and the asker sends
//! the command again with it. So no question, however large the table, holds the router up for
//! longer than a page.

mod dhcp;
mod nlsp;
mod rows;
mod slp;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use dhcp::DhcpRow;
pub use nlsp::{
    NlspCircuitRow, NlspHop, NlspLinkRow, NlspLspRow, NlspNeighborRow, NlspNodeRow, NlspOption,
    NlspPathRow, NlspPdus, NlspRunRow, SavingsRow,
};
pub use rows::{CircuitRow, CounterRow, EventRow, PeerRow, PortRow, RouteRow, ServiceRow};
pub use slp::{SlpAgentRow, SlpEntryRow, SlpRegistrationRow, SlpServiceRow};

use crate::wire::{Address, NetworkNumber};

/// Rows of a page.
pub const PAGE: usize = 1_000;

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// The route table.
    ShowRoutes {
        /// Begin behind this network.
        after: Option<NetworkNumber>,
    },
    /// One network: every offer for it, and why the best is the best.
    ShowRoute {
        /// The network.
        network: NetworkNumber,
    },
    /// The service table.
    ShowServices {
        /// Begin behind this place, as the last reply said.
        after: Option<String>,
    },
    /// The ports.
    ShowPorts,
    /// The circuits.
    ShowCircuits,
    /// The peers of all CMD networks.
    ShowPeers,
    /// The counters that are not 0.
    ShowCounters,
    /// The last events, the oldest first.
    ShowEvents,
    /// The NLSP neighbours.
    ShowNlspNeighbors {
        /// Begin behind this place, as the last reply said.
        after: Option<String>,
    },
    /// The link-state database.
    ShowNlspDatabase {
        /// Begin behind this link-state packet.
        after: Option<String>,
        /// What each packet says, too.
        detail: bool,
    },
    /// The map that the database makes.
    ShowNlspTopology {
        /// Begin behind this node.
        after: Option<String>,
    },
    /// The last runs of the decision process, and the shortest paths.
    ShowNlspSpf {
        /// Begin behind this node.
        after: Option<String>,
    },
    /// The circuits as NLSP sees them.
    ShowNlspCircuits,
    /// What NLSP sends, and what RIP and SAP would have sent instead.
    ShowSavings,
    /// What DHCP tells.
    ShowDhcp,
    /// The directory agents that are known.
    ShowSlpDas,
    /// The agents of CMD networks, as SLP tells of them.
    ShowSlpServices,
    /// What of ours is registered where.
    ShowSlpRegistrations,
    /// The registry of our directory agent.
    ShowSlpRegistry {
        /// Begin behind this place, as the last reply said.
        after: Option<String>,
    },
    /// Send pings.
    Ping {
        /// Where to; the socket is ignored.
        to: Address,
        /// How many.
        count: u32,
        /// Bytes of data in each.
        size: u16,
        /// Time between two.
        interval: Duration,
        /// Time to wait for the last answer.
        timeout: Duration,
    },
    /// Stop pings: the asker has gone.
    Cancel,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// A page of the route table.
    Routes {
        /// The rows.
        routes: Vec<RouteRow>,
        /// Networks in the whole table.
        total: usize,
        /// Where the next page begins.
        next: Option<NetworkNumber>,
    },
    /// One network in detail.
    Route {
        /// The network.
        network: NetworkNumber,
        /// Every offer, the one in use first.
        offers: Vec<RouteRow>,
        /// Why the first one is in use, or why there is none.
        reason: String,
    },
    /// A page of the service table.
    Services {
        /// The rows.
        services: Vec<ServiceRow>,
        /// Services in the whole table.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// The ports.
    Ports {
        /// The rows.
        ports: Vec<PortRow>,
    },
    /// The circuits.
    Circuits {
        /// The rows.
        circuits: Vec<CircuitRow>,
    },
    /// The peers.
    Peers {
        /// The rows.
        peers: Vec<PeerRow>,
    },
    /// The counters that are not 0.
    Counters {
        /// The rows.
        counters: Vec<CounterRow>,
    },
    /// The last events.
    Events {
        /// The rows, the oldest first.
        events: Vec<EventRow>,
    },
    /// A page of the NLSP neighbours.
    NlspNeighbors {
        /// The rows.
        neighbors: Vec<NlspNeighborRow>,
        /// Neighbours in all, those that failed too.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// A page of the link-state database.
    NlspDatabase {
        /// The rows, in the order of their identifiers.
        lsps: Vec<NlspLspRow>,
        /// Link-state packets in the database, those that were purged too.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
        /// Each row has its options.
        detail: bool,
    },
    /// A page of the map.
    NlspTopology {
        /// Its nodes, each with its links.
        nodes: Vec<NlspNodeRow>,
        /// Nodes in all.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// A page of the shortest paths.
    NlspSpf {
        /// The last runs, the oldest first; on the first page only.
        runs: Vec<NlspRunRow>,
        /// Runs since the start.
        full: u64,
        /// Times that only what nodes tell of was looked at again.
        partial: u64,
        /// The nodes that are reached, in the order of their identifiers.
        paths: Vec<NlspPathRow>,
        /// Nodes that are reached in all.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// The circuits as NLSP sees them.
    NlspCircuits {
        /// The rows.
        circuits: Vec<NlspCircuitRow>,
    },
    /// What NLSP sends on CMD networks, and what RIP and SAP would have sent instead.
    Savings {
        /// The rows.
        savings: Vec<SavingsRow>,
    },
    /// What DHCP tells.
    Dhcp {
        /// The rows, one for each interface that is asked on.
        interfaces: Vec<DhcpRow>,
    },
    /// The directory agents that are known.
    SlpDas {
        /// The rows, in the order of addresses.
        das: Vec<SlpAgentRow>,
    },
    /// The agents of CMD networks.
    SlpServices {
        /// The rows, by CMD network.
        services: Vec<SlpServiceRow>,
    },
    /// What of ours is registered where.
    SlpRegistrations {
        /// The rows, by directory agent.
        registrations: Vec<SlpRegistrationRow>,
    },
    /// A page of the registry.
    SlpRegistry {
        /// The rows, in the order of URLs.
        entries: Vec<SlpEntryRow>,
        /// Entries in all, those that have ended too.
        total: usize,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// One ping was answered, or was not in time.
    PingAnswer {
        /// Which one, from 0.
        sequence: u32,
        /// Round trip in microseconds; `None`: no answer.
        round_trip_us: Option<u64>,
        /// Bytes of data in the answer.
        size: u16,
        /// Routers that the answer crossed.
        hops: u8,
    },
    /// All pings of a request are done.
    PingSummary {
        /// Where to.
        to: Address,
        /// Pings sent.
        sent: u32,
        /// Answers that came.
        received: u32,
        /// The shortest round trip, in microseconds.
        least_us: Option<u64>,
        /// The mean round trip.
        mean_us: Option<u64>,
        /// The longest round trip.
        greatest_us: Option<u64>,
    },
    /// The command cannot be carried out.
    Failed {
        /// Why, and what would be right.
        reason: String,
    },
}
