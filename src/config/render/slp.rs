//! SLP.

use std::fmt::Display;

use ipxway_core::config::{Config, DaDiscovery, Discovery};

use super::{Printer, quoted};
use crate::config::shell::Shell;

pub(super) fn agent(out: &mut Printer, core: &Config, shell: &Shell) {
    let slp = &core.slp;
    out.header("[slp]");
    if !shell.interfaces.is_empty() {
        list(out, "interfaces", shell.interfaces.iter());
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
}

pub(super) fn discovery(out: &mut Printer, discovery: Discovery) {
    match discovery {
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
