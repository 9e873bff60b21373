//! What RIP and SAP between agents would send: all that an agent knows to each peer, again and
//! again, where NLSP says what changed.

use std::time::Duration;

use super::{NlspPdus, SavingsRow};
use crate::Time;
use crate::hub::{Circuit, Rib, Services};
use crate::wire::ipx::HEADER_LEN;
use crate::wire::{rip, sap};

/// The headers of UDP and IP.
const DATAGRAM: u64 = 28;
/// The operation at the head of RIP and SAP.
const OPERATION: usize = 2;
const MINUTE: Duration = Duration::from_secs(60);

/// What NLSP sent on a circuit, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) pdus: NlspPdus,
    pub(super) since: Time,
}

/// A CMD network with so many peers that are up.
pub(super) fn row(
    circuit: &Circuit,
    peers: usize,
    (rib, services): (&Rib, &Services),
    sent: Sent,
    now: Time,
) -> SavingsRow {
    // Split horizon: what was learned there is not told there.
    let elsewhere = |origin| origin != Some(circuit.id);
    let networks = rib
        .iter_after(None)
        .filter(|(_, offers)| offers.first().is_some_and(|best| elsewhere(best.origin.circuit)))
        .count();
    let services = services
        .iter_after(None)
        .filter(|(_, service)| service.usable().is_some_and(|best| elsewhere(best.origin.circuit)))
        .count();
    let to_each =
        per_minute(update_bytes(networks, rip::MAX_ENTRIES, rip::ENTRY_LEN), circuit.rip.interval)
            + per_minute(
                update_bytes(services, sap::MAX_ENTRIES, sap::ENTRY_LEN),
                circuit.sap.interval,
            );
    let over = now.since(sent.since);
    SavingsRow {
        circuit: circuit.name.clone(),
        peers,
        networks,
        services,
        rip_sap_bytes: to_each * peers as u64,
        nlsp_bytes: per_minute(sent.pdus.bytes + sent.pdus.packets() * DATAGRAM, over),
        over_s: over.as_secs(),
    }
}

/// A full update of so many entries to one peer.
fn update_bytes(entries: usize, in_packet: usize, entry: usize) -> u64 {
    let packets = entries.div_ceil(in_packet);
    let ipx = packets * (HEADER_LEN + OPERATION) + entries * entry;
    ipx as u64 + packets as u64 * DATAGRAM
}

/// `bytes` in this time, as bytes a minute; in no time as they are.
fn per_minute(bytes: u64, time: Duration) -> u64 {
    let (minute, time) = (MINUTE.as_millis(), time.as_millis());
    if time == 0 {
        return bytes;
    }
    u64::try_from(u128::from(bytes) * minute / time).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_update_costs_its_entries_and_the_headers_of_its_packets() {
        assert_eq!(update_bytes(0, 50, 8), 0);
        assert_eq!(update_bytes(1, 50, 8), 28 + 30 + 2 + 8);
        assert_eq!(update_bytes(50, 50, 8), 28 + 432);
        assert_eq!(update_bytes(51, 50, 8), 28 + 432 + 28 + 40);
        assert_eq!(update_bytes(15, 7, 64), 3 * (28 + 32) + 15 * 64);
    }

    #[test]
    fn rates_are_by_the_minute_whatever_the_time() {
        assert_eq!(per_minute(600, Duration::from_secs(120)), 300);
        assert_eq!(per_minute(600, Duration::from_secs(30)), 1_200);
        assert_eq!(per_minute(600, Duration::ZERO), 600);
        assert_eq!(per_minute(u64::MAX, Duration::from_millis(1)), u64::MAX);
    }
}
