//! NIC ports.

use std::time::Duration;

use ipxway_drivers::batch::HEADROOM;
use ipxway_drivers::links;
use ipxway_drivers::{Batch, NicOptions, OpenError, OpenPort, Outgoing, open_nic};

use crate::namespace::{
    Station, collect, eventually, framings, ip, lose_network_rights, running, wire, within,
};

const MAC: [u8; 6] = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55];
const FAR: [u8; 6] = [0x02, 0, 0, 0, 0, 9];

fn open(name: &str) -> OpenPort {
    open_nic(&NicOptions { name: name.into() }).unwrap()
}

fn refusal(name: &str) -> OpenError {
    open_nic(&NicOptions { name: name.into() }).unwrap_err()
}

fn send(port: &OpenPort, frame: &[u8]) -> ipxway_drivers::SendReport {
    port.sender.send_batch(&[Outgoing { bytes: frame, to: None }])
}

/// The frame with a VLAN tag behind its MAC addresses.
fn tagged(frame: &[u8], tag: [u8; 4]) -> Vec<u8> {
    [&frame[..12], &tag, &frame[12..]].concat()
}

#[test]
fn the_port_has_the_address_and_mtu_of_its_interface() {
    within(|| {
        wire("eth0", "far0");
        ip("link set eth0 mtu 1700 address 02:11:22:33:44:55");
        let port = open("eth0");
        assert_eq!(port.address.mac, Some(MAC));
        assert_eq!(port.address.mtu, 1700);
        assert_eq!(port.address.index, links::link_by_name("eth0").unwrap().unwrap().index);
    });
}

#[test]
fn the_four_framings_come_up_and_other_protocols_do_not() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let mut far = Station::on("far0");
        let mut sent = Vec::new();
        for frame in framings(FAR) {
            for kind in [0x0800_u16, 0x0806, 0x86dd, 0x88cc] {
                far.send(&[&[0xff; 6][..], &FAR, &kind.to_be_bytes(), &[0; 46]].concat());
            }
            far.send(&[&[0xff; 6][..], &FAR, &[0, 46, 0x42, 0x42, 3], &[0; 43]].concat());
            far.send(&frame);
            sent.push(frame);
        }
        assert_eq!(collect(&mut port.receiver, 4), sent);
    });
}

#[test]
fn frames_to_other_stations_do_not_need_promiscuity_to_be_sent() {
    within(|| {
        wire("eth0", "far0");
        let port = open("eth0");
        let mut far = Station::on("far0");
        for frame in framings(MAC) {
            assert_eq!(send(&port, &frame).sent, 1);
            assert_eq!(far.hear(|heard| heard.get(6..12) == Some(&MAC)), frame);
        }
    });
}

#[test]
fn a_port_does_not_see_what_its_own_host_sends() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let mut neighbour = Station::on("eth0");
        let [first, second, third, last] = framings(FAR);
        assert_eq!(send(&port, &first).sent, 1);
        neighbour.send(&second);
        assert_eq!(send(&port, &third).sent, 1);
        // The wire keeps the order: had one of ours come up, it would be before this one.
        Station::on("far0").send(&last);
        assert_eq!(collect(&mut port.receiver, 1), [last]);
    });
}

#[test]
fn a_tag_that_the_kernel_takes_out_is_put_back() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let mut far = Station::on("far0");
        for tag in [[0x81, 0, 0xe0, 7], [0x88, 0xa8, 0, 9], [0x81, 0, 0, 0]] {
            for frame in framings(FAR) {
                let frame = tagged(&frame, tag);
                far.send(&frame);
                let mut batch = Batch::new();
                while port.receiver.recv_batch(&mut batch, None).unwrap() == 0 {}
                let received = batch.iter_mut().next().unwrap();
                assert_eq!(received.packet(), frame);
                assert_eq!(received.range.start, HEADROOM - 4, "the kernel left the tag in");
            }
        }
    });
}

#[test]
fn a_tag_within_a_tag_survives() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let inner = tagged(&framings(FAR)[3], [0x81, 0, 0, 5]);
        let both = tagged(&inner, [0x88, 0xa8, 0, 9]);
        Station::on("far0").send(&both);
        assert_eq!(collect(&mut port.receiver, 1), [both]);
    });
}

#[test]
fn a_tagged_frame_of_full_length_crosses_as_it_was_sent() {
    within(|| {
        wire("eth0", "far0");
        let (port, mut far) = (open("eth0"), open("far0"));
        let frame = [&framings(MAC)[0][..14], &[0xff; 1500]].concat();
        let frame = tagged(&frame, [0x81, 0, 0, 7]);
        assert_eq!(send(&port, &frame).sent, 1);
        assert_eq!(collect(&mut far.receiver, 1), [frame]);
    });
}

