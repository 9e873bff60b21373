//! What it costs to cross a link: the cost that paths are chosen by, and the ticks that RIP tells
//! on [nlsp §12.2, §12.4].

/// Microseconds in a tick [nlsp §12.4].
const TICK_US: u64 = 55_000;

/// Bits of the packet that a link is measured with, 576 bytes, times the microseconds of a second.
const MEASURE: u64 = 576 * 8 * 1_000_000;

/// Throughput below which (bits a second) a link has this cost; from the last one on it has
/// [`LEAST_COST`] [nlsp §12.2].
const COSTS: [(u32, u8); 19] = [
    (16_000, 61),
    (32_000, 55),
    (48_000, 50),
    (64_000, 45),
    (128_000, 45),
    (256_000, 40),
    (512_000, 35),
    (1_000_000, 30),
    (2_000_000, 27),
    (4_000_000, 26),
    (8_000_000, 25),
    (10_000_000, 23),
    (16_000_000, 20),
    (32_000_000, 19),
    (64_000_000, 17),
    (128_000_000, 14),
    (256_000_000, 12),
    (512_000_000, 10),
    (1_000_000_000, 8),
];

/// The cost of a gigabit a second and more.
const LEAST_COST: u8 = 6;

/// The cost of a link of this throughput, in bits a second, that nobody gave another
/// [nlsp §12.2].
pub(crate) fn cost_of(throughput_bps: u32) -> u8 {
    let row = COSTS.iter().find(|&&(below, _)| throughput_bps < below);
    row.map_or(LEAST_COST, |&(_, cost)| cost)
}

/// The ticks to cross a link: its delay, and the time that 576 bytes take, rounded up; never 0,
/// so that ticks grow along every way [nlsp §12.4, §12.6].
pub(crate) fn ticks_of(delay_us: u32, throughput_bps: u32) -> u16 {
    let (delay, throughput) = (u64::from(delay_us), u64::from(throughput_bps));
    // Both sides times the throughput: nothing is lost to rounding. It fits, as 2^32 squared
    // less 2^33 and the measure does.
    let time = delay.saturating_mul(throughput).saturating_add(MEASURE);
    match throughput {
        0 => 1,
        _ => u16::try_from(time.div_ceil(TICK_US * throughput)).unwrap_or(u16::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_goes_with_the_throughput_from_the_lower_bound_on() {
        for (throughput, cost) in [
            (0, 61),
            (9_600, 61),
            (15_999, 61),
            (16_000, 55),
            (56_000, 45),
            (64_000, 45),
            (127_999, 45),
            (128_000, 40),
            (1_544_000, 27),
            (2_048_000, 26),
            (4_000_000, 25),
            (9_999_999, 23),
            (10_000_000, 20),
            (16_000_000, 19),
            (100_000_000, 14),
            (999_999_999, 8),
            (1_000_000_000, 6),
            (u32::MAX, 6),
        ] {
            assert_eq!(cost_of(throughput), cost, "{throughput}");
        }
    }

    #[test]
    fn ticks_are_those_of_the_specification_and_at_least_one() {
        for (delay, throughput, ticks) in [
            (200, 10_000_000, 1),
            (20_000, 64_000, 2),
            (0, 9_600, 9),
            (0, u32::MAX, 1),
            (5_000, 10_000_000, 1),
            (5_000_000, 0, 1),
            (55_000, u32::MAX, 2),
            (5_000_000, 10_000_000, 91),
            (u32::MAX, u32::MAX, u16::MAX),
            (0, 1, u16::MAX),
        ] {
            assert_eq!(ticks_of(delay, throughput), ticks, "{delay} {throughput}");
        }
    }
}
