//! The figures of the case study that show packets of NLSP, as captures of simulated agents, and
//! what an agent in the place of one of them does.
//!
//! - 9 and 10, `figure-10-hellos`: four agents on one CMD network. Each hello goes to each of the
//!   others, one by one.
//! - 13, `figure-13-segment`: two CMD networks tell each other by RIP and SAP, every minute, on the
//!   segment where their agents meet [nlsp §13.2, §13.6].
//! - 14, `figure-14-networks`: one agent with several CMD networks needs no such segment
//!   [nlsp §19.14].
//!
//! `IPXWAY_RECORD=1` makes the captures anew: their hashes in `captures/README.md` are others then.
//! The replies are kept with all others, by `golden`; here is what must be seen in them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ipxway::replay::capture;
use ipxway::replay::golden::Packet;
use ipxway_core::config::Padding;
use ipxway_core::sim::{SECOND, Seen, Topology, World};
use ipxway_core::wire::frame;
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::nlsp::{LspOption, Pdu};
use ipxway_core::wire::{NetworkNumber, Socket, rip};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IpProtocol, Ipv4Packet,
    Ipv4Repr, UdpPacket, UdpRepr,
};

use crate::oracle::{Judge, complaints};
use crate::root;

const CMD: u32 = 0xffff_fffd;
const ETHERNET_HEADER: usize = 14;
const IPV4_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
/// When the captures begin, since the epoch.
pub(super) const EPOCH: Duration = Duration::from_secs(1_000_000);

/// A figure.
struct Figure {
    name: &'static str,
    topology: Topology,
    /// Sites with a server.
    servers: &'static [&'static str],
    /// The LAN that is seen, if any.
    lan: Option<&'static str>,
    /// Whose datagrams are seen; `None`: everybody's.
    agent: Option<Ipv4Addr>,
    lasts: Duration,
}

fn hellos() -> Figure {
    let names = ["oslo", "rome", "kyiv", "bern"];
    let alone = |topology: Topology, name: &str| topology.agent(name, &[]);
    let topology = names.into_iter().fold(Topology::new(), alone).cmd(CMD, &names);
    let (name, lasts) = ("figure-10-hellos", 45 * SECOND);
    Figure { name, topology, servers: &[], lan: None, agent: None, lasts }
}

fn segment() -> Figure {
    let topology = Topology::new().lan("pop").agent("a1", &["pop"]).agent("a2", &["pop"]);
    let topology = topology.site("north").site("south");
    let topology = topology.cmd(CMD, &["a1", "north"]).cmd(CMD - 1, &["a2", "south"]);
    let servers = &["north", "south"];
    let (name, agent) = ("figure-13-segment", Some(Ipv4Addr::new(10, 0, 0, 1)));
    Figure { name, topology, servers, lan: Some("pop"), agent, lasts: 200 * SECOND }
}

fn networks() -> Figure {
    let offices = ["north", "south", "west"];
    let topology = Topology::new().agent("pop", &[]);
    let topology = offices.into_iter().fold(topology, Topology::site);
    let topology = (0..)
        .zip(offices)
        .fold(topology, |topology, (number, office)| topology.cmd(CMD - number, &["pop", office]));
    let name = "figure-14-networks";
    Figure { name, topology, servers: &["north"], lan: None, agent: None, lasts: 30 * SECOND }
}

impl Figure {
    fn path(&self) -> PathBuf {
        root().join("captures/made").join(self.name.to_owned() + ".pcap")
    }

    /// Lets the agents live, and gives what is seen of it.
    fn live(&self) -> Vec<Packet> {
        let topology = self.topology.clone().tune(|config| {
            // Full-size hellos say nothing about a figure.
            config.cmd_networks.iter_mut().for_each(|network| network.nlsp.padding = Padding::Off);
        });
        let mut world = World::seeded(10).with(topology);
        let packets: Rc<RefCell<Vec<Packet>>> = Rc::default();
        let kept = Rc::clone(&packets);
        let (seen_lan, agent) = (self.lan, self.agent);
        world.watch(move |seen| {
            let (at, frame) = match seen {
                Seen::Frame { at, lan, frame } if Some(lan) == seen_lan => (at, frame.to_vec()),
                Seen::Datagram { at, from, to, payload }
                    if agent.is_none_or(|agent| [*from.ip(), *to.ip()].contains(&agent)) =>
                {
                    (at, datagram(from, to, payload))
                }
                _ => return,
            };
            let time = EPOCH + Duration::from_micros(at.as_micros());
            kept.borrow_mut().push((time, frame));
        });
        for lan in self.servers {
            world.server(lan, &format!("SERVER-{lan}"));
        }
        world.run_for(self.lasts);
        packets.take()
    }

    /// The capture that is kept; made anew, if that is asked for.
    fn capture(&self) -> Vec<Packet> {
        if std::env::var_os("IPXWAY_RECORD").is_some_and(|value| value != "0") {
            capture::write(&self.path(), &self.live()).unwrap();
        }
        capture::read(&self.path()).unwrap()
    }
}

