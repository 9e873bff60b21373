//! Many agents on one CMD network, and a database that says so.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::sim::{MINUTE, SECOND, Seen, topology, within};
use ipxway_core::wire::Socket;
use ipxway_core::wire::ipx::Header;

use super::names;
use crate::{full, link_state_world};

/// Agents in the larger of the tests.
fn many() -> usize {
    if full() { 300 } else { 60 }
}

#[test]
fn many_agents_on_one_cmd_network_converge_and_their_databases_are_equal() {
    let names = names(many());
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = link_state_world(1, topology::mesh(&sites));
    world.server("site000", "SERVER");
    let (first, last) = (sites[0], sites[sites.len() - 1]);
    world.run_until(
        |w| {
            let knows = |agent: &str, of: &str| w.knows(agent, w.lan_network(of));
            knows(first, last)
                && knows(last, first)
                && sites.iter().all(|site| w.sees(site, "SERVER"))
        },
        within(2 * MINUTE),
    );
    world.run_for(2 * MINUTE);
    world.check_databases_equal(&sites).check_limits();
    world.check_tables_equal(&sites[..4]);
}

#[test]
fn at_rest_each_agent_sends_a_hello_to_every_other_and_hardly_anything_else() {
    let names = names(25);
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = link_state_world(1, topology::mesh(&sites));
    world.run_for(5 * MINUTE);
    let counts = Rc::new(RefCell::new([0_usize; 32]));
    let counting = Rc::clone(&counts);
    world.watch(move |seen| {
        let Seen::Datagram { payload, .. } = seen else { return };
        let header = Header::decode(payload).unwrap();
        assert_eq!(header.destination.socket, Socket::NLSP);
        counting.borrow_mut()[usize::from(payload[34] & 0x1f)] += 1;
    });
    world.run_for(10 * MINUTE);
    let counts = *counts.borrow();
    // 25 x 24 a hello, three a minute: 1,800; by the jitter a seventh more; and the designated
    // router twice as often: 24 x 3 x 8/7 more [nlsp §19.2].
    let expected = 10.0 * (1_800.0 * 8.0 / 7.0 + 72.0 * 8.0 / 7.0);
    let hellos = f64::from(u32::try_from(counts[15]).unwrap());
    assert!((hellos / expected - 1.0).abs() < 0.02, "{hellos} hellos, {expected} expected");
    assert_eq!(counts[18], 0, "no link-state packet: nothing changed");
    assert_eq!(counts[26], 0, "no request");
    assert!(counts[24] > 0, "the sequence numbers of the designated router");
}

#[test]
fn a_newcomer_to_a_database_of_a_thousand_packets_is_in_step_within_a_minute() {
    let names = names(50);
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let topology = topology::mesh(&sites).tune(|config| {
        config.limits.routes = 100_000;
        // 18 packets each: 1,200 routes of 68 a packet.
        config.static_routes = (0..1_200)
            .map(|number| ipxway_core::config::StaticRoute {
                network: ipxway_core::wire::NetworkNumber(
                    0xd000_0000 + number + 0x1_0000 * (config.internal_network.unwrap().0 & 0xff),
                ),
                circuit: ipxway_core::ids::CircuitId(0),
                node: ipxway_core::wire::NodeAddress([2, 0, 0, 0, 0, 9]),
                hops: 1,
                ticks: 1,
            })
            .collect();
    });
    let mut world = link_state_world(1, topology);
    world.run_for(5 * SECOND);
    world.stop("site007");
    world.run_for(5 * MINUTE);
    let others: Vec<&str> = sites.iter().copied().filter(|site| *site != "site007").collect();
    world.check_databases_equal(&others);
    let size = world.agent("site000").router().link_state().len();
    assert!(size > 850, "{size} packets");

    let counts = Rc::new(RefCell::new((0_usize, 0_usize)));
    let counting = Rc::clone(&counts);
    world.watch(move |seen| {
        let Seen::Datagram { to, payload, .. } = seen else { return };
        if payload[34] & 0x1f == 18 {
            let mut counts = counting.borrow_mut();
            if to.ip().octets() == [10, 0, 0, 8] { counts.0 += 1 } else { counts.1 += 1 }
        }
    });
    world.restart("site007");
    world.run_until(
        |w| w.agent("site007").router().link_state().len() >= size,
        within(Duration::from_secs(60)),
    );
    world.run_for(MINUTE);
    world.check_databases_equal(&sites);
    let (to_it, to_others) = *counts.borrow();
    assert!(to_it <= size + size / 10, "{to_it} packets to it for {size}");
    // Its own packets go to everybody, twice; of the others a few are new.
    assert!(to_others <= 49 * 100, "{to_others} to all others");
}
