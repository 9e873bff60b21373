//! From inputs to lines, within a size.

use serde::Serialize;

use super::{Digest, Head};
use crate::Time;
use crate::router::Input;

/// The journal has reached its size, and ends. What is in it stays good for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal has reached its limit of {limit} bytes")]
pub struct Full {
    /// The limit in bytes.
    pub limit: u64,
}

/// Turns inputs into lines and keeps count of their bytes.
///
/// A journal has no gaps: once a line did not fit, no later one does.
#[derive(Clone, Debug)]
pub struct Writer {
    limit: u64,
    written: u64,
    full: bool,
}

#[derive(Serialize)]
struct InputLine<'a> {
    t: Time,
    input: &'a Input,
}

#[derive(Serialize)]
struct DigestLine {
    o: Digest,
}

impl Writer {
    /// A writer of at most `limit` bytes.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self { limit, written: 0, full: false }
    }

    /// The first line, to be written before all others.
    ///
    /// # Errors
    /// [`Full`] if not even this line fits.
    pub fn head(&mut self, head: &Head) -> Result<String, Full> {
        self.line(head)
    }

    /// The line of an input; to be written before the router is given it, so that the journal
    /// holds the input that ended the agent.
    ///
    /// # Errors
    /// [`Full`] if it does not fit, and for every later line.
    pub fn input(&mut self, t: Time, input: &Input) -> Result<String, Full> {
        self.line(&InputLine { t, input })
    }

    /// The line of what the router put out at the input before; behind the head: when it was
    /// made. Optional, each one.
    ///
    /// # Errors
    /// [`Full`] if it does not fit, and for every later line.
    pub fn outputs(&mut self, o: Digest) -> Result<String, Full> {
        self.line(&DigestLine { o })
    }

    /// Bytes of the lines so far.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// One line, its newline included.
    fn line(&mut self, value: &impl Serialize) -> Result<String, Full> {
        let full = Full { limit: self.limit };
        if self.full {
            return Err(full);
        }
        // Keys are strings and numbers are finite, so there is nothing to fail on.
        let mut line = serde_json::to_string(value).expect("an input is representable as JSON");
        line.push('\n');
        let written = self.written + line.len() as u64;
        if written > self.limit {
            self.full = true;
            return Err(full);
        }
        self.written = written;
        Ok(line)
    }
}
