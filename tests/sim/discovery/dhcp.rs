//! Options from DHCP: directory agents, scopes, and the number and agents of a CMD network.

use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use ipxway_core::config::{Config, DaDiscovery, DirectoryAgent, Discovery};
use ipxway_core::ids::InterfaceId;
use ipxway_core::random::Random;
use ipxway_core::router::{
    Command, DiscoveryEvent, Event, Input, InterfaceState, IpService, Reply,
};
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, within};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::dhcp::{Ack, CLIENT_PORT, Inform, Kind, Options, SERVER_PORT, code, kind};

use super::{all_joined, by_slp, count};
use crate::seeds;

const SITES: [&str; 3] = ["oslo", "rome", "kyiv"];
/// Addresses of a topology count from 10.0.0.1.
pub(super) const ADDRESSES: [Ipv4Addr; 3] =
    [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3)];
const ROME: Ipv4Addr = ADDRESSES[1];
pub(super) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 9);

/// A server of DHCP on the island of an agent; what it says can be changed, and with `None` it is
/// silent.
#[derive(Clone)]
pub(super) struct Server {
    says: Rc<RefCell<Option<Options>>>,
    asked: Rc<Cell<u32>>,
}

impl Server {
    pub(super) fn beside(world: &mut World, agent: &str, says: Option<Options>) -> Self {
        let server = Self { says: Rc::new(RefCell::new(says)), asked: Rc::default() };
        let shared = server.clone();
        world.machine(agent, SERVER, IpService::Dhcp, move |from, _, payload| {
            // Whatever else comes to port 67 would be a request for an address.
            let inform = Inform::decode(payload).expect("agents ask for options alone");
            assert_eq!((from.port(), *from.ip()), (CLIENT_PORT, inform.ip));
            shared.asked.set(shared.asked.get() + 1);
            let Some(options) = shared.says.borrow().clone() else { return Vec::new() };
            let ack =
                Ack { xid: inform.xid, ip: inform.ip, mac: inform.mac, server: SERVER, options };
            vec![(from, ack.encode())]
        });
        server
    }

    fn say(&self, options: Option<Options>) {
        *self.says.borrow_mut() = options;
    }
}

/// The agents ask DHCP.
pub(super) fn ask_dhcp(config: &mut Config) {
    config.interfaces.iter_mut().for_each(|interface| interface.dhcp = true);
}

fn number_from_dhcp(config: &mut Config) {
    ask_dhcp(config);
    config.cmd_networks[0].number_from_dhcp = true;
}

/// The number of an agent's CMD network; 0 while it has none.
fn number_of(world: &World, agent: &str) -> u32 {
    if !world.is_alive(agent) {
        return 0;
    }
    let circuits = world.agent(agent).router().circuits();
    circuits.iter().find(|circuit| circuit.is_cmd()).unwrap().network.0
}

fn network(number: u32) -> Options {
    let value = [&[2, 0, 12, 4][..], &number.to_be_bytes()].concat();
    Options::default().with(code::NETWARE, &value)
}

pub(super) fn directory_agents(mandatory: u8, ips: &[Ipv4Addr]) -> Options {
    let mut value = vec![mandatory];
    ips.iter().for_each(|ip| value.extend_from_slice(&ip.octets()));
    Options::default().with(code::DIRECTORY_AGENTS, &value)
}

fn events(world: &World, agent: &str, name: &str) -> usize {
    let named = |event: &Event| matches!(event, Event::Discovery(it) if it.name() == name);
    world.events(agent).filter(|(_, event)| named(event)).count()
}

/// Rome serves `scope`; nobody but DHCP says so, and multicast is off.
fn island_without_multicast(scope: &'static str) -> Topology {
    by_slp(&SITES).tune(ask_dhcp).tune(move |config| {
        config.slp.multicast = false;
        for interface in &mut config.interfaces {
            interface.slp.as_mut().unwrap().groups.clear();
        }
        if config.name == "ROME" {
            let scopes = vec![scope.to_owned()];
            config.slp.directory_agent =
                Some(DirectoryAgent { scopes, ..DirectoryAgent::default() });
        }
    })
}

#[test]
fn a_site_needs_nothing_but_what_dhcp_tells() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(island_without_multicast("ME_SCOPE"));
        let sent = count(&mut world);
        let says = directory_agents(0, &[ROME]).with(code::SCOPES, b"\x00ME_SCOPE");
        Server::beside(&mut world, "oslo", Some(says));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        assert_eq!(world.registered("rome"), 3);
        assert_eq!(sent.get().to_groups, 0);
    });
}

