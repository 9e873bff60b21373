//! DHCP: what is wanted of it, and where it is asked [cmd §12.4].

use ipxway_core::config::{DaDiscovery, Interface, Slp};

use crate::config::diagnostic::{Faults, Placed};
use crate::config::file::{CmdNetwork, File};
use crate::config::shell::LocalAddress;

/// The number of a CMD network comes from DHCP: it is said so, or none is given, and no other
/// network's is said to.
pub(super) fn gives_number(file: &File, block: &CmdNetwork) -> bool {
    match &block.network {
        Some(network) => network.value.is_none(),
        None => is_allowed(file) && !file.cmd_networks.iter().any(asks_for_number),
    }
}

/// It is said that the number comes from DHCP.
fn asks_for_number(block: &CmdNetwork) -> bool {
    block.network.as_ref().is_some_and(|network| network.value.is_none())
}

/// The peers of a CMD network come from DHCP.
pub(super) fn gives_agents(block: &CmdNetwork) -> bool {
    block.dhcp_agents.as_ref().is_some_and(|given| given.value)
}

/// DHCP may be asked.
pub(super) fn is_allowed(file: &File) -> bool {
    file.dhcp.enabled.as_ref().is_none_or(|given| given.value)
}

/// Marks the interfaces on which DHCP is asked, and adds those on which nothing else is done.
pub(super) fn interfaces(
    file: &File,
    slp: &Slp,
    interfaces: &mut Vec<Interface>,
    locals: &mut Vec<LocalAddress>,
) {
    if !is_allowed(file) {
        return;
    }
    let mut wanted = Vec::new();
    if slp.da_discovery.has(DaDiscovery::DHCP) {
        wanted.extend(locals.iter().cloned());
    }
    let told_of = |block: &&CmdNetwork| gives_number(file, block) || gives_agents(block);
    for block in file.cmd_networks.iter().filter(told_of) {
        wanted.push(local_of(block));
    }
    if let (Some(listed), false) = (&file.dhcp.interfaces, wanted.is_empty()) {
        wanted = listed.iter().map(|local| local.value.clone()).collect();
    }
    for local in wanted {
        let place = locals.iter().position(|known| *known == local).unwrap_or_else(|| {
            interfaces.push(Interface { name: local.to_string(), slp: None, dhcp: false });
            locals.push(local);
            locals.len() - 1
        });
        if let Some(interface) = interfaces.get_mut(place) {
            interface.dhcp = true;
        }
    }
}

fn local_of(block: &CmdNetwork) -> LocalAddress {
    block.local.as_ref().map_or(LocalAddress::Auto, |local| local.value.clone())
}

/// An answer of DHCP has the number and the agents of one CMD network.
pub(super) fn check(file: &File, faults: &Faults<'_>) {
    let numbers = file.cmd_networks.iter().filter(|block| asks_for_number(block));
    let numbers = numbers.filter_map(|block| block.network.as_ref().map(|it| (block, &it.place)));
    let agents = file.cmd_networks.iter().filter(|block| gives_agents(block));
    let agents = agents.filter_map(|block| block.dhcp_agents.as_ref().map(|it| (block, &it.place)));
    let mut first: Option<(&CmdNetwork, _)> = None;
    for (block, place) in numbers.chain(agents) {
        if !is_allowed(file) {
            let wrong = "DHCP is not asked: `dhcp.enabled` is false";
            faults.error(place, wrong, "take one of the two out");
        }
        match first {
            Some((other, before)) if !std::ptr::eq(other, block) => {
                let line = faults.line(before);
                let wrong = format!("DHCP tells of one CMD network, and line {line} wants it");
                faults.error(place, wrong, "write the number or the peers of one of the two");
            }
            Some(_) => {}
            None => first = Some((block, place)),
        }
    }
    for block in file.cmd_networks.iter().filter(|block| gives_agents(block)) {
        if let Some(peer) = block.peers.first() {
            let wrong = "a list of peers, and DHCP gives one";
            faults.error(&peer.place, wrong, "take one of the two out");
        }
        if let Some(Placed { value: true, place }) = &block.discovery {
            let wrong = "peers are found by SLP, and DHCP gives a list";
            faults.error(place, wrong, "take one of the two out");
        }
    }
    let unused = interfaces_unused(file);
    if let Some(Placed { place, .. }) = unused {
        let wrong = "DHCP is not asked: `dhcp.enabled` is false";
        faults.warning(place, wrong, "take this out");
    }
}

fn interfaces_unused(file: &File) -> Option<&Placed<LocalAddress>> {
    file.dhcp.interfaces.as_ref().filter(|_| !is_allowed(file))?.first()
}
