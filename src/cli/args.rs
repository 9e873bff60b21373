//! What can be typed: the one table behind parser, `--help`, manual pages and completions.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use crate::control::DEFAULT_SOCKET;

/// The longest data of a ping: what an IPX packet can hold behind its header and the ping's.
const MAX_PING_DATA: i64 = 65_535 - 30 - 10;

const EXIT_CODES: &str = "Exit codes:
  0  done as asked
  1  the answer is no: nothing answered the ping, there is no such route, the configuration has \
warnings and `--strict` was given
  2  it could not be done; standard error says why";

/// Carries Novell IPX between sites over IP.
#[derive(Debug, Parser)]
#[command(name = "ipxway", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// The control socket of the running agent.
    #[arg(long, global = true, value_name = "PATH", default_value = DEFAULT_SOCKET)]
    pub socket: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Be an agent, in the foreground, until SIGTERM or SIGINT.
    Run(RunArgs),
    /// Read a configuration and say everything that is wrong with it.
    Check(crate::config::verb::Args),
    /// Show what a running agent knows.
    Show(ShowArgs),
    /// The same as `show nlsp`.
    #[command(hide = true)]
    Nlsp(NlspArgs),
    /// The same as `show savings`.
    #[command(hide = true)]
    Savings {
        /// Print JSON for programs; the fields are stable.
        #[arg(long)]
        json: bool,
    },
    /// Ask directory agents and others by SLP; needs no running agent.
    Slp(crate::inquiry::Args),
    /// Send IPX pings from a running agent.
    Ping(PingArgs),
    /// Plan CMD networks: what their agents will send, and the configuration of each.
    Plan(crate::plan::verb::Args),
    /// Simulate the agents of a plan: how long until all know all, and what they send.
    Simulate(crate::simulate::Args),
    /// Play a capture or a journal through the agent, in simulated time.
    Replay(crate::replay::Args),
    /// Be a small IPX end host, for demonstration and tests.
    Host(crate::host::Args),
    /// Show IPX crossing an IP backbone, in network namespaces on this machine.
    Demo(crate::demo::Args),
    /// Print the completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages into a directory.
    #[command(hide = true)]
    Man {
        /// The directory, which must exist.
        directory: PathBuf,
    },
}

/// `ipxway run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The configuration.
    #[arg(short, long, value_name = "FILE", default_value = crate::config::DEFAULT_FILE)]
    pub config: PathBuf,
}

/// `ipxway show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Print JSON for programs; the fields are stable.
    #[arg(long, global = true)]
    pub json: bool,
    /// Which table.
    #[command(subcommand)]
    pub table: Table,
}

/// A table of a running agent.
#[derive(Debug, Subcommand)]
pub enum Table {
    /// The networks, and how each is reached.
    Routes {
        /// Only this network, such as C9000001.
        network: Option<NetworkNumber>,
        /// Every offer for it, and why the first one is in use.
        detail: Option<Detail>,
    },
    /// The services of all networks.
    Services,
    /// The devices and sockets, and whether they work.
    Ports,
    /// The IPX networks that the agent has a place on.
    Circuits,
    /// The agents at the far ends of CMD networks.
    Peers,
    /// NLSP: neighbours, link-state packets, map, shortest paths, circuits.
    Nlsp {
        /// Which table.
        #[command(subcommand)]
        table: NlspTable,
    },
    /// SLP: directory agents, other agents, what is registered.
    Slp {
        /// Which table.
        #[command(subcommand)]
        table: SlpTable,
    },
    /// The configuration in force, and where each value comes from: the file, DHCP, the default.
    Config,
    /// What DHCP tells: directory agents and scopes of SLP, the CMD network.
    Dhcp,
    /// What NLSP sends on CMD networks, and what RIP and SAP would have sent instead.
    Savings,
    /// What became of every packet; counters that are 0 are left out.
    Counters,
    /// What happened, the oldest first.
    Events {
        /// Go on, and print each event as it happens.
        #[arg(short, long)]
        follow: bool,
    },
}

/// A table of SLP.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum SlpTable {
    /// The directory agents that are known, and which is asked.
    Das,
    /// The agents of CMD networks as SLP tells of them, and who only sends.
    Services,
    /// What of ours is registered where.
    Registrations,
    /// What is registered with this agent, if it is a directory agent.
    Registry,
}

/// `ipxway nlsp`.
#[derive(Debug, Args)]
pub struct NlspArgs {
    /// Print JSON for programs; the fields are stable.
    #[arg(long, global = true)]
    pub json: bool,
    /// Which table.
    #[command(subcommand)]
    pub table: NlspTable,
}

impl From<NlspArgs> for ShowArgs {
    fn from(args: NlspArgs) -> Self {
        Self { json: args.json, table: Table::Nlsp { table: args.table } }
    }
}

