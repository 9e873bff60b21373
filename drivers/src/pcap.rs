//! Capture files: pcap and pcapng read, pcap written.
//!
//! Every link type passes through by its number; what the bytes mean is the user's matter. A
//! broken file is an error at the place where it breaks, never a panic.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, TsResolution};
use pcap_parser::pcapng::Block;
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, LegacyPcapBlock, PcapBlockOwned,
    PcapHeader as LegacyHeader, SimplePacketBlock,
};

/// The most bytes of one packet that files have, by the custom of capture programs.
const MAX_CAPTURED: u32 = 262_144;
/// The buffer at the start; it grows to what the longest block needs.
const BUFFER: usize = 65_536;
/// The longest block that is read: a packet and its options, or a list of names.
const MAX_BLOCK: usize = 16 << 20;

/// A captured packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, since 1970, in the file's resolution (microseconds or nanoseconds, mostly). Zero in
    /// blocks without a time.
    pub time: Duration,
    /// What `bytes` begin with: the LINKTYPE number; 1 is Ethernet.
    pub link_type: u32,
    /// The length on the wire; more than `bytes` has if the capture cut it.
    pub original_len: u32,
    /// What was captured.
    pub bytes: Vec<u8>,
}

/// Why a capture file cannot be read on, or written.
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
pub struct Reader {
    blocks: Box<dyn PcapReaderIterator + Send>,
    /// What reading the source said, which the parser does not pass on.
    failure: Failure,
    dialect: Dialect,
    records: u64,
    finished: bool,
}

type Failure = Arc<Mutex<Option<io::Error>>>;

impl Reader {
    /// Begins to read; finds out the format.
    ///
    /// # Errors
    /// `NotACapture`, or what reading said.
    pub fn new(source: impl Read + Send + 'static) -> Result<Self, PcapError> {
        let failure = Failure::default();
        let source = Filling { source, failure: Arc::clone(&failure) };
        let blocks = pcap_parser::create_reader(BUFFER, source)
            .map_err(|_| take(&failure).map_or(PcapError::NotACapture, PcapError::Io))?;
        Ok(Self { blocks, failure, dialect: Dialect::default(), records: 0, finished: false })
    }

    /// The next packet; `None` at the end of the file.
    fn read(&mut self) -> Result<Option<Record>, PcapError> {
        let record = self.records + 1;
        let broken = |reason: &str| PcapError::Broken { record, reason: reason.into() };
        loop {
            if self.dialect.legacy.is_none() && is_too_short(self.blocks.data()) {
                return Err(broken("a block shorter than its own two lengths"));
            }
            let found = match self.blocks.next() {
                Ok((len, block)) => Ok((len, self.dialect.read(block).map_err(broken)?)),
                Err(error) => Err(Trouble::of(&error)),
            };
            match found {
                Ok((len, packet)) => {
                    self.blocks.consume(len);
                    if packet.is_some() {
                        self.records = record;
                        return Ok(packet);
                    }
                }
                Err(Trouble::End) => return Ok(None),
                Err(Trouble::More) => self.refill(record)?,
                Err(Trouble::Cut) => return Err(PcapError::Truncated { record }),
                Err(Trouble::Nonsense) => return Err(broken("its block does not hold together")),
            }
        }
    }

    /// Gets more of the file, in a larger buffer if the present one is full.
    fn refill(&mut self, record: u64) -> Result<(), PcapError> {
        let held = self.blocks.data().len();
        if self.blocks.refill().is_err() {
            let error = take(&self.failure).unwrap_or_else(|| io::ErrorKind::Other.into());
            return Err(error.into());
        }
        if self.blocks.data().len() > held || self.blocks.reader_exhausted() {
            return Ok(());
        }
        let larger = (held.max(BUFFER)).saturating_mul(2);
        if larger > MAX_BLOCK || !self.blocks.grow(larger) {
            let reason = format!("it claims more than {held} bytes");
            return Err(PcapError::Broken { record, reason });
        }
        Ok(())
    }
}

/// The pcapng block at the front says that it is less than 12 bytes long, which none can be; the
/// parser subtracts them unseen. In either byte order: the length of a block that we would read is
/// not so small in the other.
fn is_too_short(block: &[u8]) -> bool {
    match block {
        [_, _, _, _, a, b, c, d, ..] => {
            let length = [*a, *b, *c, *d];
            u32::from_le_bytes(length).min(u32::from_be_bytes(length)) < 12
        }
        _ => false,
    }
}

impl Iterator for Reader {
    type Item = Result<Record, PcapError>;

    /// The next record. After an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.read().transpose();
        self.finished = !matches!(next, Some(Ok(_)));
        next
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("records", &self.records).finish_non_exhaustive()
    }
}

/// What the parser's errors mean to us.
enum Trouble {
    End,
    More,
    Cut,
    Nonsense,
}

impl Trouble {
    fn of(error: &pcap_parser::PcapError<&[u8]>) -> Self {
        use pcap_parser::PcapError as Error;
        match error {
            Error::Eof => Self::End,
            Error::Incomplete(_) | Error::BufferTooSmall => Self::More,
            Error::UnexpectedEof => Self::Cut,
            _ => Self::Nonsense,
        }
    }
}

/// A source that gives all that was asked for, unless it ends: pipes give less, and the parser
/// wants the whole header at its first read.
struct Filling<R> {
    source: R,
    failure: Failure,
}

impl<R: Read> Read for Filling<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => break,
                Ok(len) => filled += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    return Err(kind.into());
                }
            }
        }
        Ok(filled)
    }
}

