//! What link-state packets say.

use ipxway_core::config::StaticRoute;
use ipxway_core::ids::CircuitId;
use ipxway_core::sim::{SECOND, Topology};
use ipxway_core::wire::{NetworkNumber, NodeAddress};

use super::{CMD, plain};
use crate::record::{life, world};

/// The routes that oslo's operator knows: 30, of which these lead over the second LAN.
const BY_THE_ATTIC: std::ops::Range<u32> = 16..19;

pub(crate) fn more_than_one_packet_holds(seed: u64) -> String {
    let topology = Topology::new().lan("hall").lan("attic").agent("oslo", &["hall", "attic"]);
    let topology = topology.agent("rome", &[]).cmd(CMD, &["oslo", "rome"]).tune(plain);
    let mut world = world(
        seed,
        topology.tune(|config| {
            // 14 routes fit into a packet of 128 bytes.
            config.nlsp.lsp_size = 128;
            if config.name == "OSLO" {
                config.static_routes = (0..30)
                    .map(|number| StaticRoute {
                        network: NetworkNumber(0xd000_0000 + number),
                        circuit: CircuitId(u16::from(BY_THE_ATTIC.contains(&number))),
                        node: NodeAddress([2, 0, 0, 0, 0, 9]),
                        hops: 1,
                        ticks: 2,
                    })
                    .collect();
            }
        }),
    );
    world.run_for(12 * SECOND);
    world.set_port("oslo", "attic", false);
    world.run_for(10 * SECOND);
    world.set_port("oslo", "hall", false);
    world.run_for(10 * SECOND);
    life(&world, "oslo")
}

pub(crate) fn rip_and_sap_of_a_lan_reach_the_others(seed: u64) -> String {
    let topology = Topology::new().site("oslo").agent("rome", &[]).cmd(CMD, &["oslo", "rome"]);
    let mut world = world(seed, topology.tune(plain));
    world.run_for(8 * SECOND);
    world.server("oslo", "ACCOUNTS");
    world.run_for(10 * SECOND);
    world.shut_down("ACCOUNTS");
    world.run_for(10 * SECOND);
    life(&world, "oslo")
}
