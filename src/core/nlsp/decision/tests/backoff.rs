//! When it runs.

use std::time::Duration;

use crate::Time;
use crate::nlsp::decision::backoff::Backoff;

const MS: Duration = Duration::from_millis(1);

/// The times of runs, in milliseconds, if something changes at these times.
fn runs(changes: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let (mut backoff, mut runs) = (Backoff::default(), Vec::new());
    let mut changes = changes.into_iter().map(Time::from_millis).peekable();
    loop {
        let now = match (changes.peek(), backoff.due()) {
            (Some(&change), due) if due.is_none_or(|due| change <= due) => {
                backoff.changed(change);
                changes.next();
                continue;
            }
            (_, Some(due)) => due,
            (_, None) => return runs,
        };
        assert!(!backoff.run(now - MS), "not before");
        assert!(backoff.run(now));
        runs.push(now.as_micros() / 1_000);
    }
}

#[test]
fn a_change_after_quiet_is_acted_on_50_ms_later_with_all_that_came_meanwhile() {
    assert_eq!(runs([1_000]), [1_050]);
    assert_eq!(runs([1_000, 1_010, 1_050]), [1_050]);
    assert_eq!(runs([1_000, 11_000]), [1_050, 11_050]);
    assert!(runs([]).is_empty());
}

#[test]
fn while_changes_go_on_pauses_double_to_five_seconds() {
    let every_10_ms = (0..2_000).map(|n| n * 10);
    let expected = [50, 250, 650, 1_450, 3_050, 6_250, 11_250, 16_250, 21_250];
    assert_eq!(runs(every_10_ms), expected);
}

#[test]
fn a_minute_of_flapping_costs_at_most_twenty_runs() {
    let runs = runs((0..6_000).map(|n| n * 10));
    assert!((10..=20).contains(&runs.len()), "{runs:?}");
    let pauses: Vec<u64> = runs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|&pause| pause <= 5_000), "none waits longer than five seconds");
}

#[test]
fn ten_seconds_of_quiet_make_it_quick_again() {
    let busy: Vec<u64> = (0..1_000).map(|n| n * 10).collect();
    let after = |quiet: u64| {
        let mut changes = busy.clone();
        changes.extend([9_990 + quiet, 9_990 + quiet + 60]);
        let runs = runs(changes);
        runs[runs.len() - 2..].to_vec()
    };
    assert_eq!(after(10_000), [20_040, 20_240]);
    assert_eq!(after(9_999), [20_039, 25_039], "not quiet for long enough");
}
