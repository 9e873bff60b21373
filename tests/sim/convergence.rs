//! Agents that start together learn of each other's networks and services.

use ipxway_core::sim::{MINUTE, SECOND, World, topology, within};
use ipxway_core::wire::frame::Framing;

use crate::{full, seeds, world};

/// One server on each of these LANs.
fn servers(world: &mut World, lans: &[&str]) {
    lans.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
}

/// Every agent sees every server.
fn all_see_all(world: &World, sites: &[&str]) -> bool {
    sites.iter().all(|agent| sites.iter().all(|lan| world.sees(agent, &format!("SERVER-{lan}"))))
}

#[test]
fn two_agents_show_each_other_their_networks_and_servers_within_five_seconds() {
    seeds(|seed| {
        let mut world = world(seed, topology::pair("oslo", "rome"));
        servers(&mut world, &["oslo", "rome"]);
        // The servers announced themselves before any agent ran: the agents' questions find them.
        world.run_until(|w| all_see_all(w, &["oslo", "rome"]), within(5 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&["oslo", "rome"]);
    });
}

#[test]
fn three_agents_in_a_line_tell_on_what_the_middle_one_learned() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::line(&sites));
        servers(&mut world, &sites);
        world.run_until(|w| all_see_all(w, &sites), within(5 * SECOND));
        world.run_for(4 * MINUTE);
        assert_eq!(world.hops("oslo", world.lan_network("kyiv")), Some(2));
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn three_agents_in_a_full_mesh_reach_each_other_directly() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::triangle("oslo", "rome", "kyiv"));
        servers(&mut world, &sites);
        world.run_until(|w| all_see_all(w, &sites), within(5 * SECOND));
        world.run_for(4 * MINUTE);
        for (a, b) in [("oslo", "rome"), ("rome", "kyiv"), ("kyiv", "oslo")] {
            assert_eq!(world.hops(a, world.lan_network(b)), Some(1), "{a} to {b}");
        }
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_server_that_appears_later_is_seen_everywhere_within_a_second() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::line(&sites));
        world.run_for(30 * SECOND);
        world.server("oslo", "LATE");
        world.run_until(|w| w.sees("kyiv", "LATE"), within(SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest();
    });
}

#[test]
fn four_framings_on_one_wire_are_four_networks_that_all_cross() {
    seeds(|seed| {
        let topology = topology::Topology::new()
            .lan_in("oslo", &Framing::ALL)
            .agent("oslo", &["oslo"])
            .site("rome")
            .cmd(0xffff_fffd, &["oslo", "rome"]);
        let mut world = world(seed, topology);
        for framing in 0..Framing::ALL.len() {
            world.server_in("oslo", &format!("SERVER-{framing}"), framing);
        }
        let all = |w: &World| (0..4).all(|n| w.sees("rome", &format!("SERVER-{n}")));
        world.run_until(all, within(5 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest();
    });
}

/// So many sites round a hub; a server of one of them is seen by all.
fn star_of(count: usize) {
    let names: Vec<String> = (0..count).map(|n| format!("site{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = world(1, topology::star("hub", &names));
    world.server("site7", "ACCOUNTS");
    world.run_until(|w| names.iter().all(|name| w.sees(name, "ACCOUNTS")), within(MINUTE));
    world.run_for(4 * MINUTE);
    world.check_at_rest();
}

#[test]
fn a_hundred_sites_round_a_hub_or_three_hundred_converge_within_a_minute() {
    star_of(if full() { 300 } else { 100 });
}

#[test]
fn agents_that_are_all_peers_of_each_other_converge_within_ten_seconds() {
    let names: Vec<String> = (0..if full() { 100 } else { 40 }).map(|n| format!("s{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = world(1, topology::mesh(&names));
    world.server("s7", "ACCOUNTS");
    world.run_until(|w| names.iter().all(|name| w.sees(name, "ACCOUNTS")), within(10 * SECOND));
    world.run_for(4 * MINUTE);
    world.check_at_rest().check_tables_equal(&names);
}
