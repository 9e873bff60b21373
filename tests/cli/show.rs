//! `show` and `ping` against an agent with canned replies: the tables and the JSON are kept in
//! `tests/cli/show`, `NAME.txt` and `NAME.json`.
//!
//! `IPXWAY_BLESS=1` writes them anew; read the difference before it is committed.

use std::fs;
use std::io::Read;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command as Process, Output, Stdio};

use ipxway_core::forward::PeerTraffic;
use ipxway_core::router::{
    CircuitRow, Command, CounterRow, Event, EventRow, PAGE, PeerRow, PortRow, Reply, RouteRow,
    ServiceRow,
};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd};

use super::desk::Desk;

const PEER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xc1]);

fn route(network: u32, hops: u16, origin: &str) -> RouteRow {
    let over_ip = origin == "rip";
    RouteRow {
        network: NetworkNumber(network),
        hops,
        ticks: hops + 1,
        origin: origin.to_owned(),
        circuit: (origin != "internal").then(|| if over_ip { "backbone" } else { "office" }.into()),
        next_hop: match origin {
            "rip" => Some(cmd::node(PEER)),
            "static" => Some(NODE),
            _ => None,
        },
        peer: over_ip.then_some(PEER),
        age_s: over_ip.then_some(u64::from(hops) * 47),
    }
}

fn routes() -> Vec<RouteRow> {
    vec![
        route(0x0a09_0001, 0, "internal"),
        route(0x0000_beef, 12, "rip"),
        route(0xc900_0001, 0, "direct"),
        route(0xc900_0002, 1, "rip"),
        route(0xffff_fffe, 3, "static"),
    ]
}

fn service(name: &str, hops: u16) -> ServiceRow {
    let network = NetworkNumber(0xbeef);
    ServiceRow {
        service_type: "0004".to_owned(),
        name: name.to_owned(),
        address: Address::new(network, NodeAddress::INTERNAL, Socket::NCP),
        hops,
        origin: if hops == 1 { "static" } else { "sap" }.to_owned(),
        circuit: (hops > 1).then(|| "backbone".to_owned()),
        from: (hops > 1).then(|| cmd::node(PEER)),
        reachable: hops < 5,
        age_s: (hops > 1).then_some(59),
    }
}

fn ports() -> Vec<PortRow> {
    vec![
        PortRow {
            name: "ipx0".to_owned(),
            kind: "tap".to_owned(),
            up: true,
            reason: None,
            address: Some(NODE.to_string()),
            mtu: Some(1500),
            in_packets: 123_456,
            out_packets: 7,
        },
        PortRow {
            name: "eth7".to_owned(),
            kind: "nic".to_owned(),
            up: false,
            reason: Some("there is no interface `eth7`".to_owned()),
            address: None,
            mtu: None,
            in_packets: 0,
            out_packets: 0,
        },
    ]
}

fn circuits() -> Vec<CircuitRow> {
    let lan = CircuitRow {
        name: "office".to_owned(),
        kind: "lan".to_owned(),
        port: "ipx0".to_owned(),
        framing: Some(Framing::Llc8022),
        vlan: Some(12),
        network: NetworkNumber(0xc900_0001),
        node: NODE,
        up: true,
        silenced: false,
        ticks: 1,
        max_packet: 1497,
        peers: None,
        in_packets: 1_000,
        out_packets: 2_000,
        faults: 3,
    };
    let learning = CircuitRow {
        name: "attic".to_owned(),
        network: NetworkNumber(0),
        up: false,
        vlan: None,
        ..lan.clone()
    };
    let silenced = CircuitRow { name: "cellar".to_owned(), silenced: true, ..lan.clone() };
    let backbone = CircuitRow {
        name: "backbone".to_owned(),
        kind: "cmd".to_owned(),
        port: "192.0.2.1:2654".to_owned(),
        framing: None,
        vlan: None,
        network: NetworkNumber::DEFAULT_CMD,
        node: cmd::node(PEER),
        max_packet: 65_507,
        peers: Some(1),
        ..lan.clone()
    };
    vec![lan, learning, silenced, backbone]
}

fn events() -> Vec<EventRow> {
    let row = |age_s, event: Event| EventRow { age_s, severity: event.severity(), event };
    vec![
        row(90_000, Event::Started { name: "OSLO".into(), internal_network: NetworkNumber(1) }),
        row(61, Event::PortDown { port: "eth7".into(), reason: "there is no such thing".into() }),
        row(2, Event::RouteLimit { limit: 50_000 }),
    ]
}

