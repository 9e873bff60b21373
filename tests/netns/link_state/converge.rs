//! Everybody learns of everybody, and has the same database.

use std::time::{Duration, Instant};

use ipxway::demo::lab::{Lab, NlspTimes, wait_until};

use super::super::lab::{CONVERGENCE, Pair, SOON, ensure, full, isolated, note};
use super::{FRAMING, Mesh, equal, united, up};

/// How long a designated router is not elected, unless all peers are heard [nlsp §9.1].
const START_DELAY: Duration = Duration::from_secs(20);

#[test]
fn two_agents_at_the_defaults_wait_for_nobody_else_and_a_client_finds_the_far_server() {
    isolated(|lab| {
        let begun = Instant::now();
        let pair = Pair::new(lab, FRAMING, 60)?;
        note(&format!("two agents at the defaults: {:?}", begun.elapsed()));
        ensure(begun.elapsed() < START_DELAY, || format!("it took {:?}", begun.elapsed()))?;
        let Pair { near, far, agents, servers: [mut near_server, _far_server] } = pair;
        let both: Vec<_> = agents.iter().collect();
        united(&both, SOON)?;
        equal(&both, SOON)?;
        let [first, second] = &agents;
        for (agent, other) in [(first, &far), (second, &near)] {
            let rows = up(agent)?;
            let [row] = rows.as_slice() else { anyhow::bail!("{rows:?}") };
            let name = row.name.as_deref().unwrap_or_default();
            let is_it = row.peer == Some(other.ip) && name.eq_ignore_ascii_case(&other.name);
            // A minute, or half of it of the designated router.
            let holding_time = if row.designated { 30 } else { 60 };
            ensure(is_it && row.holding_time_s == holding_time, || format!("{row:?}"))?;
        }
        near_server.terminate(SOON)?;
        wait_until("FS1 to be gone", SOON, || Ok((!first.offers("FS1")?).then_some(())))?;
        let found = near.host(lab, "find 0004 --device desk --framing 802.2")?;
        ensure(found.contains(&far.server_name()), || found.clone())?;
        let server = format!("{:X}.1", far.server_network());
        let ping = format!("ping --device desk --count 3 --interval 0.1 {server}");
        let answers = near.host(lab, &ping)?;
        ensure(answers.contains("3 received"), || answers.clone())
    });
}

#[test]
fn three_agents_have_equal_databases_and_every_far_server_is_found_and_pinged() {
    isolated(|lab| everybody(lab, 3, Some(NlspTimes::SHORT)));
}

#[test]
fn eight_agents_have_equal_databases_and_every_far_server_is_found_and_pinged() {
    // By the figures of the specification: at the defaults.
    isolated(|lab| everybody(lab, 8, (!full()).then_some(NlspTimes::SHORT)));
}

/// `count` agents, all neighbours of all.
fn everybody(lab: &Lab, count: u8, times: Option<NlspTimes>) -> anyhow::Result<()> {
    let mut mesh = Mesh::lay(lab, count)?;
    mesh.start_all(lab, times)?;
    let took = mesh.settle(CONVERGENCE)?;
    note(&format!("{count} agents: {took:?} after the last start"));
    // A router and a LAN for each, and the CMD network: nothing is left of elections that were.
    let all: Vec<_> = mesh.agents.iter().collect();
    let packets = usize::from(count) * 2 + 1;
    wait_until("nothing else in the databases", CONVERGENCE, || {
        Ok((equal(&all, CONVERGENCE)?.len() == packets).then_some(()))
    })?;
    let [near, others @ ..] = mesh.sites.as_slice() else { anyhow::bail!("no sites") };
    for far in others {
        let find = format!("find {} --device desk --framing 802.2", far.printer_type());
        let found = near.host(lab, &find)?;
        ensure(found.contains(&far.printer_name()), || found.clone())?;
        let server = format!("{:X}.1", far.server_network());
        let ping = format!("ping --device desk --count 2 --interval 0.1 {server}");
        let answers = near.host(lab, &ping)?;
        ensure(answers.contains("2 received"), || answers.clone())?;
        ensure(answers.contains("2 routers"), || answers.clone())?;
    }
    Ok(())
}
