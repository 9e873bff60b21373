//! TAP ports.

use std::time::{Duration, Instant};

use ipxway_drivers::links::{self, LinkInfo};
use ipxway_drivers::{Batch, OpenError, OpenPort, Outgoing, TapOptions, open_tap};

use crate::namespace::{
    Station, collect, eventually, framings, ip, lose_network_rights, running, wire, within,
};

const MAC: [u8; 6] = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55];
const NEIGHBOUR: [u8; 6] = [0x02, 0, 0, 0, 0, 9];

fn tap(name: &str) -> TapOptions {
    TapOptions { name: name.into(), ..TapOptions::default() }
}

fn link(name: &str) -> LinkInfo {
    links::link_by_name(name).unwrap().unwrap()
}

fn send(port: &OpenPort, frame: &[u8]) -> ipxway_drivers::SendReport {
    port.sender.send_batch(&[Outgoing { bytes: frame, to: None }])
}

/// Closes a port and waits until nobody holds its device: a program that another test is about to
/// run has all our files for a moment.
fn close(port: OpenPort, name: &str) {
    drop(port);
    eventually("the TAP is free", || {
        !matches!(open_tap(&tap(name)), Err(OpenError::TapBusy { .. }))
    });
}

/// Closes a port and waits until the device that it made is gone, for the same reason.
fn close_for_good(port: OpenPort, name: &str) {
    drop(port);
    eventually("the TAP is gone", || links::link_by_name(name).unwrap().is_none());
}

#[test]
fn a_tap_that_we_make_is_as_wished_and_gone_with_its_port() {
    within(|| {
        let options = TapOptions { mac: Some(MAC), mtu: Some(1600), ..tap("lan0") };
        let port = open_tap(&options).unwrap();
        running(&["lan0"]);
        let made = link("lan0");
        assert!(made.enabled, "{made:?}");
        assert_eq!(made.mtu, 1600);
        assert_eq!(made.mac, Some([0xfe, 0x11, 0x22, 0x33, 0x44, 0x55]));
        assert_eq!(port.address.mac, Some(MAC));
        assert_eq!((port.address.mtu, port.address.index), (1600, made.index));
        close_for_good(port, "lan0");
    });
}

#[test]
fn the_guard_removes_a_made_tap_while_senders_are_still_about() {
    within(|| {
        let OpenPort { mut receiver, sender, guard, .. } = open_tap(&tap("lan0")).unwrap();
        drop(guard);
        assert_eq!(links::link_by_name("lan0").unwrap(), None);
        let frame = &framings(NEIGHBOUR)[0];
        assert!(sender.send_batch(&[Outgoing { bytes: frame, to: None }]).gone);
        assert!(receiver.recv_batch(&mut Batch::new(), None).is_err());
    });
}

#[test]
fn frames_cross_a_tap_both_ways_unchanged() {
    within(|| {
        let mut port = open_tap(&TapOptions { mac: Some(MAC), ..tap("lan0") }).unwrap();
        let mut host = Station::on("lan0");
        for frame in framings(NEIGHBOUR) {
            host.send(&frame);
            assert_eq!(collect(&mut port.receiver, 1), [frame]);
        }
        for frame in framings(MAC) {
            let report = send(&port, &frame);
            assert_eq!((report.sent, report.dropped), (1, 0), "{report:?}");
            assert_eq!(host.hear(|heard| heard.get(6..12) == Some(&MAC)), frame);
        }
    });
}

#[test]
fn received_frames_have_room_at_both_ends() {
    within(|| {
        let mut port = open_tap(&tap("lan0")).unwrap();
        Station::on("lan0").send(&framings(NEIGHBOUR)[0]);
        let mut batch = Batch::new();
        assert_eq!(port.receiver.recv_batch(&mut batch, None).unwrap(), 1);
        let received = batch.iter_mut().next().unwrap();
        assert!(received.range.start >= 60 && !received.truncated);
        assert!(received.buffer.len() - received.range.end >= 64);
    });
}

#[test]
fn a_tap_that_we_find_stays_as_we_found_it() {
    within(|| {
        ip("link add br0 type bridge");
        ip("tuntap add lan0 mode tap");
        ip("link set lan0 mtu 1400");
        let found = link("lan0");
        let bridge = Some("br0".into());
        let options = TapOptions { mac: Some(MAC), mtu: Some(1500), bridge, ..tap("lan0") };
        let port = open_tap(&options).unwrap();
        let used = link("lan0");
        assert_eq!((used.mtu, used.controller), (1500, Some(link("br0").index)));
        assert!(used.enabled);
        assert_eq!(used.mac, found.mac, "the device's own address is not ours to set");
        assert_eq!(port.address.mac, Some(MAC));
        drop(port);
        eventually("the TAP is as it was", || link("lan0") == found);
    });
}

