//! `ipxway check`: is a configuration sound, and what does it mean?

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::summary::Summary;
use super::{Diagnostic, LoadError, Severity, listed, load};

/// The version of the JSON that `check --json` prints.
const JSON_VERSION: u32 = 1;
/// The exit code for warnings under `--strict`.
const EXIT_WARNINGS: u8 = 1;
/// The exit code for errors.
const EXIT_ERRORS: u8 = 2;

/// The arguments of `ipxway check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration to check.
    #[arg(default_value = super::DEFAULT_FILE)]
    pub file: PathBuf,
    /// Print JSON for programs.
    #[arg(long)]
    pub json: bool,
    /// Let warnings fail the check: exit code 1.
    #[arg(long)]
    pub strict: bool,
}

/// What a check found.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    file: &'a Path,
    /// Whether the daemon would start with it.
    sound: bool,
    /// Why it could not be read, if it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    errors: Vec<&'a Diagnostic>,
    warnings: Vec<&'a Diagnostic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
}

/// Checks the configuration in `file` and prints what was found: as text or as JSON.
///
/// The exit code is 0 if it is sound, 1 if it has warnings and `strict` is set, 2 if it has
/// errors or cannot be read.
#[must_use]
pub fn check_command(file: &Path, json: bool, strict: bool) -> ExitCode {
    let loaded = load(file);
    let (diagnostics, unreadable) = match &loaded {
        Ok(loaded) => (loaded.warnings.as_slice(), None),
        Err(LoadError::Faulty(faults)) => (faults.as_slice(), None),
        Err(error @ LoadError::Unreadable { .. }) => (&[][..], Some(error.to_string())),
    };
    let of = |severity| diagnostics.iter().filter(move |d| d.severity == severity).collect();
    let report = Report {
        version: JSON_VERSION,
        file,
        sound: loaded.is_ok(),
        unreadable,
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        summary: loaded.as_ref().ok().map(Summary::new),
    };
    let text = if json {
        serde_json::to_string_pretty(&report).expect("a report has text keys only")
    } else {
        report.text(diagnostics)
    };
    // A reader that has gone away needs no answer.
    let _ = writeln!(io::stdout().lock(), "{}", text.trim_end());
    if !report.sound {
        ExitCode::from(EXIT_ERRORS)
    } else if strict && !report.warnings.is_empty() {
        ExitCode::from(EXIT_WARNINGS)
    } else {
        ExitCode::SUCCESS
    }
}

/// Does what the arguments say.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    check_command(&args.file, args.json, args.strict)
}

impl Report<'_> {
    fn text(&self, diagnostics: &[Diagnostic]) -> String {
        if let Some(unreadable) = &self.unreadable {
            return format!("{unreadable}\n");
        }
        let file = self.file.display();
        let faults = listed(diagnostics);
        let gap = if faults.is_empty() { "" } else { "\n\n" };
        let warnings = counted(self.warnings.len(), "warning");
        match &self.summary {
            Some(summary) => format!("{faults}{gap}{file} is sound, {warnings}.\n\n{summary}"),
            None => {
                let errors = counted(self.errors.len(), "error");
                format!("{faults}{gap}{file} cannot be used: {errors}, {warnings}.\n")
            }
        }
    }
}

/// "1 error", "2 errors", "no errors".
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
