//! The configuration as a file again: every setting is said, and reading it gives the same.

mod nlsp;
mod slp;

use std::fmt::{Display, Write};
use std::time::Duration;

use ipxway_core::config::{
    CmdNetwork, Config, Exchange, Lan, Mode, Rip, Sap, StaticRoute, StaticService, Type20,
};
use ipxway_core::ids::PortId;
use ipxway_core::wire::{NetworkNumber, cmd};

use super::Loaded;
use super::schema::VERSION;
use super::shell::{Device, Shell, Tap};

/// The configuration as TOML.
///
/// Reading the text gives the same values, in the same order; comments and what was left to its
/// default are not as they were typed.
#[must_use]
pub fn render(loaded: &Loaded) -> String {
    let mut out = Printer::default();
    let (core, shell) = (&*loaded.core, &loaded.shell);
    out.line("version", VERSION);
    agent(&mut out, core);
    daemon(&mut out, shell);
    out.header("[limits]");
    out.line("routes", core.limits.routes);
    out.line("services", core.limits.services);
    out.line("peers", core.limits.peers);
    out.line("lsps", core.limits.lsps);
    nlsp::agent(&mut out, &core.nlsp);
    slp::agent(&mut out, core, shell);
    slp::dhcp(&mut out, core, shell);
    for (index, block) in core.lans.iter().enumerate() {
        // The first LAN on a device gives the device's settings.
        let is_first = !core.lans.iter().take(index).any(|other| other.port == block.port);
        lan(&mut out, block, device(shell, block.port), is_first);
    }
    for network in &core.cmd_networks {
        cmd_network(&mut out, network, device(shell, network.port));
    }
    for route in &core.static_routes {
        static_route(&mut out, route, core);
    }
    for service in &core.static_services {
        static_service(&mut out, service);
    }
    out.text
}

/// Lines of TOML.
#[derive(Default)]
struct Printer {
    text: String,
}

impl Printer {
    fn header(&mut self, header: &str) {
        self.text.push('\n');
        self.text.push_str(header);
        self.text.push('\n');
    }

    fn line(&mut self, key: &str, value: impl Display) {
        writeln!(self.text, "{key} = {value}").expect("a String takes everything");
    }

    fn text(&mut self, key: &str, value: impl Display) {
        self.line(key, quoted(&value.to_string()));
    }

