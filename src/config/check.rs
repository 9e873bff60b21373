//! What the file means: the values of the file fitted together, with everything noted that does
//! not fit.
//!
//! | file | what it checks |
//! |---|---|
//! | here | names, packet sizes, peers |
//! | [`dhcp`] | what is wanted of DHCP, and where it is asked |
//! | [`crossing`] | ticks, delay and throughput of circuits |
//! | [`nlsp`] | NLSP against circuits; how many routers a packet may cross |
//! | [`ports`] | which blocks share a device or a socket, and whether they agree |
//! | [`networks`] | network numbers against each other |
//! | [`statics`] | static routes and services against the circuits |

mod crossing;
mod dhcp;
mod networks;
mod nlsp;
mod ports;
mod slp;
mod statics;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use ipxway_core::config::{CmdNetwork, Config, Lan, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::diagnostic::{Faults, Place};
use super::file::{self, Evenise, File};
use super::shell::{Control, Device, Journal, LocalAddress, LogLevel, Shell, Tap};
use crossing::Crossing;
use ports::Ports;

/// The most CMD networks of an agent.
const MAX_CMD_NETWORKS: usize = 64;
/// The most LANs and CMD networks together: NLSP numbers circuits in one byte.
const MAX_CIRCUITS: usize = 255;
/// The size of a journal when nobody sets it.
const DEFAULT_JOURNAL_MIB: u64 = 64;

/// Fits the file together. What it gives is to be used only if no error was noted.
pub(super) fn check(file: &File, faults: &Faults<'_>) -> (Config, Shell) {
    let mut ports = Ports::new(faults);
    let lans: Vec<Lan> = file.lans.iter().map(|lan| check_lan(lan, ports.lan(lan))).collect();
    let cmd_networks = file
        .cmd_networks
        .iter()
        .map(|network| check_cmd_network(network, ports.udp(network), file, faults))
        .collect();
    ports.check_addresses();
    check_counts(file, faults);
    check_names(file, faults);
    networks::check(file, faults);
    let default = Config::default();
    let (ports, devices) = ports.into_parts();
    check_packet_sizes(file, &lans, &devices, faults);
    nlsp::check(file, &lans, &devices, faults);
    let slp = slp::settings(file, faults);
    let (mut interfaces, mut locals) = slp::interfaces(file, &slp);
    dhcp::interfaces(file, &slp, &mut interfaces, &mut locals);
    dhcp::check(file, faults);
    slp::check(file, &slp, faults);
    let config = Config {
        name: file.agent.name.clone().unwrap_or(default.name),
        internal_network: file.agent.internal_network.as_ref().map(|network| network.value),
        hop_limit: nlsp::hop_limit(file),
        limits: file.limits,
        ports,
        interfaces,
        lans,
        cmd_networks,
        static_services: statics::services(file, faults),
        static_routes: statics::routes(file, faults),
        diagnostics: file.agent.diagnostics.unwrap_or(default.diagnostics),
        nlsp: nlsp::settings(file),
        slp,
    };
    let shell = Shell {
        devices,
        interfaces: locals,
        control: Control {
            socket: file
                .control
                .socket
                .clone()
                .unwrap_or_else(|| "/run/ipxway/control.sock".into()),
            mode: file.control.mode.unwrap_or(0o660),
            group: file.control.group.clone(),
        },
        state_directory: file
            .state_directory
            .clone()
            .unwrap_or_else(|| PathBuf::from("/var/lib/ipxway")),
        journal: check_journal(&file.journal, faults),
        log_level: file.log_level.unwrap_or(LogLevel::Info),
    };
    (config, shell)
}

fn check_journal(journal: &file::Journal, faults: &Faults<'_>) -> Option<Journal> {
    let Some(path) = journal.path.clone() else {
        if let Some(size) = &journal.max_size_mib {
            let wrong = "without `path` nothing is recorded";
            faults.warning(&size.place, wrong, "give `path` too, or take this out");
        }
        return None;
    };
    let max_size_mib = journal.max_size_mib.as_ref().map_or(DEFAULT_JOURNAL_MIB, |s| s.value);
    Some(Journal { path, max_size: max_size_mib * 1024 * 1024 })
}

fn check_lan(lan: &file::Lan, port: Option<(PortId, PortKind)>) -> Lan {
    let framing = lan.framing.as_ref().map_or(Framing::Llc8022, |framing| framing.value);
    let (port, kind) = port.unwrap_or((PortId::default(), PortKind::Tap));
    let crossing = Crossing::of_lan(lan);
    Lan {
        name: lan.name.as_ref().map_or(String::new(), |name| name.value.clone()),
        port,
        vlan: lan.vlan.as_ref().map(|vlan| vlan.value),
        framing,
        network: lan.network.as_ref().and_then(|network| network.value),
        ticks: crossing.ticks,
        evenise: match lan.evenise {
            Evenise::On => true,
            Evenise::Off => false,
            Evenise::Auto => framing == Framing::Raw8023 && kind == PortKind::Nic,
        },
        strip_checksum: lan.strip_checksum,
        max_packet: lan.max_packet.as_ref().map(|most| most.value),
        rip: lan.rip,
        sap: lan.sap,
        type20: lan.type20,
        nlsp: crossing.within(lan.nlsp.settings),
    }
}

/// The MTU that the configuration gives the device of a LAN; any block of the device may.
fn device_mtu(lan: &Lan, devices: &[Device]) -> Option<u16> {
    match devices.get(lan.port.index()) {
        Some(Device::Tap(Tap { mtu, .. })) => *mtu,
        _ => None,
    }
}

/// A packet must fit the MTU of its device.
fn check_packet_sizes(file: &File, lans: &[Lan], devices: &[Device], faults: &Faults<'_>) {
    for (block, lan) in file.lans.iter().zip(lans) {
        let (Some(mtu), Some(most)) = (device_mtu(lan, devices), &block.max_packet) else {
            continue;
        };
        let fits = lan.framing.max_packet(usize::from(mtu));
        if usize::from(most.value) > fits {
            let wrong = format!("larger than the MTU of {mtu} allows in {}", lan.framing);
            faults.error(&most.place, wrong, format!("give at most {fits}, or \"auto\""));
        }
    }
}

fn check_cmd_network(
    block: &file::CmdNetwork,
    (port, udp_port): (PortId, u16),
    file: &File,
    faults: &Faults<'_>,
) -> CmdNetwork {
    let name = block.name.as_ref().map_or("", |name| name.value.as_str());
    let network = number(block);
    let peers = check_peers(block, file.limits.peers, faults);
    let crossing = Crossing::of_cmd_network(block, faults);
    CmdNetwork {
        number_from_dhcp: dhcp::gives_number(file, block),
        agents_from_dhcp: dhcp::gives_agents(block),
        udp_port,
        ticks: crossing.ticks,
        max_packet: block.max_packet.as_ref().map(|most| most.value),
        rip: block.rip,
        sap: block.sap,
        type20: block.type20,
        discovery: slp::discovery(block, faults),
        exchange: nlsp::exchange(block),
        nlsp: crossing.within(block.nlsp.settings),
        ..CmdNetwork::new(name, port, network, peers)
    }
}

/// The number of a CMD network, or the one that it has if DHCP tells none.
fn number(block: &file::CmdNetwork) -> NetworkNumber {
    let given = block.network.as_ref().and_then(|network| network.value);
    given.unwrap_or(NetworkNumber::DEFAULT_CMD)
}

/// The peers without ourselves and without repetitions.
fn check_peers(block: &file::CmdNetwork, limit: usize, faults: &Faults<'_>) -> Vec<Ipv4Addr> {
    let ourselves = match block.local.as_ref().map(|local| &local.value) {
        Some(LocalAddress::Ip(ip)) => Some(*ip),
        _ => None,
    };
    let mut seen: BTreeMap<Ipv4Addr, &Place> = BTreeMap::new();
    let mut peers = Vec::new();
    for peer in &block.peers {
        if let Some(first) = seen.get(&peer.value) {
            let line = faults.line(first);
            faults.warning(&peer.place, format!("listed already in line {line}"), "list it once");
            continue;
        }
        seen.insert(peer.value, &peer.place);
        if ourselves == Some(peer.value) {
            continue;
        }
        if peers.len() == limit {
            let wrong = format!("peer number {} of this network", limit + 1);
            let right = format!("list at most {limit}, or raise `limits.peers`");
            faults.error(&peer.place, wrong, right);
            break;
        }
        peers.push(peer.value);
    }
    let listed = block.discovery.as_ref().is_some_and(|given| !given.value);
    if peers.is_empty() && listed && !dhcp::gives_agents(block) && !faults.is_partial() {
        let wrong = "a CMD network without a peer reaches nobody";
        faults.warning(&block.place, wrong, "list the other agents in `peers`");
    }
    peers
}

fn check_counts(file: &File, faults: &Faults<'_>) {
    if let Some(network) = file.cmd_networks.get(MAX_CMD_NETWORKS) {
        let wrong = format!("CMD network number {}", MAX_CMD_NETWORKS + 1);
        faults.error(&network.place, wrong, format!("have at most {MAX_CMD_NETWORKS}"));
    }
    let lans = file.lans.iter().map(|lan| &lan.place);
    let mut circuits = lans.chain(file.cmd_networks.iter().map(|network| &network.place));
    if let Some(place) = circuits.nth(MAX_CIRCUITS) {
        let wrong = format!("circuit number {}", MAX_CIRCUITS + 1);
        let right = format!("have at most {MAX_CIRCUITS} LANs and CMD networks together");
        faults.error(place, wrong, right);
    }
    if faults.is_partial() {
        return;
    }
    if file.lans.is_empty() {
        let wrong = "no LAN: no station can send or receive IPX here";
        faults.warning(&file.place, wrong, "add a [[lan]]");
    }
    if file.cmd_networks.is_empty() {
        let wrong = "no CMD network: no other site is reached";
        faults.warning(&file.place, wrong, "add a [[cmd_network]]");
    }
}

fn check_names(file: &File, faults: &Faults<'_>) {
    let lans = file.lans.iter().filter_map(|lan| lan.name.as_ref());
    let cmd_networks = file.cmd_networks.iter().filter_map(|network| network.name.as_ref());
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for name in lans.chain(cmd_networks) {
        if let Some(first) = seen.insert(&name.value, &name.place) {
            let line = faults.line(first);
            let wrong = format!("the circuit in line {line} is called so");
            faults.error(&name.place, wrong, "give each circuit a name of its own");
        }
    }
}
