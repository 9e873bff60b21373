//! Who is whose neighbour, and how soon it is seen to be gone.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::sim::{MINUTE, SECOND, Seen, topology, within};
use ipxway_core::wire::Socket;
use ipxway_core::wire::ipx::Header;

use super::{HOLD, all_see_all, converged, told};
use crate::{link_state_world, seeds};

#[test]
fn two_agents_are_neighbours_within_a_second_of_the_last_start_and_then_know_everything() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = link_state_world(seed, topology::pair("oslo", "rome"));
        sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
        world.run_until(
            |w| sites.iter().all(|site| told(w, site, "adjacency-up") == 1),
            within(2 * SECOND),
        );
        // All configured peers are up: no start delay [nlsp §9.1].
        world.run_until(|w| all_see_all(w, &sites), within(10 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites).check_databases_equal(&sites);
        assert_eq!(world.hops("oslo", world.lan_network("rome")), Some(1));
    });
}

#[test]
fn eight_agents_on_one_network_have_one_database_and_reach_each_other_directly() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv", "bern", "wien", "riga", "bonn", "nice"];
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites).check_databases_equal(&sites);
        for far in &sites[1..] {
            assert_eq!(world.hops("oslo", world.lan_network(far)), Some(1), "{far}");
        }
    });
}

#[test]
fn where_all_speak_nlsp_not_one_packet_of_rip_or_sap_crosses_the_backbone() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = link_state_world(seed, topology::mesh(&sites));
        let seen = Rc::new(RefCell::new((0, 0)));
        let counts = Rc::clone(&seen);
        world.watch(move |seen| {
            let Seen::Datagram { payload, .. } = seen else { return };
            let header = Header::decode(payload).unwrap();
            let socket = header.destination.socket;
            let mut counts = counts.borrow_mut();
            counts.0 += usize::from(matches!(socket, Socket::RIP | Socket::SAP));
            counts.1 += usize::from(socket == Socket::NLSP);
        });
        sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
        world.run_for(10 * MINUTE);
        world.kill("kyiv");
        world.run_for(5 * MINUTE);
        world.restart("kyiv");
        world.run_for(5 * MINUTE);
        assert!(all_see_all(&world, &sites));
        let (rip_and_sap, nlsp) = *seen.borrow();
        assert_eq!(rip_and_sap, 0);
        assert!(nlsp > 100, "{nlsp} packets of NLSP");
    });
}

#[test]
fn a_neighbour_that_dies_is_gone_with_its_services_within_its_hold_time() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        world.kill("rome");
        let gone = |w: &ipxway_core::sim::World| {
            ["oslo", "kyiv"].iter().all(|site| !w.sees(site, "SERVER-rome"))
        };
        let took = world.run_until(gone, within(HOLD));
        assert!(took > 6 * SECOND, "not before the shortest hold time could be over: {took:?}");
        world.run_for(5 * MINUTE);
        world.check_at_rest();
        world.restart("rome");
        world.run_until(|w| all_see_all(w, &sites), within(MINUTE));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&sites).check_databases_equal(&sites);
    });
}

#[test]
fn a_clean_leave_is_seen_everywhere_within_two_seconds() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = converged(seed, topology::mesh(&sites), &sites);
        for leaver in ["rome", "kyiv"] {
            world.stop(leaver);
            let service = format!("SERVER-{leaver}");
            let network = world.lan_network(leaver);
            world.run_until(
                |w| !w.sees("oslo", &service) && !w.knows("oslo", network),
                within(2 * SECOND),
            );
            world.run_for(30 * SECOND);
        }
        assert_eq!(told(&world, "oslo", "adjacency-down"), 2);
    });
}

#[test]
fn a_link_that_passes_one_way_makes_no_route() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let mut world = link_state_world(seed, topology::pair("oslo", "rome"));
        sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
        world.cut(&["oslo"], &["rome"]);
        world.run_for(5 * MINUTE);
        for site in sites {
            assert_eq!(told(&world, site, "adjacency-up"), 0);
        }
        assert!(!world.sees("oslo", "SERVER-rome") && !world.sees("rome", "SERVER-oslo"));
        world.heal();
        world.run_until(|w| all_see_all(w, &sites), within(MINUTE));
    });
}

#[test]
fn different_hello_intervals_and_multipliers_work_together() {
    seeds(|seed| {
        let sites = ["oslo", "rome"];
        let topology = topology::pair("oslo", "rome").tune(|config| {
            let slow = config.name == "OSLO";
            let nlsp = &mut config.cmd_networks[0].nlsp;
            (nlsp.hello_interval, nlsp.multiplier) =
                if slow { (Duration::from_secs(40), 2) } else { (Duration::from_secs(5), 5) };
            nlsp.dr_hello_interval = nlsp.hello_interval;
        });
        let mut world = converged(seed, topology, &sites);
        world.run_for(10 * MINUTE);
        assert!(sites.iter().all(|site| told(&world, site, "adjacency-down") == 0));
        // Each is lost at its own holding time, not at the other's.
        world.kill("rome");
        world.run_until(|w| !w.sees("oslo", "SERVER-rome"), within(27 * SECOND));
        world.restart("rome");
        world.run_until(|w| all_see_all(w, &sites), within(MINUTE));
        world.run_for(MINUTE);
        world.kill("oslo");
        let took = world.run_until(|w| !w.sees("rome", "SERVER-oslo"), within(82 * SECOND));
        assert!(took > 30 * SECOND, "{took:?}");
    });
}
