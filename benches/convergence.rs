//! Agents on one CMD network that all start within a second, each with ten networks (a LAN and
//! nine behind it) and 30 services: how long until every agent knows everything, and what that and
//! the rest after it cost.
//!
//! `cargo bench -p ipxway-core --features sim --bench convergence`, for 25 and 300 agents. Other
//! sizes: `IPXWAY_AGENTS=1000`, or several with commas between them; 1,000 agents take 16 GB
//! and ten to twenty minutes of processor time. They are the real core in simulated time, in one
//! thread. Times of the simulation are the same on every machine.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench takes time")]
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::unwrap_used, reason = "a bench that finds nothing to unwrap measures nothing")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, fs};

use ipxway_core::Time;
use ipxway_core::config::{Config, StaticRoute, StaticService};
use ipxway_core::ids::CircuitId;
use ipxway_core::sim::{Condition, MINUTE, SECOND, Seen, Topology, World};
use ipxway_core::wire::ipx::HEADER_LEN;
use ipxway_core::wire::sap::ServiceType;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// Networks behind each agent's LAN, by a router there.
const BEHIND: u32 = 9;
/// Services of each agent.
const SERVICES: u32 = 30;
/// One way across the backbone.
const DELAY: Duration = Duration::from_millis(20);
/// So much simulated time passes between two looks at the tables.
const LOOK: Duration = Duration::from_millis(100);
/// Not reached by then: given up.
const LIMIT: Duration = Duration::from_secs(900);

const CMD: u32 = 0xffff_fffd;
const ROUTER: NodeAddress = NodeAddress([2, 0xbb, 0, 0, 0, 1]);

const KINDS: [&str; 6] = ["hellos", "LSPs", "CSNPs", "PSNPs", "other datagrams", "LAN frames"];

/// What was sent.
#[derive(Default)]
struct Counts {
    /// Packets by kind, in the order of [`KINDS`].
    kinds: [u64; 6],
    /// Datagrams by sender.
    senders: BTreeMap<Ipv4Addr, u64>,
}

fn main() {
    // `cargo bench` says `--bench`; `cargo test` says nothing, and runs it as a test.
    let default = if env::args().any(|arg| arg == "--bench") { "25,300" } else { "3" };
    let sizes = env::var("IPXWAY_AGENTS").unwrap_or_else(|_| default.to_owned());
    let mut before: Option<Figures> = None;
    for size in sizes.split(',') {
        let figures = measure(size.trim().parse().unwrap());
        figures.print();
        if let Some(before) = &before {
            figures.print_growth(before);
        }
        before = Some(figures);
    }
}

/// What was measured with so many agents.
struct Figures {
    agents: u32,
    networks: usize,
    services: usize,
    /// Simulated time until all knew all.
    settled: Duration,
    start: Cost,
    /// One simulated minute afterwards.
    rest: Cost,
    /// Bytes of memory in use then, beyond those before.
    memory: u64,
}

/// What a part of the run took.
struct Cost {
    simulated: Duration,
    wall: Duration,
    cpu: Duration,
    sent: Counts,
}

/// An agent's networks and services beside its LAN and its internal network, which number it.
fn furnish(config: &mut Config) {
    let internal = config.internal_network.unwrap();
    let number = internal.0 & 0xffff;
    config.static_routes = (1..=BEHIND)
        .map(|n| StaticRoute {
            network: NetworkNumber(0xb000_0000 | number << 8 | n),
            circuit: CircuitId(0),
            node: ROUTER,
            hops: 1,
            ticks: 2,
        })
        .collect();
    config.static_services = (1..=SERVICES)
        .map(|n| StaticService {
            service_type: ServiceType(if n % 2 == 0 { 0x0004 } else { 0x030c }),
            name: format!("SITE-{number:04}-{n:02}"),
            address: Address::new(internal, NodeAddress::INTERNAL, Socket(0x451)),
            hops: 1,
        })
        .collect();
}

