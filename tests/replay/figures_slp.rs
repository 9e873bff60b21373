//! The figures of the case study that show packets of SLP, as captures of simulated agents, and
//! what a directory agent in the place of theirs does.
//!
//! - 3, `figure-03-load`: a directory agent that loads tells both groups.
//! - 4, `figure-04-discovery`: an agent that loads asks the groups for directory agents, once, and
//!   is answered alone.
//! - 5, `figure-05-static`: the same with a list, and not one packet to a group.
//! - 6, `figure-06-registration`: it registers, and is acknowledged.
//! - 7, `figure-07-lookup`: it asks for the others of its CMD network, and for their addresses.
//! - 8, `figure-08-farewell`: it leaves, and takes itself off.
//!
//! The kernel's membership reports, which figure 3 shows too, are of no agent's making.
//! `IPXWAY_RECORD=1` makes the captures anew: their hashes in `captures/README.md` are others then.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ipxway::replay::capture;
use ipxway::replay::golden::Packet;
use ipxway_core::Time;
use ipxway_core::config::{Config, DaDiscovery, DirectoryAgent};
use ipxway_core::ids::InterfaceId;
use ipxway_core::router::{Input, InterfaceAddress, InterfaceState, IpService, Output, Router};
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World};
use ipxway_core::wire::NodeAddress;
use ipxway_core::wire::slp::{AGENTS_V1, Body, GENERAL_V1, GROUP_V2, Message, Version};
use smoltcp::wire::{EthernetFrame, Ipv4Packet, UdpPacket};

use super::figures::{EPOCH, datagram};
use crate::oracle::tshark;
use crate::root;

/// The agent that loads, another one, and the directory agent.
const SITES: [&str; 3] = ["oslo", "rome", "bern"];
const OSLO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const BERN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);

fn be_a_directory_agent(config: &mut Config) {
    if config.name == "BERN" {
        config.slp.directory_agent = Some(DirectoryAgent::default());
    }
}

fn by_list(config: &mut Config) {
    config.slp.da_discovery = DaDiscovery::STATIC;
    config.slp.directory_agents = vec![BERN.into()];
    config.slp.multicast = false;
    for interface in &mut config.interfaces {
        interface.slp.as_mut().unwrap().groups.clear();
    }
}

fn island() -> Topology {
    let sites = SITES.iter().fold(Topology::new(), |topology, name| topology.site(name));
    sites.cmd(0xffff_fffd, &SITES).by_slp().tune(be_a_directory_agent)
}

/// A message that was seen.
struct Seen427 {
    at: Duration,
    from: SocketAddrV4,
    to: SocketAddrV4,
    message: Message,
    payload: Vec<u8>,
}

impl Seen427 {
    fn is_between_oslo_and_bern(&self) -> bool {
        let ends = [*self.from.ip(), *self.to.ip()];
        ends.contains(&OSLO) && (ends.contains(&BERN) || self.to.ip().is_multicast())
    }

    fn seeks_agents(&self) -> bool {
        match &self.message.body {
            Body::SrvRqst(request) => request.service_type.ends_with("directory-agent"),
            Body::DaAdvert(_) => true,
            _ => false,
        }
    }
}

/// A figure: what of the messages since its beginning belongs to it.
struct Figure {
    name: &'static str,
    /// The directory agents are on a list, and nothing is sent to groups.
    by_list: bool,
    belongs: fn(&Seen427) -> bool,
}

const FIGURES: [Figure; 6] = [
    Figure {
        name: "figure-03-load",
        by_list: false,
        belongs: |seen| seen.at < 20 * SECOND && *seen.from.ip() == BERN && seen.seeks_agents(),
    },
    Figure { name: "figure-04-discovery", by_list: false, belongs: seeks_agents_at_load },
    Figure { name: "figure-05-static", by_list: true, belongs: seeks_agents_at_load },
    Figure {
        name: "figure-06-registration",
        by_list: false,
        belongs: |seen| {
            seen.is_between_oslo_and_bern()
                && seen.at < LEAVES
                && matches!(seen.message.body, Body::SrvReg(_) | Body::SrvAck(_))
        },
    },
    Figure {
        name: "figure-07-lookup",
        by_list: false,
        belongs: |seen| {
            seen.is_between_oslo_and_bern()
                && seen.at < LEAVES
                && !seen.seeks_agents()
                && !matches!(seen.message.body, Body::SrvReg(_) | Body::SrvAck(_))
        },
    },
    Figure {
        name: "figure-08-farewell",
        by_list: false,
        belongs: |seen| seen.is_between_oslo_and_bern() && seen.at >= LEAVES,
    },
];

