//! The IP services of an agent, as the host sees them: datagrams and connections that are none of
//! IPX. The router says what is sent where; sockets, groups and TCP are the host's.

use std::net::{Ipv4Addr, SocketAddrV4};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::wire::{NodeAddress, hex_bytes};

/// What is spoken over IP beside the CMD networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IpService {
    /// Service location: UDP and TCP port 427 at both ends [slp-dhcp-snmp §1].
    Slp,
    /// DHCP: from port 68 to port 67 [slp-dhcp-snmp §7.2].
    Dhcp,
}

impl IpService {
    /// The name, as in journals and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slp => "slp",
            Self::Dhcp => "dhcp",
        }
    }
}

/// What an IP interface is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterfaceState {
    /// It can send and receive.
    Up(InterfaceAddress),
    /// It cannot: missing, set down, the address is not there, or somebody else has the port.
    Down {
        /// Why, for operators.
        reason: String,
    },
}

/// The addresses of an interface that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceAddress {
    /// Our address there: the source of all that is sent.
    pub ip: Ipv4Addr,
    /// Its MAC address; `None` where it has none, as on a tunnel.
    pub mac: Option<NodeAddress>,
    /// The largest IP packet in bytes.
    pub mtu: u16,
}

/// Something that happened to a TCP connection of SLP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamEvent {
    /// Somebody connected to port 427 of an interface of ours. The host chose the identifier.
    Accepted {
        /// The interface's address that it connected to.
        to: Ipv4Addr,
        /// Who.
        from: SocketAddrV4,
    },
    /// The connection that the router asked for is there.
    Connected,
    /// Bytes came, in order; where a message ends is the router's to find.
    Received(#[serde(with = "hex_bytes")] Bytes),
    /// It is over, or never came about. The identifier means nothing from now on.
    Closed {
        /// Why, for operators: "connection refused", "closed by the other end".
        reason: String,
    },
}

/// What the host must do with a TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamAction {
    /// Open it, from this address of ours; `Connected` or `Closed` follows.
    Connect {
        /// From which address.
        from: Ipv4Addr,
        /// To whom.
        to: SocketAddrV4,
    },
    /// Send these bytes behind those before. A host whose queue of a connection is full closes it.
    Send(Bytes),
    /// Send what is queued, then end it. No `Closed` follows.
    Close,
}
