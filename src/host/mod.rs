//! A small IPX end host, for the demonstration and for tests: what an unmodified machine does.
//!
//! `serve` is a server: it announces its services, answers queries, route requests and pings, and
//! says goodbye when told to end. The other verbs are a workstation's: it finds servers as a
//! client's shell does at start, without knowing the number of its network, lists services, pings,
//! and sends or checks a stream of numbered datagrams.
//!
//! | file | what it knows |
//! |---|---|
//! | [`station`] | addresses and framings: which frames are for us, how ours look |
//! | [`server`] | what a server announces and answers |
//! | [`stream`] | numbered datagrams whose every byte is known beforehand |
//! | [`wire`] | the station on a device: sending, waiting for what was asked |
//! | [`client`] | finding servers, routes and services, pinging |
//! | [`transfer`] | a stream over the wire, paced, and what arrived of it |
//!
//! The station, the server and the stream touch no device and no clock.

mod args;
pub mod client;
pub mod server;
pub mod station;
pub mod stream;
pub mod transfer;
mod verbs;
pub mod wire;

pub use args::Args;
pub use verbs::run;
