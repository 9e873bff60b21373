//! Interfaces and IPv4 addresses: what there is, and what changes.
//!
//! The functions take a look and may block for a moment; [`Monitor`] watches. All of them see
//! the network namespace of the calling thread.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::{StreamExt, TryStreamExt};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoKind, LinkAttribute, LinkFlags, LinkInfo as Kind, LinkLayerType, LinkMessage,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::{Handle, MulticastGroup};

use crate::netlink;

/// An interface as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// The kernel's index; never used twice while the machine runs.
    pub index: u32,
    /// The name, which can change.
    pub name: String,
    /// Set up by the administrator *and* with a carrier: packets can pass.
    pub running: bool,
    /// Set up by the administrator.
    pub enabled: bool,
    /// The MTU in bytes.
    pub mtu: u32,
    /// The MAC address, on interfaces that have one.
    pub mac: Option<[u8; 6]>,
    /// The index of the bridge (or bond) that it belongs to.
    pub controller: Option<u32>,
    /// It is itself a bridge.
    pub is_bridge: bool,
    /// Its frames are Ethernet frames.
    pub is_ethernet: bool,
}

/// Something that happened to an interface or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// An interface is new, or something in its description has changed.
    Link(LinkInfo),
    /// An interface is gone: deleted, renamed (a `Link` with the new name follows), or moved to
    /// another namespace.
    LinkGone {
        /// Its index.
        index: u32,
        /// The name that it had.
        name: String,
    },
    /// An interface has this address.
    Address {
        /// The address.
        ip: Ipv4Addr,
        /// The interface.
        index: u32,
    },
    /// An interface no longer has this address.
    AddressGone {
        /// The address.
        ip: Ipv4Addr,
        /// The interface.
        index: u32,
    },
}

/// The interface of this name.
///
/// # Errors
/// The kernel did not answer.
pub fn link_by_name(name: &str) -> io::Result<Option<LinkInfo>> {
    Ok(links()?.into_iter().find(|link| link.name == name))
}

/// All interfaces.
///
/// # Errors
/// The kernel did not answer.
pub fn links() -> io::Result<Vec<LinkInfo>> {
    netlink::ask(dump_links)
}

/// All IPv4 addresses of this host, with the index of the interface.
///
/// # Errors
/// The kernel did not answer.
pub fn addresses() -> io::Result<Vec<(Ipv4Addr, u32)>> {
    netlink::ask(dump_addresses)
}

/// The interface that has an IPv4 address; `None` if none has.
///
/// # Errors
/// The kernel did not answer.
pub fn link_of(ip: Ipv4Addr) -> io::Result<Option<LinkInfo>> {
    let owner = addresses()?.into_iter().find(|(address, _)| *address == ip);
    let Some((_, index)) = owner else { return Ok(None) };
    Ok(links()?.into_iter().find(|link| link.index == index))
}

/// The broadcast address of the network that one of our addresses is in: the last one. `None` if
/// the network is too small to have one, or no interface has the address.
///
/// # Errors
/// The kernel did not answer.
pub fn broadcast_of(ip: Ipv4Addr) -> io::Result<Option<Ipv4Addr>> {
    let prefixes = netlink::ask(dump_prefixes)?;
    let prefix = prefixes.into_iter().find(|(address, _)| *address == ip);
    Ok(prefix.and_then(|(_, prefix)| last_of(ip, prefix)))
}

/// The last address of a network with this prefix.
fn last_of(ip: Ipv4Addr, prefix: u8) -> Option<Ipv4Addr> {
    let rest = u32::MAX.checked_shr(prefix.into())?;
    // A network of two has two hosts.
    (rest > 1).then(|| Ipv4Addr::from_bits(ip.to_bits() | rest))
}

async fn dump_prefixes(handle: Handle) -> Result<Vec<(Ipv4Addr, u8)>, rtnetlink::Error> {
    let messages = handle.address().get().execute();
    let prefix = |message: AddressMessage| {
        let prefix = message.header.prefix_len;
        local_address(&message).map(|(ip, _)| (ip, prefix))
    };
    messages.try_filter_map(async |message| Ok(prefix(message))).try_collect().await
}

async fn dump_links(handle: Handle) -> Result<Vec<LinkInfo>, rtnetlink::Error> {
    let messages = handle.link().get().execute();
    messages.try_filter_map(async |message| Ok(describe(&message))).try_collect().await
}

async fn dump_addresses(handle: Handle) -> Result<Vec<(Ipv4Addr, u32)>, rtnetlink::Error> {
    let messages = handle.address().get().execute();
    messages.try_filter_map(async |message| Ok(local_address(&message))).try_collect().await
}

/// What a link message says. `None` if it is not about the interface itself: bridges tell about
/// their ports by the same messages, of family `AF_BRIDGE`.
fn describe(message: &LinkMessage) -> Option<LinkInfo> {
    let header = &message.header;
    if header.interface_family != AddressFamily::Unspec {
        return None;
    }
    let enabled = header.flags.contains(LinkFlags::Up);
    let mut link = LinkInfo {
        index: header.index,
        name: String::new(),
        running: enabled && header.flags.contains(LinkFlags::Running),
        enabled,
        mtu: 0,
        mac: None,
        controller: None,
        is_bridge: false,
        is_ethernet: header.link_layer_type == LinkLayerType::Ether,
    };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Mtu(mtu) => link.mtu = *mtu,
            LinkAttribute::Address(mac) => link.mac = mac.as_slice().try_into().ok(),
            LinkAttribute::Controller(index) => link.controller = Some(*index).filter(|i| *i != 0),
            LinkAttribute::LinkInfo(infos) => {
                link.is_bridge = infos.contains(&Kind::Kind(InfoKind::Bridge));
            }
            _ => {}
        }
    }
    Some(link)
}

