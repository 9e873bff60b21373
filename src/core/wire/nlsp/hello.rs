//! Hellos [nlsp §4, §5].

use super::{Area, NodeId, SystemId};
use crate::wire::NodeAddress;

/// Type 15, on LANs and CMD networks [nlsp §4].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanHello {
    /// The sender.
    pub system: SystemId,
    /// Seconds for which the receiver keeps the adjacency.
    pub holding_time: u16,
    /// For the election; 0 (never) to 127.
    pub priority: u8,
    /// The LAN as its designated router names it, as the sender sees it.
    pub lan_id: NodeId,
    /// The NM bit; sent as true, never acted on.
    pub no_multicast: bool,
    /// The sender's areas; empty if the option is missing, which means [`Area::ALL`].
    pub areas: Vec<Area>,
    /// Whom the sender hears, by node.
    pub neighbours: Vec<NodeAddress>,
    /// The largest IPX packet that the sender takes here, header included.
    pub local_mtu: Option<u32>,
    /// Bytes of the whole NLSP packet; to encode: pad to this size if it is less, one less where
    /// a rest of one byte is no option [nlsp §8.7].
    pub packet_len: usize,
}

/// How a sender sees a point-to-point link [nlsp §8.5].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// 0.
    Up,
    /// 1.
    Initializing,
    /// 2.
    Down,
}

/// Type 17, on point-to-point links [nlsp §5].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WanHello {
    /// How the sender sees the link.
    pub state: LinkState,
    /// The sender.
    pub system: SystemId,
    /// Seconds for which the receiver keeps the adjacency.
    pub holding_time: u16,
    /// Only in the 21-byte header.
    pub priority: Option<u8>,
    /// The sender's number of the link.
    pub circuit: u8,
    /// The sender's areas.
    pub areas: Vec<Area>,
    /// The largest IPX packet that the sender takes here.
    pub local_mtu: Option<u32>,
}

impl LanHello {
    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        unimplemented!()
    }
}

impl WanHello {
    /// The packet; with a priority the header has 21 bytes, without it 20.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        unimplemented!()
    }
}