    /// A number, or the word that stands for none.
    fn number_or(&mut self, key: &str, value: Option<impl Display>, word: &str) {
        match value {
            Some(value) => self.line(key, value),
            None => self.text(key, word),
        }
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn device(shell: &Shell, port: PortId) -> Option<&Device> {
    shell.devices.get(port.index())
}

fn agent(out: &mut Printer, core: &Config) {
    out.header("[agent]");
    out.text("name", &core.name);
    out.text("internal_network", number_or_auto(core.internal_network));
    out.text("mode", "backbone-support");
    out.line("hop_limit", core.hop_limit);
    out.line("diagnostics", core.diagnostics);
}

fn daemon(out: &mut Printer, shell: &Shell) {
    out.header("[control]");
    out.text("socket", shell.control.socket.display());
    out.text("mode", format!("{:04o}", shell.control.mode));
    if let Some(group) = &shell.control.group {
        out.text("group", group);
    }
    out.header("[state]");
    out.text("directory", shell.state_directory.display());
    if let Some(journal) = &shell.journal {
        out.header("[journal]");
        out.text("path", journal.path.display());
        out.line("max_size_mib", journal.max_size / (1024 * 1024));
    }
    out.header("[log]");
    out.text("level", shell.log_level.name());
}

fn number_or_auto(number: Option<NetworkNumber>) -> String {
    number.map_or_else(|| "auto".to_owned(), |number| number.to_string())
}

fn lan(out: &mut Printer, lan: &Lan, device: Option<&Device>, is_first: bool) {
    out.header("[[lan]]");
    out.text("name", &lan.name);
    match device {
        Some(Device::Tap(tap)) => {
            out.text("tap", &tap.device);
            if is_first {
                tap_settings(out, tap);
            }
        }
        Some(Device::Nic(nic)) => out.text("nic", &nic.device),
        Some(Device::Udp(_)) | None => {}
    }
    if let Some(vlan) = lan.vlan {
        out.line("vlan", vlan);
    }
    out.text("framing", lan.framing);
    out.text("network", number_or_auto(lan.network));
    out.line("ticks", lan.ticks);
    out.text("evenise", if lan.evenise { "on" } else { "off" });
    out.text("checksum_to_raw", if lan.strip_checksum { "strip" } else { "drop" });
    max_packet(out, lan.max_packet);
    engines(out, "lan", &lan.rip, &lan.sap, &lan.type20);
    nlsp::lan(out, &lan.nlsp);
}

fn tap_settings(out: &mut Printer, tap: &Tap) {
    if let Some(bridge) = &tap.bridge {
        out.text("bridge", bridge);
    }
    if let Some(mac) = tap.mac {
        out.text("mac", mac);
    }
    if let Some(mtu) = tap.mtu {
        out.line("mtu", mtu);
    }
}

fn cmd_network(out: &mut Printer, network: &CmdNetwork, device: Option<&Device>) {
    out.header("[[cmd_network]]");
    out.text("name", &network.name);
    if network.number_from_dhcp {
        out.text("network", "dhcp");
    } else {
        out.text("network", network.network);
    }
    if let Some(Device::Udp(udp)) = device {
        out.text("local", &udp.local);
        out.line("port", udp.port);
        out.line("dscp", udp.dscp);
    }
    out.line("peers", "[");
    out.text.pop();
    for peer in &network.peers {
        write!(out.text, "\n    \"{peer}\",").expect("a String takes everything");
    }
    out.text.push_str(if network.peers.is_empty() { "]\n" } else { "\n]\n" });
    slp::discovery(out, network);
    out.text(
        "exchange",
        match network.exchange {
            Exchange::Nlsp => "nlsp",
            Exchange::RipSap => "rip-sap",
        },
    );
    nlsp::crossing(out, network);
    max_packet(out, network.max_packet);
    engines(out, "cmd_network", &network.rip, &network.sap, &network.type20);
    nlsp::cmd_network(out, &network.nlsp);
}

fn max_packet(out: &mut Printer, most: Option<u16>) {
    out.number_or("max_packet", most, "auto");
}

/// When a protocol speaks.
fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Auto => "auto",
        Mode::On => "on",
    }
}

fn engines(out: &mut Printer, circuit: &str, rip: &Rip, sap: &Sap, type20: &Type20) {
    out.header(&format!("[{circuit}.rip]"));
    out.text("updates", mode(rip.updates));
    timers(out, rip.interval, rip.multiplier, rip.gap);
    out.line("accept_default", rip.accept_default);
    out.line("answer_by_default", rip.answer_by_default);
    out.header(&format!("[{circuit}.sap]"));
    out.text("updates", mode(sap.updates));
    timers(out, sap.interval, sap.multiplier, sap.gap);
    out.line("gns", sap.gns);
    out.line("gns_delay_ms", sap.gns_delay.as_millis());
    out.line("gns_round_robin", sap.gns_round_robin);
    out.header(&format!("[{circuit}.type20]"));
    out.line("enabled", type20.enabled);
    out.line("reverse_path", type20.reverse_path);
    out.number_or("rate_limit", type20.rate_limit, "none");
}

fn timers(out: &mut Printer, interval: Duration, multiplier: u16, gap: Duration) {
    out.line("interval_s", interval.as_secs());
    out.line("multiplier", multiplier);
    out.line("gap_ms", gap.as_millis());
}

fn static_route(out: &mut Printer, route: &StaticRoute, core: &Config) {
    out.header("[[static_route]]");
    out.text("network", route.network);
    let index = route.circuit.index();
    let lan = core.lans.get(index).map(|lan| (lan.name.as_str(), None));
    let cmd_network = index.checked_sub(core.lans.len()).and_then(|i| core.cmd_networks.get(i));
    let cmd_network = cmd_network.map(|network| (network.name.as_str(), cmd::ip(route.node)));
    if let Some((name, peer)) = lan.or(cmd_network) {
        out.text("circuit", name);
        match peer {
            Some(peer) => out.text("router", peer),
            None => out.text("router", route.node),
        }
    }
    out.line("hops", route.hops);
    out.line("ticks", route.ticks);
}

fn static_service(out: &mut Printer, service: &StaticService) {
    out.header("[[static_service]]");
    out.text("type", service.service_type);
    out.text("name", &service.name);
    out.text("address", service.address);
    out.line("hops", service.hops);
}
