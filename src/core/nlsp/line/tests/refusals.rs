//! Hellos that make no neighbour: areas, MTU, systems that are there twice.

use super::bench::{Bench, CIRCUIT, lan, network, secs, settings, system};
use crate::config::Config;
use crate::forward::Outcome;
use crate::nlsp::line::AdjacencyState;
use crate::router::Event;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::Area;

fn area(number: u32) -> Area {
    Area { network: NetworkNumber(number), mask: 0xffff_0000 }
}

fn in_areas(areas: &[u32]) -> Config {
    let mut config = lan();
    config.nlsp.areas = areas.iter().copied().map(area).collect();
    config
}

fn count(bench: &mut Bench, index: usize, wanted: impl Fn(&Event) -> bool) -> usize {
    bench.take_events(index).iter().filter(|event| wanted(event)).count()
}

#[test]
fn routers_without_a_common_area_are_no_neighbours_and_one_event_says_so() {
    let pairs: [(&[u32], &[u32]); 3] = [
        (&[0x1234_0000], &[0x5678_0000]),
        (&[], &[0x5678_0000]),
        (&[0x1234_0000, 0x1111_0000], &[0x2222_0000, 0x3333_0000]),
    ];
    for (ours, theirs) in pairs {
        let mut bench = Bench::of(&in_areas(ours), 1);
        bench.add(in_areas(theirs));
        bench.pass(secs(600));
        assert_eq!(bench.line(0).adjacencies().count(), 0);
        assert!(bench.stations[0].outcomes.iter().all(|one| *one == Outcome::NlspRejected));
        assert_eq!(count(&mut bench, 0, |event| matches!(event, Event::AreaMismatch { .. })), 1);
    }
}

#[test]
fn one_common_area_of_three_is_enough() {
    let mut bench = Bench::of(&in_areas(&[0x1_0000, 0x2_0000, 0x3_0000]), 1);
    bench.add(in_areas(&[0x4_0000, 0x5_0000, 0x3_0000]));
    bench.pass(secs(2));
    assert!(bench.all_up());
}

#[test]
fn a_neighbour_that_moves_to_another_area_is_lost() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.stations[1].system.areas = vec![area(0x1_0000)];
    bench.pass(secs(20));
    assert_eq!(bench.adjacency(0, 1).unwrap().state, AdjacencyState::Failed);
    bench.stations[1].system.areas = vec![Area::ALL];
    bench.pass(secs(30));
    assert!(bench.all_up(), "and found again");
}

#[test]
fn the_largest_packet_is_what_all_who_are_up_take() {
    let mut small = lan();
    settings(&mut small).mtu = Some(600);
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    assert_eq!(bench.line(0).max_packet(), 1_500);
    bench.stations[0].changes.clear();
    bench.add(small);
    bench.until(secs(2), Bench::all_up);
    assert_eq!(bench.line(0).max_packet(), 600);
    assert!(!bench.stations[0].changes.is_empty(), "the others are told");
    bench.crash(2);
    bench.pass(secs(61));
    assert_eq!(bench.line(0).max_packet(), 1_500);
}

#[test]
fn a_neighbour_that_cannot_take_our_packets_stays_initializing_and_one_event_says_so() {
    let mut small = lan();
    settings(&mut small).mtu = Some(541);
    let mut bench = Bench::of(&lan(), 1);
    bench.add(small);
    bench.pass(secs(300));
    assert_eq!(bench.adjacency(0, 1).unwrap().state, AdjacencyState::Initializing);
    assert_eq!(bench.line(0).max_packet(), 1_500, "it does not count");
    let told = bench.take_events(0).into_iter().filter_map(|event| match event {
        Event::MtuMismatch { theirs, ours, .. } => Some((theirs, ours)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(541, 542)]);
    settings(&mut bench.stations[1].config).mtu = Some(542);
    bench.with(1, |lines, cx, system| lines.open(cx, system, CIRCUIT));
    bench.pass(secs(2));
    assert!(bench.all_up());
}

#[test]
fn our_own_system_at_another_node_is_an_event_and_no_neighbour() {
    let mut bench = Bench::of(&lan(), 1);
    let other = bench.add(lan());
    bench.stations[other].system = system(&lan(), 0);
    bench.with(other, |lines, cx, system| lines.open(cx, system, CIRCUIT));
    bench.pass(secs(10));
    bench.take_events(0);
    bench.pass(secs(600));
    assert_eq!(bench.line(0).adjacencies().filter(|(_, one)| one.is_heard()).count(), 0);
    let twice = |event: &Event| matches!(event, Event::DuplicateSystem { .. });
    assert_eq!(count(&mut bench, 0, twice), 0, "told once, at the beginning");
    assert_eq!(count(&mut bench, other, twice), 1);
}

#[test]
fn a_third_router_keeps_the_lower_node_of_two_with_one_system() {
    for config in [lan(), network(3)] {
        let mut bench = Bench::of(&config, 3);
        // Two of one system that do not hear each other, so that both go on.
        bench.part(1, 2);
        bench.stations[2].system = bench.stations[1].system.clone();
        bench.with(2, |lines, cx, system| lines.open(cx, system, CIRCUIT));
        bench.pass(secs(60));
        assert!(bench.is_up(0, 1) && !bench.is_up(0, 2), "the lower");
        bench.pass_watching(secs(600), |bench| assert!(bench.is_up(0, 1)));
        let twice = |event: &Event| matches!(event, Event::DuplicateSystem { .. });
        assert_eq!(count(&mut bench, 0, twice), 1);
        bench.crash(1);
        bench.pass(secs(61));
        assert!(bench.is_up(0, 2), "the other one is taken when the lower is gone");
    }
}

#[test]
fn a_system_whose_address_changed_is_a_neighbour_at_its_new_node_only() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.crash(0);
    let moved = bench.add(lan());
    bench.stations[moved].system = system(&lan(), 0);
    bench.with(moved, |lines, cx, system| lines.open(cx, system, CIRCUIT));
    bench.pass(secs(5));
    assert!(bench.is_up(1, moved) && !bench.is_up(1, 0));
    let twice = |event: &Event| matches!(event, Event::DuplicateSystem { .. });
    assert_eq!(count(&mut bench, 1, twice), 0);
    let node = bench.stations[moved].node;
    assert_eq!(bench.line(1).node_of(bench.stations[moved].system.id), Some(node));
}
