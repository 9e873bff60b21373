//! Bytes that are wrong: every truncation, every flipped bit, every random length.

use proptest::prelude::*;

use super::{data, packet};
use crate::fuzzing;
use crate::wire::frame;
use crate::wire::ipx::Header;
use crate::wire::{DecodeError, Reason, diagnostics, ping, rip, samples, sap};

type Decoder = fn(&[u8]) -> Result<(), DecodeError>;

/// Every decoder of a packet's data, the prefix of its fields, and the samples that are its.
const DECODERS: [(&str, Decoder, &[usize]); 5] = [
    ("rip", |data| rip::Packet::decode(data).map(drop), &[1, 5, 6, 7, 8, 9, 10]),
    ("sap", |data| sap::Packet::decode(data).map(drop), &[11, 12, 13, 14, 15, 16, 17, 18]),
    ("ping", |data| ping::Ping::decode(data).map(drop), &[22, 23]),
    ("diagnostics", |data| diagnostics::Request::decode(data).map(drop), &[24]),
    ("diagnostics", |data| diagnostics::Response::decode(data).map(drop), &[25]),
];

fn names_a_field_of(error: &DecodeError, layers: &[&str]) {
    let (layer, name) = error.field.split_once('.').expect("a field is layer.name");
    assert!(layers.contains(&layer) && !name.is_empty(), "{error}");
    assert!(error.to_string().starts_with(error.field));
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

#[test]
fn every_truncation_of_a_frame_is_refused_by_field_or_finds_a_packet_within_it() {
    for bytes in samples::frames() {
        for end in 0..bytes.len() {
            let cut = &bytes[..end];
            match frame::locate(cut) {
                Ok(located) => assert!(located.packet.end <= end),
                Err(error) => names_a_field_of(&error, &["ethernet", "llc"]),
            }
        }
    }
}

#[test]
fn every_truncation_of_a_packet_is_refused_for_its_header_or_length() {
    for number in 1..=42 {
        let bytes = packet(number);
        for end in 0..bytes.len() {
            let error = Header::decode(&bytes[..end]).unwrap_err();
            let field = if end < 30 { "ipx.header" } else { "ipx.length" };
            assert_eq!(error.field, field, "frame {number} cut at {end}");
            assert!(matches!(error.reason, Reason::Truncated { have, .. } if have == end));
        }
    }
}

#[test]
fn every_truncation_of_a_body_names_its_field_or_leaves_out_what_is_cut() {
    for (layer, decode, numbers) in DECODERS {
        for &number in numbers {
            for end in 0..data(number).len() {
                if let Err(error) = decode(&data(number)[..end]) {
                    names_a_field_of(&error, &[layer]);
                    assert!(matches!(error.reason, Reason::Truncated { .. }), "{error}");
                }
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_frame_gives_a_value_or_names_a_field() {
    for bytes in samples::frames() {
        for flipped in flipped(bytes) {
            match frame::locate(&flipped) {
                Err(error) => names_a_field_of(&error, &["ethernet", "llc"]),
                Ok(located) => {
                    if let Err(error) = Header::decode(&flipped[located.packet]) {
                        names_a_field_of(&error, &["ipx"]);
                    }
                }
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_body_gives_a_value_or_names_a_field() {
    for (layer, decode, numbers) in DECODERS {
        for &number in numbers {
            for flipped in flipped(data(number)) {
                if let Err(error) = decode(&flipped) {
                    names_a_field_of(&error, &[layer]);
                }
            }
        }
    }
}

proptest! {
    // A case is 1,600 lengths, each through every parser.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 16,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_bytes_of_every_length_up_to_1600_pass_through_every_parser_and_printer(
        bytes in proptest::collection::vec(any::<u8>(), 1600),
    ) {
        for length in 0..=bytes.len() {
            for (_, run) in fuzzing::BYTES {
                run(&bytes[..length]);
            }
        }
    }
}
