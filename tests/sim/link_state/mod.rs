//! Agents that tell each other by NLSP: the scenarios of [nlsp §22] that take more than one agent.
//! `README.md` beside this file says which test holds which scenario, here and in the core.

mod abuse;
mod ages;
mod beside_rip;
mod designated;
mod faults;
mod neighbours;
mod overload;
mod random;
mod redistribution;
mod refusals;
mod repair;
mod rings;
mod scale;
mod segments;
mod splits;
mod table;

use std::net::SocketAddrV4;
use std::time::Duration;

use bytes::Bytes;
use ipxway_core::router::{Command, Event, NlspLspRow, Reply};
use ipxway_core::sim::{SECOND, Seen, Topology, World, within};
use ipxway_core::wire::ipx::{HEADER_LEN, Header, PacketType};
use ipxway_core::wire::nlsp::Pdu;
use ipxway_core::wire::{Address, NodeAddress, Socket, cmd, frame};

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
        Seen::Service { .. } | Seen::Stream { .. } => return None,
        Seen::Datagram { payload, .. } => payload,
        Seen::Frame { frame, .. } => frame.get(frame::locate(frame).ok()?.packet)?,
    };
    let header = Header::decode(packet).ok()?;
    let data = packet.get(HEADER_LEN..usize::from(header.length))?;
    (header.destination.socket == Socket::NLSP).then_some(())?;
    Pdu::decode(&Bytes::copy_from_slice(data)).ok()
}

/// An agent gets an NLSP packet that seems to be another's, to all on the first CMD network.
fn inject(world: &mut World, from: &str, to: &str, data: &[u8]) {
    let circuits = world.agent(from).router().circuits();
    let circuit = circuits.iter().find(|circuit| circuit.is_cmd()).unwrap();
    let source = Address::new(circuit.network, circuit.node, Socket::NLSP);
    let destination = Address { node: NodeAddress::BROADCAST, ..source };
    let packet = Header::new(PacketType::UNKNOWN, source, destination).packet(data);
    let sender = SocketAddrV4::new(cmd::ip(circuit.node).unwrap(), cmd::DEFAULT_PORT);
    let port = world.agent(to).router().config().cmd_networks[0].port;
    world.drive(to, |agent, now| agent.receive_datagram(now, port, sender, &packet));
}

/// The link-state database of an agent, what was purged included.
fn database(world: &mut World, agent: &str) -> Vec<NlspLspRow> {
    let (mut rows, mut place) = (Vec::new(), None);
    loop {
        world.ask(agent, Command::ShowNlspDatabase { after: place.take(), detail: false });
        match world.replies(agent).last() {
            Some(Reply::NlspDatabase { lsps, next, .. }) => {
                rows.extend(lsps.iter().cloned());
                place.clone_from(next);
            }
            other => panic!("{agent} answers {other:?}"),
        }
        if place.is_none() {
            return rows;
        }
    }
}
