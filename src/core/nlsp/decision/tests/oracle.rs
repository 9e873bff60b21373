//! Shortest paths of random networks, against an oracle that is slow and simple.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::nlsp::decision::hops::FirstHop;
use crate::nlsp::decision::tree::Tree;
use crate::random::Random;

type Distance = (u32, u32, u32);
type Hops = BTreeSet<FirstHop>;

/// What is to be found of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    distance: Distance,
    inside: Vec<FirstHop>,
    outside: Vec<FirstHop>,
}

/// A link that counts, and the first hop if it leads from a LAN of ours.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: NodeId,
    to: NodeId,
    weight: Distance,
    hop: Option<FirstHop>,
}

/// The links that count, by the letter of the specification.
fn links(sketch: &Sketch) -> Vec<Link> {
    let told: BTreeSet<(NodeId, NodeId)> =
        sketch.links.iter().map(|&(from, to, ..)| (from, to)).collect();
    let ours: BTreeSet<NodeId> = sketch
        .nodes
        .keys()
        .copied()
        .filter(|&lan| {
            let linked = told.contains(&(router(US), lan)) && told.contains(&(lan, router(US)));
            linked && sketch.around.circuit_of(lan).is_some()
        })
        .collect();
    let mut links = Vec::new();
    for &(from, to, cost, ticks) in &sketch.links {
        if !told.contains(&(to, from)) || (from == router(US) && !ours.contains(&to)) {
            continue;
        }
        let mut hop = None;
        if ours.contains(&from) && to != router(US) {
            let circuit = sketch.around.circuit_of(from).unwrap();
            let heard = |system| sketch.around.hop_to(circuit, system);
            let by_designated = heard(from.system).filter(|_| sketch.around.is_cmd(circuit));
            hop = heard(to.system).or(by_designated);
            if hop.is_none() {
                continue;
            }
        }
        let weight = (cost.into(), ticks.into(), u32::from(!to.is_pseudonode()));
        links.push(Link { from, to, weight, hop });
    }
    links
}

fn sum(one: Distance, other: Distance) -> Distance {
    (one.0 + other.0, one.1 + other.1, one.2 + other.2)
}

/// Bellman-Ford: every link again and again, until nothing gets nearer.
fn distances(sketch: &Sketch, links: &[Link]) -> (BTreeMap<NodeId, Distance>, BTreeSet<NodeId>) {
    let closed = |node: &NodeId| sketch.nodes[node] && *node != router(US);
    let mut found = BTreeMap::from([(router(US), (0, 0, 0))]);
    for _ in 0..sketch.nodes.len() {
        for link in links.iter().filter(|link| !closed(&link.from)) {
            if let Some(&here) = found.get(&link.from) {
                let there = sum(here, link.weight);
                let known = found.entry(link.to).or_insert(there);
                *known = there.min(*known);
            }
        }
    }
    let mut leaves: BTreeMap<NodeId, Distance> = BTreeMap::new();
    for link in links.iter().filter(|link| closed(&link.from) && link.to.is_pseudonode()) {
        if let Some(&here) = found.get(&link.from).filter(|_| !found.contains_key(&link.to)) {
            let there = sum(here, link.weight);
            let known = leaves.entry(link.to).or_insert(there);
            *known = there.min(*known);
        }
    }
    let names = leaves.keys().copied().collect();
    found.extend(leaves);
    (found, names)
}

/// First hops handed on over every link that is on a shortest way, until nothing is new.
fn first_hops(
    sketch: &Sketch,
    links: &[Link],
    found: &BTreeMap<NodeId, Distance>,
    leaves: &BTreeSet<NodeId>,
    strict: bool,
) -> BTreeMap<NodeId, Hops> {
    let length = |distance: Distance| (distance.0, if strict { distance.1 } else { 0 });
    let on_way = |link: &&Link| {
        let closed = sketch.nodes[&link.from] && link.from != router(US);
        let (Some(&here), Some(&there)) = (found.get(&link.from), found.get(&link.to)) else {
            return false;
        };
        length(sum(here, link.weight)) == length(there) && leaves.contains(&link.to) == closed
    };
    let links: Vec<&Link> = links.iter().filter(on_way).collect();
    let straight: BTreeSet<NodeId> =
        links.iter().filter(|link| link.from == router(US)).map(|link| link.to).collect();
    let mut hops: BTreeMap<NodeId, Hops> = BTreeMap::new();
    for _ in 0..sketch.nodes.len() {
        for link in &links {
            let mut here = hops.get(&link.from).cloned().unwrap_or_default();
            here.extend(link.hop.filter(|_| straight.contains(&link.from)));
            hops.entry(link.to).or_default().extend(here);
        }
    }
    if strict {
        for lan in straight {
            let circuit = sketch.around.circuit_of(lan).unwrap();
            hops.entry(lan).or_default().extend(sketch.around.hop_to(circuit, lan.system));
        }
    }
    hops
}