fn answer(command: &Command) -> Vec<Reply> {
    let reply = match command {
        Command::ShowRoutes { .. } => {
            Reply::Routes { routes: routes(), total: routes().len(), next: None }
        }
        Command::ShowRoute { network: NetworkNumber(0xc900_0002) } => Reply::Route {
            network: NetworkNumber(0xc900_0002),
            offers: vec![route(0xc900_0002, 1, "rip"), route(0xc900_0002, 2, "rip")],
            reason: "2 ticks are fewer than 3".to_owned(),
        },
        &Command::ShowRoute { network } => Reply::Route {
            network,
            offers: Vec::new(),
            reason: "nobody offers it, and there is no default route".to_owned(),
        },
        Command::ShowServices { .. } => {
            let services = vec![service("ACCOUNTS", 1), service("ESC\x1b[2JAPED\\x07", 5)];
            Reply::Services { services, total: 2, next: None }
        }
        Command::ShowPorts => Reply::Ports { ports: ports() },
        Command::ShowCircuits => Reply::Circuits { circuits: circuits() },
        Command::ShowPeers => Reply::Peers {
            peers: vec![PeerRow {
                address: PEER,
                circuit: "backbone".to_owned(),
                source: "static".to_owned(),
                up: true,
                heard_s: Some(3_700),
                traffic: PeerTraffic { in_packets: 1, in_bytes: 30, ..PeerTraffic::default() },
            }],
        },
        Command::ShowCounters => Reply::Counters {
            counters: vec![CounterRow {
                scope: "circuit".to_owned(),
                name: "office".to_owned(),
                counter: "forwarded".to_owned(),
                value: 12_345_678,
            }],
        },
        Command::ShowEvents => Reply::Events { events: events() },
        &Command::Ping { to, count, size, .. } => return pings(to, count, size),
        other => super::slp::answer(other),
    };
    vec![reply]
}

/// Every second ping is answered; none on network 1, and to network 2 there is no route.
fn pings(to: Address, count: u32, size: u16) -> Vec<Reply> {
    if to.network.0 == 2 {
        return vec![Reply::Failed { reason: "no route to network 00000002".to_owned() }];
    }
    let answered = |sequence: u32| to.network.0 != 1 && sequence.is_multiple_of(2);
    let mut replies: Vec<Reply> = (0..count)
        .map(|sequence| Reply::PingAnswer {
            sequence,
            round_trip_us: answered(sequence).then(|| 1_234 + u64::from(sequence)),
            size,
            hops: 2,
        })
        .collect();
    let received = (0..count).filter(|sequence| answered(*sequence)).count();
    let time = (received > 0).then_some(1_234);
    replies.push(Reply::PingSummary {
        to,
        sent: count,
        received: u32::try_from(received).unwrap(),
        least_us: time,
        mean_us: time,
        greatest_us: time,
    });
    replies
}

/// Compares with what is kept, or writes it anew.
fn is_kept(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/show").join(file);
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{file} is not as kept; IPXWAY_BLESS=1 writes it anew");
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ends by itself")
}

/// Every table: its name, and what is typed for it.
const TABLES: [(&str, &[&str]); 20] = [
    ("routes", &["routes"]),
    ("route", &["routes", "C9000002"]),
    ("route-detail", &["routes", "C9000002", "detail"]),
    ("services", &["services"]),
    ("ports", &["ports"]),
    ("circuits", &["circuits"]),
    ("peers", &["peers"]),
    ("counters", &["counters"]),
    ("events", &["events"]),
    ("nlsp-neighbors", &["nlsp", "neighbors"]),
    ("nlsp-database", &["nlsp", "database"]),
    ("nlsp-database-detail", &["nlsp", "database", "detail"]),
    ("nlsp-topology", &["nlsp", "topology"]),
    ("nlsp-spf", &["nlsp", "spf"]),
    ("nlsp-circuits", &["nlsp", "circuits"]),
    ("savings", &["savings"]),
    ("slp-das", &["slp", "das"]),
    ("slp-services", &["slp", "services"]),
    ("slp-registrations", &["slp", "registrations"]),
    ("slp-registry", &["slp", "registry"]),
];

