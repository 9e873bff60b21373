//! Attribute lists and tag lists [slp-dhcp-snmp §3.2, §3.7].

use std::collections::BTreeSet;

use super::escape::{escape, same, unescape};
use super::{Pattern, ScopeList, SyntaxError, Value};
use crate::wire::slp::Version;

/// The attribute that holds the scopes of a registration of version 1.
const SCOPE: &str = "SCOPE";
/// Attributes of a list that are read. Nobody has so many.
const MOST: usize = 1_024;

/// An attribute: a tag with values, or a keyword, which has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    tag: String,
    values: Vec<Value>,
}

/// A list of attributes, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeList(Vec<Attribute>);

/// Values of two kinds in one attribute, or several booleans: an invalid registration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute {0} has values of several kinds")]
pub struct Inconsistent(pub String);

impl Attribute {
    /// An attribute of ours with one text.
    #[must_use]
    pub fn new(tag: &str, value: &str) -> Self {
        Self { tag: tag.to_owned(), values: vec![Value::Text(value.to_owned())] }
    }

    /// An attribute of ours with these texts.
    pub fn of_texts(tag: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values = values.into_iter().map(Value::Text).collect();
        Self { tag: tag.to_owned(), values }
    }

    /// The tag, as it was spelled.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Its values; none: a keyword.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    /// It is called so, in whatever case and with whatever blanks.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        same(&self.tag, tag)
    }

    fn to_text(&self, version: Version) -> String {
        let also = match version {
            Version::V1 => "",
            Version::V2 => "*_\r\n\t",
        };
        let tag = escape(&self.tag, version, also);
        if self.values.is_empty() {
            return tag;
        }
        let values: Vec<String> = self.values.iter().map(|value| value.to_text(version)).collect();
        format!("({tag}={})", values.join(","))
    }
}

impl AttributeList {
    /// A list of these.
    #[must_use]
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self(attributes)
    }

    /// Reads `(tag=value,value),keyword,(tag=value)`. Blanks around tags and values do not count.
    ///
    /// # Errors
    /// A [`SyntaxError`]: a bracket that is not closed, or something behind one that is.
    pub fn parse(text: &str, version: Version) -> Result<Self, SyntaxError> {
        let mut list = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.trim().is_empty()) {
            if list.len() >= MOST {
                return Err(SyntaxError::new("too many attributes", at));
            }
            let begin = at + (rest.len() - rest.trim_start().len());
            let rest = rest.trim_start();
            let end;
            if let Some(inside) = rest.strip_prefix('(') {
                let close = closing(inside)
                    .ok_or(SyntaxError::new("a bracket that is not closed", begin))?;
                list.push(pair(inside.get(..close).unwrap_or_default(), version, begin)?);
                let behind = inside.get(close + 1..).unwrap_or_default();
                let comma = behind.find(',').unwrap_or(behind.len());
                if !behind.get(..comma).unwrap_or_default().trim().is_empty() {
                    return Err(SyntaxError::new("no comma behind a bracket", begin + close + 2));
                }
                end = begin + close + 2 + comma;
            } else {
                let comma = rest.find(',').unwrap_or(rest.len());
                let keyword = rest.get(..comma).unwrap_or_default().trim();
                if keyword.contains(['(', ')', '=']) {
                    return Err(SyntaxError::new("a value outside of brackets", begin));
                }
                if !keyword.is_empty() {
                    list.push(Attribute { tag: unescape(keyword, version), values: Vec::new() });
                }
                end = begin + comma;
            }
            at = end + 1;
        }
        Ok(Self(list))
    }

    /// The list as a message has it.
    #[must_use]
    pub fn to_text(&self, version: Version) -> String {
        let texts: Vec<String> = self.0.iter().map(|it| it.to_text(version)).collect();
        texts.join(",")
    }

    /// The attributes.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }

    /// The attribute of this name.
    #[must_use]
    pub fn get(&self, tag: &str) -> Option<&Attribute> {
        self.0.iter().find(|attribute| attribute.is(tag))
    }

    /// No attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the first `count`.
    pub fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// Takes over attributes in place of those of the same names; the others stay
    /// [slp-dhcp-snmp §3.2].
    pub fn merge(&mut self, newer: Self) {
        self.0.retain(|old| newer.get(&old.tag).is_none());
        self.0.extend(newer.0);
    }

    /// The attributes of many lists that a list of tags names, each with all its values once. It
    /// ends before the list would be longer than `most` bytes in a message.
    pub fn union<'a>(
        lists: impl IntoIterator<Item = &'a Self>,
        tags: &TagList,
        most: usize,
    ) -> Self {
        let mut union: Vec<(Attribute, BTreeSet<String>)> = Vec::new();
        // Tags as they were spelled, and where they stand in the union; `None`: not named.
        let mut places: Vec<(&str, Option<usize>)> = Vec::new();
        let mut length = 0;
        for attribute in lists.into_iter().flat_map(|list| list.0.iter()) {
            let tag = attribute.tag.as_str();
            let known = places.iter().find(|(spelled, _)| *spelled == tag).map(|(_, place)| *place);
            let place = known.unwrap_or_else(|| {
                let place = tags.names(tag).then(|| {
                    let place = union.iter().position(|(known, _)| known.is(tag));
                    place.unwrap_or_else(|| {
                        // Brackets, `=` and comma; what is escaped takes three bytes.
                        length += 4 + 3 * tag.len();
                        let new = Attribute { tag: tag.to_owned(), values: Vec::new() };
                        union.push((new, BTreeSet::new()));
                        union.len() - 1
                    })
                });
                places.push((tag, place));
                place
            });
            let Some((union, seen)) = place.and_then(|place| union.get_mut(place)) else {
                continue;
            };
            for value in &attribute.values {
                let text = value.to_text(Version::V2);
                if seen.contains(&text) {
                    continue;
                }
                length += 1 + text.len();
                if length > most {
                    break;
                }
                seen.insert(text);
                union.values.push(value.clone());
            }
            if length > most {
                break;
            }
        }
        Self(union.into_iter().map(|(attribute, _)| attribute).collect())
    }

    /// Takes over attributes and values that are not there yet: the union.
    pub fn join(&mut self, other: &Self) {
        for more in &other.0 {
            match self.0.iter_mut().find(|known| known.is(&more.tag)) {
                Some(known) => {
                    for value in &more.values {
                        if !known.values.contains(value) {
                            known.values.push(value.clone());
                        }
                    }
                }
                None => self.0.push(more.clone()),
            }
        }
    }

    /// The attributes that a list of tags names; all, if it is empty.
    #[must_use]
    pub fn select(&self, tags: &TagList) -> Self {
        Self(self.0.iter().filter(|it| tags.names(&it.tag)).cloned().collect())
    }

    /// Without the attributes that a list of tags names.
    #[must_use]
    pub fn without(&self, tags: &TagList) -> Self {
        Self(self.0.iter().filter(|it| !tags.names(&it.tag)).cloned().collect())
    }

    /// Every attribute has values of one kind, and one boolean at most.
    ///
    /// # Errors
    /// The first that has not.
    pub fn check(&self) -> Result<(), Inconsistent> {
        for attribute in &self.0 {
            let mut kinds = attribute.values.iter().map(Value::kind);
            let first = kinds.next();
            let booleans = first == Some(super::Kind::Boolean) && attribute.values.len() > 1;
            if booleans || kinds.any(|kind| Some(kind) != first) {
                return Err(Inconsistent(attribute.tag.clone()));
            }
        }
        Ok(())
    }
}

