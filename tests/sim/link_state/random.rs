//! Ten thousand random histories: at rest all is well, whatever happened before.

use std::time::Duration;

use ipxway_core::random::Random;
use ipxway_core::sim::{Condition, MINUTE, Topology, World, topology};

use crate::link_state_world;

/// Histories that `cargo test` plays, and `make test-full`.
const HISTORIES: u64 = 60;
const HISTORIES_FULL: u64 = 10_000;

/// Nothing happens for so long at the end: ageing, hold rule, a RIP cycle [nlsp §22.39].
const REST: Duration = Duration::from_secs(300);

/// Sites in one of the shapes that networks have, and what they are called.
fn shape(random: &mut Random) -> (Topology, Vec<String>) {
    // Mostly small: what goes wrong goes wrong among few.
    let most = if random.chance(1, 20) { 49 } else { 5 };
    let count = 2 + random.below(most);
    let names = super::names(usize::try_from(count).unwrap());
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let topology = match random.below(4) {
        0 => topology::line(&sites),
        1 if sites.len() > 2 && sites.len() < 12 => topology::ring(&sites),
        2 => shared_lan(&sites),
        _ => topology::mesh(&sites),
    };
    (topology, names)
}

/// The first two agents share a LAN, half of the time with NLSP on it; all are on one CMD network.
fn shared_lan(sites: &[&str]) -> Topology {
    let base = sites.iter().fold(Topology::new(), |topology, name| topology.lan(name));
    let base = sites.iter().enumerate().fold(base, |topology, (index, name)| {
        if index == 1 {
            topology.agent(name, &[name, sites[0]])
        } else {
            topology.agent(name, &[name])
        }
    });
    base.cmd(0xffff_fffd, sites)
}

/// Something happens.
fn happen(world: &mut World, random: &mut Random, sites: &[String]) {
    let any = |random: &mut Random| {
        let count = u64::try_from(sites.len()).unwrap();
        sites[usize::try_from(random.below(count)).unwrap()].as_str()
    };
    let site = any(random);
    match random.below(9) {
        0 if world.is_alive(site) => world.kill(site),
        1 if world.is_alive(site) => world.stop(site),
        2 | 3 if !world.is_alive(site) => world.restart(site),
        4 => world.partition(&[site], &[any(random)]),
        5 => world.heal(),
        6 => world.set_backbone(Condition { loss_permille: 300, ..Condition::default() }),
        7 => world.set_port(site, site, random.chance(1, 2)),
        _ => world.set_backbone(Condition::default()),
    }
}

fn play(seed: u64) {
    let mut random = Random::seeded(seed);
    let (topology, names) = shape(&mut random);
    let mut world = link_state_world(seed, topology);
    for (index, site) in names.iter().enumerate().take(4) {
        world.server(site, &format!("SERVER{index}"));
    }
    for _ in 0..random.below(12) {
        world.run_for(random.duration_up_to(MINUTE));
        happen(&mut world, &mut random, &names);
    }
    world.heal();
    world.set_backbone(Condition::default());
    for site in &names {
        world.set_port(site, site, true);
    }
    world.run_for(REST);
    world.check_at_rest();
    let alive: Vec<&str> =
        names.iter().map(String::as_str).filter(|site| world.is_alive(site)).collect();
    world.check_databases_equal_where_joined(&alive);
}

#[test]
fn whatever_happened_at_rest_databases_are_equal_and_nothing_goes_round() {
    let count = if crate::full() { HISTORIES_FULL } else { HISTORIES };
    let seeds: Vec<u64> = match std::env::var("IPXWAY_SEED") {
        Ok(seed) => vec![seed.parse().expect("IPXWAY_SEED is a number")],
        Err(_) => (0..count).collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for chunk in 0..threads {
            let mine = seeds.iter().skip(chunk).step_by(threads);
            scope.spawn(move || {
                for &seed in mine {
                    let _failure_names_it = crate::Seed(seed);
                    play(seed);
                }
            });
        }
    });
}
