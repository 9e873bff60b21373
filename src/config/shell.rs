//! What only the shell needs of the configuration: devices, paths, the log.
//!
//! The core never sees these values; it knows a port by its [`PortId`](ipxway_core::ids::PortId),
//! which is the place in [`Shell::devices`].

use std::net::Ipv4Addr;
use std::path::PathBuf;

use ipxway_core::wire::NodeAddress;
use serde::Serialize;

/// Where `ipxway run` and `ipxway check` look for the configuration.
pub const DEFAULT_FILE: &str = "/etc/ipxway/ipxway.toml";

/// The part of the configuration that the core has no use for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shell {
    /// The kernel endpoint of every port, by port identifier; as long as the core's `ports`.
    pub devices: Vec<Device>,
    /// The address of every IP interface, by interface identifier; as long as the core's
    /// `interfaces`.
    pub interfaces: Vec<LocalAddress>,
    /// The control socket.
    pub control: Control,
    /// Where state is kept over a restart.
    pub state_directory: PathBuf,
    /// Where inputs are recorded; `None`: they are not.
    pub journal: Option<Journal>,
    /// What the log takes.
    pub log_level: LogLevel,
}

/// A kernel endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Device {
    /// A TAP device, made at start or attached to if it exists.
    Tap(Tap),
    /// A network card, used as it is.
    Nic(Nic),
    /// A UDP socket, shared by the CMD networks of one local address and port.
    Udp(Udp),
}

/// A TAP device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tap {
    /// The interface name, 1 to 15 bytes.
    pub device: String,
    /// Its MAC address; `None`: one made of machine, agent and device.
    pub mac: Option<NodeAddress>,
    /// Its MTU in bytes, 584 to 9000; `None`: as found, 1500 on a new one.
    pub mtu: Option<u16>,
    /// The bridge to join; `None`: none is joined and none is left.
    pub bridge: Option<String>,
}

/// A network card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nic {
    /// The interface name, 1 to 15 bytes.
    pub device: String,
}

/// A UDP socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Udp {
    /// The local address [cmd §10, F06].
    pub local: LocalAddress,
    /// The port at both ends [cmd §4.4].
    pub port: u16,
    /// The differentiated services code point of what is sent, 0 to 63.
    pub dscp: u8,
}

/// How the local IPv4 address of a CMD network is chosen. It gives the node address there, so
/// one must be chosen [cmd §3.10].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalAddress {
    /// The first usable one of the machine.
    Auto,
    /// This one.
    Ip(Ipv4Addr),
    /// The first one of this interface.
    Interface(String),
}

/// The control socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Control {
    /// Its path, absolute, at most 107 bytes.
    pub socket: PathBuf,
    /// Its permission bits, 0 to 0777.
    pub mode: u32,
    /// The group it belongs to; `None`: the process's.
    pub group: Option<String>,
}

/// The record of inputs that `ipxway replay` plays again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Journal {
    /// The file, an absolute path.
    pub path: PathBuf,
    /// Its size limit in bytes.
    pub max_size: u64,
}

/// What the log takes: this and what is more severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What the agent cannot do.
    Error,
    /// What is worth a look.
    Warn,
    /// Every change of state.
    Info,
    /// Every decision of the control plane.
    Debug,
    /// Every packet.
    Trace,
}

impl LogLevel {
    /// All levels, from the fewest lines to the most.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The name, as in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl std::fmt::Display for LocalAddress {
    /// As in the configuration: `auto`, an address, or an interface name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Ip(ip) => f.pad(&ip.to_string()),
            Self::Interface(name) => f.pad(name),
        }
    }
}
