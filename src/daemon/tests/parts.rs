//! The parts that threads and control loop meet in.

use std::sync::Arc;

use ipxway_core::forward::{Counters, Fib, Lane};
use ipxway_core::ids::PortId;
use ipxway_core::router::Input;

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
