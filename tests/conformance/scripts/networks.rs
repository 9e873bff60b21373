//! Where NLSP meets RIP and SAP.

use ipxway_core::config::Exchange;
use ipxway_core::sim::{SECOND, Topology};

use super::{CMD, agents, plain, priority};
use crate::record::{life, world};

pub(crate) fn a_withdrawal_is_told_to_the_lan(seed: u64) -> String {
    let topology = Topology::new().site("oslo").site("rome").cmd(CMD, &["oslo", "rome"]);
    let mut world = world(seed, topology.tune(plain));
    world.server("rome", "ACCOUNTS");
    world.run_for(15 * SECOND);
    world.shut_down("ACCOUNTS");
    world.run_for(10 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn a_peer_that_speaks_rip_and_sap(seed: u64) -> String {
    let topology = priority(agents(&["oslo", "rome", "kyiv"]), "oslo", 50);
    let mut world = world(
        seed,
        topology.tune(|config| {
            if config.name == "ROME" {
                config.cmd_networks[0].exchange = Exchange::RipSap;
            }
        }),
    );
    // Its questions at its start are nobody's business here.
    world.partition(&["rome"], &["oslo", "kyiv"]);
    world.run_for(25 * SECOND);
    world.heal();
    world.run_for(45 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn two_of_one_database_do_not_learn_by_rip(seed: u64) -> String {
    let topology = Topology::new().lan("hall").agent("oslo", &["hall"]).agent("rome", &["hall"]);
    let mut world = world(seed, topology.cmd(CMD, &["oslo", "rome"]).tune(plain));
    world.run_for(70 * SECOND);
    life(&world, "oslo")
}
