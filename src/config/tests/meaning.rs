//! What a file says is what core and shell get.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipxway_core::config::{CmdNetwork, Exchange, Interface, Lan, Mode, Padding};
use ipxway_core::ids::{CircuitId, PortId};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, NodeAddress, cmd};

use super::*;
use crate::config::shell::{Control, Device, LocalAddress, LogLevel, Nic, Tap, Udp};

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
