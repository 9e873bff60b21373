//! What forwarding never does, whatever the packet.

use proptest::prelude::*;

use super::*;
use crate::wire::frame::MIN_FRAME;
use crate::wire::ipx::{self, NO_CHECKSUM};

fn network() -> impl Strategy<Value = u32> {
    prop_oneof![
        prop::sample::select(&[0, NET_A, NET_B, NET_C, NET_W, INTERNAL, REMOTE, u32::MAX][..]),
        any::<u32>(),
    ]
}

fn node() -> impl Strategy<Value = NodeAddress> {
    let known = [OURS, HOST, SERVER, EVERYONE, NodeAddress::INTERNAL, cmd::node(ip(2))];
    prop_oneof![prop::sample::select(known.to_vec()), any::<[u8; 6]>().prop_map(NodeAddress)]
}

fn address() -> impl Strategy<Value = Address> {
    (network(), node(), any::<u16>()).prop_map(|(network, node, socket)| at(network, node, socket))
}

prop_compose! {
    fn any_packet()(
        source in address(),
        destination in address(),
        packet_type in any::<u8>(),
        hops in 0u8..20,
        checksum in prop_oneof![
            Just(Some(NO_CHECKSUM)),
            Just(Some(0)),
            Just(None),
            any::<u16>().prop_map(Some),
        ],
        data in proptest::collection::vec(any::<u8>(), 0..100),
    ) -> Vec<u8> {
        let mut header = Header::new(PacketType(packet_type), source, destination);
        header.transport_control = hops;
        let mut packet = header.packet(&data).to_vec();
        // None: the true sum.
        let sum = checksum.unwrap_or_else(|| ipx::checksum(&packet));
        ipx::set_checksum(&mut packet, sum);
        packet
    }
}

fn circuit() -> impl Strategy<Value = CircuitId> {
    prop::sample::select(&[A, B, C, W, U][..])
}

proptest! {
    #[test]
    fn a_packet_changes_in_hop_count_zero_networks_and_checksum_alone(
        packet in any_packet(),
        circuit in circuit(),
        broadcast in any::<bool>(),
    ) {
        let fib = fib();
        let before = Header::decode(&packet).unwrap();
        let (verdict, after) = decided(&fib, circuit, broadcast, &packet);
        let header = Header::decode(&after).unwrap();
        prop_assert_eq!(&after[30..], &packet[30..]);
        prop_assert_eq!(header.length, before.length);
        prop_assert_eq!(header.packet_type, before.packet_type);
        for (after, before) in
            [(header.source, before.source), (header.destination, before.destination)]
        {
            prop_assert_eq!((after.node, after.socket), (before.node, before.socket));
            if before.network.0 != 0 {
                prop_assert_eq!(after.network, before.network);
            }
        }
        let older = u8::from(matches!(verdict, Verdict::Transmit(_)));
        prop_assert_eq!(header.transport_control, before.transport_control + older);
        let filled = header.source.network != before.source.network
            || header.destination.network != before.destination.network;
        if header.checksum != before.checksum {
            let raw = matches!(verdict, Verdict::Transmit(Egress { circuit: B, .. }));
            prop_assert!(filled || raw && header.checksum == NO_CHECKSUM);
        }
        prop_assert_eq!(
            ipx::checksum_holds(&packet), ipx::checksum_holds(&after),
            "right stays right and wrong wrong"
        );
    }

    #[test]
    fn what_is_to_be_sent_can_be_sent_and_received_as_it_was(
        packet in any_packet(),
        circuit in circuit(),
    ) {
        let fib = fib();
        let (verdict, packet) = decided(&fib, circuit, false, &packet);
        let Verdict::Transmit(egress) = verdict else { return Ok(()) };
        prop_assert!(packet[4] <= fib.hop_limit);
        let there = fib.circuit(egress.circuit).unwrap();
        let mut buffer = vec![0xa5; HEADROOM + packet.len() + MIN_FRAME];
        buffer[HEADROOM..HEADROOM + packet.len()].copy_from_slice(&packet);
        let mut view = View::new(&mut buffer, HEADROOM, HEADROOM + packet.len());
        match emit(there, egress.to, &mut view) {
            Ok(Outbound::Frame { port }) => {
                let located = crate::wire::frame::locate(view.bytes()).unwrap();
                let found = fib.lan_circuit(port, located.vlan, located.framing);
                prop_assert_eq!(found.map(|circuit| circuit.id), Some(egress.circuit));
                prop_assert_eq!(&view.bytes()[located.packet][..packet.len()], &packet[..]);
            }
            Ok(Outbound::Datagram { to, .. }) => {
                prop_assert!(there.cmd().unwrap().peer(*to.ip()).is_some(), "to peers alone");
                prop_assert_eq!(view.bytes(), &packet[..]);
            }
            Err(outcome) => prop_assert!(false, "{} after it was to be sent", outcome),
        }
    }
}

#[test]
fn every_outcome_has_a_place_and_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    assert_eq!(names.len(), Outcome::COUNT);
    for (index, outcome) in Outcome::ALL.iter().enumerate() {
        assert_eq!(outcome.index(), index);
        assert!(!(outcome.is_success() && outcome.is_fault()), "{outcome}");
    }
    assert!(Outcome::Forwarded.is_success() && Outcome::DeliveredDiagnostics.is_success());
    for normal in [Outcome::NotIpx, Outcome::FrameTypeXns, Outcome::NotForUs] {
        assert!(!normal.is_success() && !normal.is_fault(), "{normal}");
    }
    assert!(Outcome::FrameTypeIllegal.is_fault() && Outcome::NowhereToPropagate.is_fault());
}
