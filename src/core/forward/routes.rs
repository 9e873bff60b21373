//! The forwarding table proper: network number to next hop, in shards.
//!
//! Lookup is exact match: IPX numbers have no prefixes. A published table never changes; the next
//! one shares every shard that no change touched, so that one route more costs a 256th of the
//! table, not the whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Egress;
use crate::ids::CircuitId;
use crate::wire::NetworkNumber;

const SHARDS: usize = 256;

/// Where a packet for a network goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// The network is ours: the packet's own node is the link destination.
    Direct(CircuitId),
    /// To the router there.
    Via(Egress),
}

type Shard = Arc<[(NetworkNumber, NextHop)]>;

/// Network number to next hop.
#[derive(Clone, Debug)]
pub struct RouteTable {
    shards: Box<[Shard]>,
    len: usize,
}

impl Default for RouteTable {
    fn default() -> Self {
        let empty: Shard = Arc::from([]);
        Self { shards: vec![empty; SHARDS].into_boxed_slice(), len: 0 }
    }
}

/// The shard of a network. Sites number their networks in runs (C9000001, C9000002) or by
/// department in the high bytes; the multiplication spreads both.
const fn shard_of(network: NetworkNumber) -> usize {
    (network.0.wrapping_mul(0x9e37_79b1) >> 24) as usize
}

impl RouteTable {
    /// The next hop to `network`, if there is a route of its own.
    #[must_use]
    pub fn get(&self, network: NetworkNumber) -> Option<NextHop> {
        let shard = self.shards.get(shard_of(network))?;
        let place = shard.binary_search_by_key(&network, |&(known, _)| known).ok()?;
        shard.get(place).map(|&(_, next)| next)
    }

    /// Routes in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// No route.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The table with `changes`: a next hop, or `None` where a route is gone.
    #[must_use]
    pub fn with(&self, changes: &BTreeMap<NetworkNumber, Option<NextHop>>) -> Self {
        let mut by_shard: BTreeMap<usize, Vec<(NetworkNumber, Option<NextHop>)>> = BTreeMap::new();
        for (&network, &next) in changes {
            by_shard.entry(shard_of(network)).or_default().push((network, next));
        }
        let mut table = self.clone();
        for (index, changes) in by_shard {
            let Some(shard) = table.shards.get_mut(index) else { continue };
            let mut routes: BTreeMap<NetworkNumber, NextHop> = shard.iter().copied().collect();
            table.len -= routes.len();
            for (network, next) in changes {
                match next {
                    Some(next) => routes.insert(network, next),
                    None => routes.remove(&network),
                };
            }
            table.len += routes.len();
            *shard = routes.into_iter().collect();
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_finds_what_was_put_in_and_shares_what_did_not_change() {
        let next = |circuit| Some(NextHop::Direct(CircuitId(circuit)));
        let first: BTreeMap<_, _> = (1..5_000).map(|n| (NetworkNumber(n), next(1))).collect();
        let table = RouteTable::default().with(&first);
        assert_eq!(table.len(), 4_999);
        let changed = [(NetworkNumber(7), next(2)), (NetworkNumber(8), None)].into();
        let second = table.with(&changed);
        assert_eq!(second.get(NetworkNumber(7)), next(2));
        assert_eq!(second.get(NetworkNumber(8)), None);
        assert_eq!(second.get(NetworkNumber(9)), next(1));
        assert_eq!(table.get(NetworkNumber(8)), next(1), "a published table never changes");
        assert_eq!(second.len(), 4_998);
        let shared = table.shards.iter().zip(&second.shards).filter(|(a, b)| Arc::ptr_eq(a, b));
        assert!(shared.count() >= SHARDS - 2);
    }
}
