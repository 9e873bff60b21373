//! What the tables are offered.

use std::time::Duration;

use super::bed::{Bed, external, key, link, network, routes, service_at};
use super::*;
use crate::hub::{Offer, Origin, Source};
use crate::router::Event;
use crate::wire::nlsp::Flags;

const INSIDE: Source = Source::NlspInternal;
const OUTSIDE: Source = Source::NlspExternal;

/// The LAN that we share with 2, its designated router; number B1.
const fn first_lan() -> NodeId {
    SystemId([2, 0, 0, 0, 0, 2]).lan(1)
}

/// Us and 2 on a LAN.
fn with_neighbour() -> Bed {
    let mut bed = Bed::new();
    bed.say(router(US), 0, &[network(US.into()), link(first_lan(), 20, 1)]);
    bed.say(router(2), 0, &[network(0x12), link(first_lan(), 20, 1)]);
    bed.say(first_lan(), 0, &[network(0xb1), link(router(US), 0, 1), link(router(2), 0, 1)]);
    bed.hear(first_lan(), 0, &[2]);
    bed.settle();
    bed
}

/// Us, 2, 3, 4 and 5 in a line of LANs B1 to B4, and a LAN B5 behind 5. Ways out cost 20, 45, 61,
/// 20, 20 and take 1, 2, 9, 1, 1 ticks. Behind 5: a route outside and a service.
fn line() -> Bed {
    let mut bed = Bed::new();
    let costs = [(20, 1), (45, 2), (61, 9), (20, 1), (20, 1)];
    for number in 1..=5u8 {
        let (cost, ticks) = costs[usize::from(number) - 1];
        let before = lan(number, 1);
        let behind = if number == 5 { lan(5, 2) } else { lan(number + 1, 1) };
        let mut said = vec![network(0x10 + u32::from(number)), link(behind, cost, ticks)];
        if number > 1 {
            said.push(link(before, 20, 7));
            let ends = [link(router(number - 1), 0, 1), link(router(number), 0, 1)];
            let own = network(0xaf + u32::from(number));
            bed.say(before, 0, &[own, ends[0].clone(), ends[1].clone()]);
        }
        bed.say(router(number), 0, &said);
    }
    bed.say(lan(5, 2), 0, &[network(0xb5), link(router(5), 0, 1)]);
    bed.say(lan(5, 2), 1, &[external(&routes(&[(0xe1, 3, 7)])), service_at("S", 0xe1, 4)]);
    bed.say(router(5), 1, &[service_at("OWN", 0x15, 0)]);
    bed.hear(lan(2, 1), 0, &[2]);
    bed.settle();
    bed
}

#[test]
fn networks_and_services_along_a_line_of_five_routers_are_as_far_as_reckoned_by_hand() {
    let bed = line();
    for (network, source, cost, ticks, hops) in [
        (0x12, INSIDE, 20, 1, 1),
        (0xb2, INSIDE, 65, 3, 1),
        (0x13, INSIDE, 65, 3, 2),
        (0xb3, INSIDE, 126, 12, 2),
        (0x14, INSIDE, 126, 12, 3),
        (0xb4, INSIDE, 146, 13, 3),
        (0x15, INSIDE, 146, 13, 4),
        (0xb5, INSIDE, 166, 14, 4),
        (0xe1, OUTSIDE, 166, 14 + 7, 4 + 3),
    ] {
        let expected = Some((source, cost, ticks, hops, vec![2]));
        assert_eq!(bed.route(network), expected, "{network:X}");
    }
    assert_eq!(bed.service("S"), Some((4 + 4, 0, 0xe1)));
    assert_eq!(bed.service("OWN"), Some((4, 0, 0x15)));
    // Our own: the internal network, and the LAN that our circuit is on.
    assert_eq!((bed.route(0x11), bed.route(0xb1)), (None, None));
}

