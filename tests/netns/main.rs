//! The real binary in real namespaces: TAPs, veth pairs, bridges, an IP backbone.
//!
//! Each test runs in an enclosure of its own ([`lab`]), so all of them may run at once. They need
//! root, or a kernel that lets users make namespaces; where there is neither they fail and say
//! so. With `IPXWAY_FULL=1` the counts are those of the specification.

mod ageing;
mod converge;
mod demo;
mod discovery;
mod hostile;
mod lab;
mod leave;
mod link_state;
#[allow(unreachable_pub, reason = "other test programs include it too")]
#[path = "../oracle/mod.rs"]
mod oracle;
mod originated;
mod ports;
mod state;
mod traffic;
