//! What a workstation asks: the nearest server, the way to a network, the list of services.
//!
//! As real clients do [ipx-rip-sap §7, §12]: the first queries leave with network 0, as packet
//! type 17 and from a socket of the client's own; the network's number comes with the first
//! answer; the way to a network is a RIP request for its number, and whoever answers is the next
//! hop.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::sap::{self, ServiceType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, ping, rip};
use serde::Serialize;

use super::station::{Heard, Outgoing, Station};
use super::wire::Wire;

/// The socket that questions leave by: the first that old shells used.
const CLIENT: Socket = Socket(0x4003);
/// Time between two questions.
const AGAIN: Duration = Duration::from_secs(1);
/// Time for other routers to answer too, after the first has.
const OTHERS: Duration = Duration::from_millis(100);

/// The nearest server of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Routers to cross, as the answer said.
    pub hops: u16,
    /// Who answered.
    pub answered_by: NodeAddress,
}

/// The way to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The network.
    pub network: NetworkNumber,
    /// The attachment.
    #[serde(skip)]
    pub on: usize,
    /// The router; `None` if the network is the wire itself.
    pub router: Option<NodeAddress>,
    /// Routers to cross.
    pub hops: u16,
    /// Ticks to it.
    pub ticks: u16,
}

/// A service in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Routers to cross.
    pub hops: u16,
    /// Who said so.
    pub answered_by: NodeAddress,
}

/// Asks for the nearest server of a type until one answers or time is up. The first answer wins.
///
/// # Errors
/// The device is gone.
pub fn nearest(
    wire: &mut Wire,
    service_type: ServiceType,
    timeout: Duration,
) -> anyhow::Result<Option<Found>> {
    let query = sap::encode_query(sap::Kind::Nearest, service_type);
    ask(wire, timeout, (PacketType::NCP, Socket::SAP), &query, |_, heard| {
        let Ok(sap::Packet::Response { kind: sap::Kind::Nearest, entries, .. }) =
            sap::Packet::decode(heard.data)
        else {
            return None;
        };
        let entry = entries.first().filter(|entry| entry.service_type == service_type)?;
        Some(Found {
            service_type,
            name: entry.name.to_string(),
            address: entry.address,
            hops: entry.hops,
            answered_by: heard.from,
        })
    })
}

/// Looks for the way to a network: the wire itself, or the router that answers with the fewest
/// ticks.
///
/// # Errors
/// The device is gone.
pub fn route(
    wire: &mut Wire,
    network: NetworkNumber,
    timeout: Duration,
) -> anyhow::Result<Option<Route>> {
    if let Some(direct) = on_the_wire(&wire.station, network) {
        return Ok(Some(direct));
    }
    let request = rip::encode_request(&[network]);
    let answer = |_: &Station, heard: &Heard<'_>| {
        let packet = rip::Packet::decode(heard.data).ok()?;
        let entry = packet.entries.iter().find(|entry| entry.network == network)?;
        let answered = packet.operation == rip::Operation::Response;
        let (hops, ticks) = (entry.hops, entry.ticks);
        let router = Some(heard.from);
        (answered && hops < rip::INFINITY).then_some(Route {
            network,
            on: heard.on,
            router,
            hops,
            ticks,
        })
    };
    let Some(mut best) = ask(wire, timeout, (PacketType::RIP, Socket::RIP), &request, answer)?
    else {
        return Ok(None);
    };
    let until = Instant::now() + OTHERS;
    while let Some(other) = wire.wait_for(until, answer)? {
        if (other.ticks, other.hops) < (best.ticks, best.hops) {
            best = other;
        }
    }
    // The answer may have told that it is our own network's number that we asked for.
    Ok(Some(on_the_wire(&wire.station, network).unwrap_or(best)))
}

