//! Directory agents: one for an island, and several that are kept in step.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipxway_core::config::{Config, DirectoryAgent};
use ipxway_core::random::Random;
use ipxway_core::sim::{Condition, MINUTE, SECOND, Seen, Topology, World, within};

use super::names::register;
use super::{all_joined, by_slp, told};
use crate::{few_seeds, full, seeds};

/// The address of the agent at this place of the topology.
fn ip(place: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, 1 + place)
}

/// The agent called so is a directory agent that keeps in step with those at these addresses.
fn directory(name: &str, peers: &[Ipv4Addr]) -> impl Fn(&mut Config) {
    let (name, peers) = (name.to_ascii_uppercase(), peers.to_vec());
    move |config: &mut Config| {
        if config.name == name {
            let mesh_peers = peers.clone();
            let agent = DirectoryAgent { mesh_peers, ..DirectoryAgent::default() };
            config.slp.directory_agent = Some(agent);
        }
    }
}

#[test]
fn with_a_directory_agent_nobody_asks_groups_for_services() {
    seeds(|seed| {
        let names = ["oslo", "rome", "kyiv", "bern"];
        let topology = by_slp(&names).tune(directory("bern", &[]));
        let mut world = World::seeded(seed).with(topology);
        world.run_until(|w| all_joined(w, &names), within(20 * SECOND));
        assert_eq!(world.registered("bern"), 4);
        world.run_for(MINUTE);
        let asked = std::rc::Rc::new(std::cell::Cell::new(0_u32));
        let shared = std::rc::Rc::clone(&asked);
        world.watch(move |seen| {
            if let Seen::Service { to, .. } = seen
                && to.ip().is_multicast()
            {
                shared.set(shared.get() + 1);
            }
        });
        world.run_for(120 * MINUTE);
        assert!(all_joined(&world, &names));
        assert_eq!(
            asked.get(),
            0,
            "neither searches nor questions; adverts come every three hours"
        );
    });
}

#[test]
fn registrations_are_renewed_in_time_and_taken_back_at_a_clean_stop() {
    seeds(|seed| {
        let names = ["oslo", "rome", "bern"];
        let topology = by_slp(&names).tune(directory("bern", &[]));
        let mut world = World::seeded(seed).with(topology);
        world.run_until(|w| w.registered("bern") == 3, within(20 * SECOND));
        for _ in 0..200 {
            world.run_for(MINUTE);
            assert_eq!(world.registered("bern"), 3);
        }
        world.stop("rome");
        world.run_until(|w| w.registered("bern") == 2, within(3 * SECOND));
        // One that dies is listed until its lifetime is over.
        world.kill("oslo");
        world.run_for(10 * MINUTE);
        assert_eq!(world.registered("bern"), 2);
        world.run_until(|w| w.registered("bern") == 1, within(61 * MINUTE));
    });
}

#[test]
fn a_directory_agent_that_restarts_has_its_registry_and_one_that_lost_it_gets_all_again() {
    seeds(|seed| {
        let names = ["oslo", "rome", "bern"];
        let topology = by_slp(&names).tune(directory("bern", &[]));
        let mut world = World::seeded(seed).with(topology);
        world.run_until(|w| w.registered("bern") == 3, within(20 * SECOND));
        world.run_for(MINUTE);
        world.kill("bern");
        world.run_for(SECOND);
        world.restart("bern");
        world.run_for(SECOND);
        assert_eq!(world.registered("bern"), 3, "as it was kept");
        world.kill("bern");
        world.forget("bern");
        world.restart("bern");
        world.run_until(|w| w.registered("bern") == 3, within(10 * SECOND));
    });
}

#[test]
fn when_the_primary_directory_agent_dies_the_next_one_is_asked() {
    seeds(|seed| {
        let names = ["oslo", "rome", "kyiv", "bern"];
        let topology =
            by_slp(&names).tune(directory("kyiv", &[ip(3)])).tune(directory("bern", &[ip(2)]));
        let mut world = World::seeded(seed).with(topology);
        world.run_until(|w| all_joined(w, &names), within(30 * SECOND));
        world.run_for(MINUTE);
        world.kill("kyiv");
        world.run_for(30 * MINUTE);
        world.kill("rome");
        world.run_for(SECOND);
        world.restart("rome");
        world
            .run_until(|w| w.peers_up("rome") == 2 && w.peers_up("oslo") == 2, within(90 * SECOND));
    });
}

#[test]
fn a_thousand_services_in_a_scope_are_worth_a_word_and_only_one() {
    let names = ["oslo", "rome", "kyiv", "bern"];
    let mut world = World::seeded(4).with(by_slp(&names).tune(directory("bern", &[])));
    world.run_until(|w| w.registered("bern") == 4, within(20 * SECOND));
    let add = |world: &mut World, from: usize, to: usize| {
        for n in from..to {
            let host = [10, 0, 1, u8::try_from(n / 50).unwrap()];
            register(world, host, &format!("service:printer.x:///P{n}"), "(A=1)");
        }
        world.run_for(MINUTE);
    };
    add(&mut world, 0, 995);
    assert_eq!(world.registered("bern"), 999);
    assert_eq!(told(&world, "bern", "scope-crowded"), [""; 0]);
    add(&mut world, 995, 996);
    let said = told(&world, "bern", "scope-crowded");
    assert!(said.len() == 1 && said[0].contains("1000 services"), "{said:?}");
    add(&mut world, 996, 1_200);
    assert_eq!(told(&world, "bern", "scope-crowded").len(), 1);
}

