//! Questions of others: ping [ipx-rip-sap §16.1] and diagnostics [ipx-rip-sap §16.2].
//!
//! An answer comes from the address that was asked, so that the asker knows it again; to a
//! broadcast, from our address on the circuit that it came in by.

use std::collections::BTreeMap;
use std::time::Duration;

use super::asker::Askers;
use super::way::Way;
use crate::Time;
use crate::forward::Outcome;
use crate::random::Random;
use crate::router::{Cx, Sender};
use crate::wire::diagnostics::{
    COMPONENT_IPX_SPX, COMPONENT_ROUTER, Component, LocalNetwork, LocalNetworkKind, Request,
    Response,
};
use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::{Address, NodeAddress, ping};

/// The answers to a broadcast are spread over so long. Askers wait for half a second.
const JITTER: Duration = Duration::from_millis(500);
/// Answers that wait at once.
const PENDING: usize = 64;
/// Bytes of an answer to diagnostics before its networks: version, socket, count, the simple
/// component, and the router component's identifier and count.
const BEFORE_NETWORKS: usize = 8;
/// Bytes of a network in it.
const NETWORK_LEN: usize = 11;
/// Networks in it at most: their count is a byte.
const MAX_NETWORKS: usize = 255;

/// Who asked what address of ours.
#[derive(Clone, Copy, Debug)]
struct Asked {
    sender: Sender,
    ours: Address,
}

/// The answering side.
#[derive(Debug)]
pub(super) struct Responder {
    random: Random,
    askers: Askers,
    /// Answers to diagnostics that wait, by time and then in the order of questions.
    pending: BTreeMap<(Time, u64), Asked>,
    questions: u64,
}

impl Responder {
    pub(super) fn new(random: Random) -> Self {
        Self { random, askers: Askers::default(), pending: BTreeMap::new(), questions: 0 }
    }

    /// Answers a request for a ping, unless it was a broadcast.
    pub(super) fn ping(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        request: &ping::Ping<'_>,
    ) -> Outcome {
        if sender.broadcast || header.destination.node.is_group() || sender.address.node.is_group()
        {
            return Outcome::PingIgnored;
        }
        if !self.askers.permit(sender.address, cx.now) {
            return Outcome::AnswerLimited;
        }
        let data = request.reply().encode();
        let sent = Way::back_to(cx, sender)
            .and_then(|way| way.send(cx, header.destination, sender.address, &data));
        sent.err().unwrap_or(Outcome::DeliveredPing)
    }

    /// Answers a configuration request, a broadcast one after a while, unless we are excluded.
    pub(super) fn diagnostics(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        request: &Request,
    ) -> Outcome {
        let Some(here) = cx.circuits.get(sender.circuit) else { return Outcome::NoCircuit };
        let broadcast = header.destination.node.is_broadcast();
        let ours = if broadcast {
            Address::new(here.network, here.node, header.destination.socket)
        } else {
            header.destination
        };
        if !cx.config.diagnostics
            || sender.address.node.is_group()
            || request.exclusions.contains(&ours.node)
        {
            return Outcome::DiagnosticsIgnored;
        }
        if !self.askers.permit(sender.address, cx.now) {
            return Outcome::AnswerLimited;
        }
        let asked = Asked { sender: *sender, ours };
        if !broadcast {
            return answer(cx, &asked).err().unwrap_or(Outcome::DeliveredDiagnostics);
        }
        if self.pending.len() >= PENDING {
            return Outcome::AnswerLimited;
        }
        let at = cx.now + self.random.duration_up_to(JITTER);
        self.questions += 1;
        self.pending.insert((at, self.questions), asked);
        Outcome::DeliveredDiagnostics
    }

    /// Sends the answers that are due.
    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        while let Some(entry) = self.pending.first_entry()
            && entry.key().0 <= cx.now
        {
            let asked = entry.remove();
            // The question was counted when it came. If the way back has gone since, nobody is
            // there to be told.
            let _ = answer(cx, &asked);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.pending.keys().next().map(|&(at, _)| at)
    }
}

/// Tells what the agent is: the protocol stack, and a router with its networks, as many as fit
/// into a packet.
fn answer(cx: &mut Cx<'_>, asked: &Asked) -> Result<(), Outcome> {
    let way = Way::back_to(cx, &asked.sender)?;
    let room = way.max_packet.saturating_sub(HEADER_LEN + BEFORE_NETWORKS) / NETWORK_LEN;
    let mut networks = our_networks(cx);
    networks.truncate(room.min(MAX_NETWORKS));
    let router = Component::Router { id: COMPONENT_ROUTER, networks };
    let components = vec![Component::Simple(COMPONENT_IPX_SPX), router];
    // There is no SPX here, so no socket for it.
    let response = Response { version: (1, 0), spx_socket: 0, components };
    way.send(cx, asked.ours, asked.sender.address, &response.encode())
}

/// The internal network, then the circuits that are up.
fn our_networks(cx: &Cx<'_>) -> Vec<LocalNetwork> {
    let internal = LocalNetwork {
        kind: LocalNetworkKind::Virtual,
        network: cx.internal,
        node: NodeAddress::INTERNAL,
    };
    let circuits = cx.circuits.iter().filter(|circuit| circuit.is_up()).map(|circuit| {
        let (network, node) = (circuit.network, circuit.node);
        let kind = if circuit.is_cmd() { LocalNetworkKind::Virtual } else { LocalNetworkKind::Lan };
        LocalNetwork { kind, network, node }
    });
    let internal = Some(internal).filter(|internal| internal.network.0 != 0);
    internal.into_iter().chain(circuits).collect()
}
