//! What users of the networks notice: servers found, pings answered, datagrams that arrive.

use std::time::Duration;

use ipxway_core::sim::{MINUTE, SECOND, topology, within};
use ipxway_core::wire::sap::{Kind, ServiceType};
use ipxway_core::wire::{NetworkNumber, Socket};

use crate::{seeds, world};

#[test]
fn a_client_without_a_server_finds_the_one_across_the_backbone_and_pings_it() {
    seeds(|seed| {
        let mut world = world(seed, topology::pair("oslo", "rome"));
        world.server("rome", "ACCOUNTS");
        world.run_for(10 * SECOND);
        world.station("oslo", "PC");
        world.run_for(SECOND);
        assert_eq!(world.host("PC").address(Socket(0)).network, world.lan_network("oslo"));
        world.find("PC", Kind::Nearest, ServiceType::FILE_SERVER);
        world.run_until(|w| w.host("PC").nearest().is_some(), within(SECOND));
        let server = *world.host("PC").nearest().unwrap();
        assert_eq!((server.name.to_string().as_str(), server.hops), ("ACCOUNTS", 3));
        let ping = world.ping("PC", server.address);
        world.run_until(|w| w.host("PC").pinged(ping).is_some(), within(SECOND));
    });
}

#[test]
fn a_client_lists_the_servers_of_all_sites_and_the_printers_on_their_wires() {
    let sites = ["oslo", "rome", "kyiv"];
    let mut world = world(3, topology::line(&sites));
    sites.iter().for_each(|lan| world.server(lan, &format!("SERVER-{lan}")));
    world.print_server("kyiv", "LASER");
    world.run_for(10 * SECOND);
    world.station("oslo", "PC");
    world.run_for(SECOND);
    world.find("PC", Kind::General, ServiceType::ALL);
    world.run_for(SECOND);
    let mut names: Vec<String> =
        world.host("PC").found().iter().map(|entry| entry.name.to_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["LASER", "SERVER-kyiv", "SERVER-oslo", "SERVER-rome"]);
    let printer = world.host("PC").found().iter().find(|e| e.name.to_string() == "LASER").unwrap();
    assert_eq!(printer.address.network, world.lan_network("kyiv"));
    let address = printer.address;
    let ping = world.ping("PC", address);
    world.run_until(|w| w.host("PC").pinged(ping).is_some(), within(SECOND));
}

#[test]
fn an_agent_answers_pings_at_its_internal_network_across_the_backbone() {
    let mut world = world(5, topology::pair("oslo", "rome"));
    world.station("oslo", "PC");
    world.run_for(10 * SECOND);
    let internal = world.agent("rome").router().config().internal_network;
    let network: NetworkNumber = internal.unwrap();
    let node = ipxway_core::wire::NodeAddress::INTERNAL;
    let to = ipxway_core::wire::Address::new(network, node, Socket(0));
    let ping = world.ping("PC", to);
    world.run_until(|w| w.host("PC").pinged(ping).is_some(), within(SECOND));
}

#[test]
fn numbered_datagrams_of_mixed_sizes_arrive_once_each_whole_and_in_order() {
    let count = if crate::full() { 100_000 } else { 10_000 };
    let mut world = world(9, topology::line(&["oslo", "rome", "kyiv"]));
    world.server("kyiv", "ACCOUNTS");
    world.station("oslo", "PC");
    world.run_for(10 * SECOND);
    let sizes = [8, 30, 31, 516, 1_000, 1_466, 1_470];
    world.stream("PC", "ACCOUNTS", count, &sizes, Duration::from_millis(1));
    world.stream("ACCOUNTS", "PC", count, &sizes, Duration::from_millis(1));
    world.run_for(Duration::from_millis(u64::from(count)) + SECOND);
    for (from, to) in [("PC", "ACCOUNTS"), ("ACCOUNTS", "PC")] {
        let tally = world.received(from, to);
        let counts = (tally.arrived, tally.duplicates, tally.overtaken, tally.damaged);
        assert_eq!(counts, (count, 0, 0, 0), "{from} to {to}");
    }
    world.run_for(4 * MINUTE);
    world.check_at_rest();
}

#[test]
fn a_client_reaches_its_server_again_when_the_only_way_has_changed() {
    seeds(|seed| {
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world(seed, topology::ring(&sites));
        world.server("rome", "ACCOUNTS");
        world.station("oslo", "PC");
        world.run_for(4 * MINUTE);
        let server = world.host("ACCOUNTS").address(Socket(0));
        let ping = world.ping("PC", server);
        world.run_until(|w| w.host("PC").pinged(ping).is_some(), within(SECOND));
        world.partition(&["oslo"], &["rome"]);
        // Nobody says so: the direct way is missed after its ageing time, then kyiv's is taken.
        world.run_for(7 * MINUTE);
        let ping = world.ping("PC", server);
        world.run_until(|w| w.host("PC").pinged(ping).is_some(), within(SECOND));
    });
}