#[test]
fn scopes_that_dhcp_leaves_free_are_those_of_the_directory_agents() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(island_without_multicast("ELSEWHERE"));
        let says = directory_agents(0, &[ROME]).with(code::SCOPES, &[1]);
        Server::beside(&mut world, "oslo", Some(says));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
    });
}

#[test]
fn the_operators_scopes_go_before_those_of_dhcp_unless_these_are_mandatory() {
    for (mandatory, joined) in [(0, true), (1, false)] {
        let topology = island_without_multicast("ME_SCOPE")
            .tune(|config| config.slp.scopes = Some(vec!["ME_SCOPE".to_owned()]));
        let mut world = World::seeded(1).with(topology);
        let other = [&[mandatory][..], b"OTHER"].concat();
        Server::beside(
            &mut world,
            "oslo",
            Some(directory_agents(0, &[ROME]).with(code::SCOPES, &other)),
        );
        world.run_for(2 * MINUTE);
        assert_eq!(all_joined(&world, &SITES), joined, "mandatory {mandatory}");
    }
}

#[test]
fn scopes_that_come_late_are_registered_in_all_the_same() {
    seeds(|seed| {
        let topology = island_without_multicast("ME_SCOPE")
            .tune(|config| config.slp.da_discovery = DaDiscovery::ALL);
        let topology = topology.tune(|config| config.slp.directory_agents = vec![ROME.into()]);
        let mut world = World::seeded(seed).with(topology);
        let server = Server::beside(&mut world, "oslo", None);
        world.run_for(5 * MINUTE);
        assert_eq!(world.registered("rome"), 0, "the scope is another");
        // Three questions an agent, and no fourth before an hour has passed.
        assert_eq!(server.asked.get(), 9);
        server.say(Some(Options::default().with(code::SCOPES, b"\x00ME_SCOPE")));
        world.run_until(|w| all_joined(w, &SITES), within(70 * MINUTE));
    });
}

#[test]
fn no_multicast_search_where_dhcp_forbids_it() {
    for (mandatory, searches) in [(0, true), (1, false)] {
        let seven = DaDiscovery::of(7).unwrap();
        let topology = by_slp(&SITES).tune(ask_dhcp).tune(|config| {
            config.slp.da_discovery = seven;
            if config.name == "ROME" {
                config.slp.directory_agent = Some(DirectoryAgent::default());
            }
        });
        let mut world = World::seeded(2).with(topology);
        let searched = Rc::new(Cell::new(0));
        let shared = Rc::clone(&searched);
        world.watch(move |seen| {
            if let Seen::Service { from, to, payload, .. } = seen
                && *from.ip() != ROME
                && to.ip().is_multicast()
                && payload[1] == 1
            {
                shared.set(shared.get() + 1);
            }
        });
        Server::beside(&mut world, "oslo", Some(directory_agents(mandatory, &[ROME])));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        assert_eq!(searched.get() > 0, searches, "mandatory {mandatory}");
    }
}

#[test]
fn the_number_of_the_cmd_network_comes_from_dhcp_and_is_kept() {
    seeds(|seed| {
        let mut world = World::seeded(seed).with(by_slp(&SITES).tune(number_from_dhcp));
        let server = Server::beside(&mut world, "oslo", Some(network(0xdead_beef)));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        assert!(SITES.iter().all(|name| number_of(&world, name) == 0xdead_beef));
        assert_eq!(events(&world, "oslo", "dhcp-network"), 1);
        // Another one later changes nothing until the next start.
        server.say(Some(network(0xbad)));
        world.run_for(70 * MINUTE);
        assert_eq!(events(&world, "oslo", "dhcp-network-changed"), 1);
        assert!(SITES.iter().all(|name| number_of(&world, name) == 0xdead_beef));
        assert!(all_joined(&world, &SITES));
        // The server is silent: the last number it told is the one.
        server.say(None);
        world.kill("oslo");
        world.restart("oslo");
        world.run_for(13 * SECOND);
        assert_eq!(number_of(&world, "oslo"), 0, "there is still hope");
        world.run_for(2 * SECOND);
        assert_eq!(number_of(&world, "oslo"), 0xbad);
    });
}

#[test]
fn without_a_number_from_dhcp_it_is_the_default() {
    for (says, wait) in [(None, 15 * SECOND), (Some(Options::default()), SECOND)] {
        let mut world = World::seeded(3).with(by_slp(&SITES).tune(number_from_dhcp));
        Server::beside(&mut world, "oslo", says);
        world.run_until(|w| number_of(w, "oslo") == NetworkNumber::DEFAULT_CMD.0, within(wait));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
    }
    // One that was kept does not count where a server has another opinion: none.
    let mut world = World::seeded(3).with(by_slp(&SITES).tune(number_from_dhcp));
    let server = Server::beside(&mut world, "oslo", Some(network(0xbad)));
    world.run_for(SECOND);
    assert_eq!(number_of(&world, "oslo"), 0xbad);
    server.say(Some(Options::default()));
    world.kill("oslo");
    world.restart("oslo");
    world.run_for(SECOND);
    assert_eq!(number_of(&world, "oslo"), NetworkNumber::DEFAULT_CMD.0);
}

