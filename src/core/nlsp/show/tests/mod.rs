//! Pages and places; names that strangers gave. What is in the rows is tested beside.

mod database;
mod lines;
mod map;

use super::*;
use crate::config::{CmdNetwork, Exchange, Lan, Port, PortKind};
use crate::ids::PortId;
use crate::router::PortAddress;
use crate::wire::NodeAddress;
use crate::wire::frame::Framing;
use crate::wire::nlsp::{Flags, Lsp, LspOption, Management};

const NOW: Time = Time::from_secs(1_000);
/// Our system; those of others have other last bytes.
const US: SystemId = system(1);
const LAN: CircuitId = CircuitId(0);
const CMD: CircuitId = CircuitId(1);

const fn system(last: u8) -> SystemId {
    SystemId([2, 0, 0, 0, 0, last])
}

/// An agent with a LAN on which NLSP is off and a CMD network.
fn config() -> Config {
    let peers = [2, 3, 4].map(|last| [10, 0, 0, last].into());
    let network = NetworkNumber::DEFAULT_CMD;
    let mut backbone = CmdNetwork::new("backbone", PortId(1), network, peers.into());
    backbone.exchange = Exchange::Nlsp;
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    Config {
        ports: vec![port("ipx0", PortKind::Tap), port("udp", PortKind::Udp)],
        lans: vec![Lan::new("office", PortId(0), Framing::Llc8022, NetworkNumber(0xc9))],
        cmd_networks: vec![backbone],
        ..Config::default()
    }
}

/// Its circuits, with both ports up.
fn circuits(config: &Config) -> Circuits {
    let mut circuits = Circuits::new(config).0;
    let mac = Some(NodeAddress([2, 0, 0, 0, 0, 0xc1]));
    circuits.port_up(PortId(0), PortAddress { mac, ip: None, mtu: 1_500 });
    let ip = Some([10, 0, 0, 1].into());
    circuits.port_up(PortId(1), PortAddress { mac: None, ip, mtu: 1_500 });
    circuits
}

fn view<'a>(config: &'a Config, circuits: &'a Circuits, now: Time) -> View<'a> {
    View { now, config, circuits, system: US }
}

/// What a node is, as its fragment 0 says.
fn management(network: u32, name: &str) -> LspOption<'_> {
    LspOption::Management(Management {
        network: NetworkNumber(network),
        node: NodeAddress::INTERNAL,
        name: name.as_bytes(),
    })
}

fn link(to: NodeId, cost: u8) -> LspOption<'static> {
    LspOption::Link(Link {
        cost: Some(cost),
        neighbour: to,
        mtu: 1_500,
        delay_us: 200,
        throughput_bps: 10_000_000,
        media: MediaType::IP_TUNNEL,
    })
}

fn put(lsdb: &mut Lsdb, id: LspId, flags: Flags, said: &[LspOption<'_>]) {
    let mut options = Vec::new();
    said.iter().for_each(|option| option.encode(&mut options));
    lsdb.put(NOW, Lsp::build(id, 7, 7_500, flags, &options), Some(CMD)).unwrap();
}

/// Numbers up to `count`, each row of which holds so much.
fn page(count: usize, holds: usize) -> Page<usize> {
    Page::fill(0..count, count, |&number| (number, holds), usize::to_string)
}

#[test]
fn a_page_ends_after_so_many_rows_or_where_they_hold_as_much() {
    assert_eq!(page(0, 0), Page { rows: Vec::new(), total: 0, next: None });
    let full = page(PAGE, 0);
    assert_eq!((full.rows.len(), full.next), (PAGE, None));
    let first = page(PAGE + 1, 0);
    assert_eq!((first.rows.len(), first.total), (PAGE, PAGE + 1));
    assert_eq!(first.next, Some((PAGE - 1).to_string()));
    let heavy = page(200, 99);
    assert_eq!((heavy.rows.len(), heavy.next), (100, Some("99".to_owned())));
    // A row that is more than a page is a page.
    assert_eq!(page(2, MOST_IN_PAGE * 2).rows, [0]);
}

#[test]
fn the_next_page_begins_behind_the_place_that_was_named() {
    let id = |text: &str| lsp_after(Some(text)).map(|id| id.map(|id| id.to_string()));
    assert_eq!(lsp_after(None), Ok(Some(LspId::FIRST)));
    assert_eq!(id("0200C9000001-00-00"), Ok(Some("0200C9000001-00-01".to_owned())));
    assert_eq!(id("0200C9000001-00-FF"), Ok(Some("0200C9000001-01-00".to_owned())));
    assert_eq!(id("FFFFFFFFFFFF-FF-FF"), Ok(None));
    let node = |text: &str| node_after(Some(text)).map(|id| id.map(|id| id.to_string()));
    assert_eq!(node("0200C9000001-00"), Ok(Some("0200C9000001-01-00".to_owned())));
    for text in ["", "0200C9000001", "0200C9000001-00-0", "0200C9000001-00-00-00", "ü"] {
        assert_eq!(id(text), Err(NoPlace), "{text}");
    }
    assert_eq!(node("0200C9000001-00-00"), Err(NoPlace));
}

#[test]
fn a_name_is_shown_without_what_a_terminal_would_obey() {
    assert_eq!(printable(b"OSLO \\1"), "OSLO \\\\1");
    assert_eq!(printable(&[0x1b, b'[', 0, 0xff]), "\\x1B[\\x00\\xFF");
}
