//! Why a port did not open: what is wrong, and what would be right.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

/// Why a port did not open. The texts are for the operator: each names the thing and the way out.
///
/// [`may_heal`](Self::may_heal) tells what waiting can cure from what the operator must change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no interface of this name.
    #[error("there is no interface `{name}`; here are {present}")]
    NoSuchDevice {
        /// The name that was asked for.
        name: String,
        /// The names of the interfaces that exist, as a list to read.
        present: String,
    },
    /// The bridge that a TAP shall join is not there, or is no bridge.
    #[error("`{name}` is not a bridge; make it first: ip link add {name} type bridge")]
    NoSuchBridge {
        /// The name that was asked for.
        name: String,
    },
    /// The name cannot be that of an interface.
    #[error("`{name}` is no interface name: 1 to 15 characters, no space, `/`, `:` or `%`")]
    BadName {
        /// The name that was asked for.
        name: String,
    },
    /// The MTU is outside what an Ethernet device can have.
    #[error("an MTU of {mtu} bytes is not possible on `{name}`: 68 to 65521")]
    BadMtu {
        /// The device.
        name: String,
        /// What was asked for.
        mtu: u16,
    },
    /// A MAC address that no station can have.
    #[error("{} is no station's MAC address: it is a group address or all zero", Mac(.mac))]
    BadMac {
        /// What was asked for.
        mac: [u8; 6],
    },
    /// The kernel refused for want of rights.
    #[error("no permission for {what}; run as root or with {capability}")]
    NoPermission {
        /// What was refused.
        what: String,
        /// The capability, or whatever else, that allows it.
        capability: &'static str,
    },
    /// The interface is a wireless one.
    #[error(
        "`{name}` is wireless: an access point accepts only its own stations' MAC addresses and \
         drops 802.3 framings, so IPX cannot cross; use a wired interface, or a TAP in a bridge"
    )]
    Wireless {
        /// The interface.
        name: String,
    },
    /// The interface does not speak Ethernet.
    #[error("`{name}` is not an Ethernet interface; IPX framings need one")]
    NotEthernet {
        /// The interface.
        name: String,
    },
    /// The TAP is held by another process.
    #[error("the TAP `{name}` is in use by another process; is a second ipxway running?")]
    TapBusy {
        /// The device.
        name: String,
    },
    /// The UDP port is taken at this address.
    #[error(
        "UDP {at} is in use; another ipxway, or another IPX tunnel, holds it: \
         `ss -ulpn sport = :{}` says who", .at.port()
    )]
    PortBusy {
        /// The address and port that were asked for.
        at: SocketAddrV4,
    },
    /// The port of an IP service is taken at this address.
    #[error(
        "port {at} is in use: another ipxway, or another service of this kind, holds it; \
         `ss -lntup sport = :{}` says who", .at.port()
    )]
    ServicePortBusy {
        /// The address and port that were asked for.
        at: SocketAddrV4,
    },
    /// No interface has the address (now).
    #[error("no interface has the address {ip}; give it to one, or set another local address")]
    AddressNotHere {
        /// The address that was asked for.
        ip: Ipv4Addr,
    },
    /// An interface of the name exists, and is not a TAP that can be attached to.
    #[error("`{name}` exists and is not a TAP with one queue: remove it, or use another name")]
    NotATap {
        /// The device.
        name: String,
    },
    /// Anything else that the kernel said.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the kernel answered.
        source: io::Error,
    },
}

impl OpenError {
    /// Whether the port can open later without a change of the configuration: when the
    /// interface or address comes, or its other user goes.
    #[must_use]
    pub fn may_heal(&self) -> bool {
        match self {
            Self::NoSuchDevice { .. }
            | Self::NoSuchBridge { .. }
            | Self::TapBusy { .. }
            | Self::PortBusy { .. }
            | Self::ServicePortBusy { .. }
            | Self::AddressNotHere { .. }
            | Self::Io { .. } => true,
            Self::BadName { .. }
            | Self::BadMtu { .. }
            | Self::BadMac { .. }
            | Self::NoPermission { .. }
            | Self::Wireless { .. }
            | Self::NotEthernet { .. }
            | Self::NotATap { .. } => false,
        }
    }

    /// For `map_err`: the kernel's answer to `what`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// Prints a MAC address.
struct Mac<'a>(&'a [u8; 6]);

impl std::fmt::Display for Mac<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}
