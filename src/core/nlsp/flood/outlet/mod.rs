//! What goes out on one line: sequence number packets, news, what is owed, at the line's pace.

mod sending;

use std::collections::BTreeSet;
use std::time::Duration;

use super::csnp::Csnps;
use super::news::{Item, News};
use super::owed::Owed;
use super::pace::{Pace, Rate, Shares};
use super::psnp::Psnps;
use super::recent::{Recent, Version};
use crate::Time;
use crate::config::NlspCircuit;
use crate::ids::CircuitId;
use crate::nlsp::line::LineKind;
use crate::random::Random;
use crate::router::Cx;
use crate::timers::Timers;
use crate::wire::NodeAddress;
use crate::wire::nlsp::{LspId, SystemId};

/// NLSP packets a second on a LAN, and for each neighbour on a CMD network [nlsp §11.3, §19.8].
const PACE: u32 = 30;
/// Datagrams a second on a CMD network at most [nlsp §19.8].
const PACE_LIMIT: u32 = 10_000;
/// Those who are neither the designated router nor the originator wait for these to answer on a
/// CMD network: from 2 to 5 s [nlsp §19.17].
const LEAST_PATIENCE: Duration = Duration::from_secs(2);
const MORE_PATIENCE: Duration = Duration::from_secs(3);
/// The same on a LAN, where each hears the others at once.
const LAN_PATIENCE: Duration = Duration::from_millis(250);
/// Our own are said again after 2 to 3 s [nlsp §19.11].
const SAY_AGAIN: Duration = Duration::from_secs(2);
const SAY_AGAIN_JITTER: Duration = Duration::from_secs(1);
/// The purges of the goodbye are said again then [nlsp §8.4].
const GOODBYE_AGAIN: Duration = Duration::from_secs(1);

/// What goes out on a line.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) circuit: CircuitId,
    pub(super) kind: LineKind,
    pub(super) settings: NlspCircuit,
    /// The neighbours that are up.
    pub(super) peers: BTreeSet<NodeAddress>,
    /// We are the designated router.
    pub(super) designated: bool,
    pub(super) psnps: Psnps,
    /// Packets that a neighbour does not take, so large are they.
    pub(super) too_large: u64,
    csnps: Csnps,
    /// The packet of the set that is being copied.
    csnp: Option<Copying<Vec<u8>>>,
    news: News,
    told: Option<Copying<Told>>,
    owed: Owed,
    recent: Recent,
    /// Our own that are to be said again.
    again: Timers<LspId>,
    pace: Pace,
    shares: Shares,
    goodbye: Option<Goodbye>,
}

/// Something for all neighbours that has got as far as this one; each gets it before any gets the
/// next [nlsp §19.8].
#[derive(Debug)]
struct Copying<T> {
    what: T,
    served: Option<NodeAddress>,
}

/// A link-state packet that is being told.
#[derive(Clone, Copy, Debug)]
struct Told {
    item: Item,
    version: Version,
}

/// We leave: nothing but these purges goes out any more.
#[derive(Debug)]
struct Goodbye {
    ids: Vec<LspId>,
    /// Those that go out the second time only.
    late: Vec<LspId>,
    again_at: Option<Time>,
}

impl Outlet {
    pub(super) fn new(circuit: CircuitId, kind: LineKind, settings: NlspCircuit) -> Self {
        Self {
            circuit,
            kind,
            settings,
            peers: BTreeSet::new(),
            designated: false,
            psnps: Psnps::default(),
            too_large: 0,
            csnps: Csnps::default(),
            csnp: None,
            news: News::default(),
            told: None,
            owed: Owed::default(),
            recent: Recent::default(),
            again: Timers::new(),
            pace: Pace::default(),
            shares: Shares::default(),
            goodbye: None,
        }
    }

    /// Nothing new is to be sent: nobody is there, or we leave.
    fn is_closed(&self) -> bool {
        self.peers.is_empty() || self.goodbye.is_some()
    }

    pub(super) fn neighbour_up(&mut self, node: NodeAddress, now: Time) {
        self.peers.insert(node);
        if self.designated && self.goodbye.is_none() {
            self.csnps.soon(now);
        }
    }

    pub(super) fn neighbour_down(&mut self, node: NodeAddress) {
        self.peers.remove(&node);
        self.owed.forget(node);
        if self.peers.is_empty() {
            self.fall_silent();
        }
    }

    fn fall_silent(&mut self) {
        self.stop_csnps();
        self.psnps.clear();
        self.news.clear();
        self.told = None;
        self.owed.clear();
        self.again = Timers::new();
    }

    fn stop_csnps(&mut self) {
        self.csnps.stop();
        self.csnp = None;
    }

    /// We became the designated router, or are it no longer.
    pub(super) fn set_designated(&mut self, designated: bool, now: Time) {
        if designated == self.designated {
            return;
        }
        self.designated = designated;
        self.psnps.clear();
        self.stop_csnps();
        if designated && !self.is_closed() {
            self.csnps.soon(now);
        }
    }

