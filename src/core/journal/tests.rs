//! Journals are written, read and played; what is wrong with one is named.

use std::net::Ipv4Addr;

use super::*;
use crate::agent::Agent;
use crate::config::{Lan, Port, PortKind};
use crate::ids::PortId;
use crate::router::{Input, PortAddress, PortState};
use crate::wire::frame::Framing;
use crate::wire::{NetworkNumber, NodeAddress};

const NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);

fn config() -> Arc<Config> {
    let port = Port { name: "tap0".to_owned(), kind: PortKind::Tap };
    let lan = Lan::new("office", PortId(0), Framing::Llc8022, NetworkNumber(0xa1));
    Arc::new(Config {
        internal_network: Some(NetworkNumber(0xc0ffee)),
        ports: vec![port],
        lans: vec![lan],
        ..Config::default()
    })
}

fn port_up() -> Input {
    let state = PortState::Up(PortAddress { mac: Some(NODE), ip: None, mtu: 1500 });
    Input::Port { id: PortId(0), state }
}

/// The journal of an agent whose LAN comes up and that runs for a minute.
fn journal() -> String {
    let mut agent = Agent::recorded(config(), 7, Time::ZERO, 1 << 20);
    agent.handle(Time::from_millis(5), port_up());
    let end = Time::from_secs(60);
    while let Some(due) = agent.next_timeout().filter(|&due| due <= end) {
        agent.handle(due, Input::Timeout);
    }
    agent.journal().to_owned()
}

#[test]
fn a_journal_plays_again_to_the_same_outputs() {
    let text = journal();
    let replayed = replay(Reader::new(text.lines()).unwrap(), |_, _| ()).unwrap();
    assert!(replayed.inputs > 0);
    assert_eq!(replayed.compared, replayed.inputs);
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert!(!replayed.cut);
}

