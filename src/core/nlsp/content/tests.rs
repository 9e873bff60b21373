//! What goes into our packets [nlsp §10.1, §13.1, §13.3; scenarios 10, 32, 37, 38].

use super::*;
use crate::config::{CmdNetwork, Config, Lan as LanConfig, Port, PortKind};
use crate::hub::{Offer, Origin as RouteOrigin, ServiceKey, ServiceOffer, ServiceOrigin};
use crate::hub::{ServiceSource, Source};
use crate::ids::PortId;
use crate::nlsp::LineChange;
use crate::nlsp::origin::tests::{Bench, NETWORK, secs};
use crate::router::PortAddress;
use crate::wire::nlsp::{ExternalRoute, LspId, ServiceInfo};
use crate::wire::sap::{ServiceName, ServiceType, service_address};
use crate::wire::{NetworkNumber, cmd};

const A: CircuitId = CircuitId(0);
const B: CircuitId = CircuitId(1);
const WAN: CircuitId = CircuitId(2);
const X: NetworkNumber = NetworkNumber(0xc900_0001);
/// The pseudonodes of the circuits, where we are their designated router.
const ON_A: u8 = 1;
const ON_B: u8 = 2;
const OURS: SystemId = SystemId::of_internal(NETWORK);
const OTHER: SystemId = SystemId::of_internal(NetworkNumber(0xe2));

/// LANs A1 and B2 and a CMD network, all up.
struct Bed {
    bench: Bench,
    content: Content,
}

fn config() -> Config {
    let port = |name: &str, kind| Port { name: name.to_owned(), kind };
    let lan = |name, port, framing, network| {
        LanConfig::new(name, PortId(port), framing, NetworkNumber(network))
    };
    Config {
        ports: vec![
            port("tap0", PortKind::Tap),
            port("tap1", PortKind::Tap),
            port("10.0.0.1:2654", PortKind::Udp),
        ],
        lans: vec![lan("a", 0, Framing::EthernetII, 0xa1), lan("b", 1, Framing::Llc8022, 0xb2)],
        cmd_networks: vec![CmdNetwork::new(
            "wan",
            PortId(2),
            NetworkNumber::DEFAULT_CMD,
            vec![[10, 0, 0, 2].into()],
        )],
        ..Config::default()
    }
}

/// A line of which we are the designated router, with these neighbours.
fn designated(local_id: u8, members: &[(u8, SystemId)]) -> Facts {
    let members = members.iter().map(|&(last, system)| (node(last), system)).collect();
    Facts {
        local_id,
        links: vec![OURS.lan(local_id)],
        designated: true,
        max_packet: 1_500,
        members,
    }
}

/// A line of which another is.
fn other(local_id: u8) -> Facts {
    let (links, members) = (vec![OTHER.lan(9)], BTreeMap::new());
    Facts { local_id, links, designated: false, max_packet: 1_500, members }
}

fn node(last: u8) -> NodeAddress {
    NodeAddress([2, 0, 0, 0, 0, last])
}

fn external(network: NetworkNumber, hops: u8, ticks: u16) -> (Subject, Entry) {
    (Subject::Route(network), Entry::Route(ExternalRoute { hops, network, ticks }))
}

fn key(name: &str) -> ServiceKey {
    ServiceKey { service_type: ServiceType::FILE_SERVER, name: ServiceName::new(name) }
}

impl Bed {
    fn new() -> Self {
        Self::of(config())
    }

    fn of(config: Config) -> Self {
        let mut bench = Bench::new(config);
        for port in 0..3 {
            let ip = (port == 2).then_some([10, 0, 0, 1].into());
            let mac = Some(node(u8::try_from(port).expect("small"))).filter(|_| port < 2);
            bench.circuits.port_up(PortId(port), PortAddress { mac, ip, mtu: 1_500 });
        }
        let mut bed = Self { bench, content: Content::default() };
        bed.begin();
        bed
    }

    fn begin(&mut self) {
        let content = &mut self.content;
        self.bench.run(|cx, origin, _, system| content.begin(cx, origin, system));
    }

    fn line(&mut self, circuit: CircuitId, facts: Option<&Facts>) {
        let content = &mut self.content;
        self.bench.run(|cx, origin, _, system| {
            content.circuit_changed(cx, origin, system, circuit, facts);
        });
    }

    fn member(&mut self, circuit: CircuitId, last: u8, system: Option<SystemId>) {
        let (content, neighbour) = (&mut self.content, Neighbour { circuit, node: node(last) });
        self.bench.run(|cx, origin, _, _| content.member_changed(cx, origin, neighbour, system));
    }