/// A datagram in IPv4 and Ethernet.
pub(super) fn datagram(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let checksums = ChecksumCapabilities::default();
    let mut bytes = vec![0; ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER + payload.len()];
    let station = |ip: &Ipv4Addr| {
        let [a, b, c, d] = ip.octets();
        EthernetAddress([2, 0, a, b, c, d])
    };
    let ethernet = EthernetRepr {
        src_addr: station(from.ip()),
        dst_addr: station(to.ip()),
        ethertype: EthernetProtocol::Ipv4,
    };
    ethernet.emit(&mut EthernetFrame::new_unchecked(&mut bytes[..]));
    let ip = Ipv4Repr {
        src_addr: *from.ip(),
        dst_addr: *to.ip(),
        next_header: IpProtocol::Udp,
        payload_len: UDP_HEADER + payload.len(),
        hop_limit: 64,
    };
    let bytes_of_ip = &mut bytes[ETHERNET_HEADER..];
    ip.emit(&mut Ipv4Packet::new_unchecked(&mut *bytes_of_ip), &checksums);
    UdpRepr { src_port: from.port(), dst_port: to.port() }.emit(
        &mut UdpPacket::new_unchecked(&mut bytes_of_ip[IPV4_HEADER..]),
        &(*from.ip()).into(),
        &(*to.ip()).into(),
        payload.len(),
        |data| data.copy_from_slice(payload),
        &checksums,
    );
    bytes
}

/// A packet of a capture as those read it who look for IPX.
struct Read {
    /// Since the capture began.
    at: Duration,
    /// Both ends of its datagram; `None` on a LAN.
    ends: Option<(Ipv4Addr, Ipv4Addr)>,
    header: Header,
    data: Bytes,
}

impl Read {
    fn pdu(&self) -> Option<Pdu> {
        let nlsp = self.header.destination.socket == Socket::NLSP;
        nlsp.then(|| Pdu::decode(&self.data).unwrap())
    }

    fn is_hello(&self) -> bool {
        matches!(self.pdu(), Some(Pdu::LanHello(_)))
    }
}

fn read(packets: &[Packet]) -> Vec<Read> {
    let start = packets.first().map_or(Duration::ZERO, |(time, _)| *time);
    let read = packets.iter().filter_map(|(time, bytes)| {
        let ethernet = EthernetFrame::new_checked(bytes).ok()?;
        let (ends, packet) = if ethernet.ethertype() == EthernetProtocol::Ipv4 {
            let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
            let udp = UdpPacket::new_checked(ip.payload()).ok()?;
            (Some((ip.src_addr(), ip.dst_addr())), udp.payload().to_vec())
        } else {
            (None, bytes[frame::locate(bytes).ok()?.packet].to_vec())
        };
        let header = Header::decode(&packet).ok()?;
        let data = Bytes::from(packet).slice(HEADER_LEN..usize::from(header.length));
        Some(Read { at: *time - start, ends, header, data })
    });
    read.collect()
}

/// What the agent sent when the capture was played to it.
fn golden(name: &str) -> Vec<Read> {
    let path = root().join("tests/replay/golden").join(name.to_owned() + ".pcap");
    read(&capture::read(&path).unwrap())
}

fn report(name: &str) -> String {
    let path = root().join("tests/replay/golden").join(name.to_owned() + ".txt");
    std::fs::read_to_string(path).unwrap()
}

/// The line of a report about a network.
fn route(report: &str, network: u32) -> &str {
    let network = NetworkNumber(network).to_string();
    let line = report.lines().find(|line| line.starts_with(&network));
    line.unwrap_or_else(|| panic!("no route to {network} in\n{report}"))
}

/// Checks that every hello goes to each of these, in copies of one packet and within the second
/// over which they are spread [nlsp §19.2].
fn check_copies(sent: &[Read], from: Ipv4Addr, to: &BTreeSet<Ipv4Addr>) {
    // At the start a hello also answers whoever was heard, alone.
    let settled = Duration::from_secs(3);
    let hellos: Vec<&Read> = sent
        .iter()
        .filter(|read| read.at > settled && read.is_hello())
        .filter(|read| read.ends.is_some_and(|(source, _)| source == from))
        .collect();
    let rounds = hellos.chunks(to.len());
    assert!(rounds.len() >= 2, "{from} sent {} hellos", hellos.len());
    for round in rounds {
        let reached: BTreeSet<Ipv4Addr> =
            round.iter().filter_map(|read| read.ends).map(|e| e.1).collect();
        assert_eq!(reached, *to, "{from} at {:?}", round[0].at);
        assert!(
            round.iter().all(|read| read.data == round[0].data && read.header == round[0].header)
        );
        let last = round.last().unwrap();
        assert!(last.at - round[0].at < SECOND);
        assert!(last.header.destination.node.is_broadcast());
    }
}

