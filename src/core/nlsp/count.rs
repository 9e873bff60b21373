//! How many packets of which type NLSP sent and took on each circuit [nlsp §17].

use std::collections::BTreeMap;

use crate::Time;
use crate::ids::CircuitId;
use crate::router::NlspPdus;
use crate::wire::ipx::HEADER_LEN;

/// The counts of all circuits.
#[derive(Debug, Default)]
pub(crate) struct PduCounts {
    circuits: BTreeMap<CircuitId, Counted>,
}

/// The counts of a circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// When the first was counted.
    pub(crate) since: Time,
    pub(crate) sent: NlspPdus,
    pub(crate) received: NlspPdus,
}

impl PduCounts {
    /// `data`, all behind the IPX header, was sent in so many copies.
    pub(crate) fn sent(&mut self, now: Time, circuit: CircuitId, data: &[u8], copies: usize) {
        count(&mut self.counted(now, circuit).sent, data, copies as u64);
    }

    /// `data` came.
    pub(crate) fn received(&mut self, now: Time, circuit: CircuitId, data: &[u8]) {
        count(&mut self.counted(now, circuit).received, data, 1);
    }

    fn counted(&mut self, now: Time, circuit: CircuitId) -> &mut Counted {
        self.circuits.entry(circuit).or_insert_with(|| Counted { since: now, ..Counted::default() })
    }

    /// The counts of a circuit.
    pub(crate) fn of(&self, circuit: CircuitId) -> Counted {
        self.circuits.get(&circuit).copied().unwrap_or_default()
    }
}

/// Counts by the type in the header [nlsp §3]; what has none of ours counts nowhere.
fn count(pdus: &mut NlspPdus, data: &[u8], copies: u64) {
    let place = match data.get(4).map(|kind| kind & 0x1f) {
        Some(15 | 17) => &mut pdus.hellos,
        Some(18) => &mut pdus.lsps,
        Some(24) => &mut pdus.csnps,
        Some(26) => &mut pdus.psnps,
        _ => return,
    };
    *place += copies;
    pdus.bytes += (data.len() + HEADER_LEN) as u64 * copies;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: u8, len: usize) -> Vec<u8> {
        let mut data = vec![0; len];
        data[4] = kind;
        data
    }

    #[test]
    fn packets_count_by_their_type_and_each_copy_with_its_ipx_header() {
        let (mut counts, circuit) = (PduCounts::default(), CircuitId(3));
        counts.sent(Time::from_secs(9), circuit, &packet(15, 51), 4);
        // The NR bit is none of the type.
        counts.sent(Time::from_secs(10), circuit, &packet(0x80 | 18, 100), 2);
        counts.received(Time::from_secs(11), circuit, &packet(24, 33));
        counts.received(Time::from_secs(11), circuit, &packet(26, 17));
        counts.received(Time::from_secs(11), circuit, &packet(20, 27));
        counts.received(Time::from_secs(11), circuit, &[0x83]);
        let Counted { since, sent, received } = counts.of(circuit);
        assert_eq!(since, Time::from_secs(9));
        assert_eq!((sent.hellos, sent.lsps, sent.packets()), (4, 2, 6));
        assert_eq!(sent.bytes, 4 * 81 + 2 * 130);
        assert_eq!((received.csnps, received.psnps, received.packets()), (1, 1, 2));
        assert_eq!(received.bytes, 63 + 47);
        assert_eq!(counts.of(CircuitId(4)), Counted::default());
    }
}