    fn offer(&mut self, source: Source, circuit: CircuitId, network: NetworkNumber, hops: u16) {
        let origin = RouteOrigin { source, circuit: Some(circuit), node: node(0x71) };
        let offer = Offer { origin, hops, ticks: hops + 1, cost: 0, heard: self.bench.now };
        self.bench.rib.offer(network, offer, self.bench.now).expect("there is room");
        self.settle();
    }

    fn withdraw(&mut self, source: Source, circuit: CircuitId, network: NetworkNumber) {
        let origin = RouteOrigin { source, circuit: Some(circuit), node: node(0x71) };
        self.bench.rib.withdraw(network, &origin, self.bench.now);
        self.settle();
    }

    fn serve(&mut self, source: ServiceSource, circuit: Option<CircuitId>, name: &ServiceName) {
        let service_type = ServiceType::FILE_SERVER;
        let origin = ServiceOrigin { source, circuit, from: node(0x71) };
        let address = service_address(X.0, [0, 0, 0, 0, 0, 1], 0x451);
        let offer = ServiceOffer { origin, name: *name, address, hops: 2, heard: self.bench.now };
        let (key, now) = (ServiceKey { service_type, name: *name }, self.bench.now);
        self.bench.services.offer(&self.bench.rib, key, offer, now).expect("there is room");
        self.settle();
    }

    /// Shows the changes of the tables to the content, as the router does.
    fn settle(&mut self) {
        let Bench { rib, services, now, .. } = &mut self.bench;
        let routes = rib.take_changes();
        for change in routes.iter().filter(|change| change.old.is_none() != change.new.is_none()) {
            services.route_changed(rib, change.network, *now);
        }
        let services = services.take_changes();
        let content = &mut self.content;
        self.bench.run(|cx, origin, _, _| {
            routes.iter().for_each(|change| content.route_changed(cx, origin, change));
            services.iter().for_each(|change| content.service_changed(cx, origin, change));
        });
    }

    /// What a node of ours says in the database when all has come to rest, links apart.
    fn told(&mut self, pseudonode: u8) -> Vec<(Subject, Entry)> {
        self.bench.pass(secs(6));
        let all = self.bench.said(pseudonode).into_iter();
        all.filter(|(subject, _)| !matches!(subject, Subject::Link(_))).collect()
    }

    fn links(&mut self, pseudonode: u8) -> Vec<Link> {
        self.bench.pass(secs(6));
        let links = self.bench.said(pseudonode).into_values().filter_map(|entry| match entry {
            Entry::Link(link) => Some(link),
            _ => None,
        });
        links.collect()
    }

    /// The systems or LANs that a node of ours links to.
    fn linked(&mut self, pseudonode: u8) -> Vec<NodeId> {
        self.links(pseudonode).into_iter().map(|link| link.neighbour).collect()
    }

    fn live(&self, pseudonode: u8) -> bool {
        self.bench.lsdb.live(OURS.lan(pseudonode).lsp(0)).is_some()
    }
}

#[test]
fn the_router_links_to_each_circuit_with_what_the_circuit_is_like() {
    let mut config = config();
    if let Some(lan) = config.lans.get_mut(1) {
        lan.nlsp.cost = Some(33);
        lan.nlsp.throughput_bps = 64_000;
        lan.nlsp.delay_us = 20_000;
    }
    let mut bed = Bed::of(config);
    for (circuit, lan) in [(A, 1), (B, 2), (WAN, 3)] {
        let facts = Facts { links: vec![OTHER.lan(lan)], max_packet: 1_472, ..other(lan) };
        bed.line(circuit, Some(&facts));
    }
    let link = |lan, cost, delay_us, throughput_bps, media| Link {
        cost: Some(cost),
        neighbour: OTHER.lan(lan),
        mtu: 1_472,
        delay_us,
        throughput_bps,
        media,
    };
    let expected = [
        link(1, 20, 200, 10_000_000, MediaType::ETHERNET_II),
        link(2, 33, 20_000, 64_000, MediaType::ETHERNET_802_2),
        link(3, 20, 5_000, 10_000_000, MediaType::IP_TUNNEL),
    ];
    assert_eq!(bed.links(ROUTER), expected);

    // Before an election there is no link; after one, the old and the new [nlsp §9.2, §14].
    bed.line(A, Some(&Facts { links: vec![], ..other(1) }));
    bed.line(B, Some(&Facts { links: vec![OTHER.lan(2), OURS.lan(2)], ..other(2) }));
    bed.line(WAN, None);
    assert_eq!(bed.linked(ROUTER), [OURS.lan(2), OTHER.lan(2)]);
}

