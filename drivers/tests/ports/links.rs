//! Interfaces and addresses, looked at and watched.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipxway_drivers::links::{self, LinkEvent, LinkInfo, Monitor};

use crate::namespace::{SOON, eventually, ip, wire, within};

/// Runs `test` with a monitor in a namespace of its own.
fn watching(test: impl AsyncFnOnce(&mut Monitor) + Send + 'static) {
    within(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut monitor = Monitor::new().unwrap();
            test(&mut monitor).await;
        });
    });
}

/// Events until `wanted` holds for one, that one last.
async fn until(monitor: &mut Monitor, wanted: impl Fn(&LinkEvent) -> bool) -> Vec<LinkEvent> {
    let mut events = Vec::new();
    while !events.last().is_some_and(&wanted) {
        let Ok(event) = tokio::time::timeout(SOON, monitor.next()).await else {
            panic!("the event did not come; before it: {events:?}");
        };
        events.push(event.unwrap());
    }
    events
}

fn is_link(event: &LinkEvent, test: impl Fn(&LinkInfo) -> bool) -> bool {
    matches!(event, LinkEvent::Link(link) if test(link))
}

#[test]
fn a_look_shows_interfaces_and_addresses() {
    within(|| {
        wire("eth0", "far0");
        ip("link add br0 type bridge");
        ip("link set eth0 mtu 1400 address 02:00:00:00:00:01 master br0");
        ip("link set far0 down");
        ip("address add 10.1.1.1/24 dev far0");
        // The kernel looks after carriers at its leisure.
        let runs = |name: &str| links::link_by_name(name).unwrap().unwrap().running;
        eventually("the lost carrier is noticed", || !runs("eth0"));
        let links = links::links().unwrap();
        let find = |name: &str| links.iter().find(|link| link.name == name).unwrap();
        let (eth0, far0, br0, lo) = (find("eth0"), find("far0"), find("br0"), find("lo"));
        assert_eq!((eth0.mtu, eth0.mac), (1400, Some([2, 0, 0, 0, 0, 1])));
        assert_eq!(eth0.controller, Some(br0.index));
        assert!(eth0.enabled && !eth0.running, "its far end is down");
        assert!(!far0.enabled);
        assert!(br0.is_bridge && !eth0.is_bridge);
        assert!(eth0.is_ethernet && !lo.is_ethernet);
        assert_eq!(links::link_by_name("far0").unwrap().as_ref(), Some(far0));
        assert_eq!(links::link_by_name("eth9").unwrap(), None);
        let addresses = links::addresses().unwrap();
        assert!(addresses.contains(&(Ipv4Addr::new(10, 1, 1, 1), far0.index)));
        assert!(addresses.contains(&(Ipv4Addr::LOCALHOST, lo.index)));
    });
}

#[test]
fn a_look_can_be_taken_inside_a_runtime() {
    within(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { assert!(links::link_by_name("lo").unwrap().is_some()) });
    });
}

#[test]
fn the_monitor_begins_with_what_is_there() {
    watching(async |monitor| {
        let localhost = Ipv4Addr::LOCALHOST;
        let is_localhost =
            |event: &LinkEvent| matches!(event, LinkEvent::Address { ip, .. } if *ip == localhost);
        let events = until(monitor, is_localhost).await;
        assert!(events.iter().any(|event| is_link(event, |link| link.name == "lo")));
    });
}

#[test]
fn an_interface_is_seen_to_come_run_change_and_go() {
    watching(async |monitor| {
        ip("link add eth0 type veth peer name far0");
        until(monitor, |event| is_link(event, |link| link.name == "eth0" && !link.enabled)).await;
        ip("link set eth0 up");
        ip("link set far0 up");
        until(monitor, |event| is_link(event, |link| link.name == "eth0" && link.running)).await;
        ip("link set far0 down");
        let cut = |link: &LinkInfo| link.name == "eth0" && link.enabled && !link.running;
        until(monitor, |event| is_link(event, cut)).await;
        ip("link set eth0 mtu 1400");
        until(monitor, |event| is_link(event, |link| link.mtu == 1400)).await;
        ip("link del eth0");
        let gone =
            |event: &LinkEvent| matches!(event, LinkEvent::LinkGone { name, .. } if name == "eth0");
        until(monitor, gone).await;
    });
}

