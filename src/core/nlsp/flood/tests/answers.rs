//! Answers to one neighbour on a CMD network [nlsp §19.17, §22 scenario 26].

use std::time::Duration;

use super::world::{CMD, LAN, World, lsp, node, stranger, system};
use crate::config::NlspCircuit;
use crate::wire::NodeAddress;
use crate::wire::nlsp::{Csnp, LspEntry, LspId, Pdu};

#[test]
fn an_old_packet_heard_by_fifty_draws_two_answers_and_a_few() {
    const AGENTS: usize = 50;
    let mut world = World::cmd(AGENTS);
    // All but agent 0 have the second version of agent 7's.
    let id = system(7).router().lsp(0);
    let [old, new] = [1, 2].map(|sequence| lsp(id, sequence, 7_500, b"x"));
    for agent in 1..AGENTS {
        world.plant(agent, &new);
    }
    world.plant(0, &old);
    world.pass_secs(10);
    world.sent.clear();
    let start = world.now;
    for agent in 1..AGENTS {
        world.give(agent, CMD, 0, false, &old.to_packet(7_000));
    }
    world.pass_secs(10);
    let answers = world.lsps();
    assert!(answers.iter().all(|sent| sent.node == node(0, CMD)));
    let mut at_once: Vec<usize> =
        answers.iter().filter(|sent| sent.at == start).map(|sent| sent.by).collect();
    at_once.sort_unstable();
    assert_eq!(at_once, [7, AGENTS - 1], "the originator and the designated router");
    assert!(answers.len() <= 12, "{} answers", answers.len());
    let patient = answers.iter().filter(|sent| sent.at != start);
    let waits: Vec<Duration> = patient.map(|sent| sent.at.since(start)).collect();
    let (least, most) = (Duration::from_secs(2), Duration::from_secs(5));
    assert!(!waits.is_empty() && waits.iter().all(|&wait| wait >= least && wait <= most));
    assert_eq!(world.agents[0].lsdb.get(id).unwrap().lsp.sequence, 2);
}

/// An agent that is neither originator nor designated router owes agent 0 a packet.
fn debtor() -> (World, LspId) {
    let mut world = World::cmd(4);
    let id = stranger(1);
    for agent in 1..4 {
        world.plant(agent, &lsp(id, 2, 7_500, b"x"));
    }
    world.pass_secs(10);
    world.give(1, CMD, 0, true, &lsp(id, 1, 7_500, b"y").to_packet(7_000));
    world.sent.clear();
    (world, id)
}

fn owed(mut world: World) -> usize {
    world.sent.clear();
    world.pass_secs(6);
    world.lsps().iter().filter(|sent| sent.by == 1).count()
}

#[test]
fn what_is_owed_is_not_sent_once_the_neighbour_shows_it_or_somebody_sends_it_to_all() {
    let (world, _) = debtor();
    assert_eq!(owed(world), 1);

    let (mut world, id) = debtor();
    let same = lsp(id, 2, 7_500, b"x");
    world.give(1, CMD, 0, true, &same.to_packet(7_000));
    assert_eq!(owed(world), 0, "the neighbour sent it");

    let (mut world, _) = debtor();
    world.give(1, CMD, 2, true, &same.to_packet(7_000));
    assert_eq!(owed(world), 1, "another neighbour sent it to us");

    let (mut world, _) = debtor();
    world.give(1, CMD, 2, false, &same.to_packet(7_000));
    assert_eq!(owed(world), 0, "another neighbour sent it to all");

    let (mut world, _) = debtor();
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let entries = vec![same.entry(7_000)];
    let csnp = Csnp { source: system(0).router(), start, end, entries }.encode();
    world.give(1, CMD, 0, false, &csnp);
    assert_eq!(owed(world), 0, "the neighbour lists it");

    let (mut world, _) = debtor();
    let newer = lsp(id, 3, 7_500, b"z");
    world.give(1, CMD, 2, false, &newer.to_packet(7_000));
    assert_eq!(owed(world), 0, "all have a newer one");

    let (mut world, _) = debtor();
    world.down(1, CMD, 0);
    assert_eq!(owed(world), 0, "the neighbour is gone");
}

