//! From a punted packet to the engine it concerns, by socket [ipx-rip-sap §3]; from a port's
//! state to circuits.

use bytes::Bytes;

use super::{Event, Lasting, PortState, Router, Sender};
use crate::Time;
use crate::forward::{LinkSource, Outcome, PING_CLIENT};
use crate::hub::{Change, Offer, Origin, Source};
use crate::ids::{CircuitId, PortId};
use crate::wire::ipx::{self, HEADER_LEN, Header, PacketType};
use crate::wire::{Address, NetworkNumber, Socket, diagnostics, ping, rip, sap};

impl Router {
    /// Gives a punted packet to its engine and counts its outcome.
    pub(super) fn handle_packet(
        &mut self,
        circuit: CircuitId,
        from: LinkSource,
        broadcast: bool,
        at: Time,
        packet: &Bytes,
    ) {
        let outcome = match Header::decode(packet) {
            // The data plane checked the header; a journal may hold anything.
            Err(_) => Outcome::HeaderLength,
            Ok(_) if self.circuits.get(circuit).is_none() => Outcome::NoCircuit,
            Ok(header) => {
                let address = header.source;
                let sender = Sender { circuit, link: from, address, broadcast, at };
                self.deliver(&sender, &header, packet)
            }
        };
        self.counters.circuit(circuit).outcomes.count(outcome);
    }

    fn deliver(&mut self, sender: &Sender, header: &Header, packet: &Bytes) -> Outcome {
        if header.packet_type == PacketType::PROPAGATED && header.destination.node.is_broadcast() {
            return self
                .with_cx(|engines, cx| engines.netbios.propagate(cx, sender, header, packet));
        }
        let outcome = self.deliver_to_socket(sender, header, packet);
        let there = self.circuits.of_network(header.destination.network).map(|there| there.id);
        if header.destination.node.is_broadcast()
            && !sender.broadcast
            && there.is_some_and(|there| there != sender.circuit)
        {
            // Directed at another network of ours: delivered, and sent out there.
            return self.with_cx(|engines, cx| engines.netbios.direct(cx, sender, header, packet));
        }
        outcome
    }

    fn deliver_to_socket(&mut self, sender: &Sender, header: &Header, packet: &Bytes) -> Outcome {
        // The data plane checked all but broadcasts directed at another network of ours.
        let packet = packet.slice(..usize::from(header.length).min(packet.len()));
        if !ipx::checksum_holds(&packet) {
            return Outcome::BadChecksum;
        }
        let data = packet.slice(HEADER_LEN.min(packet.len())..);
        let data = &data;
        match header.destination.socket {
            Socket::NLSP => {
                self.with_cx(|engines, cx| engines.nlsp.receive(cx, sender, header, data))
            }
            Socket::RIP => match rip::Packet::decode(data) {
                Ok(packet) => {
                    self.peer_heard(sender);
                    self.with_cx(|engines, cx| engines.rip.receive(cx, sender, &packet))
                }
                Err(_) => Outcome::RipMalformed,
            },
            Socket::SAP => match sap::Packet::decode(data) {
                Ok(packet) => {
                    self.peer_heard(sender);
                    self.with_cx(|engines, cx| engines.sap.receive(cx, sender, &packet))
                }
                Err(_) => Outcome::SapMalformed,
            },
            Socket::PING | PING_CLIENT => match ping::Ping::decode(data) {
                Ok(ping) => {
                    self.with_cx(|engines, cx| engines.echo.receive_ping(cx, sender, header, &ping))
                }
                Err(_) => Outcome::PingIgnored,
            },
            Socket::DIAGNOSTICS => match diagnostics::Request::decode(data) {
                Ok(request) => self.with_cx(|engines, cx| {
                    engines.echo.receive_diagnostics(cx, sender, header, &request)
                }),
                Err(_) => Outcome::DiagnosticsIgnored,
            },
            _ => Outcome::UnknownSocket,
        }
    }

