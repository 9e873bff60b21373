//! The header of both versions [slp-dhcp-snmp §2.1].

use std::fmt;

use super::writer::Writer;
use super::{Charset, EncodeError, MAX_MESSAGE, Refusal, Version};
use crate::wire::{DecodeError, Reader};

/// Bytes of a header of version 1.
const V1_LEN: usize = 12;
/// Bytes of a header of version 2 with an empty language tag.
const V2_LEN: usize = 14;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names of the RFCs; `Body` says what each is")]
pub enum Function {
    SrvRqst = 1,
    SrvRply = 2,
    SrvReg = 3,
    SrvDereg = 4,
    SrvAck = 5,
    AttrRqst = 6,
    AttrRply = 7,
    DaAdvert = 8,
    SrvTypeRqst = 9,
    SrvTypeRply = 10,
    SaAdvert = 11,
    AntiEtrpRqst = 12,
}

/// Flags of a header. Each version ignores those of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The answer is longer than a datagram: ask by TCP.
    pub overflow: bool,
    /// In a SrvReg of version 2: this is all that is to be known of the service. In a SrvAck of
    /// version 1: a new entry was made. Neither written nor read elsewhere in version 1.
    pub fresh: bool,
    /// Version 2: a request that went to a group. Version 1 has no such flag.
    pub multicast: bool,
    /// Version 1: no other language will do.
    pub monolingual: bool,
}

/// A language tag: `en`, `en-US` in version 2, always two letters in version 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

/// The header of a message. What it says of lengths and extensions is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version.
    pub version: Version,
    /// The flags.
    pub flags: Flags,
    /// Tells which request an answer belongs to.
    pub xid: u16,
    /// The language of the texts.
    pub language: Language,
    /// How texts are written; always UTF-8 in version 2.
    pub charset: Charset,
}

/// A message, taken apart at its lengths.
pub(super) struct Split<'a> {
    pub(super) header: Header,
    pub(super) function: Function,
    /// Version 1: authentication blocks follow each URL, and each attribute list.
    pub(super) url_blocks: bool,
    pub(super) attribute_blocks: bool,
    /// Up to the first extension.
    pub(super) body: &'a [u8],
    /// The message as long as it says it is: what stands behind is not read.
    pub(super) message: &'a [u8],
    /// Where the first extension stands, from the start of the message; 0: there is none.
    pub(super) extension: usize,
}

impl Function {
    /// The function of this number in `version`.
    #[must_use]
    pub const fn of(version: Version, number: u8) -> Option<Self> {
        Some(match (number, version) {
            (1, _) => Self::SrvRqst,
            (2, _) => Self::SrvRply,
            (3, _) => Self::SrvReg,
            (4, _) => Self::SrvDereg,
            (5, _) => Self::SrvAck,
            (6, _) => Self::AttrRqst,
            (7, _) => Self::AttrRply,
            (8, _) => Self::DaAdvert,
            (9, _) => Self::SrvTypeRqst,
            (10, _) => Self::SrvTypeRply,
            (11, Version::V2) => Self::SaAdvert,
            (12, Version::V2) => Self::AntiEtrpRqst,
            _ => return None,
        })
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl Flags {
    fn of_v1(byte: u8, function: Function) -> Self {
        Self {
            overflow: byte & 0x80 != 0,
            monolingual: byte & 0x40 != 0,
            fresh: byte & 0x08 != 0 && function == Function::SrvAck,
            multicast: false,
        }
    }

    fn of_v2(word: u16) -> Self {
        Self {
            overflow: word & 0x8000 != 0,
            fresh: word & 0x4000 != 0,
            multicast: word & 0x2000 != 0,
            monolingual: false,
        }
    }

    fn to_v1(self, function: Function) -> u8 {
        let fresh = self.fresh && function == Function::SrvAck;
        u8::from(self.overflow) << 7 | u8::from(self.monolingual) << 6 | u8::from(fresh) << 3
    }

    fn to_v2(self) -> u16 {
        let Self { overflow, fresh, multicast, .. } = self;
        u16::from(overflow) << 15 | u16::from(fresh) << 14 | u16::from(multicast) << 13
    }
}

impl Language {
    /// A language by its tag.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        Self(tag.to_owned())
    }

    /// What we send.
    #[must_use]
    pub fn english() -> Self {
        Self::new("en")
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }

    /// The tag without the dialect: `en` of `en-US`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// Whether a text in the one will do for a reader of the other: dialects do not matter
    /// [slp-dhcp-snmp §3.5].
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.primary().eq_ignore_ascii_case(other.primary())
    }

