//! Recorded inputs, and how to play them again.
//!
//! A journal is text, one JSON value a line. The first line says what the router was made of, each
//! further one is an input with its time, or the digest of what the router did with it:
//!
//! ```text
//! {"ipxway-journal":1,"release":"0.1.0","t":0,"seed":7,"config":{…}}
//! {"t":12,"input":{"port":{"id":0,"state":{"up":{…}}}}}
//! {"o":"cbf29ce484222325"}
//! ```
//!
//! The router is deterministic, so these lines are all of its life: [`replay()`] leads it through
//! the same states and, where digests were recorded, says which input it first answered in another
//! way. The format has a version: a release reads the journals of the one before. Fields that it
//! does not know are passed over.
//!
//! Nothing here touches a file: the host writes the lines and reads them.

mod digest;
mod read;
mod replay;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use digest::Digest;
pub use read::{Entry, Error, Reader};
pub use replay::{Difference, Replayed, replay};
pub use write::{Full, Writer};

use crate::Time;
use crate::config::Config;

/// The version of the format that [`Writer`] writes.
pub const VERSION: u32 = 1;

/// The first line: what the router was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    #[serde(rename = "ipxway-journal")]
    pub version: u32,
    /// The release that wrote it.
    pub release: String,
    /// When the router was made.
    #[serde(rename = "t", default)]
    pub start: Time,
    /// Its seed.
    pub seed: u64,
    /// Its configuration.
    pub config: Arc<Config>,
}

impl Head {
    /// The head of a journal of this release.
    #[must_use]
    pub fn new(config: Arc<Config>, seed: u64, start: Time) -> Self {
        let release = env!("CARGO_PKG_VERSION").to_owned();
        Self { version: VERSION, release, start, seed, config }
    }
}
