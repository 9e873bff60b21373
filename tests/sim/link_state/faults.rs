//! Bad links and broken clocks.

use std::time::Duration;

use ipxway_core::router::Input;
use ipxway_core::sim::{Condition, MINUTE, SECOND, topology, within};

use super::{all_see_all, converged, reaches, told};
use crate::{seeds, terrible};

const SITES: [&str; 5] = ["oslo", "rome", "kyiv", "bern", "wien"];

#[test]
fn ninety_seconds_after_thirty_per_cent_loss_all_databases_are_equal() {
    seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        world.set_backbone(terrible());
        for _ in 0..10 {
            world.run_for(MINUTE);
            world.check_limits().check_counters();
        }
        world.set_backbone(Condition::default());
        world.run_for(90 * SECOND);
        world.check_databases_equal(&SITES);
        assert!(all_see_all(&world, &SITES));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&SITES);
    });
}

#[test]
fn a_partition_hides_the_far_side_within_the_hold_time_and_healing_shows_it_again() {
    seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        world.partition(&["oslo"], &SITES[1..]);
        world.run_until(
            |w| !w.sees("oslo", "SERVER-rome") && !w.sees("rome", "SERVER-oslo"),
            within(62 * SECOND),
        );
        assert!(all_see_all(&world, &SITES[1..]), "the others keep each other");
        world.run_for(5 * MINUTE);
        world.check_at_rest();
        world.heal();
        world.run_until(|w| all_see_all(w, &SITES), within(MINUTE));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&SITES).check_databases_equal(&SITES);
    });
}

#[test]
fn two_that_cannot_reach_each_other_go_through_the_designated_router() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        // The highest address of equal priority is designated: kyiv.
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        world.partition(&["oslo"], &["rome"]);
        world.run_for(3 * MINUTE);
        assert!(all_see_all(&world, &sites));
        assert_eq!(world.hops("oslo", world.lan_network("rome")), Some(1));
        world.check_no_loops();
        assert!(told(&world, "oslo", "partial-mesh") >= 1);
        world.station("oslo", "desk");
        world.run_for(5 * SECOND);
        reaches(&mut world, "desk", "SERVER-rome");
    });
}

#[test]
fn a_clock_that_leaps_a_day_ages_everything_at_once_and_all_heals() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        // Its host slept: the next input is a day late.
        world.drive("rome", |agent, now| {
            agent.handle(now + Duration::from_secs(86_400), Input::Timeout);
        });
        world.run_for(5 * SECOND);
        world.kill("rome");
        world.restart("rome");
        world.run_until(|w| all_see_all(w, &sites), within(2 * MINUTE));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_databases_equal(&sites);
    });
}

#[test]
fn an_agent_that_restarts_takes_up_its_old_packets_within_a_second() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = converged(seed, topology::pair("oslo", "rome"), &sites);
        world.kill("rome");
        world.run_for(5 * SECOND);
        // Its old packets are still believed: it is back before anybody missed it.
        world.restart("rome");
        world.run_until(|w| all_see_all(w, &sites), within(30 * SECOND));
        world.run_for(MINUTE);
        world.check_databases_equal(&sites);
        assert_eq!(told(&world, "rome", "duplicate-system"), 0, "it is its own past");
    });
}
