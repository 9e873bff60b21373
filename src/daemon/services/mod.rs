//! The IP services' side of the daemon: interfaces with their sockets, TCP connections, and
//! names that are looked up.
//!
//! ```text
//!             opened                      another address, or none
//!   Closed ───────────► Open: told as up ──────────────────────────► Closed
//!     ▲  retry after 5 s, or when an address comes                      │
//!     └─────────────────────────────────────────────────────────────────┘
//! ```
//!
//! What comes in goes through a lane of its own, which the control loop looks at after those of
//! IPX. A flood ends in the kernel: each interface takes [`receive::RATE`] datagrams a second at
//! most.

mod dhcp;
mod names;
mod receive;
mod streams;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::config::{Config, SlpSockets};
use ipxway_core::ids::{InterfaceId, StreamId};
use ipxway_core::router::{Input, InterfaceAddress, InterfaceState, IpService, StreamAction};
use ipxway_core::wire::{NodeAddress, slp};
use ipxway_drivers::links::LinkEvent;
use ipxway_drivers::{OpenError, ServiceOptions, ServiceSockets, open_service};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::devices::no_address;
use super::links::Links;
use crate::config::shell::LocalAddress;
use names::Names;
use streams::Streams;

/// Inputs that wait for the control loop.
const DEPTH: usize = 512;
/// Time between two attempts to open an interface.
const RETRY: Duration = Duration::from_secs(5);

/// Something that came in, for the router.
#[derive(Debug)]
pub(super) struct Arrival {
    /// Of a connection: which router it belongs to. Another one must not hear of it, for it counts
    /// its connections anew.
    epoch: Option<u64>,
    input: Input,
}

impl From<Input> for Arrival {
    fn from(input: Input) -> Self {
        Self { epoch: None, input }
    }
}

/// Time before an interface is opened after it was closed or something there changed: the tasks of
/// the last time still hold its sockets, and changes come in groups.
const SETTLE: Duration = Duration::from_millis(100);

/// Sends what comes in to the control loop.
type Arrivals = mpsc::Sender<Arrival>;

/// All interfaces of IP services, and their connections.
pub(super) struct Services {
    interfaces: Vec<Interface>,
    links: Links,
    arrivals: Arrivals,
    streams: Streams,
    names: Names,
}

/// An interface, open or not.
struct Interface {
    id: InterfaceId,
    local: LocalAddress,
    sockets: Option<SlpSockets>,
    dhcp: bool,
    state: State,
    told: Option<InterfaceState>,
}

enum State {
    Closed { reason: String, retry: Time },
    Open(Open),
}

struct Open {
    address: InterfaceAddress,
    /// What SLP sends leaves by this one, at once: another handle of a socket that a task reads.
    slp: Option<std::net::UdpSocket>,
    dhcp: Option<dhcp::Port>,
    /// What reads from its sockets; ends with it.
    _tasks: JoinSet<()>,
}

impl Services {
    /// The interfaces of a configuration, all closed, with the lane of what comes in.
    pub(super) fn new(config: &Config, locals: &[LocalAddress]) -> (Self, mpsc::Receiver<Arrival>) {
        let (arrivals, lane) = mpsc::channel(DEPTH);
        let interfaces = config.interfaces.iter().zip(locals).zip(0..);
        let interfaces = interfaces.map(|((interface, local), id)| Interface {
            id: InterfaceId(id),
            local: local.clone(),
            sockets: interface.slp.clone(),
            dhcp: interface.dhcp,
            state: State::Closed { reason: "not opened yet".to_owned(), retry: Time::ZERO },
            told: None,
        });
        let interfaces = interfaces.collect();
        let streams = Streams::new(arrivals.clone());
        let names = Names::new(arrivals.clone());
        (Self { interfaces, links: Links::default(), arrivals, streams, names }, lane)
    }

