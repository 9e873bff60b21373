//! NLSP: do its times, sizes and areas make sense, and do its packets fit the circuits?

use ipxway_core::config::{Config, Exchange, Lan, Mode, Nlsp};
use ipxway_core::wire::ipx::HEADER_LEN;
use ipxway_core::wire::nlsp::Area;

use super::device_mtu;
use crate::config::diagnostic::{Faults, Place, Placed};
use crate::config::file::{CircuitNlsp, CmdNetwork, File};
use crate::config::shell::Device;

/// The most areas of a router [nlsp §8.6].
const MAX_AREAS: usize = 3;
/// What a CMD network says it takes if nothing else is given [nlsp §19.1].
const CMD_MTU: usize = 1_500;
/// The hop limit where NLSP is spoken [nlsp §15].
const HOP_LIMIT: u8 = 64;

/// How the agents of a CMD network talk. What journals mean that do not say is older than what
/// files mean that do not say.
pub(super) fn exchange(block: &CmdNetwork) -> Exchange {
    block.exchange.as_ref().map_or(Exchange::Nlsp, |exchange| exchange.value)
}

/// How many routers a packet may cross: RIP counts to 15, NLSP farther.
pub(super) fn hop_limit(file: &File) -> u8 {
    let speaks_nlsp = file.lans.iter().any(|lan| lan.nlsp.settings.mode != Mode::Off)
        || file.cmd_networks.iter().any(|network| exchange(network) == Exchange::Nlsp);
    let usual = if speaks_nlsp { HOP_LIMIT } else { Config::default().hop_limit };
    file.agent.hop_limit.unwrap_or(usual)
}

/// `[nlsp]` for the core.
pub(super) fn settings(file: &File) -> Nlsp {
    let default = Nlsp::default();
    let table = &file.nlsp;
    Nlsp {
        areas: table.areas.iter().map(|area| area.value).collect(),
        lsp_size: table.lsp_size.as_ref().map_or(default.lsp_size, |size| size.value),
        min_generation: table.min_generation.unwrap_or(default.min_generation),
        refresh: table
            .refresh_s
            .as_ref()
            .map_or(default.refresh, |refresh| std::time::Duration::from_secs(refresh.value)),
        lifetime: table.lifetime_s.as_ref().map_or(default.lifetime, |lifetime| lifetime.value),
        overload_wait: table.overload_wait.unwrap_or(default.overload_wait),
        path_splits: table.path_splits.unwrap_or(default.path_splits),
    }
}

pub(super) fn check(file: &File, lans: &[Lan], devices: &[Device], faults: &Faults<'_>) {
    check_areas(&file.nlsp.areas, faults);
    check_times(file, faults);
    for (block, lan) in file.lans.iter().zip(lans) {
        if lan.nlsp.mode != Mode::Off {
            let device = device_mtu(lan, devices).zip(block.mtu.as_ref());
            let device = device.map(|(mtu, given)| {
                let most = lan.framing.max_packet(usize::from(mtu));
                Bound { place: &given.place, most, header: usize::from(mtu).saturating_sub(most) }
            });
            let most = block.max_packet.as_ref().map(Bound::of);
            check_size(file, &block.nlsp, [most, device], faults);
        }
    }
    for block in &file.cmd_networks {
        match exchange(block) {
            Exchange::Nlsp => {
                let most = block.max_packet.as_ref().map(Bound::of);
                check_size(file, &block.nlsp, [most, None], faults);
                check_usual_size(file, block, faults);
            }
            Exchange::RipSap => warn_of_rip_and_sap(block, faults),
        }
    }
}

/// What bounds the packets of a circuit.
struct Bound<'a> {
    place: &'a Place,
    /// The largest packet.
    most: usize,
    /// What the value at `place` counts beside the packet.
    header: usize,
}

impl<'a> Bound<'a> {
    fn of(size: &'a Placed<u16>) -> Self {
        Self { place: &size.place, most: usize::from(size.value), header: 0 }
    }
}

