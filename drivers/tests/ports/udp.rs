//! UDP ports.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use ipxway_drivers::links;
use ipxway_drivers::{Batch, Mark, OpenError, OpenPort, Outgoing, UdpOptions, open_udp};
use pnet::packet::ipv4::{Ipv4Flags, Ipv4Packet};
use pnet::packet::udp::UdpPacket;
use pnet::packet::{Packet, ethernet::EthernetPacket};

use crate::namespace::{Station, collect, eventually, ip, lose_network_rights, within};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PORT: u16 = 2654;

fn options(ip: Ipv4Addr) -> UdpOptions {
    UdpOptions { ip, port: PORT, tos: None, receive_buffer: 4 << 20, apart: Vec::new() }
}

fn to(ip: Ipv4Addr) -> Option<SocketAddrV4> {
    Some(SocketAddrV4::new(ip, PORT))
}

/// Two sites on one loopback, whose MTU is that of an Ethernet.
fn sites() -> (OpenPort, OpenPort) {
    ip("link set lo mtu 1500");
    ip("address add 10.0.0.1/24 dev lo");
    ip("address add 10.0.0.2/24 dev lo");
    (open_udp(&options(HERE)).unwrap(), open_udp(&options(THERE)).unwrap())
}

/// `count` payloads that differ in content and length.
fn payloads(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![n; 30 + usize::from(n)]).collect()
}

#[test]
fn batches_of_every_size_arrive_whole_and_in_order_both_ways() {
    within(|| {
        let (mut here, mut there) = sites();
        for count in [1, 2, 3, 31, 63, 64, 65, 200] {
            let payloads = payloads(count);
            for (from, at, target) in [
                (&here.sender, &mut there.receiver, THERE),
                (&there.sender, &mut here.receiver, HERE),
            ] {
                let packets = payloads.iter().map(|bytes| Outgoing { bytes, to: to(target) });
                let report = from.send_batch(&packets.collect::<Vec<_>>());
                assert_eq!((report.sent, report.dropped), (usize::from(count), 0), "{report:?}");
                assert_eq!(collect(at, usize::from(count)), payloads);
            }
        }
    });
}

#[test]
fn a_datagram_names_its_sender_whose_source_port_is_the_bound_one() {
    within(|| {
        let (here, mut there) = sites();
        here.sender.send_batch(&[Outgoing { bytes: &[7; 30], to: to(THERE) }]);
        let mut batch = Batch::new();
        assert_eq!(there.receiver.recv_batch(&mut batch, None).unwrap(), 1);
        assert_eq!(batch.iter_mut().next().unwrap().from, to(HERE));
    });
}

#[test]
fn a_full_ethernet_packet_leaves_in_fragments_with_df_clear_and_arrives_whole() {
    within(|| {
        let (here, mut there) = sites();
        let mut wire = Station::on("lo");
        let payload = vec![0xa5; 1500];
        let report = here.sender.send_batch(&[Outgoing { bytes: &payload, to: to(THERE) }]);
        assert_eq!(report.sent, 1, "{report:?}");
        assert_eq!(collect(&mut there.receiver, 1), [payload]);
        let is_ip = |frame: &[u8]| frame.get(12..14) == Some(&[8, 0]);
        for (more, offset) in [(Ipv4Flags::MoreFragments, 0), (0, 185)] {
            // The loopback shows each frame on its way out and on its way in.
            let frame = wire.hear(|f| is_ip(f) && fragment(f) == (more, offset));
            let ethernet = EthernetPacket::new(&frame).unwrap();
            let datagram = Ipv4Packet::new(ethernet.payload()).unwrap();
            assert_eq!(datagram.get_flags() & Ipv4Flags::DontFragment, 0);
            if offset == 0 {
                let udp = UdpPacket::new(datagram.payload()).unwrap();
                assert_eq!((udp.get_source(), udp.get_destination()), (PORT, PORT));
                assert_ne!(udp.get_checksum(), 0, "without a checksum");
            }
        }
    });
}

/// The flags and the offset, in units of 8 bytes, of an IP packet in a frame.
fn fragment(frame: &[u8]) -> (u8, u16) {
    let datagram = Ipv4Packet::new(&frame[14..]).unwrap();
    (datagram.get_flags(), datagram.get_fragment_offset())
}