#[test]
fn of_two_circuits_to_one_lan_the_cheaper_is_told_and_the_other_when_that_goes() {
    let mut config = config();
    if let Some(lan) = config.lans.get_mut(0) {
        lan.nlsp.cost = Some(7);
    }
    let mut bed = Bed::of(config);
    bed.line(A, Some(&other(1)));
    bed.line(B, Some(&other(2)));
    let costs =
        |bed: &mut Bed| -> Vec<_> { bed.links(ROUTER).into_iter().map(|link| link.cost).collect() };
    assert_eq!(costs(&mut bed), [Some(7)]);
    bed.line(A, None);
    assert_eq!(costs(&mut bed), [Some(20)]);
    bed.line(B, None);
    assert_eq!(costs(&mut bed), []);
}

#[test]
fn the_designated_router_tells_of_every_router_on_the_lan_and_of_itself_when_it_is_alone() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    assert_eq!(bed.linked(ON_A), [OURS.router()]);
    assert_eq!(bed.linked(ROUTER), [OURS.lan(ON_A)]);
    bed.member(A, 0x71, Some(OTHER));
    let links = bed.links(ON_A);
    assert_eq!(links.len(), 2);
    assert!(links.iter().all(|link| link.cost == Some(0) && link.mtu == 1_500));

    // Two nodes of one machine, of which one goes and then the other.
    bed.member(A, 0x72, Some(OTHER));
    bed.member(A, 0x71, None);
    assert_eq!(bed.linked(ON_A), [OURS.router(), OTHER.router()]);
    // The same node is another system.
    let third = SystemId::of_internal(NetworkNumber(0xe3));
    bed.member(A, 0x72, Some(third));
    assert_eq!(bed.linked(ON_A), [OURS.router(), third.router()]);
    bed.member(A, 0x72, None);
    assert_eq!(bed.linked(ON_A), [OURS.router()]);
    // Where another is the designated router, it tells.
    bed.member(B, 0x71, Some(OTHER));
    assert!(!bed.live(ON_B));
}

#[test]
fn a_network_heard_by_rip_stands_with_its_values_in_the_lan_it_was_heard_on_if_we_speak_for_it() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    bed.line(B, Some(&other(ON_B)));
    bed.offer(Source::Rip, A, X, 3);
    assert_eq!(bed.told(ON_A), [external(X, 3, 4)]);
    assert_eq!(bed.told(ROUTER), []);
    let elsewhere = NetworkNumber(0xdead);
    bed.offer(Source::Rip, B, elsewhere, 1);
    assert_eq!(bed.told(ON_A), [external(X, 3, 4)], "what B says its designated router tells");

    // Farther; then nearer by another LAN; then gone.
    bed.offer(Source::Rip, A, X, 15);
    assert_eq!(bed.told(ON_A), [external(X, 15, 16)]);
    bed.offer(Source::Rip, B, X, 2);
    assert_eq!(bed.told(ON_A), []);
    bed.withdraw(Source::Rip, B, X);
    bed.offer(Source::Rip, A, X, 4);
    assert_eq!(bed.told(ON_A), [external(X, 4, 5)]);
    bed.withdraw(Source::Rip, A, X);
    assert_eq!(bed.told(ON_A), []);
}

#[test]
fn who_becomes_designated_router_tells_at_once_what_it_heard_all_along() {
    let mut bed = Bed::new();
    bed.line(A, Some(&other(ON_A)));
    bed.offer(Source::Rip, A, X, 3);
    bed.serve(ServiceSource::Sap, Some(A), &ServiceName::new("SERVER"));
    bed.offer(Source::Rip, B, NetworkNumber(0xdead), 1);
    bed.bench.pass(secs(100));
    let start = bed.bench.now;
    bed.line(A, Some(&designated(ON_A, &[(0x71, OTHER)])));
    let flooded = bed.bench.pass(secs(1));
    let soon = start + Duration::from_millis(100);
    let ids: [LspId; 2] = [OURS.lan(ON_A).lsp(0), OURS.router().lsp(0)];
    assert_eq!(flooded, ids.map(|id| (soon, id)));
    assert_eq!(bed.told(ON_A).len(), 2);
    assert_eq!(bed.linked(ON_A), [OURS.router(), OTHER.router()]);
}

