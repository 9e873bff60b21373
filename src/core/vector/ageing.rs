//! When an entry that is not heard again is lost, and when its teller is asked once more.
//!
//! A neighbour with a longer interval than ours, or one lost packet, must not withdraw a route: a
//! little before the end the silent neighbour is asked for it [ipx-rip-sap §22.41].

use std::time::Duration;

use super::Settings;
use crate::Time;
use crate::ids::CircuitId;
use crate::timers::Timers;
use crate::wire::NodeAddress;

/// How long before its end an entry is asked for, at the usual interval of 60 s.
const PROBE: Duration = Duration::from_secs(15);
/// Entries looked at in one call: more wait for the next one, which is due at once.
const BUDGET: usize = 1_000;

/// Who told what, where: circuit, neighbour, key.
pub(crate) type Heard<K> = (CircuitId, NodeAddress, K);

/// When each entry is to be looked at. The time at which it was last heard is kept with the entry,
/// so that hearing it again costs nothing here.
#[derive(Debug)]
pub(crate) struct Ageing<K> {
    timers: Timers<Heard<K>>,
}

/// What has to be done about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due<K> {
    /// Ask for it.
    Probe(Heard<K>),
    /// It is lost.
    Expired(Heard<K>),
}

impl<K: Ord + Copy> Default for Ageing<K> {
    fn default() -> Self {
        Self { timers: Timers::new() }
    }
}

impl<K: Ord + Copy> Ageing<K> {
    /// Watches over an entry that was heard at `now`.
    pub(crate) fn watch(&mut self, heard: Heard<K>, settings: &Settings, now: Time) {
        self.timers.set_earliest(heard, now + probe_age(settings));
    }

    /// Watches no longer.
    pub(crate) fn forget(&mut self, heard: &Heard<K>) {
        self.timers.cancel(heard);
    }

    /// All that was told on a circuit.
    pub(crate) fn on_circuit(&self, circuit: CircuitId) -> Vec<Heard<K>> {
        self.timers.keys().filter(|(there, ..)| *there == circuit).copied().collect()
    }

    /// What is due. `last_heard` gives when an entry was last heard, and the settings there.
    pub(crate) fn poll(
        &mut self,
        now: Time,
        last_heard: impl Fn(&Heard<K>) -> Option<(Time, Settings)>,
    ) -> Vec<Due<K>> {
        let mut due = Vec::new();
        for _ in 0..BUDGET {
            let Some(heard) = self.timers.pop_due(now) else { break };
            let Some((at, settings)) = last_heard(&heard) else { continue };
            let (probe, end) = (at + probe_age(&settings), at + settings.lifetime());
            if now >= end {
                due.push(Due::Expired(heard));
            } else if now >= probe {
                due.push(Due::Probe(heard));
                self.timers.set(heard, end);
            } else {
                self.timers.set(heard, probe);
            }
        }
        due
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }
}

/// The age at which an entry is asked for.
fn probe_age(settings: &Settings) -> Duration {
    settings.lifetime() - PROBE.min(settings.interval / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Updates;

    #[test]
    fn a_silent_entry_is_asked_for_once_and_lost_after_three_intervals() {
        let settings = Settings {
            updates: Updates::Always,
            interval: Duration::from_secs(60),
            multiplier: 3,
            gap: Duration::from_millis(55),
        };
        let heard = (CircuitId(1), NodeAddress::INTERNAL, 7);
        let mut ageing = Ageing::default();
        ageing.watch(heard, &settings, Time::ZERO);
        let last = |at| move |_: &Heard<i32>| Some((Time::from_secs(at), settings));
        assert_eq!(ageing.poll(Time::from_secs(165), last(60)), []);
        assert_eq!(ageing.poll(Time::from_secs(224), last(60)), []);
        assert_eq!(ageing.poll(Time::from_secs(225), last(60)), [Due::Probe(heard)]);
        assert_eq!(ageing.poll(Time::from_secs(239), last(60)), []);
        assert_eq!(ageing.poll(Time::from_secs(240), last(60)), [Due::Expired(heard)]);
        assert_eq!(ageing.next_timeout(), None);
    }
}
