//! The way of one packet through the data plane, in nanoseconds: from the bytes of a port to the
//! bytes of another, and the ways that end in a drop.
//!
//! `cargo bench -p ipxway-core --bench forwarding`. The row `copy` is the yardstick: a plain copy
//! of the same frame in the same run. Ratios hold from machine to machine, nanoseconds do not.
#![allow(clippy::unwrap_used, reason = "a bench that finds nothing to unwrap measures nothing")]
#![allow(clippy::disallowed_types, reason = "a hash map of the standard library is a yardstick")]

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipxway_core::forward::{
    self, Arrival, CmdLink, Counters, Egress, Fib, FibCircuit, HEADROOM, Handling, LanLink, Link,
    LinkDestination, NextHop, RouteTable,
};
use ipxway_core::ids::{CircuitId, PeerId, PortId};
use ipxway_core::wire::frame::{Framing, LinkHeader, MIN_FRAME};
use ipxway_core::wire::ipx::{self, Header, PacketType};
use ipxway_core::wire::{NetworkNumber, NodeAddress, cmd};

fn main() {
    divan::main();
}

/// Packets handled in one iteration, so that the clock's own cost disappears.
const BATCH: usize = 64;
const SIZES: [usize; 3] = [64, 576, 1_470];
const ROUTES: [u32; 3] = [10, 1_000, 50_000];

const LAN_PORT: PortId = PortId(15);
const UDP_PORT: PortId = PortId(16);
const OUR_MAC: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);
const HOST: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);
const LAN: NetworkNumber = NetworkNumber(0xa1);
const CMD: NetworkNumber = NetworkNumber(0xffff_fffd);
const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn peer(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}

/// The remote network of this number: numbers in no order, as sites choose them.
fn remote(number: u32) -> NetworkNumber {
    // An odd factor keeps different numbers different; bit 31 keeps them apart from the LANs.
    NetworkNumber(0x8000_0000 | (number.wrapping_mul(0x0019_660d) & 0x7fff_ffff))
}

/// Sixteen LAN ports with four framings each, one CMD network with 24 peers, routes that lead to
/// them in turn. The port in use is the last.
fn fib(routes: u32) -> Fib {
    let mut fib = Fib::default();
    fib.hop_limit = 16;
    let mut table = BTreeMap::new();
    for index in 0..64u16 {
        let network = if index == 60 { LAN } else { NetworkNumber(0x1000 + u32::from(index)) };
        let link = LanLink {
            port: PortId(index / 4),
            vlan: None,
            framing: Framing::ALL[usize::from(index % 4)],
            pad: false,
            evenise: false,
            strip_checksum: false,
        };
        fib.set_circuit(FibCircuit {
            id: CircuitId(index),
            up: true,
            network,
            node: OUR_MAC,
            max_packet: link.framing.max_packet(1500),
            link: Link::Lan(link),
        });
        table.insert(network, Some(NextHop::Direct(CircuitId(index))));
    }
    let peers: Arc<[(Ipv4Addr, PeerId)]> =
        (2u8..26).map(|n| (peer(n), PeerId(u32::from(n)))).collect();
    fib.set_circuit(FibCircuit {
        id: CircuitId(64),
        up: true,
        network: CMD,
        node: cmd::node(OURS),
        max_packet: 65_507,
        link: Link::Cmd(CmdLink { port: UDP_PORT, ip: OURS, udp_port: 2654, mtu: 1500, peers }),
    });
    table.insert(CMD, Some(NextHop::Direct(CircuitId(64))));
    for number in 0..routes {
        let to = LinkDestination::Peer(peer(2 + u8::try_from(number % 24).unwrap()));
        let egress = Egress { circuit: CircuitId(64), to };
        table.insert(remote(number), Some(NextHop::Via(egress)));
    }
    fib.routes = RouteTable::default().with(&table);
    fib
}

fn packet(
    size: usize,
    from: (NetworkNumber, NodeAddress),
    to: (NetworkNumber, NodeAddress),
) -> Vec<u8> {
    let source = ipx::address(from.0.0, from.1.0, 0x4003);
    let destination = ipx::address(to.0.0, to.1.0, 0x0451);
    Header::new(PacketType::NCP, source, destination).packet(&vec![0x5a; size - 30]).to_vec()
}

/// A frame from a host on the LAN.
fn frame(payload: &[u8], destination: NodeAddress) -> Received {
    let framing = Framing::EthernetII;
    let header = LinkHeader { destination, source: HOST, vlan: None, framing };
    let mut bytes = vec![0; header.len()];
    header.write(&mut bytes, payload.len());
    bytes.extend_from_slice(payload);
    Received::new(&bytes, header.len())
}

/// Frames from a host on the LAN to many remote networks.
fn frames(size: usize, routes: u32) -> Vec<Received> {
    (0..BATCH)
        .map(|index| {
            let number = u32::try_from(index).unwrap() * 7_919 % routes;
            let to = (remote(number), NodeAddress::INTERNAL);
            frame(&packet(size, (LAN, HOST), to), OUR_MAC)
        })
        .collect()
}

/// What a forwarding thread does with what a port received: find the circuit, decide, make ready
/// to send, count. True if the packet is to be sent.
fn pass(fib: &Fib, counters: &mut Counters, arrival: Arrival, buffer: &mut Received) -> bool {
    let bytes = HEADROOM..HEADROOM + buffer.len;
    let handling = forward::receive(fib, counters, arrival, &mut buffer.bytes, bytes);
    // The buffer is used again: as if no router had been crossed.
    buffer.bytes[buffer.hops_at] = 0;
    matches!(handling, Handling::Send { .. })
}

