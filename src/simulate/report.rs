//! What is told of a simulation: one value for people and for programs.

use std::fmt;

use ipxway_core::Time;
use ipxway_core::journal::Digest;
use ipxway_core::sim::Behind;
use ipxway_core::wire::NetworkNumber;
use serde::Serialize;

use super::scenario::Scenario;
use super::traffic::{Count, Kind, Traffic};
use crate::cli::table::Table;
use crate::plan::analysis::Analysis;
use crate::plan::design::{AgentsPerPop, Design};
use crate::plan::figures::{self, rounded};
use crate::plan::{counted, grouped};

/// The version of the JSON.
const JSON_VERSION: u32 = 1;
/// Agents that are named before the rest is counted.
const NAMED: usize = 3;

/// A simulation. Equal for equal scenarios and seeds.
#[derive(Debug, Serialize)]
pub struct Report {
    version: u32,
    /// The plan's title.
    pub title: String,
    /// Agents of a POP.
    pub agents_per_pop: AgentsPerPop,
    /// Agents.
    pub agents: usize,
    /// CMD networks.
    pub cmd_networks: usize,
    /// Servers on the LANs.
    pub servers: usize,
    /// The seed.
    pub seed: u64,
    /// What happened.
    pub stages: Vec<Stage>,
    /// Time that passed in the simulation, in seconds.
    pub simulated_s: u64,
    /// What was sent in all.
    pub traffic: Traffic,
    /// The last seconds, in which nothing happened.
    pub rest_s: u64,
    /// What was sent in them.
    pub at_rest: Traffic,
    /// Hellos a minute that the plan expects.
    pub expected_hellos_per_minute: u64,
    /// A digest of all that was sent: equal for equal histories.
    pub trace: Digest,
}

/// How a story ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) servers: usize,
    pub(super) now: Time,
    pub(super) trace: Digest,
    pub(super) stages: Vec<Stage>,
    pub(super) traffic: Traffic,
    pub(super) at_rest: Traffic,
}

/// Something that happened, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// When, in milliseconds after the start.
    pub at_ms: u64,
    /// What.
    pub what: String,
    /// Agents alive then.
    pub agents: usize,
    /// Parts of the internetwork that nothing joins then.
    pub parts: usize,
    /// Networks in all parts.
    pub networks: usize,
    /// Services in all parts.
    pub services: usize,
    /// After how many milliseconds all knew all; `None`: not before the limit or the next event.
    pub settled_ms: Option<u64>,
    /// The agents that did not, at the end.
    pub behind: Vec<Lagging>,
}

/// An agent that did not come to know all, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lagging {
    /// The agent.
    pub agent: String,
    /// Networks that it does not know.
    pub networks_missing: Vec<NetworkNumber>,
    /// Networks that it should have forgotten.
    pub networks_stale: Vec<NetworkNumber>,
    /// Services that it does not know, or has no route to.
    pub services_missing: usize,
    /// Services that it should have forgotten.
    pub services_stale: usize,
}

impl Lagging {
    pub(super) fn of(behind: Behind<'_>) -> Self {
        Self {
            agent: behind.agent.to_owned(),
            networks_missing: behind.networks_missing,
            networks_stale: behind.networks_stale,
            services_missing: behind.services_missing,
            services_stale: behind.services_stale,
        }
    }
}

impl fmt::Display for Lagging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.networks_missing.len(), "network", "missing"),
            (self.networks_stale.len(), "network", "too many"),
            (self.services_missing, "service", "missing"),
            (self.services_stale, "service", "too many"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|&(count, ..)| count > 0)
            .map(|(count, what, how)| format!("{} {how}", counted(figures::count(count), what)))
            .collect();
        write!(f, "{}: {}", self.agent, parts.join(", "))
    }
}

impl Report {
    pub(super) fn new(
        scenario: &Scenario,
        design: &Design,
        analysis: &Analysis,
        told: Outcome,
    ) -> Self {
        let hellos = analysis.networks.iter().map(|network| network.hellos);
        Self {
            version: JSON_VERSION,
            title: scenario.plan.title.clone(),
            agents_per_pop: scenario.plan.agents_per_pop,
            agents: design.agents.len(),
            cmd_networks: design.networks.len(),
            servers: told.servers,
            seed: scenario.seed,
            stages: told.stages,
            simulated_s: told.now.as_micros() / 1_000_000,
            traffic: told.traffic,
            rest_s: scenario.rest.as_secs(),
            at_rest: told.at_rest,
            expected_hellos_per_minute: hellos
                .map(|hellos| hellos.expected + hellos.designated_adds)
                .sum(),
            trace: told.trace,
        }
    }
}

/// Milliseconds as `23.4 s`.
fn seconds(ms: u64) -> String {
    let tenths = rounded(ms, 100);
    format!("{}.{} s", grouped(tenths / 10), tenths % 10)
}

fn number(count: usize) -> String {
    grouped(figures::count(count))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize, what| counted(figures::count(count), what);
        writeln!(
            f,
            "{}: {}, {}, {}; seed {}\n",
            self.title,
            count(self.agents, "agent"),
            count(self.cmd_networks, "CMD network"),
            count(self.servers, "server"),
            self.seed
        )?;
        writeln!(f, "{}", self.what_happened())?;
        for stage in self.stages.iter().filter(|stage| stage.settled_ms.is_none()) {
            let agents = counted(figures::count(stage.behind.len()), "agent");
            writeln!(f, "After \"{}\" {agents} did not come to know all and no more:", stage.what)?;
            for lagging in stage.behind.iter().take(NAMED) {
                writeln!(f, "  {lagging}")?;
            }
            writeln!(f)?;
        }
        write!(f, "{}", self.packets())
    }
}

impl Report {
    fn what_happened(&self) -> Table {
        let mut table = Table::new(&[
            ">AT",
            "EVENT",
            ">AGENTS",
            ">PARTS",
            ">NETWORKS",
            ">SERVICES",
            ">ALL KNOW ALL AFTER",
        ]);
        for stage in &self.stages {
            table.row([
                seconds(stage.at_ms),
                stage.what.clone(),
                number(stage.agents),
                number(stage.parts),
                number(stage.networks),
                number(stage.services),
                stage.settled_ms.map_or("-".to_owned(), seconds),
            ]);
        }
        table
    }

    fn packets(&self) -> Table {
        let rest = format!(">A MINUTE, LAST {} s", self.rest_s);
        let mut table =
            Table::new(&["PACKETS", "", ">IN ALL", ">BYTES", &rest, ">BYTES", ">PLANNED"]);
        let links = [
            ("backbone", &self.traffic.backbone, &self.at_rest.backbone),
            ("LANs", &self.traffic.lans, &self.at_rest.lans),
        ];
        for (link, all, rest) in links {
            for (place, (&kind, count)) in all.iter().enumerate() {
                let last: Count = rest.get(&kind).copied().unwrap_or_default();
                let a_minute = |count: u64| match self.rest_s {
                    0 => "-".to_owned(),
                    seconds => grouped(rounded(count * 60, seconds)),
                };
                let is_planned = kind == Kind::Hello && link == "backbone";
                table.row([
                    if place == 0 { link.to_owned() } else { String::new() },
                    kind.name().to_owned(),
                    grouped(count.packets),
                    grouped(count.bytes),
                    a_minute(last.packets),
                    a_minute(last.bytes),
                    if is_planned {
                        grouped(self.expected_hellos_per_minute)
                    } else {
                        String::new()
                    },
                ]);
            }
        }
        table
    }
}
