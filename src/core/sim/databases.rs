//! What must hold of link-state databases at rest.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::check::join;
use super::site::BelowLink;
use crate::hub::Circuit;
use crate::wire::nlsp::{LspId, SystemId};

impl World {
    /// These agents have the same link-state packets, in the same versions.
    ///
    /// # Panics
    /// If two of them differ.
    pub fn check_databases_equal(&self, agents: &[&str]) -> &Self {
        for pair in agents.array_windows::<2>() {
            let [a, b] = pair;
            let (ours, theirs) = (self.database(a), self.database(b));
            let differs = |(id, version): &(&LspId, &(u32, u16))| theirs.get(id) != Some(version);
            if let Some((id, ours)) = ours.iter().find(differs) {
                let theirs = theirs.get(id);
                self.fail(format_args!("{a} has {id} as {ours:?}, {b} as {theirs:?}"));
            }
            if let Some(id) = theirs.keys().find(|id| !ours.contains_key(id)) {
                self.fail(format_args!("{b} has {id}, {a} has not"));
            }
        }
        self
    }

    /// The same among those agents that circuits join on which both speak NLSP.
    ///
    /// # Panics
    /// If two of them differ.
    pub fn check_databases_equal_where_joined(&self) -> &Self {
        for agents in self.areas().values() {
            let agents: Vec<&str> = agents.iter().map(|&index| self.name_of(index)).collect();
            self.check_databases_equal(&agents);
        }
        self
    }

    /// No agent has a link-state packet of another that is not joined to it.
    ///
    /// # Panics
    /// If one has.
    pub fn check_nothing_of_the_dead(&self) -> &Self {
        for agents in self.areas().values() {
            let alive = |&index: &usize| self.sites.get(index)?.agent.as_ref();
            let routers = agents.iter().filter_map(alive).map(|agent| agent.router());
            let systems: BTreeSet<SystemId> =
                routers.filter_map(|router| router.system_id()).collect();
            for agent in agents.iter().map(|&index| self.name_of(index)) {
                let database = self.database(agent);
                if let Some(id) = database.keys().find(|id| !systems.contains(&id.node.system)) {
                    self.fail(format_args!("{agent} has {id} of somebody who is not there"));
                }
            }
        }
        self
    }

    /// Living agents by the parts that circuits with NLSP on them make.
    fn areas(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut part: BTreeMap<usize, usize> = self.living().map(|(i, ..)| (i, i)).collect();
        let mut links = Vec::new();
        for (index, site, agent) in self.living() {
            let circuits = agent.router().circuits().iter();
            for circuit in circuits.filter(|circuit| circuit.nlsp && circuit.speaks()) {
                let others: Vec<usize> = match site.below(circuit.port) {
                    Some(BelowLink::Segment { segment, .. }) => self.agents_on(segment).collect(),
                    Some(BelowLink::Backbone { .. }) => self.peers_of(index, circuit).collect(),
                    None => Vec::new(),
                };
                let joined = others.into_iter().filter(|&other| self.speaks_there(other, circuit));
                links.extend(joined.map(|other| (index, other)));
            }
        }
        join(&mut part, &links);
        let mut areas: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, area) in part {
            areas.entry(area).or_default().push(index);
        }
        areas
    }

    fn peers_of(&self, index: usize, circuit: &Circuit) -> impl Iterator<Item = usize> {
        let known = circuit.peers().filter_map(|(ip, _)| self.backbone.addresses.get(&ip));
        let others = known.map(|&(other, _)| other);
        others.filter(move |&other| self.passes(index, other) && self.passes(other, index))
    }

    /// An agent has a circuit of the same network, and NLSP on it.
    fn speaks_there(&self, index: usize, circuit: &Circuit) -> bool {
        let agent = self.sites.get(index).and_then(|site| site.agent.as_ref());
        let theirs = agent.and_then(|agent| agent.router().circuits().of_network(circuit.network));
        theirs.is_some_and(|theirs| theirs.nlsp && theirs.speaks())
    }

    /// Sequence number and checksum of each packet of an agent.
    fn database(&self, agent: &str) -> BTreeMap<LspId, (u32, u16)> {
        let entries = self.agent(agent).router().link_state();
        entries.into_iter().map(|entry| (entry.id, (entry.sequence, entry.checksum))).collect()
    }
}
