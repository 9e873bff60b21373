//! Laws of plans: how clouds are split, who is designated router, what a link bears.

use super::analysis::{Analysis, Flow, fitting_lsp_size};
use super::design::{AgentsPerPop, Design, Plan, priority};
use super::reach::{Node, Reach};
use super::report::Report;
use super::{Overrides, emit, parse};

/// Two POPs, two clouds of three offices each.
const SMALL: &str = r#"
    [[site]]
    name = "A"
    count = 3
    ip = "10.0.1.1"
    up_bps = 56_000
    services = 10
    [[site.lan]]
    name = "office"
    framing = "802.2"
    network = "A1"

    [[site]]
    name = "B"
    count = 3
    ip = "10.0.2.1"
    up_bps = 10_000_000
    services = 10
    [[site.lan]]
    name = "office"
    framing = "802.2"
    network = "B1"

    [[cloud]]
    name = "a"
    network = "C1"
    members = ["A"]

    [[cloud]]
    name = "b"
    network = "C11"
    members = ["B"]

    [[pop]]
    name = "EAST"
    ip = "10.0.8.1"
    up_bps = 45_000_000
    clouds = ["a"]
    [[pop.lan]]
    name = "segment"
    framing = "802.2"
    network = "D1"

    [[pop]]
    name = "WEST"
    ip = "10.0.9.1"
    up_bps = 45_000_000
    clouds = ["b"]
    [[pop.lan]]
    name = "segment"
    framing = "802.2"
    network = "D2"

    [inter_pop]
    network = "C0"
"#;

fn plan(text: &str) -> Plan {
    match parse("plan.toml", text, Overrides::default()) {
        Ok((plan, warnings)) => {
            assert_eq!(warnings, []);
            plan
        }
        Err(faults) => panic!("{}", crate::config::listed(&faults)),
    }
}

fn as_with_scmd(plan: &Plan) -> Plan {
    Plan { agents_per_pop: AgentsPerPop::OnePerNetwork, ..plan.clone() }
}

fn analysis(plan: &Plan) -> (Design, Analysis) {
    let design = Design::of(plan);
    let analysis = Analysis::of(plan, &design);
    (design, analysis)
}

/// The members of each CMD network, by name.
fn members(design: &Design) -> Vec<(&str, Vec<&str>)> {
    let name = |&member: &usize| design.agents[member].name.as_str();
    let networks = design.networks.iter();
    networks.map(|n| (n.name.as_str(), n.members.iter().map(name).collect())).collect()
}

#[test]
fn one_agent_is_on_all_networks_of_a_pop_or_each_has_its_own() {
    let plan = plan(SMALL);
    let expected = [
        ("a", vec!["A-01", "A-02", "A-03", "EAST"]),
        ("b", vec!["B-01", "B-02", "B-03", "WEST"]),
        ("inter-pop", vec!["EAST", "WEST"]),
    ];
    assert_eq!(members(&Design::of(&plan)), expected);
    let expected = [
        ("a", vec!["A-01", "A-02", "A-03", "EAST-a"]),
        ("b", vec!["B-01", "B-02", "B-03", "WEST-b"]),
        ("inter-pop", vec!["EAST-inter-pop", "WEST-inter-pop"]),
    ];
    let design = Design::of(&as_with_scmd(&plan));
    assert_eq!(members(&design), expected);
    let last = design.agents.last().unwrap();
    assert_eq!(last.ip.to_string(), "10.0.9.2", "each agent of a POP has the next address");
}

#[test]
fn a_cloud_of_too_many_offices_is_split_evenly_and_its_parts_have_the_next_numbers() {
    let mut plan = plan(&SMALL.replacen("count = 3", "count = 10", 1));
    plan.settings.offices_per_network = 4;
    let design = Design::of(&plan);
    let parts: Vec<(&str, String, usize)> = design
        .networks
        .iter()
        .map(|network| (network.name.as_str(), network.number.to_string(), network.offices))
        .collect();
    let expected = [
        ("a-1", "000000C1", 4),
        ("a-2", "000000C2", 3),
        ("a-3", "000000C3", 3),
        ("b", "00000C11", 3),
        ("inter-pop", "000000C0", 0),
    ];
    assert_eq!(parts, expected.map(|(name, number, offices)| (name, number.to_owned(), offices)));
    let east = design.agents.iter().find(|agent| agent.name == "EAST").unwrap();
    assert_eq!(east.networks, [0, 1, 2, 4], "the POP joins the parts");
}

