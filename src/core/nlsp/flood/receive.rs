//! What comes in: link-state packets, and what others say they have [nlsp §11.2, §11.4-§11.6].

use std::collections::BTreeMap;
use std::time::Duration;

use super::news::Item;
use super::outlet::Outlet;
use super::{Flood, Ground, LIMIT};
use crate::forward::Outcome;
use crate::nlsp::freshness::{Freshness, compare};
use crate::nlsp::line::LineKind;
use crate::nlsp::lsdb::{Lsdb, NoRoom};
use crate::nlsp::{Contest, Neighbour};
use crate::router::{Cx, Event};
use crate::wire::nlsp::{Csnp, Lsp, LspEntry, LspId, Psnp};

/// What came over a line in the last seconds is still on its way to the others there, from the one
/// who sent it to us: that they do not have it says nothing.
const ON_ITS_WAY: Duration = Duration::from_secs(2);
/// How many of the neighbours that heard an old packet answer, besides the designated router and
/// the originator. They do not hear each other's answers on a CMD network.
const ANSWERERS: u32 = 4;

/// Collects the last entry for each link-state packet [nlsp §18].
fn by_id(entries: &[LspEntry]) -> BTreeMap<LspId, LspEntry> {
    entries.iter().map(|entry| (entry.id, *entry)).collect()
}

impl Flood {
    /// A link-state packet came. `to_us`: to our own node, not to all.
    pub(crate) fn receive_lsp(
        &mut self,
        cx: &mut Cx<'_>,
        mut ground: Ground<'_>,
        from: Neighbour,
        to_us: bool,
        lsp: Lsp,
    ) -> Outcome {
        let ground = &mut ground;
        let Some(outlet) = self.outlet(ground, from) else { return Outcome::NlspStranger };
        let to_all = outlet.went_to_all(to_us);
        let (id, shown) = (lsp.id, lsp.entry(lsp.lifetime));
        let ours = id.node.system == ground.system.id;
        let verdict = ground.lsdb.entry(id, cx.now).map(|stored| compare(&stored, &shown));
        match verdict {
            Some(Freshness::Same) => {
                outlet.settle(from.node, id);
                outlet.psnps.settle(id);
                // Our own is told to all by us alone.
                if to_all && !(ours && outlet.kind == LineKind::Cmd) {
                    outlet.settle_all(id);
                }
            }
            Some(Freshness::Older) => {
                outlet.psnps.settle(id);
                if to_us || answers(cx, outlet, ours) {
                    owe(cx, ground, outlet, from, id);
                }
            }
            _ if ours => self.contest(Contest { from, entry: shown, whole: true }),
            Some(Freshness::Confused) => self.confused(cx, ground, id),
            Some(Freshness::Newer) => return self.newer(cx, ground, from, to_all, lsp),
            None if lsp.lifetime > 0 => return self.newer(cx, ground, from, to_all, lsp),
            // The purge of what we never had.
            None => self.outlets.values_mut().for_each(|outlet| outlet.psnps.settle(id)),
        }
        self.wake(from.circuit);
        Outcome::DeliveredNlsp
    }

    pub(crate) fn receive_csnp(
        &mut self,
        cx: &mut Cx<'_>,
        mut ground: Ground<'_>,
        from: Neighbour,
        csnp: &Csnp,
    ) -> Outcome {
        let ground = &mut ground;
        if self.outlet(ground, from).is_none() {
            return Outcome::NlspStranger;
        }
        let listed = by_id(&csnp.entries);
        for entry in listed.values() {
            self.entry(cx, ground, from, entry);
        }
        let range = ground.lsdb.range(csnp.start, csnp.end);
        let lacking: Vec<LspId> = range
            .filter(|(id, record)| !record.purged && !listed.contains_key(id))
            .map(|(id, _)| id)
            .collect();
        if let Some(outlet) = self.outlets.get_mut(&from.circuit) {
            for id in lacking {
                owe(cx, ground, outlet, from, id);
            }
        }
        self.wake(from.circuit);
        Outcome::DeliveredNlsp
    }

    /// Requests, which only the designated router acts on.
    pub(crate) fn receive_psnp(
        &mut self,
        cx: &mut Cx<'_>,
        mut ground: Ground<'_>,
        from: Neighbour,
        psnp: &Psnp,
    ) -> Outcome {
        let ground = &mut ground;
        let Some(outlet) = self.outlet(ground, from) else { return Outcome::NlspStranger };
        if outlet.designated {
            for entry in by_id(&psnp.entries).values() {
                self.entry(cx, ground, from, entry);
            }
            self.wake(from.circuit);
        }
        Outcome::DeliveredNlsp
    }

