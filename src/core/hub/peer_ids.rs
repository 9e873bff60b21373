//! Which peer has which number.
//!
//! Forwarding threads count by these numbers, and go on counting while peers come and go: a peer
//! that returns has its number again. A number passes to another peer only when there are very
//! many that are gone; that one's counters then begin where the other's ended.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::ids::{CircuitId, PeerId};

/// Numbers before those of peers that are gone are given to others. Far above what all networks
/// of an agent have in use.
const MOST: usize = 65_536;

/// The numbers of peers, gone ones too.
#[derive(Clone, Debug, Default)]
pub(super) struct PeerIds {
    ids: BTreeMap<(CircuitId, Ipv4Addr), PeerId>,
}

impl PeerIds {
    /// The number of a peer; `present` tells of another whether it is still one.
    pub(super) fn of(
        &mut self,
        circuit: CircuitId,
        ip: Ipv4Addr,
        present: impl Fn(CircuitId, Ipv4Addr) -> bool,
    ) -> PeerId {
        if let Some(&id) = self.ids.get(&(circuit, ip)) {
            return id;
        }
        let mut id = PeerId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        if self.ids.len() >= MOST
            && let Some(gone) = self.ids.keys().find(|(circuit, ip)| !present(*circuit, *ip))
        {
            let gone = *gone;
            id = self.ids.remove(&gone).unwrap_or(id);
        }
        self.ids.insert((circuit, ip), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(n: usize) -> Ipv4Addr {
        Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(n).unwrap())
    }

    #[test]
    fn a_peer_that_returns_has_its_number_again_and_two_networks_share_none() {
        let mut ids = PeerIds::default();
        let [a, b] = [CircuitId(1), CircuitId(2)];
        let first = ids.of(a, ip(1), |_, _| false);
        assert_ne!(first, ids.of(b, ip(1), |_, _| false));
        assert_ne!(first, ids.of(a, ip(2), |_, _| false));
        assert_eq!(first, ids.of(a, ip(1), |_, _| false));
    }

    #[test]
    fn when_very_many_are_gone_their_numbers_are_used_again() {
        let mut ids = PeerIds::default();
        let mut all: Vec<u32> =
            (0..MOST + 500).map(|n| ids.of(CircuitId(0), ip(n), |_, at| at <= ip(9)).0).collect();
        assert_eq!(ids.of(CircuitId(0), ip(3), |_, _| true), PeerId(3));
        all.sort_unstable();
        assert_eq!(*all.last().unwrap() as usize, MOST - 1);
        assert!(all.windows(2).filter(|pair| pair[0] == pair[1]).count() == 500);
    }
}
