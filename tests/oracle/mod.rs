//! The oracle: what tshark and tcpdump say about packets that the product sent.
//!
//! Two decoders that know nothing of ours read a capture. Whatever they find wrong is a
//! complaint: a malformed packet, an expert warning, a wrong checksum. Neither compares the IPX
//! length with the bytes around it, nor looks for old memory in the padding, so that is done here,
//! with what tshark read.
//!
//! Used by several test programs, each of which includes this file by its path.

use std::path::Path;
use std::process::Command;

/// UDP ports of CMD networks that tshark is told to decode as IPX.
const CMD_PORTS: [u16; 2] = [2654, 2645];
/// The fields that tshark prints for each packet, in this order.
const FIELDS: [&str; 17] = [
    "frame.number",
    "frame.len",
    "frame.cap_len",
    "frame.protocols",
    "eth.type",
    "eth.len",
    "eth.padding",
    "eth.trailer",
    "llc.dsap",
    "udp.length",
    "ip.checksum.status",
    "udp.checksum.status",
    "ipx.len",
    "ipx.src.node",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
];
/// tshark's severities "warning" and "error"; what is below are notes and conversation.
const SEVERE: [&str; 2] = ["6291456", "8388608"];
/// The checksum status of tshark that says "wrong".
const WRONG: &str = "0";
/// Words by which tcpdump says that something is wrong with a packet.
const TCPDUMP_COMPLAINTS: [&str; 6] =
    ["[|", "truncated", "invalid", "bad udp cksum", "bad cksum", "length mismatch"];

/// Whose packets are judged whole.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judge<'a> {
    /// Those of every station.
    Everyone,
    /// Those whose IPX source node is one of these, written as tshark does, `02:00:00:00:00:01`.
    /// Of the others, which were only forwarded, the headers are judged and not what they carry.
    #[allow(dead_code, reason = "not every test program needs it")]
    From(&'a [String]),
}

/// All that the two decoders find wrong with the packets in the capture at `path`.
///
/// # Panics
/// If one of them is not installed or cannot read the file: a test without them proves nothing.
#[must_use]
pub(crate) fn complaints(path: &Path, judge: Judge<'_>) -> Vec<String> {
    let mut complaints = by_tshark(path, judge);
    complaints.extend(by_tcpdump(path));
    complaints
}

/// Runs tshark on `path` with `arguments` and gives its lines.
///
/// # Panics
/// As [`complaints`].
#[must_use]
pub(crate) fn tshark(path: &Path, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(path).args(arguments);
    for port in CMD_PORTS {
        command.arg("-d").arg(format!("udp.port=={port},ipx"));
    }
    for check in ["ip.check_checksum", "udp.check_checksum"] {
        command.arg("-o").arg(format!("{check}:TRUE"));
    }
    lines(command, "tshark")
}

fn lines(mut command: Command, package: &str) -> Vec<String> {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{package} cannot be run ({error}): apt-get install {package}; `make test` does it")
    });
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {errors}");
    text.lines().map(str::to_owned).collect()
}

fn by_tshark(path: &Path, judge: Judge<'_>) -> Vec<String> {
    let mut arguments = vec!["-T", "fields", "-E", "separator=|", "-E", "occurrence=a"];
    for field in FIELDS {
        arguments.extend(["-e", field]);
    }
    let mut complaints = Vec::new();
    for line in tshark(path, &arguments) {
        let fields: Vec<&str> = line.splitn(FIELDS.len(), '|').collect();
        let fields: [&str; FIELDS.len()] =
            fields.try_into().unwrap_or_else(|_| panic!("tshark printed `{line}`"));
        let packet = Packet::new(fields);
        let file = path.display();
        complaints.extend(
            packet
                .complaints(judge)
                .into_iter()
                .map(|text| format!("{file}: tshark, packet {}: {text}", packet.number)),
        );
    }
    complaints
}

