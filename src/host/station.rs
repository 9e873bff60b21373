//! A station on an Ethernet: its addresses, which frames are for it, how its own look.
//!
//! A station has one device and on it one attachment per framing, each on an IPX network of its
//! own [ipx-rip-sap §5]. It may start without knowing a network's number and learns it as clients
//! do: from the first answer that is sent to it, or from a broadcast that names the number as
//! source and destination [ipx-rip-sap §7]. Frames look as network cards and real stations send
//! them: padded to 60 bytes with zeros, raw 802.3 rounded up to even bytes [ipx-rip-sap §6].

use bytes::Bytes;
use ipxway_core::wire::frame::{self, Framing, LinkHeader, MIN_FRAME};
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// A framing on the device, and the IPX network there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The framing.
    pub framing: Framing,
    /// The number of the network; [`NetworkNumber::THIS`] as long as it is not known.
    pub network: NetworkNumber,
}

/// A station: a node with its attachments.
#[derive(Clone, Debug)]
pub struct Station {
    /// Its node address, which is also its MAC address.
    pub node: NodeAddress,
    /// The network inside it, where node 000000000001 is the server itself.
    pub internal: Option<NetworkNumber>,
    /// Short frames are padded to 60 bytes: on a wire, not on a TAP.
    pub pads: bool,
    attachments: Vec<Attachment>,
}

/// A packet for the station.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The attachment it came in by.
    pub on: usize,
    /// Who put the frame on the wire: the sender, or the last router.
    pub from: NodeAddress,
    /// Its header.
    pub header: Header,
    /// Its data, up to the IPX length.
    pub data: &'a [u8],
}

/// A packet that the station sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// By which attachment.
    pub on: usize,
    /// To which MAC address.
    pub to: NodeAddress,
    /// The packet.
    pub packet: Bytes,
}

impl Station {
    /// A station of this node with these attachments.
    #[must_use]
    pub fn new(node: NodeAddress, attachments: &[Attachment]) -> Self {
        Self { node, internal: None, pads: true, attachments: attachments.to_vec() }
    }

    /// Its attachments.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// The number of the network at an attachment; [`NetworkNumber::THIS`] if not known.
    #[must_use]
    pub fn network(&self, on: usize) -> NetworkNumber {
        self.attachments.get(on).map_or(NetworkNumber::THIS, |attachment| attachment.network)
    }

    /// The station's address at an attachment.
    #[must_use]
    pub fn address(&self, on: usize, socket: Socket) -> Address {
        Address::new(self.network(on), self.node, socket)
    }

