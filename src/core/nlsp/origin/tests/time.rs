//! When packets are generated, renewed and purged [nlsp §10.3, §10.4, §10.8; scenarios 16, 17,
//! 19, 20, 28].

use super::*;

const R: u8 = 0;

#[test]
fn the_router_says_its_areas_and_its_internal_network_and_a_lan_says_its_own() {
    let mut bench = Bench::started();
    bench.system.areas = vec![crate::wire::nlsp::Area::ALL];
    bench.begin(1);
    bench.pass(secs(10));
    let first = |bench: &Bench, pseudonode| -> Vec<String> {
        let lsp = bench.lsp(pseudonode, 0).expect("it is there");
        lsp.options().map(|option| format!("{option:?}")).collect()
    };
    let [areas, management] = first(&bench, R).try_into().expect("two options");
    assert_eq!(areas, "Areas([Area { network: 00000000, mask: 0 }])");
    let name = b"IPXWAY";
    let of = |network, node| {
        let management = Management { network, node, name };
        format!("{:?}", LspOption::Management(management))
    };
    assert_eq!(management, of(NETWORK, NodeAddress::INTERNAL));
    assert_eq!(first(&bench, 1), [of(LAN, NODE)]);
    assert_eq!(bench.lsp(R, 0).map(|lsp| (lsp.flags.0, lsp.lifetime)), Some((0x01, 7_500)));

    bench.system.name = "OTHER".to_owned();
    bench.begin(R);
    assert_eq!(bench.flooded(secs(10)), [bench.id(R, 0)]);
    bench.begin(R);
    assert_eq!(bench.flooded(secs(10)), [], "the same again");
}

#[test]
fn the_first_packet_of_the_router_waits_a_second_for_what_a_start_brings_and_a_lan_does_not() {
    let mut bench = Bench::new(Config::default());
    let start = bench.now;
    bench.begin(R);
    bench.begin(1);
    let lan = bench.id(1, 0);
    assert_eq!(bench.pass(Duration::from_millis(900)), [(start + SOON, lan)]);
    bench.say(R, link(1, 20));
    assert_eq!(bench.pass(secs(60)), [(start + secs(1), bench.id(R, 0))]);
    assert_eq!(bench.said(R).len(), 1);
}

#[test]
fn changes_are_collected_for_a_tenth_of_a_second_and_then_for_five() {
    let mut bench = Bench::started();
    let start = bench.now;
    bench.say(R, link(1, 20));
    bench.pass(Duration::from_millis(50));
    bench.say(R, link(2, 20));
    assert_eq!(bench.pass(secs(1)), [(start + SOON, bench.id(R, 0))]);
    assert_eq!(bench.said(R).len(), 2);
    bench.say(R, link(3, 20));
    assert_eq!(bench.pass(secs(10)), [(start + SOON + secs(5), bench.id(R, 0))]);
    // Long after: at once again.
    let later = bench.now;
    bench.set(R, link(3, 20).0, None);
    assert_eq!(bench.pass(secs(10)), [(later + SOON, bench.id(R, 0))]);
}

#[test]
fn under_a_hundred_changes_a_second_a_packet_comes_every_five_and_ends_up_with_the_last_state() {
    let mut bench = Bench::started();
    let start = bench.now;
    let mut random = Random::seeded(5);
    let mut flooded = Vec::new();
    for change in 0..6_000_u32 {
        let hops = u8::try_from(random.below(16)).expect("small");
        bench.say(R, route(1 + change % 20, hops));
        flooded.extend(bench.pass(Duration::from_millis(10)));
    }
    let last: BTreeMap<Subject, Entry> = (1..=20).map(|n| route(n, 16)).collect();
    last.iter().for_each(|(&subject, entry)| bench.say(R, (subject, entry.clone())));
    flooded.extend(bench.pass(secs(6)));
    assert_eq!(bench.said(R), last);
    let times: Vec<Time> = flooded.iter().map(|&(at, _)| at).collect();
    assert_eq!(times.first(), Some(&(start + SOON)));
    let gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.iter().all(|&gap| gap >= secs(5)), "{gaps:?}");
    assert!((13..=14).contains(&times.len()), "{times:?}");
}

