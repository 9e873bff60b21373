//! What every agent should know, given who is alive and who is joined to whom.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::site::BelowLink;
use crate::agent::Agent;
use crate::config::StaticService;
use crate::hub::Circuit;
use crate::ids::PortId;
use crate::wire::NetworkNumber;
use crate::wire::sap::{ServiceName, ServiceType};

/// The networks and services that each part of the world has.
#[derive(Clone, Debug, Default)]
pub struct Aim {
    /// The part of each living agent.
    part_of: BTreeMap<usize, usize>,
    parts: BTreeMap<usize, Part>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    networks: BTreeSet<NetworkNumber>,
    services: BTreeSet<(ServiceType, ServiceName)>,
}

/// What an agent does not know, or knows although it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind<'w> {
    /// The agent.
    pub agent: &'w str,
    /// Networks that it does not know.
    pub networks_missing: Vec<NetworkNumber>,
    /// Networks that it should have forgotten.
    pub networks_stale: Vec<NetworkNumber>,
    /// Services that it does not know, or has no route to.
    pub services_missing: usize,
    /// Services that it should have forgotten.
    pub services_stale: usize,
}

impl Behind<'_> {
    fn is_level(&self) -> bool {
        self.networks_missing.is_empty()
            && self.networks_stale.is_empty()
            && self.services_missing == 0
            && self.services_stale == 0
    }
}

impl Part {
    /// What an agent knows.
    fn of(agent: &Agent) -> Self {
        Self { networks: networks_of(agent).collect(), services: services_of(agent).collect() }
    }
}

impl Aim {
    /// Agents that are alive.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.part_of.len()
    }

    /// Parts of the world that nothing joins.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Networks in all parts together.
    #[must_use]
    pub fn networks(&self) -> usize {
        let all = self.parts.values().flat_map(|part| &part.networks);
        all.collect::<BTreeSet<_>>().len()
    }

    /// Services in all parts together.
    #[must_use]
    pub fn services(&self) -> usize {
        self.parts.values().map(|part| part.services.len()).sum()
    }
}

impl World {
    /// What every agent should know now. It holds until an agent or a host comes or goes, or the
    /// backbone is cut or heals.
    #[must_use]
    pub fn aim(&self) -> Aim {
        let part_of = self.parts();
        let mut aim = Aim { part_of, parts: BTreeMap::new() };
        for (index, site, agent) in self.living() {
            let Some(part) = aim.part_of.get(&index) else { continue };
            let part = aim.parts.entry(*part).or_default();
            let circuits = agent.router().circuits().iter().filter(|circuit| circuit.is_up());
            part.networks.extend(circuits.map(|circuit| circuit.network));
            part.networks.extend(agent.fib().internal);
            let (routes, services) = (&site.config.static_routes, &site.config.static_services);
            let leads = |id| agent.router().circuits().get(id).is_some_and(Circuit::is_up);
            let routes = routes.iter().filter(|route| leads(route.circuit));
            part.networks.extend(routes.map(|route| route.network));
            let key = |e: &StaticService| (e.service_type, ServiceName::new(&e.name));
            part.services.extend(services.iter().map(key));
            for id in (0..).map(PortId).take(site.ports.len()) {
                let Some(BelowLink::Segment { segment, .. }) = site.below(id) else { continue };
                let hosts = self.hosts.iter().filter(|host| host.segment == segment);
                for host in hosts.filter(|host| host.running) {
                    if agent.fib().lan_circuit(id, None, host.framing()).is_some() {
                        part.networks.extend(host.internal());
                        let services = host.services().iter();
                        part.services.extend(services.map(|e| (e.service_type, e.name)));
                    }
                }
            }
        }
        aim
    }

    /// The agents that do not know what they should, and what they lack or have too much.
    #[must_use]
    pub fn behind(&self, aim: &Aim) -> Vec<Behind<'_>> {
        let nothing = Part::default();
        let difference = |(index, _, agent): (usize, _, &Agent)| {
            let part = aim.part_of.get(&index).and_then(|part| aim.parts.get(part));
            let part = part.unwrap_or(&nothing);
            let found = Part::of(agent);
            Behind {
                agent: self.name_of(index),
                networks_missing: part.networks.difference(&found.networks).copied().collect(),
                networks_stale: found.networks.difference(&part.networks).copied().collect(),
                services_missing: part.services.difference(&found.services).count(),
                services_stale: found.services.difference(&part.services).count(),
            }
        };
        self.living().map(difference).filter(|behind| !behind.is_level()).collect()
    }

    /// No agent is behind. As [`behind`](Self::behind), but ends at the first one that is.
    #[must_use]
    pub fn has_reached(&self, aim: &Aim) -> bool {
        let all = |holds: fn(&Agent, &Part) -> bool| {
            self.living().all(|(index, _, agent)| {
                let part = aim.part_of.get(&index).and_then(|part| aim.parts.get(part));
                part.is_some_and(|part| holds(agent, part))
            })
        };
        // What is cheap to see comes first.
        all(knows_as_many) && all(knows_just)
    }
}

