//! Who becomes designated router, and what becomes of the links.

use std::time::Duration;

use super::bench::{Bench, CIRCUIT, lan, mac, network, secs, settings};
use crate::config::Config;
use crate::nlsp::line::designated::{Candidate, elect};
use crate::random::Random;
use crate::router::Event;
use crate::wire::NodeAddress;
use crate::wire::nlsp::SystemId;

fn with_priority(mut config: Config, priority: u8) -> Config {
    settings(&mut config).priority = priority;
    config
}

/// Somebody with this priority; the node, and whether it acts as designated router.
fn candidate(priority: u8, node: u8, acting: bool) -> Candidate {
    Candidate { priority, node: NodeAddress([2, 0, 0, 0, 0, node]), acting }
}

#[test]
fn the_highest_priority_wins_then_the_highest_node_and_nobody_takes_over_before_acting() {
    let (plain, acts) = (false, true);
    for (ours, others, winner, says) in [
        (candidate(44, 1, plain), vec![], 1, "alone"),
        (candidate(44, 1, plain), vec![candidate(44, 2, plain)], 2, "the higher node"),
        (candidate(45, 1, plain), vec![candidate(44, 2, plain)], 1, "the higher priority"),
        (candidate(44, 1, plain), vec![candidate(0, 2, acts)], 1, "0 is never"),
        (candidate(44, 1, plain), vec![candidate(64, 2, acts)], 2, "the one that acts"),
        (candidate(65, 1, plain), vec![candidate(64, 2, acts)], 1, "we take over"),
        (
            candidate(44, 1, plain),
            vec![candidate(64, 2, acts), candidate(100, 3, plain)],
            2,
            "the newcomer does not act yet",
        ),
        (
            candidate(65, 1, plain),
            vec![candidate(64, 2, acts), candidate(100, 3, plain)],
            2,
            "we would not last",
        ),
        (
            candidate(44, 1, plain),
            vec![candidate(64, 2, acts), candidate(120, 3, acts)],
            3,
            "it acts now",
        ),
        (candidate(64, 1, acts), vec![candidate(100, 2, plain)], 1, "we stay until it acts"),
        (candidate(64, 1, acts), vec![candidate(64, 2, acts)], 2, "two met: the higher node"),
    ] {
        assert_eq!(elect(ours, others.into_iter()).node.0[5], winner, "{says}");
    }
}

#[test]
fn a_lone_router_is_designated_after_the_start_delay_and_links_to_its_pseudonode() {
    let mut bench = Bench::of(&lan(), 1);
    let took = bench.until(secs(21), |bench| bench.line(0).is_designated());
    assert_eq!(took, secs(20));
    assert_eq!(bench.line(0).links(bench.now), [], "its pseudonode is still to come");
    let lan = bench.stations[0].system.id.lan(1);
    assert_eq!(bench.line(0).lan_id(), Some(lan));
    bench.pass(secs(1));
    assert_eq!(bench.line(0).links(bench.now), [lan]);
    assert!(bench.take_events(0).iter().any(|event| matches!(
        event,
        Event::DesignatedRouter { lan_id, .. } if *lan_id == lan.to_string()
    )));
}

#[test]
fn all_elect_the_same_router() {
    for config in [lan(), network(5)] {
        let mut bench = Bench::of(&config, 2);
        bench.add(with_priority(config.clone(), 50));
        bench.add(with_priority(config.clone(), 50));
        bench.add(config);
        bench.until(secs(25), |bench| bench.all_follow(3));
        assert_eq!(bench.line(0).designated_node(), Some(bench.stations[3].node));
        assert_eq!(bench.line(3).designated_node(), None);
    }
}

#[test]
fn where_all_peers_are_up_nobody_waits() {
    let mut bench = Bench::of(&network(3), 3);
    let took = bench.until(secs(2), |bench| bench.all_follow(2));
    assert!(took < secs(1), "{took:?}");
}

#[test]
fn a_newcomer_of_equal_priority_joins_in_seconds_and_takes_nothing_over() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.add(lan());
    let took = bench.until(secs(7), |bench| bench.all_follow(1));
    assert!(took <= secs(7));
    bench.pass_watching(secs(300), |bench| assert!(bench.all_follow(1)));
}

/// Every router but `newcomer` has a link to a pseudonode that it knows, whose designated router
/// runs: its routes stand.
fn is_whole(bench: &Bench, newcomer: usize) -> bool {
    bench.alive().filter(|&index| index != newcomer).all(|index| {
        let links = bench.line(index).links(bench.now);
        let known = &bench.stations[index].database;
        links.iter().any(|link| known.contains(link))
    })
}

