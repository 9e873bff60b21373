//! SLP and DHCP.

use std::fmt::Display;

use ipxway_core::config::{CmdNetwork, Config, DaDiscovery, DirectoryAgent, Discovery};

use super::{Printer, quoted};
use crate::config::shell::Shell;

pub(super) fn agent(out: &mut Printer, core: &Config, shell: &Shell) {
    let slp = &core.slp;
    out.header("[slp]");
    let spoken = core.interfaces.iter().zip(&shell.interfaces);
    let mut spoken =
        spoken.filter(|(interface, _)| interface.slp.is_some()).map(|(_, local)| local).peekable();
    if spoken.peek().is_some() {
        list(out, "interfaces", spoken);
    }
    if let Some(scopes) = &slp.scopes {
        list(out, "scopes", scopes.iter());
    }
    let sources = DaDiscovery::NAMES.iter().filter(|(source, _)| slp.da_discovery.has(*source));
    list(out, "da_discovery", sources.map(|(_, name)| name));
    list(out, "directory_agents", slp.directory_agents.iter());
    out.line("multicast", slp.multicast);
    let sockets = core.interfaces.iter().find_map(|interface| interface.slp.as_ref());
    if let Some(sockets) = sockets {
        out.line("multicast_ttl", sockets.ttl);
    }
    out.line("lifetime_s", slp.lifetime_s);
    out.text("charset", if slp.ucs2 { "ucs-2" } else { "us-ascii" });
    list(out, "allow", slp.allow.iter());
    out.line("datagram", slp.datagram);
    if let Some(agent) = &slp.directory_agent {
        directory_agent(out, agent);
    }
}

pub(super) fn dhcp(out: &mut Printer, core: &Config, shell: &Shell) {
    let asked = core.interfaces.iter().zip(&shell.interfaces);
    let mut asked =
        asked.filter(|(interface, _)| interface.dhcp).map(|(_, local)| local).peekable();
    out.header("[dhcp]");
    out.line("enabled", asked.peek().is_some());
    if asked.peek().is_some() {
        list(out, "interfaces", asked);
    }
}

fn directory_agent(out: &mut Printer, agent: &DirectoryAgent) {
    out.header("[slp.directory_agent]");
    out.line("enabled", true);
    list(out, "scopes", agent.scopes.iter());
    out.line("unscoped", agent.unscoped);
    out.line("heartbeat_s", agent.heartbeat.as_secs());
    list(out, "mesh_peers", agent.mesh_peers.iter());
    list(out, "mesh_allow", agent.mesh_allow.iter());
    out.line("registrations", agent.registrations);
    out.line("registrations_of_host", agent.registrations_of_host);
    out.line("deregister_by_tcp", agent.deregister_by_tcp);
}

pub(super) fn discovery(out: &mut Printer, network: &CmdNetwork) {
    if network.agents_from_dhcp {
        out.line("dhcp_agents", true);
    }
    match network.discovery {
        Discovery::Slp => out.text("discovery", "slp"),
        Discovery::Static { announce } => {
            out.text("discovery", "static");
            out.line("announce", announce);
        }
    }
}

fn list(out: &mut Printer, key: &str, values: impl Iterator<Item = impl Display>) {
    let values: Vec<String> = values.map(|value| quoted(&value.to_string())).collect();
    out.line(key, format!("[{}]", values.join(", ")));
}
