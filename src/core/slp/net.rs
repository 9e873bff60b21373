//! The IP interfaces that the agents of SLP use, and whom they hear.

use std::net::{Ipv4Addr, SocketAddrV4};

use bytes::Bytes;

use crate::config::Config;
use crate::ids::{InterfaceId, StreamId};
use crate::router::{Cx, InterfaceAddress, InterfaceState, IpService, Output, StreamAction};
use crate::wire::slp::{AGENTS_V1, GENERAL_V1, GROUP_V2, MAX_MESSAGE, Message, PORT, Version};

/// What is known of the interfaces.
#[derive(Debug, Default)]
pub(super) struct Net {
    up: Vec<Option<InterfaceAddress>>,
    /// What the names of listed directory agents stand for.
    listed: Vec<Ipv4Addr>,
}

impl Net {
    /// An interface is so now. True if it came up, or has another address.
    pub(super) fn set(&mut self, id: InterfaceId, state: &InterfaceState) -> bool {
        if self.up.len() <= id.index() {
            self.up.resize(id.index() + 1, None);
        }
        let address = match state {
            InterfaceState::Up(address) => Some(*address),
            InterfaceState::Down { .. } => None,
        };
        let Some(place) = self.up.get_mut(id.index()) else { return false };
        let ip = |address: &InterfaceAddress| address.ip;
        let news = address.is_some() && place.as_ref().map(ip) != address.as_ref().map(ip);
        *place = address;
        news
    }

    /// Our address on an interface that is up.
    pub(super) fn address(&self, id: InterfaceId) -> Option<Ipv4Addr> {
        self.up.get(id.index())?.map(|address| address.ip)
    }

    /// The interfaces that are up and on which SLP is spoken.
    pub(super) fn interfaces(&self, config: &Config) -> Vec<InterfaceId> {
        let speaks = config.interfaces.iter().map(|interface| interface.slp.is_some());
        let up = speaks.zip(&self.up).enumerate().filter(|(_, (slp, up))| *slp && up.is_some());
        up.filter_map(|(index, _)| u16::try_from(index).ok().map(InterfaceId)).collect()
    }

    /// The interface with this address of ours.
    pub(super) fn with_address(&self, ip: Ipv4Addr) -> Option<InterfaceId> {
        let place = self.up.iter().position(|up| up.is_some_and(|address| address.ip == ip))?;
        u16::try_from(place).ok().map(InterfaceId)
    }

    /// Any of them, for what may leave by any.
    pub(super) fn first(&self, config: &Config) -> Option<InterfaceId> {
        self.interfaces(config).into_iter().next()
    }

    /// The operator has listed these by name.
    pub(super) fn set_listed(&mut self, addresses: Vec<Ipv4Addr>) {
        self.listed = addresses;
    }

    /// The address is inside what is allowed, or that of a directory agent that is listed.
    pub(super) fn allows(&self, config: &Config, ip: Ipv4Addr) -> bool {
        config.slp.allows(ip) || self.listed.contains(&ip)
    }

    /// The address is one of ours.
    pub(super) fn is_own(&self, ip: Ipv4Addr) -> bool {
        self.up.iter().flatten().any(|address| address.ip == ip)
    }
}

/// The address may be that of another machine, and of one alone.
pub(super) fn is_machine(ip: Ipv4Addr) -> bool {
    let nobody = ip.octets().first() == Some(&0) || ip.is_loopback();
    !nobody && !ip.is_multicast() && !ip.is_broadcast()
}

/// Sends a message in a datagram, to port 427 of a host or a group.
pub(super) fn send(cx: &mut Cx<'_>, interface: InterfaceId, to: Ipv4Addr, message: Vec<u8>) {
    send_to(cx, interface, SocketAddrV4::new(to, PORT), message);
}

/// Answers where a request came from.
pub(super) fn send_to(cx: &mut Cx<'_>, interface: InterfaceId, to: SocketAddrV4, message: Vec<u8>) {
    let payload = Bytes::from(message);
    cx.out.push(Output::Datagram { interface, service: IpService::Slp, to, payload });
}

/// Sends a message on a connection, if there is one to send.
pub(super) fn send_by_stream(cx: &mut Cx<'_>, id: StreamId, message: Option<Message>) {
    if let Some(bytes) = message.and_then(|mut message| encode(&mut message)) {
        let action = StreamAction::Send(Bytes::from(bytes));
        cx.out.push(Output::Stream { id, action });
    }
}

/// The group that requests of this version go to; those for directory agents have their own in
/// version 1.
pub(super) const fn group(version: Version, for_agents: bool) -> Ipv4Addr {
    match (version, for_agents) {
        (Version::V1, true) => AGENTS_V1,
        (Version::V1, false) => GENERAL_V1,
        (Version::V2, _) => GROUP_V2,
    }
}

/// The longest message of a version, on a connection.
const fn longest(version: Version) -> usize {
    match version {
        Version::V1 => u16::MAX as usize,
        Version::V2 => MAX_MESSAGE,
    }
}

/// The bytes of a message of ours. Names of operators may not fit the character set: UTF-8 has
/// all, and version 1 knows it too.
pub(super) fn encode(message: &mut Message) -> Option<Vec<u8>> {
    use crate::wire::slp::{Charset, EncodeError};
    let mut bytes = message.encode();
    if matches!(bytes, Err(EncodeError::Charset { .. })) {
        message.header.charset = Charset::Utf8;
        bytes = message.encode();
    }
    match bytes {
        // An answer that is longer than the format allows says so, and has what fits.
        Err(EncodeError::TooLong { .. }) => message.fit(longest(message.header.version)).ok(),
        bytes => bytes.ok(),
    }
}
