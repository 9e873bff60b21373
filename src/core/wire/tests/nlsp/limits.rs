//! How much fits into a packet, and what becomes of more.

use super::{A, B, decode, hello_of_a, link};
use crate::wire::nlsp::{
    Csnp, ExternalRoute, ExternalRoutes, Flags, LSP_HEADER_LEN, LanHello, Lsp, LspEntry, LspId,
    LspOption, MAX_NAME, Management, Pdu, Psnp, ServiceInfo,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// The most bytes of an NLSP packet in IPX.
const MAX_PACKET: usize = 65_505;

fn service(letters: usize) -> LspOption<'static> {
    LspOption::Service(ServiceInfo {
        hops: 0,
        address: Address::new(NetworkNumber(1), NodeAddress::INTERNAL, Socket::NCP),
        service_type: ServiceType::FILE_SERVER,
        name: ServiceName::new(&"S".repeat(letters)),
    })
}

fn size(option: &LspOption<'_>) -> usize {
    let mut out = Vec::new();
    option.encode(&mut out);
    out.len()
}

fn routes(number: u16) -> Vec<ExternalRoute> {
    (0..number)
        .map(|n| ExternalRoute { hops: 1, network: NetworkNumber(n.into()), ticks: n })
        .collect()
}

fn nodes(number: u16) -> Vec<NodeAddress> {
    let node = |n: u16| NodeAddress([0x7e, 1, 10, 0, n.to_be_bytes()[0], n.to_be_bytes()[1]]);
    (0..number).map(node).collect()
}

fn entries(number: u16) -> Vec<LspEntry> {
    let entry =
        |n: u16| LspEntry { lifetime: n, id: LspId::FIRST, sequence: n.into(), checksum: n };
    (0..number).map(entry).collect()
}

#[test]
fn a_fragment_of_512_bytes_holds_the_figures_of_the_document() {
    let room = 512 - LSP_HEADER_LEN;
    assert_eq!(room / size(&LspOption::Link(link(20, B, 0))), 17);
    assert_eq!([8, 20, 47].map(|letters| room / size(&service(letters))), [19, 13, 7]);
    let mut out = Vec::new();
    ExternalRoute::encode_all(&routes(68), &mut out);
    assert!(out.len() <= room, "{}", out.len());
    out.clear();
    ExternalRoute::encode_all(&routes(69), &mut out);
    assert!(out.len() > room, "{}", out.len());
}

#[test]
fn sequence_number_packets_of_512_bytes_hold_29_and_30_entries() {
    assert_eq!((Csnp::capacity(512), Psnp::capacity(512)), (29, 30));
    for packet in (0..600).chain([1_470, 4_096, MAX_PACKET]) {
        let length = |csnp: bool, more| {
            let entries = |capacity| entries(u16::try_from(capacity).unwrap() + more);
            let (source, start, end) = (A.router(), LspId::FIRST, LspId::LAST);
            if csnp {
                let entries = entries(Csnp::capacity(packet));
                Csnp { source, start, end, entries }.encode().len()
            } else {
                Psnp { source, entries: entries(Psnp::capacity(packet)) }.encode().len()
            }
        };
        for (csnp, header) in [(true, 33), (false, 17)] {
            assert!(length(csnp, 0) <= packet.max(header), "{packet}");
            if packet < MAX_PACKET {
                assert!(length(csnp, 1) > packet, "{packet}");
            }
        }
    }
    let (source, start, end) = (A.router(), LspId::FIRST, LspId::LAST);
    let full = Csnp { source, start, end, entries: entries(29) };
    assert_eq!(full.encode().len(), 501);
    assert_eq!(Psnp { source, entries: entries(30) }.encode().len(), 501);
}

