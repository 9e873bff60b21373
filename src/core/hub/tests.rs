//! The tables: preference, limits, what counts as a change, and who wakes whom.

use std::time::Duration;

use super::*;
use crate::Time;
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{NetworkNumber, NodeAddress, sap};

const NET: NetworkNumber = NetworkNumber(0xc900_0001);
const START: Time = Time::from_secs(10);

fn offer(source: Source, node: u8, hops: u16, ticks: u16) -> Offer {
    let node = NodeAddress([2, 0, 0, 0, 0, node]);
    let origin = Origin { source, circuit: Some(CircuitId(u16::from(node.0[5]))), node };
    Offer { origin, hops, ticks, cost: 0, heard: START }
}

fn rip(node: u8, hops: u16, ticks: u16) -> Offer {
    offer(Source::Rip, node, hops, ticks)
}

fn best(rib: &Rib) -> Option<u8> {
    rib.best(NET).map(|offer| offer.origin.node.0[5])
}

/// A path of NLSP by the router of this number, which is on the circuit of the same number.
fn path(source: Source, node: u8, cost: u32, hops: u16, ticks: u16) -> Offer {
    Offer { cost, ..offer(source, node, hops, ticks) }
}

#[test]
fn the_best_route_is_ours_then_inside_by_nlsp_then_the_nearest_of_all_others() {
    use Source::{Direct, Internal, NlspExternal, NlspInternal, Static};
    let mut rib = Rib::new(10);
    for (offer, winner) in [
        (rip(1, 4, 9), 1),
        (rip(2, 5, 8), 2),
        (rip(3, 4, 8), 3),
        (offer(Static, 4, 9, 90), 3),
        (path(NlspExternal, 5, 1, 4, 8), 3),
        (offer(Static, 6, 4, 8), 6),
        (path(NlspExternal, 7, 90, 15, 7), 7),
        (path(NlspInternal, 8, 50, 3, 3), 8),
        (path(NlspInternal, 9, 40, 99, 99), 9),
        (path(NlspInternal, 10, 40, 99, 98), 10),
        (path(NlspInternal, 11, 40, 98, 98), 11),
        (offer(Internal, 12, 0, 9), 12),
        (offer(Direct, 13, 7, 10), 13),
    ] {
        rib.offer(NET, offer, START).expect("there is room");
        assert_eq!(best(&rib), Some(winner));
    }
    // Of RIP's offers only the nearest was kept: the others may have it from there.
    let order: Vec<u8> = rib.offers(NET).iter().map(|offer| offer.origin.node.0[5]).collect();
    assert_eq!(order, [13, 12, 11, 10, 9, 8, 7, 6, 3, 5, 4]);
}

#[test]
fn paths_of_nlsp_come_all_at_once_in_the_order_of_nodes_and_are_told_when_one_goes() {
    let path = |node| path(Source::NlspInternal, node, 20, 1, 1);
    let nodes = |rib: &Rib| -> Vec<u8> {
        rib.paths(NET).iter().map(|path| path.origin.node.0[5]).collect()
    };
    let mut rib = Rib::new(10);
    rib.offer(NET, rip(9, 1, 1), START).expect("there is room");
    rib.offer_paths(NET, &[path(7), path(3), path(5)], START).expect("there is room");
    assert_eq!(nodes(&rib), [3, 5, 7]);
    assert_eq!(rib.take_changes().len(), 1);
    assert_eq!(rib.take_split(), [NET].into());

    rib.offer_paths(NET, &[path(3), path(7)], START).expect("there is room");
    assert_eq!(rib.take_changes(), [], "the best one stayed");
    assert_eq!(rib.take_split(), [NET].into());
    assert_eq!(nodes(&rib), [3, 7]);

    rib.offer_paths(NET, &[path(3), path(7)], START).expect("there is room");
    assert_eq!((rib.take_changes(), rib.take_split()), (vec![], [].into()));

    rib.offer_paths(NET, &[path(1), path(7)], START).expect("there is room");
    rib.offer_paths(NET, &[path(3)], START).expect("there is room");
    assert_eq!(rib.take_changes(), [], "the best one is back");
    assert_eq!(rib.take_split(), [NET].into());

    let farther = Offer { ticks: 2, ..path(1) };
    rib.offer_paths(NET, &[path(3), farther], START).expect("there is room");
    assert_eq!(nodes(&rib), [3], "no equal");
    rib.offer_paths(NET, &[], START).expect("nothing needs no room");
    assert_eq!(nodes(&rib), [9], "RIP's is the only one, and as near as what was lost");
    rib.offer(NET, rip(8, 1, 1), START).expect("there is room");
    assert_eq!((nodes(&rib), rib.offers(NET).len()), (vec![9], 2), "RIP's are never split over");
}

