//! What is emitted parses to what it was made of, whatever the values.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::wire::diagnostics::{self, Component, LocalNetwork, LocalNetworkKind};
use crate::wire::frame::{self, Framing, LinkHeader};
use crate::wire::ipx::{self, Header, PacketType};
use crate::wire::sap::{self, ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket, ping, rip};

fn network() -> impl Strategy<Value = NetworkNumber> {
    any::<u32>().prop_map(NetworkNumber)
}

fn node() -> impl Strategy<Value = NodeAddress> {
    any::<[u8; 6]>().prop_map(NodeAddress)
}

fn address() -> impl Strategy<Value = Address> {
    (network(), node(), any::<u16>())
        .prop_map(|(network, node, socket)| Address::new(network, node, Socket(socket)))
}

fn header() -> impl Strategy<Value = Header> {
    (any::<u16>(), any::<u8>(), any::<u8>(), address(), address()).prop_map(
        |(checksum, transport_control, packet_type, destination, source)| Header {
            checksum,
            length: 30,
            transport_control,
            packet_type: PacketType(packet_type),
            destination,
            source,
        },
    )
}

fn framing() -> impl Strategy<Value = Framing> {
    prop::sample::select(Framing::ALL.as_slice())
}

fn service() -> impl Strategy<Value = sap::Entry> {
    (any::<u16>(), vec(any::<u8>(), 48), address(), any::<u16>()).prop_map(
        |(service_type, name, address, hops)| sap::Entry {
            service_type: ServiceType(service_type),
            name: ServiceName::from_wire(name.try_into().unwrap()),
            address,
            hops,
        },
    )
}

fn component() -> impl Strategy<Value = Component> {
    let local = (any::<u8>(), network(), node()).prop_map(|(kind, network, node)| LocalNetwork {
        kind: match kind {
            0 => LocalNetworkKind::Lan,
            1 => LocalNetworkKind::Virtual,
            2 => LocalNetworkKind::Remote,
            other => LocalNetworkKind::Other(other),
        },
        network,
        node,
    });
    prop_oneof![
        (0u8..5).prop_map(Component::Simple),
        (5u8.., vec(local, 0..9)).prop_map(|(id, networks)| Component::Router { id, networks }),
    ]
}

