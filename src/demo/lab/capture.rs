//! Captures of a lab's wires, by tcpdump.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Lab, Process};

/// How long tcpdump may take to begin or to end.
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
    /// tcpdump does not begin.
    pub fn start(
        lab: &Lab,
        (namespace, device): (&str, &str),
        name: &str,
        filter: &str,
    ) -> anyhow::Result<Self> {
        let file = lab.path(&format!("{name}.pcap"));
        let mut command = lab.command(namespace, Path::new("tcpdump"));
        // -Z: it shall stay who it is; in a user namespace there is nobody else to become.
        command.args(["-i", device, "-B", "16384", "-U", "--immediate-mode", "-Z", "root", "-w"]);
        command.arg(&file).args(filter.split_whitespace());
        let log = lab.path(&format!("{name}.tcpdump.log"));
        let mut process = Process::start(command, &format!("tcpdump of {name}"), &log)?;
        process.wait_for_text("listening on", PATIENCE)?;
        Ok(Self { process, file })
    }

    /// Ends it; the file is whole then.
    ///
    /// # Errors
    /// tcpdump does not end.
    pub fn finish(mut self) -> anyhow::Result<PathBuf> {
        self.process.terminate(PATIENCE)?;
        Ok(self.file)
    }
}
