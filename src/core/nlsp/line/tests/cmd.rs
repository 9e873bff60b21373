//! A CMD network as a LAN [nlsp §19].

use std::time::Duration;

use super::bench::{Bench, CIRCUIT, ip, network, secs};
use crate::forward::LinkDestination;
use crate::nlsp::line::AdjacencyState;

/// The agent gets another list of peers.
fn set_peers(bench: &mut Bench, index: usize, peers: impl Iterator<Item = usize>) {
    let peers = peers.map(ip).collect();
    bench.stations[index].circuits.set_peers(CIRCUIT, &peers);
    bench.with(index, |lines, cx, system| lines.peers_changed(cx, system, CIRCUIT));
}

#[test]
fn every_peer_gets_a_copy_of_its_own_and_nobody_else_does() {
    let mut bench = Bench::of(&network(5), 1);
    let mut first: Vec<_> = bench.take_sent(0).iter().map(|sent| sent.to).collect();
    first.sort_unstable_by_key(|to| format!("{to:?}"));
    let expected: Vec<_> = (1..5).map(|peer| LinkDestination::Peer(ip(peer))).collect();
    assert_eq!(first, expected);
}

#[test]
fn first_contact_is_answered_to_that_peer_alone() {
    let mut bench = Bench::of(&network(4), 2);
    bench.pass(secs(60));
    bench.take_sent(0);
    bench.add(bench.stations[0].config.clone());
    bench.until(secs(1), |bench| bench.is_up(0, 2) && bench.is_up(2, 0));
    let sent = bench.take_sent(0);
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|sent| sent.to == LinkDestination::Peer(ip(2))));
}

#[test]
fn above_231_neighbours_a_copy_lists_its_receiver_alone() {
    // 231 neighbours fit into a datagram of 1,500 bytes, 232 do not [nlsp §19.3].
    for (agents, listed, len) in [(232, 231, 1_441), (233, 1, 51)] {
        let mut bench = Bench::of(&network(agents), 1);
        for peer in 1..agents {
            bench.forge(peer, |_| {});
        }
        assert_eq!(bench.line(0).up_count(), agents - 1);
        bench.pass(secs(2));
        bench.take_sent(0);
        bench.pass(secs(10));
        let sent = bench.take_sent(0);
        assert!(sent.len() >= agents - 1);
        for sent in sent {
            assert_eq!((sent.hello.neighbours.len(), sent.hello.packet_len), (listed, len));
            let LinkDestination::Peer(peer) = sent.to else { panic!("to a peer") };
            assert!(sent.hello.neighbours.contains(&crate::wire::cmd::node(peer)));
        }
    }
}

#[test]
fn two_that_do_not_know_each_other_are_no_neighbours_and_do_no_harm() {
    let mut bench = Bench::new();
    let everyone = network(3);
    let mut only_first = network(3);
    only_first.cmd_networks[0].peers = vec![ip(0)];
    bench.add(everyone.clone());
    bench.add(everyone);
    bench.add(only_first);
    bench.pass(secs(60));
    assert!(bench.is_up(0, 2) && bench.is_up(2, 0));
    assert!(!bench.is_up(1, 2) && !bench.is_up(2, 1));
}

#[test]
fn a_new_peer_gets_a_hello_at_once_and_one_that_is_removed_is_down_at_once() {
    let mut bench = Bench::of(&network(2), 3);
    bench.pass(secs(60));
    bench.take_sent(0);
    set_peers(&mut bench, 0, 1..3);
    let sent: Vec<_> = bench.take_sent(0).iter().map(|sent| sent.to).collect();
    assert_eq!(sent, [LinkDestination::Peer(ip(2))]);
    set_peers(&mut bench, 0, 2..3);
    assert_eq!(bench.adjacency(0, 1).unwrap().state, AdjacencyState::Failed);
    bench.take_sent(0);
    bench.pass(secs(60));
    let sent = bench.take_sent(0);
    assert!(!sent.is_empty() && sent.iter().all(|sent| sent.to == LinkDestination::Peer(ip(2))));
}

#[test]
fn the_list_of_peers_may_change_during_a_round_and_nobody_is_left_out() {
    let mut bench = Bench::of(&network(100), 1);
    bench.pass(secs(40));
    for change in 0..20 {
        bench.pass(Duration::from_millis(730));
        set_peers(&mut bench, 0, 1..(60 + change));
    }
    bench.pass(secs(1));
    bench.take_sent(0);
    bench.pass(secs(11));
    let sent = bench.take_sent(0);
    for peer in 1..79 {
        assert!(sent.iter().any(|sent| sent.to == LinkDestination::Peer(ip(peer))));
    }
}

#[test]
fn the_hub_knows_which_peers_are_up_and_when_they_were_heard() {
    let mut bench = Bench::of(&network(3), 2);
    bench.pass(secs(60));
    let here = bench.stations[0].circuits.get(CIRCUIT).unwrap();
    let peers: Vec<_> = here.peers().map(|(at, peer)| (at, peer.up, peer.heard)).collect();
    assert!(peers[0].1 && peers[0].2.is_some_and(|at| bench.now.since(at) <= secs(20)));
    assert_eq!((peers[1].1, peers[1].2), (false, None));
}

#[test]
fn a_network_of_60_agents_agrees_within_two_seconds() {
    let mut bench = Bench::of(&network(60), 60);
    bench.pass(secs(2));
    assert!(bench.all_up() && bench.all_follow(59));
}
