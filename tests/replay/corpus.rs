//! Captures that are not ours, in a folder that `IPXWAY_CORPUS` names.
//!
//! Every capture is played twice to two agents, with equal results. Where `counts.tsv` and
//! `frames.tsv` lie beside the captures, which say what tshark reads in them, our reading is
//! compared with them. Where the two differ on purpose:
//!
//! - **Token ring and other links**: counted as other. We read Ethernet, and IP where the link is
//!   NULL or raw IP.
//! - **A header that tshark calls malformed**: we refuse it, by its length, and read no field.
//! - **SAP in files with EIGRP**: tshark counts the SAP bodies inside EIGRP as SAP; we go by the
//!   socket, which is another one, so these files are not compared in SAP [ipx-rip-sap §22.39].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser as _;
use ipxway::cli::{Arguments, Verb};
use ipxway::replay::census::Census;
use ipxway::replay::link::{Content, Link};
use ipxway::replay::player::Setup;
use ipxway::replay::report::Report;
use ipxway::replay::{capture, golden, setup};
use ipxway_core::router::PortAddress;
use ipxway_core::wire::frame::{self, Framing};
use ipxway_core::wire::{Address, NodeAddress, cmd, ipx};
use ipxway_drivers::pcap::{Reader, Record};
use smoltcp::wire::{Ipv4Packet, UdpPacket};

use crate::oracle::{Judge, complaints};
use crate::{captures_in, root};

/// The agents that hear every capture.
const AGENTS: [&str; 2] = ["corpus", "oslo"];
/// How long they run on after the last packet: past the next update and the ageing time.
const TAIL: Duration = Duration::from_secs(200);

/// The folder, if there is one.
fn corpus() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("IPXWAY_CORPUS") else {
        eprintln!(
            "no corpus was given: IPXWAY_CORPUS names a folder of captures to be decoded and played"
        );
        return None;
    };
    Some(PathBuf::from(folder))
}

fn records(path: &Path) -> Vec<Record> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = Reader::new(file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.map(|record| record.unwrap_or_else(|e| panic!("{}: {e}", path.display()))).collect()
}

fn agent(name: &str) -> Setup {
    let config = root().join(format!("tests/replay/agents/{name}.toml"));
    let config = crate::argument(&config);
    let line = ["ipxway", "replay", "any", "-c", config, "--local", "127.0.0.1"];
    let Verb::Replay(args) = Arguments::try_parse_from(line).unwrap().verb else {
        panic!("`replay` is another verb");
    };
    setup::from_arguments(&args).unwrap()
}

#[test]
fn every_capture_of_the_corpus_is_played_twice_with_the_same_result() {
    let Some(folder) = corpus() else { return };
    let captures = captures_in(&folder);
    assert!(!captures.is_empty(), "{} holds no capture", folder.display());
    for path in captures {
        for name in AGENTS {
            let setup = agent(name);
            let play = || {
                let mut played = capture::play(&path, &setup, TAIL)
                    .unwrap_or_else(|error| panic!("{} to {name}: {error:#}", path.display()));
                let sent = played.sent();
                (Report::of("corpus", &mut played), sent)
            };
            let (first, second) = (play(), play());
            assert_eq!(first, second, "{}", path.display());
            let (report, sent) = first;
            let all = report.went.frames + report.went.ip_packets + report.went.left_out;
            assert_eq!(all, report.capture.packets, "{}: packets went astray", path.display());
            check_by_oracle(&path, name, &sent, &setup);
        }
    }
}

/// What the agent itself sent must be read by others without complaint; what it forwarded is as
/// odd as it came, and only its headers are ours.
fn check_by_oracle(path: &Path, agent: &str, sent: &[golden::Packet], setup: &Setup) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pcap");
    capture::write(&out, sent).unwrap();
    let node = |address: &PortAddress| address.mac.or(address.ip.map(cmd::node)).map(colons);
    let nodes: Vec<String> = setup.addresses.iter().filter_map(node).collect();
    let complaints = complaints(&out, Judge::From(&nodes));
    assert!(complaints.is_empty(), "{} to {agent}: {complaints:#?}", path.display());
}

