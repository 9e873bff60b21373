//! A report as text.

use std::fmt::{self, Display};

use super::advice::Kind;
use super::analysis::Hellos;
use super::design::AgentsPerPop;
use super::report::{Direction, Link, Report, Totals};
use crate::cli::table::Table;

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Tenths of a percent as `5.2 %`.
pub(super) fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// `1 office`, `300 offices`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(count)) }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.headline())?;
        writeln!(f, "{}", self.designs())?;
        writeln!(f, "{}", self.table_of_networks())?;
        writeln!(f, "{}", self.table_of_links())?;
        for advice in &self.advice {
            let kind = match advice.kind {
                Kind::Warning => "warning",
                Kind::Note => "note",
            };
            wrap(f, &format!("{kind}: {}", advice.text))?;
        }
        Ok(())
    }
}

/// A paragraph, wrapped, its lines but the first one indented.
fn wrap(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    const WIDTH: usize = 98;
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            writeln!(f, "{line}")?;
            line = "  ".to_owned();
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(f, "{line}")
}

impl Report {
    fn headline(&self) -> String {
        let Totals { offices, pops, agents, cmd_networks, .. } = self.split;
        let way = match self.agents_per_pop {
            AgentsPerPop::One => "one agent a POP",
            AgentsPerPop::OnePerNetwork => "one agent a CMD network in each POP",
        };
        let parts = [
            counted(offices, "office"),
            counted(pops, "POP"),
            counted(cmd_networks, "CMD network"),
            counted(agents, "agent"),
        ];
        let text = format!("{}: {}", self.title, parts.join(", "));
        if pops > 0 { format!("{text} ({way})") } else { text }
    }

    /// Both designs, in hellos a minute.
    fn designs(&self) -> Table {
        let every = format!(">EVERY {} s", self.settings.hello_s);
        let mut table = Table::new(&[
            "HELLOS A MINUTE",
            ">AGENTS",
            ">CMD NETWORKS",
            ">1 A MINUTE",
            &every,
            ">WITH JITTER",
            ">DR ADDS",
        ]);
        for (name, totals) in [("flat", &self.flat), ("this plan", &self.split)] {
            let Hellos { once_a_minute, nominal, expected, designated_adds } = totals.hellos;
            table.row([
                name.to_owned(),
                grouped(totals.agents),
                grouped(totals.cmd_networks),
                grouped(once_a_minute),
                grouped(nominal),
                grouped(expected),
                grouped(designated_adds),
            ]);
        }
        table
    }

    fn table_of_networks(&self) -> Table {
        let every = format!(">EVERY {} s", self.settings.hello_s);
        let mut table = Table::new(&[
            "CMD NETWORK",
            "NUMBER",
            "OVER",
            ">AGENTS",
            ">1 A MINUTE",
            &every,
            ">BYTES",
            ">LSPS",
            ">CSNPS",
            ">BYTES/MIN",
            ">BY RIP+SAP",
            "DESIGNATED",
        ]);
        for network in self.flat_network.iter().chain(&self.networks) {
            let is_flat = self.flat_network.as_ref() == Some(network);
            table.row([
                network.name.clone(),
                if is_flat { String::new() } else { network.number.clone() },
                if is_flat { String::new() } else { network.kind.clone() },
                grouped(network.agents),
                grouped(network.hellos.once_a_minute),
                grouped(network.hellos.nominal),
                grouped(network.hello_bytes),
                grouped(network.lsps),
                grouped(network.csnps),
                grouped(network.nlsp_bytes_per_minute),
                grouped(network.rip_sap_bytes_per_minute),
                network.designated_router.clone(),
            ]);
        }
        table
    }

    /// The links, those that are alike in one row for each direction.
    fn table_of_links(&self) -> Table {
        let mut table = Table::new(&[
            "LINKS", ">SITES", "WAY", ">BIT/S", ">HELLOS", ">CSNPS", ">REFRESH", ">ALL", ">SHARE",
        ]);
        for (first, sites) in self.alike() {
            let name = if sites == 1 { first.site.clone() } else { format!("{} ...", first.site) };
            for (name, sites, way, direction) in [
                (name, grouped(sites), "up", first.up),
                (String::new(), String::new(), "down", first.down),
            ] {
                let Direction { capacity_bps, flow, total_bps, permille } = direction;
                table.row([
                    name,
                    sites,
                    way.to_owned(),
                    grouped(capacity_bps),
                    grouped(flow.hellos),
                    grouped(flow.csnps),
                    grouped(flow.refresh),
                    grouped(total_bps),
                    percent(permille),
                ]);
            }
        }
        table
    }

    /// The first of the links that bear the same, and how many they are.
    fn alike(&self) -> Vec<(&Link, u64)> {
        let mut alike: Vec<(&Link, u64)> = Vec::new();
        for link in &self.links {
            let same = |(other, _): &&mut (&Link, u64)| {
                (other.is_pop, other.up, other.down) == (link.is_pop, link.up, link.down)
            };
            match alike.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => alike.push((link, 1)),
            }
        }
        alike
    }
}
