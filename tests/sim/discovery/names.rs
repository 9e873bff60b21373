//! Names that are looked up: of directory agents, and of agents that say no address.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use bytes::Bytes;
use ipxway_core::config::{AgentHost, Config, DirectoryAgent};
use ipxway_core::ids::InterfaceId;
use ipxway_core::router::{Command, Input, IpService, Reply};
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, within};
use ipxway_core::wire::slp::{Body, Header, Message, ScopeList, SrvReg, UrlEntry, Version};

use super::{all_joined, by_slp, told};
use crate::seeds;

const SITES: [&str; 4] = ["oslo", "rome", "kyiv", "bern"];
/// The directory agent, the last of them.
const BERN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 4);
const NAME: &str = "da.example";

/// Agents without multicast, and a directory agent that all know by these alone.
fn listed(hosts: &[AgentHost]) -> Topology {
    let hosts = hosts.to_vec();
    by_slp(&SITES).tune(move |config: &mut Config| {
        config.slp.multicast = false;
        for interface in &mut config.interfaces {
            interface.slp.as_mut().unwrap().groups.clear();
        }
        if config.name == "BERN" {
            config.slp.directory_agent = Some(DirectoryAgent::default());
        } else {
            config.slp.directory_agents.clone_from(&hosts);
            // The directory agent is not among them.
            config.slp.allow = vec!["10.0.0.0/30".parse().unwrap()];
        }
    })
}

fn by_name() -> Topology {
    listed(&[AgentHost::Name(NAME.to_owned())])
}

#[test]
fn a_directory_agent_that_is_listed_by_name_is_asked_and_heard_wherever_it_is() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_name());
        world.set_name(NAME, &[BERN]);
        world.run_until(|w| w.registered("bern") == 4, within(20 * SECOND));
        // Among those that may be heard is the directory agent, as it is listed.
        world.run_until(|w| all_joined(w, &SITES), within(2 * MINUTE));
    });
}

#[test]
fn a_name_that_does_not_resolve_is_told_once_and_looked_up_until_it_does() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_name());
        world.run_for(50 * MINUTE);
        let said = told(&world, "oslo", "name-unresolved");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(NAME), "{said:?}");
        assert_eq!(world.registered("bern"), 1, "itself");
        world.set_name(NAME, &[BERN]);
        world.run_until(|w| w.registered("bern") == 4, within(15 * MINUTE + 10 * SECOND));
        // It keeps its address while nobody knows the name any more.
        world.set_name(NAME, &[]);
        world.run_for(200 * MINUTE);
        assert!(all_joined(&world, &SITES));
        assert_eq!(told(&world, "oslo", "name-unresolved").len(), 2);
    });
}

#[test]
fn a_name_with_another_address_is_another_directory_agent() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_name());
        world.set_name(NAME, &[Ipv4Addr::new(10, 0, 0, 77), Ipv4Addr::LOCALHOST]);
        world.run_for(10 * MINUTE);
        assert_eq!(world.registered("bern"), 1);
        world.set_name(NAME, &[BERN]);
        world.run_until(|w| w.registered("bern") == 4, within(61 * MINUTE));
    });
}

#[test]
fn names_and_addresses_stand_in_one_list() {
    let hosts = [AgentHost::Name("nowhere.example".to_owned()), AgentHost::Ip(BERN)];
    let mut world = World::seeded(3).with(listed(&hosts));
    world.run_until(|w| w.registered("bern") == 4, within(20 * SECOND));
}

/// Registers a service with the directory agent, from this address.
pub(super) fn register(world: &mut World, from: [u8; 4], url: &str, attributes: &str) {
    let body = Body::SrvReg(SrvReg {
        entry: UrlEntry { lifetime_s: 3_600, url: url.to_owned() },
        service_type: url.split("://").next().unwrap().to_owned(),
        scopes: ScopeList::from_names(["DEFAULT"]),
        attributes: attributes.to_owned(),
    });
    let mut header = Header::new(Version::V2, 7);
    header.flags.fresh = true;
    let payload = Bytes::from(Message::new(header, body).encode().unwrap());
    let from = SocketAddrV4::new(from.into(), 427);
    let (interface, service) = (InterfaceId(0), IpService::Slp);
    world.give("bern", Input::Datagram { interface, service, from, to: BERN, payload });
}

