//! The agent's internal network: its number, derived once and kept, or configured
//! [nlsp §16].
//!
//! Without a configured number the first local IPv4 address, read as a number, is taken; if that
//! is out of range or some other network, a random one. The choice is persisted. A network that
//! turns up later under a derived number makes us choose again; under a configured one it is an
//! event, and the operator decides.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Event, Output, Router, StoreKey};
use crate::Time;
use crate::config::Config;
use crate::hub::{Offer, Origin, Source};
use crate::wire::{NetworkNumber, NodeAddress};

/// How long a restored number and a local address are waited for, before a random number is
/// chosen: an agent without CMD networks has no address to derive one from.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a number stays after a claim was given way to.
const STEADFAST: Duration = Duration::from_secs(3_600);

/// The internal network number and where it came from.
#[derive(Debug)]
pub(super) struct Identity {
    network: NetworkNumber,
    configured: bool,
    /// When to stop waiting for an address.
    give_up: Option<Time>,
    /// When a claim was last given way to.
    gave_way: Option<Time>,
}

/// How the internal network stands in the route table.
const fn origin() -> Origin {
    Origin { source: Source::Internal, circuit: None, node: NodeAddress::INTERNAL }
}

impl Identity {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            network: NetworkNumber::THIS,
            configured: config.internal_network.is_some(),
            give_up: Some(Time::ZERO),
            gave_way: None,
        }
    }

    /// The number; 0 until it is known.
    pub(super) const fn network(&self) -> NetworkNumber {
        self.network
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.give_up.map(|at| at.max(Time::from_micros(1)))
    }
}

impl Router {
    /// What was kept over a restart.
    pub(super) fn handle_restored(&mut self, key: StoreKey, value: &str) {
        match key {
            StoreKey::InternalNetwork | StoreKey::CmdNetwork => {
                match value.trim().parse::<NetworkNumber>() {
                    Ok(network) if network.is_assignable() => self.number_restored(key, network),
                    Ok(_) => {}
                    Err(error) => self.out.event(Event::StateUnreadable {
                        key: key.name().to_owned(),
                        reason: error.to_string(),
                    }),
                }
            }
            StoreKey::SlpRegistry => {
                if !self.slp.restore(self.now, value) {
                    let reason = "it is no registry".to_owned();
                    let key = key.name().to_owned();
                    self.out.event(Event::StateUnreadable { key, reason });
                }
            }
        }
    }

    fn number_restored(&mut self, key: StoreKey, network: NetworkNumber) {
        match key {
            StoreKey::InternalNetwork if !self.identity.configured => self.take_identity(network),
            StoreKey::CmdNetwork => self.dhcp.restore(network),
            StoreKey::InternalNetwork | StoreKey::SlpRegistry => {}
        }
    }

    /// A local address is known: the number may be derived from it.
    pub(super) fn derive_identity(&mut self, ip: Option<Ipv4Addr>) {
        let Some(ip) = ip.filter(|_| self.identity.network.0 == 0) else { return };
        if !self.identity.configured {
            self.choose_identity(Some(NetworkNumber(u32::from(ip))));
        }
    }

    /// Takes `wanted` if nothing speaks against it, else a random number, and keeps it.
    fn choose_identity(&mut self, wanted: Option<NetworkNumber>) {
        let free = |network: &NetworkNumber, router: &Self| {
            network.is_assignable()
                && *network != NetworkNumber::DEFAULT_CMD
                && router.rib.best(*network).is_none()
                && router.circuits.of_network(*network).is_none()
        };
        let mut network = wanted.unwrap_or_default();
        while !free(&network, self) {
            network = NetworkNumber(self.random.word());
        }
        self.out
            .push(Output::Persist { key: StoreKey::InternalNetwork, value: network.to_string() });
        self.take_identity(network);
    }

    /// Another router claims our number at first hand: a derived one gives way, but not more often
    /// than every [`STEADFAST`], or a forger could make us renumber without end.
    pub(super) fn give_way(&mut self) {
        let recently = |at: Time| self.now.since(at) < STEADFAST;
        if !self.identity.configured && !self.identity.gave_way.is_some_and(recently) {
            self.identity.gave_way = Some(self.now);
            self.choose_identity(None);
        }
    }

    fn take_identity(&mut self, network: NetworkNumber) {
        let old = self.identity.network;
        if old.0 != 0 {
            self.rib.withdraw(old, &origin(), self.now);
        }
        self.identity.network = network;
        self.identity.give_up = None;
        let offer = Offer { origin: origin(), hops: 0, ticks: 1, cost: 0, heard: self.now };
        // Our own networks are beyond the limit by rule.
        let _ = self.rib.offer(network, offer, self.now);
        self.publisher.circuits_changed();
        let (name, internal_network) = (self.config.name.clone(), network);
        if old.0 == 0 {
            self.out.event(Event::Started { name, internal_network });
        } else {
            self.out.event(Event::InternalNetworkChanged { old, new: network });
        }
    }

    pub(super) fn handle_identity_timeout(&mut self) {
        let Some(at) = self.identity.give_up else { return };
        if let Some(network) = self.config.internal_network {
            self.take_identity(network);
        } else if at == Time::ZERO {
            self.identity.give_up = Some(self.now + PATIENCE);
        } else if self.now >= at {
            self.choose_identity(None);
        }
    }
}