    /// Addresses have changed.
    pub(super) fn link_event(&mut self, now: Time, event: &LinkEvent, inputs: &mut Vec<Input>) {
        self.links.apply(event);
        for interface in &mut self.interfaces {
            match &mut interface.state {
                State::Closed { retry, .. } => {
                    if self.links.local(&interface.local).is_some() {
                        *retry = (*retry).min(now + SETTLE);
                    }
                }
                State::Open(open) => {
                    let ip = open.address.ip;
                    let gone = match event {
                        LinkEvent::AddressGone { ip, .. } => Some(*ip),
                        _ => None,
                    };
                    let is_gone = (gone == Some(ip) && !self.links.has_address(ip))
                        || self.links.has_moved(&interface.local, ip);
                    let missing = is_gone.then(|| missing(&interface.local));
                    let reason = missing.or_else(|| self.links.obstacle(ip));
                    match reason {
                        Some(reason) => {
                            interface.state = State::Closed { reason, retry: now + SETTLE };
                        }
                        None => open.address.mtu = self.links.mtu(ip).unwrap_or(open.address.mtu),
                    }
                }
            }
        }
        self.tick(now, inputs);
    }

    /// When [`tick`](Self::tick) has something to do.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        let retry = |interface: &Interface| match &interface.state {
            State::Closed { retry, .. } => Some(*retry),
            State::Open(open) => open.dhcp.as_ref().and_then(dhcp::Port::next_deadline),
        };
        self.interfaces.iter().filter_map(retry).min()
    }

    /// Opens the interfaces whose time has come, and closes what was open for a time.
    pub(super) fn tick(&mut self, now: Time, inputs: &mut Vec<Input>) {
        for interface in &mut self.interfaces {
            if let State::Open(Open { dhcp: Some(port), .. }) = &mut interface.state {
                port.tick(now);
            }
            if let State::Closed { retry, .. } = &interface.state
                && *retry <= now
            {
                let ip = self.links.local(&interface.local);
                let opened = ip
                    .ok_or_else(|| missing(&interface.local))
                    .and_then(|ip| self.links.obstacle(ip).map_or(Ok(ip), Err))
                    .and_then(|ip| interface.open(now, ip, &self.arrivals, &self.streams));
                interface.state = match opened {
                    Ok(open) => State::Open(open),
                    Err(reason) => State::Closed { reason, retry: now + RETRY },
                };
            }
        }
        self.tell(inputs);
    }

    /// Tells the state of every interface again, to a router that knows none.
    pub(super) fn tell_all(&mut self, inputs: &mut Vec<Input>) {
        self.streams.close_all();
        self.interfaces.iter_mut().for_each(|interface| interface.told = None);
        self.tell(inputs);
    }

    fn tell(&mut self, inputs: &mut Vec<Input>) {
        for interface in &mut self.interfaces {
            let state = match &interface.state {
                State::Closed { reason, .. } => InterfaceState::Down { reason: reason.clone() },
                State::Open(open) => InterfaceState::Up(open.address),
            };
            if interface.told.as_ref() != Some(&state) {
                interface.told = Some(state.clone());
                inputs.push(Input::Interface { id: interface.id, state });
            }
        }
    }

    /// Sends a datagram. One that the kernel does not take is lost, as on the way.
    pub(super) fn send(
        &mut self,
        now: Time,
        id: InterfaceId,
        service: IpService,
        to: std::net::SocketAddrV4,
        payload: &[u8],
    ) {
        let interface = self.interfaces.get_mut(id.index());
        let state = interface.map(|interface| &mut interface.state);
        let Some(State::Open(open)) = state else { return };
        match service {
            IpService::Slp => {
                if let Some(socket) = &open.slp
                    && let Err(error) = socket.send_to(payload, to)
                {
                    tracing::debug!(%to, %error, "a datagram of SLP was not sent");
                }
            }
            IpService::Dhcp => {
                if let Some(port) = &mut open.dhcp {
                    port.send(now, to, payload);
                }
            }
        }
    }

    /// Looks a name up.
    pub(super) fn resolve(&self, name: String) {
        self.names.resolve(name);
    }

    /// What came in, if it is still of interest.
    pub(super) fn admit(&self, arrival: Arrival) -> Option<Input> {
        let current = arrival.epoch.is_none_or(|epoch| epoch == self.streams.epoch());
        current.then_some(arrival.input)
    }

    /// Which router connections belong to: another number once there is another one.
    pub(super) fn epoch(&self) -> u64 {
        self.streams.epoch()
    }

    /// The router has heard that a connection is over.
    pub(super) fn forget(&self, id: StreamId) {
        self.streams.forget(id);
    }

    /// Does something with a connection.
    pub(super) fn stream(&self, id: StreamId, action: StreamAction) {
        self.streams.act(id, action);
    }
}

