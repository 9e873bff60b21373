//! How neighbours come and go.

use super::bench::{Bench, CIRCUIT, ip, lan, mac, network, secs, settings};
use crate::forward::{LinkDestination, Outcome};
use crate::nlsp::line::adjacency::handshake;
use crate::nlsp::line::{Adjacency, AdjacencyState};
use crate::nlsp::{LineChange, Neighbour};
use crate::router::Event;
use crate::wire::cmd;
use crate::wire::nlsp::LinkState;

fn state(bench: &Bench, index: usize, other: usize) -> Option<AdjacencyState> {
    bench.adjacency(index, other).map(|adjacency| adjacency.state)
}

#[test]
fn two_routers_are_neighbours_within_one_round_trip_and_list_each_other() {
    for config in [lan(), network(2)] {
        let mut bench = Bench::of(&config, 2);
        assert_eq!(state(&bench, 0, 1), None);
        bench.until(secs(1), |bench| state(bench, 0, 1) == Some(AdjacencyState::Initializing));
        let took = bench.until(secs(1), |bench| bench.is_up(0, 1) && bench.is_up(1, 0));
        assert!(took <= secs(1));
        let last = bench.take_sent(0).pop().expect("it answered").hello;
        assert_eq!(last.neighbours, [bench.stations[1].node]);
        assert_eq!(last.holding_time, 60);
        let neighbour = Neighbour { circuit: CIRCUIT, node: bench.stations[1].node };
        assert!(bench.stations[0].lines.is_up(neighbour));
        assert!(bench.changes(0).contains(&LineChange::Up(neighbour)));
        assert!(
            bench.take_events(0).iter().any(|event| matches!(event, Event::AdjacencyUp { .. }))
        );
        assert_eq!(bench.line(0).node_of(bench.stations[1].system.id), Some(neighbour.node));
    }
}

#[test]
fn a_one_way_link_makes_no_neighbour_at_either_end() {
    let mut bench = Bench::of(&lan(), 2);
    bench.deafen(0, 1);
    bench.pass(secs(300));
    assert_eq!(state(&bench, 0, 1), Some(AdjacencyState::Initializing));
    assert_eq!(state(&bench, 1, 0), None);
    assert!(bench.line(0).is_designated() && bench.line(1).is_designated());
}

#[test]
fn a_neighbour_that_falls_silent_is_lost_at_the_holding_time_it_told() {
    let mut slow = lan();
    settings(&mut slow).hello_interval = secs(7);
    settings(&mut slow).multiplier = 6;
    let mut bench = Bench::of(&lan(), 2);
    bench.add(slow);
    bench.pass(secs(60));
    assert!(bench.all_up() && bench.line(2).is_designated(), "the highest node");
    for (index, holding) in [(0, 60), (2, 60)] {
        bench.crash(index);
        let told = bench.take_sent(index).pop().unwrap();
        assert_eq!(told.hello.holding_time, holding, "6 x 10 and 3 x 20");
        let lost = |bench: &Bench| state(bench, 1, index) == Some(AdjacencyState::Failed);
        bench.until(secs(61), lost);
        let late = bench.now.since(told.at);
        assert!(late >= secs(60) && late < secs(61), "{late:?}");
    }
}

#[test]
fn a_designated_router_that_dies_is_missed_after_thirty_seconds() {
    let mut bench = Bench::of(&network(3), 3);
    bench.pass(secs(60));
    bench.crash(2);
    bench.take_events(0);
    let last =
        bench.stations[2].sent.iter().rev().find(|sent| sent.to == LinkDestination::Peer(ip(0)));
    let last = last.unwrap().at;
    bench.until(secs(31), |bench| !bench.is_up(0, 2));
    assert_eq!(bench.now.since(last).as_secs(), 30);
    let lost = bench.take_events(0).into_iter().find_map(|event| match event {
        Event::AdjacencyDown { node, reason, .. } => Some((node, reason)),
        _ => None,
    });
    let (node, reason) = lost.expect("an operator is told");
    assert_eq!(node, bench.stations[2].node);
    assert!(reason.contains("silent"));
}

