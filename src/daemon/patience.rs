//! From a forwarding thread into the lanes: at once, or hellos that repeat themselves together.
//!
//! Three hundred neighbours at rest say seventeen hellos a second. To wake the control loop for
//! each of them costs several times what it does with them.

use std::time::{Duration, Instant};

use bytes::Bytes;
use ipxway_core::forward::{Counters, Lane, LinkSource, Outcome, Received, Repeats};
use ipxway_core::ids::CircuitId;
use ipxway_core::router::Input;

use super::punt::{BUDGET, Punts};

/// What became of a packet for the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in a lane, or was lost because that is full.
    Passed,
    /// It waits.
    KeptBack,
}

/// A thread's way into the lanes.
#[derive(Debug)]
pub(super) struct Patience {
    punts: Punts,
    repeats: Repeats,
    waiting: Vec<Waiting>,
    /// When the first of them has waited for long enough.
    due: Option<Instant>,
}

/// A hello, kept back.
#[derive(Debug)]
struct Waiting {
    came: Instant,
    circuit: CircuitId,
    from: LinkSource,
    packet: Bytes,
}

impl Patience {
    /// Nothing waits.
    pub(super) fn new(punts: Punts) -> Self {
        Self { punts, repeats: Repeats::default(), waiting: Vec::new(), due: None }
    }

    /// A packet for the router. Whatever waits goes before it, or with it.
    pub(super) fn packet(
        &mut self,
        counters: &mut Counters,
        lane: Lane,
        received: &Received,
        packet: &[u8],
    ) -> Fate {
        let &Received { circuit, from, broadcast, .. } = received;
        let may_wait = self.repeats.may_wait(lane, received, packet);
        let packet = Bytes::copy_from_slice(packet);
        if may_wait > Duration::ZERO && self.waiting.len() < BUDGET {
            let came = Instant::now();
            let due = came + may_wait;
            self.due = Some(self.due.map_or(due, |before| before.min(due)));
            self.waiting.push(Waiting { came, circuit, from, packet });
            return Fate::KeptBack;
        }
        self.release(counters);
        let input = Input::Packet { circuit, from, broadcast, waited: Duration::ZERO, packet };
        give(&self.punts, counters, lane, circuit, input);
        Fate::Passed
    }

    /// Tells the router of a dropped packet, if there is room.
    pub(super) fn notice(&self, input: Input) {
        self.punts.notice(input);
    }

    /// Time until something has waited for long enough; `None` if nothing waits.
    pub(super) fn left(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Gives the router what waits, all of it.
    pub(super) fn release(&mut self, counters: &mut Counters) {
        if self.due.take().is_none() {
            return;
        }
        let now = Instant::now();
        for Waiting { came, circuit, from, packet } in self.waiting.drain(..) {
            let waited = now.saturating_duration_since(came);
            let input = Input::Packet { circuit, from, broadcast: false, waited, packet };
            give(&self.punts, counters, Lane::Adjacency, circuit, input);
        }
    }
}

fn give(punts: &Punts, counters: &mut Counters, lane: Lane, circuit: CircuitId, input: Input) {
    if !punts.packet(lane, input) {
        counters.circuit(circuit).outcomes.count(Outcome::PuntOverflow);
    }
}
