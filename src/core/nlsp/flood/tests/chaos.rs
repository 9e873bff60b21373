//! Whatever comes in: no panic, no busy loop, limits kept, and order again at the end.

use std::time::Duration;

use super::world::{CMD, LAN, World, lsp, stranger, system};
use crate::ids::CircuitId;
use crate::nlsp::lsdb::Lsdb;
use crate::random::Random;
use crate::wire::nlsp::{Csnp, LspEntry, LspId, Psnp};

const AGENTS: usize = 4;
const LIMIT: usize = 24;

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    let at = random.below(u64::try_from(from.len()).unwrap());
    from[usize::try_from(at).unwrap()]
}

fn below(random: &mut Random, bound: u64) -> usize {
    usize::try_from(random.below(bound)).unwrap()
}

fn id(random: &mut Random) -> LspId {
    match random.below(8) {
        0 => LspId::FIRST,
        1 => LspId::LAST,
        2 | 3 => system(below(random, 4)).lan(pick(random, &[0, 1])).lsp(pick(random, &[0, 255])),
        _ => stranger(u16::try_from(random.below(30)).unwrap()),
    }
}

fn entry(random: &mut Random) -> LspEntry {
    LspEntry {
        lifetime: pick(random, &[0, 1, 2, 7_500, u16::MAX]),
        id: id(random),
        sequence: pick(random, &[0, 1, 2, 3, 0x8000_0000, 0xff00_0000]),
        checksum: pick(random, &[0, 1, u16::MAX]),
    }
}

fn pdu(random: &mut Random) -> Vec<u8> {
    let entries: Vec<LspEntry> = (0..random.below(20)).map(|_| entry(random)).collect();
    let source = system(below(random, 4)).router();
    match random.below(4) {
        0 => Psnp { source, entries }.encode(),
        1 => {
            let ends = [id(random), id(random)];
            let [start, end] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
            Csnp { source, start, end, entries }.encode()
        }
        _ => {
            let LspEntry { lifetime, id, sequence, .. } = entry(random);
            let text = [0, 1, 2].map(|_| pick(random, b"ab"));
            lsp(id, sequence.max(1), lifetime, &text).bytes().to_vec()
        }
    }
}

/// Something happens to the world.
fn happen(world: &mut World, random: &mut Random) {
    let agent = below(random, 4);
    let other = (agent + 1 + below(random, 3)) % AGENTS;
    let circuit: CircuitId = pick(random, &[LAN, CMD]);
    match random.below(40) {
        0 => world.down(agent, circuit, other),
        1 => world.connect(circuit, &[other, agent]),
        2 => world.designate(circuit, agent),
        3 => {
            world.generate(agent, pick(random, &[0, 255]), pick(random, &[b"c", b"d"]));
        }
        4 => world.pass_secs(random.below(100)),
        _ => {
            let pdu = pdu(random);
            world.give(agent, circuit, other, random.chance(1, 2), &pdu);
        }
    }
}

#[test]
fn whatever_comes_in_time_goes_on_limits_hold_and_databases_agree_afterwards() {
    for seed in 0..20 {
        let mut random = Random::seeded(seed);
        let mut world = World::cmd(AGENTS);
        world.connect(LAN, &[0, 1, 2, 3]);
        for agent in &mut world.agents {
            agent.lsdb = Lsdb::new(LIMIT);
        }
        for _ in 0..1_000 {
            happen(&mut world, &mut random);
            world.pass(Duration::from_millis(random.below(200)));
            for agent in &world.agents {
                // Our own come on top.
                assert!(agent.lsdb.len() <= LIMIT + 8, "{} records", agent.lsdb.len());
                assert!(agent.flood.next_timeout().is_none_or(|at| at > world.now), "seed {seed}");
            }
            world.sent.clear();
        }
        // Room for all, neighbours all round: order comes back.
        for agent in &mut world.agents {
            agent.lsdb.set_limit(1_000);
        }
        for circuit in [LAN, CMD] {
            world.connect(circuit, &[0, 1, 2, 3]);
            world.designate(circuit, 3);
        }
        world.pass_secs(1);
        world.until_agreed(Duration::from_secs(300));
    }
}
