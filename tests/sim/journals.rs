//! Journals: what an agent of the world lived through, it lives through again.
//!
//! `journals/` keeps journals that earlier releases wrote. This one must read them, and its agents
//! must answer every input in them as it was answered then. With `IPXWAY_WRITE_JOURNALS=1` the
//! test writes the journal of the present release, to be kept with a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipxway_core::journal::{Reader, Replayed, replay};
use ipxway_core::sim::{Condition, MINUTE, SECOND, World, topology};

use crate::seeds;

/// More than any journal here needs.
const LIMIT: u64 = 64 << 20;

fn play(text: &str) -> Replayed {
    let reader = Reader::new(text.lines()).expect("a journal");
    replay(reader, |_, _| ()).expect("every line can be read")
}

fn check(replayed: &Replayed, name: &str) {
    assert!(replayed.inputs > 0, "{name} has inputs");
    assert!(replayed.compared >= replayed.inputs, "{name} has digests of all of them");
    if let Some(difference) = &replayed.difference {
        panic!("{name} is answered in another way: {difference:#?}");
    }
}

#[test]
fn every_agent_of_a_world_full_of_faults_lives_its_life_again() {
    seeds(|seed| {
        let mut world = World::seeded(seed);
        world.keep_journals(LIMIT);
        let sites = ["oslo", "rome", "kyiv"];
        let mut world = world.with(topology::ring(&sites));
        world.server("rome", "ACCOUNTS");
        world.set_backbone(Condition {
            loss_permille: 200,
            reorder_permille: 100,
            jitter: Duration::from_millis(20),
            ..Condition::default()
        });
        world.run_for(2 * MINUTE);
        world.kill("rome");
        world.run_for(4 * MINUTE);
        world.restart("rome");
        world.run_for(MINUTE);
        for site in sites {
            check(&play(world.agent(site).journal()), site);
        }
    });
}

/// The life whose journal is kept: a start, a server that comes and goes, a peer that dies.
fn kept_life() -> String {
    let mut world = World::seeded(1);
    world.keep_journals(LIMIT);
    let mut world = world.with(topology::triangle("oslo", "rome", "kyiv").by_rip_and_sap());
    world.server("oslo", "ACCOUNTS");
    world.server("rome", "ARCHIVE");
    world.run_for(70 * SECOND);
    world.shut_down("ACCOUNTS");
    world.kill("rome");
    world.run_for(200 * SECOND);
    world.stop("kyiv");
    world.run_for(10 * SECOND);
    world.agent("oslo").journal().to_owned()
}

fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("tests/sim/journals")
}

#[test]
fn the_journals_that_earlier_releases_wrote_are_read_and_answered_as_they_were_then() {
    if std::env::var_os("IPXWAY_WRITE_JOURNALS").is_some() {
        let name = format!("oslo-{}.jsonl", env!("CARGO_PKG_VERSION"));
        fs::write(folder().join(name), kept_life()).unwrap();
    }
    let mut journals: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    journals.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    assert!(!journals.is_empty(), "no journal in {}", folder().display());
    for path in journals {
        let text = fs::read_to_string(&path).unwrap();
        check(&play(&text), &path.display().to_string());
    }
}

#[test]
fn a_journal_that_reached_its_limit_is_good_up_to_there() {
    let mut world = World::seeded(1);
    world.keep_journals(5_000);
    let mut world = world.with(topology::pair("oslo", "rome").by_rip_and_sap());
    world.run_for(10 * MINUTE);
    let text = world.agent("oslo").journal();
    assert!(text.len() <= 5_000);
    assert!(text.len() > 4_000, "it is full: {}", text.len());
    let replayed = play(text);
    assert!(replayed.difference.is_none());
    assert!(!replayed.cut);
}
