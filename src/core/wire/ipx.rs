//! The IPX header: 30 bytes before every packet [ipx-rip-sap §1].

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::{Address, DecodeError, NetworkNumber, NodeAddress, Socket};

/// Bytes of the header, and the least length of a packet.
pub const HEADER_LEN: usize = 30;
/// The checksum field where no checksum is in use.
pub const NO_CHECKSUM: u16 = 0xffff;

const TRANSPORT_CONTROL: usize = 4;
/// Where the destination's socket stands.
pub(crate) const TO_SOCKET: usize = 16;

/// What a packet says it carries. Only type 20 is dispatched by it; everything else goes by
/// socket [ipx-rip-sap §3].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PacketType(pub u8);

impl PacketType {
    /// Unknown; NLSP.
    pub const UNKNOWN: Self = Self(0);
    /// RIP.
    pub const RIP: Self = Self(1);
    /// Packet exchange: SAP, ping, most datagrams.
    pub const PEP: Self = Self(4);
    /// SPX.
    pub const SPX: Self = Self(5);
    /// NetWare core protocol, and the GNS requests of old clients.
    pub const NCP: Self = Self(17);
    /// Propagated packet, "NetBIOS broadcast" [ipx-rip-sap §9].
    pub const PROPAGATED: Self = Self(20);
}

/// A decoded IPX header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Checksum; [`NO_CHECKSUM`] as a rule.
    pub checksum: u16,
    /// Header and data in bytes, 30 or more; padding is not counted.
    pub length: u16,
    /// Routers crossed so far.
    pub transport_control: u8,
    /// What the packet says it carries.
    pub packet_type: PacketType,
    /// Where to.
    pub destination: Address,
    /// Where from.
    pub source: Address,
}

impl Header {
    /// The header of a packet of our own: no checksum, no router crossed. The length is set by
    /// [`packet`](Self::packet).
    #[must_use]
    pub const fn new(packet_type: PacketType, source: Address, destination: Address) -> Self {
        Self {
            checksum: NO_CHECKSUM,
            length: 30,
            transport_control: 0,
            packet_type,
            destination,
            source,
        }
    }

    /// Decodes the header at the front of `bytes`. Bytes beyond the packet's length are allowed.
    ///
    /// # Errors
    /// `ipx.header` if there are less than 30 bytes; `ipx.length` if the length is less than 30
    /// or more than there is.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(DecodeError::truncated("ipx.header", HEADER_LEN, bytes.len()));
        };
        // One check of the length, then a pattern that names every byte: this runs for each
        // packet that passes.
        #[rustfmt::skip]
        let &[
            c0, c1, l0, l1, transport_control, packet_type,
            dn0, dn1, dn2, dn3, d0, d1, d2, d3, d4, d5, ds0, ds1,
            sn0, sn1, sn2, sn3, s0, s1, s2, s3, s4, s5, ss0, ss1,
        ] = header;
        let length = u16::from_be_bytes([l0, l1]);
        if usize::from(length) < HEADER_LEN {
            return Err(DecodeError::out_of_range("ipx.length", length.into(), 30, 0xffff));
        }
        if usize::from(length) > bytes.len() {
            return Err(DecodeError::truncated("ipx.length", usize::from(length), bytes.len()));
        }
        Ok(Self {
            checksum: u16::from_be_bytes([c0, c1]),
            length,
            transport_control,
            packet_type: PacketType(packet_type),
            destination: Address {
                network: NetworkNumber(u32::from_be_bytes([dn0, dn1, dn2, dn3])),
                node: NodeAddress([d0, d1, d2, d3, d4, d5]),
                socket: Socket(u16::from_be_bytes([ds0, ds1])),
            },
            source: Address {
                network: NetworkNumber(u32::from_be_bytes([sn0, sn1, sn2, sn3])),
                node: NodeAddress([s0, s1, s2, s3, s4, s5]),
                socket: Socket(u16::from_be_bytes([ss0, ss1])),
            },
        })
    }

    /// The header as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let parts: [&[u8]; 9] = [
            &self.checksum.to_be_bytes(),
            &self.length.to_be_bytes(),
            &[self.transport_control, self.packet_type.0],
            &self.destination.network.0.to_be_bytes(),
            &self.destination.node.0,
            &self.destination.socket.0.to_be_bytes(),
            &self.source.network.0.to_be_bytes(),
            &self.source.node.0,
            &self.source.socket.0.to_be_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        bytes
    }

    /// A packet of this header and `data`, its length set. Data beyond 65,505 bytes is cut; no
    /// caller comes near.
    #[must_use]
    pub fn packet(mut self, data: &[u8]) -> Bytes {
        let room = usize::from(u16::MAX) - HEADER_LEN;
        let data = data.get(..room).unwrap_or(data);
        self.length = u16::try_from(HEADER_LEN + data.len()).unwrap_or(u16::MAX);
        let mut packet = BytesMut::with_capacity(HEADER_LEN + data.len());
        packet.extend_from_slice(&self.encode());
        packet.extend_from_slice(data);
        packet.freeze()
    }
}

