//! Packets: each format read from and written to the bytes of the samples.

use super::{data, packet};
use crate::wire::diagnostics::{self, Component, LocalNetwork, LocalNetworkKind};
use crate::wire::ipx::{self, Header, NO_CHECKSUM, PacketType};
use crate::wire::sap::{self, ServiceName, ServiceType};
use crate::wire::{NetworkNumber, NodeAddress, Socket, ping, rip};

const CLIENT: [u8; 6] = [2, 0, 0, 0, 0, 0xc1];
const ROUTER: [u8; 6] = [2, 0, 0, 0, 0, 0x01];
const SERVER: [u8; 6] = [0, 0, 0, 0, 0, 1];

#[test]
fn a_header_is_read_and_written_field_by_field() {
    let header = Header::decode(packet(26)).unwrap();
    assert_eq!(
        header,
        Header {
            checksum: NO_CHECKSUM,
            length: 32,
            transport_control: 1,
            packet_type: PacketType::NCP,
            destination: ipx::address(0xa1, CLIENT, 0x4001),
            source: ipx::address(0xdead_0001, SERVER, 0x4001),
        }
    );
    for number in 1..=42 {
        let bytes = packet(number);
        assert_eq!(Header::decode(bytes).unwrap().encode(), bytes[..30], "frame {number}");
    }
}

#[test]
fn an_ipx_length_is_accepted_from_30_to_what_is_there() {
    let with_length = |length: u16| {
        let mut bytes = packet(1).to_vec();
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        Header::decode(&bytes).map(|header| header.length).map_err(|error| error.field)
    };
    assert_eq!(with_length(30), Ok(30));
    assert_eq!(with_length(40), Ok(40));
    for length in [0, 29, 41, 0xffff] {
        assert_eq!(with_length(length), Err("ipx.length"), "{length}");
    }
}

#[test]
fn a_packet_carries_its_data_behind_a_header_of_the_right_length() {
    let header = Header::new(
        PacketType::RIP,
        ipx::address(0, CLIENT, 0x0453),
        ipx::address(0, [0xff; 6], 0x0453),
    );
    assert_eq!(header.packet(data(1)), packet(1));
    let cut = header.packet(&[7; 70_000]);
    assert_eq!(cut.len(), 0xffff);
    assert_eq!(Header::decode(&cut).unwrap().length, 0xffff);
}

#[test]
fn the_checksum_of_frame_39_is_23d8_and_no_hop_count_changes_it() {
    let mut bytes = packet(39).to_vec();
    assert_eq!(ipx::checksum(&bytes), 0x23d8);
    assert_eq!(Header::decode(&bytes).unwrap().checksum, 0x23d8);
    for hops in 0..=255 {
        ipx::set_transport_control(&mut bytes, hops);
        assert!(ipx::checksum_holds(&bytes), "{hops}");
    }
    bytes[45] ^= 1;
    assert!(!ipx::checksum_holds(&bytes));
    for unused in [NO_CHECKSUM, 0] {
        ipx::set_checksum(&mut bytes, unused);
        assert!(ipx::checksum_holds(&bytes), "{unused:04x} says that there is none");
    }
}

#[test]
fn a_checksum_pads_an_odd_byte_and_never_comes_out_as_ffff() {
    // By hand: length 31 = 001F, type 0, then zeros, then the data byte as a high byte.
    let mut bytes = [0u8; 31];
    bytes[3] = 31;
    bytes[30] = 0x12;
    assert_eq!(ipx::checksum(&bytes), !(0x001f + 0x1200));
    // A sum of FFFF is stored as 0, and so is a sum of 0.
    let mut bytes = [0u8; 32];
    bytes[3] = 32;
    bytes[30..].copy_from_slice(&(0xffffu16 - 32).to_be_bytes());
    assert_eq!(ipx::checksum(&bytes), 0);
    assert_eq!(ipx::checksum(&[0; 32]), 0);
    // The sum folds more than once if it must.
    let bytes = [0xff; 0xffff];
    assert_ne!(ipx::checksum(&bytes), 0xffff);
}