#[test]
fn nlsp_has_no_room_in_a_full_table_but_may_always_take_back() {
    let mut rib = Rib::new(1);
    let path = path(Source::NlspExternal, 1, 20, 1, 1);
    rib.offer_paths(NetworkNumber(1), &[path], START).expect("there is room");
    assert_eq!(rib.offer_paths(NET, &[path], START), Err(Full));
    assert_eq!(rib.offer_paths(NET, &[], START), Ok(false));
    assert_eq!(rib.offer_paths(NetworkNumber(1), &[], START), Ok(true));
    assert_eq!(rib.offer_paths(NET, &[path], START), Ok(true));
    assert_eq!(rib.offer_paths(NET, &[path], START), Ok(false), "it said so before");
}

#[test]
fn where_something_better_was_lost_rip_does_not_step_in_unless_it_is_as_near() {
    for lost in [Source::NlspInternal, Source::NlspExternal, Source::Static] {
        for (hops, ticks, stays) in [(3, 6, false), (2, 9, true), (9, 5, true)] {
            let mut rib = Rib::new(10);
            rib.offer(NET, rip(1, hops, ticks), START).expect("there is room");
            let better = path(lost, 2, 20, 2, 5);
            rib.offer(NET, better, START).expect("there is room");
            rib.withdraw(NET, &better.origin, START);
            assert_eq!(best(&rib).is_some(), stays, "{lost:?} {hops} {ticks}");
        }
    }
    // By NLSP it may be farther away at once.
    let mut rib = Rib::new(10);
    rib.offer_paths(NET, &[path(Source::NlspInternal, 1, 20, 1, 1)], START).expect("room");
    rib.offer_paths(NET, &[path(Source::NlspExternal, 2, 90, 9, 9)], START).expect("room");
    assert_eq!(best(&rib), Some(2));
}

#[test]
fn of_equal_routes_the_one_in_use_stays_until_it_gets_worse() {
    let mut rib = Rib::new(10);
    rib.offer(NET, rip(1, 2, 3), START).expect("there is room");
    rib.offer(NET, rip(2, 2, 3), START).expect("there is room");
    rib.offer(NET, rip(1, 2, 3), START).expect("there is room");
    assert_eq!(best(&rib), Some(1));
    rib.offer(NET, rip(1, 2, 4), START).expect("there is room");
    assert_eq!(best(&rib), Some(2));
    rib.offer(NET, rip(1, 2, 3), START).expect("there is room");
    assert_eq!(best(&rib), Some(2), "equal again is no reason to change");
}

#[test]
fn a_route_that_came_and_went_between_two_looks_is_no_change() {
    let mut rib = Rib::new(10);
    rib.offer(NET, rip(1, 2, 3), START).expect("there is room");
    assert_eq!(rib.take_changes().len(), 1);
    rib.offer(NET, rip(1, 7, 9), START).expect("there is room");
    rib.offer(NET, rip(1, 2, 3), START).expect("there is room");
    assert_eq!(rib.take_changes(), []);
    rib.withdraw(NET, &rip(1, 0, 0).origin, START);
    let [change] = rib.take_changes().try_into().expect("one change");
    assert_eq!((change.old.map(|o| o.ticks), change.new), (Some(3), None));
}

