//! When it runs, what that costs, and what operators are told.

use std::time::Duration;

use super::bed::{Bed, external, link, network, routes, service_at};
use super::*;
use crate::config::Limits;
use crate::nlsp::decision::{Run, Trigger};
use crate::random::Random;
use crate::router::Event;
use crate::wire::nlsp::{Flags, LspOption};

const MS: Duration = Duration::from_millis(1);

/// The LAN that we share with 2 and 3; 2 is its designated router.
const LAN: NodeId = SystemId([2, 0, 0, 0, 0, 2]).lan(1);

fn say_lan(bed: &mut Bed) {
    let ends = [US, 2, 3].map(|number| link(router(number), 0, 1));
    bed.say(LAN, 0, &[vec![network(0xb1)], ends.to_vec()].concat());
    for number in [US, 2, 3] {
        bed.say(router(number), 0, &[network(0x10 + u32::from(number)), link(LAN, 20, 1)]);
    }
    bed.hear(LAN, 0, &[2, 3]);
}

fn on_lan() -> Bed {
    let mut bed = Bed::new();
    say_lan(&mut bed);
    bed.settle();
    bed
}

fn last_run(bed: &Bed) -> Run {
    *bed.decision.history().runs().last().expect("there was one")
}

#[test]
fn what_only_a_node_tells_is_looked_at_50_ms_later_without_a_run() {
    let mut bed = on_lan();
    let runs = bed.decision.history().full();
    bed.say(router(2), 1, &[external(&routes(&[(0xe1, 1, 1)])), service_at("S", 0x12, 0)]);
    bed.pass(49 * MS);
    assert_eq!(bed.route(0xe1), None);
    bed.pass(MS);
    assert!(bed.route(0xe1).is_some() && bed.service("S").is_some());
    bed.say(router(2), 0, &[network(0x99), link(LAN, 20, 1)]);
    bed.pass(50 * MS);
    assert!(bed.route(0x99).is_some() && bed.route(0x12).is_none(), "another number");
    bed.purge(router(2), 1);
    bed.pass(50 * MS);
    assert_eq!(bed.route(0xe1), None);
    assert_eq!(bed.decision.history().full(), runs);
    assert!(bed.decision.history().partial() >= 3);
    assert_eq!(bed.decision.next_timeout(), None);
}

#[test]
fn a_run_takes_in_what_changed_with_it_and_says_what_it_was_for() {
    let mut bed = Bed::new();
    say_lan(&mut bed);
    bed.settle();
    let [run] = bed.decision.history().runs().collect::<Vec<_>>()[..] else { panic!("one run") };
    assert_eq!(run.trigger, Trigger::Lsp(LAN.lsp(0)));
    assert_eq!((run.changes, run.nodes, run.reached, run.changed), (5, 4, 4, 4));
    assert_eq!((run.routes, run.services), (2, 0));
    bed.settle();

    // A link is dearer: of the nodes behind it only.
    bed.say(router(US), 0, &[network(0x11), link(LAN, 21, 1)]);
    bed.settle();
    let run = last_run(&bed);
    assert_eq!((run.trigger, run.changed), (Trigger::Lsp(router(US).lsp(0)), 3));
    // 3 says so of a link that we do not go over.
    bed.say(router(3), 0, &[network(0x13), link(LAN, 63, 1)]);
    bed.settle();
    assert_eq!((last_run(&bed).changed, last_run(&bed).routes), (0, 0));
    bed.lines_changed();
    bed.settle();
    assert_eq!((last_run(&bed).trigger, last_run(&bed).changed), (Trigger::Lines, 0));
    for _ in 0..20 {
        bed.lines_changed();
        bed.settle();
    }
    assert_eq!(bed.decision.history().runs().count(), 16);
    assert_eq!(bed.decision.history().full(), 24);
}