/// A table of NLSP.
#[derive(Debug, Subcommand)]
pub enum NlspTable {
    /// The routers that NLSP is spoken with: state, and how long until each is given up.
    #[command(alias = "neighbours")]
    Neighbors,
    /// The link-state packets, one a row.
    Database {
        /// What each of them says, too.
        detail: Option<Contents>,
    },
    /// The map: routers, LANs, and what links them.
    Topology {
        /// How it is printed.
        #[arg(short, long, value_enum, default_value_t)]
        format: MapFormat,
    },
    /// The last runs of the decision process, and the shortest path to every node.
    Spf,
    /// The circuits as NLSP sees them: designated router, cost, packets by type.
    Circuits,
}

/// More than a row of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Contents {
    /// Every option of every packet.
    Detail,
}

/// How the map is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MapFormat {
    /// For people: a row for each link.
    #[default]
    Table,
    /// For programs; the fields are stable.
    Json,
    /// For Graphviz.
    Dot,
    /// A drawing for a browser.
    Svg,
}

/// More than a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Detail {
    /// Every offer, and why the first one is in use.
    Detail,
}

/// `ipxway ping`.
#[derive(Debug, Args)]
pub struct PingArgs {
    /// NETWORK.NODE, such as C9000001.0200000000C1; or the number of an agent's or server's
    /// internal network alone.
    #[arg(value_name = "NETWORK.NODE", value_parser = target)]
    pub to: Address,
    /// How many to send.
    #[arg(short, long, default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Bytes of data in each.
    #[arg(short, long, default_value_t = 56)]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=MAX_PING_DATA))]
    pub size: u16,
    /// Seconds between two, 0.01 to 3600.
    #[arg(short, long, value_name = "S", default_value = "1", value_parser = interval)]
    pub interval: Duration,
    /// Seconds to wait for each answer, 0.01 to 60.
    #[arg(short = 'W', long, value_name = "S", default_value = "2", value_parser = patience)]
    pub timeout: Duration,
    /// Print JSON, one reply a line.
    #[arg(long)]
    pub json: bool,
}

/// A node, or the one node of an internal network.
fn target(text: &str) -> Result<Address, String> {
    if text.contains(['.', ':']) {
        return text
            .parse()
            .map_err(|error: ipxway_core::wire::ParseAddressError| error.to_string());
    }
    let network: NetworkNumber = text.parse().map_err(|_| {
        format!("`{text}` is no IPX address: NETWORK.NODE, such as C9000001.0200000000C1")
    })?;
    Ok(Address::new(network, NodeAddress::INTERNAL, Socket::default()))
}

fn interval(text: &str) -> Result<Duration, String> {
    seconds(text, 3600.0)
}

fn patience(text: &str) -> Result<Duration, String> {
    seconds(text, 60.0)
}

fn seconds(text: &str, most: f64) -> Result<Duration, String> {
    let fault = || format!("`{text}` is no number of seconds from 0.01 to {most}");
    let seconds: f64 = text.parse().map_err(|_| fault())?;
    if (0.01..=most).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(fault())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_network_alone_is_its_internal_node() {
        let parsed = Arguments::try_parse_from(["ipxway", "ping", "DEAD0001", "-i", "0.2"]);
        let Ok(Arguments { verb: Verb::Ping(ping), .. }) = parsed else {
            panic!("{parsed:?}");
        };
        assert_eq!(ping.to.node, NodeAddress::INTERNAL);
        assert_eq!(ping.interval, Duration::from_millis(200));
    }

    #[test]
    fn the_short_form_of_a_table_of_nlsp_is_the_table() {
        for words in [["show", "nlsp", "neighbors"].as_slice(), &["nlsp", "neighbours"]] {
            let shown = match Arguments::try_parse_from(["ipxway"].iter().chain(words)) {
                Ok(Arguments { verb: Verb::Show(args), .. }) => args,
                Ok(Arguments { verb: Verb::Nlsp(args), .. }) => args.into(),
                other => panic!("{other:?}"),
            };
            let ShowArgs { json, table } = shown;
            let expected = Table::Nlsp { table: NlspTable::Neighbors };
            assert_eq!((json, format!("{table:?}")), (false, format!("{expected:?}")));
        }
    }

    #[test]
    fn values_out_of_range_are_refused_with_the_range() {
        for (arguments, expected) in [
            (["ping", "A1.1", "-i", "0"], "0.01 to 3600"),
            (["ping", "A1.1", "-c", "0"], "1..=1000000"),
            (["ping", "A1.1", "-s", "65500"], "0..=65495"),
        ] {
            let error = Arguments::try_parse_from(["ipxway"].iter().chain(&arguments))
                .expect_err("out of range")
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = Arguments::try_parse_from(["ipxway", "ping", "XYZ"]).expect_err("no address");
        assert!(error.to_string().contains("C9000001.0200000000C1"), "{error}");
    }
}
