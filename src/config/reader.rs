//! Reads one table of the file by its schema: every fault is noted, the reading goes on.
//!
//! A table that is missing reads as one without keys. Asking for a key that the schema does not
//! have is a mistake of the caller; unknown keys in the file are noted when the table is entered.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::diagnostic::{Faults, Place, Placed};
use super::renames;
use super::schema::{Count, Key, Section, Takes, Without};
use super::values::Wrong;

/// The greatest edit distance, relative to the length of the word, of what may have been meant.
const MAX_DISTANCE: f64 = 0.6;

/// A table, its schema, and where faults go.
pub(crate) struct Reader<'a, 'i> {
    faults: &'a Faults<'i>,
    schema: &'static Section,
    table: Option<&'a DeTable<'i>>,
    /// The header, or the braces of an inline table.
    span: Range<usize>,
}

/// A value as TOML has it, with its key.
struct Found<'a, 'i> {
    key: &'static Key,
    value: &'a DeValue<'i>,
    place: Place,
    /// What would be right.
    form: String,
}

impl<'a, 'i> Reader<'a, 'i> {
    /// Enters a table and notes what it should not have.
    pub(crate) fn enter(
        faults: &'a Faults<'i>,
        schema: &'static Section,
        table: &'a DeTable<'i>,
        span: Range<usize>,
    ) -> Self {
        let reader = Self { faults, schema, table: Some(table), span };
        reader.note_unknown_keys(table);
        reader
    }

    /// Where the table begins.
    pub(crate) fn place(&self) -> Place {
        self.header(String::from(self.schema.path))
    }

    fn header(&self, key: String) -> Place {
        Place { key, span: self.span.clone(), is_value: false }
    }

    fn note_unknown_keys(&self, table: &DeTable<'i>) {
        for (key, _) in table {
            let name: &str = key.get_ref();
            let known = self.schema.key(name).is_some()
                || self.schema.section(name).is_some()
                || renames::of(self.schema.path).any(|rename| rename.old == name);
            if !known {
                let place =
                    Place { key: self.schema.path_of(name), span: key.span(), is_value: false };
                self.faults.error(&place, "unknown key", self.meant(name));
            }
        }
    }

