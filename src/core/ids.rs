//! Names for things that the host and the core both hold: never bare integers.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

macro_rules! dense {
    ($($name:ident),*) => {$(
        impl $name {
            /// The identifier as an index into a table that has one place per identifier.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

dense!(PortId, CircuitId, PeerId, InterfaceId);

id! {
    /// A kernel endpoint: one TAP, one NIC, or one UDP socket of CMD networks. Dense from 0.
    PortId(u16)
}
id! {
    /// An IPX network as the router sees it: (port, VLAN, framing) on a LAN, or one CMD network.
    /// Dense from 0, in the order of the configuration.
    CircuitId(u16)
}
id! {
    /// A peer of a CMD network, unique over all networks of the agent. Dense from 0.
    PeerId(u32)
}
id! {
    /// An IP interface that services such as SLP use. Dense from 0, in the order of the
    /// configuration.
    InterfaceId(u16)
}
id! {
    /// A TCP connection. Hosts number those that they accept from 0 on, the router those that it
    /// asks for from [`StreamId::ASKED`] on; no number is used twice.
    StreamId(u64)
}
id! {
    /// An operator's request, chosen by the host; replies carry it back.
    RequestId(u64)
}

impl StreamId {
    /// The first connection that the router asks for.
    pub const ASKED: Self = Self(1 << 63);
}