#[test]
fn a_network_that_is_filled_in_keeps_a_checksum_true_and_a_false_one_false() {
    let network = NetworkNumber(0xc0ff_ee42);
    for fill in [ipx::set_source_network, ipx::set_destination_network] {
        let mut valid = packet(39).to_vec();
        fill(&mut valid, network);
        assert!(ipx::checksum_holds(&valid));
        assert_ne!(valid[..2], packet(39)[..2]);

        let mut wrong = packet(39).to_vec();
        ipx::set_checksum(&mut wrong, 0x1111);
        fill(&mut wrong, network);
        assert_eq!(wrong[..2], [0x11, 0x11]);

        let mut unused = packet(1).to_vec();
        fill(&mut unused, network);
        assert_eq!(unused[..2], [0xff, 0xff]);
    }
    let mut filled = packet(1).to_vec();
    ipx::set_source_network(&mut filled, network);
    assert_eq!(Header::decode(&filled).unwrap().source.network, network);
    ipx::set_destination_network(&mut filled, network);
    assert_eq!(Header::decode(&filled).unwrap().destination.network, network);
}

#[test]
fn rip_packets_of_the_samples_decode_and_encode_to_the_same_bytes() {
    for number in 1..=10 {
        let packet = rip::Packet::decode(data(number)).unwrap();
        assert_eq!(packet.trailing, 0);
        assert_eq!(rip::encode(packet.operation, &packet.entries), data(number), "{number}");
    }
    let full = rip::Packet::decode(data(8)).unwrap();
    assert_eq!(full.entries.len(), rip::MAX_ENTRIES);
    assert_eq!(packet(8).len(), 432);
    let last = rip::Entry { network: NetworkNumber(0x1031), hops: 5, ticks: 51 };
    assert_eq!(full.entries[49], last);
    assert_eq!(rip::encode_request(&[NetworkNumber::ALL]), data(1));
}

#[test]
fn a_rip_packet_may_be_empty_or_odd_but_not_of_another_operation() {
    let empty = rip::Packet::decode(&[0, 2]).unwrap();
    assert_eq!((empty.entries.len(), empty.trailing), (0, 0));
    let odd = rip::Packet::decode(&[data(6), &[1, 2, 3]].concat()).unwrap();
    assert_eq!((odd.entries.len(), odd.trailing), (1, 3));
    for operation in [0, 3, 6, 7, 9, 11, 0x0100, 0xffff] {
        let error = rip::Packet::decode(&u16::to_be_bytes(operation)).unwrap_err();
        assert_eq!(error.field, "rip.operation");
    }
}

#[test]
fn sap_packets_of_the_samples_decode_and_encode_to_the_same_bytes() {
    for number in 11..=18 {
        let encoded = match sap::Packet::decode(data(number)).unwrap() {
            sap::Packet::Query { kind, service_type } => sap::encode_query(kind, service_type),
            sap::Packet::Response { kind, entries, trailing } => {
                assert_eq!(trailing, 0);
                sap::encode_response(kind, &entries)
            }
        };
        assert_eq!(encoded, data(number), "{number}");
    }
    assert_eq!(packet(14).len(), 480);
    let kind = sap::Kind::Nearest;
    let query = sap::Packet::Query { kind, service_type: ServiceType::FILE_SERVER };
    assert_eq!(sap::Packet::decode(data(16)), Ok(query));
    let server = ipx::address(0xdead_0001, SERVER, 0x0451);
    let entries = vec![sap::Entry::new(4, "FS1", server, 2)];
    let answer = sap::Packet::Response { kind, entries, trailing: 0 };
    assert_eq!(sap::Packet::decode(data(17)), Ok(answer));
}

#[test]
fn a_sap_packet_takes_any_number_of_entries_and_bytes_behind_them() {
    let nine = [&[0, 2][..], &data(13)[2..].repeat(9)].concat();
    let Ok(sap::Packet::Response { entries, trailing, .. }) = sap::Packet::decode(&nine) else {
        panic!("nine entries are a response");
    };
    assert_eq!((entries.len(), trailing), (9, 0));
    let longer = [data(14), &[0; 10]].concat();
    let Ok(sap::Packet::Response { entries, trailing, .. }) = sap::Packet::decode(&longer) else {
        panic!("seven entries and ten bytes are a response");
    };
    assert_eq!((entries.len(), trailing), (7, 10));
    assert_eq!(sap::Packet::decode(&[0, 3, 0]).unwrap_err().field, "sap.service_type");
    assert_eq!(sap::Packet::decode(&[0, 5, 0, 4]).unwrap_err().field, "sap.operation");
}