#[test]
fn who_resigns_lets_its_packets_stand_for_ten_seconds_and_begins_afresh_the_next_time() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[(0x71, OTHER)])));
    bed.offer(Source::Rip, A, X, 3);
    bed.offer(Source::Rip, A, NetworkNumber(0xdead), 3);
    bed.bench.pass(secs(10));
    bed.line(A, Some(&other(ON_A)));
    bed.withdraw(Source::Rip, A, X);
    assert_eq!(bed.told(ON_A).len(), 2, "as it was");
    bed.bench.pass(secs(3));
    assert!(bed.live(ON_A));

    // Designated again before they are purged, with another neighbour.
    let third = SystemId::of_internal(NetworkNumber(0xe3));
    bed.line(A, Some(&designated(ON_A, &[(0x72, third)])));
    assert_eq!(bed.told(ON_A), [external(NetworkNumber(0xdead), 3, 4)]);
    assert_eq!(bed.linked(ON_A), [OURS.router(), third.router()]);

    bed.line(A, Some(&other(ON_A)));
    bed.bench.pass(secs(11));
    assert!(!bed.live(ON_A));
}

#[test]
fn a_circuit_that_goes_down_is_purged_at_once() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    bed.bench.pass(secs(10));
    bed.line(A, None);
    bed.bench.pass(Duration::from_millis(100));
    assert!(!bed.live(ON_A));
    assert_eq!(bed.linked(ROUTER), []);
}

#[test]
fn only_what_is_in_use_is_told_and_only_rip_and_static_routes_are_external() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    bed.offer(Source::Rip, A, X, 3);
    // Scenario 37: what is known better than by RIP.
    for better in [Source::Direct, Source::Internal] {
        bed.offer(better, B, X, 0);
        assert_eq!(bed.told(ON_A), []);
        bed.withdraw(better, B, X);
        // Nothing farther is believed for a minute [nlsp §13.3.3].
        bed.bench.pass(secs(61));
        bed.offer(Source::Rip, A, X, 3);
        assert_eq!(bed.told(ON_A), [external(X, 3, 4)]);
    }
    bed.offer(Source::Static, B, X, 1);
    assert_eq!(bed.told(ON_A), []);
    assert_eq!(bed.told(ROUTER), [external(X, 1, 2)]);
    bed.withdraw(Source::Static, B, X);
    assert_eq!(bed.told(ROUTER), []);
    bed.bench.pass(secs(61));
    bed.offer(Source::Rip, A, X, 3);
    assert_eq!(bed.told(ON_A), [external(X, 3, 4)]);
}

#[test]
fn the_default_route_is_a_network_like_any_other_and_0_and_ffffffff_are_none() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    for network in [NetworkNumber::THIS, NetworkNumber::DEFAULT_ROUTE, NetworkNumber::ALL] {
        bed.offer(Source::Rip, A, network, 1);
    }
    assert_eq!(bed.told(ON_A), [external(NetworkNumber::DEFAULT_ROUTE, 1, 2)]);
    bed.offer(Source::Rip, A, X, 16);
    assert_eq!(bed.told(ON_A).len(), 1, "sixteen hops are too many");
}

#[test]
fn a_service_is_told_while_a_route_leads_to_it() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    bed.serve(ServiceSource::Sap, Some(A), &ServiceName::new("SERVER"));
    assert_eq!(bed.told(ON_A), []);
    let info = ServiceInfo {
        hops: 2,
        address: service_address(X.0, [0, 0, 0, 0, 0, 1], 0x451),
        service_type: ServiceType::FILE_SERVER,
        name: ServiceName::new("SERVER"),
    };
    let service = (Subject::Service(key("SERVER")), Entry::Service(info));
    bed.offer(Source::Rip, A, X, 1);
    assert_eq!(bed.told(ON_A), [external(X, 1, 2), service.clone()]);
    bed.withdraw(Source::Rip, A, X);
    assert_eq!(bed.told(ON_A), []);
    // The way may lead through anything, and what the operator says is the router's to tell.
    bed.offer(Source::Direct, B, X, 0);
    assert_eq!(bed.told(ON_A), std::slice::from_ref(&service));
    bed.serve(ServiceSource::Static, None, &ServiceName::new("SERVER"));
    assert_eq!((bed.told(ON_A), bed.told(ROUTER)), (vec![], vec![service]));
}

