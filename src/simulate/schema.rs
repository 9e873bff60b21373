//! Every key of a scenario. The tables in `docs/planning.md` are printed from here.

use crate::config::schema::Without::{Default, Otherwise, Required};
use crate::config::schema::{Count, Section, Takes, VERSION_KEY, key, number};

/// The longest simulation, in seconds: a day.
const DAY: u64 = 86_400;

/// The top of the file.
pub static ROOT: Section = Section {
    path: "",
    about: "",
    keys: &[VERSION_KEY],
    sections: &[SCENARIO, BACKBONE, EVENT],
    count: Count::Once,
};

const SCENARIO: Section = Section {
    path: "scenario",
    about: "The scenario as a whole.",
    keys: &[
        key(
            "plan",
            Takes::Text("the path of a plan, from the directory of this file"),
            Required(r#""plan.toml""#),
            "The plan whose agents are simulated.",
        ),
        key(
            "agents_per_pop",
            Takes::Word(&["one", "one-per-network"]),
            Otherwise("as the plan says", r#""one""#),
            "Agents of a POP.",
        ),
        key(
            "exchange",
            Takes::Word(&["nlsp", "rip-sap"]),
            Otherwise("as `plan --emit` writes it", r#""nlsp""#),
            "How the agents tell each other their networks and services.",
        ),
        key("seed", number(0, u64::MAX, ""), Default("1"), "Decides all that is random."),
        key(
            "limit_s",
            number(1, DAY, "seconds"),
            Default("900"),
            "How long it may take until all know all.",
        ),
        key(
            "rest_s",
            number(0, DAY, "seconds"),
            Default("120"),
            "How long all is left alone at the end, to count what is sent then.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const BACKBONE: Section = Section {
    path: "backbone",
    about: "What the backbone does to datagrams.",
    keys: &[
        key("delay_ms", number(0, 10_000, "milliseconds"), Default("20"), "How long each takes."),
        key(
            "jitter_ms",
            number(0, 10_000, "milliseconds"),
            Default("0"),
            "How much longer it may take, at random.",
        ),
        key(
            "loss_permille",
            number(0, 1_000, "thousandths"),
            Default("0"),
            "How many are lost, at random.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};

const EVENT: Section = Section {
    path: "event",
    about: "Something that happens, in the order of time.",
    keys: &[
        key(
            "at_s",
            number(0, DAY, "seconds"),
            Required("300"),
            "When, after the start. If not all know all by then, it happens all the same.",
        ),
        key(
            "do",
            Takes::Word(&["kill", "stop", "restart", "partition", "heal"]),
            Required(r#""kill""#),
            "kill: the agents die without a word. stop: they leave, and say so. restart: they \
             start again. partition: they are cut off from all others. heal: nothing is cut off \
             any more.",
        ),
        key(
            "agents",
            Takes::List("names of agents; the name of a CMD network stands for all on it"),
            Otherwise("none, as for heal", r#"["EAST"]"#),
            "To whom.",
        ),
    ],
    sections: &[],
    count: Count::Each,
};
