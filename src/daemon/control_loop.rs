//! The one task that owns the router.
//!
//! It waits for whatever happens first; each arm of the wait only makes inputs. Below it, one
//! place gives them to the router and one loop does what the router asks for. No source starves
//! another: of each, a bounded number is taken before all have their turn again.
//!
//! Should the router panic, it is thrown away whole and made anew from configuration and store;
//! meanwhile packets go on by the last table. Three times in a minute end the process.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use ipxway_core::Time;
use ipxway_core::config::Config;
use ipxway_core::forward::{Counters, Fib};
use ipxway_core::journal::Digest;
use ipxway_core::router::{Command, Event, EventRow, Input, Output, Router, StoreKey, StreamEvent};
use ipxway_drivers::Alarm;
use ipxway_drivers::links::LinkEvent;
use tokio::sync::mpsc;

use super::clock::{Clock, seed};
use super::journal::Journal;
use super::log::EventLog;
use super::notify::Notify;
use super::ports::{Ended, Ports};
use super::punt::BUDGET;
use super::punt::Lanes;
use super::sends::Sends;
use super::services::{Arrival, Services};
use super::signals::Signal;
use super::store::Store;
use crate::control::Server;

/// How long the goodbyes may take; the router itself allows for 2 s.
const LEAVE_WITHIN: Duration = Duration::from_millis(2_500);
/// After the router was made anew: how long packets go on by the last table of the old one. The
/// neighbours answer the questions of a starting router within a second or two.
const RELEARN: Duration = Duration::from_secs(5);
/// So many panics within [`PANIC_WINDOW`] end the process.
const MAX_PANICS: usize = 3;
const PANIC_WINDOW: Duration = Duration::from_secs(60);
/// How often the status line for systemd is made.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
/// Rounds of the loop after which it makes way for the other tasks of its thread. It does so by
/// itself whenever it waits; to do it each round would double what a hello costs.
const ROUNDS: u32 = 8;

/// How the agent left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// With its goodbyes said.
    Cleanly,
    /// At once, because it was told to a second time, or because the goodbyes took too long.
    AtOnce,
}

/// Where inputs come from, beside the control socket.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) lanes: Lanes,
    pub(super) links: mpsc::Receiver<LinkEvent>,
    pub(super) ended: mpsc::Receiver<Ended>,
    /// What comes in by IP services.
    pub(super) services: mpsc::Receiver<Arrival>,
    pub(super) signals: mpsc::Receiver<Signal>,
    /// Rings when something is due.
    pub(super) alarm: Alarm,
    /// How often the watchdog wants to hear of us.
    pub(super) watchdog: Option<Duration>,
}

/// What the control loop owns.
pub(super) struct ControlLoop {
    pub(super) config: Arc<Config>,
    pub(super) router: Router,
    pub(super) clock: Clock,
    pub(super) ports: Ports,
    pub(super) services: Services,
    pub(super) server: Server,
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) notify: Notify,
    log: EventLog,
    /// The router's last table: what its own packets leave by.
    fib: Arc<Fib>,
    /// Until then the threads go on by an older one.
    hold: Option<Time>,
    /// What our own sends counted.
    counters: Counters,
    sends: Sends,
    /// What the host noticed while it carried out outputs; given to the router afterwards.
    notices: Vec<Event>,
    panics: VecDeque<Time>,
    status_due: Time,
    leave_by: Option<Time>,
    stopped: bool,
}

/// What the control loop is made of.
pub(super) struct Parts {
    pub(super) config: Arc<Config>,
    pub(super) router: Router,
    pub(super) clock: Clock,
    pub(super) ports: Ports,
    pub(super) services: Services,
    pub(super) server: Server,
    pub(super) store: Store,
    pub(super) journal: Journal,
    /// What went wrong before the router was there.
    pub(super) notices: Vec<Event>,
}