#[test]
fn a_full_table_refuses_new_networks_of_others_but_never_our_own() {
    let mut rib = Rib::new(2);
    for number in 1..=2 {
        rib.offer(NetworkNumber(number), rip(1, 1, 2), START).expect("there is room");
    }
    assert_eq!(rib.offer(NET, rip(1, 1, 2), START), Err(Full));
    assert_eq!(rib.offer(NetworkNumber(1), rip(2, 1, 1), START), Ok(()), "a known network");
    assert_eq!(rib.offer(NET, offer(Source::Direct, 1, 0, 1), START), Ok(()));
    assert_eq!(rib.len(), 3);
}

#[test]
fn what_was_lost_is_not_taken_back_from_farther_away_for_sixty_seconds() {
    let mut rib = Rib::new(10);
    rib.offer(NET, rip(1, 2, 5), START).expect("there is room");
    rib.withdraw(NET, &rip(1, 0, 0).origin, START);
    let after = |s| START + Duration::from_secs(s);
    assert!(!rib.permits(NET, 3, 6, after(59)));
    assert!(rib.permits(NET, 3, 5, after(59)), "no more ticks than before");
    assert!(rib.permits(NET, 3, 6, after(61)));
}

fn key(name: &str) -> ServiceKey {
    ServiceKey { service_type: ServiceType::FILE_SERVER, name: ServiceName::new(name) }
}

fn service(node: u8, network: NetworkNumber, hops: u16) -> ServiceOffer {
    let from = NodeAddress([2, 0, 0, 0, 0, node]);
    let circuit = Some(CircuitId(u16::from(node)));
    ServiceOffer {
        origin: ServiceOrigin { source: ServiceSource::Sap, circuit, from },
        name: ServiceName::new("S"),
        address: sap::service_address(network.0, [0, 0, 0, 0, 0, 1], 0x451),
        hops,
        heard: START,
    }
}

#[test]
fn a_service_is_usable_only_while_a_route_leads_to_its_network() {
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    services.offer(&rib, key("S"), service(1, NET, 2), START).expect("there is room");
    assert_eq!(services.take_changes(), [], "dormant");
    assert!(services.get(&key("S")).is_some_and(|s| s.usable().is_none()));

    rib.offer(NET, rip(1, 1, 2), START).expect("there is room");
    services.route_changed(&rib, NET, START);
    let [woken] = services.take_changes().try_into().expect("one change");
    assert!(woken.old.is_none() && woken.new.is_some());

    rib.withdraw(NET, &rip(1, 0, 0).origin, START);
    services.route_changed(&rib, NET, START);
    let [dormant] = services.take_changes().try_into().expect("one change");
    assert!(dormant.old.is_some() && dormant.new.is_none());

    rib.offer(NetworkNumber::DEFAULT_ROUTE, rip(1, 1, 2), START).expect("there is room");
    services.route_changed(&rib, NetworkNumber::DEFAULT_ROUTE, START);
    assert_eq!(services.take_changes().len(), 1, "the default route leads there too");
}

#[test]
fn an_offer_that_can_be_reached_is_used_before_a_nearer_one_that_cannot() {
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    rib.offer(NET, rip(1, 1, 2), START).expect("there is room");
    let elsewhere = NetworkNumber(0xdead);
    services.offer(&rib, key("S"), service(1, elsewhere, 1), START).expect("there is room");
    services.offer(&rib, key("S"), service(2, NET, 5), START).expect("there is room");
    let used = services.get(&key("S")).and_then(Service::usable).map(|offer| offer.hops);
    assert_eq!(used, Some(5));
}

/// A service at this network as the NLSP node of this number tells it.
fn by_nlsp(node: u8, network: NetworkNumber, hops: u16) -> ServiceOffer {
    let mut offer = service(node, network, hops);
    offer.origin.source = ServiceSource::Nlsp;
    offer
}

fn used(services: &Services) -> Option<(ServiceSource, u8)> {
    let offer = services.get(&key("S"))?.usable()?;
    Some((offer.origin.source, offer.origin.from.0[5]))
}

