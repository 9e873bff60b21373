//! What was typed.

use std::net::Ipv4Addr;
use std::time::Duration;

use clap::Subcommand;

/// The arguments of `ipxway slp`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What all of them take.
    #[command(flatten)]
    pub common: Common,
    /// What to ask.
    #[command(subcommand)]
    pub what: What,
}

/// How it is asked.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Ask this directory agent, or service agent, alone. Without it a group is asked.
    #[arg(long, global = true, value_name = "IP")]
    pub agent: Option<Ipv4Addr>,
    /// Ask the group from this address of ours. Without it: from all that are no loopback.
    #[arg(long, global = true, value_name = "IP")]
    pub interface: Option<Ipv4Addr>,
    /// The scopes, with commas. Without it: DEFAULT, in version 1 none.
    #[arg(long, global = true, value_name = "S,...", value_delimiter = ',')]
    pub scope: Vec<String>,
    /// Speak version 1 of SLP, as NetWare 5 does, in place of version 2.
    #[arg(long, global = true)]
    pub v1: bool,
    /// Wait for answers for so long.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u16).range(1..=3_600))]
    pub timeout: u16,
    /// Print JSON for programs; the fields are stable.
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// How long to wait for answers.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}

/// What to ask.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The services of a type.
    Find {
        /// The type, such as mgw.novell.
        #[arg(value_name = "TYPE")]
        service_type: String,
        /// Only those whose attributes are so: (CMD NETWORK=FFFFFFFD), in version 1 with ==.
        #[arg(long)]
        filter: Option<String>,
    },
    /// The attributes of a service, or of all services of a type together.
    Attrs {
        /// The service's URL, or a type.
        #[arg(value_name = "URL|TYPE")]
        target: String,
        /// Only these attributes, with commas; * stands for anything.
        #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
        tags: Vec<String>,
    },
    /// The types of services that there are.
    Types {
        /// Only those of this naming authority, such as novell; `iana`: those without one.
        #[arg(long)]
        authority: Option<String>,
    },
    /// The directory agents.
    Agents,
    /// Register a service with a directory agent. It is not renewed.
    Register {
        /// The service's URL, such as service:mgw.novell:///OSLO.
        url: String,
        /// Its attributes, such as "(CMD NETWORK=FFFFFFFD),(SVCNAME-WS=OSLO)".
        attributes: Option<String>,
        /// For how long it is good.
        #[arg(long, value_name = "SECONDS", default_value_t = 3_600,
              value_parser = clap::value_parser!(u16).range(1..))]
        lifetime: u16,
    },
    /// Take a service back; only the host that registered it can.
    Deregister {
        /// The service's URL.
        url: String,
    },
}
