//! What a link-state packet says: options [nlsp §7].

use super::{Area, NodeId};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress};

/// One option of a link-state packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LspOption<'a> {
    /// C0: the areas of the router, three at most.
    Areas(Vec<Area>),
    /// C1: the node's network and name.
    Management(Management<'a>),
    /// C2: a link to another node.
    Link(Link),
    /// C3: a service.
    Service(ServiceInfo),
    /// C4: networks outside, reached through the node.
    External(ExternalRoutes<'a>),
    /// A code that we do not know.
    Unknown(u8),
    /// A code that we know with contents that break its format; it counts and says nothing.
    Broken(u8),
}

/// C1 [nlsp §7.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Management<'a> {
    /// The internal network of a router, or the network of a LAN.
    pub network: NetworkNumber,
    /// 000000000001, or the designated router's node on the LAN.
    pub node: NodeAddress,
    /// The router's name, 47 bytes at most.
    pub name: &'a [u8],
}

/// C2 [nlsp §7.4].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// 0 to 63; `None`: the link has no usable cost and does not count.
    pub cost: Option<u8>,
    /// Where to.
    pub neighbour: NodeId,
    /// The largest IPX packet, header included.
    pub mtu: u32,
    /// Microseconds.
    pub delay_us: u32,
    /// Bits a second.
    pub throughput_bps: u32,
    /// What it is made of.
    pub media: MediaType,
}

/// What a link is made of [nlsp §7.4].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType(pub u16);

/// C3 [nlsp §7.5].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Hops to it from the node that tells it.
    pub hops: u8,
    /// Where it is.
    pub address: Address,
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called, padded with NULs.
    pub name: ServiceName,
}

/// One entry of C4 [nlsp §7.6].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalRoute {
    /// Hops from the node that tells it.
    pub hops: u8,
    /// The network.
    pub network: NetworkNumber,
    /// Ticks from there.
    pub ticks: u16,
}

/// The entries of a C4, one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalRoutes<'a> {
    rest: &'a [[u8; 7]],
}

/// The options of a packet, one by one.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
}

impl MediaType {
    /// Ethernet II.
    pub const ETHERNET_II: Self = Self(0x0002);
    /// 802.3 with 802.2.
    pub const ETHERNET_802_2: Self = Self(0x0003);
    /// Raw 802.3.
    pub const ETHERNET_802_3: Self = Self(0x0005);
    /// 802.3 with SNAP.
    pub const ETHERNET_SNAP: Self = Self(0x000a);
    /// What a CMD network is [nlsp §7.4].
    pub const IP_TUNNEL: Self = Self(0x0013);
}

impl Iterator for ExternalRoutes<'_> {
    type Item = ExternalRoute;

    fn next(&mut self) -> Option<ExternalRoute> {
        let (_, rest) = self.rest.split_first()?;
        self.rest = rest;
        unimplemented!()
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = LspOption<'a>;

    fn next(&mut self) -> Option<LspOption<'a>> {
        let _ = self.rest;
        unimplemented!()
    }
}

impl LspOption<'_> {
    /// Appends the option to `out`, as a packet has it. Areas, routes and names beyond what an
    /// option holds are the caller's to split [nlsp §7].
    pub fn encode(&self, out: &mut Vec<u8>) {
        let _ = out;
        unimplemented!()
    }
}
