//! Documents say what is so: the files and commands that they name exist.

use std::collections::BTreeSet;

use crate::tree::{Text, file, root, texts};
use crate::{Fault, assert_none};

/// Directories of the project: what a document writes with one of them in front is a path.
const TREES: [&str; 7] = ["src/", "drivers/", "tests/", "config/", "docs/", "captures/", ".ci/"];

/// The targets of a Makefile.
fn targets(makefile: &str) -> BTreeSet<String> {
    makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', ' ', '.']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(_, rest)| !rest.starts_with('='))
        .flat_map(|(names, _)| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The words in backquotes, and the lines of blocks of code, with their line numbers.
fn quoted(document: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (number, line) in (1..).zip(document.lines()) {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            found.push((number, line.trim().trim_start_matches("$ ").to_owned()));
        } else {
            let words = line.split('`').skip(1).step_by(2);
            found.extend(words.map(|word| (number, word.to_owned())));
        }
    }
    found
}

/// `make x` where there is no target x.
fn missing_targets(makefile: &str, documents: &[Text]) -> Vec<Fault> {
    let targets = targets(makefile);
    let mut faults = Vec::new();
    for document in documents {
        for (line, quoted) in quoted(&document.content) {
            let Some(wanted) = quoted.strip_prefix("make ") else { continue };
            let named = wanted.split_whitespace().take_while(|word| !word.starts_with(['#', '&']));
            for target in named.filter(|word| !word.contains('=') && !word.starts_with('-')) {
                if !targets.contains(target) {
                    let says = format!("`make {target}`: the Makefile has no such target");
                    faults.push(Fault::new(&document.path, line, says));
                }
            }
        }
    }
    faults
}

/// Paths of the project that do not exist.
fn missing_paths(documents: &[Text], exists: impl Fn(&str) -> bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    for document in documents {
        for (line, quoted) in quoted(&document.content) {
            let path = quoted.trim_end_matches('/');
            let is_path = TREES.iter().any(|tree| quoted.starts_with(tree))
                && !path.contains([' ', '*', '<', '{', '…', '$']);
            // `src/core/rip/mod.rs::hear` names a function in a file.
            let path = path.split("::").next().unwrap_or(path);
            if is_path && !exists(path) {
                faults.push(Fault::new(&document.path, line, format!("there is no `{path}`")));
            }
        }
    }
    faults
}

fn documents() -> Vec<Text> {
    texts().into_iter().filter(|text| text.path.ends_with(".md")).collect()
}

#[test]
fn the_commands_in_documents_are_targets_of_the_makefile() {
    let makefile = file("Makefile").map(|makefile| makefile.content).unwrap_or_default();
    assert_none(&missing_targets(&makefile, &documents()));
}

#[test]
fn the_files_that_documents_name_exist() {
    assert_none(&missing_paths(&documents(), |path| root().join(path).exists()));
}

#[test]
fn these_rules_find_what_breaks_them() {
    let makefile = "CARGO := cargo\n.PHONY: demo\ndemo test: build\n\tcargo run\n";
    let document = Text::new(
        "README.md",
        "Run `make demo`.\n```\n$ make test-all # each\n```\n`src/gone.rs`, `src/main.rs::run`\n",
    );
    let faults = missing_targets(makefile, std::slice::from_ref(&document));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].line, 3);
    let faults = missing_paths(&[document], |path| path == "src/main.rs");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].to_string(), "README.md:5: there is no `src/gone.rs`");
}

/// The names in the first column of a document's tables, each in backquotes.
fn explained(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| "));
    rows.filter_map(|row| row.split(" |").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The names of events, as `Event::name` has them.
fn event_names(source: &str) -> Vec<String> {
    let arms = source.lines().filter(|line| line.trim_start().starts_with("Self::"));
    arms.filter_map(|arm| arm.split_once("=> \"")?.1.split_once("\","))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_counter_and_every_event_is_explained_to_operators() {
    let document = file("docs/operations.md").expect("operators have a manual");
    let explained = explained(&document.content);
    let sources = ["mod", "discovery"].map(|name| format!("src/core/router/event/{name}.rs"));
    let sources = sources.map(|path| file(&path).expect("events have a source"));
    let events: Vec<String> =
        sources.iter().flat_map(|source| event_names(&source.content)).collect();
    assert!(events.len() > 25, "only {events:?} were found: does this rule still read them?");
    let counters = ipxway_core::forward::Outcome::ALL.iter().map(|outcome| outcome.name());
    let missing: Vec<String> = counters
        .map(str::to_owned)
        .chain(events)
        .filter(|name| !explained.contains(name))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "not in the tables of docs/operations.md");
}

#[test]
fn the_names_of_tables_and_events_are_read_as_they_stand() {
    let table = "| counter | x |\n| `a`, `b_c` | d `e` |\n\n`f` | `g` |\n";
    assert_eq!(explained(table), BTreeSet::from(["a", "b_c"].map(str::to_owned)));
    let source = "    Self::PortUp { .. } => \"port-up\",\n    Self::X => write!(f, \"x\"),\n";
    assert_eq!(event_names(source), ["port-up"]);
}