/// A table of tab-separated values: one map from column to value for each line.
fn table(path: &Path) -> Option<Vec<BTreeMap<String, String>>> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next()?.split('\t').collect();
    let row = |line: &str| {
        columns.iter().map(ToString::to_string).zip(line.split('\t').map(str::to_owned)).collect()
    };
    Some(lines.map(row).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> u64 {
    row.get(column).and_then(|value| value.parse().ok()).unwrap_or(0)
}

#[test]
fn our_counts_of_the_corpus_are_those_of_tshark() {
    let Some(folder) = corpus() else { return };
    let Some(counts) = table(&folder.join("counts.tsv")) else {
        eprintln!("{} has no counts.tsv: nothing was compared", folder.display());
        return;
    };
    for row in counts {
        let path = folder.join(&row["file"]);
        let mut census = Census::default();
        let records = records(&path);
        records.iter().for_each(|r| census.count(Link::of(r.link_type), &r.bytes));
        let name = path.display();
        assert_eq!(census.packets, number(&row, "frames"), "{name}: frames");
        if row["linktype"] != "Ethernet" {
            assert_eq!(census.other, census.packets, "{name}: other");
            continue;
        }
        for (what, ours, theirs) in [
            ("eth2", census.ethernet_ii, number(&row, "eth2")),
            ("raw8023", census.raw_8023, number(&row, "raw8023")),
            ("llc", census.llc_8022, number(&row, "llc")),
            ("snap", census.snap, number(&row, "snap")),
            ("other", census.other, number(&row, "other")),
            ("rip", census.rip, number(&row, "rip")),
            ("nlsp", census.nlsp, number(&row, "nlsp")),
        ] {
            assert_eq!(ours, theirs, "{name}: {what}");
        }
        if number(&row, "eigrp") == 0 {
            assert_eq!(census.sap, number(&row, "sap"), "{name}: sap");
        }
    }
}

#[test]
fn our_headers_of_the_corpus_are_those_of_tshark() {
    let Some(folder) = corpus() else { return };
    let Some(frames) = table(&folder.join("frames.tsv")) else {
        eprintln!("{} has no frames.tsv: nothing was compared", folder.display());
        return;
    };
    let mut captures: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    let mut compared = 0;
    for row in frames {
        let file = row["file"].clone();
        let records = captures.entry(file).or_insert_with_key(|file| records(&folder.join(file)));
        let index = usize::try_from(number(&row, "frame.number") - 1).unwrap();
        compared += u64::from(compare(&row, &records[index]));
    }
    assert!(compared > 0, "not one header was compared");
}

/// Compares our reading of a packet with that of tshark; false if it is none for us to read.
fn compare(row: &BTreeMap<String, String>, record: &Record) -> bool {
    let place = format!("{} frame {}", row["file"], row["frame.number"]);
    assert_eq!(u64::from(record.original_len), number(row, "frame.len"), "{place}");
    let packet = match Link::of(record.link_type).content(&record.bytes) {
        Content::Frame(bytes) => compare_frame(row, bytes, &place),
        Content::Ip(bytes) if row["frame.protocols"].ends_with("ip:udp:ipx") => {
            let ip = Ipv4Packet::new_checked(bytes).unwrap();
            UdpPacket::new_checked(ip.payload()).unwrap().payload().to_vec()
        }
        Content::Ip(_) | Content::Other => return false,
    };
    let header = match ipx::Header::decode(&packet) {
        Ok(header) => header,
        Err(error) => {
            assert_eq!(error.field, "ipx.length", "{place}");
            assert!(row["_ws.malformed"].contains("IPX"), "{place}: {error}");
            return true;
        }
    };
    let hex = |value: &str, digits: usize| format!("0x{value:0>digits$}").to_lowercase();
    let address = |end: &str, address: Address| {
        let Address { network, node, socket } = address;
        [
            (format!("ipx.{end}.net"), hex(&network.to_string(), 8)),
            (format!("ipx.{end}.node"), colons(node)),
            (format!("ipx.{end}.socket"), hex(&format!("{:x}", socket.0), 4)),
        ]
    };
    let mut fields = vec![
        ("ipx.checksum".to_owned(), hex(&format!("{:x}", header.checksum), 4)),
        ("ipx.len".to_owned(), header.length.to_string()),
        ("ipx.hops".to_owned(), header.transport_control.to_string()),
        ("ipx.packet_type".to_owned(), hex(&format!("{:x}", header.packet_type.0), 2)),
    ];
    fields.extend(address("dst", header.destination));
    fields.extend(address("src", header.source));
    for (field, ours) in fields {
        assert_eq!(row[&field], ours, "{place}: {field}");
    }
    true
}

/// Compares the link header; gives the IPX packet.
fn compare_frame(row: &BTreeMap<String, String>, bytes: &[u8], place: &str) -> Vec<u8> {
    let located = frame::locate(bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
    assert_eq!(row["eth.dst"], colons(located.destination), "{place}: eth.dst");
    let vlan = located.vlan.map(|vlan| vlan.to_string()).unwrap_or_default();
    assert_eq!(row["vlan.id"], vlan, "{place}: vlan.id");
    let tagged = |outer: &str, inner: &str| {
        let field = if vlan.is_empty() { outer } else { inner };
        row[field].clone()
    };
    let framing = match (tagged("eth.type", "vlan.etype").as_str(), row["llc.dsap"].as_str()) {
        ("0x8137", _) => Framing::EthernetII,
        (_, "") => Framing::Raw8023,
        (_, "0xe0") => Framing::Llc8022,
        _ => Framing::Snap,
    };
    assert_eq!(located.framing, framing, "{place}: framing");
    if framing != Framing::EthernetII {
        let length = located.packet.len() + framing.llc_len();
        assert_eq!(tagged("eth.len", "vlan.len"), length.to_string(), "{place}: 802.3 length");
    }
    bytes[located.packet].to_vec()
}

/// A node as tshark prints it.
fn colons(node: NodeAddress) -> String {
    node.0.map(|byte| format!("{byte:02x}")).join(":")
}
