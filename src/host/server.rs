//! What a server says unasked, and what it answers.
//!
//! Without an internal network it is a station like a print server: its services are on the wire
//! and it sends no RIP of its own [ipx-rip-sap §22.19]. With one it is a NetWare server: its
//! services are on the internal network at node 000000000001, and it is the router to it.

use ipxway_core::wire::ipx::PacketType;
use ipxway_core::wire::sap::{self, ServiceType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, ping, rip};

use super::station::{Heard, Outgoing, Station};

/// A service of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called, 1 to 47 bytes.
    pub name: String,
    /// Where in the node it is.
    pub socket: Socket,
}

/// A server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its services.
    pub services: Vec<Service>,
}

/// Up, or going down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Services and network are one hop away.
    Up,
    /// They are 16 hops away: gone.
    Down,
}

impl Server {
    /// The periodic announcements at an attachment: RIP if there is an internal network, then
    /// SAP. Nothing while the number of the network is not known.
    #[must_use]
    pub fn announcements(&self, station: &Station, on: usize, state: State) -> Vec<Outgoing> {
        let mut packets = Vec::new();
        if station.network(on) == NetworkNumber::THIS {
            return packets;
        }
        if let Some(network) = station.internal {
            let hops = if state == State::Up { 1 } else { rip::INFINITY };
            let data =
                rip::encode(rip::Operation::Response, &[rip::Entry { network, hops, ticks: 2 }]);
            let sockets = (Socket::RIP, Socket::RIP);
            packets.push(station.broadcast(on, PacketType::RIP, sockets, &data));
        }
        let entries = self.entries(station, on, ServiceType::ALL, state);
        for some in entries.chunks(sap::MAX_ENTRIES) {
            let data = sap::encode_response(sap::Kind::General, some);
            let sockets = (Socket::SAP, Socket::SAP);
            packets.push(station.broadcast(on, PacketType::PEP, sockets, &data));
        }
        packets
    }

    /// The questions of a station that does not know the number of its network: a general RIP
    /// request [ipx-rip-sap §7].
    #[must_use]
    pub fn question(station: &Station, on: usize) -> Outgoing {
        let data = rip::encode_request(&[NetworkNumber::ALL]);
        station.broadcast(on, PacketType::RIP, (Socket::RIP, Socket::RIP), &data)
    }

