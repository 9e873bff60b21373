//! A plan made of a number of offices alone: clouds of 25 at most, POPs where four meet, as in
//! the case study [cmd §6].

use std::net::Ipv4Addr;

use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::design::{AgentsPerPop, Cloud, Device, InterPop, Lan, Plan, Settings, Site};

/// Clouds that meet at a POP.
const CLOUDS_PER_POP: usize = 4;
/// The first of each kind of number; the others follow.
const FIRST_ADDRESS: u32 = 0x0a00_0001;
const FIRST_POP_ADDRESS: u32 = 0x0aff_0001;
const FIRST_LAN: u32 = 0xa100_0001;
const FIRST_POP_LAN: u32 = 0xa000_0001;
const FIRST_CMD: u32 = 0x0c00_0001;
const INTER_POP: u32 = 0x0cff_0001;
/// Addresses of a POP.
const POP_ADDRESSES: usize = 16;
/// A T-3.
const POP_BPS: u64 = 45_000_000;

/// What is told of the offices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offices {
    /// How many there are.
    pub(super) count: usize,
    /// Services in each.
    pub(super) services: u64,
    /// The speed of its link, both ways.
    pub(super) link_bps: u64,
}

/// The plan of so many equal offices.
pub(super) fn plan(offices: Offices, agents_per_pop: AgentsPerPop, settings: Settings) -> Plan {
    let clouds = offices.count.div_ceil(settings.offices_per_network.max(1)).max(1);
    let pops = if clouds > 1 { clouds.div_ceil(CLOUDS_PER_POP) } else { 0 };
    let width = offices.count.to_string().len();
    let office = |index: usize| {
        let name = format!("agent-{:0width$}", index + 1);
        let (link, services) = (offices.link_bps, offices.services);
        site(name, (FIRST_ADDRESS, FIRST_LAN), index, 1, (link, services))
    };
    let pop = |index: usize| {
        let first = FIRST_POP_ADDRESS + number(index * (POP_ADDRESSES - 1));
        let site =
            site(format!("pop-{}", index + 1), (first, FIRST_POP_LAN), index, 0, (POP_BPS, 0));
        Site { is_pop: true, ..site }
    };
    let mut rest = 0..offices.count;
    let cloud = |index: usize| Cloud {
        name: format!("cloud-{:02}", index + 1),
        kind: "IP".to_owned(),
        number: NetworkNumber(FIRST_CMD + number(index)),
        offices: rest.by_ref().take((offices.count + clouds - 1 - index) / clouds).collect(),
        pops: (pops > 0).then_some(offices.count + index / CLOUDS_PER_POP).into_iter().collect(),
    };
    Plan {
        title: "Equal offices".to_owned(),
        agents_per_pop,
        settings,
        clouds: (0..clouds).map(cloud).collect(),
        sites: (0..offices.count).map(office).chain((0..pops).map(pop)).collect(),
        inter_pop: (pops > 1).then(|| InterPop {
            name: "inter-pop".to_owned(),
            kind: "IP".to_owned(),
            number: NetworkNumber(INTER_POP),
        }),
    }
}

fn site(
    name: String,
    (address, lan): (u32, u32),
    index: usize,
    servers: u64,
    (link_bps, services): (u64, u64),
) -> Site {
    Site {
        name,
        is_pop: false,
        ip: Ipv4Addr::from(address + number(index)),
        up_bps: link_bps,
        down_bps: link_bps,
        servers,
        services,
        lans: vec![Lan {
            name: "office".to_owned(),
            device: Device::Nic("eth1".to_owned()),
            framing: Framing::Llc8022,
            network: NetworkNumber(lan + number(index)),
        }],
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
