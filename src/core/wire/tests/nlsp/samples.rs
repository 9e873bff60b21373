//! The 17 samples have the values that the document lists, and what we encode has their bytes.

use super::{A, A_NODE, B, area, decode, exact, hello_of_a, link, sample};
use crate::wire::nlsp::{
    Area, Csnp, ExternalRoute, Flags, LanHello, Link, LinkState, Lsp, LspEntry, LspId, LspOption,
    Management, MediaType, Pdu, Psnp, ServiceInfo, WanHello,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

fn lsp(number: usize) -> Lsp {
    match Pdu::decode(&sample(number)) {
        Ok(Pdu::Lsp(lsp)) => lsp,
        other => panic!("{other:?}"),
    }
}

fn entry(lifetime: u16, id: LspId, sequence: u32, checksum: u16) -> LspEntry {
    LspEntry { lifetime, id, sequence, checksum }
}

/// The 30 entries of samples 13 and 14.
fn many() -> Vec<LspEntry> {
    (0..30u8)
        .map(|n| {
            let more = u16::from(n);
            entry(7_000 + more, A.router().lsp(n), u32::from(n) + 1, 0x1000 + more)
        })
        .collect()
}

/// An LSP of ours with the contents of a sample.
fn rebuilt(lsp: &Lsp) -> Vec<u8> {
    let mut options = Vec::new();
    lsp.options().for_each(|option| option.encode(&mut options));
    let built = Lsp::build(lsp.id, lsp.sequence, lsp.lifetime, lsp.flags, &options);
    built.to_packet(built.lifetime)
}

fn service(hops: u8, network: u32, name: &str) -> ServiceInfo {
    ServiceInfo {
        hops,
        address: Address::new(NetworkNumber(network), NodeAddress::INTERNAL, Socket::NCP),
        service_type: ServiceType::FILE_SERVER,
        name: ServiceName::new(name),
    }
}

fn route(hops: u8, network: u32, ticks: u16) -> ExternalRoute {
    ExternalRoute { hops, network: NetworkNumber(network), ticks }
}

#[test]
fn lan_hellos_tell_sender_router_and_neighbours_in_every_framing() {
    for number in [1, 3] {
        assert_eq!(decode(&sample(number)), Ok(Pdu::LanHello(hello_of_a())), "frame {number}");
        assert_eq!(hello_of_a().encode(), exact(number));
    }
    let padded = LanHello {
        system: B,
        holding_time: 60,
        priority: 44,
        neighbours: vec![A_NODE],
        packet_len: 408,
        ..hello_of_a()
    };
    assert_eq!(decode(&sample(2)), Ok(Pdu::LanHello(padded.clone())));
    // Its padding is split otherwise than ours.
    let again = padded.encode();
    assert_eq!(again.len(), 408);
    assert_eq!(again[..51], exact(2)[..51]);
    let tunnelled = LanHello {
        holding_time: 60,
        priority: 44,
        neighbours: vec![NodeAddress([0x7e, 1, 10, 0, 0, 2])],
        local_mtu: Some(1472),
        packet_len: 51,
        ..hello_of_a()
    };
    for number in [15, 16, 17] {
        let decoded = decode(&sample(number));
        assert_eq!(decoded, Ok(Pdu::LanHello(tunnelled.clone())), "frame {number}");
        assert_eq!(tunnelled.encode(), exact(number));
    }
}

#[test]
fn wan_hellos_are_read_by_the_length_of_their_header() {
    let long = WanHello {
        state: LinkState::Initializing,
        system: A,
        holding_time: 60,
        priority: Some(44),
        circuit: 3,
        areas: vec![Area::ALL],
        local_mtu: Some(576),
    };
    let short = WanHello { state: LinkState::Up, priority: None, ..long.clone() };
    for (number, hello) in [(4, long), (5, short)] {
        assert_eq!(decode(&sample(number)), Ok(Pdu::WanHello(hello.clone())), "frame {number}");
        assert_eq!(hello.encode(), exact(number));
    }
}

#[test]
fn the_lsp_of_a_router_tells_its_links_services_and_routes() {
    let lsp = lsp(6);
    assert_eq!(lsp.id, A.router().lsp(0));
    assert_eq!((lsp.sequence, lsp.lifetime, lsp.checksum), (5, 7500, 0x7bef));
    assert_eq!((lsp.flags, lsp.non_routing), (Flags::LEVEL_1, false));
    let options: Vec<LspOption<'_>> = lsp.options().collect();
    let (areas, name) = (vec![Area::ALL], b"CORP-FS".as_slice());
    let wan = Link {
        mtu: 576,
        delay_us: 20_000,
        throughput_bps: 64_000,
        media: MediaType(0x801c),
        ..link(45, B, 2)
    };
    let network = NetworkNumber(0x0022_2222);
    assert_eq!(
        options[..5],
        [
            LspOption::Areas(areas),
            LspOption::Management(Management { network, node: NodeAddress::INTERNAL, name }),
            LspOption::Link(link(20, A, 1)),
            LspOption::Link(wan),
            LspOption::Service(service(0, 0x0022_2222, "CORP-FS")),
        ]
    );
    let LspOption::External(routes) = &options[5] else { panic!("{:?}", options[5]) };
    assert_eq!(routes.clone().collect::<Vec<_>>(), [route(2, 0xd00, 7)]);
    assert_eq!(options.len(), 6);
    assert_eq!(rebuilt(&lsp), exact(6));
}

#[test]
fn the_lsp_of_a_pseudonode_tells_its_lan() {
    let lsp = lsp(7);
    assert_eq!(lsp.id, A.lan(1).lsp(0));
    assert_eq!((lsp.sequence, lsp.checksum, lsp.flags), (3, 0x5258, Flags::LEVEL_1));
    let options: Vec<LspOption<'_>> = lsp.options().collect();
    let (network, name) = (NetworkNumber(0xe0), b"CORP-FS".as_slice());
    assert_eq!(
        options[..3],
        [
            LspOption::Management(Management { network, node: A_NODE, name }),
            LspOption::Link(link(0, A, 0)),
            LspOption::Link(link(0, B, 0)),
        ]
    );
    let LspOption::External(routes) = &options[3] else { panic!("{:?}", options[3]) };
    let told: Vec<ExternalRoute> = routes.clone().collect();
    assert_eq!(told, [route(1, 0xd001, 2), route(3, 0xd002, 9)]);
    assert_eq!(options[4], LspOption::Service(service(2, 0xd001, "OLD-RIP-SERVER")));
    assert_eq!(rebuilt(&lsp), exact(7));
}

#[test]
fn a_purge_is_a_header_and_what_purging_leaves() {
    let purge = lsp(8);
    assert_eq!(purge.id, B.router().lsp(1));
    assert_eq!((purge.sequence, purge.lifetime, purge.checksum), (9, 0, 0x68f0));
    assert_eq!(purge.options().count(), 0);
    let mut options = Vec::new();
    LspOption::Link(link(20, A, 1)).encode(&mut options);
    let live = Lsp::build(purge.id, 9, 7500, Flags::LEVEL_1, &options);
    assert_eq!(live.purged(), purge);
    assert_eq!(purge.purged(), purge);
    assert_eq!(live.purged().to_packet(0), exact(8));
}

#[test]
fn an_overloaded_multihomed_server_says_so() {
    let lsp = lsp(9);
    assert_eq!(lsp.flags, Flags(0x0d));
    assert!(lsp.flags.overloaded() && lsp.non_routing);
    assert_eq!(lsp.checksum, 0x2c10);
    let areas = vec![area(0x1234_0000, 0xffff_0000), area(0x5678_0000, 0xffff_0000)];
    assert_eq!(lsp.options().next(), Some(LspOption::Areas(areas)));
    // NR is outside of the checksum, and a purge keeps it.
    assert_eq!(lsp.purged().bytes()[4], 0x92);
    assert_eq!(decode(lsp.purged().bytes()), Ok(Pdu::Lsp(lsp.purged())));
}

#[test]
fn sequence_number_packets_tell_entries() {
    let entries =
        vec![entry(7495, A.router().lsp(0), 5, 0x7bef), entry(7490, A.lan(1).lsp(0), 3, 0x5258)];
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let csnp = Csnp { source: A.router(), start, end, entries };
    let (start, end) = (A.router().lsp(0), A.router().lsp(28));
    let full = Csnp { source: A.router(), start, end, entries: many()[..29].to_vec() };
    for (number, csnp) in [(10, csnp), (13, full)] {
        assert_eq!(csnp.encode(), exact(number), "frame {number}");
        assert_eq!(decode(&sample(number)), Ok(Pdu::Csnp(csnp)));
    }
    let asked = vec![entry(0, A.router().lsp(0), 0, 0)];
    for (number, entries) in [(11, asked), (14, many())] {
        let psnp = Psnp { source: B.router(), entries };
        assert_eq!(psnp.encode(), exact(number), "frame {number}");
        assert_eq!(decode(&sample(number)), Ok(Pdu::Psnp(psnp)));
    }
}

#[test]
fn a_fragment_of_512_bytes_with_the_last_sequence_is_full_of_routes() {
    let lsp = lsp(12);
    assert_eq!((lsp.id, lsp.sequence), (A.router().lsp(7), u32::MAX));
    assert_eq!((lsp.checksum, lsp.bytes().len()), (0x4a59, 512));
    let options: Vec<LspOption<'_>> = lsp.options().collect();
    assert_eq!(options[0], LspOption::Unknown(133));
    let routes: Vec<ExternalRoute> = options[1..3]
        .iter()
        .flat_map(|option| match option {
            LspOption::External(routes) => routes.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(routes.len(), 56);
    assert_eq!(routes[36], route(2, 0x2000, 3));
    let mut encoded = Vec::new();
    ExternalRoute::encode_all(&routes[..36], &mut encoded);
    ExternalRoute::encode_all(&routes[36..], &mut encoded);
    assert!(exact(12)[52..].starts_with(&encoded));
    let LspOption::Service(last) = options[3] else { panic!("{:?}", options[3]) };
    assert_eq!(last.name, ServiceName::new(&"S".repeat(47)));
    assert_eq!((last.hops, last.service_type, options.len()), (15, ServiceType(0x0107), 4));
}
