//! What the agents of a design send: by CMD network, and by the link of each site.
//!
//! What is counted are IPv4 packets; framing below IP is not. Left out is what goes only when
//! something changes, and the packets of stations, which cross the backbone either way.

use serde::Serialize;

use super::design::{Design, Plan, Settings, Site, priority};
use super::figures::{self, Fragments, count};
use super::reach::{Content, Node, Reach};

/// Bits a second, expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Hellos.
    pub hellos: u64,
    /// Lists of the database.
    pub csnps: u64,
    /// LSPs that are renewed.
    pub refresh: u64,
}

impl Flow {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.hellos + self.csnps + self.refresh
    }

    fn add(&mut self, other: Self) {
        self.hellos += other.hellos;
        self.csnps += other.csnps;
        self.refresh += other.refresh;
    }
}

/// A CMD network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkFigures {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// What it goes over.
    pub kind: String,
    /// Agents of offices on it.
    pub offices: u64,
    /// All agents on it.
    pub agents: u64,
    /// Hellos a minute in all of it.
    pub hellos: Hellos,
    /// Bytes of the IPv4 packet of a hello.
    pub hello_bytes: u64,
    /// Whether a hello lists all neighbours, or each copy only whom it goes to.
    pub hello_lists_all: bool,
    /// The agent that will be designated router.
    pub designated_router: String,
    /// Link-state packets in the database of its agents.
    pub lsps: u64,
    /// CSNPs that list them.
    pub csnps: u64,
    /// Datagrams that take a set of CSNPs to all agents.
    pub csnp_datagrams: u64,
    /// Bytes a minute of NLSP in all of it.
    pub nlsp_bytes_per_minute: u64,
    /// The same if its agents told each other all by RIP and SAP each minute.
    pub rip_sap_bytes_per_minute: u64,
}

/// Hellos a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hellos {
    /// If each agent sent one a minute.
    pub once_a_minute: u64,
    /// At the interval of the plan.
    pub nominal: u64,
    /// The same with jitter.
    pub expected: u64,
    /// What designated routers add to that.
    pub designated_adds: u64,
}

impl Hellos {
    fn of(agents: u64, plan: &Plan) -> Self {
        let (round, settings) = (figures::hello_round(agents), &plan.settings);
        let (hello, designated) = (settings.hello_s, settings.dr_hello_s);
        Self {
            once_a_minute: round,
            nominal: figures::per_minute(round, hello),
            expected: figures::expected_per_minute(round, hello),
            designated_adds: figures::designated_adds(agents, hello, designated),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            once_a_minute: self.once_a_minute + other.once_a_minute,
            nominal: self.nominal + other.nominal,
            expected: self.expected + other.expected,
            designated_adds: self.designated_adds + other.designated_adds,
        }
    }
}

/// What the link of a site bears: of all its agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteLoad {
    /// Towards the backbone.
    pub up: Flow,
    /// From there.
    pub down: Flow,
}

/// Everything.
#[derive(Debug)]
pub struct Analysis {
    /// By CMD network.
    pub networks: Vec<NetworkFigures>,
    /// By site.
    pub sites: Vec<SiteLoad>,
    /// Base priorities, by CMD network in the order of its members.
    pub priorities: Vec<Vec<u8>>,
    /// By CMD network, where POPs and offices are on it.
    pub stand_ins: Vec<Option<StandIn>>,
    /// LSPs of the largest node, and the agent whose it is.
    pub largest_node: (u64, usize),
    /// Networks and services in all.
    pub everything: (u64, u64),
}

/// The LSPs of an agent or of a CMD network's pseudonode.
#[derive(Clone, Copy, Debug, Default)]
struct Lsps {
    count: u64,
    datagrams: u64,
    /// The most that one node has.
    largest: u64,
}

impl Lsps {
    fn add(&mut self, node: Fragments) {
        self.count += node.count;
        self.datagrams += node.datagrams();
        self.largest = self.largest.max(node.count);
    }
}

