//! Packets for tshark: every kind at its limits, and any number of random ones.

use ipxway_core::random::Random;
use ipxway_core::wire::nlsp::{
    Area, Csnp, ExternalRoute, Flags, LanHello, Link, LinkState, Lsp, LspEntry, LspId, LspOption,
    MAX_NAME, Management, MediaType, NodeId, Pdu, Psnp, ServiceInfo, SystemId, WanHello,
};
use ipxway_core::wire::sap::{ServiceName, ServiceType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// A number in `0..bound`.
fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(u64::try_from(bound).unwrap())).unwrap()
}

fn byte(random: &mut Random) -> u8 {
    bytes::<1>(random)[0]
}

fn short(random: &mut Random) -> u16 {
    u16::from_be_bytes(bytes(random))
}

fn bytes<const N: usize>(random: &mut Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

fn many<T>(random: &mut Random, most: usize, one: fn(&mut Random) -> T) -> Vec<T> {
    (0..below(random, most + 1)).map(|_| one(random)).collect()
}

fn node_id(random: &mut Random) -> NodeId {
    NodeId::from_bytes(bytes(random))
}

fn node(random: &mut Random) -> NodeAddress {
    NodeAddress(bytes(random))
}

fn network(random: &mut Random) -> NetworkNumber {
    NetworkNumber(random.word())
}

fn area(random: &mut Random) -> Area {
    let ones = u32::try_from(below(random, 33)).unwrap();
    let mask = u32::MAX.checked_shl(32 - ones).unwrap_or(0);
    Area { network: network(random), mask }
}

fn entry(random: &mut Random) -> LspEntry {
    LspEntry {
        // From 8000 on a lifetime is told in hours.
        lifetime: short(random) & 0x7fff,
        id: LspId::from_bytes(bytes(random)),
        sequence: random.word(),
        checksum: short(random),
    }
}

fn route(random: &mut Random) -> ExternalRoute {
    ExternalRoute { hops: byte(random), network: network(random), ticks: short(random) }
}

fn link(random: &mut Random) -> Link {
    Link {
        cost: random.chance(9, 10).then(|| byte(random) & 0x3f),
        neighbour: node_id(random),
        mtu: random.word(),
        delay_us: random.word(),
        throughput_bps: random.word(),
        media: MediaType(short(random)),
    }
}

/// Letters, digits and what does not separate fields.
fn name(random: &mut Random, least: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let length = least + below(random, MAX_NAME + 1 - least);
    (0..length).map(|_| char::from(LETTERS[below(random, LETTERS.len())])).collect()
}

fn service(random: &mut Random) -> ServiceInfo {
    ServiceInfo {
        hops: byte(random),
        address: Address::new(network(random), node(random), Socket(short(random))),
        service_type: ServiceType(short(random)),
        name: ServiceName::new(&name(random, 1)),
    }
}

/// Appends one option of any kind.
fn option(random: &mut Random, out: &mut Vec<u8>) {
    match random.below(5) {
        0 => {
            let areas = vec![area(random); 1 + below(random, 3)];
            LspOption::Areas(areas).encode(out);
        }
        1 => {
            let (network, node, name) = (network(random), node(random), name(random, 0));
            let name = name.as_bytes();
            LspOption::Management(Management { network, node, name }).encode(out);
        }
        2 => LspOption::Link(link(random)).encode(out),
        3 => LspOption::Service(service(random)).encode(out),
        _ => ExternalRoute::encode_all(&many(random, 80, route), out),
    }
}

fn lan_hello(random: &mut Random) -> LanHello {
    let mut hello = LanHello {
        system: SystemId::of_internal(network(random)),
        holding_time: short(random),
        priority: byte(random) & 0x7f,
        lan_id: node_id(random),
        no_multicast: random.chance(1, 2),
        areas: many(random, 3, area),
        neighbours: many(random, 150, node),
        local_mtu: random.chance(9, 10).then(|| random.word()),
        packet_len: 0,
    };
    if random.chance(1, 2) {
        hello.packet_len = below(random, 1_470);
    }
    hello
}

fn wan_hello(random: &mut Random) -> WanHello {
    let states = [LinkState::Up, LinkState::Initializing, LinkState::Down];
    WanHello {
        state: states[below(random, 3)],
        system: SystemId::of_internal(network(random)),
        holding_time: short(random),
        priority: Some(byte(random) & 0x7f),
        circuit: byte(random),
        areas: many(random, 3, area),
        local_mtu: random.chance(9, 10).then(|| random.word()),
    }
}

fn lsp(random: &mut Random) -> Lsp {
    let mut options = Vec::new();
    for _ in 0..below(random, 12) {
        option(random, &mut options);
    }
    let flags = if random.chance(1, 4) { Flags::OVERLOADED } else { Flags::LEVEL_1 };
    let (id, lifetime) = (LspId::from_bytes(bytes(random)), short(random) & 0x7fff);
    let lsp = Lsp::build(id, random.word().max(1), lifetime, flags, &options);
    if random.chance(1, 8) { lsp.purged() } else { lsp }
}

/// A packet of any kind.
pub(crate) fn any(random: &mut Random) -> Pdu {
    match random.below(6) {
        0 => Pdu::LanHello(lan_hello(random)),
        1 => Pdu::WanHello(wan_hello(random)),
        2 => {
            let ends: [LspId; 2] = [(), ()].map(|()| LspId::from_bytes(bytes(random)));
            let (start, end) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let (source, entries) = (node_id(random), many(random, 90, entry));
            Pdu::Csnp(Csnp { source, start, end, entries })
        }
        3 => Pdu::Psnp(Psnp { source: node_id(random), entries: many(random, 90, entry) }),
        _ => Pdu::Lsp(lsp(random)),
    }
}

fn hellos_at_limits(random: &mut Random) -> Vec<Pdu> {
    let plain = LanHello {
        system: SystemId([2, 0, 0, 0, 0, 1]),
        holding_time: 0,
        priority: 0,
        lan_id: NodeId::default(),
        no_multicast: true,
        areas: Vec::new(),
        neighbours: Vec::new(),
        local_mtu: None,
        packet_len: 0,
    };
    let greatest = LanHello {
        system: SystemId([0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
        holding_time: u16::MAX,
        priority: 127,
        lan_id: NodeId::from_bytes([0xff; 7]),
        no_multicast: false,
        areas: vec![Area { network: NetworkNumber(u32::MAX), mask: u32::MAX }; 3],
        local_mtu: Some(u32::MAX),
        ..plain.clone()
    };
    let mut pdus = vec![plain.clone(), greatest.clone()];
    for neighbours in [41, 42, 43, 84, 85, 231, 999] {
        let neighbours = (0..neighbours).map(|_| node(random)).collect();
        pdus.push(LanHello { neighbours, ..greatest.clone() });
    }
    for more in [1, 2, 3, 256, 257, 258, 259, 514, 515, 516] {
        pdus.push(LanHello { packet_len: 27 + more, ..plain.clone() });
    }
    let mut pdus: Vec<Pdu> = pdus.into_iter().map(Pdu::LanHello).collect();
    for (state, number) in [(LinkState::Up, 0), (LinkState::Down, 127)] {
        let (areas, local_mtu) = (greatest.areas.clone(), Some(number.into()));
        let system = greatest.system;
        pdus.push(Pdu::WanHello(WanHello {
            state,
            system,
            holding_time: number.into(),
            priority: Some(number),
            circuit: u8::MAX - number,
            areas,
            local_mtu,
        }));
    }
    pdus
}

/// LSPs with every media type, and with the least and the greatest of everything.
fn lsps_at_limits() -> Vec<Pdu> {
    let (ones, zeros) = (NodeAddress([0xff; 6]), NodeAddress([0; 6]));
    let (last, first) = (NetworkNumber(u32::MAX), NetworkNumber(0));
    let name = "N".repeat(MAX_NAME);
    let media = (0..=0x20).chain(0x8000..=0x8021).map(|media| {
        let cost = [None, Some(0), Some(63)][usize::from(media % 3)];
        let neighbour = NodeId::from_bytes([0xff; 7]);
        let (mtu, delay_us, throughput_bps) = (u32::MAX, u32::MAX, u32::MAX);
        let media = MediaType(media);
        LspOption::Link(Link { cost, neighbour, mtu, delay_us, throughput_bps, media })
    });
    let management = [(first, zeros, ""), (last, ones, name.as_str())].map(|told| {
        let (network, node, name) = (told.0, told.1, told.2.as_bytes());
        vec![LspOption::Management(Management { network, node, name })]
    });
    let services = [(0, first, zeros, "S"), (0xff, last, ones, name.as_str())].map(|told| {
        let (hops, network, node, name) = told;
        let address = Address::new(network, node, Socket(0xffff));
        let (service_type, name) = (ServiceType(u16::from(hops)), ServiceName::new(name));
        vec![LspOption::Service(ServiceInfo { hops, address, service_type, name })]
    });
    let mut pdus = Vec::new();
    let links = vec![media.collect()];
    for options in links.into_iter().chain(management).chain(services) {
        let mut bytes = Vec::new();
        options.iter().for_each(|option| option.encode(&mut bytes));
        for (id, sequence, lifetime, flags) in [
            (LspId::FIRST, 1, 1, Flags::LEVEL_1),
            (LspId::LAST, u32::MAX, 32_767, Flags::OVERLOADED),
        ] {
            let lsp = Lsp::build(id, sequence, lifetime, flags, &bytes);
            pdus.extend([Pdu::Lsp(lsp.purged()), Pdu::Lsp(lsp)]);
        }
    }
    pdus
}

fn lists_at_limits(random: &mut Random) -> Vec<Pdu> {
    let mut pdus = Vec::new();
    for number in [0, 1, 35, 36, 37, 72, 73, 580] {
        let routes: Vec<ExternalRoute> = (0..number).map(|_| route(random)).collect();
        let mut options = Vec::new();
        ExternalRoute::encode_all(&routes, &mut options);
        pdus.push(Pdu::Lsp(Lsp::build(LspId::FIRST, 1, 7_500, Flags::LEVEL_1, &options)));
    }
    for number in [0, 1, 14, 15, 16, 29, 30, 31, 250] {
        let (source, start, end) = (NodeId::default(), LspId::FIRST, LspId::LAST);
        let entries: Vec<LspEntry> = (0..number).map(|_| entry(random)).collect();
        pdus.push(Pdu::Psnp(Psnp { source, entries: entries.clone() }));
        pdus.push(Pdu::Csnp(Csnp { source, start, end, entries }));
    }
    pdus
}

/// Every kind of packet and option, at the ends of what its fields can be.
pub(crate) fn at_limits() -> Vec<Pdu> {
    let mut random = Random::seeded(1);
    let mut pdus = hellos_at_limits(&mut random);
    pdus.extend(lsps_at_limits());
    pdus.extend(lists_at_limits(&mut random));
    pdus
}
