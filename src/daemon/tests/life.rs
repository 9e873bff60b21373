//! Ports that come and go, an agent that leaves, a router that fails.

use std::sync::Arc;

use ipxway_core::journal;
use ipxway_core::router::{Command, Event, Reply};
use ipxway_core::wire::NodeAddress;
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::{Socket, rip};
use ipxway_drivers::links::{LinkEvent, LinkInfo};

use super::super::control_loop::Left;
use super::super::signals::Signal;
use super::house::{LAN, PATIENCE, WIRE, build, run};

/// What the kernel says of the wire's device. Ports in memory have the index 0.
fn link(running: bool) -> LinkEvent {
    LinkEvent::Link(LinkInfo {
        index: 0,
        name: "wire".to_owned(),
        running,
        enabled: true,
        mtu: 1400,
        mac: None,
        controller: None,
        is_bridge: false,
        is_ethernet: true,
    })
}

fn is_down(event: &Event, with: &str) -> bool {
    matches!(event, Event::PortDown { port, reason } if port == "wire" && reason.contains(with))
}

fn wire_is_up(reply: &Reply) -> bool {
    matches!(reply, Reply::Ports { ports } if ports.first().is_some_and(|port| port.up))
}

#[tokio::test]
async fn a_port_that_is_missing_at_the_start_is_told_once_and_used_when_it_comes() {
    run(
        |hatch| hatch.hide(LAN, "there is no interface `wire`"),
        async |house| {
            house.event(|event| is_down(event, "no interface")).await;
            let other = LinkEvent::LinkGone { index: 9, name: "other".to_owned() };
            house.links.send(other).await.unwrap();
            house.hatch.show(LAN);
            house.links.send(link(true)).await.unwrap();
            house.until(Command::ShowPorts, wire_is_up).await;
            let downs = house.events().await;
            assert_eq!(downs.iter().filter(|e| is_down(e, "")).count(), 1, "{downs:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_link_that_goes_down_takes_the_port_with_it_and_brings_it_back_with_its_new_mtu() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowPorts, wire_is_up).await;
            house.links.send(link(false)).await.unwrap();
            house.event(|event| is_down(event, "no carrier")).await;
            house.links.send(link(true)).await.unwrap();
            let up =
                |e: &Event| matches!(e, Event::PortUp { port, mtu: 1400, .. } if port == "wire");
            house.event(up).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_device_that_vanishes_is_opened_again_when_it_is_back() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowPorts, wire_is_up).await;
            house.hatch.hide(LAN, "there is no interface `wire`");
            house.hatch.pull(LAN);
            house.until(Command::ShowPorts, |reply| !wire_is_up(reply)).await;
            house.event(|event| is_down(event, "no interface")).await;
            house.hatch.show(LAN);
            house.links.send(link(true)).await.unwrap();
            house.until(Command::ShowPorts, wire_is_up).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_device_that_is_removed_or_renamed_is_let_go() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowPorts, wire_is_up).await;
            let gone = LinkEvent::LinkGone { index: 0, name: "wire".to_owned() };
            house.links.send(gone).await.unwrap();
            house.event(|event| is_down(event, "no interface `wire`")).await;
            // It is tried again by itself; here it is still there.
            house.until(Command::ShowPorts, wire_is_up).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_agent_that_leaves_tells_its_networks_that_what_was_behind_it_is_gone() {
    let ((), mut house) = run(
        |_| {},
        async |house| {
            house.until(Command::ShowPorts, wire_is_up).await;
        },
    )
    .await;
    let goodbye = house.station.receive(|bytes| {
        let header = Header::decode(bytes.get(14..)?).ok()?;
        let data = bytes.get(44..14 + usize::from(header.length))?;
        let packet = rip::Packet::decode(data).ok()?;
        let is_rip = header.destination.socket == Socket::RIP
            && header.destination.node == NodeAddress::BROADCAST;
        (is_rip && packet.entries.iter().any(|entry| entry.hops >= 16)).then_some(())
    });
    tokio::time::timeout(PATIENCE, goodbye).await.expect("a goodbye");
    assert!(!house.socket.exists(), "the control socket is gone");
}

#[tokio::test]
async fn a_second_signal_ends_the_agent_at_once() {
    let (mut control_loop, sources, house) = build(|_| {}).await;
    control_loop.begin().unwrap();
    house.signals.send(Signal::Stop).await.unwrap();
    house.signals.send(Signal::Stop).await.unwrap();
    let left = tokio::time::timeout(PATIENCE, control_loop.run(sources)).await.unwrap();
    // The goodbyes may be said between the two.
    assert!(matches!(left.unwrap(), Left::AtOnce | Left::Cleanly));
}

#[tokio::test]
async fn a_router_that_fails_is_made_anew_while_packets_go_on_and_three_failures_end_it() {
    let (mut control_loop, _sources, _house) = build(|_| {}).await;
    control_loop.begin().unwrap();
    let before = control_loop.ports.snapshot();
    assert!(before.fib.circuits().any(|circuit| circuit.network == WIRE && circuit.up));
    let now = control_loop.clock.now();
    control_loop.start_anew(now).unwrap();
    let circuits = control_loop.router.circuits();
    assert!(circuits.iter().all(|circuit| circuit.is_up()), "it knows of every port");
    let after = control_loop.ports.snapshot();
    assert!(Arc::ptr_eq(&before.fib, &after.fib), "the threads keep the last table");
    control_loop.start_anew(now).unwrap();
    let error = control_loop.start_anew(now).unwrap_err().to_string();
    assert!(error.contains("3 times within a minute"), "{error}");
}

#[tokio::test]
async fn the_journal_of_a_run_replays_without_a_difference() {
    let ((), house) = run(
        |_| {},
        async |house| {
            house.until(Command::ShowPorts, wire_is_up).await;
        },
    )
    .await;
    let text = std::fs::read_to_string(house.directory.path().join("journal")).unwrap();
    let reader = journal::Reader::new(text.lines()).unwrap();
    let replayed = journal::replay(reader, |_, _| {}).unwrap();
    assert!(replayed.inputs > 3, "{replayed:?}");
    assert!(replayed.difference.is_none(), "{replayed:?}");
}
