//! The verb `replay`.

mod backbone;

use std::process::ExitCode;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
#[must_use]
pub fn run(_args: &Args) -> ExitCode {
    ExitCode::FAILURE
}
