//! What an agent of a lab is configured to be, and the file that says so.

use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;

use ipxway_core::config::{Exchange, Mode};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, cmd};

/// What is written into an agent's configuration file.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Its name, which also names its files.
    pub name: String,
    /// Its internal network; `None`: derived, and kept in the state directory.
    pub internal: Option<NetworkNumber>,
    /// Its LANs.
    pub lans: Vec<Lan>,
    /// Its CMD networks.
    pub cmd_networks: Vec<Cmd>,
    /// Seconds between updates of RIP and SAP; `None`: the default.
    pub interval_s: Option<u32>,
    /// The times of NLSP; `None`: the defaults.
    pub nlsp: Option<NlspTimes>,
    /// Further lines of the file.
    pub more: String,
}

/// A LAN of an agent.
#[derive(Clone, Debug)]
pub struct Lan {
    /// What operators call it.
    pub name: String,
    /// What it is on.
    pub port: LanPort,
    /// Its framing.
    pub framing: Framing,
    /// Its number.
    pub network: NetworkNumber,
    /// When NLSP is spoken on it.
    pub nlsp: Mode,
}

/// What a LAN of an agent is on.
#[derive(Clone, Debug)]
pub enum LanPort {
    /// A network card.
    Nic(String),
    /// A TAP device that the agent makes, in a bridge if one is named.
    Tap(String, Option<String>),
}

impl fmt::Display for LanPort {
    /// As the file says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nic(name) => write!(f, "nic = \"{name}\""),
            Self::Tap(name, None) => write!(f, "tap = \"{name}\""),
            Self::Tap(name, Some(bridge)) => write!(f, "tap = \"{name}\"\nbridge = \"{bridge}\""),
        }
    }
}

/// A CMD network of an agent.
#[derive(Clone, Debug)]
pub struct Cmd {
    /// What operators call it.
    pub name: String,
    /// Its number; `None`: that of DHCP.
    pub network: Option<NetworkNumber>,
    /// The local address.
    pub local: Ipv4Addr,
    /// The UDP port.
    pub port: u16,
    /// The other agents on it.
    pub peers: Vec<Ipv4Addr>,
    /// How they tell each other what there is.
    pub exchange: Exchange,
}

impl Cmd {
    /// The CMD network with the default number and port, and NLSP.
    #[must_use]
    pub fn new(local: Ipv4Addr, peers: &[Ipv4Addr]) -> Self {
        Self {
            name: "backbone".to_owned(),
            network: Some(NetworkNumber::DEFAULT_CMD),
            local,
            port: cmd::DEFAULT_PORT,
            peers: peers.to_vec(),
            exchange: Exchange::Nlsp,
        }
    }

    /// The same with the number that DHCP tells.
    #[must_use]
    pub fn number_by_dhcp(mut self) -> Self {
        self.network = None;
        self
    }

    /// The same with RIP and SAP in place of NLSP.
    #[must_use]
    pub fn by_rip_and_sap(mut self) -> Self {
        self.exchange = Exchange::RipSap;
        self
    }
}

/// Times of NLSP, in seconds but for the multiplier.
#[derive(Clone, Copy, Debug)]
pub struct NlspTimes {
    /// Between two hellos.
    pub hello: u16,
    /// The same while designated router.
    pub dr_hello: u16,
    /// Intervals without a hello after which the others give the agent up.
    pub multiplier: u16,
    /// Between two sets of CSNPs.
    pub csnp: u16,
    /// Between two rounds of PSNPs.
    pub psnp: u16,
    /// In which one version of a link-state packet is sent to all once.
    pub min_transmission: u16,
    /// The least between two generations of one link-state packet.
    pub min_generation: u16,
}

impl NlspTimes {
    /// As short as the file takes them, for tests that shall not wait: who falls silent is given
    /// up after 3 s.
    pub const SHORT: Self = Self {
        hello: 1,
        dr_hello: 1,
        multiplier: 3,
        csnp: 2,
        psnp: 1,
        min_transmission: 1,
        min_generation: 1,
    };
}

impl AgentConfig {
    /// An agent without networks.
    #[must_use]
    pub fn new(name: &str, internal: u32) -> Self {
        Self {
            name: name.to_owned(),
            internal: Some(NetworkNumber(internal)),
            lans: Vec::new(),
            cmd_networks: Vec::new(),
            interval_s: None,
            nlsp: None,
            more: String::new(),
        }
    }

