//! Every truncation and every flipped bit of the samples.

use super::{decode, exact};
use crate::wire::Reason;
use crate::wire::nlsp::{Pdu, Refusal};

const LSPS: [usize; 4] = [6, 7, 9, 12];

#[test]
fn every_truncation_of_a_packet_is_refused_for_its_header_or_length() {
    for number in 1..=17 {
        let bytes = exact(number);
        for end in 0..bytes.len() {
            match decode(&bytes[..end]) {
                Err(Refusal::Incorrect(error)) => {
                    let field =
                        if end < usize::from(bytes[1]) { "nlsp.header" } else { "nlsp.length" };
                    assert_eq!(error.field, field, "frame {number} cut at {end}");
                    let truncated =
                        matches!(error.reason, Reason::Truncated { have, .. } if have == end);
                    assert!(truncated, "{error}");
                }
                other => panic!("frame {number} cut at {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn every_packet_that_ends_sooner_is_whole_at_an_option_only() {
    for number in [1, 2, 4, 5, 10, 11, 13, 14] {
        let bytes = exact(number);
        let at = if number < 6 { 17 } else { 8 };
        let header = usize::from(bytes[1]);
        let mut ends = vec![header];
        while let Some(&end) = ends.last().filter(|&&end| end < bytes.len()) {
            ends.push(end + 2 + usize::from(bytes[end + 1]));
        }
        for end in header..=bytes.len() {
            let mut cut = bytes[..end].to_vec();
            cut[at..at + 2].copy_from_slice(&u16::try_from(end).unwrap().to_be_bytes());
            assert_eq!(decode(&cut).is_ok(), ends.contains(&end), "frame {number} at {end}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_packet_gives_a_value_or_names_a_field() {
    for number in 1..=17 {
        let bytes = exact(number);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Err(Refusal::Incorrect(error)) = decode(&flipped) {
                assert!(error.field.starts_with("nlsp."), "{error}");
            }
        }
    }
}

#[test]
fn every_flipped_bit_behind_the_lifetime_of_an_lsp_is_noticed() {
    for number in LSPS {
        let bytes = exact(number);
        for bit in 12 * 8..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&flipped), Err(Refusal::Corrupt), "frame {number}, bit {bit}");
        }
    }
}

#[test]
fn a_byte_00_replaced_by_ff_is_the_blind_spot_of_the_checksum() {
    for number in LSPS {
        let bytes = exact(number);
        // In the LSP's ID: what the options say would change their lengths.
        let zeros = (12..20).filter(|&at| bytes[at] == 0);
        for at in zeros {
            let mut changed = bytes.clone();
            changed[at] = 0xff;
            assert!(decode(&changed).is_ok(), "frame {number}, byte {at}");
        }
    }
}

#[test]
fn a_changed_lifetime_leaves_the_checksum_right() {
    for number in LSPS {
        for lifetime in [1u16, 7499, 0x7fff, 0x8001] {
            let mut bytes = exact(number);
            bytes[10..12].copy_from_slice(&lifetime.to_be_bytes());
            assert!(matches!(decode(&bytes), Ok(Pdu::Lsp(_))), "frame {number}, {lifetime}");
        }
    }
}