#[test]
fn what_changed_and_changed_back_before_the_packet_was_due_is_no_news() {
    let mut bench = Bench::started();
    bench.say(R, link(1, 20));
    bench.pass(secs(10));
    bench.say(R, link(1, 21));
    bench.say(R, link(1, 20));
    bench.say(R, route(5, 1));
    bench.set(R, route(5, 1).0, None);
    assert_eq!(bench.pass(secs(100)), []);
    assert_eq!(bench.sequence(R, 0), Some(2));
}

#[test]
fn in_a_day_every_packet_is_renewed_within_two_hours_and_none_comes_of_age() {
    let mut bench = Bench::started();
    bench.begin(1);
    (0..100).for_each(|number| bench.say(1, eight(number)));
    bench.pass(secs(1));
    let mut renewed: BTreeMap<LspId, Time> = BTreeMap::new();
    let end = bench.now + secs(86_400);
    let mut gaps = Vec::new();
    while bench.now < end {
        for (at, id) in bench.pass(secs(60)) {
            let before = renewed.insert(id, at);
            gaps.extend(before.map(|before| at.since(before)));
            let left = bench.lsdb.remaining(id, at);
            assert!(left > 7_000, "{id} {left}");
        }
        assert_eq!(bench.lsdb.age(bench.now), []);
    }
    assert_eq!(renewed.len(), 7);
    let (least, most) = (gaps.iter().min(), gaps.iter().max());
    assert!(least >= Some(&secs(5_400)) && most <= Some(&secs(7_200)), "{least:?} {most:?}");
    let mean = gaps.iter().sum::<Duration>() / u32::try_from(gaps.len()).expect("few");
    assert!((6_000..6_600).contains(&mean.as_secs()), "{mean:?}");
}

#[test]
fn after_a_leap_of_a_day_what_came_of_age_is_said_again() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    bench.now += secs(86_400);
    assert_eq!(bench.lsdb.age(bench.now), [id]);
    assert_eq!(bench.flooded(secs(0)), [id]);
    assert_eq!(bench.sequence(R, 0), Some(2));
}

#[test]
fn a_new_pseudonode_is_flooded_before_the_router_that_links_to_it_and_purges_come_last() {
    let mut bench = Bench::started();
    bench.begin(9);
    (0..30).for_each(|number| bench.say(9, eight(number)));
    bench.pass(secs(10));
    bench.begin(1);
    bench.say(R, link(1, 20));
    (0..30).for_each(|number| bench.set(9, eight(number).0, None));
    let expected = [(1, 0), (9, 0), (R, 0), (9, 1)];
    let expected = expected.map(|(pseudonode, number)| bench.id(pseudonode, number));
    assert_eq!(bench.flooded(secs(1)), expected);
}

#[test]
fn a_lan_that_is_given_up_stays_as_it_is_for_ten_seconds_and_goes_on_from_there_when_it_returns() {
    let mut bench = Bench::started();
    bench.begin(1);
    (0..30).for_each(|number| bench.say(1, eight(number)));
    bench.pass(secs(10));
    let said = bench.said(1);
    bench.set(1, eight(0).0, None);
    let start = bench.now;
    bench.origin.end(1, start + secs(10));
    bench.say(1, eight(99));
    bench.set(1, eight(1).0, None);
    assert_eq!(bench.pass(secs(9)), []);
    assert_eq!(bench.said(1), said);
    let (first, second) = (bench.id(1, 0), bench.id(1, 1));
    assert_eq!(bench.pass(secs(1)), [first, second].map(|id| (start + secs(10), id)));
    assert_eq!(bench.lsdb.remaining(first, bench.now), 0);

    // A second time within the minute in which others remember the purge [scenario 19].
    bench.begin(1);
    assert_eq!(bench.flooded(secs(6)), [first]);
    assert_eq!(bench.sequence(1, 0), Some(2));
    assert_eq!(bench.said(1), BTreeMap::new());
}

#[test]
fn a_lan_that_is_taken_again_before_its_end_lives_on() {
    let mut bench = Bench::started();
    bench.begin(1);
    bench.say(1, eight(0));
    bench.pass(secs(10));
    bench.origin.end(1, bench.now + secs(10));
    bench.pass(secs(5));
    bench.begin(1);
    bench.say(1, eight(1));
    assert_eq!(bench.flooded(secs(60)), [bench.id(1, 0)]);
    assert_eq!(bench.said(1).len(), 2);
}