    /// The packet in `frame`, if it is an IPX packet for this station.
    pub fn hear<'a>(&mut self, frame: &'a [u8]) -> Option<Heard<'a>> {
        let located = frame::locate(frame).ok()?;
        if located.vlan.is_some() || located.source == self.node {
            return None;
        }
        if located.destination != self.node && !located.destination.is_group() {
            return None;
        }
        let framing = located.framing;
        let on = self.attachments.iter().position(|place| place.framing == framing)?;
        let packet = frame.get(located.packet)?;
        let header = Header::decode(packet).ok()?;
        self.learn(on, &header);
        if !self.is_for_us(on, header.destination) {
            return None;
        }
        let data = packet.get(ipxway_core::wire::ipx::HEADER_LEN..usize::from(header.length))?;
        Some(Heard { on, from: located.source, header, data })
    }

    /// Takes the network's number from a packet, if it is not known yet.
    fn learn(&mut self, on: usize, header: &Header) {
        let node = self.node;
        let Some(attachment) = self.attachments.get_mut(on) else { return };
        let (to, from) = (header.destination, header.source);
        let told = to.node == node || (to.node.is_broadcast() && from.network == to.network);
        if attachment.network == NetworkNumber::THIS && told && to.network.is_assignable() {
            attachment.network = to.network;
        }
    }

    fn is_for_us(&self, on: usize, to: Address) -> bool {
        if Some(to.network) == self.internal {
            return to.node == NodeAddress::INTERNAL || to.node.is_broadcast();
        }
        let here = to.network == NetworkNumber::THIS || to.network == self.network(on);
        here && (to.node == self.node || to.node.is_broadcast())
    }

    /// A broadcast from `socket` at an attachment to the same wire.
    #[must_use]
    pub fn broadcast(
        &self,
        on: usize,
        packet_type: PacketType,
        (from, to): (Socket, Socket),
        data: &[u8],
    ) -> Outgoing {
        let destination = Address::new(self.network(on), NodeAddress::BROADCAST, to);
        let header = Header::new(packet_type, self.address(on, from), destination);
        Outgoing { on, to: NodeAddress::BROADCAST, packet: header.packet(data) }
    }

    /// The answer to a packet, from the address it was sent to, straight back to the frame's
    /// sender.
    #[must_use]
    pub fn reply(&self, to: &Heard<'_>, packet_type: PacketType, data: &[u8]) -> Outgoing {
        let socket = to.header.destination.socket;
        let inside = self.internal.filter(|&network| network == to.header.destination.network);
        let source = match inside {
            Some(network) => Address::new(network, NodeAddress::INTERNAL, socket),
            None => self.address(to.on, socket),
        };
        let mut destination = to.header.source;
        if destination.network == NetworkNumber::THIS {
            destination.network = self.network(to.on);
        }
        let packet = Header::new(packet_type, source, destination).packet(data);
        Outgoing { on: to.on, to: to.from, packet }
    }

    /// The frame of a packet, appended to `room`. Nothing, if there is no such attachment.
    pub fn frame(&self, outgoing: &Outgoing, room: &mut Vec<u8>) {
        let Some(attachment) = self.attachments.get(outgoing.on) else { return };
        let header = LinkHeader {
            destination: outgoing.to,
            source: self.node,
            vlan: None,
            framing: attachment.framing,
        };
        let start = room.len();
        let odd = attachment.framing == Framing::Raw8023 && outgoing.packet.len() % 2 == 1;
        room.resize(start + header.len(), 0);
        if let Some(place) = room.get_mut(start..) {
            header.write(place, outgoing.packet.len() + usize::from(odd));
        }
        room.extend_from_slice(&outgoing.packet);
        if odd {
            room.push(0);
        }
        if self.pads && room.len() < start + MIN_FRAME {
            room.resize(start + MIN_FRAME, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
    const ROUTER: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xa1]);
    const NET: NetworkNumber = NetworkNumber(0xa1);

    fn station(framing: Framing, network: NetworkNumber) -> Station {
        Station::new(NODE, &[Attachment { framing, network }])
    }

    fn frame(framing: Framing, from: Address, to: Address, data: &[u8]) -> Vec<u8> {
        let sender = Station::new(from.node, &[Attachment { framing, network: from.network }]);
        let packet = Header::new(PacketType::PEP, from, to).packet(data);
        let mut room = Vec::new();
        sender.frame(&Outgoing { on: 0, to: to.node, packet }, &mut room);
        room
    }

    fn at(network: NetworkNumber, node: NodeAddress) -> Address {
        Address::new(network, node, Socket(0x4003))
    }

    #[test]
    fn what_one_station_sends_another_hears_in_every_framing_and_size() {
        for framing in Framing::ALL {
            for size in [0, 1, 2, 15, 16, 17, 500, 1461] {
                let data: Vec<u8> = (0..=255).cycle().take(size).collect();
                let frame = frame(framing, at(NET, ROUTER), at(NET, NODE), &data);
                assert!(frame.len() >= MIN_FRAME, "{framing}: {}", frame.len());
                let mut station = station(framing, NET);
                let heard = station.hear(&frame).expect("for us");
                assert_eq!((heard.from, heard.data), (ROUTER, data.as_slice()), "{framing}");
            }
        }
    }

    #[test]
    fn only_raw_802_3_is_rounded_up_to_even_bytes_and_says_so_in_its_length() {
        let lengths = Framing::ALL.map(|framing| {
            let frame = frame(framing, at(NET, ROUTER), at(NET, NODE), &[7; 71]);
            let length = usize::from(u16::from_be_bytes([frame[12], frame[13]]));
            (frame.len() - 14, length)
        });
        // 101 bytes of IPX: alone, evenised, behind 3 bytes of LLC, behind 8 of SNAP.
        assert_eq!(lengths, [(101, 0x8137), (102, 102), (104, 104), (109, 109)]);
    }

    #[test]
    fn the_number_of_the_network_is_taken_from_the_first_answer() {
        let mut station = station(Framing::Llc8022, NetworkNumber::THIS);
        let to_another = frame(Framing::Llc8022, at(NET, ROUTER), at(NET, ROUTER), b"");
        assert!(station.hear(&to_another).is_none());
        assert_eq!(station.network(0), NetworkNumber::THIS);
        let answer = frame(Framing::Llc8022, at(NET, ROUTER), at(NET, NODE), b"");
        assert!(station.hear(&answer).is_some());
        assert_eq!(station.network(0), NET);
        let other = frame(Framing::Llc8022, at(NetworkNumber(0xb2), ROUTER), at(NET, NODE), b"");
        assert!(station.hear(&other).is_some());
        assert_eq!(station.network(0), NET);
    }

    #[test]
    fn the_number_is_not_taken_from_a_broadcast_that_leaves_it_open() {
        let mut station = station(Framing::Snap, NetworkNumber::THIS);
        for (from, to) in [(NetworkNumber::THIS, NetworkNumber::THIS), (NET, NetworkNumber::THIS)] {
            station.hear(&frame(
                Framing::Snap,
                at(from, ROUTER),
                at(to, NodeAddress::BROADCAST),
                b"",
            ));
            assert_eq!(station.network(0), NetworkNumber::THIS);
        }
        station.hear(&frame(Framing::Snap, at(NET, ROUTER), at(NET, NodeAddress::BROADCAST), b""));
        assert_eq!(station.network(0), NET);
    }

    #[test]
    fn a_frame_in_another_framing_or_for_another_node_is_not_for_us() {
        let mut station = station(Framing::EthernetII, NET);
        assert!(station.hear(&frame(Framing::Snap, at(NET, ROUTER), at(NET, NODE), b"")).is_none());
        let elsewhere = at(NetworkNumber(0xb2), NODE);
        assert!(
            station.hear(&frame(Framing::EthernetII, at(NET, ROUTER), elsewhere, b"")).is_none()
        );
    }
}
