//! The ports' lives: opened, up and down with their links, lost, and opened again.
//!
//! ```text
//!            opened                    link down, no carrier
//!   Closed ──────────► Open, up  ◄──────────────────────────► Open, down
//!     ▲ │ retry          │ device or address gone, thread ended      │
//!     │ └─ 5 s, or when  ▼                                           │
//!     └────── the device ◄───────────────────────────────────────────┘
//!             or address appears
//! ```
//!
//! Whatever happens becomes an [`Input::Port`] for the router, and only if it is news. A device
//! that is missing is no fault: it is used once it is there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::forward::{Counters, Fib, Repeats};
use ipxway_core::ids::PortId;
use ipxway_core::router::{Input, PortAddress, PortState};
use ipxway_core::wire::NodeAddress;
use ipxway_drivers::links::{LinkEvent, LinkInfo};
use ipxway_drivers::{Guard, LinkAddress, OpenError, OpenPort, Outgoing};
use tokio::sync::mpsc;

use super::devices::{Opener, missing};
use super::forwarding::{Forwarder, Pace, Running};
use super::links::Links;
use super::punt::Punts;
use super::snapshot::{CounterBlock, Publisher};
use crate::config::shell::Device;

/// Time between two attempts to open a port, if nothing suggests that it could work earlier.
const RETRY: Duration = Duration::from_secs(5);
/// The least time between two attempts: opening a TAP makes link events of its own.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How long the link of a TAP that we have just opened may take to be reported as running. The
/// kernel tells of each step of its making, and the first ones say that it is down.
const SETTLE: Duration = Duration::from_secs(1);

/// A forwarding thread has ended by itself.
#[derive(Debug)]
pub(super) struct Ended {
    port: PortId,
    /// Which opening of the port it belonged to.
    epoch: u64,
    /// What the port said; nothing if the thread failed.
    error: Option<io::Error>,
}

/// All ports of the agent, and what their threads forward by.
pub(super) struct Ports {
    slots: Vec<Slot>,
    links: Links,
    opener: Box<dyn Opener>,
    publisher: Publisher,
    punts: Punts,
    ended: mpsc::Sender<Ended>,
}

/// A port, open or not.
struct Slot {
    id: PortId,
    name: String,
    device: Device,
    state: State,
    /// What the router knows.
    told: Option<PortState>,
    /// Counts openings.
    epoch: u64,
    block: CounterBlock,
}

enum State {
    Closed { reason: String, tried: Time, retry: Time },
    Open(Open),
}

struct Open {
    // Dropped in this order: the threads end before their device goes.
    threads: Vec<Running>,
    _guard: Guard,
    address: LinkAddress,
    /// Its link is up, as far as that concerns the port.
    link: Result<(), &'static str>,
    /// Until then a link that is down is only starting up.
    settling: Option<Time>,
}

