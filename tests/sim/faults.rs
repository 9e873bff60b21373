//! Bad links, cut links, and agents that come and go while both lasts.

use ipxway_core::sim::{Condition, MINUTE, SECOND, World, topology, within};

use crate::{AGEING, seeds, terrible, world};

/// Every one of these agents sees every server `SERVER-site` of these sites.
fn all_see_all(world: &World, sites: &[&str]) -> bool {
    sites.iter().all(|agent| sites.iter().all(|lan| world.sees(agent, &format!("SERVER-{lan}"))))
}

fn with_servers(mut world: World, sites: &[&str]) -> World {
    sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
    world
}

#[test]
fn a_partition_hides_the_far_servers_within_the_ageing_time_and_healing_shows_them_again() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::triangle("oslo", "rome", "kyiv"));
        world.server("rome", "ACCOUNTS");
        world.run_until(|w| w.sees("oslo", "ACCOUNTS"), within(5 * SECOND));
        world.run_for(MINUTE);

        world.partition(&["oslo"], &["rome", "kyiv"]);
        world.run_until(|w| !w.sees("oslo", "ACCOUNTS"), within(AGEING));
        assert!(world.sees("kyiv", "ACCOUNTS"));
        world.run_for(4 * MINUTE);
        world.check_at_rest();

        world.heal();
        // The next periodic updates tell it.
        world.run_until(|w| w.sees("oslo", "ACCOUNTS"), within(63 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_link_that_passes_one_way_only_ages_on_the_deaf_side_and_heals() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = with_servers(world(seed, topology::pair("oslo", "rome")), &sites);
        world.run_until(|w| all_see_all(w, &sites), within(5 * SECOND));
        world.cut(&["oslo"], &["rome"]);
        world.run_until(|w| !w.sees("rome", "SERVER-oslo"), within(AGEING));
        assert!(world.sees("oslo", "SERVER-rome"), "oslo still hears rome");
        world.heal();
        world.run_until(|w| all_see_all(w, &sites), within(63 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn after_thirty_per_cent_loss_with_duplicates_and_reordering_all_is_well_within_the_ageing_time() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv", "bern"];
        let mut world = with_servers(world(seed, topology::mesh(&sites)), &sites);
        world.set_backbone(terrible());
        for _ in 0..10 {
            world.run_for(MINUTE);
            world.check_limits().check_counters();
        }
        world.set_backbone(Condition::default());
        world.run_until(|w| all_see_all(w, &sites), within(AGEING));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_loss_of_two_in_a_hundred_never_hides_a_server_that_is_there() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = with_servers(world(seed, topology::pair("oslo", "rome")), &sites);
        world.run_until(|w| all_see_all(w, &sites), within(5 * SECOND));
        world.set_backbone(Condition::lossy(20));
        for _ in 0..60 {
            world.run_for(10 * SECOND);
            assert!(all_see_all(&world, &sites), "seed {seed}: hidden at {}", world.now());
        }
    });
}

#[test]
fn whatever_dies_is_cut_off_and_comes_back_at_random_in_the_end_all_is_well() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv", "bern", "wien"];
        let mut world = with_servers(world(seed, topology::ring(&sites)), &sites);
        let mut random = ipxway_core::random::Random::seeded(seed);
        let pick = |random: &mut ipxway_core::random::Random| {
            sites[usize::try_from(random.below(5)).unwrap()]
        };
        world.run_for(MINUTE);
        for _ in 0..20 {
            let site = pick(&mut random);
            match random.below(6) {
                0 if world.is_alive(site) => world.kill(site),
                1 if world.is_alive(site) => world.stop(site),
                2 => world.partition(&[site], &[pick(&mut random)]),
                3 => world.heal(),
                4 => world.set_backbone(terrible()),
                _ if !world.is_alive(site) => world.restart(site),
                _ => world.set_backbone(Condition::default()),
            }
            world.run_for(random.duration_up_to(2 * MINUTE));
            world.check_limits().check_counters();
        }
        world.heal();
        world.set_backbone(Condition::default());
        world.run_for(5 * SECOND);
        for site in sites {
            if !world.is_alive(site) {
                world.restart(site);
            }
        }
        world.run_for(6 * MINUTE);
        assert!(all_see_all(&world, &sites), "seed {seed}");
        world.check_at_rest().check_tables_equal(&sites);
    });
}
