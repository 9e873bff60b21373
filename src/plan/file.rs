//! A plan as it was typed: every table as values that are right by themselves, with their places.

use std::net::Ipv4Addr;

use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::design::{AgentsPerPop, Device, Settings};
use crate::config::diagnostic::{Place, Placed};
use crate::config::reader::Reader;
use crate::config::values::{self, Wrong};

/// The longest name of a site, cloud or POP: an agent's name may hold two of them.
const MAX_NAME: usize = 20;

/// The whole file. `None` is a key that is missing or was at fault.
pub(super) struct File {
    /// The top of the file: where faults go that are no line's.
    pub(super) place: Place,
    pub(super) title: String,
    pub(super) agents_per_pop: AgentsPerPop,
    pub(super) settings: Settings,
    pub(super) sites: Vec<Site>,
    pub(super) clouds: Vec<Cloud>,
    pub(super) pops: Vec<Pop>,
    pub(super) inter_pop: Option<InterPop>,
}

/// `[[site]]`.
pub(super) struct Site {
    pub(super) name: Option<Placed<String>>,
    pub(super) count: u32,
    pub(super) at: Location,
}

/// What sites and POPs have in common.
pub(super) struct Location {
    pub(super) place: Place,
    pub(super) ip: Option<Placed<Ipv4Addr>>,
    pub(super) up_bps: Option<u64>,
    pub(super) down_bps: Option<u64>,
    pub(super) servers: Option<u64>,
    pub(super) services: Option<u64>,
    pub(super) lans: Vec<Lan>,
}

/// `[[site.lan]]` and `[[pop.lan]]`.
pub(super) struct Lan {
    pub(super) name: Option<Placed<String>>,
    pub(super) device: Device,
    pub(super) framing: Option<Placed<Framing>>,
    pub(super) network: Option<Placed<NetworkNumber>>,
}

/// `[[cloud]]`.
pub(super) struct Cloud {
    pub(super) place: Place,
    pub(super) name: Option<Placed<String>>,
    pub(super) kind: Option<String>,
    pub(super) network: Option<Placed<NetworkNumber>>,
    pub(super) members: Vec<Placed<String>>,
    pub(super) link_bps: Option<u64>,
}

/// `[[pop]]`.
pub(super) struct Pop {
    pub(super) name: Option<Placed<String>>,
    pub(super) clouds: Vec<Placed<String>>,
    pub(super) at: Location,
}

/// `[inter_pop]`.
pub(super) struct InterPop {
    pub(super) place: Place,
    pub(super) name: Option<Placed<String>>,
    pub(super) kind: Option<String>,
    pub(super) network: Option<Placed<NetworkNumber>>,
}

impl File {
    /// Reads the top table and all below it.
    pub(super) fn read(top: &Reader<'_, '_>) -> Self {
        // There is one schema so far: a version within its range changes nothing.
        let _: Option<Placed<u64>> = top.number("version");
        let plan = top.section("plan");
        let inter_pop = top.has("inter_pop").then(|| InterPop::read(&top.section("inter_pop")));
        Self {
            place: top.place(),
            title: plan.text("title", values::sap_name).map_or("IPX over IP".to_owned(), value),
            agents_per_pop: match plan.word("agents_per_pop") {
                Some("one-per-network") => AgentsPerPop::OnePerNetwork,
                _ => AgentsPerPop::One,
            },
            settings: settings(&plan),
            sites: top.sections("site").iter().map(Site::read).collect(),
            clouds: top.sections("cloud").iter().map(Cloud::read).collect(),
            pops: top.sections("pop").iter().map(Pop::read).collect(),
            inter_pop,
        }
    }
}

fn settings(plan: &Reader<'_, '_>) -> Settings {
    let default = Settings::default();
    let number = |name, default| plan.number(name).map_or(default, value);
    Settings {
        offices_per_network: plan
            .number("offices_per_network")
            .map_or(default.offices_per_network, value),
        hello_s: number("hello_interval_s", default.hello_s),
        dr_hello_s: number("dr_hello_interval_s", default.dr_hello_s),
        csnp_s: number("csnp_interval_s", default.csnp_s),
        lsp_size: number("lsp_size", default.lsp_size),
        lsp_size_given: plan.has("lsp_size"),
        service_name_length: number("service_name_length", default.service_name_length),
        warn_percent: number("warn_percent", default.warn_percent),
    }
}

/// Forgets the place.
fn value<T>(placed: Placed<T>) -> T {
    placed.value
}

fn name(text: &str) -> Result<String, Wrong> {
    match values::circuit_name(text)? {
        name if name.len() > MAX_NAME => Err(format!("{} characters, too long", name.len())),
        name if name.starts_with('.') => Err("a file would be hidden".to_owned()),
        name => Ok(name),
    }
}

impl Site {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            name: table.text("name", name),
            count: table.number("count").map_or(1, value),
            at: Location::read(table),
        }
    }
}

impl Location {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            ip: table.text("ip", values::unicast),
            up_bps: table.number("up_bps").map(value),
            down_bps: table.number("down_bps").map(value),
            servers: table.number("servers").map(value),
            services: table.number("services").map(value),
            lans: table.sections("lan").iter().map(Lan::read).collect(),
        }
    }
}

impl Lan {
    fn read(table: &Reader<'_, '_>) -> Self {
        let (tap, nic) =
            (table.text("tap", values::interface), table.text("nic", values::interface));
        if let (Some(_), Some(nic)) = (&tap, &nic) {
            table.refuse(&nic.place, "a LAN is on one device, and `tap` is given", "keep one");
        }
        Self {
            name: table.text("name", values::circuit_name),
            device: match (tap, nic) {
                (Some(tap), _) => Device::Tap(tap.value),
                (None, nic) => Device::Nic(nic.map_or("eth1".to_owned(), value)),
            },
            framing: table.text("framing", |text| {
                text.parse().map_err(|_: String| "not a framing of IPX".to_owned())
            }),
            network: table.hex("network", |text| {
                values::lan_network(text)?.ok_or_else(|| "a plan gives numbers".to_owned())
            }),
        }
    }
}

impl Cloud {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            name: table.text("name", name),
            kind: table.text("kind", values::sap_name).map(value),
            network: table.hex("network", values::assignable_network),
            members: table.list("members", values::circuit_name).unwrap_or_default(),
            link_bps: table.number("link_bps").map(value),
        }
    }
}

impl Pop {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            name: table.text("name", name),
            clouds: table.list("clouds", values::circuit_name).unwrap_or_default(),
            at: Location::read(table),
        }
    }
}

impl InterPop {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            name: table.text("name", name),
            kind: table.text("kind", values::sap_name).map(value),
            network: table.hex("network", values::assignable_network),
        }
    }
}
