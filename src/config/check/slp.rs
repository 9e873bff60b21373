//! SLP: which CMD networks are found by it, and where it is spoken.

use ipxway_core::config::{DaDiscovery, DirectoryAgent, Discovery, Interface, Slp, SlpSockets};
use ipxway_core::wire::slp;

use crate::config::diagnostic::{Faults, Placed};
use crate::config::file::{self, CmdNetwork, File};
use crate::config::shell::LocalAddress;

/// The default of `multicast_ttl`.
const TTL: u8 = 32;

/// The peers are found by SLP: it is said so, or nothing is and none is listed.
fn is_by_slp(block: &CmdNetwork) -> bool {
    let listed = !block.peers.is_empty() || super::dhcp::gives_agents(block);
    block.discovery.as_ref().map_or(!listed, |given| given.value)
}

/// How the peers of a CMD network are found. All or nothing: a list and SLP do not mix
/// [cmd §5.27].
pub(super) fn discovery(block: &CmdNetwork, faults: &Faults<'_>) -> Discovery {
    let announce = block.announce.as_ref().filter(|given| given.value);
    if is_by_slp(block) {
        if let Some(peer) = block.peers.first() {
            let wrong = "a list of peers, and `discovery` is \"slp\"";
            let right = "take one of the two out: all agents of a network do the same";
            faults.error(&peer.place, wrong, right);
        }
        if let Some(announce) = announce {
            let wrong = "who is found by SLP is announced anyway";
            faults.warning(&announce.place, wrong, "take this out");
        }
        return Discovery::Slp;
    }
    Discovery::Static { announce: announce.is_some() }
}

/// `[slp]` for the core.
pub(super) fn settings(file: &File, faults: &Faults<'_>) -> Slp {
    let default = Slp::default();
    let table = &file.slp;
    let scopes = table.scopes.as_ref();
    let scopes = scopes.map(|list| list.iter().map(|scope| scope.value.clone()).collect());
    let allow = table.allow.as_ref().map(|list| list.iter().map(|net| net.value).collect());
    Slp {
        scopes,
        da_discovery: da_discovery(file, faults),
        directory_agents: table.directory_agents.iter().map(|host| host.value.clone()).collect(),
        multicast: table.multicast.unwrap_or(default.multicast),
        lifetime_s: table.lifetime_s.unwrap_or(default.lifetime_s),
        ucs2: table.ucs2,
        allow: allow.unwrap_or(default.allow),
        datagram: table.datagram.unwrap_or(default.datagram),
        directory_agent: directory_agent(&table.directory_agent, faults),
    }
}

fn directory_agent(table: &file::DirectoryAgent, faults: &Faults<'_>) -> Option<DirectoryAgent> {
    if !table.enabled {
        return None;
    }
    let default = DirectoryAgent::default();
    let names = |list: &Vec<Placed<String>>| list.iter().map(|it| it.value.clone()).collect();
    let scopes: Vec<String> = table.scopes.as_ref().map_or(default.scopes, names);
    if scopes.is_empty() {
        let wrong = "a directory agent without a scope serves nobody";
        faults.error(&table.place, wrong, "give it one, such as \"DEFAULT\"");
    }
    Some(DirectoryAgent {
        scopes,
        unscoped: table.unscoped.unwrap_or(default.unscoped),
        heartbeat: table.heartbeat.unwrap_or(default.heartbeat),
        mesh_peers: table.mesh_peers.iter().map(|ip| ip.value).collect(),
        mesh_allow: table.mesh_allow.iter().map(|net| net.value).collect(),
        registrations: table.registrations.unwrap_or(default.registrations),
        registrations_of_host: table.registrations_of_host.unwrap_or(default.registrations_of_host),
        deregister_by_tcp: table.deregister_by_tcp.unwrap_or(default.deregister_by_tcp),
    })
}

fn da_discovery(file: &File, faults: &Faults<'_>) -> DaDiscovery {
    let named = file.slp.da_discovery.as_ref();
    let named = named.map(|list| {
        let none = DaDiscovery::of(0).unwrap_or(DaDiscovery::ALL);
        list.iter().fold(none, |all, source| all.with(source.value))
    });
    let number = file.slp.da_discovery_options.as_ref();
    if let (Some(named), Some(number)) = (named, number)
        && named.value() != number.value
    {
        faults.error(&number.place, "`da_discovery` says something else", "keep one of the two");
    }
    let number = number.and_then(|number| DaDiscovery::of(number.value));
    named.or(number).unwrap_or(DaDiscovery::ALL)
}

/// The interfaces of SLP, for the core and for the shell, in one order; none if nothing needs it.
pub(super) fn interfaces(file: &File, slp: &Slp) -> (Vec<Interface>, Vec<LocalAddress>) {
    let concerned = file.cmd_networks.iter().filter(|block| {
        is_by_slp(block) || block.announce.as_ref().is_some_and(|given| given.value)
    });
    let mut locals: Vec<LocalAddress> = Vec::new();
    for block in concerned {
        let local = block.local.as_ref().map_or(LocalAddress::Auto, |local| local.value.clone());
        if !locals.contains(&local) {
            locals.push(local);
        }
    }
    if slp.directory_agent.is_some() && locals.is_empty() {
        let all = file.cmd_networks.iter();
        let local = all.map(|block| block.local.as_ref().map(|local| local.value.clone()));
        locals.push(local.flatten().next().unwrap_or(LocalAddress::Auto));
    }
    if let (Some(listed), false) = (&file.slp.interfaces, locals.is_empty()) {
        locals.clear();
        for local in listed {
            if !locals.contains(&local.value) {
                locals.push(local.value.clone());
            }
        }
    }
    let is_agent = slp.directory_agent.is_some();
    let hears_agents = slp.da_discovery.has(DaDiscovery::MULTICAST) || is_agent;
    let groups = if slp.multicast { slp::groups(hears_agents).to_vec() } else { Vec::new() };
    let ttl = file.slp.multicast_ttl.unwrap_or(TTL);
    let broadcast = is_agent && slp.multicast;
    let sockets = SlpSockets { groups, ttl, broadcast, tcp: true };
    let interfaces = locals.iter().map(|local| Interface {
        name: local.to_string(),
        slp: Some(sockets.clone()),
        dhcp: false,
    });
    (interfaces.collect(), locals)
}

/// What would not work, or not as it seems.
pub(super) fn check(file: &File, slp: &Slp, faults: &Faults<'_>) {
    let spoken = !interfaces(file, slp).0.is_empty();
    let by_dhcp = slp.da_discovery.has(DaDiscovery::DHCP) && super::dhcp::is_allowed(file);
    if spoken && !slp.multicast && slp.directory_agents.is_empty() && !by_dhcp {
        let wrong = "without multicast and without a directory agent nobody can be found";
        faults.warning(&file.slp.place, wrong, "list `directory_agents`, or allow multicast");
    }
    let ignored = !slp.da_discovery.has(DaDiscovery::STATIC);
    if let Some(agent) = file.slp.directory_agents.first().filter(|_| ignored) {
        let wrong = "`da_discovery` leaves listed directory agents out";
        faults.warning(&agent.place, wrong, "add \"static\" there, or take the list out");
    }
    for block in file.cmd_networks.iter().filter(|_| spoken) {
        if let Some(Placed { value: LocalAddress::Ip(ip), place }) = &block.local
            && !slp.allows(*ip)
        {
            let wrong = "outside of `slp.allow`, as its neighbours may be: they are not believed";
            faults.warning(place, wrong, "give `slp.allow` the networks of the other agents");
        }
    }
}
