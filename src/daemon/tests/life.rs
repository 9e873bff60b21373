//! Ports that come and go, an agent that leaves, a router that fails.

use std::sync::Arc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::journal;
use ipxway_core::router::{Command, Event, Input, PortState, Reply};
use ipxway_core::wire::NodeAddress;
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::{Socket, rip};
use ipxway_drivers::links::{LinkEvent, LinkInfo};

use super::super::control_loop::Left;
use super::super::ports::Ports;
use super::super::punt::lanes;
use super::super::signals::Signal;
use super::house::{AGENT_IP, CMD, Hatch, LAN, PATIENCE, WIRE, build, run};
use crate::config::shell::{Device, Nic, Tap};

/// What the kernel says of the wire's device. Ports in memory have the index 0.
fn link(running: bool) -> LinkEvent {
    link_with_mtu(running, 1500)
}

fn link_with_mtu(running: bool, mtu: u32) -> LinkEvent {
    LinkEvent::Link(LinkInfo {
        index: 0,
        name: "wire".to_owned(),
        running,
        enabled: true,
        mtu,
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
            house.links.send(link_with_mtu(true, 1400)).await.unwrap();
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

#[tokio::test]
async fn an_address_that_goes_closes_its_socket_until_it_is_back() {
    let udp_is_up =
        |reply: &Reply| matches!(reply, Reply::Ports { ports } if ports.iter().all(|p| p.up));
    run(
        |_| {},
        async |house| {
            let (ip, index) = (AGENT_IP, 3);
            house.links.send(LinkEvent::Address { ip, index }).await.unwrap();
            house.until(Command::ShowPorts, udp_is_up).await;
            house.hatch.hide(CMD, "no interface has the address");
            house.links.send(LinkEvent::AddressGone { ip, index }).await.unwrap();
            let down = house.event(|event| matches!(event, Event::PortDown { .. })).await;
            assert!(down.to_string().contains("10.0.0.1"), "{down}");
            house.hatch.show(CMD);
            house.links.send(LinkEvent::Address { ip, index }).await.unwrap();
            house.until(Command::ShowPorts, udp_is_up).await;
        },
    )
    .await;
}

#[test]
fn a_tap_that_is_just_starting_up_is_not_said_to_be_down() {
    let device = Device::Tap(Tap { device: "ipx0".into(), mac: None, mtu: None, bridge: None });
    let (punts, _lanes) = lanes();
    let named = [("ipx0", &device)].into_iter();
    let (mut ports, _ended) = Ports::new(named, Box::new(Hatch::default()), punts);
    let states = |inputs: &mut Vec<Input>| -> Vec<bool> {
        let up = |input| match input {
            Input::Port { state: PortState::Up(_), .. } => true,
            Input::Port { state: PortState::Down { .. }, .. } => false,
            other => panic!("{other:?}"),
        };
        inputs.drain(..).map(up).collect()
    };
    let mut inputs = Vec::new();
    let opened = Time::from_secs(10);
    ports.tick(opened, &mut inputs);
    assert_eq!(states(&mut inputs), [true]);
    ports.link_event(opened + Duration::from_millis(3), &link(false), &mut inputs);
    assert!(states(&mut inputs).is_empty(), "the kernel tells of its making");
    assert_eq!(ports.next_deadline(), Some(opened + Duration::from_secs(1)));
    ports.tick(opened + Duration::from_secs(1), &mut inputs);
    assert_eq!(states(&mut inputs), [false], "it stayed so");
    ports.link_event(opened + Duration::from_secs(2), &link(true), &mut inputs);
    ports.link_event(opened + Duration::from_secs(3), &link(false), &mut inputs);
    assert_eq!(states(&mut inputs), [true, false]);
}

#[test]
fn a_port_that_does_not_open_is_tried_again_later_or_when_something_changes() {
    let device = Device::Nic(Nic { device: "wire".into() });
    let (punts, _lanes) = lanes();
    let hatch = Hatch::default();
    hatch.hide(LAN, "it is not there");
    let named = [("wire", &device)].into_iter();
    let (mut ports, _ended) = Ports::new(named, Box::new(hatch.clone()), punts);
    let mut inputs = Vec::new();
    let start = Time::from_secs(10);
    ports.tick(start, &mut inputs);
    assert_eq!(inputs.len(), 1);
    assert_eq!(ports.next_deadline(), Some(start + Duration::from_secs(5)));
    let soon = start + Duration::from_millis(100);
    ports.link_event(soon, &link(true), &mut inputs);
    assert_eq!(ports.next_deadline(), Some(start + Duration::from_millis(500)), "not in a loop");
    ports.tick(start + Duration::from_millis(500), &mut inputs);
    assert_eq!(inputs.len(), 1, "the same reason is not told twice");
    hatch.show(LAN);
    ports.tick(start + Duration::from_secs(6), &mut inputs);
    assert_eq!(ports.up(), (1, 1));
}