#[test]
fn of_a_service_at_one_address_fewer_hops_count_then_nlsp_and_what_is_static_before_all() {
    use ServiceSource::{Nlsp, Sap, Static};
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    rib.offer(NET, rip(1, 1, 2), START).expect("there is room");
    services.offer(&rib, key("S"), service(1, NET, 3), START).expect("there is room");
    for (offer, winner) in [(by_nlsp(2, NET, 4), (Sap, 1)), (by_nlsp(3, NET, 3), (Nlsp, 3))] {
        services.offer_nlsp(&rib, key("S"), &[offer], START).expect("there is room");
        assert_eq!(used(&services), Some(winner));
    }
    let mut stated = service(4, NET, 9);
    stated.origin = ServiceOrigin { source: Static, circuit: None, from: stated.origin.from };
    services.offer(&rib, key("S"), stated, START).expect("there is room");
    assert_eq!(used(&services), Some((Static, 4)));
    assert_eq!(services.get(&key("S")).map(|s| s.offers().len()), Some(3));
}

#[test]
fn of_a_service_at_two_addresses_fewer_ticks_count_then_hops_then_the_lower_address() {
    let near = NetworkNumber(0xbb);
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    rib.offer(NET, rip(1, 1, 5), START).expect("there is room");
    rib.offer(near, rip(1, 1, 4), START).expect("there is room");
    let offers = [by_nlsp(1, NET, 2), by_nlsp(2, near, 6)];
    services.offer_nlsp(&rib, key("S"), &offers, START).expect("there is room");
    assert_eq!(used(&services).map(|(_, node)| node), Some(2), "nearer by ticks");

    // The way to it becomes as long: now hops count.
    rib.offer(near, rip(1, 1, 5), START).expect("there is room");
    services.ticks_changed(&rib, near, START);
    assert_eq!(used(&services).map(|(_, node)| node), Some(1));
    let [moved] = services.take_changes().try_into().expect("one change");
    assert_eq!((moved.old, moved.new.map(|o| o.address.network)), (None, Some(NET)));

    let offers = [by_nlsp(1, NET, 2), by_nlsp(2, near, 2)];
    services.offer_nlsp(&rib, key("S"), &offers, START).expect("there is room");
    assert_eq!(used(&services).map(|(_, node)| node), Some(2), "BB is less than C9000001");
}

#[test]
fn what_nlsp_takes_back_of_a_service_sap_does_not_bring_back_from_farther_away() {
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    rib.offer(NET, rip(1, 1, 2), START).expect("there is room");
    for (hops, stays) in [(2, true), (3, false)] {
        services.offer(&rib, key("S"), service(1, NET, hops), START).expect("there is room");
        services.offer_nlsp(&rib, key("S"), &[by_nlsp(2, NET, 2)], START).expect("room");
        services.offer_nlsp(&rib, key("S"), &[], START).expect("room");
        assert_eq!(used(&services).is_some(), stays);
    }
    assert!(services.is_empty());
    rib.withdraw(NET, &rip(1, 0, 0).origin, START);
    services.take_changes();
    services.route_changed(&rib, NET, START);
    assert_eq!(services.take_changes(), [], "nothing is left there");
}

#[test]
fn a_service_that_moves_is_no_longer_found_by_its_old_network() {
    let (mut rib, mut services) = (Rib::new(10), Services::new(10));
    rib.offer(NET, rip(1, 1, 2), START).expect("there is room");
    let elsewhere = NetworkNumber(0xdead);
    services.offer(&rib, key("S"), service(1, elsewhere, 1), START).expect("there is room");
    services.offer(&rib, key("S"), service(1, NET, 1), START).expect("there is room");
    services.take_changes();
    rib.offer(elsewhere, rip(1, 1, 2), START).expect("there is room");
    rib.withdraw(elsewhere, &rip(1, 0, 0).origin, START);
    services.route_changed(&rib, elsewhere, START);
    assert_eq!(services.take_changes(), []);
    services.withdraw(&rib, &key("S"), &service(1, NET, 1).origin, START);
    assert!(services.is_empty());
}
