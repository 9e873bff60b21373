//! What a host tells the router.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::ip::{InterfaceState, IpService, StreamEvent};
use super::{Command, Event};
use crate::forward::{Counters, LinkSource};
use crate::ids::{CircuitId, InterfaceId, PortId, RequestId, StreamId};
use crate::wire::{Address, NetworkNumber, NodeAddress, hex_bytes};

/// One thing that happened. Serialisable: a journal is a sequence of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// A packet that the data plane punted, cut to its IPX length.
    Packet {
        /// The circuit it came in by.
        circuit: CircuitId,
        /// Who sent it, one hop away.
        from: LinkSource,
        /// It was sent to every station of the LAN.
        broadcast: bool,
        /// How long the host kept it back: as long as [`Repeats`](crate::forward::Repeats) lets it.
        #[serde(default, skip_serializing_if = "Duration::is_zero")]
        waited: Duration,
        /// The packet, zero networks filled in.
        #[serde(with = "hex_bytes")]
        packet: Bytes,
    },
    /// The data plane dropped a packet as too large for its way out.
    TooBig {
        /// The circuit it came in by.
        circuit: CircuitId,
        /// Who sent it.
        source: Address,
        /// The network it was for.
        network: NetworkNumber,
        /// Its size in bytes.
        size: u16,
    },
    /// The data plane dropped a packet of somebody who is no peer of a CMD network, and whose
    /// packet looks as an agent's would there.
    Stranger {
        /// The CMD network.
        circuit: CircuitId,
        /// Who.
        ip: Ipv4Addr,
    },
    /// A port came, went or changed.
    Port {
        /// Which one.
        id: PortId,
        /// What it is now.
        state: PortState,
    },
    /// An IP interface came, went or changed.
    Interface {
        /// Which one.
        id: InterfaceId,
        /// What it is now.
        state: InterfaceState,
    },
    /// A datagram of an IP service came in.
    Datagram {
        /// By this interface.
        interface: InterfaceId,
        /// Which service's port it was sent to.
        service: IpService,
        /// Who sent it.
        from: SocketAddrV4,
        /// What it was sent to: our address, a group, or a broadcast address.
        to: Ipv4Addr,
        /// Its payload.
        #[serde(with = "hex_bytes")]
        payload: Bytes,
    },
    /// Something happened to a TCP connection.
    Stream {
        /// Which one.
        id: StreamId,
        /// What.
        event: StreamEvent,
    },
    /// A name was looked up, as [`Output::Resolve`](super::Output::Resolve) asked.
    Resolved {
        /// The name, as it was asked for.
        name: String,
        /// Its IPv4 addresses; none: it has none, or nobody could tell in time.
        addresses: Vec<Ipv4Addr>,
    },
    /// An operator asks.
    Command {
        /// Carried back by every reply.
        id: RequestId,
        /// What.
        command: Command,
    },
    /// What time it is by the calendar; given once, before what was persisted.
    Clock {
        /// Microseconds since 1970.
        unix_us: u64,
    },
    /// What was persisted before the last stop; given once, before anything else but the time.
    Restored {
        /// Under which key.
        key: StoreKey,
        /// What.
        value: String,
    },
    /// The counters of the data plane, as they now stand; before a command that shows them.
    DataPlane(Box<Counters>),
    /// Something that the host itself noticed, for the log and `show events`.
    Notice(Event),
    /// `next_timeout` is reached.
    Timeout,
    /// Leave: tell every network that what is reached through us is gone.
    Shutdown,
}

/// What a port is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortState {
    /// It can send and receive.
    Up(PortAddress),
    /// It cannot: missing, unplugged, set down, or the address is not there.
    Down {
        /// Why, for operators: "no such device", "link down".
        reason: String,
    },
}

/// The addresses of a port that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortAddress {
    /// Its MAC address; on a UDP port the node follows from the IPv4 address instead.
    pub mac: Option<NodeAddress>,
    /// The local IPv4 address of a UDP port.
    pub ip: Option<Ipv4Addr>,
    /// Bytes of payload in a frame; on a UDP port, of an IP packet.
    pub mtu: u16,
}

/// What the router wants kept over a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKey {
    /// The derived number of the internal network [nlsp §16].
    InternalNetwork,
    /// The registry of the directory agent [slp-dhcp-snmp §5.4].
    SlpRegistry,
    /// The number of the CMD network that DHCP told [cmd §12.4].
    CmdNetwork,
}

impl StoreKey {
    /// Every key.
    pub const ALL: [Self; 3] = [Self::InternalNetwork, Self::SlpRegistry, Self::CmdNetwork];

    /// The key's name, fit for a file name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InternalNetwork => "internal-network",
            Self::SlpRegistry => "slp-registry",
            Self::CmdNetwork => "cmd-network",
        }
    }
}
