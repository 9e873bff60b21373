//! What a canned agent says of NLSP, and how its tables are put together.

use ipxway_core::router::{
    Command, NlspCircuitRow, NlspHop, NlspLinkRow, NlspLspRow, NlspNeighborRow, NlspNodeRow,
    NlspOption, NlspPathRow, NlspPdus, NlspRunRow, Reply, SavingsRow,
};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd};

use super::desk::Desk;

const BACKBONE: &str = "02000A090001-01";

fn neighbor(last: u8, name: Option<&str>, state: &str, reason: &str) -> NlspNeighborRow {
    let ip = std::net::Ipv4Addr::new(192, 0, 2, last);
    NlspNeighborRow {
        circuit: "backbone".to_owned(),
        node: cmd::node(ip),
        peer: Some(ip),
        name: name.map(str::to_owned),
        system: format!("02000A0900{last:02X}"),
        state: state.to_owned(),
        priority: if last == 7 { 64 } else { 44 },
        designated: last == 7,
        hold_s: if state == "failed" { 0 } else { 21 },
        holding_time_s: if last == 7 { 30 } else { 60 },
        since_s: 7_300,
        reason: reason.to_owned(),
        lan_id: BACKBONE.to_owned(),
        areas: vec!["00000000/00000000".to_owned()],
        local_mtu: Some(1_500),
    }
}

fn neighbors() -> Vec<NlspNeighborRow> {
    let native = NlspNeighborRow {
        circuit: "office".to_owned(),
        node: NodeAddress([0, 0, 0x1b, 0, 0, 1]),
        peer: None,
        ..neighbor(9, Some("NW411"), "up", "it hears us")
    };
    vec![
        neighbor(7, Some("OSLO"), "up", "it hears us"),
        neighbor(8, None, "initializing", "it does not hear us"),
        neighbor(9, Some("BAD\\x1B[2J"), "failed", "it was silent for its holding time"),
        native,
    ]
}

fn link(to: &str, cost: Option<u8>) -> NlspLinkRow {
    NlspLinkRow {
        to: to.to_owned(),
        cost,
        mtu: 1_500,
        delay_us: 5_000,
        throughput_bps: 10_000_000,
        media: "ip-tunnel".to_owned(),
    }
}

fn options() -> Vec<NlspOption> {
    let network = NetworkNumber(0x0a09_0001);
    vec![
        NlspOption::Areas { areas: vec!["00000000/00000000".to_owned()] },
        NlspOption::Management { network, node: NodeAddress::INTERNAL, name: "OSLO".to_owned() },
        NlspOption::Link(link(BACKBONE, Some(20))),
        NlspOption::Link(link("02000A090007-02", None)),
        NlspOption::Service {
            service_type: "0004".to_owned(),
            name: "ESC\x1b[2J".to_owned(),
            address: Address::new(network, NodeAddress::INTERNAL, Socket::NCP),
            hops: 1,
        },
        NlspOption::Route { network: NetworkNumber(0xd00), hops: 2, ticks: 7 },
        NlspOption::Unknown { code: 0x85 },
        NlspOption::Broken { code: 0xc2 },
    ]
}

fn lsp(lsp: &str, flags: &[&str], options: Option<Vec<NlspOption>>) -> NlspLspRow {
    NlspLspRow {
        lsp: lsp.to_owned(),
        name: Some("OSLO".to_owned()),
        sequence: 0x1f,
        checksum: 0x7bef,
        lifetime_s: if flags == ["purged"] { 0 } else { 7_111 },
        size: 145,
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        own: lsp.starts_with("02000A090001"),
        options,
    }
}

fn lsps(detail: bool) -> Vec<NlspLspRow> {
    vec![
        lsp("02000A090001-00-00", &["overloaded"], detail.then(options)),
        lsp("02000A090001-01-00", &[], detail.then(Vec::new)),
        lsp("02000A090007-00-01", &["purged"], detail.then(Vec::new)),
    ]
}

fn node(node: &str, name: &str, network: u32, links: Vec<NlspLinkRow>) -> NlspNodeRow {
    NlspNodeRow {
        node: node.to_owned(),
        kind: if node.ends_with("-00") { "router" } else { "lan" }.to_owned(),
        name: Some(name.to_owned()),
        network: Some(NetworkNumber(network)),
        own: node.starts_with("02000A090001"),
        reachable: !node.starts_with("02000A090009"),
        no_transit: node == "02000A090007-00",
        services: 2,
        routes: 3,
        links,
    }
}

