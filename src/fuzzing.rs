//! Bodies of fuzz targets of the shell; those of the core are in `ipxway_core::fuzzing`, which says
//! how they are used. No part of the product calls them.

use std::io::Cursor;

use ipxway_core::fuzzing::{self, Target};
use ipxway_drivers::pcap::Reader;

use crate::replay::describe;
use crate::replay::link::Link;
use crate::{cli, config, control};

/// Records of a capture that are looked at.
const RECORDS: usize = 1_000;

/// Every target of the shell.
pub const TARGETS: &[Target] = &[
    ("config", config::fuzz),
    ("control", control::fuzz_request),
    ("reply", reply),
    ("pcap", pcap),
];

/// Replies of an agent that was led through anything, as people see them: one line a row, and
/// nothing that a terminal would obey.
pub fn reply(bytes: &[u8]) {
    for reply in fuzzing::replies(bytes) {
        let text = cli::render(&reply);
        assert!(text.ends_with('\n') || text.is_empty(), "{text:?}");
        let controls = text.chars().find(|&c| c.is_control() && c != '\n');
        assert_eq!(controls, None, "{text:?}");
    }
}

/// Captures: any file is read to its end or to an error that can be printed, and every record can
/// be described.
pub fn pcap(bytes: &[u8]) {
    let reader = match Reader::new(Cursor::new(bytes.to_vec())) {
        Ok(reader) => reader,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for record in reader.take(RECORDS) {
        match record {
            Ok(record) => {
                // What a link type holds is asked of any bytes.
                let _ = Link::of(record.link_type).content(&record.bytes);
                assert!(!describe::frame(&record.bytes).is_empty());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
