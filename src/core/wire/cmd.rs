//! The CMD network: IPX packets as the payload of UDP, nodes that are IPv4 addresses.
//!
//! The payload is the IPX packet from its checksum on, with nothing before and nothing behind
//! [cmd §4.1]. A node is `7E01` followed by the four octets of its IPv4 address [cmd §3.4], so the
//! IP address of a next hop is computed, never looked up.

use std::net::Ipv4Addr;

use super::NodeAddress;

/// The UDP port by default.
pub const DEFAULT_PORT: u16 = 2654;
/// The UDP port of real NetWare 5 [cmd §4.3].
pub const NETWARE_PORT: u16 = 2645;
/// UDP and IPv4 headers around a packet, in bytes.
pub const OVERHEAD: usize = 28;

/// The node address of `ip` on a CMD network.
#[must_use]
pub const fn node(ip: Ipv4Addr) -> NodeAddress {
    let [a, b, c, d] = ip.octets();
    NodeAddress([0x7e, 0x01, a, b, c, d])
}

/// The IPv4 address in a CMD node address; `None` for every other node.
#[must_use]
pub const fn ip(node: NodeAddress) -> Option<Ipv4Addr> {
    match node.0 {
        [0x7e, 0x01, a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_7e01_and_the_ipv4_address_as_the_ncpfs_manual_shows() {
        let ip_address = Ipv4Addr::new(147, 32, 240, 81);
        assert_eq!(node(ip_address), NodeAddress([0x7e, 0x01, 0x93, 0x20, 0xf0, 0x51]));
        assert_eq!(ip(node(ip_address)), Some(ip_address));
        assert_eq!(ip(NodeAddress([0x7e, 0x02, 1, 2, 3, 4])), None);
    }
}