    /// The outlet to a neighbour, if it is one.
    fn outlet(&mut self, ground: &Ground<'_>, from: Neighbour) -> Option<&mut Outlet> {
        self.outlets.get_mut(&from.circuit).filter(|_| ground.lines.is_up(from))
    }

    /// An entry of a sequence number packet.
    fn entry(
        &mut self,
        cx: &mut Cx<'_>,
        ground: &mut Ground<'_>,
        from: Neighbour,
        shown: &LspEntry,
    ) {
        let Some(outlet) = self.outlets.get_mut(&from.circuit) else { return };
        let id = shown.id;
        let ours = id.node.system == ground.system.id;
        let verdict = ground.lsdb.entry(id, cx.now).map(|stored| compare(&stored, shown));
        match verdict {
            Some(Freshness::Same) => outlet.settle(from.node, id),
            Some(Freshness::Older) => {
                outlet.psnps.settle(id);
                owe(cx, ground, outlet, from, id);
            }
            // What is purged, and what nobody has, is not missed.
            None if shown.sequence == 0 || shown.lifetime == 0 || shown.checksum == 0 => {}
            _ if ours => self.contest(Contest { from, entry: *shown, whole: false }),
            Some(Freshness::Confused) => self.confused(cx, ground, id),
            Some(Freshness::Newer) | None => {
                outlet.settle(from.node, id);
                if !outlet.designated {
                    outlet.psnps.want(id, cx.now);
                }
            }
        }
    }

    /// A foreign packet that is newer than ours, or new: kept, and told on the other lines.
    fn newer(
        &mut self,
        cx: &mut Cx<'_>,
        ground: &mut Ground<'_>,
        from: Neighbour,
        to_all: bool,
        lsp: Lsp,
    ) -> Outcome {
        let (id, via) = (lsp.id, Some(from.circuit));
        let kept = if lsp.lifetime == 0 {
            ground.lsdb.purge(cx.now, id, lsp.sequence, via);
            Ok(())
        } else {
            let size = lsp.bytes().len();
            ground.lsdb.put(cx.now, lsp, via).map_err(|NoRoom| size)
        };
        if let Err(size) = kept {
            self.failed(ground.lsdb, id, size);
            return Outcome::NlspOverload;
        }
        for outlet in self.outlets.values_mut() {
            outlet.psnps.settle(id);
            if outlet.circuit != from.circuit {
                outlet.tell(cx.now, Item::new(id));
                continue;
            }
            outlet.settle(from.node, id);
            outlet.supersede(id);
            if to_all {
                outlet.settle_all(id);
            } else if outlet.designated {
                // It came to us alone: the others have it from us [nlsp §19.17].
                outlet.tell(cx.now, Item { except: Some(from.node), ..Item::new(id) });
            }
        }
        self.wake_all();
        Outcome::DeliveredNlsp
    }

    /// Two packets of one version are about: neither counts [nlsp §10.7].
    fn confused(&mut self, cx: &mut Cx<'_>, ground: &mut Ground<'_>, id: LspId) {
        let Some(record) = ground.lsdb.get(id) else { return };
        let sequence = record.lsp.sequence;
        ground.lsdb.purge(cx.now, id, sequence, None);
        cx.out.event(Event::LspConfusion { lsp: id.to_string() });
        self.news(cx, id);
    }

    fn contest(&mut self, contest: Contest) {
        if self.contests.len() < LIMIT {
            self.contests.push(contest);
        }
    }

    fn failed(&mut self, lsdb: &Lsdb, id: LspId, size: usize) {
        if self.failures.len() < LIMIT {
            let there = lsdb.len();
            self.failures.push(format!("{id} of {size} bytes beside {there} others"));
        }
    }
}

/// Somebody showed an older version than ours, or lacks it.
fn owe(cx: &mut Cx<'_>, ground: &Ground<'_>, outlet: &mut Outlet, from: Neighbour, id: LspId) {
    let ours = id.node.system == ground.system.id;
    // What came over another line is told here by us: perhaps before this neighbour was up, or
    // before we were up to it.
    let on_its_way = ground.lsdb.get(id).is_some_and(|record| {
        record.via.is_none_or(|via| via == outlet.circuit)
            && cx.now.since(record.since()) < ON_ITS_WAY
    });
    if ours || outlet.designated || !on_its_way {
        outlet.owe(cx, ground.system.id, from.node, id);
    }
}

/// We are among those who answer an old packet that was sent to all.
fn answers(cx: &mut Cx<'_>, outlet: &Outlet, ours: bool) -> bool {
    if ours || outlet.designated || outlet.kind == LineKind::Lan {
        return true;
    }
    cx.random.chance(ANSWERERS, u32::try_from(outlet.peers.len()).unwrap_or(u32::MAX))
}
