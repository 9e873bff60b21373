//! NLSP: of the agent as a whole, and on a circuit. Ranges and defaults: [nlsp §15].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wire::nlsp::Area;

/// How the agents of a CMD network tell each other their networks and services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exchange {
    /// As link-state neighbours.
    Nlsp,
    /// By RIP and SAP, every minute to each peer. What journals mean that do not say.
    #[default]
    RipSap,
}

/// When a protocol speaks unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Never.
    Off,
    /// When it is needed: RIP and SAP where a router speaks nothing else; NLSP where another
    /// router speaks it [nlsp §13.2].
    #[default]
    Auto,
    /// Always.
    On,
}

/// NLSP of the agent as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nlsp {
    /// The areas it is in, three at most; none: [`Area::ALL`].
    pub areas: Vec<Area>,
    /// The largest link-state packet of ours, in bytes, header included.
    pub lsp_size: u16,
    /// The least time between two generations of one link-state packet.
    pub min_generation: Duration,
    /// The most time between them.
    pub refresh: Duration,
    /// How long one lives without being renewed, in seconds.
    pub lifetime: u16,
    /// How long we say that our database is overloaded after the last failure.
    pub overload_wait: Duration,
    /// Equal paths used at once, 1 to 8.
    pub path_splits: u8,
}

/// NLSP on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NlspCircuit {
    /// When to speak it. A CMD network speaks it always, or not at all (`exchange`).
    pub mode: Mode,
    /// Time between two hellos.
    pub hello_interval: Duration,
    /// The same while designated router.
    pub dr_hello_interval: Duration,
    /// A neighbour keeps us for so many intervals.
    pub multiplier: u16,
    /// For the election of the designated router, 1 to 127.
    pub priority: u8,
    /// Time between two sets of CSNPs.
    pub csnp_interval: Duration,
    /// Time between two rounds of PSNPs.
    pub psnp_interval: Duration,
    /// One version of a link-state packet is not sent again here in this time.
    pub min_transmission: Duration,
    /// Datagrams or frames a second at most; `None`: 30 on a LAN, 30 for each peer on a CMD
    /// network, up to 10,000 [nlsp §19.8].
    pub pace: Option<u32>,
    /// The cost, 1 to 63; `None`: by throughput [nlsp §12.2].
    pub cost: Option<u8>,
    /// Microseconds to cross it.
    pub delay_us: u32,
    /// Bits a second.
    pub throughput_bps: u32,
    /// The local MTU that hellos tell, header included; `None`: what the circuit takes.
    pub mtu: Option<u16>,
    /// When hellos are padded.
    pub padding: Padding,
    /// Say a changed link-state packet twice: CMD networks lose some [nlsp §19.11].
    pub repeat: bool,
    /// Answers go to the node of the neighbour, not to the broadcast node. Off beside a real
    /// SCMD that takes only broadcasts [nlsp §19.17, §23].
    pub answer_by_node: bool,
}

/// When hellos are padded to the circuit's packet size [nlsp §8.7].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Never.
    Off,
    /// Until the neighbour is up.
    #[default]
    UntilUp,
    /// Always.
    Always,
}

impl Default for Nlsp {
    fn default() -> Self {
        Self {
            areas: Vec::new(),
            lsp_size: 512,
            min_generation: Duration::from_secs(5),
            refresh: Duration::from_secs(7_200),
            lifetime: 7_500,
            overload_wait: Duration::from_secs(120),
            path_splits: 1,
        }
    }
}

impl NlspCircuit {
    /// The defaults on a LAN: off [nlsp §13.2], 200 microseconds [nlsp §12.4].
    pub const LAN: Self = Self {
        mode: Mode::Off,
        hello_interval: Duration::from_secs(20),
        dr_hello_interval: Duration::from_secs(10),
        multiplier: 3,
        priority: 44,
        csnp_interval: Duration::from_secs(30),
        psnp_interval: Duration::from_secs(5),
        min_transmission: Duration::from_secs(5),
        pace: None,
        cost: None,
        delay_us: 200,
        throughput_bps: 10_000_000,
        mtu: None,
        padding: Padding::UntilUp,
        repeat: false,
        answer_by_node: false,
    };

    /// The defaults on a CMD network [nlsp §19].
    pub const CMD: Self =
        Self { mode: Mode::On, delay_us: 5_000, repeat: true, answer_by_node: true, ..Self::LAN };
}

impl Default for NlspCircuit {
    fn default() -> Self {
        Self::LAN
    }
}
