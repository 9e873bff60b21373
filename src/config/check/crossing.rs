//! What it takes to cross a circuit: ticks for RIP, delay and throughput for NLSP, which makes
//! ticks of them. What is not given follows from what is.

use ipxway_core::config::NlspCircuit;

use crate::config::diagnostic::Faults;
use crate::config::file::{CmdNetwork, Lan};

const TICK_US: u64 = 55_000;
/// The packet that ticks are computed for.
const PACKET_BITS: u64 = 576 * 8;

/// What it takes to cross a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crossing {
    pub(super) ticks: u16,
    delay_us: u32,
    throughput_bps: u32,
}

impl Crossing {
    /// Of a LAN: both may be given, and then both count where they are used.
    pub(super) fn of_lan(lan: &Lan) -> Self {
        let usual = NlspCircuit::LAN;
        let throughput_bps = lan.nlsp.throughput_bps.unwrap_or(usual.throughput_bps);
        match (lan.ticks, lan.nlsp.delay_us) {
            (Some(ticks), Some(delay_us)) => Self { ticks, delay_us, throughput_bps },
            (Some(ticks), None) => Self::of_ticks(ticks, usual.delay_us, throughput_bps),
            (None, delay_us) => Self::of_delay(delay_us.unwrap_or(usual.delay_us), throughput_bps),
        }
    }

    /// Of a CMD network: ticks are given, or delay and throughput.
    pub(super) fn of_cmd_network(block: &CmdNetwork, faults: &Faults<'_>) -> Self {
        let usual = NlspCircuit::CMD;
        let delay_us = block.delay_us.as_ref();
        let throughput_bps = block.throughput_bps.as_ref();
        if let Some(ticks) = &block.ticks {
            for other in [delay_us, throughput_bps].into_iter().flatten() {
                let line = faults.line(&ticks.place);
                let wrong = format!("`ticks` in line {line} says the same in another way");
                faults.error(&other.place, wrong, "give ticks, or delay_us and throughput_bps");
            }
            return Self::of_ticks(ticks.value, usual.delay_us, usual.throughput_bps);
        }
        // Packets say no more than this [nlsp §7.4].
        let whole = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        Self::of_delay(
            delay_us.map_or(usual.delay_us, |delay| whole(delay.value)),
            throughput_bps.map_or(usual.throughput_bps, |throughput| whole(throughput.value)),
        )
    }

    /// Ticks follow from delay and throughput [nlsp §12.4].
    fn of_delay(delay_us: u32, throughput_bps: u32) -> Self {
        Self { ticks: ticks(delay_us, throughput_bps), delay_us, throughput_bps }
    }

    /// The delay that gives these ticks: the usual one if it does.
    fn of_ticks(given: u16, usual_us: u32, throughput_bps: u32) -> Self {
        let most = (u64::from(given) * TICK_US).saturating_sub(sending_us(throughput_bps));
        let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
        let is_usual = ticks(usual_us, throughput_bps) == given;
        let delay_us = if is_usual { usual_us } else { most };
        Self { ticks: given, delay_us, throughput_bps }
    }

    /// The settings with this delay and throughput.
    pub(super) fn within(self, settings: NlspCircuit) -> NlspCircuit {
        let Self { delay_us, throughput_bps, .. } = self;
        NlspCircuit { delay_us, throughput_bps, ..settings }
    }
}

/// Ticks of 55 ms that a packet of 576 bytes takes [nlsp §12.4].
fn ticks(delay_us: u32, throughput_bps: u32) -> u16 {
    let ticks = (u64::from(delay_us) + sending_us(throughput_bps)).div_ceil(TICK_US);
    u16::try_from(ticks).unwrap_or(u16::MAX).max(1)
}

fn sending_us(throughput_bps: u32) -> u64 {
    (PACKET_BITS * 1_000_000).div_ceil(u64::from(throughput_bps.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_follow_from_delay_and_throughput_as_the_document_computes_them() {
        assert_eq!(ticks(5_000, 10_000_000), 1);
        assert_eq!(ticks(200, 10_000_000), 1);
        assert_eq!(ticks(20_000, 64_000), 2);
        assert_eq!(ticks(20_000, 9_600), 10);
        assert_eq!(ticks(0, 9_600), 9);
        assert_eq!(ticks(u32::MAX, 1), u16::MAX);
    }

    #[test]
    fn the_delay_that_follows_from_ticks_gives_them_back() {
        for given in [1, 2, 3, 18, 1_000, u16::MAX] {
            let crossing = Crossing::of_ticks(given, 5_000, 10_000_000);
            assert_eq!(ticks(crossing.delay_us, crossing.throughput_bps), given);
        }
        assert_eq!(Crossing::of_ticks(1, 5_000, 10_000_000).delay_us, 5_000);
    }
}