#[test]
fn a_lan_that_is_closed_before_it_spoke_is_never_heard_of() {
    let mut bench = Bench::started();
    bench.begin(1);
    bench.origin.end(1, bench.now);
    assert_eq!(bench.pass(secs(60)), []);
    assert!(bench.lsdb.get(bench.id(1, 0)).is_none());
}

#[test]
fn overload_is_said_in_number_0_of_the_router_until_120_seconds_after_the_last_failure() {
    let mut bench = Bench::started();
    bench.begin(1);
    (0..30).for_each(|number| bench.say(R, eight(number)));
    bench.pass(secs(10));
    bench.events();
    let overloaded = |bench: &Bench| -> Vec<bool> {
        let ids = [(R, 0), (R, 1), (1, 0)];
        let lsps = ids.map(|(pseudonode, number)| bench.lsp(pseudonode, number));
        lsps.iter().map(|lsp| lsp.expect("it is there").flags.overloaded()).collect()
    };
    let start = bench.now;
    let fail = |bench: &mut Bench| {
        bench.run(|cx, origin, _, _| origin.overloaded(cx, "one too many".to_owned()));
    };
    fail(&mut bench);
    assert_eq!(bench.pass(secs(60)), [(start + SOON, bench.id(R, 0))]);
    assert_eq!(overloaded(&bench), [true, false, false]);
    fail(&mut bench);
    assert_eq!(bench.pass(secs(119)), []);
    assert_eq!(bench.events(), [Event::Overloaded { reason: "one too many".to_owned() }]);
    assert_eq!(bench.flooded(secs(2)), [bench.id(R, 0)]);
    assert_eq!(overloaded(&bench), [false, false, false]);
    assert_eq!(bench.events(), [Event::OverloadEnded]);
}

#[test]
fn who_leaves_purges_the_router_first_and_the_lans_last_and_says_nothing_more() {
    let mut bench = Bench::started();
    bench.begin(1);
    bench.begin(2);
    (0..30).for_each(|number| bench.say(R, eight(number)));
    bench.pass(secs(10));
    bench.say(R, eight(40));
    let purged = bench.run(|cx, origin, lsdb, system| origin.leave(cx, system, lsdb));
    let expected = [(R, 0), (R, 1), (1, 0), (2, 0)];
    assert_eq!(purged, expected.map(|(pseudonode, number)| bench.id(pseudonode, number)));
    assert!(purged.iter().all(|&id| bench.lsdb.get(id).is_some_and(|record| record.purged)));
    assert_eq!(bench.origin.next_timeout(), None);
    bench.say(R, eight(50));
    assert_eq!(bench.origin.next_timeout(), None);
}

#[test]
fn used_up_sequence_numbers_are_purged_and_start_anew_when_all_have_forgotten_them() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    bench.origin.issues.get_mut(&id).expect("it was generated").sequence = u32::MAX - 1;
    bench.say(R, link(1, 20));
    bench.pass(secs(10));
    assert_eq!(bench.sequence(R, 0), Some(u32::MAX), "the last one is used");
    bench.events();

    bench.say(R, link(2, 20));
    let start = bench.now + SOON;
    assert_eq!(bench.pass(secs(1)), [(start, id)]);
    let record = bench.lsdb.get(id).expect("it is kept for a minute");
    assert_eq!((record.purged, record.lsp.sequence), (true, u32::MAX));
    assert_eq!(bench.events(), [Event::SequenceUsedUp { lsp: id.to_string() }]);

    bench.say(R, link(3, 20));
    bench.lsdb.age(start + secs(100));
    assert_eq!(bench.pass(secs(20_000)).first(), Some(&(start + secs(7_560), id)));
    assert_eq!(bench.sequence(R, 0).map(|sequence| sequence < 5), Some(true));
    assert_eq!(bench.said(R).len(), 3);
    assert_eq!(bench.events(), []);
}

#[test]
fn equal_seeds_give_equal_times() {
    let play = || {
        let mut bench = telling_of(40);
        bench.pass(secs(100_000))
    };
    assert_eq!(play(), play());
    assert!(play().len() > 30);
}

fn telling_of(count: u32) -> Bench {
    let mut bench = Bench::started();
    (0..count).for_each(|number| bench.say(R, eight(number)));
    bench
}
