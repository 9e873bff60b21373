//! Whole internetworks in simulated time.
//!
//! Every test runs with several seeds; a failure prints its seed. Settings, by environment:
//!
//! | variable | meaning |
//! |---|---|
//! | `IPXWAY_SEED=N` | this seed only |
//! | `IPXWAY_FULL=1` | the counts of `make test-full`: 200 seeds, a million hostile packets |
//! | `IPXWAY_HISTORIES=N` | so many random histories of `link_state/random` |
//! | `IPXWAY_SIM_PCAP=DIR` | every LAN and the backbone as capture files, for Wireshark |
#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod ageing;
mod convergence;
mod determinism;
mod discovery;
mod faults;
mod hostile;
mod hosts;
mod journals;
mod limits;
mod link_state;
#[path = "../table/mod.rs"]
mod listed;
mod pcap;
mod rings;

use std::time::Duration;

use ipxway_core::sim::{Condition, Topology, World};

/// Seeds that every test runs with by default, and with `IPXWAY_FULL=1`.
const SEEDS: u64 = 20;
const SEEDS_FULL: u64 = 200;

/// Seeds of a long story, by default and with `IPXWAY_FULL=1`.
const FEW: u64 = 2;
const FEW_FULL: u64 = 20;

/// The ageing time at the defaults, and a little for the packets on their way.
const AGEING: Duration = Duration::from_secs(182);

/// Links at their worst: nearly a third is lost, and what comes may come late, before others, or
/// twice.
fn terrible() -> Condition {
    Condition {
        loss_permille: 300,
        duplicate_permille: 200,
        reorder_permille: 300,
        delay: Duration::from_millis(40),
        jitter: Duration::from_millis(200),
        late: Duration::from_millis(900),
    }
}

/// The counts of the issues are wanted, whatever the time they take.
fn full() -> bool {
    std::env::var_os("IPXWAY_FULL").is_some_and(|value| value != "0")
}

/// Runs a story once for each seed.
fn seeds(story: impl Fn(u64)) {
    play(if full() { SEEDS_FULL } else { SEEDS }, story);
}

/// Runs a story that takes long, once for each of a few seeds.
fn few_seeds(story: impl Fn(u64)) {
    play(if full() { FEW_FULL } else { FEW }, story);
}

fn play(count: u64, story: impl Fn(u64)) {
    let tell = |seed| {
        let _failure_names_it = Seed(seed);
        story(seed);
    };
    if let Ok(seed) = std::env::var("IPXWAY_SEED") {
        return tell(seed.parse().expect("IPXWAY_SEED is a number"));
    }
    (0..count).for_each(tell);
}

/// The seed of a story, for whoever wants to see it fail again.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, thread) = (self.0, std::thread::current());
            let test = thread.name().unwrap_or_default();
            eprintln!("again: IPXWAY_SEED={seed} cargo test --test sim {test}");
        }
    }
}

/// A world with this topology, its agents speaking RIP and SAP to each other.
fn world(seed: u64, topology: Topology) -> World {
    link_state_world(seed, topology.by_rip_and_sap())
}

/// A world with this topology, captured if that is asked for.
fn link_state_world(seed: u64, topology: Topology) -> World {
    let mut world = World::seeded(seed);
    pcap::attach(&mut world);
    world.with(topology)
}
