//! When which packet goes out, per circuit: news first, then answers and the periodic update in
//! turn, with the protocol's gap between packets [ipx-rip-sap §10.5, §10.6].
//!
//! Nothing is copied for sending: a full update, or a long answer, is a place in the table that
//! moves on by one packet at a time; news are keys whose entries are looked up when their turn
//! comes. So a route that flaps while the line is busy is told once, as it last was.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::{GOODBYE, Protocol, SAY_AGAIN, Settings, Updates};
use crate::Time;
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::{Cx, Target};

/// The least pause between two packets, however large the table [ipx-rip-sap §10.6].
const LEAST_GAP: Duration = Duration::from_millis(1);
/// The most that a periodic update is delayed at random [ipx-rip-sap §10.6].
const JITTER: Duration = Duration::from_secs(2);
/// Requests at the start of a circuit while nothing is heard, and the time between them.
const START_REQUESTS: u8 = 3;
const REQUEST_INTERVAL: Duration = Duration::from_secs(1);
/// Updates that are sent for the sake of somebody end so long after that one was last heard
/// [nlsp §13.2].
const SILENCE: Duration = Duration::from_secs(240);
/// Long answers that wait on a circuit at most.
const ANSWERS_WAITING: usize = 256;

/// What goes out on every circuit.
#[derive(Debug)]
pub(crate) struct Speaker<P: Protocol> {
    voices: BTreeMap<CircuitId, Voice<P>>,
}

/// A place in the table that a full update or an answer has come to.
#[derive(Clone, Copy, Debug)]
struct Place<P: Protocol> {
    scope: P::Scope,
    after: Option<P::Key>,
}

/// Something that changed and is to be told.
#[derive(Clone, Debug)]
enum News<E> {
    /// As the table has it when its turn comes.
    Changed,
    /// It is gone; the entry at distance 16. Boxed, for most news are changes, and there are many
    /// while a large network comes up.
    Down(Box<E>),
}

/// Something lost that is still to be said again.
#[derive(Clone, Copy, Debug)]
struct Lost<E> {
    entry: E,
    /// Once more then, if not yet.
    soon: Option<Time>,
    /// Once more with the next periodic update.
    periodic: bool,
}

/// What goes out on one circuit.
#[derive(Debug)]
struct Voice<P: Protocol> {
    /// Updates are sent now.
    speaking: bool,
    /// When a router that needs them was last heard; counts where they are sent for its sake.
    needed_at: Time,
    /// The next packet that keeps the gap goes out then at the earliest.
    free_at: Time,
    news: BTreeMap<P::Key, News<P::Entry>>,
    answers: VecDeque<(Target, Place<P>)>,
    /// The full update that is being sent.
    full: Option<Place<P>>,
    /// The last packet was an answer: the full update is next. Many that ask for everything would
    /// else keep it back until what it renews has aged.
    full_next: bool,
    /// When the next one begins; never where updates are off.
    cycle_at: Time,
    /// General requests still to be sent if nothing is heard.
    requests: u8,
    request_at: Time,
    lost: BTreeMap<P::Key, Lost<P::Entry>>,
    say_again: BTreeSet<(Time, P::Key)>,
    /// The goodbye that is being sent.
    goodbye: Option<Place<P>>,
    closing: bool,
}

impl<P: Protocol> Default for Speaker<P> {
    fn default() -> Self {
        Self { voices: BTreeMap::new() }
    }
}

impl<P: Protocol> Speaker<P> {
    /// A circuit takes part: tells it everything, and asks it for everything. Where agents tell
    /// each other by NLSP nothing is sent, and nobody asked, before somebody else is heard.
    pub(crate) fn start(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) {
        let speaking = P::settings(circuit).updates == Updates::Always;
        let mut voice = Voice {
            speaking: false,
            needed_at: cx.now,
            free_at: cx.now,
            news: BTreeMap::new(),
            answers: VecDeque::new(),
            full: None,
            full_next: false,
            cycle_at: Time::NEVER,
            requests: if speaking || !circuit.is_cmd() { START_REQUESTS } else { 0 },
            request_at: cx.now,
            lost: BTreeMap::new(),
            say_again: BTreeSet::new(),
            goodbye: None,
            closing: false,
        };
        if speaking {
            voice.begin_speaking(cx, circuit);
        }
        self.voices.insert(circuit.id, voice);
    }

