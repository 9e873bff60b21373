//! Hostile messages into the agents of SLP, and how much they can be made to say.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use bytes::Bytes;
use ipxway_core::config::{Config, DirectoryAgent};
use ipxway_core::ids::InterfaceId;
use ipxway_core::random::Random;
use ipxway_core::router::{Input, IpService};
use ipxway_core::sim::{MINUTE, SECOND, Seen, World, within};

use super::{all_joined, by_slp};
use crate::full;

const SITES: [&str; 3] = ["oslo", "rome", "bern"];

/// Messages, by default and with `IPXWAY_FULL=1`.
const MESSAGES: u32 = 50_000;
const MESSAGES_FULL: u32 = 1_000_000;

fn be_a_directory_agent(config: &mut Config) {
    if config.name == "BERN" {
        config.slp.directory_agent = Some(DirectoryAgent::default());
    }
}

/// The messages of the first minute of a network, to be changed.
fn samples(world: &mut World) -> Vec<Vec<u8>> {
    let samples = Rc::new(std::cell::RefCell::new(Vec::new()));
    let shared = Rc::clone(&samples);
    world.watch(move |seen| {
        if let Seen::Service { payload, .. } = seen {
            shared.borrow_mut().push(payload.to_vec());
        }
    });
    world.run_for(MINUTE);
    samples.take()
}

fn mutated(sample: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=random.below(6) {
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
        bytes[at] = u8::try_from(random.below(256)).unwrap();
    }
    if random.below(4) == 0 {
        bytes.truncate(usize::try_from(random.below(bytes.len() as u64)).unwrap());
    }
    bytes
}

#[test]
fn a_million_damaged_messages_leave_the_network_as_it_was() {
    let count = if full() { MESSAGES_FULL } else { MESSAGES };
    let mut world = World::seeded(5).with(by_slp(&SITES).tune(be_a_directory_agent));
    let samples = samples(&mut world);
    assert!(samples.len() > 20 && all_joined(&world, &SITES));
    let mut random = Random::seeded(6);
    for round in 0..count {
        let sample = &samples[usize::try_from(random.below(samples.len() as u64)).unwrap()];
        let payload = Bytes::from(mutated(sample, &mut random));
        // Some of them in the name of agents of the network.
        let from = Ipv4Addr::new(10, 0, 0, 1 + u8::try_from(random.below(200)).unwrap());
        let to = [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 3)];
        let [oslo, bern] = to;
        let (agent, to) = if round % 2 == 0 { ("oslo", oslo) } else { ("bern", bern) };
        let to = if random.below(3) == 0 { Ipv4Addr::new(239, 255, 255, 253) } else { to };
        let from = SocketAddrV4::new(from, 427);
        let (interface, service) = (InterfaceId(0), IpService::Slp);
        let input = Input::Datagram { interface, service, from, to, payload };
        world.give(agent, input);
        if round % 50 == 0 {
            world.run_for(SECOND / 10);
        }
    }
    // What was registered in others' names ends, and what was said of directory agents is not so.
    world.run_until(|w| all_joined(w, &SITES), within(10 * MINUTE));
    assert!(world.registered("bern") <= 3 + 64 * 200);
    let peers = world.peers("oslo");
    assert!(peers < 64, "{peers} peers");
}

#[test]
fn an_answer_to_an_unverified_host_is_at_most_three_times_its_question() {
    let mut world = World::seeded(9).with(by_slp(&SITES).tune(be_a_directory_agent));
    let mut samples = samples(&mut world);
    // Who says that it is a directory agent is registered with: that is no answer.
    samples.retain(|sample| sample[1] != 8);
    let asker = Ipv4Addr::new(10, 0, 0, 99);
    let (asked, answered) = (Rc::new(Cell::new(0_usize)), Rc::new(Cell::new(0_usize)));
    let worst = Rc::new(Cell::new(0.0_f64));
    let shared = (Rc::clone(&asked), Rc::clone(&answered), Rc::clone(&worst));
    world.watch(move |seen| {
        let (asked, answered, worst) = &shared;
        if let Seen::Service { to, payload, .. } = seen
            && *to.ip() == asker
        {
            answered.set(answered.get() + payload.len());
            worst.set(worst.get().max(payload.len() as f64 / asked.get() as f64));
        }
    });
    let mut random = Random::seeded(1);
    for _ in 0..10_000 {
        let sample = &samples[usize::try_from(random.below(samples.len() as u64)).unwrap()];
        let payload = Bytes::from(sample.clone());
        asked.set(payload.len());
        let to = Ipv4Addr::new(10, 0, 0, 3);
        let from = SocketAddrV4::new(asker, 5_000);
        let (interface, service) = (InterfaceId(0), IpService::Slp);
        world.give("bern", Input::Datagram { interface, service, from, to, payload });
        world.run_for(SECOND / 15);
    }
    assert!(answered.get() > 0, "nothing was answered: nothing was measured");
    assert!(worst.get() <= 3.0, "{}", worst.get());
}
