//! State that cannot be read or written is an event, and never a failed start.

use std::fs;
use std::path::PathBuf;

use ipxway::demo::lab::{Agent, AgentConfig, Lab, run, wait_until};
use ipxway_core::router::{Command, Reply};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{SOON, Site, ensure, isolated};

/// A site whose agent derives its internal network and keeps it.
fn site(lab: &Lab) -> anyhow::Result<(Site, AgentConfig, PathBuf)> {
    lab.backbone()?;
    let site = Site::new(lab, 1)?;
    let config = site.config(Framing::Llc8022).cmd(site.cmd(&[&site]));
    let directory = lab.path(&config.name).join("state");
    fs::create_dir_all(&directory)?;
    Ok((site, AgentConfig { internal: None, ..config }, directory))
}

/// The agent's own internal network.
fn internal(agent: &Agent) -> anyhow::Result<NetworkNumber> {
    wait_until("the internal network", SOON, || {
        let routes = agent.routes()?;
        Ok(routes.iter().find(|row| row.origin == "internal").map(|row| row.network))
    })
}

fn wait_for_event(agent: &Agent, name: &str) -> anyhow::Result<()> {
    wait_until(&format!("event {name}"), SOON, || {
        let Reply::Events { events } = agent.ask(Command::ShowEvents)? else { return Ok(None) };
        Ok(events.iter().any(|row| row.event.name() == name).then_some(()))
    })
}

#[test]
fn the_internal_network_is_kept_and_a_corrupt_state_file_is_an_event() {
    isolated(|lab| {
        let (site, config, directory) = site(lab)?;
        let mut agent = Agent::start(lab, &site.name, &config)?;
        let number = internal(&agent)?;
        let files = || -> anyhow::Result<Vec<PathBuf>> {
            Ok(fs::read_dir(&directory)?.flatten().map(|entry| entry.path()).collect())
        };
        wait_until("a state file", SOON, || Ok((!files()?.is_empty()).then_some(())))?;
        agent.process.terminate(SOON)?;
        for path in files()? {
            fs::write(path, [0xff, 0xfe, 0, b'\n', 0x80])?;
        }
        let mut agent = Agent::start(lab, &site.name, &config)?;
        wait_for_event(&agent, "state-unreadable")?;
        // Derived from the same address, it is the same again.
        ensure(internal(&agent)? == number, || "another internal network".to_owned())?;
        agent.process.terminate(SOON).map(drop)
    });
}

#[test]
fn a_full_disk_is_an_event_and_the_agent_works() {
    isolated(|lab| {
        let (site, config, directory) = site(lab)?;
        let mut mount = std::process::Command::new("mount");
        run(mount.args(["-t", "tmpfs", "-o", "size=16k", "full"]).arg(&directory))?;
        let filler = directory.join("filler");
        // The write fails when the disk is full, which is what it is for.
        let written = fs::write(&filler, vec![0; 1 << 20]);
        ensure(written.is_err(), || "the disk is not full".to_owned())?;
        let mut agent = Agent::start(lab, &site.name, &config)?;
        wait_for_event(&agent, "state-unwritable")?;
        internal(&agent)?;
        agent.process.terminate(SOON).map(drop)
    });
}
