//! The schema as text for people: the annotated `config/ipxway.toml`, and the tables in
//! `docs/configuration.md`.
//!
//! Both files are in the repository as they are printed here; a test compares them.

use std::fmt::Write;

use super::schema::{Count, Key, ROOT, Section, Without};

/// Where comments wrap.
const WIDTH: usize = 98;

/// What the annotated file sets although it could be left out: without it the file would be sound
/// but join nothing.
const SET: [(&str, &str, &str); 2] = [
    ("lan", "tap", r#""ipx0""#),
    ("cmd_network", "peers", r#"["192.0.2.1", "192.0.2.2", "192.0.2.3"]"#),
];

/// Tables that the annotated file has only as comments.
const COMMENTED: [&str; 2] = ["static_route", "static_service"];

/// `config/ipxway.toml`: every key with its meaning, range and default.
#[must_use]
pub fn annotated() -> String {
    let mut out = String::new();
    let intro = "The configuration of Ipxway: every key, what it takes, and what holds without \
                 it. What is commented out shows the default, or an example. Check a file with \
                 `ipxway check FILE`.";
    comment(&mut out, intro);
    annotate(&mut out, &ROOT);
    out
}

fn annotate(out: &mut String, section: &Section) {
    let commented = COMMENTED.contains(&section.path);
    if !section.path.is_empty() {
        out.push('\n');
        out.push_str(&format!("# {}\n", "-".repeat(WIDTH - 2)));
        comment(out, section.about);
        let header = header(section);
        out.push_str(if commented { "#" } else { "" });
        out.push_str(&header);
        out.push('\n');
    }
    for key in section.keys {
        out.push('\n');
        comment(out, key.about);
        comment(out, &format!("{}. {}", capital(&key.takes.describe()), without(key)));
        let (is_set, value) = value(section, key);
        let mark = if is_set && !commented { "" } else { "#" };
        writeln!(out, "{mark}{} = {value}", key.name).expect("a String takes everything");
    }
    for inner in section.sections {
        annotate(out, inner);
    }
}

/// How a table begins.
fn header(section: &Section) -> String {
    match section.count {
        Count::Once => format!("[{}]", section.path),
        Count::Each => format!("[[{}]]", section.path),
    }
}

/// Whether the annotated file sets a key, and to what.
fn value(section: &Section, key: &Key) -> (bool, &'static str) {
    let set = SET.into_iter().find(|(path, name, _)| *path == section.path && *name == key.name);
    match (set, key.without) {
        (Some((_, _, value)), _) | (None, Without::Required(value)) => (true, value),
        (None, Without::Default(value) | Without::Otherwise(_, value)) => (false, value),
    }
}

fn without(key: &Key) -> String {
    match key.without {
        Without::Default(value) => format!("Default: {value}."),
        Without::Otherwise(what, _) => format!("Without it: {what}."),
        Without::Required(_) => "Needed.".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// A comment, wrapped.
fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

/// The reference in `docs/configuration.md`: a Markdown table for each table of the file.
#[must_use]
pub fn markdown() -> String {
    markdown_of(&ROOT)
}

/// The same for a file of another kind, from the top of its schema.
#[must_use]
pub fn markdown_of(root: &Section) -> String {
    let mut out = String::new();
    markdown_section(&mut out, root);
    out
}

fn markdown_section(out: &mut String, section: &Section) {
    if !section.path.is_empty() {
        writeln!(out, "\n### `{}`\n\n{}", header(section), section.about)
            .expect("a String takes everything");
    }
    out.push_str("\n| key | takes | without it | |\n|---|---|---|---|\n");
    for key in section.keys {
        let without = match key.without {
            Without::Default(value) => format!("`{value}`"),
            Without::Otherwise(what, _) => what.to_owned(),
            Without::Required(_) => "needed".to_owned(),
        };
        let row = [&format!("`{}`", key.name), &key.takes.describe(), &without, key.about];
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(out, "| {} |", cells.join(" | ")).expect("a String takes everything");
    }
    for inner in section.sections {
        markdown_section(out, inner);
    }
}
