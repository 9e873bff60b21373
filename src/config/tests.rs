//! Laws of the whole: defaults, the files in the repository, rendering, arbitrary text.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use ipxway_core::config::{CmdNetwork, Discovery, Exchange, Interface, Lan, Mode, Padding};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, NodeAddress, cmd};
use proptest::prelude::*;

use super::schema::{Count, Key, ROOT, Section, Takes, Without};
use super::shell::{Control, Device, LocalAddress, LogLevel, Nic, Tap, Udp};
use super::*;

/// The least that makes a LAN and a CMD network.
const SMALL: &str = r#"
    [[lan]]
    name = "office"
    tap = "ipx0"
    framing = "802.2"
    network = "C9000001"

    [[cmd_network]]
    name = "backbone"
    peers = ["192.0.2.2"]
"#;

fn loaded(text: &str) -> Loaded {
    parse("test.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn faults(text: &str) -> Vec<Diagnostic> {
    match parse("test.toml", text) {
        Err(LoadError::Faulty(faults)) => faults,
        other => panic!("{other:?}\n{text}"),
    }
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a file of the repository with what it must be; `IPXWAY_BLESS=1` writes it.
fn assert_file(path: &str, expected: &str) {
    let path = repository(path);
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is not as printed: IPXWAY_BLESS=1 writes it", path.display());
}

/// Every table of the schema, the top first.
fn sections() -> Vec<&'static Section> {
    let mut all = vec![&ROOT];
    let mut next = 0;
    while let Some(section) = all.get(next).copied() {
        all.extend(section.sections);
        next += 1;
    }
    all
}

/// The file with this one key more in each table that may have it.
fn with_key(section: &Section, key: &Key, value: &str) -> String {
    let line = format!("{} = {value}", key.name);
    let small = SMALL.to_owned();
    match (section.path, section.path.split_once('.')) {
        ("", _) => format!("{line}\n{small}"),
        ("lan", _) => small.replacen("[[lan]]", &format!("[[lan]]\n{line}"), 1),
        ("cmd_network", _) => format!("{small}\n{line}"),
        (_, Some(("lan", inner))) => {
            small.replacen("[[cmd_network]]", &format!("[lan.{inner}]\n{line}\n[[cmd_network]]"), 1)
        }
        _ => format!("{small}\n[{}]\n{line}", section.path),
    }
}

#[test]
fn what_is_left_out_is_as_the_core_has_it() {
    let loaded = loaded(SMALL);
    let mut expected = Config {
        ports: loaded.core.ports.clone(),
        lans: vec![Lan::new("office", PortId(0), Framing::Llc8022, NetworkNumber(0xc900_0001))],
        hop_limit: 64,
        // A number that nobody gives is asked of DHCP.
        interfaces: vec![Interface { name: "auto".into(), slp: None, dhcp: true }],
        ..Config::default()
    };
    let peers = vec![Ipv4Addr::new(192, 0, 2, 2)];
    let network = CmdNetwork::new("backbone", PortId(1), NetworkNumber::DEFAULT_CMD, peers);
    expected.cmd_networks =
        vec![CmdNetwork { exchange: Exchange::Nlsp, number_from_dhcp: true, ..network }];
    assert_eq!(*loaded.core, expected);
    assert_eq!(loaded.warnings, []);
    let shell = Shell {
        devices: vec![
            Device::Tap(Tap { device: "ipx0".into(), mac: None, mtu: None, bridge: None }),
            Device::Udp(Udp { local: LocalAddress::Auto, port: cmd::DEFAULT_PORT, dscp: 0 }),
        ],
        interfaces: vec![LocalAddress::Auto],
        control: Control {
            socket: crate::control::DEFAULT_SOCKET.into(),
            mode: 0o660,
            group: None,
        },
        state_directory: "/var/lib/ipxway".into(),
        journal: None,
        log_level: LogLevel::Info,
    };
    assert_eq!(loaded.shell, shell);
}

#[test]
fn each_default_that_the_schema_names_changes_nothing_when_it_is_said() {
    let small = loaded(SMALL);
    for section in sections() {
        for key in section.keys {
            let Without::Default(value) = key.without else { continue };
            // Saying that there are no peers does change something.
            if ["static_route", "static_service"].contains(&section.path) || key.name == "peers" {
                continue;
            }
            let text = with_key(section, key, value);
            // An array size without an array of journals is only worth a warning.
            let said = loaded(&text);
            assert_eq!(said.core, small.core, "{text}");
            assert_eq!(said.shell, small.shell, "{text}");
        }
    }
}

#[test]
fn each_key_refuses_a_value_of_another_type_and_says_what_would_be_right() {
    for section in sections() {
        for key in section.keys {
            if matches!(key.without, Without::Required(_)) || section.path.starts_with("static") {
                continue;
            }
            let mut text = with_key(section, key, "1979-05-27");
            if key.name == "peers" {
                text = text.replace("peers = [\"192.0.2.2\"]", "");
            }
            if key.name == "tap" {
                text = text.replace("tap = \"ipx0\"", "");
            }
            let faults = faults(&text);
            let path = section.path_of(key.name);
            let fault = faults.iter().find(|fault| fault.key == path).expect(&text);
            assert_eq!(fault.read.as_deref(), Some("1979-05-27"), "{text}");
            assert_eq!(fault.wrong, "is a datetime");
            assert_eq!(fault.right, format!("give {}", key.takes.describe()), "{text}");
        }
    }
}

#[test]
fn the_annotated_file_names_every_key_and_loads() {
    let text = reference::annotated();
    assert_file("config/ipxway.toml", &text);
    for section in sections() {
        for key in section.keys {
            let line = format!("{} = ", key.name);
            let found = text.lines().any(|l| l.trim_start_matches('#').starts_with(&line));
            assert!(found, "{}", section.path_of(key.name));
        }
    }
    assert_eq!(loaded(&text).warnings, []);
}

#[test]
fn the_annotated_file_loads_with_every_comment_taken_off_that_hides_a_key() {
    // `nic` instead of `tap`, and `ticks` instead of delay and throughput, would be one too many.
    let mut in_cmd_network = false;
    let text: Vec<String> = reference::annotated()
        .lines()
        .map(|line| {
            in_cmd_network |= line == "[[cmd_network]]";
            let key = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
            let too_many = line.starts_with("#nic") || (in_cmd_network && line == "#ticks = 1");
            match key {
                Some(key) if !too_many => key.to_owned(),
                _ => line.to_owned(),
            }
        })
        .collect();
    let loaded = loaded(&text.join("\n"));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.core.static_routes.len(), 1);
    assert_eq!(loaded.core.static_services.len(), 1);
    assert_eq!(loaded.shell.journal.as_ref().map(|journal| journal.max_size), Some(64 << 20));
}

