//! Bodies of fuzz targets: plain functions of bytes that panic if a law is broken.
//!
//! `tests/fuzz` leads them by coverage; on stable they run as property tests and over the corpus
//! that is kept in the repository. No part of the product calls them.

mod agent;
mod dhcp;
mod link_state;
mod nlsp;
mod slp;
#[cfg(test)]
mod tests;

use crate::forward::{HEADROOM, View};
use crate::journal;
use crate::wire::describe::{Frame, Packet};
use crate::wire::frame::{self, LinkHeader, MIN_FRAME};
use crate::wire::ipx::{self, Header};
use crate::wire::{Address, DecodeError, NetworkNumber, diagnostics, ping, rip, sap};

pub use agent::{agent, replies};
pub use dhcp::dhcp;
pub use nlsp::nlsp;
pub use slp::slp;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Targets that look at the bytes once: fast.
pub const BYTES: &[Target] = &[
    ("frame", frame),
    ("ipx", ipx),
    ("rip", rip),
    ("sap", sap),
    ("ping", ping),
    ("diagnostics", diagnostics),
    ("nlsp", nlsp),
    ("slp", slp),
    ("dhcp", dhcp),
    ("address", address),
    ("view", view),
];

/// Every target of the core.
pub const TARGETS: &[Target] = &[
    ("frame", frame),
    ("ipx", ipx),
    ("rip", rip),
    ("sap", sap),
    ("ping", ping),
    ("diagnostics", diagnostics),
    ("nlsp", nlsp),
    ("slp", slp),
    ("dhcp", dhcp),
    ("address", address),
    ("view", view),
    ("agent", agent),
    ("journal", journal),
];

/// An error names a field of a layer, and can be printed.
fn check_error(error: &DecodeError, layers: &[&str]) {
    let layer = error.field.split('.').next().unwrap_or_default();
    assert!(layers.contains(&layer), "{error}");
}

/// Frames: what is found lies in the frame, and its link header encodes to the bytes it came
/// from.
pub fn frame(bytes: &[u8]) {
    assert!(!Frame(bytes).to_string().is_empty());
    let found = match frame::locate(bytes) {
        Ok(found) => found,
        Err(error) => return check_error(&error, &["ethernet", "llc"]),
    };
    let packet = bytes.get(found.packet.clone()).expect("the packet lies in the frame");
    let frame::Located { destination, source, vlan, framing, .. } = found;
    let header = LinkHeader { destination, source, vlan, framing };
    let mut written = vec![0; header.len()];
    header.write(&mut written, packet.len());
    written.extend_from_slice(packet);
    let again = frame::locate(&written).expect("what is written can be found");
    assert_eq!(written.get(again.packet.clone()), Some(packet));
    assert_eq!((again.framing, again.vlan), (framing, vlan));
}

/// IPX packets: what decodes encodes to the same bytes, and filling in a network keeps a checksum
/// as true as it was.
pub fn ipx(bytes: &[u8]) {
    assert!(!Packet(bytes).to_string().is_empty());
    let header = match Header::decode(bytes) {
        Ok(header) => header,
        Err(error) => return check_error(&error, &["ipx"]),
    };
    assert_eq!(header.encode().as_slice(), &bytes[..ipx::HEADER_LEN]);
    let mut packet = bytes[..usize::from(header.length)].to_vec();
    let held = ipx::checksum_holds(&packet);
    ipx::set_source_network(&mut packet, NetworkNumber(0xc0ff_ee01));
    ipx::set_transport_control(&mut packet, header.transport_control.wrapping_add(1));
    if held && header.checksum != 0 {
        assert!(ipx::checksum_holds(&packet));
    }
    assert_ne!(ipx::checksum(&packet), ipx::NO_CHECKSUM);
}

/// RIP: what decodes encodes to the same bytes but for what lies behind the last entry.
pub fn rip(bytes: &[u8]) {
    match rip::Packet::decode(bytes) {
        Ok(packet) => {
            assert!(!packet.to_string().is_empty());
            let whole = &bytes[..bytes.len() - packet.trailing];
            assert_eq!(rip::encode(packet.operation, &packet.entries), whole);
        }
        Err(error) => check_error(&error, &["rip"]),
    }
}

/// SAP: as RIP.
pub fn sap(bytes: &[u8]) {
    let packet = match sap::Packet::decode(bytes) {
        Ok(packet) => packet,
        Err(error) => return check_error(&error, &["sap"]),
    };
    assert!(!packet.to_string().is_empty());
    match packet {
        sap::Packet::Query { kind, service_type } => {
            assert_eq!(sap::encode_query(kind, service_type), &bytes[..4]);
        }
        sap::Packet::Response { kind, entries, trailing } => {
            let whole = &bytes[..bytes.len() - trailing];
            assert_eq!(sap::encode_response(kind, &entries), whole);
        }
    }
}

/// Ping: what decodes survives encoding, and the answer to it is one.
pub fn ping(bytes: &[u8]) {
    match ping::Ping::decode(bytes) {
        Ok(ping) => {
            assert!(!ping.to_string().is_empty());
            assert_eq!(ping::Ping::decode(&ping.encode()), Ok(ping));
            let reply = ping.reply().encode();
            assert_eq!(ping::Ping::decode(&reply).map(|ping| ping.kind), Ok(ping::Kind::Reply));
        }
        Err(error) => check_error(&error, &["ping"]),
    }
}

/// Diagnostics: what decodes survives encoding, questions and answers.
pub fn diagnostics(bytes: &[u8]) {
    match diagnostics::Request::decode(bytes) {
        Ok(request) => {
            assert!(!request.to_string().is_empty());
            assert_eq!(diagnostics::Request::decode(&request.encode()), Ok(request));
        }
        Err(error) => check_error(&error, &["diagnostics"]),
    }
    match diagnostics::Response::decode(bytes) {
        Ok(response) => {
            assert!(!response.to_string().is_empty());
            assert_eq!(diagnostics::Response::decode(&response.encode()), Ok(response));
        }
        Err(error) => check_error(&error, &["diagnostics"]),
    }
}

/// Addresses and names as people type them: what is read prints to what reads the same.
pub fn address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<Address>() {
        Ok(address) => assert_eq!(address.to_string().parse(), Ok(address)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(framing) = text.parse::<frame::Framing>() {
        assert_eq!(framing.to_string().parse(), Ok(framing));
    }
    if let Ok(service_type) = text.parse::<sap::ServiceType>() {
        assert_eq!(service_type.to_string().parse(), Ok(service_type));
    }
}

/// Journals: any text plays to its end or to an error that can be printed.
pub fn journal(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match journal::Reader::new(text.lines()) {
        Ok(reader) => match journal::replay(reader, |_, _| ()) {
            Ok(replayed) => assert!(replayed.difference.is_none() || replayed.compared > 0),
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A window that is moved about at will stays within its buffer.
pub fn view(bytes: &[u8]) {
    let mut buffer = vec![0; HEADROOM + 256 + MIN_FRAME];
    let length = buffer.len();
    let mut view = View::new(&mut buffer, HEADROOM, HEADROOM + 256);
    let (steps, _) = bytes.as_chunks::<3>();
    for &[step, a, b] in steps {
        let (a, b) = (usize::from(a), usize::from(b));
        match step % 3 {
            0 => view.narrow(a..b),
            1 => drop(view.grow_front(a)),
            _ => drop(view.grow_back(b)),
        }
        let range = view.range();
        assert!(range.start <= range.end && range.end <= length);
        assert_eq!(view.bytes().len(), view.len());
    }
}
