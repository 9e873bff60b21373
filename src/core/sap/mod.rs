//! Sap.
use crate::Time;
use crate::forward::Outcome;
use crate::hub::Change;
use crate::router::{Cx, Engine, Sender};
use crate::wire::sap;

/// Time within which all goodbyes are sent at shutdown [ipx-rip-sap §10.5].
pub(crate) const GOODBYE: std::time::Duration = std::time::Duration::from_secs(2);

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct Sap {}

impl Sap {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Nothing waits to be sent.
    pub(crate) fn is_quiet(&self) -> bool {
        true
    }

    pub(crate) fn receive(
        &mut self,
        _cx: &mut Cx<'_>,
        _sender: &Sender,
        _packet: &sap::Packet,
    ) -> Outcome {
        Outcome::SapIgnored
    }
}

impl Engine for Sap {
    fn handle_change(&mut self, _cx: &mut Cx<'_>, _change: &Change) {}

    fn handle_timeout(&mut self, _cx: &mut Cx<'_>) {}

    fn next_timeout(&self) -> Option<Time> {
        None
    }
}
