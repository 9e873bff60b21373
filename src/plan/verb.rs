//! `ipxway plan`: what was asked, and the answer.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::analysis::Analysis;
use super::design::{AgentsPerPop, Design, Plan, Settings};
use super::report::Report;
use super::round::{self, Offices};
use super::{Overrides, emit, parse};
use crate::config::{Diagnostic, listed};

const MAX_AGENTS: i64 = 10_000;

/// The arguments of `ipxway plan`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["file", "agents"])))]
pub struct Args {
    /// The plan, a TOML file.
    pub file: Option<PathBuf>,
    /// Instead of a file: so many equal offices.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=MAX_AGENTS))]
    pub agents: Option<u32>,
    /// Services in each of the equal offices.
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "file")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub services: u32,
    /// Speed of the link of each of them, in bits a second.
    #[arg(long, value_name = "BPS", default_value_t = 56_000, conflicts_with = "file")]
    #[arg(value_parser = clap::value_parser!(u64).range(300..))]
    pub link: u64,
    /// Seconds between two hellos, whatever the plan says.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub interval: Option<u64>,
    /// Agents of a POP, whatever the plan says.
    #[arg(long, value_name = "WAY")]
    pub agents_per_pop: Option<AgentsPerPop>,
    /// Print JSON for programs.
    #[arg(long)]
    pub json: bool,
    /// Write the configuration of each agent into this directory, as NAME.toml.
    #[arg(long, value_name = "DIR", conflicts_with = "agents")]
    pub emit: Option<PathBuf>,
    /// Replace files there that are not as they would be written.
    #[arg(long, requires = "emit")]
    pub force: bool,
}

/// Does what the arguments say.
///
/// # Errors
/// The plan cannot be read or is faulty, or a file cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (plan, warnings) = plan(args)?;
    if let Some(directory) = &args.emit {
        emit_into(directory, &plan, args.force)?;
    }
    let report = Report::of(&plan, warnings);
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        if !report.warnings.is_empty() {
            eprintln!("{}", listed(&report.warnings));
        }
        write!(out, "{report}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(args: &Args) -> anyhow::Result<(Plan, Vec<Diagnostic>)> {
    let overrides = Overrides { agents_per_pop: args.agents_per_pop, hello_s: args.interval };
    if let Some(file) = &args.file {
        return load(file, overrides);
    }
    let offices = Offices {
        count: usize::try_from(args.agents.unwrap_or_default())?,
        services: args.services.into(),
        link_bps: args.link,
    };
    let mut settings = Settings::default();
    settings.hello_s = args.interval.unwrap_or(settings.hello_s);
    let way = args.agents_per_pop.unwrap_or(AgentsPerPop::One);
    Ok((round::plan(offices, way, settings), Vec::new()))
}

/// Reads a plan; what is wrong with it is the error.
///
/// # Errors
/// It cannot be read, or is faulty.
pub fn load(file: &Path, overrides: Overrides) -> anyhow::Result<(Plan, Vec<Diagnostic>)> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("plan {name}"))?;
    match parse(&name, &text, overrides) {
        Ok(plan) => Ok(plan),
        Err(faults) => bail!("{name} is no sound plan\n{}", listed(&faults)),
    }
}

fn emit_into(directory: &Path, plan: &Plan, force: bool) -> anyhow::Result<()> {
    let design = Design::of(plan);
    let files = emit::files(plan, &design, &Analysis::of(plan, &design));
    let written = emit::write(directory, &files, force)?;
    eprintln!("{}: {written}", directory.display());
    Ok(())
}
