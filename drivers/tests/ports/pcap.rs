//! Capture files.

use std::io::{self, Cursor, Read};
use std::time::Duration;

use ipxway_drivers::pcap::{PcapError, Reader, Record, Resolution, Writer};
use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::simple_packet::SimplePacketBlock;
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};
use proptest::prelude::*;

/// What broken files do.
type Outcome = Result<Vec<Record>, PcapError>;

fn read(file: &[u8]) -> Outcome {
    Reader::new(Cursor::new(file.to_vec()))?.collect()
}

fn write(resolution: Resolution, packets: &[(Duration, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), 1, resolution).unwrap();
    for (time, bytes) in packets {
        writer.write(*time, bytes).unwrap();
    }
    writer.into_inner()
}

/// A pcapng file with two interfaces of different links and clocks.
fn pcapng() -> Vec<u8> {
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let interface = |linktype, options| InterfaceDescriptionBlock { linktype, snaplen: 0, options };
    let nanoseconds = vec![InterfaceDescriptionOption::IfTsResol(9)];
    let fractions = vec![
        InterfaceDescriptionOption::IfTsResol(0x80 | 10),
        InterfaceDescriptionOption::IfTsOffset(100),
    ];
    let blocks = [
        interface(DataLink::ETHERNET, nanoseconds).into_block(),
        interface(DataLink::RAW, fractions).into_block(),
        packet(0, Duration::new(5, 7), b"ethernet", 60).into_block(),
        // The writer takes times in nanoseconds, whatever the interface says: 3.5 s in 1/1024 s.
        packet(1, Duration::from_nanos(3584), b"ip", 2).into_block(),
        SimplePacketBlock { original_len: 6, data: b"simple".into() }.into_block(),
    ];
    for block in blocks {
        writer.write_block(&block).unwrap();
    }
    writer.into_inner()
}

fn packet(id: u32, time: Duration, data: &[u8], original_len: u32) -> EnhancedPacketBlock<'_> {
    EnhancedPacketBlock {
        interface_id: id,
        timestamp: time,
        original_len,
        data: data.into(),
        options: Vec::new(),
    }
}

#[test]
fn what_is_written_is_read_again_to_the_resolution_of_the_file() {
    let time = Duration::new(1_700_000_000, 123_456_789);
    let packets = [(time, vec![1; 60]), (time * 2, vec![]), (Duration::ZERO, vec![3; 65_535])];
    for (resolution, unit) in [(Resolution::Nanoseconds, 1), (Resolution::Microseconds, 1000)] {
        let records = read(&write(resolution, &packets[..1])).unwrap();
        assert_eq!(records[0].time.subsec_nanos(), 123_456_789 / unit * unit);
        let records = read(&write(resolution, &packets[2..])).unwrap();
        assert_eq!((records[0].link_type, records[0].original_len), (1, 65_535));
        assert_eq!(records[0].bytes, packets[2].1);
    }
    let file = write(Resolution::Nanoseconds, &packets[..1]);
    assert_eq!(file[..4], [0x4d, 0x3c, 0xb2, 0xa1], "the magic of nanoseconds, little-endian");
}

#[test]
fn times_that_the_format_has_no_room_for_are_refused() {
    let mut writer = Writer::new(Vec::new(), 1, Resolution::Microseconds).unwrap();
    let late = Duration::from_secs(1 << 32);
    assert!(matches!(writer.write(late, b"x"), Err(PcapError::Io(_))));
    assert!(matches!(writer.write(Duration::ZERO, &vec![0; 300_000]), Err(PcapError::Io(_))));
}

#[test]
fn pcapng_interfaces_keep_their_link_types_and_clocks() {
    let records = read(&pcapng()).unwrap();
    let [ethernet, ip, simple] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((ethernet.time, ethernet.link_type), (Duration::new(5, 7), 1));
    assert_eq!((ethernet.bytes.as_slice(), ethernet.original_len), (&b"ethernet"[..], 60));
    assert_eq!((ip.time, ip.link_type), (Duration::from_millis(103_500), 101));
    assert_eq!((simple.bytes.as_slice(), simple.time), (&b"simple"[..], Duration::ZERO));
}

#[test]
fn a_big_endian_file_is_read_too() {
    let words = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65_535, 1, 9, 8, 4, 5, 0xdead_beef];
    let file: Vec<_> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let records = read(&file).unwrap();
    let bytes = vec![0xde, 0xad, 0xbe, 0xef];
    let time = Duration::new(9, 8000);
    assert_eq!(records, [Record { time, link_type: 1, original_len: 5, bytes }]);
}

