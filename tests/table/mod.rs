//! The tables in the documentation of tests: which test holds which scenario.

use std::collections::BTreeSet;

/// Scenario, file and test, as a table says.
pub(crate) fn listed(table: &str) -> BTreeSet<(u32, String, String)> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, number, file, test, _] = cells.as_slice() else { return None };
        Some((number.parse().ok()?, file.to_string(), test.to_string()))
    });
    rows.collect()
}

/// The scenarios that have no row.
pub(crate) fn missing(
    listed: &BTreeSet<(u32, String, String)>,
    scenarios: impl Iterator<Item = u32>,
) -> Vec<u32> {
    scenarios.filter(|number| !listed.iter().any(|(n, ..)| n == number)).collect()
}
