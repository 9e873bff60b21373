//! What was typed: every table of the file as values that are right by themselves, with their
//! places. Whether they fit together is for the [checks](super::check).

mod dhcp;
mod nlsp;
mod slp;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use ipxway_core::config::{Exchange, Limits, Mode, Rip, Sap, Type20};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::sap::ServiceType;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress};

use super::diagnostic::{Place, Placed};
use super::reader::Reader;
use super::shell::{LocalAddress, LogLevel};
use super::values::{self, NextRouter};
pub(super) use dhcp::Dhcp;
pub(super) use nlsp::{CircuitNlsp, Nlsp};
pub(super) use slp::{DirectoryAgent, Slp};

/// The whole file. `None` is a key that is missing or was at fault.
pub(super) struct File {
    /// The top of the file: where faults go that are no line's.
    pub(super) place: Place,
    pub(super) agent: Agent,
    pub(super) control: Control,
    pub(super) state_directory: Option<PathBuf>,
    pub(super) journal: Journal,
    pub(super) log_level: Option<LogLevel>,
    pub(super) limits: Limits,
    pub(super) nlsp: Nlsp,
    pub(super) slp: Slp,
    pub(super) dhcp: Dhcp,
    pub(super) lans: Vec<Lan>,
    pub(super) cmd_networks: Vec<CmdNetwork>,
    pub(super) static_routes: Vec<StaticRoute>,
    pub(super) static_services: Vec<StaticService>,
}

/// `[agent]`.
pub(super) struct Agent {
    pub(super) name: Option<String>,
    pub(super) internal_network: Option<Placed<NetworkNumber>>,
    pub(super) hop_limit: Option<u8>,
    pub(super) diagnostics: Option<bool>,
}

/// `[control]`.
pub(super) struct Control {
    pub(super) socket: Option<PathBuf>,
    pub(super) mode: Option<u32>,
    pub(super) group: Option<String>,
}

/// `[journal]`.
pub(super) struct Journal {
    pub(super) path: Option<PathBuf>,
    pub(super) max_size_mib: Option<Placed<u64>>,
}

/// `[[lan]]`.
pub(super) struct Lan {
    pub(super) place: Place,
    pub(super) name: Option<Placed<String>>,
    pub(super) device: Option<Placed<LanDevice>>,
    pub(super) bridge: Option<Placed<String>>,
    pub(super) mac: Option<Placed<NodeAddress>>,
    pub(super) mtu: Option<Placed<u16>>,
    pub(super) vlan: Option<Placed<u16>>,
    pub(super) framing: Option<Placed<Framing>>,
    pub(super) network: Option<Placed<Option<NetworkNumber>>>,
    pub(super) ticks: Option<u16>,
    pub(super) evenise: Evenise,
    pub(super) strip_checksum: bool,
    pub(super) max_packet: Option<Placed<u16>>,
    pub(super) rip: Rip,
    pub(super) sap: Sap,
    pub(super) type20: Type20,
    pub(super) nlsp: CircuitNlsp,
}

/// What a LAN is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LanDevice {
    Tap(String),
    Nic(String),
}

/// Whether odd packets are rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evenise {
    /// Where old stations need it [ipx-rip-sap §6].
    Auto,
    On,
    Off,
}

/// `[[cmd_network]]`.
pub(super) struct CmdNetwork {
    pub(super) place: Place,
    pub(super) name: Option<Placed<String>>,
    /// `None` inside: that of DHCP.
    pub(super) network: Option<Placed<Option<NetworkNumber>>>,
    pub(super) local: Option<Placed<LocalAddress>>,
    pub(super) port: Option<Placed<u16>>,
    pub(super) peers: Vec<Placed<Ipv4Addr>>,
    pub(super) max_packet: Option<Placed<u16>>,
    pub(super) delay_us: Option<Placed<u64>>,
    pub(super) throughput_bps: Option<Placed<u64>>,
    pub(super) ticks: Option<Placed<u16>>,
    pub(super) dscp: Option<Placed<u8>>,
    pub(super) exchange: Option<Placed<Exchange>>,
    /// True: by SLP.
    pub(super) discovery: Option<Placed<bool>>,
    pub(super) dhcp_agents: Option<Placed<bool>>,
    pub(super) announce: Option<Placed<bool>>,
    pub(super) rip: Rip,
    pub(super) sap: Sap,
    pub(super) type20: Type20,
    pub(super) nlsp: CircuitNlsp,
}

