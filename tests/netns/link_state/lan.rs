//! NLSP on an Ethernet LAN.

use std::time::Duration;

use ipxway::demo::lab::{Agent, LanPort, NlspTimes, wait_until};
use ipxway_core::config::Mode;
use ipxway_core::wire::NetworkNumber;

use super::super::lab::{CONVERGENCE, SHORT, SOON, Site, ensure, isolated};
use super::{FRAMING, designated, equal, second_agent, state_of, throughout, united};

#[test]
fn two_agents_on_one_lan_become_neighbours_and_one_of_them_is_the_designated_router() {
    isolated(|lab| {
        lab.backbone()?;
        let site = Site::new(lab, 1)?;
        let _server = site.serve(lab, FRAMING, SHORT)?;
        let (mut second, _) = second_agent(lab, &site, 2)?;
        // The second one is on a TAP, in a bridge with its card.
        lab.bridge("site2", "br0")?;
        lab.ip("-n site2 link set eth2 master br0")?;
        for lan in &mut second.lans {
            lan.port = LanPort::Tap("ipx0".to_owned(), Some("br0".to_owned()));
        }
        let mut agents = Vec::new();
        for config in [site.config(FRAMING), second] {
            let config = config.nlsp_on_lans(Mode::On).every(SHORT).paced(NlspTimes::SHORT);
            agents.push(Agent::start(lab, &config.name.clone(), &config)?);
        }
        let both: Vec<&Agent> = agents.iter().collect();
        united(&both, CONVERGENCE)?;
        let first = wait_until("a designated router", SOON, || designated(&both))?;
        // What is on the LAN, and each other's internal network.
        let internal = [0xc000_0001, 0xc000_0002].map(NetworkNumber);
        wait_until("each other's networks", CONVERGENCE, || {
            for agent in &both {
                let known = agent.offers("FS1")?
                    && agent.reaches(NetworkNumber(site.server_network()))?
                    && agent.reaches(internal[0])?
                    && agent.reaches(internal[1])?;
                if !known {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })?;
        for (agent, other) in both.iter().zip(internal.into_iter().rev()) {
            let rows = agent.routes()?;
            let row = rows.iter().find(|row| row.network == other);
            ensure(row.is_some_and(|row| row.origin == "nlsp"), || format!("{row:?}"))?;
        }
        // Two routers, and the LAN as the designated one tells it.
        wait_until("a database of three packets", CONVERGENCE, || {
            Ok((equal(&both, CONVERGENCE)?.len() == 3).then_some(()))
        })?;
        // When it dies, the other takes its place and the server stays.
        let mut dead = agents.remove(first);
        dead.process.kill()?;
        let [left] = agents.as_slice() else { anyhow::bail!("two were started") };
        let begun = std::time::Instant::now();
        let is_designated = || designated(&[left]);
        throughout(
            || Ok(is_designated()?.is_none() && begun.elapsed() < SOON),
            || left.offers("FS1"),
            "offered",
        )?;
        ensure(is_designated()?.is_some(), || state_of(&[left]))?;
        let lost = internal[first];
        wait_until("the dead one to be forgotten", Duration::from_secs(10), || {
            Ok((!left.reaches(lost)?).then_some(()))
        })
    });
}
