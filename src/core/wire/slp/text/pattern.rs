//! Texts with `*` for anything.

use super::escape::{fold, unescape};
use crate::wire::slp::Version;

/// A text to compare with, in which `*` may stand for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the stars, as it is compared; one part: no star.
    parts: Vec<String>,
}

impl Pattern {
    /// Reads a pattern as it stands in a filter or a list of tags: a star that is escaped is one
    /// of the text.
    #[must_use]
    pub fn parse(written: &str, version: Version) -> Self {
        let stars = written.contains('*');
        let part = |part: &str| {
            let part = unescape(part, version);
            // Blanks beside a star count: `a *` is not `a*`.
            if stars { part.to_lowercase() } else { fold(&part) }
        };
        Self { parts: written.trim().split('*').map(part).collect() }
    }

    /// It has a star.
    #[must_use]
    pub fn has_star(&self) -> bool {
        self.parts.len() > 1
    }

    /// It is `*` alone: whatever there is.
    #[must_use]
    pub fn is_star(&self) -> bool {
        self.has_star() && self.parts.iter().all(String::is_empty)
    }

    /// The text is one of those that it stands for.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = fold(text);
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_none_or(|only| *only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}
