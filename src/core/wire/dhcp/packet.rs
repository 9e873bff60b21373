//! The question and the answer.

use std::net::Ipv4Addr;

use super::options::{Options, code};
use crate::wire::{DecodeError, NodeAddress, Reader};

/// From us to a server.
const REQUEST: u8 = 1;
/// From a server.
const REPLY: u8 = 2;
/// Ethernet.
const HARDWARE: u8 = 1;
/// Bytes of an Ethernet address.
const HARDWARE_LEN: u8 = 6;
/// What options begin with.
const COOKIE: u32 = 0x6382_5363;
/// The least a message has: some relays drop shorter ones.
const LEAST: usize = 300;
/// The longest answer we ask for: an Ethernet frame's, without the headers of IP and UDP.
const LONGEST: u16 = 1_472;
/// The fields between the hardware address and the options that nobody uses here.
const SERVER_NAME: usize = 64;
const FILE: usize = 128;
const PADDING: usize = 10;

const INFORM: u8 = 8;
const ACK: u8 = 5;

/// What a datagram of DHCP is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A question of a machine that has an address.
    Inform,
    /// An answer with options.
    Ack,
}

/// Which of the two a datagram is; `None`: another message, or none at all.
#[must_use]
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    let (head, options) = read(bytes).ok()?;
    match (head.operation, options.get(code::MESSAGE_TYPE)?) {
        (REQUEST, [INFORM]) => Some(Kind::Inform),
        (REPLY, [ACK]) => Some(Kind::Ack),
        _ => None,
    }
}

/// "I have this address; tell me these options" [slp-dhcp-snmp §7.2]. Never a request for an
/// address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inform {
    /// What the answer must bear.
    pub xid: u32,
    /// Our address, where the answer goes.
    pub ip: Ipv4Addr,
    /// The interface's.
    pub mac: NodeAddress,
    /// Numbers of the options that are wanted.
    pub wanted: Vec<u8>,
}

/// An answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// That of the question.
    pub xid: u32,
    /// The address of who asked.
    pub ip: Ipv4Addr,
    /// Its interface's.
    pub mac: NodeAddress,
    /// Who answers.
    pub server: Ipv4Addr,
    /// What it says.
    pub options: Options,
}

impl Inform {
    /// The datagram, at least 300 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let options = Options::default()
            .with(code::MESSAGE_TYPE, &[INFORM])
            .with(code::WANTED, &self.wanted)
            .with(code::LONGEST, &LONGEST.to_be_bytes());
        let head = Head { operation: REQUEST, xid: self.xid, ip: self.ip, mac: self.mac };
        write(&head, Ipv4Addr::UNSPECIFIED, &options)
    }

    /// The question in a datagram.
    ///
    /// # Errors
    /// It breaks the format, or is another message.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (head, options) = read(bytes)?;
        expect(&head, &options, REQUEST, INFORM)?;
        let wanted = options.get(code::WANTED).unwrap_or_default().to_vec();
        Ok(Self { xid: head.xid, ip: head.ip, mac: head.mac, wanted })
    }
}

impl Ack {
    /// The datagram, at least 300 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let options = self.options.clone();
        let options =
            options.with(code::MESSAGE_TYPE, &[ACK]).with(code::SERVER, &self.server.octets());
        let head = Head { operation: REPLY, xid: self.xid, ip: self.ip, mac: self.mac };
        write(&head, self.server, &options)
    }

    /// The answer in a datagram.
    ///
    /// # Errors
    /// It breaks the format, is another message, or names no server.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (head, options) = read(bytes)?;
        expect(&head, &options, REPLY, ACK)?;
        let server = options.get(code::SERVER).unwrap_or_default();
        let server = Reader::new(server).array::<4>("dhcp.server").map(Ipv4Addr::from)?;
        Ok(Self { xid: head.xid, ip: head.ip, mac: head.mac, server, options })
    }
}

/// The fields in front that are used.
struct Head {
    operation: u8,
    xid: u32,
    ip: Ipv4Addr,
    mac: NodeAddress,
}

fn expect(head: &Head, options: &Options, operation: u8, kind: u8) -> Result<(), DecodeError> {
    if head.operation != operation {
        return Err(DecodeError::undefined("dhcp.operation", head.operation));
    }
    let found = options.get(code::MESSAGE_TYPE).unwrap_or_default();
    let found = Reader::new(found).u8("dhcp.message_type")?;
    if found == kind { Ok(()) } else { Err(DecodeError::undefined("dhcp.message_type", found)) }
}

fn write(head: &Head, server: Ipv4Addr, options: &Options) -> Vec<u8> {
    let mut out = vec![head.operation, HARDWARE, HARDWARE_LEN, 0];
    out.extend_from_slice(&head.xid.to_be_bytes());
    // Seconds, and flags without the one that asks for a broadcast: we have an address.
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&head.ip.octets());
    // No address is given to anybody.
    out.extend_from_slice(&Ipv4Addr::UNSPECIFIED.octets());
    out.extend_from_slice(&server.octets());
    // No relay.
    out.extend_from_slice(&Ipv4Addr::UNSPECIFIED.octets());
    out.extend_from_slice(&head.mac.0);
    out.extend_from_slice(&[0; PADDING + SERVER_NAME + FILE]);
    out.extend_from_slice(&COOKIE.to_be_bytes());
    options.write(&mut out);
    out.resize(out.len().max(LEAST), code::PAD);
    out
}

fn read(bytes: &[u8]) -> Result<(Head, Options), DecodeError> {
    let mut reader = Reader::new(bytes);
    let operation = reader.u8("dhcp.operation")?;
    let hardware = reader.u8("dhcp.hardware")?;
    if hardware != HARDWARE {
        return Err(DecodeError::undefined("dhcp.hardware", hardware));
    }
    let length = reader.u8("dhcp.hardware_length")?;
    if length != HARDWARE_LEN {
        return Err(DecodeError::undefined("dhcp.hardware_length", length));
    }
    let _hops = reader.u8("dhcp.hops")?;
    let xid = reader.u32("dhcp.xid")?;
    let _seconds_and_flags = reader.u32("dhcp.flags")?;
    let ip = reader.array::<4>("dhcp.client")?.into();
    reader.bytes("dhcp.addresses", 12)?;
    let mac = reader.node("dhcp.hardware_address")?;
    reader.bytes("dhcp.hardware_address", PADDING)?;
    let server_name = reader.bytes("dhcp.server_name", SERVER_NAME)?;
    let file = reader.bytes("dhcp.file", FILE)?;
    let cookie = reader.u32("dhcp.cookie")?;
    if cookie != COOKIE {
        return Err(DecodeError::undefined("dhcp.cookie", cookie));
    }
    let mut options = Options::default();
    options.read(reader.rest())?;
    let [overload] = options.fixed::<1>(code::OVERLOAD).unwrap_or_default();
    if overload & 1 != 0 {
        options.read(file)?;
    }
    if overload & 2 != 0 {
        options.read(server_name)?;
    }
    Ok((Head { operation, xid, ip, mac }, options))
}
