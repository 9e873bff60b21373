//! The record of all inputs, for `ipxway replay`: written as they are taken, up to a size.
//!
//! Nothing that goes wrong with it stops the agent: a full journal, a full disk and a missing
//! directory are events, and the record ends there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ipxway_core::Time;
use ipxway_core::journal::{Digest, Full, Head, Writer};
use ipxway_core::router::{Event, Input};

use crate::config::shell::Journal as Settings;

/// The journal, if one is kept.
#[derive(Debug, Default)]
pub(super) struct Journal {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: BufWriter<File>,
    writer: Writer,
}

impl Journal {
    /// Begins a journal. That of the run before is kept as `PATH.previous`: it may hold what made
    /// the operator start anew.
    pub(super) fn begin(settings: Option<&Settings>, head: &Head) -> (Self, Option<Event>) {
        let Some(Settings { path, max_size }) = settings else { return (Self::default(), None) };
        match create(path) {
            Ok(file) => {
                let writer = Writer::new(*max_size);
                let open = Open { path: path.clone(), file: BufWriter::new(file), writer };
                let mut journal = Self { open: Some(open) };
                let fault = journal.line(|writer| writer.head(head));
                (journal, fault)
            }
            Err(error) => (Self::default(), Some(unwritable(path, &error))),
        }
    }

    /// A journal is being kept.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Records an input, before the router is given it.
    pub(super) fn input(&mut self, now: Time, input: &Input) -> Option<Event> {
        self.line(|writer| writer.input(now, input))
    }

    /// Records the digest of what the router put out.
    pub(super) fn outputs(&mut self, digest: Digest) -> Option<Event> {
        self.line(|writer| writer.outputs(digest))
    }

    /// Gives everything to the kernel, so that a crash of ours loses nothing.
    pub(super) fn flush(&mut self) -> Option<Event> {
        let open = self.open.as_mut()?;
        let error = open.file.flush().err()?;
        let event = unwritable(&open.path, &error);
        self.close();
        Some(event)
    }

    fn line(&mut self, make: impl FnOnce(&mut Writer) -> Result<String, Full>) -> Option<Event> {
        let open = self.open.as_mut()?;
        let event = match make(&mut open.writer) {
            Ok(line) => {
                let error = open.file.write_all(line.as_bytes()).err()?;
                unwritable(&open.path, &error)
            }
            Err(Full { limit }) => {
                let _ = open.file.flush();
                Event::JournalFull { limit }
            }
        };
        self.close();
        Some(event)
    }

    /// Ends the record. What cannot be written is let go: writing it again would fail again.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            let _ = open.file.into_parts();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut previous = path.as_os_str().to_owned();
    previous.push(".previous");
    match std::fs::rename(path, previous) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::create(path),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Event {
    Event::StateUnwritable { key: path.display().to_string(), reason: error.to_string() }
}
