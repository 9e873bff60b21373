//! SLP: how agents find each other.

use super::super::Without::{Default, Otherwise};
use super::super::{Count, Section, Takes, key, number};

pub(super) const SLP: Section = Section {
    path: "slp",
    about: "SLP, by which the agents of a CMD network find each other. It is spoken only if a CMD \
            network is found by it, or announced.",
    keys: &[
        key(
            "interfaces",
            Takes::List(r#"IPv4 addresses of this machine, interface names, or "auto""#),
            Otherwise(
                "the local addresses of the CMD networks that SLP has to do with",
                r#"["eth0"]"#,
            ),
            "Where it is spoken.",
        ),
        key(
            "scopes",
            Takes::List("scope names, without any of / , : ( ) \\ ! < = > ~ ; * + &"),
            Otherwise("DEFAULT", r#"["ME_SCOPE"]"#),
            "The scopes to register in and to ask for. An empty list is the unscoped case of \
             version 1.",
        ),
        key(
            "da_discovery",
            Takes::List(r#""multicast", "dhcp", "static" and "brake""#),
            Default(r#"["multicast", "dhcp", "static", "brake"]"#),
            "Where directory agents are known from. brake: no multicast once DHCP gave one, or one \
             is listed.",
        ),
        key(
            "da_discovery_options",
            number(0, 15, ""),
            Otherwise("da_discovery", "15"),
            "The same as NetWare's SET SLP DA DISCOVERY OPTIONS has it: 1 multicast, 2 DHCP, 4 \
             static, 8 brake, added up.",
        ),
        key(
            "directory_agents",
            Takes::List(r#"IPv4 addresses or names, such as "192.0.2.1" or "da.example""#),
            Default("[]"),
            "Directory agents that are known, the preferred one first. A name is looked up at the \
             start, every hour, and more often while it does not resolve.",
        ),
        key(
            "slp_cfg",
            Takes::Text("a path, from the folder of this file unless it begins with /"),
            Otherwise("no such file", r#""SLP.CFG""#),
            "NetWare's own list of directory agents, with lines such as `DA IPV4, 192.0.2.1`. Its \
             entries come behind those of directory_agents.",
        ),
        key(
            "multicast",
            Takes::Flag,
            Default("true"),
            "Send to groups and listen to them. false: no multicast packet leaves.",
        ),
        key(
            "multicast_ttl",
            number(1, 255, "routers"),
            Default("32"),
            "How far what is sent to groups may go.",
        ),
        key(
            "lifetime_s",
            number(129, 65_535, "seconds"),
            Default("3600"),
            "How long a registration is good. It is renewed after two thirds of it. Longer: less \
             traffic, and one that dies is listed for longer.",
        ),
        key(
            "charset",
            Takes::Word(&["us-ascii", "ucs-2"]),
            Default(r#""us-ascii""#),
            "What version 1 is written in. NetWare takes both.",
        ),
        key(
            "allow",
            Takes::List(r#"networks such as "10.0.0.0/8", or addresses"#),
            Default(r#"["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]"#),
            "Whom to listen to, and which addresses of agents to believe.",
        ),
        key(
            "datagram",
            number(512, 65_507, "bytes"),
            Default("1400"),
            "The longest message that goes into a datagram; longer ones go by TCP.",
        ),
    ],
    sections: &[DIRECTORY_AGENT],
    count: Count::Once,
};

const DIRECTORY_AGENT: Section = Section {
    path: "slp.directory_agent",
    about: "The agent as a directory agent: a registry that the others of its island ask.",
    keys: &[
        key("enabled", Takes::Flag, Default("false"), "Be one."),
        key(
            "scopes",
            Takes::List("scope names, without any of / , : ( ) \\ ! < = > ~ ; * + &"),
            Default(r#"["DEFAULT"]"#),
            "The scopes that it serves.",
        ),
        key(
            "unscoped",
            Takes::Flag,
            Default("false"),
            "Say in version 1 that it serves what has no scope, and no scope.",
        ),
        key(
            "heartbeat_s",
            number(60, 86_400, "seconds"),
            Default("10800"),
            "How often it tells the groups that it is there.",
        ),
        key(
            "mesh_peers",
            Takes::List(r#"IPv4 addresses, such as "192.0.2.1""#),
            Default("[]"),
            "Directory agents of other islands to be in step with. One's own address may be among \
             them: one list for all.",
        ),
        key(
            "mesh_allow",
            Takes::List(r#"networks such as "10.0.0.0/8", or addresses"#),
            Default("[]"),
            "Other directory agents that may ask to be in step.",
        ),
        key(
            "registrations",
            number(1, 1_000_000, "services"),
            Default("10000"),
            "How many services may be registered.",
        ),
        key(
            "registrations_of_host",
            number(1, 65_535, "services"),
            Default("64"),
            "How many of them by one host.",
        ),
        key(
            "deregister_by_tcp",
            Takes::Flag,
            Default("false"),
            "Let services be taken back by TCP only: the sender of a datagram can be forged.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};
