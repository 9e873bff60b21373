//! Sample frames for tests: built byte by byte by programs of their own, not by this code, and
//! decoded by tshark and tcpdump.

/// 43 frames [ipx-rip-sap §20].
const CAPTURE: &[u8] = include_bytes!("../../../captures/samples/ipx_samples.pcap");
/// 17 frames [nlsp §20].
const NLSP: &[u8] = include_bytes!("../../../captures/samples/nlsp_samples.pcap");

/// 17 frames [slp-dhcp-snmp §7.2].
const DHCP: &[u8] = include_bytes!("../../../captures/samples/dhcp_samples.pcap");

/// All IPX frames, in order.
pub(crate) fn frames() -> Vec<&'static [u8]> {
    let frames = records(CAPTURE);
    assert_eq!(frames.len(), 43);
    frames
}

/// The frame of this number, counted from 1 as the document and tshark do.
pub(crate) fn frame(number: usize) -> &'static [u8] {
    frames()[number - 1]
}

/// All NLSP frames, in order.
pub(crate) fn nlsp_frames() -> Vec<&'static [u8]> {
    let frames = records(NLSP);
    assert_eq!(frames.len(), 17);
    frames
}

/// All frames of the DHCP laboratory, in order.
pub(crate) fn dhcp_frames() -> Vec<&'static [u8]> {
    let frames = records(DHCP);
    assert_eq!(frames.len(), 17);
    frames
}

/// The frames of a pcap file in the byte order of x86: 24 bytes of file header, then records of a
/// 16-byte header with the length at offset 8.
fn records(capture: &'static [u8]) -> Vec<&'static [u8]> {
    let mut rest = &capture[24..];
    let mut frames = Vec::new();
    while let Some((header, body)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize;
        let (frame, next) = body.split_at(length);
        frames.push(frame);
        rest = next;
    }
    frames
}