/// What a member of a CMD network sends and receives there, but for LSPs.
#[derive(Clone, Copy, Debug)]
struct Rates {
    peers: u64,
    /// Bytes of a hello's copy.
    copy: u64,
    /// Bytes of a set of CSNPs to one peer.
    csnps: u64,
    settings: Settings,
}

impl Rates {
    fn new(agents: u64, lsps: u64, settings: &Settings) -> Self {
        Self {
            peers: agents.saturating_sub(1),
            copy: figures::hello_copy(agents),
            csnps: figures::csnp_bytes(lsps, settings.lsp_size),
            settings: *settings,
        }
    }

    fn up(&self, is_designated: bool) -> Flow {
        let hello = self.peers * self.copy;
        if is_designated {
            Flow {
                hellos: figures::bps(hello, self.settings.dr_hello_s),
                csnps: figures::bps(self.peers * self.csnps, self.settings.csnp_s),
                refresh: 0,
            }
        } else {
            Flow { hellos: figures::bps(hello, self.settings.hello_s), ..Flow::default() }
        }
    }

    fn down(&self, is_designated: bool) -> Flow {
        let usual = |peers: u64| figures::bps(peers * self.copy, self.settings.hello_s);
        if is_designated {
            return Flow { hellos: usual(self.peers), ..Flow::default() };
        }
        let of_designated = figures::bps(self.copy, self.settings.dr_hello_s);
        Flow {
            hellos: usual(self.peers.saturating_sub(1)) + of_designated,
            csnps: figures::bps(self.csnps, self.settings.csnp_s),
            refresh: 0,
        }
    }
}

/// Who is designated router of a CMD network while the POP's agent is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// The agent.
    pub agent: String,
    /// What it then sends, in bits a second.
    pub up_bps: u64,
    /// Tenths of a percent of its link.
    pub permille: u64,
}

/// What is needed on the way.
struct Work<'p> {
    plan: &'p Plan,
    design: &'p Design,
    reach: Reach<'p>,
    agents: Vec<Lsps>,
    pseudonodes: Vec<Lsps>,
}

impl Analysis {
    /// Counts all of a design.
    #[must_use]
    pub fn of(plan: &Plan, design: &Design) -> Self {
        let work = Work::new(plan, design);
        let mut analysis = Self {
            networks: Vec::new(),
            sites: vec![SiteLoad::default(); plan.sites.len()],
            priorities: Vec::new(),
            stand_ins: Vec::new(),
            largest_node: (0, 0),
            everything: (0, 0),
        };
        for network in 0..design.networks.len() {
            work.network(network, &mut analysis);
        }
        for (agent, lsps) in work.agents.iter().enumerate() {
            if lsps.largest > analysis.largest_node.0 {
                analysis.largest_node = (lsps.largest, agent);
            }
        }
        let Content { routes, services } = work.reach.everything();
        analysis.everything = (routes, services);
        analysis
    }
}

/// Sizes of link-state packets that fit an Ethernet, the default first.
const LSP_SIZES: [u64; 3] = [512, 1_024, 1_442];

/// The least size of link-state packets at which every node has a quarter of its fragments to
/// spare; the largest where none will do.
#[must_use]
pub fn fitting_lsp_size(plan: &Plan) -> u64 {
    let mut plan = plan.clone();
    let fits = |&size: &u64| {
        plan.settings.lsp_size = size;
        let (fragments, _) = Analysis::of(&plan, &Design::of(&plan)).largest_node;
        fragments <= figures::MAX_FRAGMENTS * 3 / 4
    };
    let [.., largest] = LSP_SIZES;
    LSP_SIZES.into_iter().find(fits).unwrap_or(largest)
}

