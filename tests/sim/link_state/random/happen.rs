//! What happens in a history: agents and hosts come and go, links and ports fail.

use std::collections::BTreeSet;
use std::time::Duration;

use ipxway_core::random::Random;
use ipxway_core::sim::{Condition, MINUTE, SECOND, World};

use super::laws::Laws;
use super::shape::{Shape, any};
use crate::link_state_world;

/// Servers at most.
const SERVERS: usize = 4;

/// A world in which things happen.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) world: World,
    pub(super) agents: Vec<String>,
    lans: Vec<String>,
    ports: Vec<(String, String)>,
    hosts: Vec<String>,
    running: BTreeSet<String>,
    /// Links that were made bad each for itself.
    links: Vec<(String, String)>,
    /// The backbone may double what it carries.
    doubles: bool,
    talks: usize,
    pub(super) laws: Laws,
}

/// Much is lost, late and in the wrong order.
fn terrible(doubles: bool) -> Condition {
    Condition {
        loss_permille: 300,
        duplicate_permille: if doubles { 200 } else { 0 },
        reorder_permille: 300,
        delay: Duration::from_millis(40),
        jitter: Duration::from_millis(200),
        late: Duration::from_millis(900),
    }
}

impl Story {
    pub(super) fn begin(seed: u64, random: &mut Random) -> Self {
        let shape = Shape::any(random);
        let mut world = link_state_world(seed, shape.topology);
        let doubles = random.chance(1, 4);
        let laws = Laws::watch(&mut world, !doubles);
        let mut story = Self {
            world,
            agents: shape.agents,
            lans: shape.lans,
            ports: shape.ports,
            hosts: Vec::new(),
            running: BTreeSet::new(),
            links: Vec::new(),
            doubles,
            talks: 0,
            laws,
        };
        for number in 0..SERVERS.min(story.lans.len()) {
            let (lan, name) = (&story.lans[number], format!("SERVER{number}"));
            if random.chance(1, 4) {
                story.world.server_of(lan, &name, None, 3);
            } else {
                story.world.server(lan, &name);
            }
            story.running.insert(name.clone());
            story.hosts.push(name);
        }
        story
    }

    /// Something happens, and then nothing for up to a minute.
    pub(super) fn go_on(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => self.happen_to_agent(random),
            1 => self.happen_to_host(random),
            _ => self.happen_to_link(random),
        }
        self.laws.happened(self.world.now());
        // Much happens at once, or shortly after: an election, a generation.
        let most = *any(random, &[SECOND, 10 * SECOND, MINUTE, MINUTE, MINUTE]);
        self.world.run_for(random.duration_up_to(most));
        self.world.check_limits().check_counters();
    }

    fn happen_to_agent(&mut self, random: &mut Random) {
        let agent = any(random, &self.agents);
        match (self.world.is_alive(agent), random.below(4)) {
            (true, 0 | 1) => self.world.kill(agent),
            (true, 2) => self.world.stop(agent),
            (true, _) => {
                // It is back before anybody missed it.
                self.world.kill(agent);
                self.world.run_for(random.duration_up_to(SECOND));
                self.world.restart(agent);
            }
            (false, _) => self.world.restart(agent),
        }
    }

    fn happen_to_host(&mut self, random: &mut Random) {
        let host = any(random, &self.hosts);
        match (self.running.contains(host), random.below(4)) {
            (true, 0) => {
                self.world.vanish(host);
                self.running.remove(host);
            }
            (true, 1) => {
                self.world.shut_down(host);
                self.running.remove(host);
            }
            (true, _) => {
                let to = any(random, &self.hosts);
                self.talks += 1;
                // No two talks have packets of one size: so each packet is known.
                let size = 16 + self.talks;
                self.world.stream(host, to, 30, &[size], SECOND);
            }
            (false, _) => {
                self.world.switch_on_again(host);
                self.running.insert(host.clone());
            }
        }
    }

    fn happen_to_link(&mut self, random: &mut Random) {
        let (one, other) = (any(random, &self.agents), any(random, &self.agents));
        let bad = terrible(self.doubles);
        match random.below(9) {
            0 => self.world.partition(&[one], &[other]),
            1 => {
                let (near, far) = self.agents.split_at(self.agents.len() / 2);
                let [near, far] = [near, far].map(|half| half.iter().map(String::as_str));
                self.world.partition(&near.collect::<Vec<_>>(), &far.collect::<Vec<_>>());
            }
            2 => self.world.cut(&[one], &[other]),
            3 | 4 => self.world.heal(),
            5 => self.world.set_backbone(bad),
            6 => self.world.set_backbone(Condition::default()),
            7 => {
                self.world.set_link(one, other, bad);
                self.links.push((one.clone(), other.clone()));
            }
            _ => self.happen_to_lan(random),
        }
    }

    fn happen_to_lan(&mut self, random: &mut Random) {
        let (agent, lan) = any(random, &self.ports);
        match random.below(4) {
            0 => {
                let loss_permille = if random.chance(1, 2) { 200 } else { 0 };
                self.world.set_lan(lan, Condition { loss_permille, ..Condition::LAN });
            }
            1 => self.world.set_port(agent, lan, false),
            _ => self.world.set_port(agent, lan, true),
        }
    }

    /// All links are good again.
    pub(super) fn end(&mut self) {
        let world = &mut self.world;
        world.heal();
        world.set_backbone(Condition::default());
        for (from, to) in &self.links {
            world.set_link(from, to, Condition::default());
        }
        self.lans.iter().for_each(|lan| world.set_lan(lan, Condition::LAN));
        self.ports.iter().for_each(|(agent, lan)| world.set_port(agent, lan, true));
        self.laws.happened(world.now());
    }
}
