//! Sequence number packets [nlsp §22, scenarios 25, 26].

use std::time::Duration;

use super::world::{CMD, LAN, Sent, World, lsp, node, stranger, system};
use crate::config::NlspCircuit;
use crate::forward::{LinkDestination, Outcome};
use crate::wire::NodeAddress;
use crate::wire::nlsp::{Csnp, LspEntry, LspId, Pdu, Psnp};

/// What one neighbour of the designated router hears of its CSNPs.
fn csnps(world: &World) -> Vec<Csnp> {
    let first = world.sent.iter().map(|sent| sent.link).min_by_key(|link| format!("{link:?}"));
    let to_first = world.sent.iter().filter(|sent| Some(sent.link) == first);
    to_first
        .filter_map(|sent| match &sent.pdu {
            Pdu::Csnp(csnp) => Some(csnp.clone()),
            _ => None,
        })
        .collect()
}

/// The set covers all identifiers without a gap or an overlap.
fn assert_whole(set: &[Csnp]) {
    assert_eq!(set[0].start, LspId::FIRST);
    assert_eq!(set[set.len() - 1].end, LspId::LAST);
    for pair in set.windows(2) {
        assert_eq!(pair[0].end.next(), Some(pair[1].start));
    }
    for csnp in set {
        assert!(csnp.entries.iter().all(|entry| (csnp.start..=csnp.end).contains(&entry.id)));
    }
}

fn psnps(world: &World) -> Vec<Sent> {
    world.sent.iter().filter(|sent| matches!(sent.pdu, Pdu::Psnp(_))).cloned().collect()
}

fn request(id: LspId) -> Vec<u8> {
    let entries = vec![LspEntry { lifetime: 0, id, sequence: 0, checksum: 0 }];
    Psnp { source: system(0).router(), entries }.encode()
}

#[test]
fn a_csnp_set_has_no_gap_and_one_packet_for_29_entries_whatever_the_database_holds() {
    for (records, packets) in [(0, 1), (1, 1), (29, 1), (30, 2), (58, 2), (59, 3), (300, 11)] {
        let mut world = World::new(2, NlspCircuit::CMD);
        for n in 0..records {
            world.plant(1, &lsp(stranger(n), 1, 7_500, b"x"));
        }
        world.connect(CMD, &[0, 1]);
        world.pass_secs(20);
        let set = csnps(&world);
        assert_eq!(set.len(), packets, "{records} records");
        assert_whole(&set);
        let entries: usize = set.iter().map(|csnp| csnp.entries.len()).sum();
        assert_eq!(entries, usize::from(records));
        assert!(set.iter().all(|csnp| csnp.source == system(1).router()));
        assert!(set.iter().all(|csnp| csnp.encode().len() <= 512));
    }
}

#[test]
fn the_largest_identifier_of_all_does_not_open_the_set() {
    let mut world = World::new(2, NlspCircuit::CMD);
    for n in 0..28 {
        world.plant(1, &lsp(stranger(n), 1, 7_500, b"x"));
    }
    world.plant(1, &lsp(LspId::LAST, 1, 7_500, b"x"));
    world.connect(CMD, &[0, 1]);
    world.pass_secs(20);
    assert_whole(&csnps(&world));
    assert!(world.agree());
}

#[test]
fn packets_that_come_and_go_while_a_set_is_sent_break_no_gap_into_it() {
    let slow = NlspCircuit { pace: Some(5), ..NlspCircuit::CMD };
    let mut world = World::new(2, slow);
    for n in 0..400 {
        world.plant(1, &lsp(stranger(2 * n), 1, 20, b"x"));
    }
    world.connect(CMD, &[0, 1]);
    let mut purged = false;
    for n in 0..400 {
        world.plant(1, &lsp(stranger(2 * (399 - n) + 1), 1, 20, b"x"));
        world.pass(Duration::from_millis(10));
        purged |= world.agents[1].versions().iter().any(|&(_, _, purged)| purged);
    }
    world.pass_secs(10);
    let all = csnps(&world);
    let last = all.iter().position(|csnp| csnp.end == LspId::LAST).unwrap();
    let set = &all[..=last];
    assert_whole(set);
    let entries: usize = set.iter().map(|csnp| csnp.entries.len()).sum();
    assert!(set.len() > 14 && entries > 400 && !purged, "{} with {entries}", set.len());
}

