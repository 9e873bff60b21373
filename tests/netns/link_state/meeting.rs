//! Where networks meet: two CMD networks in one agent, or by two agents on one LAN; and agents
//! that speak NLSP beside one that does not.

use std::time::{Duration, Instant};

use ipxway::demo::lab::{Agent, AgentConfig, Cmd, Lab, NlspTimes, wait_until};
use ipxway_core::wire::NetworkNumber;

use super::super::lab::{
    CONVERGENCE, SHORT, SOON, Site, converge, ensure, forgets, isolated, note,
};
use super::{FRAMING, equal, state_of, up, versions};

/// How long news may take through four agents: each may wait for a second to renew a packet
/// [nlsp §10.3], and the decision process for 5 s while changes go on [nlsp §12.3].
const AT_ONCE: Duration = Duration::from_secs(12);

fn named(name: &str, number: u32, cmd: Cmd) -> Cmd {
    Cmd { name: name.to_owned(), network: Some(NetworkNumber(number)), ..cmd }
}

fn start(lab: &Lab, config: AgentConfig) -> anyhow::Result<Agent> {
    let config = config.every(SHORT).paced(NlspTimes::SHORT);
    Agent::start(lab, &config.name.clone(), &config)
}

/// Pings the far server from the near workstation; the answer crosses so many routers.
fn ping(lab: &Lab, near: &Site, far: &Site, routers: u8) -> anyhow::Result<()> {
    let server = format!("{:X}.1", far.server_network());
    let ping = format!("ping --device desk --count 2 --interval 0.1 {server}");
    let answers = near.host(lab, &ping)?;
    ensure(answers.contains(&format!("{routers} routers")), || answers.clone())
}

#[test]
fn two_agents_on_the_lan_of_a_point_of_presence_join_two_cmd_networks() {
    isolated(|lab| {
        lab.backbone()?;
        let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
        let [one, pop, two] = &sites;
        let _servers = [one.serve(lab, FRAMING, SHORT)?, pop.serve(lab, FRAMING, SHORT)?];
        let mut far_server = two.serve(lab, FRAMING, SHORT)?;
        let (second, second_ip) = super::second_agent(lab, pop, 4)?;
        let first = |site: &Site| named("first", 0xfd00_0001, site.cmd(&[one, pop]));
        let other = |ip| named("second", 0xfd00_0002, Cmd::new(ip, &[two.ip, second_ip]));
        let configs = [
            one.config(FRAMING).cmd(first(one)),
            pop.config(FRAMING).cmd(first(pop)),
            second.cmd(other(second_ip)),
            two.config(FRAMING).cmd(other(two.ip)),
        ];
        let again = configs[2].clone();
        let [a, pop_a, pop_b, b] = configs.map(|config| start(lab, config));
        let (a, pop_a, mut pop_b, b) = (a?, pop_a?, pop_b?, b?);
        let all = sites.each_ref();
        let begun = Instant::now();
        converge([&a, &pop_a, &pop_b, &b], &all)?;
        note(&format!("two CMD networks and a LAN: {:?}", begun.elapsed()));
        // Two databases that know nothing of each other: on the LAN there is RIP and SAP.
        let databases = [equal(&[&a, &pop_a], SOON)?, equal(&[&pop_b, &b], SOON)?];
        for (database, strangers) in databases.iter().zip([[3, 4], [1, 2]]) {
            let foreign = database.iter().find(|(id, ..)| {
                strangers.iter().any(|number| id.starts_with(&format!("0200C000000{number}")))
            });
            ensure(foreign.is_none(), || format!("{foreign:?}"))?;
        }
        for agent in [&a, &pop_a, &pop_b, &b] {
            ensure(up(agent)?.len() == 1, || state_of(&[agent]))?;
        }
        let routes = pop_a.routes()?;
        let row = routes.iter().find(|row| row.network == NetworkNumber(two.network()));
        ensure(row.is_some_and(|row| row.origin == "rip"), || format!("{row:?}"))?;
        ping(lab, one, two, 4)?;
        ping(lab, two, one, 4)?;
        // The far server is shut down.
        far_server.terminate(SOON)?;
        let begun = Instant::now();
        wait_until("the far server to be gone", AT_ONCE, || {
            let network = NetworkNumber(two.server_network());
            let gone = !a.offers(&two.server_name())? && !a.reaches(network)?;
            Ok(gone.then_some(()))
        })?;
        note(&format!("the far server was gone after {:?}", begun.elapsed()));
        let _server = two.serve(lab, FRAMING, SHORT)?;
        // The way there dies, and comes back.
        pop_b.process.kill()?;
        forgets(&a, two, Duration::from_secs(u64::from(SHORT) * 3) + AT_ONCE)?;
        pop_b = start(lab, again)?;
        converge([&a, &pop_a, &pop_b, &b], &all)
    });
}

