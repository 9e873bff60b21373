//! Link-state packets on their way, and what becomes of old ones.

use ipxway_core::sim::{SECOND, Topology};

use super::{CMD, agents, plain, priority};
use crate::record::{life, world};

pub(crate) fn a_lost_packet_is_asked_for(seed: u64) -> String {
    let sites = ["oslo", "rome", "kyiv"];
    let topology = Topology::new().agent("oslo", &[]).site("rome").agent("kyiv", &[]);
    let mut world = world(seed, topology.cmd(CMD, &sites).tune(plain));
    world.run_for(12 * SECOND);
    // Neither what rome says of its new server nor the repeat gets through.
    world.cut(&["rome"], &["oslo"]);
    world.server("rome", "ACCOUNTS");
    world.run_for(8 * SECOND);
    world.heal();
    world.run_for(35 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn its_own_packets_from_the_past(seed: u64) -> String {
    let topology = Topology::new().site("oslo").agent("rome", &[]).cmd(CMD, &["oslo", "rome"]);
    let mut world = world(seed, priority(topology.tune(plain), "oslo", 50));
    // Two new versions of what oslo says of itself.
    for up in [false, true] {
        world.run_for(8 * SECOND);
        world.set_port("oslo", "oslo", up);
    }
    world.run_for(8 * SECOND);
    world.kill("oslo");
    // Until rome has missed it and is designated router itself.
    world.run_for(40 * SECOND);
    world.restart("oslo");
    world.run_for(20 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn a_dead_router_is_purged(seed: u64) -> String {
    let topology = agents(&["oslo", "rome", "kyiv"]).tune(|config| {
        (config.nlsp.lifetime, config.nlsp.refresh) = (100, 66 * SECOND);
    });
    let mut world = world(seed, topology);
    world.run_for(10 * SECOND);
    world.kill("rome");
    world.run_for(125 * SECOND);
    // The designated router: the others leave it to it.
    life(&world, "kyiv")
}

pub(crate) fn a_full_database_says_so(seed: u64) -> String {
    let topology = priority(agents(&["oslo", "rome", "kyiv"]), "rome", 60).tune(|config| {
        if config.name == "OSLO" {
            config.limits.lsps = 3;
        }
    });
    let mut world = world(seed, topology);
    world.partition(&["kyiv"], &["oslo", "rome"]);
    world.run_for(30 * SECOND);
    world.heal();
    world.run_for(25 * SECOND);
    world.stop("kyiv");
    world.run_for(150 * SECOND);
    life(&world, "oslo")
}
