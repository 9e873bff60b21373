//! The fuzz targets that are too slow for every length, over random bytes and scripts.

use std::net::Ipv4Addr;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Time;
use crate::agent::Agent;
use crate::ids::PortId;
use crate::router::{Input, PortAddress, PortState, Reply};
use crate::wire::NodeAddress;

/// Few cases where one is a life of an agent; `PROPTEST_CASES` makes them more.
fn a_quarter() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 4, max_shrink_iters: 500, ..usual }
}

/// A journal of an agent's first minute.
fn recorded() -> String {
    let mut agent = Agent::recorded(super::agent::config(), 7, Time::ZERO, 1 << 20);
    for (id, mac) in [(PortId(0), Some(NodeAddress([2, 0, 0, 0, 0, 1]))), (PortId(2), None)] {
        let ip = Some(Ipv4Addr::new(10, 0, 0, 1));
        let state = PortState::Up(PortAddress { mac, ip, mtu: 1500 });
        agent.handle(Time::ZERO, Input::Port { id, state });
    }
    let end = Time::from_secs(60);
    while let Some(due) = agent.next_timeout().filter(|&due| due <= end) {
        agent.handle(due, Input::Timeout);
    }
    agent.journal().to_owned()
}

proptest! {
    #![proptest_config(a_quarter())]

    #[test]
    fn an_agent_keeps_its_laws_whatever_it_is_led_through(script in vec(any::<u8>(), 0..3_000)) {
        agent(&script);
    }

    #[test]
    fn a_journal_with_any_byte_changed_is_played_or_refused(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut text = recorded().into_bytes();
        let place = place.index(text.len());
        text[place] = byte;
        journal(&text);
    }

    #[test]
    fn any_text_is_no_journal_but_an_error(bytes in vec(any::<u8>(), 0..300)) {
        journal(&bytes);
    }

    #[test]
    fn a_window_stays_within_its_buffer(steps in vec(any::<u8>(), 0..300)) {
        view(&steps);
    }
}

#[test]
fn the_targets_that_are_fast_are_targets() {
    for (name, _) in BYTES {
        assert!(TARGETS.iter().any(|(known, _)| known == name) || *name == "view", "{name}");
    }
}

/// Steps of a neighbour on the first LAN: who it is, that it is the designated router, and then a
/// look at what the agent made of it.
#[test]
fn a_script_brings_a_neighbour_up_and_its_networks_into_the_table() {
    const STEP: u8 = 0xa0;
    let hello = [&[STEP][..], &[0; 9]].concat();
    let link = [20, 0, 0, 0, 0, 0, 0];
    let says = |pseudonode: u8, more: &[u8]| {
        let head = [STEP, 3, 0, 0, 0, 0, 0, pseudonode];
        [&head[..], &link, &link, &link, more, &[0, 0]].concat()
    };
    // One option more: a route to network 501 of 3 hops and 5 ticks.
    let (router, lan) = (says(0, &[1, 5, 0, 3, 3, 5]), says(1, &[0]));
    // Twice 5.8 s, then all routes and all neighbours.
    let look = [0x9c, 0x9c, 0x0f, 0, 0, 0x0f, 0, 9, 1];
    let script = [hello, router, lan, look.to_vec()].concat();
    let replies = replies(&script);
    let [Reply::Routes { routes, .. }, Reply::NlspNeighbors { neighbors, .. }] = &replies[..]
    else {
        panic!("{replies:?}");
    };
    for (network, hops) in [(0x101, 1), (0x501, 4)] {
        let route = routes.iter().find(|row| row.network == NetworkNumber(network));
        assert_eq!(route.map(|row| row.hops), Some(hops), "{network:X} in {routes:?}");
    }
    assert_eq!(neighbors.len(), 1, "{neighbors:?}");
    assert_eq!(neighbors[0].state, "up");
}
