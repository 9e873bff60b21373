//! Every setting of a configuration, and where its value comes from: the file, with its line, or
//! the default. What DHCP tells is not known here; who asks a running agent adds it.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Loaded, renames, render};

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The header of its table as the file has it, such as `[slp]` or `[[lan]]`; empty at the top.
    pub table: String,
    /// The name of the block that it belongs to, where there may be several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// Its key.
    pub key: String,
    /// Its value in TOML.
    pub value: String,
    /// Where that comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    /// The configuration file.
    File {
        /// The line, from 1 on.
        line: usize,
    },
    /// Nobody said anything else.
    Default,
    /// DHCP.
    Dhcp {
        /// The server, if one answers.
        server: Option<std::net::Ipv4Addr>,
    },
}

/// All settings of a configuration, in the order in which it is rendered.
#[must_use]
pub fn settings(loaded: &Loaded) -> Vec<Setting> {
    let (typed, _) = DeTable::parse_recoverable(&loaded.text);
    let mut place = Place::new(typed.get_ref());
    let mut settings = Vec::new();
    let text = render::render(loaded);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('[') {
            place.enter(line);
        } else if let Some((key, value)) = line.split_once(" = ") {
            // A long list has a line for each entry.
            let value = match value {
                "[" => {
                    let entries = lines.by_ref().map(str::trim).take_while(|line| *line != "]");
                    let entries: Vec<&str> = entries.map(|it| it.trim_end_matches(',')).collect();
                    format!("[{}]", entries.join(", "))
                }
                value => value.to_owned(),
            };
            if key == "name" && place.header.starts_with("[[") {
                place.block = value
                    .parse::<toml::Value>()
                    .ok()
                    .and_then(|value| value.as_str().map(str::to_owned));
            }
            let at = place.find(key).map(|at| line_of(&loaded.text, at));
            settings.push(Setting {
                table: place.header.clone(),
                block: place.block.clone(),
                key: key.to_owned(),
                value,
                origin: at.map_or(Origin::Default, |line| Origin::File { line }),
            });
        }
    }
    settings
}

/// Where the rendered text is, and the same place in what was typed.
struct Place<'a> {
    typed: &'a DeTable<'a>,
    header: String,
    block: Option<String>,
    /// How many blocks of each list have been entered.
    counts: std::collections::BTreeMap<String, usize>,
}

impl<'a> Place<'a> {
    fn new(typed: &'a DeTable<'a>) -> Self {
        Self { typed, header: String::new(), block: None, counts: Default::default() }
    }

    fn enter(&mut self, header: &str) {
        header.clone_into(&mut self.header);
        if let Some(list) = header.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
            *self.counts.entry(list.to_owned()).or_default() += 1;
            self.block = None;
        } else if !header.contains('.') || !self.is_within_list(header) {
            self.block = None;
        }
    }

    fn is_within_list(&self, header: &str) -> bool {
        let path = header.trim_matches(['[', ']']);
        path.split_once('.').is_some_and(|(list, _)| self.counts.contains_key(list))
    }

    /// Where a key of this table was typed, in bytes.
    fn find(&self, key: &str) -> Option<usize> {
        let path = self.header.trim_matches(['[', ']']);
        let mut table = self.typed;
        let mut walked = String::new();
        for name in path.split('.').filter(|name| !name.is_empty()) {
            if !walked.is_empty() {
                walked.push('.');
            }
            walked.push_str(name);
            table = match table.get(name)?.get_ref() {
                DeValue::Table(inner) => inner,
                DeValue::Array(blocks) => {
                    let count = self.counts.get(&walked).copied().unwrap_or(1);
                    match blocks.get(count.checked_sub(1)?)?.get_ref() {
                        DeValue::Table(inner) => inner,
                        _ => return None,
                    }
                }
                _ => return None,
            };
        }
        let old = renames::of(path).filter(|rename| rename.new == key).map(|rename| rename.old);
        // What else says the same.
        let other: &[&str] = match (path, key) {
            ("slp", "da_discovery") => &["da_discovery_options"],
            ("slp", "directory_agents") => &["slp_cfg"],
            _ => &[],
        };
        let mut names = std::iter::once(key).chain(old).chain(other.iter().copied());
        names.find_map(|name| typed_at(table, name))
    }
}

fn typed_at(table: &DeTable<'_>, key: &str) -> Option<usize> {
    table.get_key_value(key).map(|(key, _)| Spanned::span(key).start)
}

/// The line of a place, from 1 on.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
