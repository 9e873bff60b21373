//! Taking the socket's place in the file system: one agent holds it, leftovers are cleared away,
//! and nobody can connect before its permissions are right.
//!
//! A lock file beside the socket (`control.sock.lock`) decides between agents that start at the
//! same time. The socket is made in a directory of its own that only we can enter, gets its mode
//! and group there, and is then moved to its place; so no `umask` and no race matter.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};

use super::Client;
use super::protocol::{Answer, Greeting, Request};

/// How long the agent that holds the socket may take to say who it is.
const HELLO_PATIENCE: Duration = Duration::from_secs(1);

/// Where the socket is to be, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The socket's path.
    pub path: PathBuf,
    /// Its mode; who may write to it may give orders.
    pub mode: u32,
    /// The group it shall belong to; `None`: that of the process.
    pub group: Option<String>,
}

/// The socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another agent has it.
    #[error(
        "{holder} holds the control socket {}: stop it, or give this agent another `control.socket`",
        path.display()
    )]
    Held {
        /// The socket.
        path: PathBuf,
        /// Who: name and process as far as they are known.
        holder: String,
    },
    /// Something else lies there.
    #[error("{} is no socket: remove it, or give the agent another `control.socket`", .0.display())]
    NotASocket(PathBuf),
    /// There is no such group.
    #[error("`control.group`: there is no group `{0}` on this machine")]
    NoGroup(String),
    /// The file system refuses.
    #[error("control socket {}: cannot {action}: {error}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl ClaimError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { action, path, error }
    }
}

/// The socket's place, held until this is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    lock_path: PathBuf,
    /// Device and inode of our socket: what was put in its place later is not ours to remove.
    identity: (u64, u64),
    /// Locked as long as it is open.
    _lock: File,
}

impl Endpoint {
    /// Takes the place and listens there.
    ///
    /// # Errors
    /// [`ClaimError`] says who or what is in the way.
    pub(super) async fn claim(&self) -> Result<(UnixListener, Claim), ClaimError> {
        let group = self.group.as_deref().map(group_id).transpose()?;
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(directory).map_err(ClaimError::io("make the directory", directory))?;
        let lock_path = with_suffix(&self.path, ".lock");
        let Some(lock) = lock(&lock_path)? else { return Err(self.held().await) };
        self.clear().await?;
        let (listener, identity) = self.listen(directory, group)?;
        let path = self.path.clone();
        Ok((listener, Claim { path, lock_path, identity, _lock: lock }))
    }

    /// Removes a socket that nobody listens on any more.
    async fn clear(&self) -> Result<(), ClaimError> {
        let kind = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(ClaimError::io("look at it", &self.path)(error)),
            Ok(metadata) => metadata.file_type(),
        };
        if !kind.is_socket() {
            return Err(ClaimError::NotASocket(self.path.clone()));
        }
        if UnixStream::connect(&self.path).await.is_ok() {
            return Err(self.held().await);
        }
        tracing::info!(socket = %self.path.display(), "removing a control socket left by an earlier run");
        fs::remove_file(&self.path).map_err(ClaimError::io("remove the old socket", &self.path))
    }

    fn listen(
        &self,
        directory: &Path,
        group: Option<u32>,
    ) -> Result<(UnixListener, (u64, u64)), ClaimError> {
        // Short: the path of a socket has room for 107 bytes.
        let private = directory.join(format!(".{}", std::process::id()));
        let inside = private.join("s");
        let work = || {
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&private)
                .map_err(ClaimError::io("make a directory", &private))?;
            let listener =
                UnixListener::bind(&inside).map_err(ClaimError::io("bind it", &self.path))?;
            fs::set_permissions(&inside, fs::Permissions::from_mode(self.mode & 0o777))
                .map_err(ClaimError::io("set its mode", &self.path))?;
            std::os::unix::fs::chown(&inside, None, group)
                .map_err(ClaimError::io("set its group", &self.path))?;
            let metadata =
                fs::metadata(&inside).map_err(ClaimError::io("look at it", &self.path))?;
            fs::rename(&inside, &self.path)
                .map_err(ClaimError::io("put it in its place", &self.path))?;
            Ok((listener, (metadata.dev(), metadata.ino())))
        };
        let result = work();
        // Whatever went wrong, the directory goes; what cannot be removed does no harm.
        let _ = fs::remove_file(&inside);
        let _ = fs::remove_dir(&private);
        result
    }

    /// Who has the socket.
    async fn held(&self) -> ClaimError {
        let held = |holder| ClaimError::Held { path: self.path.clone(), holder };
        let pid = match UnixStream::connect(&self.path).await {
            Ok(stream) => stream.peer_cred().ok().and_then(|peer| peer.pid()),
            Err(_) => return held("another agent, which is just starting or stopping,".to_owned()),
        };
        let process = pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
        match tokio::time::timeout(HELLO_PATIENCE, greeting(&self.path)).await {
            Ok(Some(Greeting { name, version, pid })) => {
                held(format!("agent {name} (ipxway {version}, process {pid})"))
            }
            _ => held(process),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path)
            .is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.identity);
        if ours {
            let _ = fs::remove_file(&self.path);
        }
        // While it is still locked: who opened it meanwhile sees that it is no longer in place.
        let _ = fs::remove_file(&self.lock_path);
    }
}

async fn greeting(path: &Path) -> Option<Greeting> {
    let mut client = Client::connect(path).await.ok()?;
    match client.ask(Request::Hello).await.ok()?.0 {
        Answer::Hello(greeting) => Some(greeting),
        _ => None,
    }
}

/// Locks the file at `path`; `None` if another process has it locked.
fn lock(path: &Path) -> Result<Option<File>, ClaimError> {
    loop {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(ClaimError::io("open the lock file", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(ClaimError::io("lock", path)(error)),
        }
        // The last holder may have removed it between our opening and our locking it.
        let in_place = fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
        let opened = file.metadata().map(|metadata| (metadata.dev(), metadata.ino()));
        if matches!((in_place, opened), (Ok(a), Ok(b)) if a == b) {
            return Ok(Some(file));
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn group_id(name: &str) -> Result<u32, ClaimError> {
    match nix::unistd::Group::from_name(name) {
        Ok(Some(group)) => Ok(group.gid.as_raw()),
        _ => Err(ClaimError::NoGroup(name.to_owned())),
    }
}
