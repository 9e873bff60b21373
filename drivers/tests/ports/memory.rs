//! Ports in memory, and what all ports have in common.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use ipxway_drivers::batch::{BATCH_SIZE, HEADROOM, TAILROOM};
use ipxway_drivers::memory::{QUEUE_PACKETS, Segment};
use ipxway_drivers::{Batch, Outgoing};

use crate::namespace::collect;

const NOW: Option<Duration> = Some(Duration::ZERO);

fn frame(bytes: &[u8]) -> Outgoing<'_> {
    Outgoing { bytes, to: None }
}

fn socket(host: u8) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, host), 2654)
}

#[test]
fn a_frame_reaches_every_other_port_of_its_segment_and_no_other_segment() {
    let (lan, elsewhere) = (Segment::new(), Segment::new());
    let mut ports = [1, 2, 3].map(|n| lan.join([2, 0, 0, 0, 0, n]).unwrap());
    let mut stranger = elsewhere.join([2, 0, 0, 0, 0, 4]).unwrap();
    assert_eq!(ports[0].sender.send_batch(&[frame(b"one"), frame(b"two")]).sent, 2);
    let [sender, others @ ..] = &mut ports;
    for port in others {
        assert_eq!(collect(&mut port.receiver, 2), [b"one", b"two"]);
    }
    let mut batch = Batch::new();
    assert_eq!(sender.receiver.recv_batch(&mut batch, NOW).unwrap(), 0);
    assert_eq!(stranger.receiver.recv_batch(&mut batch, NOW).unwrap(), 0);
}

#[test]
fn a_datagram_reaches_the_port_bound_to_its_destination_and_names_its_sender() {
    let network = Segment::new();
    let sender = network.bind(socket(1)).unwrap().sender;
    let mut target = network.bind(socket(2)).unwrap();
    let mut other = network.bind(socket(3)).unwrap();
    let datagrams = [Some(socket(2)), Some(socket(9)), None];
    let report = sender.send_batch(&datagrams.map(|to| Outgoing { bytes: b"hello", to }));
    assert_eq!((report.sent, report.drops.invalid), (0, 0), "its guard is dropped: {report:?}");
    let kept = network.bind(socket(1)).unwrap();
    let report = kept.sender.send_batch(&datagrams.map(|to| Outgoing { bytes: b"hello", to }));
    assert_eq!((report.sent, report.drops.invalid), (2, 1), "a lost datagram was sent");
    let mut batch = Batch::new();
    assert_eq!(target.receiver.recv_batch(&mut batch, NOW).unwrap(), 1);
    let received = batch.iter_mut().next().unwrap();
    assert_eq!((received.packet(), received.from), (&b"hello"[..], Some(socket(1))));
    assert_eq!(other.receiver.recv_batch(&mut batch, NOW).unwrap(), 0);
    assert!(network.bind(socket(2)).is_err(), "bound already");
}

#[test]
fn more_packets_than_a_batch_holds_come_in_several_batches() {
    let lan = Segment::new();
    let (a, mut b) = (lan.join([2; 6]).unwrap(), lan.join([4; 6]).unwrap());
    let payloads: Vec<_> = (0..150_u8).map(|n| [n; 40]).collect();
    a.sender.send_batch(&payloads.iter().map(|bytes| frame(bytes)).collect::<Vec<_>>());
    let mut batch = Batch::new();
    let mut sizes = Vec::new();
    let mut seen = Vec::new();
    while let count @ 1.. = b.receiver.recv_batch(&mut batch, NOW).unwrap() {
        sizes.push(count);
        assert_eq!(batch.len(), count);
        for received in batch.iter_mut() {
            assert_eq!(received.range.start, HEADROOM);
            assert!(received.buffer.len() - received.range.end >= TAILROOM);
            seen.push(received.packet().to_vec());
        }
    }
    assert_eq!(sizes, [BATCH_SIZE, BATCH_SIZE, 150 - 2 * BATCH_SIZE]);
    assert_eq!(seen, payloads);
}

#[test]
fn a_full_queue_drops_what_is_new_and_counts_it() {
    let lan = Segment::new();
    let (a, mut b) = (lan.join([2; 6]).unwrap(), lan.join([4; 6]).unwrap());
    for _ in 0..QUEUE_PACKETS + 3 {
        a.sender.send_batch(&[frame(b"x")]);
    }
    assert_eq!(b.receiver.counts().overflows, 3);
    assert_eq!(collect(&mut b.receiver, QUEUE_PACKETS).len(), QUEUE_PACKETS);
    assert_eq!(b.receiver.counts().overflows, 3);
}

#[test]
fn a_wait_ends_at_a_wake_up_and_no_wake_up_is_lost() {
    let mut port = Segment::new().join([2; 6]).unwrap();
    let waker = port.receiver.waker();
    let mut batch = Batch::new();
    waker.wake();
    assert_eq!(port.receiver.recv_batch(&mut batch, None).unwrap(), 0, "woken before the wait");
    let mut receiver = port.receiver;
    let waiting = std::thread::spawn(move || receiver.recv_batch(&mut Batch::new(), None));
    waker.wake();
    assert_eq!(waiting.join().unwrap().unwrap(), 0);
}

#[test]
fn a_wait_lasts_as_long_as_was_asked_for() {
    let mut port = Segment::new().join([2; 6]).unwrap();
    let started = Instant::now();
    let wait = Some(Duration::from_millis(30));
    assert_eq!(port.receiver.recv_batch(&mut Batch::new(), wait).unwrap(), 0);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_port_whose_guard_is_dropped_is_gone_to_its_waiting_receiver_and_to_its_senders() {
    let lan = Segment::new();
    let port = lan.join([2; 6]).unwrap();
    let (mut receiver, sender, guard) = (port.receiver, port.sender, port.guard);
    let waiting = std::thread::spawn(move || receiver.recv_batch(&mut Batch::new(), None));
    drop(guard);
    assert!(waiting.join().unwrap().is_err());
    assert!(sender.send_batch(&[frame(b"late")]).gone);
}
