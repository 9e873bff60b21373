//! The shapes that networks have: which agents are on which LANs and CMD networks, and what they
//! speak there.

use std::time::Duration;

use ipxway_core::config::{Config, Exchange, Mode};
use ipxway_core::random::Random;
use ipxway_core::sim::Topology;

/// Worlds of fewer agents are small: RIP, which ends at 15 hops, reaches through all of them.
const SMALL: usize = 12;
/// The first CMD network; the others are numbered downwards.
const CMD: u32 = 0xffff_fffd;

/// A world to be, and its parts, for something to happen to each.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) topology: Topology,
    pub(super) agents: Vec<String>,
    pub(super) lans: Vec<String>,
    /// Agents with the LANs that they have ports on.
    pub(super) ports: Vec<(String, String)>,
    /// All links cost the same: of ways of one cost none is longer than another.
    pub(super) even: bool,
    /// What it is like, in words.
    pub(super) told: Vec<String>,
    cmd_networks: u32,
}

/// A number in `0..bound`.
pub(super) fn below(random: &mut Random, bound: usize) -> usize {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    usize::try_from(random.below(bound)).unwrap_or(0)
}

/// One of these.
pub(super) fn any<'a, T>(random: &mut Random, of: &'a [T]) -> &'a T {
    &of[below(random, of.len())]
}

impl Shape {
    fn lan(&mut self, name: &str) {
        self.topology = std::mem::take(&mut self.topology).lan(name);
        self.lans.push(name.to_owned());
    }

    fn agent(&mut self, name: &str, lans: &[&str]) {
        self.topology = std::mem::take(&mut self.topology).agent(name, lans);
        self.agents.push(name.to_owned());
        self.told.push(format!("agent {name} on {lans:?}"));
        self.ports.extend(lans.iter().map(|lan| (name.to_owned(), (*lan).to_owned())));
    }

    fn site(&mut self, name: &str) {
        self.lan(name);
        self.agent(name, &[name]);
    }

    fn sites(names: &[String]) -> Self {
        let mut shape = Self::default();
        names.iter().for_each(|name| shape.site(name));
        shape
    }

    /// Another CMD network, of these agents.
    fn cmd(&mut self, members: &[&str]) {
        let number = CMD - self.cmd_networks;
        self.cmd_networks += 1;
        self.told.push(format!("CMD network {number:08X} of {members:?}"));
        self.topology = std::mem::take(&mut self.topology).cmd(number, members);
    }

    /// All on one CMD network.
    fn mesh(names: &[String]) -> Self {
        let mut shape = Self::sites(names);
        shape.cmd(&refs(names));
        shape
    }

    /// In a row; in a ring, if it is `closed`.
    fn line(names: &[String], closed: bool) -> Self {
        let mut shape = Self::sites(names);
        names.windows(2).for_each(|pair| shape.cmd(&refs(pair)));
        if let ([first, .., last], true) = (names, closed) {
            shape.cmd(&[last, first]);
        }
        shape
    }

    /// The first agent is on several CMD networks, each with some of the others.
    fn one_for_all(names: &[String], random: &mut Random) -> Self {
        let mut shape = Self::sites(names);
        let Some((hub, others)) = names.split_first() else { return shape };
        for group in others.chunks(1 + below(random, 3)) {
            let members = [&[hub.as_str()], &refs(group)[..]].concat();
            shape.cmd(&members);
        }
        shape
    }

    /// The first two share a LAN as well as the CMD network of all.
    fn shared_lan(names: &[String]) -> Self {
        let mut shape = Self::default();
        names.iter().for_each(|name| shape.lan(name));
        for (index, name) in names.iter().enumerate() {
            let lans =
                if index == 1 { vec![name.as_str(), &names[0]] } else { vec![name.as_str()] };
            shape.agent(name, &lans);
        }
        shape.cmd(&refs(names));
        shape
    }