#[test]
fn the_reference_in_the_documentation_is_as_the_schema_prints_it() {
    let path = "docs/configuration.md";
    let found = fs::read_to_string(repository(path)).unwrap();
    let mark = "<!-- printed from the schema -->\n";
    let (prose, _) = found.split_once(mark).expect("the reference begins with its mark");
    assert_file(path, &format!("{prose}{mark}{}", reference::markdown()));
}

#[test]
fn every_example_is_sound_without_a_warning() {
    let mut count = 0;
    for entry in fs::read_dir(repository("config/examples")).unwrap() {
        let path = entry.unwrap().path();
        let loaded = load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.warnings, [], "{}", path.display());
        fuzz(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 4);
}

#[test]
fn each_rename_reads_the_old_name_with_a_warning_and_refuses_both() {
    for rename in renames::RENAMES {
        let section = ROOT.section(rename.section).unwrap();
        let key = section.key(rename.new).expect("the new name is in the schema");
        assert!(section.key(rename.old).is_none(), "{rename:?}");
        let value = match key.without {
            Without::Default(value) | Without::Otherwise(_, value) | Without::Required(value) => {
                value
            }
        };
        let new = with_key(section, key, value);
        let new = if matches!(key.without, Without::Required(_)) { SMALL } else { &new };
        let old = new.replacen(&format!("{} = ", rename.new), &format!("{} = ", rename.old), 1);
        let (new, old) = (loaded(new), loaded(&old));
        assert_eq!(old.core, new.core, "{rename:?}");
        let [warning] = old.warnings.as_slice() else { panic!("{:?}", old.warnings) };
        assert_eq!(warning.wrong, format!("renamed to `{}`", rename.new));
    }
    let both = SMALL.replace("[[lan]]", "[[lan]]\nframe_type = \"802.3\"");
    assert_eq!(faults(&both)[0].key, "lan.frame_type");
}

