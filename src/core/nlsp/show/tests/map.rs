//! Rows of the map and of the shortest paths.

use super::*;
use crate::nlsp::decision::{FirstHop, Way};
use crate::wire::nlsp::{ExternalRoutes, ServiceInfo};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, Socket};

/// We and another router on a CMD network, of which we are the designated router.
fn lsdb() -> Lsdb {
    let mut lsdb = Lsdb::new(100);
    let (lan, other) = (US.lan(2), system(9));
    let (ours, plain) = (US.router().lsp(0), Flags::LEVEL_1);
    put(&mut lsdb, ours, plain, &[management(1, "OSLO"), link(lan, 20)]);
    let ends = [management(0xffff_fffd, ""), link(US.router(), 0), link(other.router(), 0)];
    put(&mut lsdb, lan.lsp(0), plain, &ends);
    put(&mut lsdb, other.router().lsp(0), Flags::OVERLOADED, &[management(9, "ROME")]);
    let routes = [[1, 0, 0, 0, 7, 0, 1], [1, 0, 0, 0, 8, 0, 1]];
    let service = ServiceInfo {
        hops: 0,
        address: Address::new(NetworkNumber(9), NodeAddress::INTERNAL, Socket::NCP),
        service_type: ServiceType(4),
        name: ServiceName::new("ROME"),
    };
    let more = [
        link(lan, 45),
        LspOption::Service(service),
        LspOption::External(ExternalRoutes::new(&routes)),
    ];
    put(&mut lsdb, other.router().lsp(3), plain, &more);
    // Fragment 0 is missing: nobody knows what it is [nlsp §10.1].
    put(&mut lsdb, system(10).router().lsp(1), plain, &[link(lan, 1)]);
    lsdb
}

#[test]
fn a_node_of_the_map_has_what_all_its_packets_say() {
    let config = config();
    let circuits = circuits(&config);
    let reaches = |node: NodeId| node.system == US;
    let page = topology(view(&config, &circuits, NOW), &lsdb(), reaches, None).unwrap();
    assert_eq!((page.total, page.next), (3, None));
    let [us, lan, other] = page.rows.try_into().unwrap();
    assert_eq!((us.kind.as_str(), us.name.as_deref(), us.own), ("router", Some("OSLO"), true));
    assert_eq!((us.network, us.reachable, us.no_transit), (Some(NetworkNumber(1)), true, false));
    assert_eq!((lan.kind.as_str(), lan.name, lan.links.len()), ("lan", None, 2));
    assert_eq!((other.reachable, other.no_transit, other.own), (false, true, false));
    assert_eq!((other.services, other.routes), (1, 2));
    let [link] = &other.links[..] else { panic!("one link") };
    assert_eq!((link.to.as_str(), link.cost), ("020000000001-02", Some(45)));
}

#[test]
fn the_map_goes_on_behind_a_node_not_behind_its_first_packet() {
    let config = config();
    let circuits = circuits(&config);
    let view = view(&config, &circuits, NOW);
    let rest = |after: &str| {
        let page = topology(view, &lsdb(), |_| true, Some(after)).unwrap();
        page.rows.into_iter().map(|row| row.node).collect::<Vec<_>>()
    };
    assert_eq!(rest("020000000001-00"), ["020000000001-02", "020000000009-00"]);
    assert_eq!(rest("020000000001-02"), ["020000000009-00"]);
    assert_eq!(rest("FFFFFFFFFFFF-FF"), Vec::<String>::new());
    assert_eq!(topology(view, &lsdb(), |_| true, Some("x")), Err(NoPlace));
}

#[test]
fn a_path_names_its_first_hop_and_the_peer_that_it_is() {
    let config = config();
    let circuits = circuits(&config);
    let view = view(&config, &circuits, NOW);
    let hop = FirstHop { node: cmd::node([10, 0, 0, 2].into()), circuit: CMD };
    let way = |node, parent, inside| Way {
        node,
        parent,
        cost: 20,
        ticks: 1,
        hops: 1,
        inside,
        outside: inside,
    };
    let hops = [hop];
    let ways = [
        way(US.router(), None, &[]),
        way(US.lan(2), Some(US.router()), &[]),
        way(system(9).router(), Some(US.lan(2)), &hops),
    ];
    let ways_from = |first| ways.into_iter().filter(move |way| way.node >= first);
    let page = paths(view, &lsdb(), ways_from, ways.len(), Some("020000000001-00")).unwrap();
    assert_eq!((page.total, page.rows.len()), (3, 2));
    let last = page.rows.last().unwrap();
    assert_eq!((last.name.as_deref(), last.cost, last.hops), (Some("ROME"), 20, 1));
    assert_eq!(last.parent.as_deref(), Some("020000000001-02"));
    let [via] = &last.via[..] else { panic!("one hop") };
    assert_eq!((via.circuit.as_str(), via.peer), ("backbone", Some([10, 0, 0, 2].into())));
    // The same node on a LAN is a node like any other.
    assert_eq!(view.hop(&FirstHop { circuit: LAN, ..hop }).peer, None);
}
