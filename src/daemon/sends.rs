//! The router's own packets on their way out: made ready for their ports, and sent in batches.

use std::net::SocketAddrV4;

use ipxway_core::forward::{
    self, Counters, Egress, Fib, HEADROOM, LinkDestination, Outbound, View,
};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::wire::frame::MIN_FRAME;
use ipxway_drivers::Outgoing;

use super::ports::Ports;

/// Packets that are held back at most before they are sent.
const MAX_WAITING: usize = 1_024;

/// Packets that are ready to go.
#[derive(Debug, Default)]
pub(super) struct Sends {
    waiting: Vec<Ready>,
}

#[derive(Debug)]
struct Ready {
    port: PortId,
    to: Option<SocketAddrV4>,
    bytes: Vec<u8>,
}

impl Sends {
    /// Adds a packet. One that no longer has a way out, because its circuit has just gone down, is
    /// dropped: its engine says it again when the circuit is back.
    pub(super) fn add(
        &mut self,
        fib: &Fib,
        counters: &mut Counters,
        circuit: CircuitId,
        to: LinkDestination,
        packet: &[u8],
    ) {
        let mut buffer = vec![0; HEADROOM + packet.len() + MIN_FRAME];
        if let Some(place) = buffer.get_mut(HEADROOM..HEADROOM + packet.len()) {
            place.copy_from_slice(packet);
        }
        let mut view = View::new(&mut buffer, HEADROOM, HEADROOM + packet.len());
        let Ok(outbound) = forward::send(fib, counters, Egress { circuit, to }, &mut view) else {
            return;
        };
        let (port, to) = match outbound {
            Outbound::Frame { port } => (port, None),
            Outbound::Datagram { port, to, .. } => (port, Some(to)),
        };
        let range = view.range();
        buffer.truncate(range.end);
        buffer.drain(..range.start);
        self.waiting.push(Ready { port, to, bytes: buffer });
    }

    /// Enough wait to be sent.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING
    }

    /// Sends all that waits, port by port, in order.
    pub(super) fn flush(&mut self, ports: &Ports, counters: &mut Counters) {
        // Stable: the packets of a port keep their order.
        self.waiting.sort_by_key(|ready| ready.port);
        for group in self.waiting.chunk_by(|a, b| a.port == b.port) {
            let Some(first) = group.first() else { continue };
            let packets: Vec<Outgoing<'_>> =
                group.iter().map(|ready| Outgoing { bytes: &ready.bytes, to: ready.to }).collect();
            let dropped = ports.send(first.port, &packets);
            counters.port(first.port).out_errors += dropped as u64;
        }
        self.waiting.clear();
    }
}
