//! What goes to all: our own, and what came from elsewhere; how often, how fast, in which order.

use std::time::Duration;

use super::world::{CMD, LAN, Sent, World, lsp, stranger, system};
use crate::Time;
use crate::config::NlspCircuit;
use crate::forward::LinkDestination;
use crate::wire::nlsp::{LspId, Pdu};

fn id_of(sent: &Sent) -> LspId {
    match &sent.pdu {
        Pdu::Lsp(lsp) => lsp.id,
        other => panic!("{other:?}"),
    }
}

/// When the sendings to the first neighbour were, counted from `start`.
fn times(sent: &[Sent], start: Time) -> Vec<Duration> {
    let to_one = sent.iter().filter(|one| one.link == sent[0].link);
    to_one.map(|sent| sent.at.since(start)).collect()
}

#[test]
fn ours_goes_out_at_once_and_once_more_after_two_to_three_seconds_on_a_cmd_network() {
    let mut world = World::cmd(4);
    world.pass_secs(10);
    world.sent.clear();
    let start = world.now;
    world.generate(0, 0, b"x");
    world.pass_secs(25);
    let lsps = world.lsps();
    assert_eq!(lsps.len(), 2 * 3);
    assert!(lsps.iter().all(|sent| sent.by == 0 && sent.node.is_broadcast()));
    let times = times(&lsps, start);
    assert_eq!(times[0], Duration::ZERO);
    assert!(times[1] >= Duration::from_secs(2) && times[1] <= Duration::from_secs(3));
}

#[test]
fn ours_goes_out_once_on_a_lan_and_where_it_is_not_to_be_repeated() {
    let once = NlspCircuit { repeat: false, ..NlspCircuit::CMD };
    for (circuit, copies) in [(LAN, 1), (CMD, 3)] {
        let mut world = World::new(4, once);
        world.connect(circuit, &[0, 1, 2, 3]);
        world.pass_secs(10);
        world.sent.clear();
        world.generate(0, 0, b"x");
        world.pass_secs(100);
        assert_eq!(world.lsps().len(), copies);
    }
}

#[test]
fn one_version_is_not_sent_twice_within_five_seconds_and_waits_until_they_are_over() {
    for (circuit, copies) in [(LAN, 1), (CMD, 3)] {
        let once = NlspCircuit { repeat: false, ..NlspCircuit::CMD };
        let mut world = World::new(4, once);
        world.connect(circuit, &[0, 1, 2, 3]);
        world.pass_secs(10);
        world.sent.clear();
        let start = world.now;
        let id = world.generate(0, 0, b"x");
        world.pass_secs(1);
        // Somebody shows an older one, again and again.
        let old = lsp(id, 0, 100, b"").entry(0);
        for _ in 0..3 {
            let source = system(1).router();
            let csnp = crate::wire::nlsp::Csnp { source, start: id, end: id, entries: vec![old] };
            world.give(0, circuit, 1, false, &csnp.encode());
            world.pass_secs(1);
        }
        world.pass_secs(20);
        let lsps = world.lsps();
        assert_eq!(lsps.len(), copies + 1);
        assert_eq!(lsps[copies].at.since(start), Duration::from_secs(5));
        // Another version does not wait.
        world.generate(0, 0, b"y");
        world.pass_secs(1);
        world.generate(0, 0, b"z");
        world.pass_secs(1);
        assert_eq!(world.lsps().len(), 2 * copies);
    }
}

#[test]
fn each_packet_goes_to_all_before_the_next_one_does_and_in_the_order_of_its_coming_up() {
    let mut world = World::cmd(20);
    world.pass_secs(10);
    world.sent.clear();
    for number in [9, 3, 7, 1, 200, 0] {
        world.generate(5, number, b"x");
    }
    world.pass_secs(1);
    let lsps = world.lsps();
    assert_eq!(lsps.len(), 6 * 19);
    let order: Vec<u8> = lsps.chunks(19).map(|copies| id_of(&copies[0]).number).collect();
    assert_eq!(order, [9, 3, 7, 1, 200, 0]);
    for copies in lsps.chunks(19) {
        assert!(copies.iter().all(|sent| id_of(sent) == id_of(&copies[0])));
    }
}

