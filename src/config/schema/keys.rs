//! The tables of the file and their keys.

use super::Without::{Default, Otherwise, Required};
use super::{Count, Key, Section, Takes, VERSION, Without};

const fn number(least: u64, greatest: u64, unit: &'static str) -> Takes {
    Takes::Number { least, greatest, unit, or: None }
}

const fn number_or(least: u64, greatest: u64, unit: &'static str, or: &'static str) -> Takes {
    Takes::Number { least, greatest, unit, or: Some(or) }
}

const fn key(name: &'static str, takes: Takes, without: Without, about: &'static str) -> Key {
    Key { name, takes, without, about }
}

/// The names of circuits, as the file has them.
const NAME: Takes = Takes::Text("1 to 32 letters, digits, `-`, `_` or `.`, unlike any other");
/// Interface names, as Linux has them.
const INTERFACE: Takes = Takes::Text("an interface name of 1 to 15 characters");
/// A path.
const PATH: Takes = Takes::Text("an absolute path");

/// The top of the file.
pub static ROOT: Section = Section {
    path: "",
    about: "",
    keys: &[key(
        "version",
        number(1, VERSION, ""),
        Default("1"),
        "The version of this file's schema.",
    )],
    sections: &[
        AGENT,
        CONTROL,
        STATE,
        JOURNAL,
        LOG,
        LIMITS,
        LAN,
        CMD_NETWORK,
        STATIC_ROUTE,
        STATIC_SERVICE,
    ],
    count: Count::Once,
};

