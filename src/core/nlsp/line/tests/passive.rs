//! Circuits on which NLSP is off, or spoken only to others.

use super::bench::{Bench, CIRCUIT, lan, network, secs, settings};
use crate::config::{Config, Exchange, Mode};
use crate::forward::Outcome;
use crate::nlsp::LineChange;

fn off() -> Config {
    let mut config = lan();
    settings(&mut config).mode = Mode::Off;
    config
}

fn auto() -> Config {
    let mut config = lan();
    settings(&mut config).mode = Mode::Auto;
    config
}

#[test]
fn where_nlsp_is_off_we_are_designated_at_once_alone_and_say_nothing() {
    let mut by_rip = network(2);
    by_rip.cmd_networks[0].exchange = Exchange::RipSap;
    for config in [off(), auto(), by_rip] {
        let mut bench = Bench::of(&config, 1);
        let line = bench.line(0);
        assert!(line.is_designated() && !line.speaks);
        assert_eq!((line.lan_id(), line.links(bench.now)), (Some(line.ours), vec![]));
        assert_eq!(bench.changes(0), [LineChange::Line(CIRCUIT)]);
        bench.pass(secs(1));
        let line = bench.line(0);
        assert_eq!(line.links(bench.now), [line.ours]);
        bench.pass(secs(300));
        assert!(bench.take_sent(0).is_empty());
        assert!(bench.take_events(0).is_empty());
    }
}

#[test]
fn hellos_where_nlsp_is_off_are_ignored() {
    let mut bench = Bench::of(&off(), 1);
    bench.add(lan());
    bench.pass(secs(60));
    assert_eq!(bench.line(0).adjacencies().count(), 0);
    assert!(bench.stations[0].outcomes.iter().all(|one| *one == Outcome::NlspIgnored));
}

#[test]
fn auto_speaks_once_another_speaks_and_the_lan_is_never_without_a_link() {
    let mut bench = Bench::of(&auto(), 2);
    bench.pass(secs(60));
    assert!(bench.take_sent(0).is_empty() && bench.take_sent(1).is_empty());
    bench.add(lan());
    bench.pass_watching(secs(60), |bench| {
        for index in [0, 1] {
            assert!(!bench.line(index).links(bench.now).is_empty());
        }
    });
    assert!(bench.all_up());
    let designated: Vec<usize> =
        bench.alive().filter(|&index| bench.line(index).is_designated()).collect();
    let &[designated] = designated.as_slice() else { panic!("one: {designated:?}") };
    assert!(bench.all_follow(designated));
}

#[test]
fn auto_joins_a_designated_router_that_is_there_already() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.add(auto());
    let took = bench.until(secs(30), |bench| bench.line(2).speaks);
    assert!(took <= secs(20));
    bench.pass(secs(15));
    assert!(bench.all_follow(1));
}

#[test]
fn auto_falls_silent_240_seconds_after_the_last_hello_of_another() {
    let mut bench = Bench::of(&auto(), 1);
    bench.add(lan());
    bench.pass(secs(60));
    assert!(bench.line(0).speaks && bench.all_follow(1));
    bench.crash(1);
    let last = bench.take_sent(1).pop().unwrap().at;
    bench.until(secs(241), |bench| !bench.line(0).speaks);
    assert_eq!(bench.now.since(last).as_secs(), 240);
    bench.take_sent(0);
    bench.pass(secs(300));
    assert!(bench.take_sent(0).is_empty());
    let line = bench.line(0);
    assert!(line.is_designated());
    assert_eq!(line.links(bench.now), [line.ours]);
}

#[test]
fn a_silenced_circuit_has_no_line() {
    let mut bench = Bench::of(&lan(), 1);
    let now = bench.now;
    bench.stations[0].circuits.silence(CIRCUIT, now + secs(60));
    bench.with(0, |lines, cx, system| lines.open(cx, system, CIRCUIT));
    assert!(bench.stations[0].lines.get(CIRCUIT).is_none());
}
