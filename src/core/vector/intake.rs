//! Whose packets count: neighbours on this very network, and nobody else.

use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::{Cx, Event, Lasting, Sender};

/// What a RIP or SAP packet is, by its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A neighbour on this network.
    Neighbour,
    /// Our own packet, or one that came by a circuit that we do not speak on.
    Ignored,
    /// A station that says it is on another network [ipx-rip-sap §7].
    Elsewhere,
    /// The circuit's number is still to be learned, and this packet names one.
    Teaches,
}

/// Looks at the sender of a packet; tells the operator of contradictions.
pub(crate) fn standing(cx: &mut Cx<'_>, sender: &Sender) -> Standing {
    let Some(circuit) = cx.circuits.get(sender.circuit) else { return Standing::Ignored };
    let (id, ours) = (circuit.id, circuit.network);
    let node = sender.neighbour();
    if node == circuit.node || sender.address.node == circuit.node {
        return Standing::Ignored;
    }
    if let Some(other) = cx.circuits.of_node(node).map(|other| other.id) {
        on_one_wire(cx, id, other);
        return Standing::Ignored;
    }
    if circuit.silenced || !circuit.port_up {
        return Standing::Ignored;
    }
    let theirs = sender.address.network;
    if ours.0 == 0 {
        return if theirs.is_assignable() { Standing::Teaches } else { Standing::Ignored };
    }
    if theirs != ours && theirs.0 != 0 {
        let circuit = circuit.name.clone();
        // Who asks us alone may well be elsewhere; a broadcast never left its wire.
        if sender.broadcast {
            cx.out.event_once(
                Lasting::NetworkMismatch(id, theirs, node),
                Event::NetworkMismatch { circuit, ours, theirs, node },
            );
        }
        return Standing::Elsewhere;
    }
    Standing::Neighbour
}

/// The sender shares our link-state database: what it tells we know from there, and its copy of
/// what we told it must not come back [nlsp §13.3.1].
pub(crate) fn shares_database(cx: &Cx<'_>, sender: &Sender) -> bool {
    let here = cx.circuits.get(sender.circuit);
    here.is_some_and(|circuit| circuit.link_state.contains(&sender.neighbour()))
}

/// A response was sent to all, not as an answer to a question of ours. On a CMD network every
/// packet is for one peer, but there we ask nobody while NLSP is spoken.
pub(crate) fn unasked(cx: &Cx<'_>, sender: &Sender) -> bool {
    sender.broadcast || cx.circuits.get(sender.circuit).is_some_and(Circuit::is_cmd)
}

/// Two circuits of ours hear each other: the later one falls silent, or each would take the
/// other for a router [ipx-rip-sap §21.59]. It speaks again when nothing of the other was heard
/// for the ageing time: a real wire says so every minute, a forged frame only once.
fn on_one_wire(cx: &mut Cx<'_>, one: CircuitId, other: CircuitId) {
    let (first, second) = (one.min(other), one.max(other));
    let ageing = cx.circuits.get(first).map(|c| c.rip.interval * u32::from(c.rip.multiplier));
    if !cx.circuits.silence(second, cx.now + ageing.unwrap_or_default()) {
        return;
    }
    let name = |id| cx.circuits.get(id).map(|circuit| circuit.name.clone()).unwrap_or_default();
    let (circuit, silenced) = (name(first), name(second));
    cx.out.event(Event::CircuitsOnOneWire { circuit, silenced });
}
