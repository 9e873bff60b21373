//! Captures and journals through the agent: what it answers, byte for byte, and that others can
//! read it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod corpus;
mod figures;
mod figures_slp;
mod golden;
mod journal;
mod nlsp;
#[path = "../oracle/mod.rs"]
mod oracle;
mod oracle_checked;
mod slp;
mod verb;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the repository; all file names of these tests are relative to it, so that reports
/// read the same everywhere.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `ipxway replay` with these arguments.
fn replay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ipxway"))
        .arg("replay")
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the binary was built for this test")
}

/// What it printed; its messages if it did not leave with `code`.
fn printed(output: &Output, code: i32) -> String {
    let text = String::from_utf8(output.stdout.clone()).expect("reports are text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}{errors}");
    text
}

/// A path as an argument.
fn argument(path: &Path) -> &str {
    path.to_str().expect("the repository lies where paths are text")
}

/// Every capture in `folder`, in the order of names.
fn captures_in(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read to its end").path())
        .filter(|path| {
            let kind = path.extension().and_then(|extension| extension.to_str());
            matches!(kind, Some("pcap" | "pcapng" | "cap"))
        })
        .collect();
    files.sort();
    files
}