    /// What an unknown key may have meant.
    fn meant(&self, name: &str) -> String {
        if let Some(right) = renames::replaced(self.schema.path, name) {
            return right.to_owned();
        }
        let keys = self.schema.keys.iter().map(|key| key.name);
        let names: Vec<&str> = keys.chain(self.schema.sections.iter().map(Section::name)).collect();
        match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names.join(", ")),
        }
    }

    fn key(&self, name: &str) -> &'static Key {
        self.schema.key(name).expect("readers ask only for keys of the schema")
    }

    /// The entry called `name`, or what it was called before.
    fn entry(&self, name: &str) -> Option<(Range<usize>, &'a Spanned<DeValue<'i>>)> {
        let table = self.table?;
        let by = |name: &str| table.get_key_value(name).map(|(key, value)| (key.span(), value));
        let mut found = by(name);
        for rename in renames::of(self.schema.path).filter(|rename| rename.new == name) {
            let Some((span, value)) = by(rename.old) else { continue };
            let place =
                Place { key: self.schema.path_of(rename.old), span: span.clone(), is_value: false };
            if found.is_some() {
                let wrong = format!("the old name of `{name}`, which is given too");
                self.faults.error(&place, wrong, "keep only the new one");
            } else {
                let wrong = format!("renamed to `{name}`");
                let right =
                    format!("write the new name: the old one is read up to {}", rename.until);
                self.faults.warning(&place, wrong, right);
                found = Some((span, value));
            }
        }
        found
    }

    fn find(&self, name: &str) -> Option<Found<'a, 'i>> {
        let key = self.key(name);
        let Some((_, value)) = self.entry(name) else {
            if let Without::Required(_) = key.without {
                self.missing(name, &key.takes.describe());
            }
            return None;
        };
        let place = Place { key: self.schema.path_of(name), span: value.span(), is_value: true };
        Some(Found { key, value: value.get_ref(), place, form: key.takes.describe() })
    }

    /// Notes that a key is missing which this table needs; `right` is what it takes.
    pub(crate) fn missing(&self, name: &str, right: &str) {
        // What a broken line took away is not missing.
        if !self.faults.is_partial() {
            let place = self.header(self.schema.path_of(name));
            self.faults.error(&place, "missing", format!("give {right}"));
        }
    }

    /// Whether a key is there, right or wrong.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(name))
    }

    /// Notes a value that does not go with the rest of its table.
    pub(crate) fn refuse(&self, place: &Place, wrong: &str, right: &str) {
        self.faults.error(place, wrong, right);
    }

    /// Notes a value that is not what the schema says.
    fn wrong(&self, found: &Found<'_, '_>, wrong: impl Into<String>) {
        self.faults.error(&found.place, wrong, format!("give {}", found.form));
    }

    fn wrong_type(&self, found: &Found<'_, '_>) {
        let is_table = found.value.is_table();
        let mut place = found.place.clone();
        place.is_value = !is_table;
        let wrong = format!("is {}", article(found.value.type_str()));
        self.faults.error(&place, wrong, format!("give {}", found.form));
    }

    /// A boolean.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.placed_flag(name).map(|flag| flag.value)
    }

    /// A flag, and where it stands.
    pub(crate) fn placed_flag(&self, name: &str) -> Option<Placed<bool>> {
        let found = self.find(name)?;
        let flag = found.value.as_bool();
        if flag.is_none() {
            self.wrong_type(&found);
        }
        flag.map(|value| Placed { value, place: found.place })
    }

    /// A number within the schema's range; `Some(None)` for the word that may stand instead.
    fn number_or_word<T: TryFrom<u64>>(&self, name: &str) -> Option<Placed<Option<T>>> {
        let found = self.find(name)?;
        let Takes::Number { least, greatest, or, .. } = found.key.takes else { return None };
        if let (Some(word), Some(text)) = (or, found.value.as_str()) {
            if text == word {
                return Some(Placed { value: None, place: found.place });
            }
            self.wrong(&found, "neither a number nor that word");
            return None;
        }
        let Some(integer) = found.value.as_integer() else {
            self.wrong_type(&found);
            return None;
        };
        let in_range = whole(integer).filter(|value| (least..=greatest).contains(value));
        let Some(value) = in_range.and_then(|value| T::try_from(value).ok()) else {
            self.wrong(&found, "out of range");
            return None;
        };
        Some(Placed { value: Some(value), place: found.place })
    }

    /// A number within the schema's range.
    pub(crate) fn number<T: TryFrom<u64>>(&self, name: &str) -> Option<Placed<T>> {
        let Placed { value, place } = self.number_or_word(name)?;
        value.map(|value| Placed { value, place })
    }

    /// A number, or `None` for the word that may stand instead.
    pub(crate) fn limit<T: TryFrom<u64>>(&self, name: &str) -> Option<Placed<Option<T>>> {
        self.number_or_word(name)
    }

    /// One of the schema's words.
    pub(crate) fn word(&self, name: &str) -> Option<&'static str> {
        self.placed_word(name).map(|word| word.value)
    }

    /// One of the schema's words, and where it stands.
    pub(crate) fn placed_word(&self, name: &str) -> Option<Placed<&'static str>> {
        let found = self.find(name)?;
        let Takes::Word(words) = found.key.takes else { return None };
        let Some(text) = found.value.as_str() else {
            self.wrong_type(&found);
            return None;
        };
        let meant = other_spelling(name, text).unwrap_or(text);
        let word = words.iter().copied().find(|&word| word == meant);
        if word.is_none() {
            self.wrong(&found, not_in_this_release(name, text).unwrap_or("no such choice"));
        }
        word.map(|value| Placed { value, place: found.place })
    }

    /// A string with a form of its own, read by `parse`.
    pub(crate) fn text<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Placed<T>> {
        let found = self.find(name)?;
        let Some(text) = found.value.as_str() else {
            self.wrong_type(&found);
            return None;
        };
        self.parsed(&found, text, parse)
    }

    /// Hexadecimal digits: a string, or an integer that is written with `0x`.
    pub(crate) fn hex<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Placed<T>> {
        let found = self.find(name)?;
        match found.value {
            DeValue::String(text) => self.parsed(&found, text, parse),
            DeValue::Integer(integer) if integer.radix() == 16 => {
                self.parsed(&found, integer.as_str(), parse)
            }
            DeValue::Integer(_) => {
                let wrong = "a decimal number, which could be meant as hexadecimal";
                let right = format!("give {}, in quotes", found.form);
                self.faults.error(&found.place, wrong, right);
                None
            }
            _ => {
                self.wrong_type(&found);
                None
            }
        }
    }

    fn parsed<T>(
        &self,
        found: &Found<'_, '_>,
        text: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Placed<T>> {
        match parse(text) {
            Ok(value) => Some(Placed { value, place: found.place.clone() }),
            Err(wrong) => {
                self.wrong(found, wrong);
                None
            }
        }
    }

    /// A list of strings with a form of their own.
    pub(crate) fn list<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Vec<Placed<T>>> {
        let found = self.find(name)?;
        let Some(values) = found.value.as_array() else {
            self.wrong_type(&found);
            return None;
        };
        let Takes::List(form) = found.key.takes else { return None };
        let mut list = Vec::with_capacity(values.len());
        for value in values {
            let place = Place { span: value.span(), ..found.place.clone() };
            let form = form.to_owned();
            let item = Found { key: found.key, value: value.get_ref(), place, form };
            match item.value.as_str() {
                Some(text) => list.extend(self.parsed(&item, text, &parse)),
                None => self.wrong_type(&item),
            }
        }
        Some(list)
    }

    /// The table called `name` in this one.
    pub(crate) fn section(&self, name: &str) -> Self {
        let schema = self.schema.section(name).expect("readers ask only for tables of the schema");
        let Some((key_span, value)) = self.entry(name) else {
            return Self { faults: self.faults, schema, table: None, span: self.span.clone() };
        };
        let span = header_span(&key_span, value);
        if let Some(table) = value.get_ref().as_table() {
            return Self::enter(self.faults, schema, table, span);
        }
        let place = Place { key: schema.path.to_owned(), span: key_span, is_value: false };
        let wrong = format!("is {}", article(value.get_ref().type_str()));
        self.faults.error(&place, wrong, format!("write its keys under [{}]", schema.path));
        Self { faults: self.faults, schema, table: None, span }
    }

    /// The tables called `name` in this one, in the order of the file.
    pub(crate) fn sections(&self, name: &str) -> Vec<Self> {
        let schema = self.schema.section(name).expect("readers ask only for tables of the schema");
        debug_assert_eq!(schema.count, Count::Each);
        let Some((key_span, value)) = self.entry(name) else { return Vec::new() };
        let place = |span| Place { key: schema.path.to_owned(), span, is_value: false };
        let right = format!("write [[{}]] in double brackets, once for each", schema.path);
        let values = match value.get_ref() {
            DeValue::Array(values) => values,
            single => {
                let wrong = format!("is {}", article(single.type_str()));
                self.faults.error(&place(key_span.clone()), wrong, right);
                // The one that was meant is read all the same: it may have faults of its own.
                let table = single.as_table();
                let enter = |table| Self::enter(self.faults, schema, table, key_span);
                return table.map(enter).into_iter().collect();
            }
        };
        let enter = |value: &'a Spanned<DeValue<'i>>| {
            if let Some(table) = value.get_ref().as_table() {
                return Some(Self::enter(self.faults, schema, table, value.span()));
            }
            let wrong = format!("is {}", article(value.get_ref().type_str()));
            self.faults.error(&place(value.span()), wrong, right.clone());
            None
        };
        values.iter().filter_map(enter).collect()
    }
}