impl<'p> Work<'p> {
    fn new(plan: &'p Plan, design: &'p Design) -> Self {
        let reach = Reach::new(plan, design);
        let agents =
            (0..design.agents.len()).map(|agent| own_lsps(plan, design, &reach, agent)).collect();
        let pseudonodes = design.networks.iter().map(|network| {
            let names = network.members.iter().filter_map(|&member| design.agents.get(member));
            let name = names.map(|agent| count(agent.name.len())).max().unwrap_or(0);
            let mut node = Fragments::new(plan.settings.lsp_size);
            node.add(1, management(name));
            node.add(count(network.members.len()), LINK);
            let mut lsps = Lsps::default();
            lsps.add(node);
            lsps
        });
        Self { plan, design, pseudonodes: pseudonodes.collect(), reach, agents }
    }

    /// The LSPs in the database of a CMD network's agents.
    fn database(&self, network: usize) -> Lsps {
        let area = self.reach.area(network);
        let mut all = Lsps::default();
        let agents = self.agents.iter().enumerate();
        let agents = agents.filter(|(agent, _)| self.reach.area_of(*agent) == Some(area));
        let networks = self.pseudonodes.iter().enumerate();
        let networks = networks.filter(|(network, _)| self.reach.area(*network) == area);
        for lsps in agents.map(|(_, lsps)| lsps).chain(networks.map(|(_, lsps)| lsps)) {
            all.count += lsps.count;
            all.datagrams += lsps.datagrams;
        }
        all
    }

    fn network(&self, index: usize, analysis: &mut Analysis) {
        let Some(network) = self.design.networks.get(index) else { return };
        let lsp_size = self.plan.settings.lsp_size;
        let agents = count(network.members.len());
        let database = self.database(index);
        let rates = Rates::new(agents, database.count, &self.plan.settings);
        let priorities = self.priorities(index, rates.up(true));
        let designated = self.designated(index, &priorities);
        let mut nlsp = 0;
        for (place, nodes) in self.reach.injected(index).iter().enumerate() {
            let is_designated = place == designated;
            let mut own = self.datagrams(nodes);
            if is_designated {
                own += self.pseudonodes.get(index).map_or(0, |lsps| lsps.datagrams);
            }
            let others = database.datagrams.saturating_sub(own);
            let up = figures::refresh_bps(own * rates.peers);
            let up = Flow { refresh: up, ..rates.up(is_designated) };
            let down = figures::refresh_bps(others);
            let down = Flow { refresh: down, ..rates.down(is_designated) };
            nlsp += up.total();
            let member =
                network.members.get(place).and_then(|&agent| self.design.agents.get(agent));
            if let Some(load) = member.and_then(|agent| analysis.sites.get_mut(agent.site)) {
                load.up.add(up);
                load.down.add(down);
            }
        }
        let csnps = figures::csnps(database.count, lsp_size);
        analysis.stand_ins.push(self.stand_in(index, &priorities, rates.up(true)));
        analysis.networks.push(NetworkFigures {
            name: network.name.clone(),
            number: network.number.to_string(),
            kind: network.kind.clone(),
            offices: count(network.offices),
            agents,
            hellos: Hellos::of(agents, self.plan),
            hello_bytes: rates.copy,
            hello_lists_all: figures::lists_all(agents),
            designated_router: self.name(network.members.get(designated)),
            lsps: database.count,
            csnps,
            csnp_datagrams: csnps * rates.peers,
            nlsp_bytes_per_minute: figures::rounded(nlsp * 60, 8),
            rip_sap_bytes_per_minute: self.vectors(index) * rates.peers,
        });
        analysis.priorities.push(priorities);
    }

    /// The office that is designated router of a cloud's CMD network while no POP is on it.
    fn stand_in(&self, index: usize, priorities: &[u8], up: Flow) -> Option<StandIn> {
        let network = self.design.networks.get(index).filter(|network| network.cloud.is_some())?;
        let offices = priorities.get(..network.offices).filter(|o| o.len() < priorities.len())?;
        let agent = network.members.get(self.designated(index, offices))?;
        let site = self.plan.sites.get(self.design.agents.get(*agent)?.site)?;
        let permille = figures::rounded(up.total() * 1_000, site.up_bps);
        Some(StandIn { agent: self.name(Some(agent)), up_bps: up.total(), permille })
    }

