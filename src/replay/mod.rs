//! The verb `replay`: captures and journals through the core, in simulated time.
//!
//! A capture goes in as an agent would have heard it: frames into a LAN port, IPv4 through a
//! userspace IP stack into the UDP ports. What the agent sends comes out as a capture again, with
//! the times at which it did. The same file, configuration and seed give the same bytes on every
//! machine, so a capture of what should be sent is a test: that is `--golden`.
//!
//! A journal is a recording of the inputs of a running agent. It brings its own configuration and
//! is compared with itself: what does the agent of today do otherwise?
//!
//! | module | what it knows |
//! |---|---|
//! | [`link`] | link types, and what a captured packet holds |
//! | `backbone` | IP: reassembly, fragments, checksums |
//! | [`census`] | how many frames of which kind a capture holds |
//! | [`capture`] | capture files: played, read, written |
//! | [`player`] | an agent, its timers and its ports in the time of a capture |
//! | [`golden`], [`describe`] | the first difference between two captures, in words |
//! | [`report`] | what is told at the end |
//! | [`recorded`] | journals |
//! | [`setup`] | from a configuration to an agent whose devices are not there |

mod backbone;
pub mod capture;
pub mod census;
pub mod describe;
pub mod golden;
pub mod link;
pub mod player;
pub mod recorded;
pub mod report;
pub mod setup;

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use ipxway_core::wire::NodeAddress;
use serde::Serialize;

/// The exit code of a replay that went otherwise than recorded.
const DIFFERS: u8 = 1;
/// The exit code of a replay that could not be done.
const FAILED: u8 = 2;

/// Its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 as recorded, or nothing to compare with; 1 something \
                        differs; 2 the replay could not be done.")]
pub struct Args {
    /// The capture (pcap or pcapng) or the journal
    pub file: PathBuf,
    /// The configuration of the agent; a journal has its own
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The LAN port that the frames go into; without it the first one
    #[arg(long, value_name = "NAME")]
    pub port: Option<String>,
    /// The MAC address of that port, where the configuration has none
    #[arg(long, value_name = "MAC")]
    pub mac: Option<NodeAddress>,
    /// The local IPv4 address of CMD networks, where the configuration has none
    #[arg(long, value_name = "ADDRESS")]
    pub local: Option<Ipv4Addr>,
    /// Write what the agent sends to this pcap file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compare what the agent sends with this capture
    #[arg(long, value_name = "FILE")]
    pub golden: Option<PathBuf>,
    /// Let the agent run on for so many seconds after the last packet
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub tail: u64,
    /// Decides all jitter and every random choice
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// Report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match replay(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERS),
        Err(error) => {
            eprintln!("ipxway replay: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// Plays the file; `true` if nothing differs.
fn replay(args: &Args) -> anyhow::Result<bool> {
    if is_journal(&args.file)? { replay_journal(args) } else { replay_capture(args) }
}

/// A journal begins with a brace; neither kind of capture does.
fn is_journal(path: &Path) -> anyhow::Result<bool> {
    let mut first = [0];
    let read = File::open(path).and_then(|mut file| file.read(&mut first));
    let read = read.with_context(|| path.display().to_string())?;
    Ok(read == 1 && first == *b"{")
}

fn replay_capture(args: &Args) -> anyhow::Result<bool> {
    let setup = setup::from_arguments(args)?;
    let mut played = capture::play(&args.file, &setup, Duration::from_secs(args.tail))?;
    let sent = played.sent();
    if let Some(out) = &args.out {
        capture::write(out, &sent)?;
    }
    let difference = match &args.golden {
        Some(path) => golden::compare(&capture::read(path)?, &sent),
        None => None,
    };
    let report = report::Report::of(&args.file.display().to_string(), &mut played);
    print(&report, args.json)?;
    if let (Some(golden), Some(difference)) = (&args.golden, &difference) {
        eprintln!("{}: {difference}", golden.display());
    }
    Ok(difference.is_none())
}

fn replay_journal(args: &Args) -> anyhow::Result<bool> {
    if args.config.is_some() || args.golden.is_some() || args.out.is_some() {
        bail!(
            "{} is a journal: it has its own configuration and is compared with itself, so \
             --config, --golden and --out have no meaning here",
            args.file.display()
        );
    }
    let report = recorded::play(&args.file)?;
    print(&report, args.json)?;
    Ok(report.difference.is_none())
}

/// Prints a report; a reader that has gone is no error.
fn print(report: &(impl Serialize + std::fmt::Display), json: bool) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string_pretty(report)? + "\n" } else { report.to_string() };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("standard output"),
    }
}