impl ControlLoop {
    /// A loop that has not begun yet.
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { config, router, clock, ports, services, server, store, journal, notices } =
            parts;
        Self {
            config,
            router,
            clock,
            ports,
            services,
            server,
            store,
            journal,
            notify: Notify::default(),
            log: EventLog::default(),
            fib: Arc::new(Fib::default()),
            hold: None,
            counters: Counters::default(),
            sends: Sends::default(),
            notices,
            panics: VecDeque::new(),
            status_due: Time::ZERO,
            leave_by: None,
            stopped: false,
        }
    }

    /// What comes before everything else: the state of the last run, then every port is tried.
    ///
    /// # Errors
    /// The router failed too often.
    pub(super) fn begin(&mut self) -> anyhow::Result<()> {
        // What the router put out when it was made; the journal has it apart from the inputs.
        self.drain(self.clock.now());
        let mut inputs = self.restored();
        self.ports.tick(self.clock.now(), &mut inputs);
        self.services.tick(self.clock.now(), &mut inputs);
        self.take(&mut inputs)?;
        self.notify.ready();
        Ok(())
    }

    /// Runs until the agent has left.
    ///
    /// # Errors
    /// The router failed too often.
    pub(super) async fn run(&mut self, mut sources: Sources) -> anyhow::Result<Left> {
        let mut inputs = Vec::new();
        let mut watchdog = sources.watchdog.map(tokio::time::interval);
        let mut rounds = 0_u32;
        loop {
            let now = self.clock.now();
            let due = self.next_deadline().map(|at| self.clock.kernel_time(at));
            tokio::select! {
                () = sources.lanes.take(&mut inputs) => {}
                Some(event) = sources.links.recv() => {
                    self.ports.link_event(now, &event, &mut inputs);
                    self.services.link_event(now, &event, &mut inputs);
                }
                Some(ended) = sources.ended.recv() => self.ports.ended(now, ended, &mut inputs),
                Some(arrival) = sources.services.recv() => {
                    let more = std::iter::from_fn(|| sources.services.try_recv().ok());
                    let all = std::iter::once(arrival).chain(more.take(BUDGET));
                    inputs.extend(all.filter_map(|arrival| self.services.admit(arrival)));
                }
                input = self.server.next() => inputs.push(input),
                Some(signal) = sources.signals.recv() => match signal {
                    Signal::Stop if self.leave_by.is_some() => return Ok(Left::AtOnce),
                    Signal::Stop => self.leave(now, &mut inputs),
                    Signal::Reload => tracing::warn!(
                        "this release does not reload its configuration: restart it instead"
                    ),
                },
                () = tick(&mut watchdog) => self.notify.alive(),
                rung = sources.alarm.wait_until(due) => rung.context("waiting for a time")?,
            }
            self.ports.tick(self.clock.now(), &mut inputs);
            self.services.tick(self.clock.now(), &mut inputs);
            self.take(&mut inputs)?;
            if self.stopped {
                return Ok(Left::Cleanly);
            }
            if self.leave_by.is_some_and(|at| at <= self.clock.now()) {
                return Ok(Left::AtOnce);
            }
            // Clients and watchers are tasks of this thread, and have their turn even if the
            // lanes are never empty.
            rounds += 1;
            if rounds == ROUNDS {
                rounds = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    fn leave(&mut self, now: Time, inputs: &mut Vec<Input>) {
        self.notify.stopping();
        self.leave_by = Some(now + LEAVE_WITHIN);
        inputs.push(Input::Shutdown);
    }

    /// When something is due even if nothing happens.
    fn next_deadline(&self) -> Option<Time> {
        let services = self.services.next_deadline();
        let ports = self.ports.next_deadline();
        [self.router.next_timeout(), ports, services, self.hold, self.leave_by]
            .into_iter()
            .flatten()
            .min()
    }

    /// Gives the router all that has happened; the one place that does.
    fn take(&mut self, inputs: &mut Vec<Input>) -> anyhow::Result<()> {
        let epoch = self.services.epoch();
        for input in inputs.drain(..) {
            let stream = match &input {
                Input::Stream { id, event } => {
                    Some((*id, matches!(event, StreamEvent::Closed { .. })))
                }
                _ => None,
            };
            // What is left of the last router's connections is none of a new one's.
            if stream.is_some() && self.services.epoch() != epoch {
                continue;
            }
            if shows_counters(&input) {
                let mut counters = self.counters.clone();
                self.ports.count_into(&mut counters);
                self.give(Input::DataPlane(Box::new(counters)))?;
            }
            self.give(input)?;
            if let Some((id, true)) = stream
                && self.services.epoch() == epoch
            {
                self.services.forget(id);
            }
        }
        let now = self.clock.now();
        if self.router.next_timeout().is_some_and(|at| at <= now) {
            self.give(Input::Timeout)?;
        }
        self.notices.extend(self.journal.flush());
        for event in std::mem::take(&mut self.notices) {
            self.give(Input::Notice(event))?;
        }
        self.release_table(now);
        self.tell_status(now);
        Ok(())
    }

    fn give(&mut self, input: Input) -> anyhow::Result<()> {
        let now = self.clock.now();
        self.notices.extend(self.journal.input(now, &input));
        let router = &mut self.router;
        // A router that panicked is never looked at again.
        match catch_unwind(AssertUnwindSafe(|| router.handle(now, input))) {
            Ok(()) => {
                self.drain(now);
                Ok(())
            }
            Err(_) => self.start_anew(now),
        }
    }

    /// Does all that the router asks for.
    fn drain(&mut self, now: Time) {
        let mut digest = self.journal.is_open().then(Digest::default);
        while let Some(output) = self.router.poll() {
            if let Some(digest) = &mut digest {
                digest.add(&output);
            }
            self.carry_out(now, output);
        }
        self.sends.flush(&self.ports, &mut self.counters);
        if let Some(digest) = digest {
            self.notices.extend(self.journal.outputs(digest));
        }
    }

    fn carry_out(&mut self, now: Time, output: Output) {
        match output {
            Output::Send { circuit, to, packet } => {
                self.sends.add(&self.fib, &mut self.counters, circuit, to, &packet);
                if self.sends.is_full() {
                    self.sends.flush(&self.ports, &mut self.counters);
                }
            }
            Output::Datagram { interface, service, to, payload } => {
                self.services.send(now, interface, service, to, &payload);
            }
            Output::Stream { id, action } => self.services.stream(id, action),
            Output::Resolve { name } => self.services.resolve(name),
            Output::Publish(fib) => {
                self.fib = Arc::clone(&fib);
                if self.hold.is_none() {
                    self.ports.publish(fib);
                }
            }
            Output::Persist { key, value } => {
                if let Err(error) = self.store.save(key, &value) {
                    self.notices.push(error.unwritable(key));
                }
            }
            Output::Event(event) => {
                self.log.event(now, &event);
                self.server.tell(EventRow { age_s: 0, severity: event.severity(), event });
            }
            Output::Reply { id, reply, done } => self.server.reply(id, reply, done),
            Output::Stopped => self.stopped = true,
        }
    }

    /// The router has panicked: makes another one of configuration and store.
    pub(super) fn start_anew(&mut self, now: Time) -> anyhow::Result<()> {
        self.panics.push_back(now);
        self.panics.retain(|&at| now.since(at) < PANIC_WINDOW);
        // The journal ends with the input that did it.
        self.journal = Journal::default();
        if self.panics.len() >= MAX_PANICS {
            bail!("the router failed {MAX_PANICS} times within a minute");
        }
        if self.leave_by.is_some() {
            // There is nothing left to say goodbye with.
            self.stopped = true;
            return Ok(());
        }
        tracing::error!("the router failed; it starts anew, and packets go on by the last table");
        self.server.fail_all("the router failed and has started anew: ask again");
        self.router = Router::new(Arc::clone(&self.config), seed(), now);
        self.hold = Some(now + RELEARN);
        let mut inputs = self.restored();
        self.ports.tell_all(&mut inputs);
        self.services.tell_all(&mut inputs);
        inputs.into_iter().try_for_each(|input| self.give(input))
    }

    /// What time it is, and what the store kept for the router.
    fn restored(&mut self) -> Vec<Input> {
        let mut inputs = vec![calendar()];
        for key in StoreKey::ALL {
            match self.store.load(key) {
                Ok(Some(value)) => inputs.push(Input::Restored { key, value }),
                Ok(None) => {}
                Err(error) => self.notices.push(error.unreadable(key)),
            }
        }
        inputs
    }

    /// Lets the threads have the new router's table, once it has learned again.
    fn release_table(&mut self, now: Time) {
        if self.hold.is_some_and(|at| at <= now) {
            self.hold = None;
            self.ports.publish(Arc::clone(&self.fib));
        }
    }

    fn tell_status(&mut self, now: Time) {
        if now < self.status_due {
            return;
        }
        self.status_due = now + STATUS_INTERVAL;
        let (up, ports) = self.ports.up();
        let peers = || self.router.circuits().iter().flat_map(|circuit| circuit.peers());
        let heard = peers().filter(|(_, peer)| peer.up).count();
        let (routes, services) = (self.router.rib().len(), self.router.services().len());
        self.notify.status(format!(
            "{up} of {ports} ports up, {heard} of {} peers heard, {routes} routes, {services} \
             services",
            peers().count()
        ));
    }
}

/// What time it is, for what is compared with other machines or other runs.
fn calendar() -> Input {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Input::Clock { unix_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX) }
}

/// The next beat of the watchdog; never, if there is none.
async fn tick(watchdog: &mut Option<tokio::time::Interval>) {
    match watchdog {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// The reply to this input has counters in it.
fn shows_counters(input: &Input) -> bool {
    matches!(
        input,
        Input::Command {
            command: Command::ShowPorts
                | Command::ShowCircuits
                | Command::ShowPeers
                | Command::ShowCounters,
            ..
        }
    )
}
