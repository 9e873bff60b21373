//! Finding the number of a LAN whose configuration says `auto`: from the routers on it
//! [ipx-rip-sap §7].
//!
//! A general request goes out every second, three times, then every minute. The number on which
//! all answers within two seconds agree is taken; it is never invented.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Time;
use crate::ids::CircuitId;
use crate::router::{Cx, Event, Target};
use crate::vector::Protocol;
use crate::wire::ipx::PacketType;
use crate::wire::{NetworkNumber, Socket};

const FIRST_ASKS: u8 = 3;
const FIRST_INTERVAL: Duration = Duration::from_secs(1);
const LATER_INTERVAL: Duration = Duration::from_secs(60);
/// Answers are waited for so long after the first.
const AGREE: Duration = Duration::from_secs(2);
/// Different numbers remembered of one wire.
const NUMBERS: usize = 8;

/// The circuits whose number is to be learned.
#[derive(Debug, Default)]
pub(super) struct Learner {
    circuits: BTreeMap<CircuitId, Lesson>,
}

#[derive(Debug)]
struct Lesson {
    asks: u8,
    ask_at: Time,
    numbers: BTreeSet<NetworkNumber>,
    decide_at: Option<Time>,
}

impl Learner {
    pub(super) fn start(&mut self, circuit: CircuitId, now: Time) {
        let lesson = Lesson { asks: 0, ask_at: now, numbers: BTreeSet::new(), decide_at: None };
        self.circuits.insert(circuit, lesson);
    }

    pub(super) fn forget(&mut self, circuit: CircuitId) {
        self.circuits.remove(&circuit);
    }

    /// A router on the circuit says that its network is `number`.
    pub(super) fn taught(&mut self, circuit: CircuitId, number: NetworkNumber, now: Time) {
        let Some(lesson) = self.circuits.get_mut(&circuit) else { return };
        if lesson.numbers.len() < NUMBERS {
            lesson.numbers.insert(number);
        }
        lesson.decide_at.get_or_insert(now + AGREE);
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        for (&id, lesson) in &mut self.circuits {
            if lesson.decide_at.is_some_and(|at| at <= cx.now) {
                lesson.decide_at = None;
                let numbers = std::mem::take(&mut lesson.numbers);
                decide(cx, id, &numbers);
            }
            if lesson.ask_at <= cx.now && cx.circuits.get(id).is_some_and(|c| !c.is_up()) {
                lesson.asks = lesson.asks.saturating_add(1);
                let first = lesson.asks < FIRST_ASKS;
                lesson.ask_at = cx.now + if first { FIRST_INTERVAL } else { LATER_INTERVAL };
                let data = super::Routes::request_everything();
                cx.send(id, Target::Everyone, PacketType::RIP, Socket::RIP, &data);
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        let times = self
            .circuits
            .values()
            .flat_map(|lesson| [Some(lesson.ask_at), lesson.decide_at].into_iter().flatten());
        times.min()
    }
}

/// Takes the number that all routers named, or tells the operator that they contradict.
fn decide(cx: &mut Cx<'_>, id: CircuitId, numbers: &BTreeSet<NetworkNumber>) {
    let Some(circuit) = cx.circuits.get(id) else { return };
    let (name, node) = (circuit.name.clone(), circuit.node);
    let mut numbers = numbers.iter().copied();
    match (numbers.next(), numbers.next()) {
        (Some(network), None) => {
            cx.circuits.set_network(id, network);
            cx.out.event(Event::NetworkLearned { circuit: name, network });
        }
        (Some(ours), Some(theirs)) => {
            cx.out.event(Event::NetworkMismatch { circuit: name, ours, theirs, node });
        }
        (None, _) => {}
    }
}
