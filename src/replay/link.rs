//! Link types of captures, and what a captured packet holds by the first of its headers.

use std::fmt;

/// How the packets of a capture begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Ethernet, without the frame check sequence.
    Ethernet,
    /// Four bytes that name the protocol, then the packet: the loopback of the BSDs.
    Null,
    /// An IP packet at once.
    RawIp,
    /// Anything else, by its number in the registry of link types.
    Other(u32),
}

/// What a captured packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A frame for a LAN port, IPX or not.
    Frame(&'a [u8]),
    /// An IPv4 packet, with padding behind it at times.
    Ip(&'a [u8]),
    /// Nothing that a port of the agent would ever see.
    Other,
}

/// The protocol family of IPv4 in a [`Link::Null`] header, the same on every system.
const FAMILY_IPV4: u32 = 2;

impl Link {
    /// The link of this number; 12 and 14 are what some systems wrote for 101.
    #[must_use]
    pub const fn of(number: u32) -> Self {
        match number {
            0 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 => Self::RawIp,
            other => Self::Other(other),
        }
    }

    /// What `packet` holds.
    #[must_use]
    pub fn content(self, packet: &[u8]) -> Content<'_> {
        match self {
            Self::Ethernet => ethernet(packet),
            Self::Null => match packet.split_first_chunk::<4>() {
                // In the byte order of the machine that captured, which the file does not tell.
                Some((family, rest))
                    if u32::from_le_bytes(*family) == FAMILY_IPV4
                        || u32::from_be_bytes(*family) == FAMILY_IPV4 =>
                {
                    Content::Ip(rest)
                }
                _ => Content::Other,
            },
            Self::RawIp if packet.first().is_some_and(|byte| byte >> 4 == 4) => Content::Ip(packet),
            Self::RawIp | Self::Other(_) => Content::Other,
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ethernet => f.pad("Ethernet"),
            Self::Null => f.pad("NULL"),
            Self::RawIp => f.pad("raw IP"),
            Self::Other(number) => f.pad(&format!("link type {number}")),
        }
    }
}

/// An IPv4 packet in Ethernet, tagged or not; any other frame is for a LAN port to judge.
fn ethernet(frame: &[u8]) -> Content<'_> {
    let mut rest = frame.get(12..).unwrap_or(&[]);
    while let [0x81, 0x00, _, _, inner @ ..] | [0x88, 0xa8, _, _, inner @ ..] = rest {
        rest = inner;
    }
    match rest {
        [0x08, 0x00, packet @ ..] => Content::Ip(packet),
        _ => Content::Frame(frame),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_is_found_behind_every_known_link_header() {
        let packet = [0x45, 0, 0, 20];
        let behind = |header: &[u8]| [header, packet.as_slice()].concat();
        let ethernet = behind(&[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0]);
        let tagged = behind(&[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8, 0]);
        for (number, bytes) in [
            (1, ethernet),
            (1, tagged),
            (0, behind(&[2, 0, 0, 0])),
            (0, behind(&[0, 0, 0, 2])),
            (101, packet.to_vec()),
            (12, packet.to_vec()),
            (14, packet.to_vec()),
            (228, packet.to_vec()),
        ] {
            assert_eq!(Link::of(number).content(&bytes), Content::Ip(&packet), "link {number}");
        }
    }

    #[test]
    fn what_is_no_ipv4_is_a_frame_on_ethernet_and_other_elsewhere() {
        let ipx = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0x81, 0x37];
        assert_eq!(Link::Ethernet.content(&ipx), Content::Frame(&ipx));
        assert_eq!(Link::Ethernet.content(&[1, 2, 3]), Content::Frame(&[1, 2, 3]));
        assert_eq!(Link::Null.content(&[30, 0, 0, 0, 0x60]), Content::Other);
        assert_eq!(Link::Null.content(&[2, 0]), Content::Other);
        assert_eq!(Link::RawIp.content(&[0x60, 0]), Content::Other);
        assert_eq!(Link::RawIp.content(&[]), Content::Other);
        assert_eq!(Link::of(104).content(&[0x0f, 0, 8, 0]), Content::Other);
    }
}
