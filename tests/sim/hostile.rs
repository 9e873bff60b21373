//! Mutated and random packets into every kind of port.
//!
//! Each packet must be in exactly one counter; a rejected one must change no table; the limits
//! hold all the while; and when it is over, the world is as it was before.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use ipxway_core::Time;
use ipxway_core::agent::Agent;
use ipxway_core::config::PortKind;
use ipxway_core::forward::Outcome;
use ipxway_core::hub::{Origin, ServiceOrigin};
use ipxway_core::ids::PortId;
use ipxway_core::journal::Digest;
use ipxway_core::random::Random;
use ipxway_core::router::Event;
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::sap::{Kind, ServiceType};
use ipxway_core::wire::{Address, NodeAddress, Socket, diagnostics};

use crate::{full, world};

/// Packets into each kind of port, by default and with `IPXWAY_FULL=1`.
const PACKETS: u32 = 50_000;
const PACKETS_FULL: u32 = 1_000_000;
/// Packets between two steps of the clock, of 10 ms each.
const BURST: u32 = 10;
/// Samples of good traffic that are mutated.
const SAMPLES: usize = 1_000;
/// The agent under fire.
const VICTIM: &str = "oslo";
/// Limits that the storm will reach.
const MOST_ROUTES: usize = 60;
const MOST_SERVICES: usize = 60;

/// What the packets are sent into.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// The TAP, with four framings on it.
    Tap,
    /// The NIC.
    Nic,
    /// The socket of the CMD network.
    Udp,
}

impl Target {
    fn port(self) -> PortId {
        match self {
            Self::Tap => PortId(0),
            Self::Nic => PortId(1),
            Self::Udp => PortId(2),
        }
    }
}

/// Good traffic of the victim's links, by port.
type Samples = Rc<RefCell<[Vec<Vec<u8>>; 3]>>;

/// The victim with a TAP and a NIC, and a peer with a LAN of its own; hosts everywhere.
fn hostile_world(seed: u64, samples: &Samples) -> World {
    let topology = Topology::new()
        .lan_in("left", &Framing::ALL)
        .lan_in("right", &[Framing::Llc8022])
        .lan("far")
        .agent(VICTIM, &["left", "right"])
        .agent("rome", &["far"])
        .cmd(0xffff_fffd, &[VICTIM, "rome"])
        .tune(|config| {
            config.limits.routes = MOST_ROUTES;
            config.limits.services = MOST_SERVICES;
            config.cmd_networks[0].type20.enabled = true;
            if let Some(port) = config.ports.get_mut(1).filter(|port| port.name == "right") {
                port.kind = PortKind::Nic;
            }
        });
    let mut world = world(seed, topology);
    let samples = Rc::clone(samples);
    world.watch(move |seen| {
        let (place, bytes) = match seen {
            Seen::Frame { lan: "left", frame, .. } => (0, frame),
            Seen::Frame { lan: "right", frame, .. } => (1, frame),
            Seen::Datagram { payload, .. } => (2, payload),
            Seen::Frame { .. } | Seen::Service { .. } | Seen::Stream { .. } => return,
        };
        let mut samples = samples.borrow_mut();
        if samples[place].len() < SAMPLES {
            samples[place].push(bytes.to_vec());
        }
    });
    for framing in 0..Framing::ALL.len() {
        world.server_in("left", &format!("LEFT-{framing}"), framing);
    }
    world.server("right", "RIGHT");
    world.server("far", "FAR");
    world.station("left", "LEFT-PC");
    world.station("right", "RIGHT-PC");
    world.station("far", "FAR-PC");
    world
}

/// Some of everything that an agent hears on a good day.
fn good_day(world: &mut World) {
    world.run_for(10 * SECOND);
    for (from, to) in [("LEFT-PC", "FAR"), ("RIGHT-PC", "LEFT-1"), ("FAR-PC", "RIGHT")] {
        let address = world.host(to).address(Socket(0));
        world.ping(from, address);
        world.stream(from, to, 5, &[8, 100, 1_400], SECOND);
        world.find(from, Kind::Nearest, ServiceType::FILE_SERVER);
        world.find(from, Kind::General, ServiceType::ALL);
    }
    world.run_for(4 * MINUTE);
}