#[test]
fn a_found_tap_in_a_bridge_stays_there_when_the_options_name_none() {
    within(|| {
        ip("link add br0 type bridge");
        ip("tuntap add lan0 mode tap");
        ip("link set lan0 master br0 up");
        let port = open_tap(&tap("lan0")).unwrap();
        let used = link("lan0");
        assert_eq!(used.controller, Some(link("br0").index));
        let (own, device) = (port.address.mac.unwrap(), used.mac.unwrap());
        assert_ne!(own, device, "the bridge would keep our frames");
        assert_eq!((own[0] & 0x03, &own[1..]), (0x02, &device[1..]), "a station's address");
        drop(port);
        assert_eq!(link("lan0").controller, used.controller);
        assert!(link("lan0").enabled);
    });
}

#[test]
fn a_tap_that_goes_down_drops_frames_and_works_again_when_up() {
    within(|| {
        let mut port = open_tap(&TapOptions { mac: Some(MAC), ..tap("lan0") }).unwrap();
        let frame = &framings(MAC)[1];
        ip("link set lan0 down");
        let report = send(&port, frame);
        assert_eq!((report.sent, report.drops.down, report.gone), (0, 1, false), "{report:?}");
        let wait = Some(Duration::from_millis(20));
        assert_eq!(port.receiver.recv_batch(&mut Batch::new(), wait).unwrap(), 0);
        ip("link set lan0 up");
        running(&["lan0"]);
        let mut host = Station::on("lan0");
        assert_eq!(send(&port, frame).sent, 1);
        assert_eq!(&host.hear(|heard| heard.get(6..12) == Some(&MAC)), frame);
        let frame = framings(NEIGHBOUR)[2].clone();
        host.send(&frame);
        assert_eq!(collect(&mut port.receiver, 1), [frame]);
    });
}

#[test]
fn a_tap_deleted_under_us_ends_the_wait_of_its_receiver_and_is_reported_gone() {
    within(|| {
        let OpenPort { mut receiver, sender, guard, .. } = open_tap(&tap("lan0")).unwrap();
        let waiting = std::thread::spawn(move || receiver.recv_batch(&mut Batch::new(), None));
        ip("link del lan0");
        assert!(waiting.join().unwrap().is_err());
        let frame = &framings(MAC)[0];
        let report = sender.send_batch(&[Outgoing { bytes: frame, to: None }]);
        assert_eq!((report.drops.down, report.gone), (1, true), "{report:?}");
        drop(guard);
    });
}

/// Counts the IPv6 frames in `period` on both ports.
fn chatter(ports: [&mut OpenPort; 2], period: Duration) -> [usize; 2] {
    let mut batch = Batch::new();
    let mut count = [0, 0];
    let started = Instant::now();
    let mut ports = ports;
    while started.elapsed() < period {
        for (port, count) in ports.iter_mut().zip(&mut count) {
            let wait = Some(Duration::from_millis(20));
            port.receiver.recv_batch(&mut batch, wait).unwrap();
            *count += batch.iter_mut().filter(|f| f.packet()[12..14] == [0x86, 0xdd]).count();
        }
    }
    count
}

#[test]
fn no_ipv6_frame_leaves_a_tap_that_we_make() {
    within(|| {
        // A TAP that is not ours to silence shows that the kernel would talk.
        ip("tuntap add other0 mode tap");
        let mut other = open_tap(&tap("other0")).unwrap();
        let mut made = open_tap(&tap("lan0")).unwrap();
        let [others, ours] = chatter([&mut other, &mut made], Duration::from_secs(3));
        assert!(others > 0, "this kernel has no IPv6, and the test shows nothing");
        assert_eq!(ours, 0);
    });
}

