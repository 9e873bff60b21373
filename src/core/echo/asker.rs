//! How many questions each asker may have answered.

use std::collections::BTreeMap;

use crate::Time;
use crate::bucket::Bucket;
use crate::wire::{Address, NetworkNumber, NodeAddress};

/// Questions of one node that are answered in a second: plenty for people and for monitoring,
/// little for a flood.
pub(super) const ANSWERS_PER_S: u32 = 100;
/// Nodes that are remembered at once. Source addresses cost their sender nothing.
pub(super) const ASKERS: usize = 1_024;

/// The nodes that asked in the last second.
#[derive(Debug, Default)]
pub(super) struct Askers {
    buckets: BTreeMap<(NetworkNumber, NodeAddress), Bucket>,
}

impl Askers {
    /// One more question of this asker may be answered.
    pub(super) fn permit(&mut self, asker: Address, now: Time) -> bool {
        let key = (asker.network, asker.node);
        if !self.buckets.contains_key(&key) && self.buckets.len() >= ASKERS {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            if self.buckets.len() >= ASKERS {
                return false;
            }
        }
        self.buckets.entry(key).or_default().take(ANSWERS_PER_S, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ipx::address;

    #[test]
    fn each_asker_has_a_rate_of_its_own_and_strangers_cannot_fill_the_memory() {
        let mut askers = Askers::default();
        let (one, other) = (address(1, [2; 6], 0x4000), address(1, [4; 6], 0x4000));
        let start = Time::from_secs(1);
        let answered = (0..500).filter(|_| askers.permit(one, start)).count();
        assert_eq!(answered, usize::try_from(ANSWERS_PER_S).unwrap());
        assert!(askers.permit(other, start));
        let flood = (0..5_000).filter(|&n| askers.permit(address(n, [2; 6], 0x4000), start));
        assert_eq!(flood.count(), ASKERS - 2, "as many as fit beside the two");
        assert_eq!(askers.buckets.len(), ASKERS);
        let later = Time::from_secs(3);
        assert!(askers.permit(address(9_999, [2; 6], 0x4000), later));
        assert_eq!(askers.buckets.len(), 1, "who asked long ago is forgotten");
    }
}
