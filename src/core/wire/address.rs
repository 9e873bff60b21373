//! IPX addresses: network number, node address, socket; how they print and how they are typed.
//!
//! Printed as `000000A1.0200000000C1.0451`; typed also the ways other products print them
//! [ipx-rip-sap §2]: `A1.0200.0000.00c1.0451`, `A1:0200000000C1`, `a1.02:00:00:00:00:c1.0451`.
//! Leading zeros may be left out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The 32-bit number of an IPX network, unique in the whole internetwork.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkNumber(pub u32);

/// The 48-bit address of a node on its network: a MAC address on Ethernet.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress(pub [u8; 6]);

/// The 16-bit number of a socket in a node.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Socket(pub u16);

/// Where a packet goes to or comes from.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The network; 0 is "this one".
    pub network: NetworkNumber,
    /// The node on it.
    pub node: NodeAddress,
    /// The socket in the node.
    pub socket: Socket,
}

impl NetworkNumber {
    /// "This segment" as destination, "I do not know" as source [ipx-rip-sap §1.2].
    pub const THIS: Self = Self(0);
    /// Everything, in a RIP request [ipx-rip-sap §1.2].
    pub const ALL: Self = Self(0xffff_ffff);
    /// The default route [ipx-rip-sap §10.8].
    pub const DEFAULT_ROUTE: Self = Self(0xffff_fffe);
    /// Novell's default number of a CMD network [cmd §3.1].
    pub const DEFAULT_CMD: Self = Self(0xffff_fffd);

    /// May be the number of a network that exists: neither 0 nor one of the wildcards.
    #[must_use]
    pub const fn is_assignable(self) -> bool {
        self.0 != 0 && self.0 < Self::DEFAULT_ROUTE.0
    }

    /// A route may lead there: a network that may exist, or all the others (the default route).
    #[must_use]
    pub const fn is_destination(self) -> bool {
        self.is_assignable() || self.0 == Self::DEFAULT_ROUTE.0
    }
}

impl NodeAddress {
    /// Every node of the network.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// The one node of an internal network [ipx-rip-sap §1.2].
    pub const INTERNAL: Self = Self([0, 0, 0, 0, 0, 1]);

    /// Every node.
    #[must_use]
    pub fn is_broadcast(self) -> bool {
        self == Self::BROADCAST
    }

    /// Broadcast or multicast: the group bit of the first octet. Never a source
    /// [ipx-rip-sap §1.2].
    #[must_use]
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 != 0
    }
}

impl Socket {
    /// NetWare core protocol.
    pub const NCP: Self = Self(0x0451);
    /// Service advertising.
    pub const SAP: Self = Self(0x0452);
    /// Routing information.
    pub const RIP: Self = Self(0x0453);
    /// NetBIOS.
    pub const NETBIOS: Self = Self(0x0455);
    /// Diagnostic responder.
    pub const DIAGNOSTICS: Self = Self(0x0456);
    /// NLSP.
    pub const NLSP: Self = Self(0x9001);
    /// Novell ping.
    pub const PING: Self = Self(0x9086);
    /// The first of the sockets that a node may choose freely.
    pub const FIRST_DYNAMIC: Self = Self(0x4000);
}

impl Address {
    /// The address of `socket` at `node` on `network`.
    #[must_use]
    pub const fn new(network: NetworkNumber, node: NodeAddress, socket: Socket) -> Self {
        Self { network, node, socket }
    }
}

/// A text that is no IPX address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// Not a network number.
    #[error("`{0}` is no network number: 1 to 8 hexadecimal digits, such as C9000001")]
    Network(String),
    /// Not a node address.
    #[error("`{0}` is no node address: 12 hexadecimal digits, such as 0200000000C1")]
    Node(String),
    /// Not a socket.
    #[error("`{0}` is no socket: 1 to 4 hexadecimal digits, such as 0451")]
    Socket(String),
    /// Not a service type.
    #[error("`{0}` is no service type: 1 to 4 hexadecimal digits, such as 0004")]
    ServiceType(String),
    /// Parts are missing.
    #[error("`{0}` is no IPX address: NETWORK.NODE, such as C9000001.0200000000C1")]
    Shape(String),
}

