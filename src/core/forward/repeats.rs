//! Hellos that say what the last one said.
//!
//! On a large CMD network nearly all that reaches the router at rest are hellos, each of which
//! does no more than to begin its holding time anew. While all of them do, a host may let the
//! next ones wait for a moment and give the router several at a time: to wake for each costs more
//! than to handle it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Lane, LinkSource, Received};
use crate::ids::CircuitId;
use crate::wire::Socket;
use crate::wire::ipx::HEADER_LEN;
use crate::wire::nlsp::LanHello;

/// A hello waits for so small a part of its holding time.
const PARTS: u32 = 30;
/// Peers that are remembered. Beyond that all are forgotten: their next hellos do not wait.
const MOST_PEERS: usize = 16_384;

/// What each peer said last.
#[derive(Debug, Default)]
pub struct Repeats {
    /// A hash: whoever makes two hellos of one hash has the second of them wait.
    last: BTreeMap<(CircuitId, Ipv4Addr), u64>,
}

impl Repeats {
    /// The longest wait, of hellos with a holding time of half a minute or more.
    const MOST: Duration = Duration::from_secs(1);

    /// How long the next ones like this packet may wait before they are given to the router; zero
    /// for all but a hello that is the same as this peer's last one. What is said on a LAN is not
    /// remembered. What the router is told of the wait keeps the holding time exact
    /// ([`Input::Packet`](crate::router::Input::Packet)).
    pub fn may_wait(&mut self, lane: Lane, received: &Received, packet: &[u8]) -> Duration {
        let LinkSource::Peer(peer) = received.from else { return Duration::ZERO };
        let to_nlsp = received.header.destination.socket == Socket::NLSP;
        let data = packet.get(HEADER_LEN..).unwrap_or(&[]);
        let Some(seconds) =
            LanHello::peek_holding_time(data).filter(|_| to_nlsp && lane == Lane::Adjacency)
        else {
            return Duration::ZERO;
        };
        let mut hasher = DefaultHasher::new();
        packet.hash(&mut hasher);
        let hash = hasher.finish();
        if self.last.len() == MOST_PEERS {
            self.last.clear();
        }
        let before = self.last.insert((received.circuit, peer), hash);
        if before == Some(hash) {
            (Duration::from_secs(seconds.into()) / PARTS).min(Self::MOST)
        } else {
            Duration::ZERO
        }
    }
}
