//! Manual pages and completions, made from the table of arguments.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;

/// Writes `ipxway.1` and a page for each verb into `directory`. Equal in every run of a release.
///
/// # Errors
/// A page cannot be written.
pub fn manual(directory: &Path) -> io::Result<()> {
    clap_mangen::generate_to(Arguments::command(), directory)
}

/// Prints the completion script for `shell`.
///
/// # Errors
/// `out` cannot be written.
pub fn completions(shell: Shell, out: &mut impl Write) -> io::Result<()> {
    // The generator gives up its process on a broken pipe: it writes to memory first.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "ipxway", &mut script);
    out.write_all(&script)
}