#[test]
fn an_unnumbered_cmd_network_takes_no_packets_and_sends_none() {
    let names = ["oslo", "rome"];
    let topology = names.iter().fold(Topology::new(), |topology, name| topology.site(name));
    let topology = topology.cmd(0xdead_beef, &names);
    let mut world = World::seeded(4).with(topology.tune(|config| {
        if config.name == "OSLO" {
            config.cmd_networks[0].number_from_dhcp = true;
        }
    }));
    // Nobody asks DHCP, so it waits for one who would, and takes the default in the end.
    world.run_for(13 * SECOND);
    assert_eq!((world.peers_up("oslo"), world.peers_up("rome")), (0, 0));
    world.ask("oslo", Command::ShowNlspNeighbors { after: None });
    let Some(Reply::NlspNeighbors { neighbors, .. }) = world.replies("oslo").last() else {
        panic!("no reply");
    };
    assert_eq!(neighbors.len(), 0);
    world.run_for(2 * SECOND);
    assert_eq!(number_of(&world, "oslo"), NetworkNumber::DEFAULT_CMD.0);
}

#[test]
fn an_interface_that_is_not_there_is_not_waited_for_for_ever() {
    let mut world = World::seeded(4).with(by_slp(&SITES).tune(number_from_dhcp));
    Server::beside(&mut world, "oslo", None);
    world.run_for(SECOND);
    let reason = "port 427 is in use".to_owned();
    let (id, state) = (InterfaceId(0), InterfaceState::Down { reason });
    world.give("oslo", Input::Interface { id, state });
    world.run_for(12 * SECOND);
    assert_eq!(number_of(&world, "oslo"), 0);
    world.run_for(2 * SECOND);
    assert_eq!(number_of(&world, "oslo"), NetworkNumber::DEFAULT_CMD.0);
}

#[test]
fn the_agents_that_dhcp_lists_are_the_peers() {
    seeds(|seed| {
        let topology = by_slp(&SITES).tune(ask_dhcp).tune(|config| {
            config.cmd_networks[0].agents_from_dhcp = true;
            config.cmd_networks[0].discovery = Discovery::Static { announce: false };
            config.interfaces.iter_mut().for_each(|interface| interface.slp = None);
        });
        let mut world = World::seeded(seed).with(topology);
        let ips: Vec<u8> = ADDRESSES.iter().flat_map(Ipv4Addr::octets).collect();
        let length = u8::try_from(ips.len()).unwrap();
        let list = [&[2, 0, 14, length][..], &ips].concat();
        let options = Options::default().with(code::NETWARE, &list);
        let server = Server::beside(&mut world, "oslo", Some(options));
        world.run_until(|w| all_joined(w, &SITES), within(40 * SECOND));
        // A server that falls silent takes nobody's peers away.
        server.say(None);
        world.run_for(70 * MINUTE);
        assert!(all_joined(&world, &SITES));
    });
}

#[test]
fn answers_that_are_none_to_a_question_of_ours_are_not_believed() {
    let mut world = World::seeded(5).with(by_slp(&SITES).tune(number_from_dhcp));
    let forged = Ipv4Addr::new(10, 6, 6, 6);
    world.machine("oslo", SERVER, IpService::Dhcp, move |from, _, payload| {
        let inform = Inform::decode(payload).unwrap();
        let says = network(0xbad);
        let ack = |xid, ip| {
            let (server, options) = (forged, says.clone());
            Ack { xid, ip, mac: inform.mac, server, options }.encode()
        };
        let nak = {
            let mut nak = ack(inform.xid, inform.ip);
            nak[242] = 6;
            nak
        };
        vec![
            (from, ack(inform.xid ^ 1, inform.ip)),
            (from, ack(inform.xid, forged)),
            (from, nak),
            (from, vec![0; 10]),
        ]
    });
    world.run_for(20 * SECOND);
    assert_eq!(number_of(&world, "oslo"), NetworkNumber::DEFAULT_CMD.0);
    assert_eq!(events(&world, "oslo", "dhcp-answered"), 0);
    assert_eq!(events(&world, "oslo", "dhcp-silent"), 1);
}

