//! From a plan to a world: agents with the configurations that are emitted, and servers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use ipxway_core::config::{Config, Exchange};
use ipxway_core::sim::{Topology, World};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::scenario::Scenario;
use crate::config;
use crate::config::shell::Device as Port;
use crate::plan::analysis::Analysis;
use crate::plan::design::{Agent, Design, Device, Plan, Site};
use crate::plan::emit;

/// Where internal networks of servers begin, if they are free.
const FIRST_SERVER: u32 = 0x5e00_0001;

/// A world that is ready, and what is in it.
pub(super) struct Built {
    pub(super) world: World,
    pub(super) servers: usize,
}

/// Builds the world of a scenario.
///
/// # Errors
/// A configuration is not sound, which the plan should have seen.
pub(super) fn build(
    scenario: &Scenario,
    design: &Design,
    analysis: &Analysis,
) -> anyhow::Result<Built> {
    let plan = &scenario.plan;
    let mut topology = Topology::new();
    for site in &plan.sites {
        for (device, networks) in wires(site) {
            topology = topology.lan_of(&wire_name(site, device), &networks);
        }
    }
    let files = emit::files(plan, design, analysis);
    for agent in &design.agents {
        topology = add_agent(topology, scenario, agent, &files)?;
    }
    let mut world = World::seeded(scenario.seed);
    world.set_backbone(scenario.backbone);
    let mut world = world.with(topology);
    let servers = add_servers(&mut world, plan, design);
    Ok(Built { world, servers })
}

/// The devices of a site, each a wire of its own with its networks.
fn wires(site: &Site) -> BTreeMap<&Device, Vec<(Framing, NetworkNumber)>> {
    let mut wires: BTreeMap<&Device, Vec<(Framing, NetworkNumber)>> = BTreeMap::new();
    for lan in &site.lans {
        wires.entry(&lan.device).or_default().push((lan.framing, lan.network));
    }
    wires
}

fn wire_name(site: &Site, device: &Device) -> String {
    let (Device::Tap(name) | Device::Nic(name)) = device;
    format!("{}/{name}", site.name)
}

fn add_agent(
    topology: Topology,
    scenario: &Scenario,
    agent: &Agent,
    files: &BTreeMap<String, String>,
) -> anyhow::Result<Topology> {
    let name = format!("{}.toml", agent.name);
    let text = files.get(&name).with_context(|| format!("{name} is not written"))?;
    let loaded = config::parse(&name, text)?;
    let site = scenario.plan.sites.get(agent.site);
    let ports = loaded.shell.devices.iter().filter_map(|port| {
        let device = match port {
            Port::Tap(tap) => Device::Tap(tap.device.clone()),
            Port::Nic(nic) => Device::Nic(nic.device.clone()),
            Port::Udp(_) => return None,
        };
        Some(wire_name(site?, &device))
    });
    let lans: Vec<String> = ports.collect();
    let lans: Vec<&str> = lans.iter().map(String::as_str).collect();
    let config = with_exchange(Config::clone(&loaded.core), scenario.exchange);
    Ok(topology.agent_of(&agent.name, config, agent.ip, &lans))
}

fn with_exchange(mut config: Config, exchange: Option<Exchange>) -> Config {
    if let Some(exchange) = exchange {
        config.cmd_networks.iter_mut().for_each(|network| network.exchange = exchange);
    }
    config
}

/// Adds the servers of every site, and spreads its services over them. A site with services and
/// no server has a station that announces them.
fn add_servers(world: &mut World, plan: &Plan, design: &Design) -> usize {
    let lans = plan.sites.iter().flat_map(|site| &site.lans).map(|lan| lan.network);
    let agents = design.agents.iter().map(Agent::internal_network);
    let networks = design.networks.iter().map(|network| network.number);
    let used: BTreeSet<NetworkNumber> = lans.chain(agents).chain(networks).collect();
    let mut free = (FIRST_SERVER..).map(NetworkNumber).filter(|number| !used.contains(number));
    let mut count = 0;
    for site in &plan.sites {
        let Some(first) = site.lans.first() else { continue };
        let lan = wire_name(site, &first.device);
        let hosts = if site.services > 0 { site.servers.max(1) } else { site.servers };
        for host in 0..hosts {
            let services = (site.services + hosts - 1 - host) / hosts;
            let internal = if site.servers > 0 { free.next() } else { None };
            let name = format!("{}-S{}", site.name, host + 1);
            let services = usize::try_from(services).unwrap_or(usize::MAX);
            world.server_of(&lan, &name, internal, services);
            count += 1;
        }
    }
    count
}
