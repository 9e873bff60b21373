//! Agents that cannot be neighbours, or should not be.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ipxway_core::router::{Command, Event, Reply};
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, topology, within};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::nlsp::{Pdu, SystemId};

use super::{all_see_all, nlsp, told};
use crate::{link_state_world, seeds};

const SITES: [&str; 3] = ["oslo", "rome", "kyiv"];

/// The largest packet with NLSP that an agent sends on the CMD network.
fn max_packet(world: &mut World, agent: &str) -> usize {
    world.ask(agent, Command::ShowNlspCircuits);
    match world.replies(agent).last() {
        Some(Reply::NlspCircuits { circuits }) => {
            circuits.iter().find(|row| row.kind == "cmd").map(|row| row.max_packet).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_smallest_local_mtu_bounds_what_nlsp_sends_and_nothing_else() {
    seeds(|seed| {
        let topology = topology::mesh(&SITES).tune(|config| {
            config.cmd_networks[0].nlsp.mtu = (config.name == "ROME").then_some(600);
        });
        let mut world = link_state_world(seed, topology);
        let largest = Rc::new(RefCell::new(0_usize));
        let counting = Rc::clone(&largest);
        world.watch(move |seen| {
            if let Seen::Datagram { payload, .. } = seen
                && matches!(nlsp(&seen), Some(Pdu::Lsp(_) | Pdu::Csnp(_)))
            {
                let mut largest = counting.borrow_mut();
                *largest = payload.len().max(*largest);
            }
        });
        for number in 0..60 {
            world.server("oslo", &format!("SERVER-{number}"));
        }
        world.station("oslo", "desk");
        world.station("rome", "shelf");
        world.run_until(
            |w| (0..60).all(|n| w.sees("rome", &format!("SERVER-{n}"))),
            within(2 * MINUTE),
        );
        for site in SITES {
            assert_eq!(max_packet(&mut world, site), 600, "seed {seed}: {site}");
        }
        let largest = *largest.borrow();
        assert!((500..=600).contains(&largest), "seed {seed}: a packet of {largest} bytes");
        world.stream("desk", "shelf", 10, &[1_400], SECOND / 10);
        world.run_for(3 * SECOND);
        assert_eq!(world.received("desk", "shelf").arrived, 10, "seed {seed}");
    });
}

#[test]
fn an_agent_that_cannot_take_our_packets_is_no_neighbour_and_an_event_has_both_numbers() {
    seeds(|seed| {
        let topology = topology::mesh(&SITES).tune(|config| {
            config.cmd_networks[0].nlsp.mtu = (config.name == "ROME").then_some(400);
        });
        let mut world = link_state_world(seed, topology);
        SITES.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
        let pair = ["oslo", "kyiv"];
        world.run_until(|w| all_see_all(w, &pair), within(MINUTE));
        world.run_for(5 * MINUTE);
        for site in pair {
            let mismatch = world.events(site).find_map(|(_, event)| match event {
                Event::MtuMismatch { theirs, ours, .. } => Some((*theirs, *ours)),
                _ => None,
            });
            assert_eq!(mismatch, Some((400, 542)), "seed {seed}: {site}");
            assert_eq!(told(&world, site, "mtu-mismatch"), 1, "seed {seed}: {site} says it once");
            assert_eq!(told(&world, site, "adjacency-up"), 1, "seed {seed}: {site}");
            assert!(!world.knows(site, world.lan_network("rome")), "seed {seed}: {site}");
            assert!(!world.knows("rome", world.lan_network(site)), "seed {seed}: {site}");
        }
        world.check_no_loops().check_tables_equal(&pair).check_databases_equal(&pair);
    });
}

#[test]
fn of_two_machines_of_one_system_a_third_agent_keeps_one_and_nothing_flaps() {
    seeds(|seed| {
        let topology = topology::mesh(&SITES).tune(|config| {
            if config.name == "KYIV" {
                config.internal_network = Some(NetworkNumber(0xc000_0002));
            }
        });
        let mut world = link_state_world(seed, topology);
        world.run_for(5 * MINUTE);
        assert!(told(&world, "oslo", "duplicate-system") >= 1, "seed {seed}");
        let before = told(&world, "oslo", "adjacency-down");
        world.run_for(20 * MINUTE);
        assert_eq!(told(&world, "oslo", "adjacency-down"), before, "seed {seed}");
        // It is the one at the lower address.
        assert!(world.knows("oslo", world.lan_network("rome")), "seed {seed}");
        assert!(!world.knows("oslo", world.lan_network("kyiv")), "seed {seed}");
    });
}

#[test]
fn two_machines_of_one_system_that_never_meet_correct_each_other_ever_less_often() {
    seeds(|seed| {
        // One between them is a neighbour of both, on different networks.
        let topology = Topology::new()
            .site("left")
            .site("between")
            .site("right")
            .cmd(0xffff_fffd, &["left", "between"])
            .cmd(0xffff_fffc, &["between", "right"])
            .tune(|config| {
                if config.name != "BETWEEN" {
                    config.internal_network = Some(NetworkNumber(0xc000_0001));
                }
            });
        let mut world = link_state_world(seed, topology);
        world.run_for(20 * MINUTE);
        let twins =
            told(&world, "left", "duplicate-system") + told(&world, "right", "duplicate-system");
        assert!(twins >= 1, "seed {seed}: nobody notices");
        let versions = Rc::new(RefCell::new(BTreeSet::new()));
        let seeing = Rc::clone(&versions);
        let system = SystemId::of_internal(NetworkNumber(0xc000_0001));
        world.watch(move |seen| {
            if let Some(Pdu::Lsp(lsp)) = nlsp(&seen)
                && lsp.id.node.system == system
            {
                seeing.borrow_mut().insert((lsp.id, lsp.sequence));
            }
        });
        world.run_for(10 * MINUTE);
        let ids: BTreeSet<_> = versions.borrow().iter().map(|(id, _)| *id).collect();
        let count = versions.borrow().len();
        // One a minute of each of the two for each packet, and some that were under way.
        assert!(count <= ids.len() * 21, "seed {seed}: {count} versions of {} packets", ids.len());
        assert!(count > 0, "seed {seed}: there is no war, and nothing is tested");
    });
}
