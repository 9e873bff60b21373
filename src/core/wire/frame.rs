//! The four Ethernet framings of IPX: telling them apart, and writing them.
//!
//! Each framing on one wire is an IPX network of its own [ipx-rip-sap §5]: a frame belongs to a
//! circuit by (port, VLAN, framing). What follows the IPX packet in a frame is padding or the
//! evenising byte [ipx-rip-sap §6]; [`locate`] gives the range up to the 802.3 length, and the
//! IPX length cuts the rest.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DecodeError, NodeAddress};

/// EtherType of IPX in Ethernet II and SNAP.
pub const ETHERTYPE_IPX: u16 = 0x8137;
/// EtherType of XNS, which NetWare 286 could be told to use; refused [ipx-rip-sap §5].
pub const ETHERTYPE_XNS: u16 = 0x0600;
/// The greatest value of the 802.3 length field; larger ones are EtherTypes, from 0x0600 on.
pub const MAX_802_3_LENGTH: u16 = 1500;
/// The least EtherType. Values between the two are illegal [ipx-rip-sap §5].
pub const MIN_ETHERTYPE: u16 = 0x0600;
/// The shortest frame that a wire carries, without its checksum.
pub const MIN_FRAME: usize = 60;
/// The most bytes that [`LinkHeader::write`] puts before a packet: MACs, VLAN tag, length, SNAP.
pub const MAX_LINK_HEADER: usize = 26;

const ETHERTYPE_VLAN: u16 = 0x8100;
const ETHERTYPE_QINQ: u16 = 0x88a8;
const LLC_IPX: [u8; 3] = [0xe0, 0xe0, 0x03];
const SNAP_IPX: [u8; 8] = [0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x37];

/// How IPX lies in an Ethernet frame. Names as NetWare prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Framing {
    /// ETHERNET_II: EtherType 8137. Cisco: arpa.
    #[serde(rename = "ethernet-ii")]
    EthernetII,
    /// ETHERNET_802.3, "raw": a length, then IPX at once. Cisco: novell-ether.
    #[serde(rename = "802.3")]
    Raw8023,
    /// ETHERNET_802.2: LLC with SAP E0. Cisco: sap, iso1.
    #[serde(rename = "802.2")]
    Llc8022,
    /// ETHERNET_SNAP. Cisco: snap.
    #[serde(rename = "snap")]
    Snap,
}

impl Framing {
    /// All four, in the order of their names above.
    pub const ALL: [Self; 4] = [Self::EthernetII, Self::Raw8023, Self::Llc8022, Self::Snap];

    /// The name in configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EthernetII => "ethernet-ii",
            Self::Raw8023 => "802.3",
            Self::Llc8022 => "802.2",
            Self::Snap => "snap",
        }
    }

    /// Bytes between the type or length field and the IPX packet.
    #[must_use]
    pub const fn llc_len(self) -> usize {
        match self {
            Self::EthernetII | Self::Raw8023 => 0,
            Self::Llc8022 => LLC_IPX.len(),
            Self::Snap => SNAP_IPX.len(),
        }
    }

    /// The largest IPX packet in a frame with `mtu` bytes of payload: 1500, 1497 or 1492 at
    /// 1500 [ipx-rip-sap §6]. A larger MTU helps Ethernet II only: a length above 1500 would read
    /// as an EtherType.
    #[must_use]
    pub const fn max_packet(self, mtu: usize) -> usize {
        let most = MAX_802_3_LENGTH as usize;
        let payload = match self {
            Self::EthernetII => mtu,
            _ if mtu > most => most,
            _ => mtu,
        };
        payload.saturating_sub(self.llc_len())
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Framing {
    type Err = String;

    /// Reads our names, NetWare's (`ETHERNET_802.2`) and Cisco's (`sap`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "ethernet-ii" | "ethernet_ii" | "ethernet2" | "arpa" => Ok(Self::EthernetII),
            "802.3" | "ethernet_802.3" | "raw" | "novell-ether" => Ok(Self::Raw8023),
            "802.2" | "ethernet_802.2" | "llc" | "sap" | "iso1" => Ok(Self::Llc8022),
            "snap" | "ethernet_snap" => Ok(Self::Snap),
            _ => Err(format!("`{text}` is no framing: ethernet-ii, 802.3, 802.2 or snap")),
        }
    }
}

/// A frame that may hold IPX: its link header, and where the packet lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Destination MAC address.
    pub destination: NodeAddress,
    /// Source MAC address.
    pub source: NodeAddress,
    /// VLAN identifier of the outermost tag that has one; 0 in a tag means priority alone, the
    /// frame belongs to no VLAN.
    pub vlan: Option<u16>,
    /// The framing.
    pub framing: Framing,
    /// The IPX packet, with padding behind it on Ethernet II and in runt-padded frames.
    pub packet: Range<usize>,
}

