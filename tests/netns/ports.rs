//! Ports that come and go: down and up, missing at the start, unplugged, taken by another.

use std::time::Duration;

use ipxway::demo::lab::{Agent, AgentConfig, LanPort, wait_until};
use ipxway_core::router::{Command, PortRow, Reply};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{CONVERGENCE, Pair, SHORT, SOON, Site, converge, ensure, isolated};

/// How long an agent may take to see that a device or address has come.
const NOTICE: Duration = Duration::from_secs(30);

fn port(agent: &Agent, name: &str) -> anyhow::Result<Option<PortRow>> {
    let Reply::Ports { ports } = agent.ask(Command::ShowPorts)? else { return Ok(None) };
    Ok(ports.into_iter().find(|row| row.name == name))
}

fn wait_for_port(agent: &Agent, name: &str, up: bool) -> anyhow::Result<PortRow> {
    wait_until(&format!("port {name} to be up: {up}"), NOTICE, || {
        Ok(port(agent, name)?.filter(|row| row.up == up))
    })
}

#[test]
fn a_tap_that_goes_down_takes_its_networks_along_and_brings_them_back() {
    isolated(|lab| {
        let pair = Pair::new(lab, Framing::Llc8022, SHORT)?;
        let [near, far] = &pair.agents;
        let network = NetworkNumber(pair.far.network());
        lab.ip(&format!("-n {} link set ipx0 down", pair.far.name))?;
        let row = wait_for_port(far, "ipx0", false)?;
        ensure(row.reason.is_some(), || format!("no reason: {row:?}"))?;
        wait_until("its network to be gone", SOON, || Ok((!near.reaches(network)?).then_some(())))?;
        lab.ip(&format!("-n {} link set ipx0 up", pair.far.name))?;
        wait_for_port(far, "ipx0", true)?;
        converge(&pair.agents, &[&pair.near, &pair.far])
    });
}

#[test]
fn a_card_and_an_address_that_are_missing_at_the_start_are_used_once_they_are_there() {
    isolated(|lab| {
        lab.backbone()?;
        let (near, far) = (Site::new(lab, 1)?, Site::new(lab, 2)?);
        let both = [&near, &far];
        let _servers =
            [near.serve(lab, Framing::Llc8022, SHORT)?, far.serve(lab, Framing::Llc8022, SHORT)?];
        let one = near.config(Framing::Llc8022).cmd(near.cmd(&both)).every(SHORT);
        let two = far.config(Framing::Llc8022).cmd(far.cmd(&both)).every(SHORT);
        // Site 2 has lost its card and its address.
        lab.ip(&format!("-n {} link set eth1 name eth9", far.name))?;
        lab.ip(&format!("-n {} address flush dev wan", far.name))?;
        let agents = [Agent::start(lab, &near.name, &one)?, Agent::start(lab, &far.name, &two)?];
        let Reply::Ports { ports } = agents[1].ask(Command::ShowPorts)? else {
            anyhow::bail!("no ports")
        };
        for row in &ports {
            ensure(!row.up && row.reason.is_some(), || format!("{row:?}"))?;
        }
        let rename = |old: &str, new: &str| {
            lab.ip(&format!("-n {} link set {old} down", far.name))?;
            lab.ip(&format!("-n {} link set {old} name {new}", far.name))?;
            lab.ip(&format!("-n {} link set {new} up", far.name))
        };
        rename("eth9", "eth1")?;
        lab.ip(&format!("-n {} address add {}/24 dev wan", far.name, far.ip))?;
        lab.ip(&format!("-n {} route replace default via 10.0.2.1", far.name))?;
        converge(&agents, &both)?;
        // Unplugged in flight, and plugged in again.
        lab.ip(&format!("-n {} link delete eth1", far.name))?;
        wait_for_port(&agents[1], "eth1", false)?;
        lab.plug(&far.lan, (&far.name, "eth1"), far.node(3))?;
        wait_for_port(&agents[1], "eth1", true)?;
        converge(&agents, &both)?;
        // Renamed in flight, and named as before.
        rename("eth1", "other")?;
        wait_for_port(&agents[1], "eth1", false)?;
        rename("other", "eth1")?;
        converge(&agents, &both)
    });
}

#[test]
fn a_second_instance_says_who_holds_the_socket_and_harms_nothing() {
    isolated(|lab| {
        let pair = Pair::new(lab, Framing::Llc8022, SHORT)?;
        let far = &pair.agents[1];
        let words = format!("run -c {}", far.file.display());
        let output = lab.ipxway(&pair.far.name, &words).output()?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure(!output.status.success(), || "the second one ran".to_owned())?;
        ensure(errors.contains("site2") || errors.contains("control.sock"), || errors.clone())?;
        converge(&pair.agents, &[&pair.near, &pair.far])
    });
}

#[test]
fn a_tap_that_was_found_is_used_and_stays_when_the_agent_ends() {
    isolated(|lab| {
        lab.backbone()?;
        let site = Site::new(lab, 1)?;
        lab.bridge(&site.name, "br0")?;
        for words in
            ["tuntap add dev ipx7 mode tap", "link set ipx7 master br0", "link set eth1 master br0"]
        {
            lab.ip(&format!("-n {} {words}", site.name))?;
        }
        let _server = site.serve(lab, Framing::Raw8023, SHORT)?;
        let config = AgentConfig::new(&site.name, site.agent_network()).lan(
            "office",
            LanPort::Tap("ipx7".to_owned(), None),
            Framing::Raw8023,
            site.network(),
        );
        let mut agent = Agent::start(lab, &site.name, &config.every(SHORT))?;
        wait_until("its server", CONVERGENCE, || Ok(agent.offers("FS1")?.then_some(())))?;
        agent.process.terminate(SOON)?;
        lab.ip(&format!("-n {} link show ipx7", site.name))
    });
}

#[test]
fn a_faulty_configuration_is_told_in_full_and_nothing_is_touched() {
    isolated(|lab| {
        lab.backbone()?;
        let site = Site::new(lab, 1)?;
        let file = lab.path("faulty.toml");
        std::fs::write(
            &file,
            "version = 1\n[[lan]]\nname = \"a\"\ntap = \"ipx0\"\nframing = \"x\"\n",
        )?;
        let check = lab.ipxway(&site.name, &format!("check {}", file.display())).output()?;
        let started = lab.ipxway(&site.name, &format!("run -c {}", file.display())).output()?;
        for output in [check, started] {
            let text = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            ensure(!output.status.success(), || text.clone())?;
            // Both faults at once: the framing, and the network number that is not there.
            ensure(text.contains("faulty.toml") && text.contains("framing"), || text.clone())?;
            ensure(text.contains("network"), || text.clone())?;
        }
        let tap = lab.ip(&format!("-n {} link show ipx0", site.name));
        ensure(tap.is_err(), || "a TAP was made".to_owned())
    });
}
