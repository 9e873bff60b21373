//! A line: what it is, and what others may ask of it.

use std::time::Duration;

use super::conditions::Conditions;
use super::designated::Role;
use super::duplicates::Duplicates;
use super::hello::Hellos;
use super::neighbours::Neighbours;
use super::{Adjacency, Alarm, Desk, adjacency};
use crate::Time;
use crate::config::{Mode, NlspCircuit};
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::nlsp::{LineChange, System};
use crate::wire::ipx::HEADER_LEN;
use crate::wire::nlsp::{NodeId, SystemId};
use crate::wire::{NodeAddress, cmd};

/// The local MTU of a CMD network for which none is given [nlsp §19.1].
const CMD_MTU: usize = 1_500;
/// A LAN where NLSP is spoken only to others falls silent if none of them was heard for so long
/// [nlsp §13.2].
const SILENCE: Duration = Duration::from_secs(240);

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// A LAN: one sending serves all.
    Lan,
    /// A CMD network: one copy for each peer [nlsp §19].
    Cmd,
}

/// A circuit as NLSP sees it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: CircuitId,
    pub(crate) kind: LineKind,
    /// NLSP is spoken there now: hellos go out.
    pub(crate) speaks: bool,
    /// Our node there.
    pub(super) node: NodeAddress,
    /// The LAN ID if we are its designated router.
    pub(super) ours: NodeId,
    pub(super) settings: NlspCircuit,
    pub(super) mode: Mode,
    /// The largest IPX packet with NLSP in it that we take [nlsp §8.7].
    pub(super) mtu: usize,
    /// The largest that IP does not fragment, on a CMD network.
    pub(super) datagram: usize,
    /// The same for us and every neighbour that is up.
    max_packet: usize,
    pub(super) neighbours: Neighbours,
    pub(super) role: Role,
    pub(super) hellos: Hellos,
    pub(super) duplicates: Duplicates,
    pub(super) conditions: Conditions,
    /// When somebody who may become a neighbour was last heard.
    pub(super) heard: Time,
    /// What the other parts were last told of the line.
    told: Option<Facts>,
}

/// What the other parts look at when the line changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    speaks: bool,
    designated: bool,
    lan_id: Option<NodeId>,
    links: [Option<NodeId>; 2],
    max_packet: usize,
}

impl Line {
    pub(super) fn new(here: &Circuit, settings: &NlspCircuit, mode: Mode, system: &System) -> Self {
        let number = u8::try_from(here.id.0.saturating_add(1)).unwrap_or(u8::MAX);
        let mut line = Self {
            id: here.id,
            kind: if here.is_cmd() { LineKind::Cmd } else { LineKind::Lan },
            speaks: false,
            node: here.node,
            ours: system.id.lan(number),
            settings: *settings,
            mode,
            mtu: 0,
            datagram: 0,
            max_packet: 0,
            neighbours: Neighbours::default(),
            role: Role::default(),
            hellos: Hellos::new(here),
            duplicates: Duplicates::default(),
            conditions: Conditions::default(),
            heard: Time::ZERO,
            told: None,
        };
        line.take_sizes(here);
        line
    }

    /// The line begins: it speaks, or we are its designated router, alone.
    pub(super) fn begin(&mut self, desk: &mut Desk<'_, '_>) {
        if self.mode == Mode::On {
            self.speak(desk);
        } else {
            self.role.elected = Some(self.node);
        }
    }

    /// Hellos go out from now on, and after the start delay there is an election. Who was
    /// designated, alone, stays so until then: the LAN's number must not vanish. A review sends
    /// the first hello.
    pub(super) fn speak(&mut self, desk: &mut Desk<'_, '_>) {
        self.speaks = true;
        let over = desk.cx.now + self.start_delay();
        self.role.waiting = Some(over);
        desk.set(self.id, Alarm::Start, over);
        if self.mode == Mode::Auto {
            desk.set(self.id, Alarm::Silence, desk.cx.now + SILENCE);
        }
    }

    /// Nobody may have spoken NLSP for too long. True if so: we are alone again.
    fn fall_silent(&mut self, desk: &mut Desk<'_, '_>) -> bool {
        let until = self.heard + SILENCE;
        if until > desk.cx.now {
            desk.set(self.id, Alarm::Silence, until);
            return false;
        }
        self.lose_all(desk, adjacency::SILENT);
        for alarm in [Alarm::Start, Alarm::Ripe, Alarm::Unheard, Alarm::Hello] {
            desk.cancel(self.id, alarm);
        }
        desk.cancel(self.id, Alarm::Answer(NodeAddress::BROADCAST));
        self.speaks = false;
        self.hellos.said = None;
        self.role.waiting = None;
        self.role.elected = Some(self.node);
        true
    }

    /// The line ends: every neighbour is lost.
    pub(super) fn end(&mut self, desk: &mut Desk<'_, '_>) {
        self.lose_all(desk, adjacency::CLOSED);
        self.conditions.clear(desk.cx);
        self.end_unheard(desk);
    }

