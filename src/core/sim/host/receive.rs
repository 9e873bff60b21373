//! What a host does with a frame.

use super::{CLIENT, DATAGRAMS, Host, HostTimer, Route};
use crate::Time;
use crate::wire::frame;
use crate::wire::ipx::{HEADER_LEN, Header, PacketType};
use crate::wire::sap::{self, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket, ping, rip};

impl Host {
    /// A frame on the wire; most are not for this host.
    pub(in crate::sim) fn receive(&mut self, now: Time, bytes: &[u8]) {
        let Ok(located) = frame::locate(bytes) else { return };
        let ours = located.destination == self.node || located.destination.is_broadcast();
        if !ours || located.framing != self.framing || located.vlan.is_some() {
            return;
        }
        let packet = bytes.get(located.packet).unwrap_or(&[]);
        let Ok(header) = Header::decode(packet) else { return };
        let data = packet.get(HEADER_LEN..usize::from(header.length)).unwrap_or(&[]);
        if self.takes(&header.destination) {
            self.learn(&header);
            self.dispatch(now, &header, data);
        }
    }

    fn takes(&self, to: &Address) -> bool {
        if self.internal == Some(to.network) {
            return to.node == NodeAddress::INTERNAL;
        }
        let here = [self.wire, NetworkNumber::THIS].contains(&to.network);
        let learning = self.wire == NetworkNumber::THIS;
        (here || learning) && (to.node == self.node || to.node.is_broadcast())
    }

    /// An answer to this very node tells the wire's number [ipx-rip-sap §7].
    fn learn(&mut self, header: &Header) {
        if self.wire == NetworkNumber::THIS && header.destination.node == self.node {
            self.wire = header.destination.network;
            self.asked.remove(&NetworkNumber::ALL);
            self.timers.cancel(&HostTimer::Ask(NetworkNumber::ALL));
        }
    }

    fn dispatch(&mut self, now: Time, header: &Header, data: &[u8]) {
        match header.destination.socket {
            Socket::RIP => self.receive_rip(now, header, data),
            Socket::SAP => self.receive_sap(now, header, data),
            Socket::PING => self.answer_ping(now, header, data),
            DATAGRAMS => {
                let tally = self.tallies.entry(header.source).or_default();
                tally.count(data);
            }
            CLIENT => match header.source.socket {
                Socket::RIP => self.receive_rip(now, header, data),
                Socket::SAP => self.receive_sap(now, header, data),
                Socket::PING => self.take_pong(now, data),
                _ => {}
            },
            _ => {}
        }
    }

    fn receive_rip(&mut self, now: Time, header: &Header, data: &[u8]) {
        let Ok(packet) = rip::Packet::decode(data) else { return };
        match packet.operation {
            rip::Operation::Response => self.learn_routes(now, header.source.node, &packet),
            rip::Operation::Request => self.answer_rip(now, header, &packet),
        }
    }

    fn learn_routes(&mut self, now: Time, router: NodeAddress, packet: &rip::Packet) {
        for entry in &packet.entries {
            let network = entry.network;
            let known = self.routes.get(&network).copied();
            let same = known.is_some_and(|route| route.router == router);
            if entry.hops >= rip::INFINITY {
                if same {
                    self.routes.remove(&network);
                }
                continue;
            }
            let better =
                known.is_none_or(|route| (entry.ticks, entry.hops) < (route.ticks, route.hops));
            if same || better {
                let (hops, ticks) = (entry.hops, entry.ticks);
                self.routes.insert(network, Route { router, hops, ticks, heard: now });
                self.release(now, network);
            }
        }
    }

    /// A server is the router to its internal network.
    fn answer_rip(&mut self, now: Time, header: &Header, packet: &rip::Packet) {
        let Some(internal) = self.internal else { return };
        let wanted = |entry: &rip::Entry| [internal, NetworkNumber::ALL].contains(&entry.network);
        if header.source.node == self.node || !packet.entries.iter().any(wanted) {
            return;
        }
        let entry = rip::Entry { network: internal, hops: 1, ticks: 2 };
        let data = rip::encode(rip::Operation::Response, &[entry]);
        self.answer(now, PacketType::RIP, Socket::RIP, header, &data);
    }

    fn receive_sap(&mut self, now: Time, header: &Header, data: &[u8]) {
        match sap::Packet::decode(data) {
            Ok(sap::Packet::Query { kind, service_type }) if header.source.node != self.node => {
                self.answer_sap(now, header, kind, service_type);
            }
            Ok(sap::Packet::Response { kind, entries, .. })
                if header.destination.socket == CLIENT =>
            {
                match kind {
                    // The first answer wins [ipx-rip-sap §12].
                    sap::Kind::Nearest => self.nearest = self.nearest.or(entries.first().copied()),
                    sap::Kind::General => self.found.extend(entries),
                }
            }
            _ => {}
        }
    }

    fn answer_sap(&mut self, now: Time, header: &Header, kind: sap::Kind, wanted: ServiceType) {
        let all = wanted == ServiceType::ALL && kind == sap::Kind::General;
        let mut matches: Vec<sap::Entry> = self
            .services
            .iter()
            .filter(|entry| all || entry.service_type == wanted)
            .copied()
            .collect();
        if kind == sap::Kind::Nearest {
            matches.truncate(1);
        }
        for part in matches.chunks(sap::MAX_ENTRIES) {
            let data = sap::encode_response(kind, part);
            self.answer(now, PacketType::PEP, Socket::SAP, header, &data);
        }
    }

    fn answer_ping(&mut self, now: Time, header: &Header, data: &[u8]) {
        let Ok(ping) = ping::Ping::decode(data) else { return };
        if ping.kind == ping::Kind::Request && !header.destination.node.is_broadcast() {
            let reply = ping.reply().encode();
            let from = header.destination;
            self.send(now, Header::new(PacketType::PEP, from, header.source), &reply);
        }
    }

    fn take_pong(&mut self, now: Time, data: &[u8]) {
        let Ok(ping) = ping::Ping::decode(data) else { return };
        if ping.kind == ping::Kind::Reply
            && let Some((_, answered)) = self.pings.get_mut(usize::from(ping.identifier))
        {
            *answered = answered.or(Some(now));
        }
    }

    /// Answers to the socket that asked, from the node on the wire.
    fn answer(
        &mut self,
        now: Time,
        packet_type: PacketType,
        socket: Socket,
        asked: &Header,
        data: &[u8],
    ) {
        let mut to = asked.source;
        if to.network == NetworkNumber::THIS {
            to.network = self.wire;
        }
        let from = Address::new(self.wire, self.node, socket);
        self.send(now, Header::new(packet_type, from, to), data);
    }
}