fn knows_as_many(agent: &Agent, part: &Part) -> bool {
    agent.router().rib().len() == part.networks.len()
        && agent.router().services().len() >= part.services.len()
}

/// The networks that an agent knows, in order.
fn networks_of(agent: &Agent) -> impl Iterator<Item = NetworkNumber> {
    agent.router().rib().iter_after(None).map(|(network, _)| network)
}

/// The services that an agent has a route to, in order.
fn services_of(agent: &Agent) -> impl Iterator<Item = (ServiceType, ServiceName)> {
    let services = agent.router().services().iter_after(None);
    let usable = services.filter(|(_, service)| service.usable().is_some());
    usable.map(|(key, _)| (key.service_type, key.name))
}

fn knows_just(agent: &Agent, part: &Part) -> bool {
    networks_of(agent).eq(part.networks.iter().copied())
        && services_of(agent).eq(part.services.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::super::{MINUTE, SECOND, topology, within};
    use super::*;
    use crate::config::{Config, StaticRoute};
    use crate::ids::CircuitId;
    use crate::wire::{Address, NodeAddress, Socket};

    #[test]
    fn the_aim_is_reached_when_all_know_all_and_missed_when_one_is_gone() {
        let mut world = World::seeded(1).with(topology::triangle("oslo", "rome", "kyiv"));
        world.server_of("oslo", "FILES", Some(NetworkNumber(0x5e)), 10);
        world.server_of("rome", "PRINTERS", None, 3);
        world.run_for(2 * SECOND);
        let aim = world.aim();
        assert_eq!((aim.agents(), aim.parts(), aim.services()), (3, 1, 13));
        // LANs, internal networks, one CMD network, one server's network.
        assert_eq!(aim.networks(), 3 + 3 + 1 + 1);
        world.run_until(|world| world.has_reached(&aim), within(MINUTE));
        assert_eq!(world.behind(&aim), []);

        world.kill("rome");
        let aim = world.aim();
        assert_eq!((aim.agents(), aim.services()), (2, 10));
        assert!(!world.has_reached(&aim), "they still believe in the dead one");
        let behind = world.behind(&aim);
        let agents: Vec<&str> = behind.iter().map(|behind| behind.agent).collect();
        assert_eq!(agents, ["oslo", "kyiv"]);
        // The LAN of the dead one and its internal network; the services of its printers.
        assert_eq!((behind[0].networks_stale.len(), behind[0].services_stale), (2, 3));
        assert_eq!((behind[0].networks_missing.len(), behind[0].services_missing), (0, 0));
        world.run_until(|world| world.has_reached(&aim), within(5 * MINUTE));
    }

    #[test]
    fn parts_that_nothing_joins_have_aims_of_their_own() {
        let mut world = World::seeded(1).with(topology::triangle("oslo", "rome", "kyiv"));
        world.run_for(2 * SECOND);
        world.partition(&["oslo"], &["rome", "kyiv"]);
        let aim = world.aim();
        assert_eq!((aim.agents(), aim.parts(), aim.networks()), (3, 2, 7));
        world.run_until(|world| world.has_reached(&aim), within(5 * MINUTE));
        world.heal();
        let whole = world.aim();
        assert_eq!(whole.parts(), 1);
        world.run_until(|world| world.has_reached(&whole), within(5 * MINUTE));
    }

    #[test]
    fn what_an_agent_is_told_by_its_operator_is_part_of_the_aim() {
        let furnish = |config: &mut Config| {
            let number = config.internal_network.map_or(0, |network| network.0);
            let (circuit, node) = (CircuitId(0), NodeAddress([2, 0, 0, 0, 0, 9]));
            let network = NetworkNumber(0xb000_0000 | number & 0xff);
            let route = StaticRoute { network, circuit, node, hops: 1, ticks: 2 };
            config.static_routes.push(route);
            config.static_services.push(StaticService {
                service_type: ServiceType::FILE_SERVER,
                name: format!("SERVER-{number:08X}"),
                address: Address::new(network, NodeAddress::INTERNAL, Socket(0x451)),
                hops: 2,
            });
        };
        let topology = topology::triangle("oslo", "rome", "kyiv").tune(furnish);
        let mut world = World::seeded(1).with(topology);
        world.run_for(2 * SECOND);
        let aim = world.aim();
        assert_eq!((aim.networks(), aim.services()), (3 + 3 + 1 + 3, 3));
        world.run_until(|world| world.has_reached(&aim), within(MINUTE));
    }
}
