//! An agent led through a capture, in the capture's own time.
//!
//! Time is that of the capture, counted from its first packet, and never runs backwards. Before
//! each packet the agent gets its timers up to then; what it sends is kept with the time at which
//! it did. Nothing else enters, so two players given the same make the same.

use std::sync::Arc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::agent::{Action, Agent};
use ipxway_core::config::{Config, PortKind};
use ipxway_core::ids::{PortId, RequestId};
use ipxway_core::router::{Command, Event, Input, PortAddress, PortState, Reply};
use ipxway_core::wire::NodeAddress;

use super::backbone::{Arrival, Backbone};
use super::census::Census;
use super::link::{Content, Link};

/// A longer pause between two packets is taken for this long: a wrong clock in a capture would
/// have the agent send its updates for years.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// Calls at one point of time after which the timers are taken to be stuck.
const MAX_CALLS_AT_ONCE: u32 = 100_000;
/// The MTU of a port that nothing else is known of.
pub const DEFAULT_MTU: u16 = 1500;

/// What an agent is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its configuration.
    pub config: Arc<Config>,
    /// The addresses of its ports, in their order; [`lan_address`] makes one where none is given.
    pub addresses: Vec<PortAddress>,
    /// The LAN port that frames go into; none if the agent has only UDP ports.
    pub lan: Option<PortId>,
    /// Decides all jitter and every random choice.
    pub seed: u64,
}

/// The address of a LAN port whose device is not there: a MAC address made of the port's number,
/// `02:69:70:78` ("ipx") and two bytes of it.
#[must_use]
pub fn lan_address(port: PortId) -> PortAddress {
    let [high, low] = port.0.to_be_bytes();
    let mac = NodeAddress([0x02, 0x69, 0x70, 0x78, high, low]);
    PortAddress { mac: Some(mac), ip: None, mtu: DEFAULT_MTU }
}

/// A frame that the agent sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, counted from the capture's first packet.
    pub at: Time,
    /// The port.
    pub port: PortId,
    /// The frame; a datagram, or a fragment of one, in IPv4 and Ethernet.
    pub frame: Vec<u8>,
}

/// Where the packets of a capture went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Frames that went into the LAN port.
    pub frames: u64,
    /// IP packets that went into a UDP port, fragments each for itself.
    pub ip_packets: u64,
    /// Datagrams that they made.
    pub datagrams: u64,
    /// IP packets for a UDP port that the IP stack dropped: checksum or length wrong.
    pub refused: u64,
    /// Packets for none of the agent's ports.
    pub left_out: u64,
}

/// The timers of the agent fire without end at one point of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {at} s the agent's timers fire without end: this is a fault of the agent")]
pub struct Stuck {
    /// When.
    pub at: Time,
}

/// An agent that is led through a capture.
pub struct Player {
    agent: Agent,
    lan: Option<PortId>,
    backbones: Vec<Backbone>,
    now: Time,
    /// The timestamp of the first packet and that of the one before, since the epoch.
    clock: Option<(Duration, Duration)>,
    census: Census,
    tally: Tally,
    sent: Vec<Sent>,
    events: Vec<(Time, Event)>,
    replies: Vec<Reply>,
}

impl Player {
    /// An agent whose ports are all up, at time 0.
    ///
    /// # Errors
    /// If the agent's timers are stuck.
    pub fn new(setup: &Setup) -> Result<Self, Stuck> {
        let config = &setup.config;
        let mut player = Self {
            agent: Agent::new(Arc::clone(config), setup.seed, Time::ZERO),
            lan: setup.lan,
            backbones: Vec::new(),
            now: Time::ZERO,
            clock: None,
            census: Census::default(),
            tally: Tally::default(),
            sent: Vec::new(),
            events: Vec::new(),
            replies: Vec::new(),
        };
        for (index, port) in (0..).zip(&config.ports) {
            let id = PortId(index);
            let address = setup.addresses.get(id.index()).copied().unwrap_or(lan_address(id));
            if port.kind == PortKind::Udp {
                player.add_backbones(config, id, address);
            }
        }
        for (index, _) in (0..).zip(&config.ports) {
            let id = PortId(index);
            let address = setup.addresses.get(id.index()).copied().unwrap_or(lan_address(id));
            player.give(Input::Port { id, state: PortState::Up(address) });
        }
        player.advance(Time::ZERO)?;
        Ok(player)
    }

    /// One stack for each UDP port number that networks on this port use: as a rule one.
    fn add_backbones(&mut self, config: &Config, id: PortId, address: PortAddress) {
        let Some(ip) = address.ip else { return };
        for network in config.cmd_networks.iter().filter(|network| network.port == id) {
            let local = std::net::SocketAddrV4::new(ip, network.udp_port);
            if !self.backbones.iter().any(|stack| stack.port() == id && stack.local() == local) {
                self.backbones.push(Backbone::new(id, local, address.mtu));
            }
        }
    }

    /// Plays the next packet of the capture, captured at `timestamp` since the epoch.
    ///
    /// # Errors
    /// If the agent's timers are stuck.
    pub fn play(&mut self, timestamp: Duration, link: Link, packet: &[u8]) -> Result<(), Stuck> {
        self.census.count(link, packet);
        let pause = match self.clock {
            Some((_, last)) => timestamp.saturating_sub(last).min(MAX_PAUSE),
            None => Duration::ZERO,
        };
        let (first, last) = self.clock.unwrap_or((timestamp, timestamp));
        self.clock = Some((first, last.max(timestamp)));
        self.advance(self.now + pause)?;
        match link.content(packet) {
            Content::Frame(frame) if let Some(lan) = self.lan => {
                self.tally.frames += 1;
                self.agent.receive_frame(self.now, lan, frame);
                self.drain();
            }
            Content::Ip(packet) => self.receive_ip(packet),
            Content::Frame(_) | Content::Other => self.tally.left_out += 1,
        }
        self.advance(self.now)
    }