#[test]
fn a_link_that_goes_down_is_survived() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let [first, second, ..] = framings(FAR);
        ip("link set eth0 down");
        let wait = Some(Duration::from_millis(20));
        assert_eq!(port.receiver.recv_batch(&mut Batch::new(), wait).unwrap(), 0);
        assert_eq!(port.receiver.counts().soft_errors, 1);
        let report = send(&port, &first);
        assert_eq!((report.sent, report.drops.down, report.gone), (0, 1, false), "{report:?}");
        ip("link set eth0 up");
        running(&["eth0", "far0"]);
        let mut far = Station::on("far0");
        assert_eq!(send(&port, &first).sent, 1, "no old complaint costs a frame");
        assert_eq!(far.hear(|heard| heard.get(6..12) == Some(&FAR)), first);
        far.send(&second);
        assert_eq!(collect(&mut port.receiver, 1), [second]);
    });
}

#[test]
fn a_port_opens_on_a_link_that_is_down_and_works_when_it_is_up() {
    within(|| {
        wire("eth0", "far0");
        ip("link set eth0 down");
        let mut port = open("eth0");
        ip("link set eth0 up");
        running(&["eth0", "far0"]);
        let frame = framings(FAR)[0].clone();
        Station::on("far0").send(&frame);
        assert_eq!(collect(&mut port.receiver, 1), [frame]);
    });
}

#[test]
fn an_interface_that_vanishes_ends_the_wait_of_its_receiver() {
    within(|| {
        wire("eth0", "far0");
        let OpenPort { mut receiver, sender, .. } = open("eth0");
        let waiting = std::thread::spawn(move || receiver.recv_batch(&mut Batch::new(), None));
        ip("link del eth0");
        assert_eq!(waiting.join().unwrap().unwrap_err().raw_os_error(), Some(libc::ENODEV));
        let frame = &framings(MAC)[0];
        let report = sender.send_batch(&[Outgoing { bytes: frame, to: None }]);
        assert_eq!((report.drops.down, report.gone), (1, true), "{report:?}");
    });
}

#[test]
fn a_sender_that_meets_the_loss_first_tells_the_receiver() {
    within(|| {
        wire("eth0", "far0");
        let OpenPort { mut receiver, sender, .. } = open("eth0");
        ip("link del eth0");
        let frame = &framings(MAC)[0];
        // The socket tells an error once, and this takes it.
        assert!(sender.send_batch(&[Outgoing { bytes: frame, to: None }]).gone);
        assert!(receiver.recv_batch(&mut Batch::new(), None).is_err());
    });
}

#[test]
fn a_frame_longer_than_the_mtu_is_dropped_and_the_rest_of_the_batch_goes() {
    within(|| {
        wire("eth0", "far0");
        let port = open("eth0");
        let frame = &framings(MAC)[0];
        let long = [&frame[..14], &[0xff; 1501]].concat();
        let full = [&frame[..14], &[0xff; 1500]].concat();
        let batch = [&long, frame, &full].map(|bytes| Outgoing { bytes, to: None });
        let report = port.sender.send_batch(&batch);
        assert_eq!((report.sent, report.drops.too_long), (2, 1), "{report:?}");
        let mut far = Station::on("far0");
        assert_eq!(send(&port, &full).sent, 1);
        assert_eq!(far.hear(|heard| heard.get(6..12) == Some(&MAC)).len(), 1514);
    });
}

#[test]
fn frames_beyond_the_queue_are_counted() {
    within(|| {
        wire("eth0", "far0");
        let mut port = open("eth0");
        let frame = &framings(FAR)[0];
        let far = open("far0");
        let batch = [Outgoing { bytes: frame, to: None }; 64];
        eventually("the queue is full", || {
            far.sender.send_batch(&batch);
            port.receiver.counts().overflows > 0
        });
    });
}

#[test]
fn an_interface_that_is_missing_or_no_ethernet_is_refused_with_the_reason() {
    within(|| {
        wire("eth0", "far0");
        let error = refusal("eth7").to_string();
        for word in ["eth7", "eth0", "far0", "lo"] {
            assert!(error.contains(word), "{error}");
        }
        assert!(matches!(refusal("lo"), OpenError::NotEthernet { .. }));
    });
}

#[test]
fn without_rights_the_missing_one_is_named() {
    within(|| {
        wire("eth0", "far0");
        lose_network_rights();
        let error = refusal("eth0");
        assert!(matches!(error, OpenError::NoPermission { .. }), "{error}");
        assert!(error.to_string().contains("CAP_NET_RAW"), "{error}");
    });
}