#[test]
fn a_newcomer_of_higher_priority_takes_over_after_its_start_delay_and_no_link_is_missing() {
    // One of the peers is never there.
    for config in [lan(), network(5)] {
        let mut bench = Bench::of(&config, 3);
        bench.pass(secs(60));
        assert!(bench.all_follow(2));
        let newcomer = with_priority(config, 65);
        bench.add(newcomer);
        bench.pass_watching(secs(19), |bench| {
            assert!(is_whole(bench, 3) && bench.line(2).is_designated());
        });
        let until = bench.now + secs(21);
        bench.pass_watching(secs(25), |bench| {
            assert!(is_whole(bench, 3));
            assert!(bench.now < until || bench.all_follow(3), "the old link is gone");
        });
        assert!(bench.all_follow(3));
    }
}

#[test]
fn a_newcomer_of_higher_priority_to_whom_all_peers_are_up_takes_over_at_once() {
    let mut bench = Bench::of(&network(4), 3);
    bench.pass(secs(60));
    bench.add(with_priority(network(4), 65));
    let lan = bench.stations[3].system.id.lan(1);
    let until = bench.now + secs(2);
    bench.pass_watching(secs(40), |bench| {
        assert!(is_whole(bench, 3));
        let followed = (0..=3).all(|at| bench.line(at).lan_id() == Some(lan));
        assert!(bench.now < until || bench.line(3).is_designated() && followed);
    });
    assert!(bench.all_follow(3));
}

#[test]
fn the_preferred_router_that_comes_back_is_waited_for_though_its_old_pseudonode_is_still_there() {
    let mut bench = Bench::of(&lan(), 2);
    bench.add(with_priority(lan(), 100));
    bench.pass(secs(60));
    assert!(bench.all_follow(2));
    bench.crash(2);
    bench.pass(secs(60));
    let stale = bench.stations[2].system.id.lan(1);
    assert!(bench.line(1).is_designated() && bench.stations[0].database.contains(&stale));
    bench.restart(2);
    bench.pass_watching(secs(40), |bench| assert!(is_whole(bench, 2)));
    assert!(bench.all_follow(2));
}

#[test]
fn a_designated_router_that_dies_is_replaced_within_31_seconds() {
    for config in [lan(), network(4)] {
        let mut bench = Bench::of(&config, 4);
        bench.pass(secs(60));
        assert!(bench.all_follow(3));
        bench.crash(3);
        let new = bench.stations[2].system.id.lan(1);
        bench.until(secs(31), |bench| (0..3).all(|at| bench.line(at).lan_id() == Some(new)));
        bench.until(secs(11), |bench| bench.all_follow(2));
    }
}

#[test]
fn the_link_to_a_router_that_died_stays_until_there_is_another_and_ten_seconds_beside_it() {
    let mut bench = Bench::of(&lan(), 3);
    bench.pass(secs(60));
    let old = bench.stations[2].system.id.lan(1);
    let new = bench.stations[1].system.id.lan(1);
    bench.crash(2);
    bench.until(secs(31), |bench| !bench.is_up(0, 2));
    assert!(bench.line(0).links(bench.now).contains(&old));
    bench.until(secs(5), |bench| bench.line(0).links(bench.now) == [new, old]);
    let took = bench.until(secs(11), |bench| bench.line(0).links(bench.now) == [new]);
    assert!(took > secs(9) && took <= secs(10), "{took:?}");
}

#[test]
fn of_two_designated_routers_that_meet_one_remains() {
    let mut bench = Bench::of(&lan(), 4);
    for (one, other) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
        bench.part(one, other);
    }
    bench.pass(secs(60));
    assert!(bench.line(1).is_designated() && bench.line(3).is_designated());
    bench.heal();
    bench.pass_watching(secs(60), |bench| assert!(is_whole(bench, 9)));
    assert!(bench.all_follow(3));
    assert_eq!(bench.take_sent(1).pop().unwrap().hello.priority, 44, "the bonus is gone");
}

#[test]
fn a_lan_has_no_name_until_the_elected_claims_it_itself() {
    let mut bench = Bench::of(&lan(), 1);
    let other = SystemId([9; 6]).lan(3);
    bench.forge(5, |hello| (hello.priority, hello.lan_id) = (100, other));
    bench.pass(secs(21));
    let line = bench.line(0);
    assert!(!line.is_designated());
    assert_eq!((line.lan_id(), line.designated_node()), (None, None));
    assert_eq!(bench.take_sent(0).pop().unwrap().hello.lan_id, bench.line(0).ours);

    let mut claimed = other;
    bench.forge(5, |hello| {
        hello.priority = 120;
        claimed = hello.lan_id;
    });
    let line = bench.line(0);
    assert_eq!((line.lan_id(), line.designated_node()), (Some(claimed), Some(mac(5))));
    assert_eq!(line.links(bench.now), [], "its pseudonode is still to come");
    assert_eq!(bench.take_sent(0).pop().unwrap().hello.lan_id, claimed, "at once");
    bench.tell(0, claimed, true);
    assert_eq!(bench.line(0).links(bench.now), [claimed]);
    bench.tell(0, claimed, false);
    assert_eq!(bench.line(0).links(bench.now), []);

    bench.forge(5, |hello| (hello.priority, hello.lan_id) = (120, other));
    assert_eq!(bench.line(0).lan_id(), None);
    bench.pass(secs(20));
    assert_eq!(bench.take_sent(0).pop().unwrap().hello.lan_id, claimed, "the last it claimed");
}

