//! What a link-state packet says: options [nlsp §7].

use super::{Area, NodeId, area, list};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Reader};

const MANAGEMENT: u8 = 0xc1;
const LINK: u8 = 0xc2;
const SERVICE: u8 = 0xc3;
const EXTERNAL: u8 = 0xc4;
/// The most bytes of the name of a router or a service.
pub const MAX_NAME: usize = 47;
/// So many routes fit into an option.
pub const ROUTES_IN_OPTION: usize = 36;
/// Bytes of a route.
const ROUTE_LEN: usize = 7;
/// The greatest cost that there is.
const MAX_COST: u8 = 0x3f;
/// In the byte of the cost: there is none.
const NO_COST: u8 = 0x80;
/// What we fill in; nobody looks.
const IPX_VERSION: u8 = 1;

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
    /// A code that we know with contents that break its format; it is counted and says nothing.
    Broken(u8),
}

/// C1 [nlsp §7.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Management<'a> {
    /// The internal network of a router, or the network of a LAN.
    pub network: NetworkNumber,
    /// 000000000001, or the designated router's node on the LAN.
    pub node: NodeAddress,
    /// The router's name, [`MAX_NAME`] bytes at most.
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
    rest: &'a [[u8; ROUTE_LEN]],
}

/// The options of a packet, one by one.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    list: list::Options<'a>,
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

impl ServiceInfo {
    /// The name without the NULs behind it.
    fn name(&self) -> &[u8] {
        without_nuls(self.name.as_wire())
    }

    /// A packet can tell it: its name has 1 to [`MAX_NAME`] bytes [nlsp §7.5].
    #[must_use]
    pub fn is_tellable(&self) -> bool {
        (1..=MAX_NAME).contains(&self.name().len())
    }
}

fn without_nuls(mut name: &[u8]) -> &[u8] {
    while let Some((0, rest)) = name.split_last() {
        name = rest;
    }
    name
}

impl ExternalRoute {
    /// Appends options with all of `routes` to `out`.
    pub fn encode_all(routes: &[Self], out: &mut Vec<u8>) {
        for routes in routes.chunks(ROUTES_IN_OPTION) {
            out.push(EXTERNAL);
            out.push(u8::try_from(routes.len() * ROUTE_LEN).unwrap_or(u8::MAX));
            out.extend(routes.iter().flat_map(|route| route.to_bytes()));
        }
    }

    /// As packets have it.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; ROUTE_LEN] {
        let [n0, n1, n2, n3] = self.network.0.to_be_bytes();
        let [t0, t1] = self.ticks.to_be_bytes();
        [self.hops, n0, n1, n2, n3, t0, t1]
    }
}

impl<'a> ExternalRoutes<'a> {
    /// Of entries in the form of packets, [`ROUTES_IN_OPTION`] at most; the rest is cut.
    #[must_use]
    pub fn new(entries: &'a [[u8; ROUTE_LEN]]) -> Self {
        Self { rest: entries.get(..ROUTES_IN_OPTION).unwrap_or(entries) }
    }
}

impl Iterator for ExternalRoutes<'_> {
    type Item = ExternalRoute;

    fn next(&mut self) -> Option<ExternalRoute> {
        let (&[hops, n0, n1, n2, n3, t0, t1], rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(ExternalRoute {
            hops,
            network: NetworkNumber(u32::from_be_bytes([n0, n1, n2, n3])),
            ticks: u16::from_be_bytes([t0, t1]),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len(), Some(self.rest.len()))
    }
}

impl ExactSizeIterator for ExternalRoutes<'_> {}

impl<'a> Options<'a> {
    /// Of the bytes behind a header.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { list: list::Options::new(bytes) }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = LspOption<'a>;

    fn next(&mut self) -> Option<LspOption<'a>> {
        let (code, value) = self.list.next()?;
        let known = match code {
            area::CODE => areas(value),
            MANAGEMENT => management(value),
            LINK => link(value),
            SERVICE => service(value),
            EXTERNAL => external(value),
            _ => Some(LspOption::Unknown(code)),
        };
        Some(known.unwrap_or(LspOption::Broken(code)))
    }
}

fn areas(value: &[u8]) -> Option<LspOption<'_>> {
    let mut areas = Vec::new();
    area::extend(&mut areas, value).ok()?;
    Some(LspOption::Areas(areas))
}

