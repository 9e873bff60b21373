//! Agents as link-state neighbours: on CMD networks, on LANs, where networks meet.
//!
//! Most tests have the shortest times that the file takes, so that nobody waits for a minute;
//! what they await is asked of the agents over and over, and how long it took is noted.

mod converge;
mod faults;
mod lan;
mod lossy;
mod meeting;
mod partition;
mod relay;
mod silence;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::Context;
use ipxway::demo::lab::{Agent, AgentConfig, Lab, LanPort, NlspTimes, Process, wait_until};
use ipxway_core::router::{Command, NlspNeighborRow, Reply};
use ipxway_core::wire::frame::Framing;

use super::lab::{CONVERGENCE, SHORT, Site, converge, ensure, knows_all};

/// The framing of the LANs.
const FRAMING: Framing = Framing::Llc8022;

/// Sites on one CMD network, each with a server and an agent that has all the others as peers.
struct Mesh {
    sites: Vec<Site>,
    servers: Vec<Process>,
    agents: Vec<Agent>,
}

impl Mesh {
    /// Lays the cables and starts the servers.
    fn lay(lab: &Lab, count: u8) -> anyhow::Result<Self> {
        lab.backbone()?;
        let sites: Vec<Site> =
            (1..=count).map(|number| Site::new(lab, number)).collect::<Result<_, _>>()?;
        let servers =
            sites.iter().map(|site| site.serve(lab, FRAMING, SHORT)).collect::<Result<_, _>>()?;
        Ok(Self { sites, servers, agents: Vec::new() })
    }

    /// Starts the agent of a site.
    fn start(&self, lab: &Lab, site: &Site, times: Option<NlspTimes>) -> anyhow::Result<Agent> {
        let all: Vec<&Site> = self.sites.iter().collect();
        let config = site.config(FRAMING).cmd(site.cmd(&all)).every(SHORT);
        Agent::start(lab, &site.name, &AgentConfig { nlsp: times, ..config })
    }

    /// Starts all agents.
    fn start_all(&mut self, lab: &Lab, times: Option<NlspTimes>) -> anyhow::Result<()> {
        for site in &self.sites {
            let agent = self.start(lab, site, times)?;
            self.agents.push(agent);
        }
        Ok(())
    }

    /// Sites with short times that have become one network.
    fn brisk(lab: &Lab, count: u8) -> anyhow::Result<Self> {
        let mut mesh = Self::lay(lab, count)?;
        mesh.start_all(lab, Some(NlspTimes::SHORT))?;
        mesh.settle(CONVERGENCE)?;
        Ok(mesh)
    }

    /// Waits until all are neighbours of all under one designated router, know everything and
    /// have equal databases; gives the time it took.
    fn settle(&self, patience: Duration) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let all: Vec<&Agent> = self.agents.iter().collect();
        let sites: Vec<&Site> = self.sites.iter().collect();
        united(&all, patience)?;
        converge(all.iter().copied(), &sites)?;
        equal(&all, patience.saturating_sub(begun.elapsed()))?;
        Ok(begun.elapsed())
    }

    /// All agents but one, and all sites but its.
    fn without(&self, place: usize) -> (Vec<&Agent>, Vec<&Site>) {
        let (mut agents, mut sites): (Vec<_>, Vec<_>) =
            (self.agents.iter().collect(), self.sites.iter().collect());
        agents.remove(place);
        sites.remove(place);
        (agents, sites)
    }

    /// For so long everybody knows everything, at every moment.
    fn stays_whole(&self, length: Duration) -> anyhow::Result<()> {
        let (begun, agents) = (Instant::now(), self.agents.iter().collect::<Vec<_>>());
        let sites: Vec<&Site> = self.sites.iter().collect();
        throughout(
            || Ok(begun.elapsed() < length),
            || all_hold(&agents, |agent| knows_all(agent, &sites)),
            "everything known",
        )
    }

    /// The place of the designated router.
    fn designated(&self) -> anyhow::Result<usize> {
        let all: Vec<&Agent> = self.agents.iter().collect();
        wait_until("a designated router", CONVERGENCE, || designated(&all))
    }
}

