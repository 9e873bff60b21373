//! What is lost is asked for, and given without a storm.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::config::Mode;
use ipxway_core::forward::Outcome;
use ipxway_core::random::Random;
use ipxway_core::sim::{MINUTE, SECOND, Seen, Topology, World, topology, within};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::nlsp::{Csnp, Flags, Lsp, LspEntry, LspId, Pdu, SystemId};

use super::{converged, database, inject, names, nlsp};
use crate::{few_seeds, link_state_world, seeds};

#[test]
fn a_packet_that_is_lost_on_a_lan_is_there_within_a_csnp_and_a_psnp_interval() {
    seeds(|seed| {
        let agents = ["a", "b", "c"];
        let topology = agents.iter().fold(Topology::new().lan("hall"), |topology, name| {
            topology.lan(name).agent(name, &["hall", name])
        });
        let topology = topology.tune(|config| config.lans[0].nlsp.mode = Mode::On);
        let mut world = link_state_world(seed, topology);
        let networks =
            |w: &World| agents.iter().all(|a| agents.iter().all(|b| w.knows(a, w.lan_network(b))));
        world.run_until(networks, within(2 * MINUTE));
        world.run_for(2 * MINUTE);

        let lost = Rc::new(RefCell::new(0_usize));
        let (losing, from) = (Rc::clone(&lost), world.now());
        world.lose(move |seen| {
            let Seen::Frame { at, lan: "hall", .. } = seen else { return false };
            let doomed = at.since(from) < SECOND && matches!(nlsp(&seen), Some(Pdu::Lsp(_)));
            *losing.borrow_mut() += usize::from(doomed);
            doomed
        });
        world.server("a", "LATE");
        world.run_for(SECOND);
        assert!(*lost.borrow() > 0, "seed {seed}: nothing was lost");
        assert!(!world.sees("b", "LATE"), "seed {seed}");
        world.run_until(|w| agents.iter().all(|agent| w.sees(agent, "LATE")), within(36 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&agents).check_databases_equal(&agents);
    });
}

#[test]
fn a_third_of_link_state_and_sequence_number_packets_may_be_lost() {
    seeds(|seed| {
        let names = names(8);
        let sites: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = link_state_world(seed, topology::mesh(&sites));
        let mut random = Random::seeded(seed);
        world.lose(move |seen| {
            let database = matches!(nlsp(&seen), Some(Pdu::Lsp(_) | Pdu::Csnp(_) | Pdu::Psnp(_)));
            database && random.chance(3, 10)
        });
        for (index, site) in sites.iter().enumerate() {
            world.server(site, &format!("SERVER-{index}"));
            world.run_for(20 * SECOND);
        }
        world.run_for(Duration::from_secs(600));
        world.check_databases_equal(&sites).check_at_rest().check_tables_equal(&sites);
    });
}

#[test]
fn the_sets_of_the_designated_router_have_no_gap_whatever_comes_and_goes_meanwhile() {
    few_seeds(|seed| {
        let names = names(30);
        let sites: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = link_state_world(seed, topology::mesh(&sites));
        world.run_for(2 * MINUTE);
        let seen: Rc<RefCell<Vec<Csnp>>> = Rc::default();
        let seeing = Rc::clone(&seen);
        world.watch(move |seen| {
            let Seen::Datagram { to, .. } = seen else { return };
            if let Some(Pdu::Csnp(csnp)) = nlsp(&seen).filter(|_| to.ip().octets()[3] == 1) {
                seeing.borrow_mut().push(csnp);
            }
        });
        for number in 0..120_usize {
            let site = sites[number % sites.len()];
            if number < sites.len() {
                world.server(site, &format!("SERVER{number}"));
            } else if number % 2 == 0 {
                world.shut_down(&format!("SERVER{}", number % sites.len()));
            }
            world.run_for(2 * SECOND);
        }
        world.run_for(3 * MINUTE);
        let (seen, mut next, mut sets) = (seen.borrow(), LspId::FIRST, 0);
        let mut listed = BTreeSet::new();
        for csnp in seen.iter().skip_while(|csnp| csnp.start != LspId::FIRST) {
            assert_eq!(csnp.start, next, "seed {seed}: a gap, or an overlap");
            assert!(csnp.entries.iter().all(|e| csnp.start <= e.id && e.id <= csnp.end));
            if csnp.start == LspId::FIRST {
                listed.clear();
            }
            listed.extend(csnp.entries.iter().map(|entry| (entry.id, entry.sequence)));
            sets += usize::from(csnp.end == LspId::LAST);
            next = csnp.end.next().unwrap_or(LspId::FIRST);
        }
        assert_eq!(next, LspId::FIRST, "seed {seed}: the last set is whole");
        assert!(sets >= 10 && seen.len() > 2 * sets, "seed {seed}: {sets} sets of {}", seen.len());
        let rows = database(&mut world, "site000");
        let there = world.agent("site000").router().link_state();
        let there: BTreeSet<_> = there.iter().map(|entry| (entry.id, entry.sequence)).collect();
        assert_eq!(listed, there, "seed {seed}: the last set has all of {}", rows.len());
    });
}

#[test]
fn an_old_packet_that_fifty_agents_hear_draws_a_few_answers() {
    let names = names(50);
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let first: Rc<RefCell<Option<Vec<u8>>>> = Rc::default();
    let mut world = link_state_world(1, topology::mesh(&sites));
    let keeping = Rc::clone(&first);
    world.watch(move |seen| {
        // What an agent says of its LAN.
        if let Some(Pdu::Lsp(lsp)) = nlsp(&seen)
            && lsp.id == SystemId::of_internal(NetworkNumber(0xc000_0006)).lan(1).lsp(0)
        {
            keeping.borrow_mut().get_or_insert_with(|| lsp.to_packet(lsp.lifetime));
        }
    });
    world.run_for(2 * MINUTE);
    world.server("site005", "NEW");
    world.run_for(2 * MINUTE);
    world.check_databases_equal(&sites);
    let old = first.borrow().clone().unwrap();

    let answers = Rc::new(RefCell::new(0_usize));
    let counting = Rc::clone(&answers);
    world.watch(move |seen| {
        *counting.borrow_mut() += usize::from(matches!(nlsp(&seen), Some(Pdu::Lsp(_))));
    });
    for site in sites.iter().filter(|site| **site != "site003") {
        inject(&mut world, "site003", site, &old);
    }
    world.run_for(10 * SECOND);
    // The designated router, the originator, and a few of the others.
    let answers = *answers.borrow();
    assert!((1..=12).contains(&answers), "{answers} answers");
    world.run_for(MINUTE);
    world.check_databases_equal(&sites);
}

#[test]
fn requests_and_packets_of_a_stranger_are_nothing_to_anybody() {
    let sites = ["oslo", "rome", "kyiv"];
    let mut world = converged(1, topology::mesh(&sites), &sites);
    // They know each other as peers, but one does not hear the other.
    world.cut(&["oslo"], &["rome"]);
    world.run_for(2 * MINUTE);
    let id = world.agent("oslo").router().system_id().unwrap().lan(9).lsp(0);
    let lsp = Lsp::build(id, 7, 7_500, Flags::LEVEL_1, &[]);
    let before = world.agent("rome").router().link_state();
    inject(&mut world, "oslo", "rome", &lsp.to_packet(7_500));
    let csnp = Csnp {
        source: id.node,
        start: LspId::FIRST,
        end: LspId::LAST,
        entries: vec![lsp.entry(7_500)],
    };
    inject(&mut world, "oslo", "rome", &csnp.encode());
    let after = world.agent("rome").router().link_state();
    let ids = |all: &[LspEntry]| -> Vec<LspId> { all.iter().map(|entry| entry.id).collect() };
    assert_eq!(ids(&after), ids(&before));
    let counters = world.agent("rome").counters();
    let strangers = counters.circuits()[1].outcomes.get(Outcome::NlspStranger);
    assert_eq!(strangers, 2);
}
