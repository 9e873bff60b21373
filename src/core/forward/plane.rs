//! One packet through the data plane, from the bytes of a port to the bytes of a port, counted
//! on the way. The daemon's threads, replay and the simulator all call this.
//!
//! Nothing is copied: the packet stays in the buffer that it was received into.

use std::net::SocketAddrV4;
use std::ops::Range;

use super::{
    Counters, Egress, Fib, Lane, LinkDestination, LinkSource, Outbound, Outcome, Received, Refused,
    Verdict, View, emit, forward, receive_datagram, receive_frame,
};
use crate::ids::PortId;
use crate::router::Input;

/// Where bytes came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A frame on a LAN port.
    Frame {
        /// The port.
        port: PortId,
    },
    /// The payload of a datagram on a UDP port.
    Datagram {
        /// The port.
        port: PortId,
        /// Who sent it.
        from: SocketAddrV4,
    },
}

/// What the host still has to do for a packet.
#[derive(Clone, Debug)]
pub enum Handling {
    /// Send these bytes of the buffer.
    Send {
        /// By which port, where to.
        outbound: Outbound,
        /// The bytes.
        bytes: Range<usize>,
    },
    /// Give the packet to the router, through this lane. If the lane is full, the packet is lost
    /// and [`Outcome::PuntOverflow`] is counted on its circuit.
    Punt {
        /// The lane.
        lane: Lane,
        /// The circuit, and who sent it. [`Received::packet`] is of the buffer no more.
        received: Received,
        /// The packet.
        bytes: Range<usize>,
    },
    /// Nothing; but the router tells operators of packets like this one.
    Tell(Input),
    /// Nothing: dropped and counted.
    Nothing,
}

/// Takes what a port received: `bytes` of `buffer`. The buffer needs
/// [`HEADROOM`](super::HEADROOM) before them, and [`MIN_FRAME`](crate::wire::frame::MIN_FRAME)
/// behind them for padding.
///
/// Counts the packet on its port, circuit and peer, and its outcome unless it is punted: then the
/// router does.
#[must_use]
pub fn receive(
    fib: &Fib,
    counters: &mut Counters,
    arrival: Arrival,
    buffer: &mut [u8],
    bytes: Range<usize>,
) -> Handling {
    let mut view = View::new(buffer, bytes.start, bytes.end);
    let (port, found) = match arrival {
        Arrival::Frame { port } => (port, receive_frame(fib, port, view.bytes())),
        Arrival::Datagram { port, from } => (port, receive_datagram(fib, port, from, view.bytes())),
    };
    counters.port(port).received(view.len());
    let received = match found {
        Ok(received) => received,
        Err(Refused { outcome, circuit: None, .. }) => {
            counters.port(port).outcomes.count(outcome);
            return Handling::Nothing;
        }
        Err(Refused { outcome, circuit: Some(circuit), stranger }) => {
            let traffic = counters.circuit(circuit);
            traffic.received(view.len());
            traffic.outcomes.count(outcome);
            let tell = |ip| Handling::Tell(Input::Stranger { circuit, ip });
            return stranger.map_or(Handling::Nothing, tell);
        }
    };
    view.narrow(received.packet.clone());
    count_arrival(fib, counters, &received, view.len());
    let circuit = received.circuit;
    let outcome = match forward(fib, &received, &mut view) {
        Verdict::Punt(lane) => return Handling::Punt { lane, received, bytes: view.range() },
        Verdict::Drop(outcome) => outcome,
        Verdict::Transmit(egress) => match send(fib, counters, egress, &mut view) {
            Ok(outbound) => {
                counters.circuit(circuit).outcomes.count(Outcome::Forwarded);
                return Handling::Send { outbound, bytes: view.range() };
            }
            Err(outcome) => outcome,
        },
    };
    counters.circuit(circuit).outcomes.count(outcome);
    if outcome == Outcome::OutTooBig {
        Handling::Tell(too_big(&received))
    } else {
        Handling::Nothing
    }
}

/// Makes the packet in the window ready for its port, and counts it as sent on its circuit, port
/// and peer. For packets that are forwarded, and for those of the router's own.
///
/// # Errors
/// As [`emit`]; [`Outcome::CircuitDown`] if there is no such circuit. Nothing is counted then.
pub fn send(
    fib: &Fib,
    counters: &mut Counters,
    egress: Egress,
    packet: &mut View<'_>,
) -> Result<Outbound, Outcome> {
    let circuit = fib.circuit(egress.circuit).ok_or(Outcome::CircuitDown)?;
    let size = packet.len();
    let outbound = emit(circuit, egress.to, packet)?;
    let traffic = counters.circuit(egress.circuit);
    traffic.sent(size);
    let port = match outbound {
        Outbound::Frame { port } => port,
        Outbound::Datagram { port, fragmented, .. } => {
            traffic.out_fragmented += u64::from(fragmented);
            port
        }
    };
    counters.port(port).sent(packet.len());
    if let LinkDestination::Peer(ip) = egress.to
        && let Some(id) = circuit.cmd().and_then(|cmd| cmd.peer(ip))
    {
        let peer = counters.peer(id);
        peer.out_packets += 1;
        peer.out_bytes += size as u64;
    }
    Ok(outbound)
}

fn count_arrival(fib: &Fib, counters: &mut Counters, received: &Received, size: usize) {
    counters.circuit(received.circuit).received(size);
    if let LinkSource::Peer(ip) = received.from
        && let Some(id) = fib.circuit(received.circuit).and_then(|c| c.cmd()?.peer(ip))
    {
        let peer = counters.peer(id);
        peer.in_packets += 1;
        peer.in_bytes += size as u64;
    }
}

/// What the router is told of a packet that was too large for its way out.
fn too_big(received: &Received) -> Input {
    Input::TooBig {
        circuit: received.circuit,
        source: received.header.source,
        network: received.header.destination.network,
        size: received.header.length,
    }
}