#[test]
fn what_matters_to_the_graph_brings_a_run_about_and_nothing_else_does() {
    let said = |cost, delay| [network(0x12), link(LAN, cost, delay)];
    let mut bed = on_lan();
    let mut ran = |change: &dyn Fn(&mut Bed)| {
        let before = bed.decision.history().full();
        change(&mut bed);
        bed.settle();
        bed.decision.history().full() > before
    };
    assert!(ran(&|bed| bed.say(router(2), 0, &said(21, 1))), "another cost");
    assert!(ran(&|bed| bed.say(router(2), 0, &said(21, 3))), "another delay");
    assert!(!ran(&|bed| bed.say(router(2), 0, &said(21, 3))), "the same");
    assert!(ran(&|bed| bed.say_with(router(2), 0, Flags::OVERLOADED, &said(21, 3))));
    assert!(ran(&|bed| bed.say(router(2), 0, &said(21, 3))), "no longer overloaded");
    assert!(!ran(&|bed| bed.say(router(2), 1, &[])), "a packet without links");
    assert!(ran(&|bed| bed.say(router(2), 1, &[link(lan(9, 9), 1, 1)])));
    assert!(ran(&|bed| bed.purge(router(2), 1)));
    assert!(ran(&|bed| bed.purge(router(2), 0)));
    assert!(ran(&|bed| bed.say(router(2), 0, &said(21, 3))), "fragment 0 is back");
    assert!(ran(&|bed| bed.lines_changed()));
}

#[test]
fn a_number_that_a_router_and_another_node_have_is_told_at_once_and_again_if_it_comes_back() {
    let mut bed = on_lan();
    bed.events();
    for _ in 0..2 {
        bed.say(router(3), 0, &[network(0x12), link(LAN, 20, 1)]);
        bed.settle();
        let nodes = vec![router(2).to_string(), router(3).to_string()];
        let number = NetworkNumber(0x12);
        assert_eq!(bed.events(), [Event::DuplicateNetwork { network: number, nodes }]);
        assert_eq!(bed.route(0x12).map(|route| route.4), Some(vec![2]), "the lower node");
        bed.pass(Duration::from_secs(600));
        bed.say(router(3), 1, &[external(&routes(&[(0x12, 1, 1)]))]);
        bed.settle();
        assert_eq!(bed.events(), [], "once while it lasts");
        bed.say(router(3), 0, &[network(0x13), link(LAN, 20, 1)]);
        bed.settle();
    }
    bed.say(router(3), 0, &[network(0x11), link(LAN, 20, 1)]);
    bed.settle();
    assert!(matches!(bed.events()[..], [Event::DuplicateNetwork { .. }]), "our own counts as well");
}

#[test]
fn a_lan_that_is_there_twice_is_told_after_half_a_minute_and_not_while_routers_change() {
    let twin = lan(3, 7);
    let second = |bed: &mut Bed| {
        bed.say(twin, 0, &[network(0xb1), link(router(3), 0, 1)]);
        bed.say(router(3), 0, &[network(0x13), link(LAN, 20, 1), link(twin, 20, 1)]);
    };
    let mut bed = on_lan();
    bed.events();
    second(&mut bed);
    bed.pass(Duration::from_secs(12));
    bed.purge(twin, 0);
    bed.pass(Duration::from_secs(60));
    assert_eq!(bed.events(), []);
    second(&mut bed);
    bed.pass(Duration::from_secs(29));
    assert_eq!(bed.events(), []);
    bed.pass(Duration::from_secs(60));
    let nodes = vec![LAN.to_string(), twin.to_string()];
    let network = NetworkNumber(0xb1);
    assert_eq!(bed.events(), [Event::NetworkAtTwoPlaces { network, nodes }]);
}

#[test]
fn a_peer_that_only_the_designated_router_reaches_is_told_once_when_it_has_lasted() {
    let mut bed = Bed::new();
    say_lan(&mut bed);
    bed.around = Surroundings::new(system(US));
    bed.around.add_cmd(circuit(2));
    bed.hear(LAN, 2, &[2]);
    bed.pass(Duration::from_secs(20));
    assert_eq!((bed.route(0x13).map(|route| route.4), bed.events()), (Some(vec![2]), vec![]));
    bed.pass(Duration::from_secs(100));
    let system = system(3).to_string();
    let way = format!("packets go by {}, the designated router", self::system(2));
    let event = Event::PartialMesh { circuit: "cmd".to_owned(), system, way };
    assert_eq!(bed.events(), std::slice::from_ref(&event));
    bed.hear(LAN, 2, &[3]);
    bed.settle();
    assert_eq!(bed.route(0x13).map(|route| route.4), Some(vec![3]), "straight");
    bed.around = Surroundings::new(self::system(US));
    bed.around.add_cmd(circuit(2));
    bed.hear(LAN, 2, &[2]);
    bed.pass(Duration::from_secs(100));
    assert_eq!(bed.events(), [event], "it came back");
}

