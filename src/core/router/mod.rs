//! The router: inputs to engines, changes between them, outputs to the host.
//!
//! See the contract in the crate's documentation. The order in which engines are called is part
//! of it: NLSP, RIP, SAP, NetBIOS, echo, DHCP, SLP.

mod command;
mod cx;
mod dispatch;
mod engine;
mod event;
mod identity;
mod input;
mod ip;
mod link_state;
mod output;
mod peers;
mod publish;
mod savings;
mod show;
mod show_dhcp;
mod show_nlsp;
mod show_slp;

use std::collections::VecDeque;
use std::sync::Arc;

pub use command::{
    CircuitRow, Command, CounterRow, DhcpRow, EventRow, NlspCircuitRow, NlspHop, NlspLinkRow,
    NlspLspRow, NlspNeighborRow, NlspNodeRow, NlspOption, NlspPathRow, NlspPdus, NlspRunRow, PAGE,
    PeerRow, PortRow, Reply, RouteRow, SavingsRow, ServiceRow, SlpAgentRow, SlpEntryRow,
    SlpRegistrationRow, SlpServiceRow,
};
pub(crate) use cx::{Cx, Lasting, Outbox, Sender, Target};
pub(crate) use engine::Engine;
pub use event::{DiscoveryEvent, Event, Severity};
pub use input::{Input, PortAddress, PortState, StoreKey};
pub use ip::{InterfaceAddress, InterfaceState, IpService, StreamAction, StreamEvent};
pub use output::Output;

use crate::Time;
use crate::config::Config;
use crate::dhcp::Dhcp;
use crate::echo::Echo;
use crate::forward::Counters;
use crate::hub::{Change, Circuits, DhcpOptions, Rib, Services};
use crate::ids::RequestId;
use crate::netbios::Netbios;
use crate::nlsp::Nlsp;
use crate::random::Random;
use crate::rip::Rip;
use crate::sap::Sap;
use crate::slp::Slp;
use crate::wire::nlsp::SystemId;
use identity::Identity;
use peers::Peers;
use publish::Publisher;

/// Events that `show events` goes back.
const EVENTS_KEPT: usize = 1_000;

/// The control plane of an agent: see the crate's documentation for how to drive it.
#[derive(Debug)]
pub struct Router {
    config: Arc<Config>,
    now: Time,
    circuits: Circuits,
    rib: Rib,
    services: Services,
    dhcp_options: DhcpOptions,
    out: Outbox,
    random: Random,
    /// What the router itself counts: outcomes of punted packets.
    counters: Counters,
    /// The last word of the data plane.
    data_plane: Counters,
    ports: Vec<PortState>,
    identity: Identity,
    peers: Peers,
    publisher: Publisher,
    events: VecDeque<(Time, Event)>,
    stopping: Stopping,
    nlsp: Nlsp,
    rip: Rip,
    sap: Sap,
    netbios: Netbios,
    echo: Echo,
    dhcp: Dhcp,
    slp: Slp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    /// Saying goodbye, until then at the latest.
    Until(Time),
    Done,
}

impl Router {
    /// A router of this configuration. All ports are down until the host says otherwise.
    ///
    /// `seed` decides all jitter and every random choice.
    #[must_use]
    pub fn new(config: Arc<Config>, seed: u64, now: Time) -> Self {
        let mut random = Random::seeded(seed);
        let (circuits, too_many) = Circuits::new(&config);
        let mut out = Outbox::default();
        for fault in too_many {
            let limit = config.limits.peers;
            out.event(Event::PeerLimit { circuit: fault.circuit, limit });
        }
        let mut router = Self {
            now,
            rib: Rib::new(config.limits.routes),
            services: Services::new(config.limits.services),
            dhcp_options: DhcpOptions::default(),
            counters: Counters::default(),
            data_plane: Counters::default(),
            ports: vec![
                PortState::Down { reason: "not opened yet".to_owned() };
                config.ports.len()
            ],
            identity: Identity::new(&config),
            peers: Peers::new(),
            publisher: Publisher::new(),
            events: VecDeque::new(),
            stopping: Stopping::No,
            nlsp: Nlsp::new(config.limits.lsps),
            rip: Rip::new(),
            sap: Sap::new(),
            netbios: Netbios::new(),
            echo: Echo::new(random.fork()),
            dhcp: Dhcp::new(&config),
            slp: Slp::new(&config),
            config,
            circuits,
            out,
            random,
        };
        router.configure_static();
        router.settle();
        router
    }

