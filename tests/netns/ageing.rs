//! What falls silent without a word is forgotten when it has been silent for three intervals: not
//! before, and not long after. By RIP and SAP, on the backbone too.

use std::time::{Duration, Instant};

use ipxway::demo::lab::{Agent, Lab, wait_until};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{SHORT, Site, converge, ensure, forgets, isolated, knows};

#[test]
fn a_server_and_an_agent_that_fall_silent_are_forgotten_after_three_short_intervals() {
    isolated(|lab| silence(lab, SHORT));
}

#[test]
fn a_server_and_an_agent_that_fall_silent_are_forgotten_after_three_minutes_by_default() {
    isolated(|lab| silence(lab, 60));
}

/// Kills the server of site 2 and the agent of site 3, and watches from site 1.
fn silence(lab: &Lab, interval_s: u32) -> anyhow::Result<()> {
    lab.backbone()?;
    let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
    let all = sites.each_ref();
    let mut servers = Vec::new();
    let mut agents = Vec::new();
    for site in all {
        servers.push(site.serve(lab, Framing::Llc8022, interval_s)?);
        let config =
            site.config(Framing::Llc8022).cmd(site.cmd(&all).by_rip_and_sap()).every(interval_s);
        agents.push(Agent::start(lab, &site.name, &config)?);
    }
    converge(&agents, &all)?;
    let (Some(server), Some(agent)) = (servers.get_mut(1), agents.get_mut(2)) else {
        unreachable!("three of each were started")
    };
    server.kill()?;
    agent.process.kill()?;
    let killed = Instant::now();

    // Each was last heard at most an interval and its jitter of 2 s ago.
    let interval = Duration::from_secs(interval_s.into());
    let least = (interval * 2).saturating_sub(Duration::from_millis(2_500));
    let most = interval * 3 + Duration::from_secs(10);
    let watcher = agents.first().expect("three were started");
    let [_, two, three] = all;
    let server_gone = || -> anyhow::Result<bool> {
        Ok(!watcher.reaches(NetworkNumber(two.server_network()))?
            && !watcher.offers(&two.server_name())?)
    };
    let site_there = || watcher.reaches(NetworkNumber(three.network()));
    while killed.elapsed() < least {
        ensure(!server_gone()? && site_there()?, || {
            format!("forgotten after {:?}, before {least:?}", killed.elapsed())
        })?;
        std::thread::sleep(Duration::from_millis(100));
    }
    wait_until("the server to be forgotten", most.saturating_sub(killed.elapsed()), || {
        Ok(server_gone()?.then_some(()))
    })?;
    forgets(watcher, three, most.saturating_sub(killed.elapsed()))?;
    // Those who go on are still there.
    ensure(watcher.reaches(NetworkNumber(two.network()))?, || {
        "site 2 is forgotten too".to_owned()
    })?;
    ensure(knows(watcher, all[0])?, || "its own server is forgotten too".to_owned())
}