#[test]
fn one_agent_on_two_cmd_networks_joins_them_in_one_database() {
    isolated(|lab| {
        lab.backbone()?;
        let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
        let [left, middle, right] = &sites;
        let _servers = sites.each_ref().map(|site| site.serve(lab, FRAMING, SHORT));
        let west = |site: &Site| named("west", 0xfd00_0001, site.cmd(&[left, middle]));
        let east = |site: &Site| named("east", 0xfd00_0002, site.cmd(&[middle, right]));
        let [a, b, c] = [
            left.config(FRAMING).cmd(west(left)),
            middle.config(FRAMING).cmd(west(middle)).cmd(east(middle)),
            right.config(FRAMING).cmd(east(right)),
        ]
        .map(|config| start(lab, config));
        let (a, mut b, c) = (a?, b?, c?);
        converge([&a, &b, &c], &sites.each_ref())?;
        // A router and a LAN for each, and two CMD networks.
        wait_until("one database of eight packets", CONVERGENCE, || {
            Ok((equal(&[&a, &b, &c], CONVERGENCE)?.len() == 8).then_some(()))
        })?;
        let neighbors = [up(&a)?.len(), up(&b)?.len(), up(&c)?.len()];
        ensure(neighbors == [1, 2, 1], || state_of(&[&a, &b, &c]))?;
        // Back through three agents.
        ping(lab, left, right, 3)?;
        ping(lab, right, left, 3)?;
        b.process.kill()?;
        for (agent, lost) in [(&a, right), (&c, left)] {
            forgets(agent, lost, Duration::from_secs(3) + AT_ONCE)?;
        }
        Ok(())
    });
}

#[test]
fn agents_with_nlsp_and_one_with_rip_and_sap_learn_of_each_other_on_one_cmd_network() {
    isolated(|lab| {
        lab.backbone()?;
        let sites = [Site::new(lab, 1)?, Site::new(lab, 2)?, Site::new(lab, 3)?];
        let all = sites.each_ref();
        let _servers = all.map(|site| site.serve(lab, FRAMING, SHORT));
        let [new, other_new, old] = all.map(|site| {
            let cmd = site.cmd(&all);
            let cmd = if site.number == 3 { cmd.by_rip_and_sap() } else { cmd };
            start(lab, site.config(FRAMING).cmd(cmd))
        });
        let (new, other_new, mut old) = (new?, other_new?, old?);
        converge([&new, &other_new, &old], &all)?;
        for (agent, expected) in [(&new, 1), (&other_new, 1), (&old, 0)] {
            ensure(up(agent)?.len() == expected, || state_of(&[agent]))?;
        }
        // It keeps a database all the same, of itself.
        let foreign = versions(&old)?.into_iter().find(|(id, ..)| !id.starts_with("0200C0000003"));
        ensure(foreign.is_none(), || format!("{foreign:?}"))?;
        equal(&[&new, &other_new], SOON)?;
        let [one, two, three] = all;
        for (near, far) in [(one, three), (three, two), (two, one)] {
            ping(lab, near, far, 2)?;
        }
        old.process.kill()?;
        for agent in [&new, &other_new] {
            forgets(agent, three, Duration::from_secs(u64::from(SHORT) * 3) + AT_ONCE)?;
        }
        converge([&new, &other_new], &[one, two])
    });
}