    /// Takes one input. Never blocks and never fails: what is wrong with an input becomes a
    /// counter or an event.
    pub fn handle(&mut self, now: Time, input: Input) {
        // A host whose clock stepped back must not make timers run backwards.
        self.now = self.now.max(now);
        match input {
            Input::Packet { circuit, from, broadcast, waited, packet } => {
                self.handle_packet(circuit, from, broadcast, now - waited, &packet);
            }
            Input::TooBig { circuit, source, network, size } => {
                self.handle_too_big(circuit, source, network, size);
            }
            Input::Stranger { circuit, ip } => {
                self.with_cx(|engines, cx| engines.slp.stranger(cx, circuit, ip));
            }
            Input::Port { id, state } => self.handle_port(id, &state),
            Input::Interface { id, state } => {
                self.with_cx(|engines, cx| {
                    engines.dhcp.interface(cx, id, &state);
                    engines.slp.interface(cx, id, &state);
                });
            }
            Input::Datagram { interface, service: IpService::Slp, from, to, payload } => {
                self.with_cx(|engines, cx| engines.slp.datagram(cx, interface, from, to, &payload));
            }
            Input::Datagram { interface, service: IpService::Dhcp, from, payload, .. } => {
                self.with_cx(|engines, cx| engines.dhcp.datagram(cx, interface, from, &payload));
            }
            Input::Stream { id, event } => {
                self.with_cx(|engines, cx| engines.slp.stream(cx, id, &event));
            }
            Input::Resolved { name, addresses } => {
                self.with_cx(|engines, cx| engines.slp.resolved(cx, &name, &addresses));
            }
            Input::Command { id, command } => self.handle_command(id, command),
            Input::Clock { unix_us } => self.slp.set_clock(self.now, unix_us),
            Input::Restored { key, value } => self.handle_restored(key, &value),
            Input::DataPlane(counters) => self.data_plane = *counters,
            Input::Notice(event) => self.out.event(event),
            Input::Timeout => {}
            Input::Shutdown => self.handle_shutdown(),
        }
        self.handle_timeouts();
        self.settle();
    }

