//! Purges, and packets that contradict each other [nlsp §22, scenarios 18, 21, 22, 28].

use super::world::{CMD, LAN, Sent, World, lsp, stranger, system};
use crate::config::NlspCircuit;
use crate::forward::Outcome;
use crate::router::Event;
use crate::wire::nlsp::{LspEntry, Pdu, Psnp};

fn is_purge(sent: &Sent) -> bool {
    matches!(&sent.pdu, Pdu::Lsp(lsp) if lsp.lifetime == 0)
}

#[test]
fn a_packet_whose_originator_is_gone_is_purged_everywhere_by_few_and_then_forgotten() {
    const AGENTS: usize = 30;
    let mut world = World::cmd(AGENTS);
    world.pass_secs(5);
    let id = world.generate(0, 0, b"the last thing I say");
    world.pass_secs(5);
    assert!(world.agree());
    world.agents[0].dead = true;
    (1..AGENTS).for_each(|agent| world.down(agent, CMD, 0));
    world.pass_secs(7_480);
    assert!(world.agents[1..].iter().all(|agent| agent.lsdb.live(id).is_some()));
    world.sent.clear();
    world.pass_secs(20);
    for agent in &world.agents[1..] {
        assert_eq!(agent.versions(), [(id, 1, true)]);
    }
    let lsps = world.lsps();
    assert!(lsps.iter().all(is_purge));
    assert!(lsps.len() >= 28 && lsps.len() <= 2 * 28, "{} copies", lsps.len());
    world.pass_secs(65);
    assert!(world.agents[1..].iter().all(|agent| agent.lsdb.len() == 0));
}

#[test]
fn a_purge_of_a_known_packet_keeps_its_header_for_a_minute_and_is_flooded_on() {
    let mut world = World::new(4, NlspCircuit::CMD);
    world.connect(CMD, &[0, 1]);
    world.connect(LAN, &[1, 2]);
    let known = lsp(stranger(1), 4, 7_500, b"content");
    (0..3).for_each(|agent| world.plant(agent, &known));
    world.pass_secs(5);
    let purge = lsp(stranger(1), 6, 0, b"");
    world.sent.clear();
    world.give(1, CMD, 0, false, &purge.to_packet(0));
    world.pass_secs(5);
    for agent in [1, 2] {
        assert_eq!(world.agents[agent].versions(), [(stranger(1), 6, true)]);
        let record = world.agents[agent].lsdb.get(stranger(1)).unwrap();
        assert_eq!(record.lsp.bytes().len(), 27, "only the header");
    }
    let lsps = world.lsps();
    assert_eq!(lsps.iter().map(|sent| sent.circuit).collect::<Vec<_>>(), [LAN]);
    assert!(is_purge(&lsps[0]));
    world.pass_secs(54);
    assert_eq!(world.agents[1].lsdb.len(), 1);
    world.pass_secs(2);
    assert_eq!(world.agents[1].lsdb.len(), 0);
}

#[test]
fn a_purge_of_an_unknown_packet_is_neither_kept_nor_sent_nor_asked_for_any_more() {
    let mut world = World::new(3, NlspCircuit::CMD);
    world.connect(CMD, &[0, 1, 2]);
    world.connect(LAN, &[1, 2]);
    world.pass_secs(10);
    world.sent.clear();
    let live = lsp(stranger(1), 4, 7_500, b"x");
    let listed = Psnp { source: system(0).router(), entries: vec![live.entry(90)] };
    world.give(1, CMD, 0, false, &listed.encode());
    let purge = lsp(stranger(1), 6, 0, b"").to_packet(0);
    assert_eq!(world.give(1, CMD, 0, false, &purge), Outcome::DeliveredNlsp);
    world.pass_secs(10);
    assert_eq!(world.agents[1].lsdb.len(), 0);
    assert!(world.sent.is_empty());
}

#[test]
fn a_purge_of_ours_is_contested_and_the_content_is_back_under_a_higher_number() {
    let mut world = World::cmd(3);
    let id = world.generate(0, 0, b"mine");
    world.pass_secs(10);
    let purge = lsp(id, 1, 0, b"");
    for agent in [0, 1, 2] {
        world.give(agent, CMD, if agent == 1 { 2 } else { 1 }, false, &purge.to_packet(0));
    }
    world.pass_secs(2);
    let contest = world.agents[0].contests[0];
    assert!(contest.whole);
    assert_eq!((contest.entry.id, contest.entry.sequence, contest.entry.lifetime), (id, 1, 0));
    assert!(world.agree());
    for agent in &world.agents {
        assert_eq!(agent.versions(), [(id, 2, false)]);
        assert_eq!(agent.lsdb.live(id).unwrap().option_bytes()[2..], *b"mine");
    }
}

