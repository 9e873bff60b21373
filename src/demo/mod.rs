//! `ipxway demo`: offices with IPX, a backbone with IP, and agents between them, on this machine.
//!
//! The outer process enters an enclosure ([`lab::enclosure`]) and waits; the inner one tells the
//! story. An interrupt ends the inner process, with it everything else.
//!
//! | file | what it knows |
//! |---|---|
//! | [`lab`] | namespaces, wires, processes; also for the tests with the real binary |
//! | `offices.rs` | who is where: three offices, their LANs, hosts and agents |
//! | `story.rs` | what is shown, in order |
//! | `page.rs` | how it looks |

pub mod lab;
mod offices;
mod page;
mod story;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use lab::enclosure;

use crate::interrupt::on_interrupt;

/// The programs that the demo needs, and the Debian packages that have them.
const PROGRAMS: [(&str, &str); 6] = [
    ("ip", "iproute2"),
    ("mount", "mount"),
    ("nsenter", "util-linux"),
    ("unshare", "util-linux"),
    ("dumpcap", "tshark"),
    ("tshark", "tshark"),
];

/// The exit code after an interrupt, as shells have it.
const INTERRUPTED: u8 = 130;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `ipxway demo`.
#[must_use]
pub fn run(_args: &Args) -> ExitCode {
    let done = if enclosure::is_inside() { inside() } else { outside() };
    done.unwrap_or_else(|error| {
        // Nothing is left to do if standard error is closed too.
        let _ = writeln!(std::io::stderr(), "\nThe demo failed: {error:#}");
        ExitCode::FAILURE
    })
}

/// Starts this program again in an enclosure, and gives its exit code.
fn outside() -> anyhow::Result<ExitCode> {
    check_programs()?;
    let program = std::env::current_exe().context("this program has no path")?;
    let mut child = enclosure::command(&program, &[OsStr::new("demo")])?.spawn()?;
    let lifeline = child.stdin.take();
    on_interrupt(move || drop(lifeline))?;
    let status = child.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn inside() -> anyhow::Result<ExitCode> {
    let end = || {
        let _ = writeln!(std::io::stderr(), "\nInterrupted: everything is taken down.");
        // The kernel ends what else is in the enclosure.
        std::process::exit(INTERRUPTED.into());
    };
    on_interrupt(end)?;
    enclosure::watch(end)?;
    story::tell(&std::env::current_exe().context("this program has no path")?)?;
    Ok(ExitCode::SUCCESS)
}

fn check_programs() -> anyhow::Result<()> {
    let folders: Vec<_> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let is_there = |name: &str| folders.iter().any(|folder| Path::new(folder).join(name).exists());
    let missing: Vec<String> = PROGRAMS
        .iter()
        .filter(|(name, _)| !is_there(name))
        .map(|(name, package)| format!("{name} (package {package})"))
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        anyhow::bail!("missing: {missing}; `make demo` installs it on Debian");
    }
    Ok(())
}
