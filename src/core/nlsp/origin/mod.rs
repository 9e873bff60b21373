//! Our own link-state packets: fragments, sequence numbers, when to generate and purge
//! [nlsp §10.1-§10.5, §10.8].
//!
//! What they say is given entry by entry ([`Origin::set`]); an entry keeps its fragment as long
//! as it fits, so that one change touches one packet. The life of a change: `set` puts it into a
//! fragment ([`fragment`]) and starts a timer; when that is due, the packet is built and compared
//! with what the database holds, and only news get a sequence number ([`issue`]). What others
//! hold of ours is put right by [`contest`].
//!
//! Nothing is sent here: what is to be flooded is given back.

mod contest;
mod fragment;
mod issue;
#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::System;
use super::lsdb::Lsdb;
use crate::Time;
use crate::hub::ServiceKey;
use crate::router::{Cx, Event};
use crate::timers::Timers;
use crate::wire::nlsp::{
    ExternalRoute, LSP_HEADER_LEN, Link, LspId, LspOption, MAX_NAME, Management, NodeId,
    ServiceInfo,
};
use crate::wire::{NetworkNumber, NodeAddress};
use fragment::Fragments;
use issue::{Issue, Said};

/// Changes are collected for so long before a packet is generated [nlsp §10.3].
const COLLECT: Duration = Duration::from_millis(100);

/// The router's first packet waits for so long: at a start, circuits come up and designated
/// routers are found one after the other, and a second version could not follow for
/// `min_generation`.
const START: Duration = Duration::from_secs(1);

/// The least size of a link-state packet [nlsp §15]: areas, management and any one entry fit.
const LEAST_SIZE: usize = 128;

/// Our own link-state packets.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    /// By pseudonode; 0 is the router.
    nodes: BTreeMap<u8, Node>,
    /// What became of each packet, those purged included: sequence numbers must not start anew
    /// while others may remember them [nlsp §10.4]. At most one for each fragment of each node of
    /// a system.
    issues: BTreeMap<LspId, Issue>,
    timers: Timers<Timer>,
    /// The most bytes that all circuits take, where that is less than configured.
    size: Option<usize>,
    overloaded: bool,
    /// When it last showed that another machine has our system.
    duplicate: Option<Time>,
}

/// The router, or a LAN of which it is the designated router.
#[derive(Debug)]
struct Node {
    id: NodeId,
    /// Areas and management information, as options.
    head: Vec<u8>,
    fragments: Fragments,
    /// Nothing is generated before.
    silent_until: Time,
    /// It stays as it is until it is purged.
    ending: bool,
    /// The operator knows that something has no room.
    told_left_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// To purge all of a node.
    End(u8),
    /// To say overload no longer.
    OverloadEnd,
    /// To tell that a node's packets are full.
    LeftOut(u8),
    /// To renew a packet.
    Refresh(LspId),
    /// To see what a packet has to say.
    Build(LspId),
}

/// What an entry is about; one entry for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A link to this node.
    Link(NodeId),
    /// An external route.
    Route(NetworkNumber),
    /// A service.
    Service(ServiceKey),
}

/// An entry. Whatever it says of its subject, it has the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Link(Link),
    Route(ExternalRoute),
    /// With nothing behind the first NUL of the name.
    Service(ServiceInfo),
}

impl Node {
    fn new(id: NodeId, capacity: usize, now: Time) -> Self {
        Self {
            id,
            head: Vec::new(),
            fragments: Fragments::new(capacity),
            silent_until: if id.is_pseudonode() { now } else { now + START },
            ending: false,
            told_left_out: false,
        }
    }
}

/// What stands first in fragment 0 [nlsp §10.1].
fn head(system: &System, pseudonode: u8, network: NetworkNumber, node: NodeAddress) -> Vec<u8> {
    let mut head = Vec::new();
    if pseudonode == 0 {
        LspOption::Areas(system.areas.clone()).encode(&mut head);
    }
    let name = system.name.as_bytes();
    let name = name.get(..MAX_NAME).unwrap_or(name);
    LspOption::Management(Management { network, node, name }).encode(&mut head);
    head
}