#[test]
fn what_is_too_far_away_is_not_offered() {
    let mut bed = line();
    let outside = routes(&[(0xe1, 16, 7), (0xe2, 15, 65_535), (0, 1, 1)]);
    let services = [service_at("S", 0x15, 12), service_at("T", 0x15, 11)];
    bed.say(lan(5, 2), 1, &[vec![external(&outside)], services.to_vec()].concat());
    bed.settle();
    assert_eq!(bed.route(0xe1), None, "16 hops are none");
    assert_eq!(bed.route(0xe2), Some((OUTSIDE, 166, 65_535, 19, vec![2])), "more than RIP tells");
    assert_eq!((bed.service("S"), bed.service("T")), (None, Some((15, 0, 0x15))));
    assert_eq!(bed.route(0), None);
}

#[test]
fn a_way_over_more_than_127_routers_is_none() {
    let mut bed = with_neighbour();
    for number in 2..=130u8 {
        let (before, behind) = (lan(number, 1), lan(number + 1, 1));
        let own = network(0x100 + u32::from(number));
        bed.say(router(number), 0, &[own, link(before, 20, 1), link(behind, 20, 1)]);
        let ends = [link(router(number), 0, 1), link(router(number + 1), 0, 1)];
        bed.say(behind, 0, &[network(0x200 + u32::from(number)), ends[0].clone(), ends[1].clone()]);
    }
    bed.settle();
    let hops = |bed: &Bed, network| bed.route(network).map(|route| route.3);
    assert_eq!(hops(&bed, 0x100 + 128), Some(127));
    assert_eq!(hops(&bed, 0x200 + 128), Some(127), "the LAN behind counts none");
    assert_eq!(hops(&bed, 0x100 + 129), None);
}

#[test]
fn a_network_inside_beats_the_same_outside_and_the_nearest_node_counts() {
    let mut bed = line();
    // 2 tells 5's LAN as outside, at no distance.
    bed.say(router(2), 1, &[external(&routes(&[(0xb5, 1, 1), (0xe1, 1, 21)]))]);
    bed.settle();
    assert_eq!(bed.route(0xb5).map(|route| (route.0, route.1)), Some((INSIDE, 166)));
    // 21 + 1 ticks are more than 14 + 7.
    assert_eq!(bed.route(0xe1), Some((OUTSIDE, 166, 21, 7, vec![2])));
    bed.say(router(2), 1, &[external(&routes(&[(0xe1, 9, 20)]))]);
    bed.settle();
    assert_eq!(bed.route(0xe1), Some((OUTSIDE, 166, 21, 7, vec![2])), "fewer hops at equal ticks");
    bed.say(router(2), 1, &[external(&routes(&[(0xe1, 6, 20)]))]);
    bed.settle();
    assert_eq!(bed.route(0xe1), Some((OUTSIDE, 20, 21, 7, vec![2])), "the lower node at last");
    bed.purge(lan(5, 2), 0);
    bed.settle();
    assert_eq!(bed.route(0xb5), None, "its number stood nowhere else");
}

#[test]
fn what_we_tell_ourselves_is_never_offered_to_ourselves() {
    let mut bed = with_neighbour();
    bed.say(lan(US, 7), 0, &[network(0xb7), link(router(US), 0, 1)]);
    bed.say(lan(US, 7), 1, &[external(&routes(&[(0xe7, 1, 1)])), service_at("S", 0x12, 1)]);
    let own = [network(US.into()), link(first_lan(), 20, 1), link(lan(US, 7), 20, 1)];
    bed.say(router(US), 0, &own);
    bed.hear(lan(US, 7), 1, &[]);
    bed.settle();
    assert!(bed.decision.reaches(lan(US, 7)));
    let offered: Vec<u32> = bed.tables().0.iter().map(|&(network, _)| network).collect();
    assert_eq!(offered, [0x12], "but 2's network");
    assert!(bed.services.is_empty());
}

