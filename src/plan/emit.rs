//! The configuration of every agent of a plan, and how it is put into a directory.
//!
//! A file says what is the agent's own and what differs from the defaults, no more. The same plan
//! gives the same files.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, bail};
use ipxway_core::config::{Limits, Nlsp, NlspCircuit};

use super::analysis::Analysis;
use super::design::{Agent, CmdNetwork, Design, Device, Plan, Site, priority};
use super::figures::count;

/// How much more than now is there an agent shall be able to remember.
const ROOM: u64 = 2;
/// Files that a message names before it counts the rest.
const NAMED: usize = 5;

/// The files of all agents, by name.
#[must_use]
pub fn files(plan: &Plan, design: &Design, by: &Analysis) -> BTreeMap<String, String> {
    let file =
        |agent: &Agent| Some((format!("{}.toml", agent.name), text(plan, design, by, agent)?));
    design.agents.iter().filter_map(file).collect()
}

/// Lines of TOML.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn raw(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("a String takes everything");
    }

    fn header(&mut self, header: &str) {
        self.raw(format_args!("\n{header}"));
    }

    fn number(&mut self, key: &str, value: impl Display) {
        self.raw(format_args!("{key} = {value}"));
    }

    /// What is planned is made of letters that need no escape.
    fn text(&mut self, key: &str, value: impl Display) {
        self.raw(format_args!("{key} = \"{value}\""));
    }
}

/// The file of an agent.
pub(super) fn text(plan: &Plan, design: &Design, by: &Analysis, agent: &Agent) -> Option<String> {
    let site = plan.sites.get(agent.site)?;
    let mut out = Lines::default();
    let place = if site.is_pop { "POP" } else { "office" };
    out.raw(format_args!("# {}: {place} {}.", plan.title, site.name));
    out.raw("# Made by `ipxway plan --emit`: change the plan, not this file.");
    out.number("version", 1);
    out.header("[agent]");
    out.text("name", &agent.name);
    out.text("internal_network", agent.internal_network());
    limits(&mut out, design, by, agent);
    if plan.settings.lsp_size != u64::from(Nlsp::default().lsp_size) {
        out.header("[nlsp]");
        out.number("lsp_size", plan.settings.lsp_size);
    }
    lans(&mut out, site);
    for &network in &agent.networks {
        let priorities = by.priorities.get(network)?;
        let network = design.networks.get(network)?;
        let own = network.members.iter().zip(priorities);
        let own = own.filter(|(member, _)| design.agents.get(**member) == Some(agent));
        let priority = own.map(|(_, &priority)| priority).next();
        cmd_network(&mut out, (plan, design), (agent, site), network);
        nlsp(&mut out, plan, priority.unwrap_or(priority::USUAL));
    }
    Some(out.0)
}

/// The limits that are too low for what is planned.
fn limits(out: &mut Lines, design: &Design, by: &Analysis, agent: &Agent) {
    let default = Limits::default();
    let (routes, services) = by.everything;
    let peers = agent.networks.iter().filter_map(|&network| design.networks.get(network));
    let peers = peers.map(|network| count(network.members.len())).max().unwrap_or(0);
    let lsps = by.networks.iter().map(|network| network.lsps).max().unwrap_or(0);
    let needed = [
        ("routes", routes, default.routes),
        ("services", services, default.services),
        ("peers", peers, default.peers),
        ("lsps", lsps, default.lsps),
    ];
    let low = needed.into_iter().filter(|&(_, needed, limit)| needed > count(limit));
    for (place, (key, needed, _)) in low.enumerate() {
        if place == 0 {
            out.header("[limits]");
        }
        out.number(key, needed * ROOM);
    }
}

fn lans(out: &mut Lines, site: &Site) {
    for lan in &site.lans {
        out.header("[[lan]]");
        out.text("name", &lan.name);
        match &lan.device {
            Device::Tap(tap) => out.text("tap", tap),
            Device::Nic(nic) => out.text("nic", nic),
        }
        out.text("framing", lan.framing);
        out.text("network", lan.network);
    }
}