fn nodes() -> Vec<NlspNodeRow> {
    let (us, oslo, lost) = ("02000A090001-00", "02000A090007-00", "02000A090009-00");
    vec![
        node(us, "ROME", 0x0a09_0001, vec![link(BACKBONE, Some(20))]),
        node(BACKBONE, "ROME", 0xffff_fffd, vec![link(us, Some(0)), link(oslo, Some(0))]),
        node(oslo, "OSLO", 0x0a09_0007, vec![link(BACKBONE, Some(45)), link("77-01", None)]),
        node(lost, "PARIS", 0x0a09_0009, vec![link(BACKBONE, Some(20))]),
        node("02000A090009-03", "", 0xc900_0009, Vec::new()),
    ]
}

fn spf() -> (Vec<NlspRunRow>, Vec<NlspPathRow>) {
    let peer = std::net::Ipv4Addr::new(192, 0, 2, 7);
    let hop = NlspHop { circuit: "backbone".to_owned(), node: cmd::node(peer), peer: Some(peer) };
    let path = |node: &str, cost, parent: &str, via: Vec<NlspHop>| NlspPathRow {
        node: node.to_owned(),
        name: Some("OSLO".to_owned()),
        network: Some(NetworkNumber(0x0a09_0007)),
        cost,
        hops: u16::try_from(via.len()).unwrap(),
        ticks: 1,
        parent: Some(parent.to_owned()).filter(|parent| !parent.is_empty()),
        via,
    };
    let run = |age_s, trigger: &str, changed| NlspRunRow {
        age_s,
        trigger: trigger.to_owned(),
        nodes: 5,
        reached: 3,
        changed,
        unheard: 1,
        routes: 17,
        services: 4,
    };
    let runs = vec![run(90, "own links", 3), run(2, "link-state packet 02000A090007-00-00", 0)];
    let (us, oslo) = ("02000A090001-00", "02000A090007-00");
    let paths = vec![
        path(us, 0, "", Vec::new()),
        path(BACKBONE, 20, us, Vec::new()),
        path(oslo, 20, BACKBONE, vec![hop]),
    ];
    (runs, paths)
}

fn circuits() -> Vec<NlspCircuitRow> {
    let backbone = NlspCircuitRow {
        circuit: "backbone".to_owned(),
        kind: "cmd".to_owned(),
        mode: "on".to_owned(),
        speaks: true,
        neighbors: 2,
        designated: false,
        designated_node: Some(cmd::node(std::net::Ipv4Addr::new(192, 0, 2, 7))),
        lan_id: Some(BACKBONE.to_owned()),
        local_id: 2,
        priority: 44,
        cost: 20,
        hello_interval_s: 20,
        max_packet: 1_500,
        sent: NlspPdus { hellos: 1_000, lsps: 20, csnps: 0, psnps: 3, bytes: 123_456 },
        received: NlspPdus { hellos: 990, lsps: 41, csnps: 300, psnps: 0, bytes: 234_567 },
        lsps_too_large: 0,
    };
    let office = NlspCircuitRow {
        circuit: "office".to_owned(),
        kind: "lan".to_owned(),
        mode: "off".to_owned(),
        speaks: false,
        neighbors: 0,
        designated: true,
        designated_node: None,
        lan_id: Some("02000A090001-01".to_owned()),
        local_id: 1,
        sent: NlspPdus::default(),
        received: NlspPdus::default(),
        ..backbone.clone()
    };
    vec![office, backbone]
}

fn savings() -> Vec<SavingsRow> {
    let row = SavingsRow {
        circuit: "backbone".to_owned(),
        peers: 2,
        networks: 120,
        services: 300,
        rip_sap_bytes: 46_296,
        nlsp_bytes: 1_912,
        over_s: 86_400,
    };
    let idle = SavingsRow {
        circuit: "attic".to_owned(),
        peers: 0,
        rip_sap_bytes: 0,
        nlsp_bytes: 654,
        ..row.clone()
    };
    vec![row, idle]
}

