//! Processes of a lab: each with its log, told to end by a signal, waited for with a deadline.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Time between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// A running process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    /// What it is called in messages.
    pub name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command whose output, both kinds, goes to the file `log`.
    ///
    /// # Errors
    /// It cannot be started, or the log not written.
    pub fn start(mut command: Command, name: &str, log: &Path) -> anyhow::Result<Self> {
        // Appended to: a process that is started again goes on in the log of the first.
        let file = File::options().create(true).append(true).open(log)?;
        let errors = file.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("{name} cannot be started: {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
    }

    /// All that it has printed.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of what it has printed, for messages.
    #[must_use]
    pub fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n")
    }

    /// Its exit status, if it has ended.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = i32::try_from(self.child.id()).context("no process id")?;
        kill(Pid::from_raw(id), signal)
            .with_context(|| format!("{} cannot be signalled", self.name))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It has not ended within `patience`.
    pub fn wait(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        wait_until(&what, patience, || Ok(self.child.try_wait()?))
    }

    /// Tells it to end by SIGTERM, and waits until it has.
    ///
    /// # Errors
    /// It has not ended within `patience`.
    pub fn terminate(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait(patience)
    }

    /// Ends it by SIGKILL: it cannot say goodbye.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until it has printed `text`.
    ///
    /// # Errors
    /// It has not within `patience`, or has ended without; with its last words.
    pub fn wait_for_text(&mut self, text: &str, patience: Duration) -> anyhow::Result<()> {
        let what = format!("`{text}` from {}", self.name);
        let found = wait_until(&what, patience, || {
            if self.log().contains(text) {
                return Ok(Some(()));
            }
            match self.child.try_wait()? {
                Some(status) => bail!("{} ended ({status})", self.name),
                None => Ok(None),
            }
        });
        found.with_context(|| format!("{} said last:\n{}", self.name, self.last_words()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until `look` finds something.
///
/// # Errors
/// Nothing was found within `patience`, or `look` fails.
pub fn wait_until<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {} s for {what}, in vain", patience.as_secs_f64());
        }
        std::thread::sleep(LOOK);
    }
}
