//! Rings of LANs and CMD networks: what is gone must not go round [nlsp §13.6].

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World};
use ipxway_core::wire::nlsp::Pdu;
use ipxway_core::wire::{NetworkNumber, Socket};

use super::nlsp;
use super::segments::{FIRST, SECOND_NETWORK, settled, watch_for_returns};
use crate::seeds;

const AGENTS: [&str; 4] = ["a1", "a2", "b1", "b2"];

/// A ring of two LANs and two CMD networks.
fn ring() -> Topology {
    Topology::new()
        .lan("l")
        .lan("m")
        .agent("a1", &["l"])
        .agent("a2", &["l"])
        .agent("b1", &["m"])
        .agent("b2", &["m"])
        .cmd(FIRST, &["a1", "b1"])
        .cmd(SECOND_NETWORK, &["a2", "b2"])
}

/// The most hops at which any of them has the network.
fn farthest(world: &World, network: NetworkNumber) -> Option<u16> {
    AGENTS.iter().filter_map(|agent| world.hops(agent, network)).max()
}

/// Runs until nobody has the network any more, and a while longer; it never gets far meanwhile.
fn goes(world: &mut World, network: NetworkNumber, limit: Duration) {
    let (seed, start) = (world.seed(), world.now());
    while let Some(most) = farthest(world, network) {
        assert!(most <= 5, "seed {seed}: {network} counts to {most}");
        assert!(world.now().since(start) < limit, "seed {seed}: {network} is still there");
        world.run_for(SECOND / 10);
    }
    for _ in 0..120 {
        world.run_for(SECOND);
        assert_eq!(farthest(world, network), None, "seed {seed}: {network} is back");
    }
}

#[test]
fn in_a_ring_of_segments_a_withdrawn_network_is_gone_everywhere_and_counts_nowhere() {
    seeds(|seed| {
        let mut world = settled(seed, ring(), &AGENTS, &["l"]);
        let network = world.host("SERVER-l").internal().unwrap();
        world.shut_down("SERVER-l");
        goes(&mut world, network, 20 * SECOND);
        world.check_at_rest().check_tables_equal(&AGENTS);
    });
}

#[test]
fn a_withdrawal_that_is_lost_on_one_side_of_the_ring_does_not_count_up() {
    seeds(|seed| {
        let mut world = settled(seed, ring(), &AGENTS, &["l"]);
        world.station("m", "desk");
        let server = world.host("SERVER-l").address(Socket::NCP);
        let network = world.host("SERVER-l").internal().unwrap();
        let returned = Rc::new(RefCell::new(0_usize));
        watch_for_returns(&mut world, &returned);
        // The packet that says so, and its repetition.
        let from = world.now();
        let lost = Rc::new(RefCell::new(0_usize));
        let losing = Rc::clone(&lost);
        world.lose(move |seen| {
            let Seen::Datagram { at, from: sender, .. } = seen else { return false };
            let doomed = at.since(from) < 4 * SECOND && sender.ip().octets() == [10, 0, 0, 2];
            let doomed = doomed && matches!(nlsp(&seen), Some(Pdu::Lsp(_)));
            *losing.borrow_mut() += usize::from(doomed);
            doomed
        });
        for _ in 0..10 {
            world.ping("desk", server);
            world.run_for(SECOND / 5);
        }
        world.shut_down("SERVER-l");
        for _ in 0..20 {
            world.ping("desk", server);
            world.run_for(SECOND / 5);
            assert!(farthest(&world, network) <= Some(5), "seed {seed}");
        }
        goes(&mut world, network, 120 * SECOND);
        assert!(*lost.borrow() > 0, "seed {seed}: nothing was lost");
        assert_eq!(*returned.borrow(), 0, "seed {seed}: packets passed an agent twice");
        world.run_for(2 * MINUTE);
        world.check_at_rest().check_tables_equal(&AGENTS);
    });
}
