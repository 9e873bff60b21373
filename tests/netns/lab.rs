//! Labs for tests: an enclosure for each, and sites that all look alike.
//!
//! A site has a LAN with a server and a workstation's card, and an agent that is on the LAN and
//! on the backbone. Everything of site 3 has a 3 in it.

use std::any::type_name;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ipxway::demo::lab::{Agent, AgentConfig, Cmd, Lab, LanPort, Process, enclosure, run};
use ipxway::demo::lab::{Capture, wait_until};
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::{NetworkNumber, NodeAddress};

/// How long the sites may take to learn of each other. Much more than they need: a busy machine
/// may give a test little of its time.
pub(crate) const CONVERGENCE: Duration = Duration::from_secs(60);
/// How long anything may take that happens at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// The short interval of RIP and SAP, in seconds.
pub(crate) const SHORT: u32 = 2;

/// The counts of the specification are asked for, not the reduced ones.
pub(crate) fn full() -> bool {
    std::env::var_os("IPXWAY_FULL").is_some_and(|value| value == "1")
}

/// Runs `test` in an enclosure: this test program starts itself there with only this test. The
/// name of the test is that of the function around the closure.
pub(crate) fn isolated<F: Fn(&Lab) -> anyhow::Result<()>>(test: F) {
    if enclosure::is_inside() {
        // The tests outside may be ended by hand; then everything here shall end too.
        enclosure::watch(|| std::process::exit(1)).expect("a thread to watch the outside");
        let done = Lab::new(Path::new(env!("CARGO_BIN_EXE_ipxway"))).and_then(|lab| test(&lab));
        if let Err(error) = done {
            panic!("{error:#}\n{}", logs());
        }
        return;
    }
    let name = type_name::<F>();
    let name = name.strip_suffix("::{{closure}}").expect("a closure in a test");
    let name = name.split_once("::").expect("a crate before the module").1;
    let program = std::env::current_exe().expect("a test program has a path");
    let arguments = ["--exact", name, "--nocapture", "--test-threads=1"].map(OsStr::new);
    let mut command = enclosure::command(&program, &arguments).expect("namespaces");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("unshare");
    let lifeline = child.stdin.take();
    let output = child.wait_with_output().expect("the output of the test");
    drop(lifeline);
    let text = String::from_utf8_lossy(&output.stdout);
    let ran = text.contains("1 passed");
    let errors = String::from_utf8_lossy(&output.stderr);
    eprint!("{errors}");
    if !output.status.success() || !ran {
        let hint = match nix::unistd::geteuid().is_root() {
            true => "",
            false => "\nNot root: TAP devices, bridges of them and tcpdump may be out of reach.",
        };
        panic!("in its enclosure ({}):\n{text}{hint}", output.status);
    }
}

/// As [`isolated`], one at a time: for tests that need the machine's speed.
pub(crate) fn isolated_alone<F: Fn(&Lab) -> anyhow::Result<()>>(test: F) {
    if enclosure::is_inside() {
        return isolated(test);
    }
    let path = std::env::current_exe().expect("a test program has a path");
    // The program itself, so that nothing has to be written.
    let lock = fs::File::open(path).expect("the test program");
    lock.lock().expect("a lock");
    isolated(test);
}

/// The logs of all processes of the lab.
fn logs() -> String {
    let mut text = String::new();
    let Ok(entries) = fs::read_dir("/run/lab") else { return text };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "log")) {
        let log = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n");
        text.push_str(&format!("---- {}\n{end}\n", path.display()));
    }
    text
}

/// A site, its cables laid.
pub(crate) struct Site {
    pub(crate) number: u8,
    pub(crate) ip: Ipv4Addr,
    /// The namespace of its agent.
    pub(crate) name: String,
    /// The namespace of its LAN.
    pub(crate) lan: String,
}

