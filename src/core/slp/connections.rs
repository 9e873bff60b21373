//! Connections that others opened: messages one behind the other, and how long nothing may come
//! [slp-dhcp-snmp §5.7].

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use crate::Time;
use crate::ids::StreamId;
use crate::timers::Timers;
use crate::wire::slp::{MAX_MESSAGE, stream};

/// Time for the first whole message.
const FIRST: Duration = Duration::from_secs(5);
/// Time for nothing to come afterwards.
const IDLE: Duration = Duration::from_secs(300);

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// Our address that it was opened to, and who opened it.
    pub(super) to: Ipv4Addr,
    pub(super) from: SocketAddrV4,
    received: Vec<u8>,
}

/// All of them, and those of ours to other directory agents.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: BTreeMap<StreamId, Connection>,
    ends: Timers<StreamId>,
}

impl Connections {
    /// Somebody opened one; or we did, to another directory agent.
    pub(super) fn opened(&mut self, now: Time, id: StreamId, to: Ipv4Addr, from: SocketAddrV4) {
        self.open.insert(id, Connection { to, from, received: Vec::new() });
        self.ends.set(id, now + FIRST);
    }

    /// It is over.
    pub(super) fn closed(&mut self, id: StreamId) {
        self.open.remove(&id);
        self.ends.cancel(&id);
    }

    pub(super) fn get(&self, id: StreamId) -> Option<&Connection> {
        self.open.get(&id)
    }

    /// Bytes came. Gives the whole messages among them; `Err`: what comes is no SLP.
    pub(super) fn receive(
        &mut self,
        now: Time,
        id: StreamId,
        bytes: &[u8],
    ) -> Result<Vec<Vec<u8>>, ()> {
        let Some(connection) = self.open.get_mut(&id) else { return Ok(Vec::new()) };
        connection.received.extend_from_slice(bytes);
        let mut messages = Vec::new();
        let mut at = 0;
        loop {
            let rest = connection.received.get(at..).unwrap_or_default();
            match stream::message_len(rest) {
                Ok(Some(len)) if len > MAX_MESSAGE => return Err(()),
                Ok(Some(len)) if rest.len() >= len => {
                    messages.push(rest.get(..len).unwrap_or_default().to_vec());
                    at += len;
                }
                Ok(_) => break,
                Err(_) => return Err(()),
            }
        }
        connection.received.drain(..at);
        if !messages.is_empty() {
            self.ends.set(id, now + IDLE);
        }
        Ok(messages)
    }

    /// It may stay as long as it likes: others look after it.
    pub(super) fn keep(&mut self, id: StreamId) {
        self.ends.cancel(&id);
    }

    /// Those on which nothing has come for too long.
    pub(super) fn take_idle(&mut self, now: Time) -> Vec<StreamId> {
        let mut idle = Vec::new();
        while let Some(id) = self.ends.pop_due(now) {
            self.open.remove(&id);
            idle.push(id);
        }
        idle
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.ends.next()
    }
}
