//! Why a message cannot be read, and why one cannot be written.

use super::ErrorCode;
use crate::wire::DecodeError;

/// Why bytes are no message that we answer as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A version that is neither 1 nor 2: dropped in silence [slp-dhcp-snmp §3.6].
    #[error("version {0}")]
    Version(u8),
    /// A function that this version does not have.
    #[error("function {0}")]
    Function(u8),
    /// A character set that we do not understand; version 1 only.
    #[error("character set {0}")]
    Charset(u16),
    /// It breaks the format.
    #[error("{0}")]
    Incorrect(#[from] DecodeError),
}

impl Refusal {
    /// What a unicast request of this kind is answered with; `None`: with nothing.
    #[must_use]
    pub const fn answer(self) -> Option<ErrorCode> {
        match self {
            Self::Version(_) => None,
            Self::Function(_) => Some(ErrorCode::MessageNotSupported),
            Self::Charset(_) => Some(ErrorCode::CharsetNotUnderstood),
            Self::Incorrect(_) => Some(ErrorCode::ParseError),
        }
    }
}

/// Why a message cannot be written. It names the field, as a [`DecodeError`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// It is longer than the format, or we, allow.
    #[error("{field}: {length} bytes, {most} at most")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its bytes, or how many entries there are.
        length: usize,
        /// As many as there may be.
        most: usize,
    },
    /// It has characters that the message's character set lacks.
    #[error("{field}: not in the character set of the message")]
    Charset {
        /// The field.
        field: &'static str,
    },
    /// The version cannot say this.
    #[error("{field}: not in this version")]
    NotInVersion {
        /// The field, or the message.
        field: &'static str,
    },
}
