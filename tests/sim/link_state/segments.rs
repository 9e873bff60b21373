//! Where CMD networks meet on an IPX segment, and where two agents share one [nlsp §13.6].

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ipxway_core::config::{Exchange, Mode};
use ipxway_core::hub::Source;
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, within};
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::{NetworkNumber, Socket};

use super::{all_see_all, told};
use crate::{AGEING, link_state_world, seeds};

pub(super) const FIRST: u32 = 0xffff_fffd;
pub(super) const SECOND_NETWORK: u32 = 0xffff_fffc;

/// The case study's POP: a LAN with an agent of each of two CMD networks, an office behind each.
fn pop() -> Topology {
    Topology::new()
        .lan("pop")
        .agent("a1", &["pop"])
        .agent("a2", &["pop"])
        .site("north")
        .site("south")
        .cmd(FIRST, &["a1", "north"])
        .cmd(SECOND_NETWORK, &["a2", "south"])
}

/// The same with one agent for both networks.
fn one_for_both() -> Topology {
    Topology::new()
        .site("pop")
        .site("north")
        .site("south")
        .cmd(FIRST, &["pop", "north"])
        .cmd(SECOND_NETWORK, &["pop", "south"])
}

pub(super) fn settled(seed: u64, topology: Topology, agents: &[&str], servers: &[&str]) -> World {
    let mut world = link_state_world(seed, topology);
    servers.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
    world.run_until(|w| sees_all(w, agents, servers), within(2 * MINUTE));
    world.run_for(4 * MINUTE);
    world.check_at_rest().check_tables_equal(agents);
    world
}

pub(super) fn sees_all(world: &World, agents: &[&str], servers: &[&str]) -> bool {
    agents.iter().all(|agent| servers.iter().all(|lan| world.sees(agent, &format!("SERVER-{lan}"))))
}

const POP: [&str; 4] = ["a1", "a2", "north", "south"];

#[test]
fn two_cmd_networks_tell_each_other_through_the_segment_where_their_agents_meet() {
    seeds(|seed| {
        let world = settled(seed, pop(), &POP, &["north", "south", "pop"]);
        // north - a1 - pop - a2 - south: three routers to the far office's LAN.
        assert_eq!(world.hops("north", world.lan_network("south")), Some(3));
        assert_eq!(world.hops("a1", world.lan_network("south")), Some(2));
    });
}

#[test]
fn in_a_day_at_rest_no_route_and_no_service_changes() {
    seeds(|seed| {
        let mut world = settled(seed, pop(), &POP, &["north", "south"]);
        let before: Vec<_> = POP.iter().map(|agent| tables(&world, agent)).collect();
        for _ in 0..(if crate::full() { 24 * 60 } else { 60 }) {
            world.run_for(MINUTE);
            let now: Vec<_> = POP.iter().map(|agent| tables(&world, agent)).collect();
            assert_eq!(now, before, "seed {seed} at {}", world.now());
        }
    });
}

/// Network and distance of every route; name and distance of every service.
type Tables = (Vec<(NetworkNumber, u16, u16)>, Vec<(String, u16)>);

fn tables(world: &World, agent: &str) -> Tables {
    let router = world.agent(agent).router();
    let routes = router.rib().iter_after(None).filter_map(|(network, offers)| {
        let best = offers.first()?;
        Some((network, best.hops, best.ticks))
    });
    let services = router.services().iter_after(None);
    let services =
        services.filter_map(|(key, service)| Some((key.name.to_string(), service.usable()?.hops)));
    (routes.collect(), services.collect())
}

#[test]
fn one_agent_with_several_cmd_networks_is_one_router_between_them() {
    seeds(|seed| {
        let agents = ["pop", "north", "south"];
        let world = settled(seed, one_for_both(), &agents, &agents);
        assert_eq!(world.hops("north", world.lan_network("south")), Some(2));
        world.check_databases_equal(&agents);
    });
}

#[test]
fn an_agent_of_the_segment_may_die_and_return_and_no_packet_passes_it_twice() {
    seeds(|seed| {
        let mut world = settled(seed, pop(), &POP, &["north", "south"]);
        world.station("north", "desk");
        let server = world.host("SERVER-south").address(Socket::NCP);
        let looped = Rc::new(RefCell::new(0_usize));
        watch_for_returns(&mut world, &looped);
        for round in 0..(if crate::full() { 100 } else { 4 }) {
            let victim = if round % 2 == 0 { "a1" } else { "a2" };
            world.kill(victim);
            for _ in 0..10 {
                world.ping("desk", server);
                world.run_for(9 * SECOND);
            }
            world.restart(victim);
            world.run_until(|w| sees_all(w, &POP, &["north", "south"]), within(4 * MINUTE));
        }
        assert_eq!(*looped.borrow(), 0, "seed {seed}: packets passed a link twice");
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&POP);
    });
}

