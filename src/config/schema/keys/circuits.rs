//! The tables of circuits, and what runs on them.

use super::nlsp::{CMD_NLSP, LAN_NLSP};
use super::{INTERFACE, NAME, nested, number_or};
use crate::config::schema::Without::{Default, Otherwise, Required};
use crate::config::schema::{Count, Key, Section, Takes, key, number};

/// When RIP and SAP send updates [nlsp §13.2].
const UPDATES: Takes = Takes::Word(&["auto", "on", "off"]);
const UPDATES_ABOUT: &str = "Send updates; questions are answered either way. auto: where NLSP is \
                             off, and where it is on while a router is heard that speaks nothing \
                             else.";

/// RIP on LANs and CMD networks differs in one default.
const fn rip(accept_default: &'static str) -> [Key; 6] {
    [
        key("updates", UPDATES, Default(r#""auto""#), UPDATES_ABOUT),
        key(
            "interval_s",
            number(1, 60_000, "seconds"),
            Default("60"),
            "Time between two full updates; the same on all routers of a network.",
        ),
        key(
            "multiplier",
            number(2, 10, "intervals"),
            Default("3"),
            "A route that is silent for so many intervals is lost. 4 beside NIAS and MPR routers.",
        ),
        key(
            "gap_ms",
            number(0, 1_000, "milliseconds"),
            Default("55"),
            "Pause between two packets.",
        ),
        key(
            "accept_default",
            Takes::Flag,
            Default(accept_default),
            "Believe a default route FFFFFFFE heard here.",
        ),
        key(
            "answer_by_default",
            Takes::Flag,
            Default("true"),
            "Answer a request for an unknown network with the distance of the default route.",
        ),
    ]
}

const SAP: [Key; 7] = [
    key("updates", UPDATES, Default(r#""auto""#), UPDATES_ABOUT),
    key(
        "interval_s",
        number(1, 60_000, "seconds"),
        Default("60"),
        "Time between two full updates; the same on all routers of a network.",
    ),
    key(
        "multiplier",
        number(2, 10, "intervals"),
        Default("3"),
        "A service that is silent for so many intervals is lost.",
    ),
    key("gap_ms", number(0, 1_000, "milliseconds"), Default("55"), "Pause between two packets."),
    key("gns", Takes::Flag, Default("true"), "Answer clients that look for the nearest server."),
    key(
        "gns_delay_ms",
        number(0, 10_000, "milliseconds"),
        Default("0"),
        "Wait so long before that answer, so that a native server is first.",
    ),
    key(
        "gns_round_robin",
        Takes::Flag,
        Default("false"),
        "Answer with each of equally near servers in turn.",
    ),
];

/// Packets of type 20 on LANs and CMD networks differ in two defaults.
const fn type20(enabled: &'static str, rate_limit: &'static str) -> [Key; 3] {
    [
        key(
            "enabled",
            Takes::Flag,
            Default(enabled),
            "Propagate packets of type 20 (NetBIOS names) from here and to here.",
        ),
        key(
            "reverse_path",
            Takes::Flag,
            Default("false"),
            "Take one only if the best route to its source leads back to where it came from.",
        ),
        key(
            "rate_limit",
            number_or(1, 1_000_000, "packets a second", "none"),
            Default(rate_limit),
            "The most that are sent here.",
        ),
    ]
}

pub(super) const LAN: Section = Section {
    path: "lan",
    about: "An IPX network on an Ethernet port. Each framing on one wire is a network of its \
            own: several blocks may name one device. Settings of the device itself (mac, mtu, \
            bridge) are given in one of them.",
    keys: &[
        key("name", NAME, Required(r#""office""#), "What operators call it."),
        key(
            "tap",
            INTERFACE,
            Otherwise("nic is needed", r#""ipx0""#),
            "The TAP device it is on: made at start, or attached to if it exists.",
        ),
        key(
            "nic",
            INTERFACE,
            Otherwise("tap is needed", r#""eth1""#),
            "The network card it is on, instead of a TAP device.",
        ),
        key(
            "bridge",
            INTERFACE,
            Otherwise("the TAP device joins no bridge", r#""br0""#),
            "The bridge that the TAP device joins, to reach a wire.",
        ),
        key(
            "mac",
            Takes::Text("a MAC address of 12 hexadecimal digits without the group bit"),
            Otherwise("one made of machine, agent and device", r#""02:00:00:00:00:C1""#),
            "The MAC address of the TAP device, which is its IPX node address.",
        ),
        key(
            "mtu",
            number(584, 9_000, "bytes"),
            Otherwise("as found, 1500 on a new one", "1500"),
            "The MTU of the TAP device.",
        ),
        key(
            "vlan",
            number(1, 4_094, ""),
            Otherwise("frames without a tag", "20"),
            "The VLAN whose tag the frames bear.",
        ),
        key(
            "framing",
            Takes::Text(r#""ethernet-ii", "802.3", "802.2" or "snap""#),
            Required(r#""802.2""#),
            "How IPX lies in the frames: the same as on the stations.",
        ),
        key(
            "network",
            Takes::Text(r#"1 to 8 hexadecimal digits from 1 to FFFFFFFC, or "auto""#),
            Required(r#""C9000001""#),
            "Its number, the same on all routers of the wire. auto: learned from them.",
        ),
        key(
            "ticks",
            number(1, 65_535, "ticks of 55 ms"),
            Otherwise("from nlsp.delay_us and nlsp.throughput_bps, without them 1", "1"),
            "Time to cross it; 1 from 1 Mbit/s on.",
        ),
        key(
            "evenise",
            Takes::Word(&["auto", "on", "off"]),
            Default(r#""auto""#),
            "Round odd packets up to even bytes. auto: on for 802.3 on a network card.",
        ),
        key(
            "checksum_to_raw",
            Takes::Word(&["drop", "strip"]),
            Default(r#""drop""#),
            "What happens to a packet with a checksum that must leave as 802.3, which cannot \
             bear one: it is dropped, or its checksum verified and taken off.",
        ),
        key(
            "max_packet",
            number_or(576, 9_000, "bytes", "auto"),
            Default(r#""auto""#),
            "The largest IPX packet that is sent. auto: what the MTU allows.",
        ),
    ],
    sections: &[
        nested("lan.rip", "RIP on this LAN.", &rip("false")),
        nested("lan.sap", "SAP on this LAN.", &SAP),
        nested("lan.type20", "Packets of type 20 on this LAN.", &type20("true", r#""none""#)),
        LAN_NLSP,
    ],
    count: Count::Each,
};

pub(super) const CMD_NETWORK: Section = Section {
    path: "cmd_network",
    about: "An IPX network over IP: the agents of the other sites are its stations.",
    keys: &[
        key("name", NAME, Required(r#""backbone""#), "What operators call it."),
        key(
            "network",
            Takes::Text(r#"1 to 8 hexadecimal digits from 1 to FFFFFFFD, or "dhcp""#),
            Otherwise(
                "that of DHCP, where it is asked and tells one; else FFFFFFFD",
                r#""FFFFFFFD""#,
            ),
            "Its number, the same at all agents on it and unlike any other in the internetwork. \
             dhcp: the one that DHCP tells (option 63, sub-option 12); the network is down until \
             DHCP has answered or is silent for 14 s, and then has the last number told, or \
             FFFFFFFD.",
        ),
        key(
            "local",
            Takes::Text(r#"an IPv4 address of this machine, an interface name, or "auto""#),
            Default(r#""auto""#),
            "The local address. auto: the first usable one.",
        ),
        key(
            "port",
            number(1, 65_535, ""),
            Default("2654"),
            "The UDP port at both ends. 2645 beside NetWare 5.",
        ),
        key(
            "peers",
            Takes::List(r#"IPv4 addresses of other agents, such as "192.0.2.2""#),
            Default("[]"),
            "The other agents. One's own address may be among them: one list for all.",
        ),
        key(
            "discovery",
            Takes::Word(&["slp", "static"]),
            Otherwise("static where peers are listed, else slp", r#""static""#),
            "How peers are found, the same at all agents of the network. slp: by SLP, see [slp]. \
             static: they are listed.",
        ),
        key(
            "dhcp_agents",
            Takes::Flag,
            Default("false"),
            "The other agents are those that DHCP lists (option 63, sub-option 14), as if they \
             stood in `peers`.",
        ),
        key(
            "announce",
            Takes::Flag,
            Default("false"),
            "Where peers are listed: register by SLP all the same, for others to find.",
        ),
        key(
            "exchange",
            Takes::Word(&["nlsp", "rip-sap"]),
            Default(r#""nlsp""#),
            "How agents tell each other their networks and services, the same at all of them. \
             nlsp: as link-state neighbours, by what changed. rip-sap: everything to everybody \
             every minute.",
        ),
        key(
            "max_packet",
            number_or(576, 65_507, "bytes", "auto"),
            Default(r#""auto""#),
            "The largest IPX packet that is sent; 28 bytes are added to it. auto: any, IP \
             fragments it.",
        ),
        key(
            "delay_us",
            number(0, 60_000_000, "microseconds"),
            Default("5000"),
            "The delay to the peers, from which the ticks follow.",
        ),
        key(
            "throughput_bps",
            number(300, 1_000_000_000_000, "bits a second"),
            Default("10000000"),
            "The throughput to the peers, from which ticks and NLSP's cost follow.",
        ),
        key(
            "ticks",
            number(1, 65_535, "ticks of 55 ms"),
            Otherwise("from delay_us and throughput_bps", "1"),
            "Time to cross it, instead of delay and throughput.",
        ),
        key("dscp", number(0, 63, ""), Default("0"), "The DSCP mark of its datagrams; 48 is CS6."),
    ],
    sections: &[
        nested("cmd_network.rip", "RIP on this CMD network.", &rip("true")),
        nested("cmd_network.sap", "SAP on this CMD network.", &SAP),
        nested(
            "cmd_network.type20",
            "Packets of type 20 on this CMD network.",
            &type20("false", "50"),
        ),
        CMD_NLSP,
    ],
    count: Count::Each,
};
