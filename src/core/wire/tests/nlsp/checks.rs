//! What is refused, for which reason, and what must not be.

use bytes::Bytes;

use super::{A, B, area, decode, exact, hello_of_a, link, sample, with_length};
use crate::wire::nlsp::{
    Area, Flags, LanHello, Lsp, LspEntry, LspOption, Management, Pdu, Psnp, Refusal,
};
use crate::wire::{DecodeError, NetworkNumber, NodeAddress};

/// Where header, sample 1, has these.
const CIRCUIT_TYPE: usize = 8;
const SYSTEM: usize = 9;

/// A sample with one byte replaced.
fn changed(number: usize, at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = exact(number);
    bytes[at] = byte;
    bytes
}

/// A sample with bytes behind, inside of its packet length.
fn longer(number: usize, more: &[u8]) -> Vec<u8> {
    with_length([exact(number).as_slice(), more].concat())
}

/// The field that a packet breaks the format in.
fn broken_field(bytes: &[u8]) -> &'static str {
    match decode(bytes) {
        Err(Refusal::Incorrect(DecodeError { field, .. })) => field,
        other => panic!("{other:?}"),
    }
}

/// An LSP of A with these options and a right checksum.
fn lsp_with(options: &[u8]) -> Lsp {
    Lsp::build(A.router().lsp(0), 7, 7500, Flags::LEVEL_1, options)
}

