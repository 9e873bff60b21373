//! A laboratory on this machine: network namespaces, wires between them, processes in them.
//!
//! A lab lives in an enclosure ([`enclosure`]): mount, network and process namespaces of its own,
//! made by re-executing the program through `unshare`. Names in it cannot collide with anything
//! outside or with another lab; files lie on a private tmpfs; and whatever ends the first process
//! of the enclosure, the kernel ends all others and takes the namespaces away. So there is no
//! cleaning up that could be forgotten.
//!
//! | file | what it knows |
//! |---|---|
//! | [`enclosure`] | getting in, and that nothing stays behind |
//! | [`network`] | LANs, an IP backbone, what is plugged in where |
//! | [`process`] | processes in namespaces, their logs, signals, waiting with deadlines |
//! | [`capture`] | what passes a wire, in a file |
//! | [`config`] | what an agent is configured to be, and the file that says so |
//! | [`agent`] | an agent: its process, questions to it |

pub mod agent;
pub mod capture;
pub mod config;
pub mod enclosure;
pub mod network;
pub mod process;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, bail};

pub use agent::Agent;
pub use capture::Capture;
pub use config::{AgentConfig, Cmd, Lan, LanPort, NlspTimes};
pub use process::{Process, wait_until};

/// Where the files of the lab lie, on the enclosure's own tmpfs.
const ROOT: &str = "/run/lab";

/// The laboratory.
#[derive(Debug)]
pub struct Lab {
    program: PathBuf,
}

impl Lab {
    /// Sets the lab up; `program` is the `ipxway` to run in it.
    ///
    /// # Errors
    /// This process is not in an enclosure, or the kernel refuses.
    pub fn new(program: &Path) -> anyhow::Result<Self> {
        enclosure::check_inside()?;
        run(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=0755", "lab", "/run"]))?;
        std::fs::create_dir_all(ROOT)?;
        Ok(Self { program: program.to_owned() })
    }

    /// A file or directory of the lab.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        Path::new(ROOT).join(name)
    }

    /// Runs `ip` with these words.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn ip(&self, words: &str) -> anyhow::Result<()> {
        run(Command::new("ip").args(words.split_whitespace())).map(drop)
    }

    /// Makes a namespace, without IPv6 so that its LANs carry nothing that nobody asked for.
    ///
    /// # Errors
    /// What `ip` or the kernel says.
    pub fn namespace(&self, name: &str) -> anyhow::Result<()> {
        self.ip(&format!("netns add {name}"))?;
        self.set(name, "net/ipv6/conf/all/disable_ipv6", "1")?;
        self.set(name, "net/ipv6/conf/default/disable_ipv6", "1")?;
        self.ip(&format!("-n {name} link set lo up"))
    }

    /// Sets a kernel parameter, a path below `/proc/sys`, in a namespace. One that the kernel
    /// does not have is left alone.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn set(&self, namespace: &str, parameter: &str, value: &str) -> anyhow::Result<()> {
        let path = format!("/proc/sys/{parameter}");
        let script = format!("[ ! -e {path} ] || echo {value} > {path}");
        run(self.command(namespace, Path::new("sh")).args(["-c", &script])).map(drop)
    }

    /// A command to be run in a namespace.
    #[must_use]
    pub fn command(&self, namespace: &str, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{namespace}")).arg("--").arg(program);
        command
    }

    /// `ipxway` with these words, to be run in a namespace.
    #[must_use]
    pub fn ipxway(&self, namespace: &str, words: &str) -> Command {
        let mut command = self.command(namespace, &self.program);
        command.args(words.split_whitespace());
        command
    }

    /// Starts `ipxway` with these words in a namespace; it ends with the value returned.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(&self, namespace: &str, name: &str, words: &str) -> anyhow::Result<Process> {
        Process::start(self.ipxway(namespace, words), name, &self.path(&format!("{name}.log")))
    }
}

/// Runs a command to its end, and gives its output.
///
/// # Errors
/// It cannot be started, or does not succeed.
pub fn run(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("{command:?} cannot be run"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} failed ({}): {}", output.status, said.trim());
    }
    Ok(output)
}
