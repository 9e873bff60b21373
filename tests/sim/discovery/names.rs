//! Names that are looked up: of directory agents.

use std::net::Ipv4Addr;

use ipxway_core::config::{AgentHost, Config, DirectoryAgent};
use ipxway_core::sim::{MINUTE, SECOND, Topology, World, within};

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
