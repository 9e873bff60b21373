//! The shell of Ipxway: everything that touches the world around the core.
//!
//! | module | what it does | may call |
//! |---|---|---|
//! | [`cli`] | the command line: arguments, tables, exit codes | all below |
//! | [`daemon`] | `ipxway run`: ports, forwarding threads, the control loop | all but cli |
//! | [`control`] | the socket between command line and daemon | core |
//! | [`config`] | TOML as typed, and what it means | core |
//! | [`plan`] | an internetwork to be: what its agents send, their configurations | core, config |
//! | [`replay`] | captures and journals through the core | core, drivers, config |
//! | [`simulate`] | the agents of a plan in simulated time | core, config, plan |
//! | [`host`] | a small IPX end host for demonstration and tests | core (wire formats), drivers |
//! | [`interrupt`] | SIGINT and SIGTERM for the verbs without a daemon's loop | nothing |
//! | [`demo`] | offices on an IP backbone, in namespaces | the binary itself |
#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod demo;
#[doc(hidden)]
pub mod fuzzing;
pub mod host;
pub mod inquiry;
pub mod interrupt;
pub mod plan;
pub mod replay;
pub mod simulate;