/// A buffer with room on both sides of what was received.
struct Received {
    bytes: Vec<u8>,
    len: usize,
    hops_at: usize,
}

impl Received {
    fn new(received: &[u8], packet_at: usize) -> Self {
        let mut bytes = vec![0; HEADROOM];
        bytes.extend_from_slice(received);
        bytes.extend_from_slice(&[0; MIN_FRAME]);
        Self { bytes, len: received.len(), hops_at: HEADROOM + packet_at + 4 }
    }
}

#[divan::bench(args = SIZES)]
fn copy(bencher: Bencher<'_, '_>, size: usize) {
    let from = frames(size, 10);
    let mut to = vec![0u8; 2_048];
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for frame in &from {
            to[..frame.len].copy_from_slice(black_box(&frame.bytes[..frame.len]));
            black_box(&mut to);
        }
    });
}

#[divan::bench(args = SIZES)]
fn lan_to_cmd(bencher: Bencher<'_, '_>, size: usize) {
    let (fib, mut counters) = (fib(50_000), Counters::default());
    let arrival = Arrival::Frame { port: LAN_PORT };
    let mut frames = frames(size, 50_000);
    assert!(frames.iter_mut().all(|frame| pass(&fib, &mut counters, arrival, frame)));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for frame in &mut frames {
            black_box(pass(&fib, &mut counters, arrival, black_box(frame)));
        }
    });
}

#[divan::bench(args = SIZES)]
fn cmd_to_lan(bencher: Bencher<'_, '_>, size: usize) {
    let (fib, mut counters) = (fib(50_000), Counters::default());
    let mut datagrams: Vec<(Arrival, Received)> = (0..BATCH)
        .map(|index| {
            let number = u8::try_from(index % 24).unwrap();
            let from = (remote(u32::from(number)), NodeAddress::INTERNAL);
            let bytes = packet(size, from, (LAN, HOST));
            let from = SocketAddrV4::new(peer(2 + number), 2654);
            (Arrival::Datagram { port: UDP_PORT, from }, Received::new(&bytes, 0))
        })
        .collect();
    let every = |(arrival, bytes): &mut (Arrival, Received)| {
        pass(&fib, &mut counters, *arrival, black_box(bytes))
    };
    assert!(datagrams.iter_mut().all(every));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for (arrival, bytes) in &mut datagrams {
            black_box(pass(&fib, &mut counters, *arrival, black_box(bytes)));
        }
    });
}

#[divan::bench(args = ["other protocol", "other station", "no route", "stranger"])]
fn drop(bencher: Bencher<'_, '_>, why: &str) {
    let (fib, mut counters) = (fib(50_000), Counters::default());
    let payload = packet(576, (LAN, HOST), (NetworkNumber(0x00de_ad00), HOST));
    let mut arrival = Arrival::Frame { port: LAN_PORT };
    let mut bytes = frame(&payload, if why == "other station" { HOST } else { OUR_MAC });
    match why {
        "other protocol" => bytes.bytes[HEADROOM + 12..][..2].copy_from_slice(&[0x86, 0xdd]),
        "stranger" => {
            let from = SocketAddrV4::new(peer(200), 2654);
            arrival = Arrival::Datagram { port: UDP_PORT, from };
            bytes = Received::new(&payload, 0);
        }
        _ => {}
    }
    let mut one = || pass(&fib, &mut counters, arrival, black_box(&mut bytes));
    assert!(!one());
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| (0..BATCH).filter(|_| one()).count());
}

/// Numbers in an order that caches cannot foresee.
fn scattered(routes: u32) -> Vec<NetworkNumber> {
    (0..1_024u32).map(|n| remote(n.wrapping_mul(2_654_435_761) % routes)).collect()
}

#[divan::bench(args = ROUTES)]
fn lookup(bencher: Bencher<'_, '_>, routes: u32) {
    let fib = fib(routes);
    let asked = scattered(routes);
    assert!(asked.iter().all(|&network| fib.routes.get(network).is_some()));
    bencher.counter(ItemsCount::new(asked.len())).bench_local(|| {
        for &network in &asked {
            black_box(fib.routes.get(black_box(network)));
        }
    });
}

/// The yardstick of `lookup`.
#[divan::bench(args = ROUTES)]
fn lookup_in_a_std_hash_map(bencher: Bencher<'_, '_>, routes: u32) {
    let map: HashMap<NetworkNumber, NextHop> =
        (0..routes).map(|n| (remote(n), NextHop::Direct(CircuitId(1)))).collect();
    let asked = scattered(routes);
    bencher.counter(ItemsCount::new(asked.len())).bench_local(|| {
        for network in &asked {
            black_box(map.get(black_box(network)));
        }
    });
}

/// One route more, in a table that forwarding threads hold.
#[divan::bench(args = ROUTES)]
fn publish_one_route(bencher: Bencher<'_, '_>, routes: u32) {
    let fib = fib(routes);
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        let change = [(NetworkNumber(number), Some(NextHop::Direct(CircuitId(1))))].into();
        black_box(fib.routes.with(black_box(&change)))
    });
}
