//! Why bytes are not what they should be: the field, and what is wrong with it.

use std::fmt;

/// A packet that cannot be decoded. It names the first field that rules it out.
///
/// Such an error never travels: where a packet is received it becomes a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct DecodeError {
    /// The field, as `layer.name`: `ipx.length`, `rip.operation`.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The field, or what it announces, does not fit into the bytes there are.
    Truncated {
        /// Bytes needed.
        need: usize,
        /// Bytes there.
        have: usize,
    },
    /// The value is none that the format defines, or that we speak.
    Undefined(u64),
    /// The value is defined, but outside its range.
    OutOfRange {
        /// The value.
        value: u64,
        /// The least allowed.
        least: u64,
        /// The greatest allowed.
        greatest: u64,
    },
}

impl DecodeError {
    /// `field` needs `need` bytes and there are `have`.
    #[must_use]
    pub const fn truncated(field: &'static str, need: usize, have: usize) -> Self {
        Self { field, reason: Reason::Truncated { need, have } }
    }

    /// `field` holds a value that has no meaning here.
    #[must_use]
    pub fn undefined(field: &'static str, value: impl Into<u64>) -> Self {
        Self { field, reason: Reason::Undefined(value.into()) }
    }

    /// `field` holds a value outside `least..=greatest`.
    #[must_use]
    pub fn out_of_range(field: &'static str, value: u64, least: u64, greatest: u64) -> Self {
        Self { field, reason: Reason::OutOfRange { value, least, greatest } }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { need, have } => write!(f, "needs {need} bytes, has {have}"),
            Self::Undefined(value) => write!(f, "undefined value {value:#x}"),
            Self::OutOfRange { value, least, greatest } => {
                write!(f, "{value} is outside {least} to {greatest}")
            }
        }
    }
}