fn take(failure: &Failure) -> Option<io::Error> {
    failure.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What the blocks read so far say about the packets to come.
#[derive(Default)]
struct Dialect {
    /// pcap: the file header.
    legacy: Option<LegacyHeader>,
    /// pcapng: the interfaces of the present section.
    interfaces: Vec<Interface>,
}

/// What a pcapng file says about an interface.
#[derive(Clone, Copy)]
struct Interface {
    link_type: u32,
    snap_len: u32,
    ticks_per_second: u64,
    offset_s: i64,
}

impl Dialect {
    /// The packet in a block, if it has one.
    fn read(&mut self, block: PcapBlockOwned<'_>) -> Result<Option<Record>, &'static str> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => self.legacy = Some(header),
            PcapBlockOwned::Legacy(packet) => return self.legacy_packet(&packet).map(Some),
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.interfaces.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(description)) => {
                self.interfaces.push(Interface::new(&description)?);
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                return self.enhanced_packet(&packet).map(Some);
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                return self.simple_packet(&packet).map(Some);
            }
            // Statistics, names, keys, comments.
            PcapBlockOwned::NG(_) => {}
        }
        Ok(None)
    }

    fn legacy_packet(&self, packet: &LegacyPcapBlock<'_>) -> Result<Record, &'static str> {
        let header = self.legacy.as_ref().ok_or("a packet before the file header")?;
        let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
        let nanoseconds = u64::from(packet.ts_usec) * unit;
        Ok(Record {
            time: Duration::from_secs(packet.ts_sec.into()) + Duration::from_nanos(nanoseconds),
            link_type: number(header.network.0),
            original_len: packet.origlen,
            bytes: captured(packet.data, packet.caplen)?,
        })
    }

    fn enhanced_packet(&self, packet: &EnhancedPacketBlock<'_>) -> Result<Record, &'static str> {
        let id = usize::try_from(packet.if_id).unwrap_or(usize::MAX);
        let interface = self.interfaces.get(id).ok_or("an interface that is not described")?;
        let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
        Ok(Record {
            time: interface.time(ticks)?,
            link_type: interface.link_type,
            original_len: packet.origlen,
            bytes: captured(packet.data, packet.caplen)?,
        })
    }

    fn simple_packet(&self, packet: &SimplePacketBlock<'_>) -> Result<Record, &'static str> {
        let interface = self.interfaces.first().ok_or("an interface that is not described")?;
        let limit = if interface.snap_len == 0 { u32::MAX } else { interface.snap_len };
        Ok(Record {
            time: Duration::ZERO,
            link_type: interface.link_type,
            original_len: packet.origlen,
            bytes: captured(packet.data, packet.origlen.min(limit))?,
        })
    }
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>) -> Result<Self, &'static str> {
        let resolution = description.if_tsresol;
        let exponent = u32::from(resolution & 0x7f);
        let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
        Ok(Self {
            link_type: number(description.linktype.0),
            snap_len: description.snaplen,
            ticks_per_second: base.checked_pow(exponent).ok_or("a clock that is too fine")?,
            offset_s: description.if_tsoffset,
        })
    }

    fn time(&self, ticks: u64) -> Result<Duration, &'static str> {
        let seconds = ticks / self.ticks_per_second;
        let rest = u128::from(ticks % self.ticks_per_second);
        let nanoseconds = rest * 1_000_000_000 / u128::from(self.ticks_per_second);
        let seconds = seconds.checked_add_signed(self.offset_s).ok_or("a time before 1970")?;
        let nanoseconds = u32::try_from(nanoseconds).expect("less than a second");
        Ok(Duration::new(seconds, nanoseconds))
    }
}

/// The first `len` bytes of a block's data, which has padding behind.
fn captured(data: &[u8], len: u32) -> Result<Vec<u8>, &'static str> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    data.get(..len).map(<[u8]>::to_vec).ok_or("a packet longer than its block")
}

/// The link type, which shares its field with flags in newer pcap files.
fn number(link_type: i32) -> u32 {
    link_type.cast_unsigned() & 0x0fff_ffff
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
    inner: PcapWriter<W>,
}

impl<W: io::Write> Writer<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// What writing said.
    pub fn new(sink: W, link_type: u32, resolution: Resolution) -> Result<Self, PcapError> {
        let header = PcapHeader {
            snaplen: MAX_CAPTURED,
            datalink: DataLink::from(link_type),
            ts_resolution: match resolution {
                Resolution::Microseconds => TsResolution::MicroSecond,
                Resolution::Nanoseconds => TsResolution::NanoSecond,
            },
            // The same bytes on every machine.
            endianness: pcap_file::Endianness::Little,
            ..PcapHeader::default()
        };
        Ok(Self { inner: PcapWriter::with_header(sink, header).map_err(to_io)? })
    }

    /// Writes a packet, whole, at `time` since 1970.
    ///
    /// # Errors
    /// What writing said; `InvalidInput` for a time past 2106 or more than 262,144 bytes.
    pub fn write(&mut self, time: Duration, bytes: &[u8]) -> Result<(), PcapError> {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.inner.write_packet(&PcapPacket::new(time, len, bytes)).map_err(to_io)?;
        Ok(())
    }

    /// Hands the file back.
    pub fn into_inner(self) -> W {
        self.inner.into_writer()
    }
}

fn to_io(error: pcap_file::PcapError) -> io::Error {
    match error {
        pcap_file::PcapError::IoError(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other),
    }
}