#[test]
fn networks_outside_behind_a_lan_of_ours_go_to_its_designated_router_while_that_is_heard() {
    let mut bed = with_neighbour();
    bed.say(first_lan(), 1, &[external(&routes(&[(0xe1, 2, 5)])), service_at("S", 0xe1, 3)]);
    bed.settle();
    assert_eq!(bed.route(0xe1), Some((OUTSIDE, 20, 1 + 5, 2, vec![2])));
    assert_eq!(bed.service("S"), Some((3, 0, 0xe1)), "on the LAN itself");
    // What RIP says of it on that LAN is nearer by the ticks of the LAN.
    let origin = Origin { source: Source::Rip, circuit: Some(circuit(0)), node: nic(77) };
    let heard = Offer { origin, hops: 2, ticks: 5, cost: 0, heard: bed.now };
    bed.rib.offer(NetworkNumber(0xe1), heard, bed.now).unwrap();
    assert_eq!(bed.route(0xe1).map(|route| route.4), Some(vec![77, 2]));

    bed.around = Surroundings::new(system(US));
    bed.hear(first_lan(), 0, &[]);
    bed.settle();
    assert_eq!(bed.route(0xe1).map(|route| route.4), Some(vec![77]));
    assert_eq!((bed.route(0x12), bed.service("S")), (None, None));
}

#[test]
fn the_routes_of_a_neighbour_that_is_lost_go_though_its_lan_still_names_it() {
    let mut bed = line();
    assert!(bed.route(0xe1).is_some());
    bed.around = Surroundings::new(system(US));
    bed.hear(lan(2, 1), 0, &[]);
    bed.pass(Duration::from_secs(1));
    assert_eq!(bed.tables(), (vec![], vec![]));
    assert_eq!(bed.decision.history().runs().last().map(|run| run.unheard), Some(1));
}

#[test]
fn of_two_equal_ways_both_are_offered_but_outside_only_at_equal_ticks() {
    for (ticks, outside) in [(1, vec![2, 3]), (2, vec![2])] {
        let mut bed = Bed::with(|config| config.nlsp.path_splits = 8);
        let first = first_lan();
        bed.say(router(US), 0, &[network(US.into()), link(first, 20, 1)]);
        bed.say(router(2), 0, &[network(0x12), link(first, 20, 1), link(lan(4, 1), 20, 1)]);
        bed.say(router(3), 0, &[network(0x13), link(first, 20, 1), link(lan(4, 2), 20, ticks)]);
        bed.say(router(4), 0, &[network(0x14), link(lan(4, 1), 20, 1), link(lan(4, 2), 20, 1)]);
        let ends = |one, other| [link(router(one), 0, 1), link(router(other), 0, 1)];
        let ours = [ends(US, 2).to_vec(), vec![link(router(3), 0, 1)]].concat();
        bed.say(first, 0, &ours);
        bed.say(lan(4, 1), 0, &ends(2, 4));
        bed.say(lan(4, 2), 0, &ends(3, 4));
        bed.say(router(4), 1, &[external(&routes(&[(0xe1, 1, 1)])), service_at("S", 0x14, 0)]);
        bed.hear(first, 0, &[2, 3]);
        bed.settle();
        assert_eq!(bed.route(0x14), Some((INSIDE, 40, 2, 2, vec![2, 3])));
        assert_eq!(bed.route(0xe1), Some((OUTSIDE, 40, 3, 3, outside)));
        assert_eq!(bed.service("S"), Some((2, 0, 0x14)));
    }
}