/// Three islands with a directory agent each, and the agents of all.
fn islands() -> (Topology, Vec<String>) {
    let names: Vec<String> =
        (0..3).flat_map(|island| (0..3).map(move |n| format!("site{island}{n}"))).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut topology = by_slp(&all);
    for (island, members) in all.chunks(3).enumerate() {
        topology = topology.island(members);
        let place = |island: usize| ip(u8::try_from(3 * island).unwrap());
        let others: Vec<Ipv4Addr> = (0..3).filter(|&it| it != island).map(place).collect();
        topology = topology.tune(directory(members[0], &others));
    }
    (topology, names)
}

#[test]
fn three_islands_become_one_network_lose_a_directory_agent_and_are_cut_and_joined() {
    few_seeds(|seed| {
        let (topology, names) = islands();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::seeded(seed).with(topology);
        world.run_until(|w| all_joined(w, &all), within(150 * SECOND));
        let equal = |w: &World| {
            let registry = w.registry(all[0]);
            registry.len() == 9 && [3, 6].iter().all(|&da| w.registry(all[da]) == registry)
        };
        world.run_until(equal, within(MINUTE));
        // An island is cut off for two hours and joined again.
        world.partition(&all[..3], &all[3..]);
        world.run_for(120 * MINUTE);
        assert!(all[..3].iter().all(|name| world.peers_up(name) == 2));
        world.heal();
        world.run_until(|w| all_joined(w, &all), within(15 * MINUTE));
        world.run_until(equal, within(10 * MINUTE));
        // A directory agent dies; its island goes on, and is found again.
        world.kill(all[0]);
        world.run_for(20 * MINUTE);
        assert!(all[1..].iter().all(|name| world.peers_up(name) == 7));
        world.restart(all[0]);
        world.run_until(|w| all_joined(w, &all), within(6 * MINUTE));
    });
}

/// One history: four directory agents and services that come and go at each, while links break
/// and agents die; then all is well for a while.
fn history(seed: u64) {
    let names = ["oslo", "rome", "kyiv", "bern"];
    let mut topology = by_slp(&names);
    for (place, name) in names.iter().enumerate() {
        let others: Vec<Ipv4Addr> = (0..4).filter(|&it| usize::from(it) != place).map(ip).collect();
        topology = topology.island(&[name]).tune(directory(name, &others));
    }
    let mut world = World::seeded(seed).with(topology.tune(|config| {
        config.slp.lifetime_s = 400;
        // Only the registries are looked at.
        config.cmd_networks.iter_mut().for_each(|it| it.peers.clear());
    }));
    let mut random = Random::seeded(seed ^ 0x5eed);
    for _ in 0..12 {
        let one = names[usize::try_from(random.below(4)).unwrap()];
        match random.below(7) {
            0 | 1 => world.cut(&[one], &[names[usize::try_from(random.below(4)).unwrap()]]),
            2 => {
                let rest: Vec<&str> = names.iter().copied().filter(|it| *it != one).collect();
                world.partition(&[one], &rest);
            }
            3 => world.heal(),
            4 if world.is_alive(one) => {
                world.kill(one);
                if random.below(4) == 0 {
                    world.forget(one);
                }
            }
            5 if world.is_alive(one) => world.stop(one),
            _ => {
                if !world.is_alive(one) {
                    world.restart(one);
                }
            }
        }
        world.run_for(Duration::from_millis(random.below(200_000)));
    }
    world.heal();
    world.set_backbone(Condition::default());
    // One that was told to leave is gone by then.
    world.run_for(5 * SECOND);
    for name in names {
        if !world.is_alive(name) {
            world.restart(name);
        }
    }
    let equal = |w: &World| {
        let registry = w.registry("oslo");
        w.registered("oslo") == 4 && names.iter().all(|name| w.registry(name) == registry)
    };
    let end = world.now() + 12 * MINUTE;
    while !equal(&world) && world.now() < end {
        world.run_for(SECOND);
    }
    let registries = names.map(|name| format!("{name}\n  {}", world.registry(name).join("\n  ")));
    assert!(equal(&world), "seed {seed}: registries differ\n{}", registries.join("\n"));
}

#[test]
fn after_any_history_all_registries_are_equal() {
    let count = if full() { 10_000 } else { 60 };
    let wanted = std::env::var("IPXWAY_SEED").ok().and_then(|seed| seed.parse().ok());
    match wanted {
        Some(seed) => history(seed),
        None => (0..count).for_each(history),
    }
}
