//! The stories of the cases, lived in simulated worlds of a few agents.

pub(crate) mod content;
pub(crate) mod designated;
pub(crate) mod flooding;
pub(crate) mod neighbours;
pub(crate) mod networks;

use ipxway_core::config::{Config, Padding};
use ipxway_core::sim::Topology;

/// The number of the CMD network.
const CMD: u32 = 0xffff_fffd;

/// Agents without LANs on one CMD network: oslo has 10.0.0.1 and system 0200C0000001, and so on.
fn agents(names: &[&str]) -> Topology {
    let alone = |topology: Topology, name: &&str| topology.agent(name, &[]);
    names.iter().fold(Topology::new(), alone).cmd(CMD, names).tune(plain)
}

/// Without padding, which makes recordings long.
fn plain(config: &mut Config) {
    config.cmd_networks.iter_mut().for_each(|network| network.nlsp.padding = Padding::Off);
    config.lans.iter_mut().for_each(|lan| lan.nlsp.padding = Padding::Off);
}

/// One agent's priority on its CMD networks.
fn priority(topology: Topology, name: &str, priority: u8) -> Topology {
    topology.tune(|config| {
        if config.name.eq_ignore_ascii_case(name) {
            config.cmd_networks.iter_mut().for_each(|network| network.nlsp.priority = priority);
        }
    })
}
