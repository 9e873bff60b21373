//! Agents that find each other by SLP.

mod clash;
mod dhcp;
mod directory;
mod hostile;
mod islands;
mod masks;
mod names;
mod traffic;

use std::cell::Cell;
use std::rc::Rc;

use ipxway_core::router::Event;
use ipxway_core::sim::{Seen, Topology, World};

/// Datagrams of IP services to groups, and to single hosts.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    to_groups: u64,
    to_hosts: u64,
}

/// Counts what agents and others send.
fn count(world: &mut World) -> Rc<Cell<Sent>> {
    let sent = Rc::new(Cell::new(Sent::default()));
    let shared = Rc::clone(&sent);
    world.watch(move |seen| {
        if let Seen::Service { to, .. } = seen {
            let mut sent = shared.get();
            if to.ip().is_multicast() {
                sent.to_groups += 1;
            } else {
                sent.to_hosts += 1;
            }
            shared.set(sent);
        }
    });
    sent
}

/// Sites on one CMD network that SLP joins.
fn by_slp(names: &[&str]) -> Topology {
    let sites = names.iter().fold(Topology::new(), |topology, name| topology.site(name));
    sites.cmd(0xffff_fffd, names).by_slp()
}

/// Every agent has found all others and hears them.
fn all_joined(world: &World, names: &[&str]) -> bool {
    names.iter().all(|name| world.peers_up(name) == names.len() - 1)
}

/// What an agent has told in events of this name.
fn told(world: &World, agent: &str, name: &str) -> Vec<String> {
    let events = world.events(agent).filter_map(|(_, event)| match event {
        Event::Discovery(event) if event.name() == name => Some(event.to_string()),
        _ => None,
    });
    events.collect()
}
