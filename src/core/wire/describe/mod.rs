//! Frames and packets in one line for people, in the manner of tcpdump: for logs, replay and
//! tools.
//!
//! Any bytes can be described; what does not decode says which field is wrong.
//!
//! ```text
//! 802.2 0200000000C1 > FFFFFFFFFFFF: 00000000.0200000000C1.4003 > 00000000.FFFFFFFFFFFF.0452
//!     type 17: SAP nearest query 0004
//! ```
//! (in one line).

mod nlsp;

use std::fmt::{self, Display, Formatter};

use bytes::Bytes;

use super::ipx::{self, Header, PacketType};
use super::nlsp::Pdu;
use super::{NetworkNumber, Socket, diagnostics, frame, ping, rip, sap};

/// Entries of a packet that are written out; of the rest only the number.
const ENTRIES_SHOWN: usize = 4;

/// The bytes of an Ethernet frame, to be displayed.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a>(pub &'a [u8]);

/// The bytes of an IPX packet, to be displayed.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a>(pub &'a [u8]);

impl Display for Frame<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let located = match frame::locate(self.0) {
            Ok(located) => located,
            Err(error) => return write!(f, "{} bytes, no IPX ({error})", self.0.len()),
        };
        write!(f, "{}", located.framing)?;
        if let Some(vlan) = located.vlan {
            write!(f, " VLAN {vlan}")?;
        }
        let packet = Packet(self.0.get(located.packet).unwrap_or(&[]));
        write!(f, " {} > {}: {packet}", located.source, located.destination)
    }
}

impl Display for Packet<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let header = match Header::decode(self.0) {
            Ok(header) => header,
            Err(error) => return write!(f, "{} bytes, broken ({error})", self.0.len()),
        };
        let data = self.0.get(ipx::HEADER_LEN..usize::from(header.length)).unwrap_or(&[]);
        write!(f, "{header}: ")?;
        let concerns =
            |socket| header.destination.socket == socket || header.source.socket == socket;
        let broadcast = header.destination.node.is_broadcast();
        if header.packet_type == PacketType::PROPAGATED && broadcast {
            propagated(f, &header, data)
        } else if concerns(Socket::RIP) {
            body(f, "RIP", rip::Packet::decode(data))
        } else if concerns(Socket::SAP) {
            body(f, "SAP", sap::Packet::decode(data))
        } else if concerns(Socket::PING) {
            body(f, "ping", ping::Ping::decode(data))
        } else if header.destination.socket == Socket::NLSP {
            body(f, "NLSP", Pdu::decode(&Bytes::copy_from_slice(data)))
        } else if header.destination.socket == Socket::DIAGNOSTICS {
            body(f, "diagnostics", diagnostics::Request::decode(data))
        } else if header.source.socket == Socket::DIAGNOSTICS {
            body(f, "diagnostics", diagnostics::Response::decode(data))
        } else {
            write!(f, "{} bytes", data.len())
        }
    }
}

fn body<T: Display, E: Display>(
    f: &mut Formatter<'_>,
    protocol: &str,
    decoded: Result<T, E>,
) -> fmt::Result {
    match decoded {
        Ok(packet) => write!(f, "{protocol} {packet}"),
        Err(error) => write!(f, "{protocol}, broken ({error})"),
    }
}

/// The networks that a packet of type 20 has crossed: as many as its hop count says
/// [ipx-rip-sap §9].
fn propagated(f: &mut Formatter<'_>, header: &Header, data: &[u8]) -> fmt::Result {
    let Some((listed, data)) = data.split_first_chunk::<32>() else {
        return write!(f, "propagated, broken (shorter than its network list)");
    };
    write!(f, "propagated, {} bytes", data.len())?;
    let (crossed, _) = listed.as_chunks::<4>();
    for (index, number) in crossed.iter().take(header.transport_control.into()).enumerate() {
        let separator = if index == 0 { " through " } else { ", " };
        write!(f, "{separator}{}", NetworkNumber(u32::from_be_bytes(*number)))?;
    }
    Ok(())
}

impl Display for Header {
    /// Source and destination; packet type, hop count and checksum where they are not 0 or unused.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}", self.source, self.destination)?;
        if self.packet_type != PacketType::UNKNOWN {
            write!(f, " type {}", self.packet_type.0)?;
        }
        if self.transport_control != 0 {
            write!(f, " hops {}", self.transport_control)?;
        }
        if self.checksum != ipx::NO_CHECKSUM {
            write!(f, " checksum {:04X}", self.checksum)?;
        }
        Ok(())
    }
}

impl Display for rip::Packet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.operation {
            rip::Operation::Request => {
                f.write_str("request")?;
                list(f, &self.entries, |f, entry| match entry.network {
                    NetworkNumber::ALL => f.write_str("all"),
                    network => write!(f, "{network}"),
                })?;
            }
            rip::Operation::Response => {
                f.write_str("response")?;
                list(f, &self.entries, |f, entry| {
                    write!(f, "{} hops {} ticks {}", entry.network, entry.hops, entry.ticks)
                })?;
            }
        }
        trailing(f, self.trailing)
    }
}

impl Display for sap::Packet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let adjective = |kind: &sap::Kind| match kind {
            sap::Kind::General => "",
            sap::Kind::Nearest => "nearest ",
        };
        match self {
            Self::Query { kind, service_type: sap::ServiceType::ALL } => {
                write!(f, "{}query all", adjective(kind))
            }
            Self::Query { kind, service_type } => {
                write!(f, "{}query {service_type}", adjective(kind))
            }
            Self::Response { kind, entries, trailing: behind } => {
                write!(f, "{}response", adjective(kind))?;
                list(f, entries, |f, entry| {
                    let sap::Entry { service_type, name, address, hops } = entry;
                    write!(f, "{service_type} \"{name}\" {address} hops {hops}")
                })?;
                trailing(f, *behind)
            }
        }
    }
}

impl Display for ping::Ping<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ping::Kind::Request => "request",
            ping::Kind::Reply => "reply",
        };
        write!(f, "{kind} {:04X}, {} bytes", self.identifier, self.data.len())
    }
}

impl Display for diagnostics::Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "request, {} excluded", self.exclusions.len())
    }
}

impl Display for diagnostics::Response {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version;
        write!(f, "response {major}.{minor}, {} components", self.components.len())
    }
}

fn list<T>(
    f: &mut Formatter<'_>,
    entries: &[T],
    mut one: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, entry) in entries.iter().take(ENTRIES_SHOWN).enumerate() {
        f.write_str(if index == 0 { " " } else { ", " })?;
        one(f, entry)?;
    }
    match entries.len().saturating_sub(ENTRIES_SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

fn trailing(f: &mut Formatter<'_>, bytes: usize) -> fmt::Result {
    if bytes == 0 { Ok(()) } else { write!(f, ", {bytes} bytes behind") }
}
