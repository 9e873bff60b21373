//! What OpenSLP said on a real wire, read by us and by tshark.

use ipxway_core::wire::slp::{Message, Version};

use super::oracle::tshark;
use super::root;

/// A message as tshark has it: version, function, bytes.
fn message(line: &str) -> Option<(u8, u8, Vec<u8>)> {
    let mut fields = line.split('\t');
    let version = fields.next()?.parse().ok()?;
    let function = fields.next()?.parse().ok()?;
    let payload = hex::decode(fields.next()?.replace(':', "")).ok()?;
    Some((version, function, payload))
}

#[test]
fn every_datagram_of_openslp_is_read_as_tshark_reads_it_and_written_as_it_was() {
    let file = root().join("captures/samples/slp_samples.pcap");
    let fields = ["srvloc.version", "srvloc.function", "udp.payload"];
    let fields = fields.map(|field| ["-e", field]).concat();
    // The second and later fragments of a reply are no messages.
    let filter = ["-Y", "srvloc && udp && ip.flags.mf == 0 && ip.frag_offset == 0", "-T", "fields"];
    let lines = tshark(&file, &[&filter[..], &fields].concat());
    let (mut read, mut written) = ([0, 0], 0);
    for line in &lines {
        let (version, function, payload) = message(line).unwrap_or_else(|| panic!("{line}"));
        let decoded = Message::decode(&payload).unwrap_or_else(|error| panic!("{error}: {line}"));
        let ours = match decoded.header.version {
            Version::V1 => 1,
            Version::V2 => 2,
        };
        assert_eq!((ours, decoded.body.function().number()), (version, function), "{line}");
        read[usize::from(version) - 1] += 1;
        // OpenSLP puts memory behind its replies of version 1, and extensions of its own into
        // registrations [slp-dhcp-snmp §6 row 1, §2.3].
        let again = decoded.encode().unwrap();
        if payload.starts_with(&again) {
            written += 1;
        } else {
            assert_eq!(Message::decode(&again).unwrap().body, decoded.body, "{line}");
        }
    }
    assert!(read[0] >= 25 && read[1] >= 195, "{read:?}");
    assert!(written * 10 >= lines.len() * 9, "{written} of {} came out as they were", lines.len());
}
