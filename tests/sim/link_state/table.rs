//! The table in `README.md` is true: every scenario has a test, and every test that it names is
//! there.

use std::path::Path;

use crate::listed::{listed, missing};

/// The scenarios of the document.
const SCENARIOS: std::ops::RangeInclusive<u32> = 1..=44;

#[test]
fn the_table_has_every_scenario_and_every_test_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = root.join("tests/sim/link_state/README.md");
    let listed = listed(&std::fs::read_to_string(table).unwrap());
    assert_eq!(missing(&listed, SCENARIOS), Vec::<u32>::new(), "no test holds them");
    for (number, file, test) in &listed {
        assert!(SCENARIOS.contains(number), "there is no scenario {number}");
        let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let there = source.contains(&format!("fn {test}("));
        assert!(there, "scenario {number}: {file} has no test {test}");
    }
}
