//! Sends what waits on a line, as far as its pace permits.

use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

use super::{Copying, Outlet, Told};
use crate::Time;
use crate::nlsp::flood::Ground;
use crate::nlsp::flood::news::Item;
use crate::nlsp::flood::pace::{Class, Rate};
use crate::nlsp::flood::recent::Version;
use crate::nlsp::line::LineKind;
use crate::nlsp::lsdb::Record;
use crate::nlsp::send::{To, send};
use crate::random::Random;
use crate::router::Cx;
use crate::wire::NodeAddress;
use crate::wire::ipx::HEADER_LEN;
use crate::wire::nlsp::{Csnp, LspId, Psnp};

/// Datagrams of CSNPs a second on a CMD network, over the time from one set to the next
/// [nlsp §19.9].
const CSNP_PACE: u64 = 1_000;

/// What a call may do.
#[derive(Clone, Copy)]
struct Bounds {
    rate: Rate,
    /// Bytes that an IPX packet to all neighbours carries.
    max_data: usize,
}

impl Outlet {
    /// Sends what is due as far as the pace permits.
    pub(in crate::nlsp::flood) fn handle_timeout(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>) {
        let now = cx.now;
        let max_data = ground.lines.max_packet(self.circuit).saturating_sub(HEADER_LEN);
        self.begin(cx, ground, max_data);
        let bounds = Bounds { rate: self.rate(), max_data };
        while self.pace.is_open(bounds.rate, now) {
            let numbers = self.psnps.under_way() || self.csnps.under_way() || self.csnp.is_some();
            let news = self.told.is_some() || self.news.next().is_some_and(|at| at <= now);
            let Some(class) = self.shares.next([numbers, news, self.owed.is_ready()]) else {
                break;
            };
            let sent = match class {
                Class::Numbers => self.send_numbers(cx, ground, bounds),
                Class::News => self.send_news(cx, ground, bounds),
                Class::Owed => self.send_owed(cx, ground, bounds),
            };
            self.shares.spend(class, sent);
        }
    }

    /// Begins what has become due.
    fn begin(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>, max_data: usize) {
        let now = cx.now;
        while let Some(id) = self.again.pop_due(now) {
            self.news.tell(now, Item { again: true, ..Item::new(id) });
        }
        let goodbye = self.goodbye.as_mut();
        if let Some(goodbye) =
            goodbye.filter(|goodbye| goodbye.again_at.is_some_and(|at| at <= now))
        {
            goodbye.again_at = None;
            goodbye.ids.append(&mut goodbye.late);
            self.say_goodbye(now);
        }
        self.owed.advance(now);
        if self.csnps.is_due(now) {
            let packets = ground.lsdb.len().div_ceil(csnp_capacity(cx, max_data)).max(1);
            let datagrams = u64::from(self.copies()).saturating_mul(packets as u64);
            let interval = match self.kind {
                LineKind::Lan => self.settings.csnp_interval,
                LineKind::Cmd => {
                    self.settings.csnp_interval.max(Duration::from_secs(datagrams / CSNP_PACE))
                }
            };
            self.csnps.begin(now, jittered(interval, cx.random));
        }
        if self.psnps.is_due(now) {
            let interval = jittered(self.settings.psnp_interval, cx.random);
            let somebody = ground.lines.designated_node(self.circuit).is_some();
            self.psnps.begin(now, interval, somebody);
        }
    }

    fn send_numbers(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>, bounds: Bounds) -> u32 {
        let source = ground.system.id.router();
        if self.psnps.under_way() {
            let capacity = Psnp::capacity(bounds.max_data.min(cx.config.nlsp.lsp_size.into()));
            let psnp = self.psnps.packet(source, ground.lsdb, capacity, cx.now);
            let designated = ground.lines.designated_node(self.circuit);
            let Some((psnp, node)) = psnp.zip(designated) else { return 0 };
            self.pace.take(bounds.rate, cx.now);
            send(cx, self.circuit, To::Everyone(&[node]), &psnp.encode());
            return 1;
        }
        let copying = self.csnp.take().or_else(|| {
            let capacity = csnp_capacity(cx, bounds.max_data);
            let csnp = self.csnps.packet(source, ground.lsdb, capacity, cx.now)?;
            Some(Copying { what: csnp.encode(), served: None })
        });
        let Some(Copying { what, served }) = copying else { return 0 };
        let (sent, rest) = self.copy(cx, bounds.rate, &what, served, |_, _| true);
        self.csnp = rest.map(|served| Copying { what, served: Some(served) });
        sent
    }