#[test]
fn names_of_forty_eight_bytes_are_counted_and_not_told_and_what_is_behind_a_nul_is_dropped() {
    let mut bed = Bed::new();
    bed.line(A, Some(&designated(ON_A, &[])));
    bed.offer(Source::Direct, B, X, 0);
    let name = |letters: usize, behind: u8| {
        let mut bytes = [b'N'; 48];
        bytes.iter_mut().skip(letters).for_each(|byte| *byte = behind);
        if let Some(nul) = bytes.get_mut(letters) {
            *nul = 0;
        }
        ServiceName::from_wire(bytes)
    };
    bed.serve(ServiceSource::Sap, Some(A), &name(48, 0));
    bed.serve(ServiceSource::Sap, Some(A), &name(0, 0));
    assert_eq!(bed.told(ON_A), []);
    assert_eq!(bed.content.untellable(), 2);
    bed.serve(ServiceSource::Sap, Some(A), &name(47, 0));
    bed.serve(ServiceSource::Sap, Some(A), &name(5, b'x'));
    let names: Vec<Vec<u8>> = bed
        .told(ON_A)
        .into_iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Service(info) => Some(info.name.as_wire().to_vec()),
            _ => None,
        })
        .collect();
    assert_eq!(names, [name(5, 0), name(47, 0)].map(|name| name.as_wire().to_vec()));
    assert_eq!(bed.content.untellable(), 2);
}

#[test]
fn a_router_that_begins_late_tells_what_is_there_already() {
    let mut bed = Bed::new();
    bed.bench.origin = Origin::default();
    bed.line(WAN, Some(&other(3)));
    bed.offer(Source::Static, B, X, 1);
    bed.serve(ServiceSource::Static, None, &ServiceName::new("SERVER"));
    assert!(!bed.live(ROUTER));
    bed.begin();
    assert_eq!(bed.told(ROUTER).len(), 2);
    assert_eq!(bed.linked(ROUTER), [OTHER.lan(9)]);
}

#[test]
fn on_a_cmd_network_the_lan_is_its_number_and_our_node_there() {
    let mut bed = Bed::new();
    bed.line(WAN, Some(&designated(3, &[])));
    bed.bench.pass(secs(1));
    let lsp = bed.bench.lsdb.live(OURS.lan(3).lsp(0)).cloned().expect("it is told");
    let told = lsp.options().find_map(|option| match option {
        crate::wire::nlsp::LspOption::Management(management) => Some(management),
        _ => None,
    });
    let management = told.expect("it is there");
    assert_eq!(management.network, NetworkNumber::DEFAULT_CMD);
    assert_eq!(management.node, cmd::node([10, 0, 0, 1].into()));
    assert_eq!(management.name, b"IPXWAY");
}

/// Lets lines, content, origin and database work on each other for so long. Gives back what was to
/// be flooded.
fn play(bed: &mut Bed, lines: &mut Lines, span: Duration) -> Vec<LspId> {
    let end = bed.bench.now + span;
    let mut flooded = Vec::new();
    loop {
        let content = &mut bed.content;
        bed.bench.run(|cx, origin, lsdb, system| {
            lines.handle_timeout(cx, system);
            flooded.extend(origin.handle_timeout(cx, lsdb));
            for change in lsdb.take_changes().lsps {
                if change.id.number == 0 && change.id.node.is_pseudonode() {
                    lines.pseudonode(cx, system, change.id.node, change.new.is_some());
                }
            }
            for change in lines.take_changes() {
                if let LineChange::Line(circuit) = change {
                    content.line_changed(cx, origin, lines, system, circuit);
                }
            }
        });
        let next = [lines.next_timeout(), bed.bench.origin.next_timeout()];
        let Some(at) = next.into_iter().flatten().min().filter(|&at| at <= end) else { break };
        bed.bench.now = bed.bench.now.max(at);
    }
    bed.bench.now = end;
    flooded
}

#[test]
fn a_lan_without_nlsp_is_told_with_ourselves_alone_and_linked_to_once_it_is_out() {
    let mut bed = Bed::new();
    let mut lines = Lines::default();
    bed.bench.run(|cx, _, _, system| lines.open(cx, system, A));
    let flooded = play(&mut bed, &mut lines, secs(20));
    let lan = lines.get(A).map(Line::local_id).expect("it is open");
    assert_eq!(flooded, [OURS.lan(lan).lsp(0), OURS.router().lsp(0)]);
    assert_eq!(bed.linked(lan), [OURS.router()]);
    assert_eq!(bed.linked(ROUTER), [OURS.lan(lan)]);
    bed.bench.run(|cx, _, _, _| lines.close(cx, A));
    play(&mut bed, &mut lines, secs(10));
    assert!(!bed.live(lan));
    assert_eq!(bed.linked(ROUTER), []);
}
