//! Recording: what one agent of a simulated world heard and was told, as a journal.

use std::sync::Arc;

use ipxway_core::journal::{Entry, Head, Reader, Writer};
use ipxway_core::router::Input;
use ipxway_core::sim::{Topology, World};

/// More than any of these lives needs.
const LIMIT: u64 = 16 << 20;

/// A world whose agents keep journals.
pub(crate) fn world(seed: u64, topology: Topology) -> World {
    let mut world = World::seeded(seed);
    world.keep_journals(LIMIT);
    world.with(topology)
}

/// The life of an agent up to now, without its timers and digests.
pub(crate) fn life(world: &World, agent: &str) -> String {
    life_and(world, agent, Vec::new())
}

/// The same, and then this, one second apart.
pub(crate) fn life_and(world: &World, agent: &str, more: Vec<Input>) -> String {
    let reader = Reader::new(world.agent(agent).journal().lines()).unwrap();
    let head = reader.head().clone();
    let mut writer = Writer::new(LIMIT);
    let head = Head::new(Arc::clone(&head.config), head.seed, head.start);
    let mut text = writer.head(&head).unwrap();
    for entry in reader {
        match entry.unwrap() {
            Entry::Outputs(_) | Entry::Input { input: Input::Timeout, .. } => (),
            Entry::Input { t, input } => text += &writer.input(t, &input).unwrap(),
        }
    }
    let mut at = world.now();
    // The last one says how long the life lasts.
    for input in more.into_iter().chain([Input::Timeout]) {
        text += &writer.input(at, &input).unwrap();
        at += ipxway_core::sim::SECOND;
    }
    text
}