#[test]
fn a_renamed_interface_goes_under_its_old_name_and_comes_under_the_new() {
    watching(async |monitor| {
        ip("link add eth0 type bridge");
        until(monitor, |event| is_link(event, |link| link.name == "eth0")).await;
        ip("link set eth0 name lan0");
        let events = until(monitor, |event| is_link(event, |link| link.name == "lan0")).await;
        let old =
            |event: &LinkEvent| matches!(event, LinkEvent::LinkGone { name, .. } if name == "eth0");
        assert!(events.iter().any(old), "{events:?}");
    });
}

#[test]
fn an_interface_that_leaves_a_bridge_is_not_gone() {
    watching(async |monitor| {
        wire("eth0", "far0");
        ip("link add br0 type bridge");
        ip("link set eth0 master br0");
        let inside = |link: &LinkInfo| link.name == "eth0" && link.controller.is_some();
        until(monitor, |event| is_link(event, inside)).await;
        ip("link set eth0 nomaster");
        ip("link set eth0 mtu 1300");
        let events = until(monitor, |event| is_link(event, |link| link.mtu == 1300)).await;
        let gone = |event: &LinkEvent| matches!(event, LinkEvent::LinkGone { .. });
        assert!(!events.iter().any(gone), "{events:?}");
    });
}

#[test]
fn addresses_are_seen_to_come_and_go() {
    watching(async |monitor| {
        let wanted = Ipv4Addr::new(10, 9, 9, 9);
        ip("address add 10.9.9.9/32 dev lo");
        until(monitor, |event| matches!(event, LinkEvent::Address { ip, .. } if *ip == wanted))
            .await;
        ip("address del 10.9.9.9/32 dev lo");
        until(monitor, |event| matches!(event, LinkEvent::AddressGone { ip, .. } if *ip == wanted))
            .await;
    });
}

#[test]
fn nothing_is_told_twice() {
    watching(async |monitor| {
        ip("link add eth0 type bridge");
        until(monitor, |event| is_link(event, |link| link.name == "eth0")).await;
        // The kernel announces changes of what we do not look at, too.
        for alias in ["a", "b", "c"] {
            ip(&format!("link set eth0 alias {alias}"));
        }
        ip("link set eth0 mtu 1300");
        let events = until(monitor, |event| is_link(event, |link| link.mtu == 1300)).await;
        let mut links = Vec::new();
        for event in events {
            assert!(!links.contains(&event), "{event:?} came twice");
            links.push(event);
        }
    });
}

#[test]
fn messages_that_the_kernel_dropped_are_made_good() {
    watching(async |monitor| {
        until(monitor, |event| is_link(event, |link| link.name == "lo")).await;
        // Nobody reads while these run, and the socket's buffer holds a few hundred messages.
        let file = tempfile::NamedTempFile::new().unwrap();
        let add =
            (0..2000).map(|n| format!("address add 10.3.{}.{}/32 dev lo\n", n / 250, n % 250));
        let del =
            (0..1999).map(|n| format!("address del 10.3.{}.{}/32 dev lo\n", n / 250, n % 250));
        std::fs::write(file.path(), add.chain(del).collect::<String>()).unwrap();
        ip(&format!("-batch {}", file.path().display()));
        ip("address add 10.4.4.4/32 dev lo");
        let mut held = std::collections::BTreeSet::new();
        let wanted =
            [Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 3, 7, 249), Ipv4Addr::new(10, 4, 4, 4)];
        let settled = async {
            while !held.iter().copied().eq(sorted(wanted)) {
                match monitor.next().await.unwrap() {
                    LinkEvent::Address { ip, .. } => held.insert(ip),
                    LinkEvent::AddressGone { ip, .. } => held.remove(&ip),
                    _ => false,
                };
            }
        };
        let result = tokio::time::timeout(Duration::from_secs(30), settled).await;
        assert!(result.is_ok(), "{} addresses are held", held.len());
    });
}

fn sorted(mut addresses: [Ipv4Addr; 3]) -> [Ipv4Addr; 3] {
    addresses.sort_unstable();
    addresses
}
