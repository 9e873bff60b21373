//! Memory with the tables at their limits.
//!
//! Resident memory is a property of a process, so a child process measures it: this test binary
//! again, with one test in it. It reports the peak (`VmHWM`) that the kernel noted.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;
use std::sync::Arc;

use ipxway_core::Time;
use ipxway_core::agent::Agent;
use ipxway_core::config::{CmdNetwork, Config, Lan, Port, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::router::{Input, PortAddress, PortState};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd, rip, sap};

/// The most that an agent may take, in KiB.
const LIMIT_KIB: u64 = 256 * 1_024;
/// Set in the child.
const CHILD: &str = "IPXWAY_SIM_MEASURES_ITSELF";
/// Peers that tell every route at equal cost: as many as alternates are kept of one.
const TELLERS: u8 = 8;
const ROUTES: u32 = 50_000;
const SERVICES: u32 = 100_000;

#[test]
fn fifty_thousand_routes_and_a_hundred_thousand_services_fit_into_256_mib() {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["limits::the_child_fills_its_tables", "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let report = text.lines().find_map(|line| line.split_once("peak KiB: "));
    let peak: u64 = report.expect("the child reports").1.trim().parse().unwrap();
    assert!(peak <= LIMIT_KIB, "{peak} KiB at the peak, {LIMIT_KIB} are allowed");
}

/// Does nothing unless it is the child of the test above.
#[test]
fn the_child_fills_its_tables() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut agent = Agent::new(Arc::new(config()), 1, Time::ZERO);
    let mut now = Time::ZERO;
    let mac = Some(NodeAddress([2, 0, 0, 0, 0, 1]));
    let lan = PortAddress { mac, ip: None, mtu: 1_500 };
    let udp = PortAddress { mac: None, ip: Some(Ipv4Addr::new(10, 0, 0, 1)), mtu: 1_500 };
    for (id, address) in [(0, lan), (1, udp)] {
        agent.handle(now, Input::Port { id: PortId(id), state: PortState::Up(address) });
    }
    run(&mut agent, &mut now, 5);
    let mut report = String::new();
    for teller in 0..TELLERS {
        tell_routes(&mut agent, now, peer(teller), 1);
    }
    tell_services(&mut agent, now, peer(0), 1);
    let router = agent.router();
    assert_eq!(router.rib().len(), 50_000);
    assert_eq!(router.services().len(), 100_000);
    let peers: usize = router.circuits().iter().map(|circuit| circuit.peers().count()).sum();
    assert_eq!(peers, 1_024);
    writeln!(report, "full KiB: {}", peak_kib()).unwrap();
    // All of it is news to the LAN and the peers; then all of it is lost at once.
    run(&mut agent, &mut now, 10);
    writeln!(report, "told KiB: {}", peak_kib()).unwrap();
    for teller in 0..TELLERS {
        tell_routes(&mut agent, now, peer(teller), 16);
    }
    run(&mut agent, &mut now, 10);
    eprintln!("{report}peak KiB: {}", peak_kib());
}

fn config() -> Config {
    let peers = (0..1_024_u32).map(|n| Ipv4Addr::from(0x0a00_0100 + n)).collect();
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    Config {
        internal_network: Some(NetworkNumber(0xc0ff_ee01)),
        ports: vec![port("tap0", PortKind::Tap), port("10.0.0.1:2654", PortKind::Udp)],
        lans: vec![Lan::new("office", PortId(0), Framing::EthernetII, NetworkNumber(0xa1))],
        cmd_networks: vec![
            CmdNetwork::new("wan", PortId(1), NetworkNumber::DEFAULT_CMD, peers).by_rip_and_sap(),
        ],
        ..Config::default()
    }
}

fn peer(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 1, number)
}

/// Lets the agent work for so many seconds; what it sends is thrown away.
fn run(agent: &mut Agent, now: &mut Time, seconds: u64) {
    let end = *now + std::time::Duration::from_secs(seconds);
    while let Some(due) = agent.next_timeout().filter(|&due| due <= end) {
        *now = due.max(*now);
        agent.handle(*now, Input::Timeout);
        while agent.poll().is_some() {}
    }
    *now = end;
}

fn send(
    agent: &mut Agent,
    now: Time,
    from: Ipv4Addr,
    kind: PacketType,
    socket: Socket,
    data: &[u8],
) {
    let network = NetworkNumber::DEFAULT_CMD;
    let source = Address::new(network, cmd::node(from), socket);
    let to = Address::new(network, NodeAddress::BROADCAST, socket);
    let packet = Header::new(kind, source, to).packet(data);
    agent.receive_datagram(now, PortId(1), SocketAddrV4::new(from, cmd::DEFAULT_PORT), &packet);
    while agent.poll().is_some() {}
}

fn tell_routes(agent: &mut Agent, now: Time, from: Ipv4Addr, hops: u16) {
    for first in (0..ROUTES).step_by(rip::MAX_ENTRIES) {
        let entries: Vec<rip::Entry> = (first..first + 50)
            .map(|n| rip::Entry { network: NetworkNumber(0x0100_0000 + n), hops, ticks: 2 })
            .collect();
        let data = rip::encode(rip::Operation::Response, &entries);
        send(agent, now, from, PacketType::RIP, Socket::RIP, &data);
    }
}

fn tell_services(agent: &mut Agent, now: Time, from: Ipv4Addr, hops: u16) {
    for first in (0..SERVICES).step_by(sap::MAX_ENTRIES) {
        let entries: Vec<sap::Entry> = (first..SERVICES.min(first + 7))
            .map(|n| {
                let network = 0x0100_0000 + n % 40_000;
                let address = sap::service_address(network, NodeAddress::INTERNAL.0, 0x451);
                sap::Entry::new(4, &format!("SERVER-{n:06}"), address, hops)
            })
            .collect();
        let data = sap::encode_response(sap::Kind::General, &entries);
        send(agent, now, from, PacketType::PEP, Socket::SAP, &data);
    }
}

/// The most resident memory that this process had so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
