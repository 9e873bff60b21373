//! Static routes and services: do they name circuits, peers and networks that make sense?

use std::collections::BTreeMap;

use ipxway_core::config::{StaticRoute, StaticService};
use ipxway_core::ids::CircuitId;
use ipxway_core::wire::sap::ServiceType;
use ipxway_core::wire::{NetworkNumber, NodeAddress, cmd};

use crate::config::diagnostic::{Faults, Place, Placed};
use crate::config::file::{self, CmdNetwork, File};
use crate::config::shell::LocalAddress;
use crate::config::values::NextRouter;

/// The static routes that make sense.
pub(super) fn routes(file: &File, faults: &Faults<'_>) -> Vec<StaticRoute> {
    let mut seen: BTreeMap<(NetworkNumber, CircuitId, NodeAddress), &Place> = BTreeMap::new();
    let mut routes = Vec::new();
    for block in &file.static_routes {
        if let Some(network) = &block.network {
            refuse_own_network(network, file, faults);
        }
        let Some((circuit, node)) = next_hop(block, file, faults) else { continue };
        let Some(network) = &block.network else { continue };
        if let Some(first) = seen.insert((network.value, circuit, node), &network.place) {
            let line = faults.line(first);
            let wrong = format!("the same network by the same router as in line {line}");
            faults.error(&network.place, wrong, "keep one of the two");
        }
        routes.push(StaticRoute {
            network: network.value,
            circuit,
            node,
            hops: block.hops.unwrap_or(1),
            ticks: block.ticks.unwrap_or(1),
        });
    }
    routes
}

fn refuse_own_network(network: &Placed<NetworkNumber>, file: &File, faults: &Faults<'_>) {
    let number = Some(network.value);
    let is_own = file.agent.internal_network.as_ref().map(|n| n.value) == number
        || file.lans.iter().any(|lan| lan.network.as_ref().and_then(|n| n.value) == number)
        || file.cmd_networks.iter().any(|cmd| super::number(cmd) == network.value);
    if is_own {
        let wrong = "a network of this agent, which needs no route";
        faults.error(&network.place, wrong, "take the route out");
    }
}

/// The circuit of a route and its next router's node there.
fn next_hop(
    block: &file::StaticRoute,
    file: &File,
    faults: &Faults<'_>,
) -> Option<(CircuitId, NodeAddress)> {
    let circuit = block.circuit.as_ref()?;
    let is_called = |name: &Option<Placed<String>>| {
        name.as_ref().is_some_and(|name| name.value == circuit.value)
    };
    let lan = file.lans.iter().position(|lan| is_called(&lan.name));
    let cmd = file.cmd_networks.iter().enumerate().find(|(_, cmd)| is_called(&cmd.name));
    let router = block.router.as_ref();
    match (lan, cmd) {
        (Some(index), _) => match router?.value {
            NextRouter::Node(node) => Some((circuit_id(index), node)),
            NextRouter::Peer(_) => {
                let wrong =
                    format!("{} is a LAN, where routers have no IPv4 address", circuit.value);
                faults.error(&router?.place, wrong, "give the router's node address");
                None
            }
        },
        (None, Some((index, network))) => {
            let node = peer(router?, network, faults)?;
            Some((circuit_id(file.lans.len() + index), node))
        }
        (None, None) => {
            if !faults.is_partial() {
                let right = format!("give one of: {}", circuit_names(file));
                faults.error(&circuit.place, "no circuit is called so", right);
            }
            None
        }
    }
}

fn circuit_id(index: usize) -> CircuitId {
    CircuitId(u16::try_from(index).unwrap_or(u16::MAX))
}

fn circuit_names(file: &File) -> String {
    let lans = file.lans.iter().filter_map(|lan| lan.name.as_ref());
    let cmd_networks = file.cmd_networks.iter().filter_map(|network| network.name.as_ref());
    let names: Vec<&str> = lans.chain(cmd_networks).map(|name| name.value.as_str()).collect();
    if names.is_empty() { "(there are none)".to_owned() } else { names.join(", ") }
}

/// The node of a peer that is the next router.
fn peer(
    router: &Placed<NextRouter>,
    network: &CmdNetwork,
    faults: &Faults<'_>,
) -> Option<NodeAddress> {
    let NextRouter::Peer(ip) = router.value else {
        let wrong = "a node address, but the circuit is a CMD network";
        faults.error(&router.place, wrong, "give the peer's IPv4 address");
        return None;
    };
    let is_ourselves =
        network.local.as_ref().is_some_and(|local| local.value == LocalAddress::Ip(ip));
    if is_ourselves {
        faults.error(&router.place, "this agent itself", "give the IPv4 address of a peer");
        return None;
    }
    if !network.peers.iter().any(|peer| peer.value == ip) {
        if !faults.is_partial() {
            let right = "add it to `peers` there, or give one that is listed";
            faults.error(&router.place, "no peer of that CMD network", right);
        }
        return None;
    }
    Some(cmd::node(ip))
}

/// The static services.
pub(super) fn services(file: &File, faults: &Faults<'_>) -> Vec<StaticService> {
    let mut seen: BTreeMap<(ServiceType, &str), &Place> = BTreeMap::new();
    let mut services = Vec::new();
    for block in &file.static_services {
        let (Some(service_type), Some(name)) = (&block.service_type, &block.name) else {
            continue;
        };
        if let Some(first) = seen.insert((service_type.value, &name.value), &name.place) {
            let line = faults.line(first);
            let wrong = format!("the service in line {line} has this type and name");
            faults.error(&name.place, wrong, "keep one of the two");
        }
        let Some(address) = block.address else { continue };
        services.push(StaticService {
            service_type: service_type.value,
            name: name.value.clone(),
            address,
            hops: block.hops.unwrap_or(1),
        });
    }
    services
}
