//! Hellos [nlsp §4, §5].

use super::header::{self, Kind, MAX_PACKET, Split};
use super::{Area, NodeId, Refusal, SystemId, area, list};
use crate::wire::{DecodeError, NodeAddress, Reader, Socket, ipx};

/// Bytes of the header of a LAN hello.
const LAN_HEADER_LEN: usize = 27;
/// Where the holding time stands.
const HOLDING_TIME_AT: usize = 15;
/// Bytes of the header of a WAN hello without a priority, with which it is one more.
const WAN_HEADER_LEN: usize = 20;
/// Whom the sender hears.
const NEIGHBOURS: u8 = 0x06;
/// Bytes that only make the packet longer.
const PADDING: u8 = 0x08;
/// The largest packet that the sender takes.
const LOCAL_MTU: u8 = 0xc5;
/// So many neighbours fit into an option.
const NEIGHBOURS_IN_OPTION: usize = 42;
/// Level 1, in the circuit type; bit 1 is Level 2.
const LEVEL_1: u8 = 0x01;
const NO_MULTICAST: u8 = 0x10;
/// The greatest priority.
const MAX_PRIORITY: u8 = 0x7f;

/// Type 15, on LANs and CMD networks [nlsp §4].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanHello {
    /// The sender.
    pub system: SystemId,
    /// Seconds for which the receiver keeps the adjacency.
    pub holding_time: u16,
    /// For the election; 0 (never) to 127.
    pub priority: u8,
    /// The LAN as its designated router names it, as the sender sees it.
    pub lan_id: NodeId,
    /// The NM bit; sent as true, never acted on.
    pub no_multicast: bool,
    /// The sender's areas, three at most; empty if the option is missing, which means
    /// [`Area::ALL`].
    pub areas: Vec<Area>,
    /// Whom the sender hears, by node.
    pub neighbours: Vec<NodeAddress>,
    /// The largest IPX packet that the sender takes here, header included.
    pub local_mtu: Option<u32>,
    /// Bytes of the whole NLSP packet; to encode: pad to this size if it is less, one less where
    /// a rest of one byte is no option [nlsp §8.7].
    pub packet_len: usize,
}

/// How a sender sees a point-to-point link [nlsp §8.5].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// 0.
    Up,
    /// 1.
    Initializing,
    /// 2.
    Down,
}

/// Type 17, on point-to-point links [nlsp §5].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WanHello {
    /// How the sender sees the link.
    pub state: LinkState,
    /// The sender.
    pub system: SystemId,
    /// Seconds for which the receiver keeps the adjacency.
    pub holding_time: u16,
    /// Only in the 21-byte header.
    pub priority: Option<u8>,
    /// The sender's number of the link.
    pub circuit: u8,
    /// The sender's areas, three at most.
    pub areas: Vec<Area>,
    /// The largest IPX packet that the sender takes here.
    pub local_mtu: Option<u32>,
}

/// What hellos say in options. Of a repeated MTU the first counts.
#[derive(Default)]
struct Told {
    areas: Vec<Area>,
    neighbours: Vec<NodeAddress>,
    local_mtu: Option<u32>,
}

impl Told {
    /// A broken option breaks the hello, unlike in a link-state packet [nlsp §18].
    fn read(options: list::Options<'_>) -> Result<Self, DecodeError> {
        let mut told = Self::default();
        for (code, value) in options {
            match code {
                area::CODE => area::extend(&mut told.areas, value)?,
                NEIGHBOURS => {
                    let (nodes, rest) = value.as_chunks();
                    if !rest.is_empty() {
                        let most = list::MAX_VALUE;
                        return Err(list::wrong_length("nlsp.neighbours", value, 6, most));
                    }
                    told.neighbours.extend(nodes.iter().copied().map(NodeAddress));
                }
                LOCAL_MTU => {
                    let bytes = <[u8; 4]>::try_from(value)
                        .map_err(|_| list::wrong_length("nlsp.local_mtu", value, 4, 4))?;
                    told.local_mtu.get_or_insert(u32::from_be_bytes(bytes));
                }
                _ => (),
            }
        }
        Ok(told)
    }
}

/// The fields that both hellos begin with: a byte of their own, the sender, the holding time.
fn read_start(fields: &mut Reader<'_>) -> Result<(u8, SystemId, u16), Refusal> {
    let first = fields.u8("nlsp.circuit_type")?;
    if first & LEVEL_1 == 0 {
        return Err(Refusal::Level);
    }
    let system = fields.array("nlsp.system")?;
    if system == [0; 6] || system == [0xff; 6] {
        let [a, b, c, d, e, f] = system;
        let value = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        return Err(DecodeError::undefined("nlsp.system", value).into());
    }
    let holding_time = fields.u16("nlsp.holding_time")?;
    let _packet_length = fields.u16("nlsp.length")?;
    Ok((first, SystemId(system), holding_time))
}

fn put_start(out: &mut Vec<u8>, first: u8, system: SystemId, holding_time: u16) {
    out.push(first | LEVEL_1);
    out.extend_from_slice(&system.0);
    out.extend_from_slice(&holding_time.to_be_bytes());
    // The packet length: filled in at the end.
    out.extend_from_slice(&[0, 0]);
}

impl LanHello {
    /// Where such a hello differs from all else that CMD networks carry, for a host that sorts
    /// before it looks: place of two bytes in the IPX packet, the bits that matter, and what they
    /// are. To NLSP's socket, and the type.
    pub const MARKS: [(usize, u16, u16); 2] = [
        (ipx::TO_SOCKET, u16::MAX, Socket::NLSP.0),
        (
            ipx::HEADER_LEN + header::KIND_AT,
            u16::from_be_bytes([header::KIND_BITS, 0]),
            u16::from_be_bytes([Kind::LanHello.number(), 0]),
        ),
    ];

