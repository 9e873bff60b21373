//! The designated router, and the pseudonode it speaks for.

use ipxway_core::config::Mode;
use ipxway_core::sim::{SECOND, Topology};

use super::{CMD, agents, plain, priority};
use crate::record::{life, world};

pub(crate) fn a_tie_goes_to_the_higher_node(seed: u64) -> String {
    let mut world = world(seed, agents(&["oslo", "rome", "kyiv"]));
    world.run_for(15 * SECOND);
    life(&world, "kyiv")
}

pub(crate) fn a_designated_router_resigns(seed: u64) -> String {
    let mut world = world(seed, priority(agents(&["oslo", "rome", "bern"]), "bern", 100));
    world.partition(&["bern"], &["oslo", "rome"]);
    world.run_for(30 * SECOND);
    world.heal();
    world.run_for(45 * SECOND);
    life(&world, "rome")
}

pub(crate) fn a_lone_router_tells_of_its_lan(seed: u64) -> String {
    let topology = Topology::new().site("oslo").agent("rome", &[]).cmd(CMD, &["oslo", "rome"]);
    let mut world = world(
        seed,
        topology.tune(plain).tune(|config| {
            config.lans.iter_mut().for_each(|lan| lan.nlsp.mode = Mode::On);
        }),
    );
    world.run_for(30 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn a_partial_mesh_goes_through_the_designated_router(seed: u64) -> String {
    let mut world = world(seed, agents(&["oslo", "rome", "kyiv"]));
    world.partition(&["oslo"], &["rome"]);
    // It may be that they only do not hear each other yet: it is told after a while.
    world.run_for(75 * SECOND);
    life(&world, "oslo")
}
