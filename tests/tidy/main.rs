//! The house rules, as tests: what reviewers would otherwise have to look for.
//!
//! Each rule is a function from sources to faults, has one test that applies it to this tree, and
//! one that shows it can fail. A fault prints as `file:line: what is wrong and what would be
//! right`. Formatting is rustfmt's, bans of types are clippy's, dependencies are cargo-deny's;
//! the rest is here.

mod captures;
mod citations;
mod documents;
mod fences;
mod lexer;
mod manual;
mod reach;
mod shape;
mod text;
mod tree;

use std::fmt;

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    path: String,
    line: usize,
    says: String,
}

impl Fault {
    fn new(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.says)
    }
}

/// Fails with all faults, one a line.
#[track_caller]
fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{} places break this rule:\n{}", faults.len(), lines.join("\n"));
}