#[test]
fn damaged_answers_break_nothing_and_what_is_believed_of_them_makes_sense() {
    for seed in 0..40 {
        let mut world = World::seeded(seed).with(by_slp(&SITES).tune(number_from_dhcp));
        let mut random = Random::seeded(seed);
        world.machine("oslo", SERVER, IpService::Dhcp, move |from, _, payload| {
            let inform = Inform::decode(payload).unwrap();
            let says = directory_agents(1, &[ROME]).with(code::SCOPES, b"\x00ME_SCOPE");
            let list = [&[2, 0, 12, 4, 0xde, 0xad, 0xbe, 0xef, 14, 4][..], &ROME.octets()].concat();
            let options = says.with(code::NETWARE, &list);
            let (xid, ip, mac) = (inform.xid, inform.ip, inform.mac);
            let sound = Ack { xid, ip, mac, server: SERVER, options }.encode();
            let damaged = (0..50).map(|_| {
                let mut bytes = sound.clone();
                // The number and addresses stay, or it would be no answer.
                for _ in 0..=random.below(4) {
                    let at = 236 + usize::try_from(random.below(60)).unwrap();
                    bytes[at] = u8::try_from(random.below(256)).unwrap();
                }
                bytes.truncate(240 + usize::try_from(random.below(100)).unwrap());
                (from, bytes)
            });
            damaged.collect()
        });
        world.run_for(2 * MINUTE);
        for name in SITES {
            let number = NetworkNumber(number_of(&world, name));
            assert!(number.is_assignable(), "{number}");
            assert!(world.is_alive(name));
        }
        world.check_limits();
    }
}

#[test]
fn what_makes_no_sense_is_told_and_the_rest_counts() {
    let mut world = World::seeded(6).with(by_slp(&SITES).tune(number_from_dhcp));
    let says = network(0xdead_beef)
        .with(code::DIRECTORY_AGENTS, &[1, 10, 0])
        .with(code::SCOPES, b"\x01\x07");
    Server::beside(&mut world, "oslo", Some(says));
    world.run_for(SECOND);
    assert_eq!(number_of(&world, "oslo"), 0xdead_beef);
    let ignored = world.events("oslo").filter_map(|(_, event)| match event {
        Event::Discovery(DiscoveryEvent::DhcpOptionIgnored { option, .. }) => Some(*option),
        _ => None,
    });
    assert_eq!(ignored.collect::<Vec<_>>(), [code::DIRECTORY_AGENTS, code::SCOPES]);
}

#[test]
fn operators_see_what_dhcp_tells() {
    let mut world = World::seeded(7).with(by_slp(&SITES).tune(ask_dhcp));
    let dead = Ipv4Addr::new(10, 1, 2, 3);
    let says = directory_agents(1, &[dead]).with(code::SCOPES, b"\x01ME_SCOPE");
    Server::beside(&mut world, "oslo", Some(says));
    world.run_for(MINUTE);
    world.ask("oslo", Command::ShowDhcp);
    let Some(Reply::Dhcp { interfaces }) = world.replies("oslo").last() else { panic!("no reply") };
    let row = &interfaces[0];
    assert_eq!((row.state.as_str(), row.server), ("answered", Some(SERVER)));
    assert_eq!(row.directory_agents, [dead]);
    assert_eq!(row.scopes.as_deref(), Some("ME_SCOPE"));
    assert_eq!(row.mandatory, ["directory_agents", "scopes"]);
    assert!(row.age_s.is_some_and(|age| (50..=60).contains(&age)), "{row:?}");
}

#[test]
fn a_question_is_repeated_after_two_and_six_seconds_and_then_each_hour_to_the_known_server() {
    let mut world = World::seeded(8).with(by_slp(&["oslo"]).tune(ask_dhcp));
    let asked = Rc::new(RefCell::new(Vec::new()));
    let shared = Rc::clone(&asked);
    world.watch(move |seen| {
        if let Seen::Service { at, to, payload, .. } = seen
            && to.port() == SERVER_PORT
        {
            assert_eq!(kind(payload), Some(Kind::Inform));
            shared.borrow_mut().push((at.as_micros() / 1_000_000, to));
        }
    });
    let server = Server::beside(&mut world, "oslo", None);
    world.run_for(MINUTE);
    let everybody = SocketAddrV4::new(Ipv4Addr::BROADCAST, SERVER_PORT);
    assert_eq!(*asked.borrow(), [(0, everybody), (2, everybody), (6, everybody)]);
    server.say(Some(Options::default()));
    world.run_for(130 * MINUTE);
    let alone = SocketAddrV4::new(SERVER, SERVER_PORT);
    let seen = asked.borrow();
    let later: Vec<_> = seen[3..].iter().map(|(_, to)| *to).collect();
    assert_eq!(later, [everybody, alone], "{seen:?}");
}
