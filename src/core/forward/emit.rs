//! From a packet on a circuit to bytes of a port: the link header, evenising, padding.

use std::net::SocketAddrV4;

use super::{FibCircuit, LanLink, Link, LinkDestination, Outcome, View};
use crate::ids::PortId;
use crate::wire::frame::{Framing, LinkHeader, MIN_FRAME};
use crate::wire::{NodeAddress, cmd, ipx};

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
/// other kind of link, [`Outcome::ChecksumInTheWay`] and [`Outcome::BadChecksum`] on raw 802.3.
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
    let (link, destination) = match (&circuit.link, to) {
        (Link::Cmd(link), LinkDestination::Peer(ip)) => {
            return Ok(Outbound::Datagram {
                port: link.port,
                to: link.socket(ip),
                fragmented: packet.len() + cmd::OVERHEAD > link.mtu,
            });
        }
        (Link::Lan(link), LinkDestination::Node(node)) => (link, node),
        (Link::Lan(link), LinkDestination::Broadcast) => (link, NodeAddress::BROADCAST),
        _ => return Err(Outcome::NoPeer),
    };
    clear_checksum(circuit, packet)?;
    let (source, vlan, framing) = (circuit.node, link.vlan, link.framing);
    let header = LinkHeader { destination, source, vlan, framing };
    frame(link, header, packet).ok_or(Outcome::OutTooBig)?;
    Ok(Outbound::Frame { port: link.port })
}

/// Puts the packet into a frame; `None` if the buffer has no room for one.
fn frame(link: &LanLink, header: LinkHeader, packet: &mut View<'_>) -> Option<()> {
    let odd = (link.framing.llc_len() + packet.len()) % 2 == 1;
    if link.evenise && odd {
        packet.grow_back(1).then_some(())?;
    }
    // The 802.3 length counts the evenising byte, but not the padding [ipx-rip-sap §6].
    let payload = packet.len();
    header.write(packet.grow_front(header.len())?, payload);
    if link.pad {
        packet.grow_back(MIN_FRAME.saturating_sub(packet.len())).then_some(())?;
    }
    Some(())
}

/// Makes the checksum field FFFF if the packet leaves as raw 802.3, where FFFF marks the frame
/// [ipx-rip-sap §1.1].
///
/// # Errors
/// [`Outcome::BadChecksum`] if a checksum was in use and wrong, [`Outcome::ChecksumInTheWay`] if
/// the circuit does not strip valid ones.
pub(super) fn clear_checksum(circuit: &FibCircuit, packet: &mut View<'_>) -> Result<(), Outcome> {
    let Some(link) = circuit.lan().filter(|link| link.framing == Framing::Raw8023) else {
        return Ok(());
    };
    match packet.bytes() {
        [0xff, 0xff, ..] => return Ok(()),
        // An emulator's way to say that there is none [ipx-rip-sap §22.29].
        [0, 0, ..] => {}
        bytes if !ipx::checksum_holds(bytes) => return Err(Outcome::BadChecksum),
        _ if !link.strip_checksum => return Err(Outcome::ChecksumInTheWay),
        _ => {}
    }
    ipx::set_checksum(packet.bytes_mut(), ipx::NO_CHECKSUM);
    Ok(())
}
