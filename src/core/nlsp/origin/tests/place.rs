//! Entries in fragments [nlsp §10.1, §7.7; scenario 29].

use super::*;

/// Bytes of the largest packet of a node.
fn largest(bench: &Bench, pseudonode: u8) -> usize {
    let fragments = bench.lsdb.fragments(bench.system.id.lan(pseudonode));
    fragments.map(|lsp| lsp.bytes().len()).max().unwrap_or(0)
}

/// An agent that tells of so many services of eight letters in its LAN 1.
fn telling(count: u32) -> Bench {
    let mut bench = Bench::started();
    bench.begin(1);
    (0..count).for_each(|number| bench.say(1, eight(number)));
    bench.pass(secs(10));
    bench
}

fn exhausted(events: Vec<Event>) -> Vec<usize> {
    let left_out = |event| match event {
        Event::LspSpaceExhausted { node, left_out } => {
            assert_eq!(node, "0200000000E1-01");
            Some(left_out)
        }
        _ => None,
    };
    events.into_iter().filter_map(left_out).collect()
}

#[test]
fn four_thousand_services_take_fragments_from_0_on_and_one_that_flips_changes_one_of_them() {
    let mut bench = telling(4_000);
    let expected: BTreeMap<Subject, Entry> = (0..4_000).map(eight).collect();
    assert_eq!(bench.said(1), expected);
    // 19 services of 25 bytes in 485; a few less in number 0, behind the management option.
    let numbers: Vec<u8> = (0..=210).collect();
    assert_eq!(bench.numbers(1), numbers);
    assert!(largest(&bench, 1) <= 512);
    assert!(exhausted(bench.events()).is_empty());

    let flipped = service("SERV2000", 7);
    bench.say(1, flipped.clone());
    let [changed] = bench.flooded(secs(10)).try_into().expect("one packet");
    assert_eq!(bench.said(1).get(&flipped.0), Some(&flipped.1));

    bench.set(1, flipped.0, None);
    assert_eq!(bench.flooded(secs(10)), [changed], "gone");
    bench.say(1, eight(2_000));
    assert_eq!(bench.flooded(secs(10)), [changed], "and back where there is room");
    assert_eq!(bench.said(1), expected);
}

#[test]
fn of_five_thousand_services_those_without_room_are_left_out_and_told_of_once() {
    let mut bench = telling(5_000);
    let carried = bench.said(1);
    assert!(carried.len() >= 4_800, "{}", carried.len());
    assert_eq!(bench.numbers(1).len(), 256);
    assert_eq!(exhausted(bench.events()), [5_000 - carried.len()]);

    // Who is in stays in, who is out stays out.
    (0..5_000).for_each(|number| bench.say(1, eight(number)));
    assert_eq!(bench.flooded(secs(10)), []);
    bench.say(1, service("SERV4999", 2));
    bench.set(1, eight(4_998).0, None);
    assert_eq!(bench.flooded(secs(10)), []);
    assert!(exhausted(bench.events()).is_empty());

    // The room of one that goes is given to one that was left out, in the same packet.
    bench.set(1, eight(77).0, None);
    assert_eq!(bench.flooded(secs(10)).len(), 1);
    let now = bench.said(1);
    assert_eq!(now.len(), carried.len());
    let new: Vec<&Subject> = now.keys().filter(|&key| !carried.contains_key(key)).collect();
    assert_eq!(new.len(), 1);

    // Once all are in, it is news when they no longer are.
    (100..400).for_each(|number| bench.set(1, eight(number).0, None));
    bench.pass(secs(10));
    assert_eq!(bench.said(1).len(), 5_000 - 302);
    assert!(exhausted(bench.events()).is_empty());
    (100..400).for_each(|number| bench.say(1, eight(number)));
    bench.pass(secs(10));
    assert_eq!(exhausted(bench.events()).len(), 1);
}

#[test]
fn routes_share_options_so_that_a_packet_holds_sixty_eight() {
    let mut bench = Bench::started();
    bench.begin(1);
    (1..=680).for_each(|number| bench.say(1, route(number, 3)));
    bench.pass(secs(10));
    assert_eq!(bench.said(1).len(), 680);
    assert!(largest(&bench, 1) <= 512);
    let counts: Vec<usize> = bench
        .lsdb
        .fragments(bench.system.id.lan(1))
        .map(|lsp| {
            let options = lsp.options();
            let routes = options.map(|option| match option {
                LspOption::External(routes) => routes.count(),
                _ => 0,
            });
            routes.sum()
        })
        .collect();
    assert_eq!(counts.get(1..10), Some([68; 9].as_slice()), "{counts:?}");
}

#[test]
fn a_fragment_that_is_no_longer_used_is_purged_and_number_0_is_always_there() {
    let mut bench = telling(60);
    assert_eq!(bench.numbers(1), [0, 1, 2, 3]);
    let last = bench.id(1, 3);
    for number in 0..60 {
        let (subject, _) = eight(number);
        let lsp = bench.lsp(1, 3).expect("it is used");
        let there = lsp.options().any(|option| match option {
            LspOption::Service(info) => {
                let ServiceInfo { service_type, name, .. } = info;
                Subject::Service(ServiceKey { service_type, name }) == subject
            }
            _ => false,
        });
        if there {
            bench.set(1, subject, None);
        }
    }
    assert_eq!(bench.flooded(secs(10)), [last]);
    assert_eq!(bench.numbers(1), [0, 1, 2]);
    assert!(bench.lsdb.get(last).is_some_and(|record| record.purged && record.lsp.sequence == 1));

    (0..60).for_each(|number| bench.set(1, eight(number).0, None));
    bench.pass(secs(10));
    assert_eq!(bench.numbers(1), [0]);
    // A fragment that is used again goes on from its purge.
    (0..60).for_each(|number| bench.say(1, eight(number)));
    bench.pass(secs(10));
    assert_eq!(bench.sequence(1, 3), Some(2));
}