/// The most that one agent sent in any second.
fn most_in_a_second(sent: &[Sent]) -> usize {
    let within = |at: Time| {
        sent.iter().filter(|sent| sent.at >= at && sent.at < at + Duration::from_secs(1)).count()
    };
    sent.iter().map(|sent| within(sent.at)).max().unwrap_or(0)
}

#[test]
fn a_line_is_never_faster_than_its_pace_and_loses_nothing_by_it() {
    let slow = NlspCircuit { pace: Some(7), ..NlspCircuit::CMD };
    for (settings, circuit, pace) in
        [(NlspCircuit::CMD, LAN, 30), (NlspCircuit::CMD, CMD, 60), (slow, CMD, 7), (slow, LAN, 7)]
    {
        let mut world = World::new(3, settings);
        world.connect(circuit, &[0, 1, 2]);
        world.pass_secs(10);
        world.sent.clear();
        for number in 0..100 {
            world.generate(0, number, b"x");
        }
        world.pass_secs(100);
        assert!(world.agree());
        let sent: Vec<Sent> = world.sent.iter().filter(|sent| sent.by == 0).cloned().collect();
        let most = most_in_a_second(&sent);
        assert!(most <= pace && most * 10 >= pace * 8, "{most} of {pace}");
        // Each goes to each neighbour once and, on the CMD network, once more.
        assert!(sent.len() >= 100);
    }
}

#[test]
fn a_pace_smaller_than_the_number_of_neighbours_still_serves_them_all() {
    let slow = NlspCircuit { pace: Some(5), repeat: false, ..NlspCircuit::CMD };
    let mut world = World::new(40, slow);
    world.connect(CMD, &(0..40).collect::<Vec<_>>());
    world.pass_secs(10);
    world.sent.clear();
    world.generate(0, 0, b"x");
    world.generate(0, 1, b"x");
    world.pass_secs(9);
    // All have the first, and some of them the second.
    assert!(world.agents.iter().all(|agent| agent.lsdb.len() >= 1));
    assert!((3..12).contains(&world.agents.iter().filter(|agent| agent.lsdb.len() == 2).count()));
    world.pass_secs(9);
    assert!(world.agree());
    let lsps = world.lsps();
    assert_eq!(lsps.iter().filter(|sent| sent.by == 0).count(), 2 * 39);
}

#[test]
fn a_newer_version_overtakes_the_copies_of_the_older() {
    let slow = NlspCircuit { pace: Some(5), repeat: false, ..NlspCircuit::CMD };
    let mut world = World::new(40, slow);
    world.connect(CMD, &(0..40).collect::<Vec<_>>());
    world.pass_secs(20);
    world.sent.clear();
    world.generate(0, 0, b"x");
    world.pass_secs(2);
    let id = world.generate(0, 0, b"y");
    world.pass_secs(10);
    assert!(world.agree());
    assert_eq!(world.agents[39].lsdb.get(id).unwrap().lsp.sequence, 2);
    let lsps = world.lsps();
    let old = lsps.iter().filter(|sent| matches!(&sent.pdu, Pdu::Lsp(lsp) if lsp.sequence == 1));
    assert!((8..15).contains(&old.count()));
}

#[test]
fn what_is_told_by_another_from_the_same_lan_is_not_told_again() {
    let slow = NlspCircuit { pace: Some(4), ..NlspCircuit::CMD };
    let mut world = World::new(4, slow);
    world.connect(CMD, &[0, 1, 2, 3]);
    world.connect(LAN, &[0, 1]);
    world.pass_secs(20);
    for n in 0..20 {
        world.give(0, LAN, 1, false, lsp(stranger(n), 1, 7_500, b"x").bytes());
        world.give(0, CMD, 1, false, lsp(stranger(n), 1, 7_500, b"x").bytes());
    }
    world.sent.clear();
    // No CSNP comes in this time.
    world.pass_secs(2);
    let told = world.lsps().iter().filter(|sent| sent.by == 0 && sent.circuit == CMD).count();
    assert!(told <= 3, "{told}");
}