/// The checksum that belongs into `packet`, which is cut to its IPX length: the one's-complement
/// sum over everything behind the checksum field with transport control taken as 0 and an odd
/// last byte padded; a sum of 0 is written as 0, so that FFFF never comes out
/// [ipx-rip-sap §1.1].
#[must_use]
pub fn checksum(packet: &[u8]) -> u16 {
    let covered = packet.get(2..).unwrap_or(&[]);
    let mut sum: u32 = 0;
    let (words, odd) = covered.as_chunks::<2>();
    for word in words {
        sum += u32::from(u16::from_be_bytes(*word));
    }
    if let [last] = odd {
        sum += u32::from(u16::from_be_bytes([*last, 0]));
    }
    // Transport control is the high byte of the second word covered.
    sum -= u32::from(packet.get(TRANSPORT_CONTROL).copied().unwrap_or(0)) << 8;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // The loop leaves at most 16 bits.
    let folded = u16::try_from(sum).unwrap_or(0);
    if folded == 0 { 0 } else { !folded }
}

/// The checksum field holds what [`checksum`] computes, or says that none is in use: FFFF, and
/// 0000, which emulators write on every packet [ipx-rip-sap §22.29].
#[must_use]
pub fn checksum_holds(packet: &[u8]) -> bool {
    match packet {
        [0xff, 0xff, ..] | [0, 0, ..] => true,
        [high, low, ..] => u16::from_be_bytes([*high, *low]) == checksum(packet),
        _ => false,
    }
}

/// Sets the hop counter of a packet; no checksum covers it.
pub fn set_transport_control(packet: &mut [u8], routers: u8) {
    if let Some(place) = packet.get_mut(TRANSPORT_CONTROL) {
        *place = routers;
    }
}

/// Writes `network` as destination network, and corrects a checksum in use
/// [ipx-rip-sap §1.1].
pub fn set_destination_network(packet: &mut [u8], network: NetworkNumber) {
    set(packet, 6, &network.0.to_be_bytes());
}

/// Writes `network` as source network, and corrects a checksum in use [ipx-rip-sap §1.1].
pub fn set_source_network(packet: &mut [u8], network: NetworkNumber) {
    set(packet, 18, &network.0.to_be_bytes());
}

/// Writes `field` at `offset`. A checksum that held is computed anew; one that did not is left
/// for the receiver to find, and so is 0 unless it really is the sum.
pub fn set(packet: &mut [u8], offset: usize, field: &[u8]) {
    let in_use = match packet {
        [0xff, 0xff, ..] => false,
        [high, low, ..] => u16::from_be_bytes([*high, *low]) == checksum(packet),
        _ => false,
    };
    if let Some(places) = packet.get_mut(offset..offset.saturating_add(field.len())) {
        places.copy_from_slice(field);
    }
    if in_use {
        set_checksum(packet, checksum(packet));
    }
}

/// Writes the checksum field.
pub fn set_checksum(packet: &mut [u8], value: u16) {
    if let Some(places) = packet.first_chunk_mut::<2>() {
        *places = value.to_be_bytes();
    }
}

/// An address from its parts as plain numbers.
#[must_use]
pub const fn address(network: u32, node: [u8; 6], socket: u16) -> Address {
    Address::new(NetworkNumber(network), NodeAddress(node), Socket(socket))
}
