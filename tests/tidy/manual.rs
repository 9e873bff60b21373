//! The manual pages in `docs/man` are what the binary writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tree::{files_below, root};
use crate::{Fault, assert_none};

const PLACE: &str = "docs/man";

/// The pages of a directory by name.
fn pages(directory: &Path) -> BTreeMap<String, String> {
    files_below(directory)
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a manual page can be read"))
        })
        .collect()
}

fn differences(written: &BTreeMap<String, String>, kept: &BTreeMap<String, String>) -> Vec<Fault> {
    let names: std::collections::BTreeSet<&String> = written.keys().chain(kept.keys()).collect();
    names
        .into_iter()
        .filter(|name| written.get(*name) != kept.get(*name))
        .map(|name| {
            let what = match (written.contains_key(name), kept.contains_key(name)) {
                (true, false) => "is missing",
                (false, _) => "belongs to no command",
                _ => "is out of date",
            };
            let says = format!("{what}: `ipxway man {PLACE}` writes the pages");
            Fault::new(&format!("{PLACE}/{name}"), 1, says)
        })
        .collect()
}

#[test]
fn the_manual_pages_are_those_of_the_binary() {
    let kept = root().join(PLACE);
    let written = tempfile::tempdir().expect("a directory for the pages");
    let run = Command::new(env!("CARGO_BIN_EXE_ipxway"))
        .arg("man")
        .arg(written.path())
        .output()
        .expect("the binary was built with this test");
    assert!(run.status.success(), "ipxway man: {}", String::from_utf8_lossy(&run.stderr));
    assert_none(&differences(&pages(written.path()), &pages(&kept)));
}

#[test]
fn a_page_that_is_missing_old_or_of_no_command_is_found() {
    let pages = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
        list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let written = pages(&[("a.1", "1"), ("b.1", "1"), ("c.1", "1")]);
    let kept = pages(&[("a.1", "1"), ("b.1", "0"), ("d.1", "1")]);
    let said: Vec<String> = differences(&written, &kept).iter().map(Fault::to_string).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].starts_with("docs/man/b.1:1: is out of date"));
    assert!(said[1].starts_with("docs/man/c.1:1: is missing"));
    assert!(said[2].starts_with("docs/man/d.1:1: belongs to no command"));
}