impl Site {
    /// Lays the cables of site `number`: cards `server` and `desk` on the LAN, `eth1` and `wan`
    /// at the agent.
    pub(crate) fn new(lab: &Lab, number: u8) -> anyhow::Result<Self> {
        let (name, lan) = (format!("site{number}"), format!("lan{number}"));
        lab.lan(&lan)?;
        lab.namespace(&name)?;
        let ip = lab.connect(&name, number)?;
        let site = Self { number, ip, name, lan };
        lab.plug(&site.lan, (&site.lan, "server"), site.node(1))?;
        lab.plug(&site.lan, (&site.lan, "desk"), site.node(2))?;
        lab.plug(&site.lan, (&site.name, "eth1"), site.node(3))?;
        Ok(site)
    }

    /// The address of a station on its LAN: 1 the server, 2 the workstation, 3 the agent's card.
    pub(crate) fn node(&self, station: u8) -> NodeAddress {
        NodeAddress([2, 0, 0, 0, self.number, station])
    }

    /// The number of its LAN.
    pub(crate) fn network(&self) -> u32 {
        0xa000_0000 + u32::from(self.number)
    }

    /// The internal network of its agent.
    pub(crate) fn agent_network(&self) -> u32 {
        0xc000_0000 + u32::from(self.number)
    }

    /// The internal network of its server.
    pub(crate) fn server_network(&self) -> u32 {
        0xe000_0000 + u32::from(self.number)
    }

    /// The name of its server.
    pub(crate) fn server_name(&self) -> String {
        format!("FS{}", self.number)
    }

    /// The name of the printer of its server.
    pub(crate) fn printer_name(&self) -> String {
        format!("PR{}", self.number)
    }

    /// The type of that printer, which no other site has.
    pub(crate) fn printer_type(&self) -> String {
        format!("01{:02}", 40 + self.number)
    }

    /// The usual configuration of its agent: its card, its LAN in `framing`, no CMD network yet.
    pub(crate) fn config(&self, framing: Framing) -> AgentConfig {
        let port = LanPort::Nic("eth1".to_owned());
        AgentConfig::new(&self.name, self.agent_network()).lan(
            "office",
            port,
            framing,
            self.network(),
        )
    }

    /// The same with the LAN on a TAP in a bridge with the card.
    pub(crate) fn config_on_tap(&self, lab: &Lab, framing: Framing) -> anyhow::Result<AgentConfig> {
        lab.bridge(&self.name, "br0")?;
        lab.ip(&format!("-n {} link set eth1 master br0", self.name))?;
        let port = LanPort::Tap("ipx0".to_owned(), Some("br0".to_owned()));
        let config = AgentConfig::new(&self.name, self.agent_network());
        Ok(config.lan("office", port, framing, self.network()))
    }

    /// The CMD network of all sites.
    pub(crate) fn cmd(&self, sites: &[&Site]) -> Cmd {
        Cmd::new(self.ip, &sites.iter().map(|site| site.ip).collect::<Vec<_>>())
    }

    /// Starts its server, which announces itself every `interval_s` seconds; and a printer of
    /// type 0147, for site 7,, so that a workstation that looks for it finds no other.
    pub(crate) fn serve(
        &self,
        lab: &Lab,
        framing: Framing,
        interval_s: u32,
    ) -> anyhow::Result<Process> {
        let words = format!(
            "host serve --device server --framing {framing}={:X} --internal {:X} \
             --announce 0004:{} --announce {}:{} --interval {interval_s}",
            self.network(),
            self.server_network(),
            self.server_name(),
            self.printer_type(),
            self.printer_name(),
        );
        let mut server = lab.start(&self.lan, &self.server_name(), &words)?;
        server.wait_for_text("serving", SOON)?;
        Ok(server)
    }