#[test]
fn what_an_slp_cfg_lists_comes_behind_the_directory_agents_of_the_file() {
    let loaded = load(&repository("tests/cli/config-errors/slp-cfg-warnings.toml")).unwrap();
    let hosts = loaded.core.slp.directory_agents.iter().map(ToString::to_string);
    let hosts: Vec<String> = hosts.collect();
    assert_eq!(hosts, ["10.0.0.2", "da1.example", "10.0.0.3", "da2.example"]);
    // Printed, it says so itself, and needs that file no more.
    let again = parse("rendered.toml", &render::render(&loaded)).unwrap();
    assert_eq!(again.core, loaded.core);
}

#[test]
fn a_file_of_a_later_schema_is_refused_with_one_fault() {
    let [fault] = &faults("version = 2\n[nlsp]\narea = 1\n")[..] else { panic!("one fault") };
    assert_eq!((fault.line, fault.column, fault.key.as_str()), (1, 11, "version"));
}

#[test]
fn several_framings_share_a_device_and_several_networks_a_socket() {
    let text = r#"
        [[lan]]
        name = "old"
        nic = "eth1"
        framing = "802.3"
        network = "A1"
        [[lan]]
        name = "new"
        nic = "eth1"
        framing = "802.2"
        network = 0xA2
        [[lan]]
        name = "shop"
        tap = "ipx0"
        framing = "snap"
        network = "auto"
        [[lan]]
        name = "tagged"
        tap = "ipx0"
        vlan = 20
        framing = "snap"
        network = "A3"
        mtu = 1400
        [[cmd_network]]
        name = "north"
        network = "B1"
        local = "192.0.2.1"
        peers = ["192.0.2.1", "192.0.2.2"]
        [[cmd_network]]
        name = "south"
        network = "B2"
        local = "192.0.2.1"
        dscp = 48
        peers = ["192.0.2.3"]
        [[cmd_network]]
        name = "netware"
        network = "FFFFFFFD"
        local = "eth0"
        port = 2645
        peers = ["198.51.100.7"]
        [[static_route]]
        network = "default"
        circuit = "south"
        router = "192.0.2.3"
    "#;
    let Loaded { core, shell, warnings, .. } = loaded(text);
    assert_eq!(warnings, []);
    let ports: Vec<&str> = core.ports.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(ports, ["eth1", "ipx0", "192.0.2.1:2654", "eth0:2645"]);
    let lan_ports: Vec<u16> = core.lans.iter().map(|lan| lan.port.0).collect();
    let cmd_ports: Vec<u16> = core.cmd_networks.iter().map(|network| network.port.0).collect();
    assert_eq!((lan_ports, cmd_ports), (vec![0, 0, 1, 1], vec![2, 2, 3]));
    // Odd raw frames are rounded up on a wire only [ipx-rip-sap §6].
    let evenise: Vec<bool> = core.lans.iter().map(|lan| lan.evenise).collect();
    assert_eq!(evenise, [true, false, false, false]);
    assert_eq!(core.lans[1].network, Some(NetworkNumber(0xa2)));
    assert_eq!(core.cmd_networks[0].peers, [Ipv4Addr::new(192, 0, 2, 2)]);
    assert_eq!(core.static_routes[0].circuit, CircuitId(5));
    assert_eq!(core.static_routes[0].node, NodeAddress([0x7e, 1, 192, 0, 2, 3]));
    let device = |device: &str| device.to_owned();
    let tap = Tap { device: device("ipx0"), mac: None, mtu: Some(1400), bridge: None };
    let local = LocalAddress::Ip(Ipv4Addr::new(192, 0, 2, 1));
    let expected = [
        Device::Nic(Nic { device: device("eth1") }),
        Device::Tap(tap),
        Device::Udp(Udp { local, port: 2654, dscp: 48 }),
        Device::Udp(Udp { local: LocalAddress::Interface(device("eth0")), port: 2645, dscp: 0 }),
    ];
    assert_eq!(shell.devices, expected);
}

