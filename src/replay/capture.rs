//! Captures as files: one played from its first packet to its last, one read whole, one written.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use ipxway_drivers::pcap::{PcapError, Reader, Resolution, Writer};

use super::golden::Packet;
use super::link::Link;
use super::player::{Player, Setup};

/// The link type of what is written: Ethernet.
const ETHERNET: u32 = 1;

/// A capture after it was played.
pub struct Played {
    /// The agent it was played to.
    pub player: Player,
    /// The link types it had.
    pub links: BTreeSet<Link>,
    /// Packets of which it holds only the beginning.
    pub cut: u64,
    /// Why it was not read to its end: it breaks off, as does the capture of a program that was
    /// killed.
    pub broken: Option<String>,
}

impl Played {
    /// What the agent sent, with times since the epoch: those of the capture, so that both fit
    /// into one another.
    #[must_use]
    pub fn sent(&self) -> Vec<Packet> {
        let origin = self.player.origin();
        let time = |at: ipxway_core::Time| origin + Duration::from_micros(at.as_micros());
        self.player.sent().iter().map(|sent| (time(sent.at), sent.frame.clone())).collect()
    }
}

/// Plays the capture at `path` to an agent, and lets that run on for `tail`.
///
/// # Errors
/// A file that cannot be read or is no capture, with its name; an agent that is stuck.
pub fn play(path: &Path, setup: &Setup, tail: Duration) -> anyhow::Result<Played> {
    let reader = open(path)?;
    let mut player = Player::new(setup)?;
    let mut links = BTreeSet::new();
    let mut cut = 0;
    let mut broken = None;
    for record in reader {
        match record {
            Ok(record) => {
                let link = Link::of(record.link_type);
                links.insert(link);
                cut += u64::from(u64::from(record.original_len) > record.bytes.len() as u64);
                player.play(record.time, link, &record.bytes)?;
            }
            Err(error @ PcapError::Truncated { .. }) => broken = Some(error.to_string()),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    player.advance(player.now() + tail)?;
    Ok(Played { player, links, cut, broken })
}

/// All packets of the capture at `path`.
///
/// # Errors
/// A file that cannot be read to its end, with its name.
pub fn read(path: &Path) -> anyhow::Result<Vec<Packet>> {
    open(path)?
        .map(|record| record.map(|record| (record.time, record.bytes)))
        .collect::<Result<_, _>>()
        .with_context(|| path.display().to_string())
}

/// Writes Ethernet frames as a capture in pcap format.
///
/// # Errors
/// A file that cannot be written, with its name.
pub fn write(path: &Path, packets: &[Packet]) -> anyhow::Result<()> {
    let write = || -> Result<(), PcapError> {
        let sink = BufWriter::new(File::create(path)?);
        let mut writer = Writer::new(sink, ETHERNET, Resolution::Microseconds)?;
        for (time, frame) in packets {
            writer.write(*time, frame)?;
        }
        writer.into_inner().flush()?;
        Ok(())
    };
    write().with_context(|| path.display().to_string())
}

fn open(path: &Path) -> anyhow::Result<Reader> {
    let reader = File::open(path).map_err(PcapError::from);
    reader
        .and_then(|file| Reader::new(BufReader::new(file)))
        .with_context(|| path.display().to_string())
}