    /// A port came up, went down or changed.
    pub(super) fn handle_port(&mut self, id: PortId, state: &PortState) {
        let Some(port) = self.config.ports.get(id.index()) else { return };
        let Some(place) = self.ports.get_mut(id.index()) else { return };
        if *place == *state {
            return;
        }
        *place = state.clone();
        match state {
            PortState::Up(address) => {
                let text = address
                    .mac
                    .map(|mac| mac.to_string())
                    .or(address.ip.map(|ip| ip.to_string()))
                    .unwrap_or_default();
                let (port, mtu) = (port.name.clone(), address.mtu);
                self.out.event(Event::PortUp { port, address: text, mtu });
                self.circuits.port_up(id, *address);
                self.derive_identity(address.ip);
            }
            PortState::Down { reason } => {
                let (port, reason) = (port.name.clone(), reason.clone());
                self.out.event(Event::PortDown { port, reason });
                self.circuits.port_down(id);
            }
        }
        self.publisher.circuits_changed();
    }

    /// The hub's part of a circuit's coming and going: its own network as a route.
    pub(super) fn apply_circuit_change(&mut self, change: &Change) {
        let unknown = matches!(
            change,
            Change::CircuitNlsp(_) | Change::LinkStateRouter { .. } | Change::OldRouterHeard(_)
        );
        if unknown {
            // Nothing that the data plane knows of.
            return;
        }
        self.publisher.circuits_changed();
        let (Change::CircuitUp(id) | Change::CircuitDown(id)) = *change else { return };
        let Some(circuit) = self.circuits.get(id) else { return };
        let origin = Origin { source: Source::Direct, circuit: Some(id), node: circuit.node };
        match change {
            Change::CircuitUp(_) => {
                self.out.event(Event::CircuitUp {
                    circuit: circuit.name.clone(),
                    network: circuit.network,
                    node: circuit.node,
                });
                let offer =
                    Offer { origin, hops: 0, ticks: circuit.ticks, cost: 0, heard: self.now };
                // Our own networks are beyond the limit by rule.
                let _ = self.rib.offer(circuit.network, offer, self.now);
            }
            _ => {
                self.out.event(Event::CircuitDown { circuit: circuit.name.clone() });
                let network = circuit.network;
                let mine: Vec<Origin> = self
                    .rib
                    .offers(network)
                    .iter()
                    .map(|offer| offer.origin)
                    .filter(|o| o.source == Source::Direct && o.circuit == Some(id))
                    .collect();
                for origin in mine {
                    self.rib.withdraw(network, &origin, self.now);
                }
            }
        }
        self.configure_static_routes(id);
    }

    /// Static services, and static routes over circuits that are up.
    pub(super) fn configure_static(&mut self) {
        use crate::hub::{ServiceKey, ServiceOffer, ServiceOrigin, ServiceSource};
        let config = std::sync::Arc::clone(&self.config);
        for service in &config.static_services {
            let name = sap::ServiceName::new(&service.name);
            let key = ServiceKey { service_type: service.service_type, name };
            let origin = ServiceOrigin {
                source: ServiceSource::Static,
                circuit: None,
                from: service.address.node,
            };
            let (address, hops, heard) = (service.address, service.hops, self.now);
            let offer = ServiceOffer { origin, name, address, hops, heard };
            // Static services are beyond the limit by rule.
            let _ = self.services.offer(&self.rib, key, offer, self.now);
        }
    }

    fn configure_static_routes(&mut self, id: CircuitId) {
        let config = std::sync::Arc::clone(&self.config);
        let up = self.circuits.get(id).is_some_and(|circuit| circuit.is_up());
        for route in config.static_routes.iter().filter(|route| route.circuit == id) {
            let origin = Origin { source: Source::Static, circuit: Some(id), node: route.node };
            if up {
                let (hops, ticks, heard) = (route.hops, route.ticks, self.now);
                let offer = Offer { origin, hops, ticks, cost: 0, heard };
                // Static routes are beyond the limit by rule.
                let _ = self.rib.offer(route.network, offer, self.now);
            } else {
                self.rib.withdraw(route.network, &origin, self.now);
            }
        }
    }

    /// A packet was too large for its way out; told once per source.
    pub(super) fn handle_too_big(
        &mut self,
        circuit: CircuitId,
        source: Address,
        network: NetworkNumber,
        size: u16,
    ) {
        let Some(name) = self.circuits.get(circuit).map(|c| c.name.clone()) else { return };
        self.out.event_once(
            Lasting::PacketTooBig(circuit, source),
            Event::PacketTooBig { circuit: name, source, network, size },
        );
    }
}
