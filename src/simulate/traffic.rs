//! Packets by kind, as they are put on the backbone and on LANs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ipxway_core::sim::{Seen, World};
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::{Socket, frame};
use serde::Serialize;

/// The headers of UDP and IPv4.
const UDP_IP: u64 = 28;
/// Those of TCP and IPv4, and the bytes behind them in a full packet.
const TCP_IP: u64 = 40;
const SEGMENT: u64 = 1_460;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An NLSP hello.
    Hello,
    /// A link-state packet.
    Lsp,
    /// A list of all that a database holds.
    Csnp,
    /// A list of what is missing.
    Psnp,
    /// RIP.
    Rip,
    /// SAP.
    Sap,
    /// SLP, and what else is none of IPX.
    Service,
    /// Anything else.
    Other,
}

impl Kind {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Lsp => "LSP",
            Self::Csnp => "CSNP",
            Self::Psnp => "PSNP",
            Self::Rip => "RIP",
            Self::Sap => "SAP",
            Self::Service => "SLP",
            Self::Other => "other",
        }
    }

    /// The kind of an IPX packet.
    fn of(packet: &[u8]) -> Self {
        let Ok(header) = Header::decode(packet) else { return Self::Other };
        let sockets = [header.source.socket, header.destination.socket];
        if sockets.contains(&Socket::NLSP) {
            // The type is in the fifth byte [nlsp §3].
            match packet.get(HEADER_LEN + 4).map(|byte| byte & 0x1f) {
                Some(15 | 17) => Self::Hello,
                Some(18) => Self::Lsp,
                Some(24) => Self::Csnp,
                Some(26) => Self::Psnp,
                _ => Self::Other,
            }
        } else if sockets.contains(&Socket::RIP) {
            Self::Rip
        } else if sockets.contains(&Socket::SAP) {
            Self::Sap
        } else {
            Self::Other
        }
    }
}

/// Packets and their bytes: IPv4 packets on the backbone, frames on LANs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Count {
    fn add(&mut self, bytes: u64) {
        self.packets += 1;
        self.bytes += bytes;
    }
}

/// What was put on links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Of agents, on the backbone.
    pub backbone: BTreeMap<Kind, Count>,
    /// Of agents and servers, on all LANs.
    pub lans: BTreeMap<Kind, Count>,
}

impl Traffic {
    /// Counts what is put on links from now on.
    pub(super) fn watch(world: &mut World) -> Rc<RefCell<Self>> {
        let traffic = Rc::new(RefCell::new(Self::default()));
        let counted = Rc::clone(&traffic);
        world.watch(move |seen| counted.borrow_mut().note(seen));
        traffic
    }

    fn note(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Datagram { payload, .. } => {
                let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
                self.backbone.entry(Kind::of(payload)).or_default().add(bytes + UDP_IP);
            }
            Seen::Service { payload, .. } => {
                let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
                self.backbone.entry(Kind::Service).or_default().add(bytes + UDP_IP);
            }
            Seen::Stream { payload, .. } => {
                // Without acknowledgements.
                let bytes = u64::try_from(payload.len()).unwrap_or(u64::MAX);
                let headers = TCP_IP * bytes.div_ceil(SEGMENT);
                self.backbone.entry(Kind::Service).or_default().add(bytes + headers);
            }
            Seen::Frame { frame: bytes, .. } => {
                let packet = frame::locate(bytes).ok().and_then(|found| bytes.get(found.packet));
                let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let kind = packet.map_or(Kind::Other, Kind::of);
                self.lans.entry(kind).or_default().add(size);
            }
        }
    }

    /// What was added since.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let less = |now: &BTreeMap<Kind, Count>, then: &BTreeMap<Kind, Count>| {
            let less = |(&kind, count): (&Kind, &Count)| {
                let then = then.get(&kind).copied().unwrap_or_default();
                let packets = count.packets - then.packets;
                (kind, Count { packets, bytes: count.bytes - then.bytes })
            };
            now.iter().map(less).collect()
        };
        Self {
            backbone: less(&self.backbone, &before.backbone),
            lans: less(&self.lans, &before.lans),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_of_nlsp_is_known_by_its_type() {
        let kind = |socket: u16, body: &[u8]| {
            let at = |socket| ipxway_core::wire::Address {
                socket: Socket(socket),
                ..Default::default()
            };
            let packet_type = ipxway_core::wire::ipx::PacketType(0);
            Kind::of(&Header::new(packet_type, at(0x4000), at(socket)).packet(body))
        };
        let nlsp = |kind: u8| [0x83, 27, 2, 0, 0x80 | kind, 1, 0, 0];
        let kinds = [15, 18, 24, 26, 3].map(|number| kind(0x9001, &nlsp(number)));
        let expected = [Kind::Hello, Kind::Lsp, Kind::Csnp, Kind::Psnp, Kind::Other];
        assert_eq!(kinds, expected);
        assert_eq!(kind(0x0453, &[0, 2]), Kind::Rip);
        assert_eq!(kind(0x0452, &[0, 2]), Kind::Sap);
        assert_eq!(kind(0x0451, &[]), Kind::Other);
        assert_eq!(kind(0x9001, &[0x83]), Kind::Other);
        assert_eq!(Kind::of(&[]), Kind::Other);
    }
}