#[test]
fn a_short_datagram_has_df_clear_and_the_wished_type_of_service() {
    within(|| {
        let (_here, there) = sites();
        ip("address add 10.0.0.3/24 dev lo");
        let third = Ipv4Addr::new(10, 0, 0, 3);
        let marked = open_udp(&UdpOptions { tos: Some(0xb8), ..options(third) }).unwrap();
        let mut wire = Station::on("lo");
        for (sender, tos) in [(&there.sender, 0), (&marked.sender, 0xb8)] {
            sender.send_batch(&[Outgoing { bytes: &[1; 30], to: to(HERE) }]);
            let frame = wire.hear(|frame| frame.get(12..14) == Some(&[8, 0]) && frame[15] == tos);
            assert_eq!(fragment(&frame), (0, 0));
        }
    });
}

#[test]
fn the_longest_datagram_passes_and_a_longer_one_is_dropped_alone() {
    within(|| {
        let (here, mut there) = sites();
        let (longest, longer) = (vec![1; 65_507], vec![2; 65_508]);
        let batch = [&longer, &longest, &longer].map(|bytes| Outgoing { bytes, to: to(THERE) });
        let report = here.sender.send_batch(&batch);
        assert_eq!((report.sent, report.drops.too_long), (1, 2), "{report:?}");
        assert_eq!(collect(&mut there.receiver, 1), [longest]);
    });
}

#[test]
fn peers_that_refuse_and_networks_without_a_route_stop_nothing() {
    within(|| {
        let (mut here, mut there) = sites();
        let closed = Some(SocketAddrV4::new(THERE, 9));
        let nowhere = Some(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), PORT));
        for _ in 0..3 {
            let batch = [closed, nowhere, None, to(THERE)];
            let batch = batch.map(|to| Outgoing { bytes: &[3; 30], to });
            let report = here.sender.send_batch(&batch);
            assert_eq!(report.sent, 2, "{report:?}");
            assert_eq!((report.drops.unreachable, report.drops.invalid), (1, 1), "{report:?}");
            assert!(!report.gone);
            assert_eq!(collect(&mut there.receiver, 1), [[3; 30]]);
            let wait = Some(Duration::from_millis(10));
            assert_eq!(here.receiver.recv_batch(&mut Batch::new(), wait).unwrap(), 0);
        }
    });
}

#[test]
fn a_missing_address_and_a_busy_port_are_told_apart() {
    within(|| {
        let error = open_udp(&options(HERE)).unwrap_err();
        assert!(matches!(error, OpenError::AddressNotHere { ip } if ip == HERE), "{error}");
        assert!(error.may_heal());
        ip("address add 10.0.0.1/24 dev lo");
        let port = open_udp(&options(HERE)).unwrap();
        let error = open_udp(&options(HERE)).unwrap_err();
        assert!(matches!(error, OpenError::PortBusy { .. }), "{error}");
        assert!(error.to_string().contains("10.0.0.1:2654"), "{error}");
        drop(port);
        open_udp(&options(HERE)).unwrap();
    });
}

#[test]
fn the_port_knows_the_interface_and_mtu_of_its_address() {
    within(|| {
        ip("link add wan0 mtu 1400 type bridge");
        ip("address add 10.0.0.1/24 dev wan0");
        let port = open_udp(&options(HERE)).unwrap();
        let wan = links::link_by_name("wan0").unwrap().unwrap();
        assert_eq!((port.address.index, port.address.mtu), (wan.index, 1400));
        assert_eq!((port.address.ip, port.address.mac), (Some(HERE), None));
        let lo = open_udp(&options(Ipv4Addr::LOCALHOST)).unwrap();
        assert_eq!(lo.address.mtu, u16::MAX, "the loopback's 65536 is cut");
    });
}

#[test]
fn a_port_outlives_the_address_that_it_is_bound_to() {
    within(|| {
        let (here, mut there) = sites();
        ip("address del 10.0.0.1/24 dev lo");
        let packet = Outgoing { bytes: &[4; 30], to: to(THERE) };
        assert!(!here.sender.send_batch(&[packet]).gone);
        ip("address add 10.0.0.1/24 dev lo");
        eventually("the address works again", || here.sender.send_batch(&[packet]).sent == 1);
        assert_eq!(collect(&mut there.receiver, 1), [[4; 30]]);
    });
}

