//! RIP: which networks lie where, told and heard every minute [ipx-rip-sap §10].
//!
//! What is heard is offered to the route table; what the table says is told. Between the two lies
//! nothing: routes of any origin are told alike, with split horizon by the circuit they lie on.
//! [`hear`] takes responses in, [`answer`] answers requests, [`learn`] finds a LAN's number from
//! its routers, and the schedule of what goes out is [`vector::speaker`](crate::vector::speaker).

mod answer;
mod hear;
mod learn;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::forward::Outcome;
use crate::hub::{Change, Circuit, Offer, Origin, RouteChange, Source};
use crate::ids::CircuitId;
use crate::router::{Cx, Engine, Lasting, Sender, Target};
use crate::vector::ageing::{Ageing, Due, Heard};
use crate::vector::intake::{Standing, shares_database, standing, unasked};
use crate::vector::limiter::Limiter;
use crate::vector::speaker::Speaker;
use crate::vector::{Protocol, Settings, Updates, ask_everything, ask_peer};
use crate::wire::ipx::PacketType;
use crate::wire::rip::{self, Entry, INFINITY, MAX_ENTRIES, Operation};
use crate::wire::{NetworkNumber, NodeAddress, Socket, cmd};
use learn::Learner;

pub(crate) use crate::vector::GOODBYE;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Rip {
    speaker: Speaker<Routes>,
    ageing: Ageing<NetworkNumber>,
    limiter: Limiter<NetworkNumber>,
    learner: Learner,
}

/// RIP as a distance-vector protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routes;

/// What `circuit` is told of a network at this offer: nothing of its own number, of what is
/// reached by it, or of what would be 16 hops away there [ipx-rip-sap §10.1, §10.3].
fn advertised(circuit: &Circuit, network: NetworkNumber, offer: &Offer) -> Option<Entry> {
    let hops = offer.hops.saturating_add(1);
    if offer.origin.circuit == Some(circuit.id) || network == circuit.network || hops >= INFINITY {
        return None;
    }
    Some(Entry { network, hops, ticks: offer.ticks.saturating_add(circuit.ticks) })
}

/// The best offer is matched by an equal one on `circuit`: whoever asks there has as good a way
/// already, so neither segment is told [ipx-rip-sap §10.3].
fn matched_there(circuit: &Circuit, offers: &[Offer]) -> bool {
    let Some((best, others)) = offers.split_first() else { return false };
    others.iter().any(|other| {
        other.origin.circuit == Some(circuit.id)
            && (other.origin.source, other.ticks, other.hops)
                == (best.origin.source, best.ticks, best.hops)
    })
}

impl Protocol for Routes {
    type Key = NetworkNumber;
    type Entry = Entry;
    type Scope = ();

    const EVERYTHING: () = ();
    const SOCKET: Socket = Socket::RIP;
    const PACKET_TYPE: PacketType = PacketType::RIP;
    const PER_PACKET: usize = MAX_ENTRIES;

    fn settings(circuit: &Circuit) -> Settings {
        let rip = &circuit.rip;
        Settings {
            updates: Updates::on(circuit, rip.updates),
            interval: rip.interval,
            multiplier: rip.multiplier,
            gap: rip.gap,
        }
    }

    fn phase(interval: Duration) -> Duration {
        interval
    }

    fn table_len(cx: &Cx<'_>) -> usize {
        cx.rib.len()
    }

    fn entry(cx: &Cx<'_>, circuit: &Circuit, network: NetworkNumber) -> Option<Entry> {
        let offers = cx.rib.offers(network);
        let entry = advertised(circuit, network, offers.first()?)?;
        (!matched_there(circuit, offers)).then_some(entry)
    }

    fn walk<'a>(
        cx: &'a Cx<'_>,
        circuit: &'a Circuit,
        (): (),
        after: Option<NetworkNumber>,
    ) -> Box<dyn Iterator<Item = (NetworkNumber, Entry)> + 'a> {
        Box::new(cx.rib.iter_after(after).filter_map(move |(network, offers)| {
            let entry = advertised(circuit, network, offers.first()?)?;
            (!matched_there(circuit, offers)).then_some((network, entry))
        }))
    }

    fn same(one: &Entry, other: &Entry) -> bool {
        one == other
    }

    fn down(entry: Entry) -> Entry {
        Entry { hops: INFINITY, ..entry }
    }

    fn response(entries: &[Entry]) -> Vec<u8> {
        rip::encode(Operation::Response, entries)
    }

    fn request_everything() -> Vec<u8> {
        rip::encode_request(&[NetworkNumber::ALL])
    }
}

/// The origin of what `node` tells on `circuit`.
const fn origin(circuit: CircuitId, node: NodeAddress) -> Origin {
    Origin { source: Source::Rip, circuit: Some(circuit), node }
}