#[test]
fn a_packet_of_ours_from_the_past_is_contested_and_an_unknown_one_purged() {
    let mut world = World::cmd(4);
    let [mine, gone] = [0, 7].map(|number| system(0).router().lsp(number));
    for agent in 1..4 {
        world.plant(agent, &lsp(mine, 900, 7_500, b"before the restart"));
        world.plant(agent, &lsp(gone, 12, 7_500, b"a fragment of old"));
    }
    world.generate(0, 0, b"after it");
    world.pass_secs(30);
    assert!(world.agree());
    for agent in &world.agents {
        assert_eq!(agent.versions(), [(mine, 901, false), (gone, 12, true)]);
    }
    // Two contests: there is no war about it.
    assert!(world.agents[0].contests.len() <= 4, "{:?}", world.agents[0].contests);
}

#[test]
fn an_older_packet_or_entry_of_ours_is_no_contest_and_is_answered_at_once() {
    let mut world = World::cmd(3);
    world.generate(0, 0, b"x");
    let id = world.generate(0, 0, b"y");
    world.pass_secs(10);
    world.sent.clear();
    let start = world.now;
    world.give(0, CMD, 1, false, &lsp(id, 1, 7_500, b"x").to_packet(90));
    let lsps = world.lsps();
    assert_eq!(lsps.len(), 1);
    assert_eq!((lsps[0].by, lsps[0].at), (0, start));
    assert!(world.agents[0].contests.is_empty());
}

#[test]
fn entries_contest_ours_too() {
    let mut world = World::cmd(3);
    let id = world.generate(2, 0, b"x");
    world.pass_secs(10);
    let entry = |sequence, checksum| LspEntry { lifetime: 90, id, sequence, checksum };
    let newer = Psnp { source: system(0).router(), entries: vec![entry(70, 1)] };
    world.give(2, CMD, 0, false, &newer.encode());
    let contest = world.agents[2].contests.pop().unwrap();
    assert!(!contest.whole && contest.entry == entry(70, 1));
    assert_eq!(world.agents[2].versions(), [(id, 71, false)]);
    let confused = Psnp { source: system(0).router(), entries: vec![entry(71, 1)] };
    world.give(2, CMD, 0, false, &confused.encode());
    assert_eq!(world.agents[2].versions(), [(id, 72, false)]);
}

#[test]
fn two_packets_of_one_number_are_both_purged_and_the_originator_speaks_again() {
    let mut world = World::cmd(4);
    let id = world.generate(0, 0, b"right");
    world.pass_secs(10);
    world.give(1, CMD, 2, false, lsp(id, 1, 7_500, b"wrong").bytes());
    assert_eq!(world.agents[1].versions(), [(id, 1, true)]);
    assert_eq!(world.agents[1].events, [Event::LspConfusion { lsp: id.to_string() }]);
    world.pass_secs(8);
    for agent in &world.agents {
        assert_eq!(agent.versions(), [(id, 2, false)]);
        assert_eq!(agent.lsdb.live(id).unwrap().option_bytes()[2..], *b"right");
    }
    // Ours is not purged, whoever says what.
    world.give(0, CMD, 2, false, lsp(id, 2, 7_500, b"wrong").bytes());
    assert_eq!(world.agents[0].versions(), [(id, 3, false)]);
    assert!(world.agents[0].events.is_empty());
}

#[test]
fn a_packet_without_room_is_dropped_reported_and_not_flooded() {
    let mut world = World::new(3, NlspCircuit::CMD);
    world.connect(CMD, &[0, 1, 2]);
    world.connect(LAN, &[1, 2]);
    world.agents[1].lsdb = crate::nlsp::lsdb::Lsdb::new(3);
    for n in 0..3 {
        let outcome = world.give(1, CMD, 0, false, lsp(stranger(n), 1, 900, b"x").bytes());
        assert_eq!(outcome, Outcome::DeliveredNlsp);
    }
    world.pass_secs(1);
    world.sent.clear();
    let outcome = world.give(1, CMD, 0, false, lsp(stranger(3), 1, 900, b"x").bytes());
    assert_eq!(outcome, Outcome::NlspOverload);
    let failures = world.agents[1].flood.take_failures();
    assert_eq!(failures.len(), 1);
    assert!(failures[0].contains("02007700") && failures[0].contains("3 others"), "{failures:?}");
    assert!(world.agents[1].flood.take_failures().is_empty());
    world.pass_secs(1);
    assert!(world.lsps().is_empty());
    // A newer version of what is there has room.
    let outcome = world.give(1, CMD, 0, false, lsp(stranger(2), 2, 900, b"y").bytes());
    assert_eq!(outcome, Outcome::DeliveredNlsp);
    assert_eq!(world.agents[1].lsdb.get(stranger(2)).unwrap().lsp.sequence, 2);
}