/// What the agent that loads asks and is answered about directory agents.
fn seeks_agents_at_load(seen: &Seen427) -> bool {
    let minute = LOADS..LOADS + MINUTE;
    minute.contains(&seen.at) && seen.is_between_oslo_and_bern() && seen.seeks_agents()
}

/// When the agent loads, and when it leaves.
const LOADS: Duration = Duration::from_secs(120);
const LEAVES: Duration = Duration::from_secs(300);

/// Lets the island live: the directory agent alone, then another agent, then the one that is
/// watched, which leaves in the end. Gives all messages.
fn live(by_list_too: bool) -> Vec<Seen427> {
    let topology = if by_list_too { island().tune(by_list) } else { island() };
    let mut world = World::seeded(3).with(topology);
    let seen: Rc<RefCell<Vec<Seen427>>> = Rc::default();
    let kept = Rc::clone(&seen);
    world.watch(move |it| {
        if let Seen::Service { at, from, to, payload } = it {
            let message = Message::decode(payload).expect("a message of SLP");
            let (at, payload) = (Duration::from_micros(at.as_micros()), payload.to_vec());
            kept.borrow_mut().push(Seen427 { at, from, to, message, payload });
        }
    });
    world.run_for(SECOND);
    world.kill("oslo");
    world.kill("rome");
    world.run_for(59 * SECOND);
    world.restart("rome");
    world.run_for(60 * SECOND);
    world.restart("oslo");
    world.run_for(LEAVES - LOADS);
    world.stop("oslo");
    world.run_for(20 * SECOND);
    seen.take()
}

impl Figure {
    fn path(&self) -> PathBuf {
        root().join("captures/made").join(self.name.to_owned() + ".pcap")
    }

    /// The capture that is kept; made anew, if that is asked for.
    fn capture(&self) -> Vec<Packet> {
        if std::env::var_os("IPXWAY_RECORD").is_some_and(|value| value != "0") {
            let all = live(self.by_list).into_iter().filter(|seen| (self.belongs)(seen));
            let packets: Vec<Packet> = all
                .map(|seen| (EPOCH + seen.at, datagram(seen.from, seen.to, &seen.payload)))
                .collect();
            capture::write(&self.path(), &packets).unwrap();
        }
        capture::read(&self.path()).unwrap()
    }

    /// Its messages, as they are read back.
    fn messages(&self) -> Vec<Seen427> {
        let read = |(time, bytes): Packet| {
            let ethernet = EthernetFrame::new_checked(&bytes).ok()?;
            let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
            let udp = UdpPacket::new_checked(ip.payload()).ok()?;
            let payload = udp.payload().to_vec();
            Some(Seen427 {
                at: time - EPOCH,
                from: SocketAddrV4::new(ip.src_addr(), udp.src_port()),
                to: SocketAddrV4::new(ip.dst_addr(), udp.dst_port()),
                message: Message::decode(&payload).unwrap(),
                payload,
            })
        };
        let all: Vec<Seen427> = self.capture().into_iter().filter_map(read).collect();
        let odd = "_ws.malformed || _ws.expert.severity >= 6291456 || !srvloc";
        assert!(tshark(&self.path(), &["-Y", odd]).is_empty(), "{}", self.name);
        assert!(!all.is_empty(), "{}", self.name);
        all
    }
}

/// Plays to a directory agent in bern's place what others said in a capture, and gives what it
/// says to each: its function and number.
fn replayed(messages: &[Seen427]) -> Vec<(SocketAddrV4, u8, u16)> {
    let mut config = Config { name: "BERN".to_owned(), ..Config::default() };
    be_a_directory_agent(&mut config);
    config.interfaces.push(ipxway_core::config::Interface {
        name: "eth0".to_owned(),
        slp: Some(ipxway_core::config::SlpSockets {
            groups: Vec::new(),
            ttl: 32,
            broadcast: false,
            tcp: false,
        }),
        dhcp: false,
    });
    let mut router = Router::new(Arc::new(config), 1, Time::ZERO);
    let mac = Some(NodeAddress([2, 0, 0, 0, 0, 3]));
    let state = InterfaceState::Up(InterfaceAddress { ip: BERN, mac, mtu: 1_500 });
    let id = InterfaceId(0);
    let mut said = Vec::new();
    let mut feed = |now: Duration, input: Input| {
        router.handle(Time::from_micros(u64::try_from(now.as_micros()).unwrap()), input);
        while let Some(output) = router.poll() {
            if let Output::Datagram { to, payload, .. } = output {
                let message = Message::decode(&payload).unwrap();
                said.push((to, message.body.function().number(), message.header.xid));
            }
        }
    };
    feed(Duration::ZERO, Input::Interface { id, state });
    for seen in messages.iter().filter(|seen| *seen.from.ip() != BERN) {
        let (interface, service) = (id, IpService::Slp);
        let (from, to) = (seen.from, *seen.to.ip());
        let payload = Bytes::from(seen.payload.clone());
        feed(seen.at, Input::Datagram { interface, service, from, to, payload });
    }
    said
}

