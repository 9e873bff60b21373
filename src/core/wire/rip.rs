//! RIP packets: requests for networks and the answers [ipx-rip-sap §10].

use super::{DecodeError, NetworkNumber, Reader};

/// The most entries that we send in a packet: 432 bytes of IPX [ipx-rip-sap §10.7].
pub const MAX_ENTRIES: usize = 50;
/// From this number of hops on a network is unreachable.
pub const INFINITY: u16 = 16;
/// Bytes of an entry.
pub const ENTRY_LEN: usize = 8;

/// Asked, or told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 1: which router leads to these networks?
    Request,
    /// 2: I lead to these networks.
    Response,
}

/// A network and how far it is. In requests the distances mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The network; [`NetworkNumber::ALL`] in a request asks for everything.
    pub network: NetworkNumber,
    /// Routers to cross, the sender included; 16 and more: unreachable.
    pub hops: u16,
    /// Time to cross them, in ticks of 1/18.21 s.
    pub ticks: u16,
}

/// A decoded RIP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Asked, or told.
    pub operation: Operation,
    /// The networks; none in the empty responses of routers with nothing to tell
    /// [ipx-rip-sap §22.42].
    pub entries: Vec<Entry>,
    /// Bytes behind the last whole entry: an anomaly to count, not a reason to refuse.
    pub trailing: usize,
}

impl Packet {
    /// Decodes the data of an IPX packet to socket 0453.
    ///
    /// # Errors
    /// `rip.operation` if it is missing, or neither 1 nor 2 (6 to 11 belong to demand circuits,
    /// which we do not speak).
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let operation = match reader.u16("rip.operation")? {
            1 => Operation::Request,
            2 => Operation::Response,
            other => return Err(DecodeError::undefined("rip.operation", other)),
        };
        let (whole, trailing) = reader.rest().as_chunks::<ENTRY_LEN>();
        let entries = whole
            .iter()
            .map(|&[n0, n1, n2, n3, h0, h1, t0, t1]| Entry {
                network: NetworkNumber(u32::from_be_bytes([n0, n1, n2, n3])),
                hops: u16::from_be_bytes([h0, h1]),
                ticks: u16::from_be_bytes([t0, t1]),
            })
            .collect();
        Ok(Self { operation, entries, trailing: trailing.len() })
    }
}

/// The data of a RIP packet.
#[must_use]
pub fn encode(operation: Operation, entries: &[Entry]) -> Vec<u8> {
    let mut data = Vec::with_capacity(2 + entries.len() * ENTRY_LEN);
    data.extend_from_slice(&[0, if operation == Operation::Request { 1 } else { 2 }]);
    for entry in entries {
        data.extend_from_slice(&entry.network.0.to_be_bytes());
        data.extend_from_slice(&entry.hops.to_be_bytes());
        data.extend_from_slice(&entry.ticks.to_be_bytes());
    }
    data
}

/// The data of a request for `networks`, with the customary FFFF for both distances.
#[must_use]
pub fn encode_request(networks: &[NetworkNumber]) -> Vec<u8> {
    let entries: Vec<Entry> =
        networks.iter().map(|&network| Entry { network, hops: 0xffff, ticks: 0xffff }).collect();
    encode(Operation::Request, &entries)
}
