//! What operators see of SLP.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::wire::NetworkNumber;

/// A directory agent that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlpAgentRow {
    /// The name that it is listed by.
    #[serde(default)]
    pub name: Option<String>,
    /// Its address; none of a name that has none.
    pub address: Option<Ipv4Addr>,
    /// Where it is known from: `dhcp`, `static`, `multicast`.
    pub source: String,
    /// `asked`: it has not answered yet. `up`. `down`: it was silent. `unresolved`: its name has no
    /// address.
    pub state: String,
    /// The version that it is spoken to in; none before it answered.
    pub version: Option<u8>,
    /// The scopes that it serves.
    pub scopes: String,
    /// The scopes of ours that it is asked in.
    pub primary: String,
    /// Since when it has lost nothing, in seconds since 1970; version 2.
    pub boot: Option<u32>,
}

/// An agent of a CMD network, as SLP tells of it; or one that only sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlpServiceRow {
    /// The CMD network.
    pub circuit: String,
    /// Its URL; none of one that SLP does not know.
    pub url: Option<String>,
    /// Its address, if that is known.
    pub address: Option<Ipv4Addr>,
    /// The number of the CMD network that it says it is on.
    pub network: Option<NetworkNumber>,
    /// Seconds that its registration is good for.
    pub lifetime_s: u64,
    /// Who told of it.
    pub told_by: Option<Ipv4Addr>,
    /// `peer`, or why it is none.
    pub state: String,
}

/// A registration of ours with a directory agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlpRegistrationRow {
    /// The CMD network.
    pub circuit: String,
    /// The directory agent; none: nobody has been told, service agents are asked by multicast.
    pub agent: Option<Ipv4Addr>,
    /// The URL.
    pub url: String,
    /// `registered`, `asking`, `refused: ` and why, or `announced`.
    pub state: String,
    /// Seconds that it is good for.
    pub lifetime_s: u64,
    /// How often it was acknowledged.
    pub acknowledged: u64,
}

/// An entry of the registry of our directory agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlpEntryRow {
    /// Its place in the order of the table.
    pub place: String,
    /// The URL.
    pub url: String,
    /// The scopes.
    pub scopes: String,
    /// The attributes.
    pub attributes: String,
    /// Seconds that it is good for; 0: it was taken back or has ended.
    pub lifetime_s: u16,
    /// Who registered it; 0.0.0.0: another directory agent told, and not of whom.
    pub source: Ipv4Addr,
    /// The directory agent that took it.
    pub accepted_by: String,
}
