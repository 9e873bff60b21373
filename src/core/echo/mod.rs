//! Answers to ping and diagnostics, and the pings of operators [ipx-rip-sap §16].

use std::time::Duration;

use crate::Time;
use crate::forward::Outcome;
use crate::hub::Change;
use crate::ids::RequestId;
use crate::random::Random;
use crate::router::{Cx, Engine, Sender};
use crate::wire::{Address, Socket, diagnostics, ping};

/// An operator's pings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ping {
    pub(crate) id: RequestId,
    pub(crate) to: Address,
    pub(crate) count: u32,
    pub(crate) size: u16,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

/// The engine.
#[derive(Debug)]
pub(crate) struct Echo {
    random: Random,
}

impl Echo {
    pub(crate) fn new(random: Random) -> Self {
        Self { random }
    }

    pub(crate) fn start(&mut self, _cx: &mut Cx<'_>, _ping: Ping) {}

    pub(crate) fn cancel(&mut self, _id: RequestId) {}

    pub(crate) fn receive_ping(
        &mut self,
        _cx: &mut Cx<'_>,
        _sender: &Sender,
        _socket: Socket,
        _ping: &ping::Ping<'_>,
    ) -> Outcome {
        Outcome::PingIgnored
    }

    pub(crate) fn receive_diagnostics(
        &mut self,
        _cx: &mut Cx<'_>,
        _sender: &Sender,
        _request: &diagnostics::Request,
    ) -> Outcome {
        Outcome::DiagnosticsIgnored
    }
}

impl Engine for Echo {
    fn handle_change(&mut self, _cx: &mut Cx<'_>, _change: &Change) {}

    fn handle_timeout(&mut self, _cx: &mut Cx<'_>) {}

    fn next_timeout(&self) -> Option<Time> {
        None
    }
}
