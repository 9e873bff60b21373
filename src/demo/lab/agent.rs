//! An agent in a lab: the file it reads, its process, and questions to it.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use ipxway_core::router::{CircuitRow, Command, Reply, RouteRow, ServiceRow};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, cmd};

use super::Lab;
use super::process::{Process, wait_until};
use crate::control::{Answer, Client, Request, next_page};

/// How long an agent may take from its start to its first answer.
const START: Duration = Duration::from_secs(20);

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
}

/// What a LAN of an agent is on.
#[derive(Clone, Debug)]
pub enum LanPort {
    /// A network card.
    Nic(String),
    /// A TAP device that the agent makes, in a bridge if one is named.
    Tap(String, Option<String>),
}

/// A CMD network of an agent.
#[derive(Clone, Debug)]
pub struct Cmd {
    /// What operators call it.
    pub name: String,
    /// Its number.
    pub network: NetworkNumber,
    /// The local address.
    pub local: Ipv4Addr,
    /// The UDP port.
    pub port: u16,
    /// The other agents on it.
    pub peers: Vec<Ipv4Addr>,
}

impl Cmd {
    /// The CMD network with the default number and port.
    #[must_use]
    pub fn new(local: Ipv4Addr, peers: &[Ipv4Addr]) -> Self {
        Self {
            name: "backbone".to_owned(),
            network: NetworkNumber::DEFAULT_CMD,
            local,
            port: cmd::DEFAULT_PORT,
            peers: peers.to_vec(),
        }
    }
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
            more: String::new(),
        }
    }

    /// With one more LAN.
    #[must_use]
    pub fn lan(mut self, name: &str, port: LanPort, framing: Framing, network: u32) -> Self {
        let network = NetworkNumber(network);
        self.lans.push(Lan { name: name.to_owned(), port, framing, network });
        self
    }

    /// With one more CMD network.
    #[must_use]
    pub fn cmd(mut self, network: Cmd) -> Self {
        self.cmd_networks.push(network);
        self
    }

    /// With updates every `interval_s` seconds.
    #[must_use]
    pub fn every(mut self, interval_s: u32) -> Self {
        self.interval_s = Some(interval_s);
        self
    }

    /// The text of the file; its paths are below `directory`.
    #[must_use]
    pub fn to_toml(&self, directory: &Path) -> String {
        let internal = self.internal.map_or("auto".to_owned(), |number| number.to_string());
        let mut text = format!(
            "version = 1\n\n[agent]\nname = \"{}\"\ninternal_network = \"{}\"\n\n\
             [control]\nsocket = \"{}\"\n\n[state]\ndirectory = \"{}\"\n",
            self.name,
            internal,
            directory.join("control.sock").display(),
            directory.join("state").display(),
        );
        for lan in &self.lans {
            let port = match &lan.port {
                LanPort::Nic(name) => format!("nic = \"{name}\""),
                LanPort::Tap(name, None) => format!("tap = \"{name}\""),
                LanPort::Tap(name, Some(bridge)) => {
                    format!("tap = \"{name}\"\nbridge = \"{bridge}\"")
                }
            };
            let Lan { name, framing, network, .. } = lan;
            self.block(
                &mut text,
                "lan",
                &format!(
                    "name = \"{name}\"\n{port}\nframing = \"{framing}\"\nnetwork = \"{network}\""
                ),
            );
        }
        for network in &self.cmd_networks {
            let peers: Vec<String> =
                network.peers.iter().map(|peer| format!("\"{peer}\"")).collect();
            self.block(
                &mut text,
                "cmd_network",
                &format!(
                    "name = \"{}\"\nnetwork = \"{}\"\nlocal = \"{}\"\nport = {}\npeers = [{}]\n\
                     exchange = \"rip-sap\"",
                    network.name,
                    network.network,
                    network.local,
                    network.port,
                    peers.join(", ")
                ),
            );
        }
        text.push_str(&self.more);
        text
    }

    fn block(&self, text: &mut String, table: &str, keys: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n[[{table}]]\n{keys}");
        if let Some(interval) = self.interval_s {
            let _ = writeln!(text, "rip.interval_s = {interval}\nsap.interval_s = {interval}");
        }
    }
}

