//! The forwarding table proper: network number to next hop, in shards.
//!
//! Lookup is exact match: IPX numbers have no prefixes. A published table never changes; the next
//! one shares every shard that no change touched, so that one route more costs a 256th of the
//! table, not the whole.
//!
//! Routes are kept by their *key*, the network number spread over 32 bits, in the order of keys.
//! As keys are spread evenly, a key itself says about where in its shard it lies: a lookup looks
//! there and at a few routes beside. Numbers chosen to spoil this cost a binary search, no more.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Egress, SplitId};
use crate::ids::CircuitId;
use crate::wire::NetworkNumber;

const SHARDS: usize = 256;
/// The low bits of a key, which order the routes of a shard; the others choose the shard.
const LOW_BITS: u32 = 24;

/// Where a packet for a network goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// The network is ours: the packet's own node is the link destination.
    Direct(CircuitId),
    /// To the router there.
    Via(Egress),
    /// To one of several routers that are as good as each other; which are, stands in
    /// [`Fib::splits`](super::Fib::splits).
    Split(SplitId),
}

/// A network number, spread. Sites number their networks in runs (C9000001, C9000002) or by
/// department in the high bytes; the multiplication spreads both. It loses nothing: equal keys
/// are equal numbers, as the factor is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u32);

impl Key {
    const fn of(network: NetworkNumber) -> Self {
        Self(network.0.wrapping_mul(0x9e37_79b1))
    }

    const fn shard(self) -> usize {
        (self.0 >> LOW_BITS) as usize
    }

    /// About where among `len` routes of its shard this key lies.
    fn guess(self, len: usize) -> usize {
        let low = u64::from(self.0 & ((1 << LOW_BITS) - 1));
        // Less than `len`, since `low` is less than 2^24.
        usize::try_from((low * len as u64) >> LOW_BITS).unwrap_or(0)
    }
}

type Shard = Arc<[(Key, NextHop)]>;

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

impl RouteTable {
    /// The next hop to `network`, if there is a route of its own.
    #[must_use]
    pub fn get(&self, network: NetworkNumber) -> Option<NextHop> {
        let key = Key::of(network);
        find(self.shards.get(key.shard())?, key)
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
        let mut by_shard: BTreeMap<usize, Vec<(Key, Option<NextHop>)>> = BTreeMap::new();
        for (&network, &next) in changes {
            let key = Key::of(network);
            by_shard.entry(key.shard()).or_default().push((key, next));
        }
        let mut table = self.clone();
        for (index, changes) in by_shard {
            let Some(shard) = table.shards.get_mut(index) else { continue };
            let mut routes: BTreeMap<Key, NextHop> = shard.iter().copied().collect();
            table.len -= routes.len();
            for (key, next) in changes {
                match next {
                    Some(next) => routes.insert(key, next),
                    None => routes.remove(&key),
                };
            }
            table.len += routes.len();
            *shard = routes.into_iter().collect();
        }
        table
    }
}

/// The route of `key`: at its guessed place, or else in steps that double away from there.
fn find(shard: &[(Key, NextHop)], key: Key) -> Option<NextHop> {
    let guess = key.guess(shard.len());
    let &(known, next) = shard.get(guess)?;
    let (mut near, mut step) = (guess, 1);
    let range = match key.cmp(&known) {
        Ordering::Equal => return Some(next),
        Ordering::Greater => loop {
            let far = near + step;
            match shard.get(far) {
                Some(&(known, next)) if known == key => return Some(next),
                Some(&(known, _)) if known < key => (near, step) = (far, step * 2),
                _ => break near + 1..far.min(shard.len()),
            }
        },
        Ordering::Less => loop {
            let far = near.checked_sub(step);
            match far.and_then(|far| shard.get(far)) {
                Some(&(known, next)) if known == key => return Some(next),
                Some(&(known, _)) if known > key => (near, step) = (near - step, step * 2),
                _ => break far.map_or(0, |far| far + 1)..near,
            }
        },
    };
    let between = shard.get(range)?;
    let place = between.binary_search_by_key(&key, |&(known, _)| known).ok()?;
    between.get(place).map(|&(_, next)| next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(circuit: u16) -> Option<NextHop> {
        Some(NextHop::Direct(CircuitId(circuit)))
    }

    #[test]
    fn a_table_finds_what_was_put_in_and_shares_what_did_not_change() {
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

    /// The number whose key this is: the inverse of the factor modulo 2^32 undoes it.
    fn network_of(key: u32) -> NetworkNumber {
        // Newton's iteration doubles the correct low bits each time.
        let factor = 0x9e37_79b1u32;
        let inverse =
            (0..5).fold(factor, |x, _| x.wrapping_mul(2u32.wrapping_sub(factor.wrapping_mul(x))));
        assert_eq!(factor.wrapping_mul(inverse), 1);
        NetworkNumber(key.wrapping_mul(inverse))
    }

    #[test]
    fn numbers_that_all_fall_into_one_place_of_one_shard_are_found_and_others_not() {
        let crowd: BTreeMap<_, _> = (0..20_000).map(|n| (network_of(2 * n), next(1))).collect();
        let table = RouteTable::default().with(&crowd);
        for key in 0..40_000 {
            let expected = if key % 2 == 0 { next(1) } else { None };
            assert_eq!(table.get(network_of(key)), expected, "{key}");
        }
        assert_eq!(table.get(network_of(0x00ff_ffff)), None);
    }

    proptest! {
        #[test]
        fn a_table_holds_what_a_map_holds_after_any_changes(
            steps in proptest::collection::vec(
                proptest::collection::btree_map(0u32..600, proptest::option::of(0u16..9), 0..200),
                1..5,
            ),
            spread in any::<bool>(),
        ) {
            // Numbers in a run, or the same keys side by side in few shards.
            let number = |n: u32| {
                if spread { NetworkNumber(n) } else { network_of(n * 3) }
            };
            let mut table = RouteTable::default();
            let mut model = BTreeMap::new();
            for step in steps {
                let changes = step
                    .into_iter()
                    .map(|(n, circuit)| (number(n), circuit.map(|c| NextHop::Direct(CircuitId(c)))))
                    .collect();
                table = table.with(&changes);
                for (network, next) in changes {
                    match next {
                        Some(next) => model.insert(network, next),
                        None => model.remove(&network),
                    };
                }
            }
            prop_assert_eq!(table.len(), model.len());
            prop_assert_eq!(table.is_empty(), model.is_empty());
            for n in 0..600 {
                prop_assert_eq!(table.get(number(n)), model.get(&number(n)).copied());
            }
        }
    }
}