fn check_areas(areas: &[Placed<Area>], faults: &Faults<'_>) {
    for (index, area) in areas.iter().enumerate() {
        if index == MAX_AREAS {
            let wrong = format!("area number {}", MAX_AREAS + 1);
            faults.error(&area.place, wrong, format!("give at most {MAX_AREAS}"));
        } else if areas.iter().take(index).any(|other| other.value.same(area.value)) {
            faults.warning(&area.place, "the same area as one before", "give it once");
        }
    }
}

/// A link-state packet must be renewed before it is forgotten, with time to reach all
/// [nlsp §15].
fn check_times(file: &File, faults: &Faults<'_>) {
    let table = &file.nlsp;
    let settings = settings(file);
    let lifetime = u64::from(settings.lifetime);
    let most = if lifetime >= 1_200 { lifetime - 300 } else { lifetime * 2 / 3 };
    let refresh = settings.refresh.as_secs();
    if refresh <= most {
        return;
    }
    if let Some(given) = &table.refresh_s {
        let wrong = format!("too late for a lifetime of {lifetime} seconds");
        faults.error(&given.place, wrong, format!("give at most {most}, or a longer lifetime_s"));
    } else if let Some(given) = &table.lifetime_s {
        let wrong = format!("too short: link-state packets are renewed after {refresh} seconds");
        let right = format!("give refresh_s too, at most {most}, or a longer lifetime");
        faults.error(&given.place, wrong, right);
    }
}

/// The largest link-state packet must fit the circuit.
fn check_size(
    file: &File,
    nlsp: &CircuitNlsp,
    bounds: [Option<Bound<'_>>; 2],
    faults: &Faults<'_>,
) {
    let size = usize::from(settings(file).lsp_size);
    let needed = size + HEADER_LEN;
    let mtu = nlsp.mtu.as_ref().map(Bound::of);
    for Bound { place, most, header } in bounds.into_iter().chain([mtu]).flatten() {
        if needed <= most {
            continue;
        }
        let fits = most.saturating_sub(HEADER_LEN);
        let wrong = match &file.nlsp.lsp_size {
            Some(given) => {
                let line = faults.line(&given.place);
                format!("too small for `lsp_size` in line {line}, which needs {needed} bytes")
            }
            None => format!("link-state packets of {size} bytes do not fit, they need {needed}"),
        };
        let least = needed + header;
        let right = format!("give at least {least}, or an nlsp.lsp_size of at most {fits}");
        faults.error(place, wrong, right);
    }
}

/// Where a CMD network does not say what it takes, it says the usual.
fn check_usual_size(file: &File, block: &CmdNetwork, faults: &Faults<'_>) {
    let Some(size) = &file.nlsp.lsp_size else { return };
    let needed = usize::from(size.value) + HEADER_LEN;
    if needed > CMD_MTU && block.nlsp.mtu.is_none() {
        let line = faults.line(&block.place);
        let wrong = format!(
            "needs {needed} bytes, and the CMD network in line {line} takes {CMD_MTU} with NLSP"
        );
        let most = CMD_MTU - HEADER_LEN;
        let right = format!("give at most {most}, or an `mtu` in [cmd_network.nlsp]");
        faults.error(&size.place, wrong, right);
    }
}

/// What RIP and SAP between agents cost, said to those who chose them.
fn warn_of_rip_and_sap(block: &CmdNetwork, faults: &Faults<'_>) {
    let Some(chosen) = &block.exchange else { return };
    let interval = block.rip.interval.as_secs();
    let missed = interval * u64::from(block.rip.multiplier);
    let wrong = format!(
        "every agent tells each peer all networks and services every {interval} s, changed or \
         not, and misses one that died after {missed} s only"
    );
    let right = "take it out, unless an agent there speaks nothing else";
    faults.warning(&chosen.place, wrong, right);
}
