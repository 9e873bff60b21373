//! Answers to operators' questions, from read-only state.

use super::{
    CircuitRow, Command, CounterRow, EventRow, PAGE, PeerRow, PortRow, PortState, Reply, RouteRow,
    Router, ServiceRow,
};
use crate::config::PortKind;
use crate::forward::{Counters, Traffic};
use crate::hub::{CircuitKind, Offer, Service, ServiceKey, ServiceSource, Source};
use crate::ids::{CircuitId, PortId};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{NetworkNumber, cmd};

impl Router {
    /// The reply to a question. Orders are carried out elsewhere.
    pub(super) fn answer(&self, question: &Command) -> Reply {
        match question {
            Command::ShowRoutes { after } => self.show_routes(*after),
            Command::ShowRoute { network } => self.show_route(*network),
            Command::ShowServices { after } => self.show_services(after.as_deref()),
            Command::ShowPorts => self.show_ports(),
            Command::ShowCircuits => self.show_circuits(),
            Command::ShowPeers => self.show_peers(),
            Command::ShowCounters => self.show_counters(),
            Command::ShowEvents => self.show_events(),
            Command::ShowNlspNeighbors { .. }
            | Command::ShowNlspDatabase { .. }
            | Command::ShowNlspTopology { .. }
            | Command::ShowNlspSpf { .. }
            | Command::ShowNlspCircuits
            | Command::ShowSavings => self.answer_nlsp(question),
            Command::ShowDhcp => self.show_dhcp(),
            Command::ShowSlpDas
            | Command::ShowSlpServices
            | Command::ShowSlpRegistrations
            | Command::ShowSlpRegistry { .. } => self.answer_slp(question),
            Command::Ping { .. } | Command::Cancel => {
                Reply::Failed { reason: "this is an order, not a question".to_owned() }
            }
        }
    }

    fn circuit_name(&self, id: Option<CircuitId>) -> Option<String> {
        self.circuits.get(id?).map(|circuit| circuit.name.clone())
    }

    /// All counters: the data plane's and the router's own.
    fn all_counters(&self) -> Counters {
        let mut all = self.data_plane.clone();
        all.add(&self.counters);
        all
    }

    fn route_row(&self, network: NetworkNumber, offer: &Offer) -> RouteRow {
        let crosses = offer.origin.source.crosses_router();
        let next_hop = Some(offer.origin.node).filter(|_| crosses);
        let over_ip = offer
            .origin
            .circuit
            .and_then(|id| self.circuits.get(id))
            .is_some_and(|circuit| circuit.is_cmd());
        RouteRow {
            network,
            hops: offer.hops,
            ticks: offer.ticks,
            origin: offer.origin.source.name().to_owned(),
            circuit: self.circuit_name(offer.origin.circuit),
            next_hop,
            peer: next_hop.filter(|_| over_ip).and_then(cmd::ip),
            age_s: (offer.origin.source == Source::Rip)
                .then(|| self.now.since(offer.heard).as_secs()),
        }
    }

    fn show_routes(&self, after: Option<NetworkNumber>) -> Reply {
        let mut rows = self.rib.iter_after(after);
        let routes: Vec<RouteRow> = rows
            .by_ref()
            .take(PAGE)
            .filter_map(|(network, offers)| Some(self.route_row(network, offers.first()?)))
            .collect();
        let next = rows.next().and_then(|_| routes.last().map(|row| row.network));
        Reply::Routes { routes, total: self.rib.len(), next }
    }

    fn show_route(&self, network: NetworkNumber) -> Reply {
        let offers = self.rib.offers(network);
        let reason = match offers {
            [] if self.rib.best(NetworkNumber::DEFAULT_ROUTE).is_some() => {
                "nobody offers it; packets follow the default route FFFFFFFE".to_owned()
            }
            [] => "nobody offers it, and there is no default route".to_owned(),
            [_] => "the only offer".to_owned(),
            offers => why(offers, self.rib.paths(network).len()),
        };
        let offers = offers.iter().map(|offer| self.route_row(network, offer)).collect();
        Reply::Route { network, offers, reason }
    }

    fn service_row(&self, key: &ServiceKey, service: &Service) -> Option<ServiceRow> {
        let best = service.best()?;
        let heard = best.origin.circuit.is_some();
        let ages = best.origin.source == ServiceSource::Sap;
        Some(ServiceRow {
            service_type: key.service_type.to_string(),
            name: key.name.to_string(),
            address: best.address,
            hops: best.hops,
            origin: best.origin.source.name().to_owned(),
            circuit: self.circuit_name(best.origin.circuit),
            from: heard.then_some(best.origin.from),
            reachable: service.usable().is_some(),
            age_s: ages.then(|| self.now.since(best.heard).as_secs()),
        })
    }

    fn show_services(&self, after: Option<&str>) -> Reply {
        let after = match after.map(parse_cursor) {
            None => None,
            Some(Some(key)) => Some(key),
            Some(None) => {
                let reason = "`after` is not what an earlier reply gave as `next`".to_owned();
                return Reply::Failed { reason };
            }
        };
        let mut rows = self.services.iter_after(after);
        let page: Vec<(&ServiceKey, &Service)> = rows.by_ref().take(PAGE).collect();
        let next = rows.next().and_then(|_| page.last().map(|(key, _)| cursor(key)));
        let services = page.iter().filter_map(|(key, s)| self.service_row(key, s)).collect();
        Reply::Services { services, total: self.services.len(), next }
    }

