//! The way of a packet of our own to an address anywhere: what the data plane does for others,
//! by the route table itself.

use crate::forward::{LinkDestination, Outcome};
use crate::hub::Circuit;
use crate::ids::CircuitId;
use crate::router::{Cx, Sender};
use crate::wire::ipx::{HEADER_LEN, Header, PacketType};
use crate::wire::{Address, NodeAddress, Socket};

/// How to reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The circuit to leave by.
    pub(super) circuit: CircuitId,
    /// The destination itself, or the next router.
    pub(super) link: LinkDestination,
    /// The largest packet that leaves by the circuit, in bytes.
    pub(super) max_packet: usize,
}

impl Way {
    /// The way to an address by the route table.
    ///
    /// # Errors
    /// [`Outcome::NoRoute`], [`Outcome::CircuitDown`], or [`Outcome::NoPeer`] if the address is on
    /// a CMD network but no peer.
    pub(super) fn to(cx: &Cx<'_>, address: Address) -> Result<Self, Outcome> {
        if !address.network.is_assignable() {
            return Err(Outcome::NoRoute);
        }
        let offer = cx.rib.lookup(address.network).ok_or(Outcome::NoRoute)?;
        let id = offer.origin.circuit.ok_or(Outcome::NoRoute)?;
        let circuit = cx.circuits.get(id).filter(|c| c.is_up()).ok_or(Outcome::CircuitDown)?;
        let crosses = offer.origin.source.crosses_router();
        let node = if crosses { offer.origin.node } else { address.node };
        let link = circuit.resolve(node).ok_or(Outcome::NoPeer)?;
        Ok(Self { circuit: id, link, max_packet: circuit.max_packet() })
    }

    /// The way back to a sender: straight to a neighbour on the network that we share, else by
    /// the route table.
    ///
    /// # Errors
    /// As [`to`](Self::to).
    pub(super) fn back_to(cx: &Cx<'_>, sender: &Sender) -> Result<Self, Outcome> {
        let here = cx.circuits.get(sender.circuit).ok_or(Outcome::NoCircuit)?;
        if here.network != sender.address.network {
            return Self::to(cx, sender.address);
        }
        let link = Circuit::back_to(sender.link);
        Ok(Self { circuit: here.id, link, max_packet: here.max_packet() })
    }

    /// Our address on the circuit that the way leaves by.
    pub(super) fn source(&self, cx: &Cx<'_>, socket: Socket) -> Option<Address> {
        let circuit = cx.circuits.get(self.circuit)?;
        Some(Address::new(circuit.network, circuit.node, socket))
    }

    /// Sends `data` by this way.
    ///
    /// # Errors
    /// [`Outcome::OutTooBig`] if the circuit does not take so large a packet.
    pub(super) fn send(
        &self,
        cx: &mut Cx<'_>,
        source: Address,
        destination: Address,
        data: &[u8],
    ) -> Result<(), Outcome> {
        if HEADER_LEN + data.len() > self.max_packet {
            return Err(Outcome::OutTooBig);
        }
        let packet = Header::new(PacketType::PEP, source, destination).packet(data);
        cx.transmit(self.circuit, &[self.link], &packet);
        Ok(())
    }
}

/// The address is one of the agent's own.
pub(super) fn is_ours(cx: &Cx<'_>, address: Address) -> bool {
    let Address { network, node, .. } = address;
    let internal = cx.internal.0 != 0 && network == cx.internal && node == NodeAddress::INTERNAL;
    internal || cx.circuits.iter().any(|c| c.is_up() && c.network == network && c.node == node)
}