impl Ports {
    /// The ports of `devices` with their names, all closed; [`tick`](Self::tick) opens them. What
    /// becomes of their threads is told through the receiver, and must be given to
    /// [`ended`](Self::ended).
    pub(super) fn new<'a>(
        devices: impl ExactSizeIterator<Item = (&'a str, &'a Device)>,
        opener: Box<dyn Opener>,
        punts: Punts,
    ) -> (Self, mpsc::Receiver<Ended>) {
        let count = devices.len();
        // Each thread ends once an opening, and a port is opened again only after that was read of
        // one of its two.
        let (ended, from_ended) = mpsc::channel(2 * count.max(1));
        let slots = devices.enumerate().map(|(index, (name, device))| Slot {
            id: PortId(u16::try_from(index).unwrap_or(u16::MAX)),
            name: name.to_owned(),
            device: device.clone(),
            state: State::Closed {
                reason: "not opened yet".to_owned(),
                tried: Time::ZERO,
                retry: Time::ZERO,
            },
            told: None,
            epoch: 0,
            block: CounterBlock::default(),
        });
        let slots = slots.collect();
        let publisher = Publisher::new(count);
        (Self { slots, links: Links::default(), opener, publisher, punts, ended }, from_ended)
    }

    /// Forward by this table from now on.
    pub(super) fn publish(&mut self, fib: Arc<Fib>) {
        self.publisher.publish(fib);
    }

    /// What the threads forward by.
    #[cfg(test)]
    pub(super) fn snapshot(&self) -> Arc<super::snapshot::Snapshot> {
        self.publisher.current()
    }

    /// Sends by a port; gives how many packets the kernel did not take.
    pub(super) fn send(&self, port: PortId, packets: &[Outgoing<'_>]) -> usize {
        match self.publisher.current().sender(port) {
            Some(sender) => sender.send_batch(packets).dropped,
            None => packets.len(),
        }
    }

    /// Adds what the threads have counted to `total`.
    pub(super) fn count_into(&self, total: &mut Counters) {
        self.slots.iter().for_each(|slot| slot.block.add_to(total));
    }

    /// Ports that are up, of how many.
    pub(super) fn up(&self) -> (usize, usize) {
        let up = |slot: &&Slot| matches!(slot.told, Some(PortState::Up(_)));
        (self.slots.iter().filter(up).count(), self.slots.len())
    }

    /// When [`tick`](Self::tick) has something to do.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        let deadline = |slot: &Slot| match &slot.state {
            State::Closed { retry, .. } => Some(*retry),
            State::Open(open) => open.settling,
        };
        self.slots.iter().filter_map(deadline).min()
    }

    /// Opens the ports whose time has come.
    pub(super) fn tick(&mut self, now: Time, inputs: &mut Vec<Input>) {
        if self.next_deadline().is_none_or(|at| at > now) {
            return;
        }
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { continue };
            match &mut slot.state {
                State::Closed { retry, .. } if *retry <= now => self.open(index, now),
                State::Open(open) if open.settling.is_some_and(|at| at <= now) => {
                    open.settling = None;
                    let link = self.links.get(open.address.index);
                    slot.follow_link(link);
                }
                _ => {}
            }
        }
        self.tell(inputs);
    }

    /// An interface or an address has changed.
    pub(super) fn link_event(&mut self, now: Time, event: &LinkEvent, inputs: &mut Vec<Input>) {
        self.links.apply(event);
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { continue };
            match slot.concern(event, &self.links) {
                Concern::None => {}
                Concern::MayOpen => slot.retry_soon(now),
                Concern::Link(link) => slot.follow_link(Some(link)),
                Concern::Lost(reason) => {
                    self.close(index, now, reason);
                }
            }
        }
        self.tell(inputs);
    }

    /// A forwarding thread has ended: its port is gone.
    pub(super) fn ended(&mut self, now: Time, ended: Ended, inputs: &mut Vec<Input>) {
        let index = ended.port.index();
        let current = self.slots.get(index).filter(|slot| slot.epoch == ended.epoch);
        if let Some(slot) = current {
            let reason = match (slot.device.interface(), ended.error) {
                (_, None) => "its forwarding thread failed".to_owned(),
                (Some(name), Some(_)) => missing(name),
                (None, Some(error)) => format!("its socket failed: {error}"),
            };
            self.close(index, now, reason);
        }
        self.tell(inputs);
    }

    /// Tells the state of every port again, to a router that knows none.
    pub(super) fn tell_all(&mut self, inputs: &mut Vec<Input>) {
        self.slots.iter_mut().for_each(|slot| slot.told = None);
        self.tell(inputs);
    }

    /// Makes an input of every state that is news.
    fn tell(&mut self, inputs: &mut Vec<Input>) {
        for slot in &mut self.slots {
            let state = slot.port_state(&self.links);
            if slot.told.as_ref() != Some(&state) {
                slot.told = Some(state.clone());
                inputs.push(Input::Port { id: slot.id, state });
            }
        }
    }

    fn open(&mut self, index: usize, now: Time) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.epoch += 1;
        let (port, epoch) = (slot.id, slot.epoch);
        let opened = self.opener.open(&slot.device, &self.links).and_then(|opened| {
            let OpenPort { receiver, apart, sender, address, guard } = opened;
            let apart = apart.map(|receiver| (receiver, Pace::Patient(Repeats::default())));
            let receivers = std::iter::once((receiver, Pace::AtOnce)).chain(apart);
            let start = |(receiver, pace)| {
                let (view, punts) = (self.publisher.view(), self.punts.clone());
                let (block, ended) = (slot.block.clone(), self.ended.clone());
                Forwarder { port, receiver, pace, view, punts, block }.start(
                    &slot.name,
                    move |error| {
                        // The loop has room for all of each port, or has ended itself.
                        let _ = ended.try_send(Ended { port, epoch, error });
                    },
                )
            };
            let threads = receivers.map(start).collect::<io::Result<Vec<Running>>>();
            let threads = threads.map_err(|error| format!("no thread for it: {error}"))?;
            Ok((threads, guard, address, sender))
        });
        match opened {
            Ok((threads, guard, address, sender)) => {
                let settling = matches!(slot.device, Device::Tap(_)).then_some(now + SETTLE);
                let open = Open { threads, _guard: guard, address, link: Ok(()), settling };
                slot.state = State::Open(open);
                slot.follow_link(self.links.get(address.index));
                self.publisher.set_sender(port, Some(sender));
            }
            Err(reason) => {
                slot.state = State::Closed { reason, tried: now, retry: now + RETRY };
            }
        }
    }

    fn close(&mut self, index: usize, now: Time, reason: String) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if matches!(slot.state, State::Open(_)) {
            slot.epoch += 1;
            let closed = State::Closed { reason, tried: now, retry: now + RETRY_PAUSE };
            // The last senders go before the device does; those in old snapshots at the next
            // look of each thread.
            self.publisher.set_sender(slot.id, None);
            slot.state = closed;
            for slot in &self.slots {
                if let State::Open(open) = &slot.state {
                    open.threads.iter().for_each(Running::wake);
                }
            }
        }
    }
}

