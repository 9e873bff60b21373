//! The fuzz corpus, run on every build: each input of `tests/fuzz/corpus/TARGET/` through its
//! target, and changes of each. `tests/fuzz/run` finds more.
#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use ipxway_core::fuzzing::Target;
use proptest::prelude::*;
use proptest::sample::Index;

fn targets() -> impl Iterator<Item = Target> {
    ipxway_core::fuzzing::TARGETS.iter().chain(ipxway::fuzzing::TARGETS).copied()
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

/// The inputs of a target by name, in order.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<_> = fs::read_dir(corpus().join(target))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_target_has_inputs_and_every_input_a_target() {
    let named: BTreeSet<String> = targets().map(|(name, _)| name.to_owned()).collect();
    let kept: BTreeSet<String> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, kept);
    assert!(kept.iter().all(|target| !inputs(target).is_empty()));
}

#[test]
fn every_input_keeps_the_laws_of_its_target() {
    for (target, run) in targets() {
        for (name, input) in inputs(target) {
            let kept = panic::catch_unwind(|| run(&input));
            assert!(kept.is_ok(), "tests/fuzz/corpus/{target}/{name}");
        }
    }
}

/// A change of an input: cut, one byte replaced, one put in, a piece of another input behind.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Replace(Index, u8),
    Insert(Index, u8),
    Append(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<Index>().prop_map(Change::Cut),
        any::<(Index, u8)>().prop_map(|(place, byte)| Change::Replace(place, byte)),
        any::<(Index, u8)>().prop_map(|(place, byte)| Change::Insert(place, byte)),
        any::<(Index, Index)>().prop_map(|(other, start)| Change::Append(other, start)),
    ]
}

fn changed(mut input: Vec<u8>, change: &Change, all: &[(String, Vec<u8>)]) -> Vec<u8> {
    match change {
        Change::Cut(at) => input.truncate(at.index(input.len() + 1)),
        Change::Replace(at, byte) => {
            let at = at.index(input.len().max(1));
            input.get_mut(at).into_iter().for_each(|place| *place = *byte);
        }
        Change::Insert(at, byte) => input.insert(at.index(input.len() + 1), *byte),
        Change::Append(other, start) => {
            let (_, other) = other.get(all);
            input.extend_from_slice(&other[start.index(other.len() + 1)..]);
        }
    }
    input
}

proptest! {
    #[test]
    fn changed_inputs_keep_the_laws_too(
        which in any::<Index>(),
        changes in proptest::collection::vec(change(), 1..5),
    ) {
        for (target, run) in targets() {
            let all = inputs(target);
            let (_, mut input) = which.get(&all).clone();
            for change in &changes {
                input = changed(input, change, &all);
            }
            run(&input);
        }
    }
}
