//! From a packet on a circuit to bytes of a port: the link header, evenising, padding.

use std::net::SocketAddrV4;

use super::{FibCircuit, Link, LinkDestination, Outcome, View};
use crate::ids::PortId;
use crate::wire::frame::{LinkHeader, MIN_FRAME};
use crate::wire::{NodeAddress, cmd};

/// What the window now holds, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// A frame, for a LAN port.
    Frame {
        /// The port.
        port: PortId,
    },
    /// The payload of a datagram.
    Datagram {
        /// The socket to send from.
        port: PortId,
        /// Where to.
        to: SocketAddrV4,
        /// It is larger than the MTU of the way out, so IP fragments it.
        fragmented: bool,
    },
}

/// Turns the packet in the window into what the circuit's port sends. The window needs
/// [`MAX_LINK_HEADER`](crate::wire::frame::MAX_LINK_HEADER) bytes of room before it and
/// [`MIN_FRAME`] behind it.
///
/// # Errors
/// [`Outcome::CircuitDown`] if the circuit is down, [`Outcome::OutTooBig`] if the packet is larger
/// than it allows or the buffer has no room, [`Outcome::NoPeer`] if the destination is of the
/// other kind of link.
pub fn emit(
    circuit: &FibCircuit,
    to: LinkDestination,
    packet: &mut View<'_>,
) -> Result<Outbound, Outcome> {
    if !circuit.up {
        return Err(Outcome::CircuitDown);
    }
    if packet.len() > circuit.max_packet {
        return Err(Outcome::OutTooBig);
    }
    match (&circuit.link, to) {
        (Link::Cmd(link), LinkDestination::Peer(ip)) => Ok(Outbound::Datagram {
            port: link.port,
            to: link.socket(ip),
            fragmented: packet.len() + cmd::OVERHEAD > link.mtu,
        }),
        (Link::Lan(link), LinkDestination::Node(_) | LinkDestination::Broadcast) => {
            let destination = match to {
                LinkDestination::Node(node) => node,
                _ => NodeAddress::BROADCAST,
            };
            let source = circuit.node;
            let header = LinkHeader { destination, source, vlan: link.vlan, framing: link.framing };
            let odd = (link.framing.llc_len() + packet.len()) % 2 == 1;
            let mut room = !(link.evenise && odd) || packet.grow_back(1);
            let payload = packet.len();
            room = room
                && packet
                    .grow_front(header.len())
                    .map(|room| header.write(room, payload))
                    .is_some();
            if link.pad && packet.len() < MIN_FRAME {
                room = room && packet.grow_back(MIN_FRAME - packet.len());
            }
            if room { Ok(Outbound::Frame { port: link.port }) } else { Err(Outcome::OutTooBig) }
        }
        _ => Err(Outcome::NoPeer),
    }
}
