//! Shortest paths by hand.

use super::*;
use crate::nlsp::decision::hops::FirstHop;
use crate::nlsp::decision::tree::Tree;

fn tree(sketch: &Sketch, splits: usize) -> Tree {
    Tree::of(sketch.graph(), splits)
}

/// Cost, ticks and hops of a node; `None` if nothing leads there.
fn reach(tree: &Tree, node: NodeId) -> Option<(u32, u32, u16)> {
    tree.get(node).map(|way| (way.cost, way.ticks, way.hops))
}

/// The routers that the ways to a node begin with.
fn inside(tree: &Tree, node: NodeId) -> Vec<u8> {
    tree.get(node).map(|way| numbers(way.inside)).unwrap_or_default()
}

fn outside(tree: &Tree, node: NodeId) -> Vec<u8> {
    tree.get(node).map(|way| numbers(way.outside)).unwrap_or_default()
}

fn numbers(hops: &[FirstHop]) -> Vec<u8> {
    hops.iter().map(|hop| hop.node.0[5]).collect()
}

/// We and routers 2 and 3 on a LAN, of which 3 is the designated router.
fn on_one_lan() -> Sketch {
    let mut sketch = Sketch::new();
    sketch.lan(lan(3, 1), &[(US, 20, 1), (2, 25, 1), (3, 30, 1)]).hear(lan(3, 1), 1, &[2, 3]);
    sketch
}

#[test]
fn a_lan_costs_what_its_sender_says_and_its_routers_nothing_more() {
    let tree = tree(&on_one_lan(), 1);
    assert_eq!(reach(&tree, router(US)), Some((0, 0, 0)));
    assert_eq!(reach(&tree, lan(3, 1)), Some((20, 1, 0)));
    assert_eq!(reach(&tree, router(2)), Some((20, 1, 1)));
    let way = tree.get(router(2)).unwrap();
    assert_eq!(way.parent, Some(lan(3, 1)));
    assert_eq!(way.inside, [FirstHop { node: nic(2), circuit: circuit(1) }]);
    assert_eq!(way.inside, way.outside);
    assert_eq!(tree.get(router(US)).unwrap().parent, None);
    // The LAN is ours; what lies outside behind it, its designated router knows.
    assert_eq!((inside(&tree, lan(3, 1)), outside(&tree, lan(3, 1))), (vec![], vec![3]));
}

#[test]
fn hops_and_ticks_add_up_along_a_line_of_five_routers() {
    // Us -LAN- 2 -LAN- 3 -LAN- 4 -LAN- 5, with ticks 1, 2, 9, 1 by whoever sends our way out.
    let mut sketch = Sketch::new();
    sketch
        .lan(lan(2, 1), &[(1, 20, 1), (2, 7, 77)])
        .lan(lan(3, 1), &[(2, 45, 2), (3, 7, 77)])
        .lan(lan(4, 1), &[(3, 61, 9), (4, 7, 77)])
        .lan(lan(5, 1), &[(4, 20, 1), (5, 7, 77)])
        .lan(lan(5, 2), &[(5, 20, 1)])
        .hear(lan(2, 1), 1, &[2]);
    let tree = tree(&sketch, 1);
    for (node, expected) in [
        (lan(2, 1), (20, 1, 0)),
        (router(2), (20, 1, 1)),
        (lan(3, 1), (65, 3, 1)),
        (router(3), (65, 3, 2)),
        (lan(4, 1), (126, 12, 2)),
        (router(4), (126, 12, 3)),
        (lan(5, 1), (146, 13, 3)),
        (router(5), (146, 13, 4)),
        (lan(5, 2), (166, 14, 4)),
    ] {
        assert_eq!(reach(&tree, node), Some(expected), "{node}");
        let first = if node == lan(2, 1) { vec![] } else { vec![2] };
        assert_eq!(inside(&tree, node), first, "{node}");
    }
}

#[test]
fn a_link_counts_only_if_its_other_end_says_the_same() {
    for (from, to) in [(router(3), lan(3, 2)), (lan(3, 2), router(3)), (lan(3, 1), router(US))] {
        let mut sketch = on_one_lan();
        sketch.lan(lan(3, 2), &[(3, 20, 1), (4, 20, 1)]);
        sketch.links.retain(|link| (link.0, link.1) != (from, to));
        let tree = tree(&sketch, 1);
        assert_eq!(reach(&tree, router(4)), None, "{from} {to}");
        assert_eq!(tree.len(), 6);
    }
}

#[test]
fn of_parallel_links_the_cheapest_counts() {
    let mut sketch = on_one_lan();
    sketch.link(router(US), lan(3, 1), 19, 5).link(router(US), lan(3, 1), 63, 1);
    assert_eq!(reach(&tree(&sketch, 1), router(2)), Some((19, 5, 1)));
}

