//! What the agent sent, decoded.

use std::ops::Range;

use bytes::Bytes;
use ipxway_core::Time;
use ipxway_core::forward::LinkDestination;
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::{Socket, rip, sap};

/// Something that the agent sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// When.
    pub(crate) at: Time,
    /// By which circuit.
    pub(crate) circuit: CircuitId,
    /// By which port.
    pub(crate) port: PortId,
    /// To whom on the link.
    pub(crate) link: LinkDestination,
    /// The IPX header.
    pub(crate) header: Header,
    /// What follows the header, cut to the IPX length.
    pub(crate) data: Bytes,
    /// All bytes: the frame, or the datagram's payload.
    pub(crate) bytes: Bytes,
}

impl Sent {
    pub(super) fn decode(
        at: Time,
        circuit: CircuitId,
        port: PortId,
        link: LinkDestination,
        packet: Range<usize>,
        bytes: Bytes,
    ) -> Self {
        let packet = bytes.slice(packet);
        let header = Header::decode(&packet).expect("what the agent sends is an IPX packet");
        let data = packet.slice(HEADER_LEN..usize::from(header.length));
        Self { at, circuit, port, link, header, data, bytes }
    }

    /// It is RIP by its sockets.
    pub(crate) fn is_rip(&self) -> bool {
        self.header.source.socket == Socket::RIP
    }

    /// It is SAP by its sockets.
    pub(crate) fn is_sap(&self) -> bool {
        self.header.source.socket == Socket::SAP
    }

    /// The RIP packet in it.
    pub(crate) fn rip(&self) -> rip::Packet {
        let packet = rip::Packet::decode(&self.data).expect("RIP");
        assert_eq!(packet.trailing, 0);
        packet
    }

    /// The SAP packet in it.
    pub(crate) fn sap(&self) -> sap::Packet {
        sap::Packet::decode(&self.data).expect("SAP")
    }

    /// The routes of a RIP response: network, hops, ticks.
    pub(crate) fn routes(&self) -> Vec<(u32, u16, u16)> {
        let packet = self.rip();
        assert_eq!(packet.operation, rip::Operation::Response, "{self:?}");
        packet.entries.iter().map(|e| (e.network.0, e.hops, e.ticks)).collect()
    }

    /// The services of a SAP response, of either kind.
    pub(crate) fn services(&self) -> Vec<sap::Entry> {
        match self.sap() {
            sap::Packet::Response { entries, trailing: 0, .. } => entries,
            other => panic!("no SAP response: {other:?}"),
        }
    }
}

/// What was sent, to be looked through.
#[derive(Clone, Debug)]
pub(crate) struct Sendings(pub(crate) Vec<Sent>);

impl Sendings {
    /// What was sent by one circuit.
    pub(crate) fn on(&self, circuit: CircuitId) -> Self {
        self.filter(|sent| sent.circuit == circuit)
    }

    /// What was sent to one link destination.
    pub(crate) fn to(&self, link: LinkDestination) -> Self {
        self.filter(|sent| sent.link == link)
    }

    /// RIP responses.
    pub(crate) fn rip_responses(&self) -> Self {
        self.filter(|sent| sent.is_rip() && sent.rip().operation == rip::Operation::Response)
    }

    /// RIP requests.
    pub(crate) fn rip_requests(&self) -> Self {
        self.filter(|sent| sent.is_rip() && sent.rip().operation == rip::Operation::Request)
    }

    /// SAP responses of a kind.
    pub(crate) fn sap_responses(&self, wanted: sap::Kind) -> Self {
        self.filter(|sent| {
            sent.is_sap()
                && matches!(sent.sap(), sap::Packet::Response { kind, .. } if kind == wanted)
        })
    }

    /// SAP queries.
    pub(crate) fn sap_queries(&self) -> Self {
        self.filter(|sent| sent.is_sap() && matches!(sent.sap(), sap::Packet::Query { .. }))
    }

    /// What satisfies a condition.
    pub(crate) fn filter(&self, wanted: impl Fn(&Sent) -> bool) -> Self {
        Self(self.0.iter().filter(|sent| wanted(sent)).cloned().collect())
    }

    /// Times and routes of all RIP responses that tell of a network.
    pub(crate) fn told_of(&self, network: u32) -> Vec<(Time, u16, u16)> {
        let mut told = Vec::new();
        for sent in &self.rip_responses().0 {
            let mine = sent.routes().into_iter().filter(|&(n, ..)| n == network);
            told.extend(mine.map(|(_, hops, ticks)| (sent.at, hops, ticks)));
        }
        told
    }

    /// Times and hops of all general SAP responses that tell of a service.
    pub(crate) fn told_of_service(&self, name: &str) -> Vec<(Time, u16)> {
        let mut told = Vec::new();
        for sent in &self.sap_responses(sap::Kind::General).0 {
            let mine =
                sent.services().into_iter().filter(|e| e.name == sap::ServiceName::new(name));
            told.extend(mine.map(|entry| (sent.at, entry.hops)));
        }
        told
    }

    /// The one packet there is.
    pub(crate) fn only(&self) -> &Sent {
        match self.0.as_slice() {
            [one] => one,
            all => panic!("expected one packet, not {}: {all:#?}", all.len()),
        }
    }

    /// Nothing was sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many packets.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