    /// Runs `ipxway host` with these words on its LAN, and gives what it printed.
    pub(crate) fn host(&self, lab: &Lab, words: &str) -> anyhow::Result<String> {
        let output = run(&mut lab.ipxway(&self.lan, &format!("host {words}")))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Two sites, one on a network card and one on a TAP in a bridge, with both agents and servers
/// running and converged.
pub(crate) struct Pair {
    pub(crate) near: Site,
    pub(crate) far: Site,
    pub(crate) agents: [Agent; 2],
    pub(crate) servers: [Process; 2],
}

impl Pair {
    /// Sets the two up, with NLSP between them, and updates of RIP and SAP on the LANs every
    /// `interval_s` seconds.
    pub(crate) fn new(lab: &Lab, framing: Framing, interval_s: u32) -> anyhow::Result<Self> {
        Self::with(lab, framing, interval_s, |cmd| cmd)
    }

    /// The same with RIP and SAP between them.
    pub(crate) fn by_rip_and_sap(
        lab: &Lab,
        framing: Framing,
        interval_s: u32,
    ) -> anyhow::Result<Self> {
        Self::with(lab, framing, interval_s, Cmd::by_rip_and_sap)
    }

    fn with(
        lab: &Lab,
        framing: Framing,
        interval_s: u32,
        backbone: fn(Cmd) -> Cmd,
    ) -> anyhow::Result<Self> {
        lab.backbone()?;
        let (near, far) = (Site::new(lab, 1)?, Site::new(lab, 2)?);
        let servers = [near.serve(lab, framing, interval_s)?, far.serve(lab, framing, interval_s)?];
        let both = [&near, &far];
        let one = near.config(framing).cmd(backbone(near.cmd(&both))).every(interval_s);
        let two = far.config_on_tap(lab, framing)?.cmd(backbone(far.cmd(&both))).every(interval_s);
        let agents = [Agent::start(lab, &near.name, &one)?, Agent::start(lab, &far.name, &two)?];
        converge(&agents, &both)?;
        Ok(Self { near, far, agents, servers })
    }
}

/// Waits until every agent reaches the three networks of every site and offers its server.
pub(crate) fn converge<'a>(
    agents: impl IntoIterator<Item = &'a Agent>,
    sites: &[&Site],
) -> anyhow::Result<()> {
    for agent in agents {
        let what = format!("{} to know all sites", agent.process.name);
        wait_until(&what, CONVERGENCE, || Ok(knows_all(agent, sites)?.then_some(())))
            .with_context(|| tables(agent))?;
    }
    Ok(())
}

/// The agent reaches the networks of every site and offers its server.
pub(crate) fn knows_all(agent: &Agent, sites: &[&Site]) -> anyhow::Result<bool> {
    for site in sites {
        if !knows(agent, site)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The agent reaches the networks of this site and offers its server.
pub(crate) fn knows(agent: &Agent, site: &Site) -> anyhow::Result<bool> {
    for number in [site.network(), site.agent_network(), site.server_network()] {
        if !agent.reaches(NetworkNumber(number))? {
            return Ok(false);
        }
    }
    agent.offers(&site.server_name())
}

/// Waits until the agent reaches none of a site's networks and does not offer its server; gives
/// the time it took.
pub(crate) fn forgets(agent: &Agent, site: &Site, patience: Duration) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let what = format!("{} to forget {}", agent.process.name, site.name);
    wait_until(&what, patience, || {
        for number in [site.network(), site.agent_network(), site.server_network()] {
            if agent.reaches(NetworkNumber(number))? {
                return Ok(None);
            }
        }
        Ok((!agent.offers(&site.server_name())?).then_some(()))
    })
    .with_context(|| tables(agent))?;
    Ok(begun.elapsed())
}

/// The agent's tables, for messages.
pub(crate) fn tables(agent: &Agent) -> String {
    let (mut text, name) = (String::new(), &agent.process.name);
    for row in agent.routes().unwrap_or_default() {
        text.push_str(&format!("{name}: {row:?}\n"));
    }
    for row in agent.services().unwrap_or_default() {
        text.push_str(&format!("{name}: {row:?}\n"));
    }
    text
}

/// Prints a line that is seen when the test fails, or with `--nocapture`.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Begins a capture of a site's LAN.
pub(crate) fn capture_lan(lab: &Lab, site: &Site) -> anyhow::Result<Capture> {
    Capture::start(lab, (&site.lan, "lan"), &site.lan, "")
}

/// Fails unless `holds`.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> anyhow::Result<()> {
    if holds { Ok(()) } else { bail!(what()) }
}
