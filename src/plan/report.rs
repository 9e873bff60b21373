//! What is told of a plan: one value for people and for programs.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::advice::{self, Advice};
use super::analysis::{Analysis, Flow, Hellos, NetworkFigures, SiteLoad};
use super::design::{Agent, AgentsPerPop, Design, Plan, Settings, Site};
use super::figures::{count, rounded};
use crate::config::Diagnostic;

/// The version of the JSON.
const JSON_VERSION: u32 = 1;

/// A plan in figures.
#[derive(Debug, Serialize)]
pub struct Report {
    version: u32,
    /// What the plan is called.
    pub title: String,
    /// How many agents a POP has.
    pub agents_per_pop: AgentsPerPop,
    /// Timers and sizes.
    pub settings: Settings,
    /// All offices in one CMD network: what is not to be built.
    pub flat: Totals,
    /// The plan.
    pub split: Totals,
    /// The CMD network of the flat design.
    pub flat_network: Option<NetworkFigures>,
    /// The CMD networks of the plan.
    pub networks: Vec<NetworkFigures>,
    /// The agents of the plan.
    pub agents: Vec<AgentRow>,
    /// The links of the plan.
    pub links: Vec<Link>,
    /// What to do, and what to know.
    pub advice: Vec<Advice>,
    /// What is probably not meant so in the file.
    pub warnings: Vec<Diagnostic>,
}

/// A design as a whole.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Totals {
    /// Offices.
    pub offices: u64,
    /// POPs.
    pub pops: u64,
    /// Agents.
    pub agents: u64,
    /// CMD networks.
    pub cmd_networks: u64,
    /// Hellos a minute, everywhere.
    pub hellos: Hellos,
}

/// An agent of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentRow {
    /// Its name.
    pub name: String,
    /// Its site.
    pub site: String,
    /// Its address.
    pub ip: Ipv4Addr,
    /// The CMD networks it is on.
    pub networks: Vec<Membership>,
}

/// An agent on a CMD network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The CMD network.
    pub name: String,
    /// The agent's base priority in the election of the designated router.
    pub priority: u8,
}

/// The link of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The site.
    pub site: String,
    /// It is a POP's.
    pub is_pop: bool,
    /// The CMD networks of the agents there.
    pub networks: Vec<String>,
    /// Towards the backbone.
    pub up: Direction,
    /// From there.
    pub down: Direction,
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Direction {
    /// Bits a second that it can take.
    pub capacity_bps: u64,
    /// Bits a second of the agents.
    #[serde(flatten)]
    pub flow: Flow,
    /// The same in all.
    pub total_bps: u64,
    /// Tenths of a percent of the capacity.
    pub permille: u64,
}

impl Direction {
    fn new(capacity_bps: u64, flow: Flow) -> Self {
        let total_bps = flow.total();
        Self { capacity_bps, flow, total_bps, permille: rounded(total_bps * 1_000, capacity_bps) }
    }
}

impl Report {
    /// Counts a plan.
    #[must_use]
    pub fn of(plan: &Plan, warnings: Vec<Diagnostic>) -> Self {
        let (flat, split) = (Design::flat(plan), Design::of(plan));
        let (by_flat, by_split) = (Analysis::of(plan, &flat), Analysis::of(plan, &split));
        let links: Vec<Link> = (0..)
            .zip(&plan.sites)
            .zip(&by_split.sites)
            .map(|((index, site), load)| link(index, site, load, &split))
            .collect();
        let advice = advice::of(plan, &split, &by_split, &links);
        Self {
            version: JSON_VERSION,
            title: plan.title.clone(),
            agents_per_pop: plan.agents_per_pop,
            settings: plan.settings,
            flat: Totals { pops: 0, ..totals(plan, &flat, &by_flat) },
            split: totals(plan, &split, &by_split),
            agents: split.agents.iter().map(|agent| row(agent, plan, &split, &by_split)).collect(),
            flat_network: by_flat.networks.into_iter().next(),
            networks: by_split.networks,
            links,
            advice,
            warnings,
        }
    }
}

fn row(agent: &Agent, plan: &Plan, design: &Design, by: &Analysis) -> AgentRow {
    let membership = |&index: &usize| {
        let network = design.networks.get(index)?;
        let mut own = network.members.iter().zip(by.priorities.get(index)?);
        let (_, &priority) =
            own.find(|(member, _)| design.agents.get(**member).is_some_and(|own| own == agent))?;
        Some(Membership { name: network.name.clone(), priority })
    };
    AgentRow {
        name: agent.name.clone(),
        site: plan.sites.get(agent.site).map_or(String::new(), |site| site.name.clone()),
        ip: agent.ip,
        networks: agent.networks.iter().filter_map(membership).collect(),
    }
}

fn link(index: usize, site: &Site, load: &SiteLoad, design: &Design) -> Link {
    let agents = design.agents.iter().filter(|agent| agent.site == index);
    let networks = agents.flat_map(|agent| &agent.networks);
    let names = networks.filter_map(|&network| design.networks.get(network));
    Link {
        site: site.name.clone(),
        is_pop: site.is_pop,
        networks: names.map(|network| network.name.clone()).collect(),
        up: Direction::new(site.up_bps, load.up),
        down: Direction::new(site.down_bps, load.down),
    }
}

fn totals(plan: &Plan, design: &Design, analysis: &Analysis) -> Totals {
    let sum = |sum: Hellos, network: &NetworkFigures| sum.plus(network.hellos);
    Totals {
        offices: count(plan.offices()),
        pops: count(plan.pops().count()),
        agents: count(design.agents.len()),
        cmd_networks: count(design.networks.len()),
        hellos: analysis.networks.iter().fold(Hellos::default(), sum),
    }
}
