//! Every key of a plan: what it takes, what holds without it, what it is for.
//!
//! The reader takes ranges and words from here, and the tables in `docs/planning.md` are printed
//! from it.

use crate::config::schema::Without::{Default, Otherwise, Required};
use crate::config::schema::{Count, Key, Section, Takes, VERSION_KEY, key, number};

/// Sites, clouds and POPs are called so. Agents and their files are named after them.
const NAME: Takes = Takes::Text("1 to 20 letters, digits, `-`, `_` or `.`, unlike any other");
const LAN_NAME: Takes = Takes::Text("1 to 32 letters, digits, `-`, `_` or `.`");
const KIND: Takes = Takes::Text("1 to 47 printable ASCII characters");
const ADDRESS: Takes = Takes::Text(r#"an IPv4 address, such as "192.0.2.1""#);
const CMD_NUMBER: Takes = Takes::Text("1 to 8 hexadecimal digits from 1 to FFFFFFFD");
const INTERFACE: Takes = Takes::Text("an interface name of 1 to 15 characters");
const SPEED: Takes = number(300, 1_000_000_000_000, "bits a second");

/// The top of the file.
pub static ROOT: Section = Section {
    path: "",
    about: "",
    keys: &[VERSION_KEY],
    sections: &[PLAN, SITE, CLOUD, POP, INTER_POP],
    count: Count::Once,
};

const PLAN: Section = Section {
    path: "plan",
    about: "The plan as a whole.",
    keys: &[
        key("title", KIND, Default(r#""IPX over IP""#), "What it is called."),
        key(
            "agents_per_pop",
            Takes::Word(&["one", "one-per-network"]),
            Default(r#""one""#),
            "one: a POP has one agent, on all CMD networks that meet there. one-per-network: \
             as with SCMD, a POP has an agent for each of them, and these share its LAN.",
        ),
        key(
            "offices_per_network",
            number(2, 1_000, "offices"),
            Default("25"),
            "A cloud of more is split into several CMD networks.",
        ),
        key(
            "hello_interval_s",
            number(1, 100, "seconds"),
            Default("20"),
            "Time between two hellos of an agent.",
        ),
        key(
            "dr_hello_interval_s",
            number(1, 100, "seconds"),
            Default("10"),
            "The same of a designated router.",
        ),
        key(
            "csnp_interval_s",
            number(1, 600, "seconds"),
            Default("30"),
            "Time between two lists of all that is in the database, by the designated router.",
        ),
        key(
            "lsp_size",
            number(128, 4_096, "bytes"),
            Otherwise("512, or larger where an agent has more to tell than that holds", "512"),
            "The largest link-state packet.",
        ),
        key(
            "service_name_length",
            number(1, 47, "characters"),
            Default("20"),
            "How long the name of a service is taken to be.",
        ),
        key(
            "warn_percent",
            number(1, 100, "percent"),
            Default("5"),
            "A link of which the agents' own traffic takes more is warned of.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const SITE: Section = Section {
    path: "site",
    about: "An office: an agent and the LANs behind it. Or, with `count`, so many offices.",
    keys: &[
        key("name", NAME, Required(r#""OFFICE""#), "Its name, and its agent's."),
        key(
            "count",
            number(1, 1_000, "offices"),
            Default("1"),
            "So many offices, NAME-01, NAME-02 and so on. Each has the next address, and the \
             next number for each LAN.",
        ),
        key(
            "ip",
            ADDRESS,
            Required(r#""10.1.0.1""#),
            "Its agent's address, the first one's if they are several. Read as a number it is \
             that of the agent's internal network.",
        ),
        key(
            "up_bps",
            SPEED,
            Otherwise("the cloud's `link_bps`", "56000"),
            "The speed of its link towards the backbone.",
        ),
        key("down_bps", SPEED, Otherwise("as `up_bps`", "56000"), "The speed towards the office."),
        key("servers", number(0, 1_000, "servers"), Default("1"), SERVERS),
        key("services", number(0, 100_000, "services"), Default("10"), SERVICES),
    ],
    sections: &[lan("site.lan", "An IPX network of the office.")],
    count: Count::Each,
};

const SERVERS: &str = "Servers on its LANs. Each has an internal network.";
const SERVICES: &str = "Services on its LANs that are told by SAP.";

const LAN: [Key; 5] = [
    key("name", LAN_NAME, Required(r#""office""#), "What operators call it."),
    key("nic", INTERFACE, Default(r#""eth1""#), "The network card of the agent there."),
    key(
        "tap",
        INTERFACE,
        Otherwise("it is on a network card", r#""ipx0""#),
        "A TAP device, instead of a network card.",
    ),
    key(
        "framing",
        Takes::Text(r#""802.3", "802.2", "ethernet-ii" or "snap""#),
        Required(r#""802.2""#),
        "How its frames are made.",
    ),
    key(
        "network",
        Takes::Text("1 to 8 hexadecimal digits from 1 to FFFFFFFC"),
        Required(r#""A1010001""#),
        "Its number, the first one's if the offices are several.",
    ),
];

const fn lan(path: &'static str, about: &'static str) -> Section {
    Section { path, about, keys: &LAN, sections: &[], count: Count::Each }
}

const CLOUD: Section = Section {
    path: "cloud",
    about: "A network of the IP backbone that joins offices, such as an SMDS or frame relay cloud.",
    keys: &[
        key("name", NAME, Required(r#""east""#), "Its name, and its CMD network's."),
        key("kind", KIND, Default(r#""IP""#), "What it is, for people."),
        key(
            "network",
            CMD_NUMBER,
            Required(r#""0C000001""#),
            "The number of its CMD network. If it is split, the others have the next ones.",
        ),
        key(
            "members",
            Takes::List("names of sites; the name of several stands for all of them"),
            Required(r#"["OFFICE"]"#),
            "The offices in it.",
        ),
        key(
            "link_bps",
            SPEED,
            Otherwise("each site says it", "56000"),
            "The speed of its members' links.",
        ),
    ],
    sections: &[],
    count: Count::Each,
};

const POP: Section = Section {
    path: "pop",
    about: "A point of presence: clouds meet there.",
    keys: &[
        key("name", NAME, Required(r#""EAST""#), "Its name, and its agent's."),
        key("clouds", Takes::List("names of clouds"), Required(r#"["east"]"#), "What meets there."),
        key(
            "ip",
            ADDRESS,
            Required(r#""10.0.1.1""#),
            "Its agent's address, the first one's if they are several.",
        ),
        key("up_bps", SPEED, Required("45000000"), "The speed of its link towards the backbone."),
        key("down_bps", SPEED, Otherwise("as `up_bps`", "45000000"), "The speed towards it."),
        key("servers", number(0, 1_000, "servers"), Default("0"), SERVERS),
        key("services", number(0, 100_000, "services"), Default("0"), SERVICES),
    ],
    sections: &[lan(
        "pop.lan",
        "An IPX network of the POP. Its agents meet there, if they are several.",
    )],
    count: Count::Each,
};

const INTER_POP: Section = Section {
    path: "inter_pop",
    about: "The CMD network between the POPs. Every POP is on it.",
    keys: &[
        key("name", NAME, Default(r#""inter-pop""#), "Its name."),
        key("kind", KIND, Default(r#""IP""#), "What it is, for people."),
        key("network", CMD_NUMBER, Required(r#""0C000100""#), "Its number."),
    ],
    sections: &[],
    count: Count::Once,
};
