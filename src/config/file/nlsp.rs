//! `[nlsp]`, and NLSP on circuits.

use std::time::Duration;

use ipxway_core::config::{NlspCircuit, Padding};
use ipxway_core::wire::nlsp::Area;

use super::{given, mode, seconds, value};
use crate::config::diagnostic::Placed;
use crate::config::reader::Reader;
use crate::config::values;

/// `[nlsp]`.
pub(in crate::config) struct Nlsp {
    pub(in crate::config) areas: Vec<Placed<Area>>,
    pub(in crate::config) lsp_size: Option<Placed<u16>>,
    pub(in crate::config) min_generation: Option<Duration>,
    pub(in crate::config) refresh_s: Option<Placed<u64>>,
    pub(in crate::config) lifetime_s: Option<Placed<u16>>,
    pub(in crate::config) overload_wait: Option<Duration>,
    pub(in crate::config) path_splits: Option<u8>,
}

/// `[lan.nlsp]` and `[cmd_network.nlsp]`.
pub(in crate::config) struct CircuitNlsp {
    /// What stands in the table, else the defaults. Delay and throughput are those of the LAN, if
    /// they are given.
    pub(in crate::config) settings: NlspCircuit,
    pub(in crate::config) mtu: Option<Placed<u16>>,
    pub(in crate::config) delay_us: Option<u32>,
    pub(in crate::config) throughput_bps: Option<u32>,
}

impl Nlsp {
    pub(super) fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            areas: table.list("areas", values::area).unwrap_or_default(),
            lsp_size: table.number("lsp_size"),
            min_generation: seconds(table, "min_generation_s"),
            refresh_s: table.number("refresh_s"),
            lifetime_s: table.number("lifetime_s"),
            overload_wait: seconds(table, "overload_wait_s"),
            path_splits: table.number("path_splits").map(value),
        }
    }
}

impl CircuitNlsp {
    pub(super) fn read_lan(table: &Reader<'_, '_>) -> Self {
        let mut nlsp = Self::read(table, NlspCircuit::LAN);
        nlsp.settings.mode = mode(table, "mode").unwrap_or(nlsp.settings.mode);
        nlsp.delay_us = table.number("delay_us").map(value);
        nlsp.throughput_bps = table.number("throughput_bps").map(value);
        nlsp
    }

    pub(super) fn read_cmd(table: &Reader<'_, '_>) -> Self {
        let mut nlsp = Self::read(table, NlspCircuit::CMD);
        let settings = &mut nlsp.settings;
        settings.repeat = table.flag("repeat").unwrap_or(settings.repeat);
        settings.answer_by_node = table.flag("answer_by_node").unwrap_or(settings.answer_by_node);
        nlsp
    }

    /// What both have.
    fn read(table: &Reader<'_, '_>, default: NlspCircuit) -> Self {
        let interval = |name, default| seconds(table, name).unwrap_or(default);
        let mtu = table.limit("mtu").and_then(given);
        let settings = NlspCircuit {
            hello_interval: interval("hello_interval_s", default.hello_interval),
            dr_hello_interval: interval("dr_hello_interval_s", default.dr_hello_interval),
            multiplier: table.number("multiplier").map_or(default.multiplier, value),
            priority: table.number("priority").map_or(default.priority, value),
            csnp_interval: interval("csnp_interval_s", default.csnp_interval),
            psnp_interval: interval("psnp_interval_s", default.psnp_interval),
            min_transmission: interval("min_transmission_s", default.min_transmission),
            pace: table.limit("pace").map_or(default.pace, value),
            cost: table.limit("cost").map_or(default.cost, value),
            mtu: mtu.as_ref().map(|mtu: &Placed<u16>| mtu.value),
            padding: match table.word("padding") {
                Some("off") => Padding::Off,
                Some("always") => Padding::Always,
                Some(_) => Padding::UntilUp,
                None => default.padding,
            },
            ..default
        };
        Self { settings, mtu, delay_us: None, throughput_bps: None }
    }
}
