//! How a file says that agents are found: by list, by SLP, by DHCP.

use std::net::Ipv4Addr;

use ipxway_core::config::Discovery;

use super::*;
use crate::config::shell::LocalAddress;

#[test]
fn what_an_slp_cfg_lists_comes_behind_the_directory_agents_of_the_file() {
    let loaded = load(&repository("tests/cli/config-errors/slp-cfg-warnings.toml")).unwrap();
    let hosts = loaded.core.slp.directory_agents.iter().map(ToString::to_string);
    let hosts: Vec<String> = hosts.collect();
    assert_eq!(hosts, ["10.0.0.2", "da1.example", "10.0.0.3", "da2.example"]);
    // Printed, it says so itself, and needs that file no more.
    let again = parse("rendered.toml", &render::render(&loaded)).unwrap();
    assert_eq!(again.core, loaded.core);
}

#[test]
fn agents_are_found_by_slp_where_no_peer_is_listed_and_never_both_ways() {
    let by_slp = SMALL.replace("peers = [\"192.0.2.2\"]", "");
    let found = loaded(&by_slp);
    assert_eq!(found.core.cmd_networks[0].discovery, Discovery::Slp);
    assert_eq!(found.core.interfaces.len(), 1);
    assert_eq!(found.shell.interfaces, [LocalAddress::Auto]);
    let sockets = found.core.interfaces[0].slp.as_ref().unwrap();
    assert_eq!((sockets.groups.len(), sockets.ttl), (3, 32));
    let numbered = SMALL.replace("peers =", "network = \"C9\"\npeers =");
    assert_eq!(loaded(&numbered).core.interfaces, []);
    let announced = loaded(&SMALL.replace("peers =", "announce = true\npeers ="));
    assert_eq!(announced.core.cmd_networks[0].discovery, Discovery::Static { announce: true });
    assert_eq!(announced.core.interfaces.len(), 1);
    let faults = faults(&SMALL.replace("peers =", "discovery = \"slp\"\npeers ="));
    assert_eq!(faults[0].key, "cmd_network.peers");
}

#[test]
fn without_multicast_no_group_is_joined_and_the_bits_of_netware_count() {
    let text = SMALL.replace("peers = [\"192.0.2.2\"]", "");
    let quiet =
        loaded(&format!("{text}\n[slp]\nmulticast = false\ndirectory_agents = [\"192.0.2.9\"]"));
    assert_eq!(quiet.core.interfaces[0].slp.as_ref().unwrap().groups, [] as [Ipv4Addr; 0]);
    assert_eq!(quiet.warnings, []);
    assert!(quiet.core.slp.allows(Ipv4Addr::new(192, 0, 2, 9)));
    for value in 0..16 {
        let loaded = loaded(&format!("{text}\n[slp]\nda_discovery_options = {value}"));
        assert_eq!(loaded.core.slp.da_discovery.value(), value);
        let groups = loaded.core.interfaces[0].slp.as_ref().unwrap().groups.len();
        assert_eq!(groups, if value & 1 == 1 { 3 } else { 2 });
    }
    let both = format!("{text}\n[slp]\nda_discovery_options = 5\nda_discovery = [\"static\"]");
    assert_eq!(faults(&both)[0].key, "slp.da_discovery_options");
}

#[test]
fn dhcp_is_asked_where_something_comes_of_it_and_nowhere_else() {
    let text = |network: &str, more: &str| {
        let network = format!("local = \"192.0.2.1\"\n{network}");
        format!("{}\n{more}", SMALL.replace("peers = [\"192.0.2.2\"]", &network))
    };
    let asked = |network: &str, more: &str| {
        let found = loaded(&text(network, more));
        let asked = found.core.interfaces.iter().zip(&found.shell.interfaces);
        let asked = asked.filter(|(interface, _)| interface.dhcp).map(|(_, local)| local);
        let asked: Vec<String> = asked.map(ToString::to_string).collect();
        let network = &found.core.cmd_networks[0];
        (asked.join(" "), network.number_from_dhcp, network.agents_from_dhcp)
    };
    let here = || "192.0.2.1".to_owned();
    let numbered = "network = \"C9\"";
    // For SLP; unless it has another place, or the mask leaves DHCP out, or it is off.
    assert_eq!(asked(numbered, ""), (here(), false, false));
    let elsewhere = asked(numbered, "[slp]\ninterfaces = [\"eth1\"]");
    assert_eq!(elsewhere, ("eth1".to_owned(), false, false));
    let nowhere = (String::new(), false, false);
    assert_eq!(asked(numbered, "[slp]\nda_discovery = [\"static\", \"multicast\"]"), nowhere);
    assert_eq!(asked(numbered, "[dhcp]\nenabled = false"), nowhere);
    // For the number, and for the list of agents.
    assert_eq!(asked("network = \"dhcp\"\npeers = [\"192.0.2.2\"]", ""), (here(), true, false));
    assert_eq!(asked("peers = [\"192.0.2.2\"]", ""), (here(), true, false));
    assert_eq!(asked("peers = [\"192.0.2.2\"]", "[dhcp]\nenabled = false"), nowhere);
    let agents = format!("{numbered}\ndhcp_agents = true");
    assert_eq!(asked(&agents, ""), (here(), false, true));
    assert_eq!(asked(&agents, "[dhcp]\ninterfaces = [\"eth9\"]"), ("eth9".to_owned(), false, true));
    let found = loaded(&text(&agents, ""));
    assert_eq!(found.core.cmd_networks[0].discovery, Discovery::Static { announce: false });
    assert_eq!(found.warnings, []);
}

#[test]
fn dhcp_tells_of_one_network_and_not_beside_what_is_written() {
    let two = |first: &str, second: &str| {
        let second = format!("[[cmd_network]]\nname = \"second\"\nnetwork = \"C8\"\n{second}");
        format!("{}\n{second}", SMALL.replace("peers =", &format!("{first}\npeers =")))
    };
    let keys = |text: &str| -> Vec<String> {
        faults(text).iter().map(|fault| fault.key.clone()).collect()
    };
    assert_eq!(keys(&two("network = \"dhcp\"", "dhcp_agents = true")), ["cmd_network.dhcp_agents"]);
    assert_eq!(keys(&two("dhcp_agents = true", "")), ["cmd_network.peers"]);
    let off = format!("{}\n[dhcp]\nenabled = false", two("network = \"dhcp\"", ""));
    assert_eq!(keys(&off), ["cmd_network.network"]);
    let both = two("", "dhcp_agents = true\ndiscovery = \"slp\"");
    assert_eq!(keys(&both), ["cmd_network.discovery"]);
    // One that asks for a number leaves the default to another that has none.
    let text = two("", "").replace("network = \"C8\"", "network = \"dhcp\"");
    assert_eq!(keys(&text), ["cmd_network.network"], "both may end as FFFFFFFD");
}
