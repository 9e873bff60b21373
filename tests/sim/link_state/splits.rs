//! Two ways of one cost are both used, each for some of the hosts.

use ipxway_core::sim::{MINUTE, SECOND, Topology, World, within};
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::{NetworkNumber, Socket};

use super::segments::{FIRST, SECOND_NETWORK};
use crate::{few_seeds, link_state_world};

/// Hosts on the far LAN.
const HOSTS: usize = 16;
/// Datagrams to each of them.
const DATAGRAMS: u32 = 200;

/// Two sites and two CMD networks from one to the other.
fn twice(seed: u64, splits: u8) -> World {
    let topology = Topology::new()
        .site("oslo")
        .site("rome")
        .cmd(FIRST, &["oslo", "rome"])
        .cmd(SECOND_NETWORK, &["oslo", "rome"])
        .tune(|config| config.nlsp.path_splits = splits);
    let mut world = link_state_world(seed, topology);
    world.station("oslo", "desk");
    for number in 0..HOSTS {
        world.station("rome", &format!("host{number}"));
    }
    let far = world.lan_network("rome");
    world.run_until(|w| w.knows("oslo", far), within(MINUTE));
    world.run_for(MINUTE);
    world
}

/// Packets that oslo sent on each of the two.
fn sent(world: &World) -> [u64; 2] {
    let counters = world.agent("oslo").counters();
    [1, 2].map(|circuit| counters.circuits()[circuit].out_packets)
}

/// What is sent to each host goes by so many of the two networks.
fn ways(world: &mut World) -> Vec<[bool; 2]> {
    let mut ways = Vec::new();
    for number in 0..HOSTS {
        let host = format!("host{number}");
        let before = sent(world);
        world.stream("desk", &host, DATAGRAMS, &[100], SECOND / 100);
        world.run_for(4 * SECOND);
        let after = sent(world);
        assert_eq!(world.received("desk", &host).arrived, DATAGRAMS, "{host}");
        assert_eq!(world.received("desk", &host).overtaken, 0, "{host}");
        // Besides hellos, and the like.
        let most = u64::from(DATAGRAMS) / 2;
        ways.push([after[0] - before[0] > most, after[1] - before[1] > most]);
    }
    ways
}

#[test]
fn of_two_cmd_networks_both_are_used_and_each_host_is_sent_to_by_one() {
    few_seeds(|seed| {
        let mut world = twice(seed, 2);
        let all = ways(&mut world);
        assert!(all.iter().all(|[first, second]| first != second), "seed {seed}: {all:?}");
        let first = all.iter().filter(|[first, _]| *first).count();
        assert!((3..=13).contains(&first), "seed {seed}: {first} of {HOSTS} by the first");
        assert_eq!(ways(&mut world).len(), HOSTS);

        // One of the two networks fails: all goes by the other.
        world.lose(|seen| {
            let ipxway_core::sim::Seen::Datagram { payload, .. } = seen else { return false };
            let header = Header::decode(payload).unwrap();
            header.destination.socket == Socket::NLSP
                && header.destination.network == NetworkNumber(SECOND_NETWORK)
        });
        world.run_for(90 * SECOND);
        assert_eq!(ways(&mut world), [[true, false]; HOSTS], "seed {seed}");
        world.lose(|_| false);
        world.run_for(2 * MINUTE);
        assert_eq!(ways(&mut world), all, "seed {seed}: as before");
    });
}

#[test]
fn without_path_splits_one_of_two_equal_ways_carries_everything() {
    let mut world = twice(1, 1);
    let all = ways(&mut world);
    assert!(all.iter().all(|way| *way == all[0]), "{all:?}");
}
