//! A case played: recorded inputs into a router of its own, and what it does in lines of text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use ipxway_core::Time;
use ipxway_core::forward::{LinkDestination, LinkSource};
use ipxway_core::ids::CircuitId;
use ipxway_core::journal::{Entry, Reader};
use ipxway_core::router::{Input, Output, PortState, Router};
use ipxway_core::wire::describe::Packet;
use ipxway_core::wire::ipx::HEADER_LEN;
use ipxway_core::wire::nlsp::{Lsp, LspOption, Pdu};

/// What an agent did.
pub(crate) struct Played {
    /// In lines; see the head of this program.
    pub(crate) text: String,
    /// The packets it sent, one for each station they went to.
    pub(crate) sent: Vec<Bytes>,
}

struct Player {
    router: Router,
    now: Time,
    text: String,
    sent: Vec<Bytes>,
    /// The tables as they were last: what is told of each entry.
    tables: BTreeMap<String, String>,
    /// The link-state packet that was written out last: its copies to others are not.
    shown: Option<Lsp>,
}

/// Plays a journal. Its timers run by themselves: when one is due is the agent's own affair.
pub(crate) fn play(journal: &str) -> Played {
    let reader = Reader::new(journal.lines()).unwrap();
    let head = reader.head();
    let mut player = Player {
        router: Router::new(Arc::clone(&head.config), head.seed, head.start),
        now: head.start,
        text: String::new(),
        sent: Vec::new(),
        tables: BTreeMap::new(),
        shown: None,
    };
    player.drain();
    for entry in reader {
        let Entry::Input { t, input } = entry.unwrap() else { continue };
        player.run_to(t);
        player.note_input(&input);
        player.router.handle(t, input);
        player.drain();
    }
    let Player { text, sent, .. } = player;
    Played { text, sent }
}

impl Player {
    fn run_to(&mut self, end: Time) {
        while let Some(due) = self.router.next_timeout().filter(|due| *due < end) {
            self.now = self.now.max(due);
            self.router.handle(self.now, Input::Timeout);
            self.drain();
        }
        self.now = end;
    }

    fn line(&mut self, text: &str) {
        writeln!(self.text, "{:>11} {text}", self.now.to_string()).unwrap();
    }

    fn circuit(&self, id: CircuitId) -> &str {
        self.router.circuits().get(id).map_or("nowhere", |circuit| &circuit.name)
    }

    fn note_input(&mut self, input: &Input) {
        let port = |id: ipxway_core::ids::PortId| &self.router.config().ports[id.index()].name;
        let text = match input {
            Input::Timeout => return,
            Input::Packet { circuit, from, packet, .. } => {
                let from = match from {
                    LinkSource::Node(node) => node.to_string(),
                    LinkSource::Peer(ip) => ip.to_string(),
                };
                format!("< {} from {from}: {}", self.circuit(*circuit), Packet(packet))
            }
            Input::Port { id, state: PortState::Up(_) } => format!("< port {} comes up", port(*id)),
            Input::Port { id, state: PortState::Down { .. } } => {
                format!("< port {} goes down", port(*id))
            }
            Input::Shutdown => "< told to leave".to_owned(),
            other => format!("< {other:?}"),
        };
        self.line(&text);
    }

    fn drain(&mut self) {
        while let Some(output) = self.router.poll() {
            match output {
                Output::Send { circuit, to, packet } => self.note_packet(circuit, to, packet),
                Output::Event(event) => self.line(&format!("! {event}")),
                Output::Stopped => self.line("! stopped"),
                // What is published shows in the tables.
                Output::Publish(_) => (),
                other => self.line(&format!("! {other:?}")),
            }
        }
        self.note_tables();
    }

    fn note_packet(&mut self, circuit: CircuitId, to: LinkDestination, packet: Bytes) {
        let to = match to {
            LinkDestination::Node(node) => node.to_string(),
            LinkDestination::Broadcast => "all".to_owned(),
            LinkDestination::Peer(ip) => ip.to_string(),
        };
        let (circuit, length) = (self.circuit(circuit), packet.len());
        self.line(&format!("> {circuit} to {to}, {length} bytes: {}", Packet(&packet)));
        if let Ok(Pdu::Lsp(lsp)) = Pdu::decode(&packet.slice(HEADER_LEN..)) {
            self.write_out(lsp);
        }
        self.sent.push(packet);
    }

    /// What a link-state packet says, an indented line for each option.
    fn write_out(&mut self, lsp: Lsp) {
        if self.shown.as_ref().is_some_and(|shown| shown.entry(0) == lsp.entry(0)) {
            return;
        }
        for option in lsp.options() {
            match option {
                LspOption::Link(link) => {
                    let cost = link.cost.map_or("none".to_owned(), |cost| cost.to_string());
                    self.option(&format!("link to {}, cost {cost}", link.neighbour));
                }
                LspOption::Service(service) => {
                    let (kind, name, at) = (service.service_type, service.name, service.address);
                    self.option(&format!("service {kind} {name} at {at}, hops {}", service.hops));
                }
                LspOption::External(routes) => {
                    for route in routes {
                        let (network, hops, ticks) = (route.network, route.hops, route.ticks);
                        self.option(&format!("route {network}, hops {hops}, ticks {ticks}"));
                    }
                }
                LspOption::Areas(_) | LspOption::Management(_) => (),
                LspOption::Unknown(code) | LspOption::Broken(code) => {
                    self.option(&format!("option {code:02X}"));
                }
            }
        }
        self.shown = Some(lsp);
    }

    fn option(&mut self, text: &str) {
        writeln!(self.text, "{:>13} {text}", "").unwrap();
    }

    fn note_tables(&mut self) {
        let now = tables(&self.router);
        let before = std::mem::replace(&mut self.tables, now.clone());
        for what in before.keys().filter(|what| !now.contains_key(*what)) {
            self.line(&format!("= {what}: gone"));
        }
        for (what, told) in &now {
            if before.get(what) != Some(told) {
                self.line(&format!("= {what}: {told}"));
            }
        }
    }
}

/// Routes and services in use: what each is, and how it is reached.
fn tables(router: &Router) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for (network, offers) in router.rib().iter_after(None) {
        let Some(best) = offers.first() else { continue };
        let (hops, ticks, source) = (best.hops, best.ticks, best.origin.source);
        let mut way = format!("{}, hops {hops}, ticks {ticks}", source.name());
        if let Some(circuit) = best.origin.circuit.and_then(|id| router.circuits().get(id)) {
            write!(way, ", by {}", circuit.name).unwrap();
            if source.crosses_router() {
                write!(way, " through {}", best.origin.node).unwrap();
            }
        }
        tables.insert(format!("network {network}"), way);
    }
    for (key, service) in router.services().iter_after(None) {
        let told = match (service.usable(), service.best()) {
            (Some(offer), _) => {
                format!("{}, hops {}, at {}", offer.origin.source.name(), offer.hops, offer.address)
            }
            (None, Some(offer)) => format!("{}, no way to it", offer.origin.source.name()),
            (None, None) => continue,
        };
        tables.insert(format!("service {} {}", key.service_type, key.name), told);
    }
    tables
}
