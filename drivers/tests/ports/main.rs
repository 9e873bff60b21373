//! The ports on a real kernel, each test in a network namespace of its own, and the parts that
//! need none.
//!
//! The kernel's tests need root; without it they say so and pass.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod links;
mod memory;
mod namespace;
mod nic;
mod pcap;
mod service;
mod shared_port;
mod tap;
mod udp;
