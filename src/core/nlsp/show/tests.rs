//! Pages and places; names that strangers gave.

use super::*;

/// Numbers up to `count`, each row of which holds so much.
fn page(count: usize, holds: usize) -> Page<usize> {
    Page::fill(0..count, count, |&number| (number, holds), usize::to_string)
}

#[test]
fn a_page_ends_after_so_many_rows_or_where_they_hold_as_much() {
    assert_eq!(page(0, 0), Page { rows: Vec::new(), total: 0, next: None });
    let full = page(PAGE, 0);
    assert_eq!((full.rows.len(), full.next), (PAGE, None));
    let first = page(PAGE + 1, 0);
    assert_eq!((first.rows.len(), first.total), (PAGE, PAGE + 1));
    assert_eq!(first.next, Some((PAGE - 1).to_string()));
    let heavy = page(200, 99);
    assert_eq!((heavy.rows.len(), heavy.next), (100, Some("99".to_owned())));
    // A row that is more than a page is a page.
    assert_eq!(page(2, MOST_IN_PAGE * 2).rows, [0]);
}

#[test]
fn the_next_page_begins_behind_the_place_that_was_named() {
    let id = |text: &str| lsp_after(Some(text)).map(|id| id.map(|id| id.to_string()));
    assert_eq!(lsp_after(None), Ok(Some(LspId::FIRST)));
    assert_eq!(id("0200C9000001-00-00"), Ok(Some("0200C9000001-00-01".to_owned())));
    assert_eq!(id("0200C9000001-00-FF"), Ok(Some("0200C9000001-01-00".to_owned())));
    assert_eq!(id("FFFFFFFFFFFF-FF-FF"), Ok(None));
    let node = |text: &str| node_after(Some(text)).map(|id| id.map(|id| id.to_string()));
    assert_eq!(node("0200C9000001-00"), Ok(Some("0200C9000001-01-00".to_owned())));
    for text in ["", "0200C9000001", "0200C9000001-00-0", "0200C9000001-00-00-00", "ü"] {
        assert_eq!(id(text), Err(NoPlace), "{text}");
    }
    assert_eq!(node("0200C9000001-00-00"), Err(NoPlace));
}

#[test]
fn a_name_is_shown_without_what_a_terminal_would_obey() {
    assert_eq!(printable(b"OSLO \\1"), "OSLO \\\\1");
    assert_eq!(printable(&[0x1b, b'[', 0, 0xff]), "\\x1B[\\x00\\xFF");
}