    fn show_ports(&self) -> Reply {
        let counters = self.all_counters();
        let rows = self.config.ports.iter().zip(&self.ports).enumerate();
        let ports = rows
            .map(|(index, (port, state))| {
                let traffic = counters.ports().get(index).cloned().unwrap_or_default();
                let kind = match port.kind {
                    PortKind::Tap => "tap",
                    PortKind::Nic => "nic",
                    PortKind::Udp => "udp",
                };
                let (up, reason, address, mtu) = match state {
                    PortState::Up(there) => {
                        let mac = there.mac.map(|mac| mac.to_string());
                        (true, None, mac.or(there.ip.map(|ip| ip.to_string())), Some(there.mtu))
                    }
                    PortState::Down { reason } => (false, Some(reason.clone()), None, None),
                };
                PortRow {
                    name: port.name.clone(),
                    kind: kind.to_owned(),
                    up,
                    reason,
                    address,
                    mtu,
                    in_packets: traffic.in_packets,
                    out_packets: traffic.out_packets,
                }
            })
            .collect();
        Reply::Ports { ports }
    }

    fn show_circuits(&self) -> Reply {
        let counters = self.all_counters();
        let circuits = self
            .circuits
            .iter()
            .map(|circuit| {
                let traffic =
                    counters.circuits().get(circuit.id.index()).cloned().unwrap_or_default();
                let faults = traffic.outcomes.iter().filter(|(outcome, _)| outcome.is_fault());
                let port = self.config.ports.get(circuit.port.index());
                let vlan = match circuit.kind {
                    CircuitKind::Lan { vlan, .. } => vlan,
                    CircuitKind::Cmd { .. } => None,
                };
                CircuitRow {
                    name: circuit.name.clone(),
                    kind: if circuit.is_cmd() { "cmd" } else { "lan" }.to_owned(),
                    port: port.map(|port| port.name.clone()).unwrap_or_default(),
                    framing: circuit.framing(),
                    vlan,
                    network: circuit.network,
                    node: circuit.node,
                    up: circuit.is_up(),
                    silenced: circuit.silenced,
                    ticks: circuit.ticks,
                    max_packet: circuit.max_packet(),
                    peers: circuit.is_cmd().then(|| circuit.peers().count()),
                    in_packets: traffic.in_packets,
                    out_packets: traffic.out_packets,
                    faults: faults.map(|(_, count)| count).sum(),
                }
            })
            .collect();
        Reply::Circuits { circuits }
    }

    fn show_peers(&self) -> Reply {
        let counters = self.all_counters();
        let mut peers = Vec::new();
        for circuit in self.circuits.iter() {
            for (address, peer) in circuit.peers() {
                peers.push(PeerRow {
                    address,
                    circuit: circuit.name.clone(),
                    source: self.peer_source(circuit.id).to_owned(),
                    up: peer.up,
                    heard_s: peer.heard.map(|heard| self.now.since(heard).as_secs()),
                    traffic: counters.peers().get(peer.id.index()).copied().unwrap_or_default(),
                });
            }
        }
        Reply::Peers { peers }
    }

    fn show_counters(&self) -> Reply {
        let counters = self.all_counters();
        let mut rows = Vec::new();
        for (index, traffic) in counters.ports().iter().enumerate() {
            let id = PortId(u16::try_from(index).unwrap_or(u16::MAX));
            let name = self.config.ports.get(id.index()).map(|port| port.name.clone());
            traffic_rows("port", &name.unwrap_or_default(), traffic, &mut rows);
        }
        for (index, traffic) in counters.circuits().iter().enumerate() {
            let id = CircuitId(u16::try_from(index).unwrap_or(u16::MAX));
            let name = self.circuit_name(Some(id)).unwrap_or_default();
            traffic_rows("circuit", &name, traffic, &mut rows);
        }
        for circuit in self.circuits.iter() {
            for (ip, peer) in circuit.peers() {
                let Some(traffic) = counters.peers().get(peer.id.index()) else { continue };
                let name = format!("{ip} {}", circuit.name);
                for (counter, value) in [
                    ("in_packets", traffic.in_packets),
                    ("in_bytes", traffic.in_bytes),
                    ("out_packets", traffic.out_packets),
                    ("out_bytes", traffic.out_bytes),
                ] {
                    push_row("peer", &name, counter, value, &mut rows);
                }
            }
        }
        let untellable = self.nlsp.untellable();
        push_row("agent", &self.config.name, "nlsp_untellable_services", untellable, &mut rows);
        Reply::Counters { counters: rows }
    }

    fn show_events(&self) -> Reply {
        let events = self
            .events
            .iter()
            .map(|(at, event)| EventRow {
                age_s: self.now.since(*at).as_secs(),
                severity: event.severity(),
                event: event.clone(),
            })
            .collect();
        Reply::Events { events }
    }
}

