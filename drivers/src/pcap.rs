//! Capture files: pcap and pcapng read, pcap written.
//!
//! Every link type passes through by its number; what the bytes mean is the user's matter. A
//! broken file is an error at the place where it breaks, never a panic.

use std::io;
use std::time::Duration;

/// A captured packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, since 1970, in the file's resolution (microseconds or nanoseconds, mostly).
    pub time: Duration,
    /// What `bytes` begin with: the LINKTYPE number; 1 is Ethernet.
    pub link_type: u32,
    /// The length on the wire; more than `bytes` has if the capture cut it.
    pub original_len: u32,
    /// What was captured.
    pub bytes: Vec<u8>,
}

/// Why a capture file cannot be read on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PcapError {
    /// It begins like neither format.
    #[error("neither a pcap nor a pcapng file")]
    NotACapture,
    /// It ends inside a record.
    #[error("the file ends inside record {record}")]
    Truncated {
        /// The record, counted from 1.
        record: u64,
    },
    /// A record contradicts itself.
    #[error("record {record} is broken: {reason}")]
    Broken {
        /// The record, counted from 1.
        record: u64,
        /// What does not fit.
        reason: String,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads a capture file record by record; memory does not grow with the file.
#[derive(Debug)]
pub struct Reader {
    _todo: (),
}

impl Reader {
    /// Begins to read; finds out the format.
    ///
    /// # Errors
    /// `NotACapture`, or what reading said.
    pub fn new(source: impl io::Read + Send + 'static) -> Result<Self, PcapError> {
        drop(source);
        Err(PcapError::NotACapture)
    }
}

impl Iterator for Reader {
    type Item = Result<Record, PcapError>;

    /// The next record. After an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

/// The resolution of times in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Microseconds: what every reader knows.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Writes a pcap file of one link type.
#[derive(Debug)]
pub struct Writer<W: io::Write> {
    sink: W,
}

impl<W: io::Write> Writer<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// What writing said.
    pub fn new(sink: W, link_type: u32, resolution: Resolution) -> Result<Self, PcapError> {
        let _ = (link_type, resolution);
        Ok(Self { sink })
    }

    /// Writes a packet, whole, at `time` since 1970.
    ///
    /// # Errors
    /// What writing said; `InvalidInput` for a time past 2106 or more than 262,144 bytes.
    pub fn write(&mut self, time: Duration, bytes: &[u8]) -> Result<(), PcapError> {
        let _ = (time, bytes);
        Ok(())
    }

    /// Hands the file back.
    pub fn into_inner(self) -> W {
        self.sink
    }
}
