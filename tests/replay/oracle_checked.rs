//! The oracle itself: does it find what is wrong?

use crate::oracle::{Judge, complaints};
use crate::root;

fn complaints_about(capture: &str, judge: Judge<'_>) -> Vec<String> {
    complaints(&root().join("captures").join(capture), judge)
}

fn about(complaints: &[String], packet: u32) -> Vec<&String> {
    let packet = format!("tshark, packet {packet}:");
    complaints.iter().filter(|text| text.contains(&packet)).collect()
}

#[test]
fn the_oracle_finds_no_fault_in_sound_packets() {
    let none = Vec::<String>::new();
    assert_eq!(complaints_about("live/01-start-lanB.pcap", Judge::Everyone), none);
    // tshark reads some of the NCP in these as malformed; their headers are sound.
    for capture in ["live/05-mars-lanA.pcap", "live/07-frames-lanC.pcap"] {
        assert_eq!(complaints_about(capture, Judge::From(&[])), none);
    }
}

#[test]
fn the_oracle_finds_the_malformed_hello_of_the_samples() {
    let complaints = complaints_about("samples/nlsp_samples.pcap", Judge::Everyone);
    assert!(!about(&complaints, 5).is_empty(), "{complaints:?}");
    let others = Judge::From(&[]);
    assert!(about(&complaints_about("samples/nlsp_samples.pcap", others), 5).is_empty());
}

#[test]
fn the_oracle_finds_wrong_checksums_and_lengths_in_datagrams() {
    let complaints = complaints_about("made/cmd-refused.pcap", Judge::From(&[]));
    for (packet, fault) in [
        (9, "no IPX length"),
        (11, "UDP length"),
        (12, "UDP length 43 around 60 of IPX"),
        (13, "UDP length 56 around 34 of IPX"),
        (14, "a wrong IP or UDP checksum"),
        (16, "a wrong IP or UDP checksum"),
    ] {
        let found = about(&complaints, packet);
        assert!(found.iter().any(|text| text.contains(fault)), "packet {packet}: {complaints:#?}");
    }
    for packet in [1, 2, 7, 15, 17] {
        assert!(about(&complaints, packet).is_empty(), "packet {packet}: {complaints:#?}");
    }
    assert!(complaints.iter().any(|text| text.contains("tcpdump: ")), "{complaints:#?}");
}

#[test]
fn the_oracle_finds_lengths_that_do_not_fit_the_frame() {
    let complaints = complaints_about("made/malformed.pcap", Judge::From(&[]));
    // The packets with an IPX length of 600 in 40 bytes, and of 39 in 40.
    assert!(complaints.iter().any(|text| text.contains("around 600 of IPX")), "{complaints:#?}");
}

#[test]
fn the_oracle_finds_old_memory_in_the_padding() {
    let complaints = complaints_about("made/odd-lengths.pcap", Judge::Everyone);
    let of_padding = |packet| {
        let complaints = about(&complaints, packet);
        complaints.iter().any(|text| text.contains("padding that is not zero"))
    };
    // 30 bytes of IPX with zeros behind them, 33 with EE.
    assert!(!of_padding(3), "{complaints:#?}");
    assert!(of_padding(7), "{complaints:#?}");
}
