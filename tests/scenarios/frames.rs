//! Frames and headers [ipx-rip-sap §21: 1 to 6, 46, 56, 57].

use std::net::{Ipv4Addr, SocketAddrV4};

use ipxway_core::forward::{
    FibCircuit, HEADROOM, LanLink, Link, LinkDestination, Outbound, Outcome, View, emit,
};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::Event;
use ipxway_core::wire::frame::{self, Framing, LinkHeader, MIN_FRAME};
use ipxway_core::wire::ipx::{self, Header, PacketType};
use ipxway_core::wire::{NodeAddress, Socket, diagnostics, ping, rip, sap};
use proptest::prelude::*;

use crate::bench::{FIRST, SECOND, Setup, THIRD, To, framed, our_mac, seconds};

const PORT: PortId = PortId(0);
const STATION: NodeAddress = NodeAddress([2, 0xaa, 0, 0, 0, 7]);

/// Scenario 1.
#[test]
fn a_rip_request_is_answered_in_the_framing_it_came_in_with_that_lans_number() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .framing(0xa2, Framing::Raw8023)
        .framing(0xa3, Framing::Llc8022)
        .framing(0xa4, Framing::Snap)
        .started();
    for (index, framing) in Framing::ALL.into_iter().enumerate() {
        let circuit = CircuitId(u16::try_from(index).unwrap());
        let source = ipx::address(0, STATION.0, 0x4003);
        let everyone = ipx::address(0, [0xff; 6], 0x0453);
        let data = rip::encode_request(&[crate::bench::INTERNAL]);
        let request = Header::new(PacketType::RIP, source, everyone).packet(&data);
        let (destination, source) = (NodeAddress::BROADCAST, STATION);
        let header = LinkHeader { destination, source, vlan: None, framing };
        bench.frame(PORT, &framed(&header, &request));
        bench.run_for(seconds(1));

        let sent = bench.sent();
        let answer = sent.only();
        let number = ipxway_core::wire::NetworkNumber(0xa1 + u32::from(circuit.0));
        assert_eq!(answer.circuit, circuit, "{framing}");
        assert_eq!(answer.link, LinkDestination::Node(STATION));
        assert_eq!(answer.header.source.network, number);
        assert_eq!(answer.header.destination.network, number);
        assert_eq!(answer.header.destination.socket, Socket(0x4003));
        assert_eq!(frame::locate(&answer.bytes).unwrap().framing, framing);
    }
}

/// A frame from the station to the agent's first port, of this type field and body.
fn of_type(kind: [u8; 2], body: &[u8]) -> Vec<u8> {
    [&our_mac(0).0[..], &STATION.0, &kind, body].concat()
}

/// Scenario 2.
#[test]
fn frames_that_cannot_be_ipx_are_dropped_each_by_its_own_counter() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).started();
    let other_snap = [&[0xaa, 0xaa, 0x03, 0x08, 0, 0x07, 0x80, 0x9b][..], &[0; 38]].concat();
    for (bytes, outcome) in [
        (of_type([0, 47], &[0xff; 46]), Outcome::FrameLength),
        (of_type([0, 1], &[0xff; 46]), Outcome::FrameLength),
        (of_type([0x06, 0x00], &[0xff; 46]), Outcome::FrameTypeXns),
        (of_type([0x05, 0xf0], &[0xff; 1520]), Outcome::FrameTypeIllegal),
        (of_type([0, 46], &other_snap), Outcome::NotIpx),
        (of_type([0x86, 0xdd], &[0x60; 46]), Outcome::NotIpx),
        (of_type([0x81, 0x00], &[0]), Outcome::FrameTruncated),
        (vec![0xff; 13], Outcome::FrameTruncated),
        (Vec::new(), Outcome::FrameTruncated),
        (of_type([0, 46], &[0xff; 46]), Outcome::NoCircuit),
    ] {
        let before = bench.port_outcome(PORT, outcome);
        let all = bench.outcomes().values().sum::<u64>();
        bench.frame(PORT, &bytes);
        assert_eq!(bench.port_outcome(PORT, outcome), before + 1, "{outcome}");
        assert_eq!(bench.outcomes().values().sum::<u64>(), all + 1, "and in no other counter");
    }
    assert!(bench.sent().is_empty());
}

