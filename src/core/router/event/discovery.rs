//! What happens while agents find each other.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{Event, Severity};
use crate::wire::NetworkNumber;

/// Something that happened in the search for other agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum DiscoveryEvent {
    /// An IP interface can be used.
    InterfaceUp {
        /// The interface.
        interface: String,
        /// Our address there.
        ip: Ipv4Addr,
    },
    /// An IP interface cannot be used; it is once it can be.
    InterfaceDown {
        /// The interface.
        interface: String,
        /// Why.
        reason: String,
    },
    /// SLP found another agent of a CMD network.
    PeerFound {
        /// The CMD network.
        circuit: String,
        /// The agent.
        peer: Ipv4Addr,
    },
    /// An agent that SLP had found is gone: neither SLP nor we have heard of it for long.
    PeerGone {
        /// The CMD network.
        circuit: String,
        /// The agent.
        peer: Ipv4Addr,
    },
    /// A directory agent answers.
    DirectoryAgentUp {
        /// Its address.
        agent: Ipv4Addr,
        /// The scopes that it serves, a list.
        scopes: String,
    },
    /// A directory agent has lost its store, or serves other scopes; we register again.
    DirectoryAgentRestarted {
        /// Its address.
        agent: Ipv4Addr,
    },
    /// A directory agent no longer answers, or has said that it goes.
    DirectoryAgentDown {
        /// Its address.
        agent: Ipv4Addr,
    },
    /// The name of a directory agent has no address, or nobody can tell it.
    NameUnresolved {
        /// The name.
        name: String,
    },
    /// We are in step with another directory agent.
    MeshUp {
        /// Its address.
        agent: Ipv4Addr,
    },
    /// The connection to another directory agent is lost.
    MeshDown {
        /// Its address.
        agent: Ipv4Addr,
    },
    /// A directory agent does not take a registration of ours.
    RegistrationRefused {
        /// Its address.
        agent: Ipv4Addr,
        /// What was to be registered.
        url: String,
        /// What it says.
        error: String,
    },
    /// A server of DHCP answers, or says something else than before.
    DhcpAnswered {
        /// Where it was asked.
        interface: String,
        /// The server.
        server: Ipv4Addr,
        /// What it says, in words.
        says: String,
    },
    /// No server of DHCP answers; what one said before stays in force.
    DhcpSilent {
        /// Where it was asked.
        interface: String,
    },
    /// An option of DHCP makes no sense, in whole or in part.
    DhcpOptionIgnored {
        /// Where it was asked.
        interface: String,
        /// The server.
        server: Ipv4Addr,
        /// The option's number.
        option: u8,
        /// What is wrong with it.
        reason: String,
    },
    /// A CMD network has its number from DHCP, or in its stead [cmd §12.4].
    DhcpNetwork {
        /// The CMD network.
        circuit: String,
        /// The number that holds until the next start.
        network: NetworkNumber,
        /// Where it comes from.
        source: String,
    },
    /// DHCP tells of a number that another network of ours has; it does not count.
    DhcpNetworkTaken {
        /// The CMD network.
        circuit: String,
        /// The number.
        network: NetworkNumber,
        /// Who has it.
        other: String,
    },
    /// DHCP tells of another number than the one in force, which holds until the next start.
    DhcpNetworkChanged {
        /// The CMD network.
        circuit: String,
        /// The number in force.
        ours: NetworkNumber,
        /// What DHCP says now.
        theirs: NetworkNumber,
    },
    /// SLP knows our URL as another host's: two agents have one name [cmd §12.3].
    SlpNameClash {
        /// Our URL.
        url: String,
        /// The other host.
        ip: Ipv4Addr,
    },
    /// A scope of our directory agent has more services than are good for one. Told once.
    ScopeCrowded {
        /// The scope.
        scope: String,
        /// Services in it.
        registrations: usize,
    },
    /// Somebody sends to us on a CMD network and is not found the way that agents are found there:
    /// one has a list, the other asks SLP [cmd §12.4].
    DiscoveryModeMismatch {
        /// The CMD network.
        circuit: String,
        /// Who.
        ip: Ipv4Addr,
    },
}

