//! What of circuits, routes and services goes into our own link-state packets
//! [nlsp §10.1, §13.1, §13.3].
//!
//! The router's packets have a link for each circuit, and what the operator configured. Those of
//! a LAN of which we are the designated router have a link for each router on it, and what RIP
//! and SAP say there ([`tables`]). Here it is decided what they say; [`Origin`] sees to it that
//! they say it.

mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::line::{Line, Lines};
use super::origin::{Entry, Origin, Subject};
use super::{Neighbour, System, line, metric};
use crate::Time;
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::Cx;
use crate::wire::NodeAddress;
use crate::wire::frame::Framing;
use crate::wire::ipx;
use crate::wire::nlsp::{Link, MediaType, NodeId, SystemId};

/// A designated router that resigned leaves its packets of the LAN as they are for so long
/// [nlsp §9.2].
const FAREWELL: Duration = Duration::from_secs(10);

/// The pseudonode that stands for the router itself.
const ROUTER: u8 = 0;

/// What our link-state packets are to say, as far as it is not in the tables.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The links of the router. Two circuits on one wire may lead to one LAN ID.
    links: BTreeMap<(NodeId, CircuitId), Link>,
    /// The circuits of which we are the designated router.
    lans: BTreeMap<CircuitId, Lan>,
    /// Services whose name is too long, or empty: SAP carries them, NLSP cannot.
    untellable: u64,
}

/// A circuit of which we are the designated router.
#[derive(Debug)]
struct Lan {
    pseudonode: u8,
    /// From the LAN to a router, whose name is to be filled in.
    link: Link,
    /// The routers on it, but for us.
    members: BTreeMap<NodeAddress, SystemId>,
}

/// What matters of a line here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    local_id: u8,
    /// The LAN IDs that the router links to.
    links: Vec<NodeId>,
    designated: bool,
    max_packet: usize,
    /// The neighbours that are up.
    members: BTreeMap<NodeAddress, SystemId>,
}

impl Facts {
    fn of(line: &Line, now: Time) -> Self {
        let designated = line.is_designated();
        let members = line.up().filter(|_| designated).map(|(node, there)| (node, there.system));
        Self {
            local_id: line.local_id(),
            links: line.links(now),
            designated,
            max_packet: line.max_packet(),
            members: members.collect(),
        }
    }
}

impl Content {
    /// The router itself begins to speak, or has another name or other areas: its internal
    /// network [nlsp §7.3], and what the operator configured.
    pub(crate) fn begin(&mut self, cx: &mut Cx<'_>, origin: &mut Origin, system: &System) {
        origin.begin(cx, system, ROUTER, system.network, NodeAddress::INTERNAL);
        let links: Vec<NodeId> = self.links.keys().map(|&(node, _)| node).collect();
        for node in links {
            self.tell_link(cx, origin, node);
        }
        self.tell_tables(cx, origin, ROUTER);
    }

    /// A circuit came or went, or its LAN ID, our part in it, its cost or its size is another.
    pub(crate) fn line_changed(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        lines: &Lines,
        system: &System,
        circuit: CircuitId,
    ) {
        // What is flooded anywhere must fit everywhere [nlsp §8.7].
        let sizes = lines.iter().filter(|line| line.speaks).map(Line::max_packet);
        let size = sizes.min().map_or(usize::MAX, |size| size.saturating_sub(ipx::HEADER_LEN));
        origin.set_size(cx, size);
        let facts = lines.get(circuit).map(|line| Facts::of(line, cx.now));
        self.circuit_changed(cx, origin, system, circuit, facts.as_ref());
    }

    fn circuit_changed(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        system: &System,
        circuit: CircuitId,
        facts: Option<&Facts>,
    ) {
        self.link(cx, origin, circuit, facts);
        match facts {
            Some(facts) if facts.designated => {
                self.speak_for(cx, origin, system, circuit, facts);
            }
            _ => {
                let Some(lan) = self.lans.remove(&circuit) else { return };
                // Others go on to use the LAN until its next designated router has spoken; one
                // that is closed is of no use to them.
                let farewell = if facts.is_some() { FAREWELL } else { Duration::ZERO };
                origin.end(lan.pseudonode, cx.now + farewell);
            }
        }
    }

    /// Links the router to the LAN IDs of a circuit, and to no others by it.
    fn link(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        circuit: CircuitId,
        facts: Option<&Facts>,
    ) {
        let here = |links: &BTreeMap<(NodeId, CircuitId), Link>| -> Vec<NodeId> {
            links.keys().filter(|&&(_, by)| by == circuit).map(|&(node, _)| node).collect()
        };
        let mut concerned = here(&self.links);
        self.links.retain(|&(_, by), _| by != circuit);
        let linked = facts.and_then(|facts| Some((facts, link_of(cx, circuit, facts.max_packet)?)));
        if let Some((facts, link)) = linked {
            for &neighbour in &facts.links {
                self.links.insert((neighbour, circuit), Link { neighbour, ..link });
            }
        }
        concerned.extend(here(&self.links));
        for node in concerned {
            self.tell_link(cx, origin, node);
        }
    }

