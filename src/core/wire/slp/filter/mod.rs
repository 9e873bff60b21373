//! Conditions on attributes: the predicates of version 1 and the filters of version 2
//! [slp-dhcp-snmp §3.4, §3.5]. Both become the same value; they differ in how they are written.

mod parse;
#[cfg(test)]
mod tests;

use super::text::{Pattern, Value, escape};
use super::{AttributeList, Version};

pub use super::text::SyntaxError;

/// How deep conditions may lie within each other.
pub const MAX_DEPTH: usize = 32;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// None: everything fulfils it.
    Anything,
    /// All of these.
    All(Vec<Filter>),
    /// One of these.
    Any(Vec<Filter>),
    /// Not this; version 2.
    Not(Box<Filter>),
    /// The attribute or keyword is there.
    Present(String),
    /// A value of the attribute is so.
    Compare(Comparison),
}

/// A comparison of the values of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The attribute.
    pub tag: String,
    /// How.
    pub operator: Operator,
    /// With what, as it was written.
    pub operand: String,
    /// The same as a value, and folded; read once, compared with many.
    asked: Value,
    folded: String,
    /// The same as a pattern, if it has a star and is compared for equality.
    pattern: Option<Pattern>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==` in version 1, `=` in version 2; `*` stands for anything.
    Equal,
    /// `!=`; version 1.
    Unequal,
    /// `<`; version 1.
    Less,
    /// `<=`.
    AtMost,
    /// `>`; version 1.
    Greater,
    /// `>=`.
    AtLeast,
    /// `~=`: as equality, for nobody says what it is; version 2.
    Like,
}

impl Filter {
    /// Reads a condition as a message of this version has it.
    ///
    /// # Errors
    /// A [`SyntaxError`]; also for a `*` with an order in version 2, and conditions that lie
    /// deeper than [`MAX_DEPTH`].
    pub fn parse(text: &str, version: Version) -> Result<Self, SyntaxError> {
        parse::parse(text, version)
    }

    /// A condition of ours: the attribute has this text.
    #[must_use]
    pub fn equal(tag: &str, value: &str, version: Version) -> Self {
        let operand = Value::Text(value.to_owned()).to_text(version);
        Self::Compare(Comparison::new(tag.to_owned(), Operator::Equal, operand, version))
    }

    /// An attribute, and a value that it must have for the condition to hold, folded; a store
    /// that knows who has it need not look at the rest. `None`: the condition names none such.
    #[must_use]
    pub fn needs(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare(Comparison {
                tag,
                operator: Operator::Equal,
                folded,
                pattern: None,
                ..
            }) => Some((tag, folded)),
            Self::All(parts) => parts.iter().find_map(Self::needs),
            _ => None,
        }
    }

    /// The condition as a message of the version has it in which it was read or made.
    #[must_use]
    pub fn to_text(&self, version: Version) -> String {
        let list = |sign: char, parts: &[Self]| {
            let parts: String = parts.iter().map(|part| part.to_text(version)).collect();
            format!("({sign}{parts})")
        };
        match self {
            Self::Anything => String::new(),
            Self::All(parts) => list('&', parts),
            Self::Any(parts) => list('|', parts),
            Self::Not(part) => format!("(!{})", part.to_text(version)),
            Self::Present(tag) => match version {
                Version::V1 => format!("({})", escaped_tag(tag, version)),
                Version::V2 => format!("({}=*)", escaped_tag(tag, version)),
            },
            Self::Compare(Comparison { tag, operator, operand, .. }) => {
                format!("({}{}{operand})", escaped_tag(tag, version), operator.sign(version))
            }
        }
    }

    /// These attributes fulfil it.
    #[must_use]
    pub fn matches(&self, attributes: &AttributeList) -> bool {
        match self {
            Self::Anything => true,
            Self::All(parts) => parts.iter().all(|part| part.matches(attributes)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(attributes)),
            Self::Not(part) => part.is_denied(attributes),
            Self::Present(tag) => attributes.get(tag).is_some(),
            Self::Compare(comparison) => comparison.matches(attributes, false),
        }
    }

    /// These attributes fulfil the opposite. As in the condition itself one value will do:
    /// `(!(y=0))` is true of `y=0,1` [slp-dhcp-snmp §3.2].
    fn is_denied(&self, attributes: &AttributeList) -> bool {
        match self {
            Self::Compare(comparison) => comparison.matches(attributes, true),
            Self::All(parts) => parts.iter().any(|part| part.is_denied(attributes)),
            Self::Any(parts) => parts.iter().all(|part| part.is_denied(attributes)),
            Self::Not(part) => part.matches(attributes),
            Self::Anything | Self::Present(_) => !self.matches(attributes),
        }
    }
}

/// A tag as it stands in a condition, where a sign at its beginning would be one of the condition.
fn escaped_tag(tag: &str, version: Version) -> String {
    escape(tag, version, "&|")
}

impl Operator {
    const fn sign(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Equal, Version::V1) => "==",
            (Self::Equal, Version::V2) => "=",
            (Self::Unequal, _) => "!=",
            (Self::Less, _) => "<",
            (Self::AtMost, _) => "<=",
            (Self::Greater, _) => ">",
            (Self::AtLeast, _) => ">=",
            (Self::Like, _) => "~=",
        }
    }

    fn permits(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal | Self::Like => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

impl Comparison {
    fn new(tag: String, operator: Operator, operand: String, version: Version) -> Self {
        let pattern = Pattern::parse(&operand, version);
        let equality = matches!(operator, Operator::Equal | Operator::Unequal | Operator::Like);
        let pattern = Some(pattern).filter(|pattern| equality && pattern.has_star());
        let asked = Value::parse(&operand, version);
        let folded = asked.folded();
        Self { tag, operator, operand, asked, folded, pattern }
    }

    /// A value is so, or with `denied` is not so. Without the attribute there is no value that
    /// could be; a comparison that is denied is true of it then.
    fn matches(&self, attributes: &AttributeList, denied: bool) -> bool {
        let Some(attribute) = attributes.get(&self.tag) else { return denied };
        attribute.values().any(|value| self.is_true_of(value) != denied)
    }

    fn is_true_of(&self, value: &Value) -> bool {
        if let Some(pattern) = &self.pattern {
            // Only a text can be like a pattern.
            let like = matches!(value, Value::Text(_)) && pattern.matches(&value.to_string());
            return like != (self.operator == Operator::Unequal);
        }
        match (value, &self.asked) {
            (Value::Integer(value), Value::Integer(asked)) => {
                self.operator.permits(value.cmp(asked))
            }
            (Value::Opaque(value), Value::Opaque(asked)) => self.operator.permits(value.cmp(asked)),
            // Eight digits are a number to whoever registers them as such, and text to whoever
            // asks for them with a letter, or the other way round: NetWare's CMD NETWORK
            // [cmd §12.3].
            (Value::Text(_), Value::Text(_))
            | (Value::Boolean(_), Value::Boolean(_))
            | (Value::Text(_), Value::Boolean(_))
            | (Value::Boolean(_), Value::Text(_)) => {
                self.operator.permits(value.folded().as_str().cmp(&self.folded))
            }
            // Kinds that differ are a mismatch, no error.
            _ => self.operator == Operator::Unequal,
        }
    }
}
