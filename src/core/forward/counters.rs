//! The counters of ports, circuits and peers.
//!
//! Every received packet is counted in exactly one outcome: of its circuit once that is known, of
//! its port before. So `port.in_packets` = its own outcomes + the `in_packets` of its circuits,
//! and `circuit.in_packets` = its outcomes + what still waits to be handled.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Outcome;
use crate::ids::{CircuitId, PeerId, PortId};

/// One count per outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes([u64; Outcome::COUNT]);

impl Default for Outcomes {
    fn default() -> Self {
        Self([0; Outcome::COUNT])
    }
}

impl Outcomes {
    /// One more packet of this outcome.
    pub fn count(&mut self, outcome: Outcome) {
        if let Some(place) = self.0.get_mut(outcome.index()) {
            *place += 1;
        }
    }

    /// Packets of this outcome.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> u64 {
        self.0.get(outcome.index()).copied().unwrap_or(0)
    }

    /// Packets of all outcomes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The outcomes that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.iter().copied().zip(self.0).filter(|&(_, count)| count > 0)
    }

    fn add(&mut self, other: &Self) {
        for (place, more) in self.0.iter_mut().zip(other.0) {
            *place += more;
        }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(outcome, count)| (outcome.name(), count)))
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    /// Counters of names that this version does not know are left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, u64>::deserialize(deserializer)?;
        let mut outcomes = Self::default();
        for (place, outcome) in outcomes.0.iter_mut().zip(Outcome::ALL) {
            *place = named.get(outcome.name()).copied().unwrap_or(0);
        }
        Ok(outcomes)
    }
}

/// What went through a port or a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Packets received.
    pub in_packets: u64,
    /// Bytes of them: frames on a port, IPX on a circuit. A frame that is refused on a circuit
    /// before its packet is found counts there with its whole length.
    pub in_bytes: u64,
    /// Packets given to the kernel to be sent.
    pub out_packets: u64,
    /// Bytes of them.
    pub out_bytes: u64,
    /// Of those, packets that IP had to fragment.
    pub out_fragmented: u64,
    /// Of those, packets that the kernel did not take; known of ports only.
    pub out_errors: u64,
    /// What became of the packets received.
    pub outcomes: Outcomes,
}

/// What went to and came from a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerTraffic {
    /// Packets received.
    pub in_packets: u64,
    /// Bytes of IPX received.
    pub in_bytes: u64,
    /// Packets sent.
    pub out_packets: u64,
    /// Bytes of IPX sent.
    pub out_bytes: u64,
}

/// The counters of all ports, circuits and peers, by their identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    ports: Vec<Traffic>,
    circuits: Vec<Traffic>,
    peers: Vec<PeerTraffic>,
}

fn at<T: Default + Clone>(table: &mut Vec<T>, index: usize) -> &mut T {
    if table.len() <= index {
        table.resize(index + 1, T::default());
    }
    // The line above made the place.
    table.get_mut(index).expect("the table was just made long enough")
}

impl Traffic {
    /// One more packet of `bytes` received.
    pub fn received(&mut self, bytes: usize) {
        self.in_packets += 1;
        self.in_bytes += bytes as u64;
    }

    /// One more packet of `bytes` sent.
    pub fn sent(&mut self, bytes: usize) {
        self.out_packets += 1;
        self.out_bytes += bytes as u64;
    }

    fn add(&mut self, other: &Self) {
        self.in_packets += other.in_packets;
        self.in_bytes += other.in_bytes;
        self.out_packets += other.out_packets;
        self.out_bytes += other.out_bytes;
        self.out_fragmented += other.out_fragmented;
        self.out_errors += other.out_errors;
        self.outcomes.add(&other.outcomes);
    }
}

impl Counters {
    /// The counters of a port.
    pub fn port(&mut self, id: PortId) -> &mut Traffic {
        at(&mut self.ports, id.index())
    }

    /// The counters of a circuit.
    pub fn circuit(&mut self, id: CircuitId) -> &mut Traffic {
        at(&mut self.circuits, id.index())
    }

    /// The counters of a peer.
    pub fn peer(&mut self, id: PeerId) -> &mut PeerTraffic {
        at(&mut self.peers, id.index())
    }

    /// The counters of all ports so far.
    #[must_use]
    pub fn ports(&self) -> &[Traffic] {
        &self.ports
    }

    /// The counters of all circuits so far.
    #[must_use]
    pub fn circuits(&self) -> &[Traffic] {
        &self.circuits
    }

    /// The counters of all peers so far.
    #[must_use]
    pub fn peers(&self) -> &[PeerTraffic] {
        &self.peers
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        for (index, more) in other.ports.iter().enumerate() {
            at(&mut self.ports, index).add(more);
        }
        for (index, more) in other.circuits.iter().enumerate() {
            at(&mut self.circuits, index).add(more);
        }
        for (index, more) in other.peers.iter().enumerate() {
            let place = at(&mut self.peers, index);
            place.in_packets += more.in_packets;
            place.in_bytes += more.in_bytes;
            place.out_packets += more.out_packets;
            place.out_bytes += more.out_bytes;
        }
    }

    /// Sets every count to zero; keeps the room.
    pub fn clear(&mut self) {
        self.ports.fill(Traffic::default());
        self.circuits.fill(Traffic::default());
        self.peers.fill(PeerTraffic::default());
    }
}