#[test]
fn intervals_and_gaps_are_in_the_unit_of_their_name() {
    let text = SMALL.replace(
        "[[cmd_network]]",
        "[lan.sap]\ninterval_s = 2\ngap_ms = 3\ngns_delay_ms = 250\n[[cmd_network]]",
    );
    let sap = loaded(&text).core.lans[0].sap;
    assert_eq!(sap.interval, Duration::from_secs(2));
    assert_eq!(sap.gap, Duration::from_millis(3));
    assert_eq!(sap.gns_delay, Duration::from_millis(250));
}

#[test]
fn what_a_file_says_of_nlsp_is_what_the_core_gets() {
    let text = format!(
        "[nlsp]\nareas = [\"C9000000/FF000000\", \"0/0\"]\nlifetime_s = 900\nrefresh_s = 600\n{}
        [cmd_network.nlsp]\nhello_interval_s = 30\npace = 500\ncost = 63\nmtu = 1372
        padding = \"off\"\nrepeat = false\nanswer_by_node = false\n[cmd_network.rip]
        updates = \"off\"",
        SMALL.replace(
            "[[cmd_network]]",
            "[lan.nlsp]\nmode = \"auto\"\npriority = 1\ncost = \"auto\"\n[[cmd_network]]\n\
             delay_us = 20_000\nthroughput_bps = 64_000"
        )
    );
    let Loaded { core, warnings, .. } = loaded(&text);
    assert_eq!(warnings, []);
    let areas: Vec<String> = core.nlsp.areas.iter().map(ToString::to_string).collect();
    assert_eq!(areas, ["C9000000/FF000000", "00000000/00000000"]);
    assert_eq!((core.nlsp.lifetime, core.nlsp.refresh), (900, Duration::from_secs(600)));
    let lan = core.lans[0].nlsp;
    assert_eq!((lan.mode, lan.priority, lan.cost), (Mode::Auto, 1, None));
    let network = &core.cmd_networks[0];
    let nlsp = network.nlsp;
    assert_eq!((network.ticks, nlsp.delay_us, nlsp.throughput_bps), (2, 20_000, 64_000));
    assert_eq!(
        (nlsp.hello_interval, nlsp.dr_hello_interval.as_secs()),
        (Duration::from_secs(30), 10)
    );
    assert_eq!((nlsp.pace, nlsp.cost, nlsp.mtu), (Some(500), Some(63), Some(1372)));
    assert_eq!((nlsp.padding, nlsp.repeat, nlsp.answer_by_node), (Padding::Off, false, false));
    assert_eq!((network.rip.updates, network.sap.updates), (Mode::Off, Mode::Auto));
    fuzz(text.as_bytes());
}

#[test]
fn packets_may_cross_64_routers_only_where_nlsp_may_be_spoken() {
    let limit = |text: &str| loaded(text).core.hop_limit;
    let old = format!("{SMALL}\nexchange = \"rip-sap\"");
    assert_eq!(limit(SMALL), 64);
    assert_eq!(limit(&old), 16);
    let lan = old.replace("[[cmd_network]]", "[lan.nlsp]\nmode = \"auto\"\n[[cmd_network]]");
    assert_eq!(limit(&lan), 64);
    assert_eq!(limit(&format!("[agent]\nhop_limit = 20\n{SMALL}")), 20);
}

#[test]
fn ticks_that_are_given_are_those_of_nlsp_too() {
    let Loaded { core, .. } =
        loaded(&format!("{}\nticks = 3", SMALL.replace("[[lan]]", "[[lan]]\nticks = 65535")));
    let (lan, network) = (&core.lans[0], &core.cmd_networks[0]);
    assert_eq!((lan.ticks, network.ticks), (65_535, 3));
    // A packet of 576 bytes takes 461 microseconds at 10 Mbit/s [nlsp §12.4].
    assert_eq!((lan.nlsp.delay_us, network.nlsp.delay_us), (65_535 * 55_000 - 461, 164_539));
    let Loaded { core, .. } = loaded(
        &SMALL.replace("[[cmd_network]]", "[lan.nlsp]\nthroughput_bps = 9_600\n[[cmd_network]]"),
    );
    assert_eq!((core.lans[0].ticks, core.lans[0].nlsp.delay_us), (9, 200));
}