/// Counts pings that cross the backbone twice in the same direction.
pub(super) fn watch_for_returns(world: &mut World, count: &Rc<RefCell<usize>>) {
    let count = Rc::clone(count);
    let mut crossed = BTreeSet::new();
    world.watch(move |seen| {
        let Seen::Datagram { from, to, payload, .. } = seen else { return };
        let header = Header::decode(payload).unwrap();
        if matches!(header.destination.socket, Socket::NLSP | Socket::RIP | Socket::SAP) {
            return;
        }
        // A packet is known by all that does not change on its way.
        let mut same = payload.to_vec();
        same[4] = 0;
        if !crossed.insert((*from.ip(), *to.ip(), same)) {
            *count.borrow_mut() += 1;
        }
        if crossed.len() > 10_000 {
            crossed.clear();
        }
    });
}

#[test]
fn two_agents_on_one_lan_and_one_cmd_network_do_not_feed_each_other_a_dead_server() {
    seeds(|seed| {
        let agents = ["a", "b", "far"];
        let topology = Topology::new()
            .lan("hall")
            .agent("a", &["hall"])
            .agent("b", &["hall"])
            .site("far")
            .cmd(FIRST, &agents);
        let mut world = settled(seed, topology, &agents, &["hall"]);
        let network = world.host("SERVER-hall").internal().unwrap();
        assert_eq!(world.hops("far", network), Some(2), "one agent and the server");
        world.vanish("SERVER-hall");
        world.run_until(
            |w| !agents.iter().any(|agent| w.knows(agent, network) || w.sees(agent, "SERVER-hall")),
            within(AGEING + 20 * SECOND),
        );
        world.run_for(2 * MINUTE);
        assert!(!agents.iter().any(|agent| world.knows(agent, network)));
        // Back at equal hops it is usable at once.
        world.switch_on_again("SERVER-hall");
        world.run_until(|w| sees_all(w, &agents, &["hall"]), within(10 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&agents);
        // Both say where the LAN is; that is no fault.
        assert_eq!(told(&world, "far", "duplicate-network"), 0);
    });
}

#[test]
fn an_agent_that_shares_the_database_over_a_lan_teaches_nothing_by_rip_on_the_cmd_network() {
    seeds(|seed| {
        let agents = ["a", "b", "far", "away"];
        let topology = Topology::new()
            .lan("hall")
            .agent("a", &["hall"])
            .agent("b", &["hall"])
            .site("far")
            .site("away")
            .cmd(FIRST, &agents)
            .tune(|config| {
                config.lans.iter_mut().for_each(|lan| lan.nlsp.mode = Mode::On);
                if config.name == "B" {
                    config.cmd_networks[0].exchange = Exchange::RipSap;
                }
            });
        let mut world = settled(seed, topology, &agents, &["hall", "far"]);
        let network = world.host("SERVER-hall").internal().unwrap();
        let sources = |w: &World| -> Vec<Source> {
            let best = |agent: &&str| Some(w.agent(agent).router().rib().best(network)?.origin);
            agents[2..].iter().filter_map(best).map(|origin| origin.source).collect()
        };
        assert_eq!(sources(&world), [Source::NlspExternal; 2]);
        world.vanish("SERVER-hall");
        world.run_until(
            |w| !agents.iter().any(|agent| w.knows(agent, network) || w.sees(agent, "SERVER-hall")),
            within(AGEING + 20 * SECOND),
        );
        // Cut off from the other on its LAN, it is heard by RIP again.
        world.set_port("a", "hall", false);
        world.run_until(
            |w| w.knows("far", w.lan_network("hall")) && w.knows("b", w.lan_network("far")),
            within(4 * MINUTE),
        );
        world.run_for(5 * MINUTE);
        world.check_at_rest().check_tables_equal(&agents);
    });
}

#[test]
fn an_agent_cut_off_from_the_backbone_is_reached_over_the_lan_it_shares() {
    seeds(|seed| {
        let topology = Topology::new()
            .lan("hall")
            .lan("attic")
            .agent("a", &["hall"])
            .agent("b", &["hall", "attic"])
            .site("far")
            .cmd(FIRST, &["a", "b", "far"]);
        let agents = ["a", "b", "far"];
        let mut world = settled(seed, topology, &agents, &["attic", "far"]);
        world.partition(&["b"], &["a", "far"]);
        // Its packets in the database no longer count: RIP over the hall is the way to it.
        world.run_until(
            |w| {
                w.hops("far", w.lan_network("attic")) == Some(2)
                    && w.hops("b", w.lan_network("far")) == Some(2)
            },
            within(4 * MINUTE),
        );
        world.run_until(|w| sees_all(w, &agents, &["attic", "far"]), within(2 * MINUTE));
        world.check_no_loops();
        world.heal();
        world.run_until(|w| w.hops("far", w.lan_network("attic")) == Some(1), within(2 * MINUTE));
        world.run_for(5 * MINUTE);
        world.check_at_rest().check_tables_equal(&agents);
        assert!(all_see_all(&world, &["far"]));
    });
}