#[test]
fn figure_10_each_hello_of_four_agents_goes_to_the_three_others_one_by_one() {
    let agents: BTreeSet<Ipv4Addr> = (1..=4).map(|n| Ipv4Addr::new(10, 0, 0, n)).collect();
    let others = |agent| agents.iter().copied().filter(|ip| *ip != agent).collect();
    let seen = read(&hellos().capture());
    for &agent in &agents {
        check_copies(&seen, agent, &others(agent));
    }
    // The agent that takes oslo's place does the same, from its first packet on.
    let oslo = Ipv4Addr::new(10, 0, 0, 1);
    let sent = golden("figure_10_hellos");
    check_copies(&sent, oslo, &others(oslo));
    let unheard = sent.iter().filter(
        |read| matches!(read.pdu(), Some(Pdu::LanHello(hello)) if hello.neighbours.is_empty()),
    );
    let unheard: Vec<Ipv4Addr> = unheard.filter_map(|read| read.ends).map(|ends| ends.1).collect();
    assert_eq!(unheard.len(), 3, "one each, before anybody was heard: {unheard:?}");
    assert_eq!(BTreeSet::from_iter(unheard), others(oslo));
}

#[test]
fn figure_13_two_networks_tell_each_other_by_rip_and_sap_every_minute_on_a_segment() {
    let seen = read(&segment().capture());
    let sent = golden("figure_13_segment");
    for (whose, packets) in [("recorded", &seen), ("replayed", &sent)] {
        // On the segment RIP and SAP, on the CMD network neither.
        let on_the_segment = packets.iter().filter(|read| read.ends.is_none());
        assert!(on_the_segment.clone().all(|read| read.header.destination.socket != Socket::NLSP));
        let of_cmd = packets.iter().filter(|read| read.ends.is_some());
        assert!(of_cmd.clone().all(|read| read.header.destination.socket == Socket::NLSP));
        let north = NetworkNumber(0xa000_0002);
        let updates: Vec<Duration> = on_the_segment
            .filter(|read| read.header.source.socket == Socket::RIP)
            .filter(|read| read.header.destination.node.is_broadcast())
            .filter(|read| read.at > 10 * SECOND)
            .filter(|read| {
                let told = rip::Packet::decode(&read.data).unwrap();
                told.operation == rip::Operation::Response
                    && told.entries.iter().any(|entry| entry.network == north && entry.hops == 2)
            })
            .map(|read| read.at)
            .collect();
        assert!(updates.len() >= 3, "{whose}: {updates:?}");
        for pair in updates.array_windows::<2>() {
            let minute = pair[1] - pair[0];
            assert!((50 * SECOND..=70 * SECOND).contains(&minute), "{whose}: {updates:?}");
        }
    }
    // What the segment tells of the south goes to the north as routes of the segment's pseudonode.
    let south = NetworkNumber(0xa000_0003);
    let told = sent.iter().filter_map(Read::pdu).any(|pdu| match pdu {
        Pdu::Lsp(lsp) if lsp.id.node.is_pseudonode() => lsp.options().any(|option| match option {
            LspOption::External(mut routes) => routes.any(|route| route.network == south),
            _ => false,
        }),
        _ => false,
    });
    assert!(told, "{south} is told to the north");
    let report = report("figure_13_segment");
    assert!(route(&report, 0xa000_0002).contains("nlsp"), "{report}");
    assert!(route(&report, 0xa000_0003).contains("rip"), "{report}");
    assert!(report.contains("SERVER-north") && report.contains("SERVER-south"), "{report}");
}

#[test]
fn figure_14_one_agent_with_several_networks_needs_no_segment_between_them() {
    let seen = read(&networks().capture());
    let sent = golden("figure_14_networks");
    for packets in [&seen, &sent] {
        assert!(packets.iter().all(|read| read.header.destination.socket == Socket::NLSP));
    }
    let report = report("figure_14_networks");
    for (network, circuit) in
        [(0xa000_0001, "north"), (0xa000_0002, "south"), (0xa000_0003, "west")]
    {
        let route = route(&report, network);
        assert!(route.contains("nlsp") && route.contains(circuit), "{route}");
    }
    // What one office says goes to the two others, as it is.
    let offices: Vec<Ipv4Addr> = (2..=4).map(|n| Ipv4Addr::new(10, 0, 0, n)).collect();
    for (office, system) in offices.iter().zip(2_u8..) {
        let reached: BTreeSet<Ipv4Addr> = sent
            .iter()
            .filter(|read| match read.pdu() {
                Some(Pdu::Lsp(lsp)) => lsp.id.node.system.0 == [2, 0, 0xc0, 0, 0, system],
                _ => false,
            })
            .filter_map(|read| read.ends)
            .map(|(_, to)| to)
            .collect();
        let others: BTreeSet<Ipv4Addr> =
            offices.iter().copied().filter(|ip| ip != office).collect();
        assert!(others.is_subset(&reached), "of {office}: {reached:?}");
    }
    assert!(report.contains("SERVER-north"), "{report}");
}

#[test]
fn other_decoders_find_nothing_wrong_with_the_captures_of_the_figures() {
    for figure in [hellos(), segment(), networks()] {
        assert_eq!(complaints(&figure.path(), Judge::Everyone), Vec::<String>::new());
    }
}
