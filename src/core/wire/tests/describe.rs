//! What people are told of frames.

use crate::wire::describe::Frame;
use crate::wire::samples;

fn told(number: usize) -> String {
    Frame(samples::frame(number)).to_string()
}

#[test]
fn frames_are_told_in_one_line_by_protocol() {
    for (number, line) in [
        (
            3,
            "802.2 0200000000C1 > FFFFFFFFFFFF: 00000000.0200000000C1.0453 > \
             00000000.FFFFFFFFFFFF.0453 type 1: RIP request all",
        ),
        (
            9,
            "ethernet-ii 020000000001 > FFFFFFFFFFFF: 000000A1.020000000001.0453 > \
             000000A1.FFFFFFFFFFFF.0453 type 1: RIP response DEAD0001 hops 16 ticks 2, \
             000000B2 hops 16 ticks 2",
        ),
        (
            16,
            "ethernet-ii 0200000000C1 > FFFFFFFFFFFF: 00000000.0200000000C1.4003 > \
             00000000.FFFFFFFFFFFF.0452 type 17: SAP nearest query 0004",
        ),
        (
            17,
            "ethernet-ii 020000000001 > 0200000000C1: 000000A1.020000000001.0452 > \
             000000A1.0200000000C1.4003 type 4: SAP nearest response 0004 \"FS1\" \
             DEAD0001.000000000001.0451 hops 2",
        ),
        (
            20,
            "ethernet-ii 020000000001 > FFFFFFFFFFFF: 000000A1.0200000000C1.0455 > \
             000000C3.FFFFFFFFFFFF.0455 type 20 hops 2: propagated, 18 bytes through 000000A1, \
             000000B2",
        ),
        (
            22,
            "ethernet-ii 0200000000C1 > 020000000001: 000000A1.0200000000C1.4010 > \
             000000A1.020000000001.9086 type 4: ping request 1234, 16 bytes",
        ),
        (
            39,
            "ethernet-ii 0200000000C1 > 020000000001: 000000A1.0200000000C1.4100 > \
             000000A1.020000000001.4100 checksum 23D8: 16 bytes",
        ),
        (43, "82 bytes, no IPX (ethernet.type: undefined value 0x800)"),
    ] {
        assert_eq!(told(number), line, "frame {number}");
    }
}

#[test]
fn long_lists_are_counted_and_broken_packets_named_by_field() {
    assert!(told(8).ends_with("00001003 hops 4 ticks 5 and 46 more"), "{}", told(8));
    let mut frame = samples::frame(1).to_vec();
    frame[17] = 29;
    let broken = Frame(&frame).to_string();
    assert!(broken.ends_with("46 bytes, broken (ipx.length: 29 is outside 30 to 65535)"));
    let mut frame = samples::frame(1).to_vec();
    frame[45] = 9;
    let broken = Frame(&frame).to_string();
    assert!(broken.ends_with("RIP, broken (rip.operation: undefined value 0x9)"), "{broken}");
}

/// What is told of an NLSP sample behind its addresses.
fn nlsp_told(number: usize) -> String {
    let line = Frame(samples::nlsp_frames()[number - 1]).to_string();
    line.split_once(".9001: ").expect("it is to socket 9001").1.to_owned()
}

#[test]
fn nlsp_packets_are_told_by_what_they_are() {
    for (number, told) in [
        (
            1,
            "NLSP hello of 020000222222 on 020000222222-01, priority 64, holding 30 s, MTU 1500, \
             hears 00001B00000B, 00001B00000C",
        ),
        (
            4,
            "NLSP WAN hello of 020000222222 on link 3, initializing, priority 44, holding 60 s, \
             MTU 576",
        ),
        (5, "NLSP WAN hello of 020000222222 on link 3, up, holding 60 s, MTU 576"),
        (
            6,
            "NLSP LSP 020000222222-00-00 sequence 5, 7500 s, checksum 7BEF, network 00222222 \
             \"CORP-FS\", 2 links, 1 service, 1 route",
        ),
        (
            7,
            "NLSP LSP 020000222222-01-00 sequence 3, 7500 s, checksum 5258, network 000000E0 \
             \"CORP-FS\", 2 links, 1 service, 2 routes",
        ),
        (8, "NLSP LSP 020000333333-00-01 sequence 9, purged"),
        (
            9,
            "NLSP LSP 020000333333-00-00 sequence 16, 7500 s, checksum 2C10, overloaded, not a \
             router, network 00333333 \"BRANCH\"",
        ),
        (
            10,
            "NLSP CSNP of 020000222222-00 from 000000000000-00-00 to FFFFFFFFFFFF-FF-FF: \
             020000222222-00-00 sequence 5, 020000222222-01-00 sequence 3",
        ),
        (11, "NLSP PSNP of 020000333333-00: 020000222222-00-00 sequence 0"),
    ] {
        assert_eq!(nlsp_told(number), told, "frame {number}");
    }
    let full = nlsp_told(14);
    assert!(full.ends_with("020000222222-00-03 sequence 4 and 26 more"), "{full}");
}

#[test]
fn a_refused_nlsp_packet_says_why() {
    for (at, byte, why) in [
        (0, 0x82, "nlsp.protocol: undefined value 0x82"),
        (4, 16, "type 16"),
        (5, 2, "major version 2"),
        (25, 0, "corrupt"),
    ] {
        let mut frame = samples::nlsp_frames()[5].to_vec();
        frame[14 + 30 + at] = byte;
        let told = Frame(&frame).to_string();
        assert!(told.ends_with(&format!("NLSP, broken ({why})")), "{told}");
    }
}