/// A packet as tshark reads it.
struct Packet<'a> {
    number: &'a str,
    len: usize,
    cap_len: usize,
    protocols: &'a str,
    ethertype: &'a str,
    eth_len: Option<usize>,
    behind: [&'a str; 2],
    dsap: &'a str,
    udp_len: Option<usize>,
    checksums: [&'a str; 2],
    ipx_len: Option<usize>,
    source: &'a str,
    malformed: &'a str,
    severities: &'a str,
    messages: &'a str,
}

impl<'a> Packet<'a> {
    fn new(fields: [&'a str; FIELDS.len()]) -> Self {
        let [
            number,
            len,
            cap_len,
            protocols,
            ethertype,
            eth_len,
            padding,
            trailer,
            dsap,
            udp_len,
            ip_status,
            udp_status,
            ipx_len,
            source,
            malformed,
            severities,
            messages,
        ] = fields;
        Self {
            number,
            len: len.parse().unwrap_or(0),
            cap_len: cap_len.parse().unwrap_or(0),
            protocols,
            ethertype,
            eth_len: eth_len.parse().ok(),
            behind: [padding, trailer],
            dsap,
            udp_len: udp_len.parse().ok(),
            checksums: [ip_status, udp_status],
            ipx_len: ipx_len.parse().ok(),
            source,
            malformed,
            severities,
            messages,
        }
    }

    fn complaints(&self, judge: Judge<'_>) -> Vec<String> {
        let mut complaints = Vec::new();
        let whole = match judge {
            Judge::Everyone => true,
            Judge::From(nodes) => nodes.iter().any(|node| node == self.source),
        };
        let severe = self.severities.split(',').any(|severity| SEVERE.contains(&severity));
        if whole && (severe || !self.malformed.is_empty()) {
            let (malformed, messages) = (self.malformed, self.messages);
            complaints.push(format!("{} {malformed} {messages}", self.protocols));
        }
        if self.checksums.contains(&WRONG) {
            complaints.push("a wrong IP or UDP checksum".to_owned());
        }
        if self.behind.iter().any(|bytes| bytes.contains(|digit| !matches!(digit, '0' | ':'))) {
            complaints.push(format!("padding that is not zero: {:?}", self.behind));
        }
        if self.cap_len != self.len {
            complaints.push(format!("{} bytes of {} captured", self.cap_len, self.len));
        }
        if self.protocols.split(':').any(|protocol| protocol == "ipx") {
            complaints.extend(self.length_fault());
        }
        complaints
    }

    /// What is around the IPX packet must be as long as the packet says: nothing behind it in a
    /// datagram; in a frame at most the evenising byte within the 802.3 length, and padding to
    /// 60 bytes behind.
    fn length_fault(&self) -> Option<String> {
        let Some(ipx) = self.ipx_len else { return Some("no IPX length".to_owned()) };
        if let Some(udp) = self.udp_len {
            return (udp != 8 + ipx).then(|| format!("UDP length {udp} around {ipx} of IPX"));
        }
        let llc = match self.dsap {
            "" => 0,
            "0xe0" | "0xe0,0xe0" => 3,
            _ => 8,
        };
        let evenised = ipx + (llc + ipx) % 2;
        if let Some(length) = self.eth_len {
            if length != llc + ipx && length != llc + evenised {
                return Some(format!("802.3 length {length} around {ipx} of IPX"));
            }
            let least = (14 + length).max(60);
            return (self.len != 14 + length && self.len != least)
                .then(|| format!("a frame of {} with 802.3 length {length}", self.len));
        }
        if self.ethertype != "0x8137" {
            return None;
        }
        let fits = [14 + ipx, 14 + evenised, (14 + ipx).max(60)].contains(&self.len);
        (!fits).then(|| format!("a frame of {} around {ipx} of IPX", self.len))
    }
}

fn by_tcpdump(path: &Path) -> Vec<String> {
    let mut command = Command::new("tcpdump");
    command.args(["-n", "-e", "-vv", "-#", "-r"]).arg(path);
    let file = path.display();
    lines(command, "tcpdump")
        .into_iter()
        .filter(|line| TCPDUMP_COMPLAINTS.iter().any(|word| line.contains(word)))
        .map(|line| format!("{file}: tcpdump: {}", line.trim()))
        .collect()
}
