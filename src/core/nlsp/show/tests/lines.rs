//! Rows of neighbours and circuits.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::forward::{LinkSource, Outcome};
use crate::hub::{Rib, Services};
use crate::nlsp::System;
use crate::nlsp::count::PduCounts;
use crate::nlsp::flood::Flood;
use crate::nlsp::line::Lines;
use crate::random::Random;
use crate::router::{Cx, NlspNeighborRow, Outbox, Sender};
use crate::wire::nlsp::LanHello;
use crate::wire::{Address, Socket};

/// An agent whose lines are open, which has heard these peers; those of them list it.
struct Agent {
    config: Config,
    circuits: Circuits,
    lines: Lines,
}

impl Agent {
    fn hearing(peers: &[(u8, bool)]) -> Self {
        let config = config();
        let mut agent = Self { circuits: circuits(&config), lines: Lines::default(), config };
        agent.with(|lines, cx, system| {
            lines.open(cx, system, LAN);
            lines.open(cx, system, CMD);
        });
        for &(last, lists_us) in peers {
            agent.hear(last, lists_us);
        }
        agent
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Lines, &mut Cx<'_>, &System) -> T) -> T {
        let mut cx = Cx {
            now: NOW,
            config: &self.config,
            internal: NetworkNumber(1),
            circuits: &mut self.circuits,
            rib: &mut Rib::new(10),
            services: &mut Services::new(10),
            dhcp: &mut crate::hub::DhcpOptions::default(),
            out: &mut Outbox::default(),
            random: &mut Random::seeded(1),
        };
        let system = System::of(&cx);
        assert_eq!(system.id, US);
        act(&mut self.lines, &mut cx, &system)
    }

    fn hear(&mut self, last: u8, lists_us: bool) {
        let ip = Ipv4Addr::new(10, 0, 0, last);
        let node = cmd::node(ip);
        let address = Address::new(NetworkNumber::DEFAULT_CMD, node, Socket::NLSP);
        let link = LinkSource::Peer(ip);
        let sender = Sender { circuit: CMD, link, address, broadcast: true, at: NOW };
        let us = cmd::node(Ipv4Addr::new(10, 0, 0, 1));
        let hello = LanHello {
            system: system(last),
            holding_time: 60,
            priority: 44,
            lan_id: system(last).lan(1),
            no_multicast: true,
            areas: Vec::new(),
            neighbours: if lists_us { vec![us] } else { Vec::new() },
            local_mtu: Some(1_500),
            packet_len: 0,
        };
        let outcome = self.with(|lines, cx, system| lines.hear(cx, system, &sender, &hello));
        assert_eq!(outcome, Outcome::DeliveredNlsp);
    }

    fn view(&self, after: Duration) -> View<'_> {
        view(&self.config, &self.circuits, NOW + after)
    }

    fn neighbors(&self, lsdb: &Lsdb, after: Option<&str>) -> Page<NlspNeighborRow> {
        neighbors(self.view(Duration::from_secs(17)), &self.lines, lsdb, after).unwrap()
    }
}

#[test]
fn a_neighbour_is_shown_with_its_name_and_the_time_it_has_left() {
    let agent = Agent::hearing(&[(2, true), (3, false)]);
    let mut lsdb = Lsdb::new(10);
    put(&mut lsdb, system(2).router().lsp(0), Flags::LEVEL_1, &[management(2, "ROME")]);
    let page = agent.neighbors(&lsdb, None);
    assert_eq!((page.total, page.next), (2, None));
    let [up, one_way] = page.rows.try_into().unwrap();
    assert_eq!((up.circuit.as_str(), up.peer), ("backbone", Some([10, 0, 0, 2].into())));
    assert_eq!((up.name.as_deref(), up.system.as_str()), (Some("ROME"), "020000000002"));
    assert_eq!((up.state.as_str(), up.hold_s, up.holding_time_s), ("up", 43, 60));
    assert_eq!((up.since_s, up.priority, up.local_mtu), (17, 44, Some(1_500)));
    assert_eq!(up.areas, ["00000000/00000000"]);
    assert_eq!((one_way.state.as_str(), one_way.name), ("initializing", None));
    assert_eq!(one_way.reason, "it does not hear us");
}

#[test]
fn neighbours_go_on_behind_the_one_that_was_named() {
    let agent = Agent::hearing(&[(2, true), (3, false), (4, true)]);
    let lsdb = Lsdb::new(10);
    let behind = |after: &str| {
        let rows = agent.neighbors(&lsdb, Some(after)).rows;
        rows.into_iter().map(|row| row.system).collect::<Vec<_>>()
    };
    let second = format!("1-{}", cmd::node(Ipv4Addr::new(10, 0, 0, 3)));
    assert_eq!(behind(&second), ["020000000004"]);
    assert_eq!(behind("0-FFFFFFFFFFFF").len(), 3);
    assert!(behind("2-000000000000").is_empty());
    for text in ["", "1", "1-", "x-000000000001", "99999999-000000000001"] {
        let page = neighbors(agent.view(Duration::ZERO), &agent.lines, &lsdb, Some(text));
        assert_eq!(page, Err(NoPlace), "{text}");
    }
}

#[test]
fn a_circuit_is_shown_with_what_it_costs_and_what_was_counted_there() {
    let agent = Agent::hearing(&[(2, true), (3, false)]);
    let mut counts = PduCounts::default();
    counts.sent(NOW, CMD, &[0x83, 27, 1, 0, 15, 1, 0, 0], 3);
    let rows = lines_of(&agent, &counts);
    let [lan, backbone] = &rows[..] else { panic!("two lines") };
    assert_eq!((lan.circuit.as_str(), lan.mode.as_str(), lan.speaks), ("office", "off", false));
    assert!(lan.designated && lan.designated_node.is_none() && lan.lan_id.is_some());
    assert_eq!((backbone.kind.as_str(), backbone.mode.as_str()), ("cmd", "on"));
    assert_eq!((backbone.speaks, backbone.neighbors, backbone.designated), (true, 1, false));
    // 10 Mbit/s [nlsp §12.2].
    assert_eq!((backbone.cost, backbone.priority, backbone.hello_interval_s), (20, 44, 20));
    assert_eq!((backbone.sent.hellos, backbone.sent.bytes), (3, 3 * 38));
    assert_eq!(backbone.received.packets(), 0);
}

fn lines_of(agent: &Agent, counts: &PduCounts) -> Vec<crate::router::NlspCircuitRow> {
    super::super::circuits(agent.view(Duration::ZERO), &agent.lines, &Flood::default(), counts)
}
