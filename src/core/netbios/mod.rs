//! Broadcasts that cross routers: packets of type 20, and those directed at a network of ours.

use bytes::Bytes;

use crate::Time;
use crate::forward::Outcome;
use crate::hub::Change;
use crate::router::{Cx, Engine, Sender};
use crate::wire::ipx::Header;

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Netbios {}

impl Netbios {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A packet of type 20: passed on by its network list [ipx-rip-sap §9].
    pub(crate) fn propagate(
        &mut self,
        _cx: &mut Cx<'_>,
        _sender: &Sender,
        _packet: &Bytes,
    ) -> Outcome {
        Outcome::NowhereToPropagate
    }

    /// A broadcast directed at one of our networks: sent out there once [ipx-rip-sap §8.1
    /// step 7].
    pub(crate) fn direct(
        &mut self,
        _cx: &mut Cx<'_>,
        _sender: &Sender,
        _header: &Header,
        _packet: &Bytes,
    ) -> Outcome {
        Outcome::NowhereToPropagate
    }
}

impl Engine for Netbios {
    fn handle_change(&mut self, _cx: &mut Cx<'_>, _change: &Change) {}

    fn handle_timeout(&mut self, _cx: &mut Cx<'_>) {}

    fn next_timeout(&self) -> Option<Time> {
        None
    }
}
