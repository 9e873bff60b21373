//! Without a directory agent: multicast joins those of one island, and nobody else.

use ipxway_core::sim::{MINUTE, SECOND, World, within};

use super::{all_joined, by_slp, count};
use crate::seeds;

const SITES: [&str; 3] = ["oslo", "rome", "kyiv"];

#[test]
fn agents_of_an_island_find_each_other_without_a_directory_agent() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_slp(&SITES));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        world.run_for(10 * MINUTE);
        assert!(all_joined(&world, &SITES));
    });
}

#[test]
fn agents_of_two_islands_do_not() {
    seeds(|seed| {
        let all = ["oslo", "rome", "kyiv", "bern"];
        let topology = by_slp(&all).island(&["kyiv", "bern"]);
        let mut world = World::seeded(seed).with(topology);
        world.run_for(5 * MINUTE);
        assert!(all.iter().all(|name| world.peers_up(name) == 1));
    });
}

#[test]
fn one_that_comes_late_is_found_and_one_that_dies_is_dropped_in_the_end() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_slp(&SITES));
        world.run_for(SECOND);
        world.kill("kyiv");
        world.run_until(|w| w.peers_up("oslo") == 1, within(40 * SECOND));
        world.run_for(20 * MINUTE);
        world.restart("kyiv");
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        world.kill("kyiv");
        world.run_for(2 * MINUTE);
        assert_eq!((world.peers_up("oslo"), world.peers("oslo")), (1, 2));
        // Gone after three answers without it, and three rounds more.
        world.run_until(|w| w.peers("oslo") == 1, within(100 * MINUTE));
    });
}

#[test]
fn without_multicast_nothing_is_sent_to_a_group() {
    seeds(|seed| {
        let topology = by_slp(&SITES).tune(|config| {
            config.slp.multicast = false;
            for interface in &mut config.interfaces {
                interface.slp.as_mut().unwrap().groups.clear();
            }
        });
        let mut world = World::seeded(seed).with(topology);
        let sent = count(&mut world);
        world.run_for(60 * MINUTE);
        assert_eq!((sent.get().to_groups, sent.get().to_hosts), (0, 0));
        assert!(SITES.iter().all(|name| world.peers(name) == 0));
    });
}
