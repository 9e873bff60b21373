//! What SLP costs a slow line: an office whose directory agent is at the far end of 56 kbit/s.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use ipxway_core::config::{Config, DirectoryAgent};
use ipxway_core::sim::{MINUTE, Seen, World, within};
use ipxway_core::wire::slp::{Function, Header};

use super::{all_joined, by_slp};

/// The office, the directory agent, and others beside it.
const SITES: [&str; 4] = ["oslo", "rome", "bern", "kyiv"];
const OSLO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const ROME: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
/// The headers of UDP and IPv4, and of PPP.
const HEADERS: usize = 28 + 8;
/// Bytes that the line carries in an hour.
const LINE: usize = 56_000 / 8 * 3_600;

fn configure(config: &mut Config) {
    // Nobody multicasts: the line would not pass it on.
    config.slp.multicast = false;
    config.slp.directory_agents = vec![ROME.into()];
    for interface in &mut config.interfaces {
        interface.slp.as_mut().unwrap().groups.clear();
    }
    if config.name == "ROME" {
        config.slp.directory_agent = Some(DirectoryAgent::default());
    }
}

#[test]
fn over_a_slow_line_go_only_discovery_registrations_and_lookups_all_by_unicast() {
    let mut world = World::seeded(1).with(by_slp(&SITES).tune(configure));
    let seen: Rc<RefCell<BTreeMap<u8, (usize, usize)>>> = Rc::default();
    let shared = Rc::clone(&seen);
    world.watch(move |it| {
        let Seen::Service { from, to, payload, .. } = it else { return };
        if *from.ip() != OSLO && *to.ip() != OSLO {
            return;
        }
        assert_eq!([*from.ip(), *to.ip()].iter().filter(|ip| **ip == ROME).count(), 1, "{to}");
        let (_, function) = Header::decode(payload).expect("a message of SLP");
        let mut seen = shared.borrow_mut();
        let (packets, bytes) = seen.entry(function.number()).or_default();
        *packets += 1;
        *bytes += payload.len() + HEADERS;
    });
    world.run_until(|w| all_joined(w, &SITES), within(MINUTE));
    // The start is over, and for a second hour nothing changes.
    world.run_for(62 * MINUTE);
    seen.borrow_mut().clear();
    world.run_for(60 * MINUTE);
    let seen = seen.borrow();
    let bytes: usize = seen.values().map(|(_, bytes)| bytes).sum();
    let count =
        |function: Function| seen.get(&function.number()).map_or(0, |(packets, _)| *packets);
    eprintln!(
        "{seen:?}: {bytes} bytes an hour, {:.3} % of the line",
        100.0 * bytes as f64 / LINE as f64
    );
    // A registration lives for an hour and is renewed after 65 to 75 % of it.
    assert!((1..=2).contains(&count(Function::SrvReg)), "{seen:?}");
    assert_eq!(count(Function::SrvAck), count(Function::SrvReg));
    // The agents are looked up every 15 minutes, the directory agent every five, at rest.
    let lookups = count(Function::SrvRply);
    assert!((3..=16).contains(&lookups), "{seen:?}");
    assert_eq!(count(Function::DaAdvert), 12, "{seen:?}");
    assert_eq!(count(Function::SrvRqst), lookups + count(Function::DaAdvert), "{seen:?}");
    let others = [Function::SrvDereg, Function::SrvTypeRqst, Function::SaAdvert];
    assert!(others.into_iter().all(|function| count(function) == 0), "{seen:?}");
    assert!(bytes * 1_000 < LINE, "{bytes} bytes are more than a thousandth of the line");
    assert!(all_joined(&world, &SITES));
}