#[test]
fn a_file_that_is_no_capture_is_refused() {
    for file in [&b""[..], b"x", b"#!/bin/sh\necho this is not a capture", &[0; 100]] {
        assert!(matches!(read(file), Err(PcapError::NotACapture)), "{file:?}");
    }
}

#[test]
fn a_cut_file_gives_its_whole_records_and_then_an_error() {
    let time = Duration::from_secs(1);
    for file in
        [write(Resolution::Microseconds, &[(time, vec![1; 20]), (time, vec![2; 20])]), pcapng()]
    {
        let whole = read(&file).unwrap();
        for len in 0..file.len() {
            let Ok(reader) = Reader::new(Cursor::new(file[..len].to_vec())) else { continue };
            let (mut good, mut bad) = (Vec::new(), 0);
            for record in reader {
                match record {
                    Ok(record) => good.push(record),
                    Err(PcapError::Truncated { record }) => {
                        assert_eq!(record, good.len() as u64 + 1);
                        bad += 1;
                    }
                    Err(other) => panic!("{len} bytes: {other}"),
                }
            }
            assert!(whole.starts_with(&good), "{len} bytes");
            assert!(bad <= 1 && good.len() < whole.len(), "{len} bytes");
        }
    }
}

/// A pipe that gives a byte at a time.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(1);
        self.0.read(&mut buffer[..len])
    }
}

#[test]
fn a_source_that_gives_little_at_a_time_is_read_as_well() {
    let records: Result<Vec<_>, _> = Reader::new(Trickle(Cursor::new(pcapng()))).unwrap().collect();
    assert_eq!(records.unwrap(), read(&pcapng()).unwrap());
}

/// A disk that fails behind a good start.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("bad sector")),
            len => Ok(len),
        }
    }
}

#[test]
fn an_error_of_the_disk_is_told_as_it_is() {
    let error = match Reader::new(Failing(Cursor::new(pcapng()))) {
        Ok(reader) => reader.collect::<Outcome>().unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.to_string(), "bad sector");
}

#[test]
fn a_file_longer_than_the_buffer_is_read_to_its_end() {
    let packets: Vec<_> = (0..400_u32)
        .map(|n| (Duration::from_micros(n.into()), vec![n.to_le_bytes()[0]; 1500]))
        .collect();
    let records = read(&write(Resolution::Microseconds, &packets)).unwrap();
    assert_eq!(records.len(), 400);
    for (record, (time, bytes)) in records.iter().zip(&packets) {
        assert_eq!((record.time, &record.bytes), (*time, bytes));
    }
}

#[test]
fn a_packet_longer_than_the_first_buffer_is_read() {
    let packets = [(Duration::ZERO, vec![7; 200_000]), (Duration::ZERO, vec![8; 10])];
    let records = read(&write(Resolution::Microseconds, &packets)).unwrap();
    assert_eq!(records.iter().map(|record| record.bytes.len()).collect::<Vec<_>>(), [200_000, 10]);
}

proptest! {
    #[test]
    fn packets_survive_a_round_trip(
        packets in prop::collection::vec(
            (0..u64::from(u32::MAX), 0..1_000_000_000_u32, prop::collection::vec(any::<u8>(), 0..200)),
            0..20,
        ),
    ) {
        let packets: Vec<_> = packets.into_iter()
            .map(|(seconds, nanoseconds, bytes)| (Duration::new(seconds, nanoseconds), bytes))
            .collect();
        let records = read(&write(Resolution::Nanoseconds, &packets)).unwrap();
        let back: Vec<_> = records.into_iter().map(|record| (record.time, record.bytes)).collect();
        prop_assert_eq!(back, packets);
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_run_on(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_change_of_a_good_file_makes_the_reader_panic_or_run_on(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        next_generation in any::<bool>(),
    ) {
        let mut file = if next_generation {
            pcapng()
        } else {
            let packets = [1, 2].map(|byte| (Duration::ZERO, vec![byte; 20]));
            write(Resolution::Microseconds, &packets)
        };
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        let most = file.len();
        if let Ok(records) = read(&file) {
            prop_assert!(records.iter().all(|record| record.bytes.len() < most));
        }
    }
}
