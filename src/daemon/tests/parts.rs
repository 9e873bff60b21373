//! The parts that threads and control loop meet in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use ipxway_core::forward::{Counters, Fib, Lane, LinkSource, Received, Repeats};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::router::Input;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::nlsp::{LanHello, SystemId};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use super::super::forwarding::{Pace, Way};
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
async fn a_thread_lets_hellos_wait_only_while_all_of_them_repeat_themselves() {
    let (punts, mut lanes) = lanes();
    let mut pace = Pace::Patient(Repeats::default());
    let mut counters = Counters::default();
    // What one batch brings, and how long the next may wait then.
    let mut batch = |says: &[(Lane, Socket, u8)]| {
        let rested = Duration::from_millis(500);
        let mut way = Way { punts: &punts, pace: &mut pace, rested, rest: None };
        for &(lane, socket, priority) in says {
            let (found, packet) = peer_says(socket, priority);
            way.punt(&mut counters, lane, &found, Duration::from_millis(300), &packet);
        }
        way.rest
    };
    let hello = |priority| (Lane::Adjacency, Socket::NLSP, priority);
    assert_eq!(batch(&[]), None);
    assert_eq!(batch(&[hello(44)]), Some(Duration::ZERO), "news");
    assert_eq!(batch(&[hello(44)]), Some(Duration::from_secs(1)));
    assert_eq!(batch(&[hello(44), hello(45)]), Some(Duration::ZERO), "news again");
    let other = (Lane::Protocol, Socket::RIP, 45);
    assert_eq!(batch(&[hello(45), other]), Some(Duration::ZERO), "no hello");
    assert_eq!(batch(&[hello(45), hello(45)]), Some(Duration::from_secs(1)));
    let mut inputs = Vec::new();
    lanes.take(&mut inputs).await;
    assert_eq!(inputs.len(), 8, "all went, in the order of their lanes");
    for input in inputs {
        let Input::Packet { waited, .. } = input else { panic!("{input:?}") };
        assert_eq!(waited, Duration::from_millis(300));
    }

    // A clock that was set forward makes no packet older than it can be.
    let rested = Duration::from_millis(500);
    let mut way = Way { punts: &punts, pace: &mut Pace::AtOnce, rested, rest: None };
    let (found, packet) = peer_says(Socket::NLSP, 44);
    way.punt(&mut counters, Lane::Adjacency, &found, Duration::from_secs(3_600), &packet);
    assert_eq!(way.rest, Some(Duration::ZERO), "a thread that is not patient");
    let mut inputs = Vec::new();
    lanes.take(&mut inputs).await;
    let [Input::Packet { waited, .. }] = &inputs[..] else { panic!("{inputs:?}") };
    assert_eq!(*waited, rested);
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