/// Kinds of packets that no host of the world sends: type 20 and diagnostics.
fn rare(agent: &Agent, port: PortId) -> Vec<Vec<u8>> {
    let circuits = agent.router().circuits();
    let here = circuits.iter().find(|circuit| circuit.port == port).unwrap();
    let from = Address::new(here.network, NodeAddress([2, 0xaa, 0, 0, 0, 0x77]), Socket(0x4444));
    let to = |socket| Address::new(here.network, NodeAddress::BROADCAST, socket);
    let exclusions = diagnostics::Request { exclusions: Vec::new() };
    let packets = [
        Header::new(PacketType::PROPAGATED, from, to(Socket::NETBIOS)).packet(&[0; 80]),
        Header::new(PacketType::PEP, from, to(Socket::DIAGNOSTICS)).packet(&exclusions.encode()),
    ];
    let link = |packet: &[u8]| match here.framing() {
        None => packet.to_vec(),
        Some(framing) => {
            let (destination, source) = (NodeAddress::BROADCAST, from.node);
            let header =
                ipxway_core::wire::frame::LinkHeader { destination, source, vlan: None, framing };
            let mut frame = vec![0; header.len()];
            header.write(&mut frame, packet.len());
            frame.extend_from_slice(packet);
            frame
        }
    };
    packets.iter().map(|packet| link(packet)).collect()
}

/// One hostile packet: a sample that was damaged, or nothing but noise.
fn hostile(random: &mut Random, samples: &[Vec<u8>]) -> Vec<u8> {
    if random.chance(1, 10) {
        let mut noise = vec![0; below(random, 1_601)];
        random.fill(&mut noise);
        return noise;
    }
    let mut bytes = samples[below(random, samples.len())].clone();
    for _ in 0..=random.below(3) {
        damage(random, &mut bytes, samples);
    }
    bytes
}

fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap()
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>, samples: &[Vec<u8>]) {
    if bytes.is_empty() {
        return;
    }
    let place = below(random, bytes.len());
    match random.below(7) {
        0 => bytes[place] ^= 1 << random.below(8),
        1 => bytes[place] = u8::try_from(random.below(256)).unwrap(),
        2 => bytes.truncate(place),
        3 => {
            let more = below(random, 64);
            bytes.resize(bytes.len() + more, 0xa5);
        }
        // Values that fields are compared with.
        4 => {
            let values: [&[u8]; 6] =
                [&[0, 0], &[0xff, 0xff], &[0, 16], &[0xff; 6], &[0xff, 0xff, 0xff, 0xfe], &[0; 4]];
            let value = values[below(random, values.len())];
            bytes.iter_mut().skip(place).zip(value).for_each(|(byte, new)| *byte = *new);
        }
        // A part of another sample at the same place.
        5 => {
            let other = &samples[below(random, samples.len())];
            let length = below(random, 48);
            for (byte, new) in bytes.iter_mut().zip(other).skip(place).take(length) {
                *byte = *new;
            }
        }
        // A part of itself again.
        _ => {
            let end = (place + below(random, 64)).min(bytes.len());
            let part = bytes[place..end].to_vec();
            bytes.splice(place..place, part);
        }
    }
}

/// All that an agent believes, in one number. When something was heard last is not part of it.
fn believes(agent: &Agent) -> Digest {
    let router = agent.router();
    let mut digest = Digest::default();
    for (network, offers) in router.rib().iter_after(None) {
        for offer in offers {
            let Origin { source, circuit, node } = offer.origin;
            let circuit = circuit.map_or(u16::MAX, |id| id.0).to_be_bytes();
            digest.bytes(&[source as u8]);
            digest.bytes(&network.0.to_be_bytes());
            digest.bytes(&circuit);
            digest.bytes(&node.0);
            digest.bytes(&offer.hops.to_be_bytes());
            digest.bytes(&offer.ticks.to_be_bytes());
        }
    }
    for (key, service) in router.services().iter_after(None) {
        for offer in service.offers() {
            let ServiceOrigin { source, circuit, from } = offer.origin;
            let circuit = circuit.map_or(u16::MAX, |id| id.0).to_be_bytes();
            digest.bytes(&[source as u8, u8::from(service.usable().is_some())]);
            digest.bytes(&key.service_type.0.to_be_bytes());
            digest.bytes(key.name.key());
            digest.bytes(&offer.address.network.0.to_be_bytes());
            digest.bytes(&offer.address.node.0);
            digest.bytes(&offer.address.socket.0.to_be_bytes());
            digest.bytes(&circuit);
            digest.bytes(&from.0);
            digest.bytes(&offer.hops.to_be_bytes());
        }
    }
    for circuit in router.circuits().iter() {
        digest.bytes(&circuit.network.0.to_be_bytes());
        digest.bytes(&[u8::from(circuit.is_up()), u8::from(circuit.silenced)]);
        for (ip, peer) in circuit.peers() {
            digest.bytes(&ip.octets());
            digest.bytes(&[u8::from(peer.up)]);
        }
    }
    digest
}