#[test]
fn every_table_is_shown_to_people_and_to_programs_as_it_is_kept() {
    let desk = Desk::open(answer);
    for (name, words) in TABLES {
        let table = desk.run(&[&["show"], words].concat());
        assert_eq!(String::from_utf8_lossy(&table.stderr), "", "{name}");
        assert_eq!(code(&table), 0, "{name}");
        is_kept(&format!("{name}.txt"), &text(&table));
        let json = text(&desk.run(&[&["show", "--json"], words].concat()));
        is_kept(&format!("{name}.json"), &json);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["v"], 1, "{name}");
        let _: Reply = serde_json::from_value(value).expect("a reply value");
        for line in text(&table).lines() {
            assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{name}: {line:?}");
            assert_eq!(line.trim_end(), line, "{name}");
        }
    }
}

#[test]
fn a_network_that_nobody_offers_is_said_so_and_exits_with_1() {
    let desk = Desk::open(answer);
    for words in [&["show", "routes", "77"][..], &["show", "routes", "77", "detail"]] {
        let output = desk.run(words);
        assert_eq!(code(&output), 1);
        assert_eq!(
            text(&output),
            "00000077: nobody offers it, and there is no default route\n",
            "{words:?}"
        );
    }
}

/// Three pages of routes.
fn pages(command: &Command) -> Vec<Reply> {
    let Command::ShowRoutes { after } = command else { return answer(command) };
    let first = after.map_or(1, |network| network.0 + 1);
    let page = u32::try_from(PAGE).unwrap();
    let total = 2 * page + 500;
    let last = (first + page - 1).min(total);
    let routes = (first..=last).map(|network| route(network, 1, "rip")).collect();
    let next = (last < total).then_some(NetworkNumber(last));
    vec![Reply::Routes { routes, total: total as usize, next }]
}

#[test]
fn a_long_table_is_one_table_and_one_json_document() {
    let desk = Desk::open(pages);
    let table = text(&desk.run(&["show", "routes"]));
    assert_eq!(table.lines().count(), 2 + 2_500);
    assert!(table.ends_with("2500 routes\n"));
    let json = text(&desk.run(&["show", "routes", "--json"]));
    match serde_json::from_str(&json).unwrap() {
        Reply::Routes { routes, total: 2_500, next: None } => {
            assert_eq!(routes.len(), 2_500);
            assert!(routes.is_sorted_by_key(|row| row.network));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let desk = Desk::open(pages);
    for json in [&["show", "routes"][..], &["show", "routes", "--json"]] {
        let mut process = Process::new(env!("CARGO_BIN_EXE_ipxway"))
            .arg("--socket")
            .arg(desk.socket())
            .args(json)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // More than the pipe holds is to come.
        let mut some = [0; 100];
        process.stdout.take().unwrap().read_exact(&mut some).unwrap();
        let output = process.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(code(&output), 0);
    }
}

#[test]
fn a_ping_tells_loss_and_round_trips_and_its_exit_code_says_whether_any_came_back() {
    let desk = Desk::open(answer);
    let some = desk.run(&["ping", "C9000002.0200000000C1", "-c", "3", "-s", "100"]);
    assert_eq!(code(&some), 0);
    is_kept("ping.txt", &text(&some));
    let none = desk.run(&["ping", "1.1", "-c", "2"]);
    assert_eq!(code(&none), 1);
    is_kept("ping-none.txt", &text(&none));
    let error = desk.run(&["ping", "2", "-c", "2"]);
    assert_eq!(code(&error), 2);
    assert_eq!(String::from_utf8_lossy(&error.stderr), "ipxway: no route to network 00000002\n");
    let json = text(&desk.run(&["ping", "C9000002", "-c", "1", "--json"]));
    let replies: Vec<Reply> = json.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(matches!(replies.as_slice(), [Reply::PingAnswer { .. }, Reply::PingSummary { .. }]));
}

#[test]
fn an_agent_that_does_not_run_is_asked_after() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("no.sock");
    let output = Process::new(env!("CARGO_BIN_EXE_ipxway"))
        .args(["show", "ports", "--socket"])
        .arg(&socket)
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = format!("ipxway: is the agent running? socket {}: ", socket.display());
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
}

#[test]
fn completions_exist_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Process::new(env!("CARGO_BIN_EXE_ipxway"))
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(text(&output).contains("circuits"), "{shell}");
    }
}
