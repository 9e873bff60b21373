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
            Ok(file) => Self::write(file, path, *max_size, head),
            Err(error) => (Self::default(), Some(unwritable(path, &error))),
        }
    }

    fn write(file: File, path: &Path, max_size: u64, head: &Head) -> (Self, Option<Event>) {
        let writer = Writer::new(max_size);
        let open = Open { path: path.to_owned(), file: BufWriter::new(file), writer };
        let mut journal = Self { open: Some(open) };
        let fault = journal.line(|writer| writer.head(head));
        (journal, fault)
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
    // A device or a pipe stays where it is.
    if path.is_file() {
        let mut previous = path.as_os_str().to_owned();
        previous.push(".previous");
        std::fs::rename(path, previous)?;
    }
    File::create(path)
}

fn unwritable(path: &Path, error: &io::Error) -> Event {
    Event::StateUnwritable { key: path.display().to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ipxway_core::config::Config;

    use super::*;

    fn head() -> Head {
        Head::new(Arc::new(Config::default()), 7, Time::ZERO)
    }

    fn settings(path: &Path, max_size: u64) -> Settings {
        Settings { path: path.to_owned(), max_size }
    }

    #[test]
    fn the_journal_of_the_run_before_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        for run in 1..=2 {
            let (mut journal, fault) = Journal::begin(Some(&settings(&path, 100_000)), &head());
            assert_eq!(fault, None);
            for _ in 0..run {
                assert_eq!(journal.input(Time::from_secs(run), &Input::Timeout), None);
            }
        }
        let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
        assert_eq!(lines(&path), 3);
        assert_eq!(lines(&directory.path().join("journal.previous")), 2);
    }

    #[test]
    fn a_journal_that_is_full_ends_with_an_event_and_whole_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, fault) = Journal::begin(Some(&settings(&path, 2_000)), &head());
        assert_eq!(fault, None);
        let mut faults =
            (0..100).filter_map(|s| journal.input(Time::from_secs(s), &Input::Timeout));
        assert_eq!(faults.next(), Some(Event::JournalFull { limit: 2_000 }));
        assert_eq!(faults.next(), None, "said once");
        drop(faults);
        assert!(!journal.is_open());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() <= 2_000 && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn a_full_disk_or_a_missing_directory_is_an_event_and_no_more() {
        let full = Path::new("/dev/full");
        let file = File::options().write(true).open(full).unwrap();
        let (mut journal, fault) = Journal::write(file, full, 100_000, &head());
        assert_eq!(fault, None, "the line waits in memory");
        let Some(Event::StateUnwritable { key, reason }) = journal.flush() else {
            panic!("no event");
        };
        assert_eq!(key, "/dev/full");
        assert!(reason.contains("No space left"), "{reason}");
        assert_eq!(journal.input(Time::ZERO, &Input::Timeout), None);

        let path = Path::new("/proc/no/such/directory/journal");
        let (journal, fault) = Journal::begin(Some(&settings(path, 100_000)), &head());
        assert!(matches!(fault, Some(Event::StateUnwritable { .. })), "{fault:?}");
        assert!(!journal.is_open());
    }
}
