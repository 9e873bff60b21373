//! Writes the fields of a message.

use super::{Charset, EncodeError, Version};

/// A message in the making.
pub(super) struct Writer {
    out: Vec<u8>,
    pub(super) version: Version,
    charset: Charset,
}

impl Writer {
    pub(super) const fn new(version: Version, charset: Charset) -> Self {
        Self { out: Vec::new(), version, charset }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// Where a message of version 2 tells of its first extension.
    pub(super) fn put_extension(&mut self, at: usize) {
        let [.., a, b, c] = at.to_be_bytes();
        if let [_, _, _, _, _, _, _, high, middle, low, ..] = self.out.as_mut_slice() {
            (*high, *middle, *low) = (a, b, c);
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// A text behind its length in bytes.
    pub(super) fn text(&mut self, field: &'static str, text: &str) -> Result<(), EncodeError> {
        let mut bytes = Vec::with_capacity(text.len());
        // Headers of version 1 have no text, so this is the character set of all.
        self.charset.encode(text, &mut bytes).ok_or(EncodeError::Charset { field })?;
        self.count(field, bytes.len())?;
        self.bytes(&bytes);
        Ok(())
    }

    /// A number of bytes or entries, in two bytes.
    pub(super) fn count(&mut self, field: &'static str, count: usize) -> Result<(), EncodeError> {
        let most = usize::from(u16::MAX);
        let told = u16::try_from(count);
        let told = told.map_err(|_| EncodeError::TooLong { field, length: count, most })?;
        self.u16(told);
        Ok(())
    }
}
