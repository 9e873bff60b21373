//! Answers to ping and diagnostics, and the pings of operators [ipx-rip-sap §16].
//!
//! Both kinds of question come from strangers, so answers are limited per asker, and what waits
//! to be said is bounded. Neither protocol keeps state between a question and its answer; the
//! only state here is what the agent itself asked.

mod asker;
mod ping;
mod responder;
#[cfg(test)]
mod tests;
mod way;

use crate::Time;
use crate::forward::{Outcome, PING_CLIENT};
use crate::hub::Change;
use crate::ids::RequestId;
use crate::random::Random;
use crate::router::{Cx, Engine, Sender};
use crate::wire::ipx::Header;
use crate::wire::{Socket, diagnostics, ping as wire};

pub(crate) use ping::Ping;
use ping::Pings;
use responder::Responder;

/// The engine.
#[derive(Debug)]
pub(crate) struct Echo {
    pings: Pings,
    responder: Responder,
}

impl Echo {
    pub(crate) fn new(mut random: Random) -> Self {
        Self { pings: Pings::new(random.fork()), responder: Responder::new(random) }
    }

    /// Begins an operator's pings. Replies follow until one is the last.
    pub(crate) fn start(&mut self, cx: &mut Cx<'_>, ping: Ping) {
        self.pings.start(cx, ping);
    }

    /// Forgets the pings of a request, if there are any.
    pub(crate) fn cancel(&mut self, id: RequestId) {
        self.pings.cancel(id);
    }

    /// A ping to socket 9086, or an answer to the socket that our own pings come from.
    pub(crate) fn receive_ping(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        ping: &wire::Ping<'_>,
    ) -> Outcome {
        match (header.destination.socket, ping.kind) {
            (Socket::PING, wire::Kind::Request) => self.responder.ping(cx, sender, header, ping),
            (PING_CLIENT, wire::Kind::Reply) => self.pings.answered(cx, header, ping),
            _ => Outcome::PingIgnored,
        }
    }

    /// A configuration request to socket 0456.
    pub(crate) fn receive_diagnostics(
        &mut self,
        cx: &mut Cx<'_>,
        sender: &Sender,
        header: &Header,
        request: &diagnostics::Request,
    ) -> Outcome {
        self.responder.diagnostics(cx, sender, header, request)
    }
}

impl Engine for Echo {
    fn handle_change(&mut self, _cx: &mut Cx<'_>, _change: &Change) {}

    fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        self.responder.handle_timeout(cx);
        self.pings.handle_timeout(cx);
    }

    fn next_timeout(&self) -> Option<Time> {
        [self.responder.next_timeout(), self.pings.next_timeout()].into_iter().flatten().min()
    }
}
