//! Lifetimes, sequence numbers, and clocks that stand still or leap.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::router::Input;
use ipxway_core::sim::{MINUTE, SECOND, World, topology, within};
use ipxway_core::wire::nlsp::{Csnp, Flags, Lsp, LspEntry, LspId, Pdu, SystemId};

use super::{all_see_all, converged, database, inject, nlsp, told};
use crate::{few_seeds, seeds};

const SITES: [&str; 3] = ["oslo", "rome", "kyiv"];
const HOUR: Duration = Duration::from_secs(3_600);

fn system(world: &World, agent: &str) -> SystemId {
    world.agent(agent).router().system_id().unwrap()
}

/// Live link-state packets of a system, as an agent has them.
fn live(world: &World, agent: &str, of: SystemId) -> Vec<LspEntry> {
    let mut all = world.agent(agent).router().link_state();
    all.retain(|entry| entry.id.node.system == of);
    all
}

#[test]
fn in_a_day_every_packet_is_renewed_within_two_hours_and_none_comes_of_age() {
    few_seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        // Each packet: the last version, and when it was seen first.
        type Renewals = BTreeMap<LspId, (u32, Time)>;
        let seen: Rc<RefCell<Renewals>> = Rc::default();
        let renewals = Rc::clone(&seen);
        let start = world.now();
        world.watch(move |seen| {
            let Some(Pdu::Lsp(lsp)) = nlsp(&seen) else { return };
            let ipxway_core::sim::Seen::Datagram { at, .. } = seen else { return };
            assert!(lsp.lifetime > 0, "{} was purged at {at}", lsp.id);
            let mut renewals = renewals.borrow_mut();
            let (version, since) = renewals.entry(lsp.id).or_insert((lsp.sequence, at));
            if lsp.sequence > *version {
                let age = at.since(*since);
                assert!(age <= 2 * HOUR, "{} was renewed after {age:?}", lsp.id);
                assert!(age >= 2 * HOUR * 3 / 4, "{} was renewed after {age:?}", lsp.id);
                (*version, *since) = (lsp.sequence, at);
            }
        });
        let ids = |world: &World, agent: &str| -> Vec<LspId> {
            let all = world.agent(agent).router().link_state();
            all.into_iter().map(|entry| entry.id).collect()
        };
        let before = ids(&world, "oslo");
        for _ in 0..24 {
            world.run_for(HOUR);
            for site in SITES {
                assert_eq!(ids(&world, site), before, "seed {seed}: {site} at {}", world.now());
            }
        }
        world.check_at_rest().check_databases_equal(&SITES);
        let renewals = seen.borrow();
        assert_eq!(renewals.keys().copied().collect::<Vec<_>>(), before, "all were renewed");
        for (id, (_, since)) in renewals.iter() {
            assert!(since.since(start) >= 22 * HOUR, "{id} was renewed last at {since}");
        }
    });
}

#[test]
fn what_a_dead_agent_said_is_purged_at_the_end_of_its_life_and_forgotten_a_minute_later() {
    few_seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        let dead = system(&world, "oslo");
        world.kill("oslo");
        let said = live(&world, "rome", dead);
        let longest = said.iter().map(|entry| entry.lifetime).max().unwrap();
        let shortest = said.iter().map(|entry| entry.lifetime).min().unwrap();
        world.run_for(Duration::from_secs(u64::from(shortest) - 20));
        for site in ["rome", "kyiv"] {
            let left: Vec<_> = live(&world, site, dead).into_iter().map(|entry| entry.id).collect();
            assert_eq!(left, said.iter().map(|entry| entry.id).collect::<Vec<_>>(), "{site}");
        }
        world.run_for(Duration::from_secs(u64::from(longest - shortest) + 22));
        let purged = |world: &mut World, site| {
            let mut rows = database(world, site);
            let of_dead = dead.to_string();
            rows.retain(|row| row.lsp.starts_with(&of_dead));
            assert!(rows.iter().all(|row| row.lifetime_s == 0), "seed {seed}: {rows:?}");
            rows.len()
        };
        for site in ["rome", "kyiv"] {
            assert_eq!(purged(&mut world, site), said.len(), "seed {seed}: {site}");
        }
        // Somebody who slept still believes in it: he is told.
        let entries = said.iter().map(|entry| LspEntry { lifetime: 100, ..*entry }).collect();
        let source = system(&world, "rome").router();
        let csnp = Csnp { source, start: LspId::FIRST, end: LspId::LAST, entries };
        let answered = Rc::new(RefCell::new(0_usize));
        let answers = Rc::clone(&answered);
        world.watch(move |seen| {
            if let Some(Pdu::Lsp(lsp)) = nlsp(&seen)
                && lsp.id.node.system == dead
            {
                assert_eq!(lsp.lifetime, 0);
                *answers.borrow_mut() += 1;
            }
        });
        inject(&mut world, "rome", "kyiv", &csnp.encode());
        world.run_for(8 * SECOND);
        assert!(*answered.borrow() >= said.len(), "seed {seed}: {} answers", answered.borrow());
        assert!(live(&world, "kyiv", dead).is_empty());
        world.run_for(60 * SECOND);
        for site in ["rome", "kyiv"] {
            assert_eq!(purged(&mut world, site), 0, "seed {seed}: {site}");
        }
        world.check_at_rest().check_databases_equal(&["rome", "kyiv"]);
    });
}

