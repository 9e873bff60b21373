//! The CMD network that DHCP tells of: its number, and its agents [cmd §12.4].

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::config::Config;
use crate::ids::CircuitId;
use crate::router::{Cx, DiscoveryEvent, Output, StoreKey};
use crate::wire::NetworkNumber;

/// What is wanted of DHCP for one network, and what came of it.
#[derive(Debug)]
pub(super) struct Network {
    circuit: CircuitId,
    wants_number: bool,
    wants_agents: bool,
    /// The number of the last run.
    kept: Option<NetworkNumber>,
    /// The number in force.
    number: Option<NetworkNumber>,
    /// The last other number that was told of.
    other: Option<NetworkNumber>,
    /// The last number that was told of and is that of another network of ours.
    taken: Option<NetworkNumber>,
}

impl Network {
    /// The first network of the configuration that wants something of DHCP: an answer has the
    /// number of one.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let mut networks = config.cmd_networks.iter().enumerate();
        networks.find_map(|(index, network)| {
            let (wants_number, wants_agents) = (network.number_from_dhcp, network.agents_from_dhcp);
            (wants_number || wants_agents).then(|| Self {
                circuit: config.cmd_circuit(index),
                wants_number,
                wants_agents,
                kept: None,
                number: None,
                other: None,
                taken: None,
            })
        })
    }

    pub(super) const fn circuit(&self) -> CircuitId {
        self.circuit
    }

    pub(super) fn restore(&mut self, number: NetworkNumber) {
        self.kept = Some(number);
    }

    /// Settles the number, once there is nothing left to wait for; later ones are only told of.
    pub(super) fn decide(
        &mut self,
        cx: &mut Cx<'_>,
        told: Option<NetworkNumber>,
        answered: bool,
        asking: bool,
    ) {
        if !self.wants_number {
            return;
        }
        let told = told.filter(|told| !self.is_taken(cx, *told));
        if let Some(number) = self.number {
            let other = told.filter(|told| *told != number);
            if let Some(theirs) = other
                && self.other != other
            {
                let circuit = self.name(cx);
                let ours = number;
                cx.out.event(DiscoveryEvent::DhcpNetworkChanged { circuit, ours, theirs });
                keep(cx, theirs);
            }
            self.other = other;
            return;
        }
        let (number, source) = match (told, self.kept) {
            (Some(told), _) => (told, "DHCP told it"),
            (None, _) if asking => return,
            (None, Some(kept)) if !answered => (kept, "DHCP is silent; told before"),
            (None, _) if answered => {
                (NetworkNumber::DEFAULT_CMD, "DHCP tells of none; the default")
            }
            (None, _) => (NetworkNumber::DEFAULT_CMD, "DHCP is silent; the default"),
        };
        self.number = Some(number);
        if told.is_some() {
            keep(cx, number);
        }
        let (circuit, source) = (self.name(cx), source.to_owned());
        cx.out.event(DiscoveryEvent::DhcpNetwork { circuit, network: number, source });
        cx.circuits.set_network(self.circuit, number);
    }

    /// The list of agents takes the place of one that the operator would write.
    pub(super) fn set_agents(&self, cx: &mut Cx<'_>, agents: &[Ipv4Addr]) {
        if self.wants_agents {
            let most = cx.config.limits.peers;
            let wanted: BTreeSet<Ipv4Addr> = agents.iter().copied().take(most).collect();
            cx.circuits.set_peers(self.circuit, &wanted);
        }
    }

    /// Another network of ours has this number: no router may have two of one number.
    fn is_taken(&mut self, cx: &mut Cx<'_>, told: NetworkNumber) -> bool {
        let mut others = cx.circuits.iter().filter(|circuit| circuit.id != self.circuit);
        let other = others.find(|circuit| circuit.network == told).map(|it| it.name.clone());
        let other = other.or_else(|| (cx.internal == told).then(|| "internal".to_owned()));
        if let Some(other) = &other
            && self.taken.replace(told) != Some(told)
        {
            let (circuit, other) = (self.name(cx), other.clone());
            cx.out.event(DiscoveryEvent::DhcpNetworkTaken { circuit, network: told, other });
        }
        other.is_some()
    }

    fn name(&self, cx: &Cx<'_>) -> String {
        cx.circuits.get(self.circuit).map(|circuit| circuit.name.clone()).unwrap_or_default()
    }
}

fn keep(cx: &mut Cx<'_>, number: NetworkNumber) {
    let (key, value) = (StoreKey::CmdNetwork, number.to_string());
    cx.out.push(Output::Persist { key, value });
}
