//! SAP packets: services, queries for them, and the answers [ipx-rip-sap §11].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::address::{ParseAddressError, hex_digits};
use super::{Address, DecodeError, NetworkNumber, NodeAddress, Reader, Socket};

/// The most entries that we send in a packet: 480 bytes of IPX [ipx-rip-sap §11].
pub const MAX_ENTRIES: usize = 7;
/// From this number of hops on a service is down.
pub const INFINITY: u16 = 16;
/// Bytes of an entry.
pub const ENTRY_LEN: usize = 64;

/// What a service is: 0004 a file server, 0007 a print server.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceType(pub u16);

impl ServiceType {
    /// Every type, in a general query.
    pub const ALL: Self = Self(0xffff);
    /// File server.
    pub const FILE_SERVER: Self = Self(0x0004);
    /// Print server.
    pub const PRINT_SERVER: Self = Self(0x0007);
}

impl FromStr for ServiceType {
    type Err = ParseAddressError;

    /// 1 to 4 hexadecimal digits: `4`, `0004`, `0x0278`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex_digits(text, 4)
            .and_then(|value| u16::try_from(value).ok())
            .map(Self)
            .ok_or_else(|| ParseAddressError::ServiceType(text.to_owned()))
    }
}

impl fmt::Display for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04X}", self.0))
    }
}

impl fmt::Debug for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ServiceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServiceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The 48 bytes of a service's name as they came: text up to the first NUL by custom, binary in
/// NDS and time-service entries, so they are stored and told on verbatim [ipx-rip-sap §11].
///
/// Two names are the same service if they are equal up to the first NUL; order and equality of
/// this type look only there.
#[derive(Clone, Copy)]
pub struct ServiceName([u8; 48]);

impl ServiceName {
    /// The name that stands in a packet.
    #[must_use]
    pub const fn from_wire(bytes: [u8; 48]) -> Self {
        Self(bytes)
    }

    /// A name of ours: at most 47 bytes are taken, the rest is NUL.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut bytes = [0; 48];
        for (place, byte) in bytes.iter_mut().zip(text.bytes().take(47)) {
            *place = byte;
        }
        Self(bytes)
    }

    /// The 48 bytes.
    #[must_use]
    pub const fn as_wire(&self) -> &[u8; 48] {
        &self.0
    }

    /// The bytes up to the first NUL: what identifies the service, together with its type.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.0.split(|&byte| byte == 0).next().unwrap_or(&[])
    }
}

impl PartialEq for ServiceName {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ServiceName {}

impl PartialOrd for ServiceName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ServiceName {
    /// As their keys are, without looking for the NULs first: tables hold thousands of names.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let end = self.0.iter().zip(&other.0).find(|(one, other)| one != other || **one == 0);
        end.map_or(std::cmp::Ordering::Equal, |(one, other)| one.cmp(other))
    }
}

impl fmt::Display for ServiceName {
    /// The name up to its NUL; bytes that are not printable ASCII as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for &byte in self.key() {
            match byte {
                b'\\' => text.push_str("\\\\"),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\x{byte:02X}")),
            }
        }
        f.pad(&text)
    }
}

impl fmt::Debug for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for ServiceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One service as a packet tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub service_type: ServiceType,
    /// What it is called.
    pub name: ServiceName,
    /// Where it is.
    pub address: Address,
    /// Routers to cross, the sender included; 16 and more: down.
    pub hops: u16,
}

/// Which of the two kinds of question, or of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All services of a type (operations 1 and 2; 2 is also the periodic broadcast).
    General,
    /// The nearest server of a type (operations 3 and 4).
    Nearest,
}

/// A decoded SAP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Who offers services of this type?
    Query {
        /// All of them, or the nearest.
        kind: Kind,
        /// The type; [`ServiceType::ALL`] asks for every one.
        service_type: ServiceType,
    },
    /// These services exist.
    Response {
        /// A list, or the nearest server.
        kind: Kind,
        /// The services.
        entries: Vec<Entry>,
        /// Bytes behind the last whole entry; some stacks append them [ipx-rip-sap §11].
        trailing: usize,
    },
}

impl Packet {
    /// Decodes the data of an IPX packet to socket 0452.
    ///
    /// # Errors
    /// `sap.operation` if it is missing or none of 1 to 4; `sap.service_type` if a query ends
    /// before it.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let (query, kind) = match reader.u16("sap.operation")? {
            1 => (true, Kind::General),
            2 => (false, Kind::General),
            3 => (true, Kind::Nearest),
            4 => (false, Kind::Nearest),
            other => return Err(DecodeError::undefined("sap.operation", other)),
        };
        if query {
            let service_type = ServiceType(reader.u16("sap.service_type")?);
            return Ok(Self::Query { kind, service_type });
        }
        let (whole, trailing) = reader.rest().as_chunks::<ENTRY_LEN>();
        let entries = whole.iter().map(Entry::decode).collect::<Result<_, _>>()?;
        Ok(Self::Response { kind, entries, trailing: trailing.len() })
    }
}

impl Entry {
    fn decode(bytes: &[u8; ENTRY_LEN]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        Ok(Self {
            service_type: ServiceType(reader.u16("sap.service_type")?),
            name: ServiceName(reader.array("sap.name")?),
            address: Address {
                network: reader.network("sap.network")?,
                node: reader.node("sap.node")?,
                socket: reader.socket("sap.socket")?,
            },
            hops: reader.u16("sap.hops")?,
        })
    }

    fn encode(&self, data: &mut Vec<u8>) {
        data.extend_from_slice(&self.service_type.0.to_be_bytes());
        data.extend_from_slice(&self.name.0);
        data.extend_from_slice(&self.address.network.0.to_be_bytes());
        data.extend_from_slice(&self.address.node.0);
        data.extend_from_slice(&self.address.socket.0.to_be_bytes());
        data.extend_from_slice(&self.hops.to_be_bytes());
    }

    /// A service of ours, for announcements: its own hops, name and place.
    #[must_use]
    pub fn new(service_type: u16, name: &str, address: Address, hops: u16) -> Self {
        let service_type = ServiceType(service_type);
        Self { service_type, name: ServiceName::new(name), address, hops }
    }
}

/// The data of a query.
#[must_use]
pub fn encode_query(kind: Kind, service_type: ServiceType) -> Vec<u8> {
    let [high, low] = service_type.0.to_be_bytes();
    vec![0, if kind == Kind::General { 1 } else { 3 }, high, low]
}

/// The data of a response.
#[must_use]
pub fn encode_response(kind: Kind, entries: &[Entry]) -> Vec<u8> {
    let mut data = Vec::with_capacity(2 + entries.len() * ENTRY_LEN);
    data.extend_from_slice(&[0, if kind == Kind::General { 2 } else { 4 }]);
    for entry in entries {
        entry.encode(&mut data);
    }
    data
}

/// An address for a service, from its parts.
#[must_use]
pub const fn service_address(network: u32, node: [u8; 6], socket: u16) -> Address {
    Address::new(NetworkNumber(network), NodeAddress(node), Socket(socket))
}