fn cmd_network(
    out: &mut Lines,
    (plan, design): (&Plan, &Design),
    (agent, site): (&Agent, &Site),
    network: &CmdNetwork,
) {
    out.header("[[cmd_network]]");
    out.text("name", &network.name);
    out.text("network", network.number);
    out.text("local", agent.ip);
    out.number("throughput_bps", site.up_bps.min(site.down_bps));
    out.text("exchange", "nlsp");
    out.raw("peers = [");
    let members = network.members.iter().filter_map(|&member| design.agents.get(member));
    for peer in members.filter(|peer| *peer != agent) {
        let ip = format!("\"{}\",", peer.ip);
        let at = plan.sites.get(peer.site).is_some_and(|site| site.is_pop);
        let mark = if at { " (POP)" } else { "" };
        out.raw(format_args!("    {ip:<18} # {}{mark}", peer.name));
    }
    out.raw("]");
}

/// What differs from the defaults.
fn nlsp(out: &mut Lines, plan: &Plan, own: u8) {
    let (settings, usual) = (&plan.settings, NlspCircuit::CMD);
    let lines = [
        ("priority", u64::from(own), u64::from(usual.priority)),
        ("hello_interval_s", settings.hello_s, usual.hello_interval.as_secs()),
        ("dr_hello_interval_s", settings.dr_hello_s, usual.dr_hello_interval.as_secs()),
        ("csnp_interval_s", settings.csnp_s, usual.csnp_interval.as_secs()),
    ];
    for (place, (key, value, _)) in
        lines.into_iter().filter(|&(_, value, usual)| value != usual).enumerate()
    {
        if place == 0 {
            out.header("[cmd_network.nlsp]");
        }
        out.number(key, value);
    }
}

/// What became of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there.
    pub new: usize,
    /// Files that were there, as they are now.
    pub unchanged: usize,
    /// Files that were otherwise.
    pub replaced: usize,
    /// Configurations there that are of no agent of the plan.
    pub strange: usize,
}

impl Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, unchanged, replaced, strange } = self;
        write!(f, "{new} files written, {replaced} replaced, {unchanged} as they were")?;
        match strange {
            0 => Ok(()),
            _ => write!(f, "; {strange} others there are of no agent of this plan"),
        }
    }
}

/// Puts the files into a directory, which is made if it is not there. A file that is there and
/// says something else is replaced only if `force` says so; if one may not be, none is written.
///
/// # Errors
/// A file may not be replaced, or cannot be written.
pub fn write(
    directory: &Path,
    files: &BTreeMap<String, String>,
    force: bool,
) -> anyhow::Result<Written> {
    fs::create_dir_all(directory).with_context(|| format!("directory {}", directory.display()))?;
    let mut written = Written::default();
    let mut other = Vec::new();
    let mut due = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        match fs::read(&path) {
            Ok(found) if found == text.as_bytes() => written.unchanged += 1,
            Ok(_) => {
                other.push(name.as_str());
                due.push((path, text));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                written.new += 1;
                due.push((path, text));
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    written.replaced = other.len();
    written.strange = strange(directory, files).with_context(|| directory.display().to_string())?;
    if !force && !other.is_empty() {
        let named = other.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let rest = other.len().saturating_sub(NAMED);
        let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        bail!(
            "{}: {named}{rest} would change, so nothing was written; --force replaces them",
            directory.display()
        );
    }
    for (path, text) in due {
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(written)
}

/// How many configurations in the directory are of no agent of the plan.
fn strange(directory: &Path, files: &BTreeMap<String, String>) -> io::Result<usize> {
    let mut strange = 0;
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        strange += usize::from(name.ends_with(".toml") && !files.contains_key(&*name));
    }
    Ok(strange)
}