#[test]
fn a_link_makes_services_go_where_everything_is_full() {
    let mut bench = telling(5_000);
    let before = bench.said(1).len();
    bench.events();
    let (subject, entry) = link(1, 0);
    bench.set(1, subject, Some(entry.clone()));
    assert_eq!(bench.flooded(secs(10)).len(), 1);
    let said = bench.said(1);
    assert_eq!(said.get(&subject), Some(&entry));
    assert!((before - 2..before).contains(&(said.len() - 1)), "{before} {}", said.len());
    assert!(largest(&bench, 1) <= 512);
}

#[test]
fn what_a_link_leaves_of_the_room_made_for_it_is_given_to_what_was_left_out() {
    let mut bench = Bench::started();
    bench.begin(1);
    // Seven of 64 bytes leave 37 of 485, which one name of 20 letters takes.
    (0..1_792).for_each(|number| bench.say(1, service(&format!("Z{number:046}"), 1)));
    let short = |number: u32| service(&format!("A{number:019}"), 1);
    (0..260).for_each(|number| bench.say(1, short(number)));
    bench.pass(secs(10));
    let left_out = |bench: &Bench| -> Vec<Subject> {
        let said = bench.said(1);
        (0..260).map(|number| short(number).0).filter(|key| !said.contains_key(key)).collect()
    };
    let before = left_out(&bench);
    assert!(before.len() >= 4, "{before:?}");
    bench.say(1, link(1, 0));
    bench.pass(secs(10));
    assert!(bench.said(1).contains_key(&link(1, 0).0));
    assert_eq!(left_out(&bench).len(), before.len() - 1);
}

#[test]
fn a_smaller_size_moves_what_no_longer_fits_and_a_larger_one_moves_nothing() {
    let mut bench = telling(190);
    (0..20).for_each(|to| bench.say(1, link(to, 0)));
    (1..=100).for_each(|number| bench.say(1, route(number, 3)));
    bench.pass(secs(10));
    let before = bench.said(1);
    bench.run(|cx, origin, _, _| origin.set_size(cx, 200));
    bench.pass(secs(10));
    assert_eq!(bench.said(1), before);
    assert!(largest(&bench, 1) <= 200);
    assert!(largest(&bench, 0) <= 200);

    bench.run(|cx, origin, _, _| origin.set_size(cx, 100_000));
    assert_eq!(bench.flooded(secs(10)), []);
    bench.run(|cx, origin, _, _| origin.set_size(cx, 0));
    bench.pass(secs(10));
    assert!(largest(&bench, 1) <= 128, "less than 128 nobody means");
    assert_eq!(bench.said(1), before);
}

#[test]
fn after_any_changes_the_packets_say_what_was_set_and_nothing_is_left_out_for_which_there_is_room()
{
    let mut random = Random::seeded(11);
    let mut bench = Bench::started();
    bench.config.nlsp.lsp_size = 128;
    bench.begin(1);
    let mut expected: BTreeMap<Subject, Entry> = BTreeMap::new();
    let mut full = 0;
    for _ in 0..40 {
        for _ in 0..200 {
            let number = random.word() % 700;
            let hops = u8::try_from(random.below(16)).expect("small");
            let (subject, entry) = match random.below(8) {
                0 => link(u8::try_from(number % 200).expect("small"), hops),
                1..4 => route(number + 1, hops),
                _ => service(&format!("{}{number}", "N".repeat(number as usize % 44)), hops),
            };
            if random.chance(1, 3) {
                expected.remove(&subject);
                bench.set(1, subject, None);
            } else {
                expected.insert(subject, entry.clone());
                bench.set(1, subject, Some(entry));
            }
        }
        bench.pass(secs(6));
        let said = bench.said(1);
        assert!(said.iter().all(|(subject, entry)| expected.get(subject) == Some(entry)));
        assert!(largest(&bench, 1) <= 128);
        let links = |said: &BTreeMap<Subject, Entry>| {
            said.keys().filter(|subject| matches!(subject, Subject::Link(_))).count()
        };
        assert_eq!(links(&said), links(&expected), "links are never left out");
        let left_out = expected.len() - said.len();
        let node = bench.origin.nodes.get(&1).expect("it began");
        assert_eq!(node.fragments.left_out(), left_out);
        let without = expected.keys().filter(|subject| !said.contains_key(subject));
        let least = without.map(|subject| match subject {
            Subject::Service(key) => 17 + key.name.key().len(),
            // Where there is an option for it already.
            _ => 7,
        });
        if let Some(least) = least.min() {
            full += 1;
            let fragments = bench.lsdb.fragments(bench.system.id.lan(1));
            let room: Vec<usize> = fragments.map(|lsp| 128 - lsp.bytes().len()).collect();
            assert_eq!(room.len(), 256);
            // A route may need two bytes more.
            assert!(room.iter().all(|&room| room < least + 2), "{least} {room:?}");
        }
        let mut subjects = bench.origin.subjects(1);
        subjects.sort_unstable();
        assert_eq!(subjects, expected.keys().copied().collect::<Vec<_>>());
    }
    assert!((5..35).contains(&full), "it was full at times: {full}");
}