/// The place of the bracket that closes the one before `inside`; others may lie within, as in the
/// bytes of version 1.
fn closing(inside: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `tag=value,value`
fn pair(text: &str, version: Version, at: usize) -> Result<Attribute, SyntaxError> {
    let Some((tag, values)) = text.split_once('=') else {
        return Err(SyntaxError::new("an attribute without a value", at));
    };
    let tag = unescape(tag.trim(), version);
    if tag.is_empty() {
        return Err(SyntaxError::new("a value without a tag", at));
    }
    let values = values.split(',').map(|value| Value::parse(value, version)).collect();
    Ok(Attribute { tag, values })
}

/// A list of tags, in which `*` may stand for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList(Vec<Pattern>);

impl TagList {
    /// Reads a list with commas between tags.
    #[must_use]
    pub fn parse(text: &str, version: Version) -> Self {
        let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        Self(tags.map(|tag| Pattern::parse(tag, version)).collect())
    }

    /// No tag is named: all are meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An attribute of this name is meant.
    #[must_use]
    pub fn names(&self, tag: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(tag))
    }
}

/// Takes the scopes out of the attributes of a registration of version 1.
pub(crate) fn take_scopes(attributes: &str) -> (ScopeList, String) {
    let list = AttributeList::parse(attributes, Version::V1);
    let Some((list, scopes)) = list.ok().and_then(|list| {
        let scopes = list.get(SCOPE)?.values().map(ToString::to_string).collect::<Vec<_>>();
        Some((list, scopes))
    }) else {
        return (ScopeList::default(), attributes.to_owned());
    };
    let rest = list.without(&TagList::parse(SCOPE, Version::V1)).to_text(Version::V1);
    (ScopeList::from_names(scopes), rest)
}

/// Adds scopes to the attributes of a registration of version 1.
pub(crate) fn add_scopes(scopes: &ScopeList, attributes: &str) -> String {
    if scopes.is_empty() {
        return attributes.to_owned();
    }
    let scopes = format!("({SCOPE}={})", scopes.to_text(Version::V1));
    match attributes.trim() {
        "" => scopes,
        attributes => format!("{attributes},{scopes}"),
    }
}