/// The IPv4 address in an address message, and its interface.
fn local_address(message: &AddressMessage) -> Option<(Ipv4Addr, u32)> {
    let index = message.header.index;
    // On point-to-point links `Address` is the far side's; there and elsewhere `Local` is ours.
    message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(IpAddr::V4(ip)) => Some((*ip, index)),
        _ => None,
    })
}

type Messages = futures_util::stream::BoxStream<'static, NetlinkMessage<RouteNetlinkMessage>>;

/// Watches interfaces and addresses.
///
/// It begins with an event for everything that is there, so its user needs no look besides.
/// After that every event is a change: repetitions by the kernel are swallowed, and should the
/// kernel drop some for want of room, a new look finds the differences.
pub struct Monitor {
    handle: Handle,
    messages: Messages,
    connection: tokio::task::JoinHandle<()>,
    known: Known,
    pending: VecDeque<LinkEvent>,
    /// A look at everything is due: at the start, and after messages were lost.
    stale: bool,
}

impl Monitor {
    /// Starts to watch. Must be called within a tokio runtime with IO enabled.
    ///
    /// # Errors
    /// The kernel gives no netlink socket.
    pub fn new() -> io::Result<Self> {
        let groups = [MulticastGroup::Link, MulticastGroup::Ipv4Ifaddr];
        let (connection, handle, messages) = rtnetlink::new_multicast_connection(&groups)?;
        Ok(Self {
            handle,
            messages: messages.map(|(message, _)| message).boxed(),
            connection: tokio::spawn(connection),
            known: Known::default(),
            pending: VecDeque::new(),
            stale: true,
        })
    }

    /// The next event; cancel-safe.
    ///
    /// # Errors
    /// The netlink socket failed; make a new monitor.
    pub async fn next(&mut self) -> io::Result<LinkEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            if self.stale {
                let links = dump_links(self.handle.clone()).await.map_err(netlink::to_io)?;
                let addresses = dump_addresses(self.handle.clone()).await;
                let addresses = addresses.map_err(netlink::to_io)?;
                self.known.replace(links, addresses, &mut self.pending);
                self.stale = false;
                continue;
            }
            let message = self.messages.next().await;
            let message = message.ok_or(io::ErrorKind::BrokenPipe)?;
            match message.payload {
                NetlinkPayload::Overrun(_) => self.stale = true,
                NetlinkPayload::InnerMessage(message) => {
                    self.known.learn(&message, &mut self.pending);
                }
                _ => {}
            }
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor").field("known", &self.known).finish_non_exhaustive()
    }
}

/// What the monitor has told so far, to tell only differences.
#[derive(Debug, Default)]
struct Known {
    links: BTreeMap<u32, LinkInfo>,
    addresses: BTreeSet<(Ipv4Addr, u32)>,
}

impl Known {
    fn learn(&mut self, message: &RouteNetlinkMessage, events: &mut VecDeque<LinkEvent>) {
        match message {
            RouteNetlinkMessage::NewLink(message) => {
                if let Some(link) = describe(message) {
                    self.add_link(link, events);
                }
            }
            RouteNetlinkMessage::DelLink(message) => {
                if let Some(link) = describe(message) {
                    self.remove_link(link.index, events);
                }
            }
            RouteNetlinkMessage::NewAddress(message) => {
                if let Some(address) = local_address(message) {
                    self.add_address(address, events);
                }
            }
            RouteNetlinkMessage::DelAddress(message) => {
                if let Some(address) = local_address(message) {
                    self.remove_address(address, events);
                }
            }
            _ => {}
        }
    }

    /// Takes a whole new picture: what it lacks is gone.
    fn replace(
        &mut self,
        links: Vec<LinkInfo>,
        addresses: Vec<(Ipv4Addr, u32)>,
        events: &mut VecDeque<LinkEvent>,
    ) {
        let absent = |index: &u32| links.iter().all(|link| link.index != *index);
        for index in self.links.keys().copied().filter(absent).collect::<Vec<_>>() {
            self.remove_link(index, events);
        }
        let gone = self.addresses.iter().filter(|address| !addresses.contains(address));
        for address in gone.copied().collect::<Vec<_>>() {
            self.remove_address(address, events);
        }
        for link in links {
            self.add_link(link, events);
        }
        for address in addresses {
            self.add_address(address, events);
        }
    }

    fn add_link(&mut self, link: LinkInfo, events: &mut VecDeque<LinkEvent>) {
        let before = self.links.insert(link.index, link.clone());
        if before.as_ref() == Some(&link) {
            return;
        }
        if let Some(before) = before.filter(|before| before.name != link.name) {
            events.push_back(LinkEvent::LinkGone { index: before.index, name: before.name });
        }
        events.push_back(LinkEvent::Link(link));
    }

    fn remove_link(&mut self, index: u32, events: &mut VecDeque<LinkEvent>) {
        if let Some(link) = self.links.remove(&index) {
            events.push_back(LinkEvent::LinkGone { index, name: link.name });
        }
    }

    fn add_address(&mut self, address: (Ipv4Addr, u32), events: &mut VecDeque<LinkEvent>) {
        if self.addresses.insert(address) {
            let (ip, index) = address;
            events.push_back(LinkEvent::Address { ip, index });
        }
    }

    fn remove_address(&mut self, address: (Ipv4Addr, u32), events: &mut VecDeque<LinkEvent>) {
        if self.addresses.remove(&address) {
            let (ip, index) = address;
            events.push_back(LinkEvent::AddressGone { ip, index });
        }
    }
}