#[test]
fn what_came_a_moment_ago_is_not_owed_to_a_designated_router_that_does_not_list_it_yet() {
    let mut world = World::cmd(5);
    world.pass_secs(10);
    world.sent.clear();
    let id = world.generate(0, 0, b"x");
    world.pass(Duration::from_millis(100));
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let empty = Csnp { source: system(4).router(), start, end, entries: Vec::new() }.encode();
    for agent in 0..4 {
        world.give(agent, CMD, 4, false, &empty);
    }
    world.pass_secs(10);
    // The originator tells it to all, and again to all.
    let lsps = world.lsps();
    assert!(lsps.iter().all(|sent| sent.by == 0), "{lsps:?}");
    assert_eq!(lsps.len(), 4 + 4);
    assert!(world.agents[4].lsdb.live(id).is_some());
}

#[test]
fn what_came_to_the_designated_router_alone_goes_from_it_to_all_others() {
    let mut world = World::cmd(5);
    world.pass_secs(10);
    world.sent.clear();
    let new = lsp(stranger(1), 1, 7_500, b"x");
    world.give(4, CMD, 1, true, &new.to_packet(7_000));
    world.pass_secs(1);
    let mut copies: Vec<String> =
        world.lsps().iter().map(|sent| format!("{} {:?}", sent.by, sent.link)).collect();
    copies.sort();
    let expected = ["4 Peer(10.0.0.1)", "4 Peer(10.0.0.3)", "4 Peer(10.0.0.4)"];
    assert_eq!(copies, expected);
    // To all, it had been no news.
    world.give(4, CMD, 1, false, &lsp(stranger(2), 1, 7_500, b"x").to_packet(7_000));
    // To somebody else alone, neither.
    world.give(3, CMD, 1, true, &lsp(stranger(3), 1, 7_500, b"x").to_packet(7_000));
    world.pass_secs(1);
    assert_eq!(world.lsps().len(), 0);
}

#[test]
fn where_answers_go_out_under_the_broadcast_node_the_designated_router_copies_all_that_is_new() {
    let settings = NlspCircuit { answer_by_node: false, ..NlspCircuit::CMD };
    let mut world = World::new(4, settings);
    world.connect(CMD, &[0, 1, 2, 3]);
    world.pass_secs(10);
    world.sent.clear();
    world.give(3, CMD, 1, false, &lsp(stranger(1), 2, 7_500, b"x").to_packet(7_000));
    world.pass_secs(1);
    assert_eq!(world.lsps().len(), 2);
    world.pass_secs(5);
    world.give(3, CMD, 1, false, &lsp(stranger(1), 1, 7_500, b"y").to_packet(7_000));
    world.pass_secs(1);
    let answers = world.lsps();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].node, NodeAddress::BROADCAST);
}

#[test]
fn on_a_lan_one_answer_serves_all_and_silences_the_others() {
    let mut world = World::new(12, NlspCircuit::CMD);
    world.connect(LAN, &(0..12).collect::<Vec<_>>());
    for agent in 1..12 {
        world.plant(agent, &lsp(stranger(1), 2, 7_500, b"x"));
    }
    world.pass_secs(10);
    world.sent.clear();
    for agent in 1..12 {
        world.give(agent, LAN, 0, false, &lsp(stranger(1), 1, 7_500, b"y").to_packet(7_000));
    }
    world.pass_secs(10);
    let answers = world.lsps();
    assert!(answers.iter().all(|sent| sent.node.is_broadcast()));
    assert!((1..=3).contains(&answers.len()), "{answers:?}");
}

#[test]
fn an_entry_with_the_old_number_of_a_purged_packet_is_answered_with_the_purge() {
    for (circuit, agent) in [(CMD, 1), (CMD, 3), (LAN, 1), (LAN, 3)] {
        let mut world = World::new(4, NlspCircuit::CMD);
        world.connect(circuit, &[0, 1, 2, 3]);
        world.plant(agent, &lsp(stranger(1), 9, 20, b"x"));
        world.pass_secs(40);
        assert_eq!(world.agents[agent].versions(), [(stranger(1), 9, true)]);
        world.sent.clear();
        let entry = LspEntry { lifetime: 500, id: stranger(1), sequence: 9, checksum: 7 };
        let (start, end) = (stranger(1), stranger(1));
        let csnp = Csnp { source: system(2).router(), start, end, entries: vec![entry] };
        world.give(agent, circuit, 2, false, &csnp.encode());
        world.pass_secs(6);
        assert_eq!(world.agents[agent].versions(), [(stranger(1), 9, true)]);
        let answers = world.lsps();
        assert!(!answers.is_empty());
        for sent in answers {
            let Pdu::Lsp(lsp) = sent.pdu else { panic!("a link-state packet") };
            assert_eq!((lsp.sequence, lsp.lifetime, lsp.bytes().len()), (9, 0, 27));
        }
    }
}