    /// Ours changed: it is told to all, and once more where the line may have lost it.
    pub(super) fn tell_own(&mut self, id: LspId, now: Time, random: &mut Random) {
        self.tell(now, Item::new(id));
        if self.settings.repeat && !self.is_closed() {
            let again = SAY_AGAIN + random.duration_up_to(SAY_AGAIN_JITTER);
            self.again.set(id, now + again);
        }
    }

    /// It is told to all at `at`.
    pub(super) fn tell(&mut self, at: Time, item: Item) {
        if !self.is_closed() {
            self.news.tell(at, item);
        }
    }

    /// A foreign one is purged. All who have it come to that at the same time: one of them tells
    /// the others.
    pub(super) fn tell_purge(&mut self, id: LspId, now: Time, random: &mut Random) {
        let at = if self.designated { now } else { now + self.patience(random) };
        self.tell(at, Item::new(id));
    }

    /// How long others have time to see to something.
    fn patience(&self, random: &mut Random) -> Duration {
        match self.kind {
            LineKind::Lan => random.duration_up_to(LAN_PATIENCE),
            LineKind::Cmd => LEAST_PATIENCE + random.duration_up_to(MORE_PATIENCE),
        }
    }

    /// `node` showed that it lacks `id`, or has it older than we.
    pub(super) fn owe(&mut self, cx: &mut Cx<'_>, us: SystemId, node: NodeAddress, id: LspId) {
        if self.is_closed() {
            return;
        }
        let ours_to_do = self.designated || id.node.system == us;
        let at = if ours_to_do { cx.now } else { cx.now + self.patience(cx.random) };
        self.owed.owe(self.creditor(node), id, at, cx.now);
    }

    /// To whom is owed what `node` lacks: on a LAN one sending serves all.
    fn creditor(&self, node: NodeAddress) -> NodeAddress {
        match self.kind {
            LineKind::Lan => NodeAddress::BROADCAST,
            LineKind::Cmd => node,
        }
    }

    /// A packet that was not sent to us alone went to all neighbours of its sender. Not where
    /// answers go out under the broadcast node.
    pub(super) fn went_to_all(&self, to_us: bool) -> bool {
        match self.kind {
            LineKind::Lan => true,
            LineKind::Cmd => !to_us && self.settings.answer_by_node,
        }
    }

    /// `node` has `id` as we have it.
    pub(super) fn settle(&mut self, node: NodeAddress, id: LspId) {
        self.owed.settle(self.creditor(node), id);
    }

    /// `id` came over the line itself, newer than we had it.
    pub(super) fn supersede(&mut self, id: LspId) {
        self.news.cancel(id);
    }

    /// All have `id` as we have it: somebody sent it to all.
    pub(super) fn settle_all(&mut self, id: LspId) {
        self.owed.sent_to_all(id);
        self.news.cancel(id);
    }

    /// We leave: these purges go out at once, and again after a second with the `late` ones.
    pub(super) fn goodbye(&mut self, ids: &[LspId], late: &[LspId], now: Time) {
        self.fall_silent();
        if self.goodbye.is_none() && !self.peers.is_empty() {
            let again_at = Some(now + GOODBYE_AGAIN);
            let (ids, late) = (ids.to_vec(), late.to_vec());
            self.goodbye = Some(Goodbye { ids, late, again_at });
            self.say_goodbye(now);
        }
    }

    fn say_goodbye(&mut self, now: Time) {
        for &id in self.goodbye.iter().flat_map(|goodbye| &goodbye.ids) {
            self.news.tell(now, Item { again: true, ..Item::new(id) });
        }
    }

    /// The goodbye, if there is one, has been said.
    #[cfg(test)]
    pub(super) fn is_quiet(&self) -> bool {
        self.goodbye.as_ref().is_none_or(|goodbye| {
            self.peers.is_empty()
                || goodbye.again_at.is_none() && self.news.next().is_none() && self.told.is_none()
        })
    }

    fn copies(&self) -> u32 {
        match self.kind {
            LineKind::Lan => 1,
            LineKind::Cmd => u32::try_from(self.peers.len()).unwrap_or(u32::MAX),
        }
    }

    fn rate(&self) -> Rate {
        let pace = PACE.saturating_mul(self.copies()).clamp(PACE, PACE_LIMIT);
        let pace = self.settings.pace.unwrap_or(pace);
        let Some(goodbye) = &self.goodbye else { return Rate::per_second(pace) };
        // Both times it must be out within half a second [nlsp §8.4].
        let ids = u32::try_from(goodbye.ids.len()).unwrap_or(u32::MAX);
        let needed = ids.saturating_mul(self.copies()).saturating_mul(5) / 2;
        Rate::per_second(pace.max(needed))
    }

    /// When there is something to do that the pace permits.
    pub(super) fn next_timeout(&self) -> Option<Time> {
        let under_way = (self.told.is_some() || self.csnp.is_some()).then_some(Time::ZERO);
        let again = self.goodbye.as_ref().and_then(|goodbye| goodbye.again_at);
        let work = [
            under_way,
            again,
            self.again.next(),
            self.news.next(),
            self.owed.next(),
            self.psnps.next(),
            self.csnps.next(),
        ];
        let first = work.into_iter().flatten().min()?;
        Some(first.max(self.pace.worth_while(self.rate())))
    }
}
