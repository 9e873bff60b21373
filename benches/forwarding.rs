//! The way of one packet through the data plane, in nanoseconds: from the bytes of a port to the
//! bytes of another, and the ways that end in a drop.
//!
//! `cargo bench -p ipxway-core --bench forwarding`. The row `copy` is the yardstick: a plain copy
//! of the same frame in the same run. Ratios hold from machine to machine, nanoseconds do not.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipxway_core::forward::{
    self, CmdLink, Egress, Fib, FibCircuit, HEADROOM, LanLink, Link, LinkDestination, NextHop,
    RouteTable, View,
};
use ipxway_core::ids::{CircuitId, PeerId, PortId};
use ipxway_core::wire::frame::{Framing, LinkHeader};
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

fn remote(number: u32) -> NetworkNumber {
    NetworkNumber(0xc900_0000 + number)
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

/// Frames from hosts on the LAN to many remote networks.
fn frames(size: usize, routes: u32) -> Vec<Vec<u8>> {
    (0..BATCH)
        .map(|index| {
            let number = u32::try_from(index).unwrap() * 7_919 % routes;
            let payload = packet(size, (LAN, HOST), (remote(number), NodeAddress::INTERNAL));
            frame(&payload, OUR_MAC)
        })
        .collect()
}

fn frame(payload: &[u8], destination: NodeAddress) -> Vec<u8> {
    let framing = Framing::EthernetII;
    let header = LinkHeader { destination, source: HOST, vlan: None, framing };
    let mut bytes = vec![0; HEADROOM];
    let mut link = vec![0; header.len()];
    header.write(&mut link, payload.len());
    bytes.extend_from_slice(&link);
    bytes.extend_from_slice(payload);
    bytes
}

/// What a forwarding thread does with a frame from a LAN: find, decide, make ready to send.
fn frame_to_port(fib: &Fib, buffer: &mut [u8]) -> bool {
    let Ok(received) = forward::receive_frame(fib, LAN_PORT, &buffer[HEADROOM..]) else {
        return false;
    };
    let (start, end) = (HEADROOM + received.packet.start, HEADROOM + received.packet.end);
    let mut view = View::new(buffer, start, end);
    let verdict = forward::forward(fib, &received, &mut view);
    let forward::Verdict::Transmit(egress) = verdict else { return false };
    let circuit = fib.circuit(egress.circuit).unwrap();
    let sent = forward::emit(circuit, egress.to, &mut view).is_ok();
    // The buffer is used again: as if no router had been crossed.
    buffer[start + 4] = 0;
    sent
}

/// The same for a datagram from a peer.
fn datagram_to_port(fib: &Fib, from: SocketAddrV4, buffer: &mut [u8]) -> bool {
    let Ok(received) = forward::receive_datagram(fib, UDP_PORT, from, &buffer[HEADROOM..]) else {
        return false;
    };
    let (start, end) = (HEADROOM + received.packet.start, HEADROOM + received.packet.end);
    let mut view = View::new(buffer, start, end);
    let verdict = forward::forward(fib, &received, &mut view);
    let forward::Verdict::Transmit(egress) = verdict else { return false };
    let circuit = fib.circuit(egress.circuit).unwrap();
    let sent = forward::emit(circuit, egress.to, &mut view).is_ok();
    buffer[start + 4] = 0;
    sent
}

#[divan::bench(args = SIZES)]
fn copy(bencher: Bencher<'_, '_>, size: usize) {
    let from = frames(size, 10);
    let mut to = vec![0u8; 2_048];
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for frame in &from {
            to[..frame.len()].copy_from_slice(black_box(frame));
            black_box(&mut to);
        }
    });
}

#[divan::bench(args = SIZES)]
fn lan_to_cmd(bencher: Bencher<'_, '_>, size: usize) {
    let fib = fib(50_000);
    let mut frames = frames(size, 50_000);
    assert!(frames.iter_mut().all(|frame| frame_to_port(&fib, frame)));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for frame in &mut frames {
            black_box(frame_to_port(&fib, black_box(frame)));
        }
    });
}

#[divan::bench(args = SIZES)]
fn cmd_to_lan(bencher: Bencher<'_, '_>, size: usize) {
    let fib = fib(50_000);
    let mut datagrams: Vec<(SocketAddrV4, Vec<u8>)> = (0..BATCH)
        .map(|index| {
            let number = u8::try_from(index % 24).unwrap();
            let mut buffer = vec![0; HEADROOM];
            let from = remote(u32::from(number));
            buffer.extend(packet(size, (from, NodeAddress::INTERNAL), (LAN, HOST)));
            buffer.extend([0; 60]);
            (SocketAddrV4::new(peer(2 + number), 2654), buffer)
        })
        .collect();
    assert!(datagrams.iter_mut().all(|(from, bytes)| datagram_to_port(&fib, *from, bytes)));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for (from, bytes) in &mut datagrams {
            black_box(datagram_to_port(&fib, *from, black_box(bytes)));
        }
    });
}

#[divan::bench(args = ["other protocol", "other station", "no route", "stranger"])]
fn drop(bencher: Bencher<'_, '_>, why: &str) {
    let fib = fib(50_000);
    let payload = packet(576, (LAN, HOST), (NetworkNumber(0x00de_ad00), HOST));
    let mut frame = frame(&payload, if why == "other station" { HOST } else { OUR_MAC });
    if why == "other protocol" {
        frame[HEADROOM + 12..HEADROOM + 14].copy_from_slice(&[0x86, 0xdd]);
    }
    let stranger = SocketAddrV4::new(peer(200), 2654);
    let mut datagram = vec![0; HEADROOM];
    datagram.extend(&payload);
    let mut one = || {
        if why == "stranger" {
            datagram_to_port(&fib, stranger, black_box(&mut datagram))
        } else {
            frame_to_port(&fib, black_box(&mut frame))
        }
    };
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