/// `[[static_route]]`.
pub(super) struct StaticRoute {
    pub(super) network: Option<Placed<NetworkNumber>>,
    pub(super) circuit: Option<Placed<String>>,
    pub(super) router: Option<Placed<NextRouter>>,
    pub(super) hops: Option<u16>,
    pub(super) ticks: Option<u16>,
}

/// `[[static_service]]`.
pub(super) struct StaticService {
    pub(super) service_type: Option<Placed<ServiceType>>,
    pub(super) name: Option<Placed<String>>,
    pub(super) address: Option<Address>,
    pub(super) hops: Option<u16>,
}

impl File {
    /// Reads the top table and all below it.
    pub(super) fn read(top: &Reader<'_, '_>) -> Self {
        // There is one schema so far: a version within its range changes nothing.
        let _: Option<Placed<u64>> = top.number("version");
        let limits = Limits::default();
        let limit_table = top.section("limits");
        let limit = |name, default| limit_table.number(name).map_or(default, value);
        let state = top.section("state");
        let log = top.section("log");
        Self {
            place: top.place(),
            agent: Agent::read(&top.section("agent")),
            control: Control::read(&top.section("control")),
            state_directory: state.text("directory", values::path).map(value),
            journal: Journal::read(&top.section("journal")),
            log_level: log
                .word("level")
                .and_then(|word| LogLevel::ALL.into_iter().find(|level| level.name() == word)),
            limits: Limits {
                routes: limit("routes", limits.routes),
                services: limit("services", limits.services),
                peers: limit("peers", limits.peers),
                lsps: limit("lsps", limits.lsps),
            },
            nlsp: Nlsp::read(&top.section("nlsp")),
            slp: Slp::read(&top.section("slp")),
            dhcp: Dhcp::read(&top.section("dhcp")),
            lans: top.sections("lan").iter().map(Lan::read).collect(),
            cmd_networks: top.sections("cmd_network").iter().map(CmdNetwork::read).collect(),
            static_routes: top.sections("static_route").iter().map(StaticRoute::read).collect(),
            static_services: top
                .sections("static_service")
                .iter()
                .map(StaticService::read)
                .collect(),
        }
    }
}

/// A number; `None` for the word that stands instead.
fn given<T>(Placed { value, place }: Placed<Option<T>>) -> Option<Placed<T>> {
    value.map(|value| Placed { value, place })
}

/// Forgets the place.
fn value<T>(placed: Placed<T>) -> T {
    placed.value
}

impl Agent {
    fn read(table: &Reader<'_, '_>) -> Self {
        let internal = table.hex("internal_network", values::lan_network);
        // It has one choice so far; a word that is none of them is a fault.
        let _ = table.word("mode");
        Self {
            name: table.text("name", values::sap_name).map(value),
            internal_network: internal.and_then(given),
            hop_limit: table.number("hop_limit").map(value),
            diagnostics: table.flag("diagnostics"),
        }
    }
}

impl Control {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            socket: table.text("socket", values::socket_path).map(value),
            mode: table.text("mode", values::mode).map(value),
            group: table.text("group", values::group).map(value),
        }
    }
}

impl Journal {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            path: table.text("path", values::path).map(value),
            max_size_mib: table.number("max_size_mib"),
        }
    }
}

impl Lan {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            name: table.text("name", values::circuit_name),
            device: LanDevice::read(table),
            bridge: table.text("bridge", values::interface),
            mac: table.text("mac", values::mac),
            mtu: table.number("mtu"),
            vlan: table.number("vlan"),
            framing: table.text("framing", |text| {
                text.parse().map_err(|_: String| "not a framing of IPX".to_owned())
            }),
            network: table.hex("network", values::lan_network),
            ticks: table.number("ticks").map(value),
            evenise: match table.word("evenise") {
                Some("on") => Evenise::On,
                Some("off") => Evenise::Off,
                _ => Evenise::Auto,
            },
            strip_checksum: table.word("checksum_to_raw") == Some("strip"),
            max_packet: table.limit("max_packet").and_then(given),
            rip: rip(&table.section("rip"), Rip::default()),
            sap: sap(&table.section("sap")),
            type20: type20(&table.section("type20"), Type20::LAN),
            nlsp: CircuitNlsp::read_lan(&table.section("nlsp")),
        }
    }
}