/// What `show slp services` says of a URL: its address, and its state.
fn service(world: &mut World, url: &str) -> (Option<Ipv4Addr>, String) {
    world.ask("oslo", Command::ShowSlpServices);
    let Some(Reply::SlpServices { services }) = world.replies("oslo").last() else { panic!() };
    let row = services.iter().find(|row| row.url.as_deref() == Some(url)).expect(url);
    (row.address, row.state.clone())
}

const ON_IT: &str = "(CMD NETWORK=FFFFFFFD)";
const NW5: &str = "service:mgw.novell:///NW5";

/// A network with a directory agent, and an agent there that says no address.
fn with_nw5(seed: u64) -> World {
    let topology = by_slp(&SITES).tune(|config: &mut Config| {
        if config.name == "BERN" {
            config.slp.directory_agent = Some(DirectoryAgent::default());
        }
    });
    let mut world = World::seeded(seed).with(topology);
    world.run_for(SECOND);
    register(&mut world, [10, 0, 0, 50], NW5, ON_IT);
    world
}

#[test]
fn an_agent_without_an_address_has_that_of_the_server_of_its_name() {
    seeds(|seed| {
        let mut world = with_nw5(seed);
        let address = "(svcaddr-ws=6-2-1000-0000A1010000000000010451,2-1-6-0A00003202080000)";
        register(&mut world, [10, 0, 0, 50], "service:bindery.novell:///NW5", address);
        // The name servers would say something else.
        world.set_name("NW5", &[Ipv4Addr::new(10, 0, 0, 51)]);
        world.run_for(MINUTE);
        let found = (Some(Ipv4Addr::new(10, 0, 0, 50)), "peer".to_owned());
        assert_eq!(service(&mut world, NW5), found);
        assert_eq!(world.peers("oslo"), 4);
    });
}

#[test]
fn without_such_a_server_it_has_the_address_that_name_servers_tell() {
    seeds(|seed| {
        let mut world = with_nw5(seed);
        // The first is refused.
        world.set_name("NW5", &[Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(10, 0, 0, 51)]);
        world.run_for(MINUTE);
        let found = (Some(Ipv4Addr::new(10, 0, 0, 51)), "peer".to_owned());
        assert_eq!(service(&mut world, NW5), found);
    });
}

#[test]
fn what_is_refused_is_refused_of_names_too_and_without_an_address_it_is_no_peer() {
    for (name, state) in [
        (Some([192, 0, 2, 1]), "outside of what is allowed"),
        (Some([127, 0, 0, 1]), "no address of another machine"),
        (Some([224, 0, 1, 22]), "an address of many machines"),
        (Some([10, 0, 0, 1]), "our own address"),
        (None, "unresolved: no address in it, and nobody knows its name"),
    ] {
        let mut world = with_nw5(11);
        let addresses: Vec<Ipv4Addr> = name.into_iter().map(Ipv4Addr::from).collect();
        world.set_name("NW5", &addresses);
        world.run_for(MINUTE);
        assert_eq!(service(&mut world, NW5), (addresses.first().copied(), state.to_owned()));
        assert_eq!(world.peers("oslo"), 3);
    }
}

#[test]
fn a_registry_full_of_names_makes_at_most_ten_questions_a_second() {
    let mut world = with_nw5(12);
    world.run_for(MINUTE);
    for n in 0..500 {
        let host = [10, 0, 1, u8::try_from(n / 50).unwrap()];
        register(&mut world, host, &format!("service:mgw.novell:///S{n}"), ON_IT);
    }
    let asked = Rc::new(Cell::new(0_u32));
    let shared = Rc::clone(&asked);
    world.watch(move |seen| {
        // Requests for attributes, of one agent.
        if let Seen::Service { from, payload, .. } = seen
            && *from.ip() == Ipv4Addr::new(10, 0, 0, 1)
            && payload.get(1) == Some(&6)
        {
            shared.set(shared.get() + 1);
        }
    });
    let mut most = 0;
    for _ in 0..600 {
        let before = asked.get();
        world.run_for(SECOND);
        most = most.max(asked.get() - before);
    }
    // One more where a second begins in the middle of a pause.
    assert!((9..=11).contains(&most), "{most} a second");
    assert!(asked.get() > 550, "{} questions: of some the bindery was asked, too", asked.get());
}