    /// The router's link to a LAN: the cheapest, if two circuits lead there.
    fn tell_link(&self, cx: &mut Cx<'_>, origin: &mut Origin, node: NodeId) {
        let all = (node, CircuitId(0))..=(node, CircuitId(u16::MAX));
        let best = self.links.range(all).map(|(_, link)| *link).min_by_key(|link| link.cost);
        origin.set(cx, ROUTER, Subject::Link(node), best.map(Entry::Link));
    }

    /// We are the designated router of a circuit, perhaps since now.
    fn speak_for(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        system: &System,
        circuit: CircuitId,
        facts: &Facts,
    ) {
        let Some(here) = cx.circuits.get(circuit) else { return };
        let (network, node) = (here.network, here.node);
        let Some(link) = link_of(cx, circuit, facts.max_packet) else { return };
        // From the LAN to a router costs nothing [nlsp §10.1].
        let link = Link { cost: Some(0), neighbour: system.id.router(), ..link };
        let pseudonode = facts.local_id;
        let lan = Lan { pseudonode, link, members: facts.members.clone() };
        let is_new = self.lans.insert(circuit, lan).is_none();
        origin.begin(cx, system, pseudonode, network, node);
        // Ours is there whether or not there are neighbours [nlsp §9.4].
        let routers = facts.members.values().chain([&system.id]).map(|system| system.router());
        let routers: BTreeSet<NodeId> = routers.collect();
        for subject in origin.subjects(pseudonode) {
            if let Subject::Link(node) = subject
                && !routers.contains(&node)
            {
                origin.set(cx, pseudonode, subject, None);
            }
        }
        for neighbour in routers {
            let entry = Entry::Link(Link { neighbour, ..link });
            origin.set(cx, pseudonode, Subject::Link(neighbour), Some(entry));
        }
        if is_new {
            self.tell_tables(cx, origin, pseudonode);
        }
    }

    /// A neighbour is up, or no longer: the LANs of which we are the designated router have
    /// another router, or one less.
    pub(crate) fn neighbour_changed(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        lines: &Lines,
        neighbour: Neighbour,
    ) {
        let line = lines.get(neighbour.circuit);
        let there = line.and_then(|line| line.adjacency_up(neighbour.node));
        self.member_changed(cx, origin, neighbour, there.map(|adjacency| adjacency.system));
    }

    fn member_changed(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &mut Origin,
        neighbour: Neighbour,
        system: Option<SystemId>,
    ) {
        let Some(lan) = self.lans.get_mut(&neighbour.circuit) else { return };
        let before = match system {
            Some(system) => lan.members.insert(neighbour.node, system),
            None => lan.members.remove(&neighbour.node),
        };
        if before == system {
            return;
        }
        // Two nodes of one machine are two neighbours, and one router.
        if let Some(gone) = before
            && !lan.members.values().any(|&there| there == gone)
        {
            origin.set(cx, lan.pseudonode, Subject::Link(gone.router()), None);
        }
        if let Some(system) = system {
            let neighbour = system.router();
            let entry = Entry::Link(Link { neighbour, ..lan.link });
            origin.set(cx, lan.pseudonode, Subject::Link(neighbour), Some(entry));
        }
    }

    /// Services that no link-state packet can carry, each counted when it showed.
    pub(crate) const fn untellable(&self) -> u64 {
        self.untellable
    }
}

/// A link by a circuit, whose other end is to be filled in.
fn link_of(cx: &Cx<'_>, circuit: CircuitId, max_packet: usize) -> Option<Link> {
    let here = cx.circuits.get(circuit)?;
    let settings = line::settings(cx.config, circuit)?;
    Some(Link {
        cost: Some(settings.cost.unwrap_or_else(|| metric::cost_of(settings.throughput_bps))),
        neighbour: NodeId::default(),
        mtu: u32::try_from(max_packet).unwrap_or(u32::MAX),
        delay_us: settings.delay_us,
        throughput_bps: settings.throughput_bps,
        media: media(here),
    })
}

fn media(circuit: &Circuit) -> MediaType {
    match circuit.framing() {
        Some(Framing::EthernetII) => MediaType::ETHERNET_II,
        Some(Framing::Raw8023) => MediaType::ETHERNET_802_3,
        Some(Framing::Llc8022) => MediaType::ETHERNET_802_2,
        Some(Framing::Snap) => MediaType::ETHERNET_SNAP,
        None => MediaType::IP_TUNNEL,
    }
}