/// Finds the IPX packet in `frame`.
///
/// # Errors
/// Names the first field that rules IPX out: `ethernet.header` and `ethernet.vlan` in frames that
/// end there, `ethernet.type` for other protocols, `ethernet.length` for a length that cannot be
/// or is more than there is, `llc.header` where a length leaves no room for one, `llc.sap` for
/// other LLC traffic.
pub fn locate(frame: &[u8]) -> Result<Located, DecodeError> {
    let truncated = || DecodeError::truncated("ethernet.header", 14, frame.len());
    let (destination, rest) = frame.split_first_chunk::<6>().ok_or_else(truncated)?;
    let (source, rest) = rest.split_first_chunk::<6>().ok_or_else(truncated)?;
    let (kind, rest) = rest.split_first_chunk::<2>().ok_or_else(truncated)?;
    let (mut kind, mut rest) = (u16::from_be_bytes(*kind), rest);
    let mut vlan = None;
    while matches!(kind, ETHERTYPE_VLAN | ETHERTYPE_QINQ) {
        let Some(([tag_high, tag_low, next @ ..], inner)) = rest.split_first_chunk::<4>() else {
            return Err(DecodeError::truncated("ethernet.vlan", 4, rest.len()));
        };
        // Inferred: the outermost tag names the LAN; an inner one belongs to the customer.
        let id = u16::from_be_bytes([*tag_high, *tag_low]) & 0x0fff;
        vlan = vlan.or((id != 0).then_some(id));
        kind = u16::from_be_bytes(*next);
        rest = inner;
    }
    let start = frame.len() - rest.len();
    let (framing, packet) = if kind == ETHERTYPE_IPX {
        (Framing::EthernetII, start..frame.len())
    } else if kind >= MIN_ETHERTYPE {
        return Err(DecodeError::undefined("ethernet.type", kind));
    } else {
        locate_802_3(kind, rest, start)?
    };
    let (destination, source) = (NodeAddress(*destination), NodeAddress(*source));
    Ok(Located { destination, source, vlan, framing, packet })
}

fn locate_802_3(
    length: u16,
    rest: &[u8],
    start: usize,
) -> Result<(Framing, Range<usize>), DecodeError> {
    if length > MAX_802_3_LENGTH {
        let (value, greatest) = (u64::from(length), u64::from(MAX_802_3_LENGTH));
        return Err(DecodeError::out_of_range("ethernet.length", value, 0, greatest));
    }
    let length = usize::from(length);
    let Some(body) = rest.get(..length) else {
        return Err(DecodeError::truncated("ethernet.length", length, rest.len()));
    };
    // The raw marker first: LSAP FF with FF is no legal LLC for IPX, so nothing is ambiguous.
    let framing = match body {
        [0xff, 0xff, ..] => Framing::Raw8023,
        [0xe0, 0xe0, 0x03, ..] => Framing::Llc8022,
        [0xaa, 0xaa, 0x03, 0, 0, 0, 0x81, 0x37, ..] => Framing::Snap,
        [dsap, ssap, ..] => {
            return Err(DecodeError::undefined("llc.sap", u16::from_be_bytes([*dsap, *ssap])));
        }
        short => return Err(DecodeError::truncated("llc.header", 2, short.len())),
    };
    Ok((framing, start + framing.llc_len()..start + length))
}

/// The link header of a frame to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkHeader {
    /// Destination MAC address.
    pub destination: NodeAddress,
    /// Source MAC address.
    pub source: NodeAddress,
    /// VLAN identifier to tag with.
    pub vlan: Option<u16>,
    /// The framing.
    pub framing: Framing,
}

impl LinkHeader {
    /// Bytes that [`write`](Self::write) needs in front of the packet.
    #[must_use]
    pub const fn len(&self) -> usize {
        14 + if self.vlan.is_some() { 4 } else { 0 } + self.framing.llc_len()
    }

    /// Never: every link header has bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Writes the header into `room`, whose length is [`len`](Self::len). `payload` is what
    /// follows the header: the IPX packet and the evenising byte, if one is sent; the 802.3
    /// length counts it, and never the padding to 60 [ipx-rip-sap §6].
    pub fn write(&self, room: &mut [u8], payload: usize) {
        let llc: &[u8] = match self.framing {
            Framing::EthernetII | Framing::Raw8023 => &[],
            Framing::Llc8022 => &LLC_IPX,
            Framing::Snap => &SNAP_IPX,
        };
        let kind = match self.framing {
            Framing::EthernetII => ETHERTYPE_IPX,
            // The port's MTU bounds the packet far below the range of u16.
            _ => u16::try_from(payload + llc.len()).unwrap_or(MAX_802_3_LENGTH),
        };
        let mut room = put(room, &self.destination.0);
        room = put(room, &self.source.0);
        if let Some(vlan) = self.vlan {
            let [high, low] = vlan.to_be_bytes();
            room = put(room, &[0x81, 0x00, high & 0x0f, low]);
        }
        room = put(room, &kind.to_be_bytes());
        put(room, llc);
    }
}

/// Writes `part` at the front of `room`, as far as there is room, and gives what is left of it.
fn put<'a>(room: &'a mut [u8], part: &[u8]) -> &'a mut [u8] {
    let (place, rest) = room.split_at_mut(part.len().min(room.len()));
    for (place, byte) in place.iter_mut().zip(part) {
        *place = *byte;
    }
    rest
}
