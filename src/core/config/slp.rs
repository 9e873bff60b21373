//! How agents find each other: by a list or by SLP [cmd §12.4], [slp-dhcp-snmp §5].

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the agents of a CMD network are found. All of one network must do it the same way: who is
/// found by a list alone does not find others [cmd §5.27].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discovery {
    /// By the list of peers. SLP is not asked.
    Static {
        /// Register all the same, for others to find.
        announce: bool,
    },
    /// By SLP: register, and ask for the others.
    Slp,
}

/// A machine as the operator names it: by its address, or by a name that is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AgentHost {
    /// Its IPv4 address.
    Ip(Ipv4Addr),
    /// Its name, as the resolver of the host takes it.
    Name(String),
}

impl From<Ipv4Addr> for AgentHost {
    fn from(ip: Ipv4Addr) -> Self {
        Self::Ip(ip)
    }
}

impl fmt::Display for AgentHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.pad(name),
        }
    }
}

/// SLP, of the agent as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slp {
    /// The scopes to register in and to ask for; `None`: those of DHCP, else [`DEFAULT_SCOPE`].
    /// An empty list is the unscoped case of version 1, and [`DEFAULT_SCOPE`] in version 2.
    pub scopes: Option<Vec<String>>,
    /// Where directory agents are known from.
    pub da_discovery: DaDiscovery,
    /// Directory agents that the operator knows, the preferred one first.
    pub directory_agents: Vec<AgentHost>,
    /// Send to groups and listen to them. Without it no multicast packet leaves.
    pub multicast: bool,
    /// For how many seconds a registration is good: 129 to 65,535 [cmd §5.6].
    pub lifetime_s: u16,
    /// Write version 1 in UCS-2 instead of ASCII [cmd §12.3].
    pub ucs2: bool,
    /// Whom to listen to, and which addresses to believe.
    pub allow: Vec<Ipv4Net>,
    /// The longest message that goes into a datagram, in bytes.
    pub datagram: u16,
    /// Be a directory agent, too.
    pub directory_agent: Option<DirectoryAgent>,
}

/// The agent as a directory agent [slp-dhcp-snmp §5.4, §5.6, §5.7].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DirectoryAgent {
    /// The scopes that it serves.
    pub scopes: Vec<String>,
    /// Say in version 1 that what has no scope is served, and no scope: a true unscoped agent.
    pub unscoped: bool,
    /// Time between two adverts to the groups.
    pub heartbeat: Duration,
    /// Directory agents to be in step with.
    pub mesh_peers: Vec<Ipv4Addr>,
    /// Others that may ask to be in step with us.
    pub mesh_allow: Vec<Ipv4Net>,
    /// Registrations in all.
    pub registrations: usize,
    /// Registrations of one host.
    pub registrations_of_host: usize,
    /// Take deregistrations by TCP only: a datagram's sender can be forged.
    pub deregister_by_tcp: bool,
}

/// The scope of those who were not told of one [slp-dhcp-snmp §1].
pub const DEFAULT_SCOPE: &str = "DEFAULT";

/// NetWare's bit mask of where directory agents are known from [slp-dhcp-snmp §5.1]. Every value
/// from 0 to 15 is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DaDiscovery(u8);

impl DaDiscovery {
    /// Ask groups, and hear adverts there.
    pub const MULTICAST: Self = Self(1);
    /// Ask DHCP.
    pub const DHCP: Self = Self(2);
    /// The operator's list.
    pub const STATIC: Self = Self(4);
    /// No groups once DHCP gave a directory agent, or one is on the operator's list.
    pub const BRAKE: Self = Self(8);
    /// All of it: NetWare 5's default.
    pub const ALL: Self = Self(15);

    /// Each bit with its name in the configuration.
    pub const NAMES: [(Self, &str); 4] = [
        (Self::MULTICAST, "multicast"),
        (Self::DHCP, "dhcp"),
        (Self::STATIC, "static"),
        (Self::BRAKE, "brake"),
    ];

    /// The mask of this value; `None` above 15.
    #[must_use]
    pub const fn of(value: u8) -> Option<Self> {
        if value <= 15 { Some(Self(value)) } else { None }
    }

    /// The value.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// All bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the bits of `other`, too.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Addresses with a common beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ipv4Net {
    address: Ipv4Addr,
    prefix: u8,
}

