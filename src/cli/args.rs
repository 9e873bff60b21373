//! What can be typed.

use clap::{Parser, Subcommand};

/// Carries Novell IPX between sites over IP.
#[derive(Debug, Parser)]
#[command(name = "ipxway", version, about)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Check a configuration and say what it means; needs no daemon.
    Check(crate::config::verb::Args),
    /// Play a capture or a journal through the agent, in simulated time.
    Replay(crate::replay::Args),
    /// Be a small IPX end host, for demonstration and tests.
    Host(crate::host::Args),
    /// Show IPX crossing an IP backbone, in network namespaces on this machine.
    Demo(crate::demo::Args),
}