#[test]
fn the_mode_of_the_agent_may_be_said_as_for_scmd() {
    for mode in ["backbone-support", "/BS"] {
        assert_eq!(loaded(&format!("[agent]\nmode = \"{mode}\"\n{SMALL}")).warnings, []);
    }
}

#[test]
fn a_file_that_is_no_utf_8_or_not_there_or_endless_is_refused_with_its_place() {
    let Err(LoadError::Faulty(faults)) = parse_bytes("x", b"version = 1\n# \xff\n", None) else {
        panic!("not UTF-8");
    };
    assert_eq!((faults[0].line, faults[0].column), (2, 3));
    let missing = load(Path::new("/nonexistent/ipxway.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("/nonexistent/ipxway.toml: "), "{missing}");
    let endless = load(Path::new("/dev/zero")).unwrap_err().to_string();
    assert!(endless.contains("larger than"), "{endless}");
}

#[test]
fn a_broken_line_hides_neither_the_faults_of_other_lines_nor_invents_any() {
    let text = SMALL.replace("network = \"C9000001\"", "network = C9000001\nticks = 0");
    let faults = faults(&text);
    let places: Vec<(usize, &str)> =
        faults.iter().map(|fault| (fault.line, fault.key.as_str())).collect();
    assert_eq!(places, [(6, ""), (7, "lan.ticks")]);
}

/// A mutation of a good file: bytes replaced, lines doubled, values swapped.
fn mutated() -> impl Strategy<Value = String> {
    let good = reference::annotated().replace("\n#", "\n");
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), "[ -~\n]{0,6}"), 1..8);
    edits.prop_map(move |edits| {
        let mut text = good.clone();
        for (index, piece) in edits {
            let at = text.floor_char_boundary(index.index(text.len()));
            let end = text.floor_char_boundary((at + piece.len()).min(text.len()));
            text.replace_range(at..end, &piece);
        }
        text
    })
}

/// A value that the schema allows, chosen by `seed`.
fn allowed(key: &Key, seed: u64) -> String {
    let chosen = |count: usize| usize::try_from(seed).unwrap_or(0) % count;
    match (key.takes, key.without) {
        (Takes::Flag, _) => seed.is_multiple_of(2).to_string(),
        (Takes::Number { or: Some(word), .. }, _) if seed.is_multiple_of(3) => {
            format!("\"{word}\"")
        }
        (Takes::Number { least, greatest, .. }, _) => {
            (least + seed % (greatest - least + 1)).to_string()
        }
        (Takes::Word(_), _) if key.name == "discovery" => "\"static\"".to_owned(),
        (Takes::Word(words), _) => format!("\"{}\"", words[chosen(words.len())]),
        (Takes::List(_), _) if key.name == "da_discovery" => {
            "[\"multicast\", \"brake\"]".to_owned()
        }
        (Takes::List(_), _) if key.name == "areas" => "[\"C9000000/FF000000\"]".to_owned(),
        (Takes::List(_), _) => "[\"192.0.2.1\", \"192.0.2.2\"]".to_owned(),
        (
            Takes::Text(_),
            Without::Default(value) | Without::Otherwise(_, value) | Without::Required(value),
        ) => value.to_owned(),
    }
}

