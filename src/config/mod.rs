//! The configuration: TOML as typed, and what it means.
//!
//! A file becomes a [`Loaded`] in two steps: what was typed (tables as typed values with their
//! places, by the [`schema`]) and what it means (ports, circuits and networks that fit together).
//! Both note every fault and go on, so that an operator sees all of them at once, each with its
//! place, what was read and what would be right ([`Diagnostic`]).
//!
//! | file | what it knows |
//! |---|---|
//! | [`schema`] | every key: range, default, meaning |
//! | [`reference`](mod@reference) | the schema as text for people |
//! | `renames` | keys that were renamed |
//! | `reader`, `values` | one table, one value |
//! | `file` | the typed file |
//! | `slp_cfg` | the list of directory agents that NetWare has |
//! | `check` | how it fits together |
//! | [`shell`] | what only the daemon needs of it |
//! | `diagnostic` | faults and how they are printed |
//! | [`render`](mod@render) | the configuration as a file again |
//! | [`origins`] | where each value comes from |
//! | [`verb`] | `ipxway check` |
//!
//! No file but the one named is read, and an `SLP.CFG` that it names; no name is resolved, no
//! interface looked up: a check needs no daemon and no network.

mod check;
pub(crate) mod diagnostic;
mod file;
pub mod origins;
pub(crate) mod reader;
pub mod reference;
mod renames;
pub mod render;
pub mod schema;
pub mod shell;
mod slp_cfg;
mod summary;
pub(crate) mod values;
pub mod verb;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ipxway_core::config::Config;
use toml::de::{DeTable, DeValue};

pub use diagnostic::{Diagnostic, LoadError, Severity, listed};
pub use shell::{DEFAULT_FILE, Shell};

use diagnostic::{Faults, Place, Source};
use file::File;
use reader::Reader;

/// The largest file that is read, in bytes: 64 CMD networks of 1,024 peers need 1.3 MB.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// A configuration that may be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the router needs.
    pub core: Arc<Config>,
    /// What only the shell needs.
    pub shell: Shell,
    /// What is probably not meant so.
    pub warnings: Vec<Diagnostic>,
    /// What was typed.
    pub text: String,
}

/// Reads a configuration file.
///
/// # Errors
/// The file cannot be read, or is faulty; then with all faults, warnings included.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let unreadable = |error| LoadError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        let error = format!("larger than {MAX_FILE} bytes");
        return Err(unreadable(std::io::Error::other(error)));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    parse_bytes(&path.to_string_lossy(), &bytes, Some(folder))
}

/// Reads a configuration from memory; `name` is what faults call the file. No other file is read:
/// an `SLP.CFG` that it names counts as empty.
///
/// # Errors
/// It is faulty; with all faults, warnings included.
pub fn parse(name: &str, text: &str) -> Result<Loaded, LoadError> {
    parse_in(name, text, None)
}

/// Reads a configuration that lies in `folder`, with the files that it names.
fn parse_in(name: &str, text: &str, folder: Option<&Path>) -> Result<Loaded, LoadError> {
    let faults = Faults::new(Source::new(name, text));
    let loaded = read(text, folder, &faults);
    let is_faulty = faults.any_error();
    let diagnostics = faults.into_diagnostics();
    match loaded {
        Some((core, shell)) if !is_faulty => {
            let (core, text) = (Arc::new(core), text.to_owned());
            Ok(Loaded { core, shell, warnings: diagnostics, text })
        }
        _ => Err(LoadError::Faulty(diagnostics)),
    }
}

fn parse_bytes(name: &str, bytes: &[u8], folder: Option<&Path>) -> Result<Loaded, LoadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_in(name, text, folder),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            let faults = Faults::new(Source::new(name, &text));
            let start = error.valid_up_to();
            faults.syntax(start..start + 1, "not UTF-8".to_owned(), "save the file as UTF-8");
            Err(LoadError::Faulty(faults.into_diagnostics()))
        }
    }
}

/// Any bytes as a configuration, for fuzzing: what loads must print as a file that loads to the
/// same, what does not must say why.
///
/// # Panics
/// If a law above is broken.
pub fn fuzz(bytes: &[u8]) {
    match parse_bytes("fuzz.toml", bytes, None) {
        Ok(loaded) => {
            let text = render::render(&loaded);
            let again = parse("rendered.toml", &text).expect("what is rendered loads");
            assert_eq!(again.core, loaded.core, "the core's part survives rendering");
            assert_eq!(again.shell, loaded.shell, "the shell's part survives rendering");
        }
        Err(LoadError::Faulty(faults)) => {
            assert!(faults.iter().any(|fault| fault.severity == Severity::Error));
            assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        }
        Err(LoadError::Unreadable { .. }) => unreachable!("no file is read"),
    }
}

/// Reads a file of another kind by its schema, with the same diagnostics: all faults, or what
/// `read` made of it and the warnings.
pub(crate) fn parse_by<T>(
    schema: &'static schema::Section,
    (name, text): (&str, &str),
    read: impl FnOnce(&Reader<'_, '_>, &Faults<'_>) -> T,
) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
    let faults = Faults::new(Source::new(name, text));
    let value = read_by(schema, text, &faults, |top| read(top, &faults));
    let is_faulty = faults.any_error();
    let diagnostics = faults.into_diagnostics();
    match value {
        Some(value) if !is_faulty => Ok((value, diagnostics)),
        _ => Err(diagnostics),
    }
}

/// `None` if nothing can be said beyond the faults.
fn read(text: &str, folder: Option<&Path>, faults: &Faults<'_>) -> Option<(Config, Shell)> {
    read_by(&schema::ROOT, text, faults, |top| {
        let mut file = File::read(top);
        if let Some(folder) = folder {
            slp_cfg::expand(&mut file.slp, folder, faults);
        }
        check::check(&file, faults)
    })
}

/// Lets `read` go over the top of a file.
fn read_by<T>(
    schema: &'static schema::Section,
    text: &str,
    faults: &Faults<'_>,
    read: impl FnOnce(&Reader<'_, '_>) -> T,
) -> Option<T> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or_default();
        let right = syntax_remedy(error.message(), text.get(span.clone()).unwrap_or_default());
        faults.syntax(span, error.message().to_owned(), &right);
    }
    let table = table.get_ref();
    if is_of_a_later_release(table, faults) {
        return None;
    }
    Some(read(&Reader::enter(faults, schema, table, 0..0)))
}

/// What would be right, where the parser does not say it; `found` is what it stumbled on.
fn syntax_remedy(message: &str, found: &str) -> String {
    if message.starts_with("string values must be quoted") {
        format!("write \"{found}\"")
    } else if message.starts_with("duplicate key") {
        format!("keep one `{found}` in this table")
    } else {
        String::new()
    }
}

/// A later schema may mean anything: one fault says so, instead of many that miss the point.
fn is_of_a_later_release(table: &DeTable<'_>, faults: &Faults<'_>) -> bool {
    let Some(version) = table.get("version") else { return false };
    let DeValue::Integer(number) = version.get_ref() else { return false };
    let value = u64::from_str_radix(number.as_str(), number.radix());
    let is_later = value.is_ok_and(|value| value > schema::VERSION);
    if is_later {
        let place = Place { key: "version".to_owned(), span: version.span(), is_value: true };
        let wrong = format!("this release reads schema {} and no later one", schema::VERSION);
        faults.error(&place, wrong, "use the release the file was written for");
    }
    is_later
}

#[cfg(test)]
mod tests;