    /// Another protocol tells the circuit's routers, or no longer does. Where it begins to, who
    /// needs ours has four minutes to show.
    pub(crate) fn updates_changed(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) {
        let Some(voice) = self.voices.get_mut(&circuit.id).filter(|voice| !voice.closing) else {
            return;
        };
        match P::settings(circuit).updates {
            Updates::Always if !voice.speaking => voice.begin_speaking(cx, circuit),
            Updates::Always => {}
            Updates::WhenHeard => voice.needed_at = cx.now,
            Updates::Never => voice.fall_silent(),
        }
    }

    /// A router that speaks nothing else told something unasked: it needs our updates.
    pub(crate) fn needed(&mut self, cx: &mut Cx<'_>, circuit: CircuitId) {
        let Some(circuit) = cx.circuits.get(circuit).cloned() else { return };
        let Some(voice) = self.voices.get_mut(&circuit.id).filter(|voice| !voice.closing) else {
            return;
        };
        voice.needed_at = cx.now;
        if !voice.speaking && P::settings(&circuit).updates == Updates::WhenHeard {
            voice.begin_speaking(cx, &circuit);
        }
    }

    /// A circuit no longer takes part; what waited for it is forgotten.
    pub(crate) fn stop(&mut self, circuit: CircuitId) {
        self.voices.remove(&circuit);
    }

    /// A response was heard there: no need to ask again.
    pub(crate) fn heard(&mut self, circuit: CircuitId) {
        if let Some(voice) = self.voices.get_mut(&circuit) {
            voice.requests = 0;
        }
    }

    /// `key` changed: `before` and `after` are what the circuit was told of it and is now to be
    /// told.
    pub(crate) fn changed(
        &mut self,
        circuit: &Circuit,
        key: P::Key,
        before: Option<P::Entry>,
        after: Option<P::Entry>,
        now: Time,
        limit: usize,
    ) {
        let Some(voice) = self.voices.get_mut(&circuit.id) else { return };
        if !voice.speaking || voice.closing {
            return;
        }
        if after.is_some() {
            voice.regain(&key);
            // The same by another way is no news.
            let same = before.zip(after).is_some_and(|(before, after)| P::same(&before, &after));
            if !same || voice.news.contains_key(&key) {
                voice.news.insert(key, News::Changed);
            }
        } else if let Some(before) = before {
            voice.lose(key, P::down(before), now, limit);
        } else if matches!(voice.news.get(&key), Some(News::Changed)) {
            // It came and went before its turn.
            voice.news.remove(&key);
        }
    }

    /// Queues a long answer; false if too many wait, or the same asker waits already.
    pub(crate) fn answer(&mut self, circuit: CircuitId, target: Target, scope: P::Scope) -> bool {
        let Some(voice) = self.voices.get_mut(&circuit).filter(|voice| !voice.closing) else {
            return false;
        };
        let waiting = voice.answers.iter().any(|(other, _)| *other == target);
        if waiting || voice.answers.len() >= ANSWERS_WAITING {
            return false;
        }
        voice.answers.push_back((target, Place { scope, after: None }));
        true
    }

    /// Says goodbye on every circuit: everything told is withdrawn, within [`GOODBYE`].
    pub(crate) fn close(&mut self, cx: &Cx<'_>) {
        for voice in self.voices.values_mut() {
            let whole = Place { scope: P::EVERYTHING, after: None };
            voice.goodbye = voice.speaking.then_some(whole);
            voice.closing = true;
            voice.fall_silent();
            voice.answers.clear();
            voice.requests = 0;
            voice.free_at = cx.now;
        }
    }