#[test]
fn when_the_numbers_are_used_up_the_packet_is_purged_and_comes_back_with_the_first() {
    few_seeds(|seed| {
        let mut world = converged(seed, topology::mesh(&SITES), &SITES);
        let oslo = system(&world, "oslo");
        let id = oslo.router().lsp(0);
        let version = |world: &World, agent| {
            let all = live(world, agent, oslo);
            all.into_iter().find(|entry| entry.id == id).map(|entry| entry.sequence)
        };
        // An old life of it, or a stranger, went as far as numbers go.
        let old = Lsp::build(id, u32::MAX, 7_500, Flags::LEVEL_1, &[]);
        inject(&mut world, "rome", "oslo", &old.to_packet(7_500));
        let purged = |w: &World| SITES.iter().all(|site| version(w, site).is_none());
        world.run_until(purged, within(SECOND));
        assert_eq!(told(&world, "oslo", "sequence-used-up"), 1);
        let start = world.now();
        world.run_for(7_550 * SECOND);
        assert!(purged(&world), "seed {seed}: it spoke before all had forgotten");
        assert!(!world.sees("rome", "SERVER-oslo"), "nothing is linked to it");
        world.run_until(
            |w| SITES.iter().all(|site| version(w, site) == Some(1)),
            within(12 * SECOND),
        );
        let silent = world.now().since(start);
        assert!(silent >= 7_559 * SECOND, "seed {seed}: it spoke after {silent:?}");
        world.run_until(|w| all_see_all(w, &SITES), within(30 * SECOND));
        world.run_for(4 * MINUTE);
        world.check_at_rest().check_tables_equal(&SITES).check_databases_equal(&SITES);
    });
}

#[test]
fn an_agent_whose_machine_stood_still_is_back_within_two_minutes() {
    seeds(|seed| {
        for time in [30 * SECOND, 10 * MINUTE, 24 * HOUR] {
            let mut world = converged(seed, topology::mesh(&SITES), &SITES);
            world.freeze("rome");
            world.run_for(time);
            assert_eq!(world.sees("oslo", "SERVER-rome"), time < MINUTE, "seed {seed}");
            world.thaw("rome");
            world.run_until(|w| all_see_all(w, &SITES), within(2 * MINUTE));
            world.run_for(5 * MINUTE);
            world.check_at_rest().check_tables_equal(&SITES).check_databases_equal(&SITES);
        }
    });
}

#[test]
fn while_the_clock_stands_still_nothing_is_sent_twice() {
    let mut world = converged(1, topology::mesh(&SITES), &SITES);
    let sent = Rc::new(RefCell::new(0_usize));
    let counting = Rc::clone(&sent);
    world.watch(move |_| *counting.borrow_mut() += 1);
    world.drive("rome", |agent, now| {
        for _ in 0..100_000 {
            agent.handle(now, Input::Timeout);
        }
    });
    let hello = SITES.len() - 1;
    assert!(*sent.borrow() <= hello, "{} packets in no time", sent.borrow());
    world.run_for(5 * MINUTE);
    world.check_at_rest().check_databases_equal(&SITES);
}
