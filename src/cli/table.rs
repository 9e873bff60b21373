//! Columns for people: aligned, with a header, safe on any terminal.

use std::fmt::{self, Write};

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Rows below a header.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; a title that begins with `>` stands to the right, and so do
    /// its cells.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let column = |title: &&str| match title.strip_prefix('>') {
            Some(title) => (title.to_owned(), Align::Right),
            None => ((*title).to_owned(), Align::Left),
        };
        Self { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row; what a terminal would obey is escaped.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len(), "one cell a column");
        self.rows.push(cells.into_iter().map(|cell| safe(&cell)).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| title.len()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.len());
            }
        }
        let header: Vec<String> = self.columns.iter().map(|(title, _)| title.clone()).collect();
        for row in std::iter::once(&header).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, &width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                match align {
                    Align::Left => write!(line, "{cell:<width$}  ")?,
                    Align::Right => write!(line, "{cell:>width$}  ")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `text` with everything that is not printable ASCII escaped: names come from strangers, and a
/// terminal obeys what it is sent.
pub(super) fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let printable = matches!(letter, ' '..='~');
            let escaped = (!printable).then(|| letter.escape_default());
            printable.then_some(letter).into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

/// A stretch of time, to two units: `45s`, `3m05s`, `2h10m`, `4d03h`.
pub(crate) fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, _, _) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_no_line_ends_in_a_space() {
        let mut table = Table::new(&["NAME", ">COUNT", "REMARK"]);
        table.row(["a".to_owned(), "12345".to_owned(), String::new()]);
        table.row(["longer".to_owned(), "7".to_owned(), "x".to_owned()]);
        let expected = "NAME    COUNT  REMARK\na       12345\nlonger      7  x\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(safe("A\x1b[2J\u{202e}\n~"), "A\\u{1b}[2J\\u{202e}\\n~");
    }

    #[test]
    fn ages_have_two_units() {
        let ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 356_400].map(age);
        assert_eq!(ages, ["0s", "59s", "1m00s", "59m59s", "1h00m", "23h59m", "1d00h", "4d03h"]);
    }
}
