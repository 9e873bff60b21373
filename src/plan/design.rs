//! What a plan says, and the agents and CMD networks that follow from it.
//!
//! A *site* is a place with a link to the backbone: an office or a POP. A cloud gives one CMD
//! network, or several if it has too many offices [cmd §6]; the POPs join them.

use std::net::Ipv4Addr;

use ipxway_core::config::NlspCircuit;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;
use serde::Serialize;

/// What a plan says, checked: names lead to places in these lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is called.
    pub title: String,
    /// How many agents a POP has.
    pub agents_per_pop: AgentsPerPop,
    /// Timers and sizes.
    pub settings: Settings,
    /// Offices first, then POPs.
    pub sites: Vec<Site>,
    /// The clouds.
    pub clouds: Vec<Cloud>,
    /// The network between the POPs.
    pub inter_pop: Option<InterPop>,
}

/// How many agents a POP has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum AgentsPerPop {
    /// One, on all CMD networks that meet there.
    One,
    /// One for each CMD network, on a common LAN, as with SCMD [cmd §6].
    OnePerNetwork,
}

/// Timers and sizes. Defaults: [nlsp §15].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Offices of a CMD network at most.
    pub offices_per_network: usize,
    /// Seconds between two hellos.
    pub hello_s: u64,
    /// The same of a designated router.
    pub dr_hello_s: u64,
    /// Seconds between two sets of CSNPs.
    pub csnp_s: u64,
    /// Bytes of a link-state packet at most.
    pub lsp_size: u64,
    /// They are as the plan says, not as its services ask for.
    #[serde(skip)]
    pub lsp_size_given: bool,
    /// Bytes of a service's name.
    pub service_name_length: u64,
    /// Percent of a link that are warned of.
    pub warn_percent: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            offices_per_network: 25,
            hello_s: 20,
            dr_hello_s: 10,
            csnp_s: 30,
            lsp_size: 512,
            lsp_size_given: false,
            service_name_length: 20,
            warn_percent: 5,
        }
    }
}

/// An office or a POP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// It is a POP.
    pub is_pop: bool,
    /// The address of its first agent; the others have the next ones.
    pub ip: Ipv4Addr,
    /// Bits a second towards the backbone.
    pub up_bps: u64,
    /// Bits a second from there.
    pub down_bps: u64,
    /// Servers with an internal network.
    pub servers: u64,
    /// Services that are told by SAP.
    pub services: u64,
    /// The IPX networks there.
    pub lans: Vec<Lan>,
}

/// An IPX network at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lan {
    /// What operators call it.
    pub name: String,
    /// What it is on.
    pub device: Device,
    /// How its frames are made.
    pub framing: Framing,
    /// Its number.
    pub network: NetworkNumber,
}

/// What a LAN is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// A TAP device.
    Tap(String),
    /// A network card.
    Nic(String),
}

/// A network of the IP backbone that joins offices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub kind: String,
    /// The number of its first CMD network.
    pub number: NetworkNumber,
    /// Its offices, as places in [`Plan::sites`].
    pub offices: Vec<usize>,
    /// The POPs where it meets others, as places in [`Plan::sites`].
    pub pops: Vec<usize>,
}

/// The network between the POPs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterPop {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub kind: String,
    /// Its number.
    pub number: NetworkNumber,
}

/// Agents and the CMD networks that join them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Design {
    /// The agents: those of the offices, then those of the POPs.
    pub agents: Vec<Agent>,
    /// The CMD networks: those of the clouds, then that of the POPs.
    pub networks: Vec<CmdNetwork>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Where it is: a place in [`Plan::sites`].
    pub site: usize,
    /// Its address.
    pub ip: Ipv4Addr,
    /// The CMD networks it is on, as places in [`Design::networks`].
    pub networks: Vec<usize>,
}

/// A CMD network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmdNetwork {
    /// Its name.
    pub name: String,
    /// What it goes over, for people.
    pub kind: String,
    /// Its number.
    pub number: NetworkNumber,
    /// The cloud it is of, as a place in [`Plan::clouds`]; `None` between POPs.
    pub cloud: Option<usize>,
    /// How many of its agents are offices'.
    pub offices: usize,
    /// Its agents, as places in [`Design::agents`].
    pub members: Vec<usize>,
}

/// Base priorities in the election of the designated router [nlsp §9.1, §19.10].
pub mod priority {
    /// A POP's agent in a cloud. An office that is designated router while the POP is away has
    /// [`USUAL`] and 20 more: the POP takes over when it is back.
    pub const HIGH: u8 = 100;
    /// The default.
    pub const USUAL: u8 = super::NlspCircuit::CMD.priority;
    /// An office whose uplink could not bear what a designated router sends.
    pub const LOW: u8 = 10;
}

impl Plan {
    /// The POPs, as places in [`Plan::sites`].
    pub fn pops(&self) -> impl Iterator<Item = usize> {
        self.sites.iter().enumerate().filter(|(_, site)| site.is_pop).map(|(index, _)| index)
    }

