//! Equal paths: a node's packets keep to one, and a lost path moves only its own.

use super::*;

/// Routers on LAN B, and peers of the CMD network: eight paths over two circuits.
fn paths() -> Vec<Egress> {
    let router = |n| LinkDestination::Node(NodeAddress([2, 0, 0, 0, 1, n]));
    let on_lan = (1..=4).map(|n| Egress { circuit: B, to: router(n) });
    let on_cmd = (2..=5).map(|n| Egress { circuit: W, to: LinkDestination::Peer(ip(n)) });
    on_lan.chain(on_cmd).collect()
}

/// A table with a route to the remote network over these paths.
fn split_over(paths: &[Egress]) -> Fib {
    let mut fib = fib();
    let id = SplitIndex::default().take(&mut fib.splits, paths).expect("there is room");
    routes(&mut fib, &[(REMOTE, NextHop::Split(id))]);
    fib
}

fn node(number: u16) -> NodeAddress {
    let [high, low] = number.to_be_bytes();
    NodeAddress([2, 0, 0, 0, high, low])
}

/// The way of a packet from LAN A to a node of the remote network.
fn way(fib: &Fib, number: u16) -> Verdict {
    decided(fib, A, false, &packet(at(REMOTE, node(number), 0x451))).0
}

const FLOWS: u16 = 1_000;

#[test]
fn packets_for_a_node_keep_to_one_path_and_nodes_spread_over_all() {
    let (fib, paths) = (split_over(&paths()), paths());
    let mut flows = vec![0; paths.len()];
    for number in 0..FLOWS {
        let Verdict::Transmit(egress) = way(&fib, number) else { panic!("node {number}") };
        flows[paths.iter().position(|path| *path == egress).expect("one of them")] += 1;
        for size in [0, 10, 500] {
            let longer = Header::new(PacketType::NCP, at(NET_A, SERVER, 9), {
                at(REMOTE, node(number), 0x4005)
            });
            let again = decided(&fib, A, false, &longer.packet(&vec![1; size])).0;
            assert_eq!(again, Verdict::Transmit(egress), "whoever asks, and however much");
        }
    }
    // 125 each, give or take four deviations of 10.5.
    assert!(flows.iter().all(|count| (83..168).contains(count)), "{flows:?}");
}

#[test]
fn the_order_of_the_paths_does_not_matter() {
    let (forward, mut backward) = (paths(), paths());
    backward.reverse();
    let (one, other) = (split_over(&forward), split_over(&backward));
    assert!((0..FLOWS).all(|number| way(&one, number) == way(&other, number)));
}

#[test]
fn a_lost_path_moves_only_what_it_had() {
    let all = paths();
    let before = split_over(&all);
    for lost in 0..all.len() {
        let mut left = all.clone();
        let gone = Verdict::Transmit(left.remove(lost));
        let after = split_over(&left);
        for number in 0..FLOWS {
            let (old, new) = (way(&before, number), way(&after, number));
            assert_eq!(old == new, old != gone, "node {number}");
        }
    }
}

#[test]
fn a_circuit_that_is_down_is_no_path_unless_it_is_the_last() {
    let mut fib = split_over(&paths());
    let before: Vec<Verdict> = (0..FLOWS).map(|number| way(&fib, number)).collect();
    let mut down = cmd_network(W, NET_W, &[2, 3, 4, 5]);
    down.up = false;
    fib.set_circuit(down);
    for (number, old) in (0..FLOWS).zip(before) {
        let new = way(&fib, number);
        assert!(matches!(new, Verdict::Transmit(Egress { circuit: B, .. })));
        let by_cmd = matches!(old, Verdict::Transmit(Egress { circuit: W, .. }));
        assert_eq!(old != new, by_cmd);
    }
    let mut down = lan(B, NIC, None, Framing::Raw8023, NET_B);
    down.up = false;
    fib.set_circuit(down);
    assert_eq!(way(&fib, 1), Verdict::Drop(Outcome::CircuitDown));
}

#[test]
fn routes_share_a_set_of_paths_until_the_last_of_them_is_gone() {
    let (mut index, mut splits) = (SplitIndex::default(), Splits::default());
    let all = paths();
    let (pair, trio) = (&all[..2], &all[..3]);
    let one = index.take(&mut splits, pair).expect("there is room");
    let published = splits.clone();
    assert_eq!(index.take(&mut splits, pair), Some(one));
    let other = index.take(&mut splits, trio).expect("there is room");
    assert_eq!((splits.len(), published.len()), (2, 1), "what was published never changes");

    index.give_back(&mut splits, one);
    assert_eq!(splits.paths(one).collect::<Vec<_>>(), pair, "one route still has it");
    index.give_back(&mut splits, one);
    index.give_back(&mut splits, one);
    assert_eq!((splits.paths(one).count(), splits.len()), (0, 1));
    assert_eq!(splits.paths(other).collect::<Vec<_>>(), trio);
    assert_eq!(published.paths(one).collect::<Vec<_>>(), pair);

    // Places are used again, and what goes beyond eight paths is left out.
    let doubled: Vec<Egress> = all.iter().chain(&all).copied().collect();
    assert_eq!(index.take(&mut splits, &doubled), Some(one));
    assert_eq!(splits.paths(one).collect::<Vec<_>>(), all);
}

#[test]
fn a_next_hop_is_as_small_as_a_single_way() {
    assert!(size_of::<NextHop>() <= size_of::<Egress>());
}
