//! What an agent says of itself on a CMD network: URL and attributes [cmd §12.3].
//!
//! Of what NetWare's own agents register only the type and `CMD NETWORK` are known for sure. The
//! rest is as NetWare's other services have it, and reading takes every form that could be meant.

use std::net::Ipv4Addr;

use super::registrar::Announced;
use crate::ids::CircuitId;
use crate::router::Cx;
use crate::wire::slp::{Attribute, AttributeList, Filter, Version};
use crate::wire::{NetworkNumber, cmd};

/// The type of migration agents.
pub(super) const TYPE: &str = "service:mgw.novell";
/// The CMD network, eight hexadecimal digits.
pub(super) const NETWORK: &str = "CMD NETWORK";
const NAME: &str = "SVCNAME-WS";
/// Addresses: `family-type-protocol-` and 28 hexadecimal digits.
const ADDRESS: &str = "SVCADDR-WS";

/// An item of `SVCADDR-WS` for UDP: family IP, datagrams, protocol 17.
const UDP: &str = "2-2-17-";
/// One for IPX: family IPX, datagrams, NetWare's number for it.
const IPX: &str = "6-2-1000-";
/// Our IPX address is that of NCP there.
const NCP: u16 = 0x0451;

/// The URL of an agent: it has no host, as Novell's have none. One of several networks tells
/// which by its number.
pub(super) fn url(name: &str, network: Option<NetworkNumber>) -> String {
    // A blank may stand in a name, and in no URL.
    let name = name.replace(' ', "_");
    match network {
        Some(network) => format!("{TYPE}:///{name}-{network}"),
        None => format!("{TYPE}:///{name}"),
    }
}

/// The URL of an agent while another host has its usual one: the address makes it differ.
pub(super) fn substitute(announced: &Announced) -> String {
    format!("{}-{:08X}", announced.url, announced.ip.to_bits())
}

/// The attributes of our agent on a CMD network, as a message has them; `None` if the circuit is
/// not up.
pub(super) fn attributes(
    cx: &Cx<'_>,
    circuit: CircuitId,
    announced: &Announced,
    version: Version,
) -> Option<String> {
    let here = cx.circuits.get(circuit)?;
    let port = cx.config.cmd_networks.iter().enumerate();
    let mut port = port.filter(|(index, _)| cx.config.cmd_circuit(*index) == circuit);
    let port = port.next().map_or(cmd::DEFAULT_PORT, |(_, network)| network.udp_port);
    Some(list(&cx.config.name, here.network, announced.ip, port).to_text(version))
}

/// The attributes of an agent.
pub(super) fn list(name: &str, network: NetworkNumber, ip: Ipv4Addr, port: u16) -> AttributeList {
    let address = ip.to_bits();
    let udp = format!("{UDP}{address:08X}{port:04X}{:016}", 0);
    let ipx = format!("{IPX}{network}7E01{address:08X}{NCP:04X}0000");
    let addresses = Attribute::of_texts(ADDRESS, [udp, ipx]);
    AttributeList::new(vec![
        Attribute::new(NETWORK, &network.to_string()),
        Attribute::new(NAME, name),
        addresses,
    ])
}

/// The condition that asks for the agents of one network alone.
pub(super) fn filter(network: NetworkNumber, version: Version) -> String {
    Filter::equal(NETWORK, &network.to_string(), version).to_text(version)
}

/// The tags that we read.
pub(super) fn tags() -> String {
    [NETWORK, NAME, ADDRESS].join(",")
}

/// Address and port of an agent, as its attributes tell.
pub(super) fn endpoint(list: &AttributeList) -> Option<(Ipv4Addr, u16)> {
    let items = list.get(ADDRESS).into_iter().flat_map(|it| it.values());
    items.filter_map(|item| item_of_ip(&item.to_string())).next()
}

/// The address alone.
pub(super) fn address(list: &AttributeList) -> Option<Ipv4Addr> {
    endpoint(list).map(|(ip, _)| ip)
}

/// `2-2-17-` and an IPv4 address and a port in hexadecimal digits.
fn item_of_ip(item: &str) -> Option<(Ipv4Addr, u16)> {
    let mut parts = item.trim().splitn(4, '-');
    let family = parts.next()?;
    let digits = parts.nth(2)?;
    if family != "2" {
        return None;
    }
    let ip = u32::from_str_radix(digits.get(..8)?, 16).ok()?;
    let port = u16::from_str_radix(digits.get(8..12)?, 16).ok()?;
    Some((Ipv4Addr::from_bits(ip), port))
}