/// Lists the services of a type: asks once, and takes answers until none has come for `timeout`.
///
/// # Errors
/// The device is gone.
pub fn list(
    wire: &mut Wire,
    service_type: ServiceType,
    timeout: Duration,
) -> anyhow::Result<Vec<Listed>> {
    let query = sap::encode_query(sap::Kind::General, service_type);
    broadcast(wire, (PacketType::PEP, Socket::SAP), &query)?;
    let mut found: BTreeMap<(ServiceType, String), Listed> = BTreeMap::new();
    let mut until = Instant::now() + timeout;
    while let Some((answered_by, entries)) = wire.wait_for(until, |_, heard| {
        let ours = heard.header.destination.socket == CLIENT;
        match sap::Packet::decode(heard.data) {
            Ok(sap::Packet::Response { kind: sap::Kind::General, entries, .. }) if ours => {
                Some((heard.from, entries))
            }
            _ => None,
        }
    })? {
        until = Instant::now() + timeout;
        for entry in entries.into_iter().filter(|entry| entry.hops < sap::INFINITY) {
            let listed = Listed {
                service_type: entry.service_type,
                name: entry.name.to_string(),
                address: entry.address,
                hops: entry.hops,
                answered_by,
            };
            let place = found
                .entry((listed.service_type, listed.name.clone()))
                .or_insert_with(|| listed.clone());
            if listed.hops < place.hops {
                *place = listed;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Sends a ping along a route and waits for its answer: the round trip, and the routers that the
/// answer crossed.
///
/// # Errors
/// The device is gone.
pub fn ping(
    wire: &mut Wire,
    route: &Route,
    to: Address,
    (identifier, sequence, size): (u16, u16, u16),
    timeout: Duration,
) -> anyhow::Result<Option<(Duration, u8)>> {
    let mut content = sequence.to_be_bytes().to_vec();
    content.extend((2..size).map(|place| (place & 0xff) as u8));
    let request =
        ping::Ping { kind: ping::Kind::Request, identifier, result: 0, data: &content }.encode();
    let to = Address { socket: Socket::PING, ..to };
    let outgoing = along(&wire.station, route, PacketType::PEP, (CLIENT, to), &request);
    let sent = Instant::now();
    wire.send(&outgoing)?;
    wire.wait_for(sent + timeout, |_, heard| {
        let answer = ping::Ping::decode(heard.data).ok()?;
        let same = answer.identifier == identifier && answer.data == content;
        (same && answer.kind == ping::Kind::Reply)
            .then(|| (sent.elapsed(), heard.header.transport_control))
    })
}

/// A packet along a route.
#[must_use]
pub fn along(
    station: &Station,
    route: &Route,
    packet_type: PacketType,
    (from, to): (Socket, Address),
    data: &[u8],
) -> Outgoing {
    let header = Header::new(packet_type, station.address(route.on, from), to);
    Outgoing { on: route.on, to: route.router.unwrap_or(to.node), packet: header.packet(data) }
}

fn on_the_wire(station: &Station, network: NetworkNumber) -> Option<Route> {
    let same = |on: &usize| network == NetworkNumber::THIS || station.network(*on) == network;
    let on = (0..station.attachments().len()).find(same)?;
    Some(Route { network, on, router: None, hops: 0, ticks: 1 })
}

/// Asks by every attachment, again each second, until `take` finds its answer.
fn ask<T>(
    wire: &mut Wire,
    timeout: Duration,
    kind: (PacketType, Socket),
    question: &[u8],
    mut take: impl FnMut(&Station, &Heard<'_>) -> Option<T>,
) -> anyhow::Result<Option<T>> {
    let deadline = Instant::now() + timeout;
    while Instant::now() < deadline {
        broadcast(wire, kind, question)?;
        let found = wire.wait_for(deadline.min(Instant::now() + AGAIN), |station, heard| {
            let ours = heard.header.destination.socket == CLIENT;
            if ours { take(station, heard) } else { None }
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn broadcast(
    wire: &mut Wire,
    (packet_type, to): (PacketType, Socket),
    data: &[u8],
) -> anyhow::Result<()> {
    for on in 0..wire.station.attachments().len() {
        let outgoing = wire.station.broadcast(on, packet_type, (CLIENT, to), data);
        wire.send(&outgoing)?;
    }
    Ok(())
}
