//! Captures of a lab's wires, by dumpcap, which comes with tshark.
//!
//! tcpdump would change its user first, and cannot in a user namespace.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Lab, Process};

/// How long dumpcap may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A capture under way.
#[derive(Debug)]
pub struct Capture {
    process: Process,
    file: PathBuf,
}

impl Capture {
    /// Begins to write what passes `device` in `namespace`, as far as `filter` takes it, to
    /// `NAME.pcap`; comes back when nothing will be missed.
    ///
    /// # Errors
    /// dumpcap does not begin.
    pub fn start(
        lab: &Lab,
        (namespace, device): (&str, &str),
        name: &str,
        filter: &str,
    ) -> anyhow::Result<Self> {
        let file = lab.path(&format!("{name}.pcap"));
        let mut command = lab.command(namespace, Path::new("dumpcap"));
        command.args(["-q", "-P", "-B", "16", "-i", device, "-w"]).arg(&file);
        if !filter.is_empty() {
            command.args(["-f", filter]);
        }
        let log = lab.path(&format!("{name}.dumpcap.log"));
        let mut process = Process::start(command, &format!("dumpcap of {name}"), &log)?;
        process.wait_for_text("File: ", PATIENCE)?;
        Ok(Self { process, file })
    }

    /// Ends it; the file is whole then.
    ///
    /// # Errors
    /// dumpcap does not end.
    pub fn finish(mut self) -> anyhow::Result<PathBuf> {
        self.process.terminate(PATIENCE)?;
        Ok(self.file)
    }
}
