//! Hellos, and who becomes whose neighbour.

use ipxway_core::config::Mode;
use ipxway_core::router::Input;
use ipxway_core::sim::{Condition, SECOND, Topology};

use super::{CMD, agents, plain, priority};
use crate::record::{life, life_and, world};

pub(crate) fn two_agents_become_neighbours(seed: u64) -> String {
    // The one case with padded hellos.
    let topology = Topology::new().agent("oslo", &[]).agent("rome", &[]);
    let mut world = world(seed, topology.cmd(CMD, &["oslo", "rome"]));
    world.run_for(12 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn one_way_is_no_way(seed: u64) -> String {
    let mut world = world(seed, agents(&["oslo", "rome"]));
    world.cut(&["oslo"], &["rome"]);
    world.run_for(45 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn a_lan_in_auto_answers_a_router(seed: u64) -> String {
    let hall = Topology::new().lan("hall").agent("oslo", &["hall"]).agent("rome", &["hall"]);
    let mut world = world(
        seed,
        hall.tune(plain).tune(|config| {
            let waits = config.name == "OSLO";
            config.lans[0].nlsp.mode = if waits { Mode::Auto } else { Mode::On };
        }),
    );
    // As if rome were plugged in later.
    world.set_lan("hall", Condition::lossy(1_000));
    world.run_for(20 * SECOND);
    world.set_lan("hall", Condition::LAN);
    world.run_for(35 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn a_clean_leave(seed: u64) -> String {
    let topology = Topology::new().site("oslo").agent("rome", &[]).cmd(CMD, &["oslo", "rome"]);
    let mut world = world(seed, priority(topology.tune(plain), "oslo", 50));
    world.run_for(15 * SECOND);
    let nothing = || Input::Timeout;
    life_and(&world, "oslo", vec![Input::Shutdown, nothing(), nothing()])
}

pub(crate) fn two_cmd_networks_in_one_agent(seed: u64) -> String {
    let alone = |topology: Topology, name: &str| topology.agent(name, &[]);
    let topology = ["pop", "north", "south"].into_iter().fold(Topology::new(), alone);
    let topology = topology.cmd(CMD, &["pop", "north"]).cmd(CMD - 1, &["pop", "south"]);
    let mut world = world(seed, topology.tune(plain));
    world.run_for(15 * SECOND);
    life(&world, "pop")
}
