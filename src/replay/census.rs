//! What a capture holds, counted frame by frame with no agent involved.

use std::fmt;

use ipxway_core::wire::frame::{self, Framing};
use ipxway_core::wire::{Socket, ipx};
use serde::Serialize;

use super::link::{Content, Link};

/// Counts of the packets of a capture. The four framings and `other` add up to `packets`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Packets of the capture.
    pub packets: u64,
    /// Ethernet frames whose type or LLC says IPX in Ethernet II.
    pub ethernet_ii: u64,
    /// The same in raw 802.3.
    pub raw_8023: u64,
    /// The same in 802.2.
    pub llc_8022: u64,
    /// The same in SNAP.
    pub snap: u64,
    /// Everything else: no IPX, IPX inside IP, other link types.
    pub other: u64,
    /// IPX frames from or to the RIP socket.
    pub rip: u64,
    /// IPX frames from or to the SAP socket.
    pub sap: u64,
    /// IPX frames from or to the NLSP socket.
    pub nlsp: u64,
    /// IPX frames whose header cannot be right: too short, or a length that is.
    pub malformed: u64,
}

impl Census {
    /// Counts one more packet.
    pub fn count(&mut self, link: Link, packet: &[u8]) {
        self.packets += 1;
        let Content::Frame(bytes) = link.content(packet) else {
            self.other += 1;
            return;
        };
        let Ok(located) = frame::locate(bytes) else {
            self.other += 1;
            return;
        };
        *match located.framing {
            Framing::EthernetII => &mut self.ethernet_ii,
            Framing::Raw8023 => &mut self.raw_8023,
            Framing::Llc8022 => &mut self.llc_8022,
            Framing::Snap => &mut self.snap,
        } += 1;
        let Ok(header) = ipx::Header::decode(bytes.get(located.packet).unwrap_or(&[])) else {
            self.malformed += 1;
            return;
        };
        let speaks = |socket| {
            u64::from(header.source.socket == socket || header.destination.socket == socket)
        };
        self.rip += speaks(Socket::RIP);
        self.sap += speaks(Socket::SAP);
        self.nlsp += speaks(Socket::NLSP);
    }
}

impl fmt::Display for Census {
    /// One line without the counts that are 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, count) in [
            ("ethernet-ii", self.ethernet_ii),
            ("802.3", self.raw_8023),
            ("802.2", self.llc_8022),
            ("snap", self.snap),
            ("other", self.other),
            ("rip", self.rip),
            ("sap", self.sap),
            ("nlsp", self.nlsp),
            ("malformed", self.malformed),
        ] {
            if count > 0 {
                write!(f, "{separator}{name} {count}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
