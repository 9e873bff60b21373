//! One update against full tables, in microseconds: a RIP response of 50 networks and a SAP
//! response of 7 services, with and without news.
//!
//! `cargo bench -p ipxway-core --bench tables`. The yardstick is the same update in a bare
//! `BTreeMap`. What an update costs must depend on the update, not on the table.
#![allow(clippy::unwrap_used, reason = "a bench that finds nothing to unwrap measures nothing")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use divan::{Bencher, black_box};
use ipxway_core::Time;
use ipxway_core::config::{Config, Lan, Port, PortKind};
use ipxway_core::forward::LinkSource;
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::{Input, PortAddress, PortState, Router};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::{self, Header, PacketType};
use ipxway_core::wire::{NetworkNumber, NodeAddress, Socket, rip, sap};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 50_000];
const NEIGHBOUR: NodeAddress = NodeAddress([2, 0xaa, 0, 0, 0, 9]);
const LAN: u32 = 0xa1;
/// Longer than the queues need to empty, shorter than the least ageing.
const A_WHILE: Duration = Duration::from_secs(1);

/// A router with two LANs, and the time.
struct Bench {
    router: Router,
    now: Time,
}

impl Bench {
    fn new() -> Self {
        let lans = [("a", LAN), ("b", 0xb2)];
        let config = Config {
            internal_network: Some(NetworkNumber(0xc0ff_ee01)),
            ports: lans
                .map(|(name, _)| Port { name: name.to_owned(), kind: PortKind::Tap })
                .to_vec(),
            lans: [0, 1]
                .map(|index: u16| {
                    let (name, network) = lans[usize::from(index)];
                    Lan::new(name, PortId(index), Framing::EthernetII, NetworkNumber(network))
                })
                .to_vec(),
            ..Config::default()
        };
        let router = Router::new(Arc::new(config), 7, Time::ZERO);
        let mut bench = Self { router, now: Time::ZERO };
        for id in [PortId(0), PortId(1)] {
            let mac = NodeAddress([2, 0, 0, 0, 0, u8::try_from(id.0).unwrap()]);
            let address = PortAddress { mac: Some(mac), ip: None, mtu: 1500 };
            bench.give(Input::Port { id, state: PortState::Up(address) });
        }
        bench
    }

    fn give(&mut self, input: Input) {
        self.router.handle(self.now, input);
        while let Some(output) = self.router.poll() {
            black_box(output);
        }
    }

    /// Lets timers fire for a while, so that what an update sets off is done.
    fn rest(&mut self) {
        let end = self.now + A_WHILE;
        while let Some(due) = self.router.next_timeout().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.give(Input::Timeout);
        }
        self.now = end;
    }

    fn hear(&mut self, packet: &Bytes) {
        let (circuit, from) = (CircuitId(0), LinkSource::Node(NEIGHBOUR));
        self.give(Input::Packet {
            circuit,
            from,
            broadcast: true,
            waited: Duration::ZERO,
            packet: packet.clone(),
        });
    }
}

fn from_neighbour(packet_type: PacketType, socket: Socket, data: &[u8]) -> Bytes {
    let source = ipx::address(LAN, NEIGHBOUR.0, socket.0);
    let everyone = ipx::address(LAN, [0xff; 6], socket.0);
    Header::new(packet_type, source, everyone).packet(data)
}

fn network(number: usize) -> NetworkNumber {
    // An odd factor keeps different numbers different; bit 31 keeps them apart from the LANs.
    let number = u32::try_from(number).unwrap();
    NetworkNumber(0x8000_0000 | (number.wrapping_mul(0x0019_660d) & 0x7fff_ffff))
}

/// The RIP response that tells of 50 networks from `first` on.
fn routes(first: usize, ticks: u16) -> Bytes {
    let entries: Vec<rip::Entry> = (first..first + rip::MAX_ENTRIES)
        .map(|number| rip::Entry { network: network(number), hops: 2, ticks })
        .collect();
    let data = rip::encode(rip::Operation::Response, &entries);
    from_neighbour(PacketType::RIP, Socket::RIP, &data)
}

/// The SAP response that tells of 7 services from `first` on.
fn services(first: usize, hops: u16) -> Bytes {
    let entries: Vec<sap::Entry> = (first..first + sap::MAX_ENTRIES)
        .map(|number| {
            let at = ipx::address(network(number % 50).0, NodeAddress::INTERNAL.0, 0x451);
            sap::Entry::new(4, &format!("SERVER-{number}"), at, hops)
        })
        .collect();
    let data = sap::encode_response(sap::Kind::General, &entries);
    from_neighbour(PacketType::PEP, Socket::SAP, &data)
}

fn with_routes(size: usize) -> Bench {
    let mut bench = Bench::new();
    for first in (0..size).step_by(rip::MAX_ENTRIES) {
        bench.hear(&routes(first, 3));
    }
    bench.rest();
    bench
}

fn with_services(size: usize) -> Bench {
    let mut bench = with_routes(50);
    for first in (0..size).step_by(sap::MAX_ENTRIES) {
        bench.hear(&services(first, 2));
    }
    bench.rest();
    bench
}

/// The usual update: everything as before.
#[divan::bench(args = SIZES)]
fn rip_update_without_news(bencher: Bencher<'_, '_>, size: usize) {
    let mut bench = with_routes(size);
    let update = routes(size / 2, 3);
    bencher.bench_local(|| bench.hear(black_box(&update)));
}

/// All 50 networks have become farther or nearer; what that sets off at once is counted too.
#[divan::bench(args = SIZES)]
fn rip_update_of_news(bencher: Bencher<'_, '_>, size: usize) {
    let mut bench = with_routes(size);
    let updates = [routes(size / 2, 4), routes(size / 2, 3)];
    let mut next = updates.iter().cycle();
    bencher.bench_local(|| bench.hear(black_box(next.next().unwrap())));
}

#[divan::bench(args = SIZES)]
fn sap_update_without_news(bencher: Bencher<'_, '_>, size: usize) {
    let mut bench = with_services(size);
    let update = services(size / 2 / 7 * 7, 2);
    bencher.bench_local(|| bench.hear(black_box(&update)));
}

#[divan::bench(args = SIZES)]
fn sap_update_of_news(bencher: Bencher<'_, '_>, size: usize) {
    let mut bench = with_services(size);
    let updates = [services(size / 2 / 7 * 7, 3), services(size / 2 / 7 * 7, 2)];
    let mut next = updates.iter().cycle();
    bencher.bench_local(|| bench.hear(black_box(next.next().unwrap())));
}

/// The yardstick: 50 entries of a bare map looked up and written.
#[divan::bench(args = SIZES)]
fn fifty_entries_of_a_btree_map(bencher: Bencher<'_, '_>, size: usize) {
    let mut map: BTreeMap<NetworkNumber, (u16, u16)> =
        (0..size).map(|number| (network(number), (2, 3))).collect();
    let mut ticks = 3;
    bencher.bench_local(|| {
        ticks ^= 7;
        for number in size / 2..size / 2 + 50 {
            map.insert(black_box(network(number)), (2, ticks));
        }
    });
}
