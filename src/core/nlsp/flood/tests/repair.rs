//! What is lost comes again: by CSNP, PSNP and what is owed [nlsp §22, scenarios 23, 24].

use std::time::Duration;

use super::world::{CMD, LAN, World, lsp, node, stranger};
use crate::Time;
use crate::config::NlspCircuit;
use crate::forward::LinkDestination;
use crate::wire::cmd;
use crate::wire::nlsp::Pdu;

/// One CSNP interval and one round of requests.
const REPAIR: Duration = Duration::from_secs(30 + 5 + 2);

/// The most datagrams that an agent sent in any second.
fn most_in_a_second(world: &World, agent: usize) -> usize {
    let sent: Vec<Time> =
        world.sent.iter().filter(|sent| sent.by == agent).map(|sent| sent.at).collect();
    let second = Duration::from_secs(1);
    let count = |(from, &at): (usize, &Time)| sent[from..].partition_point(|&s| s < at + second);
    sent.iter().enumerate().map(count).max().unwrap_or(0)
}

#[test]
fn a_lost_packet_is_repaired_within_one_csnp_and_one_psnp_interval() {
    for circuit in [LAN, CMD] {
        for author in 0..3 {
            let mut world = World::new(3, NlspCircuit::CMD);
            world.connect(circuit, &[0, 1, 2]);
            world.pass_secs(100);
            world.loss_percent = 100;
            world.generate(author, 0, b"lost");
            world.pass_secs(4);
            world.loss_percent = 0;
            world.until_agreed(REPAIR);
            assert_eq!(world.agents[2].lsdb.len(), 1);
        }
    }
}

#[test]
fn databases_agree_in_spite_of_a_third_of_loss() {
    for (circuit, agents) in [(LAN, 5), (CMD, 8)] {
        let mut world = World::new(agents, NlspCircuit::CMD);
        world.connect(circuit, &(0..agents).collect::<Vec<_>>());
        world.loss_percent = 30;
        for round in 0..120_u8 {
            world.generate(usize::from(round) % agents, round % 3, &[round]);
            world.pass_secs(5);
            world.sent.clear();
        }
        world.until_agreed(Duration::from_secs(600));
        assert_eq!(world.agents[0].lsdb.len(), 3 * agents);
        world.loss_percent = 0;
        world.pass_secs(90);
        assert!(world.agree());
    }
}

#[test]
fn after_total_loss_all_agree_within_ninety_seconds() {
    let mut world = World::cmd(10);
    world.loss_percent = 100;
    for round in 0..60_u8 {
        world.generate(usize::from(round) % 10, round / 10 % 2, &[round]);
        world.pass_secs(5);
    }
    world.loss_percent = 0;
    world.until_agreed(Duration::from_secs(90));
    assert_eq!(world.agents[0].lsdb.len(), 20);
}

#[test]
fn what_came_over_another_line_just_before_a_neighbour_was_up_does_not_wait_for_a_second_csnp() {
    let mut world = World::new(3, NlspCircuit::CMD);
    world.connect(LAN, &[0, 1]);
    world.pass_secs(100);
    world.generate(0, 0, b"from the LAN");
    world.pass(Duration::from_millis(100));
    // The designated router is agent 2, whose first set begins a second from now.
    world.connect(CMD, &[1, 2]);
    let (csnp, patience) = (Duration::from_secs(1), Duration::from_secs(5));
    world.until_agreed(csnp + patience + Duration::from_millis(100));
    assert_eq!(world.agents[2].lsdb.len(), 1);
}

#[test]
fn on_a_network_that_is_not_transitive_the_designated_router_passes_packets_on() {
    let mut world = World::cmd(4);
    world.down(0, CMD, 1);
    world.down(1, CMD, 0);
    world.pass_secs(10);
    let id = world.generate(0, 0, b"round the corner");
    world.pass_secs(5);
    assert!(world.agents[1].lsdb.get(id).is_none());
    world.until_agreed(REPAIR);
    assert!(world.agents[1].lsdb.live(id).is_some());
}