/// What is said of NLSP; a failure to what else is asked.
pub(crate) fn answer(command: &Command) -> Reply {
    match command {
        Command::ShowNlspNeighbors { .. } => {
            Reply::NlspNeighbors { neighbors: neighbors(), total: 4, next: None }
        }
        Command::ShowNlspDatabase { detail, .. } => {
            Reply::NlspDatabase { lsps: lsps(*detail), total: 3, next: None, detail: *detail }
        }
        Command::ShowNlspTopology { .. } => {
            Reply::NlspTopology { nodes: nodes(), total: 5, next: None }
        }
        Command::ShowNlspSpf { .. } => {
            let (runs, paths) = spf();
            Reply::NlspSpf { runs, full: 12, partial: 345, paths, total: 3, next: None }
        }
        Command::ShowNlspCircuits => Reply::NlspCircuits { circuits: circuits() },
        Command::ShowSavings => Reply::Savings { savings: savings() },
        other => Reply::Failed { reason: format!("nothing is known of {other:?}") },
    }
}

/// The same, a row a page.
fn pages(command: &Command) -> Vec<Reply> {
    fn page<T>(
        rows: Vec<T>,
        after: Option<&String>,
        place: fn(&T) -> &str,
    ) -> (Vec<T>, Option<String>) {
        let begin = after.map_or(0, |after| {
            1 + rows.iter().position(|row| place(row) == after).expect("a place we gave")
        });
        let is_last = begin + 1 == rows.len();
        let rows: Vec<T> = rows.into_iter().skip(begin).take(1).collect();
        let next = rows.first().filter(|_| !is_last).map(|row| place(row).to_owned());
        (rows, next)
    }
    vec![match command {
        Command::ShowNlspNeighbors { after } => {
            let (neighbors, next) = page(neighbors(), after.as_ref(), |row| &row.system);
            Reply::NlspNeighbors { neighbors, total: 4, next }
        }
        Command::ShowNlspDatabase { after, detail } => {
            let (lsps, next) = page(lsps(*detail), after.as_ref(), |row| &row.lsp);
            Reply::NlspDatabase { lsps, total: 3, next, detail: *detail }
        }
        Command::ShowNlspTopology { after } => {
            let (nodes, next) = page(nodes(), after.as_ref(), |row| &row.node);
            Reply::NlspTopology { nodes, total: 5, next }
        }
        Command::ShowNlspSpf { after } => {
            let (runs, paths) = spf();
            let (paths, next) = page(paths, after.as_ref(), |row| &row.node);
            let runs = if after.is_none() { runs } else { Vec::new() };
            Reply::NlspSpf { runs, full: 12, partial: 345, paths, total: 3, next }
        }
        other => answer(other),
    }]
}

#[test]
fn tables_of_nlsp_are_the_same_in_many_pages_as_in_one() {
    let (whole, paged) = (Desk::open(|command| vec![answer(command)]), Desk::open(pages));
    for words in [
        &["database"][..],
        &["database", "detail"],
        &["database", "detail", "--json"],
        &["topology"],
        &["topology", "--json"],
        &["topology", "-f", "json"],
        &["topology", "-f", "dot"],
        &["topology", "-f", "svg"],
        &["spf"],
        &["spf", "--json"],
    ] {
        let words = [&["show", "nlsp"], words].concat();
        let (whole, paged) = (whole.run(&words), paged.run(&words));
        assert_eq!(String::from_utf8_lossy(&paged.stderr), "", "{words:?}");
        assert!(!whole.stdout.is_empty(), "{words:?}");
        let (whole, paged) = (String::from_utf8(whole.stdout), String::from_utf8(paged.stdout));
        assert_eq!(whole, paged, "{words:?}");
    }
}

#[test]
fn the_short_forms_print_what_the_long_ones_do() {
    let desk = Desk::open(|command| vec![answer(command)]);
    for (short, long) in [
        (&["nlsp", "neighbors"][..], &["show", "nlsp", "neighbors"][..]),
        (&["nlsp", "neighbours", "--json"], &["show", "nlsp", "neighbors", "--json"]),
        (&["nlsp", "database", "detail"], &["show", "nlsp", "database", "detail"]),
        (&["savings"], &["show", "savings"]),
        (&["savings", "--json"], &["show", "--json", "savings"]),
    ] {
        let (short, long) = (desk.run(short), desk.run(long));
        assert_eq!(String::from_utf8_lossy(&short.stderr), "");
        assert!(!long.stdout.is_empty());
        assert_eq!(short.stdout, long.stdout);
    }
}