#[test]
fn nobody_goes_through_an_overloaded_router_but_its_own_lans_are_reached() {
    // 2 leads to 4 more cheaply than 3 does; LAN 2.2 is 2's own.
    let mut sketch = on_one_lan();
    sketch
        .lan(lan(2, 1), &[(2, 1, 1), (4, 1, 1)])
        .lan(lan(2, 2), &[(2, 5, 2)])
        .lan(lan(3, 2), &[(3, 40, 1), (4, 40, 1)]);
    let open = tree(&sketch, 1);
    assert_eq!((reach(&open, router(4)), inside(&open, router(4))), (Some((21, 2, 2)), vec![2]));

    let closed = tree(sketch.closed(2), 1);
    assert_eq!(reach(&closed, router(2)), Some((20, 1, 1)));
    assert_eq!(reach(&closed, lan(2, 2)), Some((25, 3, 1)), "a leaf");
    assert_eq!(inside(&closed, lan(2, 2)), [2]);
    assert_eq!(
        (reach(&closed, router(4)), inside(&closed, router(4))),
        (Some((60, 2, 2)), vec![3])
    );
    // Its LAN with 4 is reached by 4, and so leads on: an overloaded router's LAN does.
    assert_eq!(reach(&closed, lan(2, 1)), Some((61, 3, 2)));
}

#[test]
fn a_lan_of_overloaded_routers_alone_is_the_end_of_a_way_and_leads_to_nobody() {
    let mut sketch = on_one_lan();
    sketch.lan(lan(2, 1), &[(2, 9, 1), (3, 9, 1), (4, 1, 1)]).closed(2).closed(3).closed(4);
    let tree = tree(&sketch, 8);
    assert_eq!(reach(&tree, lan(2, 1)), Some((29, 2, 1)));
    assert_eq!(inside(&tree, lan(2, 1)), [2, 3], "either is as good");
    assert_eq!(reach(&tree, router(4)), None);
}

#[test]
fn our_own_overload_closes_nothing_to_ourselves() {
    let mut sketch = on_one_lan();
    assert_eq!(reach(&tree(sketch.closed(US), 1), router(2)), Some((20, 1, 1)));
}

/// Two ways to 4 of one cost, by 2 with fewer ticks and by 3; behind 4 is 5.
fn two_ways() -> Sketch {
    let mut sketch = on_one_lan();
    sketch
        .lan(lan(2, 1), &[(2, 10, 1), (4, 10, 1)])
        .lan(lan(3, 2), &[(3, 10, 4), (4, 10, 4)])
        .lan(lan(4, 1), &[(4, 5, 1), (5, 5, 1)]);
    sketch
}

#[test]
fn packets_spread_over_ways_of_one_cost_but_to_what_lies_outside_only_at_equal_ticks() {
    let tree_of = |splits| tree(&two_ways(), splits);
    for node in [router(4), lan(4, 1), router(5)] {
        assert_eq!(inside(&tree_of(8), node), [2, 3], "{node}");
        assert_eq!(outside(&tree_of(8), node), [2], "{node}");
        assert_eq!(inside(&tree_of(1), node), [2], "{node}");
    }
    assert_eq!(reach(&tree_of(8), router(5)), Some((35, 3, 3)), "the fewer ticks");
}

#[test]
fn the_ways_with_more_ticks_are_found_though_a_lan_is_looked_at_late() {
    // 4 is settled at ticks 2 before LAN 3.2, which has the same cost and more ticks, is.
    let mut sketch = on_one_lan();
    sketch.lan(lan(2, 1), &[(2, 10, 1), (4, 10, 1)]).lan(lan(3, 2), &[(3, 10, 900), (4, 10, 900)]);
    assert_eq!(inside(&tree(&sketch, 2), router(4)), [2, 3]);
}

#[test]
fn of_more_equal_ways_than_are_used_the_lowest_nodes_are_taken() {
    let mut sketch = Sketch::new();
    let routers: Vec<u8> = (10..20).collect();
    let mut on_lan: Vec<(u8, u8, u16)> = routers.iter().map(|&n| (n, 20, 1)).collect();
    on_lan.push((US, 20, 1));
    sketch.lan(lan(10, 1), &on_lan).hear(lan(10, 1), 1, &routers);
    for &number in &routers {
        sketch.lan(lan(number, 2), &[(number, 20, 1), (30, 20, 1)]);
    }
    for splits in 1..=8 {
        let expected: Vec<u8> = routers[..splits].to_vec();
        assert_eq!(inside(&tree(&sketch, splits), router(30)), expected);
        assert_eq!(outside(&tree(&sketch, splits), router(30)), expected);
    }
}