/// A file with some keys of every table, each with a value that the schema allows.
fn allowed_file(seeds: &[(bool, u64)]) -> String {
    fn add(out: &mut String, table: &Section, seeds: &mut dyn Iterator<Item = (bool, u64)>) {
        match table.count {
            Count::Once if table.path.is_empty() => {}
            Count::Once => out.push_str(&format!("[{}]\n", table.path)),
            Count::Each => out.push_str(&format!("[[{}]]\n", table.path)),
        }
        for key in table.keys {
            let (is_said, seed) = seeds.next().unwrap_or((false, 0));
            // Keys that exclude others are said elsewhere, or never.
            let is_needed = matches!(key.without, Without::Required(_)) || key.name == "tap";
            let is_crossing = ["delay_us", "throughput_bps"].contains(&key.name);
            let is_exclusive = ["nic", "da_discovery_options", "dhcp_agents"].contains(&key.name)
                || (table.path == "cmd_network" && is_crossing);
            if is_needed || key.name == "peers" || (is_said && !is_exclusive) {
                out.push_str(&format!("{} = {}\n", key.name, allowed(key, seed)));
            }
        }
        for inner in table.sections {
            add(out, inner, seeds);
        }
    }
    let mut out = String::new();
    add(&mut out, &ROOT, &mut seeds.iter().copied());
    out
}

#[test]
fn agents_are_found_by_slp_where_no_peer_is_listed_and_never_both_ways() {
    let by_slp = SMALL.replace("peers = [\"192.0.2.2\"]", "");
    let found = loaded(&by_slp);
    assert_eq!(found.core.cmd_networks[0].discovery, Discovery::Slp);
    assert_eq!(found.core.interfaces.len(), 1);
    assert_eq!(found.shell.interfaces, [LocalAddress::Auto]);
    let sockets = found.core.interfaces[0].slp.as_ref().unwrap();
    assert_eq!((sockets.groups.len(), sockets.ttl), (3, 32));
    let numbered = SMALL.replace("peers =", "network = \"C9\"\npeers =");
    assert_eq!(loaded(&numbered).core.interfaces, []);
    let announced = loaded(&SMALL.replace("peers =", "announce = true\npeers ="));
    assert_eq!(announced.core.cmd_networks[0].discovery, Discovery::Static { announce: true });
    assert_eq!(announced.core.interfaces.len(), 1);
    let faults = faults(&SMALL.replace("peers =", "discovery = \"slp\"\npeers ="));
    assert_eq!(faults[0].key, "cmd_network.peers");
}

#[test]
fn without_multicast_no_group_is_joined_and_the_bits_of_netware_count() {
    let text = SMALL.replace("peers = [\"192.0.2.2\"]", "");
    let quiet =
        loaded(&format!("{text}\n[slp]\nmulticast = false\ndirectory_agents = [\"192.0.2.9\"]"));
    assert_eq!(quiet.core.interfaces[0].slp.as_ref().unwrap().groups, [] as [Ipv4Addr; 0]);
    assert_eq!(quiet.warnings, []);
    assert!(quiet.core.slp.allows(Ipv4Addr::new(192, 0, 2, 9)));
    for value in 0..16 {
        let loaded = loaded(&format!("{text}\n[slp]\nda_discovery_options = {value}"));
        assert_eq!(loaded.core.slp.da_discovery.value(), value);
        let groups = loaded.core.interfaces[0].slp.as_ref().unwrap().groups.len();
        assert_eq!(groups, if value & 1 == 1 { 3 } else { 2 });
    }
    let both = format!("{text}\n[slp]\nda_discovery_options = 5\nda_discovery = [\"static\"]");
    assert_eq!(faults(&both)[0].key, "slp.da_discovery_options");
}

