//! Everybody learns of everybody, by RIP and SAP: two sites, three in a line, three in a full
//! mesh, four framings on one wire.

use ipxway::demo::lab::{Agent, AgentConfig, Cmd, LanPort, wait_until};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{CONVERGENCE, Pair, SHORT, SOON, Site, converge, ensure, isolated, knows};

#[test]
fn two_sites_learn_of_each_other_and_a_client_finds_and_pings_the_far_server() {
    isolated(|lab| {
        // At the defaults: start-up announcements and triggered updates alone must do it.
        let pair = Pair::by_rip_and_sap(lab, Framing::Llc8022, 60)?;
        // The near server is stopped, so that the far one is the nearest.
        let Pair { near, far, agents, servers: [mut near_server, _far_server] } = pair;
        near_server.terminate(SOON)?;
        wait_until("FS1 to be gone", SOON, || Ok((!agents[0].offers("FS1")?).then_some(())))?;
        let found = near.host(lab, "find 0004 --device desk --framing 802.2")?;
        ensure(found.contains(&far.server_name()), || found.clone())?;
        let ping = format!(
            "ping --device desk --framing 802.2 --count 3 --interval 0.1 {:X}.1",
            far.server_network()
        );
        let answers = near.host(lab, &ping)?;
        ensure(answers.contains("3 received"), || answers.clone())
    });
}

#[test]
fn three_sites_in_a_line_learn_of_each_other_through_the_one_in_the_middle() {
    isolated(|lab| {
        lab.backbone()?;
        let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
        let [left, middle, right] = &sites;
        let _servers = sites.each_ref().map(|site| site.serve(lab, Framing::Llc8022, SHORT));
        let east = |local: &Site, peer: &Site| Cmd {
            name: "east".to_owned(),
            network: Some(NetworkNumber(0xfd00_0002)),
            ..Cmd::new(local.ip, &[peer.ip]).by_rip_and_sap()
        };
        let west = |local: &Site, peer: &Site| Cmd::new(local.ip, &[peer.ip]).by_rip_and_sap();
        let configs = [
            left.config(Framing::Llc8022).cmd(west(left, middle)),
            middle.config(Framing::Llc8022).cmd(west(middle, left)).cmd(east(middle, right)),
            right.config(Framing::Llc8022).cmd(east(right, middle)),
        ];
        let mut agents = Vec::new();
        for (site, config) in sites.iter().zip(configs) {
            agents.push(Agent::start(lab, &site.name, &config.every(SHORT))?);
        }
        converge(&agents, &[left, middle, right])?;
        let ping = format!("ping --device desk --count 2 {:X}.1", right.server_network());
        let answers = left.host(lab, &ping)?;
        // Back through three agents.
        ensure(answers.contains("3 routers"), || answers.clone())
    });
}

#[test]
fn three_sites_in_a_full_mesh_learn_of_each_other_and_one_that_was_killed_returns() {
    isolated(|lab| {
        lab.backbone()?;
        let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
        let all = sites.each_ref();
        let _servers = all.map(|site| site.serve(lab, Framing::EthernetII, SHORT));
        let start = |site: &Site| {
            let config =
                site.config(Framing::EthernetII).cmd(site.cmd(&all).by_rip_and_sap()).every(SHORT);
            Agent::start(lab, &site.name, &config)
        };
        let mut agents = [start(all[0])?, start(all[1])?, start(all[2])?];
        converge(&agents, &all)?;
        for site in all {
            let rows = agents[0].routes()?;
            let row = rows.iter().find(|row| row.network == NetworkNumber(site.network()));
            let hops = row.map(|row| row.hops);
            // In a mesh everybody is next to everybody.
            ensure(hops == Some(u16::from(site.number != 1)), || format!("{row:?}"))?;
        }
        agents[2].process.kill()?;
        let ageing = std::time::Duration::from_secs(u64::from(SHORT) * 3) + SOON;
        super::lab::forgets(&agents[0], all[2], ageing)?;
        // Its control socket is still there, and stale.
        agents[2] = start(all[2])?;
        converge(&agents, &all)
    });
}

#[test]
fn four_framings_on_one_wire_are_four_networks_and_all_reach_the_far_side() {
    isolated(|lab| {
        lab.backbone()?;
        let (near, far) = (Site::new(lab, 1)?, Site::new(lab, 2)?);
        let both = [&near, &far];
        let networks: Vec<(Framing, u32)> = Framing::ALL.into_iter().zip(0xf1..).collect();
        let mut config = AgentConfig::new(&near.name, near.agent_network());
        let mut servers = Vec::new();
        for (station, (framing, network)) in (4..).zip(&networks) {
            let port = LanPort::Nic("eth1".to_owned());
            config = config.lan(&format!("lan-{network:X}"), port, *framing, *network);
            // A station each, with a service on the wire itself and no RIP of its own.
            let device = format!("d{network:x}");
            lab.plug(&near.lan, (&near.lan, &device), near.node(station))?;
            let words = format!(
                "host serve --device {device} --framing {framing} --announce 0047:PRN-{network:X}"
            );
            servers.push(lab.start(&near.lan, &device, &words)?);
        }
        let here = Agent::start(
            lab,
            &near.name,
            &config.cmd(near.cmd(&both).by_rip_and_sap()).every(SHORT),
        )?;
        let there = far.config(Framing::Llc8022).cmd(far.cmd(&both).by_rip_and_sap()).every(SHORT);
        let there = Agent::start(lab, &far.name, &there)?;
        for (station, (framing, network)) in (4..).zip(&networks) {
            let what = format!("{framing} to reach the far side");
            wait_until(&what, CONVERGENCE, || {
                let known = there.reaches(NetworkNumber(*network))?
                    && there.offers(&format!("PRN-{network:X}"))?;
                Ok(known.then_some(()))
            })?;
            let node = near.node(station);
            let ping = format!("ping --device desk --count 2 --interval 0.1 {network:X}.{node}");
            let answers = far.host(lab, &ping)?;
            ensure(answers.contains("2 received"), || format!("{framing}: {answers}"))?;
        }
        ensure(!knows(&here, &far)?, || "a server that nobody started".to_owned())
    });
}