    /// Does what is due. True if the line is to be reviewed.
    pub(super) fn ring(&mut self, desk: &mut Desk<'_, '_>, system: &System, alarm: Alarm) -> bool {
        match alarm {
            Alarm::Hold(node) => self.look_after(desk, node),
            Alarm::Start => {
                self.role.waiting = None;
                true
            }
            Alarm::Ripe | Alarm::OldLink => true,
            Alarm::Unheard => {
                self.tell_unheard(desk);
                false
            }
            Alarm::Silence => self.fall_silent(desk),
            Alarm::Hello => {
                self.conditions.prune(desk.cx);
                self.next_hello(desk, system)
            }
            Alarm::Copies => {
                self.send_copies(desk, system);
                false
            }
            Alarm::Answer(node) => {
                self.answer_at_last(desk, system, node);
                false
            }
        }
    }

    /// Looks at who is designated after something changed, and tells everybody who has to know:
    /// neighbours by a hello, the other parts by a change. True if a hello went to all.
    pub(super) fn review(&mut self, desk: &mut Desk<'_, '_>, system: &System) -> bool {
        if self.speaks && self.role.waiting.is_none() {
            self.elect(desk);
        }
        self.follow(desk);
        self.watch_unheard(desk);
        let news = self.speaks && self.hellos.said != Some(self.says());
        if news {
            self.hello_to_all(desk, system);
        }
        self.report(desk);
        news
    }

    /// Tells the other parts what changed.
    pub(super) fn report(&mut self, desk: &mut Desk<'_, '_>) {
        let facts = Facts {
            speaks: self.speaks,
            designated: self.is_designated(),
            lan_id: self.lan_id(),
            links: self.role.links(),
            max_packet: self.max_packet,
        };
        if self.told.replace(facts) != Some(facts) {
            desk.changes.push(LineChange::Line(self.id));
        }
    }

    /// Takes the sizes of the circuit, which may change while it is up.
    pub(super) fn take_sizes(&mut self, here: &Circuit) {
        let takes = here.max_packet();
        self.mtu = match self.settings.mtu {
            Some(mtu) => takes.min(usize::from(mtu)),
            None if here.is_cmd() => takes.min(CMD_MTU),
            None => takes,
        };
        self.datagram =
            if here.is_cmd() { usize::from(here.mtu).saturating_sub(cmd::OVERHEAD) } else { takes };
        self.measure();
    }

    /// Works out anew what all take.
    pub(super) fn measure(&mut self) {
        let theirs = self.up().filter_map(|(_, adjacency)| adjacency.mtu()).min();
        self.max_packet = theirs.map_or(self.mtu, |mtu| mtu.min(self.mtu));
    }

    /// Works out what all take now that this one is up.
    pub(super) fn measure_also(&mut self, node: NodeAddress) {
        let theirs = self.adjacency_up(node).and_then(Adjacency::mtu);
        self.max_packet = theirs.map_or(self.max_packet, |mtu| mtu.min(self.max_packet));
    }

    /// What a neighbour must take to get our link-state packets [nlsp §8.7].
    pub(super) fn least_mtu(&self, lsp_size: u16) -> usize {
        self.mtu.min(HEADER_LEN + usize::from(lsp_size))
    }

    /// Time before the first election [nlsp §9.1].
    pub(super) fn start_delay(&self) -> Duration {
        self.settings.dr_hello_interval * 2
    }

    /// Our number of the circuit, 1 to 255: the pseudonode of the LAN if we are its designated
    /// router [nlsp §9.3].
    pub(crate) const fn local_id(&self) -> u8 {
        self.ours.pseudonode
    }

    /// The settings of NLSP on the circuit.
    pub(crate) const fn settings(&self) -> &NlspCircuit {
        &self.settings
    }

    /// Every adjacency, those that failed too.
    pub(crate) fn adjacencies(&self) -> impl Iterator<Item = (NodeAddress, &Adjacency)> {
        self.neighbours.iter()
    }

    pub(crate) fn adjacency_up(&self, node: NodeAddress) -> Option<&Adjacency> {
        self.neighbours.up(node)
    }

    /// The neighbours that are up, in the order of their nodes.
    pub(crate) fn up(&self) -> impl Iterator<Item = (NodeAddress, &Adjacency)> {
        self.adjacencies().filter(|(_, adjacency)| adjacency.is_up())
    }

    /// How many neighbours are up.
    pub(crate) const fn up_count(&self) -> usize {
        self.neighbours.up_count()
    }

    /// The node of the up neighbour of this system: the first hop to it.
    pub(crate) fn node_of(&self, system: SystemId) -> Option<NodeAddress> {
        self.neighbours.node_of(system).filter(|&node| self.adjacency_up(node).is_some())
    }

    /// We are the designated router.
    pub(crate) fn is_designated(&self) -> bool {
        self.role.elected == Some(self.node)
    }

    /// The node of the designated router, if it is an up neighbour.
    pub(crate) fn designated_node(&self) -> Option<NodeAddress> {
        self.role.lan.map(|lan| lan.node).filter(|&node| self.adjacency_up(node).is_some())
    }

    /// The LAN ID that the election gave, if there was one and the elected claims it.
    pub(crate) fn lan_id(&self) -> Option<NodeId> {
        self.role.lan.map(|lan| lan.id)
    }

    /// The LAN IDs that our router LSP links to: the elected, once its fragment 0 is in the
    /// database, and for 10 s the one before [nlsp §9.2].
    pub(crate) fn links(&self, now: Time) -> Vec<NodeId> {
        self.role.links_at(now)
    }

    /// The largest IPX packet with NLSP in it: what we and every neighbour take [nlsp §8.7].
    pub(crate) const fn max_packet(&self) -> usize {
        self.max_packet
    }
}
