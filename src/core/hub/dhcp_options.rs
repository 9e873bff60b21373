//! What DHCP told the agent as a whole. The DHCP engine puts it here; SLP goes by it.

use std::net::Ipv4Addr;

use crate::wire::dhcp::Scopes;
use crate::wire::slp::ScopeList;

/// Options that concern SLP, of all interfaces together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DhcpOptions {
    /// Directory agents, the preferred one first.
    pub directory_agents: Vec<Ipv4Addr>,
    /// No others are to be looked for by multicast.
    pub mandatory: bool,
    /// The scopes.
    pub scopes: Option<Scopes>,
    /// The scopes of all directory agents that are up, kept here by SLP: our own, if DHCP lets us
    /// choose [slp-dhcp-snmp §5.5].
    pub offered: ScopeList,
}