/// Where a table begins: its header if it has one, else its key.
fn header_span(key: &Range<usize>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    if value.span().is_empty() { key.clone() } else { value.span() }
}

/// The value of an integer, unless it is negative or beyond `u64`.
fn whole(integer: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Choices that this release does not have yet, for those who read about them.
fn not_in_this_release(key: &str, word: &str) -> Option<&'static str> {
    match (key, word) {
        ("mode", "gateway" | "/G") => Some("a gateway for CMD clients is not in this release"),
        ("mode", "migration-agent" | "/MA") => {
            Some("a migration agent that serves CMD clients is not in this release")
        }
        _ => None,
    }
}

/// Words that operators of SCMD know, for ours.
fn other_spelling(key: &str, word: &str) -> Option<&'static str> {
    match (key, word) {
        ("mode", "/BS") => Some("backbone-support"),
        _ => None,
    }
}

/// A type's name with its article.
fn article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// The name that is most like `name`, if any is like it at all.
pub(crate) fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let best = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= 1.0 - MAX_DISTANCE).then_some(*best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_met_by_the_nearest_one_and_nonsense_by_none() {
        let names = ["framing", "network", "name", "max_packet"];
        assert_eq!(nearest("framming", &names), Some("framing"));
        assert_eq!(nearest("netwrok", &names), Some("network"));
        assert_eq!(nearest("maxpacket", &names), Some("max_packet"));
        assert_eq!(nearest("quux", &names), None);
    }
}
