//! Rings: where distance-vector protocols count to infinity, if nothing stops them.

use ipxway_core::sim::{MINUTE, SECOND, Topology, World, topology, within};
use ipxway_core::wire::NetworkNumber;

use crate::{AGEING, seeds, world};

/// Four agents in a ring of two CMD networks and two LANs that two agents share.
fn mixed_ring() -> Topology {
    Topology::new()
        .lan("north")
        .lan("south")
        .agent("a", &["north"])
        .agent("b", &["north"])
        .agent("c", &["south"])
        .agent("d", &["south"])
        .cmd(0xffff_fffd, &["b", "c"])
        .cmd(0xffff_fffc, &["d", "a"])
}

/// The most hops at which any of the agents has this network.
fn most_hops(world: &World, agents: &[&str], network: NetworkNumber) -> Option<u16> {
    agents.iter().filter_map(|agent| world.hops(agent, network)).max()
}

/// Runs until nobody has the network any more; it never seems farther away than the ring is long.
fn watch_it_go(world: &mut World, agents: &[&str], network: NetworkNumber, most: u16) {
    let start = world.now();
    while let Some(hops) = most_hops(world, agents, network) {
        assert!(hops <= most, "seed {}: {network} counts to {hops}", world.seed());
        let passed = world.now().since(start);
        assert!(passed < 2 * MINUTE, "seed {}: {network} after {passed:?}", world.seed());
        world.run_for(SECOND / 10);
    }
    // Gone for good.
    for _ in 0..300 {
        world.run_for(SECOND);
        let back = most_hops(world, agents, network);
        assert_eq!(back, None, "seed {}: {network} is back at {}", world.seed(), world.now());
    }
}

#[test]
fn a_network_that_is_withdrawn_in_a_ring_of_lans_and_cmd_networks_is_gone_within_two_minutes() {
    seeds(|seed| {
        let agents = ["a", "b", "c", "d"];
        let mut world = world(seed, mixed_ring());
        world.server("north", "ACCOUNTS");
        world.run_until(|w| agents.iter().all(|a| w.sees(a, "ACCOUNTS")), within(10 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&agents);
        let network = world.host("ACCOUNTS").internal().unwrap();
        world.shut_down("ACCOUNTS");
        watch_it_go(&mut world, &agents, network, 4);
        assert!(agents.iter().all(|a| !world.sees(a, "ACCOUNTS")));
        world.check_at_rest().check_tables_equal(&agents);
    });
}

#[test]
fn the_network_of_a_killed_agent_in_a_ring_of_five_ages_and_never_counts_up() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv", "bern", "wien"];
        let mut world = world(seed, topology::ring(&sites));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
        let network = world.lan_network("kyiv");
        world.kill("kyiv");
        let rest = ["oslo", "rome", "bern", "wien"];
        // First its neighbours must miss it.
        let missed = |w: &World| rest.iter().any(|a| !w.knows(a, network));
        world.run_until(missed, within(AGEING));
        watch_it_go(&mut world, &rest, network, 5);
        world.check_at_rest().check_tables_equal(&rest);
    });
}

#[test]
fn a_ring_that_is_cut_goes_the_other_way_round() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv", "bern", "wien"];
        let mut world = world(seed, topology::ring(&sites));
        world.server("oslo", "ACCOUNTS");
        world.run_for(4 * MINUTE);
        assert_eq!(world.hops("rome", world.lan_network("oslo")), Some(1));
        world.partition(&["oslo"], &["rome"]);
        world.run_for(AGEING + 3 * MINUTE);
        assert_eq!(world.hops("rome", world.lan_network("oslo")), Some(4), "seed {seed}");
        assert!(world.sees("rome", "ACCOUNTS"));
        world.run_for(2 * MINUTE);
        world.check_at_rest();
        world.heal();
        world.run_for(4 * MINUTE);
        assert_eq!(world.hops("rome", world.lan_network("oslo")), Some(1), "seed {seed}");
        world.check_at_rest().check_tables_equal(&sites);
    });
}