    /// The answers to a packet.
    #[must_use]
    pub fn answers(&self, station: &Station, heard: &Heard<'_>) -> Vec<Outgoing> {
        if heard.header.source.node == station.node || heard.header.source.node.is_group() {
            return Vec::new();
        }
        match heard.header.destination.socket {
            Socket::RIP => self.answer_rip(station, heard).into_iter().collect(),
            Socket::SAP => self.answer_sap(station, heard),
            Socket::PING => answer_ping(station, heard).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn answer_rip(&self, station: &Station, heard: &Heard<'_>) -> Option<Outgoing> {
        // Only a server with a network inside is a router.
        let internal = station.internal?;
        let packet = rip::Packet::decode(heard.data).ok()?;
        if packet.operation != rip::Operation::Request {
            return None;
        }
        let here = station.network(heard.on);
        let asked = |network| packet.entries.iter().any(|entry| entry.network == network);
        let mut entries = Vec::new();
        if asked(internal) || asked(NetworkNumber::ALL) {
            entries.push(rip::Entry { network: internal, hops: 1, ticks: 2 });
        }
        if here != NetworkNumber::THIS && asked(here) {
            entries.push(rip::Entry { network: here, hops: 1, ticks: 1 });
        }
        let data = rip::encode(rip::Operation::Response, &entries);
        (!entries.is_empty()).then(|| station.reply(heard, PacketType::RIP, &data))
    }

    fn answer_sap(&self, station: &Station, heard: &Heard<'_>) -> Vec<Outgoing> {
        let Ok(sap::Packet::Query { kind, service_type }) = sap::Packet::decode(heard.data) else {
            return Vec::new();
        };
        if station.network(heard.on) == NetworkNumber::THIS {
            return Vec::new();
        }
        let entries = self.entries(station, heard.on, service_type, State::Up);
        let packets = match kind {
            // The wildcard has no nearest server [ipx-rip-sap §12].
            sap::Kind::Nearest if service_type == ServiceType::ALL => Vec::new(),
            sap::Kind::Nearest => entries.chunks(1).take(1).collect::<Vec<_>>(),
            sap::Kind::General => entries.chunks(sap::MAX_ENTRIES).collect(),
        };
        packets
            .into_iter()
            .map(|some| station.reply(heard, PacketType::PEP, &sap::encode_response(kind, some)))
            .collect()
    }

    /// The services of a type as they stand in a packet at an attachment.
    fn entries(
        &self,
        station: &Station,
        on: usize,
        service_type: ServiceType,
        state: State,
    ) -> Vec<sap::Entry> {
        let (network, node) = match station.internal {
            Some(network) => (network, NodeAddress::INTERNAL),
            None => (station.network(on), station.node),
        };
        let hops = if state == State::Up { 1 } else { sap::INFINITY };
        self.services
            .iter()
            .filter(|service| {
                service_type == ServiceType::ALL || service_type == service.service_type
            })
            .map(|service| {
                let address = Address::new(network, node, service.socket);
                sap::Entry::new(service.service_type.0, &service.name, address, hops)
            })
            .collect()
    }
}

fn answer_ping(station: &Station, heard: &Heard<'_>) -> Option<Outgoing> {
    // A broadcast ping would be answered by everybody at once [ipx-rip-sap §16.1].
    if heard.header.destination.node.is_broadcast() {
        return None;
    }
    let ping = ping::Ping::decode(heard.data).ok()?;
    (ping.kind == ping::Kind::Request)
        .then(|| station.reply(heard, PacketType::PEP, &ping.reply().encode()))
}

#[cfg(test)]
mod tests {
    use ipxway_core::wire::frame::Framing;
    use ipxway_core::wire::ipx::Header;

    use super::super::station::Attachment;
    use super::*;

    const SERVER: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x51]);
    const CLIENT: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
    const NET: NetworkNumber = NetworkNumber(0xa1);
    const INTERNAL: NetworkNumber = NetworkNumber(0xdead_0001);

    fn station(internal: Option<NetworkNumber>) -> Station {
        let place = Attachment { framing: Framing::Llc8022, network: NET };
        let mut station = Station::new(SERVER, &[place]);
        station.internal = internal;
        station
    }

    fn server(count: usize) -> Server {
        let service = |n| Service {
            service_type: ServiceType::FILE_SERVER,
            name: format!("FS{n}"),
            socket: Socket::NCP,
        };
        Server { services: (0..count).map(service).collect() }
    }