    /// How many offices there are.
    #[must_use]
    pub fn offices(&self) -> usize {
        self.sites.iter().filter(|site| !site.is_pop).count()
    }

    /// Into how many CMD networks a cloud is split.
    #[must_use]
    pub fn parts(&self, cloud: &Cloud) -> usize {
        cloud.offices.len().div_ceil(self.settings.offices_per_network.max(1)).max(1)
    }
}

impl Design {
    /// The agents and CMD networks of the plan, with so many agents a POP.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut design = Self::default();
        let offices = plan.sites.iter().enumerate().filter(|(_, site)| !site.is_pop);
        design.agents = offices.map(|(index, site)| Agent::first_of(index, site)).collect();
        for (index, cloud) in plan.clouds.iter().enumerate() {
            design.add_cloud(plan, index, cloud);
        }
        if let Some(inter_pop) = &plan.inter_pop {
            design.networks.push(CmdNetwork {
                name: inter_pop.name.clone(),
                kind: inter_pop.kind.clone(),
                number: inter_pop.number,
                cloud: None,
                offices: 0,
                members: Vec::new(),
            });
        }
        for pop in plan.pops() {
            design.add_pop(plan, pop);
        }
        design
    }

    /// All offices in one CMD network, without POPs: what is not to be built.
    #[must_use]
    pub fn flat(plan: &Plan) -> Self {
        let offices = plan.sites.iter().enumerate().filter(|(_, site)| !site.is_pop);
        let agents: Vec<Agent> = offices
            .map(|(index, site)| Agent { networks: vec![0], ..Agent::first_of(index, site) })
            .collect();
        let network = CmdNetwork {
            name: "flat".to_owned(),
            kind: "IP".to_owned(),
            number: NetworkNumber::DEFAULT_CMD,
            cloud: None,
            offices: agents.len(),
            members: (0..agents.len()).collect(),
        };
        Self { agents, networks: vec![network] }
    }

    fn add_cloud(&mut self, plan: &Plan, index: usize, cloud: &Cloud) {
        let parts = plan.parts(cloud);
        let mut offices = cloud.offices.iter().copied();
        for part in 0..parts {
            // The parts differ by one office at most.
            let size = (cloud.offices.len() + parts - 1 - part) / parts;
            let number = u32::try_from(part).unwrap_or(u32::MAX);
            let network = self.networks.len();
            // An office's agent has the place of its site.
            let members: Vec<usize> = offices.by_ref().take(size).collect();
            for &member in &members {
                if let Some(agent) = self.agents.get_mut(member) {
                    agent.networks.push(network);
                }
            }
            let name = &cloud.name;
            self.networks.push(CmdNetwork {
                name: if parts == 1 { name.clone() } else { format!("{name}-{}", part + 1) },
                kind: cloud.kind.clone(),
                number: NetworkNumber(cloud.number.0.saturating_add(number)),
                cloud: Some(index),
                offices: members.len(),
                members,
            });
        }
    }

    fn add_pop(&mut self, plan: &Plan, pop: usize) {
        let Some(site) = plan.sites.get(pop) else { return };
        let meets = |network: &CmdNetwork| match network.cloud {
            Some(cloud) => plan.clouds.get(cloud).is_some_and(|cloud| cloud.pops.contains(&pop)),
            None => true,
        };
        let networks: Vec<usize> =
            (0..).zip(&self.networks).filter(|(_, n)| meets(n)).map(|(index, _)| index).collect();
        match plan.agents_per_pop {
            AgentsPerPop::One => {
                self.add_agent(Agent { networks, ..Agent::first_of(pop, site) });
            }
            AgentsPerPop::OnePerNetwork => {
                for (place, network) in (0..).zip(networks) {
                    let of = self.networks.get(network).map_or("", |network| &network.name);
                    self.add_agent(Agent {
                        name: format!("{}-{of}", site.name),
                        site: pop,
                        ip: next(site.ip, place),
                        networks: vec![network],
                    });
                }
            }
        }
    }

    fn add_agent(&mut self, agent: Agent) {
        for &network in &agent.networks {
            if let Some(network) = self.networks.get_mut(network) {
                network.members.push(self.agents.len());
            }
        }
        self.agents.push(agent);
    }
}

impl Agent {
    /// The first agent of a site, on no CMD network yet.
    fn first_of(index: usize, site: &Site) -> Self {
        Self { name: site.name.clone(), site: index, ip: site.ip, networks: Vec::new() }
    }

    /// The number of its internal network: what an agent would derive by itself [nlsp §16].
    #[must_use]
    pub fn internal_network(&self) -> NetworkNumber {
        NetworkNumber(u32::from(self.ip))
    }
}

/// The address so many places behind another.
#[must_use]
pub fn next(ip: Ipv4Addr, places: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(ip).saturating_add(places))
}
