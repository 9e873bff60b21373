//! Whether the peers of CMD networks are there: heard by RIP or SAP within the ageing time.
//!
//! In the mode `rip-sap` there is no adjacency, so this is what `up` means [cmd §12.4]. Where NLSP
//! is spoken an adjacency means it too.

use super::{Event, Router, Sender};
use crate::Time;
use crate::forward::LinkSource;
use crate::ids::CircuitId;
use crate::timers::Timers;
use crate::wire::cmd;

/// When each peer that is up would be given up.
#[derive(Debug, Default)]
pub(super) struct Peers {
    silence: Timers<(CircuitId, std::net::Ipv4Addr)>,
}

impl Peers {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.silence.next()
    }
}

impl Router {
    /// RIP or SAP came from this sender; if it is a peer, it is up.
    pub(super) fn peer_heard(&mut self, sender: &Sender) {
        let LinkSource::Peer(ip) = sender.link else { return };
        let Some(circuit) = self.circuits.get_mut(sender.circuit) else { return };
        let ageing = circuit.rip.interval * u32::from(circuit.rip.multiplier);
        let name = circuit.name.clone();
        let Some(peer) = circuit.peer_mut(ip) else { return };
        peer.heard = Some(self.now);
        if !peer.up {
            peer.up = true;
            self.out.event(Event::PeerUp { circuit: name, peer: ip });
            self.peers.silence.set((sender.circuit, ip), self.now + ageing);
        }
    }

    pub(super) fn handle_peer_timeout(&mut self) {
        while let Some((id, ip)) = self.peers.silence.pop_due(self.now) {
            let Some(circuit) = self.circuits.get_mut(id) else { continue };
            let ageing = circuit.rip.interval * u32::from(circuit.rip.multiplier);
            let name = circuit.name.clone();
            let Some(peer) = circuit.peer_mut(ip) else { continue };
            // The timer is not moved at each packet: it looks when it is due.
            let deadline = peer.heard.map_or(self.now, |heard| heard + ageing);
            if self.nlsp.is_up(id, cmd::node(ip)) {
                // Its end will be told by the adjacency.
            } else if deadline > self.now {
                self.peers.silence.set((id, ip), deadline);
            } else {
                peer.up = false;
                self.out.event(Event::PeerDown { circuit: name, peer: ip });
            }
        }
    }
}
