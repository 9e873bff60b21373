//! Network numbers, addresses and names: each unlike any other in the whole internetwork.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipxway_core::wire::NetworkNumber;

use super::Block;
use crate::config::diagnostic::{Faults, Place};
use crate::plan::design::{CmdNetwork, Design, Plan};
use crate::plan::file::File;

/// Notes what two have.
pub(super) fn check(plan: &Plan, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let design = Design::of(plan);
    numbers(plan, &design, file, blocks, faults);
    addresses(&design, file, blocks, faults);
    names(&design, file, blocks, faults);
}

/// A fault a pair of lines: that 25 offices differ from 25 others is said once.
#[derive(Default)]
struct Pairs(BTreeSet<(usize, usize)>);

impl Pairs {
    fn is_new(&mut self, one: &Place, other: &Place) -> bool {
        self.0.insert((one.span.start, other.span.start))
    }
}

fn numbers(plan: &Plan, design: &Design, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let mut seen: BTreeMap<NetworkNumber, (&Place, String)> = BTreeMap::new();
    let mut pairs = Pairs::default();
    for (number, place, what) in all_numbers(plan, design, file, blocks) {
        let Some((first, of)) = seen.get(&number) else {
            seen.insert(number, (place, what));
            continue;
        };
        if pairs.is_new(first, place) {
            let line = faults.line(first);
            let wrong = format!("{number}, {what}, is the number of {of} in line {line} too");
            faults.error(place, wrong, "give each network a number of its own");
        }
    }
}

/// Every number, where it was given, and what has it.
fn all_numbers<'f>(
    plan: &Plan,
    design: &Design,
    file: &'f File,
    blocks: &[Block],
) -> Vec<(NetworkNumber, &'f Place, String)> {
    let mut all = Vec::new();
    for (site, block) in plan.sites.iter().zip(blocks) {
        let typed = block.at(file).map_or(&[] as &[_], |at| &at.lans);
        for (lan, typed) in site.lans.iter().zip(typed) {
            if let Some(network) = &typed.network {
                let what = format!("LAN {} of {}", lan.name, site.name);
                all.push((lan.network, &network.place, what));
            }
        }
    }
    for agent in &design.agents {
        if let Some(place) = blocks.get(agent.site).and_then(|block| block.ip_place(file)) {
            let what = format!("the internal network of agent {}", agent.name);
            all.push((agent.internal_network(), place, what));
        }
    }
    for network in &design.networks {
        if let Some((_, place)) = places(network, file) {
            all.push((network.number, place, format!("CMD network {}", network.name)));
        }
    }
    all
}

fn addresses(design: &Design, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let mut seen: BTreeMap<Ipv4Addr, (&Place, &str)> = BTreeMap::new();
    let mut pairs = Pairs::default();
    for agent in &design.agents {
        let Some(place) = blocks.get(agent.site).and_then(|block| block.ip_place(file)) else {
            continue;
        };
        let Some((first, of)) = seen.insert(agent.ip, (place, &agent.name)) else { continue };
        if pairs.is_new(first, place) {
            let (ip, line, name) = (agent.ip, faults.line(first), &agent.name);
            let wrong = format!("{ip}, of {name}, is the address of {of} in line {line} too");
            faults.error(place, wrong, "give each agent an address of its own");
        }
    }
}

/// Names of agents become names of files, which some systems do not tell apart by case alone.
fn names(design: &Design, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let mut seen: BTreeMap<String, (&Place, &str)> = BTreeMap::new();
    let mut pairs = Pairs::default();
    for agent in &design.agents {
        let Some(place) = blocks.get(agent.site).and_then(|block| block.name_place(file)) else {
            continue;
        };
        let own = (place, agent.name.as_str());
        let Some((first, of)) = seen.insert(agent.name.to_ascii_uppercase(), own) else { continue };
        if pairs.is_new(first, place) {
            let line = faults.line(first);
            let wrong = format!("agent {}, where line {line} gives an agent {of}", agent.name);
            faults.error(place, wrong, "give each a name of its own, not by case alone");
        }
    }
    circuits(design, file, faults);
}

/// Where the name and the number of a CMD network were given.
fn places<'f>(network: &CmdNetwork, file: &'f File) -> Option<(&'f Place, &'f Place)> {
    let (name, number, header) = match network.cloud {
        Some(cloud) => file.clouds.get(cloud).map(|c| (&c.name, &c.network, &c.place))?,
        None => file
            .inter_pop
            .as_ref()
            .map(|between| (&between.name, &between.network, &between.place))?,
    };
    let number = number.as_ref().map_or(header, |number| &number.place);
    Some((name.as_ref().map_or(header, |name| &name.place), number))
}

/// Names of CMD networks, and of LANs beside them.
fn circuits(design: &Design, file: &File, faults: &Faults<'_>) {
    let mut networks: BTreeMap<&str, &Place> = BTreeMap::new();
    for network in &design.networks {
        let Some((place, _)) = places(network, file) else { continue };
        if let Some(first) = networks.insert(&network.name, place) {
            let line = faults.line(first);
            let wrong = format!("CMD network {} is called so in line {line} too", network.name);
            faults.error(place, wrong, "give each a name of its own");
        }
    }
    let typed = file.sites.iter().map(|site| &site.at).chain(file.pops.iter().map(|pop| &pop.at));
    for at in typed {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for name in at.lans.iter().filter_map(|lan| lan.name.as_ref()) {
            if networks.contains_key(name.value.as_str()) || !seen.insert(&name.value) {
                let wrong = "a CMD network or another LAN is called so";
                faults.error(&name.place, wrong, "give each circuit a name of its own");
            }
        }
    }
}