#[test]
fn packets_cross_from_lines_of_one_kind_to_lines_of_another() {
    let mut world = World::new(5, NlspCircuit::CMD);
    world.connect(CMD, &[0, 1, 2]);
    // Agents that are on the LAN too, and on it only.
    world.connect(LAN, &[2, 3, 4]);
    world.pass_secs(10);
    for author in 0..5 {
        world.generate(author, 0, b"hello");
    }
    world.pass_secs(1);
    assert!(world.agree());
    assert_eq!(world.agents[4].lsdb.len(), 5);
    let id = world.generate(4, 0, b"changed");
    world.pass_secs(1);
    assert!(world.agree());
    assert_eq!(world.agents[0].lsdb.get(id).unwrap().lsp.sequence, 2);
}

#[test]
fn a_lifetime_gets_shorter_by_a_second_with_every_agent_and_by_the_time_that_passes() {
    let mut world = World::new(3, NlspCircuit::CMD);
    world.connect(CMD, &[0, 1]);
    world.connect(LAN, &[1, 2]);
    let id = world.generate(0, 0, b"x");
    world.pass_secs(1);
    let left = |world: &World, agent: usize| world.agents[agent].lsdb.remaining(id, world.now);
    assert_eq!([0, 1, 2].map(|agent| left(&world, agent)), [7_499, 7_500, 7_499]);
    world.pass_secs(1_000);
    assert_eq!([0, 1, 2].map(|agent| left(&world, agent)), [6_499, 6_500, 6_499]);
}

#[test]
fn a_newcomer_to_a_large_network_is_synchronised_soon_and_disturbs_nobody() {
    const AGENTS: usize = 50;
    const NEWCOMER: usize = 0;
    let mut world = World::new(AGENTS, NlspCircuit::CMD);
    world.connect(CMD, &(1..AGENTS).collect::<Vec<_>>());
    for n in 0..1_000 {
        let lsp = lsp(stranger(n), 5, 7_500, b"long known");
        (1..AGENTS).for_each(|agent| world.plant(agent, &lsp));
    }
    world.pass_secs(60);
    world.sent.clear();

    world.connect(CMD, &(0..AGENTS).collect::<Vec<_>>());
    world.generate(NEWCOMER, 0, b"here I am");
    world.generate(AGENTS - 1, 0, b"there it is");
    world.until_agreed(Duration::from_secs(60));
    assert_eq!(world.agents[NEWCOMER].lsdb.len(), 1_002);
    world.pass_secs(60);

    for agent in 0..AGENTS {
        // 30 for each neighbour.
        let most = most_in_a_second(&world, agent);
        assert!(most <= 30 * (AGENTS - 1), "{most} in a second from {agent}");
    }
    let lsps = world.lsps();
    for agent in 0..AGENTS {
        let peer = LinkDestination::Peer(cmd::ip(node(agent, CMD)).unwrap());
        let copies = lsps.iter().filter(|sent| sent.link == peer).count();
        let limit = if agent == NEWCOMER { 1_100 } else { 100 };
        assert!(copies <= limit, "{copies} to {agent}");
    }
}

#[test]
fn a_neighbour_that_lacks_what_the_designated_router_lacks_too_gets_it_from_its_holder() {
    let mut world = World::cmd(6);
    world.plant(1, &lsp(stranger(1), 3, 7_500, b"only here"));
    world.pass_secs(1);
    // The CSNP of the designated router lacks it; from there it goes to all.
    world.until_agreed(REPAIR);
    let lsps = world.lsps();
    assert!(world.agents[0].lsdb.live(stranger(1)).is_some());
    assert_eq!(lsps.len(), 1 + 4, "{lsps:?}");
    assert!(lsps.iter().all(|sent| matches!(&sent.pdu, Pdu::Lsp(lsp) if lsp.sequence == 3)));
}

#[test]
fn a_network_that_starts_all_at_once_agrees_soon_without_a_storm() {
    const AGENTS: usize = 40;
    let mut world = World::cmd(AGENTS);
    world.loss_percent = 5;
    for agent in 0..AGENTS {
        for number in 0..3 {
            world.generate(agent, number, b"good morning");
        }
    }
    world.pass_secs(1);
    world.until_agreed(Duration::from_secs(90));
    assert_eq!(world.agents[0].lsdb.len(), 3 * AGENTS);
    for agent in 0..AGENTS {
        let most = most_in_a_second(&world, agent);
        assert!(most <= 30 * (AGENTS - 1), "{most} in a second from {agent}");
    }
    // Twice to all by the originator; a twentieth is lost each time.
    let copies = world.lsps().len();
    let twice = 2 * 3 * AGENTS * (AGENTS - 1);
    assert!(copies >= twice && copies < twice * 11 / 10, "{copies} copies");
}
