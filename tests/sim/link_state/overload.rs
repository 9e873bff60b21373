//! An agent whose database is full is no way through.

use ipxway_core::config::{Config, StaticRoute};
use ipxway_core::ids::CircuitId;
use ipxway_core::sim::{MINUTE, SECOND, Topology, World, within};
use ipxway_core::wire::{NetworkNumber, NodeAddress, cmd};

use super::told;
use crate::{few_seeds, link_state_world};

const AGENTS: [&str; 5] = ["east", "small", "west", "around", "big"];

/// From east to west through the small agent; a dearer way is around. A big one tells much.
fn topology() -> Topology {
    let base = AGENTS.iter().fold(Topology::new(), |topology, name| topology.site(name));
    base.cmd(0xffff_fffd, &["east", "small"])
        .cmd(0xffff_fffc, &["small", "west"])
        .cmd(0xffff_fffb, &["west", "around"])
        .cmd(0xffff_fffa, &["around", "east"])
        .cmd(0xffff_fff9, &["big", "east"])
        .tune(|config| match config.name.as_str() {
            // Each of the others has two packets of its own, and there are five CMD networks.
            "SMALL" => config.limits.lsps = 18,
            "AROUND" => config.cmd_networks.iter_mut().for_each(|network| {
                network.nlsp.cost = Some(40);
            }),
            "BIG" => much(config),
            _ => {}
        })
}

/// 700 routes: eleven packets.
fn much(config: &mut Config) {
    let route = |number: u32| StaticRoute {
        network: NetworkNumber(0xd000_0000 + number),
        circuit: CircuitId(0),
        node: NodeAddress([2, 0, 0, 0, 0, 9]),
        hops: 1,
        ticks: 1,
    };
    config.static_routes = (0..700).map(route).collect();
}

/// The agent that east sends to for the LAN of west.
fn way_to_west(world: &World) -> Option<u8> {
    let rib = world.agent("east").router().rib();
    let best = rib.best(world.lan_network("west"))?;
    Some(cmd::ip(best.origin.node)?.octets()[3])
}

const SMALL: Option<u8> = Some(2);
const AROUND: Option<u8> = Some(4);

#[test]
fn an_overloaded_agent_is_avoided_but_reached_until_two_minutes_after_the_last_failure() {
    few_seeds(|seed| {
        let mut world = link_state_world(seed, topology());
        world.run_for(2 * SECOND);
        world.stop("big");
        world.run_until(|w| way_to_west(w) == SMALL, within(4 * MINUTE));
        world.run_for(5 * MINUTE);
        assert_eq!(way_to_west(&world), SMALL);
        let before = ["overloaded", "overload-ended"].map(|name| told(&world, "small", name));

        world.restart("big");
        world.run_until(|w| way_to_west(w) == AROUND, within(2 * MINUTE));
        let lan = world.lan_network("small");
        for _ in 0..60 {
            world.run_for(10 * SECOND);
            assert_eq!(way_to_west(&world), AROUND, "seed {seed}: each CSNP fails anew");
            // It does not carry others, but all reach what it has, and it reaches those it knows.
            for agent in ["east", "west", "around", "big"] {
                assert!(world.knows(agent, lan), "seed {seed}: {agent} lost the small one");
            }
            for agent in ["east", "west", "around"] {
                assert!(world.knows("small", world.lan_network(agent)), "seed {seed}: {agent}");
            }
        }
        assert_eq!(world.agent("small").router().link_state().len().min(18), 18);
        assert_eq!(told(&world, "small", "overloaded"), before[0] + 1, "told once");

        world.stop("big");
        let stopped = world.now();
        let ended = |w: &World| told(w, "small", "overload-ended") > before[1];
        world.run_until(ended, within(5 * MINUTE));
        let over = world.now().since(stopped);
        // Nothing fails any more from the purges on; the last failure was up to a CSNP before.
        assert!(over >= 85 * SECOND && over <= 125 * SECOND, "seed {seed}: after {over:?}");
        world.run_until(|w| way_to_west(w) == SMALL, within(10 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&AGENTS[..4]);
        world.check_databases_equal(&AGENTS[..4]);
        assert_eq!(told(&world, "small", "overloaded"), before[0] + 1, "seed {seed}");
    });
}
