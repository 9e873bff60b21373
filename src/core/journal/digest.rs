//! What a router put out, as one number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::forward::LinkDestination;
use crate::router::{Output, StreamAction};

/// A digest of outputs: 64-bit FNV-1a over a text of each that does not depend on the release.
///
/// Equal outputs give equal digests in every release that reads the journal. It finds changes; it
/// is no proof against somebody who makes a journal on purpose.
///
/// Of a published forwarding table only the circuits and the number of routes count: a digest
/// costs what was put out, not what is stored. Where the routes lead shows in what RIP tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u64);

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Default for Digest {
    /// The digest of nothing.
    fn default() -> Self {
        Self(OFFSET_BASIS)
    }
}

impl Digest {
    /// Adds one more output.
    pub fn add(&mut self, output: &Output) {
        match output {
            Output::Send { circuit, to, packet } => {
                self.text(format_args!("send {circuit} "));
                match to {
                    LinkDestination::Node(node) => self.text(format_args!("{node} ")),
                    LinkDestination::Broadcast => self.text(format_args!("broadcast ")),
                    LinkDestination::Peer(ip) => self.text(format_args!("{ip} ")),
                }
                self.bytes(packet);
            }
            Output::Datagram { interface, service, to, payload } => {
                self.text(format_args!("datagram {interface} {} {to} ", service.name()));
                self.bytes(payload);
            }
            Output::Stream { id, action } => {
                self.text(format_args!("stream {id} "));
                match action {
                    StreamAction::Connect { from, to } => {
                        self.text(format_args!("connect {from} {to}"));
                    }
                    StreamAction::Send(bytes) => {
                        self.text(format_args!("send "));
                        self.bytes(bytes);
                    }
                    StreamAction::Close => self.text(format_args!("close")),
                }
            }
            Output::Resolve { name } => self.text(format_args!("resolve {name}")),
            Output::Publish(fib) => {
                let internal = fib.internal.unwrap_or_default();
                self.text(format_args!("publish {} {internal} ", fib.routes.len()));
                for circuit in fib.circuits() {
                    let (id, up, network) = (circuit.id, circuit.up, circuit.network);
                    let (node, most) = (circuit.node, circuit.max_packet);
                    self.text(format_args!("{id} {up} {network} {node} {most} "));
                }
            }
            Output::Persist { key, value } => {
                self.text(format_args!("persist {} {value}", key.name()));
            }
            Output::Event(event) => {
                self.text(format_args!("event "));
                self.json(event);
            }
            Output::Reply { id, reply, done } => {
                self.text(format_args!("reply {id} {done} "));
                self.json(reply);
            }
            Output::Stopped => self.text(format_args!("stopped")),
        }
        self.bytes(b"\n");
    }

    /// Adds bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn text(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a digest cannot fail.
        let _ = fmt::Write::write_fmt(self, text);
    }

    /// Adds a value in the form that the journal and the control socket share.
    fn json(&mut self, value: &impl Serialize) {
        // Events and replies have string keys only, so there is nothing to fail on.
        self.bytes(&serde_json::to_vec(value).unwrap_or_default());
    }
}

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:016x}", self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 16 {
            return Err(format!("`{text}` is no digest: 16 hexadecimal digits"));
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|error| format!("`{text}`: {error}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