/// What an event means for a port.
enum Concern<'a> {
    None,
    /// What it lacks may be there now.
    MayOpen,
    /// Its link has changed.
    Link(&'a LinkInfo),
    /// What it was opened on is gone.
    Lost(String),
}

impl Slot {
    fn concern<'a>(&self, event: &'a LinkEvent, links: &Links) -> Concern<'a> {
        match (&self.state, event) {
            (State::Closed { .. }, LinkEvent::Link(link)) if self.waits_for(&link.name) => {
                Concern::MayOpen
            }
            (State::Closed { .. }, LinkEvent::Address { .. })
                if matches!(self.device, Device::Udp(_)) =>
            {
                Concern::MayOpen
            }
            (State::Open(open), LinkEvent::Link(link)) if link.index == open.address.index => {
                Concern::Link(link)
            }
            (State::Open(open), LinkEvent::LinkGone { index, name })
                if *index == open.address.index && self.device.interface().is_some() =>
            {
                Concern::Lost(missing(name))
            }
            (State::Open(open), &LinkEvent::AddressGone { ip, .. })
                if open.address.ip == Some(ip) && !links.has_address(ip) =>
            {
                Concern::Lost(OpenError::AddressNotHere { ip }.to_string())
            }
            _ => Concern::None,
        }
    }

    /// The port needs an interface of this name.
    fn waits_for(&self, name: &str) -> bool {
        let bridge = match &self.device {
            Device::Tap(tap) => tap.bridge.as_deref(),
            Device::Nic(_) | Device::Udp(_) => None,
        };
        self.device.interface() == Some(name) || bridge == Some(name)
    }

    fn retry_soon(&mut self, now: Time) {
        if let State::Closed { tried, retry, .. } = &mut self.state {
            *retry = (*tried + RETRY_PAUSE).max(now).min(*retry);
        }
    }

    /// The link below is so now. A UDP port does not depend on a link: IP finds its own way.
    fn follow_link(&mut self, link: Option<&LinkInfo>) {
        let is_udp = matches!(self.device, Device::Udp(_));
        let State::Open(open) = &mut self.state else { return };
        let state = match link {
            Some(link) if !is_udp && !link.enabled => Err("its interface is set down"),
            Some(link) if !is_udp && !link.running => Err("its interface has no carrier"),
            _ => Ok(()),
        };
        if state.is_ok() && link.is_some() {
            open.settling = None;
        }
        if state.is_ok() || open.settling.is_none() {
            open.link = state;
        }
    }

    fn port_state(&self, links: &Links) -> PortState {
        match &self.state {
            State::Closed { reason, .. } => PortState::Down { reason: reason.clone() },
            State::Open(Open { link: Err(reason), .. }) => {
                PortState::Down { reason: (*reason).to_owned() }
            }
            State::Open(open) => {
                let link = links.get(open.address.index);
                // The agent behind a TAP is a station of its own; on a NIC it is the NIC.
                let follows = matches!(self.device, Device::Nic(_));
                let mac = link.filter(|_| follows).and_then(|link| link.mac).or(open.address.mac);
                let mtu = link
                    .map_or(open.address.mtu, |link| u16::try_from(link.mtu).unwrap_or(u16::MAX));
                PortState::Up(PortAddress { mac: mac.map(NodeAddress), ip: open.address.ip, mtu })
            }
        }
    }
}
