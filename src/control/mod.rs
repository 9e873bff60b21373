//! The socket between the command line and the daemon: a Unix stream socket, one line of JSON
//! for each request and each answer.
//!
//! The life of a request: [`Client::ask`] writes a line, a task of [`Server`] reads it and hands
//! it to the control loop as an [`Input`](ipxway_core::router::Input), the router's replies go
//! back through that task, the last one marked `done`. A client has one request under way at a
//! time; long tables come in pages that it asks for one after the other.
//!
//! Nothing a client does, or fails to do, holds the control loop up: every queue is bounded, and
//! who does not read what was asked for is cut off.

mod claim;
mod client;
mod lines;
mod protocol;
mod server;
#[cfg(test)]
mod tests;

pub use claim::{ClaimError, Endpoint};
pub use client::{Client, ClientError, next_page};
pub use protocol::{
    Answer, Greeting, MAX_REQUEST, Request, RequestFault, RequestLine, ResponseLine, VERSION,
    fuzz_request, parse_request,
};
pub use server::{MAX_CLIENTS, Server};

/// Where the socket is unless the operator says otherwise.
pub const DEFAULT_SOCKET: &str = "/run/ipxway/control.sock";
