//! Leading a router through a journal.

use std::sync::Arc;

use super::{Digest, Entry, Error, Reader};
use crate::Time;
use crate::router::{Output, Router};

/// How a replay went.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Inputs played.
    pub inputs: usize,
    /// Outputs that the router made, those at its start included.
    pub outputs: usize,
    /// Digests that were recorded, and compared.
    pub compared: usize,
    /// The time of the last input.
    pub end: Time,
    /// The journal's last line broke off.
    pub cut: bool,
    /// The first input that was answered in another way than when it was recorded.
    pub difference: Option<Difference>,
}

/// An input that was answered in another way than when it was recorded.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The line of its digest, from 1.
    pub line: usize,
    /// When the router was given it.
    pub t: Time,
    /// The digest that was recorded.
    pub recorded: Digest,
    /// The digest of what the router puts out now.
    pub now: Digest,
    /// What the router puts out now, for people.
    pub outputs: Vec<String>,
}

/// Plays a journal into a router of its own; `see` is shown every output with its time.
///
/// # Errors
/// A line that cannot be read.
pub fn replay<L>(
    mut reader: Reader<L>,
    mut see: impl FnMut(Time, &Output),
) -> Result<Replayed, Error>
where
    L: Iterator,
    L::Item: AsRef<str>,
{
    let head = reader.head();
    let start = head.start;
    let mut router = Router::new(Arc::clone(&head.config), head.seed, start);
    let mut replayed =
        Replayed { inputs: 0, outputs: 0, compared: 0, end: start, cut: false, difference: None };
    let mut last = Vec::new();
    replayed.outputs += drain(&mut router, start, &mut last, &mut see);
    while let Some(entry) = reader.next() {
        match entry? {
            Entry::Input { t, input } => {
                replayed.inputs += 1;
                replayed.end = t;
                router.handle(t, input);
                replayed.outputs += drain(&mut router, t, &mut last, &mut see);
            }
            Entry::Outputs(recorded) => {
                replayed.compared += 1;
                let mut now = Digest::default();
                last.iter().for_each(|output| now.add(output));
                if now != recorded && replayed.difference.is_none() {
                    let (line, t) = (reader.line(), replayed.end);
                    let outputs = last.iter().map(|output| format!("{output:?}")).collect();
                    let difference = Difference { line, t, recorded, now, outputs };
                    replayed.difference = Some(difference);
                }
            }
        }
    }
    replayed.cut = reader.is_cut();
    Ok(replayed)
}

fn drain(
    router: &mut Router,
    t: Time,
    into: &mut Vec<Output>,
    see: &mut impl FnMut(Time, &Output),
) -> usize {
    into.clear();
    while let Some(output) = router.poll() {
        see(t, &output);
        into.push(output);
    }
    into.len()
}