impl Origin {
    /// The node begins to speak: fragment 0 with areas (the router's) and management information.
    /// `pseudonode` 0 is the router itself. Begun again with other values, it is generated anew;
    /// begun again before its end, it lives on with the entries it had.
    pub(crate) fn begin(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        pseudonode: u8,
        network: NetworkNumber,
        node: NodeAddress,
    ) {
        let id = system.id.lan(pseudonode);
        let capacity = self.capacity(cx);
        let head = head(system, pseudonode, network, node);
        let here = self.nodes.entry(pseudonode).or_insert_with(|| Node::new(id, capacity, cx.now));
        let mut touched: Vec<LspId> = Vec::new();
        if here.ending || here.id != id {
            let old = here.id;
            touched.extend(here.fragments.numbers().flat_map(|n| [old.lsp(n), id.lsp(n)]));
            here.ending = false;
            here.id = id;
        }
        if here.head != head {
            touched.push(id.lsp(0));
            touched.extend(here.fragments.resize(capacity, head.len()).iter().map(|&n| id.lsp(n)));
            here.head = head;
        }
        self.timers.cancel(&Timer::End(pseudonode));
        for id in touched {
            self.touch(cx, id);
        }
        self.watch_left_out(cx.now, pseudonode);
    }

    /// The node's entry for `subject` is now this one, or gone. Nothing happens if it was so
    /// already, or if the node has not begun or is about to end.
    pub(crate) fn set(
        &mut self,
        cx: &mut Cx<'_>,
        pseudonode: u8,
        subject: Subject,
        entry: Option<Entry>,
    ) {
        let Some(node) = self.nodes.get_mut(&pseudonode).filter(|node| !node.ending) else {
            return;
        };
        let id = node.id;
        for number in node.fragments.set(subject, entry) {
            self.touch(cx, id.lsp(number));
        }
        self.watch_left_out(cx.now, pseudonode);
    }

    /// The subjects that the node has entries for.
    pub(crate) fn subjects(&self, pseudonode: u8) -> Vec<Subject> {
        let node = self.nodes.get(&pseudonode);
        node.map(|node| node.fragments.subjects().collect()).unwrap_or_default()
    }

    /// The node ends: its packets stay as they are until then, and are then purged
    /// [nlsp §9.2: 10 s].
    pub(crate) fn end(&mut self, pseudonode: u8, purge_at: Time) {
        let Some(node) = self.nodes.get_mut(&pseudonode) else { return };
        node.ending = true;
        for number in node.fragments.numbers() {
            self.timers.cancel(&Timer::Build(node.id.lsp(number)));
        }
        self.timers.cancel(&Timer::LeftOut(pseudonode));
        self.timers.set_earliest(Timer::End(pseudonode), purge_at);
    }

    /// No packet of ours may be larger than this: what the circuits take, less the IPX header
    /// [nlsp §8.7].
    pub(crate) fn set_size(&mut self, cx: &mut Cx<'_>, size: usize) {
        if self.size == Some(size) {
            return;
        }
        self.size = Some(size);
        let capacity = self.capacity(cx);
        let mut touched = Vec::new();
        for node in self.nodes.values_mut() {
            let changed = node.fragments.resize(capacity, node.head.len());
            touched.extend(changed.iter().map(|&number| node.id.lsp(number)));
        }
        for id in touched {
            self.touch(cx, id);
        }
        let pseudonodes: Vec<u8> = self.nodes.keys().copied().collect();
        for pseudonode in pseudonodes {
            self.watch_left_out(cx.now, pseudonode);
        }
    }

    /// Bytes of options in a packet.
    fn capacity(&self, cx: &Cx<'_>) -> usize {
        let configured = usize::from(cx.config.nlsp.lsp_size);
        let size = self.size.map_or(configured, |size| size.min(configured));
        size.max(LEAST_SIZE) - LSP_HEADER_LEN
    }