#[test]
fn datagrams_beyond_the_queue_are_counted() {
    within(|| {
        let (here, _there) = sites();
        ip("address add 10.0.0.3/24 dev lo");
        let small = Ipv4Addr::new(10, 0, 0, 3);
        let options = UdpOptions { receive_buffer: 4096, ..options(small) };
        let mut small_port = open_udp(&options).unwrap();
        let batch = [Outgoing { bytes: &[5; 500], to: to(small) }; 64];
        assert_eq!(here.sender.send_batch(&batch).sent, 64);
        let mut taken = 0;
        let mut received = Batch::new();
        while let Ok(count @ 1..) =
            small_port.receiver.recv_batch(&mut received, Some(Duration::ZERO))
        {
            taken += count;
        }
        assert_eq!(small_port.receiver.counts().overflows, 64 - taken as u64);
        assert!(taken < 64);
    });
}

#[test]
fn a_low_port_without_rights_names_the_missing_one() {
    within(|| {
        lose_network_rights();
        let error =
            open_udp(&UdpOptions { port: 213, ..options(Ipv4Addr::LOCALHOST) }).unwrap_err();
        assert!(matches!(error, OpenError::NoPermission { .. }), "{error}");
        assert!(error.to_string().contains("CAP_NET_BIND_SERVICE"), "{error}");
        open_udp(&options(Ipv4Addr::LOCALHOST)).unwrap();
    });
}

/// Datagrams that have `7b` where an eighth byte's low half and a ninth byte are looked at.
fn marked() -> UdpOptions {
    let marks =
        vec![Mark { at: 2, bits: 0xffff, are: 0x0102 }, Mark { at: 7, bits: 0x0fff, are: 0x07b0 }];
    UdpOptions { apart: marks, ..options(HERE) }
}

#[test]
fn what_has_all_marks_is_set_apart_and_waits_without_loss_of_its_age() {
    within(|| {
        let (here, there) = sites();
        drop(here);
        let mut here = open_udp(&marked()).unwrap();
        let mut apart = here.apart.take().expect("a second receiver");
        let whole: [u8; 10] = [0, 0, 1, 2, 0, 0, 0, 0x37, 0xb0, 9];
        let short = &whole[..8];
        let first = [[0, 0, 1, 3, 0, 0, 0, 0x37, 0xb0, 9], [0, 0, 1, 2, 0, 0, 0, 0x37, 0xb1, 9]];
        let mut packets = vec![&whole[..], short, &whole[..3], &whole[..9]];
        packets.extend(first.iter().map(|bytes| &bytes[..]));
        let sent: Vec<_> = packets.iter().map(|bytes| Outgoing { bytes, to: to(HERE) }).collect();
        assert_eq!(there.sender.send_batch(&sent).sent, 6);
        let others = [short, &whole[..3], &first[0], &first[1]].map(<[u8]>::to_vec);
        assert_eq!(collect(&mut here.receiver, 4), others);

        let started = Instant::now();
        apart.rest(Duration::from_millis(50)).unwrap();
        assert!(started.elapsed() >= Duration::from_millis(50), "whatever waits");
        let mut batch = Batch::new();
        assert_eq!(apart.recv_batch(&mut batch, None).unwrap(), 2);
        for received in batch.iter_mut() {
            let age = received.age;
            assert!(age >= Duration::from_millis(50) && age < Duration::from_secs(20), "{age:?}");
        }
        apart.waker().wake();
        apart.rest(Duration::from_secs(3_600)).unwrap();
    });
}

#[test]
fn two_queues_at_an_address_leave_no_room_for_another_process() {
    within(|| {
        let (here, _there) = sites();
        assert!(matches!(open_udp(&marked()), Err(OpenError::PortBusy { .. })));
        drop(here);
        let here = open_udp(&marked()).unwrap();
        assert!(matches!(open_udp(&marked()), Err(OpenError::PortBusy { .. })));
        assert!(matches!(open_udp(&options(HERE)), Err(OpenError::PortBusy { .. })));
        drop(here);
        let again = open_udp(&UdpOptions { port: 0, ..marked() }).unwrap();
        assert!(again.apart.is_some(), "at a port that the kernel chooses");
    });
}
