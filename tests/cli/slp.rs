//! The tables of SLP, from an agent with canned replies.

use std::net::Ipv4Addr;

use ipxway_core::router::{
    Command, Reply, SlpAgentRow, SlpEntryRow, SlpRegistrationRow, SlpServiceRow,
};
use ipxway_core::wire::NetworkNumber;

const AGENT: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 7);
const ROME: &str = "service:mgw.novell:///ROME";

fn das() -> Vec<SlpAgentRow> {
    let up = SlpAgentRow {
        name: Some("da.example".to_owned()),
        address: Some(AGENT),
        source: "static".to_owned(),
        state: "up".to_owned(),
        version: Some(2),
        scopes: "DEFAULT,ME_SCOPE".to_owned(),
        primary: "DEFAULT".to_owned(),
        boot: Some(941_414_400),
    };
    let asked = SlpAgentRow {
        name: None,
        address: Some(PEER),
        source: "multicast".to_owned(),
        state: "asked".to_owned(),
        version: None,
        scopes: String::new(),
        primary: String::new(),
        boot: None,
    };
    let unresolved = SlpAgentRow {
        name: Some("da2.example".to_owned()),
        address: None,
        source: "static".to_owned(),
        state: "unresolved".to_owned(),
        ..asked.clone()
    };
    vec![up, asked, unresolved]
}

fn services() -> Vec<SlpServiceRow> {
    let peer = SlpServiceRow {
        circuit: "backbone".to_owned(),
        url: Some(ROME.to_owned()),
        address: Some(PEER),
        network: Some(NetworkNumber::DEFAULT_CMD),
        lifetime_s: 3_599,
        told_by: Some(AGENT),
        state: "peer".to_owned(),
    };
    let stranger = SlpServiceRow {
        url: None,
        address: Some(Ipv4Addr::new(10, 2, 0, 8)),
        lifetime_s: 0,
        told_by: None,
        state: "stranger".to_owned(),
        ..peer.clone()
    };
    vec![peer, stranger]
}

fn registrations() -> Vec<SlpRegistrationRow> {
    vec![SlpRegistrationRow {
        circuit: "backbone".to_owned(),
        agent: Some(AGENT),
        url: "service:mgw.novell:///OSLO".to_owned(),
        state: "registered".to_owned(),
        lifetime_s: 2_400,
        acknowledged: 5,
    }]
}

fn registry() -> Vec<SlpEntryRow> {
    let live = SlpEntryRow {
        place: format!("{ROME} en"),
        url: ROME.to_owned(),
        scopes: "DEFAULT".to_owned(),
        attributes: "(CMD NETWORK=FFFFFFFD)".to_owned(),
        lifetime_s: 3_000,
        source: PEER,
        accepted_by: "service:directory-agent://10.1.0.1".to_owned(),
    };
    let ended = SlpEntryRow {
        url: "service:mgw.novell:///\u{1b}[31mTERMINAL".to_owned(),
        lifetime_s: 0,
        source: Ipv4Addr::UNSPECIFIED,
        ..live.clone()
    };
    vec![live, ended]
}

/// What is said of SLP; a failure to what else is asked.
pub(crate) fn answer(command: &Command) -> Reply {
    match command {
        Command::ShowSlpDas => Reply::SlpDas { das: das() },
        Command::ShowSlpServices => Reply::SlpServices { services: services() },
        Command::ShowSlpRegistrations => Reply::SlpRegistrations { registrations: registrations() },
        Command::ShowSlpRegistry { .. } => {
            Reply::SlpRegistry { entries: registry(), total: 2, next: None }
        }
        other => super::nlsp::answer(other),
    }
}