const AGENT: Section = Section {
    path: "agent",
    about: "The agent as a whole.",
    keys: &[
        key(
            "name",
            Takes::Text("1 to 47 printable ASCII characters, no blank at either end"),
            Default(r#""IPXWAY""#),
            "What other routers and operators call the agent.",
        ),
        key(
            "internal_network",
            Takes::Text(r#"1 to 8 hexadecimal digits from 1 to FFFFFFFC, or "auto""#),
            Default(r#""auto""#),
            "The number of the agent's own internal network, unique in the whole internetwork. \
             auto: derived once from an IPv4 address and kept in the state directory.",
        ),
        key(
            "hop_limit",
            number(8, 127, "hops"),
            Default("16"),
            "A packet that has crossed so many routers goes no further. Above 16 only where no \
             router speaks RIP.",
        ),
        key(
            "diagnostics",
            Takes::Flag,
            Default("true"),
            "Answer diagnostic requests on socket 0456.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const CONTROL: Section = Section {
    path: "control",
    about: "The socket that `ipxway show` and `ipxway ping` talk to.",
    keys: &[
        key(
            "socket",
            Takes::Text("an absolute path of at most 107 bytes"),
            Default(r#""/run/ipxway/control.sock""#),
            "Where the socket is.",
        ),
        key(
            "mode",
            Takes::Text(r#"permission bits as an octal string, "0000" to "0777""#),
            Default(r#""0660""#),
            "Who may use it.",
        ),
        key(
            "group",
            Takes::Text("a group name of 1 to 32 characters"),
            Otherwise("the group of the process", r#""ipxway""#),
            "The group it belongs to.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const STATE: Section = Section {
    path: "state",
    about: "What outlives a restart.",
    keys: &[key(
        "directory",
        PATH,
        Default(r#""/var/lib/ipxway""#),
        "Where it is kept. Losing it costs a new internal network number, no more.",
    )],
    sections: &[],
    count: Count::Once,
};

const JOURNAL: Section = Section {
    path: "journal",
    about: "The record of all inputs, for `ipxway replay`.",
    keys: &[
        key(
            "path",
            PATH,
            Otherwise("nothing is recorded", r#""/var/lib/ipxway/journal""#),
            "The file.",
        ),
        key(
            "max_size_mib",
            number(1, 65_536, "MiB"),
            Default("64"),
            "The size at which recording ends.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const LOG: Section = Section {
    path: "log",
    about: "The log, on stderr or in the systemd journal.",
    keys: &[key(
        "level",
        Takes::Word(&["error", "warn", "info", "debug", "trace"]),
        Default(r#""info""#),
        "The least severe lines that are written. Packets only appear at trace.",
    )],
    sections: &[],
    count: Count::Once,
};

const LIMITS: Section = Section {
    path: "limits",
    about: "How much others may make the agent remember. An event tells when a limit is hit.",
    keys: &[
        key("routes", number(1, 1_000_000, "networks"), Default("50000"), "The route table."),
        key("services", number(1, 1_000_000, "services"), Default("100000"), "The service table."),
        key("peers", number(1, 65_536, "peers"), Default("1024"), "Peers of one CMD network."),
        key("lsps", number(1, 1_000_000, "LSPs"), Default("16384"), "The link-state database."),
    ],
    sections: &[],
    count: Count::Once,
};

/// RIP on LANs and CMD networks differs in one default.
const fn rip(accept_default: &'static str) -> [Key; 6] {
    [
        key(
            "enabled",
            Takes::Flag,
            Default("true"),
            "Send updates. Requests are answered either way.",
        ),
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
    key("enabled", Takes::Flag, Default("true"), "Send updates. Queries are answered either way."),
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

const fn nested(path: &'static str, about: &'static str, keys: &'static [Key]) -> Section {
    Section { path, about, keys, sections: &[], count: Count::Once }
}

const LAN: Section = Section {
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
            Default("1"),
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
    ],
    count: Count::Each,
};

const CMD_NETWORK: Section = Section {
    path: "cmd_network",
    about: "An IPX network over IP: the agents of the other sites are its stations.",
    keys: &[
        key("name", NAME, Required(r#""backbone""#), "What operators call it."),
        key(
            "network",
            Takes::Text("1 to 8 hexadecimal digits from 1 to FFFFFFFD"),
            Default(r#""FFFFFFFD""#),
            "Its number, the same at all agents on it and unlike any other in the internetwork.",
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
            Takes::Word(&["static"]),
            Default(r#""static""#),
            "How peers are found. static: they are listed.",
        ),
        key(
            "exchange",
            Takes::Word(&["rip-sap"]),
            Default(r#""rip-sap""#),
            "How agents tell each other their networks and services.",
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
            "The throughput to the peers, from which the ticks follow.",
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
    ],
    count: Count::Each,
};

/// The number of hops of what an operator adds by hand.
const HOPS: Takes = number(1, 15, "hops");

const STATIC_ROUTE: Section = Section {
    path: "static_route",
    about: "A route that the operator knows.",
    keys: &[
        key(
            "network",
            Takes::Text(r#"1 to 8 hexadecimal digits from 1 to FFFFFFFD, or "default""#),
            Required(r#""A0000001""#),
            "The network it leads to. default: all that nobody else knows (FFFFFFFE).",
        ),
        key(
            "circuit",
            Takes::Text("the name of a [[lan]] or a [[cmd_network]]"),
            Required(r#""office""#),
            "Where its next router is.",
        ),
        key(
            "router",
            Takes::Text(
                "a node address of 12 hexadecimal digits on a LAN, the IPv4 address of a \
                         peer on a CMD network",
            ),
            Required(r#""00001B000001""#),
            "Its next router.",
        ),
        key("hops", HOPS, Default("1"), "Routers on the way."),
        key("ticks", number(1, 65_535, "ticks of 55 ms"), Default("1"), "Time the way takes."),
    ],
    sections: &[],
    count: Count::Each,
};

const STATIC_SERVICE: Section = Section {
    path: "static_service",
    about: "A service that the agent announces for another machine, while there is a route to it.",
    keys: &[
        key(
            "type",
            Takes::Text("1 to 4 hexadecimal digits from 0 to FFFE"),
            Required(r#""0004""#),
            "What it is: 0004 a file server, 0007 a print server.",
        ),
        key(
            "name",
            Takes::Text("1 to 47 printable ASCII characters"),
            Required(r#""ACCOUNTS""#),
            "What it is called.",
        ),
        key(
            "address",
            Takes::Text("NETWORK.NODE.SOCKET in hexadecimal digits"),
            Required(r#""A0000001.000000000001.0451""#),
            "Where it is.",
        ),
        key("hops", HOPS, Default("1"), "Routers on the way to it."),
    ],
    sections: &[],
    count: Count::Each,
};