#[test]
fn what_is_purged_is_listed_as_long_as_it_is_kept() {
    let mut world = World::cmd(3);
    let id = world.generate(2, 0, b"x");
    world.pass_secs(10);
    world.purge_own(2, id);
    world.sent.clear();
    world.pass_secs(35);
    let listed: Vec<LspEntry> = csnps(&world).into_iter().flat_map(|csnp| csnp.entries).collect();
    assert!(!listed.is_empty() && listed.iter().all(|entry| entry.lifetime == 0));
    world.pass_secs(30);
    world.sent.clear();
    world.pass_secs(35);
    assert!(csnps(&world).iter().all(|csnp| csnp.entries.is_empty()));
}

#[test]
fn only_the_designated_router_sends_csnps_and_about_every_half_minute() {
    for circuit in [LAN, CMD] {
        let mut world = World::new(3, NlspCircuit::CMD);
        world.connect(circuit, &[0, 1, 2]);
        let start = world.now;
        world.pass_secs(1_000);
        let to_one: Vec<&Sent> =
            world.sent.iter().filter(|sent| sent.link == world.sent[0].link).collect();
        assert!(world.sent.iter().all(|sent| sent.by == 2 && sent.node.is_broadcast()));
        assert_eq!(to_one[0].at.since(start), Duration::from_secs(1));
        let gaps: Vec<Duration> =
            to_one.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
        let (least, most) = (Duration::from_millis(22_500), Duration::from_secs(30));
        assert!(gaps.iter().all(|&gap| gap >= least && gap <= most), "{gaps:?}");
        assert!(gaps.iter().any(|&gap| gap < Duration::from_secs(27)), "{gaps:?}");
    }
}

#[test]
fn a_large_network_gets_fewer_sets() {
    // 29 neighbours and 70 packets a set: 2,030 datagrams; a thousand a second on average.
    let csnp_interval = Duration::from_secs(1);
    let settings = NlspCircuit { csnp_interval, pace: Some(9_000), ..NlspCircuit::CMD };
    let mut world = World::new(30, settings);
    for n in 0..2_001 {
        let lsp = lsp(stranger(n), 1, 7_500, b"x");
        (0..30).for_each(|agent| world.plant(agent, &lsp));
    }
    world.connect(CMD, &(0..30).collect::<Vec<_>>());
    world.pass_secs(20);
    world.sent.clear();
    world.pass_secs(60);
    let sets = csnps(&world).iter().filter(|csnp| csnp.start == LspId::FIRST).count();
    assert!((30..=40).contains(&sets), "{sets} sets");
}

#[test]
fn a_new_neighbour_brings_a_set_after_a_second_but_no_more_than_one_in_five() {
    let mut world = World::new(4, NlspCircuit::CMD);
    world.connect(CMD, &[0, 3]);
    world.pass_secs(12);
    world.sent.clear();
    let start = world.now;
    world.connect(CMD, &[0, 1, 3]);
    world.pass_secs(2);
    world.connect(CMD, &[0, 1, 2, 3]);
    world.pass_secs(8);
    let to_zero = world.sent.iter().filter(|sent| sent.link == world.sent[0].link);
    let times: Vec<Duration> = to_zero.map(|sent| sent.at.since(start)).collect();
    assert_eq!(times, [1, 6].map(Duration::from_secs));
}

#[test]
fn a_new_designated_router_begins_with_csnps_and_the_old_one_stops() {
    let mut world = World::cmd(3);
    world.pass_secs(10);
    world.sent.clear();
    world.designate(CMD, 0);
    world.pass_secs(100);
    assert!(!world.sent.is_empty() && world.sent.iter().all(|sent| sent.by == 0));
}

#[test]
fn requests_go_to_the_designated_router_alone_and_in_rounds() {
    let mut world = World::cmd(4);
    world.pass_secs(10);
    for n in 0..40 {
        world.plant(3, &lsp(stranger(n), 1, 7_500, b"x"));
    }
    world.sent.clear();
    world.pass_secs(31);
    let asked = psnps(&world);
    let designated = LinkDestination::Peer(crate::wire::cmd::ip(node(3, CMD)).unwrap());
    assert!(asked.iter().all(|sent| sent.link == designated && sent.node.is_broadcast()));
    // Two packets from each: 30 fit into one.
    assert_eq!(asked.len(), 3 * 2, "{asked:?}");
    let told = world.sent.iter().find(|sent| matches!(sent.pdu, Pdu::Csnp(_))).unwrap().at;
    let first = asked[0].at.since(told);
    let expected = Duration::from_millis(100);
    assert!(first >= expected && first <= expected * 3 / 2, "{first:?}");
    assert!(world.agree());
}

