//! What the file means: the values of the file fitted together, with everything noted that does
//! not fit.
//!
//! | file | what it checks |
//! |---|---|
//! | here | names, packet sizes, ticks, peers |
//! | [`ports`] | which blocks share a device or a socket, and whether they agree |
//! | [`networks`] | network numbers against each other |
//! | [`statics`] | static routes and services against the circuits |

mod networks;
mod ports;
mod statics;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use ipxway_core::config::{CmdNetwork, Config, Lan, NlspCircuit, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::diagnostic::{Faults, Place};
use super::file::{self, Evenise, File};
use super::shell::{Control, Device, Journal, LocalAddress, LogLevel, Shell, Tap};
use ports::Ports;

/// The most CMD networks of an agent.
const MAX_CMD_NETWORKS: usize = 64;
/// The most LANs and CMD networks together: NLSP numbers circuits in one byte.
const MAX_CIRCUITS: usize = 255;
/// Time to cross a CMD network when nobody sets it [nlsp §19.1].
const DEFAULT_DELAY_US: u64 = 5_000;
/// Throughput of a CMD network when nobody sets it [nlsp §19.1].
const DEFAULT_THROUGHPUT_BPS: u64 = 10_000_000;
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
    let config = Config {
        name: file.agent.name.clone().unwrap_or(default.name),
        internal_network: file.agent.internal_network.as_ref().map(|network| network.value),
        hop_limit: file.agent.hop_limit.unwrap_or(default.hop_limit),
        limits: file.limits,
        ports,
        lans,
        cmd_networks,
        static_services: statics::services(file, faults),
        static_routes: statics::routes(file, faults),
        diagnostics: file.agent.diagnostics.unwrap_or(default.diagnostics),
        nlsp: default.nlsp,
    };
    let shell = Shell {
        devices,
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
    Lan {
        name: lan.name.as_ref().map_or(String::new(), |name| name.value.clone()),
        port,
        vlan: lan.vlan.as_ref().map(|vlan| vlan.value),
        framing,
        network: lan.network.as_ref().and_then(|network| network.value),
        ticks: lan.ticks.unwrap_or(1),
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
        nlsp: NlspCircuit::LAN,
    }
}

/// A packet must fit the MTU of its device, which any block of the device may give.
fn check_packet_sizes(file: &File, lans: &[Lan], devices: &[Device], faults: &Faults<'_>) {
    for (block, lan) in file.lans.iter().zip(lans) {
        let (Some(Device::Tap(Tap { mtu: Some(mtu), .. })), Some(most)) =
            (devices.get(lan.port.index()), &block.max_packet)
        else {
            continue;
        };
        let fits = lan.framing.max_packet(usize::from(*mtu));
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
    let network = block.network.as_ref().map_or(NetworkNumber::DEFAULT_CMD, |n| n.value);
    let peers = check_peers(block, file.limits.peers, faults);
    CmdNetwork {
        udp_port,
        ticks: check_ticks(block, faults),
        max_packet: block.max_packet,
        rip: block.rip,
        sap: block.sap,
        type20: block.type20,
        ..CmdNetwork::new(name, port, network, peers).by_rip_and_sap()
    }
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
    if peers.is_empty() && !faults.is_partial() {
        let wrong = "a CMD network without a peer reaches nobody";
        faults.warning(&block.place, wrong, "list the other agents in `peers`");
    }
    peers
}

/// The ticks that are given, or those that follow from delay and throughput [nlsp §12.4].
fn check_ticks(block: &file::CmdNetwork, faults: &Faults<'_>) -> u16 {
    let delay_us = block.delay_us.as_ref();
    let throughput_bps = block.throughput_bps.as_ref();
    if let Some(ticks) = &block.ticks {
        for other in [delay_us, throughput_bps].into_iter().flatten() {
            let line = faults.line(&ticks.place);
            let wrong = format!("`ticks` in line {line} says the same in another way");
            faults.error(&other.place, wrong, "give ticks, or delay_us and throughput_bps");
        }
        return ticks.value;
    }
    ticks(
        delay_us.map_or(DEFAULT_DELAY_US, |delay| delay.value),
        throughput_bps.map_or(DEFAULT_THROUGHPUT_BPS, |throughput| throughput.value),
    )
}

/// Ticks of 55 ms that a packet of 576 bytes takes [nlsp §12.4].
fn ticks(delay_us: u64, throughput_bps: u64) -> u16 {
    const TICK_US: u64 = 55_000;
    const PACKET_BITS: u64 = 576 * 8;
    let sending_us = (PACKET_BITS * 1_000_000).div_ceil(throughput_bps.max(1));
    let ticks = delay_us.saturating_add(sending_us).div_ceil(TICK_US);
    u16::try_from(ticks).unwrap_or(u16::MAX).max(1)
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

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn ticks_follow_from_delay_and_throughput_as_the_document_computes_them() {
        assert_eq!(ticks(5_000, 10_000_000), 1);
        assert_eq!(ticks(200, 10_000_000), 1);
        assert_eq!(ticks(20_000, 64_000), 2);
        assert_eq!(ticks(20_000, 9_600), 10);
        assert_eq!(ticks(0, 9_600), 9);
        assert_eq!(ticks(u64::MAX, 1), u16::MAX);
    }
}
