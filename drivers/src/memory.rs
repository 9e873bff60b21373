//! Ports without a kernel: a segment in memory that ports join.
//!
//! For tests of whoever uses ports. A frame (no destination address) goes to every other port of
//! the segment, as on an Ethernet hub; a datagram goes to the port that is bound to its
//! destination, or is lost, as on an IP network.

use std::net::SocketAddrV4;

use crate::port::{Guard, LinkAddress, OpenPort, Receiver, Sender};

/// A wire or an IP network in memory. Clones are the same segment.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    _todo: (),
}

impl Segment {
    /// An empty segment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new port as a TAP or NIC would be: a station with a MAC address.
    #[must_use]
    pub fn join(&self, mac: [u8; 6]) -> OpenPort {
        self.open(LinkAddress { mac: Some(mac), mtu: 1500, ..LinkAddress::default() })
    }

    /// A new port as a UDP socket would be, bound to `local`.
    #[must_use]
    pub fn bind(&self, local: SocketAddrV4) -> OpenPort {
        self.open(LinkAddress { ip: Some(*local.ip()), mtu: 1500, ..LinkAddress::default() })
    }

    fn open(&self, address: LinkAddress) -> OpenPort {
        let receiver = Receiver::default();
        OpenPort { receiver, sender: Sender::default(), address, guard: Guard::default() }
    }
}
