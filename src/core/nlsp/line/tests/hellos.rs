//! What hellos say and when they go.

use std::time::Duration;

use super::bench::{Bench, Sent, ip, lan, network, secs, settings};
use crate::Time;
use crate::config::Padding;
use crate::forward::LinkDestination;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::Area;

/// Intervals between hellos that went to the same place.
fn intervals(sent: &[Sent], to: LinkDestination) -> Vec<Duration> {
    let times: Vec<Time> = sent.iter().filter(|sent| sent.to == to).map(|sent| sent.at).collect();
    times.windows(2).map(|pair| pair[1].since(pair[0])).collect()
}

#[test]
fn a_thousand_intervals_are_all_within_75_and_100_percent() {
    for (config, to) in [
        (lan(), LinkDestination::Broadcast),
        (network(3), LinkDestination::Peer(ip(1))),
        (network(3), LinkDestination::Peer(ip(2))),
    ] {
        let mut bench = Bench::of(&config, 1);
        bench.pass(secs(20));
        bench.take_sent(0);
        // Alone, it is designated and has the interval of one.
        bench.pass(secs(10_000));
        let intervals = intervals(&bench.take_sent(0), to);
        assert!(intervals.len() >= 1_000);
        for interval in &intervals {
            assert!(*interval >= Duration::from_millis(7_500) && *interval <= secs(10));
        }
        let mean = intervals.iter().sum::<Duration>() / u32::try_from(intervals.len()).unwrap();
        assert!(mean.abs_diff(Duration::from_millis(8_750)) < Duration::from_millis(100));
    }
}

#[test]
fn a_hello_at_once_leaves_no_peer_waiting_for_longer_than_an_interval() {
    let mut bench = Bench::of(&network(30), 1);
    bench.pass(secs(200));
    let sent = bench.take_sent(0);
    for peer in 1..30 {
        let to = LinkDestination::Peer(ip(peer));
        assert!(intervals(&sent, to).iter().all(|interval| *interval <= secs(20)));
    }
}

#[test]
fn the_copies_of_a_round_are_spread_over_a_second() {
    let mut bench = Bench::of(&network(200), 1);
    bench.pass(secs(25));
    bench.take_sent(0);
    bench.pass(secs(100));
    let sent = bench.take_sent(0);
    let round: Vec<Time> = sent.iter().take(199).map(|sent| sent.at).collect();
    let span = round[198].since(round[0]);
    assert!(span > Duration::from_millis(800) && span < secs(1), "{span:?}");
    let mut moments = round.clone();
    moments.dedup();
    assert!(moments.len() <= 20);
    let most = moments.iter().map(|at| round.iter().filter(|other| *other == at).count()).max();
    assert!(most.unwrap() < 25, "199 copies in 20 portions");
}

#[test]
fn hellos_say_who_we_are() {
    let mut config = lan();
    let network = NetworkNumber(0x1234_0000);
    config.nlsp.areas = vec![Area { network, mask: 0xffff_0000 }];
    settings(&mut config).priority = 50;
    settings(&mut config).mtu = Some(1_000);
    let mut bench = Bench::of(&config, 1);
    let hello = bench.take_sent(0).pop().expect("at once").hello;
    assert_eq!(hello.system, bench.stations[0].system.id);
    assert_eq!(hello.lan_id, hello.system.lan(1), "ours, until another is elected");
    assert_eq!((hello.priority, hello.holding_time), (50, 60));
    assert_eq!(hello.areas, config.nlsp.areas);
    assert_eq!(hello.local_mtu, Some(1_000));
    assert!(hello.no_multicast);
    bench.pass(secs(21));
    let hello = bench.take_sent(0).pop().unwrap().hello;
    assert_eq!((hello.priority, hello.holding_time), (70, 30), "designated");
}

#[test]
fn the_bonus_ends_at_the_greatest_priority() {
    let mut config = lan();
    settings(&mut config).priority = 120;
    let mut bench = Bench::of(&config, 1);
    bench.pass(secs(40));
    assert_eq!(bench.take_sent(0).pop().unwrap().hello.priority, 127);
}

#[test]
fn hellos_are_padded_until_the_neighbour_is_up() {
    // What of a LAN's 1,500 bytes is left beside the header of IPX.
    const FULL: usize = 1_470;
    for (padding, before, after) in [
        (Padding::UntilUp, true, false),
        (Padding::Off, false, false),
        (Padding::Always, true, true),
    ] {
        for mut config in [lan(), network(2)] {
            settings(&mut config).padding = padding;
            let mut bench = Bench::of(&config, 2);
            bench.until(secs(1), |bench| bench.adjacency(0, 1).is_some());
            let answer = bench.take_sent(0).pop().expect("an answer").hello;
            assert_eq!(answer.packet_len == FULL, before, "{padding:?}");
            bench.pass(secs(60));
            let last = bench.take_sent(0).pop().unwrap().hello;
            assert_eq!(last.packet_len == FULL, after, "{padding:?}");
        }
    }
}

#[test]
fn on_a_cmd_network_each_peer_has_its_own_padding() {
    let mut bench = Bench::of(&network(3), 2);
    bench.pass(secs(60));
    let sent = bench.take_sent(0);
    let last = |peer| {
        let to = LinkDestination::Peer(ip(peer));
        sent.iter().rev().find(|sent| sent.to == to).unwrap().hello.packet_len
    };
    assert_eq!((last(1), last(2)), (51, 1_470), "the one that is up, and the one that is not");
}

#[test]
fn a_peer_that_forgets_us_again_and_again_is_answered_once_a_second() {
    for config in [lan(), network(3)] {
        let mut bench = Bench::of(&config, 1);
        bench.forge(1, |_| {});
        bench.pass(secs(60));
        bench.take_sent(0);
        for _ in 0..50 {
            bench.forge(1, |hello| hello.neighbours.clear());
            bench.pass(Duration::from_millis(100));
            bench.forge(1, |_| {});
            bench.pass(Duration::from_millis(100));
        }
        let mut sent = bench.take_sent(0);
        sent.retain(|sent| sent.to != LinkDestination::Peer(ip(2)));
        assert!((10..=13).contains(&sent.len()), "ten, and those that go anyway: {}", sent.len());
    }
}

#[test]
fn newcomers_of_one_second_are_all_listed_after_it() {
    let mut bench = Bench::of(&lan(), 1);
    bench.pass(secs(30));
    bench.take_sent(0);
    for index in 1..=30 {
        bench.forge(index, |hello| hello.neighbours.clear());
    }
    bench.pass(secs(1));
    let sent = bench.take_sent(0);
    assert_eq!(sent.last().unwrap().hello.neighbours.len(), 30);
    assert!(sent.len() <= 3, "all at once are answered twice");
}

#[test]
fn a_pause_of_the_machine_does_no_harm() {
    let mut bench = Bench::of(&network(3), 3);
    bench.pass(secs(60));
    bench.now += secs(86_400);
    bench.pass(secs(60));
    assert!(bench.all_up());
    assert_eq!(bench.alive().filter(|&index| bench.line(index).is_designated()).count(), 1);
}