/// What bern said in the capture is what a directory agent in its place says to the same.
fn check_replay(messages: &[Seen427]) {
    let recorded: Vec<_> = messages
        .iter()
        .filter(|seen| *seen.from.ip() == BERN && !seen.to.ip().is_multicast())
        .map(|seen| (seen.to, seen.message.body.function().number(), seen.message.header.xid))
        .collect();
    let replayed = replayed(messages);
    assert!(!recorded.is_empty());
    for answer in &recorded {
        assert!(replayed.contains(answer), "{answer:?} is not among {replayed:?}");
    }
}

fn to(messages: &[Seen427], ip: Ipv4Addr) -> Vec<&Seen427> {
    messages.iter().filter(|seen| *seen.to.ip() == ip).collect()
}

#[test]
fn figure_3_a_directory_agent_that_loads_tells_both_groups() {
    let messages = FIGURES[0].messages();
    for (group, version) in [(GROUP_V2, Version::V2), (GENERAL_V1, Version::V1)] {
        let told = to(&messages, group);
        let adverts = told.iter().filter(|seen| {
            seen.message.header.version == version
                && matches!(&seen.message.body, Body::DaAdvert(it)
                    if it.url == format!("service:directory-agent://{BERN}"))
        });
        assert_eq!(adverts.count(), 1, "once in {group}");
    }
}

#[test]
fn figure_4_an_agent_that_loads_asks_the_groups_once_and_is_answered_alone() {
    let messages = FIGURES[1].messages();
    for (group, version) in [(GROUP_V2, Version::V2), (AGENTS_V1, Version::V1)] {
        let asked = to(&messages, group);
        let mut xids: Vec<u16> = asked.iter().map(|seen| seen.message.header.xid).collect();
        assert!(asked.iter().all(|seen| seen.message.header.version == version));
        xids.dedup();
        assert_eq!(xids.len(), 1, "one question in {group}, however often it is repeated");
    }
    assert!(to(&messages, OSLO).iter().all(|seen| *seen.from.ip() == BERN));
    check_replay(&messages);
}

#[test]
fn figure_5_with_a_list_nothing_goes_to_a_group() {
    let messages = FIGURES[2].messages();
    assert!(messages.iter().all(|seen| !seen.to.ip().is_multicast()));
    assert!(to(&messages, BERN).len() >= 2, "asked in both versions");
    check_replay(&messages);
}

#[test]
fn figure_6_an_agent_registers_and_is_acknowledged() {
    let messages = FIGURES[3].messages();
    let [register, acknowledge] = &messages[..] else { panic!("{} messages", messages.len()) };
    let Body::SrvReg(asked) = &register.message.body else { panic!() };
    assert_eq!(asked.entry.url, "service:mgw.novell:///OSLO");
    assert_eq!(asked.entry.lifetime_s, 3_600);
    assert!(asked.attributes.contains("(CMD NETWORK=FFFFFFFD)"), "{}", asked.attributes);
    assert_eq!(acknowledge.message.header.xid, register.message.header.xid);
    check_replay(&messages);
}

#[test]
fn figure_7_it_asks_for_the_others_and_for_their_addresses_by_unicast() {
    let messages = FIGURES[4].messages();
    assert!(messages.iter().all(|seen| !seen.to.ip().is_multicast()));
    let urls = messages.iter().filter_map(|seen| match &seen.message.body {
        Body::SrvRply(reply) => Some(reply.urls.len()),
        _ => None,
    });
    assert_eq!(urls.max(), Some(3), "itself, the other, and the directory agent");
    let addresses = messages.iter().filter(|seen| {
        matches!(&seen.message.body, Body::AttrRply(reply) if reply.attributes.contains("SVCADDR-WS"))
    });
    assert!(addresses.count() >= 2);
    check_replay(&messages);
}

#[test]
fn figure_8_it_takes_itself_off_when_it_leaves() {
    let messages = FIGURES[5].messages();
    let [farewell, acknowledge] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert!(matches!(&farewell.message.body, Body::SrvDereg(it)
        if it.url == "service:mgw.novell:///OSLO"));
    assert!(matches!(acknowledge.message.body, Body::SrvAck(_)));
    check_replay(&messages);
}