    /// The next thing the host must do; drain to `None` before the next `handle`.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop()
    }

    /// When to call `handle(now, Input::Timeout)` at the latest; `None`: only on input.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        let stopping = match self.stopping {
            Stopping::Until(at) => Some(at),
            Stopping::No | Stopping::Done => None,
        };
        [
            self.nlsp.next_timeout(),
            self.rip.next_timeout(),
            self.sap.next_timeout(),
            self.netbios.next_timeout(),
            self.echo.next_timeout(),
            self.dhcp.next_timeout(),
            self.slp.next_timeout(),
            self.identity.next_timeout(),
            self.peers.next_timeout(),
            self.circuits.next_timeout(),
            self.publisher.next_timeout(),
            stopping,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The configuration in use.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The circuits.
    #[must_use]
    pub fn circuits(&self) -> &Circuits {
        &self.circuits
    }

    /// The circuits, for tests of what engines make of a change there.
    #[cfg(test)]
    pub(crate) const fn circuits_mut(&mut self) -> &mut Circuits {
        &mut self.circuits
    }

    /// The route table.
    #[must_use]
    pub fn rib(&self) -> &Rib {
        &self.rib
    }

    /// The service table.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// SLP.
    pub(crate) const fn slp(&self) -> &Slp {
        &self.slp
    }

    /// What the router itself counted, without the data plane's share.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Calls `work` with the router's parts lent out.
    fn with_cx<T>(&mut self, work: impl FnOnce(&mut Engines<'_>, &mut Cx<'_>) -> T) -> T {
        let mut engines = Engines {
            nlsp: &mut self.nlsp,
            rip: &mut self.rip,
            sap: &mut self.sap,
            netbios: &mut self.netbios,
            echo: &mut self.echo,
            dhcp: &mut self.dhcp,
            slp: &mut self.slp,
        };
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            internal: self.identity.network(),
            circuits: &mut self.circuits,
            rib: &mut self.rib,
            services: &mut self.services,
            dhcp: &mut self.dhcp_options,
            out: &mut self.out,
            random: &mut self.random,
        };
        work(&mut engines, &mut cx)
    }

    fn handle_timeouts(&mut self) {
        let now = self.now;
        self.with_cx(|engines, cx| {
            engines.each(|engine| {
                if engine.next_timeout().is_some_and(|at| at <= now) {
                    engine.handle_timeout(cx);
                }
            });
        });
        self.handle_identity_timeout();
        self.handle_peer_timeout();
        self.circuits.end_silence(now);
    }

    /// Shows every change to every engine, until no change brings about another; then publishes
    /// what the data plane must know.
    fn settle(&mut self) {
        loop {
            let mut changes = self.circuits.take_changes();
            for change in &changes {
                self.apply_circuit_change(change);
            }
            for change in self.rib.take_changes() {
                if change.old.is_none() != change.new.is_none() {
                    self.services.route_changed(&self.rib, change.network, self.now);
                } else if change.old.map(|old| old.ticks) != change.new.map(|new| new.ticks) {
                    self.services.ticks_changed(&self.rib, change.network, self.now);
                }
                self.publisher.route_changed(change.network);
                changes.push(Change::Route(change));
            }
            for network in self.rib.take_split() {
                self.publisher.route_changed(network);
            }
            let services = self.services.take_changes().into_iter();
            changes.extend(services.map(|change| Change::Service(Box::new(change))));
            self.publish();
            if changes.is_empty() {
                break;
            }
            self.show(&changes);
        }
        self.finish_stopping();
        let events = self.out.take_events();
        let ours = SystemId::of_internal(self.identity.network());
        let claimed = |event: &Event| match event {
            Event::InternalNetworkClaimed { .. } => true,
            Event::DuplicateSystem { system, .. } => *system == ours.to_string(),
            _ => false,
        };
        if events.iter().any(claimed) {
            self.give_way();
        }
        for event in events {
            if self.events.len() == EVENTS_KEPT {
                self.events.pop_front();
            }
            self.events.push_back((self.now, event));
        }
    }

    fn show(&mut self, changes: &[Change]) {
        self.with_cx(|engines, cx| {
            for change in changes {
                engines.each(|engine| engine.handle_change(cx, change));
            }
        });
    }

    fn handle_shutdown(&mut self) {
        if self.stopping == Stopping::No {
            self.stopping = Stopping::Until(self.now + crate::rip::GOODBYE);
            self.out.event(Event::Stopping);
            self.show(&[Change::Shutdown]);
        }
    }

    /// Says `Stopped` once the goodbyes are sent, or time is up.
    fn finish_stopping(&mut self) {
        if let Stopping::Until(at) = self.stopping
            && (self.now >= at
                || (self.nlsp.is_quiet()
                    && self.rip.is_quiet()
                    && self.sap.is_quiet()
                    && self.slp.is_quiet()))
        {
            self.stopping = Stopping::Done;
            self.out.push(Output::Stopped);
        }
    }

    fn handle_command(&mut self, id: RequestId, command: Command) {
        match command {
            Command::Ping { to, count, size, interval, timeout } => {
                let ping = crate::echo::Ping { id, to, count, size, interval, timeout };
                self.with_cx(|engines, cx| engines.echo.start(cx, ping));
            }
            Command::Cancel => self.with_cx(|engines, _| engines.echo.cancel(id)),
            question => {
                let reply = self.answer(&question);
                self.out.reply(id, reply, true);
            }
        }
    }
}

/// The engines, lent out beside a [`Cx`].
struct Engines<'a> {
    nlsp: &'a mut Nlsp,
    rip: &'a mut Rip,
    sap: &'a mut Sap,
    netbios: &'a mut Netbios,
    echo: &'a mut Echo,
    dhcp: &'a mut Dhcp,
    slp: &'a mut Slp,
}

impl Engines<'_> {
    /// Calls `work` on every engine, in the order that is part of the contract.
    fn each(&mut self, mut work: impl FnMut(&mut dyn Engine)) {
        work(self.nlsp);
        work(self.rip);
        work(self.sap);
        work(self.netbios);
        work(self.echo);
        work(self.dhcp);
        work(self.slp);
    }
}
