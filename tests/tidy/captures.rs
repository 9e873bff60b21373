//! Every capture says where it comes from, and is still what it was.

use std::fs;

use sha2::{Digest, Sha256};

use crate::tree::{file, files_below, relative, root};
use crate::{Fault, assert_none};

const TABLE: &str = "captures/README.md";

/// A capture: its path below `captures/`, and the hash of its bytes.
struct Capture {
    path: String,
    sha256: String,
}

/// The rows of the table that name a file: line, path below `captures/`, hash.
fn rows(table: &str) -> Vec<(usize, String, String)> {
    let is_hash = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(table.lines()).filter(|(_, line)| line.starts_with('|')) {
        let words = || line.split(['|', '`', ' ', ',', '(', ')', '[', ']']);
        if let (Some(path), Some(sha256)) =
            (words().find(|word| is_capture(word)), words().find(is_hash))
        {
            let path = path.trim_start_matches("captures/");
            rows.push((number, path.to_owned(), sha256.to_owned()));
        }
    }
    rows
}

fn unproven(table: &str, captures: &[Capture]) -> Vec<Fault> {
    let rows = rows(table);
    let mut faults = Vec::new();
    for capture in captures {
        let path = format!("captures/{}", capture.path);
        match rows.iter().find(|(_, path, _)| *path == capture.path) {
            None => {
                let hash = &capture.sha256;
                let says = format!("no row in {TABLE}: say who made it, when and how, `{hash}`");
                faults.push(Fault::new(&path, 1, says));
            }
            Some((line, _, hash)) if *hash != capture.sha256 => {
                let says = format!("{path} is now `{}`: restore it or tell why", capture.sha256);
                faults.push(Fault::new(TABLE, *line, says));
            }
            Some(_) => {}
        }
    }
    for (line, path, _) in &rows {
        if !captures.iter().any(|capture| capture.path == *path) {
            faults.push(Fault::new(TABLE, *line, format!("there is no captures/{path}")));
        }
    }
    faults
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Files that are packets: what others stand beside them is told by its name.
fn is_capture(path: &str) -> bool {
    [".pcap", ".pcapng", ".cap"].iter().any(|ending| path.ends_with(ending))
}

#[test]
fn every_capture_has_a_row_of_provenance_and_its_hash_holds() {
    let captures: Vec<Capture> = files_below(&root().join("captures"))
        .iter()
        .map(|path| (relative(path), path))
        .filter(|(path, _)| is_capture(path))
        .map(|(path, place)| Capture {
            path: path.trim_start_matches("captures/").to_owned(),
            sha256: hash(&fs::read(place).expect("a capture can be read")),
        })
        .collect();
    let table = file(TABLE).map(|table| table.content).unwrap_or_default();
    assert_none(&unproven(&table, &captures));
}

#[test]
fn a_capture_without_a_row_and_one_that_changed_are_found() {
    let capture =
        |path: &str, content: &[u8]| Capture { path: path.to_owned(), sha256: hash(content) };
    let row = |path: &str, content: &[u8]| format!("| `{path}` | `{}` |\n", hash(content));
    let rows = row("a.pcap", b"a") + &row("b.pcap", b"b") + &row("c.pcap", b"c");
    let table = format!("| file | sha256 |\n|---|---|\n{rows}");
    let good = [capture("a.pcap", b"a"), capture("b.pcap", b"b"), capture("c.pcap", b"c")];
    assert_eq!(unproven(&table, &good), []);
    let bad = [capture("a.pcap", b"a"), capture("b.pcap", b"changed"), capture("d.pcap", b"d")];
    let faults = unproven(&table, &bad);
    assert_eq!(faults.len(), 3, "changed, without a row, without a file");
}
