//! What vanishes without a word is gone after the ageing time; what says goodbye, at once.

use ipxway_core::sim::{MINUTE, SECOND, topology, within};

use crate::{AGEING, seeds, world};

#[test]
fn a_server_that_vanishes_is_gone_everywhere_once_it_was_silent_for_the_ageing_time() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::line(&sites));
        world.server("oslo", "ACCOUNTS");
        world.run_until(|w| w.sees("kyiv", "ACCOUNTS"), within(5 * SECOND));
        world.run_for(2 * MINUTE);
        world.vanish("ACCOUNTS");
        let gone = |w: &ipxway_core::sim::World| sites.iter().all(|a| !w.sees(a, "ACCOUNTS"));
        let took = world.run_until(gone, within(AGEING));
        // It was last heard up to a minute before it vanished.
        assert!(took >= 119 * SECOND, "gone after {took:?}");
        world.run_for(2 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_server_that_is_shut_down_is_gone_everywhere_within_a_second_and_stays_gone() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::line(&sites));
        world.server("oslo", "ACCOUNTS");
        world.run_for(2 * MINUTE);
        assert!(world.sees("kyiv", "ACCOUNTS"));
        world.shut_down("ACCOUNTS");
        world.run_until(|w| sites.iter().all(|a| !w.sees(a, "ACCOUNTS")), within(SECOND));
        for _ in 0..240 {
            world.run_for(SECOND);
            assert!(sites.iter().all(|a| !world.sees(a, "ACCOUNTS")), "seed {seed}: it is back");
        }
        world.check_at_rest();
        world.switch_on_again("ACCOUNTS");
        world.run_until(|w| sites.iter().all(|a| w.sees(a, "ACCOUNTS")), within(SECOND));
    });
}

#[test]
fn an_agent_that_stops_takes_its_networks_and_services_back_at_once() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::triangle("oslo", "rome", "kyiv"));
        world.server("rome", "ACCOUNTS");
        world.run_for(2 * MINUTE);
        let lan = world.lan_network("rome");
        world.stop("rome");
        let left = |w: &ipxway_core::sim::World| {
            ["oslo", "kyiv"].iter().all(|a| !w.sees(a, "ACCOUNTS") && !w.knows(a, lan))
        };
        world.run_until(left, within(2 * SECOND));
        world.run_until(|w| !w.is_alive("rome"), within(2 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest();
        world.restart("rome");
        world.run_until(|w| sites.iter().all(|a| w.sees(a, "ACCOUNTS")), within(3 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn an_agent_that_is_killed_leaves_nothing_behind_past_the_ageing_time_and_comes_back() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::line(&sites));
        world.server("kyiv", "ACCOUNTS");
        world.run_for(2 * MINUTE);
        let lan = world.lan_network("kyiv");
        world.kill("kyiv");
        let left = |w: &ipxway_core::sim::World| {
            ["oslo", "rome"].iter().all(|a| !w.sees(a, "ACCOUNTS") && !w.knows(a, lan))
        };
        world.run_until(left, within(AGEING));
        world.run_for(2 * MINUTE);
        world.check_at_rest();
        world.restart("kyiv");
        world.run_until(|w| w.sees("oslo", "ACCOUNTS"), within(3 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_lan_port_that_goes_down_is_withdrawn_everywhere_and_back_when_it_is_up() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = world(seed, topology::pair("oslo", "rome"));
        world.server("rome", "ACCOUNTS");
        world.run_for(2 * MINUTE);
        let lan = world.lan_network("rome");
        world.set_port("rome", "rome", false);
        world.run_until(|w| !w.sees("oslo", "ACCOUNTS") && !w.knows("oslo", lan), within(SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest();
        world.set_port("rome", "rome", true);
        world.run_until(|w| w.sees("oslo", "ACCOUNTS"), within(SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}
