//! What is emitted parses to what it was made of, whatever the values.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::decode;
use crate::fuzzing;
use crate::wire::nlsp::{
    Area, Csnp, ExternalRoute, Flags, LanHello, Link, LinkState, Lsp, LspEntry, LspId, LspOption,
    Management, MediaType, NodeId, Pdu, Psnp, ServiceInfo, SystemId, WanHello,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

fn system() -> impl Strategy<Value = SystemId> {
    any::<[u8; 6]>()
        .prop_filter("no system", |bytes| *bytes != [0; 6] && *bytes != [0xff; 6])
        .prop_map(SystemId)
}

fn node_id() -> impl Strategy<Value = NodeId> {
    any::<[u8; 7]>().prop_map(NodeId::from_bytes)
}

fn lsp_id() -> impl Strategy<Value = LspId> {
    any::<[u8; 8]>().prop_map(LspId::from_bytes)
}

fn area() -> impl Strategy<Value = Area> {
    (any::<u32>(), 0u32..=32).prop_map(|(network, ones)| {
        let mask = u32::MAX.checked_shl(32 - ones).unwrap_or(0);
        Area { network: NetworkNumber(network), mask }
    })
}

fn node() -> impl Strategy<Value = NodeAddress> {
    any::<[u8; 6]>().prop_map(NodeAddress)
}

fn lan_hello() -> impl Strategy<Value = LanHello> {
    let told = (vec(area(), 0..=3), vec(node(), 0..100), option::of(any::<u32>()));
    let header = (system(), any::<u16>(), 0u8..128, node_id(), any::<bool>(), 0usize..1_500);
    (header, told).prop_map(|(header, (areas, neighbours, local_mtu))| {
        let (system, holding_time, priority, lan_id, no_multicast, packet_len) = header;
        LanHello {
            system,
            holding_time,
            priority,
            lan_id,
            no_multicast,
            areas,
            neighbours,
            local_mtu,
            packet_len,
        }
    })
}

fn wan_hello() -> impl Strategy<Value = WanHello> {
    let states = vec![LinkState::Up, LinkState::Initializing, LinkState::Down];
    let header = (system(), any::<u16>(), option::of(0u8..128), any::<u8>());
    let told = (vec(area(), 0..=3), option::of(any::<u32>()));
    (prop::sample::select(states), header, told).prop_map(
        |(state, (system, holding_time, priority, circuit), (areas, local_mtu))| WanHello {
            state,
            system,
            holding_time,
            priority,
            circuit,
            areas,
            local_mtu,
        },
    )
}

/// Lifetimes that a packet can tell to the second.
fn lifetime() -> impl Strategy<Value = u16> {
    1u16..0x8000
}

fn entry() -> impl Strategy<Value = LspEntry> {
    (0u16..0x8000, lsp_id(), any::<u32>(), any::<u16>()).prop_map(
        |(lifetime, id, sequence, checksum)| LspEntry { lifetime, id, sequence, checksum },
    )
}

/// An option by its parts, for those with parts are borrowed.
#[derive(Clone, Debug)]
enum Told {
    Areas(Vec<Area>),
    Management(NetworkNumber, NodeAddress, Vec<u8>),
    Link(Link),
    Service(ServiceInfo),
    External(Vec<ExternalRoute>),
}

fn network() -> impl Strategy<Value = NetworkNumber> {
    any::<u32>().prop_map(NetworkNumber)
}

fn link() -> impl Strategy<Value = Link> {
    (option::of(0u8..64), node_id(), any::<[u32; 3]>(), any::<u16>()).prop_map(
        |(cost, neighbour, [mtu, delay_us, throughput_bps], media)| Link {
            cost,
            neighbour,
            mtu,
            delay_us,
            throughput_bps,
            media: MediaType(media),
        },
    )
}

fn service() -> impl Strategy<Value = ServiceInfo> {
    let place = (network(), node(), any::<u16>());
    (any::<u8>(), place, any::<u16>(), "[ -~]{1,47}").prop_map(
        |(hops, (network, node, socket), service_type, name)| ServiceInfo {
            hops,
            address: Address::new(network, node, Socket(socket)),
            service_type: ServiceType(service_type),
            name: ServiceName::new(&name),
        },
    )
}

fn route() -> impl Strategy<Value = ExternalRoute> {
    (any::<u8>(), network(), any::<u16>()).prop_map(|(hops, network, ticks)| ExternalRoute {
        hops,
        network,
        ticks,
    })
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        vec(area(), 1..=3).prop_map(Told::Areas),
        (network(), node(), vec(1u8.., 0..=47)).prop_map(|(n, a, s)| Told::Management(n, a, s)),
        link().prop_map(Told::Link),
        service().prop_map(Told::Service),
        vec(route(), 1..=36).prop_map(Told::External),
    ]
}