#[test]
fn a_tap_joins_a_bridge_without_changing_it_and_hears_its_other_ports() {
    within(|| {
        ip("link add br0 mtu 9000 type bridge");
        wire("eth0", "client0");
        ip("link set eth0 mtu 9000");
        ip("link set client0 mtu 9000");
        ip("link set eth0 address 02:00:00:00:ff:01 master br0");
        ip("link set br0 addrgenmode none");
        ip("link set br0 up");
        let before = link("br0");
        let options = TapOptions { mac: Some(MAC), bridge: Some("br0".into()), ..tap("lan0") };
        let mut port = open_tap(&options).unwrap();
        running(&["lan0", "br0"]);
        let bridge = link("br0");
        assert_eq!((bridge.mac, bridge.mtu), (before.mac, before.mtu));
        assert_eq!(link("lan0").controller, Some(bridge.index));

        let mut client = Station::on("client0");
        let to_us = [&MAC[..], &NEIGHBOUR, &[0x81, 0x37], &[0xff; 46]].concat();
        client.send(&to_us);
        // The bridge itself talks IGMP.
        let mut heard = Vec::new();
        eventually("the frame crosses the bridge", || {
            heard.extend(collect(&mut port.receiver, 1));
            heard.contains(&to_us)
        });
        let to_client = [&NEIGHBOUR[..], &MAC, &[0x81, 0x37], &[0xff; 46]].concat();
        assert_eq!(send(&port, &to_client).sent, 1);
        assert_eq!(client.hear(|frame| frame.get(6..12) == Some(&MAC)), to_client);

        close_for_good(port, "lan0");
        assert_eq!(link("br0").mtu, before.mtu);
    });
}

#[test]
fn a_bridge_that_is_not_there_is_named_and_no_tap_is_left() {
    within(|| {
        wire("eth0", "far0");
        for name in ["br7", "eth0"] {
            let error = open_tap(&TapOptions { bridge: Some(name.into()), ..tap("lan0") });
            let error = error.unwrap_err();
            assert!(matches!(&error, OpenError::NoSuchBridge { name: n } if n == name));
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(links::link_by_name("lan0").unwrap(), None);
        }
    });
}

#[test]
fn a_tap_in_use_and_a_device_of_another_kind_are_refused() {
    within(|| {
        let port = open_tap(&tap("lan0")).unwrap();
        assert!(matches!(open_tap(&tap("lan0")), Err(OpenError::TapBusy { .. })));
        close_for_good(port, "lan0");
        ip("link add lan0 type bridge");
        let error = open_tap(&tap("lan0")).unwrap_err();
        assert!(matches!(error, OpenError::NotATap { .. }), "{error}");
        ip("tuntap add lan1 mode tun");
        assert!(matches!(open_tap(&tap("lan1")), Err(OpenError::NotATap { .. })));
    });
}

#[test]
fn names_mtus_and_addresses_that_cannot_be_are_refused_before_the_kernel_is_asked() {
    for name in ["", "sixteen-letters.", "a b", "a/b", "..", "lan%d", "a:b"] {
        assert!(matches!(open_tap(&tap(name)), Err(OpenError::BadName { .. })), "{name:?}");
    }
    for mtu in [0, 67, 65_522] {
        let error = open_tap(&TapOptions { mtu: Some(mtu), ..tap("lan0") });
        assert!(matches!(error, Err(OpenError::BadMtu { .. })), "{mtu}");
    }
    for mac in [[0; 6], [0xff; 6], [0x01, 0, 0x5e, 0, 0, 1]] {
        let error = open_tap(&TapOptions { mac: Some(mac), ..tap("lan0") });
        assert!(matches!(error, Err(OpenError::BadMac { .. })), "{mac:x?}");
    }
}

#[test]
fn a_frame_without_a_whole_header_is_dropped_and_the_rest_of_the_batch_goes() {
    within(|| {
        let port = open_tap(&tap("lan0")).unwrap();
        let frame = &framings(MAC)[0];
        let batch = [&frame[..13], frame, &frame[..14]];
        let batch = batch.map(|bytes| Outgoing { bytes, to: None });
        let report = port.sender.send_batch(&batch);
        assert_eq!((report.sent, report.drops.invalid), (2, 1), "{report:?}");
        assert_eq!(report.last_error.unwrap().raw_os_error(), Some(libc::EINVAL));
    });
}

#[test]
fn a_tap_prepared_by_the_administrator_needs_no_rights() {
    within(|| {
        ip("tuntap add lan0 mode tap");
        ip("link set lan0 up");
        lose_network_rights();
        let port = open_tap(&TapOptions { mac: Some(MAC), ..tap("lan0") }).unwrap();
        assert_eq!(send(&port, &framings(MAC)[0]).sent, 1);
        let error = open_tap(&tap("lan1")).unwrap_err();
        assert!(matches!(error, OpenError::NoPermission { .. }), "{error}");
        assert!(error.to_string().contains("CAP_NET_ADMIN"), "{error}");
        close(port, "lan0");
        // The kernel lets go of it at its leisure.
        eventually("another MTU is refused for want of a right", || {
            let error = open_tap(&TapOptions { mtu: Some(1400), ..tap("lan0") }).unwrap_err();
            matches!(error, OpenError::NoPermission { .. })
        });
        assert_eq!(link("lan0").mtu, 1500);
    });
}
