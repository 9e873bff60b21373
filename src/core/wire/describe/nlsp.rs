//! NLSP packets for people.

use std::fmt::{self, Display, Formatter};

use super::list;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::{
    Area, Csnp, LanHello, LinkState, Lsp, LspEntry, LspOption, Pdu, Psnp, WanHello,
};
use crate::wire::sap::ServiceName;

impl Display for Pdu {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::LanHello(hello) => hello.fmt(f),
            Self::WanHello(hello) => hello.fmt(f),
            Self::Lsp(lsp) => lsp.fmt(f),
            Self::Csnp(csnp) => csnp.fmt(f),
            Self::Psnp(psnp) => psnp.fmt(f),
        }
    }
}

impl Display for LanHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { system, lan_id, priority, holding_time, .. } = self;
        write!(f, "hello of {system} on {lan_id}, priority {priority}, holding {holding_time} s")?;
        ending(f, &self.areas, self.local_mtu)?;
        f.write_str(if self.neighbours.is_empty() { ", hears nobody" } else { ", hears" })?;
        list(f, &self.neighbours, |f, node| write!(f, "{node}"))
    }
}

impl Display for WanHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            LinkState::Up => "up",
            LinkState::Initializing => "initializing",
            LinkState::Down => "down",
        };
        let Self { system, circuit, holding_time, .. } = self;
        write!(f, "WAN hello of {system} on link {circuit}, {state}")?;
        if let Some(priority) = self.priority {
            write!(f, ", priority {priority}")?;
        }
        write!(f, ", holding {holding_time} s")?;
        ending(f, &self.areas, self.local_mtu)
    }
}

/// What the options of both hellos tell. The area of everything is not worth a word.
fn ending(f: &mut Formatter<'_>, areas: &[Area], mtu: Option<u32>) -> fmt::Result {
    if areas.iter().any(|area| *area != Area::ALL) {
        f.write_str(", areas")?;
        list(f, areas, |f, area| write!(f, "{area}"))?;
    }
    match mtu {
        Some(mtu) => write!(f, ", MTU {mtu}"),
        None => Ok(()),
    }
}

impl Display for Lsp {
    /// Of the options only how many there are of which kind, and the name.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { id, sequence, lifetime, checksum, .. } = self;
        write!(f, "LSP {id} sequence {sequence}")?;
        if *lifetime == 0 {
            return f.write_str(", purged");
        }
        write!(f, ", {lifetime} s, checksum {checksum:04X}")?;
        if self.flags.overloaded() {
            f.write_str(", overloaded")?;
        }
        if self.non_routing {
            f.write_str(", not a router")?;
        }
        let counts = Counts::of(self);
        if let Some((network, name)) = counts.named {
            write!(f, ", network {network}")?;
            if !name.key().is_empty() {
                write!(f, " \"{name}\"")?;
            }
        }
        count(f, counts.links, "link")?;
        count(f, counts.services, "service")?;
        count(f, counts.routes, "route")?;
        count(f, counts.broken, "broken option")
    }
}

/// What the options of an LSP hold.
#[derive(Default)]
struct Counts {
    named: Option<(NetworkNumber, ServiceName)>,
    links: usize,
    services: usize,
    routes: usize,
    broken: usize,
}

impl Counts {
    fn of(lsp: &Lsp) -> Self {
        let mut counts = Self::default();
        for option in lsp.options() {
            match option {
                LspOption::Management(told) => {
                    let mut name = [0; 48];
                    name.iter_mut().zip(told.name).for_each(|(place, byte)| *place = *byte);
                    // Of several the first counts [nlsp §3].
                    counts.named.get_or_insert((told.network, ServiceName::from_wire(name)));
                }
                LspOption::Link(_) => counts.links += 1,
                LspOption::Service(_) => counts.services += 1,
                LspOption::External(routes) => counts.routes += routes.len(),
                LspOption::Broken(_) => counts.broken += 1,
                LspOption::Areas(_) | LspOption::Unknown(_) => (),
            }
        }
        counts
    }
}

fn count(f: &mut Formatter<'_>, number: usize, what: &str) -> fmt::Result {
    match number {
        0 => Ok(()),
        1 => write!(f, ", 1 {what}"),
        more => write!(f, ", {more} {what}s"),
    }
}

impl Display for Csnp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CSNP of {} from {} to {}:", self.source, self.start, self.end)?;
        entries(f, &self.entries)
    }
}

impl Display for Psnp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "PSNP of {}:", self.source)?;
        entries(f, &self.entries)
    }
}

fn entries(f: &mut Formatter<'_>, entries: &[LspEntry]) -> fmt::Result {
    if entries.is_empty() {
        return f.write_str(" nothing");
    }
    list(f, entries, |f, entry| write!(f, "{} sequence {}", entry.id, entry.sequence))
}
