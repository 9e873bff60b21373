//! Values of attributes and their kinds [slp-dhcp-snmp §3.2].

use std::fmt;

use super::escape::{escape, fold, hex_digit, unescape};
use crate::wire::slp::Version;

/// What a value is. It follows from how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A whole number of 32 bits.
    Integer,
    /// `TRUE` or `FALSE`, in whatever case.
    Boolean,
    /// Bytes: `\FF\00\01` in version 2, `(2:AAE=)` in version 1.
    Opaque,
    /// Everything else.
    Text,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Integer(i32),
    /// True or false.
    Boolean(bool),
    /// Bytes.
    Opaque(Vec<u8>),
    /// Text, without escapes and blanks around it.
    Text(String),
}

impl Value {
    /// Reads a value as it stands in a list.
    #[must_use]
    pub fn parse(written: &str, version: Version) -> Self {
        let written = written.trim();
        if let Some(bytes) = opaque(written, version) {
            return Self::Opaque(bytes);
        }
        match whole(written) {
            Some(number) => Self::Integer(number),
            None if written.eq_ignore_ascii_case("true") => Self::Boolean(true),
            None if written.eq_ignore_ascii_case("false") => Self::Boolean(false),
            None => Self::Text(unescape(written, version)),
        }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Integer(_) => Kind::Integer,
            Self::Boolean(_) => Kind::Boolean,
            Self::Opaque(_) => Kind::Opaque,
            Self::Text(_) => Kind::Text,
        }
    }

    /// The value as a list has it.
    #[must_use]
    pub fn to_text(&self, version: Version) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Boolean(value) => match version {
                Version::V1 => value.to_string().to_uppercase(),
                Version::V2 => value.to_string(),
            },
            Self::Opaque(bytes) => match version {
                Version::V1 => format!("({}:{})", bytes.len(), base64(bytes)),
                Version::V2 => {
                    let digits = bytes.iter().map(|byte| format!("\\{byte:02x}"));
                    std::iter::once("\\ff".to_owned()).chain(digits).collect()
                }
            },
            Self::Text(text) => escape(text, version, ""),
        }
    }

    /// As it is compared with others of its kind.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.to_string())
    }
}

impl fmt::Display for Value {
    /// Without escapes; bytes as hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Opaque(bytes) => f.pad(&hex::encode(bytes)),
            Self::Text(text) => f.pad(text),
        }
    }
}

/// A whole number as both versions write it: no plus, no more than 32 bits.
fn whole(written: &str) -> Option<i32> {
    let digits = written.strip_prefix('-').unwrap_or(written);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| written.parse().ok()).flatten()
}

fn opaque(written: &str, version: Version) -> Option<Vec<u8>> {
    match version {
        Version::V1 => {
            let (length, data) = written.strip_prefix('(')?.strip_suffix(')')?.split_once(':')?;
            let bytes = from_base64(data)?;
            (length.trim().parse() == Ok(bytes.len())).then_some(bytes)
        }
        Version::V2 => {
            let (mark, rest) = written.split_at_checked(3)?;
            if !mark.eq_ignore_ascii_case("\\ff") {
                return None;
            }
            let (triples, left) = rest.as_bytes().as_chunks::<3>();
            let byte = |&[mark, high, low]: &[u8; 3]| {
                (mark == b'\\').then_some(())?;
                Some(hex_digit(high)? << 4 | hex_digit(low)?)
            };
            left.is_empty().then(|| triples.iter().map(byte).collect())?
        }
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = bits >> (18 - 6 * place) & 0x3f;
            let digit = DIGITS.get(index as usize).copied().unwrap_or(b'=');
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let body = plain.strip_suffix(b"==").or_else(|| plain.strip_suffix(b"=")).unwrap_or(&plain);
    if !plain.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() * 3 / 4);
    for chunk in body.chunks(4) {
        let mut bits = 0_u32;
        for digit in chunk {
            let index = DIGITS.iter().position(|known| known == digit)?;
            bits = bits << 6 | u32::try_from(index).ok()?;
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(chunk.len() * 3 / 4));
    }
    Some(out)
}
