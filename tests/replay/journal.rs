//! Journals: an agent's life recorded, and played again by the binary.

use std::fs;
use std::sync::Arc;

use ipxway_core::Time;
use ipxway_core::agent::Agent;
use ipxway_core::config::{Config, Lan, Port, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::router::{Input, PortState};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use crate::{argument, printed, replay, root};

/// The journal of an agent that heard a capture.
fn journal_of(capture: &str) -> String {
    let port = Port { name: "ipx0".to_owned(), kind: PortKind::Tap };
    let lan = Lan::new("lan", PortId(0), Framing::EthernetII, NetworkNumber(0x22));
    let config = Config { ports: vec![port], lans: vec![lan], ..Config::default() };
    let mut agent = Agent::recorded(Arc::new(config), 3, Time::ZERO, 10_000_000);
    let address = ipxway::replay::player::lan_address(PortId(0));
    agent.handle(Time::ZERO, Input::Port { id: PortId(0), state: PortState::Up(address) });
    let packets = ipxway::replay::capture::read(&root().join(capture)).unwrap();
    let origin = packets.first().expect("the capture has packets").0;
    for (time, frame) in packets {
        let now = u64::try_from((time - origin).as_micros()).unwrap();
        let now = Time::from_micros(now);
        while let Some(at) = agent.next_timeout().filter(|at| *at <= now) {
            agent.handle(at, Input::Timeout);
        }
        agent.receive_frame(now, PortId(0), &frame);
        while agent.poll().is_some() {}
    }
    agent.journal().to_owned()
}

#[test]
fn a_journal_plays_again_without_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    fs::write(&path, journal_of("captures/live/01-start-lanB.pcap")).unwrap();
    let report = printed(&replay(&[argument(&path)]), 0);
    assert!(report.contains("no difference"), "{report}");
    assert!(report.contains("seed 3"), "{report}");
    assert_eq!(printed(&replay(&[argument(&path)]), 0), report);
}

#[test]
fn a_journal_whose_agent_would_act_otherwise_today_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = journal_of("captures/live/01-start-lanB.pcap");
    // As if the agent of then had drawn other random numbers: its updates come at other times.
    let changed = journal.replacen("\"seed\":3", "\"seed\":4", 1);
    assert_ne!(changed, journal);
    fs::write(&path, changed).unwrap();
    let report = printed(&replay(&[argument(&path)]), 1);
    assert!(report.contains("first difference: the input before line"), "{report}");
    let json = printed(&replay(&[argument(&path), "--json"]), 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["difference"]["line"].as_u64().is_some_and(|line| line > 1), "{json}");
}

#[test]
fn a_journal_that_cannot_be_read_is_exit_code_2_and_the_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = journal_of("captures/live/08-dosbox.pcap");
    fs::write(&path, journal.replacen("\"input\"", "\"output\"", 1)).unwrap();
    let output = replay(&[argument(&path)]);
    printed(&output, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("line ") && said.contains("input"), "{said}");
    for option in [["-c", "x.toml"], ["--golden", "x.pcap"], ["--out", "x.pcap"]] {
        let output = replay(&[&[argument(&path)], &option[..]].concat());
        printed(&output, 2);
        assert!(String::from_utf8_lossy(&output.stderr).contains("is a journal"));
    }
}