    fn send_news(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>, bounds: Bounds) -> u32 {
        let (item, begun) = match self.told.take() {
            Some(Copying { what, served }) => (what.item, Some((what.version, served))),
            None => match self.news.pop(cx.now) {
                Some(item) => (item, None),
                None => return 0,
            },
        };
        let pause = self.settings.min_transmission;
        let Some((version, data)) = self.lsp(cx.now, ground, item.id, bounds.max_data) else {
            return 0;
        };
        let served = match begun {
            // Another version came: it is told in its turn.
            Some((old, _)) if old != version => return 0,
            Some((_, served)) => served,
            None => {
                let free_at = self.recent.free_at((item.id, None), version, pause);
                if free_at > cx.now && !item.again {
                    self.news.tell(free_at, item);
                    return 0;
                }
                None
            }
        };
        let now = cx.now;
        let (sent, rest) = self.copy(cx, bounds.rate, &data, served, |outlet, node| {
            let free_at = outlet.recent.free_at((item.id, Some(node)), version, pause);
            outlet.owed.settle(node, item.id);
            item.again || item.except != Some(node) && free_at <= now
        });
        self.told =
            rest.map(|served| Copying { what: Told { item, version }, served: Some(served) });
        if self.told.is_none() {
            self.recent.note(now, (item.id, None), version, pause);
            // On a LAN nothing is owed any more: one sending serves all.
            self.settle(NodeAddress::BROADCAST, item.id);
        }
        sent
    }

    fn send_owed(&mut self, cx: &mut Cx<'_>, ground: &Ground<'_>, bounds: Bounds) -> u32 {
        let Some((node, id)) = self.owed.pop(cx.random) else { return 0 };
        let Some((version, data)) = self.lsp(cx.now, ground, id, bounds.max_data) else { return 0 };
        let sending = (id, (node != NodeAddress::BROADCAST).then_some(node));
        let pause = self.settings.min_transmission;
        let free_at = self.recent.free_at(sending, version, pause);
        if free_at > cx.now {
            self.owed.owe(node, id, free_at, cx.now);
            return 0;
        }
        self.recent.note(cx.now, sending, version, pause);
        self.pace.take(bounds.rate, cx.now);
        let to = match self.kind {
            LineKind::Lan => {
                self.news.cancel(id);
                To::Everyone(&[])
            }
            LineKind::Cmd if self.settings.answer_by_node => To::One(node),
            LineKind::Cmd => To::Everyone(std::slice::from_ref(&node)),
        };
        send(cx, self.circuit, to, &data);
        1
    }

    /// A link-state packet as it goes out now. None if it is not there any more, is about to be
    /// purged, or is larger than a neighbour takes.
    fn lsp(
        &mut self,
        now: Time,
        ground: &Ground<'_>,
        id: LspId,
        max_data: usize,
    ) -> Option<(Version, Vec<u8>)> {
        let record = ground.lsdb.get(id)?;
        if record.lsp.bytes().len() > max_data {
            self.too_large += 1;
            return None;
        }
        let version = Version { sequence: record.lsp.sequence, purged: record.purged };
        let lifetime = lifetime_to_tell(record, id.node.system == ground.system.id, now)?;
        Some((version, record.lsp.to_packet(lifetime)))
    }

    /// Sends `data` to the neighbours behind `served` that are `wanted`, as far as the pace
    /// permits. Gives back how many datagrams that were, and who was served last if others are
    /// left.
    fn copy(
        &mut self,
        cx: &mut Cx<'_>,
        rate: Rate,
        data: &[u8],
        served: Option<NodeAddress>,
        mut wanted: impl FnMut(&mut Self, NodeAddress) -> bool,
    ) -> (u32, Option<NodeAddress>) {
        if self.kind == LineKind::Lan {
            self.pace.take(rate, cx.now);
            send(cx, self.circuit, To::Everyone(&[]), data);
            return (1, None);
        }
        let from = served.map_or(Unbounded, Excluded);
        let behind: Vec<NodeAddress> = self.peers.range((from, Unbounded)).copied().collect();
        let (mut nodes, mut last, mut sent) = (Vec::new(), served, 0);
        let mut whole = true;
        for node in behind {
            if !self.pace.is_open(rate, cx.now) {
                whole = false;
                break;
            }
            if wanted(self, node) {
                self.pace.take(rate, cx.now);
                nodes.push(node);
                sent += 1;
            }
            last = Some(node);
        }
        if !nodes.is_empty() {
            send(cx, self.circuit, To::Everyone(&nodes), data);
        }
        (sent, last.filter(|_| !whole))
    }
}

/// The lifetime to tell: passing a packet on costs it a second [nlsp §10.6]. None in the last
/// second of a foreign one, which would be told as purged.
fn lifetime_to_tell(record: &Record, ours: bool, now: Time) -> Option<u16> {
    let left = record.remaining(now);
    if ours || record.purged {
        return Some(left);
    }
    left.checked_sub(1).filter(|&left| left > 0)
}

fn csnp_capacity(cx: &Cx<'_>, max_data: usize) -> usize {
    Csnp::capacity(max_data.min(cx.config.nlsp.lsp_size.into())).max(1)
}

/// An interval less up to a quarter of it [nlsp §11.4, §11.5].
fn jittered(interval: Duration, random: &mut Random) -> Duration {
    interval - random.duration_up_to(interval / 4)
}