impl Told {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Areas(areas) => LspOption::Areas(areas.clone()).encode(out),
            Self::Management(network, node, name) => {
                LspOption::Management(Management { network: *network, node: *node, name })
                    .encode(out);
            }
            Self::Link(link) => LspOption::Link(*link).encode(out),
            Self::Service(service) => LspOption::Service(*service).encode(out),
            Self::External(routes) => ExternalRoute::encode_all(routes, out),
        }
    }

    fn of(option: LspOption<'_>) -> Self {
        match option {
            LspOption::Areas(areas) => Self::Areas(areas),
            LspOption::Management(Management { network, node, name }) => {
                Self::Management(network, node, name.to_vec())
            }
            LspOption::Link(link) => Self::Link(link),
            LspOption::Service(service) => Self::Service(service),
            LspOption::External(routes) => Self::External(routes.collect()),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn lan_hellos_survive_encoding(hello in lan_hello()) {
        let encoded = hello.encode();
        let packet_len = encoded.len();
        prop_assert!(packet_len + 1 >= hello.packet_len);
        prop_assert_eq!(decode(&encoded), Ok(Pdu::LanHello(LanHello { packet_len, ..hello })));
    }

    #[test]
    fn wan_hellos_survive_encoding(hello in wan_hello()) {
        prop_assert_eq!(decode(&hello.encode()), Ok(Pdu::WanHello(hello)));
    }

    #[test]
    fn sequence_number_packets_survive_encoding(
        source in node_id(),
        ends in any::<[[u8; 8]; 2]>(),
        entries in vec(entry(), 0..100),
    ) {
        let [a, b] = ends.map(LspId::from_bytes);
        let csnp = Csnp { source, start: a.min(b), end: a.max(b), entries: entries.clone() };
        prop_assert_eq!(decode(&csnp.encode()), Ok(Pdu::Csnp(csnp)));
        let psnp = Psnp { source, entries };
        prop_assert_eq!(decode(&psnp.encode()), Ok(Pdu::Psnp(psnp)));
    }

    #[test]
    fn link_state_packets_survive_encoding_with_all_their_options(
        id in lsp_id(),
        sequence in 1u32..,
        lifetime in lifetime(),
        flags in any::<u8>(),
        told in vec(told(), 0..20),
    ) {
        let mut options = Vec::new();
        told.iter().for_each(|one| one.encode(&mut options));
        let lsp = Lsp::build(id, sequence, lifetime, Flags(flags), &options);
        let Ok(Pdu::Lsp(read)) = Pdu::decode(lsp.bytes()) else {
            return Err(TestCaseError::fail("not what was built"));
        };
        prop_assert_eq!(&read, &lsp);
        prop_assert_eq!((read.id, read.sequence, read.lifetime), (id, sequence, lifetime));
        prop_assert_eq!(read.flags, Flags(flags));
        let again: Vec<Told> = read.options().map(Told::of).collect();
        prop_assert_eq!(format!("{again:?}"), format!("{told:?}"));
    }

    #[test]
    fn any_bytes_are_a_packet_or_refused_and_the_options_of_a_packet(
        bytes in vec(any::<u8>(), 0..1_500),
    ) {
        fuzzing::nlsp(&bytes);
    }

    #[test]
    fn any_bytes_behind_a_right_header_are_a_packet_or_refused(
        which in 0usize..5,
        header in vec(any::<u8>(), 33),
        options in vec((0u8.., vec(any::<u8>(), 0..60)), 0..12),
        codes in any::<bool>(),
    ) {
        let (kind, header_len) = [(15, 27), (17, 21), (18, 27), (24, 33), (26, 17)][which];
        let known = [0x06, 0x08, 0x09, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5];
        let mut bytes = [0x83, header_len, 1, 0, kind, 1, 0, 0].to_vec();
        bytes.extend_from_slice(&header[8..usize::from(header_len)]);
        for (code, value) in options {
            let code = if codes { known[usize::from(code) % known.len()] } else { code };
            bytes.extend([code, u8::try_from(value.len()).unwrap()]);
            bytes.extend(value);
        }
        fuzzing::nlsp(&super::with_length(bytes));
    }
}