fn world(agents: u32) -> World {
    let names: Vec<String> = (1..=agents).map(|n| format!("site-{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sites = names.iter().fold(Topology::new(), |topology, name| topology.site(name));
    let mut world = World::seeded(1).with(sites.cmd(CMD, &names).tune(furnish));
    world.set_backbone(Condition { delay: DELAY, ..Condition::default() });
    world
}

fn count(world: &mut World) -> Rc<RefCell<Counts>> {
    let counts = Rc::new(RefCell::new(Counts::default()));
    let shared = Rc::clone(&counts);
    world.watch(move |seen| {
        let mut counts = shared.borrow_mut();
        match seen {
            Seen::Service { .. } | Seen::Stream { .. } => {}
            Seen::Frame { .. } => counts.kinds[5] += 1,
            Seen::Datagram { from, payload, .. } => {
                counts.kinds[kind_of(payload)] += 1;
                *counts.senders.entry(*from.ip()).or_default() += 1;
            }
        }
    });
    counts
}

/// The place of a datagram's kind in [`KINDS`].
fn kind_of(payload: &[u8]) -> usize {
    match (payload.get(16..18), payload.get(HEADER_LEN + 4).map(|kind| kind & 0x1f)) {
        // To socket 9001; the type is in the fifth byte.
        (Some([0x90, 0x01]), Some(15)) => 0,
        (Some([0x90, 0x01]), Some(18)) => 1,
        (Some([0x90, 0x01]), Some(24)) => 2,
        (Some([0x90, 0x01]), Some(26)) => 3,
        _ => 4,
    }
}

fn measure(agents: u32) -> Figures {
    let before = memory();
    let mut world = world(agents);
    let counts = count(&mut world);
    let start = cost_of(&mut world, &counts, |world| {
        world.run_for(SECOND);
        let aim = world.aim();
        assert_eq!(aim.agents(), usize::try_from(agents).unwrap());
        while !world.has_reached(&aim) {
            assert!(world.now() < Time::ZERO + LIMIT, "{:?}", world.behind(&aim));
            world.run_for(LOOK);
        }
    });
    let aim = world.aim();
    let rest = cost_of(&mut world, &counts, |world| world.run_for(MINUTE));
    assert!(world.has_reached(&aim), "it does not stay so");
    let (networks, services) = (aim.networks(), aim.services());
    let settled = start.simulated;
    let memory = memory().saturating_sub(before);
    Figures { agents, networks, services, settled, start, rest, memory }
}

fn cost_of(world: &mut World, counts: &RefCell<Counts>, work: impl FnOnce(&mut World)) -> Cost {
    counts.take();
    let (from, wall, cpu) = (world.now(), Instant::now(), cpu());
    work(world);
    let sent = counts.take();
    let simulated = world.now().since(from);
    Cost { simulated, wall: wall.elapsed(), cpu: self::cpu() - cpu, sent }
}

/// Processor time that this process has used, of the kernel's 100 ticks a second.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2).map(|f| f.parse::<u64>().unwrap());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// Bytes of memory that are in use.
fn memory() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

/// A figure that may grow: what it is, how it is read, whether it is for each agent.
type Growth = (&'static str, fn(&Figures) -> f64, bool);

impl Cost {
    fn datagrams(&self) -> u64 {
        self.sent.senders.values().sum()
    }

    fn print(&self, what: &str, agents: u32) {
        let Self { simulated, wall, cpu, sent } = self;
        let each = f64::from(agents);
        println!(
            "{what}: {:.1} s in {:.1} s ({:.1} times as fast as real time), processor {:.1} s, \
             {:.2} ms an agent",
            simulated.as_secs_f64(),
            wall.as_secs_f64(),
            simulated.as_secs_f64() / wall.as_secs_f64(),
            cpu.as_secs_f64(),
            cpu.as_secs_f64() * 1e3 / each,
        );
        let kinds = KINDS.iter().zip(sent.kinds).map(|(kind, count)| format!("{count} {kind}"));
        println!(
            "    {}; {:.0} datagrams an agent, {} the one that sends most",
            kinds.collect::<Vec<_>>().join(", "),
            self.datagrams() as f64 / each,
            sent.senders.values().max().unwrap_or(&0),
        );
    }
}

impl Figures {
    fn print(&self) {
        let Self { agents, networks, services, settled, start, rest, memory } = self;
        println!("{agents} agents, {networks} networks, {services} services");
        println!("  all know all after {:.1} s", settled.as_secs_f64());
        start.print("  start", *agents);
        rest.print("  a minute of rest", *agents);
        let known = (networks + services) as u64 * u64::from(*agents);
        println!(
            "  memory: {} MiB, {} KiB an agent, {} bytes for each network and service it knows",
            memory >> 20,
            (memory / u64::from(*agents)) >> 10,
            memory / known,
        );
    }

    /// How much more it is than with fewer agents.
    fn print_growth(&self, than: &Self) {
        let ratio = |now: f64, then: f64| now / then.max(f64::MIN_POSITIVE);
        let each = |of: &Self, total: f64| total / f64::from(of.agents);
        let rows: [Growth; 5] = [
            ("simulated time until all know all", |f| f.settled.as_secs_f64(), false),
            ("datagrams of an agent until then", |f| f.start.datagrams() as f64, true),
            ("processor time for an agent until then", |f| f.start.cpu.as_secs_f64(), true),
            ("datagrams of an agent at rest", |f| f.rest.datagrams() as f64, true),
            ("memory of an agent", |f| f.memory as f64, true),
        ];
        let agents = f64::from(self.agents) / f64::from(than.agents);
        println!("  {agents:.1} times the agents of the run before:");
        for (what, figure, of_each) in rows {
            let (now, then) = (figure(self), figure(than));
            let (now, then) =
                if of_each { (each(self, now), each(than, then)) } else { (now, then) };
            println!("    {:5.1} times the {what}", ratio(now, then));
        }
    }
}
