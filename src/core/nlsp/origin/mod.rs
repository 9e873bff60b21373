//! Our own link-state packets: fragments, sequence numbers, when to generate and purge
//! [nlsp §10.1-§10.5, §10.8].
//!
//! What they say is given entry by entry ([`Origin::set`]); an entry keeps its fragment as long
//! as it fits, so that one change touches one packet.

use super::lsdb::Lsdb;
use super::{Contest, System};
use crate::Time;
use crate::hub::ServiceKey;
use crate::router::Cx;
use crate::wire::NetworkNumber;
use crate::wire::nlsp::{ExternalRoute, Link, LspId, NodeId, ServiceInfo};

/// Our own link-state packets.
#[derive(Debug, Default)]
pub(crate) struct Origin {}

/// What an entry is about; one entry for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A link to this node.
    Link(NodeId),
    /// An external route.
    Route(NetworkNumber),
    /// A service.
    Service(ServiceKey),
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Link(Link),
    Route(ExternalRoute),
    Service(ServiceInfo),
}

impl Origin {
    /// The node begins to speak: fragment 0 with areas (the router's) and management information.
    /// `pseudonode` 0 is the router itself. Begun again with other values, it is generated anew.
    pub(crate) fn begin(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        pseudonode: u8,
        network: NetworkNumber,
        node: crate::wire::NodeAddress,
    ) {
        let _ = (cx, system, pseudonode, network, node);
        unimplemented!()
    }

    /// The node's entry for `subject` is now this one, or gone. Nothing happens if it was so
    /// already, or if the node has not begun.
    pub(crate) fn set(
        &mut self,
        cx: &mut Cx<'_>,
        pseudonode: u8,
        subject: Subject,
        entry: Option<Entry>,
    ) {
        let _ = (cx, pseudonode, subject, entry);
        unimplemented!()
    }

    /// The subjects that the node has entries for.
    pub(crate) fn subjects(&self, pseudonode: u8) -> Vec<Subject> {
        let _ = pseudonode;
        unimplemented!()
    }

    /// The node ends: its packets stay as they are for so long and are then purged
    /// [nlsp §9.2: 10 s].
    pub(crate) fn end(&mut self, cx: &mut Cx<'_>, pseudonode: u8, purge_at: Time) {
        let _ = (cx, pseudonode, purge_at);
        unimplemented!()
    }

    /// Others contest what is ours [nlsp §10.5]. Gives back what is to be flooded.
    pub(crate) fn contested(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
        contest: &Contest,
    ) -> Vec<LspId> {
        let _ = (cx, system, lsdb, contest);
        unimplemented!()
    }

    /// A link-state packet did not fit: say overload for a while [nlsp §10.8].
    pub(crate) fn overloaded(&mut self, cx: &mut Cx<'_>, reason: String) {
        let _ = (cx, reason);
        unimplemented!()
    }

    /// We leave: purges of all that is ours, pseudonodes last, in the order to send them.
    pub(crate) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
    ) -> Vec<LspId> {
        let _ = (cx, system, lsdb);
        unimplemented!()
    }

    /// Generates, refreshes and purges what is due. Gives back what is to be flooded, a new
    /// pseudonode before the router that links to it [nlsp §9.2].
    pub(crate) fn handle_timeout(
        &mut self,
        cx: &mut Cx<'_>,
        system: &System,
        lsdb: &mut Lsdb,
    ) -> Vec<LspId> {
        let _ = (cx, system, lsdb);
        unimplemented!()
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
    }
}