    /// Asks from net 0, as a client does at start, and gives the decoded answers.
    fn ask(
        server: &Server,
        internal: Option<NetworkNumber>,
        to: Socket,
        data: &[u8],
    ) -> Vec<(Header, Vec<u8>)> {
        let source = Address::new(NetworkNumber::THIS, CLIENT, Socket(0x4003));
        let destination = Address::new(NetworkNumber::THIS, NodeAddress::BROADCAST, to);
        let header = Header::new(PacketType::NCP, source, destination);
        let heard = Heard { on: 0, from: CLIENT, header, data };
        let answers = server.answers(&station(internal), &heard);
        answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.to, CLIENT);
                let header = Header::decode(&answer.packet).expect("own packet");
                assert_eq!(header.destination, Address::new(NET, CLIENT, Socket(0x4003)));
                assert_eq!(header.source, Address::new(NET, SERVER, to));
                (header, answer.packet[30..].to_vec())
            })
            .collect()
    }

    #[test]
    fn the_nearest_server_query_gets_one_answer_with_the_address_of_the_server() {
        let query = sap::encode_query(sap::Kind::Nearest, ServiceType::FILE_SERVER);
        for (internal, place) in [
            (None, Address::new(NET, SERVER, Socket::NCP)),
            (Some(INTERNAL), Address::new(INTERNAL, NodeAddress::INTERNAL, Socket::NCP)),
        ] {
            let answers = ask(&server(9), internal, Socket::SAP, &query);
            let [(_, data)] = answers.as_slice() else { panic!("{answers:?}") };
            let Ok(sap::Packet::Response { kind: sap::Kind::Nearest, entries, .. }) =
                sap::Packet::decode(data)
            else {
                panic!("{data:?}")
            };
            assert_eq!(entries, [sap::Entry::new(4, "FS0", place, 1)]);
        }
    }

    #[test]
    fn the_wildcard_gets_no_nearest_server_but_the_whole_list() {
        let nearest = sap::encode_query(sap::Kind::Nearest, ServiceType::ALL);
        assert_eq!(ask(&server(9), None, Socket::SAP, &nearest), []);
        let general = sap::encode_query(sap::Kind::General, ServiceType::ALL);
        let sizes: Vec<usize> = ask(&server(9), None, Socket::SAP, &general)
            .iter()
            .map(|(_, data)| (data.len() - 2) / sap::ENTRY_LEN)
            .collect();
        assert_eq!(sizes, [7, 2]);
    }

    #[test]
    fn only_a_server_with_an_internal_network_answers_route_requests() {
        let request = rip::encode_request(&[INTERNAL, NetworkNumber(5)]);
        assert_eq!(ask(&server(1), None, Socket::RIP, &request), []);
        let answers = ask(&server(1), Some(INTERNAL), Socket::RIP, &request);
        let entry = rip::Entry { network: INTERNAL, hops: 1, ticks: 2 };
        let [(header, data)] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(header.packet_type, PacketType::RIP);
        assert_eq!(rip::Packet::decode(data).map(|packet| packet.entries), Ok(vec![entry]));
    }

    #[test]
    fn a_server_that_leaves_says_so_of_its_network_and_of_each_service() {
        let packets = server(8).announcements(&station(Some(INTERNAL)), 0, State::Down);
        let [first, rest @ ..] = packets.as_slice() else { panic!("nothing said") };
        let routes = rip::Packet::decode(&first.packet[30..]).expect("RIP");
        assert!(routes.entries.iter().all(|entry| entry.hops == rip::INFINITY));
        let mut gone = 0;
        for outgoing in rest {
            let Ok(sap::Packet::Response { entries, .. }) =
                sap::Packet::decode(&outgoing.packet[30..])
            else {
                panic!("not SAP")
            };
            gone += entries.iter().filter(|entry| entry.hops == sap::INFINITY).count();
        }
        assert_eq!(gone, 8);
    }

    #[test]
    fn pings_are_answered_from_the_address_that_was_asked_and_broadcasts_are_not() {
        let request =
            ping::Ping { kind: ping::Kind::Request, identifier: 7, result: 0, data: b"x" };
        let station = station(Some(INTERNAL));
        let source = Address::new(NetworkNumber(0xb2), CLIENT, Socket(0x4003));
        for (network, node, answered) in [
            (INTERNAL, NodeAddress::INTERNAL, true),
            (NET, SERVER, true),
            (NET, NodeAddress::BROADCAST, false),
        ] {
            let destination = Address::new(network, node, Socket::PING);
            let header = Header::new(PacketType::PEP, source, destination);
            let data = request.encode();
            let heard = Heard { on: 0, from: CLIENT, header, data: &data };
            let answers = server(1).answers(&station, &heard);
            assert_eq!(answers.len(), usize::from(answered));
            for answer in answers {
                let header = Header::decode(&answer.packet).expect("own packet");
                assert_eq!((header.source, header.destination), (destination, source));
            }
        }
    }
}
