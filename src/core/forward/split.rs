//! Equal paths: which of them the packets for a node take.
//!
//! All packets for one node of a network take one path, so that they stay in order; other nodes
//! take others [nlsp §12.3]. Each path bids for a node with a hash of both, and the highest bid
//! wins: a path that is lost moves only what it had.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Egress, LinkDestination};
use crate::wire::{NetworkNumber, NodeAddress};

/// The most equal paths of a network [nlsp §12.3].
pub const MAX_PATHS: usize = 8;

/// Equal paths, by their place in [`Splits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SplitId(u16);

impl SplitId {
    fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The sets of equal paths that routes have. Networks behind the same routers share one.
#[derive(Clone, Debug, Default)]
pub struct Splits {
    sets: Arc<Vec<Option<Arc<[Path]>>>>,
}

/// One of several equal paths.
#[derive(Clone, Copy, Debug)]
struct Path {
    egress: Egress,
    /// What it bids with.
    hash: u64,
}

impl Path {
    fn of(egress: Egress) -> Self {
        let to = match egress.to {
            LinkDestination::Node(node) => 1 << 48 | number(node),
            LinkDestination::Peer(ip) => 2 << 48 | u64::from(u32::from(ip)),
            LinkDestination::Broadcast => 3 << 48,
        };
        Self { egress, hash: mix(to ^ mix(u64::from(egress.circuit.0))) }
    }
}

impl Splits {
    /// The path that packets for `node` of `network` take, of those that are up; if none is, the
    /// one that they would take.
    #[must_use]
    pub fn choose(
        &self,
        id: SplitId,
        network: NetworkNumber,
        node: NodeAddress,
        is_up: impl Fn(Egress) -> bool,
    ) -> Option<Egress> {
        let paths = self.sets.get(id.index())?.as_deref()?;
        let key = mix(number(node) ^ mix(u64::from(network.0)));
        let bid = |path: &&Path| (is_up(path.egress), mix(key ^ path.hash));
        paths.iter().max_by_key(bid).map(|path| path.egress)
    }

    /// The paths of a set, in the order they were given.
    pub fn paths(&self, id: SplitId) -> impl Iterator<Item = Egress> {
        let set = self.sets.get(id.index()).and_then(Option::as_deref);
        set.unwrap_or(&[]).iter().map(|path| path.egress)
    }

    /// Sets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sets.iter().flatten().count()
    }

    /// No set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn put(&mut self, id: SplitId, paths: Option<&[Egress]>) {
        // The first change after a table was published copies the list, not what is in it.
        let sets = Arc::make_mut(&mut self.sets);
        if sets.len() <= id.index() {
            sets.resize(id.index() + 1, None);
        }
        if let Some(place) = sets.get_mut(id.index()) {
            *place = paths.map(|paths| paths.iter().copied().map(Path::of).collect());
        }
    }
}

/// Who counts which sets are in use, and how often: the publisher of tables.
#[derive(Debug, Default)]
pub struct SplitIndex {
    ids: BTreeMap<Vec<Egress>, SplitId>,
    /// Routes that use each set.
    uses: Vec<u32>,
    free: Vec<SplitId>,
}

impl SplitIndex {
    /// A route takes these paths: the set of them, put into `splits` if it is new. `None` if
    /// there are more sets than can be told apart.
    pub fn take(&mut self, splits: &mut Splits, paths: &[Egress]) -> Option<SplitId> {
        let paths = paths.get(..MAX_PATHS).unwrap_or(paths);
        let id = match self.ids.get(paths) {
            Some(&known) => known,
            None => {
                let id = self.free.pop().or_else(|| self.grow())?;
                self.ids.insert(paths.to_vec(), id);
                splits.put(id, Some(paths));
                id
            }
        };
        let uses = self.uses.get_mut(id.index())?;
        *uses += 1;
        Some(id)
    }

    /// A route no longer takes these paths; if it was the last, they leave `splits`.
    pub fn give_back(&mut self, splits: &mut Splits, id: SplitId) {
        let Some(uses) = self.uses.get_mut(id.index()).filter(|uses| **uses > 0) else { return };
        *uses -= 1;
        if *uses == 0 {
            let paths: Vec<Egress> = splits.paths(id).collect();
            self.ids.remove(&paths);
            self.free.push(id);
            splits.put(id, None);
        }
    }

    fn grow(&mut self) -> Option<SplitId> {
        let id = u16::try_from(self.uses.len()).ok().map(SplitId)?;
        self.uses.push(0);
        Some(id)
    }
}

fn number(node: NodeAddress) -> u64 {
    let [a, b, c, d, e, f] = node.0;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// Spreads every bit over all: the end of splitmix64, which loses nothing.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
