//! What follows from the figures: what to change, and what to know.

use ipxway_core::config::Limits;
use serde::Serialize;

use super::analysis::{Analysis, NetworkFigures, StandIn};
use super::design::{Design, Plan, Settings, priority};
use super::figures::{self, MAX_FRAGMENTS, count, rounded};
use super::print::{grouped, percent};
use super::report::{Direction, Link};

/// Datagrams a second that a set of CSNPs may be on average [nlsp §19.9].
const CSNP_PACE: u64 = 1_000;

/// One piece of advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// A warning asks for a change, a note for nothing.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// What is asked of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To change something.
    Warning,
    /// To know.
    Note,
}

/// Everything worth saying of a plan.
pub(super) fn of(plan: &Plan, design: &Design, by: &Analysis, links: &[Link]) -> Vec<Advice> {
    let mut said = Said(Vec::new());
    splits(plan, by, &mut said);
    heavy_links(plan, links, &mut said);
    for network in &by.networks {
        networks(plan, network, &mut said);
    }
    space(design, by, &mut said);
    limits(by, &mut said);
    priorities(design, by, &mut said);
    // Warnings first; else in the order in which they were found.
    said.0.sort_by_key(|advice| advice.kind);
    said.0
}

struct Said(Vec<Advice>);

impl Said {
    fn warning(&mut self, text: String) {
        self.0.push(Advice { kind: Kind::Warning, text });
    }

    fn note(&mut self, text: String) {
        self.0.push(Advice { kind: Kind::Note, text });
    }
}

/// Offices of a CMD network that were advised for SCMD [cmd §6].
const ADVISED: u64 = 25;

fn splits(plan: &Plan, by: &Analysis, said: &mut Said) {
    for cloud in plan.clouds.iter().filter(|cloud| plan.parts(cloud) > 1) {
        let (name, offices, parts) = (&cloud.name, cloud.offices.len(), plan.parts(cloud));
        let most = plan.settings.offices_per_network;
        said.note(format!(
            "cloud {name} has {offices} offices: {parts} CMD networks of at most {most} each"
        ));
    }
    let Some(largest) = by.networks.iter().rev().max_by_key(|network| network.offices) else {
        return;
    };
    let (name, offices) = (&largest.name, largest.offices);
    if offices > ADVISED {
        said.warning(format!("{name} has {offices} offices; {ADVISED} are advised at most"));
    }
    if offices > 1 && largest.agents > offices {
        let alone = figures::hello_round(offices);
        let every = figures::per_minute(alone, plan.settings.hello_s);
        let interval = plan.settings.hello_s;
        said.note(format!(
            "{name}: {offices} offices alone are {} hellos a minute at one of each agent, {} at one \
             every {interval} s; with the POP's agent they are {} and {}",
            grouped(alone),
            grouped(every),
            grouped(largest.hellos.once_a_minute),
            grouped(largest.hellos.nominal)
        ));
    }
}

/// The worse direction of a link. Links that are equal in it are told of together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Worst {
    way: &'static str,
    direction: Direction,
}

impl Worst {
    fn of(link: &Link) -> Self {
        if link.up.permille > link.down.permille {
            Self { way: "up", direction: link.up }
        } else {
            Self { way: "down", direction: link.down }
        }
    }

    /// What links have in common that are told of together: LSPs differ a little.
    fn is_like(&self, other: &Self) -> bool {
        let key = |worst: &Self| {
            let Direction { capacity_bps, flow, .. } = worst.direction;
            (worst.way, capacity_bps, flow.hellos, flow.csnps)
        };
        key(self) == key(other)
    }
}

/// Links of which the agents take too much, those that are alike together.
fn heavy_links(plan: &Plan, links: &[Link], said: &mut Said) {
    let most = plan.settings.warn_percent * 10;
    let mut alike: Vec<(Worst, usize, u64)> = Vec::new();
    for (site, link) in links.iter().enumerate() {
        let worst = Worst::of(link);
        if worst.direction.permille > most {
            match alike.iter_mut().find(|(other, ..)| other.is_like(&worst)) {
                Some((.., others)) => *others += 1,
                None => alike.push((worst, site, 0)),
            }
        }
    }
    for (Worst { way, direction }, site, others) in alike {
        let Some(link) = links.get(site) else { continue };
        let who = match others {
            0 => link.site.clone(),
            1 => format!("{} and another", link.site),
            others => format!("{} and {} others", link.site, grouped(others)),
        };
        let (share, speed) = (percent(direction.permille), grouped(direction.capacity_bps));
        let (total, remedy) = (grouped(direction.total_bps), remedy(plan, site, link));
        said.warning(format!(
            "{who}: {total} bit/s {way} are {share} of a link of {speed}; {remedy}"
        ));
    }
}

