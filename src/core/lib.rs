//! The protocols of Ipxway as a deterministic core.
//!
//! What lives here takes `(now, input)` and returns outputs. There is no clock, no socket, no
//! thread and no file in this package, and the compiler keeps it so: `Cargo.toml` lacks the
//! packages, `clippy.toml` bans what `std` offers, `unsafe` is forbidden.
//!
//! # The contract
//!
//! A host (the daemon, a replay, the simulator) owns a [`router::Router`] and drives it:
//!
//! 1. call [`Router::handle`](router::Router::handle) with the present time and one
//!    [`Input`](router::Input);
//! 2. drain [`Router::poll`](router::Router::poll) to `None` and do what each
//!    [`Output`](router::Output) says;
//! 3. call `handle` again on the next input, at the latest at
//!    [`Router::next_timeout`](router::Router::next_timeout).
//!
//! Laws that the rest of the project relies on:
//!
//! - one mutation, then drain;
//! - equal seed, configuration and sequence of `(time, input)` give equal outputs, bit for bit:
//!   a recorded journal *is* a test;
//! - time comes only from `now`, and it never runs backwards;
//! - every collection that an outsider can fill has a stated limit, and an event when it is hit;
//! - `handle` costs what changed, not what is stored; whole-table work runs from timers, in
//!   packets.
//!
//! Packets that merely pass do not go through the router: [`forward`] decides on them with
//! nothing but an immutable [`Fib`](forward::Fib), which the router publishes.
//! [`agent::Agent`] joins both for hosts without threads.
//!
//! # Map
//!
//! | module | what it knows |
//! |---|---|
//! | [`wire`] | the formats: frames, IPX, RIP, SAP, ping, diagnostics, CMD node addresses |
//! | [`forward`] | what happens to one data packet, given the FIB |
//! | [`hub`] | circuits, the route table (RIB), the service table: where engines meet |
//! | `rip`, `sap`, `netbios`, `echo` | the engines: peers that never call each other |
//! | `vector` | what RIP and SAP have in common: the schedule of updates, ageing |
//! | [`router`] | inputs to engines, changes between them, outputs to the host |
//! | [`agent`] | a router and a FIB in one value, for replay and simulation |
//! | [`journal`] | recorded inputs, and how to play them again |
#![forbid(unsafe_code)]

pub mod agent;
#[doc(hidden)]
pub mod bench;
mod bucket;
pub mod config;
mod dhcp;
mod echo;
pub mod forward;
#[doc(hidden)]
pub mod fuzzing;
pub mod hub;
pub mod ids;
pub mod journal;
mod netbios;
mod nlsp;
pub mod random;
mod rip;
pub mod router;
mod sap;
#[cfg(feature = "sim")]
pub mod sim;
mod slp;
#[cfg(test)]
mod testbed;
pub mod time;
pub mod timers;
mod vector;
pub mod wire;

pub use time::Time;
