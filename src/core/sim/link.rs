//! What lies between agents: LANs, and the IP backbone.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::fault::{Condition, Cuts};
use crate::Time;
use crate::ids::PortId;
use crate::random::Random;
use crate::wire::frame::Framing;
use crate::wire::{NetworkNumber, NodeAddress};

/// What is attached to a LAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Station {
    /// A port of the agent at this place.
    Agent(usize, PortId),
    /// The host at this place.
    Host(usize),
}

/// A shared Ethernet: whatever one station sends, all others hear.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: String,
    /// The IPX networks on it, by framing.
    pub(super) networks: Vec<(Framing, NetworkNumber)>,
    pub(super) stations: Vec<(NodeAddress, Station)>,
    pub(super) condition: Condition,
}

impl Segment {
    /// Who has this MAC address.
    pub(super) fn station(&self, node: NodeAddress) -> Option<Station> {
        self.stations.iter().find(|(mac, _)| *mac == node).map(|&(_, station)| station)
    }
}

/// The IP network between the agents: datagrams go by address, each pair of agents has a link of
/// its own.
#[derive(Debug, Default)]
pub(super) struct Backbone {
    /// Who has which address: the agent's place and its UDP port.
    pub(super) addresses: BTreeMap<Ipv4Addr, (usize, PortId)>,
    pub(super) cuts: Cuts,
    pub(super) condition: Condition,
    /// Links that differ from the others.
    pub(super) special: BTreeMap<(usize, usize), Condition>,
    /// When the last datagram arrives that keeps its place, on links with jitter.
    last: BTreeMap<(usize, usize), Time>,
}

impl Backbone {
    /// When the copies of a datagram that is sent now arrive.
    pub(super) fn arrivals(
        &mut self,
        now: Time,
        from: usize,
        to: usize,
        random: &mut Random,
    ) -> [Option<Time>; 2] {
        if self.cuts.between(from, to) {
            return [None, None];
        }
        let condition = *self.special.get(&(from, to)).unwrap_or(&self.condition);
        condition.arrivals(random).map(|arrival| {
            let (delay, in_order) = arrival?;
            let mut at = now + delay;
            if in_order && !condition.jitter.is_zero() {
                let last = self.last.entry((from, to)).or_default();
                at = at.max(*last);
                *last = at;
            }
            Some(at)
        })
    }
}