/// Why the first of two or more offers is preferred; the first `paths` are as good.
fn why(offers: &[Offer], paths: usize) -> String {
    let (Some(best), Some(next)) = (offers.first(), offers.get(paths)) else {
        return format!("{paths} equal paths; each pair of network and node keeps to one");
    };
    let (ours, theirs) = (best.origin.source, next.origin.source);
    let reason = if !ours.is_compared_with(theirs) {
        format!("{} is preferred to {}", ours.name(), theirs.name())
    } else if best.cost != next.cost && ours == Source::NlspInternal {
        format!("cost {} is less than {}", best.cost, next.cost)
    } else if best.ticks != next.ticks {
        format!("{} ticks are fewer than {}", best.ticks, next.ticks)
    } else if best.hops != next.hops {
        format!("{} hops are fewer than {} at equal ticks", best.hops, next.hops)
    } else if ours != theirs {
        format!("{} is preferred to {} at equal ticks and hops", ours.name(), theirs.name())
    } else {
        "equal to the next, and in use already".to_owned()
    };
    if paths > 1 { format!("{reason}; {paths} equal paths") } else { reason }
}

fn push_row(scope: &str, name: &str, counter: &str, value: u64, rows: &mut Vec<CounterRow>) {
    if value > 0 {
        let (scope, name, counter) = (scope.to_owned(), name.to_owned(), counter.to_owned());
        rows.push(CounterRow { scope, name, counter, value });
    }
}

fn traffic_rows(scope: &str, name: &str, traffic: &Traffic, rows: &mut Vec<CounterRow>) {
    for (counter, value) in [
        ("in_packets", traffic.in_packets),
        ("in_bytes", traffic.in_bytes),
        ("out_packets", traffic.out_packets),
        ("out_bytes", traffic.out_bytes),
        ("out_fragmented", traffic.out_fragmented),
        ("out_errors", traffic.out_errors),
    ] {
        push_row(scope, name, counter, value, rows);
    }
    for (outcome, value) in traffic.outcomes.iter() {
        push_row(scope, name, outcome.name(), value, rows);
    }
}

/// A service's place in the table as a text that survives any name: type and name in hex.
fn cursor(key: &ServiceKey) -> String {
    format!("{}-{}", key.service_type, hex::encode(key.name.key()))
}

fn parse_cursor(text: &str) -> Option<ServiceKey> {
    let (service_type, name) = text.split_once('-')?;
    let mut wire = [0; 48];
    let bytes = hex::decode(name).ok()?;
    wire.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(ServiceKey {
        service_type: ServiceType(u16::from_str_radix(service_type, 16).ok()?),
        name: ServiceName::from_wire(wire),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::hub::{Origin, Rib};
    use crate::wire::NodeAddress;

    fn offer(source: Source, node: u8, cost: u32, ticks: u16, hops: u16) -> Offer {
        let (circuit, node) = (Some(CircuitId(0)), NodeAddress([2, 0, 0, 0, 0, node]));
        let origin = Origin { source, circuit, node };
        Offer { origin, hops, ticks, cost, heard: Time::ZERO }
    }

    /// What is said of a network with these offers.
    fn said(offers: &[Offer]) -> String {
        let (mut rib, network) = (Rib::new(1), NetworkNumber(1));
        for offer in offers {
            rib.offer(network, *offer, Time::ZERO).expect("there is room");
        }
        why(rib.offers(network), rib.paths(network).len())
    }

    #[test]
    fn why_a_route_is_preferred_is_said_by_what_decided() {
        use Source::{NlspExternal, NlspInternal, Rip, Static};
        let inside = |node, cost, ticks, hops| offer(NlspInternal, node, cost, ticks, hops);
        let outside = |node, ticks, hops| offer(NlspExternal, node, 7, ticks, hops);
        for (offers, expected) in [
            (vec![offer(Rip, 1, 0, 1, 1), inside(2, 20, 9, 9)], "nlsp is preferred to rip"),
            (vec![inside(1, 21, 1, 1), inside(2, 20, 9, 9)], "cost 20 is less than 21"),
            (vec![inside(1, 20, 3, 1), inside(2, 20, 2, 9)], "2 ticks are fewer than 3"),
            (
                vec![offer(Static, 1, 0, 5, 2), outside(2, 5, 1)],
                "1 hops are fewer than 2 at equal ticks",
            ),
            (
                vec![offer(Static, 1, 0, 5, 1), outside(2, 5, 1)],
                "static is preferred to nlsp-external at equal ticks and hops",
            ),
            (
                vec![offer(Rip, 1, 0, 5, 1), offer(Rip, 2, 0, 5, 1)],
                "equal to the next, and in use already",
            ),
            (
                vec![outside(1, 5, 1), outside(2, 5, 1), outside(3, 6, 1)],
                "5 ticks are fewer than 6; 2 equal paths",
            ),
            (
                vec![inside(1, 20, 1, 1), inside(2, 20, 1, 1)],
                "2 equal paths; each pair of network and node keeps to one",
            ),
        ] {
            assert_eq!(said(&offers), expected);
        }
    }
}
