//! Answers to operators' questions about SLP.

use super::{
    Command, PAGE, Reply, Router, SlpAgentRow, SlpEntryRow, SlpRegistrationRow, SlpServiceRow,
};
use crate::config::Discovery;
use crate::ids::CircuitId;
use crate::slp::directory::{Entry, Key};
use crate::slp::{AgentState, KnownAgent, Origin, Reading};
use crate::wire::slp::Version;

/// What stands between URL and language in a place of the registry; in no URL.
const BETWEEN: char = ' ';

impl Router {
    /// The reply to a question about SLP.
    pub(super) fn answer_slp(&self, question: &Command) -> Reply {
        match question {
            Command::ShowSlpDas => self.show_das(),
            Command::ShowSlpServices => self.show_slp_services(),
            Command::ShowSlpRegistrations => self.show_registrations(),
            Command::ShowSlpRegistry { after } => self.show_registry(after.as_deref()),
            _ => Reply::Failed { reason: "this is no question about SLP".to_owned() },
        }
    }

    /// How the peers of a CMD network are known.
    pub(super) fn peer_source(&self, circuit: CircuitId) -> &'static str {
        let networks = self.config.cmd_networks.iter().enumerate();
        let mut here = networks.filter(|(index, _)| self.config.cmd_circuit(*index) == circuit);
        match here.next().map(|(_, network)| network.discovery) {
            Some(Discovery::Slp) => "slp",
            _ => "static",
        }
    }

    fn name_of(&self, circuit: CircuitId) -> String {
        self.circuits.get(circuit).map(|circuit| circuit.name.clone()).unwrap_or_default()
    }

    fn show_das(&self) -> Reply {
        let row = |(address, agent): (_, &KnownAgent)| SlpAgentRow {
            name: self.slp.name_of(address).map(str::to_owned),
            address: Some(address),
            source: match agent.origin {
                Origin::Dhcp(_) => "dhcp",
                Origin::Static(_) => "static",
                Origin::Heard(_) => "multicast",
            }
            .to_owned(),
            state: match agent.state {
                AgentState::Asked => "asked",
                AgentState::Up => "up",
                AgentState::Down(_) => "down",
            }
            .to_owned(),
            version: agent.known_version().map(|version| match version {
                Version::V1 => 1,
                Version::V2 => 2,
            }),
            scopes: agent.scopes.to_string(),
            primary: self.slp.primary_scopes(address).join(","),
            boot: agent.boot,
        };
        let unresolved = self.slp.unresolved().map(|name| SlpAgentRow {
            name: Some(name.to_owned()),
            address: None,
            source: "static".to_owned(),
            state: "unresolved".to_owned(),
            version: None,
            scopes: String::new(),
            primary: String::new(),
            boot: None,
        });
        Reply::SlpDas { das: self.slp.directory_agents().map(row).chain(unresolved).collect() }
    }

    fn show_slp_services(&self) -> Reply {
        let mut services = Vec::new();
        for (circuit, url, record) in self.slp.records() {
            let found = record.found();
            let network = found.and_then(|found| found.network);
            let here = self.circuits.get(circuit).map(|circuit| circuit.network);
            let state = match &record.reading {
                Reading::Unread | Reading::Asked => "attributes not read yet",
                Reading::Read(found) if found.network != here => "on another CMD network",
                Reading::Read(found) if found.ip.is_none() => {
                    "unresolved: no address in it, and nobody knows its name"
                }
                Reading::Read(found) => found.refused.unwrap_or("peer"),
            };
            services.push(SlpServiceRow {
                circuit: self.name_of(circuit),
                url: Some(url.to_owned()),
                address: found.and_then(|found| found.ip),
                network,
                lifetime_s: record.until.since(self.now).as_secs(),
                told_by: Some(record.teller.ip),
                state: state.to_owned(),
            });
        }
        for circuit in self.circuits.iter().filter(|circuit| circuit.is_cmd()) {
            for (ip, candidate) in self.slp.candidates(circuit.id) {
                let told =
                    if candidate.is_told() { ": found another way than we look" } else { "" };
                services.push(SlpServiceRow {
                    circuit: circuit.name.clone(),
                    url: None,
                    address: Some(ip),
                    network: Some(circuit.network),
                    lifetime_s: 0,
                    told_by: None,
                    state: format!("stranger{told}"),
                });
            }
        }
        Reply::SlpServices { services }
    }

    fn show_registrations(&self) -> Reply {
        let mut registrations = Vec::new();
        let wanted: Vec<(CircuitId, String)> = self.slp.announced();
        for (agent, circuit, held) in self.slp.held() {
            let url = held.url.clone().or_else(|| {
                let mut here = wanted.iter().filter(|(it, _)| *it == circuit);
                here.next().map(|(_, url)| url.clone())
            });
            let left = held.until.map(|until| until.since(self.now).as_secs());
            let state = match (&held.refused, left) {
                (Some(error), _) => format!("refused: {}", error.name(Version::V2).unwrap_or("?")),
                (None, Some(_)) => "registered".to_owned(),
                (None, None) => "asking".to_owned(),
            };
            registrations.push(SlpRegistrationRow {
                circuit: self.name_of(circuit),
                agent: Some(agent),
                url: url.unwrap_or_default(),
                state,
                lifetime_s: left.unwrap_or(0),
                acknowledged: held.acknowledged,
            });
        }
        if registrations.is_empty() {
            registrations.extend(wanted.into_iter().map(|(circuit, url)| SlpRegistrationRow {
                circuit: self.name_of(circuit),
                agent: None,
                url,
                state: "announced".to_owned(),
                lifetime_s: 0,
                acknowledged: 0,
            }));
        }
        Reply::SlpRegistrations { registrations }
    }

    fn show_registry(&self, after: Option<&str>) -> Reply {
        let Some(directory) = self.slp.directory() else {
            let reason = "this agent is no directory agent: see [slp.directory_agent]".to_owned();
            return Reply::Failed { reason };
        };
        let behind = after
            .and_then(|place| place.split_once(BETWEEN))
            .map(|(url, language)| Key { url: url.to_owned(), language: language.to_owned() });
        let row = |(key, entry): (&Key, &Entry)| SlpEntryRow {
            place: format!("{}{BETWEEN}{}", key.url, key.language),
            url: key.url.clone(),
            scopes: entry.scopes.to_string(),
            attributes: entry.attributes.to_text(Version::V2),
            lifetime_s: entry.lifetime_s(self.now),
            source: entry.source,
            accepted_by: entry.accepted.agent.clone(),
        };
        let mut rows = directory.store.iter_after(behind).map(row);
        let entries: Vec<SlpEntryRow> = rows.by_ref().take(PAGE).collect();
        let more = rows.next().is_some();
        let next = entries.last().filter(|_| more).map(|last| last.place.clone());
        let total = directory.store.iter().count();
        Reply::SlpRegistry { entries, total, next }
    }
}