/// How often each outcome was counted, over all ports and circuits.
fn outcomes(agent: &Agent) -> Vec<u64> {
    let counters = agent.counters();
    let traffic = || counters.ports().iter().chain(counters.circuits());
    let count = |&outcome: &Outcome| traffic().map(|t| t.outcomes.get(outcome)).sum();
    Outcome::ALL.iter().map(count).collect()
}

/// Gives the victim one packet; it must be in one counter, and change nothing if it was refused.
/// `before` is what the victim believes, if that is known; so is what is given back.
fn shoot(
    (agent, now): (&mut Agent, Time),
    target: Target,
    from: Ipv4Addr,
    bytes: &[u8],
    before: Option<Digest>,
) -> Option<Digest> {
    let counted = outcomes(agent);
    let before = before.unwrap_or_else(|| believes(agent));
    match target {
        Target::Tap | Target::Nic => agent.receive_frame(now, target.port(), bytes),
        Target::Udp => {
            agent.receive_datagram(now, target.port(), SocketAddrV4::new(from, 2654), bytes);
        }
    }
    let after = outcomes(agent);
    let changed: Vec<(Outcome, u64)> = Outcome::ALL
        .iter()
        .zip(counted.iter().zip(&after))
        .filter(|(_, (before, after))| before != after)
        .map(|(&outcome, (before, after))| (outcome, after - before))
        .collect();
    let [(outcome, 1)] = changed.as_slice() else {
        panic!("counted as {changed:?}: {}", hex::encode(bytes));
    };
    if outcome.is_success() {
        return None;
    }
    assert_eq!(believes(agent), before, "{outcome}, but changed: {}", hex::encode(bytes));
    Some(before)
}

fn storm(seed: u64, target: Target) {
    let samples = Samples::default();
    let mut world = hostile_world(seed, &samples);
    good_day(&mut world);
    world.check_at_rest().check_tables_equal(&[VICTIM, "rome"]);
    let before = believes(world.agent(VICTIM));
    let mut corpus = samples.borrow()[target.port().index()].clone();
    corpus.extend(rare(world.agent(VICTIM), target.port()));
    assert!(corpus.len() > 30, "{} samples", corpus.len());

    world.distrust();
    let mut random = Random::seeded(seed);
    let count = if full() { PACKETS_FULL } else { PACKETS };
    let peer = Ipv4Addr::new(10, 0, 0, 2);
    let mut known = None;
    for number in 0..count {
        let bytes = hostile(&mut random, &corpus);
        let stranger = Ipv4Addr::from(random.word());
        let from = if random.chance(1, 20) { stranger } else { peer };
        world.drive(VICTIM, |agent, now| {
            known = shoot((agent, now), target, from, &bytes, known);
        });
        if number % BURST == 0 {
            known = None;
            world.run_for(SECOND / 100);
        }
        if number % 1_000 == 0 {
            world.check_limits().check_counters();
        }
    }
    world.check_limits().check_counters();
    check_bite(&world, target, count);
    // What the storm made up is silent from now on.
    world.run_for(10 * MINUTE);
    assert!(believes(world.agent(VICTIM)) == before, "seed {seed}: not as it was before");
    world.check_at_rest().check_tables_equal(&[VICTIM, "rome"]);
}

/// The storm was one: most packets were refused, some were believed, for many different reasons,
/// and so many that the tables were full.
fn check_bite(world: &World, target: Target, count: u32) {
    let counted = outcomes(world.agent(VICTIM));
    let by_outcome = || Outcome::ALL.iter().zip(&counted).filter(|(_, count)| **count > 0);
    let reasons = by_outcome().filter(|(outcome, _)| !outcome.is_success()).count();
    let believed: u64 = by_outcome().filter(|(o, _)| o.is_success()).map(|(_, count)| count).sum();
    assert!(reasons >= 15, "{target:?}: refused for {reasons} reasons");
    assert!(believed >= u64::from(count / 20), "{target:?}: {believed} of {count} were believed");
    let full = world.events(VICTIM).any(|(_, event)| matches!(event, Event::RouteLimit { .. }));
    assert!(full, "{target:?}: the route table was never full");
}

#[test]
fn a_tap_with_four_framings_under_fire_keeps_its_limits_and_recovers() {
    storm(1, Target::Tap);
}

#[test]
fn a_nic_under_fire_keeps_its_limits_and_recovers() {
    storm(2, Target::Nic);
}

#[test]
fn a_cmd_network_under_fire_keeps_its_limits_and_recovers() {
    storm(3, Target::Udp);
}