#[test]
fn of_equal_ways_over_two_circuits_the_lower_node_comes_first_and_then_the_lower_circuit() {
    let mut sketch = Sketch::new();
    for (number, at) in [(7, 1), (6, 2)] {
        sketch
            .lan(lan(number, 1), &[(US, 20, 1), (number, 20, 1)])
            .hear(lan(number, 1), at, &[number])
            .lan(lan(number, 2), &[(number, 20, 1), (9, 20, 1)]);
    }
    // 6 has the same node on circuit 3 as well.
    sketch.lan(lan(6, 3), &[(US, 20, 1), (6, 20, 1)]).hear(lan(6, 3), 3, &[6]);
    let tree = tree(&sketch, 8);
    let hops: Vec<(u8, CircuitId)> =
        tree.get(router(9)).unwrap().inside.iter().map(|h| (h.node.0[5], h.circuit)).collect();
    assert_eq!(hops, [(6, circuit(2)), (6, circuit(3)), (7, circuit(1))]);
}

#[test]
fn a_router_on_our_lan_that_we_do_not_hear_is_reached_only_by_others() {
    let mut sketch = on_one_lan();
    sketch.lan(lan(3, 2), &[(3, 40, 1), (4, 40, 1)]);
    sketch.lan(lan(3, 1), &[(4, 20, 1)]);
    let tree = tree(&sketch, 1);
    assert_eq!(reach(&tree, router(4)), Some((60, 2, 2)), "by 3, over its other LAN");
    assert_eq!(sketch.graph().unheard.len(), 1);

    let mut deaf = on_one_lan();
    deaf.around = Surroundings::new(system(US));
    deaf.hear(lan(3, 1), 1, &[]);
    let tree = self::tree(&deaf, 1);
    assert_eq!(reach(&tree, lan(3, 1)), Some((20, 1, 0)));
    assert_eq!((reach(&tree, router(2)), reach(&tree, router(3))), (None, None));
    assert!(outside(&tree, lan(3, 1)).is_empty(), "nobody is there to ask");
}

#[test]
fn on_a_cmd_network_the_designated_router_passes_on_what_we_cannot_reach_ourselves() {
    let mut sketch = on_one_lan();
    sketch.lan(lan(3, 1), &[(4, 20, 1)]);
    assert_eq!(reach(&tree(&sketch, 1), router(4)), None, "on a LAN nobody does");

    sketch.around.add_cmd(circuit(1));
    let by_three = tree(&sketch, 1);
    assert_eq!((reach(&by_three, router(4)), inside(&by_three, router(4))), {
        (Some((20, 1, 1)), vec![3])
    });
    let unheard = &sketch.graph().unheard;
    assert_eq!(unheard.iter().map(|it| (it.system, it.by)).collect::<Vec<_>>(), {
        [(system(4), Some(system(3)))]
    });

    // We do not hear the designated router: then nobody passes on.
    let mut cut_off = Sketch::new();
    cut_off
        .lan(lan(3, 1), &[(US, 20, 1), (2, 20, 1), (3, 20, 1), (4, 20, 1)])
        .hear(lan(3, 1), 1, &[2])
        .around
        .add_cmd(circuit(1));
    let tree = tree(&cut_off, 1);
    assert_eq!((reach(&tree, router(3)), reach(&tree, router(4))), (None, None));
    assert_eq!(reach(&tree, router(2)), Some((20, 1, 1)));
}

#[test]
fn a_link_of_ours_to_a_lan_that_is_no_circuit_of_ours_leads_nowhere() {
    let mut sketch = on_one_lan();
    sketch.lan(lan(9, 1), &[(US, 1, 1), (9, 1, 1), (3, 50, 1)]);
    let tree = tree(&sketch, 1);
    assert_eq!(reach(&tree, router(9)), Some((70, 2, 2)), "by 3");
    assert_eq!(inside(&tree, lan(9, 1)), [3]);
}

#[test]
fn without_our_own_packet_nothing_is_reached() {
    let mut sketch = on_one_lan();
    sketch.nodes.remove(&router(US));
    sketch.links.retain(|link| link.0 != router(US));
    let tree = tree(&sketch, 1);
    assert_eq!((tree.len(), tree.ways().count()), (3, 0));
}

#[test]
fn a_tree_tells_which_nodes_are_reached_otherwise_than_before() {
    let before = two_ways();
    let mut after = before.clone();
    assert_eq!(tree(&after, 8).changed_since(&tree(&before, 8)), []);
    // The way by 3 has other ticks: nothing that counts, but for 3's own LAN.
    after.links.iter_mut().filter(|link| link.0 == router(3)).for_each(|link| link.3 += 1);
    assert_eq!(tree(&after, 8).changed_since(&tree(&before, 8)), [lan(3, 2)]);
    // The way by 3 is gone.
    let mut after = before.clone();
    after.links.retain(|link| link.1 != lan(3, 2));
    let changed = tree(&after, 8).changed_since(&tree(&before, 8));
    assert_eq!(changed, [lan(3, 2), router(4), lan(4, 1), router(5)]);
    let everything: Vec<NodeId> = before.nodes.keys().copied().collect();
    assert_eq!(tree(&before, 8).changed_since(&Tree::default()), everything);
    assert_eq!(Tree::default().changed_since(&tree(&before, 8)), everything);
}
