//! NetWare's bit mask of where directory agents are known from: every value does what its bits
//! say, and agents with different values find each other.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::rc::Rc;

use ipxway_core::config::{Config, DaDiscovery, DirectoryAgent};
use ipxway_core::router::{Command, Reply};
use ipxway_core::sim::{MINUTE, SECOND, Seen, World, within};
use ipxway_core::wire::slp::{AGENTS_V1, Body, GENERAL_V1, GROUP_V2, Message};

use super::dhcp::{Server, ask_dhcp, directory_agents};
use super::{all_joined, by_slp};

/// The agent with the mask; a directory agent on its island; one that DHCP names; one on its list.
const SITES: [&str; 4] = ["oslo", "rome", "bern", "kyiv"];
const OSLO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const ROME: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const BERN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);
const KYIV: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 4);

fn be_directory_agents(config: &mut Config) {
    if config.name != "OSLO" {
        let mesh_peers = vec![ROME, BERN, KYIV];
        let agent = DirectoryAgent { mesh_peers, ..DirectoryAgent::default() };
        config.slp.directory_agent = Some(agent);
    }
}

/// What an agent asks groups for.
#[derive(Default)]
struct Asked {
    for_agents: usize,
    for_services: usize,
}

fn watch(world: &mut World) -> Rc<RefCell<Asked>> {
    let asked = Rc::new(RefCell::new(Asked::default()));
    let shared = Rc::clone(&asked);
    world.watch(move |seen| {
        let Seen::Service { from, to, payload, .. } = seen else { return };
        if *from.ip() != OSLO || !to.ip().is_multicast() {
            return;
        }
        let Ok(Message { body: Body::SrvRqst(request), .. }) = Message::decode(payload) else {
            return;
        };
        let for_agents = request.service_type.ends_with("directory-agent");
        let groups: &[_] =
            if for_agents { &[AGENTS_V1, GROUP_V2] } else { &[GENERAL_V1, GROUP_V2] };
        assert!(groups.contains(to.ip()), "{to}");
        let mut asked = shared.borrow_mut();
        *if for_agents { &mut asked.for_agents } else { &mut asked.for_services } += 1;
    });
    asked
}

fn known_agents(world: &mut World) -> BTreeSet<(Ipv4Addr, String)> {
    world.ask("oslo", Command::ShowSlpDas);
    let Some(Reply::SlpDas { das }) = world.replies("oslo").last() else { panic!("no reply") };
    let up = das.iter().filter(|da| da.state == "up");
    up.map(|da| (da.address.unwrap(), da.source.clone())).collect()
}

#[test]
fn every_value_of_the_mask_does_what_its_bits_say() {
    for value in 0..=15 {
        let mask = DaDiscovery::of(value).unwrap();
        let topology = by_slp(&SITES)
            .tune(be_directory_agents)
            .tune(ask_dhcp)
            .tune(move |config| {
                if config.name == "OSLO" {
                    config.slp.da_discovery = mask;
                    config.slp.directory_agents = vec![KYIV.into()];
                }
            })
            .island(&["bern"])
            .island(&["kyiv"]);
        let mut world = World::seeded(u64::from(value)).with(topology);
        let asked = watch(&mut world);
        Server::beside(&mut world, "oslo", Some(directory_agents(0, &[BERN])));
        world.run_for(3 * MINUTE);
        let (by_multicast, by_dhcp, by_list, brake) =
            (value & 1 != 0, value & 2 != 0, value & 4 != 0, value & 8 != 0);
        let searches = by_multicast && !(brake && (by_dhcp || by_list));
        let expected =
            [(searches, ROME, "multicast"), (by_dhcp, BERN, "dhcp"), (by_list, KYIV, "static")];
        let expected = expected.into_iter().filter(|(known, ..)| *known);
        let expected: BTreeSet<_> =
            expected.map(|(_, ip, source)| (ip, source.to_owned())).collect();
        assert_eq!(known_agents(&mut world), expected, "mask {value}");
        let asked = asked.borrow();
        assert_eq!(asked.for_agents > 0, searches, "mask {value}");
        assert_eq!(asked.for_services > 0, expected.is_empty(), "mask {value}");
        // One directory agent is enough to find all others, and to be found. Without any all are
        // found as well, for one on the island answers who asks the group; but it has no
        // registration of ours to tell of.
        let heard = if expected.is_empty() { 0 } else { 3 };
        assert_eq!((world.peers("oslo"), world.peers_up("oslo")), (3, heard), "mask {value}");
    }
}

#[test]
fn agents_with_different_values_find_each_other_at_one_directory_agent() {
    // Who knows no directory agent is registered with none: 0 and 8 are left out.
    let values: Vec<u8> = (0..=15).filter(|value| value & 7 != 0).collect();
    let names: Vec<String> = values.iter().map(|value| format!("site-{value}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    let agent = Ipv4Addr::new(10, 0, 0, 1 + u8::try_from(names.len()).unwrap());
    names.push("rome");
    let topology = by_slp(&names).tune(ask_dhcp).tune(|config| {
        config.slp.directory_agents = vec![agent.into()];
        match config.name.strip_prefix("SITE-") {
            Some(value) => {
                config.slp.da_discovery = DaDiscovery::of(value.parse().unwrap()).unwrap();
            }
            None => config.slp.directory_agent = Some(DirectoryAgent::default()),
        }
    });
    let mut world = World::seeded(1).with(topology);
    Server::beside(&mut world, "rome", Some(directory_agents(0, &[agent])));
    world.run_until(|w| all_joined(w, &names), within(90 * SECOND));
    assert_eq!(world.registered("rome"), names.len());
}

#[test]
fn a_directory_agent_of_dhcp_that_never_answers_does_not_hold_the_brake() {
    let topology = by_slp(&SITES).tune(be_directory_agents).tune(ask_dhcp);
    let topology = topology.island(&["bern"]).island(&["kyiv"]);
    let mut world = World::seeded(1).with(topology);
    let nobody = Ipv4Addr::new(10, 9, 9, 8);
    Server::beside(&mut world, "oslo", Some(directory_agents(0, &[nobody])));
    world.run_for(10 * SECOND);
    assert!(known_agents(&mut world).is_empty());
    world.run_for(MINUTE);
    let found = known_agents(&mut world);
    assert_eq!(found, BTreeSet::from([(ROME, "multicast".to_owned())]));
}
