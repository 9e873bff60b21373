//! The strings in messages [slp-dhcp-snmp §3]. Both versions have the same kinds of them, with
//! other reserved characters and another way to escape these.

mod attribute;
mod escape;
mod lists;
mod pattern;
mod service;
#[cfg(test)]
mod tests;
mod value;

pub use attribute::{Attribute, AttributeList, Inconsistent, TagList};
pub(super) use attribute::{add_scopes, take_scopes};
pub(crate) use escape::fold;
pub(super) use escape::{escape, unescape};
pub use lists::{Responders, ScopeList, is_scope_name};
pub use pattern::Pattern;
pub(crate) use service::without_prefix;
pub use service::{ServiceType, ServiceUrl};
pub use value::{Kind, Value};

/// Why a string cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wrong} at character {at}")]
pub struct SyntaxError {
    /// What is wrong: "a bracket that is not closed".
    pub wrong: &'static str,
    /// Where, in bytes from the beginning.
    pub at: usize,
}

impl SyntaxError {
    pub(super) const fn new(wrong: &'static str, at: usize) -> Self {
        Self { wrong, at }
    }
}
