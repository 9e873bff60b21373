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
    Offer { origin, hops, ticks, heard: START }
}

fn rip(node: u8, hops: u16, ticks: u16) -> Offer {
    offer(Source::Rip, node, hops, ticks)
}

fn best(rib: &Rib) -> Option<u8> {
    rib.best(NET).map(|offer| offer.origin.node.0[5])
}

#[test]
fn the_best_route_is_ours_then_static_then_the_fewest_ticks_then_the_fewest_hops() {
    let mut rib = Rib::new(10);
    for (offer, winner) in [
        (rip(1, 4, 9), 1),
        (rip(2, 5, 8), 2),
        (rip(3, 4, 8), 3),
        (offer(Source::Static, 4, 9, 90), 4),
        (offer(Source::Direct, 5, 0, 1), 5),
    ] {
        rib.offer(NET, offer, START).expect("there is room");
        assert_eq!(best(&rib), Some(winner));
    }
    // Of RIP's offers only the nearest was kept: the others may have it from there.
    for winner in [Some(4), Some(3), None] {
        let used = rib.best(NET).expect("one is left").origin;
        rib.withdraw(NET, &used, START);
        assert_eq!(best(&rib), winner);
    }
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
