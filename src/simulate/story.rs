//! What happens, and how long it takes each time until all know all.

use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::sim::{Aim, World};

use super::build::{Built, build};
use super::report::{Lagging, Outcome, Report, Stage};
use super::scenario::{Event, Scenario, What};
use super::traffic::Traffic;
use crate::plan::analysis::Analysis;
use crate::plan::design::Design;

/// How much simulated time passes between two looks at the tables.
const LOOK: Duration = Duration::from_millis(100);
/// All agents have started after so long.
const START: Duration = Duration::from_secs(1);
/// An agent that was told to leave is gone after so long.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs a scenario to its end.
///
/// # Errors
/// The world of its plan cannot be built.
pub(super) fn tell(scenario: &Scenario) -> anyhow::Result<Report> {
    let design = Design::of(&scenario.plan);
    let analysis = Analysis::of(&scenario.plan, &design);
    let Built { mut world, servers } = build(scenario, &design, &analysis)?;
    let traffic = Traffic::watch(&mut world);
    let mut told = Told { world, scenario, stages: Vec::new() };
    world_starts(&mut told);
    for (place, event) in scenario.events.iter().enumerate() {
        told.wait_for(event.at);
        let next = scenario.events.get(place + 1).map(|next| next.at);
        told.happen(event, &design, next);
    }
    let before = traffic.borrow().clone();
    told.world.run_for(scenario.rest);
    let all = traffic.borrow().clone();
    let rest = all.since(&before);
    let told = Outcome {
        servers,
        now: told.world.now(),
        trace: told.world.trace(),
        stages: told.stages,
        traffic: all,
        at_rest: rest,
    };
    Ok(Report::new(scenario, &design, &analysis, told))
}

/// A story so far.
struct Told<'s> {
    world: World,
    scenario: &'s Scenario,
    stages: Vec<Stage>,
}

fn world_starts(told: &mut Told<'_>) {
    told.world.run_for(START);
    let next = told.scenario.events.first().map(|event| event.at);
    told.settle("all start".to_owned(), Time::ZERO, next);
}

impl Told<'_> {
    /// Nothing happens until then.
    fn wait_for(&mut self, at: Duration) {
        let at = Time::ZERO + at;
        self.world.run_for(at.since(self.world.now()));
    }

    fn happen(&mut self, event: &Event, design: &Design, next: Option<Duration>) {
        let at = self.world.now();
        let agents: Vec<&str> = event.agents.iter().map(String::as_str).collect();
        match event.what {
            What::Kill => agents.iter().for_each(|agent| self.world.kill(agent)),
            What::Restart => agents.iter().for_each(|agent| self.world.restart(agent)),
            What::Stop => self.stop(&agents),
            What::Partition => {
                let others = design.agents.iter().map(|agent| agent.name.as_str());
                let others: Vec<&str> =
                    others.filter(|name| !event.agents.contains(*name)).collect();
                self.world.partition(&agents, &others);
            }
            What::Heal => self.world.heal(),
        }
        let name = match event.named.as_slice() {
            [] => event.what.name().to_owned(),
            [one] => format!("{} {one}", event.what.name()),
            [first, others @ ..] => {
                format!("{} {first} and {} more", event.what.name(), others.len())
            }
        };
        self.settle(name, at, next);
    }

    /// Tells agents to leave, and waits until they are gone.
    fn stop(&mut self, agents: &[&str]) {
        agents.iter().for_each(|agent| self.world.stop(agent));
        let end = self.world.now() + FAREWELL;
        let staying = |world: &World| agents.iter().any(|agent| world.is_alive(agent));
        while staying(&self.world) && self.world.now() < end {
            self.world.run_for(LOOK);
        }
        agents.iter().for_each(|agent| self.world.kill(agent));
    }

    /// Runs until all know all, until the next event, or to the limit.
    fn settle(&mut self, what: String, at: Time, next: Option<Duration>) {
        let aim = self.world.aim();
        let limit = at + self.scenario.limit;
        let end = next.map_or(limit, |next| limit.min(Time::ZERO + next));
        let mut settled = self.world.has_reached(&aim);
        while !settled && self.world.now() < end {
            self.world.run_for(LOOK.min(end.since(self.world.now())));
            settled = self.world.has_reached(&aim);
        }
        let stage = self.stage(what, at, &aim, settled);
        self.stages.push(stage);
    }

    fn stage(&self, what: String, at: Time, aim: &Aim, settled: bool) -> Stage {
        let took = self.world.now().since(at);
        let behind = if settled { Vec::new() } else { self.world.behind(aim) };
        Stage {
            at_ms: at.as_micros() / 1_000,
            what,
            agents: aim.agents(),
            parts: aim.parts(),
            networks: aim.networks(),
            services: aim.services(),
            settled_ms: settled.then(|| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            behind: behind.into_iter().map(Lagging::of).collect(),
        }
    }
}