    fn receive_ip(&mut self, packet: &[u8]) {
        let mut arrived = false;
        for index in 0..self.backbones.len() {
            let Some(stack) = self.backbones.get_mut(index) else { break };
            match stack.receive(self.now, packet) {
                Arrival::Elsewhere => continue,
                Arrival::Fragment => {}
                Arrival::Refused => self.tally.refused += 1,
                Arrival::Datagram { port, from, payload } => {
                    self.tally.datagrams += 1;
                    self.agent.receive_datagram(self.now, port, from, &payload);
                    self.drain();
                }
            }
            arrived = true;
        }
        let tally = if arrived { &mut self.tally.ip_packets } else { &mut self.tally.left_out };
        *tally += 1;
    }

    /// Lets the agent's timers run up to and including `to`.
    ///
    /// # Errors
    /// If they are stuck.
    pub fn advance(&mut self, to: Time) -> Result<(), Stuck> {
        let mut calls = 0;
        while let Some(at) = self.agent.next_timeout().filter(|at| *at <= to) {
            if at > self.now {
                calls = 0;
                self.now = at;
            }
            calls += 1;
            if calls > MAX_CALLS_AT_ONCE {
                return Err(Stuck { at: self.now });
            }
            self.give(Input::Timeout);
        }
        self.now = self.now.max(to);
        Ok(())
    }

    /// Asks the agent as an operator would.
    #[must_use]
    pub fn ask(&mut self, command: Command) -> Vec<Reply> {
        self.give(Input::Command { id: RequestId(0), command });
        std::mem::take(&mut self.replies)
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The LAN port that the frames go into.
    #[must_use]
    pub fn lan(&self) -> Option<PortId> {
        self.lan
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// When the first packet was captured, since the epoch.
    #[must_use]
    pub fn origin(&self) -> Duration {
        self.clock.map_or(Duration::ZERO, |(first, _)| first)
    }

    /// What the capture held so far.
    #[must_use]
    pub fn census(&self) -> &Census {
        &self.census
    }

    /// Where its packets went.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What the agent sent so far.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// The events so far.
    #[must_use]
    pub fn events(&self) -> &[(Time, Event)] {
        &self.events
    }

    fn give(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        self.drain();
    }

    /// Keeps what the agent asks for.
    fn drain(&mut self) {
        while let Some(action) = self.agent.poll() {
            match action {
                Action::Frame { port, frame } => {
                    self.sent.push(Sent { at: self.now, port, frame: frame.to_vec() });
                }
                Action::Datagram { port, to, payload } => {
                    let stack = self
                        .backbones
                        .iter_mut()
                        .find(|stack| stack.port() == port && stack.local().port() == to.port());
                    let Some(stack) = stack else { continue };
                    for frame in stack.send(self.now, to, &payload) {
                        self.sent.push(Sent { at: self.now, port, frame });
                    }
                }
                Action::Event(event) => self.events.push((self.now, event)),
                Action::Reply { reply, .. } => self.replies.push(reply),
                // A replay keeps no state, and nobody waits for it to end.
                Action::ServiceDatagram { .. }
                | Action::Stream { .. }
                | Action::Resolve { .. }
                | Action::Persist { .. }
                | Action::Stopped => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ipxway_core::config::{Lan, Port};
    use ipxway_core::wire::NetworkNumber;
    use ipxway_core::wire::frame::Framing;

    use super::*;

    fn player() -> Player {
        let port = Port { name: "ipx0".to_owned(), kind: PortKind::Tap };
        let lan = Lan::new("lan", PortId(0), Framing::EthernetII, NetworkNumber(0xa1));
        let config = Config { ports: vec![port], lans: vec![lan], ..Config::default() };
        let (config, lan) = (Arc::new(config), Some(PortId(0)));
        Player::new(&Setup { config, addresses: Vec::new(), lan, seed: 0 }).unwrap()
    }

    fn play(player: &mut Player, seconds: u64) -> Time {
        player.play(Duration::from_secs(seconds), Link::Ethernet, b"no frame").unwrap();
        player.now()
    }

    #[test]
    fn time_is_counted_from_the_first_packet_and_stands_still_where_the_capture_runs_back() {
        let mut player = player();
        assert_eq!(play(&mut player, 1_000), Time::ZERO);
        assert_eq!(play(&mut player, 1_010), Time::from_secs(10));
        assert_eq!(play(&mut player, 1_005), Time::from_secs(10));
        assert_eq!(play(&mut player, 1_011), Time::from_secs(11));
        assert_eq!(player.origin(), Duration::from_secs(1_000));
    }

    #[test]
    fn the_timers_of_a_pause_fire_at_their_time() {
        let mut player = player();
        play(&mut player, 0);
        play(&mut player, 200);
        let updates: Vec<u64> =
            player.sent().iter().map(|sent| sent.at.as_micros() / 60_000_000).collect();
        for minute in 1..=3 {
            assert!(updates.contains(&minute), "{updates:?}");
        }
    }

    #[test]
    fn a_pause_of_years_is_taken_for_a_day() {
        let mut player = player();
        play(&mut player, 0);
        assert_eq!(play(&mut player, 1_000_000_000), Time::from_secs(86_400));
        assert_eq!(play(&mut player, 1_000_000_001), Time::from_secs(86_401));
    }
}
