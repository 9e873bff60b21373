//! `ipxway run`: the agent as a process.
//!
//! ```text
//!   LAN port ──► forwarding thread ──┬──────────────► ports     what passes
//!   UDP port ──► forwarding thread ──┤  lanes
//!                     ▲              ▼
//!        snapshot ────┘        control loop ────────► ports     what the agent itself says
//!        (FIB, senders)         owns the router
//!                                ▲  ▲  ▲
//!              links, addresses ─┘  │  └─ signals, time
//!                         control socket
//! ```
//!
//! One thread a port forwards (`forwarding.rs`); everything else is one task on the main thread
//! (`control_loop.rs`). They share an immutable snapshot, bounded lanes (`punt.rs`) and
//! counters. No thread waits for another.

mod clock;
mod control_loop;
mod devices;
mod forwarding;
mod journal;
mod links;
mod log;
mod notify;
mod ports;
mod punt;
mod sends;
mod services;
mod signals;
mod snapshot;
pub mod store;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use ipxway_core::journal::Head;
use ipxway_core::router::Router;
use ipxway_drivers::Alarm;

use crate::config::{self, Loaded, origins};
use crate::control::{Endpoint, Server};
use clock::{Clock, seed};
use control_loop::{ControlLoop, Left, Parts, Sources};
use devices::Kernel;
use journal::Journal;
use ports::Ports;
use services::Services;
use store::Store;

/// Exit code of an agent that left without its goodbyes.
const ABRUPT: u8 = 1;

/// Is an agent with the configuration in this file, until it is told to leave.
///
/// # Errors
/// The configuration cannot be used, another agent holds the control socket, or the router failed
/// again and again. A port that is missing is no error.
pub fn run(config: &Path) -> anyhow::Result<ExitCode> {
    // The configuration first: with a fault in it nothing is touched.
    let loaded = config::load(config)?;
    log::set_up(loaded.shell.log_level);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let left = runtime.block_on(serve(&loaded));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    let left = left?;
    Ok(match left {
        Left::Cleanly => ExitCode::SUCCESS,
        Left::AtOnce => ExitCode::from(ABRUPT),
    })
}

async fn serve(loaded: &Loaded) -> anyhow::Result<Left> {
    let Loaded { core, shell, .. } = loaded;
    // Signals before anything that would have to be undone.
    let signals = signals::listen().context("cannot listen for signals")?;
    // The control socket before any device: a second instance ends here and has done no harm.
    let endpoint = Endpoint {
        path: shell.control.socket.clone(),
        mode: shell.control.mode,
        group: shell.control.group.clone(),
    };
    let server = Server::start(&endpoint, &core.name, origins::settings(loaded)).await?;
    // Time and chance, and the record of what they bring.
    let clock = Clock::start();
    let (seed, now) = (seed(), clock.now());
    let head = Head::new(Arc::clone(core), seed, now);
    let (journal, fault) = Journal::begin(shell.journal.as_ref(), &head);
    let router = Router::new(Arc::clone(core), seed, now);
    // The ports, still closed, and the watch on what they need.
    let (punts, lanes) = punt::lanes();
    let names = core.ports.iter().map(|port| port.name.as_str());
    let (ports, ended) = Ports::new(
        names.zip(&shell.devices).collect::<Vec<_>>().into_iter(),
        Box::new(Kernel::new(&core.name)),
        punts,
    );
    let (services, from_services) = Services::new(core, &shell.interfaces);
    let links = links::watch();
    let mut control_loop = ControlLoop::new(Parts {
        config: Arc::clone(core),
        router,
        clock,
        ports,
        services,
        server,
        store: Store::open(&shell.state_directory),
        journal,
        notices: fault.into_iter().collect(),
    });
    // State, then ports, then READY=1: what can work does now, the rest is waited for.
    control_loop.begin()?;
    let watchdog = notify::watchdog_interval();
    let services = from_services;
    let alarm = Alarm::new().context("making a timer")?;
    let sources = Sources { lanes, links, ended, services, signals, alarm, watchdog };
    let left = control_loop.run(sources).await?;
    // The tasks of those who follow events have their last turn.
    tokio::task::yield_now().await;
    // Dropping the loop ends it all: threads are joined, devices that we made are removed, the
    // journal is written, and last the control socket goes, so that a successor that finds the
    // socket free finds the devices free too.
    drop(control_loop);
    tracing::info!("stopped");
    Ok(left)
}
