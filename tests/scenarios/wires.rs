//! Mistakes in the wiring: scenario 59.

use ipxway_core::forward::Outcome;
use ipxway_core::ids::PortId;
use ipxway_core::router::{Event, Severity};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use crate::bench::{Bench, FIRST, Neighbour, SECOND, Setup, millis, seconds};

/// Runs with both ports bridged to one wire: each hears what the other sends.
fn run_bridged(bench: &mut Bench, steps: u32) -> usize {
    let mut frames = 0;
    for _ in 0..steps {
        bench.run_for(millis(10));
        for sent in bench.sent().0 {
            frames += 1;
            let other = PortId(1 - sent.port.0);
            bench.frame(other, &sent.bytes);
        }
    }
    frames
}

/// Scenario 59.
#[test]
fn two_ports_on_one_wire_are_an_alarm_and_the_second_speaks_no_rip_and_sap_any_more() {
    let mut bench =
        Setup::new().tap(0xa1, Framing::EthernetII).tap(0xa1, Framing::EthernetII).start();
    assert!(run_bridged(&mut bench, 100) > 0);
    let events = bench.events();
    let alarms: Vec<&Event> = events
        .iter()
        .map(|(_, event)| event)
        .filter(|event| matches!(event, Event::CircuitsOnOneWire { .. }))
        .collect();
    let [alarm @ Event::CircuitsOnOneWire { circuit, silenced }] = alarms.as_slice() else {
        panic!("one alarm expected: {events:?}");
    };
    assert_eq!((circuit.as_str(), silenced.as_str()), ("lan0", "lan1"));
    assert_eq!(alarm.severity(), Severity::Error);

    bench.sent();
    bench.run_for(seconds(170));
    let sent = bench.sent();
    assert!(sent.on(SECOND).is_empty(), "silenced");
    assert!(!sent.on(FIRST).rip_responses().is_empty(), "the first goes on");
    bench.run_for(seconds(12));
    let sent = bench.sent();
    assert!(!sent.on(SECOND).rip_responses().is_empty(), "three intervals without evidence");
    let router = bench.agent().router();
    assert!(router.rib().iter_after(None).all(|(_, offers)| offers.len() <= 2));
}

/// Odd thing 15 of the document's section 22.
#[test]
fn a_router_that_takes_our_wire_for_another_network_is_an_alarm_and_is_not_believed() {
    let mut bench = Setup::new().tap(0xa1, Framing::EthernetII).cmd(&[2]).started();
    let mistaken = Neighbour { network: NetworkNumber(0x99), ..bench.neighbour(FIRST, 9) };
    for _ in 0..2 {
        bench.hears_routes(&mistaken, &[(0x77, 1, 2)]);
    }
    let circuit = "lan0".to_owned();
    let (ours, theirs, node) = (NetworkNumber(0xa1), NetworkNumber(0x99), mistaken.node());
    let alarm = Event::NetworkMismatch { circuit, ours, theirs, node };
    let events: Vec<Event> = bench.events().into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, [alarm], "told once");
    assert!(bench.agent().router().rib().best(NetworkNumber(0x77)).is_none());
    assert_eq!(bench.outcome(FIRST, Outcome::RipIgnored), 2);
}