/// Scenario 3.
#[test]
fn an_ipx_length_below_30_or_above_the_frame_is_a_header_error() {
    let mut bench =
        Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::EthernetII).started();
    let client = bench.neighbour(FIRST, 7);
    let server = bench.neighbour(SECOND, 8).address(Socket::NCP);
    let packet = client.packet(PacketType::NCP, Socket(0x4003), server, &[7; 10]);
    for length in [29u16, 30, 41, 0, 0xffff] {
        let mut bytes = packet.to_vec();
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        let errors = bench.outcome(FIRST, Outcome::HeaderLength);
        bench.hears(&client, To::Us, &bytes);
        let sent = bench.sent();
        if length == 30 {
            assert_eq!(sent.only().header.length, 30);
            assert_eq!(sent.only().bytes.len(), 44, "what lies behind is not passed on");
        } else {
            assert!(sent.is_empty(), "{length}");
            assert_eq!(bench.outcome(FIRST, Outcome::HeaderLength), errors + 1, "{length}");
        }
    }
    // The header itself is cut off.
    bench.hears(&client, To::Us, &packet[..29]);
    assert_eq!(bench.outcome(FIRST, Outcome::HeaderTruncated), 1);
}

/// Scenario 4.
#[test]
fn padding_is_neither_forwarded_nor_tunnelled() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .tap(0xb2, Framing::EthernetII)
        .cmd(&[2])
        .started();
    let client = bench.neighbour(FIRST, 7);
    for circuit in [SECOND, THIRD] {
        let far = bench.neighbour(circuit, 2);
        let to = far.address(Socket(0x4100));
        let mut packet = client.packet(PacketType(0), Socket(0x4100), to, b"odd").to_vec();
        assert_eq!(packet.len(), 33);
        packet.extend((1..=27).map(|n| n * 9));
        bench.hears(&client, To::Us, &packet);
        let sent = bench.sent();
        let sent = sent.only();
        assert_eq!((sent.circuit, sent.header.length), (circuit, 33));
        assert_eq!(sent.data, &b"odd"[..]);
        let link_header = if circuit == SECOND { 14 } else { 0 };
        assert_eq!(sent.bytes.len(), link_header + 33);
    }
}

/// Scenario 5.
#[test]
fn what_leaves_as_802_2_is_evenised_llc_header_and_packet_together() {
    let mut bench = Setup::new()
        .tap(0xa1, Framing::EthernetII)
        .nic(0xb2, Framing::Llc8022)
        .with(|config| config.lans[1].evenise = true)
        .started();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket(0x4100));
    // 101 bytes and 3 of LLC are even; 102 and 3 are not.
    for (size, length, behind) in [(101, 104, &[][..]), (102, 106, &[0])] {
        let data = vec![0xee; usize::from(size) - ipx::HEADER_LEN];
        let packet = client.packet(PacketType(0), Socket(0x4100), to, &data);
        // Padding that is not ours to pass on.
        bench.hears(&client, To::Us, &[&packet[..], &[0x5a; 9]].concat());
        let sent = bench.sent();
        let sent = sent.only();
        assert_eq!(sent.header.length, size);
        assert_eq!(sent.bytes[12..17], [0, length, 0xe0, 0xe0, 0x03]);
        assert_eq!(sent.bytes.len(), 14 + usize::from(length), "too long to need padding");
        assert_eq!(sent.bytes[17 + usize::from(size)..], *behind);
    }
}

/// Scenario 6.
#[test]
fn the_evenising_byte_in_an_802_3_length_is_accepted_and_removed() {
    let mut bench =
        Setup::new().tap(0xa1, Framing::Raw8023).tap(0xb2, Framing::EthernetII).started();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket(0x4100));
    let mut packet = client.packet(PacketType(0), Socket(0x4100), to, &[0xee; 71]).to_vec();
    // Real ones leave old memory there [ipx-rip-sap §22.30].
    packet.push(0x41);
    bench.hears(&client, To::Us, &packet);
    let sent = bench.sent();
    let sent = sent.only();
    assert_eq!((sent.header.length, sent.bytes.len()), (101, 14 + 101));
    assert_eq!(sent.data, vec![0xee; 71]);
}

