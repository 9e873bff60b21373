//! The database by itself.

use std::time::Duration;

use super::*;
use crate::wire::nlsp::{Flags, SystemId};

const START: Time = Time::from_secs(1_000);
const VIA: Option<CircuitId> = Some(CircuitId(0));

fn id(n: u8) -> LspId {
    SystemId([2, 0, 0, 0, 0, n]).router().lsp(0)
}

fn lsp(id: LspId, sequence: u32, lifetime: u16, options: &[u8]) -> Lsp {
    Lsp::build(id, sequence, lifetime, Flags::LEVEL_1, options)
}

fn after(seconds: u64) -> Time {
    START + Duration::from_secs(seconds)
}

#[test]
fn a_packet_lives_its_time_is_purged_kept_for_a_minute_and_forgotten() {
    let mut lsdb = Lsdb::new(10);
    lsdb.put(START, lsp(id(1), 5, 7_500, &[0x99, 1, 1]), VIA).unwrap();
    lsdb.take_changes();
    assert_eq!(lsdb.remaining(id(1), after(0)), 7_500);
    assert_eq!(lsdb.remaining(id(1), after(7_499)), 1);
    assert_eq!(lsdb.next_timeout(), Some(after(7_500)));
    assert_eq!(lsdb.age(after(7_499)), []);
    assert_eq!(lsdb.take_changes().lsps, []);

    assert_eq!(lsdb.age(after(7_500)), [id(1)]);
    let [change] = lsdb.take_changes().lsps.try_into().unwrap();
    assert!(change.id == id(1) && change.old.is_some() && change.new.is_none());
    let record = lsdb.get(id(1)).unwrap();
    assert!(record.purged && record.lsp.sequence == 5 && record.lsp.bytes().len() == 27);
    assert_eq!(lsdb.entry(id(1), after(7_500)).unwrap().lifetime, 0);
    assert!(lsdb.live(id(1)).is_none());

    assert_eq!(lsdb.age(after(7_559)), []);
    assert_eq!(lsdb.len(), 1);
    assert_eq!(lsdb.age(after(7_560)), []);
    assert_eq!((lsdb.len(), lsdb.next_timeout()), (0, None));
    assert_eq!(lsdb.take_changes().lsps, []);
}

#[test]
fn a_clock_that_leaps_by_a_day_ages_everything_at_once() {
    let mut lsdb = Lsdb::new(1_000);
    for n in 0..200 {
        lsdb.put(START, lsp(id(n), 1, 7_500, &[]), VIA).unwrap();
    }
    let day = after(86_400);
    assert_eq!(lsdb.remaining(id(1), day), 1, "not purged yet, so not 0");
    assert_eq!(lsdb.age(day).len(), 200);
    assert_eq!(lsdb.age(day), []);
    assert_eq!(lsdb.remaining(id(1), day), 0);
    assert_eq!(lsdb.age(day + Duration::from_secs(60)), []);
    assert_eq!(lsdb.len(), 0);
}

#[test]
fn nobody_makes_us_keep_a_packet_for_longer_than_15_000_seconds() {
    let mut lsdb = Lsdb::new(10);
    for (n, lifetime, kept) in [(1, 14_999, 14_999), (2, 15_000, 15_000), (3, 32_767, 15_000)] {
        lsdb.put(START, lsp(id(n), 1, lifetime, &[]), VIA).unwrap();
        assert_eq!(lsdb.remaining(id(n), START), kept);
        assert_eq!(lsdb.get(id(n)).unwrap().since(), START);
    }
}

#[test]
fn a_renewal_that_says_the_same_is_no_change_and_moves_the_end() {
    let mut lsdb = Lsdb::new(10);
    lsdb.put(START, lsp(id(1), 1, 100, &[0x99, 1, 1]), VIA).unwrap();
    assert_eq!(lsdb.take_changes().lsps.len(), 1);
    lsdb.put(after(50), lsp(id(1), 2, 100, &[0x99, 1, 1]), VIA).unwrap();
    assert_eq!(lsdb.take_changes().lsps, []);
    assert_eq!(lsdb.next_timeout(), Some(after(150)));

    lsdb.put(after(60), lsp(id(1), 3, 100, &[0x99, 1, 2]), VIA).unwrap();
    lsdb.put(after(61), lsp(id(1), 4, 100, &[0x99, 1, 3]), VIA).unwrap();
    let [change] = lsdb.take_changes().lsps.try_into().unwrap();
    let sequences = (change.old.unwrap().sequence, change.new.unwrap().sequence);
    assert_eq!(sequences, (2, 4), "from what was told of last to what is there now");

    let overloaded = Lsp::build(id(1), 5, 100, Flags::OVERLOADED, &[0x99, 1, 3]);
    lsdb.put(after(62), overloaded, VIA).unwrap();
    assert_eq!(lsdb.take_changes().lsps.len(), 1);
}

#[test]
fn what_goes_and_comes_back_the_same_between_two_looks_is_no_change() {
    let mut lsdb = Lsdb::new(10);
    lsdb.put(START, lsp(id(1), 1, 100, &[0x99, 1, 1]), VIA).unwrap();
    lsdb.take_changes();
    assert!(lsdb.purge(START, id(1), 1, VIA));
    lsdb.put(START, lsp(id(1), 2, 100, &[0x99, 1, 1]), VIA).unwrap();
    assert_eq!(lsdb.take_changes().lsps, []);
    lsdb.put(START, lsp(id(2), 1, 100, &[]), VIA).unwrap();
    assert!(lsdb.purge(START, id(2), 1, VIA));
    assert_eq!(lsdb.take_changes().lsps, []);
}

