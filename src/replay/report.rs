//! What a replay tells: one value for people and for programs.

use std::fmt;

use ipxway_core::router::{Command, CounterRow, Event, Reply, RouteRow, ServiceRow, Severity};
use serde::Serialize;

use super::capture::Played;
use super::census::Census;
use super::player::{Player, Tally};
use crate::cli::render;

/// How a replay went, and what the agent knew at its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The file.
    pub file: String,
    /// Its link types.
    pub links: Vec<String>,
    /// Packets of which the capture holds only the beginning.
    pub cut: u64,
    /// Why it was not read to its end.
    pub broken: Option<String>,
    /// Time that passed in the replay, in microseconds.
    pub duration_us: u64,
    /// What the capture held.
    pub capture: Census,
    /// Where its packets went.
    pub went: Tally,
    /// The agent's ports.
    pub ports: Vec<PortLine>,
    /// The route table.
    pub routes: Vec<RouteRow>,
    /// The service table.
    pub services: Vec<ServiceRow>,
    /// The counters that are not 0.
    pub counters: Vec<CounterRow>,
    /// What happened.
    pub events: Vec<EventLine>,
}

/// A port of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortLine {
    /// Its name.
    pub name: String,
    /// The MAC or IPv4 address that it had.
    pub address: String,
    /// The frames of the capture went into it.
    pub takes_frames: bool,
    /// Frames sent by it; fragments of a datagram are one each.
    pub sent: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventLine {
    /// When, in microseconds from the capture's first packet.
    pub at_us: u64,
    /// How much it matters.
    pub severity: Severity,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

impl Report {
    /// The report of a replay of the capture that is called `file`.
    #[must_use]
    pub fn of(file: &str, played: &mut Played) -> Self {
        let player = &mut played.player;
        let counters = match player.ask(Command::ShowCounters).pop() {
            Some(Reply::Counters { counters }) => counters,
            _ => Vec::new(),
        };
        let events = player
            .events()
            .iter()
            .map(|(at, event)| EventLine {
                at_us: at.as_micros(),
                severity: event.severity(),
                event: event.clone(),
            })
            .collect();
        Self {
            file: file.to_owned(),
            links: played.links.iter().map(ToString::to_string).collect(),
            cut: played.cut,
            broken: played.broken.clone(),
            duration_us: player.now().as_micros(),
            capture: *player.census(),
            went: *player.tally(),
            ports: ports(player),
            routes: routes(player),
            services: services(player),
            counters,
            events,
        }
    }
}

fn ports(player: &mut Player) -> Vec<PortLine> {
    let Some(Reply::Ports { ports }) = player.ask(Command::ShowPorts).pop() else {
        return Vec::new();
    };
    (0..)
        .zip(ports)
        .map(|(index, row)| {
            let port = ipxway_core::ids::PortId(index);
            PortLine {
                name: row.name,
                address: row.address.unwrap_or_default(),
                takes_frames: player.lan() == Some(port),
                sent: player.sent().iter().filter(|sent| sent.port == port).count() as u64,
            }
        })
        .collect()
}

/// The whole route table, page by page.
fn routes(player: &mut Player) -> Vec<RouteRow> {
    let (mut all, mut after) = (Vec::new(), None);
    while let Some(Reply::Routes { routes, next, .. }) =
        player.ask(Command::ShowRoutes { after }).pop()
    {
        all.extend(routes);
        after = next;
        if after.is_none() {
            break;
        }
    }
    all
}

/// The whole service table, page by page.
fn services(player: &mut Player) -> Vec<ServiceRow> {
    let (mut all, mut after) = (Vec::new(), None);
    while let Some(Reply::Services { services, next, .. }) =
        player.ask(Command::ShowServices { after: after.take() }).pop()
    {
        all.extend(services);
        after = next;
        if after.is_none() {
            break;
        }
    }
    all
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Census { packets, .. } = self.capture;
        let (seconds, links) = (seconds(self.duration_us), self.links.join(", "));
        writeln!(f, "{}: {packets} packets in {seconds} s, {links}", self.file)?;
        if let Some(broken) = &self.broken {
            writeln!(f, "  not read to its end: {broken}")?;
        }
        if self.cut > 0 {
            writeln!(f, "  of {} packets it holds only the beginning", self.cut)?;
        }
        writeln!(f, "  {}", self.capture)?;
        let Tally { frames, ip_packets, datagrams, refused, left_out } = self.went;
        writeln!(
            f,
            "  {frames} frames to the LAN port, {ip_packets} IP packets to UDP ports \
             ({datagrams} datagrams, {refused} refused), {left_out} for neither"
        )?;
        writeln!(f, "\nports")?;
        for PortLine { name, address, takes_frames, sent } in &self.ports {
            let into = if *takes_frames { ", takes the frames" } else { "" };
            writeln!(f, "  {name} at {address}: sent {sent}{into}")?;
        }
        let (routes, services) = (self.routes.clone(), self.services.clone());
        for reply in [
            Reply::Routes { total: routes.len(), routes, next: None },
            Reply::Services { total: services.len(), services, next: None },
            Reply::Counters { counters: self.counters.clone() },
        ] {
            write!(f, "\n{}", render(&reply))?;
        }
        writeln!(f, "\nevents: {}", self.events.len())?;
        for EventLine { at_us, event, .. } in &self.events {
            writeln!(f, "  {} {event}", seconds_of(*at_us))?;
        }
        Ok(())
    }
}

fn seconds(us: u64) -> String {
    ipxway_core::Time::from_micros(us).to_string()
}

fn seconds_of(us: u64) -> String {
    format!("{:>14}", seconds(us))
}