pub(super) fn hex_digits(text: &str, most: usize) -> Option<u64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    if digits.is_empty() || digits.len() > most || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

impl FromStr for NetworkNumber {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex_digits(text, 8)
            .and_then(|value| u32::try_from(value).ok())
            .map(Self)
            .ok_or_else(|| ParseAddressError::Network(text.to_owned()))
    }
}

impl FromStr for NodeAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ParseAddressError::Node(text.to_owned());
        let groups: Vec<&str> = text.split([':', '-', '.']).collect();
        // Separated octets or words keep their places; a bare number may lose leading zeros.
        let value = match groups.as_slice() {
            [whole] => hex_digits(whole, 12),
            [_, _, _] => join_groups(&groups, 4),
            [_, _, _, _, _, _] => join_groups(&groups, 2),
            _ => None,
        }
        .ok_or_else(bad)?;
        let [_, _, node @ ..] = value.to_be_bytes();
        Ok(Self(node))
    }
}

fn join_groups(groups: &[&str], digits: usize) -> Option<u64> {
    groups.iter().try_fold(0u64, |value, group| {
        let part = hex_digits(group, digits)?;
        Some((value << (4 * digits)) | part)
    })
}

impl FromStr for Socket {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex_digits(text, 4)
            .and_then(|value| u16::try_from(value).ok())
            .map(Self)
            .ok_or_else(|| ParseAddressError::Socket(text.to_owned()))
    }
}

impl FromStr for Address {
    type Err = ParseAddressError;

    /// `NETWORK.NODE` or `NETWORK.NODE.SOCKET`; without a socket it is 0.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || ParseAddressError::Shape(text.to_owned());
        let (network, rest) = text.split_once(['.', ':']).ok_or_else(shape)?;
        let dots = rest.matches('.').count();
        // A node in three words has two dots of its own, any other form none.
        let (node, socket) = match dots {
            0 | 2 => (rest, None),
            1 | 3 => rest.rsplit_once('.').map(|(n, s)| (n, Some(s))).ok_or_else(shape)?,
            _ => return Err(shape()),
        };
        Ok(Self {
            network: network.parse()?,
            node: node.parse()?,
            socket: socket.map_or(Ok(Socket(0)), str::parse)?,
        })
    }
}

impl fmt::Display for NetworkNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:08X}", self.0))
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        f.pad(&format!("{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}{g:02X}"))
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04X}", self.0))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}.{}", self.network, self.node, self.socket))
    }
}

macro_rules! text_forms {
    ($($name:ty),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

text_forms!(NetworkNumber, NodeAddress, Socket, Address);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_the_ways_other_products_print_them() {
        let expected = Address::new(
            NetworkNumber(0xdead_0001),
            NodeAddress([0, 0, 0, 0, 0, 1]),
            Socket(0x0451),
        );
        for text in [
            "DEAD0001.0000.0000.0001.0451",
            "DEAD0001.000000000001.0451",
            "dead0001.00:00:00:00:00:01.0451",
            "DEAD0001:000000000001.451",
            "0xDEAD0001.1.0451",
        ] {
            assert_eq!(text.parse::<Address>(), Ok(expected), "{text}");
        }
        assert_eq!("DEAD0001:000000000001".parse::<Address>().map(|a| a.socket), Ok(Socket(0)));
        assert_eq!(expected.to_string(), "DEAD0001.000000000001.0451");
    }

    #[test]
    fn a_text_that_is_no_address_says_what_is_wrong_with_which_part() {
        for (text, part) in [
            ("A1", "IPX address"),
            ("G1.1", "network number"),
            ("123456789.1", "network number"),
            ("A1.0200000000C1F", "node address"),
            ("A1.02:00:00:00:00", "node address"),
            ("A1.1.12345", "socket"),
            ("", "IPX address"),
            ("A1.1.2.3.4.5.6", "IPX address"),
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
