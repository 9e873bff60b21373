//! A scenario: read, checked against its plan, ready to be told.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use ipxway_core::config::Exchange;
use ipxway_core::sim::Condition;

use crate::config::diagnostic::{Faults, Place, Placed};
use crate::config::reader::{Reader, nearest};
use crate::config::{self, Diagnostic};
use crate::plan::design::{AgentsPerPop, Design, Plan};
use crate::plan::{Overrides, verb};

/// What is to be simulated.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) plan: Plan,
    /// `None`: as configurations say it.
    pub(super) exchange: Option<Exchange>,
    pub(super) seed: u64,
    pub(super) limit: Duration,
    pub(super) rest: Duration,
    pub(super) backbone: Condition,
    pub(super) events: Vec<Event>,
}

/// Something that happens.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) at: Duration,
    pub(super) what: What,
    /// As they were named.
    pub(super) named: Vec<String>,
    /// The agents, each once.
    pub(super) agents: BTreeSet<String>,
}

/// What happens to agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Kill,
    Stop,
    Restart,
    Partition,
    Heal,
}

impl What {
    const ALL: [Self; 5] = [Self::Kill, Self::Stop, Self::Restart, Self::Partition, Self::Heal];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Partition => "partition",
            Self::Heal => "heal",
        }
    }
}

/// Reads a scenario from memory, and its plan. The inner error is a plan that cannot be read.
///
/// # Errors
/// It is faulty; with all faults, warnings included.
pub(super) fn parse(
    file: (&str, &str),
    directory: &Path,
) -> Result<(anyhow::Result<Scenario>, Vec<Diagnostic>), Vec<Diagnostic>> {
    config::parse_by(&super::schema::ROOT, file, |top, faults| read(top, directory, faults))
}

fn read(top: &Reader<'_, '_>, directory: &Path, faults: &Faults<'_>) -> anyhow::Result<Scenario> {
    // There is one schema so far: a version within its range changes nothing.
    let _: Option<Placed<u64>> = top.number("version");
    let table = top.section("scenario");
    let plan = table.text("plan", |text| Ok(text.to_owned()));
    let agents_per_pop = match table.word("agents_per_pop") {
        Some("one") => Some(AgentsPerPop::One),
        Some(_) => Some(AgentsPerPop::OnePerNetwork),
        None => None,
    };
    let exchange = match table.word("exchange") {
        Some("rip-sap") => Some(Exchange::RipSap),
        Some(_) => Some(Exchange::Nlsp),
        None => None,
    };
    let seconds = |name, default| {
        table.number(name).map_or(Duration::from_secs(default), |n| Duration::from_secs(n.value))
    };
    let (limit, rest) = (seconds("limit_s", 900), seconds("rest_s", 120));
    let seed = table.number("seed").map_or(1, |seed| seed.value);
    let backbone = condition(&top.section("backbone"));
    let typed: Vec<Typed> = top.sections("event").iter().map(Typed::read).collect();
    let Some(plan) = plan else { anyhow::bail!("no plan is named") };
    let overrides = Overrides { agents_per_pop, hello_s: None };
    let (plan, _) = verb::load(&directory.join(plan.value), overrides)?;
    let events = events(typed, &plan, faults);
    Ok(Scenario { plan, exchange, seed, limit, rest, backbone, events })
}

fn condition(table: &Reader<'_, '_>) -> Condition {
    let milliseconds = |name, default| {
        let value = table.number(name).map_or(default, |number| number.value);
        Duration::from_millis(value)
    };
    Condition {
        delay: milliseconds("delay_ms", 20),
        jitter: milliseconds("jitter_ms", 0),
        loss_permille: table.number("loss_permille").map_or(0, |number| number.value),
        ..Condition::default()
    }
}

/// `[[event]]` as it was typed.
struct Typed {
    place: Place,
    at: Option<Placed<u64>>,
    what: Option<What>,
    agents: Vec<Placed<String>>,
}

impl Typed {
    fn read(table: &Reader<'_, '_>) -> Self {
        let word = table.word("do");
        Self {
            place: table.place(),
            at: table.number("at_s"),
            what: word.and_then(|word| What::ALL.into_iter().find(|what| what.name() == word)),
            agents: table.list("agents", |text| Ok(text.to_owned())).unwrap_or_default(),
        }
    }
}

/// What happens, checked: to agents that are there, in the order of time.
fn events(typed: Vec<Typed>, plan: &Plan, faults: &Faults<'_>) -> Vec<Event> {
    let design = Design::of(plan);
    let mut dead: BTreeSet<String> = BTreeSet::new();
    let mut last = 0;
    let mut events = Vec::new();
    for Typed { place, at, what, agents: typed } in typed {
        let (Some(at), Some(what)) = (at, what) else { continue };
        if at.value < last {
            faults.error(&at.place, "earlier than the one before", "put them in order of time");
        }
        last = at.value;
        let mut agents = BTreeSet::new();
        for name in &typed {
            agents.extend(named(name, &design, faults));
        }
        if (what == What::Heal) != typed.is_empty() {
            let right = if what == What::Heal { "take `agents` out" } else { "give `agents`" };
            faults.error(&place, format!("{} of {} agents", what.name(), agents.len()), right);
        }
        for agent in &agents {
            let is_right = match what {
                What::Kill | What::Stop => dead.insert(agent.clone()),
                What::Restart => dead.remove(agent),
                What::Partition | What::Heal => true,
            };
            if !is_right {
                let state = if what == What::Restart { "alive" } else { "dead" };
                let wrong = format!("{agent} is {state} then");
                faults.error(&place, wrong, "take it out, or look at the events before");
            }
        }
        let named = typed.into_iter().map(|name| name.value).collect();
        events.push(Event { at: Duration::from_secs(at.value), what, named, agents });
    }
    events
}

/// The agents of a name.
fn named(name: &Placed<String>, design: &Design, faults: &Faults<'_>) -> Vec<String> {
    if let Some(network) = design.networks.iter().find(|network| network.name == name.value) {
        let agents = network.members.iter().filter_map(|&member| design.agents.get(member));
        return agents.map(|agent| agent.name.clone()).collect();
    }
    if design.agents.iter().any(|agent| agent.name == name.value) {
        return vec![name.value.clone()];
    }
    let names = design.agents.iter().map(|agent| agent.name.as_str());
    let names: Vec<&str> = names.chain(design.networks.iter().map(|n| n.name.as_str())).collect();
    let right = match nearest(&name.value, &names) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "name one of the plan".to_owned(),
    };
    faults.error(&name.place, "no agent and no CMD network of the plan is called so", right);
    Vec::new()
}