#[test]
fn a_packet_larger_than_a_neighbour_takes_is_not_sent_and_is_counted() {
    let mut world = World::cmd(3);
    world.agents[0].lines.max_packet = 100;
    let id = world.generate(0, 0, &[0; 41]);
    world.generate(0, 1, &[0; 42]);
    world.pass_secs(1);
    assert!(world.lsps().iter().all(|sent| id_of(sent) == id));
    assert_eq!(world.agents[0].flood.too_large(CMD), 1);
}

#[test]
fn a_goodbye_is_said_twice_in_its_order_within_a_second_and_a_half_and_then_all_is_quiet() {
    for (agents, pace) in [(4, None), (50, None), (50, Some(10))] {
        let mut world = World::new(agents, NlspCircuit { pace, ..NlspCircuit::CMD });
        world.connect(CMD, &(0..agents).collect::<Vec<_>>());
        world.pass_secs(10);
        let leaver = agents - 1;
        let ids: Vec<LspId> = (0..5).map(|n| world.generate(leaver, n, b"x")).collect();
        world.pass_secs(60);
        assert!(world.agents[leaver].flood.is_quiet());
        // Something that is on its way is cut off.
        world.generate(leaver, 9, b"x");
        let order: Vec<LspId> = ids.iter().rev().copied().collect();
        world.sent.clear();
        let start = world.now;
        let agent = &mut world.agents[leaver];
        order.iter().for_each(|&id| assert!(agent.lsdb.purge(start, id, 1, None)));
        agent.with(start, |flood, cx, _| flood.goodbye(cx, &order, &[]));
        assert!(!agent.flood.is_quiet());
        world.pass(Duration::from_millis(1_450));
        assert!(world.agents[leaver].flood.is_quiet());
        let mut lsps = world.lsps();
        lsps.retain(|sent| sent.by == leaver);
        let told: Vec<LspId> = lsps.chunks(agents - 1).map(|copies| id_of(&copies[0])).collect();
        assert_eq!(told, [&order[..], &order[..]].concat());
        let halves = lsps.split_at(lsps.len() / 2);
        assert!(halves.0.iter().all(|sent| sent.at.since(start) < Duration::from_secs(1)));
        assert!(halves.1.iter().all(|sent| sent.at.since(start) >= Duration::from_secs(1)));
        // Whatever comes in now draws nothing out.
        world.give(leaver, CMD, 0, true, lsp(stranger(4), 4, 7_500, b"x").bytes());
        world.sent.clear();
        world.pass_secs(100);
        assert!(world.sent.iter().all(|sent| sent.by != leaver));
    }
}

#[test]
fn a_goodbye_to_nobody_is_quiet_at_once() {
    let mut world = World::new(1, NlspCircuit::CMD);
    world.connect(CMD, &[0]);
    let id = world.generate(0, 0, b"x");
    let now = world.now;
    world.agents[0].with(now, |flood, cx, _| flood.goodbye(cx, &[id], &[]));
    assert!(world.agents[0].flood.is_quiet());
    assert_eq!(world.agents[0].flood.next_timeout(), None);
}

#[test]
fn a_large_answer_does_not_hold_up_news() {
    let settings = NlspCircuit { pace: Some(40), repeat: false, ..NlspCircuit::CMD };
    let mut world = World::new(5, settings);
    for n in 0..400 {
        let lsp = lsp(stranger(n), 1, 7_500, b"x");
        (1..5).for_each(|agent| world.plant(agent, &lsp));
    }
    world.connect(CMD, &[0, 1, 2, 3, 4]);
    world.pass_secs(10);
    // The designated router is busy with the newcomer, and with a CSNP set now and then.
    world.sent.clear();
    let start = world.now;
    world.generate(4, 0, b"x");
    world.pass_secs(1);
    let lsps = world.lsps();
    let owed = lsps.iter().filter(|sent| !sent.node.is_broadcast()).count();
    let news: Vec<&Sent> = lsps.iter().filter(|sent| sent.node.is_broadcast()).collect();
    assert!(owed > 10, "{owed}");
    assert_eq!(news.len(), 4);
    assert!(news.iter().all(|sent| sent.at.since(start) < Duration::from_millis(300)));
    assert!(matches!(news[0].link, LinkDestination::Peer(_)));
}