    /// A POP: a LAN with an agent of each of several CMD networks, offices behind each.
    fn pop(offices: &[String], random: &mut Random) -> Self {
        let mut shape = Self::default();
        shape.lan("pop");
        offices.iter().for_each(|name| shape.site(name));
        for (index, group) in offices.chunks(1 + below(random, 2)).enumerate() {
            let agent = format!("a{index}");
            shape.agent(&agent, &["pop"]);
            let members = [&[agent.as_str()], &refs(group)[..]].concat();
            shape.cmd(&members);
        }
        shape
    }

    /// Two LANs with two agents each, and two CMD networks from one to the other: a ring.
    fn ring_of_segments() -> Self {
        let mut shape = Self::default();
        for lan in ["l", "m"] {
            shape.lan(lan);
            shape.agent(&format!("{lan}1"), &[lan]);
            shape.agent(&format!("{lan}2"), &[lan]);
        }
        shape.cmd(&["l1", "m1"]);
        shape.cmd(&["l2", "m2"]);
        shape
    }

    /// One of these, mostly of few agents: what goes wrong goes wrong among few.
    pub(super) fn any(random: &mut Random) -> Self {
        let count =
            if random.chance(1, 200) { 8 + below(random, 43) } else { 2 + below(random, 4) };
        let names = super::super::names(count);
        let mut shape = match random.below(8) {
            0 => Self::line(&names, false),
            1 if count > 2 && count < 12 => Self::line(&names, true),
            2 => Self::shared_lan(&names),
            3 if count > 2 && count < 12 => Self::one_for_all(&names, random),
            4 | 5 if count < 12 => Self::pop(&names, random),
            6 if count == 4 => Self::ring_of_segments(),
            _ => Self::mesh(&names),
        };
        shape.speak(random);
        shape
    }

    /// What is spoken where, and how.
    fn speak(&mut self, random: &mut Random) {
        let lan_mode = *any(random, &[Mode::Off, Mode::Off, Mode::On, Mode::Auto]);
        let old_network = (self.cmd_networks > 1 && random.chance(1, 4))
            .then(|| below(random, self.cmd_networks as usize));
        let old_agent =
            random.chance(1, 10).then(|| any(random, &self.agents).to_ascii_uppercase());
        let small = self.agents.len() < SMALL;
        let (old_network, old_agent) = (old_network.filter(|_| small), old_agent.filter(|_| small));
        self.told.push(format!("NLSP on LANs {lan_mode:?}, off on {old_network:?}, {old_agent:?}"));
        self.even = random.chance(1, 2);
        let (even, seed) = (self.even, random.below(u64::MAX));
        self.topology = std::mem::take(&mut self.topology).tune(|config| {
            for lan in &mut config.lans {
                lan.nlsp.mode = lan_mode;
            }
            for network in &mut config.cmd_networks {
                let is_old = old_network.is_some_and(|n| network.network.0 == CMD - index(n));
                if is_old || old_agent.as_ref() == Some(&config.name) {
                    network.exchange = Exchange::RipSap;
                }
            }
            config.hop_limit = 64;
            settings(config, even, seed);
        });
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Settings of an agent's own: priorities, costs, intervals, sizes.
fn settings(config: &mut Config, even: bool, seed: u64) {
    let place = u64::from(config.internal_network.map_or(0, |network| network.0));
    let mut random = Random::seeded(seed ^ place);
    if random.chance(1, 4) {
        config.nlsp.lsp_size = *any(&mut random, &[128, 200, 512]);
    }
    config.nlsp.path_splits = *any(&mut random, &[1, 1, 2, 4]);
    let circuits = config.lans.iter_mut().map(|lan| &mut lan.nlsp);
    for nlsp in circuits.chain(config.cmd_networks.iter_mut().map(|network| &mut network.nlsp)) {
        if random.chance(1, 4) {
            nlsp.priority = *any(&mut random, &[1, 44, 63, 64, 65, 127]);
        }
        if !even && random.chance(1, 2) {
            nlsp.cost = Some(*any(&mut random, &[1, 10, 20, 63]));
        }
        if random.chance(1, 8) {
            nlsp.hello_interval = Duration::from_secs(5);
            nlsp.dr_hello_interval = Duration::from_secs(5);
        }
        nlsp.repeat = random.chance(1, 2);
        nlsp.answer_by_node = random.chance(3, 4);
    }
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