impl DiscoveryEvent {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::InterfaceUp { .. }
            | Self::PeerFound { .. }
            | Self::DirectoryAgentUp { .. }
            | Self::DirectoryAgentRestarted { .. }
            | Self::DhcpAnswered { .. }
            | Self::DhcpNetwork { .. }
            | Self::MeshUp { .. } => Severity::Info,
            Self::InterfaceDown { .. }
            | Self::PeerGone { .. }
            | Self::DirectoryAgentDown { .. }
            | Self::DhcpSilent { .. }
            | Self::DhcpOptionIgnored { .. }
            | Self::DhcpNetworkChanged { .. }
            | Self::NameUnresolved { .. }
            | Self::ScopeCrowded { .. }
            | Self::MeshDown { .. } => Severity::Warning,
            Self::RegistrationRefused { .. }
            | Self::DhcpNetworkTaken { .. }
            | Self::SlpNameClash { .. }
            | Self::DiscoveryModeMismatch { .. } => Severity::Error,
        }
    }

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InterfaceUp { .. } => "interface-up",
            Self::InterfaceDown { .. } => "interface-down",
            Self::PeerFound { .. } => "peer-found",
            Self::PeerGone { .. } => "peer-gone",
            Self::DirectoryAgentUp { .. } => "directory-agent-up",
            Self::DirectoryAgentRestarted { .. } => "directory-agent-restarted",
            Self::DirectoryAgentDown { .. } => "directory-agent-down",
            Self::NameUnresolved { .. } => "name-unresolved",
            Self::MeshUp { .. } => "mesh-up",
            Self::MeshDown { .. } => "mesh-down",
            Self::RegistrationRefused { .. } => "registration-refused",
            Self::DhcpAnswered { .. } => "dhcp-answered",
            Self::DhcpSilent { .. } => "dhcp-silent",
            Self::DhcpOptionIgnored { .. } => "dhcp-option-ignored",
            Self::DhcpNetwork { .. } => "dhcp-network",
            Self::DhcpNetworkTaken { .. } => "dhcp-network-taken",
            Self::DhcpNetworkChanged { .. } => "dhcp-network-changed",
            Self::SlpNameClash { .. } => "slp-name-clash",
            Self::ScopeCrowded { .. } => "scope-crowded",
            Self::DiscoveryModeMismatch { .. } => "discovery-mode-mismatch",
        }
    }
}

impl fmt::Display for DiscoveryEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InterfaceUp { interface, ip } => {
                write!(f, "interface {interface} is up as {ip}")
            }
            Self::InterfaceDown { interface, reason } => {
                write!(f, "interface {interface} is down: {reason}")
            }
            Self::PeerFound { circuit, peer } => write!(f, "peer {peer} of {circuit} was found"),
            Self::PeerGone { circuit, peer } => write!(f, "peer {peer} of {circuit} is gone"),
            Self::DirectoryAgentUp { agent, scopes } => {
                write!(f, "directory agent {agent} answers, scopes {scopes}")
            }
            Self::DirectoryAgentRestarted { agent } => {
                write!(f, "directory agent {agent} has started anew")
            }
            Self::DirectoryAgentDown { agent } => {
                write!(f, "directory agent {agent} is no longer there")
            }
            Self::NameUnresolved { name } => {
                write!(f, "directory agent {name} has no address: its name does not resolve")
            }
            Self::MeshUp { agent } => write!(f, "linked to directory agent {agent}"),
            Self::MeshDown { agent } => write!(f, "the link to directory agent {agent} is lost"),
            Self::RegistrationRefused { agent, url, error } => {
                write!(f, "directory agent {agent} does not take {url}: {error}")
            }
            Self::DhcpAnswered { interface, server, says } => {
                write!(f, "DHCP server {server} at {interface} says: {says}")
            }
            Self::DhcpSilent { interface } => write!(f, "no DHCP server answers at {interface}"),
            Self::DhcpOptionIgnored { interface, server, option, reason } => write!(
                f,
                "option {option} of DHCP server {server} at {interface} makes no sense: {reason}"
            ),
            Self::DhcpNetwork { circuit, network, source } => {
                write!(f, "{circuit} is CMD network {network}: {source}")
            }
            Self::DhcpNetworkTaken { circuit, network, other } => write!(
                f,
                "DHCP says that {circuit} is CMD network {network}, which is the number of {other}"
            ),
            Self::DhcpNetworkChanged { circuit, ours, theirs } => write!(
                f,
                "DHCP says that {circuit} is CMD network {theirs}; it stays {ours} until the next \
                 start"
            ),
            Self::SlpNameClash { url, ip } => write!(
                f,
                "{url} is ours, and SLP knows it as that of {ip}: two agents have one name; give \
                 one of them another"
            ),
            Self::ScopeCrowded { scope, registrations } => write!(
                f,
                "{registrations} services are registered in scope {scope}: spread them over several"
            ),
            Self::DiscoveryModeMismatch { circuit, ip } => write!(
                f,
                "{ip} sends to us on {circuit} but is not found there: one of the two agents has a \
                 list of peers, the other asks SLP; let all of {circuit} do the same"
            ),
        }
    }
}

impl From<DiscoveryEvent> for Event {
    fn from(event: DiscoveryEvent) -> Self {
        Self::Discovery(event)
    }
}