/// A second agent on the LAN of a site: its namespace is connected to the backbone as site
/// `number`, and its card on the LAN is `eth2`.
fn second_agent(lab: &Lab, site: &Site, number: u8) -> anyhow::Result<(AgentConfig, Ipv4Addr)> {
    let name = format!("site{number}");
    lab.namespace(&name)?;
    let ip = lab.connect(&name, number)?;
    lab.plug(&site.lan, (&name, "eth2"), site.node(4))?;
    let port = LanPort::Nic("eth2".to_owned());
    let config = AgentConfig::new(&name, 0xc000_0000 + u32::from(number));
    Ok((config.lan("office", port, FRAMING, site.network()), ip))
}

/// The neighbours that are up.
fn up(agent: &Agent) -> anyhow::Result<Vec<NlspNeighborRow>> {
    Ok(agent.neighbors()?.into_iter().filter(|row| row.state == "up").collect())
}

/// The place of the agent that all take for the designated router of the one line that they
/// share, if they do.
fn designated(agents: &[&Agent]) -> anyhow::Result<Option<usize>> {
    let (mut places, mut names) = (Vec::new(), BTreeSet::new());
    for (place, agent) in agents.iter().enumerate() {
        let lines = agent.nlsp_circuits()?;
        let Some(line) = lines.into_iter().find(|line| line.speaks) else { return Ok(None) };
        names.insert(line.lan_id);
        if line.designated {
            places.push(place);
        }
    }
    let [place] = *places.as_slice() else { return Ok(None) };
    Ok((names.len() == 1 && !names.contains(&None)).then_some(place))
}

/// Waits until all are neighbours of all under one designated router.
fn united(agents: &[&Agent], patience: Duration) -> anyhow::Result<()> {
    let found = wait_until("all to be neighbours of all", patience, || {
        for agent in agents {
            if up(agent)?.len() + 1 < agents.len() {
                return Ok(None);
            }
        }
        designated(agents)
    });
    found.map(drop).with_context(|| state_of(agents))
}

/// A link-state packet in one of its versions.
type Version = (String, u32, u16);

/// What is in an agent's database, but for what was purged: that each forgets in its own time.
fn versions(agent: &Agent) -> anyhow::Result<BTreeSet<Version>> {
    let alive = agent.database()?.into_iter().filter(|row| row.lifetime_s > 0);
    Ok(alive.map(|row| (row.lsp, row.sequence, row.checksum)).collect())
}

/// Waits until the databases are equal, and gives what is in them.
fn equal(agents: &[&Agent], patience: Duration) -> anyhow::Result<BTreeSet<Version>> {
    let found = wait_until("databases to be equal", patience, || {
        let mut all = agents.iter().map(|agent| versions(agent));
        let Some(first) = all.next().transpose()? else { return Ok(None) };
        for other in all {
            if other? != first {
                return Ok(None);
            }
        }
        Ok((!first.is_empty()).then_some(first))
    });
    found.with_context(|| state_of(agents))
}

/// What agents say of their neighbours, lines, databases and history, for messages.
fn state_of(agents: &[&Agent]) -> String {
    let mut text = String::new();
    for agent in agents {
        let name = &agent.process.name;
        text.push_str(&format!("\n{name}\n"));
        for row in agent.neighbors().unwrap_or_default() {
            text.push_str(&format!("  {row:?}\n"));
        }
        for row in agent.nlsp_circuits().unwrap_or_default() {
            text.push_str(&format!("  {row:?}\n"));
        }
        for row in agent.database().unwrap_or_default() {
            let (lsp, sequence, checksum, lifetime) =
                (row.lsp, row.sequence, row.checksum, row.lifetime_s);
            text.push_str(&format!("  {lsp} {sequence:08X} {checksum:04X} {lifetime} s\n"));
        }
        if let Ok(Reply::Events { events }) = agent.ask(Command::ShowEvents) {
            for row in events.iter().rev().take(20).rev() {
                text.push_str(&format!("  {row:?}\n"));
            }
        }
    }
    text
}

/// Looks at something that must hold at every moment while `going_on`.
fn throughout(
    mut going_on: impl FnMut() -> anyhow::Result<bool>,
    mut holds: impl FnMut() -> anyhow::Result<bool>,
    what: &str,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    while going_on()? {
        ensure(holds()?, || format!("not {what} after {:?}", begun.elapsed()))?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// It holds at each of the agents.
fn all_hold(
    agents: &[&Agent],
    holds: impl Fn(&Agent) -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    for agent in agents {
        if !holds(agent)? {
            return Ok(false);
        }
    }
    Ok(true)
}
