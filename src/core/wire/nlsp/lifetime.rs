//! The lifetime of link-state packets: seconds, or hours with the top bit set [nlsp §10.6].

/// In the field: hours.
const HOURS: u16 = 0x8000;
const SECONDS_IN_HOUR: u16 = 3_600;

/// Seconds from a packet, 65,535 at most.
pub(super) const fn read(field: u16) -> u16 {
    match field ^ HOURS {
        // No hours at all are no purge.
        0 => 1,
        hours if hours < HOURS => hours.saturating_mul(SECONDS_IN_HOUR),
        _ => field,
    }
}

/// Seconds into a packet: more than fit as hours, rounded up.
pub(super) const fn write(seconds: u16) -> u16 {
    if seconds < HOURS { seconds } else { HOURS | seconds.div_ceil(SECONDS_IN_HOUR) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_seconds_and_only_long_lifetimes_are_written_as_hours() {
        for (field, seconds) in
            [(0, 0), (1, 1), (0x7fff, 32_767), (0x8000, 1), (0x8002, 7_200), (0xffff, 65_535)]
        {
            assert_eq!(read(field), seconds, "{field:#x}");
        }
        for (seconds, field) in
            [(0, 0), (7_200, 7_200), (32_767, 0x7fff), (32_768, 0x800a), (36_000, 0x800a)]
        {
            assert_eq!(write(seconds), field, "{seconds}");
        }
    }

    #[test]
    fn a_lifetime_never_gets_shorter_by_being_written() {
        for seconds in 0..=u16::MAX {
            assert!(read(write(seconds)) >= seconds, "{seconds}");
        }
    }
}