#[test]
fn what_crosses_a_link_is_what_can_be_counted_by_hand() {
    let (_, analysis) = analysis(&plan(SMALL));
    // A hello to 3 neighbours is 43 + 2 + 18 bytes, and 58 around it: 121. Of 20 s pass 17.5.
    // LSPs: each office 1 and 1 for its LAN of 10 services, each POP 1 and 1, 3 CMD networks.
    assert_eq!(analysis.networks[0].lsps, 6 * 2 + 2 * 2 + 3);
    assert_eq!(analysis.networks[0].hello_bytes, 121);
    // The POP is designated router: hellos of 10 s, and a CSNP of 19 entries: 33 + 4 + 304 + 58.
    let office = analysis.sites[0];
    let hello = |copies: f64, interval_s: f64| copies * 121.0 * 8.0 / (interval_s * 0.875);
    let (up, down) = (hello(3.0, 20.0), hello(2.0, 20.0) + hello(1.0, 10.0));
    let near = |found: u64, expected: f64| {
        let found = u32::try_from(found).unwrap();
        assert!((f64::from(found) - expected).abs() < 2.0, "{found} is not {expected}");
    };
    near(office.up.hellos, up);
    near(office.down.hellos, down);
    assert_eq!(office.up.csnps, 0);
    near(office.down.csnps, 399.0 * 8.0 / 26.25);
    let pop = analysis.sites[6];
    near(pop.up.csnps, 3.0 * 399.0 * 8.0 / 26.25);
    // The other POP is designated router between them, where hellos have one neighbour.
    near(pop.down.hellos, hello(3.0, 20.0) + 109.0 * 8.0 / 8.75);
}

#[test]
fn agents_of_one_pop_share_a_database_and_those_on_one_network_each_do_not() {
    let small = plan(SMALL);
    let (_, shared) = analysis(&small);
    let lsps: Vec<u64> = shared.networks.iter().map(|network| network.lsps).collect();
    assert_eq!(lsps, [19, 19, 19]);
    let (_, apart) = analysis(&as_with_scmd(&small));
    let lsps: Vec<u64> = apart.networks.iter().map(|network| network.lsps).collect();
    // Three offices, one agent of the POP, the CMD network. What the others have is told on the
    // LAN of the POP: 30 services and their networks, in 3 LSPs.
    assert_eq!(lsps, [3 * 2 + 1 + 3 + 1, 3 * 2 + 1 + 3 + 1, 2 * (1 + 3) + 1]);
    assert_eq!(shared.everything.1, 60);
    assert_eq!(apart.everything.1, 60, "the same services either way");
}

