//! Who is who: systems, nodes of the graph, link-state packets, areas [nlsp §1].

use std::fmt;

use crate::wire::NetworkNumber;

/// A router. By default 02:00 and its internal network number [nlsp §16].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId(pub [u8; 6]);

/// A node of the graph, "NLSP ID": a router, or a LAN in the name of its designated router.
/// Ordered as its seven bytes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The router.
    pub system: SystemId,
    /// 0: the router itself; else the number it gave the LAN.
    pub pseudonode: u8,
}

/// A link-state packet. Ordered as its eight bytes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LspId {
    /// Whose.
    pub node: NodeId,
    /// Which fragment; 0 is always there.
    pub number: u8,
}

/// An area address: it covers the networks that agree with it in the bits of the mask.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Area {
    /// The number.
    pub network: NetworkNumber,
    /// Which of its bits count: ones from the top.
    pub mask: u32,
}

impl SystemId {
    /// The default system of an agent [nlsp §16].
    #[must_use]
    pub const fn of_internal(network: NetworkNumber) -> Self {
        let [a, b, c, d] = network.0.to_be_bytes();
        Self([2, 0, a, b, c, d])
    }

    /// Its node as a router.
    #[must_use]
    pub const fn router(self) -> NodeId {
        NodeId { system: self, pseudonode: 0 }
    }

    /// The node of its LAN of this number.
    #[must_use]
    pub const fn lan(self, pseudonode: u8) -> NodeId {
        NodeId { system: self, pseudonode }
    }
}

impl NodeId {
    /// It is a LAN.
    #[must_use]
    pub const fn is_pseudonode(self) -> bool {
        self.pseudonode != 0
    }

    /// Its link-state packet of this number.
    #[must_use]
    pub const fn lsp(self, number: u8) -> LspId {
        LspId { node: self, number }
    }

    /// As packets have it.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 7] {
        let [a, b, c, d, e, f] = self.system.0;
        [a, b, c, d, e, f, self.pseudonode]
    }

    /// From a packet.
    #[must_use]
    pub const fn from_bytes([a, b, c, d, e, f, pseudonode]: [u8; 7]) -> Self {
        SystemId([a, b, c, d, e, f]).lan(pseudonode)
    }
}

impl LspId {
    /// The least.
    pub const FIRST: Self = Self { node: SystemId([0; 6]).lan(0), number: 0 };
    /// The greatest.
    pub const LAST: Self = Self { node: SystemId([0xff; 6]).lan(0xff), number: 0xff };

    /// The next one in order; `None` behind the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let next = u64::from_be_bytes(self.to_bytes()).checked_add(1)?;
        Some(Self::from_bytes(next.to_be_bytes()))
    }

    /// As packets have it.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        let [a, b, c, d, e, f] = self.node.system.0;
        [a, b, c, d, e, f, self.node.pseudonode, self.number]
    }

    /// From a packet.
    #[must_use]
    pub const fn from_bytes([a, b, c, d, e, f, pseudonode, number]: [u8; 8]) -> Self {
        SystemId([a, b, c, d, e, f]).lan(pseudonode).lsp(number)
    }
}

impl Area {
    /// The area of those who configured none: it covers every network [nlsp §7.2].
    pub const ALL: Self = Self { network: NetworkNumber(0), mask: 0 };

    /// Both are one area [nlsp §8.6].
    #[must_use]
    pub const fn same(self, other: Self) -> bool {
        self.mask == other.mask && self.network.0 & self.mask == other.network.0 & other.mask
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02X}", self.system, self.pseudonode)
    }
}

impl fmt::Display for LspId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02X}", self.node, self.number)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:08X}", self.network, self.mask)
    }
}
