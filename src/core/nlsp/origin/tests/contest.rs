//! What others hold of ours [nlsp §10.5; scenarios 15, 19, 22].

use super::*;
use crate::ids::CircuitId;
use crate::nlsp::{Contest, Neighbour};
use crate::wire::nlsp::LspEntry;

const R: u8 = 0;
const FROM: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0x77]);

impl Bench {
    /// A neighbour has this version of a packet of ours. Gives back what is to be flooded now.
    fn contest(&mut self, id: LspId, sequence: u32, checksum: u16, lifetime: u16) -> Vec<LspId> {
        let from = Neighbour { circuit: CircuitId(0), node: FROM };
        let entry = LspEntry { lifetime, id, sequence, checksum };
        let contest = Contest { from, entry, whole: true };
        self.run(|cx, origin, lsdb, system| origin.contested(cx, system, lsdb, &contest))
    }

    /// A neighbour has what we have, or a change of it.
    fn contest_as(&mut self, id: LspId, change: impl FnOnce(&mut LspEntry)) -> Vec<LspId> {
        let mut entry = self.lsdb.entry(id, self.now).expect("it is there");
        change(&mut entry);
        self.contest(id, entry.sequence, entry.checksum, entry.lifetime)
    }
}

#[test]
fn after_a_restart_a_packet_goes_on_above_the_old_copies_at_once() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id]);
    assert_eq!(bench.sequence(R, 0), Some(901));
    // Others still have the old one.
    assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id], "told again");
    assert_eq!(bench.sequence(R, 0), Some(901));
}

#[test]
fn an_old_copy_that_shows_before_the_first_version_is_out_is_passed_by_it() {
    let mut bench = Bench::new(Config::default());
    bench.begin(R);
    let id = bench.id(R, 0);
    assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id]);
    assert_eq!(bench.sequence(R, 0), Some(901));
    assert_eq!(bench.flooded(secs(60)), [], "it is out");
}

#[test]
fn old_fragments_and_pseudonodes_are_purged_and_purges_of_them_ignored() {
    let mut bench = Bench::started();
    for id in [bench.id(R, 3), bench.id(7, 0)] {
        assert_eq!(bench.contest(id, 900, 0x1234, 0), []);
        assert!(bench.lsdb.get(id).is_none());
        assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id]);
        let record = bench.lsdb.get(id).expect("it is kept");
        assert_eq!((record.purged, record.lsp.sequence), (true, 900));
        assert_eq!(record.lsp.flags.0, 0x01);
        assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id], "others are told again");
        assert_eq!(bench.contest(id, 900, 0x1234, 0), []);
    }
    // One that comes into use goes on from there.
    bench.begin(7);
    bench.pass(secs(10));
    assert_eq!(bench.sequence(7, 0), Some(901));
    // And an old copy of one that all have forgotten is purged too.
    bench.now += secs(10_000);
    bench.lsdb.age(bench.now);
    bench.lsdb.age(bench.now + secs(60));
    let id = bench.id(R, 3);
    assert!(bench.lsdb.get(id).is_none());
    assert_eq!(bench.contest(id, 850, 0x1234, 5), [id]);
    assert_eq!(bench.lsdb.get(id).map(|record| record.lsp.sequence), Some(900));
}

#[test]
fn a_copy_with_another_checksum_and_a_purge_by_another_are_answered_with_a_new_version() {
    let mut bench = Bench::started();
    bench.begin(1);
    bench.pass(secs(10));
    let (router, lan) = (bench.id(R, 0), bench.id(1, 0));
    assert_eq!(bench.contest_as(router, |_| ()), [], "ours");
    assert_eq!(bench.contest_as(router, |entry| entry.lifetime = 1), [], "ours, aged");
    assert_eq!(bench.contest_as(router, |entry| entry.checksum ^= 1), [router]);
    assert_eq!(bench.sequence(R, 0), Some(2));
    assert_eq!(bench.contest_as(lan, |entry| entry.lifetime = 0), [lan]);
    assert_eq!(bench.sequence(1, 0), Some(2));
}

#[test]
fn packets_of_other_systems_are_none_of_ours() {
    let mut bench = Bench::started();
    let id = SystemId([2, 0, 0, 0, 0, 0xe2]).router().lsp(0);
    assert_eq!(bench.contest(id, 900, 0x1234, 5_000), []);
    assert!(bench.lsdb.get(id).is_none());
}

