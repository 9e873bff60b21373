//! Equal seeds give equal histories.

use ipxway_core::journal::Digest;
use ipxway_core::sim::{Condition, MINUTE, SECOND, topology};

use crate::world;

/// A world with all kinds of faults; the digest of everything that was sent in it.
fn history(seed: u64) -> Digest {
    let mut world = world(seed, topology::ring(&["oslo", "rome", "kyiv", "bern"]));
    world.set_backbone(Condition {
        loss_permille: 100,
        duplicate_permille: 50,
        reorder_permille: 100,
        jitter: 30 * SECOND / 1_000,
        ..Condition::default()
    });
    world.server("rome", "ACCOUNTS");
    world.station("oslo", "PC");
    world.run_for(MINUTE);
    world.kill("bern");
    world.partition(&["oslo"], &["rome"]);
    world.run_for(5 * MINUTE);
    world.heal();
    world.restart("bern");
    world.run_for(2 * MINUTE);
    world.trace()
}

#[test]
fn the_same_seed_gives_the_same_history_to_the_last_byte_and_another_seed_another_one() {
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}