/// A name that is too long is cut: it is only shown.
fn management(value: &[u8]) -> Option<LspOption<'_>> {
    let mut reader = Reader::new(value);
    let network = reader.network("nlsp.network").ok()?;
    let node = reader.node("nlsp.node").ok()?;
    let _ipx_version = reader.u8("nlsp.ipx_version").ok()?;
    let length = reader.u8("nlsp.name_length").ok()?;
    let name = reader.rest().get(..usize::from(length))?;
    let name = without_nuls(name.get(..MAX_NAME).unwrap_or(name));
    Some(LspOption::Management(Management { network, node, name }))
}

/// Bytes behind the last field are ignored [nlsp §18].
fn link(value: &[u8]) -> Option<LspOption<'_>> {
    let mut reader = Reader::new(value);
    let cost = reader.u8("nlsp.cost").ok()?;
    let _reserved = reader.array::<3>("nlsp.cost").ok()?;
    Some(LspOption::Link(Link {
        cost: (cost & NO_COST == 0).then_some(cost & MAX_COST),
        neighbour: NodeId::from_bytes(reader.array("nlsp.neighbour").ok()?),
        mtu: u32::from_be_bytes(reader.array("nlsp.mtu").ok()?),
        delay_us: u32::from_be_bytes(reader.array("nlsp.delay").ok()?),
        throughput_bps: u32::from_be_bytes(reader.array("nlsp.throughput").ok()?),
        media: MediaType(reader.u16("nlsp.media").ok()?),
    }))
}

fn service(value: &[u8]) -> Option<LspOption<'_>> {
    let mut reader = Reader::new(value);
    let hops = reader.u8("nlsp.hops").ok()?;
    let address = Address {
        network: reader.network("nlsp.network").ok()?,
        node: reader.node("nlsp.node").ok()?,
        socket: reader.socket("nlsp.socket").ok()?,
    };
    let service_type = ServiceType(reader.u16("nlsp.service_type").ok()?);
    let name = without_nuls(reader.rest());
    let mut wire = [0; 48];
    wire.get_mut(..name.len())?.copy_from_slice(name);
    let service = ServiceInfo { hops, address, service_type, name: ServiceName::from_wire(wire) };
    service.is_tellable().then_some(LspOption::Service(service))
}

fn external(value: &[u8]) -> Option<LspOption<'_>> {
    let (entries, rest) = value.as_chunks();
    rest.is_empty().then_some(LspOption::External(ExternalRoutes { rest: entries }))
}

impl LspOption<'_> {
    /// Appends the option to `out`, as a packet has it. Areas, routes and names beyond what an
    /// option holds are cut: they are the caller's to split [nlsp §7]. Unknown and broken options
    /// have no contents here and give nothing.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Areas(areas) => area::put(out, areas),
            Self::Management(management) => management.encode(out),
            Self::Link(link) => link.encode(out),
            Self::Service(service) => service.encode(out),
            Self::External(routes) => list::put(out, EXTERNAL, routes.rest.as_flattened()),
            Self::Unknown(_) | Self::Broken(_) => (),
        }
    }
}

impl Management<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let name = self.name.get(..MAX_NAME).unwrap_or(self.name);
        begin(out, MANAGEMENT, 12 + name.len());
        out.extend_from_slice(&self.network.0.to_be_bytes());
        out.extend_from_slice(&self.node.0);
        out.extend_from_slice(&[IPX_VERSION, u8::try_from(name.len()).unwrap_or(0)]);
        out.extend_from_slice(name);
    }
}

impl Link {
    fn encode(&self, out: &mut Vec<u8>) {
        begin(out, LINK, 25);
        let cost = self.cost.map_or(NO_COST, |cost| cost.min(MAX_COST));
        out.extend_from_slice(&[cost, 0, 0, 0]);
        out.extend_from_slice(&self.neighbour.to_bytes());
        for value in [self.mtu, self.delay_us, self.throughput_bps] {
            out.extend_from_slice(&value.to_be_bytes());
        }
        out.extend_from_slice(&self.media.0.to_be_bytes());
    }
}

impl ServiceInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        let name = self.name();
        let name = name.get(..MAX_NAME).unwrap_or(name);
        begin(out, SERVICE, 15 + name.len());
        out.push(self.hops);
        out.extend_from_slice(&self.address.network.0.to_be_bytes());
        out.extend_from_slice(&self.address.node.0);
        out.extend_from_slice(&self.address.socket.0.to_be_bytes());
        out.extend_from_slice(&self.service_type.0.to_be_bytes());
        out.extend_from_slice(name);
    }
}

/// The first two bytes of an option whose value is appended next.
fn begin(out: &mut Vec<u8>, code: u8, length: usize) {
    out.push(code);
    out.push(u8::try_from(length).unwrap_or(u8::MAX));
}
