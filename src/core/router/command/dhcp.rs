//! What operators see of DHCP.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::wire::NetworkNumber;

/// What DHCP tells at an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpRow {
    /// The interface.
    pub interface: String,
    /// `idle`: it was not up yet. `asking`. `answered`. `silent`: nobody answers, and what was
    /// said before stays in force.
    pub state: String,
    /// Who answered last.
    pub server: Option<Ipv4Addr>,
    /// Seconds since then.
    pub age_s: Option<u64>,
    /// Option 78: directory agents, the preferred one first.
    pub directory_agents: Vec<Ipv4Addr>,
    /// Option 79: the scopes; `any` where they are ours to choose.
    pub scopes: Option<String>,
    /// Of `directory_agents` and `scopes`, those that go before what the operator set.
    pub mandatory: Vec<String>,
    /// Option 63, sub-option 12: the number of the CMD network.
    pub network: Option<NetworkNumber>,
    /// Option 63, sub-option 13, as it is: its unit is not known.
    pub stale_time: Option<u32>,
    /// Option 63, sub-option 14: the agents of the CMD network.
    pub agents: Vec<Ipv4Addr>,
}
