//! Ten thousand random histories: at rest all is well, whatever happened before.

mod happen;
mod laws;
mod shape;

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::Duration;

use happen::Story;
use ipxway_core::random::Random;
use ipxway_core::sim::MINUTE;

/// Histories that `cargo test` plays, and `make test-full`.
const HISTORIES: u64 = 60;
const HISTORIES_FULL: u64 = 10_000;

/// Nothing happens for so long at the end: ageing, hold rule, a RIP cycle [nlsp §22].
const REST: Duration = Duration::from_secs(300);
/// The last part of that, in which not a single link-state packet is sent.
const SILENCE: Duration = Duration::from_secs(20);
/// One history in so many goes on until what the dead said has come of age.
const LONG: u32 = 200;
/// A lifetime, the time that a purge is kept, and a little.
const AGE: Duration = Duration::from_secs(7_600);
/// What no agent may ever tell operators: all is configured as it should be.
const FALSE_ALARMS: [&str; 12] = [
    "area-mismatch",
    "circuits-on-one-wire",
    "duplicate-network",
    "duplicate-system",
    "internal-network-claimed",
    "mtu-mismatch",
    "network-mismatch",
    "overloaded",
    "route-limit",
    "sequence-used-up",
    "service-limit",
    "service-moved",
];
/// Worlds up to this many agents are small enough for SAP to reach all.
const SMALL: usize = 12;

fn play(seed: u64) {
    let mut random = Random::seeded(seed);
    let mut story = Story::begin(seed, &mut random);
    story.world.run_for(random.duration_up_to(MINUTE));
    for _ in 0..random.below(16) {
        story.go_on(&mut random);
    }
    story.end();
    story.world.run_for(REST);
    check(&story);
    let silent = story.laws.last().is_none_or(|at| story.world.now().since(at) > SILENCE);
    assert!(silent, "seed {seed}: still at it: {:?}", story.laws.last());
    if random.chance(1, LONG) {
        story.world.run_for(AGE);
        check(&story);
        story.world.check_nothing_of_the_dead();
    }
}

fn check(story: &Story) {
    let (world, aim) = (&story.world, story.world.aim());
    world.check_at_rest();
    if story.even {
        world.check_hops();
    }
    world.check_databases_equal_where_joined();
    if story.agents.len() <= SMALL {
        let behind = world.behind(&aim);
        assert!(behind.is_empty(), "seed {}: {behind:#?}", world.seed());
    }
    for agent in &story.agents {
        let alarm = world.events(agent).find(|(_, event)| FALSE_ALARMS.contains(&event.name()));
        assert!(alarm.is_none(), "seed {}: {agent} says {alarm:?}", world.seed());
    }
    story.laws.check(world.seed());
}

#[test]
fn whatever_happened_at_rest_databases_are_equal_and_nothing_goes_round() {
    let number = |name| std::env::var(name).ok().map(|value| value.parse().expect(name));
    let count = if crate::full() { HISTORIES_FULL } else { HISTORIES };
    let count = number("IPXWAY_HISTORIES").unwrap_or(count);
    let seeds: Vec<u64> = match number("IPXWAY_SEED") {
        Some(seed) => vec![seed],
        None => (0..count).collect(),
    };
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for chunk in 0..threads {
            let mine = seeds.iter().skip(chunk).step_by(threads);
            let failed = &failed;
            scope.spawn(move || {
                for &seed in mine {
                    // The others are played all the same: one fault may hide another.
                    if std::panic::catch_unwind(AssertUnwindSafe(|| play(seed))).is_err() {
                        failed.lock().expect("nobody panics with it").push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("nobody panics with it");
    assert!(failed.is_empty(), "again, each alone, with IPXWAY_SEED=: {failed:?}");
}
