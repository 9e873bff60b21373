//! Text to conditions.

use super::{Comparison, Filter, MAX_DEPTH, Operator, SyntaxError};
use crate::wire::slp::Version;
use crate::wire::slp::text::{Pattern, unescape};

/// They enclose conditions, and stand in none unless they are escaped.
const BRACKETS: [char; 2] = ['(', ')'];

pub(super) fn parse(text: &str, version: Version) -> Result<Filter, SyntaxError> {
    let mut parser = Parser { text, at: 0, version };
    parser.blanks();
    if parser.is_over() {
        return Ok(Filter::Anything);
    }
    let filter = match version {
        Version::V1 if !text.trim_start().starts_with('(') => parser.joined()?,
        Version::V1 | Version::V2 => parser.bracketed(0)?,
    };
    parser.blanks();
    if parser.is_over() { Ok(filter) } else { Err(parser.error("something behind the end")) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    version: Version,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.rest().is_empty()
    }

    fn error(&self, wrong: &'static str) -> SyntaxError {
        SyntaxError::new(wrong, self.at)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn expect(&mut self, sign: char, wrong: &'static str) -> Result<(), SyntaxError> {
        if self.take(sign) { Ok(()) } else { Err(self.error(wrong)) }
    }

    /// `(...)`
    fn bracketed(&mut self, depth: usize) -> Result<Filter, SyntaxError> {
        if depth == MAX_DEPTH {
            return Err(self.error("too many brackets within each other"));
        }
        self.blanks();
        self.expect('(', "no bracket")?;
        self.blanks();
        // `&#` begins an escape of version 1.
        let escape = self.version == Version::V1 && self.rest().starts_with("&#");
        let filter = if !escape && self.take('&') {
            Filter::All(self.several(depth)?)
        } else if self.take('|') {
            Filter::Any(self.several(depth)?)
        } else if self.version == Version::V2 && self.take('!') {
            let filter = Filter::Not(Box::new(self.bracketed(depth + 1)?));
            self.blanks();
            filter
        } else {
            let end = self.rest().find(')').unwrap_or(self.rest().len());
            let item = self.rest().get(..end).unwrap_or_default();
            // The bytes of version 1 have brackets of their own.
            let end = match opaque_end(item, self.rest()) {
                Some(end) if self.version == Version::V1 => end,
                _ => end,
            };
            let item = self.rest().get(..end).unwrap_or_default();
            let filter = self.item(item)?;
            self.at += end;
            filter
        };
        self.expect(')', "a bracket that is not closed")?;
        Ok(filter)
    }

    /// One or more conditions behind `&` or `|`.
    fn several(&mut self, depth: usize) -> Result<Vec<Filter>, SyntaxError> {
        let mut parts = Vec::new();
        self.blanks();
        while self.rest().starts_with('(') {
            parts.push(self.bracketed(depth + 1)?);
            self.blanks();
        }
        if parts.is_empty() { Err(self.error("no condition")) } else { Ok(parts) }
    }

    /// `tag==value, keyword, tag>=3`: all must hold; version 1.
    fn joined(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = Vec::new();
        for item in self.rest().split(',') {
            parts.push(self.item(item)?);
        }
        self.at = self.text.len();
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Filter::All(parts),
        })
    }

    /// `tag op value`, or a keyword in version 1.
    fn item(&self, item: &str) -> Result<Filter, SyntaxError> {
        let signs: &[char] = match self.version {
            Version::V1 => &['=', '!', '<', '>'],
            Version::V2 => &['=', '!', '<', '>', '~'],
        };
        let Some(at) = item.find(signs) else {
            if item.contains(BRACKETS) {
                return Err(self.error("a bracket that is not escaped"));
            }
            let keyword = unescape(item.trim(), self.version);
            if keyword.is_empty() || self.version == Version::V2 {
                return Err(self.error("no comparison"));
            }
            return Ok(Filter::Present(keyword));
        };
        let (tag, rest) = item.split_at(at);
        if tag.contains(BRACKETS) {
            return Err(self.error("a bracket that is not escaped"));
        }
        let tag = unescape(tag.trim(), self.version);
        if tag.is_empty() {
            return Err(self.error("no tag"));
        }
        let (operator, operand) = self.operator(rest)?;
        let operand = operand.trim();
        // The bytes of version 1 have brackets of their own.
        let bytes = operand.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        let inner = bytes.filter(|_| self.version == Version::V1).unwrap_or(operand);
        if inner.contains(BRACKETS) {
            return Err(self.error("a bracket that is not escaped"));
        }
        if operand.is_empty() {
            return Err(self.error("nothing to compare with"));
        }
        // Without the blank before it, it would be part of the operator.
        if operand.starts_with('=') {
            return Err(self.error("a sign that is not escaped"));
        }
        let pattern = Pattern::parse(operand, self.version);
        let equality = matches!(operator, Operator::Equal | Operator::Unequal | Operator::Like);
        if self.version == Version::V2 && pattern.has_star() && !equality {
            return Err(self.error("a star with an order"));
        }
        if self.version == Version::V2 && pattern.is_star() {
            return Ok(Filter::Present(tag));
        }
        Ok(Filter::Compare(Comparison::new(tag, operator, operand.to_owned(), self.version)))
    }

    /// The operator that `text` begins with. `=` counts as `==` in version 1, where the RFC's own
    /// example has it, and `==` as `=` in version 2, where NetWare wrote it
    /// [slp-dhcp-snmp §3.4, §3.5].
    fn operator<'t>(&self, text: &'t str) -> Result<(Operator, &'t str), SyntaxError> {
        const BOTH: [(&str, Operator); 4] = [
            ("==", Operator::Equal),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("=", Operator::Equal),
        ];
        const V1: [(&str, Operator); 3] =
            [("!=", Operator::Unequal), ("<", Operator::Less), (">", Operator::Greater)];
        const V2: [(&str, Operator); 1] = [("~=", Operator::Like)];
        let own: &[_] = match self.version {
            Version::V1 => &V1,
            Version::V2 => &V2,
        };
        let mut all = BOTH.iter().chain(own);
        all.find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
            .ok_or_else(|| self.error("no operator of this version"))
    }
}

/// Where an item ends whose value is `(length:bytes)`.
fn opaque_end(item: &str, rest: &str) -> Option<usize> {
    let open = item.find('(')?;
    let value = rest.get(open..)?;
    let close = value.find(')')?;
    Some(open + close + 1)
}
