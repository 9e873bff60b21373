//! Strangers that send to us on a CMD network as an agent there would [cmd §12.4].
//!
//! Nothing is ever sent to one. Where SLP finds agents it is asked for them: they may have
//! registered a moment ago. One that is not found that way either has a list of peers, or a
//! registry that is not in step with ours; where we have a list, it has none or another one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Time;
use crate::ids::CircuitId;

/// Strangers that are remembered. Anybody may be one.
const MOST: usize = 64;
/// SLP is asked for one at once, then after so long, then after twice as long, ...
const FIRST: Duration = Duration::from_secs(5);
/// ... at the longest.
const LONGEST: Duration = Duration::from_secs(300);
/// SLP is asked for all of them together so often at most.
const TOGETHER: Duration = Duration::from_secs(5);
/// One that is not found after so many questions and so long is worth a word.
const QUESTIONS: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(60);
/// And another one after so long.
const WORD: Duration = Duration::from_secs(3_600);
/// One that was silent for so long is forgotten.
const FORGET: Duration = Duration::from_secs(3_600);

/// A stranger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    first: Time,
    pub(crate) last: Time,
    questions: u32,
    next: Time,
    told: Option<Time>,
}

/// What one more packet of a stranger brings about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// SLP is to be asked at this time.
    pub(super) ask: Option<Time>,
    /// Operators are to be told.
    pub(super) tell: bool,
}

/// All strangers.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    all: BTreeMap<(CircuitId, Ipv4Addr), Candidate>,
    asked: Option<Time>,
}

impl Candidates {
    /// A stranger has sent something; `listed`: we have a list of peers there.
    pub(super) fn heard(
        &mut self,
        now: Time,
        circuit: CircuitId,
        ip: Ipv4Addr,
        listed: bool,
    ) -> Due {
        self.all.retain(|_, candidate| now.since(candidate.last) < FORGET);
        if !self.all.contains_key(&(circuit, ip)) && self.all.len() >= MOST {
            return Due::default();
        }
        let fresh = Candidate { first: now, last: now, questions: 0, next: now, told: None };
        let candidate = self.all.entry((circuit, ip)).or_insert(fresh);
        candidate.last = now;
        let mut due = Due::default();
        if !listed && candidate.next <= now {
            let at = self.asked.map_or(now, |asked| (asked + TOGETHER).max(now));
            let wait = FIRST.saturating_mul(1 << candidate.questions.min(8)).min(LONGEST);
            candidate.questions += 1;
            candidate.next = at + wait;
            self.asked = Some(at);
            due.ask = Some(at);
        }
        let long = candidate.questions >= QUESTIONS && now.since(candidate.first) >= PATIENCE;
        let lately = candidate.told.is_some_and(|told| now < told + WORD);
        if (listed || long) && !lately {
            candidate.told = Some(now);
            due.tell = true;
        }
        due
    }

    /// These are peers now.
    pub(super) fn found(&mut self, circuit: CircuitId, ip: Ipv4Addr) {
        self.all.remove(&(circuit, ip));
    }

    /// Those of a CMD network.
    pub(super) fn on(&self, circuit: CircuitId) -> impl Iterator<Item = (Ipv4Addr, &Candidate)> {
        let there = self.all.iter().filter(move |((it, _), _)| *it == circuit);
        there.map(|(&(_, ip), candidate)| (ip, candidate))
    }
}

impl Candidate {
    /// Operators were told of it.
    pub(crate) const fn is_told(&self) -> bool {
        self.told.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: CircuitId = CircuitId(1);
    const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

    #[test]
    fn slp_is_asked_at_once_and_ever_more_rarely_and_after_a_minute_operators_are_told() {
        let mut candidates = Candidates::default();
        let (mut asked, mut told) = (Vec::new(), Vec::new());
        for second in 0..1_200 {
            let due = candidates.heard(Time::from_secs(second), HERE, IP, false);
            asked.extend(due.ask.map(|_| second));
            told.extend(due.tell.then_some(second));
        }
        assert_eq!(asked, [0, 5, 15, 35, 75, 155, 315, 615, 915]);
        assert_eq!(told, [60]);
    }

    #[test]
    fn where_we_have_a_list_operators_are_told_at_once_and_once_an_hour() {
        let mut candidates = Candidates::default();
        let told = (0..7_300).filter(|&second| {
            let due = candidates.heard(Time::from_secs(second), HERE, IP, true);
            assert_eq!(due.ask, None);
            due.tell
        });
        assert_eq!(told.collect::<Vec<_>>(), [0, 3_600, 7_200]);
    }

    #[test]
    fn many_strangers_are_asked_for_together_and_few_are_remembered() {
        let mut candidates = Candidates::default();
        let now = Time::from_secs(9);
        let ip = |n: u32| Ipv4Addr::from_bits(0x0a00_0000 + n);
        let asked: Vec<Time> =
            (0..500).filter_map(|n| candidates.heard(now, HERE, ip(n), false).ask).collect();
        assert_eq!(asked.len(), MOST);
        assert!(asked.windows(2).all(|pair| pair[1] >= pair[0] + TOGETHER));
    }
}
