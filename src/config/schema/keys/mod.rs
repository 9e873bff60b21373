//! The tables of the file and their keys.
//!
//! | file | what it has |
//! |---|---|
//! | here | the agent, the daemon, limits, what an operator adds by hand |
//! | `circuits` | LANs and CMD networks, RIP, SAP and type 20 on them |
//! | `nlsp` | NLSP, of the agent and on circuits |
//! | `dhcp` | DHCP |
//! | `slp` | SLP |

mod circuits;
mod dhcp;
mod nlsp;
mod slp;

use super::Without::{Default, Otherwise, Required};
use super::{Count, Key, Section, Takes, VERSION_KEY, key, number};
use circuits::{CMD_NETWORK, LAN};
use dhcp::DHCP;
use nlsp::NLSP;
use slp::SLP;

const fn number_or(least: u64, greatest: u64, unit: &'static str, or: &'static str) -> Takes {
    Takes::Number { least, greatest, unit, or: Some(or) }
}

const fn nested(path: &'static str, about: &'static str, keys: &'static [Key]) -> Section {
    Section { path, about, keys, sections: &[], count: Count::Once }
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
    keys: &[VERSION_KEY],
    sections: &[
        AGENT,
        CONTROL,
        STATE,
        JOURNAL,
        LOG,
        LIMITS,
        NLSP,
        SLP,
        DHCP,
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
            "mode",
            Takes::Word(&["backbone-support"]),
            Default(r#""backbone-support""#),
            "What the agent is. backbone-support: it joins IPX networks over IP. \"/BS\" is the \
             same.",
        ),
        key(
            "hop_limit",
            number(8, 127, "hops"),
            Otherwise("64 where any circuit may speak NLSP, else 16", "64"),
            "A packet that has crossed so many routers goes no further. What is more than 15 away \
             is never told by RIP.",
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
