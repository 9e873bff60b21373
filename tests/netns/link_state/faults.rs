//! Who dies is missed when its holding time is over, who leaves at once; and what goes on without
//! it is not disturbed.

use std::time::{Duration, Instant};

use anyhow::Context;
use ipxway::demo::lab::{Lab, NlspTimes};
use ipxway_core::wire::NetworkNumber;
use nix::sys::signal::Signal;

use super::super::lab::{
    CONVERGENCE, SOON, ensure, forgets, full, isolated, isolated_alone, knows_all, note,
};
use super::{Mesh, all_hold, designated, equal, state_of, throughout, united, up};

/// After so long without a change the decision process is at once again; while changes go on it
/// pauses for up to 5 s [nlsp §12.3].
const QUIET: Duration = Duration::from_secs(11);
/// From the end of a holding time to the last route: the decision process, and a busy machine.
const DECISION: Duration = Duration::from_secs(3);
/// How long those that go on are watched.
const AFTERWARDS: Duration = Duration::from_secs(10);
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
    mesh.stays_whole(QUIET)?;
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
        mesh.stays_whole(QUIET)?;
        let leaver = (mesh.designated()? + 1) % 4;
        leaves(mesh, leaver)
    });
}

#[test]
fn a_designated_router_that_leaves_is_gone_within_two_seconds_and_no_other_route_is_lost() {
    isolated_alone(|lab| {
        let mesh = Mesh::brisk(lab, 4)?;
        mesh.stays_whole(QUIET)?;
        let leaver = mesh.designated()?;
        leaves(mesh, leaver)
    });
}

/// Tells an agent to end, and watches from the others.
fn leaves(mut mesh: Mesh, leaver: usize) -> anyhow::Result<()> {
    mesh.agents[leaver].process.signal(Signal::SIGTERM)?;
    let watched = watch(&mesh, leaver)?;
    ensure(watched.missed < GOODBYE, || format!("{watched:?}"))?;
    let status = mesh.agents[leaver].process.wait(SOON)?;
    ensure(status.success(), || format!("exit status {status}"))
}

#[test]
fn when_the_designated_router_dies_another_takes_over_and_no_other_route_is_lost() {
    isolated(|lab| {
        let mut mesh = Mesh::brisk(lab, 4)?;
        mesh.stays_whole(QUIET)?;
        let first = mesh.designated()?;
        mesh.agents[first].process.kill()?;
        let watched = watch(&mesh, first)?;
        let most = Duration::from_secs(3) + DECISION;
        ensure(watched.missed < most && watched.succeeded < most, || format!("{watched:?}"))
    });
}

/// When the others noticed that an agent is gone.
#[derive(Debug)]
struct Watched {
    /// It is no neighbour any more, and nothing of its site is known.
    missed: Duration,
    /// The others have one designated router.
    succeeded: Duration,
}

/// Watches, from when an agent goes, that nothing else goes with it, not for a moment.
fn watch(mesh: &Mesh, gone: usize) -> anyhow::Result<Watched> {
    let begun = Instant::now();
    let (rest, sites) = mesh.without(gone);
    let site = &mesh.sites[gone];
    let (mut missed, mut succeeded) = (None, None);
    let is_missed = || {
        all_hold(&rest, |agent| {
            let known = agent.reaches(NetworkNumber(site.network()))?
                || agent.reaches(NetworkNumber(site.agent_network()))?
                || agent.reaches(NetworkNumber(site.server_network()))?
                || agent.offers(&site.server_name())?
                || up(agent)?.iter().any(|row| row.peer == Some(site.ip));
            Ok(!known)
        })
    };
    throughout(
        || {
            if missed.is_none() && is_missed()? {
                missed = Some(begun.elapsed());
            }
            if succeeded.is_none() && designated(&rest)?.is_some() {
                succeeded = Some(begun.elapsed());
            }
            Ok(begun.elapsed() < AFTERWARDS)
        },
        || all_hold(&rest, |agent| knows_all(agent, &sites)),
        "everything known",
    )
    .with_context(|| state_of(&rest))?;
    united(&rest, SOON)?;
    equal(&rest, SOON)?;
    let never = Duration::MAX;
    let watched =
        Watched { missed: missed.unwrap_or(never), succeeded: succeeded.unwrap_or(never) };
    note(&format!("{watched:?}"));
    Ok(watched)
}
