//! Who the agent hears on the bench, and what they say.

use bytes::Bytes;
use ipxway_core::forward::{LinkDestination, LinkSource};
use ipxway_core::ids::CircuitId;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd, rip, sap};

/// A station or peer that the agent hears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    pub(crate) circuit: CircuitId,
    pub(crate) network: NetworkNumber,
    pub(crate) link: LinkSource,
}

impl Neighbour {
    /// Its node on the circuit.
    pub(crate) fn node(&self) -> NodeAddress {
        match self.link {
            LinkSource::Node(node) => node,
            LinkSource::Peer(ip) => cmd::node(ip),
        }
    }

    /// Its IPX address on the circuit.
    pub(crate) fn address(&self, socket: Socket) -> Address {
        Address::new(self.network, self.node(), socket)
    }

    /// How the agent reaches it.
    pub(crate) fn link_destination(&self) -> LinkDestination {
        match self.link {
            LinkSource::Node(node) => LinkDestination::Node(node),
            LinkSource::Peer(ip) => LinkDestination::Peer(ip),
        }
    }

    /// Every node's socket on the circuit.
    pub(crate) fn everyone(&self, socket: Socket) -> Address {
        Address::new(self.network, NodeAddress::BROADCAST, socket)
    }

    /// A RIP response from this router to every node.
    pub(crate) fn tell_rip(&self, routes: &[(u32, u16, u16)]) -> Bytes {
        let entries: Vec<rip::Entry> = routes
            .iter()
            .map(|&(network, hops, ticks)| rip::Entry {
                network: NetworkNumber(network),
                hops,
                ticks,
            })
            .collect();
        let data = rip::encode(rip::Operation::Response, &entries);
        self.packet(PacketType::RIP, Socket::RIP, self.everyone(Socket::RIP), &data)
    }

    /// A RIP request from one of its sockets to every node.
    pub(crate) fn ask_rip(&self, from: Socket, networks: &[u32]) -> Bytes {
        let networks: Vec<NetworkNumber> = networks.iter().copied().map(NetworkNumber).collect();
        let data = rip::encode_request(&networks);
        self.packet(PacketType::RIP, from, self.everyone(Socket::RIP), &data)
    }

    /// A SAP response from this router or server to every node.
    pub(crate) fn tell_sap(&self, entries: &[sap::Entry]) -> Bytes {
        let data = sap::encode_response(sap::Kind::General, entries);
        self.packet(PacketType::PEP, Socket::SAP, self.everyone(Socket::SAP), &data)
    }

    /// A SAP query from one of its sockets to every node.
    pub(crate) fn ask_sap(&self, from: Socket, kind: sap::Kind, service_type: u16) -> Bytes {
        let data = sap::encode_query(kind, sap::ServiceType(service_type));
        self.packet(PacketType::PEP, from, self.everyone(Socket::SAP), &data)
    }

    /// Any packet of its own.
    pub(crate) fn packet(
        &self,
        packet_type: PacketType,
        from: Socket,
        to: Address,
        data: &[u8],
    ) -> Bytes {
        Header::new(packet_type, self.address(from), to).packet(data)
    }
}
