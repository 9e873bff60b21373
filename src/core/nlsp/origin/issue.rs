//! One packet of ours from version to version: its sequence number, and when it may be generated
//! [nlsp §10.3, §10.4].

use std::time::Duration;

use super::contest::War;
use super::{COLLECT, Origin, Timer};
use crate::Time;
use crate::nlsp::lsdb::{Lsdb, PURGED_FOR};
use crate::router::{Cx, Event};
use crate::wire::nlsp::{Flags, Lsp, LspId};

/// What became of a packet of ours. It is kept when the packet is purged.
#[derive(Debug, Default)]
pub(super) struct Issue {
    /// The last number that was used, by us or in our name; 0: none yet.
    pub(super) sequence: u32,
    /// When the last version was generated or purged.
    generated: Option<Time>,
    /// The numbers are used up: nothing is said until then.
    silent_until: Option<Time>,
    /// Others have a version that is not ours: to be generated or purged in any case.
    pub(super) contested: bool,
    /// How often that happened of late.
    pub(super) war: Option<War>,
}

/// A packet is to be flooded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A new version.
    News,
    Purge,
}

impl Issue {
    fn is_silent(&self, now: Time) -> bool {
        self.silent_until.is_some_and(|until| now < until)
    }

    /// The silence may be over: everybody has forgotten the numbers.
    pub(super) fn wake(&mut self, now: Time) {
        if self.silent_until.is_some_and(|until| until <= now) {
            self.silent_until = None;
            self.sequence = 0;
        }
    }
}

impl Origin {
    /// A packet may have something else to say: it is looked at when its time has come
    /// [nlsp §10.3].
    pub(super) fn touch(&mut self, cx: &Cx<'_>, id: LspId) {
        let issue = self.issues.get(&id);
        let allowed = issue.and_then(|i| i.generated).map(|at| at + cx.config.nlsp.min_generation);
        let speaks = issue.and_then(|issue| issue.silent_until);
        let node = self.nodes.get(&id.node.pseudonode).map(|node| node.silent_until);
        let at = [allowed, speaks, node].into_iter().flatten().fold(cx.now + COLLECT, Time::max);
        self.timers.set_earliest(Timer::Build(id), at);
    }

    /// We say something in this packet, now.
    pub(super) fn is_wanted(&self, now: Time, id: LspId) -> bool {
        let node = self.nodes.get(&id.node.pseudonode).filter(|node| node.id == id.node);
        node.is_some_and(|node| node.fragments.is_used(id.number))
            && !self.issues.get(&id).is_some_and(|issue| issue.is_silent(now))
    }

    /// Brings a packet in the database up to date: generates it, purges it, or leaves it as it
    /// is. `anew`: generates it even if nothing changed.
    pub(super) fn issue(
        &mut self,
        cx: &mut Cx<'_>,
        lsdb: &mut Lsdb,
        id: LspId,
        anew: bool,
    ) -> Option<Said> {
        self.timers.cancel(&Timer::Build(id));
        let wanted = self.is_wanted(cx.now, id);
        let issue = self.issues.entry(id).or_default();
        issue.wake(cx.now);
        let contested = std::mem::take(&mut issue.contested);
        if wanted {
            return self.generate(cx, lsdb, id, anew || contested);
        }
        self.timers.cancel(&Timer::Refresh(id));
        if let Some(until) = issue.silent_until {
            self.timers.set(Timer::Build(id), until);
        }
        if lsdb.live(id).is_none() && !contested {
            return None;
        }
        issue.generated = Some(cx.now);
        purge(lsdb, cx.now, id, issue.sequence);
        Some(Said::Purge)
    }

    fn generate(
        &mut self,
        cx: &mut Cx<'_>,
        lsdb: &mut Lsdb,
        id: LspId,
        anew: bool,
    ) -> Option<Said> {
        let (flags, options) = self.says(id)?;
        let issue = self.issues.entry(id).or_default();
        let same = |lsp: &Lsp| lsp.flags == flags && lsp.option_bytes() == options;
        if !anew && lsdb.live(id).is_some_and(same) {
            return None;
        }
        let Some(sequence) = issue.sequence.checked_add(1) else {
            return Some(self.fall_silent(cx, lsdb, id));
        };
        issue.sequence = sequence;
        issue.generated = Some(cx.now);
        let lsp = Lsp::build(id, sequence, cx.config.nlsp.lifetime, flags, &options);
        // Ours are taken, however full the database is.
        let _ = lsdb.put(cx.now, lsp, None);
        let refresh = cx.config.nlsp.refresh;
        let early = cx.random.duration_up_to(refresh / 4);
        self.timers.set(Timer::Refresh(id), cx.now + refresh.saturating_sub(early));
        Some(Said::News)
    }

    /// The flags and options of a packet as they should be.
    fn says(&self, id: LspId) -> Option<(Flags, Vec<u8>)> {
        let node = self.nodes.get(&id.node.pseudonode)?;
        let mut options = Vec::new();
        if id.number == 0 {
            options.extend_from_slice(&node.head);
        }
        node.fragments.encode(id.number, &mut options);
        // Overload is the router's to say, and only where others look for it [nlsp §6].
        let router = id.number == 0 && !id.node.is_pseudonode();
        let flags = if router && self.overloaded { Flags::OVERLOADED } else { Flags::LEVEL_1 };
        Some((flags, options))
    }

    /// The last number there is was used: the packet is purged and comes back with number 1 when
    /// everybody has forgotten it [nlsp §10.4].
    fn fall_silent(&mut self, cx: &mut Cx<'_>, lsdb: &mut Lsdb, id: LspId) -> Said {
        let lifetime = Duration::from_secs(cx.config.nlsp.lifetime.into());
        let until = cx.now + lifetime + PURGED_FOR;
        let issue = self.issues.entry(id).or_default();
        issue.silent_until = Some(until);
        purge(lsdb, cx.now, id, issue.sequence);
        self.timers.cancel(&Timer::Refresh(id));
        self.timers.set(Timer::Build(id), until);
        cx.out.event(Event::SequenceUsedUp { lsp: id.to_string() });
        Said::Purge
    }
}

/// Puts a purge into the database, whether or not the packet is there: who asked for one may have
/// it while we do not.
fn purge(lsdb: &mut Lsdb, now: Time, id: LspId, sequence: u32) {
    let sequence = lsdb.get(id).map_or(sequence, |record| record.lsp.sequence.max(sequence));
    if !lsdb.purge(now, id, sequence, None) {
        let _ = lsdb.put(now, Lsp::build(id, sequence, 0, Flags::LEVEL_1, &[]), None);
    }
}
