//! What a plan means: names become places, and everything is noted that does not fit.

mod unique;
mod whole;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipxway_core::wire::NetworkNumber;

use super::design::{Cloud, InterPop, Lan, Plan, Site, next};
use super::file::{self, File, Location};
use crate::config::diagnostic::{Faults, Place, Placed};
use crate::config::reader::nearest;

/// Fits the file together. What it gives is to be used only if no error was noted.
pub(super) fn check(file: &File, faults: &Faults<'_>) -> Plan {
    file.sites.iter().for_each(|block| room(block, faults));
    let sites = Sites::expand(file);
    let mut plan = Plan {
        title: file.title.clone(),
        agents_per_pop: file.agents_per_pop,
        settings: file.settings,
        sites: Vec::new(),
        clouds: Vec::new(),
        inter_pop: file.inter_pop.as_ref().filter(|_| file.pops.len() > 1).map(|inter_pop| {
            InterPop {
                name: name_of(inter_pop.name.as_ref(), "inter-pop"),
                kind: inter_pop.kind.clone().unwrap_or_else(|| "IP".to_owned()),
                number: inter_pop.network.as_ref().map_or(NetworkNumber::THIS, |n| n.value),
            }
        }),
    };
    plan.clouds = clouds(file, &sites, faults);
    let Sites { list, blocks, .. } = sites;
    plan.sites = list;
    speeds(&mut plan, file, &blocks, faults);
    if faults.any_error() {
        // What follows would only follow from that.
        return plan;
    }
    whole::check(&plan, file, &blocks, faults);
    unique::check(&plan, file, &blocks, faults);
    plan
}

/// A name, or what stands for one that is missing or at fault.
fn name_of(name: Option<&Placed<String>>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), |name| name.value.clone())
}

/// The block of the file that a site is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Block {
    Site(usize),
    Pop(usize),
}

impl Block {
    fn at(self, file: &File) -> Option<&Location> {
        match self {
            Self::Site(index) => file.sites.get(index).map(|site| &site.at),
            Self::Pop(index) => file.pops.get(index).map(|pop| &pop.at),
        }
    }

    /// Where faults of its addresses go.
    fn ip_place(self, file: &File) -> Option<&Place> {
        let at = self.at(file)?;
        Some(at.ip.as_ref().map_or(&at.place, |ip| &ip.place))
    }

    /// Where faults of its names go.
    fn name_place(self, file: &File) -> Option<&Place> {
        let (name, at) = match self {
            Self::Site(index) => file.sites.get(index).map(|site| (&site.name, &site.at))?,
            Self::Pop(index) => file.pops.get(index).map(|pop| (&pop.name, &pop.at))?,
        };
        Some(name.as_ref().map_or(&at.place, |name| &name.place))
    }
}

/// Every office and every POP, and by what names they are known.
struct Sites {
    list: Vec<Site>,
    /// The block of each.
    blocks: Vec<Block>,
    /// Offices by name; by the name of their block, if that is of several.
    offices: BTreeMap<String, Vec<usize>>,
}

impl Sites {
    fn expand(file: &File) -> Self {
        let mut sites = Self { list: Vec::new(), blocks: Vec::new(), offices: BTreeMap::new() };
        for (index, block) in file.sites.iter().enumerate() {
            let name = name_of(block.name.as_ref(), "");
            for n in 0..block.count {
                let place = sites.list.len();
                let own = numbered(&name, n, block.count);
                if own != name {
                    sites.offices.entry(name.clone()).or_default().push(place);
                }
                sites.offices.entry(own.clone()).or_default().push(place);
                sites.list.push(site(&own, n, &block.at, false));
                sites.blocks.push(Block::Site(index));
            }
        }
        for (index, pop) in file.pops.iter().enumerate() {
            let name = name_of(pop.name.as_ref(), "");
            sites.list.push(site(&name, 0, &pop.at, true));
            sites.blocks.push(Block::Pop(index));
        }
        sites
    }
}

/// `NAME`, or `NAME-07` if it is one of several.
fn numbered(name: &str, index: u32, count: u32) -> String {
    if count == 1 {
        return name.to_owned();
    }
    let width = count.to_string().len().max(2);
    format!("{name}-{:0width$}", index + 1)
}

/// One of the sites of a block.
fn site(name: &str, index: u32, at: &Location, is_pop: bool) -> Site {
    let first = at.ip.as_ref().map_or(Ipv4Addr::UNSPECIFIED, |ip| ip.value);
    Site {
        name: name.to_owned(),
        is_pop,
        ip: next(first, index),
        up_bps: at.up_bps.unwrap_or(0),
        down_bps: at.down_bps.or(at.up_bps).unwrap_or(0),
        servers: at.servers.unwrap_or(u64::from(!is_pop)),
        services: at.services.unwrap_or(if is_pop { 0 } else { 10 }),
        lans: at.lans.iter().filter_map(|block| lan(block, index)).collect(),
    }
}