    /// No goodbye is left to be said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.voices.values().all(|voice| voice.goodbye.is_none())
    }

    /// Sends what is due; one packet a circuit, and a request.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        for (&id, voice) in &mut self.voices {
            if voice.next_timeout().is_none_or(|at| at > cx.now) {
                continue;
            }
            let Some(circuit) = cx.circuits.get(id).cloned() else { continue };
            voice.begin(cx, &circuit);
            if voice.free_at <= cx.now && voice.send_one(cx, &circuit) {
                voice.free_at = cx.now + voice.gap(cx, &circuit);
            }
            if voice.requests > 0 && voice.request_at <= cx.now {
                voice.requests -= 1;
                voice.request_at = cx.now + REQUEST_INTERVAL;
                let data = P::request_everything();
                cx.send(id, Target::Everyone, P::PACKET_TYPE, P::SOCKET, &data);
            }
        }
    }

    /// The next time at which something is due.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.voices.values().filter_map(Voice::next_timeout).min()
    }
}

impl<P: Protocol> Voice<P> {
    /// Updates are sent from now on: all of it now, and again every interval.
    fn begin_speaking(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) {
        let interval = P::settings(circuit).interval;
        self.speaking = true;
        self.full = Some(Place { scope: P::EVERYTHING, after: None });
        self.cycle_at = cx.now + P::phase(interval) + jitter(cx, interval);
    }

    /// No updates from now on; what waited to be told is forgotten.
    fn fall_silent(&mut self) {
        self.speaking = false;
        self.news.clear();
        self.full = None;
        self.cycle_at = Time::NEVER;
        self.lost.clear();
        self.say_again.clear();
    }

    /// `key` is lost: said at once, and twice again. What a flood of losses pushes out of here is
    /// said less often, or not at all, and ages out.
    fn lose(&mut self, key: P::Key, entry: P::Entry, now: Time, limit: usize) {
        self.regain(&key);
        self.news.remove(&key);
        if self.news.len() < 2 * limit {
            self.news.insert(key, News::Down(Box::new(entry)));
        }
        if self.lost.len() < limit {
            let again = now + SAY_AGAIN;
            self.lost.insert(key, Lost { entry, soon: Some(again), periodic: true });
            self.say_again.insert((again, key));
        }
    }

    /// `key` is there again: its loss is not repeated.
    fn regain(&mut self, key: &P::Key) {
        if let Some(Lost { soon: Some(at), .. }) = self.lost.remove(key) {
            self.say_again.remove(&(at, *key));
        }
    }

    fn has_work(&self) -> bool {
        !self.news.is_empty()
            || !self.answers.is_empty()
            || self.full.is_some()
            || self.goodbye.is_some()
    }

    fn next_timeout(&self) -> Option<Time> {
        let work = self.has_work().then_some(self.free_at);
        let request = (self.requests > 0).then_some(self.request_at);
        let again = self.say_again.first().map(|&(at, _)| at);
        let cycle = (self.cycle_at != Time::NEVER).then_some(self.cycle_at);
        [work, request, again, cycle].into_iter().flatten().min()
    }

    /// Begins what has become due: a full update, and the repeats of what is lost.
    fn begin(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) {
        while let Some(&(at, key)) = self.say_again.first() {
            if at > cx.now {
                break;
            }
            self.say_again.pop_first();
            if let Some(lost) = self.lost.get_mut(&key) {
                lost.soon = None;
                self.news.entry(key).or_insert_with(|| News::Down(Box::new(lost.entry)));
                if !lost.periodic {
                    self.lost.remove(&key);
                }
            }
        }
        if self.cycle_at <= cx.now {
            let Settings { updates, interval, .. } = P::settings(circuit);
            if updates == Updates::WhenHeard && cx.now.since(self.needed_at) >= SILENCE {
                self.fall_silent();
                return;
            }
            self.cycle_at = self.cycle_at.max(cx.now - interval) + interval + jitter(cx, interval);
            // A table that takes longer than its interval is not begun anew in the middle.
            self.full.get_or_insert(Place { scope: P::EVERYTHING, after: None });
            for (&key, lost) in &mut self.lost {
                lost.periodic = false;
                self.news.entry(key).or_insert_with(|| News::Down(Box::new(lost.entry)));
            }
            self.lost.retain(|_, lost| lost.soon.is_some());
        }
    }

