//! The designated router: who it is, and what happens when it changes.

use std::time::Duration;

use ipxway_core::sim::{MINUTE, SECOND, World, topology, within};

use super::{all_see_all, converged, designated, told};
use crate::seeds;

const SITES: [&str; 4] = ["oslo", "rome", "kyiv", "bern"];

/// The site that all the others, which are alive, take for designated router.
fn agreed(world: &World) -> Option<String> {
    let alive: Vec<&str> = SITES.into_iter().filter(|site| world.is_alive(site)).collect();
    let first = designated(world, alive.first()?)?;
    let all = alive.iter().all(|site| designated(world, site).as_ref() == Some(&first));
    all.then_some(first)
}

/// The node of a site on the CMD network: 10.0.0.1 and up in the order of the sites.
fn node(index: usize) -> String {
    format!("7E010A0000{:02X}", index + 1)
}

#[test]
fn one_agent_is_designated_and_the_others_follow_when_it_dies() {
    seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        let first = agreed(&world).expect("all agree");
        let index = (0..4).find(|&index| node(index) == first).expect("it is one of them");
        world.kill(SITES[index]);
        // Its last hello said 30 s.
        world.run_until(|w| agreed(w).is_some_and(|node| node != first), within(31 * SECOND));
        let others: Vec<&str> = SITES.into_iter().filter(|site| *site != SITES[index]).collect();
        world.run_for(20 * SECOND);
        assert!(all_see_all(&world, &others));
        assert!(!world.sees(others[0], &format!("SERVER-{}", SITES[index])));
        world.run_for(5 * MINUTE);
        world.check_at_rest().check_databases_equal(&others);
    });
}

#[test]
fn when_the_designated_router_resigns_no_route_is_lost_at_any_moment() {
    seeds(|seed| {
        // A newcomer with the highest priority takes over.
        let topology = topology::mesh(&SITES).tune(|config| {
            if config.name == "BERN" {
                config.cmd_networks[0].nlsp.priority = 100;
            }
        });
        let old = ["oslo", "rome", "kyiv"];
        let mut world = crate::link_state_world(seed, topology);
        old.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
        world.run_for(3 * SECOND);
        world.kill("bern");
        world.run_until(|w| all_see_all(w, &old), within(2 * MINUTE));
        world.run_for(MINUTE);
        world.restart("bern");
        for _ in 0..1_200 {
            world.run_for(SECOND / 10);
            assert!(
                all_see_all(&world, &old),
                "seed {seed}: a server is hidden at {}",
                world.now()
            );
            for a in old {
                for b in old {
                    assert!(world.knows(a, world.lan_network(b)), "seed {seed}: {a} lost {b}");
                }
            }
        }
        assert_eq!(agreed(&world), Some(node(3)));
        world.run_for(3 * MINUTE);
        world.check_at_rest().check_tables_equal(&SITES).check_databases_equal(&SITES);
    });
}

#[test]
fn when_the_designated_router_dies_no_other_route_is_lost_at_any_moment() {
    for (count, seed) in [(4, 1), (4, 2), (12, 3)] {
        let sites = super::names(count);
        let sites: Vec<&str> = sites.iter().map(String::as_str).collect();
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        let first = designated(&world, sites[0]).expect("there is one");
        let index = (0..count).find(|&index| node(index) == first).expect("it is one of them");
        let others: Vec<&str> = sites.iter().copied().filter(|it| *it != sites[index]).collect();
        world.kill(sites[index]);
        for _ in 0..1_200 {
            world.run_for(SECOND / 20);
            for a in &others {
                for b in &others {
                    let (now, lan) = (world.now(), world.lan_network(b));
                    assert!(world.knows(a, lan), "seed {seed}: {a} lost {b} at {now}");
                }
            }
        }
        assert!(!world.sees(others[0], &format!("SERVER-{}", sites[index])));
        world.check_databases_equal(&others);
    }
}

#[test]
fn when_the_designated_router_leaves_no_other_route_is_lost_at_any_moment() {
    seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        let first = agreed(&world).expect("all agree");
        let index = (0..4).find(|&index| node(index) == first).expect("it is one of them");
        let others: Vec<&str> = SITES.into_iter().filter(|site| *site != SITES[index]).collect();
        world.stop(SITES[index]);
        for step in 0..400 {
            world.run_for(SECOND / 20);
            assert!(
                all_see_all(&world, &others),
                "seed {seed}: a server is hidden at {}",
                world.now()
            );
            for a in &others {
                for b in &others {
                    assert!(world.knows(a, world.lan_network(b)), "seed {seed}: {a} lost {b}");
                }
                if step >= 40 {
                    let gone = !world.sees(a, &format!("SERVER-{}", SITES[index]));
                    assert!(gone, "seed {seed}: {a} sees what is gone for two seconds");
                }
            }
        }
        assert!(agreed(&world).is_some_and(|node| node != first));
        world.run_for(3 * MINUTE);
        world.check_at_rest().check_databases_equal(&others);
    });
}

#[test]
fn two_designated_routers_that_meet_after_a_partition_become_one() {
    seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        world.partition(&["oslo", "rome"], &["kyiv", "bern"]);
        world.run_for(3 * MINUTE);
        assert!(all_see_all(&world, &["oslo", "rome"]) && all_see_all(&world, &["kyiv", "bern"]));
        assert!(!world.sees("oslo", "SERVER-kyiv"));
        let (one, other) = (designated(&world, "oslo"), designated(&world, "kyiv"));
        assert_ne!(one, other, "each half has its own");
        world.heal();
        // A designated router says hello every 10 s, and its pseudonode comes every 5 s at most.
        let limit = within(16 * SECOND);
        world.run_until(|w| agreed(w).is_some() && all_see_all(w, &SITES), limit);
        // Both stood at 64: the higher address stays [nlsp §9.1].
        assert_eq!(agreed(&world), one.max(other));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&SITES).check_databases_equal(&SITES);
    });
}

#[test]
fn a_lone_agent_is_designated_after_the_start_delay_and_its_networks_are_complete() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let topology = topology::pair("oslo", "rome");
        let mut world = crate::link_state_world(seed, topology);
        world.run_for(2 * SECOND);
        world.kill("rome");
        // The start delay, or the hold time of a designated router that was there already.
        world.run_for(32 * SECOND);
        assert_eq!(designated(&world, "oslo"), Some(node(0)));
        world.restart("rome");
        world
            .run_until(|w| w.knows("rome", w.lan_network("oslo")), within(Duration::from_secs(15)));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
        assert_eq!(told(&world, "oslo", "duplicate-system"), 0);
    });
}
