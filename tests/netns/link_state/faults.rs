//! Who dies is missed when its holding time is over, who leaves at once; and what goes on without
//! it is not disturbed.

use std::time::{Duration, Instant};

use ipxway::demo::lab::{Lab, NlspTimes, wait_until};
use ipxway_core::wire::NetworkNumber;
use nix::sys::signal::Signal;

use super::super::lab::{
    CONVERGENCE, SOON, ensure, forgets, full, isolated, isolated_alone, knows_all, note,
};
use super::{Mesh, all_hold, designated, equal, throughout, united, up};

/// From the end of a holding time to the last route: the decision process, and a busy machine.
const DECISION: Duration = Duration::from_secs(3);
/// How long those that go on are watched.
const AFTERWARDS: Duration = Duration::from_secs(12);
/// Within which a goodbye is seen by all [nlsp §8.4].
const GOODBYE: Duration = Duration::from_secs(2);

#[test]
fn an_agent_that_is_killed_is_missed_when_its_short_holding_time_is_over() {
    isolated(|lab| death(lab, Some(NlspTimes::SHORT), Duration::from_secs(3)));
}

#[test]
fn an_agent_that_is_killed_is_missed_within_a_minute_at_the_defaults() {
    isolated(|lab| {
        if full() {
            return death(lab, None, Duration::from_secs(60));
        }
        note("a minute: only with IPXWAY_FULL=1");
        Ok(())
    });
}

/// Kills an agent that is not the designated router, and watches from the others.
fn death(lab: &Lab, times: Option<NlspTimes>, holding_time: Duration) -> anyhow::Result<()> {
    let mut mesh = Mesh::lay(lab, 3)?;
    mesh.start_all(lab, times)?;
    mesh.settle(CONVERGENCE)?;
    let victim = (mesh.designated()? + 1) % 3;
    let begun = Instant::now();
    mesh.agents[victim].process.kill()?;
    let site = &mesh.sites[victim];
    let (watchers, _) = mesh.without(victim);
    // An interval at most had gone since its last hello; of the other two, one is the machine's.
    throughout(
        || Ok(begun.elapsed() < holding_time / 3),
        || all_hold(&watchers, |watcher| watcher.reaches(NetworkNumber(site.network()))),
        "reached",
    )?;
    for watcher in &watchers {
        forgets(watcher, site, (holding_time + DECISION).saturating_sub(begun.elapsed()))?;
        let rows = watcher.neighbors()?;
        let row = rows.iter().find(|row| row.peer == Some(site.ip));
        ensure(row.is_some_and(|row| row.state == "failed"), || format!("{row:?}"))?;
    }
    note(&format!("the dead agent was missed after {:?}", begun.elapsed()));
    equal(&watchers, SOON)?;
    // Started again, it takes up what it was.
    mesh.agents[victim] = mesh.start(lab, site, times)?;
    mesh.settle(CONVERGENCE).map(drop)
}

#[test]
fn an_agent_that_leaves_is_gone_at_all_others_within_two_seconds() {
    isolated_alone(|lab| {
        let mesh = Mesh::brisk(lab, 4)?;
        let leaver = (mesh.designated()? + 1) % 4;
        leaves(mesh, leaver)
    });
}

#[test]
fn a_designated_router_that_leaves_is_gone_within_two_seconds_and_no_other_route_is_lost() {
    isolated_alone(|lab| {
        let mesh = Mesh::brisk(lab, 4)?;
        let leaver = mesh.designated()?;
        leaves(mesh, leaver)
    });
}

/// Tells an agent to end, and watches from the others.
fn leaves(mut mesh: Mesh, leaver: usize) -> anyhow::Result<()> {
    mesh.agents[leaver].process.signal(Signal::SIGTERM)?;
    let begun = Instant::now();
    let (rest, sites) = mesh.without(leaver);
    let site = &mesh.sites[leaver];
    for agent in &rest {
        forgets(agent, site, GOODBYE.saturating_sub(begun.elapsed()))?;
        let what = format!("{} to be no neighbour", site.name);
        wait_until(&what, GOODBYE.saturating_sub(begun.elapsed()), || {
            Ok(up(agent)?.iter().all(|row| row.peer != Some(site.ip)).then_some(()))
        })?;
    }
    note(&format!("the goodbye was seen by all after {:?}", begun.elapsed()));
    // Nothing of the others goes with it, not for a moment.
    throughout(
        || Ok(begun.elapsed() < AFTERWARDS),
        || all_hold(&rest, |agent| knows_all(agent, &sites)),
        "everything known",
    )?;
    united(&rest, SOON)?;
    equal(&rest, SOON)?;
    let status = mesh.agents[leaver].process.wait(SOON)?;
    ensure(status.success(), || format!("exit status {status}"))
}

#[test]
fn when_the_designated_router_dies_another_takes_over_and_no_other_route_is_lost() {
    isolated(|lab| {
        let mut mesh = Mesh::brisk(lab, 4)?;
        let first = mesh.designated()?;
        let mut successor = None;
        let begun = Instant::now();
        mesh.agents[first].process.kill()?;
        let (rest, sites) = mesh.without(first);
        throughout(
            || {
                if successor.is_none() && designated(&rest)?.is_some() {
                    successor = Some(begun.elapsed());
                }
                Ok(begun.elapsed() < AFTERWARDS)
            },
            || all_hold(&rest, |agent| knows_all(agent, &sites)),
            "everything known",
        )?;
        let took = successor.unwrap_or(Duration::MAX);
        note(&format!("another designated router after {took:?}"));
        ensure(took < Duration::from_secs(3) + DECISION, || format!("after {took:?}"))?;
        for agent in &rest {
            forgets(agent, &mesh.sites[first], SOON)?;
        }
        equal(&rest, SOON).map(drop)
    });
}
