//! Getting into an enclosure, and the promise that nothing stays behind.
//!
//! The program starts itself again through `unshare`, as first process of new process, mount and
//! network namespaces; without root also of a user namespace, where it is root. When that first
//! process ends, however it ends, the kernel kills all that it started, and with the last of them
//! the namespaces go.
//!
//! The standard input of the inside is a pipe that the outside holds: it ends with the outside,
//! even if that is killed. The inside watches it ([`watch`]).

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Names the mount namespace outside, to those inside.
const OUTSIDE: &str = "IPXWAY_LAB_OUTSIDE";

/// This process was started in an enclosure.
#[must_use]
pub fn is_inside() -> bool {
    std::env::var_os(OUTSIDE).is_some()
}

/// Makes sure that mounting here cannot touch the machine.
///
/// # Errors
/// This process is not in an enclosure.
pub fn check_inside() -> anyhow::Result<()> {
    let outside = std::env::var_os(OUTSIDE).context("not in an enclosure")?;
    if mount_namespace()? == outside {
        bail!("the mount namespace is that of the machine: not in an enclosure");
    }
    Ok(())
}

fn mount_namespace() -> io::Result<std::ffi::OsString> {
    Ok(std::fs::read_link("/proc/self/ns/mnt")?.into_os_string())
}

/// `program` with `arguments` in an enclosure, to be spawned. Keep the child's standard input
/// open for as long as it shall live.
///
/// # Errors
/// `unshare` is missing, or the kernel allows no namespaces here; says what would be needed.
pub fn command(program: &Path, arguments: &[&OsStr]) -> anyhow::Result<Command> {
    let mut refused = String::new();
    for options in ways() {
        let probe = Command::new("unshare").args(*options).arg("true").output();
        let output = probe.context("`unshare` cannot be run: install util-linux")?;
        if output.status.success() {
            let mut command = Command::new("unshare");
            command.args(*options).arg("--").arg(program).args(arguments);
            command.env(OUTSIDE, mount_namespace()?).stdin(Stdio::piped());
            return Ok(command);
        }
        refused = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    }
    bail!(
        "this machine allows no network namespaces here ({refused}): run as root, or allow user \
         namespaces (sysctl kernel.unprivileged_userns_clone=1; in a container: --privileged)"
    )
}

/// The options of `unshare` to try in turn: as root the plain namespaces; else, or where root
/// may not, within a user namespace.
fn ways() -> &'static [&'static [&'static str]] {
    const AS_ROOT: &[&str] = &["--net", "--mount", "--pid", "--fork", "--kill-child"];
    const AS_USER: &[&str] =
        &["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"];
    if nix::unistd::geteuid().is_root() { &[AS_ROOT, AS_USER] } else { &[AS_USER] }
}

/// Calls `action` when the outside has gone, on a thread of its own.
///
/// # Errors
/// The kernel gives no thread.
pub fn watch(action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name("outside".to_owned()).spawn(move || {
        let mut nothing = [0; 16];
        // Nobody writes to the pipe: a read ends when it is closed, or fails.
        while matches!(io::stdin().read(&mut nothing), Ok(1..)) {}
        action();
    })?;
    Ok(())
}
