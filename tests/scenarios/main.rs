//! The test scenarios of the protocol document [ipx-rip-sap §21], one agent at a time in simulated
//! time. `README.md` beside this file says which test holds which scenario.
#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod bench;
mod forwarding;
mod frames;
mod life;
#[path = "../table/mod.rs"]
mod listed;
mod nearest;
mod propagation;
mod routes;
mod services;
mod size;
mod table;
mod wires;