    /// A link-state packet did not fit: say overload for a while [nlsp §10.8].
    pub(crate) fn overloaded(&mut self, cx: &mut Cx<'_>, reason: String) {
        self.timers.set(Timer::OverloadEnd, cx.now + cx.config.nlsp.overload_wait);
        if !self.overloaded {
            cx.out.event(Event::Overloaded { reason });
            self.overloaded = true;
            self.touch_first(cx);
        }
    }

    /// The flags of the router's fragment 0 are others.
    fn touch_first(&mut self, cx: &Cx<'_>) {
        if let Some(router) = self.nodes.get(&0) {
            self.touch(cx, router.id.lsp(0));
        }
    }

    /// Something is left out, or no longer: to be told of once everything had its turn.
    fn watch_left_out(&mut self, now: Time, pseudonode: u8) {
        let Some(node) = self.nodes.get_mut(&pseudonode) else { return };
        if node.fragments.left_out() == 0 {
            node.told_left_out = false;
            self.timers.cancel(&Timer::LeftOut(pseudonode));
        } else if !node.told_left_out {
            self.timers.set_earliest(Timer::LeftOut(pseudonode), now + COLLECT);
        }
    }

    fn tell_left_out(&mut self, cx: &mut Cx<'_>, pseudonode: u8) {
        let Some(node) = self.nodes.get_mut(&pseudonode) else { return };
        node.told_left_out = true;
        let left_out = node.fragments.left_out();
        cx.out.event(Event::LspSpaceExhausted { node: node.id.to_string(), left_out });
    }

    /// We leave: purges of all that is ours, pseudonodes last, in the order to send them
    /// [nlsp §8.4].
    pub(crate) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
    ) -> Vec<LspId> {
        self.nodes.clear();
        self.timers = Timers::new();
        self.overloaded = false;
        // The router's come first, for its number is 0.
        let last = system.id.lan(u8::MAX).lsp(u8::MAX);
        let ours = lsdb.range(system.id.router().lsp(0), last);
        let ours: Vec<LspId> = ours.map(|(id, _)| id).collect();
        ours.into_iter().filter(|&id| self.issue(cx, lsdb, id, false).is_some()).collect()
    }

    /// Generates, refreshes and purges what is due. Gives back what is to be flooded, a new
    /// pseudonode before the router that links to it [nlsp §9.2], and purges last: what moved to
    /// another fragment is never gone in between.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Cx<'_>, lsdb: &mut Lsdb) -> Vec<LspId> {
        // Whether it is to be generated even if it says nothing new.
        let mut due: BTreeMap<LspId, bool> = BTreeMap::new();
        while let Some(timer) = self.timers.pop_due(cx.now) {
            match timer {
                Timer::End(pseudonode) => {
                    let Some(node) = self.nodes.remove(&pseudonode) else { continue };
                    let ours = lsdb.range(node.id.lsp(0), node.id.lsp(u8::MAX));
                    due.extend(ours.map(|(id, _)| (id, false)));
                }
                Timer::OverloadEnd => {
                    self.overloaded = false;
                    cx.out.event(Event::OverloadEnded);
                    self.touch_first(cx);
                }
                Timer::LeftOut(pseudonode) => self.tell_left_out(cx, pseudonode),
                Timer::Refresh(id) => {
                    due.insert(id, true);
                }
                Timer::Build(id) => {
                    due.entry(id).or_insert(false);
                }
            }
        }
        let (mut pseudonodes, mut router, mut purged) = (Vec::new(), Vec::new(), Vec::new());
        for (id, refresh) in due {
            match self.issue(cx, lsdb, id, refresh) {
                Some(Said::News) if id.node.is_pseudonode() => pseudonodes.push(id),
                Some(Said::News) => router.push(id),
                Some(Said::Purge) => purged.push(id),
                None => (),
            }
        }
        pseudonodes.append(&mut router);
        pseudonodes.append(&mut purged);
        pseudonodes
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }
}
