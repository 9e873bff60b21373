//! The command line.

mod args;

use std::process::ExitCode;

use clap::Parser;

pub use args::{Arguments, Verb};

/// Reads the arguments, does what they say, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.verb {
        Verb::Check(args) => crate::config::verb::run(&args),
        Verb::Replay(args) => crate::replay::run(&args),
        Verb::Host(args) => crate::host::run(&args),
        Verb::Demo(args) => crate::demo::run(&args),
    }
}
