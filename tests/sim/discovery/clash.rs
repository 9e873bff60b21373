//! Two agents of one name, which is to be unique in a scope.

use ipxway_core::config::{Config, DirectoryAgent};
use ipxway_core::sim::{MINUTE, SECOND, World, within};

use super::{all_joined, by_slp, told};
use crate::seeds;

const SITES: [&str; 4] = ["oslo", "rome", "kyiv", "bern"];
const TWINS: [(&str, &str); 2] = [("rome", "10.0.0.2"), ("kyiv", "10.0.0.3")];
const URL: &str = "service:mgw.novell:///ROME";

/// Kyiv calls itself ROME, too.
fn call_both_rome(config: &mut Config) {
    if config.name == "KYIV" {
        "ROME".clone_into(&mut config.name);
    }
}

fn with_directory_agent(seed: u64) -> World {
    let topology = by_slp(&SITES).tune(call_both_rome).tune(|config: &mut Config| {
        if config.name == "BERN" {
            config.slp.directory_agent = Some(DirectoryAgent::default());
        }
    });
    World::seeded(seed).with(topology)
}

/// URLs that bern has, without those that ended.
fn registered(world: &World) -> Vec<String> {
    let entries = world.registry("bern").into_iter();
    let live = entries.filter(|entry| !entry.contains(" ended "));
    live.map(|entry| entry.split(' ').next().unwrap().to_owned()).collect()
}

/// The twin that came second, and the other one.
fn second(world: &World) -> ((&'static str, String), &'static str) {
    let refused = |name: &str| !told(world, name, "registration-refused").is_empty();
    let (late, first) = if refused("kyiv") { (TWINS[1], TWINS[0]) } else { (TWINS[0], TWINS[1]) };
    assert!(refused(late.0) && !refused(first.0), "one of the two is refused");
    let number = if late.0 == "rome" { "0A000002" } else { "0A000003" };
    ((late.0, format!("{URL}-{number}")), first.0)
}

#[test]
fn the_second_of_one_name_is_registered_under_another_and_all_find_all() {
    seeds(|seed| {
        let mut world = with_directory_agent(seed);
        world.run_until(|w| all_joined(w, &SITES), within(MINUTE));
        let ((late, substitute), first) = second(&world);
        for _ in 0..130 {
            world.run_for(MINUTE);
            let there = registered(&world);
            assert!(there.contains(&URL.to_owned()) && there.contains(&substitute), "{there:?}");
        }
        assert!(all_joined(&world, &SITES));
        let clashes = told(&world, late, "slp-name-clash");
        assert!((2..=3).contains(&clashes.len()), "once an hour: {clashes:?}");
        let other = TWINS.iter().find(|(name, _)| *name == first).unwrap().1;
        assert!(clashes.iter().all(|it| it.contains(URL) && it.contains(other)), "{clashes:?}");
        assert_eq!(told(&world, first, "slp-name-clash").len(), 0);
        assert_eq!(told(&world, late, "registration-refused").len(), 1);
    });
}

#[test]
fn once_the_name_is_free_the_second_takes_it_and_gives_its_substitute_back() {
    seeds(|seed| {
        let mut world = with_directory_agent(seed);
        world.run_until(|w| all_joined(w, &SITES), within(MINUTE));
        let ((late, substitute), first) = second(&world);
        world.stop(first);
        world.run_for(10 * SECOND);
        assert!(!registered(&world).contains(&URL.to_owned()));
        let changed = |w: &World| {
            let there = registered(w);
            there.contains(&URL.to_owned()) && !there.contains(&substitute)
        };
        world.run_until(changed, within(50 * MINUTE));
        assert_eq!(world.peers_up("oslo"), 2);
        // Gone with it when it leaves.
        world.stop(late);
        world.run_for(10 * SECOND);
        assert_eq!(registered(&world).len(), 2, "{:?}", registered(&world));
    });
}

#[test]
fn without_a_directory_agent_twins_find_each_other_and_both_tell() {
    seeds(|seed| {
        let sites = ["rome", "kyiv"];
        let mut world = World::seeded(seed).with(by_slp(&sites).tune(call_both_rome));
        world.run_until(|w| all_joined(w, &sites), within(MINUTE));
        for (name, _) in TWINS {
            assert_eq!(told(&world, name, "slp-name-clash").len(), 1, "{name}");
        }
    });
}