#[test]
fn a_service_name_is_kept_verbatim_and_known_by_what_stands_before_its_nul() {
    let mut bytes = *ServiceName::new("TREE").as_wire();
    bytes[40] = 0x99;
    let name = ServiceName::from_wire(bytes);
    assert_eq!(name.as_wire(), &bytes, "what follows the NUL is passed on");
    assert_eq!(name, ServiceName::new("TREE"));
    assert_eq!(name.key(), b"TREE");
    let full = ServiceName::from_wire([0x8a; 48]);
    assert_eq!(full.key().len(), 48, "a name without NUL is all of it");
    assert_eq!(full.to_string(), r"\x8A".repeat(48));
    assert_eq!(ServiceName::from_wire([0; 48]).to_string(), "");
    assert_eq!(ServiceName::new("A\\B\u{7f}").to_string(), r"A\\B\x7F");
    assert_eq!(ServiceName::new(&"X".repeat(60)).key().len(), 47);
}

#[test]
fn a_service_type_is_typed_in_hexadecimal() {
    assert_eq!("4".parse(), Ok(ServiceType::FILE_SERVER));
    assert_eq!("0x0278".parse(), Ok(ServiceType(0x278)));
    for text in ["", "+4", "12345", "FS"] {
        let error = text.parse::<ServiceType>().unwrap_err().to_string();
        assert!(error.contains("service type"), "{error}");
    }
}

#[test]
fn a_ping_is_answered_with_its_own_identifier_and_data() {
    let request = ping::Ping::decode(data(22)).unwrap();
    assert_eq!(
        (request.kind, request.identifier, request.result),
        (ping::Kind::Request, 0x1234, 0)
    );
    assert_eq!(request.data.len(), 16);
    assert_eq!(request.encode(), data(22));
    assert_eq!(request.reply().encode(), data(23), "as the sample of a reply has it");
    for (offset, field) in [(0, "ping.signature"), (4, "ping.version"), (5, "ping.kind")] {
        let mut bytes = data(22).to_vec();
        bytes[offset] = 9;
        assert_eq!(ping::Ping::decode(&bytes).unwrap_err().field, field);
    }
}

#[test]
fn diagnostic_requests_list_who_shall_be_silent() {
    let request = diagnostics::Request::decode(data(24)).unwrap();
    assert_eq!(request.exclusions, [NodeAddress([2, 0, 0, 0, 0, 0xf5])]);
    assert_eq!(request.encode(), data(24));
    let too_many = [&[81][..], &[0; 81 * 6]].concat();
    let error = diagnostics::Request::decode(&too_many).unwrap_err();
    assert_eq!(error.to_string(), "diagnostics.count: 81 is outside 0 to 80");
    let most = [&[80][..], &[0; 80 * 6]].concat();
    assert_eq!(diagnostics::Request::decode(&most).unwrap().encode(), most);
    let error = diagnostics::Request::decode(&[2, 1, 2, 3, 4, 5, 6]).unwrap_err();
    assert_eq!(error.field, "diagnostics.exclusions");
}

#[test]
fn a_diagnostic_answer_tells_the_parts_of_a_router() {
    let network = |kind, network, node| LocalNetwork {
        kind,
        network: NetworkNumber(network),
        node: NodeAddress(node),
    };
    let networks = vec![
        network(LocalNetworkKind::Lan, 0xa1, ROUTER),
        network(LocalNetworkKind::Virtual, 0xdead_0001, SERVER),
    ];
    let response = diagnostics::Response {
        version: (1, 0),
        spx_socket: 0x4002,
        components: vec![
            Component::Simple(0),
            Component::Simple(1),
            Component::Router { id: 6, networks },
        ],
    };
    assert_eq!(diagnostics::Response::decode(data(25)), Ok(response.clone()));
    assert_eq!(response.encode(), data(25));
}

#[test]
fn well_known_numbers_are_what_they_are() {
    assert!(!NetworkNumber::THIS.is_assignable());
    assert!(!NetworkNumber::ALL.is_assignable());
    assert!(!NetworkNumber::DEFAULT_ROUTE.is_assignable());
    assert!(NetworkNumber::DEFAULT_CMD.is_assignable());
    assert!(NodeAddress::BROADCAST.is_group() && NodeAddress::BROADCAST.is_broadcast());
    let multicast = NodeAddress([0x09, 0, 0x1b, 0xff, 0xff, 0xff]);
    assert!(multicast.is_group() && !multicast.is_broadcast());
    assert!(!NodeAddress::INTERNAL.is_group());
    assert_eq!(Socket::PING.to_string(), "9086");
}