    /// What all members tell each one of their peers by RIP and SAP in a minute.
    fn vectors(&self, index: usize) -> u64 {
        let members = self.design.networks.get(index).map_or(&[] as &[_], |n| &n.members);
        let told = |&member: &usize| {
            let Content { routes, services } = self.reach.behind(member, index);
            figures::vectors(routes, services)
        };
        members.iter().map(told).sum()
    }

    fn datagrams(&self, nodes: &[Node]) -> u64 {
        let of = |node: &Node| match node {
            Node::Agent(index) => self.agents.get(*index),
            Node::Network(index) => self.pseudonodes.get(*index),
            Node::Lans(_) => None,
        };
        nodes.iter().filter_map(of).map(|lsps| lsps.datagrams).sum()
    }

    /// The base priorities of the members [nlsp §19.10].
    fn priorities(&self, index: usize, as_designated: Flow) -> Vec<u8> {
        let Some(network) = self.design.networks.get(index) else { return Vec::new() };
        let agents = network.members.iter().filter_map(|&member| self.design.agents.get(member));
        let sites: Vec<&Site> =
            agents.filter_map(|agent| self.plan.sites.get(agent.site)).collect();
        let offices = || sites.iter().filter(|site| !site.is_pop);
        // If nobody can bear it, it is for the fastest.
        let fastest = offices().map(|site| site.up_bps).max().unwrap_or(0);
        let of = |site: &&Site| {
            let bearable = site.up_bps * self.plan.settings.warn_percent / 100;
            let is_slow = as_designated.total() > bearable && site.up_bps < fastest;
            match (site.is_pop, network.cloud) {
                (true, Some(_)) => priority::HIGH,
                (false, _) if is_slow => priority::LOW,
                _ => priority::USUAL,
            }
        };
        sites.iter().map(of).collect()
    }

    /// The place of the member that wins the election: by priority, then by address
    /// [nlsp §9.1].
    fn designated(&self, index: usize, priorities: &[u8]) -> usize {
        let members = self.design.networks.get(index).map_or(&[] as &[_], |n| &n.members);
        let places = members.iter().zip(priorities).enumerate();
        let best = places.max_by_key(|&(_, (&member, &priority))| {
            (priority, self.design.agents.get(member).map(|agent| agent.ip))
        });
        best.map_or(0, |(place, _)| place)
    }

    fn name(&self, agent: Option<&usize>) -> String {
        let agent = agent.and_then(|&agent| self.design.agents.get(agent));
        agent.map_or(String::new(), |agent| agent.name.clone())
    }
}

/// Bytes of options without code and length: area address, link [nlsp §7].
const AREA: u64 = 8;
const LINK: u64 = 25;

/// The same of management information with a name of so many bytes [nlsp §7.3].
const fn management(name: u64) -> u64 {
    12 + name
}

/// The LSPs of an agent: of itself, and of the pseudonode of each of its LANs, where NLSP is off
/// [nlsp §13.5]. What servers and other areas tell on the LANs is taken to be told on the first.
fn own_lsps(plan: &Plan, design: &Design, reach: &Reach<'_>, index: usize) -> Lsps {
    let mut lsps = Lsps::default();
    let Some(agent) = design.agents.get(index) else { return lsps };
    let Some(site) = plan.sites.get(agent.site) else { return lsps };
    let name = count(agent.name.len());
    let mut router = Fragments::new(plan.settings.lsp_size);
    router.add(1, AREA);
    router.add(1, management(name));
    router.add(count(site.lans.len() + agent.networks.len()), LINK);
    lsps.add(router);
    let Content { routes, services } = reach.foreign(index);
    for lan in 0..site.lans.len() {
        let mut node = Fragments::new(plan.settings.lsp_size);
        node.add(1, management(name));
        node.add(1, LINK);
        if lan == 0 {
            node.add_routes(routes + site.servers);
            node.add(services + site.services, 15 + plan.settings.service_name_length);
        }
        lsps.add(node);
    }
    lsps
}