#[test]
fn what_no_ipx_packet_can_hold_is_cut() {
    let source = A.router();
    let psnp = Psnp { source, entries: entries(6_000) };
    let Ok(Pdu::Psnp(cut)) = decode(&psnp.encode()) else { panic!("not what was encoded") };
    assert_eq!(cut.entries, psnp.entries[..Psnp::capacity(MAX_PACKET)]);
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let csnp = Csnp { source, start, end, entries: entries(6_000) };
    let Ok(Pdu::Csnp(cut)) = decode(&csnp.encode()) else { panic!("not what was encoded") };
    assert_eq!(cut.entries.len(), Csnp::capacity(MAX_PACKET));
    let hello = LanHello { neighbours: nodes(20_000), ..hello_of_a() };
    let Ok(Pdu::LanHello(cut)) = decode(&hello.encode()) else { panic!("not what was encoded") };
    assert!(cut.packet_len <= MAX_PACKET && cut.local_mtu == Some(1500));
    assert!(hello.neighbours.starts_with(&cut.neighbours) && cut.neighbours.len() > 10_600);
    let options = [0xaa, 98].into_iter().chain([7; 98]).collect::<Vec<u8>>().repeat(1_000);
    let lsp = Lsp::build(A.router().lsp(0), 1, 7500, Flags::LEVEL_1, &options);
    assert_eq!(lsp.options().count(), 654);
    assert_eq!(decode(lsp.bytes()), Ok(Pdu::Lsp(lsp)));
}

#[test]
fn what_an_option_cannot_hold_is_cut() {
    let name = [b'N'; 60];
    let (network, node) = (NetworkNumber(1), NodeAddress::INTERNAL);
    let entries: Vec<[u8; 7]> = routes(40).iter().map(|route| route.to_bytes()).collect();
    let area = super::area(0x1234_0000, 0xffff_0000);
    let mut options = Vec::new();
    for option in [
        LspOption::Management(Management { network, node, name: &name }),
        LspOption::External(ExternalRoutes::new(&entries)),
        LspOption::Areas(vec![area; 5]),
        LspOption::Link(link(200, B, 0)),
        LspOption::Areas(Vec::new()),
        LspOption::Unknown(0xaa),
        LspOption::Broken(0xc2),
    ] {
        option.encode(&mut options);
    }
    let lsp = Lsp::build(A.router().lsp(0), 1, 7500, Flags::LEVEL_1, &options);
    let read: Vec<LspOption<'_>> = lsp.options().collect();
    let name = &name[..MAX_NAME];
    assert_eq!(read[0], LspOption::Management(Management { network, node, name }));
    let LspOption::External(told) = &read[1] else { panic!("{:?}", read[1]) };
    assert!(told.clone().eq(routes(36)));
    assert_eq!(read[2..], [LspOption::Areas(vec![area; 3]), LspOption::Link(link(63, B, 0))]);
}

#[test]
fn a_service_without_a_name_or_with_48_letters_cannot_be_told() {
    for (name, tellable) in
        [([0; 48], false), ([b'S'; 48], false), (*ServiceName::new("S").as_wire(), true)]
    {
        let LspOption::Service(service) = service(8) else { unreachable!() };
        let service = ServiceInfo { name: ServiceName::from_wire(name), ..service };
        assert_eq!(service.is_tellable(), tellable, "{}", service.name);
    }
    let LspOption::Service(longest) = service(47) else { unreachable!() };
    assert!(longest.is_tellable());
}

#[test]
fn hellos_grow_with_their_neighbours_as_the_document_computes() {
    for (peers, bytes) in
        [(1, 51), (7, 87), (99, 643), (231, 1441), (232, 1447), (299, 1853), (999, 6085)]
    {
        let hello = LanHello { neighbours: nodes(peers), packet_len: 0, ..hello_of_a() };
        let encoded = hello.encode();
        assert_eq!(encoded.len(), bytes, "{peers} peers");
        assert_eq!(LanHello::len_without_padding(1, peers.into()), bytes);
        let Ok(Pdu::LanHello(read)) = decode(&encoded) else { panic!("{peers} peers") };
        assert_eq!(read, LanHello { packet_len: bytes, ..hello });
    }
    assert_eq!(LanHello::len_without_padding(0, 0), 33);
}

#[test]
fn a_hello_is_padded_to_the_byte_but_where_one_byte_is_missing() {
    let plain = LanHello { packet_len: 0, ..hello_of_a() }.encode();
    for packet_len in 0..1_500 {
        let padded = LanHello { packet_len, ..hello_of_a() }.encode();
        let expected = match packet_len {
            // One byte is no option.
            58 => 57,
            long => long.max(57),
        };
        assert_eq!(padded.len(), expected);
        assert_eq!(padded[27..57], plain[27..]);
        let read = LanHello { packet_len: expected, ..hello_of_a() };
        assert_eq!(decode(&padded), Ok(Pdu::LanHello(read)));
    }
}