#[test]
fn a_service_at_two_addresses_is_taken_from_the_one_of_fewer_ticks_and_told_once() {
    let mut bed = line();
    bed.say(router(5), 1, &[service_at("S", 0x15, 0)]);
    bed.say(lan(5, 2), 1, &[]);
    bed.settle();
    bed.events();
    assert_eq!(bed.service("S"), Some((4, 0, 0x15)));
    bed.say(router(3), 1, &[service_at("S", 0x13, 9)]);
    bed.settle();
    assert_eq!(bed.service("S"), Some((11, 0, 0x13)), "3 ticks, not 13");
    // From two nodes at one address: fewer hops.
    bed.say(router(2), 1, &[service_at("S", 0x13, 7)]);
    bed.settle();
    assert_eq!(bed.service("S"), Some((8, 0, 0x13)));
    assert_eq!(bed.services.get(&key("S")).map(|s| s.offers().len()), Some(2));
    let events = bed.events();
    assert!(matches!(&events[..], [Event::ServiceMoved { name, .. }] if name == "S"), "{events:?}");
    bed.purge(router(3), 1);
    bed.purge(router(2), 1);
    bed.settle();
    assert_eq!(bed.service("S"), Some((4, 0, 0x15)));
    assert_eq!(bed.events(), []);
}

#[test]
fn nobody_goes_through_an_overloaded_router_but_what_it_has_stays_reachable() {
    let mut bed = line();
    let said = [network(0x13), link(lan(3, 1), 20, 7), link(lan(4, 1), 61, 9)];
    let beside = [network(0xbb), link(router(3), 0, 1)];
    bed.say(lan(3, 9), 0, &beside);
    let with_lan = [said.to_vec(), vec![link(lan(3, 9), 20, 1)]].concat();
    bed.say_with(router(3), 0, Flags::OVERLOADED, &with_lan);
    bed.say(router(3), 1, &[external(&routes(&[(0xe3, 1, 1)])), service_at("T", 0x13, 0)]);
    bed.settle();
    for there in [0x12, 0xb2, 0x13, 0xbb, 0xe3] {
        assert!(bed.route(there).is_some(), "{there:X}");
    }
    // Its LAN with 4 is a LAN of its own, too: a leaf; 4 is not reached.
    assert!(bed.route(0xb3).is_some());
    for gone in [0x14, 0xb4, 0x15, 0xb5, 0xe1] {
        assert_eq!(bed.route(gone), None, "{gone:X}");
    }
    assert_eq!((bed.service("S"), bed.service("T")), (None, Some((2, 0, 0x13))));
    bed.say(router(3), 0, &with_lan);
    bed.settle();
    assert!(bed.route(0xe1).is_some(), "no longer overloaded");
}

#[test]
fn a_service_whose_network_nobody_tells_of_sleeps_until_somebody_does() {
    let mut bed = with_neighbour();
    bed.say(router(2), 1, &[service_at("S", 0xe1, 1)]);
    bed.settle();
    assert_eq!(bed.service("S"), None);
    assert_eq!(bed.services.len(), 1);
    bed.say(router(2), 2, &[external(&routes(&[(0xe1, 1, 1)]))]);
    bed.settle();
    assert_eq!(bed.service("S"), Some((2, 0, 0xe1)));
}

#[test]
fn rip_is_told_which_routers_on_a_lan_share_our_database() {
    let mut bed = line();
    let twin = [network(0xb5), link(router(3), 0, 1)];
    bed.say(lan(3, 9), 0, &twin);
    let routers = |bed: &Bed| bed.decision.routers_on(&bed.lsdb, NetworkNumber(0xb5));
    bed.settle();
    assert_eq!(routers(&bed).len(), 1, "3 does not say that it is on that LAN");
    let said = [network(0x13), link(lan(3, 1), 20, 7), link(lan(4, 1), 61, 9)];
    bed.say(router(3), 0, &[said.to_vec(), vec![link(lan(3, 9), 20, 1)]].concat());
    bed.settle();
    assert_eq!(routers(&bed), [NodeAddress([2, 0, 0, 0, 1, 1]); 2]);
    assert_eq!(bed.decision.routers_on(&bed.lsdb, NetworkNumber(0x15)), [], "a router is no LAN");
    bed.around = Surroundings::new(system(US));
    bed.lines_changed();
    bed.settle();
    assert_eq!(routers(&bed), [], "an agent that is cut off does not count");
}
