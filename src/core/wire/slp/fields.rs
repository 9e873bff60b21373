//! Reads the fields of a message.

use super::header::Split;
use super::{Charset, Version};
use crate::wire::{DecodeError, Reader};

/// What is left of a body, and how to read it.
pub(super) struct Fields<'a> {
    reader: Reader<'a>,
    pub(super) version: Version,
    charset: Charset,
    url_blocks: bool,
    attribute_blocks: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(split: &Split<'a>) -> Self {
        Self {
            reader: Reader::new(split.body),
            version: split.header.version,
            charset: split.header.charset,
            url_blocks: split.url_blocks,
            attribute_blocks: split.attribute_blocks,
        }
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.reader.u8(field)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.reader.u16(field)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.reader.u32(field)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.reader.u64(field)
    }

    /// A text behind its length in bytes. Every text of a body is in the character set of the
    /// message, addresses of responders too [slp-dhcp-snmp §2.1].
    pub(super) fn text(&mut self, field: &'static str) -> Result<String, DecodeError> {
        let length = usize::from(self.reader.u16(field)?);
        let bytes = self.reader.bytes(field, length)?;
        self.charset.decode(field, bytes)
    }

    /// A text, or `None` where all ones stand for its length.
    pub(super) fn text_or_all(
        &mut self,
        field: &'static str,
    ) -> Result<Option<String>, DecodeError> {
        if let [0xff, 0xff, ..] = self.reader.rest() {
            self.reader.u16(field)?;
            return Ok(None);
        }
        self.text(field).map(Some)
    }

    /// Skips the authentication of a URL.
    pub(super) fn skip_url_blocks(&mut self) -> Result<(), DecodeError> {
        match self.version {
            Version::V1 if self.url_blocks => self.skip_v1_block(),
            Version::V1 => Ok(()),
            Version::V2 => self.skip_v2_blocks(),
        }
    }

    /// Skips the authentication of an attribute list.
    pub(super) fn skip_attribute_blocks(&mut self) -> Result<(), DecodeError> {
        match self.version {
            Version::V1 if self.attribute_blocks => self.skip_v1_block(),
            Version::V1 => Ok(()),
            Version::V2 => self.skip_v2_blocks(),
        }
    }

    /// Time and kind, then the length of what follows [slp-dhcp-snmp §2.3].
    fn skip_v1_block(&mut self) -> Result<(), DecodeError> {
        const FIELD: &str = "slp.authentication";
        self.reader.bytes(FIELD, 10)?;
        let length = self.reader.u16(FIELD)?;
        self.reader.bytes(FIELD, length.into()).map(drop)
    }

    /// A number of blocks, each with the length of the whole behind its kind.
    fn skip_v2_blocks(&mut self) -> Result<(), DecodeError> {
        const FIELD: &str = "slp.authentication";
        /// Kind and length.
        const HEAD: u16 = 4;
        for _ in 0..self.reader.u8(FIELD)? {
            let _kind = self.reader.u16(FIELD)?;
            let length = self.reader.u16(FIELD)?;
            let behind = length.checked_sub(HEAD).ok_or_else(|| {
                DecodeError::out_of_range(FIELD, length.into(), HEAD.into(), u16::MAX.into())
            })?;
            self.reader.bytes(FIELD, behind.into())?;
        }
        Ok(())
    }
}