#[test]
fn every_lsp_comes_into_a_network_once_even_where_a_cloud_meets_others_at_two_pops() {
    let both = plan(&SMALL.replace(r#"clouds = ["b"]"#, r#"clouds = ["b", "a"]"#));
    let design = Design::of(&both);
    let injected = Reach::new(&both, &design).injected(0);
    assert_eq!(injected.len(), 5, "three offices and both POPs");
    let nodes: Vec<Node> = injected.into_iter().flatten().collect();
    for agent in 0..design.agents.len() {
        let times = nodes.iter().filter(|&&node| node == Node::Agent(agent)).count();
        assert_eq!(times, 1, "{}", design.agents[agent].name);
    }
    let times = |network| nodes.iter().filter(|&&node| node == Node::Network(network)).count();
    assert_eq!([0, 1, 2].map(times), [0, 1, 1], "its own pseudonode is the designated router's");
}

#[test]
fn the_pop_is_designated_router_and_slow_offices_are_last() {
    let small = plan(SMALL);
    let (_, by) = analysis(&small);
    assert_eq!(by.priorities[0], [priority::USUAL, priority::USUAL, priority::USUAL, 100]);
    assert_eq!(by.networks[0].designated_router, "EAST");
    assert_eq!(by.networks[2].designated_router, "WEST", "of equals the higher address");
    // One office is faster than the others, which cannot bear it.
    let mut small = small;
    small.sites[1].up_bps = 10_000_000;
    small.sites[0].up_bps = 9_600;
    small.sites[2].up_bps = 9_600;
    let (_, by) = analysis(&small);
    assert_eq!(by.priorities[0], [priority::LOW, priority::USUAL, priority::LOW, 100]);
    assert_eq!(by.stand_ins[0].as_ref().unwrap().agent, "A-02");
    assert_eq!(by.stand_ins[2], None, "between POPs there is no office");
}

#[test]
fn a_link_that_bears_too_much_is_warned_of_with_a_remedy_that_helps() {
    let mut small = plan(SMALL);
    small.sites[0].up_bps = 4_000;
    small.sites[0].down_bps = 4_000;
    let report = Report::of(&small, Vec::new());
    let said = &report.advice[0].text;
    assert!(said.starts_with("A-01: "), "{said}");
    let number = |key: &str, otherwise: u64| {
        let (_, rest) = said.split_once(key).unwrap_or(("", ""));
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().unwrap_or(otherwise)
    };
    small.settings.hello_s = number("hello_interval_s=", 20);
    small.settings.csnp_s = number("csnp_interval_s=", 30);
    assert!(small.settings.hello_s > 20 || small.settings.csnp_s > 30, "{said}");
    let report = Report::of(&small, Vec::new());
    assert!(report.links[0].up.permille <= 50 && report.links[0].down.permille <= 50, "{said}");
}

#[test]
fn more_services_than_lsps_can_hold_are_warned_of() {
    let mut small = plan(SMALL);
    small.sites[0].services = 3_400;
    let said: Vec<String> =
        Report::of(&small, Vec::new()).advice.into_iter().map(|advice| advice.text).collect();
    let expected = "A-01 would need 262 LSPs for one LAN, and 256 can be had";
    assert!(said.iter().any(|text| text.starts_with(expected)), "{said:?}");
    small.sites[0].services = 3_300;
    let quiet = Report::of(&small, Vec::new());
    assert!(quiet.advice.iter().all(|advice| !advice.text.contains("LSPs for one LAN")));
}

#[test]
fn link_state_packets_grow_where_a_node_has_more_to_tell_than_small_ones_hold() {
    let mut small = plan(SMALL);
    for (services, size) in [(30, 512), (2_000, 512), (3_400, 1_024), (7_000, 1_442)] {
        small.sites[0].services = services;
        assert_eq!(fitting_lsp_size(&small), size, "{services} services");
    }
}

#[test]
fn a_configuration_says_what_differs_from_the_defaults() {
    let mut small = plan(SMALL);
    let text = |plan: &Plan, agent: usize| {
        let (design, by) = analysis(plan);
        emit::text(plan, &design, &by, &design.agents[agent]).unwrap()
    };
    let office = text(&small, 0);
    assert!(office.contains("exchange = \"nlsp\"") && !office.contains(".nlsp]"), "{office}");
    let pop = text(&small, 6);
    assert!(pop.contains("[cmd_network.nlsp]\npriority = 100\n"), "{pop}");
    assert!(!office.contains("[limits]"), "{office}");
    assert!(!office.contains("\"10.0.1.1\","), "it is no peer of itself: {office}");
    small.settings.csnp_s = 120;
    small.settings.hello_s = 40;
    small.settings.lsp_size = 1_024;
    small.sites[3].services = 200_000;
    let office = text(&small, 0);
    for expected in [
        "[nlsp]\nlsp_size = 1024\n",
        "[cmd_network.nlsp]\nhello_interval_s = 40\ncsnp_interval_s = 120\n",
        "[limits]\nservices = 400100\n",
    ] {
        assert!(office.contains(expected), "{expected} in\n{office}");
    }
}

#[test]
fn flat_is_the_offices_in_one_network() {
    let small = plan(SMALL);
    let flat = Design::flat(&small);
    assert_eq!((flat.agents.len(), flat.networks.len()), (6, 1));
    let by = Analysis::of(&small, &flat);
    assert_eq!(by.networks[0].hellos.once_a_minute, 30);
    assert_eq!(by.sites[6].up, Flow::default(), "POPs have no part in it");
}

#[test]
fn the_reference_in_the_documentation_is_printed_from_the_schemas() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/planning.md");
    let mut text = std::fs::read_to_string(path).unwrap();
    let mut found = text.clone();
    for (of, schema) in
        [("plans", &super::schema::ROOT), ("scenarios", &crate::simulate::schema::ROOT)]
    {
        let mark = format!("<!-- printed from the schema of {of} -->\n");
        let (before, rest) = text.split_once(&mark).expect("the reference begins with its mark");
        let after = rest.find("\n### Keys").map_or("", |at| &rest[at..]);
        let printed = crate::config::reference::markdown_of(schema);
        // Tables of the file are a level below the heading of the file.
        let printed = printed.replace("\n### ", "\n#### ");
        text = format!("{before}{mark}{printed}{after}");
    }
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
        found.clone_from(&text);
    }
    assert!(found == text, "docs/planning.md is not as printed: IPXWAY_BLESS=1 writes it");
}
