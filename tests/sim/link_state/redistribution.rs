//! What RIP and SAP tell on a LAN reaches every agent by NLSP, and the other way round.

use ipxway_core::hub::{ServiceSource, Source};
use ipxway_core::router::{Command, Reply};
use ipxway_core::sim::{MINUTE, SECOND, Topology, World, topology, within};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use super::{all_see_all, converged, reaches, told};
use crate::{link_state_world, seeds};

fn source(world: &World, agent: &str, network: NetworkNumber) -> Option<Source> {
    Some(world.agent(agent).router().rib().best(network)?.origin.source)
}

#[test]
fn a_server_that_appears_is_seen_everywhere_within_seconds_and_when_it_leaves_too() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        world.server("oslo", "LATE");
        world.run_until(|w| w.sees("kyiv", "LATE") && w.sees("rome", "LATE"), within(6 * SECOND));
        let network = world.host("LATE").internal().unwrap();
        assert_eq!(source(&world, "oslo", network), Some(Source::Rip));
        assert_eq!(source(&world, "kyiv", network), Some(Source::NlspExternal));
        let lan = world.lan_network("oslo");
        assert_eq!(source(&world, "kyiv", lan), Some(Source::NlspInternal));
        world.run_for(20 * SECOND);
        world.shut_down("LATE");
        world.run_until(
            |w| !w.sees("kyiv", "LATE") && !w.knows("kyiv", network),
            within(6 * SECOND),
        );
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn a_client_finds_and_pings_a_server_across_the_backbone() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = converged(seed, topology::pair("oslo", "rome"), &sites);
        world.station("oslo", "desk");
        world.run_for(5 * SECOND);
        reaches(&mut world, "desk", "SERVER-rome");
        let router = world.agent("oslo").router();
        let from_afar = router.services().iter_after(None).any(|(_, service)| {
            service.usable().is_some_and(|offer| offer.origin.source == ServiceSource::Nlsp)
        });
        assert!(from_afar);
    });
}

#[test]
fn hops_and_ticks_add_up_along_a_line_of_five() {
    seeds(|seed| {
        let sites = ["a", "b", "c", "d", "e"];
        let mut world = converged(seed, topology::line(&sites), &sites);
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites);
        // Four CMD networks of a tick each, and a tick for the far LAN.
        let lan = world.lan_network("e");
        let best = *world.agent("a").router().rib().best(lan).unwrap();
        assert_eq!((best.hops, best.ticks), (4, 5));
        // The server behind it is one router more, and the two ticks that it told.
        let server = world.host("SERVER-e").internal().unwrap();
        let best = *world.agent("a").router().rib().best(server).unwrap();
        assert_eq!((best.hops, best.ticks), (5, 7));
    });
}

#[test]
fn more_than_fifteen_routers_away_a_network_is_forwarded_to_but_not_told_by_rip() {
    let names = super::names(20);
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let topology = topology::line(&sites).tune(|config| config.hop_limit = 64);
    let mut world = link_state_world(1, topology);
    world.run_until(|w| w.knows("site000", w.lan_network("site019")), within(3 * MINUTE));
    world.run_for(2 * MINUTE);
    let far = world.lan_network("site019");
    assert_eq!(world.hops("site000", far), Some(19));
    // RIP cannot say so far to a host; a router that knows the way sends there, and back.
    let to = Address::new(NetworkNumber(0xc000_0014), NodeAddress::INTERNAL, Socket::PING);
    let (count, size) = (1, 56);
    let (interval, timeout) = (SECOND, SECOND);
    let ping = Command::Ping { to, count, size, interval, timeout };
    world.ask("site000", ping);
    world.run_for(2 * SECOND);
    let answered = world
        .replies("site000")
        .iter()
        .any(|reply| matches!(reply, Reply::PingAnswer { round_trip_us: Some(_), hops: 18, .. }));
    assert!(answered, "{:?}", world.replies("site000"));
    world.check_no_loops();
}

#[test]
fn the_new_designated_router_of_a_lan_tells_what_rip_knows_there_after_one_election() {
    seeds(|seed| {
        // Both speak NLSP on the hall: one of them tells of it.
        let topology = Topology::new()
            .lan("hall")
            .agent("a", &["hall"])
            .agent("b", &["hall"])
            .site("far")
            .cmd(0xffff_fffd, &["a", "b", "far"])
            .tune(|config| {
                if config.name != "FAR" {
                    config.lans[0].nlsp.mode = ipxway_core::config::Mode::On;
                }
            });
        let mut world = link_state_world(seed, topology);
        world.server("hall", "SERVER-hall");
        world.run_until(|w| w.sees("far", "SERVER-hall"), within(2 * MINUTE));
        world.run_for(MINUTE);
        let network = world.host("SERVER-hall").internal().unwrap();
        let tellers = |w: &World| w.agent("far").router().link_state_of(network);
        let [before] = tellers(&world).try_into().expect("the designated router alone tells of it");
        let first = before.system == world.agent("a").router().system_id().unwrap();
        let dead = if first { "a" } else { "b" };
        world.kill(dead);
        // 30 s until it is missed, an election, two generations; not the next RIP update.
        world.run_until(
            |w| w.sees("far", "SERVER-hall") && tellers(w).iter().any(|node| *node != before),
            within(45 * SECOND),
        );
        world.run_for(5 * MINUTE);
        world.check_at_rest();
    });
}

#[test]
fn a_service_without_a_route_is_hidden_and_comes_back_with_the_route() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = converged(seed, topology::pair("oslo", "rome"), &sites);
        world.set_port("rome", "rome", false);
        world.run_until(|w| !w.sees("oslo", "SERVER-rome"), within(10 * SECOND));
        world.set_port("rome", "rome", true);
        world.run_until(|w| all_see_all(w, &sites), within(90 * SECOND));
        assert_eq!(told(&world, "oslo", "duplicate-system"), 0);
    });
}

#[test]
fn an_internal_network_claimed_twice_is_an_alarm_at_everybody() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut topology = topology::mesh(&sites);
        topology = topology.tune(|config| {
            // Two machines with one configuration: the same system too.
            if config.name == "KYIV" {
                config.internal_network = Some(NetworkNumber(0xc000_0002));
            }
        });
        let mut world = link_state_world(seed, topology);
        world.run_for(5 * MINUTE);
        assert!(told(&world, "oslo", "duplicate-system") >= 1);
        assert!(
            told(&world, "rome", "duplicate-system") + told(&world, "kyiv", "duplicate-system")
                >= 1
        );
        // One of the two stays a neighbour of the third, and nothing flaps.
        let before = told(&world, "oslo", "adjacency-down");
        world.run_for(10 * MINUTE);
        assert_eq!(told(&world, "oslo", "adjacency-down"), before);
    });
}