#[test]
fn a_second_correction_within_the_minute_waits_for_the_time_between_two_generations() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    let start = bench.now;
    assert_eq!(bench.contest(id, 900, 0x1234, 5_000), [id]);
    bench.pass(secs(1));
    assert_eq!(bench.contest(id, 950, 0x1234, 5_000), []);
    assert_eq!(bench.contest(id, 970, 0x1234, 5_000), []);
    assert_eq!(bench.contest(id, 960, 0x1234, 5_000), []);
    assert_eq!(bench.pass(secs(10)), [(start + secs(5), id)]);
    assert_eq!(bench.sequence(R, 0), Some(971));
    bench.pass(secs(100));
    assert_eq!(bench.contest(id, 990, 0x1234, 5_000), [id], "at peace it is at once again");
}

/// Another machine answers each of our versions of `id`, after a second, with one of its own.
fn wage_war(bench: &mut Bench, id: LspId, span: Duration) -> Vec<Time> {
    let end = bench.now + span;
    let mut corrections = Vec::new();
    let mut sequence = bench.lsdb.get(id).map_or(0, |record| record.lsp.sequence);
    while bench.now < end {
        bench.now += secs(1);
        sequence = sequence.max(bench.lsdb.get(id).map_or(0, |record| record.lsp.sequence)) + 1;
        let now = bench.now;
        let mut told = bench.contest(id, sequence, 0x1234, 5_000).len();
        while told == 0 && bench.now < end {
            let later = bench.pass(secs(1));
            told = later.len();
            corrections.extend(later.into_iter().map(|(at, _)| at));
        }
        if bench.now == now {
            corrections.push(now);
        }
    }
    corrections
}

#[test]
fn a_war_over_a_packet_is_damped_to_one_correction_a_minute_and_told_of_once() {
    for (pseudonode, number) in [(R, 0), (7, 0)] {
        let mut bench = Bench::started();
        let id = bench.id(pseudonode, number);
        let corrections = wage_war(&mut bench, id, secs(1_200));
        let gaps: Vec<u64> =
            corrections.windows(2).map(|pair| pair[1].since(pair[0]).as_secs()).collect();
        assert_eq!(gaps.get(..5), Some([5; 5].as_slice()), "{gaps:?}");
        assert_eq!(gaps.get(5..9), Some([10, 20, 40, 60].as_slice()), "{gaps:?}");
        assert!(gaps.len() > 20 && gaps.iter().skip(8).all(|&gap| gap >= 60), "{gaps:?}");
        let told = Event::DuplicateSystem {
            circuit: String::new(),
            system: "0200000000E1".to_owned(),
            nodes: vec![FROM],
        };
        assert_eq!(bench.events(), [told]);
    }
}

#[test]
fn while_the_numbers_are_used_up_old_copies_are_purged_and_end_no_earlier() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    let start = bench.now;
    assert_eq!(bench.contest(id, u32::MAX, 0x1234, 5_000), [id]);
    assert!(bench.lsdb.get(id).is_some_and(|record| record.purged));
    bench.pass(secs(200));
    bench.lsdb.age(bench.now);
    assert!(bench.lsdb.get(id).is_none(), "forgotten");
    for sequence in [u32::MAX, 17] {
        bench.pass(secs(200));
        assert_eq!(bench.contest(id, sequence, 0x1234, 5_000), [id]);
        let record = bench.lsdb.get(id).expect("it is kept");
        assert_eq!((record.purged, record.lsp.sequence), (true, u32::MAX));
        bench.lsdb.age(bench.now + secs(60));
    }
    assert_eq!(bench.pass(secs(8_000)), [(start + secs(7_560), id)]);
    assert_eq!(bench.sequence(R, 0), Some(1));
    assert_eq!(bench.events(), [Event::SequenceUsedUp { lsp: id.to_string() }]);
}

#[test]
fn who_has_left_purges_what_is_still_about() {
    let mut bench = Bench::started();
    let id = bench.id(R, 0);
    let purged = bench.run(|cx, origin, lsdb, system| origin.leave(cx, system, lsdb));
    assert_eq!(purged, [id]);
    assert_eq!(bench.contest(id, 1, 0x1234, 5_000), [id], "the purge again");
    assert_eq!(bench.contest(id, 5, 0x1234, 5_000), [id]);
    assert_eq!(bench.lsdb.get(id).map(|record| record.lsp.sequence), Some(5));
}
