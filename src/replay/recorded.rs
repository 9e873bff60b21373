//! A journal played again: what does the agent of today do otherwise than the one recorded?

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;
use ipxway_core::journal::{Difference, Reader, replay};
use serde::Serialize;

/// Outputs of the first difference that are written out; of the rest only the number.
const OUTPUTS_SHOWN: usize = 10;

/// How a journal played again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The file.
    pub file: String,
    /// The release that recorded it.
    pub release: String,
    /// The name of the agent.
    pub agent: String,
    /// The seed.
    pub seed: u64,
    /// Time that passed, in microseconds.
    pub duration_us: u64,
    /// Inputs played.
    pub inputs: usize,
    /// Outputs that they brought about.
    pub outputs: usize,
    /// Inputs whose outputs were compared with what was recorded; 0 if nothing was.
    pub compared: usize,
    /// The last line breaks off.
    pub cut: bool,
    /// The first input that was answered otherwise.
    pub difference: Option<DifferenceLine>,
}

/// An input that was answered otherwise than when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceLine {
    /// The line of the journal that holds the digest, from 1.
    pub line: usize,
    /// When the input came, in microseconds.
    pub at_us: u64,
    /// The digest that was recorded.
    pub recorded: String,
    /// The digest now.
    pub now: String,
    /// What the agent puts out now.
    pub outputs: Vec<String>,
}

/// Plays the journal at `path`.
///
/// # Errors
/// A file that cannot be read, or a line of it that is no line of a journal, by name and number.
pub fn play(path: &Path) -> anyhow::Result<Report> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| name.clone())?;
    let reader = Reader::new(text.lines()).with_context(|| name.clone())?;
    let head = reader.head().clone();
    let replayed = replay(reader, |_, _| ()).with_context(|| name.clone())?;
    let difference = replayed.difference.map(|difference| {
        let Difference { line, t, recorded, now, outputs } = difference;
        let (recorded, now) = (recorded.to_string(), now.to_string());
        DifferenceLine { line, at_us: t.as_micros(), recorded, now, outputs }
    });
    Ok(Report {
        file: name,
        release: head.release,
        agent: head.config.name.clone(),
        seed: head.seed,
        duration_us: replayed.end.as_micros() - head.start.as_micros(),
        inputs: replayed.inputs,
        outputs: replayed.outputs,
        compared: replayed.compared,
        cut: replayed.cut,
        difference,
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, release, agent, seed, inputs, outputs, compared, .. } = self;
        writeln!(f, "{file}: journal of {agent}, release {release}, seed {seed}")?;
        let seconds = ipxway_core::Time::from_micros(self.duration_us);
        writeln!(f, "  {inputs} inputs in {seconds} s, {outputs} outputs, {compared} compared")?;
        if self.cut {
            writeln!(f, "  its last line breaks off and was left out")?;
        }
        match &self.difference {
            None if *compared == 0 => writeln!(f, "  it has no digests, so nothing was compared"),
            None => writeln!(f, "  no difference"),
            Some(difference) => write!(f, "{difference}"),
        }
    }
}

impl fmt::Display for DifferenceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at_us, recorded, now, outputs } = self;
        let at = ipxway_core::Time::from_micros(*at_us);
        writeln!(f, "  first difference: the input before line {line}, at {at} s")?;
        writeln!(f, "  recorded {recorded}, now {now}; the outputs now:")?;
        for output in outputs.iter().take(OUTPUTS_SHOWN) {
            writeln!(f, "    {output}")?;
        }
        match outputs.len().saturating_sub(OUTPUTS_SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "    and {more} more"),
        }
    }
}
