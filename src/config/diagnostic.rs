//! What is wrong with a configuration, said so that it can be put right.
//!
//! A [`Diagnostic`] names file, line and column, what was read, what is wrong with it and what
//! would be right. Readers and checks collect them in [`Faults`] and go on, so that all of them
//! are seen at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;

/// How long a quoted value may be, in characters, before it is cut.
const MAX_QUOTE: usize = 60;
/// How much of a line is shown, in characters.
const MAX_LINE: usize = 160;
/// How much of a long line is shown before the fault.
const LEFT_OF_MARK: usize = 60;

/// Whether a configuration with such a fault may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It cannot be used.
    Error,
    /// It can, but probably does not do what was meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was named to us.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The key's path, such as `lan.rip.interval_s`; empty for faults of TOML itself.
    pub key: String,
    /// The value as it stands there, cut at 60 characters; `None` where none is at fault.
    pub read: Option<String>,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
    /// The line's text; of a long line, the part around the fault.
    pub source: String,
    /// Where in `source` the fault begins, in characters from 0.
    pub mark: usize,
    /// How many characters from there on are at fault, at least 1.
    pub width: usize,
}

impl fmt::Display for Diagnostic {
    /// `FILE:LINE:COL: error: KEY = VALUE: what is wrong; what would be right`, then the line and
    /// a mark below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: ", self.file, self.line, self.column, self.severity)?;
        match (&self.read, self.key.is_empty()) {
            (Some(read), _) => write!(f, "{} = {read}: ", self.key)?,
            (None, false) => write!(f, "{}: ", self.key)?,
            (None, true) => {}
        }
        write!(f, "{}", self.wrong)?;
        if !self.right.is_empty() {
            write!(f, "; {}", self.right)?;
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.mark);
        let mark = "^".repeat(self.width);
        write!(f, "\n {number} | {}\n {margin} | {indent}{mark}", self.source)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(
        "{path}: cannot be read: {error}; name a readable file, {} by default",
        super::DEFAULT_FILE
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not a configuration; at least one of these is an error.
    #[error("{}", listed(.0))]
    Faulty(Vec<Diagnostic>),
}

/// Diagnostics one below the other.
#[must_use]
pub fn listed(diagnostics: &[Diagnostic]) -> String {
    let texts: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// The text of a file, and where its lines begin.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    name: &'t str,
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(name: &'t str, text: &'t str) -> Self {
        let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { name, text, line_starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// The line of `offset`, from 1.
    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// What stands at `span`, on one line and not too long.
    fn quote(&self, span: &Range<usize>) -> String {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let mut quote: String = text.chars().take(MAX_QUOTE).map(printable).collect();
        if text.chars().nth(MAX_QUOTE).is_some() {
            quote.push('…');
        }
        quote
    }
}

/// Control characters could move the cursor of a terminal: a blank stands for them.
fn printable(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// Where something stands in the file, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The key's path.
    pub(crate) key: String,
    /// The bytes at fault.
    pub(crate) span: Range<usize>,
    /// Whether the span is a value, worth quoting, and not a key or a header.
    pub(crate) is_value: bool,
}

/// A value that was read, and where.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// The faults found so far.
#[derive(Debug)]
pub(crate) struct Faults<'t> {
    source: Source<'t>,
    found: RefCell<Vec<Diagnostic>>,
    /// Lines that TOML itself could not read: what else is found there only follows from that.
    broken_lines: RefCell<BTreeSet<usize>>,
}

impl<'t> Faults<'t> {
    pub(crate) const fn new(source: Source<'t>) -> Self {
        Self {
            source,
            found: RefCell::new(Vec::new()),
            broken_lines: RefCell::new(BTreeSet::new()),
        }
    }

    /// Notes a fault of TOML itself.
    pub(crate) fn syntax(&self, span: Range<usize>, wrong: String, right: &str) {
        let place = Place { key: String::new(), span, is_value: false };
        let line = self.line(&place);
        if self.broken_lines.borrow_mut().insert(line) {
            self.push(Severity::Error, &place, wrong, right.to_owned());
        }
    }

    /// Whether TOML could not read all of it, so that nothing can be said about what is missing.
    pub(crate) fn is_partial(&self) -> bool {
        !self.broken_lines.borrow().is_empty()
    }

    /// Notes a fault without which the configuration could be used.
    pub(crate) fn error(&self, place: &Place, wrong: impl Into<String>, right: impl Into<String>) {
        self.note(Severity::Error, place, wrong.into(), right.into());
    }

    /// Notes a fault with which the configuration is used all the same.
    pub(crate) fn warning(
        &self,
        place: &Place,
        wrong: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.note(Severity::Warning, place, wrong.into(), right.into());
    }

    fn note(&self, severity: Severity, place: &Place, wrong: String, right: String) {
        if !self.broken_lines.borrow().contains(&self.line(place)) {
            self.push(severity, place, wrong, right);
        }
    }

    fn push(&self, severity: Severity, place: &Place, wrong: String, right: String) {
        let source = &self.source;
        let start = source.text.floor_char_boundary(place.span.start);
        let line = source.line(start);
        let line_start = source.line_starts.get(line - 1).copied().unwrap_or_default();
        let text = source.text.get(line_start..).and_then(|rest| rest.lines().next());
        let text = text.unwrap_or_default();
        let column = source.text.get(line_start..start).map_or(0, |left| left.chars().count());
        let marked = source.text.get(start..place.span.end).and_then(|all| all.lines().next());
        let hidden = if column < MAX_LINE / 2 { 0 } else { column - LEFT_OF_MARK };
        let mark = column - hidden;
        let width = marked.map_or(1, |text| text.chars().take(MAX_LINE - mark).count().max(1));
        self.found.borrow_mut().push(Diagnostic {
            severity,
            file: source.name.to_owned(),
            line,
            column: column + 1,
            key: place.key.clone(),
            read: place.is_value.then(|| source.quote(&place.span)),
            wrong,
            right,
            source: text.chars().skip(hidden).take(MAX_LINE).map(printable).collect(),
            mark,
            width,
        });
    }

    /// The line of `place`, from 1, to be named in a fault elsewhere.
    pub(crate) fn line(&self, place: &Place) -> usize {
        self.source.line(place.span.start)
    }

    /// Whether the configuration cannot be used.
    pub(crate) fn any_error(&self) -> bool {
        self.found.borrow().iter().any(|fault| fault.severity == Severity::Error)
    }

    /// All faults, in the order of the file.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|fault| (fault.line, fault.column));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str, span: Range<usize>) -> Diagnostic {
        let faults = Faults::new(Source::new("a.toml", text));
        faults.error(&Place { key: "key".to_owned(), span, is_value: true }, "wrong", "right");
        faults.into_diagnostics().remove(0)
    }

    #[test]
    fn columns_count_characters_and_control_characters_are_not_printed() {
        let text = "a = 1\nbüro = \"\u{1b}[31m\"\n";
        let fault = noted(text, 14..text.len() - 1);
        assert_eq!((fault.line, fault.column), (2, 8));
        let expected = "a.toml:2:8: error: key = \" [31m\": wrong; right\n \
                        2 | büro = \" [31m\"\n   |        ^^^^^^^";
        assert_eq!(fault.to_string(), expected);
    }

    #[test]
    fn of_a_long_line_the_part_around_the_fault_is_shown() {
        let text = format!("key = [{}7{}]", "1, ".repeat(1000), ", 1".repeat(1000));
        let fault = noted(&text, 3007..3008);
        assert_eq!(fault.column, 3008);
        assert_eq!(fault.source.chars().count(), MAX_LINE);
        assert_eq!(fault.source.chars().nth(fault.mark), Some('7'));
        let whole_line = noted(&text, 0..text.len());
        assert_eq!((whole_line.mark, whole_line.width), (0, MAX_LINE));
        assert_eq!(whole_line.read.map(|read| read.chars().count()), Some(MAX_QUOTE + 1));
    }

    #[test]
    fn a_place_outside_the_text_is_no_panic() {
        for span in [0..0, 5..9, 900..901] {
            assert!(!noted("a = 1\n", span).to_string().is_empty());
        }
        assert!(!noted("", 0..1).to_string().is_empty());
    }
}
