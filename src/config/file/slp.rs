//! `[slp]`.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use ipxway_core::config::{AgentHost, DaDiscovery, Ipv4Net};

use super::{seconds, value};
use crate::config::diagnostic::{Place, Placed};
use crate::config::reader::Reader;
use crate::config::shell::LocalAddress;
use crate::config::values;

/// `[slp]`.
pub(in crate::config) struct Slp {
    pub(in crate::config) place: Place,
    pub(in crate::config) interfaces: Option<Vec<Placed<LocalAddress>>>,
    pub(in crate::config) scopes: Option<Vec<Placed<String>>>,
    pub(in crate::config) da_discovery: Option<Vec<Placed<DaDiscovery>>>,
    pub(in crate::config) da_discovery_options: Option<Placed<u8>>,
    pub(in crate::config) directory_agents: Vec<Placed<AgentHost>>,
    pub(in crate::config) slp_cfg: Option<Placed<PathBuf>>,
    pub(in crate::config) multicast: Option<bool>,
    pub(in crate::config) multicast_ttl: Option<u8>,
    pub(in crate::config) lifetime_s: Option<u16>,
    pub(in crate::config) ucs2: bool,
    pub(in crate::config) allow: Option<Vec<Placed<Ipv4Net>>>,
    pub(in crate::config) datagram: Option<u16>,
    pub(in crate::config) directory_agent: DirectoryAgent,
}

/// `[slp.directory_agent]`.
pub(in crate::config) struct DirectoryAgent {
    pub(in crate::config) place: Place,
    pub(in crate::config) enabled: bool,
    pub(in crate::config) scopes: Option<Vec<Placed<String>>>,
    pub(in crate::config) unscoped: Option<bool>,
    pub(in crate::config) heartbeat: Option<Duration>,
    pub(in crate::config) mesh_peers: Vec<Placed<Ipv4Addr>>,
    pub(in crate::config) mesh_allow: Vec<Placed<Ipv4Net>>,
    pub(in crate::config) registrations: Option<usize>,
    pub(in crate::config) registrations_of_host: Option<usize>,
    pub(in crate::config) deregister_by_tcp: Option<bool>,
}

impl Slp {
    pub(super) fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            interfaces: table.list("interfaces", values::local),
            scopes: table.list("scopes", values::scope),
            da_discovery: table.list("da_discovery", values::da_source),
            da_discovery_options: table.number("da_discovery_options"),
            directory_agents: table
                .list("directory_agents", values::agent_host)
                .unwrap_or_default(),
            slp_cfg: table.text("slp_cfg", values::file),
            multicast: table.flag("multicast"),
            multicast_ttl: table.number("multicast_ttl").map(value),
            lifetime_s: table.number("lifetime_s").map(value),
            ucs2: table.word("charset") == Some("ucs-2"),
            allow: table.list("allow", |text| text.parse()),
            datagram: table.number("datagram").map(value),
            directory_agent: DirectoryAgent::read(&table.section("directory_agent")),
        }
    }
}

impl DirectoryAgent {
    fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            place: table.place(),
            enabled: table.flag("enabled").unwrap_or(false),
            scopes: table.list("scopes", values::scope),
            unscoped: table.flag("unscoped"),
            heartbeat: seconds(table, "heartbeat_s"),
            mesh_peers: table.list("mesh_peers", values::unicast).unwrap_or_default(),
            mesh_allow: table.list("mesh_allow", |text| text.parse()).unwrap_or_default(),
            registrations: table.number("registrations").map(value),
            registrations_of_host: table.number("registrations_of_host").map(value),
            deregister_by_tcp: table.flag("deregister_by_tcp"),
        }
    }
}
