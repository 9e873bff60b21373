//! Packets that nobody should send.

use ipxway_core::Time;
use ipxway_core::random::Random;
use ipxway_core::sim::{MINUTE, SECOND, Seen, topology, within};
use std::cell::RefCell;
use std::net::SocketAddrV4;
use std::rc::Rc;

use super::{all_see_all, converged};
use crate::full;

/// Real NLSP datagrams of a neighbour, damaged, a million of them: counters, and all is well.
#[test]
fn a_million_damaged_packets_of_a_neighbour_leave_nothing_but_counters() {
    let sites = ["oslo", "rome", "kyiv"];
    let mut world = converged(3, topology::mesh(&sites), &sites);
    world.distrust();
    let seen: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
    let kept = Rc::clone(&seen);
    world.watch(move |seen| {
        let Seen::Datagram { from, to, payload, .. } = seen else { return };
        let to_rome = to.ip().octets()[3] == 2 && from.ip().octets()[3] == 1;
        let mut kept = kept.borrow_mut();
        if to_rome && kept.len() < 500 {
            kept.push(payload.to_vec());
        }
    });
    world.kill("kyiv");
    world.restart("kyiv");
    world.run_for(3 * MINUTE);
    let packets = seen.borrow().clone();
    assert!(packets.len() > 10, "{}", packets.len());

    let mut random = Random::seeded(9);
    let count = if full() { 1_000_000 } else { 30_000 };
    let from: SocketAddrV4 = "10.0.0.1:2654".parse().unwrap();
    let port = world.agent("rome").router().config().cmd_networks[0].port;
    for number in 0..count {
        let pick = random.below(u64::try_from(packets.len()).unwrap());
        let mut packet = packets[usize::try_from(pick).unwrap()].clone();
        for _ in 0..=random.below(3) {
            // Behind the IPX header, mostly: what is wrong before it is another test's.
            let length = u64::try_from(packet.len()).unwrap();
            let place = if random.chance(1, 8) {
                random.below(length)
            } else {
                30 + random.below(length - 30)
            };
            packet[usize::try_from(place).unwrap()] ^= 1 << random.below(8);
        }
        if random.chance(1, 10) {
            packet.truncate(usize::try_from(30 + random.below(60)).unwrap());
        }
        world.drive("rome", |agent, now: Time| agent.receive_datagram(now, port, from, &packet));
        if number % 1_000 == 999 {
            world.run_for(SECOND);
            world.check_limits();
        }
    }
    world.run_for(5 * MINUTE);
    // What the damaged packets planted may live on until its age is over, but not in the way.
    world.run_until(|w| all_see_all(w, &sites), within(5 * MINUTE));
    world.check_limits().check_counters();
}