impl Interface {
    /// Opens its sockets and begins to read from them.
    fn open(
        &self,
        now: Time,
        ip: Ipv4Addr,
        arrivals: &Arrivals,
        streams: &Streams,
    ) -> Result<Open, String> {
        let mut open = self.open_slp(ip, arrivals, streams)?;
        if self.dhcp {
            match dhcp::Port::new(self.id, ip, arrivals.clone(), now) {
                Ok((port, link)) => {
                    let mtu = u16::try_from(link.mtu).unwrap_or(u16::MAX);
                    open.address = InterfaceAddress { ip, mac: link.mac.map(NodeAddress), mtu };
                    open.dhcp = Some(port);
                }
                Err(error) => {
                    // Without an Ethernet address DHCP is not asked; the rest works. So it does
                    // at an address that is ours by a route alone.
                    tracing::warn!("DHCP cannot be asked at {ip}: {error}");
                    open.address.mac = None;
                }
            }
        }
        Ok(open)
    }

    fn open_slp(
        &self,
        ip: Ipv4Addr,
        arrivals: &Arrivals,
        streams: &Streams,
    ) -> Result<Open, String> {
        let Some(wanted) = &self.sockets else {
            let address = InterfaceAddress { ip, mac: None, mtu: 1_500 };
            return Ok(Open { address, slp: None, dhcp: None, _tasks: JoinSet::new() });
        };
        let options = ServiceOptions {
            ip,
            port: slp::PORT,
            groups: wanted.groups.clone(),
            ttl: wanted.ttl,
            broadcast: wanted.broadcast,
            tcp: wanted.tcp,
        };
        let opened = open_service(&options).map_err(|error: OpenError| error.to_string())?;
        self.serve(ip, opened, arrivals, streams).map_err(|error| error.to_string())
    }

    fn serve(
        &self,
        ip: Ipv4Addr,
        sockets: ServiceSockets,
        arrivals: &Arrivals,
        streams: &Streams,
    ) -> std::io::Result<Open> {
        let ServiceSockets { own, others, listener, mac, mtu } = sockets;
        let mut tasks = JoinSet::new();
        let budget = receive::Budget::default();
        let sender = own.try_clone()?;
        let mut all = vec![(ip, Arc::new(UdpSocket::from_std(own)?))];
        for (to, socket) in others {
            all.push((to, Arc::new(UdpSocket::from_std(socket)?)));
        }
        for (to, socket) in all {
            let receiver = receive::Receiver {
                interface: self.id,
                to,
                socket,
                arrivals: arrivals.clone(),
                budget: budget.clone(),
            };
            tasks.spawn(receiver.run());
        }
        if let Some(listener) = listener {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tasks.spawn(streams.clone().accept(ip, listener));
        }
        let address = InterfaceAddress { ip, mac: mac.map(NodeAddress), mtu };
        Ok(Open { address, slp: Some(sender), dhcp: None, _tasks: tasks })
    }
}

fn missing(local: &LocalAddress) -> String {
    match local {
        LocalAddress::Ip(ip) => OpenError::AddressNotHere { ip: *ip }.to_string(),
        local => no_address(local),
    }
}