#[test]
fn dhcp_is_asked_where_something_comes_of_it_and_nowhere_else() {
    let text = |network: &str, more: &str| {
        let network = format!("local = \"192.0.2.1\"\n{network}");
        format!("{}\n{more}", SMALL.replace("peers = [\"192.0.2.2\"]", &network))
    };
    let asked = |network: &str, more: &str| {
        let found = loaded(&text(network, more));
        let asked = found.core.interfaces.iter().zip(&found.shell.interfaces);
        let asked = asked.filter(|(interface, _)| interface.dhcp).map(|(_, local)| local);
        let asked: Vec<String> = asked.map(ToString::to_string).collect();
        let network = &found.core.cmd_networks[0];
        (asked.join(" "), network.number_from_dhcp, network.agents_from_dhcp)
    };
    let here = || "192.0.2.1".to_owned();
    let numbered = "network = \"C9\"";
    // For SLP; unless it has another place, or the mask leaves DHCP out, or it is off.
    assert_eq!(asked(numbered, ""), (here(), false, false));
    let elsewhere = asked(numbered, "[slp]\ninterfaces = [\"eth1\"]");
    assert_eq!(elsewhere, ("eth1".to_owned(), false, false));
    let nowhere = (String::new(), false, false);
    assert_eq!(asked(numbered, "[slp]\nda_discovery = [\"static\", \"multicast\"]"), nowhere);
    assert_eq!(asked(numbered, "[dhcp]\nenabled = false"), nowhere);
    // For the number, and for the list of agents.
    assert_eq!(asked("network = \"dhcp\"\npeers = [\"192.0.2.2\"]", ""), (here(), true, false));
    assert_eq!(asked("peers = [\"192.0.2.2\"]", ""), (here(), true, false));
    assert_eq!(asked("peers = [\"192.0.2.2\"]", "[dhcp]\nenabled = false"), nowhere);
    let agents = format!("{numbered}\ndhcp_agents = true");
    assert_eq!(asked(&agents, ""), (here(), false, true));
    assert_eq!(asked(&agents, "[dhcp]\ninterfaces = [\"eth9\"]"), ("eth9".to_owned(), false, true));
    let found = loaded(&text(&agents, ""));
    assert_eq!(found.core.cmd_networks[0].discovery, Discovery::Static { announce: false });
    assert_eq!(found.warnings, []);
}

#[test]
fn dhcp_tells_of_one_network_and_not_beside_what_is_written() {
    let two = |first: &str, second: &str| {
        let second = format!("[[cmd_network]]\nname = \"second\"\nnetwork = \"C8\"\n{second}");
        format!("{}\n{second}", SMALL.replace("peers =", &format!("{first}\npeers =")))
    };
    let keys = |text: &str| -> Vec<String> {
        faults(text).iter().map(|fault| fault.key.clone()).collect()
    };
    assert_eq!(keys(&two("network = \"dhcp\"", "dhcp_agents = true")), ["cmd_network.dhcp_agents"]);
    assert_eq!(keys(&two("dhcp_agents = true", "")), ["cmd_network.peers"]);
    let off = format!("{}\n[dhcp]\nenabled = false", two("network = \"dhcp\"", ""));
    assert_eq!(keys(&off), ["cmd_network.network"]);
    let both = two("", "dhcp_agents = true\ndiscovery = \"slp\"");
    assert_eq!(keys(&both), ["cmd_network.discovery"]);
    // One that asks for a number leaves the default to another that has none.
    let text = two("", "").replace("network = \"C8\"", "network = \"dhcp\"");
    assert_eq!(keys(&text), ["cmd_network.network"], "both may end as FFFFFFFD");
}

proptest! {
    #[test]
    fn every_file_that_the_schema_allows_survives_rendering(
        seeds in proptest::collection::vec(any::<(bool, u64)>(), 140)
    ) {
        let text = allowed_file(&seeds);
        match parse("allowed.toml", &text) {
            Ok(_) => fuzz(text.as_bytes()),
            // The schema does not know that a packet must fit the MTU, and a refresh the lifetime.
            Err(LoadError::Faulty(faults)) => {
                let errors: Vec<_> =
                    faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
                let keys = ["max_packet", "mtu", "lsp_size", "refresh_s", "lifetime_s"];
                let is_known = |fault: &&Diagnostic| {
                    keys.contains(&fault.key.rsplit('.').next().unwrap_or_default())
                };
                prop_assert!(errors.iter().all(is_known), "{errors:?}\n{text}");
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        fuzz(text.as_bytes());
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
    }

    #[test]
    fn no_text_of_toml_tokens_breaks_the_reader(
        tokens in proptest::collection::vec(
            prop::sample::select(vec![
                "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", "\"", "'''", "#", "0x", "lan",
                "cmd_network", "name", "peers", "rip", "version", "1", "-1", "\"auto\"", "true",
                "network", "static_route", "\"192.0.2.1\"", "1979-05-27", "\u{202e}", "é",
            ]),
            0..60,
        )
    ) {
        fuzz(tokens.concat().as_bytes());
    }

    #[test]
    fn no_mutation_of_a_good_file_breaks_the_reader(text in mutated()) {
        fuzz(text.as_bytes());
    }
}
