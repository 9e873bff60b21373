//! The link-state database as those see it who look at a router from outside.

use super::Router;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::{LspEntry, LspId, LspOption, NodeId, SystemId};

impl Router {
    /// Every link-state packet that is in force, in order, with the seconds it has left.
    #[must_use]
    pub fn link_state(&self) -> Vec<LspEntry> {
        let lsdb = self.nlsp.lsdb();
        lsdb.range(LspId::FIRST, LspId::LAST)
            .filter(|(_, record)| !record.purged)
            .filter_map(|(id, _)| lsdb.entry(id, self.now))
            .collect()
    }

    /// The nodes that tell of this network as an external route.
    #[must_use]
    pub fn link_state_of(&self, network: NetworkNumber) -> Vec<NodeId> {
        let lsdb = self.nlsp.lsdb();
        let mut nodes: Vec<NodeId> = lsdb
            .range(LspId::FIRST, LspId::LAST)
            .filter(|(_, record)| {
                !record.purged
                    && record.lsp.options().any(|option| match option {
                        LspOption::External(mut routes) => routes.any(|r| r.network == network),
                        _ => false,
                    })
            })
            .map(|(id, _)| id.node)
            .collect();
        nodes.dedup();
        nodes
    }

    /// Who we are to other NLSP routers; `None` until the internal network is known.
    #[must_use]
    pub fn system_id(&self) -> Option<SystemId> {
        self.nlsp.system_id()
    }
}
