//! What others hold of ours and is not as we have it: packets from before a restart, or another
//! machine that has our system [nlsp §10.5].

use std::cmp::Ordering;
use std::time::Duration;

use super::{Origin, Timer};
use crate::Time;
use crate::nlsp::lsdb::Lsdb;
use crate::nlsp::{Contest, System};
use crate::router::{Cx, Event};
use crate::wire::nlsp::{LspEntry, LspId};

/// More than [`PEACEFUL`] corrections of one packet in this time are a war; none in it are peace.
const WINDOW: Duration = Duration::from_secs(60);

/// Corrections that a restart may take.
const PEACEFUL: u32 = 5;

/// The corrections of one packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct War {
    /// Of this many since then.
    count: u32,
    since: Time,
    /// The last one, made or due.
    last: Time,
    /// The next one comes so much later.
    pause: Duration,
}

/// How what others hold stands to ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Nothing to do, or it will be done.
    Fine,
    /// They are to be told ours again.
    Behind,
    /// They have what we never said: a new version is needed, or a purge.
    Ahead,
}

impl War {
    const fn first(now: Time, pause: Duration) -> Self {
        Self { count: 1, since: now, last: now, pause }
    }

    fn is_over(&self, now: Time) -> bool {
        now.since(self.last) > WINDOW.max(self.pause * 2)
    }

    /// When the next correction may be made, and whether it is one too many.
    fn next(&mut self, now: Time, min_pause: Duration) -> (Time, bool) {
        let at = (self.last + self.pause).max(now);
        if self.count <= PEACEFUL && at.since(self.since) > WINDOW {
            (self.since, self.count) = (at, 0);
        }
        self.count = self.count.saturating_add(1);
        self.last = at;
        let war = self.count > PEACEFUL;
        if war {
            self.pause = (self.pause * 2).min(WINDOW).max(min_pause);
        }
        (at, war)
    }
}

impl Origin {
    /// Others contest what is ours [nlsp §10.5]. Gives back what is to be flooded.
    pub(crate) fn contested(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
        contest: &Contest,
    ) -> Vec<LspId> {
        let entry = contest.entry;
        if entry.id.node.system != system.id {
            return Vec::new();
        }
        if let Some(issue) = self.issues.get_mut(&entry.id) {
            issue.wake(cx.now);
        }
        match self.verdict(cx.now, lsdb, &entry) {
            Verdict::Fine => Vec::new(),
            Verdict::Behind => vec![entry.id],
            Verdict::Ahead => self.correct(cx, system, lsdb, contest),
        }
    }

    fn verdict(&self, now: Time, lsdb: &Lsdb, entry: &LspEntry) -> Verdict {
        let wanted = self.is_wanted(now, entry.id);
        if !wanted && (entry.lifetime == 0 || entry.sequence == 0) {
            return Verdict::Fine;
        }
        let known = self.issues.get(&entry.id).map_or(0, |issue| issue.sequence);
        let record = lsdb.get(entry.id);
        match (entry.sequence.cmp(&known), record) {
            (Ordering::Greater, _) => Verdict::Ahead,
            // A version above theirs is due.
            (Ordering::Less, Some(record)) if record.lsp.sequence < entry.sequence => Verdict::Fine,
            (Ordering::Less, Some(_)) => Verdict::Behind,
            (Ordering::Equal, Some(record)) if record.purged => {
                if entry.lifetime == 0 {
                    Verdict::Fine
                } else {
                    Verdict::Behind
                }
            }
            (Ordering::Equal, Some(record)) => {
                let same = entry.lifetime > 0 && entry.checksum == record.lsp.checksum;
                if same { Verdict::Fine } else { Verdict::Ahead }
            }
            // The first version is about to be generated, with a higher number.
            (_, None) if wanted => Verdict::Fine,
            // From before the purge that everybody has forgotten.
            (_, None) => Verdict::Ahead,
        }
    }

    /// A version above theirs, or a purge of theirs: at once, but less and less often if they
    /// come back with another [nlsp §10.5].
    fn correct(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
        contest: &Contest,
    ) -> Vec<LspId> {
        let id = contest.entry.id;
        let min_pause = cx.config.nlsp.min_generation;
        let issue = self.issues.entry(id).or_default();
        issue.sequence = issue.sequence.max(contest.entry.sequence);
        if issue.contested {
            return Vec::new();
        }
        issue.contested = true;
        let (at, war) = match issue.war.as_mut().filter(|war| !war.is_over(cx.now)) {
            Some(war) => war.next(cx.now, min_pause),
            None => {
                issue.war = Some(War::first(cx.now, min_pause));
                (cx.now, false)
            }
        };
        if war {
            self.tell_duplicate(cx, system, contest);
        }
        if at > cx.now {
            self.timers.set_earliest(Timer::Build(id), at);
            return Vec::new();
        }
        self.issue(cx, lsdb, id, false).map(|_| id).into_iter().collect()
    }

    /// All our packets are contested when one is: told of once while it lasts.
    fn tell_duplicate(&mut self, cx: &mut Cx<'_>, system: &System, contest: &Contest) {
        let lasts = |at: Time| cx.now.since(at) <= WINDOW * 2;
        if !self.duplicate.is_some_and(lasts) {
            let circuit = cx.circuits.get(contest.from.circuit);
            cx.out.event(Event::DuplicateSystem {
                circuit: circuit.map(|circuit| circuit.name.clone()).unwrap_or_default(),
                system: system.id.to_string(),
                nodes: vec![contest.from.node],
            });
        }
        self.duplicate = Some(cx.now);
    }
}