/// Scenario 46.
#[test]
fn a_packet_too_large_for_802_2_is_dropped_and_told_once() {
    let mut bench =
        Setup::new().tap(0xa1, Framing::EthernetII).tap(0xb2, Framing::Llc8022).started();
    let client = bench.neighbour(FIRST, 7);
    let to = bench.neighbour(SECOND, 8).address(Socket(0x4100));
    let packet = client.packet(PacketType(0), Socket(0x4100), to, &[1; 1470]);
    for _ in 0..3 {
        bench.hears(&client, To::Us, &packet);
    }
    assert!(bench.sent().is_empty());
    assert_eq!(bench.outcome(FIRST, Outcome::OutTooBig), 3);
    let told = bench.events();
    let told: Vec<_> =
        told.iter().filter(|(_, event)| matches!(event, Event::PacketTooBig { .. })).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    // The largest that fits does pass.
    bench.hears(&client, To::Us, &client.packet(PacketType(0), Socket(0x4100), to, &[1; 1467]));
    assert_eq!(bench.sent().only().bytes.len(), 1514);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 8,
        ..ProptestConfig::default()
    })]

    /// Scenario 56.
    #[test]
    fn random_bytes_of_every_length_into_every_port_end_in_one_counter_each(
        noise in proptest::collection::vec(any::<u8>(), 1600),
        ipx in any::<bool>(),
    ) {
        let mut bench = Setup::new()
            .tap(0xa1, Framing::EthernetII)
            .nic(0xb2, Framing::Raw8023)
            .cmd(&[2])
            .started();
        let before = bench.outcomes().values().sum::<u64>();
        let routes = bench.agent().fib().routes.len();
        let peer = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 2), 2654);
        let mut noise = noise;
        if ipx {
            // Past the framing, so that the noise reaches the header and what follows.
            noise[..6].copy_from_slice(&our_mac(0).0);
            noise[12..14].copy_from_slice(&[0x81, 0x37]);
        }
        for length in 0..=noise.len() {
            bench.frame(PORT, &noise[..length]);
            bench.frame(PortId(1), &noise[..length]);
            bench.datagram(PortId(2), peer, &noise[..length]);
        }
        let after = bench.outcomes().values().sum::<u64>();
        prop_assert_eq!(after - before, 3 * 1601);
        prop_assert_eq!(bench.agent().fib().routes.len(), routes, "noise teaches nothing");
    }
}

/// The frames of a pcap file in the byte order of x86.
fn samples() -> Vec<&'static [u8]> {
    let mut rest = &include_bytes!("../../captures/samples/ipx_samples.pcap")[24..];
    let mut frames = Vec::new();
    while let Some((record, body)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes([record[8], record[9], record[10], record[11]]);
        let (frame, next) = body.split_at(length as usize);
        frames.push(frame);
        rest = next;
    }
    frames
}

/// Decodes the body of a packet as far as we know its format, and encodes it again.
fn recoded(header: &Header, data: &[u8]) -> Vec<u8> {
    let concerns = |socket| header.destination.socket == socket || header.source.socket == socket;
    if concerns(Socket::RIP) {
        let packet = rip::Packet::decode(data).unwrap();
        rip::encode(packet.operation, &packet.entries)
    } else if concerns(Socket::SAP) {
        match sap::Packet::decode(data).unwrap() {
            sap::Packet::Query { kind, service_type } => sap::encode_query(kind, service_type),
            sap::Packet::Response { kind, entries, .. } => sap::encode_response(kind, &entries),
        }
    } else if concerns(Socket::PING) {
        ping::Ping::decode(data).unwrap().encode()
    } else if header.destination.socket == Socket::DIAGNOSTICS {
        diagnostics::Request::decode(data).unwrap().encode()
    } else if header.source.socket == Socket::DIAGNOSTICS {
        diagnostics::Response::decode(data).unwrap().encode()
    } else {
        data.to_vec()
    }
}

/// Scenario 57.
#[test]
fn the_sample_frames_decode_and_encode_to_the_same_bytes() {
    let samples = samples();
    assert_eq!(samples.len(), 43);
    for (index, &bytes) in samples[..42].iter().enumerate() {
        let located = frame::locate(bytes).unwrap();
        let header = Header::decode(&bytes[located.packet.clone()]).unwrap();
        let start = located.packet.start;
        let data = &bytes[start + ipx::HEADER_LEN..start + usize::from(header.length)];
        let packet = header.packet(&recoded(&header, data));

        let link = LanLink {
            port: PORT,
            vlan: located.vlan,
            framing: located.framing,
            pad: true,
            evenise: true,
            strip_checksum: false,
        };
        let circuit = FibCircuit {
            id: FIRST,
            up: true,
            network: header.source.network,
            node: located.source,
            max_packet: located.framing.max_packet(1500),
            link: Link::Lan(link),
        };
        let mut buffer = vec![0xa5; HEADROOM + packet.len() + MIN_FRAME];
        buffer[HEADROOM..HEADROOM + packet.len()].copy_from_slice(&packet);
        let mut view = View::new(&mut buffer, HEADROOM, HEADROOM + packet.len());
        let to = LinkDestination::Node(located.destination);
        assert_eq!(emit(&circuit, to, &mut view), Ok(Outbound::Frame { port: PORT }));
        assert_eq!(view.bytes(), bytes, "frame {}", index + 1);
    }
    let last = frame::locate(samples[42]).unwrap_err();
    assert_eq!(last.field, "ethernet.type", "frame 43 is UDP, and none of ours");
}
