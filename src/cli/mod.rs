//! The command line: what was typed, what it means, how the answer is shown, and the exit code.
//!
//! Whatever goes wrong is said once, on standard error, with what to do next. A reader of our
//! output that goes away (`ipxway show routes | head`) ends us quietly.

mod args;
mod config;
mod documents;
mod map;
mod pages;
mod ping;
mod render;
mod show;
pub(crate) mod table;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

pub use args::{
    Arguments, Contents, Detail, MapFormat, NlspArgs, NlspTable, PingArgs, RunArgs, ShowArgs,
    Table, Verb,
};
pub use documents::{completions, manual};
pub use render::{event_line, fuzz_render, render};

use crate::control::Client;

/// Exit code of "it could not be done"; clap uses the same for arguments that are wrong.
const FAILED: u8 = 2;

/// Reads the arguments, does what they say, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    match carry_out(Arguments::parse()) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ipxway: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn carry_out(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let socket = arguments.socket;
    let mut out = BufWriter::new(io::stdout());
    let code = match arguments.verb {
        Verb::Run(args) => crate::daemon::run(&args.config)?,
        Verb::Check(args) => crate::config::verb::run(&args),
        Verb::Show(args) => shown(&socket, &args, &mut out)?,
        Verb::Nlsp(args) => shown(&socket, &args.into(), &mut out)?,
        Verb::Savings { json } => {
            shown(&socket, &ShowArgs { json, table: Table::Savings }, &mut out)?
        }
        Verb::Slp(args) => crate::inquiry::run(&args, &mut out)?,
        Verb::Ping(args) => {
            with_agent(&socket, async |client| ping::ping(client, &args, &mut out).await)?
        }
        Verb::Plan(args) => crate::plan::verb::run(&args, &mut out)?,
        Verb::Simulate(args) => crate::simulate::run(&args, &mut out)?,
        Verb::Replay(args) => crate::replay::run(&args),
        Verb::Host(args) => crate::host::run(&args),
        Verb::Demo(args) => crate::demo::run(&args),
        Verb::Completions { shell } => {
            completions(shell, &mut out)?;
            ExitCode::SUCCESS
        }
        Verb::Man { directory } => {
            manual(&directory).with_context(|| format!("directory {}", directory.display()))?;
            ExitCode::SUCCESS
        }
    };
    out.flush()?;
    Ok(code)
}

fn shown(socket: &Path, args: &ShowArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    with_agent(socket, async |client| show::show(client, args, out).await)
}

/// Connects to the agent and lets `work` ask it.
fn with_agent(
    socket: &Path,
    work: impl AsyncFnOnce(&mut Client) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(async {
        let mut client = Client::connect(socket).await?;
        work(&mut client).await
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| match cause.downcast_ref::<io::Error>() {
        Some(error) => error.kind() == io::ErrorKind::BrokenPipe,
        None => cause
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe)),
    })
}