impl Ipv4Net {
    /// The private networks and the link-local one [slp-dhcp-snmp §5.7].
    pub const PRIVATE: [Self; 4] = [
        Self { address: Ipv4Addr::new(10, 0, 0, 0), prefix: 8 },
        Self { address: Ipv4Addr::new(172, 16, 0, 0), prefix: 12 },
        Self { address: Ipv4Addr::new(192, 168, 0, 0), prefix: 16 },
        Self { address: Ipv4Addr::new(169, 254, 0, 0), prefix: 16 },
    ];

    /// The addresses that share the first `prefix` bits with this one; `None` above 32, or if
    /// bits behind the prefix are set.
    #[must_use]
    pub fn new(address: Ipv4Addr, prefix: u8) -> Option<Self> {
        let rest = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        (prefix <= 32 && address.to_bits() & rest == 0).then_some(Self { address, prefix })
    }

    /// The address is one of them.
    #[must_use]
    pub fn contains(self, ip: Ipv4Addr) -> bool {
        let differ = self.address.to_bits() ^ ip.to_bits();
        differ.checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
    }
}

impl fmt::Display for Ipv4Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.address, self.prefix))
    }
}

impl FromStr for Ipv4Net {
    type Err = String;

    /// `10.0.0.0/8`, or an address for itself alone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let wrong = || format!("`{text}` is no network: an address, `/`, and 0 to 32");
        let (address, prefix) = match (address.parse(), prefix.parse()) {
            (Ok(address), Ok(prefix)) => (address, prefix),
            _ => return Err(wrong()),
        };
        if prefix > 32 {
            return Err(wrong());
        }
        Self::new(address, prefix).ok_or_else(|| format!("`{text}` has bits behind its prefix"))
    }
}

impl Serialize for Ipv4Net {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ipv4Net {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Default for Discovery {
    fn default() -> Self {
        Self::Static { announce: false }
    }
}

impl Default for Slp {
    fn default() -> Self {
        Self {
            scopes: None,
            da_discovery: DaDiscovery::ALL,
            directory_agents: Vec::new(),
            multicast: true,
            lifetime_s: 3_600,
            ucs2: false,
            allow: Ipv4Net::PRIVATE.to_vec(),
            datagram: 1_400,
            directory_agent: None,
        }
    }
}

impl Default for DirectoryAgent {
    fn default() -> Self {
        Self {
            scopes: vec![DEFAULT_SCOPE.to_owned()],
            unscoped: false,
            heartbeat: Duration::from_secs(3 * 3_600),
            mesh_peers: Vec::new(),
            mesh_allow: Vec::new(),
            registrations: 10_000,
            registrations_of_host: 64,
            deregister_by_tcp: false,
        }
    }
}

impl Slp {
    /// This address is inside what is allowed, or one of the directory agents that are listed; of
    /// those that are listed by name it knows nothing.
    #[must_use]
    pub fn allows(&self, ip: Ipv4Addr) -> bool {
        let meshed = self.directory_agent.as_ref().is_some_and(|agent| {
            agent.mesh_peers.contains(&ip) || agent.mesh_allow.iter().any(|net| net.contains(ip))
        });
        let listed = self.directory_agents.contains(&AgentHost::Ip(ip));
        listed || meshed || self.allow.iter().any(|net| net.contains(ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_share_its_beginning() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7/32", "192.0.2.6", false),
            ("172.16.0.0/12", "172.31.255.255", true),
            ("172.16.0.0/12", "172.32.0.0", false),
        ];
        for (net, ip, inside) in cases {
            let net: Ipv4Net = net.parse().unwrap();
            assert_eq!(net.contains(ip.parse().unwrap()), inside, "{net} {ip}");
        }
        for wrong in ["10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Ipv4Net>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mask_has_its_bits_and_no_value_above_fifteen() {
        assert!(DaDiscovery::ALL.has(DaDiscovery::BRAKE));
        let seven = DaDiscovery::of(7).unwrap();
        assert!(seven.has(DaDiscovery::STATIC) && !seven.has(DaDiscovery::BRAKE));
        assert_eq!(DaDiscovery::MULTICAST.with(DaDiscovery::STATIC).value(), 5);
        assert_eq!(DaDiscovery::of(16), None);
    }
}
