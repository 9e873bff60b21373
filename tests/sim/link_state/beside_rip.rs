//! LANs with NLSP on them: RIP and SAP are told there as long as somebody needs them
//! [nlsp §13.2].

use std::cell::RefCell;
use std::rc::Rc;

use ipxway_core::Time;
use ipxway_core::config::Mode;
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, within};
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::sap::{Kind, ServiceType};
use ipxway_core::wire::{Socket, frame};

use crate::{link_state_world, seeds};

/// When agents told all on the hall something by RIP or SAP.
type Told = Rc<RefCell<Vec<(Time, Socket)>>>;

/// Two agents in a hall, and one far away with a server.
fn hall(seed: u64, mode: Mode) -> (World, Told) {
    let topology = Topology::new()
        .lan("hall")
        .agent("a", &["hall"])
        .agent("b", &["hall"])
        .site("far")
        .cmd(0xffff_fffd, &["a", "b", "far"])
        .tune(|config| {
            if config.name != "FAR" {
                config.lans[0].nlsp.mode = mode;
            }
        });
    let mut world = link_state_world(seed, topology);
    let told = Told::default();
    let telling = Rc::clone(&told);
    world.watch(move |seen| {
        let Seen::Frame { at, lan: "hall", frame } = seen else { return };
        let located = frame::locate(frame).unwrap();
        let packet = &frame[located.packet];
        let header = Header::decode(packet).unwrap();
        let socket = header.source.socket;
        let by_agent = located.source.0[1] != 0xaa;
        let response = packet[HEADER_LEN + 1] == 2 && located.destination.is_broadcast();
        if by_agent && response && [Socket::RIP, Socket::SAP].contains(&socket) {
            telling.borrow_mut().push((at, socket));
        }
    });
    world.server("far", "SERVER-far");
    (world, told)
}

#[test]
fn where_nlsp_is_on_rip_and_sap_are_told_while_an_old_router_is_there_and_no_longer() {
    seeds(|seed| {
        let (mut world, told) = hall(seed, Mode::On);
        world.station("hall", "desk");
        world.run_for(10 * MINUTE);
        assert_eq!(*told.borrow(), [], "seed {seed}: nobody is there who needs it");
        // Workstations are served all the while.
        world.find("desk", Kind::Nearest, ServiceType::FILE_SERVER);
        world.run_for(SECOND);
        let nearest = world.host("desk").nearest().unwrap();
        assert_eq!(nearest.name.to_string(), "SERVER-far");
        super::reaches(&mut world, "desk", "SERVER-far");

        world.server("hall", "OLD");
        let since = world.now();
        world.run_for(SECOND);
        for socket in [Socket::RIP, Socket::SAP] {
            let first = told.borrow().iter().find(|(_, said)| *said == socket).copied();
            assert!(first.is_some_and(|(at, _)| at.since(since) <= SECOND), "{socket}: {first:?}");
        }
        world.run_for(10 * MINUTE);
        let minutes = told.borrow().iter().filter(|(_, said)| *said == Socket::RIP).count();
        assert!((10..=28).contains(&minutes), "seed {seed}: {minutes} updates of two agents");

        world.vanish("OLD");
        let gone = world.now();
        world.run_for(15 * MINUTE);
        let (last, _) = *told.borrow().last().unwrap();
        let after = last.since(gone);
        // It was heard up to a minute before it went; the poison of its own network is told too.
        assert!((120..=305).contains(&after.as_secs()), "seed {seed}: the last after {after:?}");
        world.check_at_rest();
    });
}

#[test]
fn where_nlsp_is_off_everything_is_told_every_minute_from_the_start() {
    seeds(|seed| {
        let (mut world, told) = hall(seed, Mode::Off);
        world.run_until(|w| w.sees("a", "SERVER-far"), within(2 * MINUTE));
        world.run_for(2 * MINUTE);
        let before = told.borrow().len();
        world.run_for(10 * MINUTE);
        let count = told.borrow().len() - before;
        // RIP and SAP of two agents.
        assert!((36..=48).contains(&count), "seed {seed}: {count} in ten minutes");
    });
}
