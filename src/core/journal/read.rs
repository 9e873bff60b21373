//! From lines back to inputs. An error names the line, the field, and what is wrong with it.

use std::fmt;
use std::iter::Peekable;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Digest, Head, VERSION};
use crate::Time;
use crate::router::Input;

/// What a line of a journal holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// An input.
    Input {
        /// When the router was given it.
        t: Time,
        /// What.
        input: Input,
    },
    /// What the router put out at the last input; before any input: when it was made.
    Outputs(Digest),
}

/// Why a text is no journal, or none that this release reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no line at all.
    #[error("line 1: the journal is empty; it begins with a line {{\"ipxway-journal\":1,…}}")]
    Empty,
    /// The version is one that this release does not read.
    #[error("line 1: ipxway-journal: version {found}; this release reads 1 to {}", VERSION)]
    Version {
        /// The version found.
        found: u32,
    },
    /// A line is not what it should be.
    #[error("line {line}: {field}: {reason}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// The field, as a path: `input.packet.circuit`; `.` for the line as a whole.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a journal line by line.
///
/// A last line that breaks off is how the journal of an agent that was killed ends: it is left
/// out, and [`is_cut`](Self::is_cut) says so.
pub struct Reader<L: Iterator> {
    lines: Peekable<L>,
    head: Head,
    line: usize,
    cut: bool,
}

impl<L: Iterator> fmt::Debug for Reader<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, line, cut, .. } = self;
        let mut shown = f.debug_struct("Reader");
        shown.field("head", head).field("line", line).field("cut", cut).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct AnyLine {
    t: Option<Time>,
    input: Option<Input>,
    o: Option<Digest>,
}

/// The version alone, read first: the rest of the head may be of another shape.
#[derive(Deserialize)]
struct VersionOnly {
    #[serde(rename = "ipxway-journal")]
    version: u32,
}

/// How a line could not be decoded.
struct Fault {
    field: String,
    reason: String,
    breaks_off: bool,
}

impl Fault {
    fn at(self, line: usize) -> Error {
        Error::Line { line, field: self.field, reason: self.reason }
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| Fault {
        field: error.path().to_string(),
        breaks_off: error.inner().is_eof(),
        reason: error.into_inner().to_string(),
    })
}

impl<L> Reader<L>
where
    L: Iterator,
    L::Item: AsRef<str>,
{
    /// Reads the head from the first of `lines`.
    ///
    /// # Errors
    /// If the first line is no head, or of a version that this release does not read.
    pub fn new(lines: impl IntoIterator<IntoIter = L>) -> Result<Self, Error> {
        let mut lines = lines.into_iter().peekable();
        let first = lines.next().ok_or(Error::Empty)?;
        let first = first.as_ref();
        let found = decode::<VersionOnly>(first).map_err(|fault| fault.at(1))?.version;
        if found == 0 || found > VERSION {
            return Err(Error::Version { found });
        }
        let head = decode(first).map_err(|fault| fault.at(1))?;
        Ok(Self { lines, head, line: 1, cut: false })
    }

    /// The head.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The number of the line read last, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The last line broke off and was left out.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The entry of a line; `None` if it has no field that this release knows.
    fn entry(&mut self, text: &str) -> Result<Option<Entry>, Error> {
        let line = self.line;
        let missing = |field: &str, of: &str| Error::Line {
            line,
            field: field.to_owned(),
            reason: format!("missing beside `{of}`"),
        };
        match decode::<AnyLine>(text) {
            Ok(AnyLine { t: Some(t), input: Some(input), .. }) => {
                Ok(Some(Entry::Input { t, input }))
            }
            Ok(AnyLine { t: Some(_), .. }) => Err(missing("input", "t")),
            Ok(AnyLine { input: Some(_), .. }) => Err(missing("t", "input")),
            Ok(AnyLine { o: Some(digest), .. }) => Ok(Some(Entry::Outputs(digest))),
            Ok(AnyLine { .. }) => Ok(None),
            Err(fault) if fault.breaks_off && self.lines.peek().is_none() => {
                self.cut = true;
                Ok(None)
            }
            Err(fault) => Err(fault.at(line)),
        }
    }
}

impl<L> Iterator for Reader<L>
where
    L: Iterator,
    L::Item: AsRef<str>,
{
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.lines.next()?;
            self.line += 1;
            let text = text.as_ref().trim();
            if text.is_empty() {
                continue;
            }
            if let Some(entry) = self.entry(text).transpose() {
                return Some(entry);
            }
        }
    }
}
