//! What RIP and SAP have in common: distance-vector updates.
//!
//! Both tell each network what lies elsewhere: all of it every minute, news at once, and a
//! distance of 16 for what is lost; both answer questions, age what falls silent, and never tell
//! a network what was learned from it [ipx-rip-sap §10, §11.2]. They differ in what an entry is.
//! A [`Protocol`] says that; [`speaker`] says when which packet goes out; [`ageing`] when an entry
//! is lost; [`intake`] whose packets count; [`limiter`] how many answers one node gets.

pub(crate) mod ageing;
pub(crate) mod intake;
pub(crate) mod limiter;
pub(crate) mod speaker;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::config::Mode;
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::{Cx, Target};
use crate::wire::ipx::PacketType;
use crate::wire::{NodeAddress, Socket, cmd};

/// Time within which all goodbyes are sent at shutdown; what does not fit ages out
/// [ipx-rip-sap §10.5].
pub(crate) const GOODBYE: Duration = Duration::from_secs(2);

/// What is lost is said again so long after the first time [ipx-rip-sap §10.5].
pub(crate) const SAY_AGAIN: Duration = Duration::from_secs(2);

/// An operator's settings for a protocol on a circuit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// When to send updates.
    pub(crate) updates: Updates,
    /// Time between two full updates.
    pub(crate) interval: Duration,
    /// Intervals after which a silent entry is lost.
    pub(crate) multiplier: u16,
    /// Pause between two packets.
    pub(crate) gap: Duration,
}

/// When updates are sent [nlsp §13.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Updates {
    Always,
    /// While a router is heard there that speaks nothing else.
    WhenHeard,
    Never,
}

impl Updates {
    /// By the operator's setting and what else is spoken on the circuit. Where that is nothing,
    /// `auto` must mean `on`: two agents would wait for each other for ever.
    pub(crate) fn on(circuit: &Circuit, mode: Mode) -> Self {
        match mode {
            Mode::On => Self::Always,
            Mode::Auto if circuit.nlsp => Self::WhenHeard,
            Mode::Auto => Self::Always,
            Mode::Off => Self::Never,
        }
    }
}

impl Settings {
    /// How long an entry lives without being heard again.
    pub(crate) fn lifetime(&self) -> Duration {
        self.interval * u32::from(self.multiplier)
    }
}

/// What RIP and SAP differ in.
pub(crate) trait Protocol: Copy {
    /// What identifies an entry.
    type Key: Ord + Copy + Debug;
    /// An entry as packets carry it.
    type Entry: Copy + Debug;
    /// What a question may be confined to.
    type Scope: Copy + Debug;

    /// The scope of full updates.
    const EVERYTHING: Self::Scope;
    /// The socket that the protocol speaks from and to.
    const SOCKET: Socket;
    /// The packet type of what we send; what we hear is dispatched by socket.
    const PACKET_TYPE: PacketType;
    /// Entries in a packet.
    const PER_PACKET: usize;

    /// The settings on a circuit.
    fn settings(circuit: &Circuit) -> Settings;

    /// How long after the announcement at start the first full update comes.
    fn phase(interval: Duration) -> Duration;

    /// Entries in the table, for the pace of a full update.
    fn table_len(cx: &Cx<'_>) -> usize;

    /// What `circuit` is told of `key` now: nothing of what lies on it, or too far.
    fn entry(cx: &Cx<'_>, circuit: &Circuit, key: Self::Key) -> Option<Self::Entry>;

    /// All that `circuit` is told within `scope`, in the order of keys, behind `after`.
    fn walk<'a>(
        cx: &'a Cx<'_>,
        circuit: &'a Circuit,
        scope: Self::Scope,
        after: Option<Self::Key>,
    ) -> Box<dyn Iterator<Item = (Self::Key, Self::Entry)> + 'a>;

    /// Packets would carry both entries with the same bytes.
    fn same(one: &Self::Entry, other: &Self::Entry) -> bool;

    /// The entry at a distance of 16.
    fn down(entry: Self::Entry) -> Self::Entry;

    /// The data of a response with these entries.
    fn response(entries: &[Self::Entry]) -> Vec<u8>;

    /// The data of a request for everything.
    fn request_everything() -> Vec<u8>;
}

/// Asks one router of a LAN for all it knows. On a CMD network who shares no database any more is
/// gone, or speaks first.
pub(crate) fn ask_everything<P: Protocol>(cx: &mut Cx<'_>, circuit: CircuitId, node: NodeAddress) {
    if cx.circuits.get(circuit).is_some_and(|here| !here.is_cmd()) {
        ask::<P>(cx, circuit, node);
    }
}

/// Asks a new peer of a CMD network for everything, if its agents speak RIP and SAP to each other.
pub(crate) fn ask_peer<P: Protocol>(cx: &mut Cx<'_>, circuit: CircuitId, ip: Ipv4Addr) {
    if cx.circuits.get(circuit).is_some_and(|here| !here.nlsp) {
        ask::<P>(cx, circuit, cmd::node(ip));
    }
}

fn ask<P: Protocol>(cx: &mut Cx<'_>, circuit: CircuitId, node: NodeAddress) {
    let Some(here) = cx.circuits.get(circuit).filter(|circuit| circuit.speaks()) else { return };
    let Some(link) = here.resolve(node) else { return };
    let target = Target::One { node, socket: P::SOCKET, link };
    cx.send(circuit, target, P::PACKET_TYPE, P::SOCKET, &P::request_everything());
}
