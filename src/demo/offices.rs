//! Who is where in the demo: three offices with a LAN each, and a backbone between their agents.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, NodeAddress};

use super::lab::{Agent, AgentConfig, Cmd, Lab, LanPort, Process};

/// How long a host may take to start.
const HOST_START: Duration = Duration::from_secs(10);

/// An office as it is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Office {
    /// Its name; its agent's namespace is called so, its LAN's has `-lan` behind it.
    pub name: &'static str,
    /// Its place on the backbone.
    pub number: u8,
    /// Its networks: each a framing of its own on the one wire.
    pub networks: [(Framing, u32); 2],
    /// Its server, in the first framing.
    pub server: Server,
    /// The internal network of its agent.
    pub agent_internal: u32,
    /// The agent's LAN port shall be a TAP in a bridge, not a network card.
    pub tap: bool,
}

/// A server as it is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    /// The type of its service.
    pub service_type: &'static str,
    /// What the type means.
    pub what: &'static str,
    /// The name of its service.
    pub name: &'static str,
    /// Its internal network.
    pub internal: u32,
}

/// The offices.
pub(crate) const OFFICES: [Office; 3] = [
    Office {
        name: "oslo",
        number: 1,
        networks: [(Framing::Llc8022, 0xa1), (Framing::EthernetII, 0xa2)],
        server: Server {
            service_type: "0004",
            what: "file server",
            name: "OSLO-FILES",
            internal: 0x0511_0001,
        },
        agent_internal: 0xc000_0001,
        tap: false,
    },
    Office {
        name: "rome",
        number: 2,
        networks: [(Framing::Raw8023, 0xb1), (Framing::EthernetII, 0xb2)],
        server: Server {
            service_type: "0007",
            what: "print server",
            name: "ROME-PRINT",
            internal: 0x0511_0002,
        },
        agent_internal: 0xc000_0002,
        tap: true,
    },
    Office {
        name: "kyiv",
        number: 3,
        networks: [(Framing::Snap, 0xc1), (Framing::EthernetII, 0xc2)],
        server: Server {
            service_type: "0009",
            what: "archive server",
            name: "KYIV-ARCHIVE",
            internal: 0x0511_0003,
        },
        agent_internal: 0xc000_0003,
        tap: false,
    },
];

/// An office with its cables laid and its server running.
#[derive(Debug)]
pub(crate) struct Built {
    /// The plan.
    pub plan: Office,
    /// Its address on the backbone.
    pub ip: Ipv4Addr,
    /// Its agent is on a TAP.
    pub tap: bool,
    /// Its server.
    pub server: Process,
}

impl Office {
    /// The namespace of its LAN.
    pub(crate) fn lan(&self) -> String {
        format!("{}-lan", self.name)
    }

    /// The address of a station on its LAN: 1 the server, 2 the workstation, 3 the agent's card.
    pub(crate) fn node(&self, station: u8) -> NodeAddress {
        NodeAddress([2, 0, 0, 0, self.number, station])
    }

    /// Lays the cables and starts the server. The workstation's card is called `desk`.
    pub(crate) fn build(&self, lab: &Lab) -> anyhow::Result<Built> {
        let lan = self.lan();
        lab.lan(&lan)?;
        lab.namespace(self.name)?;
        let ip = lab.connect(self.name, self.number)?;
        lab.plug(&lan, (&lan, "server"), self.node(1))?;
        lab.plug(&lan, (&lan, "desk"), self.node(2))?;
        lab.plug(&lan, (self.name, "eth1"), self.node(3))?;
        let tap = self.tap && can_make_taps();
        if tap {
            lab.bridge(self.name, "br0")?;
            lab.ip(&format!("-n {} link set eth1 master br0", self.name))?;
        }
        let Server { service_type, name, internal, .. } = self.server;
        let (framing, network) = self.networks[0];
        let words = format!(
            "host serve --device server --framing {framing}={network:X} --internal {internal:X} \
             --announce {service_type}:{name}"
        );
        let mut server = lab.start(&lan, name, &words)?;
        server.wait_for_text("serving", HOST_START)?;
        Ok(Built { plan: *self, ip, tap, server })
    }
}

impl Built {
    /// Starts the agent.
    pub(crate) fn start_agent(&self, lab: &Lab, peers: &[Ipv4Addr]) -> anyhow::Result<Agent> {
        let port = || match self.tap {
            true => LanPort::Tap("ipx0".to_owned(), Some("br0".to_owned())),
            false => LanPort::Nic("eth1".to_owned()),
        };
        let mut config = AgentConfig::new(self.plan.name, self.plan.agent_internal);
        for (framing, network) in self.plan.networks {
            config = config.lan(&format!("{}-{framing}", self.plan.name), port(), framing, network);
        }
        Agent::start(lab, self.plan.name, &config.cmd(Cmd::new(self.ip, peers)))
    }

    /// One line about the office.
    pub(crate) fn describe(&self) -> String {
        let [(first, one), (second, two)] = self.plan.networks;
        let port = if self.tap { "TAP ipx0 in bridge br0" } else { "network card eth1" };
        let Server { what, name, internal, .. } = self.plan.server;
        format!(
            "  {:5} {}   LAN {} ({first}) and {} ({second}), agent on {port}\n  {:16} {what} {name}, \
             internal network {}",
            self.plan.name.to_uppercase(),
            self.ip,
            NetworkNumber(one),
            NetworkNumber(two),
            "",
            NetworkNumber(internal),
        )
    }
}

/// TAP devices can be made here: not so for an ordinary user where their control file is closed.
fn can_make_taps() -> bool {
    let path = Path::new("/dev/net/tun");
    std::fs::File::options().read(true).write(true).open(path).is_ok()
}