#[test]
fn requests_that_are_not_served_are_not_repeated_within_the_interval() {
    let mut world = World::cmd(2);
    world.pass_secs(10);
    let entry = |n| LspEntry { lifetime: 500, id: stranger(n), sequence: 4, checksum: 5 };
    let start = world.now;
    for n in 0..60 {
        let (start, end) = (stranger(n), stranger(n));
        let csnp = Csnp { source: system(1).router(), start, end, entries: vec![entry(n)] };
        assert_eq!(world.give(0, CMD, 1, false, &csnp.encode()), Outcome::DeliveredNlsp);
        world.pass(Duration::from_millis(500));
    }
    let rounds: Vec<Duration> = psnps(&world).iter().map(|sent| sent.at.since(start)).collect();
    assert!(rounds[0] == Duration::from_millis(100), "{rounds:?}");
    let gaps: Vec<Duration> = rounds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (least, most) = (Duration::from_millis(3_750), Duration::from_secs(5));
    assert!(gaps.iter().all(|&gap| gap >= least && gap <= most), "{gaps:?}");
    assert!((6..=8).contains(&rounds.len()), "{rounds:?}");
}

#[test]
fn what_came_in_the_meantime_is_not_asked_for() {
    let mut world = World::cmd(2);
    world.pass_secs(10);
    let newer = lsp(stranger(1), 4, 500, b"x");
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let csnp = Csnp { source: system(1).router(), start, end, entries: vec![newer.entry(500)] };
    world.give(0, CMD, 1, false, &csnp.encode());
    world.give(0, CMD, 1, true, newer.bytes());
    world.pass_secs(10);
    assert!(psnps(&world).is_empty());
}

#[test]
fn a_request_is_nothing_to_those_who_are_not_the_designated_router() {
    for circuit in [LAN, CMD] {
        let mut world = World::new(3, NlspCircuit::CMD);
        world.connect(circuit, &[0, 1, 2]);
        for agent in 0..3 {
            world.plant(agent, &lsp(stranger(1), 1, 7_500, b"x"));
        }
        world.pass_secs(10);
        world.sent.clear();
        let request = request(stranger(1));
        assert_eq!(world.give(1, circuit, 0, false, &request), Outcome::DeliveredNlsp);
        world.pass_secs(8);
        assert_eq!(world.lsps().len(), 0);
        assert_eq!(world.give(2, circuit, 0, false, &request), Outcome::DeliveredNlsp);
        world.pass_secs(8);
        let lsps = world.lsps();
        let to = if circuit == LAN { NodeAddress::BROADCAST } else { node(0, CMD) };
        assert_eq!(lsps.iter().map(|sent| (sent.by, sent.node)).collect::<Vec<_>>(), [(2, to)]);
    }
}

#[test]
fn of_duplicate_entries_the_last_counts() {
    let mut world = World::cmd(2);
    let known = lsp(stranger(1), 5, 7_500, b"x");
    world.plant(1, &known);
    world.pass_secs(10);
    let old = LspEntry { sequence: 4, ..known.entry(90) };
    for (entries, answers) in [([old, known.entry(90)], 0), ([known.entry(90), old], 1)] {
        world.sent.clear();
        let psnp = Psnp { source: system(0).router(), entries: entries.to_vec() };
        world.give(1, CMD, 0, false, &psnp.encode());
        world.pass_secs(6);
        assert_eq!(world.lsps().len(), answers);
    }
}

#[test]
fn packets_of_those_who_are_no_neighbours_are_dropped() {
    let mut world = World::cmd(3);
    world.down(2, CMD, 0);
    let lsp = lsp(stranger(1), 1, 7_500, b"x");
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let csnp = Csnp { source: system(0).router(), start, end, entries: vec![lsp.entry(9)] };
    for pdu in [lsp.bytes().to_vec(), csnp.encode(), request(stranger(1))] {
        assert_eq!(world.give(2, CMD, 0, false, &pdu), Outcome::NlspStranger);
        assert_eq!(world.give(1, LAN, 0, false, &pdu), Outcome::NlspStranger);
    }
    assert_eq!(world.agents[2].lsdb.len(), 0);
}

#[test]
fn nobody_up_means_nothing_sent_and_nothing_to_wake_up_for() {
    let mut world = World::cmd(2);
    world.pass_secs(10);
    world.generate(0, 0, b"x");
    world.down(0, CMD, 1);
    world.down(1, CMD, 0);
    world.sent.clear();
    world.generate(0, 0, b"y");
    world.pass_secs(100);
    assert!(world.sent.is_empty());
    assert!(world.agents.iter().all(|agent| agent.flood.next_timeout().is_none()));
}
