//! What happens in a history: agents and hosts come and go, links and ports fail.

use std::collections::BTreeSet;

use ipxway_core::random::Random;
use ipxway_core::sim::{Condition, MINUTE, SECOND, World};

use super::laws::Laws;
use super::shape::{Shape, any};
use crate::{link_state_world, terrible};

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
    pub(super) even: bool,
    /// What happened when, for whoever plays a history that fails again.
    told: Vec<String>,
    pub(super) laws: Laws,
}

impl Drop for Story {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os("IPXWAY_SEED").is_some() {
            eprintln!("{}", self.told.join("\n"));
        }
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
            even: shape.even,
            told: shape.told,
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
        for host in story.hosts.clone() {
            story.talk(&host, random);
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
        // Much happens at once, or shortly after: an election, a generation.
        let most = *any(random, &[SECOND / 10, SECOND, 10 * SECOND, MINUTE, MINUTE, MINUTE]);
        self.world.run_for(random.duration_up_to(most));
        self.world.check_limits().check_counters();
    }

    fn tell(&mut self, what: impl std::fmt::Display) {
        self.told.push(format!("{}: {what}", self.world.now()));
    }

    fn happen_to_agent(&mut self, random: &mut Random) {
        let agent = any(random, &self.agents).clone();
        match (self.world.is_alive(&agent), random.below(5)) {
            (true, 0 | 1) => {
                self.tell(format_args!("{agent} dies"));
                self.world.kill(&agent);
            }
            (true, 2) => {
                self.tell(format_args!("{agent} leaves"));
                self.world.stop(&agent);
            }
            (true, 3) => {
                self.tell(format_args!("{agent} stands still for a while"));
                self.world.freeze(&agent);
                let most = *any(random, &[SECOND, MINUTE, 4 * MINUTE]);
                self.world.run_for(random.duration_up_to(most));
                self.world.thaw(&agent);
            }
            (true, _) => {
                self.tell(format_args!("{agent} dies, and is back before anybody missed it"));
                self.world.kill(&agent);
                self.world.run_for(random.duration_up_to(SECOND));
                self.world.restart(&agent);
            }
            (false, _) => {
                self.tell(format_args!("{agent} starts"));
                self.world.restart(&agent);
            }
        }
    }

    fn happen_to_host(&mut self, random: &mut Random) {
        let host = any(random, &self.hosts).clone();
        match (self.running.contains(&host), random.below(4)) {
            (true, 0) => {
                self.tell(format_args!("{host} vanishes"));
                self.world.vanish(&host);
                self.running.remove(&host);
            }
            (true, 1) => {
                self.tell(format_args!("{host} is shut down"));
                self.world.shut_down(&host);
                self.running.remove(&host);
            }
            (true, _) => {
                self.talk(&host, random);
            }
            (false, _) => {
                self.tell(format_args!("{host} is switched on"));
                self.world.switch_on_again(&host);
                self.talk(&host, random);
                self.running.insert(host);
            }
        }
    }

    /// A host sends packets to another from now on.
    fn talk(&mut self, host: &str, random: &mut Random) {
        let to = any(random, &self.hosts);
        self.talks += 1;
        // No two talks have packets of one size: so each packet is known.
        let size = 16 + self.talks;
        self.world.stream(host, to, 300, &[size], 2 * SECOND);
    }

    fn happen_to_link(&mut self, random: &mut Random) {
        let (one, other) = (any(random, &self.agents).clone(), any(random, &self.agents).clone());
        let duplicate_permille = if self.doubles { terrible().duplicate_permille } else { 0 };
        let bad = Condition { duplicate_permille, ..terrible() };
        match random.below(9) {
            0 => {
                self.tell(format_args!("{one} and {other} do not hear each other"));
                self.world.partition(&[&one], &[&other]);
            }
            1 => {
                self.tell("the first half and the second do not hear each other");
                let (near, far) = self.agents.split_at(self.agents.len() / 2);
                let [near, far] = [near, far].map(|half| half.iter().map(String::as_str));
                self.world.partition(&near.collect::<Vec<_>>(), &far.collect::<Vec<_>>());
            }
            2 => {
                self.tell(format_args!("{other} does not hear {one}"));
                self.world.cut(&[&one], &[&other]);
            }
            3 | 4 => {
                self.tell("all hear each other");
                self.world.heal();
            }
            5 => {
                self.tell("the backbone is bad");
                self.world.set_backbone(bad);
            }
            6 => {
                self.tell("the backbone is good");
                self.world.set_backbone(Condition::default());
            }
            7 => {
                self.tell(format_args!("the link from {one} to {other} is bad"));
                self.world.set_link(&one, &other, bad);
                self.links.push((one, other));
            }
            _ => self.happen_to_lan(random),
        }
    }

    fn happen_to_lan(&mut self, random: &mut Random) {
        let (agent, lan) = any(random, &self.ports).clone();
        match random.below(4) {
            0 => {
                let loss_permille = if random.chance(1, 2) { 200 } else { 0 };
                self.tell(format_args!("LAN {lan} loses {loss_permille} of 1,000"));
                self.world.set_lan(&lan, Condition { loss_permille, ..Condition::LAN });
            }
            1 => {
                self.tell(format_args!("{agent} is off LAN {lan}"));
                self.world.set_port(&agent, &lan, false);
            }
            _ => {
                self.tell(format_args!("{agent} is on LAN {lan}"));
                self.world.set_port(&agent, &lan, true);
            }
        }
    }

    /// All links are good again.
    pub(super) fn end(&mut self) {
        self.tell("all is good");
        let world = &mut self.world;
        world.heal();
        world.set_backbone(Condition::default());
        for (from, to) in &self.links {
            world.set_link(from, to, Condition::default());
        }
        self.lans.iter().for_each(|lan| world.set_lan(lan, Condition::LAN));
        self.ports.iter().for_each(|(agent, lan)| world.set_port(agent, lan, true));
        self.laws.rests(world.now());
    }
}
