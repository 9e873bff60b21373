//! Interfaces and IPv4 addresses: what there is, and what changes.
//!
//! The functions take a look and may block for a moment; [`Monitor`] watches. All of them see
//! the network namespace of the calling thread.

use std::io;
use std::net::Ipv4Addr;

/// An interface as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// The kernel's index; never used twice while the machine runs.
    pub index: u32,
    /// The name, which can change.
    pub name: String,
    /// Set up by the administrator *and* with a carrier: packets can pass.
    pub running: bool,
    /// Set up by the administrator.
    pub enabled: bool,
    /// The MTU in bytes.
    pub mtu: u32,
    /// The MAC address, on interfaces that have one.
    pub mac: Option<[u8; 6]>,
    /// The index of the bridge (or bond) that it belongs to.
    pub controller: Option<u32>,
    /// It is itself a bridge.
    pub is_bridge: bool,
    /// Its frames are Ethernet frames.
    pub is_ethernet: bool,
}

/// Something that happened to an interface or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// An interface is new, or something in its description has changed.
    Link(LinkInfo),
    /// An interface is gone: deleted, renamed (a `Link` with the new name follows), or moved to
    /// another namespace.
    LinkGone {
        /// Its index.
        index: u32,
        /// The name that it had.
        name: String,
    },
    /// An interface has this address.
    Address {
        /// The address.
        ip: Ipv4Addr,
        /// The interface.
        index: u32,
    },
    /// An interface no longer has this address.
    AddressGone {
        /// The address.
        ip: Ipv4Addr,
        /// The interface.
        index: u32,
    },
}

/// The interface of this name.
///
/// # Errors
/// The kernel did not answer.
pub fn link_by_name(name: &str) -> io::Result<Option<LinkInfo>> {
    Ok(links()?.into_iter().find(|link| link.name == name))
}

/// All interfaces.
///
/// # Errors
/// The kernel did not answer.
pub fn links() -> io::Result<Vec<LinkInfo>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// All IPv4 addresses of this host, with the index of the interface.
///
/// # Errors
/// The kernel did not answer.
pub fn addresses() -> io::Result<Vec<(Ipv4Addr, u32)>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Watches interfaces and addresses.
///
/// It begins with an event for everything that is there, so its user needs no look besides.
/// After that every event is a change: repetitions by the kernel are swallowed, and should the
/// kernel drop some for want of room, a new look finds the differences.
#[derive(Debug)]
pub struct Monitor {
    _todo: (),
}

impl Monitor {
    /// Starts to watch. Must be called within a tokio runtime with IO enabled.
    ///
    /// # Errors
    /// The kernel gives no netlink socket.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The next event; cancel-safe.
    ///
    /// # Errors
    /// The netlink socket failed; make a new monitor.
    pub async fn next(&mut self) -> io::Result<LinkEvent> {
        std::future::pending().await
    }
}