    /// Sends the most urgent packet; false if there was nothing to say.
    fn send_one(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) -> bool {
        if self.send_news(cx, circuit) {
            return true;
        }
        if self.full_next && self.send_full(cx, circuit) {
            self.full_next = false;
            return true;
        }
        self.full_next = self.send_answer(cx, circuit);
        self.full_next || self.send_full(cx, circuit) || self.send_goodbye(cx, circuit)
    }

    fn send_news(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) -> bool {
        let mut entries = Vec::new();
        while entries.len() < P::PER_PACKET
            && let Some((key, news)) = self.news.pop_first()
        {
            match news {
                News::Down(entry) => entries.push(*entry),
                News::Changed => entries.extend(P::entry(cx, circuit, key)),
            }
        }
        respond::<P>(cx, circuit.id, Target::Everyone, &entries)
    }

    fn send_answer(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) -> bool {
        while let Some((target, place)) = self.answers.pop_front() {
            let (entries, rest) = next_packet::<P>(cx, circuit, place);
            // The asker keeps its place in the line: its answer goes out as one.
            if let Some(rest) = rest {
                self.answers.push_front((target, rest));
            }
            if respond::<P>(cx, circuit.id, target, &entries) {
                return true;
            }
        }
        false
    }

    fn send_full(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) -> bool {
        let Some(place) = self.full.take() else { return false };
        let (entries, rest) = next_packet::<P>(cx, circuit, place);
        self.full = rest;
        respond::<P>(cx, circuit.id, Target::Everyone, &entries)
    }

    fn send_goodbye(&mut self, cx: &mut Cx<'_>, circuit: &Circuit) -> bool {
        let Some(place) = self.goodbye.take() else { return false };
        let (entries, rest) = next_packet::<P>(cx, circuit, place);
        self.goodbye = rest;
        let down: Vec<P::Entry> = entries.into_iter().map(P::down).collect();
        respond::<P>(cx, circuit.id, Target::Everyone, &down)
    }

    /// The pause after a packet: the setting, or less where the table, once for all and once for
    /// each who asked for it, would not get through in its interval, or the goodbye in its time
    /// [ipx-rip-sap §10.6].
    fn gap(&self, cx: &Cx<'_>, circuit: &Circuit) -> Duration {
        let settings = P::settings(circuit);
        let packets = (P::table_len(cx) / P::PER_PACKET + 1) * (self.answers.len() + 1);
        let packets = u32::try_from(packets).unwrap_or(u32::MAX);
        let time = if self.closing { GOODBYE * 8 / 10 } else { settings.interval * 8 / 10 };
        settings.gap.min(time / packets).max(LEAST_GAP)
    }
}

/// A random delay for a full update: routers that started together drift apart.
fn jitter(cx: &mut Cx<'_>, interval: Duration) -> Duration {
    cx.random.duration_up_to(JITTER.min(interval / 10))
}

/// The entries of the next packet from `place` on, and the place behind them if more follow.
fn next_packet<P: Protocol>(
    cx: &Cx<'_>,
    circuit: &Circuit,
    place: Place<P>,
) -> (Vec<P::Entry>, Option<Place<P>>) {
    let mut walk = P::walk(cx, circuit, place.scope, place.after);
    let mut last = None;
    let entries = walk
        .by_ref()
        .take(P::PER_PACKET)
        .map(|(key, entry)| {
            last = Some(key);
            entry
        })
        .collect();
    let rest = walk.next().map(|_| Place { scope: place.scope, after: last });
    (entries, rest)
}

/// Sends a response; false if there is nothing in it.
fn respond<P: Protocol>(
    cx: &mut Cx<'_>,
    circuit: CircuitId,
    target: Target,
    entries: &[P::Entry],
) -> bool {
    if entries.is_empty() {
        return false;
    }
    cx.send(circuit, target, P::PACKET_TYPE, P::SOCKET, &P::response(entries));
    true
}