#[test]
fn what_finds_no_room_is_told_once_and_offered_again_every_minute() {
    let limits = Limits { routes: 2, services: 1, ..Limits::default() };
    let mut bed = Bed::with(|config| config.limits = limits);
    say_lan(&mut bed);
    bed.say(router(2), 1, &[external(&routes(&[(0xe1, 1, 1), (0xe2, 1, 1)]))]);
    bed.say(router(2), 2, &[service_at("S", 0x12, 0), service_at("T", 0x12, 0)]);
    bed.pass(Duration::from_secs(200));
    assert_eq!((bed.rib.len(), bed.services.len()), (2, 1));
    assert_eq!(bed.route(0xe1), None);
    let told = bed.events();
    let limits = told.iter().filter(|event| {
        matches!(event, Event::RouteLimit { limit: 2 } | Event::ServiceLimit { limit: 1 })
    });
    assert_eq!((limits.count(), told.len()), (2, 2), "{told:?}");
    // Others make room.
    bed.say(router(3), 0, &[link(LAN, 20, 1)]);
    bed.say(router(2), 2, &[service_at("T", 0x12, 0)]);
    bed.pass(Duration::from_secs(61));
    assert!(bed.route(0xe1).is_some() && bed.service("T").is_some());
    assert_eq!(bed.route(0xe2), None);
}

#[test]
fn a_whole_network_that_comes_up_is_taken_in_parts_without_a_pause() {
    let mut bed = on_lan();
    let many: Vec<(u32, u8, u16)> = (0..9_000).map(|n| (0x1_0000 + n, 1, 1)).collect();
    for (number, part) in (1..).zip(many.chunks(36 * 7)) {
        let encoded = routes(part);
        let options: Vec<LspOption<'_>> = encoded.chunks(36).map(external).collect();
        bed.say(router(2), number, &options);
    }
    bed.pass(50 * MS);
    assert_eq!(bed.rib.len(), 9_000 + 2);
    assert_eq!(bed.decision.history().partial(), 3, "4,000 at a time");
}

#[test]
fn all_is_taken_back_at_the_end_and_offered_anew_from_whatever_is_in_the_database_then() {
    let mut bed = on_lan();
    bed.say(router(2), 1, &[external(&routes(&[(0xe1, 1, 1)])), service_at("S", 0x12, 0)]);
    bed.settle();
    let before = bed.tables();
    assert_eq!((before.0.len(), before.1.len()), (3, 1));
    bed.withdraw_all();
    assert_eq!(bed.tables(), (vec![], vec![]));
    assert!(!bed.decision.reaches(router(2)));
    bed.settle();
    assert_eq!(bed.tables(), (vec![], vec![]), "nothing runs by itself");
    bed.lines_changed();
    bed.settle();
    assert_eq!(bed.tables(), before, "the same database");
    bed.withdraw_all();
    bed.begin_anew();
    say_lan(&mut bed);
    bed.settle();
    let networks: Vec<u32> = bed.tables().0.iter().map(|&(network, _)| network).collect();
    assert_eq!(networks, [0x12, 0x13], "another one");
}

/// What a node says, to be changed at random.
#[derive(Clone, Debug, Default)]
struct Says {
    number: u32,
    links: Vec<(NodeId, u8, u32)>,
    routes: Vec<(u32, u8, u16)>,
    services: Vec<(u8, u32, u8)>,
    closed: bool,
}

