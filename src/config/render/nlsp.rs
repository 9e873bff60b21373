//! NLSP, of the agent and on circuits.

use ipxway_core::config::{CmdNetwork, Nlsp, NlspCircuit, Padding};

use super::{Printer, mode, quoted};
use crate::config::schema::{ROOT, Takes};

pub(super) fn agent(out: &mut Printer, nlsp: &Nlsp) {
    out.header("[nlsp]");
    let areas: Vec<String> = nlsp.areas.iter().map(|area| quoted(&area.to_string())).collect();
    out.line("areas", format!("[{}]", areas.join(", ")));
    out.line("lsp_size", nlsp.lsp_size);
    out.line("min_generation_s", nlsp.min_generation.as_secs());
    out.line("refresh_s", nlsp.refresh.as_secs());
    out.line("lifetime_s", nlsp.lifetime);
    out.line("overload_wait_s", nlsp.overload_wait.as_secs());
    out.line("path_splits", nlsp.path_splits);
}

pub(super) fn lan(out: &mut Printer, nlsp: &NlspCircuit) {
    out.header("[lan.nlsp]");
    out.text("mode", mode(nlsp.mode));
    circuit(out, nlsp);
    // A delay that could not be typed follows from the ticks.
    if nlsp.delay_us <= greatest("lan", "nlsp", "delay_us") {
        out.line("delay_us", nlsp.delay_us);
    }
    out.line("throughput_bps", nlsp.throughput_bps);
}

pub(super) fn cmd_network(out: &mut Printer, nlsp: &NlspCircuit) {
    out.header("[cmd_network.nlsp]");
    circuit(out, nlsp);
    out.line("repeat", nlsp.repeat);
    out.line("answer_by_node", nlsp.answer_by_node);
}

/// What it takes to cross a CMD network: delay and throughput, or ticks if these cannot be said.
pub(super) fn crossing(out: &mut Printer, network: &CmdNetwork) {
    let NlspCircuit { delay_us, throughput_bps, .. } = network.nlsp;
    if delay_us <= greatest("cmd_network", "", "delay_us") {
        out.line("delay_us", delay_us);
        out.line("throughput_bps", throughput_bps);
    } else {
        out.line("ticks", network.ticks);
    }
}

/// The greatest number that the schema takes for a key of a circuit, or of a table in it.
fn greatest(circuit: &str, inner: &str, key: &str) -> u32 {
    let circuit = ROOT.section(circuit);
    let section = circuit.and_then(|circuit| circuit.section(inner)).or(circuit);
    match section.and_then(|section| section.key(key)).map(|key| key.takes) {
        Some(Takes::Number { greatest, .. }) => u32::try_from(greatest).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// What both have.
fn circuit(out: &mut Printer, nlsp: &NlspCircuit) {
    out.line("hello_interval_s", nlsp.hello_interval.as_secs());
    out.line("dr_hello_interval_s", nlsp.dr_hello_interval.as_secs());
    out.line("multiplier", nlsp.multiplier);
    out.line("priority", nlsp.priority);
    out.line("csnp_interval_s", nlsp.csnp_interval.as_secs());
    out.line("psnp_interval_s", nlsp.psnp_interval.as_secs());
    out.line("min_transmission_s", nlsp.min_transmission.as_secs());
    out.number_or("pace", nlsp.pace, "auto");
    out.number_or("cost", nlsp.cost, "auto");
    out.number_or("mtu", nlsp.mtu, "auto");
    let padding = match nlsp.padding {
        Padding::Off => "off",
        Padding::UntilUp => "until-up",
        Padding::Always => "always",
    };
    out.text("padding", padding);
}
