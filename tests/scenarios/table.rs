//! The table in `README.md` is true: it has every scenario, and every test that holds one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::listed::{listed, missing};

/// The scenarios of the document; 47 to 52 are of filters, which are yet to come.
fn scenarios() -> impl Iterator<Item = u32> {
    (1..=46).chain(53..=59)
}

/// Scenario, file and test, as the documentation of the tests says.
fn held(folder: &Path) -> BTreeSet<(u32, String, String)> {
    let mut held = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut scenario = None;
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let line = line.trim_start();
            if let Some(rest) = line.strip_prefix("/// Scenario ") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                scenario = digits.parse().ok();
            } else if let Some(rest) = line.strip_prefix("fn ") {
                let name = rest.split('(').next().unwrap_or(rest).to_owned();
                held.extend(scenario.take().map(|number| (number, file.clone(), name)));
            }
        }
    }
    held
}

#[test]
fn the_table_has_every_scenario_and_every_test_that_holds_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let table = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let (held, listed) = (held(&folder), listed(&table));
    let wrong: Vec<_> = held.symmetric_difference(&listed).collect();
    assert!(wrong.is_empty(), "in only one of README.md and the tests: {wrong:#?}");
    let missing = missing(&listed, scenarios());
    assert!(missing.is_empty(), "no test holds {missing:?}");
}