/// An agent of the lab.
#[derive(Debug)]
pub struct Agent {
    /// Its process.
    pub process: Process,
    /// Its configuration file.
    pub file: PathBuf,
    socket: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl Agent {
    /// Writes the configuration and starts the agent in a namespace; comes back when it answers
    /// on its control socket.
    ///
    /// # Errors
    /// It does not answer in time, or has ended; with its last words.
    pub fn start(lab: &Lab, namespace: &str, config: &AgentConfig) -> anyhow::Result<Self> {
        let directory = lab.path(&config.name);
        std::fs::create_dir_all(&directory)?;
        let file = directory.join("ipxway.toml");
        std::fs::write(&file, config.to_toml(&directory))?;
        let words = format!("run -c {}", file.display());
        let process = lab.start(namespace, &config.name, &words)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let socket = directory.join("control.sock");
        let mut agent = Self { process, file, socket, runtime };
        agent.wait_for_answer()?;
        Ok(agent)
    }

    fn wait_for_answer(&mut self) -> anyhow::Result<()> {
        let name = self.process.name.clone();
        wait_until(&format!("agent {name} to answer"), START, || {
            if let Some(status) = self.process.ended()? {
                bail!("agent {name} ended ({status})");
            }
            Ok(self.ask(Command::ShowPorts).ok().map(drop))
        })
        .with_context(|| format!("{name} said last:\n{}", self.process.last_words()))
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Asks the agent.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub fn ask(&self, command: Command) -> anyhow::Result<Reply> {
        self.runtime.block_on(async {
            let mut client = Client::connect(&self.socket).await?;
            match client.ask(Request::Ask(command)).await? {
                (Answer::Reply(reply), _) => Ok(reply),
                (other, _) => bail!("{} answers {other:?}", self.process.name),
            }
        })
    }

    /// Its whole route table.
    ///
    /// # Errors
    /// It does not answer.
    pub fn routes(&self) -> anyhow::Result<Vec<RouteRow>> {
        let (mut rows, mut next) = (Vec::new(), Some(Command::ShowRoutes { after: None }));
        while let Some(command) = next {
            let reply = self.ask(command)?;
            next = next_page(&reply);
            if let Reply::Routes { routes, .. } = reply {
                rows.extend(routes);
            }
        }
        Ok(rows)
    }

    /// Its whole service table.
    ///
    /// # Errors
    /// It does not answer.
    pub fn services(&self) -> anyhow::Result<Vec<ServiceRow>> {
        let (mut rows, mut next) = (Vec::new(), Some(Command::ShowServices { after: None }));
        while let Some(command) = next {
            let reply = self.ask(command)?;
            next = next_page(&reply);
            if let Reply::Services { services, .. } = reply {
                rows.extend(services);
            }
        }
        Ok(rows)
    }

    /// Its circuits.
    ///
    /// # Errors
    /// It does not answer.
    pub fn circuits(&self) -> anyhow::Result<Vec<CircuitRow>> {
        match self.ask(Command::ShowCircuits)? {
            Reply::Circuits { circuits } => Ok(circuits),
            other => bail!("{} answers {other:?}", self.process.name),
        }
    }

    /// There is a route to this network.
    ///
    /// # Errors
    /// It does not answer.
    pub fn reaches(&self, network: NetworkNumber) -> anyhow::Result<bool> {
        Ok(self.routes()?.iter().any(|row| row.network == network && row.hops < 16))
    }

    /// There is a service of this name, and a route to it.
    ///
    /// # Errors
    /// It does not answer.
    pub fn offers(&self, name: &str) -> anyhow::Result<bool> {
        Ok(self.services()?.iter().any(|row| row.name == name && row.reachable))
    }
}
