//! The tables of SLP and DHCP.

use std::net::Ipv4Addr;

use ipxway_core::router::{DhcpRow, SlpAgentRow, SlpEntryRow, SlpRegistrationRow, SlpServiceRow};

use super::{listing, or_dash};
use crate::cli::table::{Table, age};

pub(super) fn dhcp(rows: &[DhcpRow]) -> String {
    let titles = [
        "INTERFACE",
        "STATE",
        "SERVER",
        ">AGO",
        "DIRECTORY AGENTS",
        "SCOPES",
        "CMD NETWORK",
        ">STALE",
        "AGENTS",
    ];
    let mut table = Table::new(&titles);
    for row in rows {
        let binding = |name: &str| if row.mandatory.iter().any(|it| it == name) { "!" } else { "" };
        let scopes = row.scopes.as_ref().map(|scopes| format!("{scopes}{}", binding("scopes")));
        let agents = addresses(&row.directory_agents);
        table.row([
            row.interface.clone(),
            row.state.clone(),
            or_dash(row.server),
            or_dash(row.age_s.map(age)),
            or_dash(agents.map(|agents| format!("{agents}{}", binding("directory_agents")))),
            or_dash(scopes),
            or_dash(row.network),
            or_dash(row.stale_time),
            or_dash(addresses(&row.agents)),
        ]);
    }
    listing(&table, rows.len(), rows.len(), "interface")
}

fn addresses(ips: &[Ipv4Addr]) -> Option<String> {
    let texts: Vec<String> = ips.iter().map(Ipv4Addr::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

pub(super) fn das(rows: &[SlpAgentRow]) -> String {
    let mut table =
        Table::new(&["DIRECTORY AGENT", "STATE", "KNOWN BY", ">VERSION", "SCOPES", "ASKED FOR"]);
    for row in rows {
        table.row([
            directory_agent(row),
            row.state.clone(),
            row.source.clone(),
            or_dash(row.version),
            row.scopes.clone(),
            row.primary.clone(),
        ]);
    }
    listing(&table, rows.len(), rows.len(), "directory agent")
}

/// Address and name of a directory agent, or what there is of the two.
fn directory_agent(row: &SlpAgentRow) -> String {
    match (&row.name, row.address) {
        (Some(name), Some(address)) => format!("{address} ({name})"),
        (Some(name), None) => name.clone(),
        (None, address) => or_dash(address),
    }
}

pub(super) fn services(rows: &[SlpServiceRow]) -> String {
    let titles = ["CIRCUIT", "ADDRESS", "STATE", "URL", "NETWORK", ">LIFETIME", "TOLD BY"];
    let mut table = Table::new(&titles);
    for row in rows {
        table.row([
            row.circuit.clone(),
            or_dash(row.address),
            row.state.clone(),
            or_dash(row.url.as_ref()),
            or_dash(row.network),
            age(row.lifetime_s),
            or_dash(row.told_by),
        ]);
    }
    listing(&table, rows.len(), rows.len(), "agent")
}

pub(super) fn registrations(rows: &[SlpRegistrationRow]) -> String {
    let titles = ["CIRCUIT", "DIRECTORY AGENT", "URL", "STATE", ">LIFETIME", ">ACKNOWLEDGED"];
    let mut table = Table::new(&titles);
    for row in rows {
        table.row([
            row.circuit.clone(),
            or_dash(row.agent),
            row.url.clone(),
            row.state.clone(),
            age(row.lifetime_s),
            row.acknowledged.to_string(),
        ]);
    }
    listing(&table, rows.len(), rows.len(), "registration")
}

pub(super) fn registry(rows: &[SlpEntryRow], total: usize) -> String {
    let titles = ["URL", "SCOPES", ">LIFETIME", "REGISTERED BY", "ATTRIBUTES"];
    let mut table = Table::new(&titles);
    for row in rows {
        let lifetime =
            if row.lifetime_s == 0 { "ended".to_owned() } else { age(row.lifetime_s.into()) };
        let source = Some(row.source).filter(|ip| !ip.is_unspecified());
        table.row([
            row.url.clone(),
            row.scopes.clone(),
            lifetime,
            or_dash(source),
            row.attributes.clone(),
        ]);
    }
    listing(&table, rows.len(), total, "registration")
}
