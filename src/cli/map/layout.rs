//! Places: routers on a circle, the LANs that join them inside it, the LANs of one router outside.
//!
//! The circle is as large as its routers and their LANs need; LANs inside stand near the middle
//! of the routers they join.

use std::f64::consts::TAU;

use super::Map;

/// What a router or a LAN outside takes of the circle.
const SLOT: f64 = 100.0;
/// The circle's radius at least.
const LEAST_RADIUS: f64 = 160.0;
/// From the circle to the LANs outside.
const OUTSIDE: f64 = 120.0;
/// The radius of the LANs inside, where there are several, as a part of the circle's.
const INSIDE: f64 = 0.45;
/// Space around all.
const MARGIN: f64 = 90.0;

/// A place on the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    /// By the place in the list of nodes.
    pub(super) points: Vec<Point>,
    /// Width and height.
    pub(super) size: f64,
}

/// A router, and the LANs that nobody else is on.
struct Spoke {
    router: Option<usize>,
    lans: Vec<usize>,
}

impl Layout {
    pub(super) fn of(map: &Map) -> Self {
        let (spokes, shared) = spokes(map);
        let slots: usize = spokes.iter().map(|spoke| spoke.lans.len().max(1)).sum();
        let radius = (float(slots) * SLOT / TAU).max(LEAST_RADIUS);
        let center = radius + OUTSIDE + MARGIN;
        let at = |angle: f64, radius: f64| Point {
            x: center + radius * angle.sin(),
            y: center - radius * angle.cos(),
        };
        let mut angles = vec![0.0; map.nodes.len()];
        let mut points = vec![Point { x: center, y: center }; map.nodes.len()];
        let mut put = |place: usize, angle: f64, radius: f64| {
            if let (Some(point), Some(of)) = (points.get_mut(place), angles.get_mut(place)) {
                (*point, *of) = (at(angle, radius), angle);
            }
        };
        let mut slot = 0;
        let turn = |slot: f64| TAU * slot / float(slots.max(1));
        for spoke in &spokes {
            let width = spoke.lans.len().max(1);
            if let Some(router) = spoke.router {
                put(router, turn(float(slot) + float(width - 1) / 2.0), radius);
            }
            for (index, &lan) in spoke.lans.iter().enumerate() {
                put(lan, turn(float(slot + index)), radius + OUTSIDE);
            }
            slot += width;
        }
        for (lan, angle) in inside(map, &shared, &angles) {
            let radius = if shared.len() == 1 { 0.0 } else { radius * INSIDE };
            if let Some(point) = points.get_mut(lan) {
                *point = at(angle, radius);
            }
        }
        Self { points, size: 2.0 * center }
    }
}

/// The routers with their own LANs, and the LANs that several share. LANs without any router
/// stand at the end.
fn spokes(map: &Map) -> (Vec<Spoke>, Vec<usize>) {
    let mut shared = Vec::new();
    let mut lone = Vec::new();
    let mut spokes: Vec<Spoke> = Vec::new();
    let lans = || map.nodes.iter().enumerate().filter(|(_, node)| node.is_lan);
    for (place, _) in map.nodes.iter().enumerate().filter(|(_, node)| !node.is_lan) {
        spokes.push(Spoke { router: Some(place), lans: Vec::new() });
    }
    for (lan, _) in lans() {
        match neighbours(map, lan).as_slice() {
            [] => lone.push(lan),
            [router] => match spokes.iter_mut().find(|spoke| spoke.router == Some(*router)) {
                Some(spoke) => spoke.lans.push(lan),
                None => lone.push(lan),
            },
            _ => shared.push(lan),
        }
    }
    spokes.extend(lone.into_iter().map(|lan| Spoke { router: None, lans: vec![lan] }));
    (spokes, shared)
}

/// What a node is linked to, in the order of the list.
fn neighbours(map: &Map, place: usize) -> Vec<usize> {
    let ends = map.edges.iter().map(|edge| edge.ends);
    ends.filter_map(|(a, b)| match place {
        _ if a == place => Some(b),
        _ if b == place => Some(a),
        _ => None,
    })
    .collect()
}

/// Angles for the LANs inside: evenly, in the order of where their routers are on the average.
fn inside(map: &Map, shared: &[usize], angles: &[f64]) -> Vec<(usize, f64)> {
    let mut means: Vec<(f64, usize)> = shared
        .iter()
        .map(|&lan| {
            let routers = neighbours(map, lan);
            let angles = routers.iter().filter_map(|&router| angles.get(router));
            let (x, y) =
                angles.fold((0.0, 0.0), |(x, y), angle| (x + angle.sin(), y + angle.cos()));
            (x.atan2(y).rem_euclid(TAU), lan)
        })
        .collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // The first one stands where its routers are.
    let start = means.first().map_or(0.0, |(angle, _)| *angle);
    let step = TAU / float(means.len().max(1));
    let turned = means.into_iter().enumerate();
    turned.map(|(index, (_, lan))| (lan, start + step * float(index))).collect()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
