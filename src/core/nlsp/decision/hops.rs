//! First hops: by which of our neighbours the ways to a node begin.
//!
//! Nearly all nodes begin with one neighbour, and thousands share it: a node has the number of a
//! set, and each set is kept once.

use std::collections::BTreeMap;

use crate::ids::CircuitId;
use crate::nlsp::Neighbour;
use crate::wire::NodeAddress;

/// A neighbour on a circuit. Of equal ones the least is preferred: the lower node, then the lower
/// circuit [nlsp §12.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FirstHop {
    pub(crate) node: NodeAddress,
    pub(crate) circuit: CircuitId,
}

impl From<FirstHop> for Neighbour {
    fn from(FirstHop { node, circuit }: FirstHop) -> Self {
        Self { circuit, node }
    }
}

/// The number of a set in [`HopSets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HopSet(u32);

impl HopSet {
    /// No first hop: ourselves, networks of ours, and what is out of reach.
    pub(super) const NONE: Self = Self(u32::MAX);

    /// The hop at this place alone.
    pub(super) const fn only(place: u32) -> Self {
        Self(place)
    }
}

/// Sets of first hops, each of `splits` at most, the preferred ones.
#[derive(Clone, Debug, Default)]
pub(super) struct HopSets {
    /// Every first hop there is, in order. Its place is the number of the set of it alone.
    hops: Vec<FirstHop>,
    /// Sets of several, each in order; numbered behind those of one.
    sets: Vec<Box<[FirstHop]>>,
    numbers: BTreeMap<Box<[FirstHop]>, HopSet>,
    splits: usize,
}

impl HopSets {
    /// `hops` in order, each once.
    pub(super) fn new(hops: Vec<FirstHop>, splits: usize) -> Self {
        Self { hops, splits: splits.max(1), ..Self::default() }
    }

    /// The first hops of a set, in order.
    pub(super) fn get(&self, set: HopSet) -> &[FirstHop] {
        let place = set.0 as usize;
        match self.hops.get(place) {
            Some(only) => std::slice::from_ref(only),
            None => {
                let place = place.checked_sub(self.hops.len());
                place.and_then(|place| self.sets.get(place)).map_or(&[], AsRef::as_ref)
            }
        }
    }

    /// The preferred ones of both.
    pub(super) fn union(&mut self, one: HopSet, other: HopSet) -> HopSet {
        if one == other || other == HopSet::NONE {
            return one;
        }
        if one == HopSet::NONE {
            return other;
        }
        if self.splits == 1 {
            // Every set has one hop, and their numbers are in order.
            return one.min(other);
        }
        let mut all: Vec<FirstHop> = [self.get(one), self.get(other)].concat();
        all.sort_unstable();
        all.dedup();
        all.truncate(self.splits);
        self.number(all.into_boxed_slice())
    }

    /// The number of a set of several.
    fn number(&mut self, set: Box<[FirstHop]>) -> HopSet {
        if let Some(&known) = self.numbers.get(&set) {
            return known;
        }
        // Fewer than there are edges, which are numbered in 32 bits.
        let number = HopSet(u32::try_from(self.hops.len() + self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    /// No more unions: forgets what only they need.
    pub(super) fn finish(mut self) -> Self {
        self.numbers = BTreeMap::new();
        self
    }
}
