//! What must hold of link-state databases at rest.

use std::collections::BTreeMap;

use super::World;
use crate::wire::nlsp::LspId;

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

    /// The same among those of these agents that are joined to each other.
    ///
    /// # Panics
    /// If two of them differ.
    pub fn check_databases_equal_where_joined(&self, agents: &[&str]) -> &Self {
        let mut parts: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let part = self.parts();
        for agent in agents {
            if let Some(&part) = self.names.agents.get(*agent).and_then(|index| part.get(index)) {
                parts.entry(part).or_default().push(agent);
            }
        }
        parts.values().for_each(|agents| {
            self.check_databases_equal(agents);
        });
        self
    }

    /// Sequence number and checksum of each packet of an agent.
    fn database(&self, agent: &str) -> BTreeMap<LspId, (u32, u16)> {
        let entries = self.agent(agent).router().link_state();
        entries.into_iter().map(|entry| (entry.id, (entry.sequence, entry.checksum))).collect()
    }
}