proptest! {
    #[test]
    fn a_packet_is_found_again_in_every_framing_with_and_without_tag_and_padding(
        destination in node(),
        source in node(),
        vlan in proptest::option::of(1u16..0xfff),
        framing in framing(),
        header in header(),
        data in vec(any::<u8>(), 0..600),
        behind in 0usize..60,
    ) {
        let mut packet = header.packet(&data).to_vec();
        if framing == Framing::Raw8023 {
            ipx::set_checksum(&mut packet, ipx::NO_CHECKSUM);
        }
        let link = LinkHeader { destination, source, vlan, framing };
        let mut bytes = vec![0; link.len()];
        link.write(&mut bytes, packet.len());
        bytes.extend_from_slice(&packet);
        bytes.resize(bytes.len() + behind, 0x5a);
        let located = frame::locate(&bytes).unwrap();
        prop_assert_eq!(located.destination, destination);
        prop_assert_eq!(located.source, source);
        prop_assert_eq!(located.vlan, vlan);
        prop_assert_eq!(located.framing, framing);
        let found = &bytes[located.packet];
        let length = Header::decode(found).unwrap().length;
        prop_assert_eq!(&found[..usize::from(length)], &packet[..]);
    }

    #[test]
    fn a_header_survives_encoding(header in header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn a_computed_checksum_holds_and_a_change_of_any_16_bit_word_is_noticed(
        header in header(),
        data in vec(any::<[u8; 2]>(), 0..32),
        place in any::<prop::sample::Index>(),
        change in 1u16..0xffff,
    ) {
        let mut packet = header.packet(&data.concat()).to_vec();
        let sum = ipx::checksum(&packet);
        ipx::set_checksum(&mut packet, sum);
        prop_assert!(ipx::checksum_holds(&packet));
        prop_assert_ne!(sum, ipx::NO_CHECKSUM);
        prop_assume!(sum != 0);
        // The length, or a word behind transport control, whose high byte no checksum covers.
        let word = match place.index(packet.len() / 2 - 2) {
            0 => 1,
            behind => behind + 2,
        };
        let changed = u16::from_be_bytes([packet[2 * word], packet[2 * word + 1]]) ^ change;
        // The two zeros of one's complement are equal.
        prop_assume!(changed != 0 || change != 0xffff);
        packet[2 * word..2 * word + 2].copy_from_slice(&changed.to_be_bytes());
        prop_assert!(!ipx::checksum_holds(&packet));
    }

    #[test]
    fn rip_survives_encoding(
        request in any::<bool>(),
        entries in vec((network(), any::<u16>(), any::<u16>()), 0..60),
    ) {
        let operation =
            if request { rip::Operation::Request } else { rip::Operation::Response };
        let entries: Vec<rip::Entry> = entries
            .into_iter()
            .map(|(network, hops, ticks)| rip::Entry { network, hops, ticks })
            .collect();
        let decoded = rip::Packet::decode(&rip::encode(operation, &entries)).unwrap();
        prop_assert_eq!(decoded, rip::Packet { operation, entries, trailing: 0 });
    }

    #[test]
    fn sap_responses_survive_encoding_byte_for_byte(
        nearest in any::<bool>(),
        entries in vec(service(), 0..12),
    ) {
        let kind = if nearest { sap::Kind::Nearest } else { sap::Kind::General };
        let encoded = sap::encode_response(kind, &entries);
        let decoded = sap::Packet::decode(&encoded).unwrap();
        prop_assert_eq!(&decoded, &sap::Packet::Response { kind, entries, trailing: 0 });
        // Names are equal up to their NUL; the bytes are told on verbatim.
        let sap::Packet::Response { entries, .. } = decoded else { unreachable!() };
        prop_assert_eq!(sap::encode_response(kind, &entries), encoded);
    }

    #[test]
    fn sap_queries_survive_encoding(nearest in any::<bool>(), service_type in any::<u16>()) {
        let kind = if nearest { sap::Kind::Nearest } else { sap::Kind::General };
        let service_type = ServiceType(service_type);
        let encoded = sap::encode_query(kind, service_type);
        let decoded = sap::Packet::decode(&encoded);
        prop_assert_eq!(decoded, Ok(sap::Packet::Query { kind, service_type }));
    }

    #[test]
    fn pings_survive_encoding(
        reply in any::<bool>(),
        identifier in any::<u16>(),
        result in any::<u8>(),
        data in vec(any::<u8>(), 0..200),
    ) {
        let kind = if reply { ping::Kind::Reply } else { ping::Kind::Request };
        let ping = ping::Ping { kind, identifier, result, data: &data };
        let encoded = ping.encode();
        prop_assert_eq!(ping::Ping::decode(&encoded), Ok(ping));
    }

    #[test]
    fn diagnostics_survive_encoding(
        exclusions in vec(node(), 0..=80),
        version in any::<(u8, u8)>(),
        spx_socket in any::<u16>(),
        components in vec(component(), 0..9),
    ) {
        let request = diagnostics::Request { exclusions };
        prop_assert_eq!(diagnostics::Request::decode(&request.encode()), Ok(request));
        let response = diagnostics::Response { version, spx_socket, components };
        prop_assert_eq!(diagnostics::Response::decode(&response.encode()), Ok(response));
    }

    #[test]
    fn addresses_survive_printing(address in address()) {
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        let Address { network, node: NodeAddress([a, b, c, d, e, f]), socket } = address;
        let words = format!("{network}.{a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{f:02x}.{socket}");
        prop_assert_eq!(words.parse(), Ok(address));
        let octets =
            format!("{network}:{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}.{socket}");
        prop_assert_eq!(octets.parse(), Ok(address));
    }

    #[test]
    fn any_text_is_an_address_or_an_error_that_quotes_what_is_wrong(text in ".{0,40}") {
        if let Err(error) = text.parse::<Address>() {
            let message = error.to_string();
            prop_assert!(message.contains(" is no "), "{}", message);
        }
    }
}
