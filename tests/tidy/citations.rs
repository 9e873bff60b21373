//! Every citation in a comment, a key and a section in brackets, is listed in
//! `docs/references.md`.

use std::collections::BTreeSet;

use crate::lexer::lex;
use crate::tree::{Text, file, sources};
use crate::{Fault, assert_none};

const LIST: &str = "docs/references.md";

/// What may be cited: `("ipx-rip-sap", "10.5")`, `("RFC 1234", "")`.
fn listed(references: &str) -> BTreeSet<(String, String)> {
    let mut listed = BTreeSet::new();
    let mut key = String::new();
    for line in references.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.split('`').nth(1).unwrap_or_default().clone_into(&mut key);
        }
        let Some(cell) = line.strip_prefix("| ").and_then(|row| row.split(" |").next()) else {
            continue;
        };
        if let Some(section) = cell.strip_prefix('§') {
            listed.insert((key.clone(), section.to_owned()));
        } else if cell.starts_with("RFC ") {
            listed.insert((cell.to_owned(), String::new()));
        }
    }
    listed
}

/// The text of the comments as one, without their marks: a citation may stand on two lines. A
/// line break becomes a single blank, so that the line of an offset can be found again.
fn prose(comments: &str) -> String {
    let mut prose = String::new();
    for line in comments.lines() {
        let text = line.trim_start().trim_start_matches(['/', '!']).trim();
        prose.push('\n');
        prose.push_str(text);
    }
    prose
}

/// The citations in a comment's text, each with the number of its line: key and section.
fn citations(prose: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (at, _) in prose.match_indices('[') {
        let Some(inside) = prose[at + 1..].split([']', '[']).next() else { continue };
        let inside = inside.replace('\n', " ");
        if inside.contains('`') || !(inside.contains('§') || inside.starts_with("RFC ")) {
            continue;
        }
        let line = prose[..at].matches('\n').count();
        let mut key = String::new();
        for part in inside.split([',', ';']).map(str::trim) {
            let (head, section) = part.split_once('§').unwrap_or((part, ""));
            if !head.trim().is_empty() && (part.contains('§') || key.is_empty()) {
                head.trim().clone_into(&mut key);
            }
            let section: String =
                section.chars().take_while(|&c| c.is_ascii_digit() || c == '.').collect();
            // Behind a comma may stand a step or a row: no citation of its own.
            if part.contains('§') || key.starts_with("RFC ") {
                found.push((line, key.clone(), section.trim_end_matches('.').to_owned()));
            }
        }
    }
    found
}

fn unlisted(references: &str, sources: &[Text]) -> Vec<Fault> {
    let listed = listed(references);
    let mut faults = Vec::new();
    for source in sources {
        for (line, key, section) in citations(&prose(&lex(&source.content).comments)) {
            let known = if key.starts_with("RFC ") {
                listed.contains(&(key.clone(), String::new()))
            } else {
                listed.contains(&(key.clone(), section.clone()))
            };
            if !known {
                let says = format!("[{key} §{section}] is not in {LIST}: add it, with its source");
                faults.push(Fault::new(&source.path, line, says));
            }
        }
    }
    faults
}

#[test]
fn every_citation_is_listed_with_its_sources() {
    let references = file(LIST).expect("the list of references is part of the project");
    let sources = sources();
    let cited: usize =
        sources.iter().map(|s| citations(&prose(&lex(&s.content).comments)).len()).sum();
    assert!(cited > 100, "only {cited} citations were found: does this rule still read them?");
    assert_none(&unlisted(&references.content, &sources));
}

#[test]
fn a_citation_of_nothing_is_found_also_across_lines() {
    let list = "## `ipx-rip-sap`: IPX\n| §10.5 | x | y |\n| §9 | x | y |\n## N\n| RFC 1234 | x |\n";
    let cite = |comment: &str| {
        // Not in this file's own comments, where the rule would read it.
        let comment = comment.replace('(', "[").replace(')', "]");
        unlisted(list, &[Text::new("src/a.rs", &comment)])
    };
    for good in [
        "// (ipx-rip-sap §10.5), (ipx-rip-sap §9 step 3, §10.5), (RFC 1234 §2)",
        "// see (ipx-rip-sap\n/// §9, step 4).",
        "let a = \"(cmd §1)\"; // (`Outcome`) (0, 1)",
    ] {
        assert_eq!(cite(good), [], "{good}");
    }
    for bad in
        ["// (ipx-rip-sap §10.6)", "// (cmd §9)", "// (RFC 1)", "// x\n// (ipx-rip-sap\n// §8)"]
    {
        assert_eq!(cite(bad).len(), 1, "{bad}");
    }
    assert_eq!(cite("//! x\n\n// y (cmd §9)")[0].line, 3);
}