#[test]
fn a_resigned_router_keeps_the_old_link_beside_the_new_for_ten_seconds() {
    let mut bench = Bench::of(&lan(), 2);
    bench.pass(secs(60));
    bench.add(with_priority(lan(), 65));
    let new = bench.stations[2].system.id.lan(1);
    let old = bench.stations[1].system.id.lan(1);
    bench.until(secs(25), |bench| bench.line(0).links(bench.now) == [new, old]);
    let took = bench.until(secs(11), |bench| bench.line(0).links(bench.now) == [new]);
    assert!(took > secs(9) && took <= secs(10), "{took:?}");
}

#[test]
fn a_designated_router_that_only_others_hear_is_told_of() {
    let mut bench = Bench::of(&lan(), 3);
    bench.part(0, 2);
    bench.pass(secs(200));
    let unheard = |event: &Event| matches!(event, Event::DesignatedRouterUnheard { .. });
    let lan_id = bench.stations[2].system.id.lan(1).to_string();
    let told: Vec<Event> = bench.take_events(0).into_iter().filter(unheard).collect();
    assert_eq!(told, [Event::DesignatedRouterUnheard { circuit: "lan".to_owned(), lan_id }]);
    bench.heal();
    bench.pass(secs(60));
    bench.part(0, 2);
    bench.pass(secs(200));
    assert!(bench.take_events(0).iter().any(unheard), "told again when it is so again");
}

#[test]
fn the_death_of_a_designated_router_is_no_reason_to_say_that_it_is_unheard() {
    let mut bench = Bench::of(&lan(), 4);
    bench.pass(secs(60));
    bench.crash(3);
    bench.pass(secs(200));
    let unheard = |event: &Event| matches!(event, Event::DesignatedRouterUnheard { .. });
    assert!(!bench.take_events(0).iter().any(unheard));
}

#[test]
fn an_early_end_needs_a_pseudonode_that_beats_us() {
    let mut bench = Bench::of(&lan(), 1);
    bench.pass(secs(60));
    bench.add(with_priority(lan(), 100));
    let took = bench.until(secs(25), |bench| bench.line(1).is_designated());
    assert_eq!(took, secs(20));
    bench.add(lan());
    let took = bench.until(secs(25), |bench| bench.all_follow(1));
    assert!(took > Duration::from_secs(2), "its pseudonode has to come first");
}

/// What a full election would give on each line now, against what stands.
fn check_elections(bench: &mut Bench) {
    for index in bench.alive().collect::<Vec<_>>() {
        let line = bench.line(index);
        if line.role.waiting.is_some() {
            continue;
        }
        let stands = line.role.elected;
        let anew = bench.with(index, |lines, cx, _| {
            lines.work(cx, CIRCUIT, |line, desk| {
                line.elect(desk);
                line.role.elected
            })
        });
        assert_eq!(anew, Some(stands), "station {index} at {}", bench.now);
    }
}

#[test]
fn whatever_happens_all_agree_on_one_router_once_it_is_quiet() {
    for seed in 0..40 {
        let mut random = Random::seeded(seed);
        let mut below = |bound: usize| usize::try_from(random.below(bound as u64)).unwrap();
        let config = if seed % 2 == 0 { lan() } else { network(6) };
        let mut bench = Bench::new();
        for _ in 0..6 {
            let priority = [44, 44, 60, 65, 100][below(5)];
            bench.add(with_priority(config.clone(), priority));
        }
        for _ in 0..40 {
            let (one, other) = (below(6), below(6));
            match below(5) {
                0 if one != other => bench.part(one, other),
                1 => bench.deafen(one, other),
                2 => bench.heal(),
                3 => bench.crash(one),
                _ if !bench.stations[one].alive => bench.restart(one),
                _ => {}
            }
            bench.pass(Duration::from_millis(below(20_000) as u64));
            check_elections(&mut bench);
        }
        bench.heal();
        for index in 0..6 {
            if !bench.stations[index].alive {
                bench.restart(index);
            }
        }
        bench.pass(secs(180));
        let designated: Vec<usize> =
            bench.alive().filter(|&index| bench.line(index).is_designated()).collect();
        let &[router] = designated.as_slice() else { panic!("seed {seed}: {designated:?}") };
        assert!(bench.all_up() && bench.all_follow(router), "seed {seed}");
    }
}
