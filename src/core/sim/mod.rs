//! A seeded world of agents in simulated time: whole internetworks in one thread, as fast as the
//! processor allows, and the same each time.
//!
//! A [`World`] holds agents (real ones: [`Agent`](crate::agent::Agent)), LANs, hosts on them, and
//! the IP backbone between the agents. Links lose, delay, reorder and double what they carry, as
//! they are told; sites are cut off, agents die and return. There is one queue of what will
//! happen next, in the order of time and, at one time, in the order in which it was brought
//! about; every choice comes from the seed. So equal seeds give equal histories to the last byte,
//! which [`World::trace`] proves.
//!
//! ```text
//! let mut world = World::seeded(7).with(topology::triangle("oslo", "rome", "kyiv"));
//! world.server("rome", "ACCOUNTS");
//! world.run_until(|w| w.sees("oslo", "ACCOUNTS"), within(30 * SECOND));
//! world.partition(&["oslo"], &["rome", "kyiv"]);
//! ```
//!
//! Whatever an agent sends is decoded as it leaves, and [`World::check_at_rest`] walks the
//! forwarding tables of all agents: no loop, no black hole, nothing stale, limits kept, counters
//! that add up. A failure says the seed.
//!
//! Names that are not in the world are mistakes of the test, and panic.

mod aim;
mod check;
mod clock;
mod databases;
mod fault;
mod host;
mod link;
mod probe;
mod services;
mod site;
pub mod topology;
mod watch;
mod world;

use std::time::Duration;

pub use aim::{Aim, Behind};
pub use fault::Condition;
pub use host::{Host, Tally};
pub use topology::Topology;
pub use watch::Seen;
pub use world::World;

/// One second.
pub const SECOND: Duration = Duration::from_secs(1);
/// One minute.
pub const MINUTE: Duration = Duration::from_secs(60);

/// Reads well in [`World::run_until`]; gives back its argument.
#[must_use]
pub const fn within(limit: Duration) -> Duration {
    limit
}