#[test]
fn a_failed_neighbour_is_shown_for_one_holding_time() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.crash(1);
    bench.until(secs(31), |bench| !bench.is_up(0, 1));
    bench.pass(secs(29));
    assert_eq!(state(&bench, 0, 1), Some(AdjacencyState::Failed));
    bench.pass(secs(2));
    assert_eq!(state(&bench, 0, 1), None);
}

#[test]
fn different_intervals_and_multipliers_work_together() {
    let mut quick = lan();
    settings(&mut quick).hello_interval = secs(1);
    settings(&mut quick).multiplier = 2;
    let mut slow = lan();
    settings(&mut slow).hello_interval = secs(100);
    settings(&mut slow).multiplier = 20;
    let mut bench = Bench::of(&quick, 1);
    bench.add(slow);
    bench.add(lan());
    bench.pass(secs(2));
    bench.pass_watching(secs(3_600), |bench| assert!(bench.all_up()));
}

#[test]
fn a_neighbour_that_restarts_is_initializing_until_it_lists_us_again() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.stations[0].changes.clear();
    bench.restart(1);
    bench.until(secs(1), |bench| !bench.is_up(0, 1));
    assert_eq!(state(&bench, 0, 1), Some(AdjacencyState::Initializing));
    let took = bench.until(secs(1), Bench::all_up);
    assert!(took < secs(1), "it is answered at once: {took:?}");
    let neighbour = Neighbour { circuit: CIRCUIT, node: bench.stations[1].node };
    let mut changes = bench.changes(0);
    changes.retain(|change| !matches!(change, LineChange::Line(_)));
    assert_eq!(changes, [LineChange::Down(neighbour), LineChange::Up(neighbour)]);
}

#[test]
fn a_clean_leave_is_seen_at_once_and_nothing_is_sent_after_it() {
    for config in [lan(), network(2)] {
        let mut bench = Bench::of(&config, 2);
        bench.pass(secs(60));
        bench.take_sent(1);
        bench.with(1, |lines, cx, system| lines.leave(cx, system));
        assert!(bench.until(secs(1), |bench| !bench.is_up(0, 1)) < secs(1));
        bench.pass(secs(2));
        assert_eq!(state(&bench, 0, 1), None, "gone after the second that it told");
        bench.pass(secs(120));
        let sent = bench.take_sent(1);
        let [goodbye] = sent.as_slice() else { panic!("one hello: {sent:?}") };
        assert_eq!(goodbye.hello.holding_time, 1);
        assert_eq!(goodbye.hello.neighbours, []);
        assert_eq!(bench.stations[1].lines.next_timeout(), None);
    }
}

/// What the first knows of a router at the node that this index would have.
fn forged(bench: &Bench, index: usize) -> &Adjacency {
    let nodes = [mac(index), cmd::node(ip(index))];
    let known = bench.line(0).adjacencies().find(|(at, _)| nodes.contains(at));
    known.expect("it was heard").1
}

#[test]
fn a_holding_time_of_zero_means_down_now() {
    let mut bench = Bench::of(&lan(), 1);
    bench.forge(5, |_| {});
    assert_eq!(forged(&bench, 5).state, AdjacencyState::Up);
    bench.forge(5, |hello| hello.holding_time = 0);
    assert_eq!(forged(&bench, 5).state, AdjacencyState::Failed);
}

#[test]
fn a_shorter_holding_time_than_the_one_before_counts_at_once() {
    let mut bench = Bench::of(&lan(), 1);
    bench.forge(5, |hello| hello.holding_time = u16::MAX);
    bench.forge(5, |hello| hello.holding_time = 3);
    bench.pass(secs(4));
    assert_eq!(forged(&bench, 5).state, AdjacencyState::Failed);
    assert_eq!(forged(&bench, 5).remaining(bench.now), secs(2));
}

