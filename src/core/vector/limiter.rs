//! How many answers one node gets.
//!
//! Twenty a second, and never less than one a second to the same question: a client that asks for
//! its server is answered however busy its neighbour is [ipx-rip-sap §10.4].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Time;
use crate::ids::CircuitId;
use crate::wire::NodeAddress;

/// Answers a second, and at once.
const RATE: u32 = 20;
/// Nodes, and questions of each, remembered at most.
const NODES: usize = 1_024;
const QUESTIONS: usize = 64;
const SECOND: Duration = Duration::from_secs(1);

/// The askers of the last second.
#[derive(Debug)]
pub(crate) struct Limiter<Q> {
    nodes: BTreeMap<(CircuitId, NodeAddress), Asker<Q>>,
}

#[derive(Debug)]
struct Asker<Q> {
    /// When the second began, and the answers in it.
    since: Time,
    answers: u32,
    /// When each question was last answered.
    questions: BTreeMap<Q, Time>,
}

impl<Q> Default for Limiter<Q> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new() }
    }
}

impl<Q: Ord> Limiter<Q> {
    /// Whether this question of this node is answered now; if so, the answer is counted.
    pub(crate) fn permits(
        &mut self,
        circuit: CircuitId,
        node: NodeAddress,
        question: Q,
        now: Time,
    ) -> bool {
        let key = (circuit, node);
        if !self.nodes.contains_key(&key) && self.nodes.len() >= NODES {
            self.nodes.retain(|_, asker| now.since(asker.since) < SECOND);
            if self.nodes.len() >= NODES {
                return false;
            }
        }
        let asker = self.nodes.entry(key).or_insert_with(|| Asker {
            since: now,
            answers: 0,
            questions: BTreeMap::new(),
        });
        if now.since(asker.since) >= SECOND {
            asker.since = now;
            asker.answers = 0;
            asker.questions.retain(|_, at| now.since(*at) < SECOND);
        }
        let fresh = asker.questions.get(&question).is_none_or(|at| now.since(*at) >= SECOND);
        let room = asker.questions.len() < QUESTIONS || asker.questions.contains_key(&question);
        if asker.answers >= RATE && !(fresh && room) {
            return false;
        }
        asker.answers += 1;
        if room {
            asker.questions.insert(question, now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_gets_twenty_answers_a_second_and_one_to_each_new_question() {
        let mut limiter = Limiter::default();
        let mut ask = |question, ms| {
            limiter.permits(CircuitId(0), NodeAddress::INTERNAL, question, Time::from_millis(ms))
        };
        assert_eq!((0..30).filter(|_| ask(1, 5_000)).count(), 20);
        assert!(ask(2, 5_100), "a question not yet answered in this second");
        assert!(!ask(2, 5_200));
        assert!(ask(1, 6_000), "a new second");
    }
}
