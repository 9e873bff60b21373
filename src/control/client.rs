//! The asking side of the control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipxway_core::router::{Command, Reply};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::lines::Lines;
use super::protocol::{Answer, MAX_ANSWER, Request, RequestLine, ResponseLine, VERSION};

/// How long an answer may take. The router answers in microseconds; a loaded machine may not.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a running agent.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    lines: Lines<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    last_id: u64,
}

/// The agent cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("is the agent running? socket {}: {error}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The socket's mode keeps us out.
    #[error(
        "socket {}: permission denied: be root, or a member of the group that owns it",
        .0.display()
    )]
    Permission(PathBuf),
    /// The connection ended.
    #[error("the agent closed the connection to socket {}: {reason}", path.display())]
    Closed {
        /// The socket.
        path: PathBuf,
        /// Why, as far as we know.
        reason: String,
    },
    /// No answer came in time.
    #[error("the agent at socket {} does not answer", .0.display())]
    Silent(PathBuf),
    /// The answer is not understood.
    #[error("the agent at socket {} answers with something else: {reason}", path.display())]
    Strange {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Client {
    /// Connects to the agent at this socket.
    ///
    /// # Errors
    /// [`ClientError::Connect`] or [`ClientError::Permission`].
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).await.map_err(|error| {
            let path = path.to_owned();
            match error.kind() {
                io::ErrorKind::PermissionDenied => ClientError::Permission(path),
                _ => ClientError::Connect { path, error },
            }
        })?;
        let (reader, writer) = stream.into_split();
        let lines = Lines::new(reader, MAX_ANSWER);
        Ok(Self { path: path.to_owned(), lines, writer, last_id: 0 })
    }

    /// Sends a request; its answers come by [`next`](Self::next).
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn send(&mut self, request: Request) -> Result<(), ClientError> {
        self.last_id += 1;
        let line = RequestLine::line(self.last_id, request);
        // An agent that turned us away has said why before it closed: that is read first.
        if let Err(error) = self.writer.write_all(&line).await {
            tracing::debug!(%error, "the request could not be written");
        }
        Ok(())
    }

    /// The next answer, whenever it comes, and whether it is the last one. May be dropped and
    /// called again.
    ///
    /// # Errors
    /// [`ClientError::Closed`] or [`ClientError::Strange`].
    pub async fn next(&mut self) -> Result<(Answer, bool), ClientError> {
        let closed = |reason| ClientError::Closed { path: self.path.clone(), reason };
        let line = match self.lines.next().await {
            Ok(Some(line)) => line,
            Ok(None) => return Err(closed("it stopped, or it cut us off".to_owned())),
            Err(error) => return Err(closed(error.to_string())),
        };
        let strange = |reason| ClientError::Strange { path: self.path.clone(), reason };
        let response: ResponseLine =
            serde_json::from_slice(&line).map_err(|error| strange(error.to_string()))?;
        if response.v != VERSION {
            return Err(strange(format!("version {} of the protocol", response.v)));
        }
        Ok((response.answer, response.done))
    }

    /// Sends a request and waits for its first answer, and whether it is the last one.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn ask(&mut self, request: Request) -> Result<(Answer, bool), ClientError> {
        self.send(request).await?;
        match tokio::time::timeout(ANSWER_PATIENCE, self.next()).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Silent(self.path.clone())),
        }
    }
}

/// The command for the page after `reply`; `None` if that was the last one.
#[must_use]
pub fn next_page(reply: &Reply) -> Option<Command> {
    match reply {
        Reply::Routes { next: Some(after), .. } => {
            Some(Command::ShowRoutes { after: Some(*after) })
        }
        Reply::Services { next: Some(after), .. } => {
            Some(Command::ShowServices { after: Some(after.clone()) })
        }
        Reply::NlspNeighbors { next: Some(after), .. } => {
            Some(Command::ShowNlspNeighbors { after: Some(after.clone()) })
        }
        Reply::NlspDatabase { next: Some(after), detail, .. } => {
            Some(Command::ShowNlspDatabase { after: Some(after.clone()), detail: *detail })
        }
        Reply::NlspTopology { next: Some(after), .. } => {
            Some(Command::ShowNlspTopology { after: Some(after.clone()) })
        }
        Reply::NlspSpf { next: Some(after), .. } => {
            Some(Command::ShowNlspSpf { after: Some(after.clone()) })
        }
        Reply::SlpRegistry { next: Some(after), .. } => {
            Some(Command::ShowSlpRegistry { after: Some(after.clone()) })
        }
        _ => None,
    }
}
