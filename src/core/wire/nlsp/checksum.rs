//! The checksum of link-state packets [nlsp §6.2].
//!
//! Fletcher's, as ISO 8473 has it: two sums modulo 255 over everything from the packet's ID on.
//! Both are 0 if the checksum is right. It cannot tell a byte 00 from a byte FF.

/// Where the region begins in a packet: lifetime and lengths, which change on the way, are before.
pub(super) const REGION: usize = 12;
/// Bytes of the region before the checksum.
const BEFORE: usize = 12;
/// So many bytes can be summed up before the greater of the sums leaves 32 bits.
const RUN: usize = 4_000;

/// Adds `bytes` to the two sums.
fn add(sums: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    bytes.chunks(RUN).fold(sums, |sums, run| {
        let (first, second) = run.iter().fold(sums, |(first, second), &byte| {
            let first = first + u32::from(byte);
            (first, second + first)
        });
        (first % 255, second % 255)
    })
}

/// The checksum of a region; what stands in the checksum's place is taken as 0.
pub(super) fn of(region: &[u8]) -> u16 {
    let (before, rest) = region.split_at_checked(BEFORE).unwrap_or((region, &[]));
    let sums = add(add((0, 0), before), &[0, 0]);
    let (first, second) = add(sums, rest.get(2..).unwrap_or(&[]));
    let first = i64::from(first);
    let second = i64::from(second);
    // Only the remainder of the length counts, so it cannot overflow.
    let length = i64::try_from(region.len() % 255).unwrap_or(0);
    let byte = |value: i64| match u8::try_from(value.rem_euclid(255)) {
        Ok(0) | Err(_) => 255,
        Ok(byte) => byte,
    };
    u16::from_be_bytes([byte((length - 13) * first - second), byte(second - (length - 12) * first)])
}

/// The checksum that stands in the region is right.
pub(super) fn holds(region: &[u8]) -> bool {
    add((0, 0), region) == (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_checksum(region: &[u8]) -> Vec<u8> {
        let checksum = of(region).to_be_bytes();
        [&region[..12], &checksum, &region[14..]].concat()
    }

    #[test]
    fn the_three_given_regions_have_the_given_checksums() {
        let counting: Vec<u8> = (1..=0x1b).collect();
        let purge = [2, 0, 0, 0x33, 0x33, 0x33, 0, 1, 0, 0, 0, 9, 0, 0, 1];
        assert_eq!(of(&[0; 15]), 0xffff);
        assert_eq!(of(&counting), 0x7926);
        assert_eq!(of(&purge), 0x68f0);
    }

    #[test]
    fn a_checksum_holds_at_any_length_and_any_flipped_bit_is_noticed() {
        for length in [15, 16, 27, 254, 255, 256, 500, 3_999, 4_000, 4_001, 8_000, 65_493] {
            let region: Vec<u8> = (1..=251).cycle().step_by(7).take(length).collect();
            let region = with_checksum(&region);
            assert!(holds(&region), "{length}");
            for at in [0, 11, 12, 13, 14, length - 1] {
                for bit in 0..8 {
                    let mut flipped = region.clone();
                    flipped[at] ^= 1 << bit;
                    assert!(!holds(&flipped), "{length}, byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn the_greatest_bytes_do_not_overflow_the_sums() {
        assert!(holds(&with_checksum(&[0xff; 65_493])));
    }

    #[test]
    fn a_zero_in_the_place_of_ff_goes_unnoticed_which_is_its_known_blind_spot() {
        let mut region = [7; 40];
        region[20] = 0;
        let mut region = with_checksum(&region);
        region[20] = 0xff;
        assert!(holds(&region));
    }
}
