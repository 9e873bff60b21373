//! How reserved characters are written: `&#44;` in version 1, `\2c` in version 2
//! [slp-dhcp-snmp §3.2].

use crate::wire::slp::Version;

/// Characters of version 1 that may not stand in a tag or a value as they are, and the one that
/// begins an escape.
const RESERVED_V1: &str = "(),=!></*&";
/// The same of version 2.
const RESERVED_V2: &str = "(),\\!<=>~";

/// Writes text as part of a list; `also` are characters that are reserved in its place. Blanks at
/// either end would not count if they were not escaped.
pub(crate) fn escape(text: &str, version: Version, also: &str) -> String {
    let inner = text.len() - text.trim_start().len()..text.trim_end().len();
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let reserved = match version {
            Version::V1 => RESERVED_V1.contains(c),
            Version::V2 => RESERVED_V2.contains(c) || c.is_ascii_control(),
        };
        if inner.contains(&at) && !reserved && !also.contains(c) {
            out.push(c);
            continue;
        }
        match version {
            Version::V1 => out.push_str(&format!("&#{};", u32::from(c))),
            Version::V2 => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\{byte:02x}"));
                }
            }
        }
    }
    out
}

/// Reads what [`escape`] wrote. What is no escape stays as it is: the RFC of version 1 asks for
/// that, and a registration of version 2 is better with a stray character than not there.
pub(crate) fn unescape(text: &str, version: Version) -> String {
    match version {
        Version::V1 => unescape_v1(text),
        Version::V2 => unescape_v2(text),
    }
}

fn unescape_v1(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("&#") {
        out.push_str(before);
        let code = behind.split_once(';').and_then(|(digits, after)| {
            let digits = Some(digits).filter(|it| it.bytes().all(|b| b.is_ascii_digit()))?;
            Some((char::from_u32(digits.parse().ok()?)?, after))
        });
        match code {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push_str("&#");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn unescape_v2(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits =
            (byte == b'\\').then(|| Some((hex_digit(ahead.next()?)?, hex_digit(ahead.next()?)?)));
        match digits.flatten() {
            Some((high, low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// As two texts are compared: without case, without blanks around, runs of blanks as one.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(folded(text));
    out
}

/// Two texts are the same when folded.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain(one) && plain(other) {
        return one.eq_ignore_ascii_case(other);
    }
    folded(one).eq(folded(other))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.split_whitespace().enumerate().flat_map(|(place, word)| {
        let blank = (place > 0).then_some(' ');
        blank.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}
