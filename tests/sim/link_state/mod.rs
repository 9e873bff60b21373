//! Agents that tell each other by NLSP: the scenarios of [nlsp §22] that take more than one agent.

mod abuse;
mod designated;
mod faults;
mod neighbours;
mod random;
mod redistribution;
mod rings;
mod scale;
mod segments;

use std::time::Duration;

use bytes::Bytes;
use ipxway_core::router::Event;
use ipxway_core::sim::{SECOND, Seen, Topology, World, within};
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::nlsp::Pdu;
use ipxway_core::wire::{Socket, frame};

use crate::link_state_world;

/// From the start of all until everybody knows everything: a start delay of 20 s that a designated
/// router may shorten, the collecting delays of two generations, a CSNP set.
const CONVERGENCE: Duration = Duration::from_secs(60);

/// The hold time that agents tell by default, and a little for the packets on their way.
const HOLD: Duration = Duration::from_secs(62);

/// Every one of these agents sees every server `SERVER-site` of these sites.
fn all_see_all(world: &World, sites: &[&str]) -> bool {
    sites.iter().all(|agent| sites.iter().all(|lan| world.sees(agent, &format!("SERVER-{lan}"))))
}

/// A world of these sites with a server each, in which everybody sees everything.
fn converged(seed: u64, topology: Topology, sites: &[&str]) -> World {
    let mut world = link_state_world(seed, topology);
    sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
    world.run_until(|w| all_see_all(w, sites), within(CONVERGENCE));
    // The repeats of what was flooded, and the last SPF.
    world.run_for(20 * SECOND);
    world
}

/// How often an event of this name was told by an agent.
fn told(world: &World, agent: &str, name: &str) -> usize {
    world.events(agent).filter(|(_, event)| event.name() == name).count()
}

/// Whom an agent took for designated router last: its node.
fn designated(world: &World, agent: &str) -> Option<String> {
    let last = world.events(agent).filter_map(|(_, event)| match event {
        Event::DesignatedRouter { node, .. } => Some(node.to_string()),
        _ => None,
    });
    last.last()
}

/// A host pings another, which answers within a second.
fn reaches(world: &mut World, from: &str, to: &str) {
    let address = world.host(to).address(Socket::NCP);
    let ping = world.ping(from, address);
    world.run_until(|w| w.host(from).pinged(ping).is_some(), within(SECOND));
}

/// The names of so many sites.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("site{index:03}")).collect()
}

/// The NLSP packet that was seen, if it was one.
fn nlsp(seen: &Seen<'_>) -> Option<Pdu> {
    let packet = match *seen {
        Seen::Datagram { payload, .. } => payload,
        Seen::Frame { frame, .. } => frame.get(frame::locate(frame).ok()?.packet)?,
    };
    let header = Header::decode(packet).ok()?;
    let data = packet.get(HEADER_LEN..usize::from(header.length))?;
    (header.destination.socket == Socket::NLSP).then_some(())?;
    Pdu::decode(&Bytes::copy_from_slice(data)).ok()
}