#[test]
fn a_purge_bears_the_number_it_is_given_and_begins_its_minute_anew() {
    let mut lsdb = Lsdb::new(10);
    assert!(!lsdb.purge(START, id(1), 3, VIA));
    let flags = Flags(0x0b);
    let live = Lsp::build(id(1), 3, 500, flags, &[0x99, 1, 1]);
    lsdb.put(START, live, VIA).unwrap();
    assert!(lsdb.purge(after(10), id(1), 8, VIA));
    let record = lsdb.get(id(1)).unwrap();
    assert_eq!((record.lsp.sequence, record.lsp.flags, record.lsp.lifetime), (8, flags, 0));
    assert!(record.lsp.option_bytes().is_empty());
    assert_eq!(lsdb.next_timeout(), Some(after(70)));
    assert!(lsdb.purge(after(30), id(1), 9, VIA));
    assert_eq!(lsdb.next_timeout(), Some(after(90)));
    assert_eq!(lsdb.ends.len(), 1);
}

#[test]
fn a_packet_of_lifetime_0_is_put_in_as_a_purge() {
    let mut lsdb = Lsdb::new(10);
    lsdb.put(START, lsp(id(1), 3, 0, &[0x99, 1, 1]), None).unwrap();
    let record = lsdb.get(id(1)).unwrap();
    assert!(record.purged && record.lsp.option_bytes().is_empty());
    assert_eq!(lsdb.next_timeout(), Some(after(60)));
    assert_eq!(lsdb.take_changes().lsps, []);
}

#[test]
fn beyond_the_limit_there_is_room_for_ours_and_for_new_versions() {
    let mut lsdb = Lsdb::new(2);
    for n in 1..=2 {
        lsdb.put(START, lsp(id(n), 1, 500, &[]), VIA).unwrap();
    }
    assert_eq!(lsdb.put(START, lsp(id(3), 1, 500, &[]), VIA), Err(NoRoom));
    lsdb.put(START, lsp(id(4), 1, 500, &[]), None).unwrap();
    lsdb.put(START, lsp(id(1), 2, 500, &[]), VIA).unwrap();
    assert_eq!(lsdb.len(), 3);
    assert!(lsdb.get(id(3)).is_none());
    assert_eq!(lsdb.take_changes().lsps.len(), 3);
}

#[test]
fn a_packet_of_more_than_4_096_bytes_is_not_kept() {
    let mut lsdb = Lsdb::new(10);
    // Options of 100 bytes each, and one that fills up.
    let mut options = [&[0x99, 98][..], &[0; 98]].concat().repeat(40);
    options.extend([&[0x99, 67][..], &[0; 67]].concat());
    assert_eq!(lsdb.put(START, lsp(id(1), 1, 500, &options), VIA), Ok(()));
    options.extend([0x99, 0]);
    assert_eq!(lsdb.put(START, lsp(id(1), 2, 500, &options), VIA), Err(NoRoom));
    assert_eq!(lsdb.get(id(1)).unwrap().lsp.sequence, 1);
}

#[test]
fn fragments_count_only_with_number_0_live() {
    let mut lsdb = Lsdb::new(10);
    let node = id(1).node;
    for number in [1, 2, 255] {
        lsdb.put(START, lsp(node.lsp(number), 1, 500, &[]), VIA).unwrap();
    }
    lsdb.put(START, lsp(id(2), 1, 500, &[]), VIA).unwrap();
    assert_eq!(lsdb.fragments(node).count(), 0);
    lsdb.put(START, lsp(node.lsp(0), 1, 500, &[]), VIA).unwrap();
    lsdb.purge(START, node.lsp(2), 1, VIA);
    let numbers: Vec<u8> = lsdb.fragments(node).map(|lsp| lsp.id.number).collect();
    assert_eq!(numbers, [0, 1, 255]);
    lsdb.purge(START, node.lsp(0), 1, VIA);
    assert_eq!(lsdb.fragments(node).count(), 0);
}

#[test]
fn a_pseudonode_that_comes_anew_with_the_same_content_is_told_of_and_nothing_else_is() {
    let (lan, router) = (SystemId([2, 0, 0, 0, 0, 1]).lan(7), id(1));
    let mut lsdb = Lsdb::new(10);
    for (sequence, lsps) in [(1, 3), (2, 0)] {
        for id in [lan.lsp(0), lan.lsp(1), router] {
            lsdb.put(START, lsp(id, sequence, 500, &[]), VIA).unwrap();
        }
        let changes = lsdb.take_changes();
        assert_eq!((changes.lsps.len(), changes.pseudonodes), (lsps, vec![(lan, true)]));
    }
    for id in [lan.lsp(0), router] {
        assert!(lsdb.purge(START, id, 2, VIA));
    }
    assert_eq!(lsdb.take_changes().pseudonodes, [(lan, false)]);
    assert!(lsdb.purge(START, lan.lsp(0), 3, VIA), "it is purged already");
    assert_eq!(lsdb.take_changes(), Changes::default());
}