#[test]
fn a_replay_names_the_first_input_that_is_answered_in_another_way() {
    let digest = |line: &str| line.starts_with("{\"o\"");
    let text = journal();
    let first = text.lines().position(digest).unwrap();
    let changed: String = text
        .lines()
        .map(|line| {
            if digest(line) {
                "{\"o\":\"0000000000000000\"}\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let replayed = replay(Reader::new(changed.lines()).unwrap(), |_, _| ()).unwrap();
    let difference = replayed.difference.unwrap();
    assert_eq!(difference.line, first + 1);
    assert_eq!(difference.t, Time::from_millis(5));
    assert!(difference.outputs.iter().any(|output| output.contains("PortUp")));
}

#[test]
fn every_input_reads_back_as_it_was_written() {
    let packet = bytes::Bytes::from_static(b"\xff\xff\x00\x1e");
    let inputs = [
        port_up(),
        Input::Port { id: PortId(1), state: PortState::Down { reason: "no such device".into() } },
        Input::Packet {
            circuit: crate::ids::CircuitId(3),
            from: crate::forward::LinkSource::Peer(Ipv4Addr::new(10, 0, 0, 2)),
            broadcast: false,
            waited: std::time::Duration::from_millis(3),
            packet,
        },
        Input::Notice(crate::router::Event::Stopping),
        Input::Resolved { name: "da.example".into(), addresses: vec![Ipv4Addr::new(192, 0, 2, 1)] },
        Input::DataPlane(Box::default()),
        Input::Timeout,
        Input::Shutdown,
    ];
    let mut writer = Writer::new(1 << 20);
    let mut text = writer.head(&Head::new(config(), 7, Time::ZERO)).unwrap();
    for input in &inputs {
        text += &writer.input(Time::from_secs(3), input).unwrap();
    }
    assert_eq!(writer.written(), text.len() as u64);
    let read: Vec<Entry> = Reader::new(text.lines()).unwrap().map(Result::unwrap).collect();
    let written = inputs.map(|input| Entry::Input { t: Time::from_secs(3), input });
    assert_eq!(read, written);
}

#[test]
fn a_journal_that_is_full_takes_no_later_line_either() {
    let head = Head::new(config(), 7, Time::ZERO);
    let length = Writer::new(1 << 20).head(&head).unwrap().len() as u64;
    let mut writer = Writer::new(length + 40);
    writer.head(&head).unwrap();
    let long = Input::Notice(crate::router::Event::StateUnwritable {
        key: "internal-network".into(),
        reason: "no space left on device".into(),
    });
    let full = writer.input(Time::ZERO, &long).unwrap_err();
    assert_eq!(full, Full { limit: length + 40 });
    assert_eq!(writer.input(Time::ZERO, &Input::Timeout), Err(full), "no gap");
    assert_eq!(writer.written(), length);
}

#[test]
fn a_line_that_is_wrong_is_named_with_its_field() {
    let head = Writer::new(1 << 20).head(&Head::new(config(), 7, Time::ZERO)).unwrap();
    for (line, named) in [
        (
            "{\"t\":1,\"input\":{\"packet\":{\"circuit\":0}}}",
            "line 3: input.packet: missing field `from`",
        ),
        (
            "{\"t\":1,\"input\":{\"port\":{\"id\":\"x\",\"state\":{}}}}",
            "line 3: input.port.id: invalid type: string \"x\", expected u16",
        ),
        ("{\"t\":1,\"input\":\"sing\"}", "line 3: input: unknown variant `sing`"),
        (
            "{\"t\":-1,\"input\":\"timeout\"}",
            "line 3: t: invalid value: integer `-1`, expected u64",
        ),
        ("{\"t\":1}", "line 3: input: missing beside `t`"),
        ("{\"input\":\"timeout\"}", "line 3: t: missing beside `input`"),
        ("{\"o\":\"12\"}", "line 3: o: `12` is no digest: 16 hexadecimal digits"),
        ("nonsense", "line 3: .: expected ident"),
    ] {
        let text = format!(
            "{head}{{\"t\":0,\"input\":\"timeout\"}}\n{line}\n{{\"t\":9,\"input\":\"timeout\"}}\n"
        );
        let error = Reader::new(text.lines()).unwrap().find_map(Result::err).expect(line);
        assert!(error.to_string().starts_with(named), "{line}: {error}");
    }
}

#[test]
fn a_first_line_that_is_no_head_is_refused_with_the_reason() {
    let error = |text: &str| Reader::new(text.lines()).expect_err(text).to_string();
    assert!(error("").starts_with("line 1: the journal is empty"));
    assert!(error("{\"t\":1}").contains("missing field `ipxway-journal`"));
    assert_eq!(
        error("{\"ipxway-journal\":2,\"tables\":[]}"),
        "line 1: ipxway-journal: version 2; this release reads 1 to 1"
    );
    let no_seed = "{\"ipxway-journal\":1,\"release\":\"0.1.0\",\"config\":{}}";
    assert!(error(no_seed).contains("missing field `seed`"));
}

#[test]
fn fields_and_lines_of_a_later_release_are_passed_over() {
    let text = "{\"ipxway-journal\":1,\"release\":\"0.9.0\",\"seed\":7,\"host\":\"oslo\",\
                \"config\":{\"name\":\"OSLO\",\"colour\":\"blue\"}}\n\
                {\"note\":\"rotated\"}\n\
                {\"t\":5,\"lane\":\"protocol\",\"input\":\"timeout\"}\n";
    let mut reader = Reader::new(text.lines()).unwrap();
    assert_eq!(reader.head().config.name, "OSLO");
    let entry = reader.next().unwrap().unwrap();
    assert_eq!(entry, Entry::Input { t: Time::from_micros(5), input: Input::Timeout });
    assert!(reader.next().is_none());
}

#[test]
fn a_last_line_that_breaks_off_ends_the_journal_before_it() {
    let text = journal();
    let cut = &text[..text.len() - 10];
    let replayed = replay(Reader::new(cut.lines()).unwrap(), |_, _| ()).unwrap();
    assert!(replayed.cut);
    assert!(replayed.difference.is_none());
    assert!(replayed.inputs > 0);
}
