//! Character sets of version 1. Version 2 is UTF-8 throughout [slp-dhcp-snmp §2.1].

use crate::wire::DecodeError;

/// A character set, by its number in IANA's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charset {
    /// 3: US-ASCII, which every agent must understand.
    Ascii,
    /// 4: ISO 8859-1.
    Latin1,
    /// 106: UTF-8.
    Utf8,
    /// 1000: two bytes a character, big-endian; NetWare sends it.
    Ucs2,
    /// 1001: four bytes a character, big-endian.
    Ucs4,
}

/// Some senders begin a text with it; it is none of the text. Inferred: NetWare does not.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Charset {
    /// All that are understood.
    pub const ALL: [Self; 5] = [Self::Ascii, Self::Latin1, Self::Utf8, Self::Ucs2, Self::Ucs4];

    /// The set of this number; `None` if we do not understand it.
    #[must_use]
    pub fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|charset| charset.number() == number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Ascii => 3,
            Self::Latin1 => 4,
            Self::Utf8 => 106,
            Self::Ucs2 => 1000,
            Self::Ucs4 => 1001,
        }
    }

    /// Whether every character of `text` can be written in it.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Ascii => text.is_ascii(),
            Self::Latin1 => text.chars().all(|c| u8::try_from(c).is_ok()),
            Self::Ucs2 => text.chars().all(|c| u16::try_from(u32::from(c)).is_ok()),
            Self::Utf8 | Self::Ucs4 => true,
        }
    }

    /// The text that `bytes` spell.
    ///
    /// Inferred: bytes above 7F in US-ASCII are read as ISO 8859-1, for a server that puts the
    /// letters of its code page there still means a name.
    pub(in crate::wire) fn decode(
        self,
        field: &'static str,
        bytes: &[u8],
    ) -> Result<String, DecodeError> {
        match self {
            Self::Ascii | Self::Latin1 => Ok(bytes.iter().copied().map(char::from).collect()),
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(error) => {
                    let wrong = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                    Err(DecodeError::undefined(field, wrong))
                }
            },
            Self::Ucs2 => wide(field, bytes, |pairs: &[[u8; 2]]| {
                let units = pairs.iter().copied().map(u16::from_be_bytes);
                let decoded = char::decode_utf16(units);
                decoded.map(|c| c.map_err(|lone| lone.unpaired_surrogate().into())).collect()
            }),
            Self::Ucs4 => wide(field, bytes, |quads: &[[u8; 4]]| {
                let codes = quads.iter().copied().map(u32::from_be_bytes);
                codes.map(|code| char::from_u32(code).ok_or(code)).collect()
            }),
        }
    }

    /// Appends `text`; `None` if it has characters that this set lacks.
    pub(super) fn encode(self, text: &str, out: &mut Vec<u8>) -> Option<()> {
        if !self.holds(text) {
            return None;
        }
        match self {
            Self::Ascii | Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Latin1 => out.extend(text.chars().filter_map(|c| u8::try_from(c).ok())),
            Self::Ucs2 => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Self::Ucs4 => out.extend(text.chars().flat_map(|c| u32::from(c).to_be_bytes())),
        }
        Some(())
    }
}

/// Text of `N` bytes a unit: none may be left over.
fn wide<const N: usize>(
    field: &'static str,
    bytes: &[u8],
    decode: impl Fn(&[[u8; N]]) -> Result<String, u32>,
) -> Result<String, DecodeError> {
    let (units, left) = bytes.as_chunks::<N>();
    if !left.is_empty() {
        return Err(DecodeError::truncated(field, N, left.len()));
    }
    let text = decode(units).map_err(|code| DecodeError::undefined(field, code))?;
    Ok(text.trim_start_matches(BYTE_ORDER_MARK).to_owned())
}
