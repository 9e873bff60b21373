//! Maps of made-up rows.

use ipxway_core::router::NlspLinkRow;
use ipxway_core::wire::NetworkNumber;

use super::layout::Layout;
use super::*;

fn link(to: &str, cost: u8) -> NlspLinkRow {
    NlspLinkRow {
        to: to.to_owned(),
        cost: Some(cost),
        mtu: 1_500,
        delay_us: 200,
        throughput_bps: 10_000_000,
        media: "ip-tunnel".to_owned(),
    }
}

fn node(id: &str, name: &str, network: u32, links: &[(&str, u8)]) -> NlspNodeRow {
    NlspNodeRow {
        node: id.to_owned(),
        kind: if id.ends_with("-00") { "router" } else { "lan" }.to_owned(),
        name: Some(name.to_owned()),
        network: Some(NetworkNumber(network)),
        own: id.starts_with('A'),
        reachable: true,
        no_transit: false,
        services: 0,
        routes: 0,
        links: links.iter().map(|(to, cost)| link(to, *cost)).collect(),
    }
}

/// Two sites on a CMD network, a LAN behind each; the second LAN does not say so.
fn two_sites() -> Vec<NlspNodeRow> {
    vec![
        node("A-00", "OSLO <1>", 0xa, &[("A-01", 20), ("A-02", 20)]),
        node("A-01", "OSLO <1>", 0xffff_fffd, &[("A-00", 0), ("B-00", 0)]),
        node("A-02", "OSLO <1>", 0xc900_0001, &[("A-00", 0)]),
        node("B-00", "R\"OME\\", 0xb, &[("A-01", 45), ("B-01", 6), ("C-00", 1), ("B-00", 1)]),
        node("B-01", "R\"OME\\", 0xc900_0002, &[]),
    ]
}

#[test]
fn a_link_is_one_edge_with_the_cost_that_routers_give_it() {
    let map = Map::new(&two_sites());
    let edges: Vec<(usize, usize, &str, bool)> = map
        .edges
        .iter()
        .map(|edge| (edge.ends.0, edge.ends.1, edge.label.as_str(), edge.mutual))
        .collect();
    assert_eq!(
        edges,
        [(0, 1, "20", true), (0, 2, "20", true), (1, 3, "45", true), (3, 4, "6", false)]
    );
}

#[test]
fn two_routers_without_a_lan_between_them_may_differ_on_the_cost() {
    let rows = [node("A-00", "A", 1, &[("B-00", 7)]), node("B-00", "B", 2, &[("A-00", 9)])];
    let [edge] = &Map::new(&rows).edges[..] else { panic!("one edge") };
    assert_eq!(edge.label, "7/9");
}

#[test]
fn dot_names_every_node_and_edge_and_escapes_what_graphviz_would_read() {
    let expected = r#"graph internetwork {
    overlap=false
    "A-00" [label="OSLO <1>\n0000000A", shape=box, penwidth=2]
    "A-01" [label="FFFFFFFD", shape=ellipse]
    "A-02" [label="C9000001", shape=ellipse]
    "B-00" [label="R\"OME\\\n0000000B", shape=box]
    "B-01" [label="C9000002", shape=ellipse]
    "A-00" -- "A-01" [label="20"]
    "A-00" -- "A-02" [label="20"]
    "A-01" -- "B-00" [label="45"]
    "B-00" -- "B-01" [label="6", style=dashed]
}
"#;
    assert_eq!(Map::new(&two_sites()).to_dot(), expected);
}

#[test]
fn an_svg_has_every_node_and_edge_and_no_name_breaks_it() {
    let svg = Map::new(&two_sites()).to_svg();
    assert_eq!(svg.matches("<rect ").count(), 2, "{svg}");
    assert_eq!(svg.matches("<ellipse ").count(), 3, "{svg}");
    assert_eq!(svg.matches("<line ").count(), 4, "{svg}");
    assert!(svg.contains("OSLO &lt;1&gt;") && !svg.contains("<1>"), "{svg}");
    assert_eq!(svg.matches("class=\"lost\"").count(), 1, "{svg}");
    assert_eq!(svg, Map::new(&two_sites()).to_svg());
}

#[test]
fn the_lan_that_all_share_is_in_the_middle_and_the_others_are_outside() {
    let map = Map::new(&two_sites());
    let layout = Layout::of(&map);
    let far = |place: usize| {
        let point = layout.points[place];
        (point.x - layout.size / 2.0).hypot(point.y - layout.size / 2.0)
    };
    assert!(far(1) < 1.0);
    assert!(far(2) > far(0) + 50.0 && far(4) > far(3) + 50.0);
}

/// So many sites on one CMD network, each with LANs of its own.
fn sites(count: usize, lans: usize) -> Vec<NlspNodeRow> {
    let mut rows = Vec::new();
    let ids: Vec<String> = (0..count).map(|site| format!("S{site:03}-00")).collect();
    let everyone: Vec<(&str, u8)> = ids.iter().map(|id| (id.as_str(), 0)).collect();
    rows.push(node("HUB-01", "", 0xffff_fffd, &everyone));
    for id in &ids {
        let own: Vec<String> =
            (1..=lans).map(|lan| id.replace("-00", &format!("-1{lan}"))).collect();
        let mut links = vec![("HUB-01", 20)];
        links.extend(own.iter().map(|lan| (lan.as_str(), 20)));
        rows.push(node(id, "SITE", 1, &links));
        rows.extend(own.iter().map(|lan| node(lan, "SITE", 2, &[(id, 0)])));
    }
    rows
}

#[test]
fn no_two_of_fifty_nodes_lie_on_each_other() {
    for rows in [sites(50, 0), sites(25, 1), sites(10, 4), sites(1, 3)] {
        let map = Map::new(&rows);
        let layout = Layout::of(&map);
        for (place, one) in layout.points.iter().enumerate() {
            assert!((40.0..layout.size - 40.0).contains(&one.x), "{one:?} of {}", layout.size);
            assert!((40.0..layout.size - 40.0).contains(&one.y), "{one:?} of {}", layout.size);
            for other in &layout.points[place + 1..] {
                let apart = (one.x - other.x).hypot(one.y - other.y);
                assert!(apart > 70.0, "{apart} between {one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn several_shared_lans_stand_apart_and_an_empty_map_is_a_drawing() {
    let rows = [
        node("A-00", "A", 1, &[("A-01", 20), ("A-02", 20), ("A-03", 20)]),
        node("B-00", "B", 2, &[("A-01", 20), ("A-02", 20), ("A-03", 20)]),
        node("A-01", "", 3, &[("A-00", 0), ("B-00", 0)]),
        node("A-02", "", 4, &[("A-00", 0), ("B-00", 0)]),
        node("A-03", "", 5, &[("A-00", 0), ("B-00", 0)]),
    ];
    let layout = Layout::of(&Map::new(&rows));
    let [_, _, a, b, c] = layout.points[..] else { panic!("five points") };
    for (one, other) in [(a, b), (b, c), (a, c)] {
        assert!((one.x - other.x).hypot(one.y - other.y) > 70.0);
    }
    assert!(Map::new(&[]).to_svg().ends_with("</svg>\n"));
    assert_eq!(Map::new(&[]).to_dot(), "graph internetwork {\n    overlap=false\n}\n");
}