fn hello(bytes: &[u8]) -> LanHello {
    match decode(bytes) {
        Ok(Pdu::LanHello(hello)) => hello,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_ours_is_refused_for_its_version_type_or_level() {
    for number in [1, 4, 6, 10, 11] {
        assert_eq!(decode(&changed(number, 5, 2)), Err(Refusal::Version(2)), "frame {number}");
        for kind in [0, 14, 16, 19, 20, 25, 27, 31] {
            assert_eq!(decode(&changed(number, 4, kind)), Err(Refusal::Type(kind)));
        }
    }
    for number in [1, 4] {
        for circuit_type in [0, 2] {
            let bytes = changed(number, CIRCUIT_TYPE, circuit_type);
            assert_eq!(decode(&bytes), Err(Refusal::Level), "frame {number}");
        }
        assert!(decode(&changed(number, CIRCUIT_TYPE, 3)).is_ok(), "Level 1 and Level 2");
    }
}

#[test]
fn minor_version_and_reserved_fields_are_not_looked_at() {
    for number in [1, 4, 6, 10, 11] {
        for (at, byte) in [(2, 9), (2, 0), (3, 6), (6, 1), (7, 3)] {
            let told = |pdu| match pdu {
                // An LSP keeps the bytes it came in, those included.
                Ok(Pdu::Lsp(lsp)) => lsp.options().count(),
                Ok(_) => 0,
                Err(refusal) => panic!("frame {number}, byte {at}: {refusal}"),
            };
            assert_eq!(told(decode(&changed(number, at, byte))), told(decode(&exact(number))));
        }
    }
    // The reserved bits beside type, circuit type and priority.
    assert_eq!(decode(&changed(1, 4, 0xef)), decode(&exact(1)));
    assert_eq!(decode(&changed(1, CIRCUIT_TYPE, 0xfd)), decode(&exact(1)));
    assert_eq!(hello(&changed(1, 19, 0xc0)).priority, 64);
    assert!(!hello(&changed(1, CIRCUIT_TYPE, 1)).no_multicast);
}

#[test]
fn protocol_and_both_lengths_are_checked_in_every_packet() {
    assert_eq!(broken_field(&[]), "nlsp.header");
    for number in [1, 4, 6, 10, 11] {
        let right = exact(number);
        assert_eq!(broken_field(&changed(number, 0, 0x82)), "nlsp.protocol");
        for indicator in [right[1] - 2, right[1] + 1, 0, 255] {
            assert_eq!(broken_field(&changed(number, 1, indicator)), "nlsp.header_length");
        }
        let at = if number < 6 { 17 } else { 8 };
        let header = u16::from(right[1]);
        for length in [0, header - 1, u16::try_from(right.len()).unwrap() + 1, u16::MAX] {
            let mut bytes = right.clone();
            bytes[at..at + 2].copy_from_slice(&length.to_be_bytes());
            assert_eq!(broken_field(&bytes), "nlsp.length", "frame {number}, {length}");
        }
        let padded = [right.as_slice(), &[0xee; 9]].concat();
        assert_eq!(decode(&padded), decode(&right), "padding behind is not read");
    }
}

#[test]
fn a_wan_hello_with_another_header_length_is_read_by_it() {
    // 20 instead of 21: what was the link is then the code of an option.
    assert_eq!(broken_field(&changed(4, 1, 20)), "nlsp.option");
    assert_eq!(broken_field(&changed(4, CIRCUIT_TYPE, 0xc1)), "nlsp.state");
}

#[test]
fn an_option_must_end_within_the_packet_in_every_packet() {
    for number in [1, 4, 10, 11] {
        for more in [[0x99].as_slice(), &[0x99, 1], &[0x99, 200, 1]] {
            assert_eq!(broken_field(&longer(number, more)), "nlsp.option", "frame {number}");
        }
        assert!(decode(&longer(number, &[0x99, 0])).is_ok(), "an empty option is one");
        assert!(decode(&longer(number, &[0x0a, 3, 1, 2, 3])).is_ok(), "an unknown one is skipped");
    }
    // In an LSP only if the checksum is right; else damage on the way is the likelier reason.
    assert_eq!(decode(&longer(6, &[0x99])), Err(Refusal::Corrupt));
    let mut purge = longer(8, &[0x99]);
    assert_eq!(broken_field(&purge), "nlsp.option");
    purge.push(0);
    assert!(decode(&with_length(purge)).is_ok());
}

#[test]
fn a_hello_tells_a_system() {
    for (number, byte) in [(1, 0), (1, 0xff), (4, 0), (4, 0xff)] {
        let mut bytes = exact(number);
        bytes[SYSTEM..SYSTEM + 6].fill(byte);
        assert_eq!(broken_field(&bytes), "nlsp.system");
    }
}

#[test]
fn an_option_of_a_wrong_length_breaks_hellos_and_sequence_number_packets() {
    for (number, option, field) in [
        (1, [0x06, 5, 1, 2, 3, 4, 5].as_slice(), "nlsp.neighbours"),
        (1, &[0xc0, 0], "nlsp.areas"),
        (1, &[0xc0, 4, 0, 0, 0, 0], "nlsp.areas"),
        (4, &[[0xc0, 32].as_slice(), &[0; 32]].concat(), "nlsp.areas"),
        (4, &[0xc0, 8, 0, 0, 0, 0, 0xff, 0, 0xff, 0], "nlsp.area_mask"),
        (1, &[0xc0, 8, 0, 0, 0, 0, 0, 0, 0, 1], "nlsp.area_mask"),
        (1, &[0xc5, 2, 5, 220], "nlsp.local_mtu"),
        (4, &[0xc5, 5, 0, 0, 5, 220, 0], "nlsp.local_mtu"),
        (10, &[[0x09, 15].as_slice(), &[0; 15]].concat(), "nlsp.entries"),
        (11, &[[0x09, 17].as_slice(), &[0; 17]].concat(), "nlsp.entries"),
    ] {
        assert_eq!(broken_field(&longer(number, option)), field, "frame {number}, {option:?}");
    }
}

#[test]
fn options_of_one_code_are_merged_and_three_areas_kept() {
    let (a, b) = (area(0x1234_0000, 0xffff_0000), area(0x1234_5678, 0xffff_ffff));
    let mut more = [0xc0, 16].to_vec();
    for area in [a, b] {
        more.extend([area.network.0.to_be_bytes(), area.mask.to_be_bytes()].concat());
    }
    more.extend([0xc0, 8, 0, 0, 0, 9, 0xff, 0, 0, 0]);
    more.extend([0x06, 6, 0x7e, 1, 10, 0, 0, 9, 0x06, 0, 0xc5, 4, 0, 0, 0, 64]);
    let told = hello(&longer(1, &more));
    assert_eq!(told.areas, [Area::ALL, a, b]);
    assert_eq!(told.neighbours.last(), Some(&NodeAddress([0x7e, 1, 10, 0, 0, 9])));
    assert_eq!((told.neighbours.len(), told.local_mtu), (3, Some(1500)));
}

#[test]
fn a_hello_may_tell_nothing_in_options() {
    let bytes = with_length(exact(1)[..27].to_vec());
    let (areas, neighbours) = (Vec::new(), Vec::new());
    let bare = LanHello { areas, neighbours, local_mtu: None, packet_len: 27, ..hello_of_a() };
    assert_eq!(decode(&bytes), Ok(Pdu::LanHello(bare.clone())));
    assert_eq!(bare.encode(), bytes);
}

#[test]
fn a_complete_snp_whose_range_runs_backwards_is_refused() {
    let mut bytes = exact(10);
    bytes[17..25].fill(0xff);
    assert!(decode(&bytes).is_ok(), "one ID is a range");
    bytes[25..33].fill(0xfe);
    assert_eq!(broken_field(&bytes), "nlsp.end");
}

#[test]
fn the_entries_of_an_snp_stay_as_they_came_with_hours_resolved() {
    let entry = |lifetime, sequence| LspEntry {
        lifetime,
        id: A.router().lsp(0),
        sequence,
        checksum: 0x1234,
    };
    let twice = Psnp { source: B.router(), entries: vec![entry(7200, 5), entry(9, 4)] };
    let mut bytes = twice.encode();
    assert_eq!(decode(&bytes), Ok(Pdu::Psnp(twice.clone())), "duplicates are left to the reader");
    bytes[19..21].copy_from_slice(&[0x80, 2]);
    assert_eq!(decode(&bytes), Ok(Pdu::Psnp(twice)));
}

#[test]
fn an_lsp_with_a_wrong_checksum_or_no_sequence_is_corrupt_unless_it_is_a_purge() {
    assert_eq!(decode(&changed(6, 24, 0)), Err(Refusal::Corrupt));
    let mut purge = exact(8);
    purge[24..26].fill(0);
    let Ok(Pdu::Lsp(lsp)) = decode(&purge) else { panic!("a purge was refused") };
    assert_eq!((lsp.checksum, lsp.lifetime), (0, 0));
    let none = Lsp::build(A.router().lsp(0), 0, 7500, Flags::LEVEL_1, &[]);
    assert_eq!(Pdu::decode(none.bytes()), Err(Refusal::Corrupt));
    assert_eq!(Pdu::decode(none.purged().bytes()), Err(Refusal::Corrupt));
    // Both sums are 0 over zeros too, but a checksum of 0 says that none was computed.
    let mut zeros = Lsp::build(A.router().lsp(0), 1, 7500, Flags::LEVEL_1, &[]).to_packet(7500);
    zeros[12..].fill(0);
    zeros[23] = 255;
    assert_eq!(decode(&zeros), Err(Refusal::Corrupt));
    zeros[24..26].fill(0xff);
    assert!(decode(&zeros).is_ok());
}

#[test]
fn broken_options_of_an_lsp_say_nothing_and_the_lsp_keeps_its_bytes() {
    let filled =
        |code, length: u8| [[code, length].as_slice(), &vec![0xfe; usize::from(length)]].concat();
    let mut options = Vec::new();
    let broken = [(0xc0, 0), (0xc0, 9), (0xc0, 32), (0xc0, 8), (0xc1, 11), (0xc1, 40), (0xc2, 24)];
    let more = [(0xc3, 15), (0xc3, 63), (0xc4, 8)];
    for (code, length) in broken.into_iter().chain(more) {
        options.extend(filled(code, length));
        options.extend([0xaa, 1, 7]);
    }
    LspOption::Link(link(20, B, 0)).encode(&mut options);
    let lsp = lsp_with(&options);
    let Ok(Pdu::Lsp(read)) = Pdu::decode(lsp.bytes()) else { panic!("the LSP was refused") };
    assert_eq!(read.bytes(), lsp.bytes());
    assert_eq!(read.to_packet(7500), lsp.to_packet(7500));
    let mut found = read.options();
    for (code, _) in broken.into_iter().chain(more) {
        assert_eq!(found.next(), Some(LspOption::Broken(code)));
        assert_eq!(found.next(), Some(LspOption::Unknown(0xaa)));
    }
    assert_eq!(found.next(), Some(LspOption::Link(link(20, B, 0))));
    assert_eq!(found.next(), None);
}

#[test]
fn options_that_are_longer_than_need_be_are_read_as_far_as_known() {
    let mut options = Vec::new();
    LspOption::Link(link(20, B, 0)).encode(&mut options);
    options[1] += 3;
    options.extend([1, 2, 3]);
    // A name of 48 with its NUL, and one that its length does not cover.
    let mut name = vec![b'N'; 47];
    name.push(0);
    options.extend([[0xc1, 60].as_slice(), &[0; 11], &[48], &name].concat());
    options.extend([[0xc1, 15].as_slice(), &[0; 11], &[2], b"AB", b"C"].concat());
    options.extend([[0xc3, 20].as_slice(), &[0; 15], b"FS\0\0\0"].concat());
    options.extend([[0xc3, 18].as_slice(), &[0; 15], &[0; 3]].concat());
    let lsp = lsp_with(&options);
    let read: Vec<LspOption<'_>> = lsp.options().collect();
    assert_eq!(read[0], LspOption::Link(link(20, B, 0)));
    let management = |name| {
        let (network, node) = (NetworkNumber(0), NodeAddress([0; 6]));
        LspOption::Management(Management { network, node, name })
    };
    assert_eq!(read[1..3], [management(&name[..47]), management(b"AB")]);
    let LspOption::Service(service) = read[3] else { panic!("{:?}", read[3]) };
    assert_eq!(service.name.key(), b"FS");
    assert_eq!(read[4], LspOption::Broken(0xc3), "a name of NULs is none");
}

#[test]
fn a_link_may_have_no_cost_and_its_reserved_bits_do_not_count() {
    let mut options = Vec::new();
    LspOption::Link(link(63, B, 0)).encode(&mut options);
    for (byte, cost) in [(0x3f, Some(63)), (0x40, Some(0)), (0x80, None), (0xbf, None)] {
        options[2] = byte;
        options[3..6].fill(byte);
        let lsp = lsp_with(&options);
        let Some(LspOption::Link(link)) = lsp.options().next() else { panic!("no link") };
        assert_eq!(link.cost, cost, "{byte:#x}");
    }
}

#[test]
fn a_lifetime_in_hours_is_resolved_and_a_long_one_accepted() {
    let lsp = lsp_with(&[]);
    for (field, seconds) in [(0x8002u16, 7200), (0x8000, 1), (7501, 7501), (15_000, 15_000)] {
        let mut bytes = lsp.to_packet(7500);
        bytes[10..12].copy_from_slice(&field.to_be_bytes());
        let Ok(Pdu::Lsp(read)) = decode(&bytes) else { panic!("{field:#x} was refused") };
        assert_eq!(read.lifetime, seconds);
        assert!(read.same_content(&lsp));
        assert_eq!(read.to_packet(read.lifetime)[10..12], seconds.to_be_bytes());
    }
    assert_eq!(lsp.to_packet(32_768)[10..12], [0x80, 10]);
}

#[test]
fn the_content_of_an_lsp_is_its_flags_and_options_not_its_version() {
    let (id, flags) = (A.router().lsp(0), Flags::LEVEL_1);
    let lsp = Lsp::build(id, 7, 7500, flags, &[0xaa, 1, 7]);
    assert!(Lsp::build(id, 8, 90, flags, &[0xaa, 1, 7]).same_content(&lsp));
    assert!(!Lsp::build(id, 8, 90, flags, &[0xaa, 1, 8]).same_content(&lsp));
    assert!(!Lsp::build(id, 7, 7500, Flags::OVERLOADED, &[0xaa, 1, 7]).same_content(&lsp));
    let mut bytes = lsp.to_packet(7500);
    bytes[4] |= 0x80;
    let Ok(Pdu::Lsp(server)) = decode(&bytes) else { panic!("the NR bit was refused") };
    assert!(!server.same_content(&lsp));
}

#[test]
fn an_lsp_is_a_piece_of_what_was_received_and_small() {
    let received = sample(12);
    let Ok(Pdu::Lsp(lsp)) = Pdu::decode(&received) else { panic!("sample 12 was refused") };
    assert_eq!(lsp.bytes().as_ptr(), received.as_ptr());
    assert!(size_of::<Lsp>() <= size_of::<Bytes>() + 24, "{}", size_of::<Lsp>());
}
