//! The tables of NLSP. Ranges and defaults: [nlsp §15].

use super::{nested, number_or};
use crate::config::schema::Without::{Default, Otherwise};
use crate::config::schema::{Key, Section, Takes, key, number};

pub(super) const NLSP: Section = nested(
    "nlsp",
    "NLSP as a whole. Routers need not agree on any of it but the areas.",
    &[
        key(
            "areas",
            Takes::List(r#"at most 3 areas as NETWORK/MASK, such as "C9000000/FF000000""#),
            Default("[]"),
            "The areas it is in. Routers become neighbours only if they have one in common. None: \
             the one area of all networks, as every router has that was told nothing.",
        ),
        key(
            "lsp_size",
            number(128, 4_096, "bytes"),
            Default("512"),
            "The largest link-state packet of our own. 30 bytes more must fit every circuit.",
        ),
        key(
            "min_generation_s",
            number(1, 30, "seconds"),
            Default("5"),
            "The least time between two generations of one link-state packet.",
        ),
        key(
            "refresh_s",
            number(60, 50_000, "seconds"),
            Default("7200"),
            "A link-state packet is told anew after so long, even if nothing changed. Less than \
             its lifetime by 300, or by a third where the lifetime is below 1200.",
        ),
        key(
            "lifetime_s",
            number(100, 32_767, "seconds"),
            Default("7500"),
            "A link-state packet that is not told anew is forgotten after so long.",
        ),
        key(
            "overload_wait_s",
            number(1, 300, "seconds"),
            Default("120"),
            "The agent says that its database is full for so long after the last packet that \
             found no room. Meanwhile others take no way through it.",
        ),
        key(
            "path_splits",
            number(1, 8, "ways"),
            Default("1"),
            "Equally good ways that are used at once.",
        ),
    ],
);

/// NLSP on a LAN.
pub(super) const LAN_NLSP: Section = nested(
    "lan.nlsp",
    "NLSP on this LAN.",
    &[
        key(
            "mode",
            Takes::Word(&["off", "auto", "on"]),
            Default(r#""off""#),
            "Speak it here. auto: while another router is heard that does.",
        ),
        HELLO_INTERVAL,
        DR_HELLO_INTERVAL,
        MULTIPLIER,
        PRIORITY,
        CSNP_INTERVAL,
        PSNP_INTERVAL,
        MIN_TRANSMISSION,
        key(
            "pace",
            number_or(1, 10_000, "packets a second", "auto"),
            Default(r#""auto""#),
            "The most NLSP packets that are sent. auto: 30.",
        ),
        COST,
        key(
            "delay_us",
            number(1, 5_000_000, "microseconds"),
            Otherwise("200, or from the ticks of the LAN if they are given", "200"),
            "The delay of the LAN, which NLSP routers make ticks from.",
        ),
        key(
            "throughput_bps",
            number(300, 4_294_967_295, "bits a second"),
            Default("10000000"),
            "The throughput of the LAN, which cost and ticks follow from.",
        ),
        MTU,
        PADDING,
    ],
);

/// NLSP on a CMD network.
pub(super) const CMD_NLSP: Section = nested(
    "cmd_network.nlsp",
    "NLSP on this CMD network, where `exchange` says so. Agents need not agree on it: each tells \
     the others how long to wait for it.",
    &[
        HELLO_INTERVAL,
        DR_HELLO_INTERVAL,
        MULTIPLIER,
        PRIORITY,
        CSNP_INTERVAL,
        PSNP_INTERVAL,
        MIN_TRANSMISSION,
        key(
            "pace",
            number_or(1, 10_000, "datagrams a second", "auto"),
            Default(r#""auto""#),
            "The most datagrams with NLSP that are sent. auto: 30 for each peer.",
        ),
        COST,
        MTU,
        PADDING,
        key(
            "repeat",
            Takes::Flag,
            Default("true"),
            "Say a link-state packet that changed once more after 2 to 3 seconds: datagrams get \
             lost.",
        ),
        key(
            "answer_by_node",
            Takes::Flag,
            Default("true"),
            "Address what one agent asked for to its node. false beside NetWare servers that take \
             only the broadcast node.",
        ),
    ],
);

const HELLO_INTERVAL: Key = key(
    "hello_interval_s",
    number(1, 100, "seconds"),
    Default("20"),
    "Time between two hellos: the less, the sooner a dead router is noticed, the more packets.",
);

const DR_HELLO_INTERVAL: Key = key(
    "dr_hello_interval_s",
    number(1, 100, "seconds"),
    Default("10"),
    "The same while we are the designated router.",
);

const MULTIPLIER: Key = key(
    "multiplier",
    number(2, 20, "intervals"),
    Default("3"),
    "Others give us up after so many intervals without a hello. 3 of 20 seconds: a minute.",
);

const PRIORITY: Key = key(
    "priority",
    number(1, 127, ""),
    Default("44"),
    "The highest becomes designated router, which has most to send. Lower it where the line is \
     slow.",
);

const CSNP_INTERVAL: Key = key(
    "csnp_interval_s",
    number(1, 600, "seconds"),
    Default("30"),
    "The designated router lists its whole database so often; what got lost shows then.",
);

const PSNP_INTERVAL: Key = key(
    "psnp_interval_s",
    number(1, 60, "seconds"),
    Default("5"),
    "Time between two rounds of asking for what is missing.",
);

const MIN_TRANSMISSION: Key = key(
    "min_transmission_s",
    number(1, 30, "seconds"),
    Default("5"),
    "One version of a link-state packet is not sent to all again in this time.",
);

const COST: Key = key(
    "cost",
    number_or(1, 63, "", "auto"),
    Default(r#""auto""#),
    "What it costs to send here: the ways with the least sum are taken. auto: by throughput, 20 \
     for 10 Mbit/s.",
);

const MTU: Key = key(
    "mtu",
    number_or(128, 65_535, "bytes", "auto"),
    Default(r#""auto""#),
    "The largest IPX packet with NLSP that we say we take here. auto: what the circuit carries.",
);

const PADDING: Key = key(
    "padding",
    Takes::Word(&["until-up", "off", "always"]),
    Default(r#""until-up""#),
    "Fill hellos up to the MTU, so that no neighbour comes up over a way that does not carry it. \
     until-up: until the neighbour is up.",
);
