//! An agent in a lab: its process, and questions to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use ipxway_core::router::{
    CircuitRow, Command, NlspCircuitRow, NlspLspRow, NlspNeighborRow, Reply, RouteRow, ServiceRow,
};
use ipxway_core::wire::NetworkNumber;

use super::process::{Process, wait_until};
use super::{AgentConfig, Lab};
use crate::control::{Answer, Client, Request, next_page};

/// How long an agent may take from its start to its first answer.
const START: Duration = Duration::from_secs(20);

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

    /// Asks the agent for a whole table, page by page.
    fn table<T>(
        &self,
        first: Command,
        rows_of: impl Fn(Reply) -> Result<Vec<T>, Reply>,
    ) -> anyhow::Result<Vec<T>> {
        let (mut rows, mut next) = (Vec::new(), Some(first));
        while let Some(command) = next {
            let reply = self.ask(command)?;
            next = next_page(&reply);
            match rows_of(reply) {
                Ok(page) => rows.extend(page),
                Err(other) => bail!("{} answers {other:?}", self.process.name),
            }
        }
        Ok(rows)
    }

    /// Its whole route table.
    ///
    /// # Errors
    /// It does not answer.
    pub fn routes(&self) -> anyhow::Result<Vec<RouteRow>> {
        self.table(Command::ShowRoutes { after: None }, |reply| match reply {
            Reply::Routes { routes, .. } => Ok(routes),
            other => Err(other),
        })
    }

    /// Its whole service table.
    ///
    /// # Errors
    /// It does not answer.
    pub fn services(&self) -> anyhow::Result<Vec<ServiceRow>> {
        self.table(Command::ShowServices { after: None }, |reply| match reply {
            Reply::Services { services, .. } => Ok(services),
            other => Err(other),
        })
    }

    /// Its NLSP neighbours on all circuits, those that are not up too.
    ///
    /// # Errors
    /// It does not answer.
    pub fn neighbors(&self) -> anyhow::Result<Vec<NlspNeighborRow>> {
        self.table(Command::ShowNlspNeighbors { after: None }, |reply| match reply {
            Reply::NlspNeighbors { neighbors, .. } => Ok(neighbors),
            other => Err(other),
        })
    }

    /// Its link-state database, without what the packets say.
    ///
    /// # Errors
    /// It does not answer.
    pub fn database(&self) -> anyhow::Result<Vec<NlspLspRow>> {
        let first = Command::ShowNlspDatabase { after: None, detail: false };
        self.table(first, |reply| match reply {
            Reply::NlspDatabase { lsps, .. } => Ok(lsps),
            other => Err(other),
        })
    }

    /// Its circuits as NLSP sees them.
    ///
    /// # Errors
    /// It does not answer.
    pub fn nlsp_circuits(&self) -> anyhow::Result<Vec<NlspCircuitRow>> {
        self.table(Command::ShowNlspCircuits, |reply| match reply {
            Reply::NlspCircuits { circuits } => Ok(circuits),
            other => Err(other),
        })
    }

    /// Its circuits.
    ///
    /// # Errors
    /// It does not answer.
    pub fn circuits(&self) -> anyhow::Result<Vec<CircuitRow>> {
        self.table(Command::ShowCircuits, |reply| match reply {
            Reply::Circuits { circuits } => Ok(circuits),
            other => Err(other),
        })
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