    /// The two bytes of version 1: the first two letters, blanks where there are none.
    fn to_v1(&self) -> [u8; 2] {
        let mut letters = self.0.chars().map(|c| u8::try_from(c).unwrap_or(b' '));
        [(); 2].map(|()| letters.next().unwrap_or(b' '))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Header {
    /// A header without flags, in English; of version 1 in US-ASCII.
    #[must_use]
    pub fn new(version: Version, xid: u16) -> Self {
        let charset = match version {
            Version::V1 => Charset::Ascii,
            Version::V2 => Charset::Utf8,
        };
        Self { version, flags: Flags::default(), xid, language: Language::english(), charset }
    }

    /// The header of an answer: XID, language and character set of the request, no flags.
    #[must_use]
    pub fn answer(&self) -> Self {
        Self { flags: Flags::default(), ..self.clone() }
    }

    /// Reads the header alone, for an answer to a request that is wrong behind it.
    ///
    /// # Errors
    /// A [`Refusal`]: then there is nothing to answer under, but for a [`Refusal::Charset`], which
    /// version 1 answers in US-ASCII under [`xid_of_v1`](Self::xid_of_v1).
    pub fn decode(bytes: &[u8]) -> Result<(Self, Function), Refusal> {
        Split::new(bytes).map(|split| (split.header, split.function))
    }

    /// The XID of a message of version 1, whatever its character set.
    #[must_use]
    pub fn xid_of_v1(bytes: &[u8]) -> Option<u16> {
        let (head, _) = bytes.split_first_chunk::<V1_LEN>()?;
        let [1, .., high, low] = *head else { return None };
        Some(u16::from_be_bytes([high, low]))
    }

    /// Begins a message; [`finish`] fills in its length.
    pub(super) fn begin(&self, function: Function) -> Result<Writer, EncodeError> {
        let mut writer = Writer::new(self.version, self.charset);
        match self.version {
            Version::V1 => {
                writer.bytes(&[1, function.number(), 0, 0, self.flags.to_v1(function), 0]);
                writer.bytes(&self.language.to_v1());
                writer.u16(self.charset.number());
                writer.u16(self.xid);
            }
            Version::V2 => {
                writer.bytes(&[2, function.number(), 0, 0, 0]);
                writer.u16(self.flags.to_v2());
                writer.bytes(&[0, 0, 0]);
                writer.u16(self.xid);
                writer.text("slp.language", &self.language.0)?;
            }
        }
        Ok(writer)
    }
}

/// The total length that the first bytes of a message tell; `None` while they are too few.
pub(super) fn told_len(bytes: &[u8]) -> Result<Option<(Version, usize)>, Refusal> {
    let told = match *bytes {
        [] | [1] | [1, _] | [1, _, _] => return Ok(None),
        [2] | [2, _] | [2, _, _] | [2, _, _, _] => return Ok(None),
        [1, _, high, low, ..] => (Version::V1, usize::from(u16::from_be_bytes([high, low]))),
        [2, _, a, b, c, ..] => {
            let length = u32::from_be_bytes([0, a, b, c]);
            (Version::V2, usize::try_from(length).unwrap_or(usize::MAX))
        }
        [version, ..] => return Err(Refusal::Version(version)),
    };
    let (version, length) = told;
    let least = if version == Version::V1 { V1_LEN } else { V2_LEN };
    if !(least..=MAX_MESSAGE).contains(&length) {
        let [value, least, most] =
            [length, least, MAX_MESSAGE].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
        return Err(DecodeError::out_of_range("slp.length", value, least, most).into());
    }
    Ok(Some((version, length)))
}

impl<'a> Split<'a> {
    /// Checks the header and its lengths.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let short = DecodeError::truncated("slp.header", V1_LEN, bytes.len());
        let (version, length) = told_len(bytes)?.ok_or(short)?;
        let message =
            bytes.get(..length).ok_or(DecodeError::truncated("slp.length", length, bytes.len()))?;
        match version {
            Version::V1 => Self::of_v1(message),
            Version::V2 => Self::of_v2(message),
        }
    }

    fn of_v1(message: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(message);
        let [_, function, _, _, flags, _dialect] = reader.array::<6>("slp.header")?;
        let function = Function::of(Version::V1, function).ok_or(Refusal::Function(function))?;
        let language = reader.array::<2>("slp.language")?.map(char::from);
        let number = reader.u16("slp.charset")?;
        let xid = reader.u16("slp.xid")?;
        let charset = Charset::of(number).ok_or(Refusal::Charset(number))?;
        let language = Language(language.into_iter().collect());
        let (version, flags_of) = (Version::V1, Flags::of_v1(flags, function));
        Ok(Self {
            header: Header { version, flags: flags_of, xid, language, charset },
            function,
            url_blocks: flags & 0x20 != 0,
            attribute_blocks: flags & 0x10 != 0,
            body: reader.rest(),
            message,
            extension: 0,
        })
    }

    fn of_v2(message: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(message);
        let [_, function, _, _, _, high, low, a, b, c] = reader.array::<10>("slp.header")?;
        let function = Function::of(Version::V2, function).ok_or(Refusal::Function(function))?;
        let xid = reader.u16("slp.xid")?;
        let length = usize::from(reader.u16("slp.language")?);
        let tag = reader.bytes("slp.language", length)?;
        let language = Language(Charset::Utf8.decode("slp.language", tag)?);
        let body = reader.rest();
        let told = u32::from_be_bytes([0, a, b, c]);
        let extension = usize::try_from(told).unwrap_or(usize::MAX);
        let begins = message.len() - body.len();
        let body = match extension {
            0 => body,
            at => {
                let outside = || {
                    let [least, most] = [begins, message.len()].map(|n| n as u64);
                    DecodeError::out_of_range("slp.extension", told.into(), least, most)
                };
                at.checked_sub(begins).and_then(|end| body.get(..end)).ok_or_else(outside)?
            }
        };
        let flags = Flags::of_v2(u16::from_be_bytes([high, low]));
        let (version, charset) = (Version::V2, Charset::Utf8);
        Ok(Self {
            header: Header { version, flags, xid, language, charset },
            function,
            url_blocks: false,
            attribute_blocks: false,
            body,
            message,
            extension,
        })
    }
}

/// Fills in the length of a message that is written.
pub(super) fn finish(version: Version, mut message: Vec<u8>) -> Result<Vec<u8>, EncodeError> {
    let length = message.len();
    let most = if version == Version::V1 { usize::from(u16::MAX) } else { MAX_MESSAGE };
    let told = u32::try_from(length).ok().filter(|_| length <= most);
    let Some([_, a, b, c]) = told.map(u32::to_be_bytes) else {
        return Err(EncodeError::TooLong { field: "slp.length", length, most });
    };
    match (version, message.as_mut_slice()) {
        (Version::V1, [_, _, high, low, ..]) => (*high, *low) = (b, c),
        (Version::V2, [_, _, high, middle, low, ..]) => (*high, *middle, *low) = (a, b, c),
        _ => {}
    }
    Ok(message)
}
