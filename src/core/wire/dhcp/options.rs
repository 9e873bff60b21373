//! The list of options.

use std::collections::BTreeMap;

use crate::wire::{DecodeError, Reader};

/// Numbers of options.
pub mod code {
    /// Fills up; no length follows.
    pub const PAD: u8 = 0;
    /// Options go on in the fields for file and server names.
    pub const OVERLOAD: u8 = 52;
    /// Which message it is.
    pub const MESSAGE_TYPE: u8 = 53;
    /// Which server answers.
    pub const SERVER: u8 = 54;
    /// Which options are wanted.
    pub const WANTED: u8 = 55;
    /// The longest answer that is taken.
    pub const LONGEST: u8 = 57;
    /// The domain of NetWare/IP.
    pub const NETWARE_DOMAIN: u8 = 62;
    /// What NetWare/IP and the CMD networks want to know.
    pub const NETWARE: u8 = 63;
    /// Directory agents of SLP.
    pub const DIRECTORY_AGENTS: u8 = 78;
    /// Scopes of SLP.
    pub const SCOPES: u8 = 79;
    /// The list ends; no length follows.
    pub const END: u8 = 255;
}

/// The longest value behind one length byte.
const LONGEST_PIECE: usize = 255;

/// The options of a message, those that came in pieces put together again (RFC 3396).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<u8, Vec<u8>>);

impl Options {
    /// The value of an option; `None` if it is not there.
    #[must_use]
    pub fn get(&self, code: u8) -> Option<&[u8]> {
        self.0.get(&code).map(Vec::as_slice)
    }

    /// The value of an option that has a fixed size.
    #[must_use]
    pub fn fixed<const N: usize>(&self, code: u8) -> Option<[u8; N]> {
        self.get(code)?.try_into().ok()
    }

    /// The same with this option, whose value may have any length.
    #[must_use]
    pub fn with(mut self, code: u8, value: &[u8]) -> Self {
        self.0.insert(code, value.to_vec());
        self
    }

    /// Takes in a list.
    ///
    /// # Errors
    /// A length beyond the end. What lies behind the end mark is not looked at, and a list without
    /// one ends with its bytes.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        const FIELD: &str = "dhcp.option";
        let mut reader = Reader::new(bytes);
        while let Some(&code) = reader.rest().first() {
            reader.u8(FIELD)?;
            match code {
                code::PAD => {}
                code::END => break,
                _ => {
                    let length = reader.u8(FIELD)?;
                    let value = reader.bytes(FIELD, length.into())?;
                    self.0.entry(code).or_default().extend_from_slice(value);
                }
            }
        }
        Ok(())
    }

    /// Writes the list with its end mark, in the order of codes; a long value in pieces.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (&code, value) in &self.0 {
            let mut pieces = value.chunks(LONGEST_PIECE);
            // An option without a value is one all the same.
            let first = pieces.next().unwrap_or_default();
            for piece in std::iter::once(first).chain(pieces) {
                out.push(code);
                out.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
                out.extend_from_slice(piece);
            }
        }
        out.push(code::END);
    }
}
