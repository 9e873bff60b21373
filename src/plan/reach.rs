//! What lies behind an agent: networks, services, and the agents it shares a database with.

use super::design::{Design, Plan};
use super::figures::count;

/// Networks and services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) routes: u64,
    pub(super) services: u64,
}

impl Content {
    fn add(&mut self, other: Self) {
        self.routes += other.routes;
        self.services += other.services;
    }
}

/// A plan's agents as a graph: joined by CMD networks, and by the LANs of sites.
pub(super) struct Reach<'p> {
    plan: &'p Plan,
    design: &'p Design,
    /// The agents of each site.
    agents_at: Vec<Vec<usize>>,
    /// The area of each CMD network: agents of one area share a database.
    areas: Vec<usize>,
}

/// A place in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Agent(usize),
    Network(usize),
    /// The LANs of a site.
    Lans(usize),
}

/// Places that were seen.
struct Seen {
    agents: Vec<bool>,
    networks: Vec<bool>,
    sites: Vec<bool>,
}

impl Seen {
    /// Whether it was not seen before.
    fn insert(&mut self, node: Node) -> bool {
        let (list, index) = match node {
            Node::Agent(index) => (&mut self.agents, index),
            Node::Network(index) => (&mut self.networks, index),
            Node::Lans(index) => (&mut self.sites, index),
        };
        list.get_mut(index).is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

impl<'p> Reach<'p> {
    pub(super) fn new(plan: &'p Plan, design: &'p Design) -> Self {
        let mut agents_at = vec![Vec::new(); plan.sites.len()];
        for (index, agent) in design.agents.iter().enumerate() {
            if let Some(agents) = agents_at.get_mut(agent.site) {
                agents.push(index);
            }
        }
        let areas = vec![usize::MAX; design.networks.len()];
        let mut reach = Self { plan, design, agents_at, areas };
        for network in 0..design.networks.len() {
            if reach.areas.get(network) == Some(&usize::MAX) {
                let not_by_lan = |node| !matches!(node, Node::Lans(_));
                for node in reach.walk(Node::Network(network), not_by_lan) {
                    if let Node::Network(other) = node
                        && let Some(area) = reach.areas.get_mut(other)
                    {
                        *area = network;
                    }
                }
            }
        }
        reach
    }

    /// The area of a CMD network, named by its first one.
    pub(super) fn area(&self, network: usize) -> usize {
        self.areas.get(network).copied().unwrap_or(network)
    }

    /// The area of an agent.
    pub(super) fn area_of(&self, agent: usize) -> Option<usize> {
        let agent = self.design.agents.get(agent)?;
        agent.networks.first().map(|&network| self.area(network))
    }

    /// What an agent would tell a CMD network by RIP and SAP: all but what it has from there.
    pub(super) fn behind(&self, agent: usize, network: usize) -> Content {
        self.content(self.walk(Node::Agent(agent), |node| node != Node::Network(network)))
    }

    /// What an agent hears by RIP and SAP on the LANs of its site, of other areas.
    pub(super) fn foreign(&self, agent: usize) -> Content {
        let (area, site) = (self.area_of(agent), self.design.agents.get(agent).map(|a| a.site));
        let start = Node::Lans(site.unwrap_or(usize::MAX));
        let elsewhere = |node| match node {
            Node::Agent(other) => self.area_of(other) != area,
            Node::Network(other) => Some(self.area(other)) != area,
            Node::Lans(_) => true,
        };
        self.content(self.walk(start, elsewhere).into_iter().filter(|&node| node != start))
    }

    /// What a site has by itself.
    pub(super) fn of_site(&self, site: usize) -> Content {
        self.plan.sites.get(site).map_or(Content::default(), |site| Content {
            routes: site.servers + count(site.lans.len()),
            services: site.services,
        })
    }

    /// Everything there is.
    pub(super) fn everything(&self) -> Content {
        let agents = (0..self.design.agents.len()).map(Node::Agent);
        let networks = (0..self.design.networks.len()).map(Node::Network);
        let sites = (0..self.plan.sites.len()).filter(|&site| !self.at(site).is_empty());
        self.content(agents.chain(networks).chain(sites.map(Node::Lans)))
    }

    fn content(&self, nodes: impl IntoIterator<Item = Node>) -> Content {
        let mut content = Content::default();
        for node in nodes {
            content.add(match node {
                // The internal network; the number of the CMD network.
                Node::Agent(_) | Node::Network(_) => Content { routes: 1, services: 0 },
                Node::Lans(site) => self.of_site(site),
            });
        }
        content
    }

    /// For each agent of a CMD network, whose LSPs come into it there: its own, and those of the
    /// other CMD networks that it is on. None comes in twice.
    pub(super) fn injected(&self, network: usize) -> Vec<Vec<Node>> {
        let mut seen = self.nothing();
        seen.insert(Node::Network(network));
        let not_by_lan = |node| !matches!(node, Node::Lans(_));
        let members = self.design.networks.get(network).map_or(&[] as &[_], |n| &n.members);
        for &member in members {
            seen.insert(Node::Agent(member));
        }
        let from = |&member: &usize| {
            let mut nodes = vec![Node::Agent(member)];
            self.spread(&mut nodes, &mut seen, not_by_lan);
            nodes
        };
        members.iter().map(from).collect()
    }

    /// Every place that can be reached from one, by places that `passes` lets through.
    fn walk(&self, start: Node, passes: impl Fn(Node) -> bool) -> Vec<Node> {
        let mut seen = self.nothing();
        let mut nodes = Vec::new();
        if seen.insert(start) {
            nodes.push(start);
        }
        self.spread(&mut nodes, &mut seen, passes);
        nodes
    }

    fn spread(&self, nodes: &mut Vec<Node>, seen: &mut Seen, passes: impl Fn(Node) -> bool) {
        let mut next = 0;
        while let Some(&node) = nodes.get(next) {
            next += 1;
            let mut go = |to: Node| {
                if passes(to) && seen.insert(to) {
                    nodes.push(to);
                }
            };
            match node {
                Node::Agent(index) => {
                    let Some(agent) = self.design.agents.get(index) else { continue };
                    agent.networks.iter().for_each(|&network| go(Node::Network(network)));
                    let site = self.plan.sites.get(agent.site);
                    if site.is_some_and(|site| !site.lans.is_empty()) {
                        go(Node::Lans(agent.site));
                    }
                }
                Node::Network(index) => {
                    let Some(network) = self.design.networks.get(index) else { continue };
                    network.members.iter().for_each(|&member| go(Node::Agent(member)));
                }
                Node::Lans(site) => self.at(site).iter().for_each(|&agent| go(Node::Agent(agent))),
            }
        }
    }

    fn at(&self, site: usize) -> &[usize] {
        self.agents_at.get(site).map_or(&[], Vec::as_slice)
    }

    fn nothing(&self) -> Seen {
        Seen {
            agents: vec![false; self.design.agents.len()],
            networks: vec![false; self.design.networks.len()],
            sites: vec![false; self.plan.sites.len()],
        }
    }
}