    /// The holding time of what looks like a LAN hello; nothing else is looked at.
    #[must_use]
    pub fn peek_holding_time(data: &[u8]) -> Option<u16> {
        let kind = *data.get(header::KIND_AT)?;
        let seconds = data.get(HOLDING_TIME_AT..)?.first_chunk()?;
        header::is(kind, Kind::LanHello).then(|| u16::from_be_bytes(*seconds))
    }

    pub(super) fn decode(split: &Split<'_>) -> Result<Self, Refusal> {
        let mut fields = split.fields;
        let (first, system, holding_time) = read_start(&mut fields)?;
        let priority = fields.u8("nlsp.priority")? & MAX_PRIORITY;
        let lan_id = NodeId::from_bytes(fields.array("nlsp.lan_id")?);
        let Told { areas, neighbours, local_mtu } = Told::read(split.options()?)?;
        Ok(Self {
            system,
            holding_time,
            priority,
            lan_id,
            no_multicast: first & NO_MULTICAST != 0,
            areas,
            neighbours,
            local_mtu,
            packet_len: split.packet.len(),
        })
    }

    /// The packet. Areas beyond three, priorities beyond 127 and neighbours beyond what an IPX
    /// packet can hold are cut.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let size = self.packet_len.min(MAX_PACKET);
        let mut out = header::begin(Kind::LanHello, LAN_HEADER_LEN, size);
        let no_multicast = if self.no_multicast { NO_MULTICAST } else { 0 };
        put_start(&mut out, no_multicast, self.system, self.holding_time);
        out.push(self.priority.min(MAX_PRIORITY));
        out.extend_from_slice(&self.lan_id.to_bytes());
        area::put(&mut out, &self.areas);
        for nodes in self.neighbours.chunks(NEIGHBOURS_IN_OPTION) {
            // Room for what follows is kept: the MTU.
            if out.len() + 2 * list::HEAD_LEN + 6 * nodes.len() + 4 > MAX_PACKET {
                break;
            }
            let mut value = [0; 6 * NEIGHBOURS_IN_OPTION];
            for (place, node) in value.as_chunks_mut().0.iter_mut().zip(nodes) {
                *place = node.0;
            }
            list::put(&mut out, NEIGHBOURS, value.get(..6 * nodes.len()).unwrap_or(&[]));
        }
        put_mtu(&mut out, self.local_mtu);
        pad(&mut out, size);
        header::finish(Kind::LanHello, out)
    }

    /// Bytes of the packet without padding, for so many areas and neighbours, with an MTU.
    #[must_use]
    pub const fn len_without_padding(areas: usize, neighbours: usize) -> usize {
        let area_bytes = if areas == 0 { 0 } else { list::HEAD_LEN + 8 * areas };
        let heads = list::HEAD_LEN * neighbours.div_ceil(NEIGHBOURS_IN_OPTION);
        LAN_HEADER_LEN + area_bytes + heads + 6 * neighbours + list::HEAD_LEN + 4
    }
}

fn put_mtu(out: &mut Vec<u8>, mtu: Option<u32>) {
    if let Some(mtu) = mtu {
        list::put(out, LOCAL_MTU, &mtu.to_be_bytes());
    }
}

/// Options of padding up to `size`. A single byte cannot be one: it is left out.
fn pad(out: &mut Vec<u8>, size: usize) {
    loop {
        let missing = size.saturating_sub(out.len());
        let Some(room) = missing.checked_sub(list::HEAD_LEN) else { return };
        let value = match room.saturating_sub(list::MAX_VALUE) {
            0 => room,
            // The next option needs two bytes.
            1 => list::MAX_VALUE - 1,
            _ => list::MAX_VALUE,
        };
        list::put(out, PADDING, [0; list::MAX_VALUE].get(..value).unwrap_or(&[]));
    }
}

impl WanHello {
    pub(super) fn decode(split: &Split<'_>) -> Result<Self, Refusal> {
        let mut fields = split.fields;
        let (first, system, holding_time) = read_start(&mut fields)?;
        let state = match first >> 6 {
            0 => LinkState::Up,
            1 => LinkState::Initializing,
            2 => LinkState::Down,
            other => return Err(DecodeError::undefined("nlsp.state", other).into()),
        };
        let priority = if split.header_len > WAN_HEADER_LEN {
            Some(fields.u8("nlsp.priority")? & MAX_PRIORITY)
        } else {
            None
        };
        let circuit = fields.u8("nlsp.circuit")?;
        let Told { areas, local_mtu, neighbours: _ } = Told::read(split.options()?)?;
        Ok(Self { state, system, holding_time, priority, circuit, areas, local_mtu })
    }

    /// The packet; with a priority the header has 21 bytes, without it 20.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let header_len = WAN_HEADER_LEN + usize::from(self.priority.is_some());
        let mut out = header::begin(Kind::WanHello, header_len, 64);
        let state = match self.state {
            LinkState::Up => 0,
            LinkState::Initializing => 1,
            LinkState::Down => 2,
        };
        put_start(&mut out, state << 6, self.system, self.holding_time);
        out.extend(self.priority.map(|priority| priority.min(MAX_PRIORITY)));
        out.push(self.circuit);
        area::put(&mut out, &self.areas);
        put_mtu(&mut out, self.local_mtu);
        header::finish(Kind::WanHello, out)
    }
}