impl LanDevice {
    fn read(table: &Reader<'_, '_>) -> Option<Placed<Self>> {
        let tap = table.text("tap", values::interface);
        let nic = table.text("nic", values::interface);
        match (tap, nic) {
            (Some(tap), None) => Some(Placed { value: Self::Tap(tap.value), place: tap.place }),
            (None, Some(nic)) => Some(Placed { value: Self::Nic(nic.value), place: nic.place }),
            (Some(_), Some(nic)) => {
                table.refuse(&nic.place, "a LAN is on one device, and `tap` is given", "keep one");
                None
            }
            (None, None) => {
                if !table.has("tap") && !table.has("nic") {
                    table.missing("tap", "the TAP device it is on, or the network card as `nic`");
                }
                None
            }
        }
    }
}

impl CmdNetwork {
    fn read(table: &Reader<'_, '_>) -> Self {
        let accepting = Rip { accept_default: true, ..Rip::default() };
        Self {
            place: table.place(),
            name: table.text("name", values::circuit_name),
            network: table.hex("network", values::cmd_network),
            local: table.text("local", values::local),
            port: table.number("port"),
            peers: table.list("peers", values::unicast).unwrap_or_default(),
            max_packet: table.limit("max_packet").and_then(given),
            delay_us: table.number("delay_us"),
            throughput_bps: table.number("throughput_bps"),
            ticks: table.number("ticks"),
            dscp: table.number("dscp"),
            discovery: table
                .placed_word("discovery")
                .map(|Placed { value, place }| Placed { value: value == "slp", place }),
            dhcp_agents: table.placed_flag("dhcp_agents"),
            announce: table.placed_flag("announce"),
            exchange: table.placed_word("exchange").map(|Placed { value, place }| {
                let exchange = if value == "rip-sap" { Exchange::RipSap } else { Exchange::Nlsp };
                Placed { value: exchange, place }
            }),
            rip: rip(&table.section("rip"), accepting),
            sap: sap(&table.section("sap")),
            type20: type20(&table.section("type20"), Type20::CMD),
            nlsp: CircuitNlsp::read_cmd(&table.section("nlsp")),
        }
    }
}

fn rip(table: &Reader<'_, '_>, default: Rip) -> Rip {
    Rip {
        updates: mode(table, "updates").unwrap_or(default.updates),
        interval: seconds(table, "interval_s").unwrap_or(default.interval),
        multiplier: table.number("multiplier").map_or(default.multiplier, value),
        gap: milliseconds(table, "gap_ms").unwrap_or(default.gap),
        accept_default: table.flag("accept_default").unwrap_or(default.accept_default),
        answer_by_default: table.flag("answer_by_default").unwrap_or(default.answer_by_default),
    }
}

fn sap(table: &Reader<'_, '_>) -> Sap {
    let default = Sap::default();
    Sap {
        updates: mode(table, "updates").unwrap_or(default.updates),
        interval: seconds(table, "interval_s").unwrap_or(default.interval),
        multiplier: table.number("multiplier").map_or(default.multiplier, value),
        gap: milliseconds(table, "gap_ms").unwrap_or(default.gap),
        gns: table.flag("gns").unwrap_or(default.gns),
        gns_delay: milliseconds(table, "gns_delay_ms").unwrap_or(default.gns_delay),
        gns_round_robin: table.flag("gns_round_robin").unwrap_or(default.gns_round_robin),
    }
}

fn mode(table: &Reader<'_, '_>, name: &str) -> Option<Mode> {
    table.word(name).map(|word| match word {
        "on" => Mode::On,
        "off" => Mode::Off,
        _ => Mode::Auto,
    })
}

fn type20(table: &Reader<'_, '_>, default: Type20) -> Type20 {
    Type20 {
        enabled: table.flag("enabled").unwrap_or(default.enabled),
        reverse_path: table.flag("reverse_path").unwrap_or(default.reverse_path),
        rate_limit: table.limit("rate_limit").map_or(default.rate_limit, value),
    }
}

fn seconds(table: &Reader<'_, '_>, name: &str) -> Option<Duration> {
    table.number(name).map(value).map(Duration::from_secs)
}

fn milliseconds(table: &Reader<'_, '_>, name: &str) -> Option<Duration> {
    table.number(name).map(value).map(Duration::from_millis)
}

impl StaticRoute {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            network: table.hex("network", values::destination),
            circuit: table.text("circuit", values::circuit_name),
            router: table.text("router", values::next_router),
            hops: table.number("hops").map(value),
            ticks: table.number("ticks").map(value),
        }
    }
}

impl StaticService {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            service_type: table.hex("type", values::service_type),
            name: table.text("name", values::sap_name),
            address: table.text("address", values::service_address).map(value),
            hops: table.number("hops").map(value),
        }
    }
}
