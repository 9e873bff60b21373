//! The verb `simulate`: the agents of a plan, with the configurations that `plan --emit` writes,
//! in simulated time.
//!
//! Every site gets its servers and their services. The agents start, and it is measured how long
//! it takes until all know all: each every network and service of its part of the internetwork,
//! and no others. Then the scenario lets agents die and return, cuts the backbone and heals it,
//! and each time it is measured again. At the end all is left alone, and what still crosses the
//! backbone is counted, beside what the plan expects.
//!
//! The agents are those that ship; time and links are the simulator's. Equal scenarios and seeds
//! give equal results to the last packet.
//!
//! | file | what it knows |
//! |---|---|
//! | [`schema`], `scenario` | a scenario as it is typed, and what is wrong with it |
//! | `build` | from a plan to a world |
//! | `story` | what happens in it, and how long all takes |
//! | [`traffic`] | packets by kind |
//! | [`report`] | what is told of it |

mod build;
pub mod report;
mod scenario;
pub mod schema;
mod story;
pub mod traffic;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::config::listed;
use report::Report;
use scenario::Scenario;

/// The exit code if not all came to know all in time.
const UNSETTLED: u8 = 1;

/// The arguments of `ipxway simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 all came to know all each time; 1 not within the limit; 2 \
                        the simulation could not be done.")]
pub struct Args {
    /// The scenario, a TOML file that names a plan.
    pub scenario: PathBuf,
    /// Decides all that is random, whatever the scenario says.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Print JSON for programs.
    #[arg(long)]
    pub json: bool,
}

/// Does what the arguments say.
///
/// # Errors
/// The scenario or its plan cannot be read or is faulty.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let name = args.scenario.display().to_string();
    let text = fs::read_to_string(&args.scenario).with_context(|| format!("scenario {name}"))?;
    let directory = args.scenario.parent().unwrap_or(&args.scenario);
    let scenario = match scenario::parse((&name, &text), directory) {
        Ok((scenario, warnings)) => {
            if !warnings.is_empty() {
                eprintln!("{}", listed(&warnings));
            }
            scenario?
        }
        Err(faults) => bail!("{name} is no sound scenario\n{}", listed(&faults)),
    };
    let scenario = Scenario { seed: args.seed.unwrap_or(scenario.seed), ..scenario };
    let began = Instant::now();
    let report = story::tell(&scenario)?;
    tell_cost(&report, began);
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    let settled = report.stages.iter().all(|stage| stage.settled_ms.is_some());
    Ok(if settled { ExitCode::SUCCESS } else { ExitCode::from(UNSETTLED) })
}

/// What differs from run to run goes to standard error.
fn tell_cost(report: &Report, began: Instant) {
    let (simulated, real) = (report.simulated_s, began.elapsed().as_secs_f64());
    let memory = peak_memory().map_or(String::new(), |mib| format!(", {mib} MiB at most"));
    eprintln!("{simulated} s simulated in {real:.1} s{memory}");
}

/// The most memory that the process had, in MiB; Linux tells it in KiB.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib / 1_024)
}