/// Routers and LANs that say random things of few networks and services.
fn change(random: &mut Random, says: &mut BTreeMap<NodeId, Says>) -> NodeId {
    let nodes: Vec<NodeId> = (1..=6).flat_map(|n| [router(n), lan(n, 1), lan(n, 2)]).collect();
    let mut below = |limit: u64| u32::try_from(random.below(limit)).unwrap();
    let node = nodes[below(nodes.len() as u64) as usize];
    let new = Says { number: 0x10 + below(12), ..Says::default() };
    let says = says.entry(node).or_insert(new);
    let byte = |n: u32| u8::try_from(n).unwrap();
    match below(10) {
        0 => says.number = 0x10 + below(12),
        1 => says.closed = below(3) == 0,
        2..=4 => {
            let others: Vec<NodeId> = nodes
                .iter()
                .copied()
                .filter(|other| other.is_pseudonode() != node.is_pseudonode())
                .collect();
            let linked: Vec<NodeId> = others.into_iter().filter(|_| below(4) > 0).collect();
            let linked = linked.into_iter();
            let linked = linked.map(|to| (to, byte(1 + below(3)), 1 + below(2)));
            says.links = linked.collect();
        }
        5..=6 => {
            let count = below(5);
            says.routes = (0..count)
                .map(|_| (0x18 + below(12), byte(below(17)), u16::try_from(below(4)).unwrap()))
                .collect();
        }
        _ => {
            let count = below(5);
            says.services =
                (0..count).map(|_| (byte(below(6)), 0x10 + below(16), byte(below(4)))).collect();
        }
    }
    node
}

fn say(bed: &mut Bed, node: NodeId, says: &Says) {
    let links = says.links.iter().map(|&(to, cost, ticks)| link(to, cost, ticks));
    let flags = if says.closed { Flags::OVERLOADED } else { Flags::LEVEL_1 };
    let links: Vec<LspOption<'_>> = [network(says.number)].into_iter().chain(links).collect();
    bed.say_with(node, 0, flags, &links);
    let encoded = routes(&says.routes);
    let services = says.services.iter();
    let services = services.map(|&(name, at, hops)| service_at(&format!("S{name}"), at, hops));
    bed.say(node, 1, &[vec![external(&encoded)], services.collect()].concat());
}

fn random_bed() -> Bed {
    let mut bed = Bed::with(|config| config.nlsp.path_splits = 3);
    for number in 1..=6 {
        bed.around.add_lan(lan(number, 1), circuit(0));
        bed.around.add_lan(lan(number, 2), circuit(1));
        bed.around.add_neighbour(circuit(0), system(number), nic(number));
        bed.around.add_neighbour(circuit(1), system(number), nic(number));
    }
    bed
}

#[test]
fn after_any_changes_the_tables_are_as_if_all_had_come_at_once() {
    let mut random = Random::seeded(31);
    let (mut offered, mut told) = (0, 0);
    for _ in 0..30 {
        let (mut bed, mut says) = (random_bed(), BTreeMap::new());
        for _ in 0..100 {
            change(&mut random, &mut says);
        }
        says.iter().for_each(|(&node, says)| say(&mut bed, node, says));
        for step in 0..60 {
            let node = change(&mut random, &mut says);
            match random.below(12) {
                0 if bed.lsdb.live(node.lsp(0)).is_some() => bed.purge(node, 0),
                1 if bed.lsdb.live(node.lsp(1)).is_some() => bed.purge(node, 1),
                _ => say(&mut bed, node, &says[&node]),
            }
            // Sometimes the next change comes before anything was done about this one.
            bed.pass(Duration::from_millis(random.below(400)));
            if step % 6 != 5 {
                continue;
            }
            bed.settle();
            let mut fresh = random_bed();
            fresh.lsdb = std::mem::take(&mut bed.lsdb);
            fresh.tell_everything();
            fresh.settle();
            assert_eq!(bed.tables(), fresh.tables());
            offered += fresh.tables().0.len();
            told += fresh.tables().1.len();
            bed.lsdb = fresh.lsdb;
        }
    }
    assert!(offered > 2_000 && told > 2_000, "{offered} {told}");
}

#[test]
fn the_order_in_which_packets_come_changes_nothing() {
    let mut random = Random::seeded(32);
    for _ in 0..20 {
        let mut says = BTreeMap::new();
        for _ in 0..120 {
            change(&mut random, &mut says);
        }
        let mut order: Vec<NodeId> = says.keys().copied().collect();
        let mut tables = None;
        for _ in 0..4 {
            order.sort_by_key(|_| random.word());
            let mut bed = random_bed();
            for &node in &order {
                say(&mut bed, node, &says[&node]);
                bed.pass(Duration::from_millis(random.below(100)));
            }
            bed.settle();
            let found = bed.tables();
            assert_eq!(*tables.get_or_insert_with(|| found.clone()), found);
        }
    }
}