fn lan(block: &file::Lan, index: u32) -> Option<Lan> {
    Some(Lan {
        name: name_of(block.name.as_ref(), ""),
        device: block.device.clone(),
        framing: block.framing.as_ref()?.value,
        network: NetworkNumber(block.network.as_ref()?.value.0.saturating_add(index)),
    })
}

/// Whether the last of so many offices still has an address and numbers.
fn room(block: &file::Site, faults: &Faults<'_>) {
    let last = block.count - 1;
    if let Some(ip) = block.at.ip.as_ref().filter(|ip| next(ip.value, last).octets()[0] >= 224) {
        let wrong = format!("the last one's would be {}", next(ip.value, last));
        faults.error(&ip.place, wrong, "begin at an address that leaves room for all");
    }
    for first in block.at.lans.iter().filter_map(|lan| lan.network.as_ref()) {
        let number = NetworkNumber(first.value.0.saturating_add(last));
        if number >= NetworkNumber::DEFAULT_CMD {
            let wrong = format!("the last one's would be {number}");
            faults.error(&first.place, wrong, "begin at a number that leaves room for all");
        }
    }
}

/// The clouds: their members, and the POPs where they meet.
fn clouds(file: &File, sites: &Sites, faults: &Faults<'_>) -> Vec<Cloud> {
    let mut clouds: Vec<Cloud> = Vec::new();
    let mut seen: BTreeMap<usize, &Place> = BTreeMap::new();
    for block in &file.clouds {
        let mut offices = Vec::new();
        for member in &block.members {
            let Some(found) = sites.offices.get(&member.value) else {
                let names = sites.offices.keys().map(String::as_str);
                unknown(member, "no site is called so", &names.collect::<Vec<_>>(), faults);
                continue;
            };
            for &office in found {
                let Some(first) = seen.insert(office, &member.place) else {
                    offices.push(office);
                    continue;
                };
                let name = sites.list.get(office).map_or("", |site| &site.name);
                let wrong = format!("{name} is a member already in line {}", faults.line(first));
                faults.error(&member.place, wrong, "an office is in one cloud: keep one");
                break;
            }
        }
        clouds.push(Cloud {
            name: name_of(block.name.as_ref(), ""),
            kind: block.kind.clone().unwrap_or_else(|| "IP".to_owned()),
            number: block.network.as_ref().map_or(NetworkNumber::THIS, |n| n.value),
            offices,
            pops: Vec::new(),
        });
    }
    let first_pop = sites.list.len() - file.pops.len();
    for (pop, block) in (first_pop..).zip(&file.pops) {
        for name in &block.clouds {
            let known: Vec<String> = clouds.iter().map(|cloud| cloud.name.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            match clouds.iter_mut().find(|cloud| cloud.name == name.value) {
                None => unknown(name, "no cloud is called so", &known, faults),
                Some(cloud) if cloud.pops.contains(&pop) => {
                    faults.error(&name.place, "listed twice", "list it once");
                }
                Some(cloud) => cloud.pops.push(pop),
            }
        }
    }
    clouds
}

fn unknown(name: &Placed<String>, wrong: &str, known: &[&str], faults: &Faults<'_>) {
    // What a broken line took away is not unknown.
    if faults.is_partial() {
        return;
    }
    let right = match nearest(&name.value, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "name one of the plan".to_owned(),
    };
    faults.error(&name.place, wrong, right);
}

/// Gives offices the speed of their cloud where they say none.
fn speeds(plan: &mut Plan, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    for (cloud, block) in plan.clouds.iter().zip(&file.clouds) {
        for &office in &cloud.offices {
            let Some(site) = plan.sites.get_mut(office) else { continue };
            let link = block.link_bps.unwrap_or(0);
            site.up_bps = if site.up_bps == 0 { link } else { site.up_bps };
            site.down_bps = if site.down_bps == 0 { site.up_bps } else { site.down_bps };
        }
    }
    let in_cloud = |index: &usize| plan.clouds.iter().any(|cloud| cloud.offices.contains(index));
    let mut said = None;
    for (index, (site, block)) in plan.sites.iter().zip(blocks).enumerate() {
        let silent = site.up_bps == 0 && !site.is_pop && in_cloud(&index);
        let Some(place) = block.name_place(file).filter(|_| silent && said != Some(*block)) else {
            continue;
        };
        said = Some(*block);
        let wrong = format!("nobody says how fast the link of {} is", site.name);
        faults.error(place, wrong, "give `up_bps` here, or `link_bps` in its cloud");
    }
}
