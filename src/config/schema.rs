//! Every key of the configuration file: what it takes, what holds without it, what it is for.
//!
//! One table ([`ROOT`]), four uses: readers take ranges and words from it, faults say from it what
//! would be right, and `config/ipxway.toml` and the reference in `docs/configuration.md` are
//! printed from it ([`reference`](super::reference)). Its defaults are text; a test holds them
//! against those of the core.

mod keys;

pub use keys::ROOT;

/// The newest schema this release reads.
pub const VERSION: u64 = 1;

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its path, such as `lan.rip`; empty for the top of the file.
    pub path: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
    /// The tables in it.
    pub sections: &'static [Section],
    /// How often it may stand in the file.
    pub count: Count,
}

/// How often a table may stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Once: `[agent]`.
    Once,
    /// Once for each thing: `[[lan]]`.
    Each,
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What values are right.
    pub takes: Takes,
    /// What holds if it is left out.
    pub without: Without,
    /// What it is for.
    pub about: &'static str,
}

/// What values a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number {
        /// The least.
        least: u64,
        /// The greatest.
        greatest: u64,
        /// The unit, in the plural; empty for a plain count.
        unit: &'static str,
        /// A word that may stand instead of the number.
        or: Option<&'static str>,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A string with a form of its own, in prose.
    Text(&'static str),
    /// A list of such strings.
    List(&'static str),
}

/// What holds if a key is left out.
#[derive(Clone, Copy, Debug)]
pub enum Without {
    /// This value, as the file would say it.
    Default(&'static str),
    /// What the words say; the value is an example.
    Otherwise(&'static str, &'static str),
    /// The file is faulty; the value is an example.
    Required(&'static str),
}

/// A file's own version: the key that stands first in every kind of file.
pub(crate) const VERSION_KEY: Key = key(
    "version",
    number(1, VERSION, ""),
    Without::Default("1"),
    "The version of this file's schema.",
);

/// A number from `least` to `greatest`.
pub(crate) const fn number(least: u64, greatest: u64, unit: &'static str) -> Takes {
    Takes::Number { least, greatest, unit, or: None }
}

/// A key.
pub(crate) const fn key(
    name: &'static str,
    takes: Takes,
    without: Without,
    about: &'static str,
) -> Key {
    Key { name, takes, without, about }
}

impl Takes {
    /// What values are right, in words: "a whole number of seconds from 1 to 60000".
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Number { least, greatest, unit, or } => {
                if least == greatest {
                    return least.to_string();
                }
                let of = if unit.is_empty() { String::new() } else { format!(" of {unit}") };
                let or = or.map_or(String::new(), |word| format!(", or \"{word}\""));
                format!("a whole number{of} from {least} to {greatest}{or}")
            }
            Self::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                match quoted.as_slice() {
                    [only] => only.clone(),
                    [first @ .., last] => format!("{} or {last}", first.join(", ")),
                    [] => String::new(),
                }
            }
            Self::Text(form) => (*form).to_owned(),
            Self::List(form) => format!("a list of {form}"),
        }
    }
}

impl Section {
    /// The key called `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The path of a key in this table.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The table called `name` in this one.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&'static Section> {
        self.sections.iter().find(|section| section.name() == name)
    }
}
