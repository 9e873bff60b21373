//! How the demo looks: headings, prose, and commands with their output.

use std::io::{self, IsTerminal, Write};

/// Prints the parts of the story; in colour if it goes to a terminal that wants it.
#[derive(Debug)]
pub(crate) struct Page {
    colour: bool,
    step: u32,
}

impl Page {
    pub(crate) fn new() -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colour, step: 0 }
    }

    /// A heading; they are numbered.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.step += 1;
        let line = format!("{} · {text}", self.step);
        self.line(&format!("\n{}", self.paint("1;36", &line)))
    }

    /// A line of prose.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// A command as somebody at `place` would type it, and what it printed.
    pub(crate) fn command(&self, place: &str, typed: &str, printed: &str) -> io::Result<()> {
        let prompt = self.paint("2", &format!("{place} $"));
        self.line(&format!("\n  {prompt} {}", self.paint("1", typed)))?;
        for line in printed.lines() {
            self.line(&format!("  {line}").trim_end().replace('\t', "    "))?;
        }
        Ok(())
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