impl Rip {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// All goodbyes are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.speaker.is_quiet()
    }

    /// A decoded packet to socket 0453.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        packet: &rip::Packet,
    ) -> Outcome {
        let told = packet.operation == Operation::Response;
        match standing(cx, sender) {
            Standing::Teaches if told => {
                self.learner.taught(sender.circuit, sender.address.network, cx.now);
                Outcome::DeliveredRip
            }
            Standing::Neighbour if !told => self.answer(cx, sender, &packet.entries),
            // Others than routers tell routes from other sockets, if at all.
            Standing::Neighbour if sender.address.socket == Socket::RIP => {
                if shares_database(cx, sender) {
                    return Outcome::RipIgnored;
                }
                self.speaker.heard(sender.circuit);
                if unasked(cx, sender) {
                    cx.circuits.old_router_heard(sender.circuit);
                }
                self.hear(cx, sender, &packet.entries);
                let whole = packet.trailing == 0;
                if whole { Outcome::DeliveredRip } else { Outcome::DeliveredRipUneven }
            }
            _ => Outcome::RipIgnored,
        }
    }

    /// What a router tells that shares our link-state database is taken back: we have it from
    /// there. When it no longer does, it is asked for it.
    fn router_changed(
        &mut self,
        cx: &mut Cx<'_>,
        circuit: CircuitId,
        node: NodeAddress,
        shared: bool,
    ) {
        if !shared {
            ask_everything::<Routes>(cx, circuit, node);
            return;
        }
        self.forget(cx, circuit, node);
    }

    /// Takes back all that a router told.
    fn forget(&mut self, cx: &mut Cx<'_>, circuit: CircuitId, node: NodeAddress) {
        for heard in self.ageing.on_circuit(circuit) {
            if heard.1 == node {
                self.ageing.forget(&heard);
                self.withdraw(cx, &heard);
            }
        }
    }

    /// Takes back all that was heard on a circuit.
    fn leave(&mut self, cx: &mut Cx<'_>, circuit: CircuitId) {
        self.speaker.stop(circuit);
        for heard in self.ageing.on_circuit(circuit) {
            self.ageing.forget(&heard);
            self.withdraw(cx, &heard);
        }
    }

    fn withdraw(&mut self, cx: &mut Cx<'_>, &(circuit, node, network): &Heard<NetworkNumber>) {
        cx.rib.withdraw(network, &origin(circuit, node), cx.now);
        if cx.rib.len() < cx.config.limits.routes {
            cx.out.ended(&Lasting::RouteLimit);
        }
    }

    fn route_changed(&mut self, cx: &Cx<'_>, change: &RouteChange) {
        for circuit in cx.circuits.iter().filter(|circuit| circuit.speaks()) {
            let told = |offer: Option<Offer>| advertised(circuit, change.network, &offer?);
            let (before, after) = (told(change.old), told(change.new));
            let limit = cx.config.limits.routes;
            self.speaker.changed(circuit, change.network, before, after, cx.now, limit);
        }
    }

    fn age(&mut self, cx: &mut Cx<'_>) {
        let (rib, circuits) = (&*cx.rib, &*cx.circuits);
        let due = self.ageing.poll(cx.now, |&(circuit, node, network)| {
            let offer = rib.offer_of(network, &origin(circuit, node))?;
            Some((offer.heard, Routes::settings(circuits.get(circuit)?)))
        });
        let mut probes: BTreeMap<(CircuitId, NodeAddress), Vec<NetworkNumber>> = BTreeMap::new();
        for due in due {
            match due {
                Due::Expired(heard) => self.withdraw(cx, &heard),
                Due::Probe((circuit, node, network)) => {
                    probes.entry((circuit, node)).or_default().push(network);
                }
            }
        }
        for ((circuit, node), networks) in probes {
            let Some(link) = cx.circuits.get(circuit).and_then(|c| c.resolve(node)) else {
                continue;
            };
            let target = Target::One { node, socket: Socket::RIP, link };
            // More than a packet of questions is one question: for everything.
            let whole = networks.len() > MAX_ENTRIES;
            let asked = if whole { &[NetworkNumber::ALL] } else { networks.as_slice() };
            let data = rip::encode_request(asked);
            cx.send(circuit, target, PacketType::RIP, Socket::RIP, &data);
        }
    }
}

impl Engine for Rip {
    fn handle_change(&mut self, cx: &mut Cx<'_>, change: &Change) {
        match change {
            Change::CircuitUp(id) => {
                self.learner.forget(*id);
                if let Some(circuit) = cx.circuits.get(*id).filter(|c| c.speaks()).cloned() {
                    self.speaker.start(cx, &circuit);
                }
            }
            Change::CircuitUnnumbered(id) => {
                // That of a CMD network is told by DHCP.
                if cx.circuits.get(*id).is_some_and(|circuit| !circuit.is_cmd()) {
                    self.learner.start(*id, cx.now);
                }
            }
            Change::CircuitDown(id) | Change::CircuitSilenced(id) => {
                self.learner.forget(*id);
                self.leave(cx, *id);
            }
            Change::Route(change) => self.route_changed(cx, change),
            Change::Service(_) | Change::DhcpOptions => {}
            Change::CircuitNlsp(id) => {
                if let Some(circuit) = cx.circuits.get(*id).cloned() {
                    self.speaker.updates_changed(cx, &circuit);
                }
            }
            Change::OldRouterHeard(id) => self.speaker.needed(cx, *id),
            Change::LinkStateRouter { circuit, node, shared } => {
                self.router_changed(cx, *circuit, *node, *shared);
            }
            Change::Peers { circuit, added, removed } => {
                removed.iter().for_each(|&ip| self.forget(cx, *circuit, cmd::node(ip)));
                added.iter().for_each(|&ip| ask_peer::<Routes>(cx, *circuit, ip));
            }
            Change::Shutdown => self.speaker.close(cx),
        }
    }

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        self.age(cx);
        self.learner.handle_timeout(cx);
        self.speaker.handle_timeout(cx);
    }

    fn next_timeout(&self) -> Option<Time> {
        [self.ageing.next_timeout(), self.learner.next_timeout(), self.speaker.next_timeout()]
            .into_iter()
            .flatten()
            .min()
    }
}