#[test]
fn a_hello_that_was_kept_back_counts_from_when_it_came() {
    let mut bench = Bench::of(&network(6), 1);
    bench.forge(5, |hello| hello.holding_time = 60);
    for _ in 0..10 {
        bench.pass(secs(17));
        bench.waited = secs(1);
        bench.forge(5, |hello| hello.holding_time = 60);
        assert_eq!(forged(&bench, 5).remaining(bench.now), secs(59));
    }
    bench.pass(secs(58));
    assert_eq!(forged(&bench, 5).state, AdjacencyState::Up);
    bench.pass(secs(1));
    assert_eq!(forged(&bench, 5).state, AdjacencyState::Failed);
}

#[test]
fn another_system_at_the_same_node_is_another_neighbour() {
    let mut bench = Bench::of(&lan(), 1);
    bench.forge(5, |_| {});
    bench.stations[0].changes.clear();
    bench.forge(5, |hello| hello.system.0[5] = 99);
    let neighbour = Neighbour { circuit: CIRCUIT, node: mac(5) };
    assert_eq!(bench.changes(0), [LineChange::Down(neighbour), LineChange::Up(neighbour)]);
    assert_eq!(bench.line(0).up_count(), 1);
}

#[test]
fn strangers_cannot_fill_a_lan_beyond_its_limit() {
    let mut small = lan();
    small.limits.peers = 10;
    let mut bench = Bench::of(&small, 1);
    for index in 1..=20 {
        let outcome = bench.forge(index, |hello| hello.holding_time = 30);
        let room = index <= 10;
        assert_eq!(outcome == Outcome::DeliveredNlsp, room);
        assert_eq!(outcome == Outcome::NlspRejected, !room);
    }
    bench.pass(secs(31));
    assert_eq!(bench.line(0).up_count(), 0);
    let outcome = bench.forge(30, |_| {});
    assert_eq!(outcome, Outcome::DeliveredNlsp, "those that failed make room");
}

#[test]
fn a_lan_has_no_more_neighbours_than_a_hello_can_list() {
    let mut config = lan();
    settings(&mut config).mtu = Some(128);
    let mut bench = Bench::of(&config, 1);
    for index in 1..=20 {
        bench.forge(index, |_| {});
    }
    assert_eq!(bench.line(0).up_count(), 8, "30 + 43 + 2 + 8 x 6 of 128 bytes");
}

#[test]
fn a_circuit_that_goes_down_loses_its_neighbours() {
    let mut bench = Bench::of(&network(2), 2);
    bench.pass(secs(60));
    let peer_up = |bench: &Bench| {
        bench.stations[0].circuits.get(CIRCUIT).unwrap().peers().any(|(_, peer)| peer.up)
    };
    assert!(peer_up(&bench));
    bench.stations[0].changes.clear();
    bench.with(0, |lines, cx, _| lines.close(cx, CIRCUIT));
    let neighbour = Neighbour { circuit: CIRCUIT, node: bench.stations[1].node };
    assert_eq!(bench.changes(0), [LineChange::Down(neighbour), LineChange::Line(CIRCUIT)]);
    assert!(!peer_up(&bench) && bench.stations[0].lines.next_timeout().is_none());
}

#[test]
fn the_handshake_of_a_point_to_point_link_is_the_one_of_is_is() {
    use LinkState::{Down, Initializing, Up};
    for (ours, theirs, then) in [
        (Down, Down, Initializing),
        (Down, Initializing, Up),
        (Down, Up, Down),
        (Initializing, Down, Initializing),
        (Initializing, Initializing, Up),
        (Initializing, Up, Up),
        (Up, Down, Initializing),
        (Up, Initializing, Up),
        (Up, Up, Up),
    ] {
        assert_eq!(handshake(ours, theirs), then, "{ours:?} and {theirs:?}");
    }
}