/// What would bring the link of a site below what is warned of: the least change of two timers.
fn remedy(plan: &Plan, site: usize, link: &Link) -> String {
    let settings = plan.settings;
    let by_change = slower(&settings).into_iter();
    // The designated router's hellos stay as they are, so that this is less than it will be.
    let may_do = |&(hello_s, csnp_s): &(u64, u64)| {
        let fits = |way: Direction| {
            let hellos = way.flow.hellos * settings.hello_s / hello_s;
            let csnps = way.flow.csnps * settings.csnp_s / csnp_s;
            is_light(hellos + csnps + way.flow.refresh, way.capacity_bps, &settings)
        };
        fits(link.up) && fits(link.down)
    };
    let does = |&(hello_s, csnp_s): &(u64, u64)| {
        let plan = Plan { settings: Settings { hello_s, csnp_s, ..settings }, ..plan.clone() };
        let load = Analysis::of(&plan, &Design::of(&plan)).sites.get(site).copied();
        load.is_some_and(|load| {
            is_light(load.up.total(), link.up.capacity_bps, &settings)
                && is_light(load.down.total(), link.down.capacity_bps, &settings)
        })
    };
    match by_change.filter(may_do).find(does) {
        Some((hello_s, csnp_s)) if hello_s == settings.hello_s => {
            format!("csnp_interval_s={csnp_s} would do")
        }
        Some((hello_s, csnp_s)) if csnp_s == settings.csnp_s => {
            format!("hello_interval_s={hello_s} would do")
        }
        Some((hello_s, csnp_s)) => {
            format!("hello_interval_s={hello_s} with csnp_interval_s={csnp_s} would do")
        }
        None => "smaller networks or a faster link would do".to_owned(),
    }
}

fn is_light(flow: u64, link: u64, settings: &Settings) -> bool {
    flow * 100 <= link * settings.warn_percent
}

/// Slower hellos and CSNPs, in seconds, those first that change the least.
fn slower(settings: &Settings) -> Vec<(u64, u64)> {
    const HELLOS: [u64; 6] = [30, 40, 50, 60, 80, 100];
    const CSNPS: [u64; 9] = [45, 60, 90, 120, 150, 180, 240, 300, 600];
    let from = |now: u64, list: &[u64]| -> Vec<u64> {
        [now].into_iter().chain(list.iter().copied().filter(|&seconds| seconds > now)).collect()
    };
    let csnps = from(settings.csnp_s, &CSNPS);
    let hellos = from(settings.hello_s, &HELLOS).into_iter();
    let mut choices: Vec<(u64, u64)> =
        hellos.flat_map(|hello| csnps.iter().map(move |&csnp| (hello, csnp))).collect();
    choices.sort_by_key(|&(hello, csnp)| (hello * csnp, hello));
    choices
}

fn networks(plan: &Plan, network: &NetworkFigures, said: &mut Said) {
    let name = &network.name;
    let seconds = rounded(network.csnp_datagrams, CSNP_PACE);
    if seconds > plan.settings.csnp_s {
        said.warning(format!(
            "{name}: a set of CSNPs is {} datagrams; csnp_interval_s={seconds}, or larger LSPs",
            grouped(network.csnp_datagrams)
        ));
    }
    if !network.hello_lists_all {
        said.note(format!(
            "{name}: a hello cannot list {} neighbours, so each copy lists only whom it goes to",
            network.agents - 1
        ));
    }
}

/// Whether what one agent knows fits into its LSPs.
fn space(design: &Design, by: &Analysis, said: &mut Said) {
    let (fragments, agent) = by.largest_node;
    if fragments > MAX_FRAGMENTS {
        let name = design.agents.get(agent).map_or("", |agent| &agent.name);
        said.warning(format!(
            "{name} would need {fragments} LSPs for one LAN, and {MAX_FRAGMENTS} can be had: larger \
             LSPs, or one agent a POP, whose CMD networks share a database"
        ));
    }
}

fn limits(by: &Analysis, said: &mut Said) {
    let (routes, services) = by.everything;
    let limits = Limits::default();
    if routes > count(limits.routes) || services > count(limits.services) {
        said.note(format!(
            "{} networks and {} services are more than an agent keeps by itself: the files made \
             by `--emit` raise its limits",
            grouped(routes),
            grouped(services)
        ));
    }
}

fn priorities(design: &Design, by: &Analysis, said: &mut Said) {
    let clouds = || design.networks.iter().filter(|network| network.cloud.is_some());
    let of = |wanted: u8| by.priorities.iter().flatten().filter(|&&own| own == wanted).count();
    if of(priority::HIGH) > 0 {
        let (first, high) = (clouds().next().map_or("", |network| &network.name), priority::HIGH);
        let others = match clouds().count() - 1 {
            0 => String::new(),
            1 => " and another CMD network".to_owned(),
            others => format!(" and {others} other CMD networks"),
        };
        said.note(format!(
            "a POP's agent is designated router of {first}{others}: its priority there is {high}"
        ));
    }
    if of(priority::LOW) > 0 {
        let (low, offices) = (priority::LOW, of(priority::LOW));
        let who = match offices {
            1 => "1 office's uplink".to_owned(),
            _ => format!("{} offices' uplinks", grouped(count(offices))),
        };
        said.note(format!("{who} could not bear what a designated router sends: priority {low}"));
    }
    let heaviest = by.stand_ins.iter().flatten().rev().max_by_key(|stand_in| stand_in.permille);
    if let Some(StandIn { agent, up_bps, permille }) = heaviest {
        said.note(format!(
            "while no POP's agent is there, an office is designated router; at worst {agent}: {} \
             bit/s up, {} of its link",
            grouped(*up_bps),
            percent(*permille)
        ));
    }
}
