//! The parts that threads and control loop meet in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use ipxway_core::forward::{Counters, Fib, Lane, LinkSource, Received};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::Input;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::nlsp::{LanHello, SystemId};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use super::super::patience::{Fate, Patience};
use super::super::punt::{BUDGET, LANE_DEPTH, lanes};
use super::super::snapshot::{CounterBlock, Publisher};

fn table(generation: u64) -> Arc<Fib> {
    let mut fib = Fib::default();
    fib.generation = generation;
    Arc::new(fib)
}

#[tokio::test]
async fn a_full_lane_leaves_the_others_their_room_and_each_gets_its_turn() {
    let (punts, mut lanes) = lanes();
    for _ in 0..LANE_DEPTH {
        assert!(punts.packet(Lane::Broadcast, Input::Timeout));
    }
    assert!(!punts.packet(Lane::Broadcast, Input::Timeout), "the lane is full");
    assert!(punts.packet(Lane::Adjacency, Input::Shutdown), "another one is not");
    let mut inputs = Vec::new();
    lanes.take(&mut inputs).await;
    assert_eq!(inputs.first(), Some(&Input::Shutdown), "the most urgent first");
    assert_eq!(inputs.len(), 1 + BUDGET, "no more than its share from the full one");
}

/// Something of a peer for the router.
fn peer_says(to: Socket, priority: u8) -> (Received, Vec<u8>) {
    let system = SystemId([2, 0, 0, 0, 0, 9]);
    let hello = LanHello {
        system,
        holding_time: 60,
        priority,
        lan_id: system.lan(1),
        no_multicast: true,
        areas: Vec::new(),
        neighbours: Vec::new(),
        local_mtu: None,
        packet_len: 0,
    };
    let everyone = Address::new(NetworkNumber(1), NodeAddress::BROADCAST, to);
    let source = Address::new(NetworkNumber(1), NodeAddress::INTERNAL, to);
    let packet = Header::new(PacketType::UNKNOWN, source, everyone).packet(&hello.encode());
    let header = Header::decode(&packet).unwrap();
    let from = LinkSource::Peer(Ipv4Addr::new(10, 0, 0, 2));
    let range = 0..packet.len();
    let circuit = CircuitId(0);
    (Received { circuit, from, broadcast: false, header, packet: range }, packet.to_vec())
}

#[tokio::test]
async fn hellos_that_repeat_themselves_wake_the_control_loop_together_and_nothing_passes_them() {
    let (punts, mut lanes) = lanes();
    let mut patience = Patience::new(punts);
    let mut counters = Counters::default();
    let mut say = |patience: &mut Patience, lane, socket, priority| {
        let (received, packet) = peer_says(socket, priority);
        patience.packet(&mut counters, lane, &received, &packet)
    };
    let mut give =
        |patience: &mut Patience, priority| say(patience, Lane::Adjacency, Socket::NLSP, priority);
    assert_eq!(give(&mut patience, 44), Fate::Passed, "news");
    assert_eq!(patience.left(), None);
    assert_eq!(give(&mut patience, 44), Fate::KeptBack);
    let left = patience.left().unwrap();
    assert!(left > Duration::ZERO && left <= Duration::from_secs(1), "{left:?}");
    assert_eq!(give(&mut patience, 44), Fate::KeptBack);
    assert_eq!(give(&mut patience, 45), Fate::Passed, "news again: the others go before it");
    assert_eq!(patience.left(), None);
    let mut inputs = Vec::new();
    lanes.take(&mut inputs).await;
    let waits: Vec<Duration> = inputs
        .iter()
        .map(|input| match input {
            Input::Packet { waited, .. } => *waited,
            other => panic!("{other:?}"),
        })
        .collect();
    let [first, second, third, last] = waits[..] else { panic!("{waits:?}") };
    assert_eq!((first, last), (Duration::ZERO, Duration::ZERO));
    assert!(second >= third && third > Duration::ZERO, "{second:?} {third:?}");

    // However many there are, they fit into a lane.
    let kept = (0..2 * BUDGET).filter(|_| give(&mut patience, 45) == Fate::KeptBack).count();
    assert!((BUDGET..2 * BUDGET).contains(&kept), "{kept}");
    assert_eq!(say(&mut patience, Lane::Protocol, Socket::RIP, 45), Fate::Passed);
    assert_eq!(patience.left(), None, "another lane: the same");
    patience.release(&mut Counters::default());
}

#[test]
fn a_table_is_freed_by_the_control_loop_after_the_last_thread_has_let_go() {
    let mut publisher = Publisher::new(1);
    let mut view = publisher.view();
    let first = table(1);
    publisher.publish(Arc::clone(&first));
    assert_eq!(view.load().fib.generation, 1);
    publisher.publish(table(2));
    assert_eq!(publisher.retired(), 1, "the thread still holds the first");
    assert_eq!(Arc::strong_count(&first), 2);
    assert_eq!(view.load().fib.generation, 2);
    assert_eq!(Arc::strong_count(&first), 2, "not freed by the thread");
    assert_eq!(publisher.retired(), 0);
    assert_eq!(Arc::strong_count(&first), 1);
}

#[test]
fn counts_are_handed_over_once_and_kept_while_somebody_reads() {
    let block = CounterBlock::default();
    let mut counts = Counters::default();
    counts.port(PortId(0)).received(60);
    assert!(block.try_add(&mut counts));
    assert!(block.try_add(&mut counts), "nothing is left to add");
    let mut total = Counters::default();
    block.add_to(&mut total);
    assert_eq!(total.port(PortId(0)).in_packets, 1);
}
