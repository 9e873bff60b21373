//! `ipxway replay` as a command: exit codes and what it says.

use std::fs;

use crate::{argument, printed, replay, root};

const CAPTURE: &str = "captures/made/cmd-network.pcap";
const AGENT: &str = "tests/replay/agents/oslo.toml";

#[test]
fn a_golden_that_differs_is_exit_code_1_and_the_first_difference_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let golden = folder.path().join("golden.pcap");
    printed(&replay(&[CAPTURE, "-c", AGENT, "--out", argument(&golden)]), 0);
    printed(&replay(&[CAPTURE, "-c", AGENT, "--golden", argument(&golden)]), 0);

    let other_seed = [CAPTURE, "-c", AGENT, "--tail", "90", "--seed", "1"];
    let output = replay(&[&other_seed[..], &["--golden", argument(&golden)]].concat());
    printed(&output, 1);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("first difference: packet"), "{said}");
    assert!(said.contains("golden: nothing more"), "{said}");
    assert!(said.contains("SAP response"), "{said}");
}

#[test]
fn a_byte_that_differs_is_named_with_both_packets() {
    let folder = tempfile::tempdir().unwrap();
    let golden = folder.path().join("golden.pcap");
    printed(&replay(&[CAPTURE, "-c", AGENT, "--out", argument(&golden)]), 0);
    let mut bytes = fs::read(&golden).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&golden, bytes).unwrap();
    let output = replay(&[CAPTURE, "-c", AGENT, "--golden", argument(&golden)]);
    printed(&output, 1);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("of the frame: golden"), "{said}");
}

#[test]
fn what_cannot_be_done_is_exit_code_2_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let nonsense = folder.path().join("nonsense");
    fs::write(&nonsense, "neither one nor the other").unwrap();
    let faulty = folder.path().join("faulty.toml");
    fs::write(&faulty, "[[lan]]\nname = \"x\"\n").unwrap();
    let (nonsense, faulty) = (argument(&nonsense), argument(&faulty));
    for (arguments, named) in [
        (vec![CAPTURE], "-c FILE"),
        (vec!["no/such.pcap", "-c", AGENT], "no/such.pcap"),
        (vec![nonsense, "-c", AGENT], nonsense),
        (vec![CAPTURE, "-c", "no/such.toml"], "no/such.toml"),
        (vec![CAPTURE, "-c", faulty], faulty),
        (vec![CAPTURE, "-c", AGENT, "--port", "eth9"], "only: ipx0"),
        (vec![CAPTURE, "-c", AGENT, "--golden", "no/golden.pcap"], "no/golden.pcap"),
        (vec![CAPTURE, "-c", AGENT, "--out", "no/such/out.pcap"], "no/such/out.pcap"),
    ] {
        let output = replay(&arguments);
        printed(&output, 2);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
}

#[test]
fn a_capture_that_breaks_off_is_played_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcap");
    let whole = fs::read(root().join(CAPTURE)).unwrap();
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    let report = printed(&replay(&[argument(&cut), "-c", AGENT]), 0);
    assert!(report.contains("26 packets"), "{report}");
    assert!(report.contains("not read to its end: the file ends inside record 27"), "{report}");
}

#[test]
fn packets_that_the_capture_cut_short_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.pcap");
    let mut bytes = fs::read(root().join(CAPTURE)).unwrap();
    // The original length of the first record: it stands behind the captured one.
    let place = bytes.get_mut(24 + 12..24 + 16).unwrap();
    place.copy_from_slice(&1_000_u32.to_le_bytes());
    fs::write(&short, bytes).unwrap();
    let report = printed(&replay(&[argument(&short), "-c", AGENT]), 0);
    assert!(report.contains("of 1 packets it holds only the beginning"), "{report}");
}

#[test]
fn the_report_for_programs_says_the_same_as_the_one_for_people() {
    let text = printed(&replay(&[CAPTURE, "-c", AGENT]), 0);
    let json = printed(&replay(&[CAPTURE, "-c", AGENT, "--json"]), 0);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["capture"]["packets"], 27);
    assert_eq!(report["went"]["datagrams"], 20);
    let routes = report["routes"].as_array().unwrap();
    assert!(text.contains(&format!("\n{} routes\n", routes.len())), "{text}");
    for route in routes {
        assert!(text.contains(route["network"].as_str().unwrap()), "{route}");
    }
    assert_eq!(report["ports"][0]["takes_frames"], true);
}

#[test]
fn an_address_of_the_command_line_fills_what_the_configuration_leaves_open() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open.toml");
    let agent = fs::read_to_string(root().join(AGENT)).unwrap();
    fs::write(&open, agent.replace("local = \"192.0.2.1\"\n", "")).unwrap();
    let heard = |local| {
        let report = printed(&replay(&[CAPTURE, "-c", argument(&open), "--local", local]), 0);
        report.contains("20 datagrams")
    };
    assert!(heard("192.0.2.1"));
    assert!(!heard("192.0.2.7"));
}