fn expected(sketch: &Sketch, splits: usize) -> BTreeMap<NodeId, Found> {
    if !sketch.nodes.contains_key(&router(US)) {
        return BTreeMap::new();
    }
    let links = links(sketch);
    let (found, leaves) = distances(sketch, &links);
    let hops = |strict| first_hops(sketch, &links, &found, &leaves, strict);
    let (inside, outside) = (hops(false), hops(true));
    let of = |hops: &BTreeMap<NodeId, Hops>, node| -> Vec<FirstHop> {
        hops.get(&node).into_iter().flatten().copied().take(splits).collect()
    };
    let of_node = |(&node, &distance): (&NodeId, &Distance)| {
        (node, Found { distance, inside: of(&inside, node), outside: of(&outside, node) })
    };
    found.iter().map(of_node).collect()
}

fn computed(sketch: &Sketch, splits: usize) -> BTreeMap<NodeId, Found> {
    let tree = Tree::of(sketch.graph(), splits);
    let found = tree.ways().map(|way| {
        let distance = (way.cost, way.ticks, way.hops.into());
        let (inside, outside) = (way.inside.to_vec(), way.outside.to_vec());
        (way.node, Found { distance, inside, outside })
    });
    found.collect()
}

/// A network of up to 14 routers and 12 LANs with few different costs, so that there are many
/// equal ways; some links are told by one end only, some routers are closed, some not heard.
fn sketch(random: &mut Random) -> Sketch {
    let mut below = |limit: u64| u8::try_from(random.below(limit)).unwrap();
    let mut sketch = Sketch::new();
    let routers = 2 + below(13);
    for number in 1..=routers {
        sketch.node(router(number));
        if below(7) == 0 {
            sketch.closed(number);
        }
    }
    for number in 1..=1 + below(12) {
        let name = lan(1 + below(routers.into()), number);
        for member in 1..=routers {
            if below(5) < 2 {
                let (cost, ticks) = (1 + below(3), 1 + u16::from(below(2)));
                sketch.lan(name, &[(member, cost, ticks)]);
            }
        }
        if sketch.links.iter().any(|link| (link.0, link.1) == (router(US), name)) && below(9) > 0 {
            let heard: Vec<u8> = (2..=routers).filter(|_| below(6) > 0).collect();
            sketch.hear(name, number, &heard);
            if below(3) == 0 {
                sketch.around.add_cmd(circuit(number));
            }
        }
    }
    sketch.links.retain(|_| below(15) > 0);
    sketch
}

#[test]
fn random_networks_have_the_paths_that_a_simple_algorithm_finds() {
    let mut random = Random::seeded(12);
    let (mut reached, mut several) = (0, 0);
    for _ in 0..3_000 {
        let sketch = sketch(&mut random);
        let splits = usize::try_from(1 + random.below(8)).unwrap();
        let expected = expected(&sketch, splits);
        assert_eq!(computed(&sketch, splits), expected, "{sketch:?} {splits}");
        reached += expected.len();
        several += expected.values().filter(|found| found.outside.len() > 1).count();
    }
    // The networks are not trivial.
    assert!(reached > 20_000 && several > 1_000, "{reached} {several}");
}

#[test]
fn the_order_in_which_links_are_told_changes_nothing() {
    let mut random = Random::seeded(13);
    for _ in 0..300 {
        let mut sketch = sketch(&mut random);
        let first = computed(&sketch, 3);
        for _ in 0..5 {
            for last in (1..sketch.links.len()).rev() {
                let other = random.below(last as u64 + 1);
                sketch.links.swap(last, usize::try_from(other).unwrap());
            }
            assert_eq!(computed(&sketch, 3), first);
        }
    }
}

/// The same network as another router sees it, which hears all that are on its LANs.
fn seen_from(sketch: &Sketch, at: NodeId) -> BTreeMap<NodeId, Found> {
    let mut sketch = sketch.clone();
    sketch.around = Surroundings::new(at.system);
    for (number, lan) in (1..).zip(sketch.nodes.keys().filter(|node| node.is_pseudonode())) {
        sketch.around.add_lan(*lan, circuit(number));
        for other in sketch.nodes.keys().filter(|node| !node.is_pseudonode()) {
            let [.., byte] = other.system.0;
            sketch.around.add_neighbour(circuit(number), other.system, nic(byte));
        }
    }
    computed(&sketch, 8)
}

#[test]
fn whoever_gets_a_packet_is_nearer_to_where_it_goes_by_ticks_too_if_that_lies_outside() {
    let mut random = Random::seeded(14);
    let mut looked_at = 0;
    for _ in 0..200 {
        let mut sketch = sketch(&mut random);
        sketch.nodes.values_mut().for_each(|closed| *closed = false);
        let on = |lan, at| sketch.links.iter().any(|link| (link.0, link.1) == (at, lan));
        let routers = sketch.nodes.keys().copied().filter(|node| !node.is_pseudonode());
        let trees: BTreeMap<NodeId, BTreeMap<NodeId, Found>> =
            routers.map(|at| (at, seen_from(&sketch, at))).collect();
        for (&at, tree) in &trees {
            for (&to, found) in tree.iter().filter(|&(&to, _)| to != at && !on(to, at)) {
                for hop in found.inside.iter().chain(&found.outside) {
                    let next = trees[&router(hop.node.0[5])][&to].distance;
                    assert!(next.0 < found.distance.0, "{sketch:?} {at} {to}");
                    let outside = found.outside.contains(hop);
                    assert!(!outside || next.1 < found.distance.1, "{sketch:?} {at} {to}");
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at > 10_000, "{looked_at}");
}