    /// With one more LAN, without NLSP.
    #[must_use]
    pub fn lan(mut self, name: &str, port: LanPort, framing: Framing, network: u32) -> Self {
        let (name, network) = (name.to_owned(), NetworkNumber(network));
        self.lans.push(Lan { name, port, framing, network, nlsp: Mode::Off });
        self
    }

    /// With one more CMD network.
    #[must_use]
    pub fn cmd(mut self, network: Cmd) -> Self {
        self.cmd_networks.push(network);
        self
    }

    /// With updates of RIP and SAP every `interval_s` seconds.
    #[must_use]
    pub fn every(mut self, interval_s: u32) -> Self {
        self.interval_s = Some(interval_s);
        self
    }

    /// With these times of NLSP.
    #[must_use]
    pub fn paced(mut self, times: NlspTimes) -> Self {
        self.nlsp = Some(times);
        self
    }

    /// With NLSP on the LANs that it has so far.
    #[must_use]
    pub fn nlsp_on_lans(mut self, mode: Mode) -> Self {
        self.lans.iter_mut().for_each(|lan| lan.nlsp = mode);
        self
    }

    /// The text of the file; its paths are below `directory`.
    #[must_use]
    pub fn to_toml(&self, directory: &Path) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, directory);
        text
    }

    fn write(&self, text: &mut String, directory: &Path) -> fmt::Result {
        let internal = self.internal.map_or("auto".to_owned(), |number| number.to_string());
        let (socket, state) = (directory.join("control.sock"), directory.join("state"));
        let name = &self.name;
        writeln!(text, "version = 1\n\n[agent]\nname = \"{name}\"")?;
        writeln!(text, "internal_network = \"{internal}\"\n")?;
        writeln!(text, "[control]\nsocket = \"{}\"\n", socket.display())?;
        writeln!(text, "[state]\ndirectory = \"{}\"", state.display())?;
        if let Some(times) = self.nlsp {
            writeln!(text, "\n[nlsp]\nmin_generation_s = {}", times.min_generation)?;
        }
        for Lan { name, port, framing, network, nlsp } in &self.lans {
            writeln!(text, "\n[[lan]]\nname = \"{name}\"\n{port}")?;
            writeln!(text, "framing = \"{framing}\"\nnetwork = \"{network}\"")?;
            match nlsp {
                Mode::Off => {}
                Mode::Auto => writeln!(text, "nlsp.mode = \"auto\"")?,
                Mode::On => writeln!(text, "nlsp.mode = \"on\"")?,
            }
            self.write_times(text, *nlsp != Mode::Off)?;
        }
        for network in &self.cmd_networks {
            let Cmd { name, network, local, port, peers, exchange } = network;
            let peers: Vec<String> = peers.iter().map(|peer| format!("\"{peer}\"")).collect();
            let peers = peers.join(", ");
            let network = network.map_or_else(|| "dhcp".to_owned(), |number| number.to_string());
            writeln!(text, "\n[[cmd_network]]\nname = \"{name}\"\nnetwork = \"{network}\"")?;
            writeln!(text, "local = \"{local}\"\nport = {port}\npeers = [{peers}]")?;
            if *exchange == Exchange::RipSap {
                writeln!(text, "exchange = \"rip-sap\"")?;
            }
            self.write_times(text, *exchange == Exchange::Nlsp)?;
        }
        text.push_str(&self.more);
        Ok(())
    }

    /// The times of a LAN or CMD network.
    fn write_times(&self, text: &mut String, speaks_nlsp: bool) -> fmt::Result {
        if let Some(interval) = self.interval_s {
            writeln!(text, "rip.interval_s = {interval}\nsap.interval_s = {interval}")?;
        }
        let Some(times) = self.nlsp.filter(|_| speaks_nlsp) else { return Ok(()) };
        for (key, value) in [
            ("hello_interval_s", times.hello),
            ("dr_hello_interval_s", times.dr_hello),
            ("multiplier", times.multiplier),
            ("csnp_interval_s", times.csnp),
            ("psnp_interval_s", times.psnp),
            ("min_transmission_s", times.min_transmission),
        ] {
            writeln!(text, "nlsp.{key} = {value}")?;
        }
        Ok(())
    }
}
