//! `ipxway show config`: the configuration in force as TOML, with the origin of each value behind
//! it.

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use anyhow::bail;
use ipxway_core::router::{CircuitRow, Command, DhcpRow, Reply};
use serde::Serialize;

use super::show::ask;
use crate::config::origins::{Origin, Setting};
use crate::control::{Answer, Client, Request, VERSION};

/// Where the remarks stand, if the values leave room.
const COLUMN: usize = 48;
/// A registration is renewed after so much of its lifetime, in the mean [slp-dhcp-snmp §5.3].
const RENEWED_AFTER: f64 = 0.7;

/// The settings as JSON.
#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    reply: &'static str,
    settings: &'a [Setting],
}

/// Asks for the settings and for what DHCP tells, and prints them together.
///
/// # Errors
/// The agent cannot be asked, or `out` cannot be written.
pub(super) async fn show(
    client: &mut Client,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut settings = match client.ask(Request::Config).await?.0 {
        Answer::Config(settings) => settings,
        Answer::Refused { reason } => bail!(reason),
        other => bail!("the agent answered something else: {other:?}"),
    };
    let Reply::Dhcp { interfaces } = ask(client, Command::ShowDhcp).await? else {
        bail!("the agent answered with another table");
    };
    let Reply::Circuits { circuits } = ask(client, Command::ShowCircuits).await? else {
        bail!("the agent answered with another table");
    };
    overlay(&mut settings, &interfaces, &circuits);
    if json {
        let document = Document { v: VERSION, reply: "config", settings: &settings };
        serde_json::to_writer(&mut *out, &document)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", text(&settings))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Puts in what DHCP tells, where it counts.
fn overlay(settings: &mut Vec<Setting>, interfaces: &[DhcpRow], circuits: &[CircuitRow]) {
    let server = |tells: fn(&DhcpRow) -> bool| {
        interfaces.iter().find(|row| tells(row)).and_then(|row| row.server)
    };
    let of_number = server(|row| row.network.is_some());
    let of_agents = interfaces.iter().find(|row| !row.agents.is_empty());
    let mut listed: Option<String> = None;
    for setting in &mut *settings {
        let in_network = setting.table == "[[cmd_network]]";
        match setting.key.as_str() {
            "network" if in_network && setting.value == "\"dhcp\"" => {
                let mut here =
                    circuits.iter().filter(|row| Some(&row.name) == setting.block.as_ref());
                if let Some(row) = here.next().filter(|row| row.network.0 != 0) {
                    setting.value = format!("\"{}\"", row.network);
                    setting.origin = Origin::Dhcp { server: of_number };
                }
            }
            "dhcp_agents" if in_network && setting.value == "true" => {
                listed.clone_from(&setting.block);
            }
            _ => {}
        }
    }
    if let (Some(block), Some(row)) = (&listed, of_agents) {
        let here = |it: &&mut Setting| it.block.as_ref() == Some(block) && it.key == "peers";
        if let Some(peers) = settings.iter_mut().find(here) {
            peers.value = list(row.agents.iter().map(Ipv4Addr::to_string));
            peers.origin = Origin::Dhcp { server: row.server };
        }
    }
    let asked = |it: &Setting| it.key == "da_discovery" && it.value.contains("\"dhcp\"");
    if settings.iter().any(asked) {
        scopes(settings, interfaces);
    }
}

/// Scopes of DHCP take the place of those of nobody, or of the file if they must.
fn scopes(settings: &mut Vec<Setting>, interfaces: &[DhcpRow]) {
    let binding = |row: &&DhcpRow| row.mandatory.iter().any(|name| name == "scopes");
    let told = || interfaces.iter().filter(|row| row.scopes.is_some());
    let Some(row) = told().find(binding).or_else(|| told().next()) else { return };
    let names = row.scopes.clone().unwrap_or_default();
    let origin = Origin::Dhcp { server: row.server };
    let value = list(names.split(',').map(str::to_owned));
    let key = "scopes".to_owned();
    let slp = |it: &Setting| it.table == "[slp]";
    if let Some(known) = settings.iter_mut().find(|it| slp(it) && it.key == "scopes") {
        if binding(&row) {
            (known.value, known.origin) = (value, origin);
        }
    } else if let Some(first) = settings.iter().position(slp) {
        let setting = Setting { table: "[slp]".to_owned(), block: None, key, value, origin };
        settings.insert(first, setting);
    }
}

fn list(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.map(|value| toml::Value::String(value).to_string()).collect();
    format!("[{}]", values.join(", "))
}

/// The settings as TOML.
fn text(settings: &[Setting]) -> String {
    let mut text = String::new();
    let mut table = "";
    let mut block = None;
    for setting in settings {
        // A block begins with its name.
        let begins = setting.table.starts_with("[[") && setting.key == "name";
        if setting.table != table || setting.block != block || begins {
            if setting.table != table || begins || !setting.table.starts_with("[[") {
                text.push_str(&format!("\n{}\n", setting.table));
            }
            table = &setting.table;
            block.clone_from(&setting.block);
        }
        let line = format!("{} = {}", setting.key, setting.value);
        let origin = match &setting.origin {
            Origin::File { line } => format!("file, line {line}"),
            Origin::Default => "default".to_owned(),
            Origin::Dhcp { server: Some(server) } => format!("DHCP, {server}"),
            Origin::Dhcp { server: None } => "in place of DHCP, which is silent".to_owned(),
        };
        text.push_str(&format!("{line:<COLUMN$} # {origin}{}\n", remark(setting)));
    }
    text.trim_start().to_owned()
}

/// What a value means for the network.
fn remark(setting: &Setting) -> String {
    match (setting.table.as_str(), setting.key.as_str(), setting.value.parse::<f64>()) {
        ("[slp]", "lifetime_s", Ok(lifetime)) if lifetime > 0.0 => {
            let hourly = 3_600.0 / (lifetime * RENEWED_AFTER);
            format!("; {hourly:.1} registrations an hour, each agent with each directory agent")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use ipxway_core::wire::NetworkNumber;

    use super::*;
    use crate::config::{origins, parse};

    const FILE: &str = "\
[[lan]]
name = \"office\"
tap = \"ipx0\"
framing = \"802.2\"
network = \"C9000001\"
rip.interval_s = 30

[[cmd_network]]
name = \"backbone\"
dhcp_agents = true

[cmd_network.sap]
gns = false

[[cmd_network]]
name = \"other\"
network_number = \"B2\"
peers = [\"192.0.2.2\"]

[slp]
lifetime_s = 1800
da_discovery_options = 7
";

    fn settings() -> Vec<Setting> {
        origins::settings(&parse("test.toml", FILE).unwrap())
    }

    fn find<'a>(
        settings: &'a [Setting],
        block: Option<&str>,
        table: &str,
        key: &str,
    ) -> &'a Setting {
        let wanted =
            |it: &&Setting| it.block.as_deref() == block && it.table == table && it.key == key;
        settings.iter().find(wanted).unwrap_or_else(|| panic!("no {table} {key}"))
    }

    fn told() -> DhcpRow {
        DhcpRow {
            interface: "auto".to_owned(),
            state: "answered".to_owned(),
            server: Some(Ipv4Addr::new(192, 0, 2, 9)),
            age_s: Some(1),
            directory_agents: Vec::new(),
            scopes: Some("ME_SCOPE,B".to_owned()),
            mandatory: Vec::new(),
            network: Some(NetworkNumber(0xdead_beef)),
            stale_time: None,
            agents: vec![Ipv4Addr::new(192, 0, 2, 7)],
        }
    }

    #[test]
    fn each_value_of_the_file_has_its_line_and_every_other_is_a_default() {
        let settings = settings();
        let line = |block, table, key| match &find(&settings, block, table, key).origin {
            Origin::File { line } => *line,
            Origin::Default => 0,
            Origin::Dhcp { .. } => panic!("no DHCP yet"),
        };
        let (office, first, second) = (Some("office"), Some("backbone"), Some("other"));
        assert_eq!(line(office, "[[lan]]", "network"), 5);
        assert_eq!(line(office, "[[lan]]", "ticks"), 0);
        assert_eq!(line(office, "[lan.rip]", "interval_s"), 6);
        assert_eq!(line(office, "[lan.rip]", "multiplier"), 0);
        assert_eq!(line(first, "[[cmd_network]]", "dhcp_agents"), 10);
        assert_eq!(line(first, "[cmd_network.sap]", "gns"), 13);
        assert_eq!(line(second, "[cmd_network.sap]", "gns"), 0);
        // Under its old name, and as a number.
        assert_eq!(line(second, "[[cmd_network]]", "network"), 17);
        assert_eq!(line(None, "[slp]", "lifetime_s"), 21);
        assert_eq!(line(None, "[slp]", "da_discovery"), 22);
        assert_eq!(line(None, "[slp]", "multicast"), 0);
    }

    #[test]
    fn what_dhcp_tells_is_in_its_place_and_the_text_is_still_toml() {
        let mut settings = settings();
        let circuit = |name: &str, network| CircuitRow {
            name: name.to_owned(),
            network: NetworkNumber(network),
            ..CircuitRow::default()
        };
        let circuits =
            [circuit("office", 1), circuit("backbone", 0xdead_beef), circuit("other", 2)];
        overlay(&mut settings, &[told()], &circuits);
        let by_dhcp: Vec<(&str, &str)> = settings
            .iter()
            .filter(|it| matches!(it.origin, Origin::Dhcp { server: Some(_) }))
            .map(|it| (it.key.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(
            by_dhcp,
            [
                ("scopes", "[\"ME_SCOPE\", \"B\"]"),
                ("network", "\"DEADBEEF\""),
                ("peers", "[\"192.0.2.7\"]"),
            ]
        );
        let text = text(&settings);
        let table: toml::Table = text.parse().expect("TOML");
        assert_eq!(table["cmd_network"].as_array().unwrap().len(), 2);
        assert_eq!(table["cmd_network"][1]["network"].as_str(), Some("000000B2"));
        assert!(text.contains("# DHCP, 192.0.2.9\n"), "{text}");
        assert!(text.contains("lifetime_s = 1800"), "{text}");
        assert!(text.contains("# file, line 21; 2.9 registrations an hour"), "{text}");
    }

    #[test]
    fn scopes_of_the_file_stay_unless_those_of_dhcp_must_count() {
        for (mandatory, expected) in [(false, "[\"MINE\"]"), (true, "[\"ME_SCOPE\", \"B\"]")] {
            let text = FILE.replace("lifetime_s = 1800", "scopes = [\"MINE\"]");
            let mut settings = origins::settings(&parse("test.toml", &text).unwrap());
            let mut row = told();
            row.mandatory.extend(mandatory.then(|| "scopes".to_owned()));
            overlay(&mut settings, &[row], &[]);
            assert_eq!(find(&settings, None, "[slp]", "scopes").value, expected);
        }
    }
}
