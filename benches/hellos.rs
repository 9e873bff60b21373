//! What it costs the real daemon to keep 300 neighbours on one CMD network at rest, in processor
//! time: as a plain member, and as the designated router, which says more. Less than 0.1 % of one
//! processor is allowed.
//!
//! `cargo bench -p ipxway --bench hellos`. Needs root, or a kernel that lets users make network
//! namespaces; else it says so, and measures nothing. `IPXWAY_SECONDS=120` is the time measured
//! for each part, `IPXWAY_PEERS=300` the number of neighbours. They are sockets of this process,
//! which send hellos as agents do and read what comes.
//!
//! The yardstick beside it is the least that could do the same: one thread that receives as many
//! datagrams, and one that it wakes and that sends one for each. On a busy machine what is in the
//! processor's caches is gone by the next hello, and all three cost several times as much.
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::unwrap_used, reason = "a bench that finds nothing to unwrap measures nothing")]

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ipxway::demo::lab::enclosure;
use ipxway_core::random::Random;
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::nlsp::{LanHello, NodeId, SystemId};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, cmd};

const IPXWAY: &str = env!("CARGO_BIN_EXE_ipxway");
const INTERNAL: u32 = 0xc000_0001;
/// A hello goes after 75 to 100 % of this time.
const INTERVAL: Duration = Duration::from_secs(20);
/// Time between two looks at what came.
const LOOK: Duration = Duration::from_secs(1);
/// All must be up by then.
const LIMIT: Duration = Duration::from_secs(90);
/// So long after that all is at rest.
const REST: Duration = Duration::from_secs(30);

fn main() {
    if !env::args().any(|arg| arg == "--bench") {
        return;
    }
    if enclosure::is_inside() {
        enclosure::watch(|| std::process::exit(1)).unwrap();
        return inside();
    }
    let program = env::current_exe().unwrap();
    match enclosure::command(&program, &[OsStr::new("--bench")]) {
        Ok(mut command) => {
            let mut child = command.spawn().unwrap();
            // The inside ends with this pipe.
            let lifeline = child.stdin.take();
            assert!(child.wait().unwrap().success());
            drop(lifeline);
        }
        Err(error) => println!("skipped: {error:#}"),
    }
}

fn number(variable: &str, default: u32) -> u32 {
    env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn inside() {
    // All of these networks are ours, and a packet is as large as on Ethernet.
    let words = [
        "link set lo mtu 1500 up",
        "address add 10.98.0.0/15 dev lo",
        "address add 10.98.0.1/15 dev lo",
        "address add 10.99.0.1/15 dev lo",
    ];
    for words in words {
        assert!(Command::new("ip").args(words.split(' ')).status().unwrap().success());
    }
    // The processes of the enclosure have numbers of their own.
    let mount = Command::new("mount").args(["-t", "proc", "proc", "/proc"]).status();
    assert!(mount.unwrap().success());
    let (peers, seconds) = (number("IPXWAY_PEERS", 300), number("IPXWAY_SECONDS", 120));
    println!("{peers} neighbours, {seconds} s of rest");
    let time = Duration::from_secs(seconds.into());
    // Side by side: they have nothing to do with each other, and are idle nearly always.
    let pace = INTERVAL * 7 / 8 / peers;
    thread::scope(|scope| {
        scope.spawn(|| yardstick(pace, time));
        scope.spawn(|| measure(Ipv4Addr::new(10, 98, 0, 1), peers, time, false));
        scope.spawn(|| measure(Ipv4Addr::new(10, 99, 0, 1), peers, time, true));
    });
}

fn measure(ip: Ipv4Addr, peers: u32, time: Duration, designated: bool) {
    let daemon = Daemon::start(ip, peers);
    let mut crowd = Crowd::new(ip, peers, designated);
    let started = Instant::now();
    while daemon.up() < peers {
        assert!(started.elapsed() < LIMIT, "only {} are up", daemon.up());
        crowd.live(LOOK);
    }
    crowd.live(REST);
    let before = (Usage::of(&daemon), crowd.sent, crowd.received);
    crowd.live(time);
    let used = Usage::of(&daemon).since(&before.0);
    assert_eq!(daemon.up(), peers, "all stay up");
    let role = if designated { "designated router" } else { "member" };
    used.print(role, time, crowd.received - before.2, crowd.sent - before.1);
}

/// Two threads that pass a datagram on, at this pace.
fn yardstick(pace: Duration, time: Duration) {
    let socket = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let [sender, receiver, sink] = [socket(), socket(), socket()];
    let [to, end] = [&receiver, &sink].map(|socket| socket.local_addr().unwrap());
    let (give, take) = mpsc::channel::<Vec<u8>>();
    let used = thread::scope(|scope| {
        let receiver = &receiver;
        let first = scope.spawn(move || {
            let mut bytes = [0; 2_048];
            // An empty datagram is the last.
            while let Ok(len @ 1..) = receiver.recv(&mut bytes) {
                give.send(bytes.iter().take(len).copied().collect()).unwrap();
            }
            drop(give);
            processor_time(Path::new("/proc/thread-self"))
        });
        let second = scope.spawn(move || {
            for bytes in take {
                receiver.send_to(&bytes, end).unwrap();
            }
            processor_time(Path::new("/proc/thread-self"))
        });
        let started = Instant::now();
        while started.elapsed() < time {
            thread::sleep(pace);
            sender.send_to(&[0x55; 70], to).unwrap();
        }
        sender.send_to(&[], to).unwrap();
        first.join().unwrap() + second.join().unwrap()
    });
    println!("yardstick: {:.3} % of a processor", used.as_secs_f64() / time.as_secs_f64() * 100.0);
}

/// Processor time of a thread, by the scheduler's clock.
fn processor_time(thread: &Path) -> Duration {
    let schedule = fs::read_to_string(thread.join("schedstat")).unwrap();
    Duration::from_nanos(schedule.split_whitespace().next().unwrap().parse().unwrap())
}

/// Peer number `n` of the daemon at `ip`, from 1 on.
fn address(ip: Ipv4Addr, n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(ip) + 0x100 + n)
}

/// The daemon; killed when dropped.
struct Daemon {
    child: Child,
    directory: tempfile::TempDir,
}

impl Daemon {
    fn start(ip: Ipv4Addr, peers: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        let list: Vec<String> = (1..=peers).map(|n| format!("\"{}\"", address(ip, n))).collect();
        let config = format!(
            "version = 1\n[agent]\ninternal_network = \"{INTERNAL:08X}\"\n[control]\n\
             socket = \"{}\"\n[state]\ndirectory = \"{}\"\n[[cmd_network]]\nname = \"backbone\"\n\
             local = \"{ip}\"\npeers = [{}]\n",
            path("control.sock"),
            path("state"),
            list.join(", ")
        );
        fs::write(path("ipxway.toml"), config).unwrap();
        let log = fs::File::create(path("log")).unwrap();
        let child = Command::new(IPXWAY)
            .args(["run", "-c", &path("ipxway.toml")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, directory }
    }

    /// Neighbours that are up.
    fn up(&self) -> u32 {
        let socket = self.directory.path().join("control.sock");
        let output = Command::new(IPXWAY)
            .args(["show", "nlsp", "circuits", "--json", "--socket"])
            .arg(socket)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        // The key is there once, for there is one circuit; nothing, before the daemon answers.
        let count = text.split("\"neighbors\":").nth(1).unwrap_or("");
        let digits = count.trim_start().split(|c: char| !c.is_ascii_digit()).next();
        digits.unwrap_or("").parse().unwrap_or(0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The neighbours.
struct Crowd {
    daemon: SocketAddrV4,
    peers: Vec<Peer>,
    random: Random,
    sent: u64,
    received: u64,
}

struct Peer {
    socket: UdpSocket,
    hello: Vec<u8>,
    due: Instant,
}

impl Crowd {
    /// One of them is the designated router, unless the daemon is.
    fn new(ip: Ipv4Addr, count: u32, daemon_designated: bool) -> Self {
        let mut random = Random::seeded(1);
        let system = |n: u32| SystemId::of_internal(NetworkNumber(INTERNAL + n));
        let lan = system(if daemon_designated { 0 } else { 1 }).lan(1);
        let peer = |n| {
            let own = address(ip, n);
            let socket = UdpSocket::bind((own, cmd::DEFAULT_PORT)).unwrap();
            socket.set_nonblocking(true).unwrap();
            let priority = if n == 1 && !daemon_designated { 127 } else { 1 };
            let hello = hello([own, ip].map(cmd::node), system(n), priority, lan);
            let due = Instant::now() + random.duration_up_to(INTERVAL);
            Peer { socket, hello, due }
        };
        let peers = (1..=count).map(peer).collect();
        let daemon = SocketAddrV4::new(ip, cmd::DEFAULT_PORT);
        Self { daemon, peers, random, sent: 0, received: 0 }
    }

    /// Sends hellos as they are due.
    fn live(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let mut look = Instant::now();
        loop {
            let now = Instant::now();
            if now >= end {
                return;
            }
            for peer in self.peers.iter_mut().filter(|peer| peer.due <= now) {
                self.sent += 1;
                peer.socket.send_to(&peer.hello, self.daemon).unwrap();
                let jitter = self.random.duration_up_to(INTERVAL / 4);
                peer.due = now + INTERVAL / 4 * 3 + jitter;
            }
            if look <= now {
                look = now + LOOK;
                let mut bytes = [0; 2_048];
                for peer in &self.peers {
                    while peer.socket.recv(&mut bytes).is_ok() {
                        self.received += 1;
                    }
                }
            }
            let next = self.peers.iter().map(|peer| peer.due).min().unwrap();
            thread::sleep(next.min(look).min(end).saturating_duration_since(Instant::now()));
        }
    }
}

/// The hello of an agent that hears another.
fn hello(
    [node, heard]: [NodeAddress; 2],
    system: SystemId,
    priority: u8,
    lan_id: NodeId,
) -> Vec<u8> {
    let hello = LanHello {
        system,
        holding_time: 60,
        priority,
        lan_id,
        no_multicast: true,
        areas: Vec::new(),
        neighbours: vec![heard],
        local_mtu: Some(1_472),
        packet_len: 0,
    };
    let network = NetworkNumber::DEFAULT_CMD;
    let source = Address::new(network, node, Socket::NLSP);
    let everyone = Address::new(network, NodeAddress::BROADCAST, Socket::NLSP);
    Header::new(PacketType::UNKNOWN, source, everyone).packet(&hello.encode()).to_vec()
}

/// What a process has used.
struct Usage {
    /// Processor time, by the scheduler's clock.
    cpu: Duration,
    /// Of the kernel's 100 ticks a second: in the program, and in the kernel.
    ticks: [u64; 2],
    /// How often it went to sleep.
    sleeps: u64,
}

impl Usage {
    fn of(daemon: &Daemon) -> Self {
        let process = PathBuf::from(format!("/proc/{}", daemon.child.id()));
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let mut usage = Self { cpu: Duration::ZERO, ticks: [0; 2], sleeps: 0 };
        for thread in fs::read_dir(process.join("task")).unwrap() {
            let thread = thread.unwrap().path();
            usage.cpu += processor_time(&thread);
            let status = read(&thread.join("status"));
            let sleeps = status.split("\nvoluntary_ctxt_switches:").nth(1).unwrap();
            usage.sleeps += sleeps.split_whitespace().next().unwrap().parse::<u64>().unwrap();
        }
        let stat = read(&process.join("stat"));
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11);
        let ticks = ticks.map(|field| field.parse().unwrap());
        usage.ticks.iter_mut().zip(ticks).for_each(|(place, ticks)| *place = ticks);
        usage
    }

    fn since(&self, before: &Self) -> Self {
        let mut ticks = self.ticks;
        ticks.iter_mut().zip(before.ticks).for_each(|(now, before)| *now -= before);
        Self { cpu: self.cpu - before.cpu, ticks, sleeps: self.sleeps - before.sleeps }
    }

    fn print(&self, role: &str, time: Duration, sent: u64, received: u64) {
        let seconds = time.as_secs_f64();
        let [user, system] = self.ticks.map(|ticks| ticks * 10);
        let each = self.cpu.as_secs_f64() * 1e6 / (sent + received).max(1) as f64;
        println!(
            "{role}: {:.3} % of a processor ({user} ms user, {system} ms system, by ticks); \
             {:.1} datagrams out and {:.1} in a second, {each:.1} µs each; {:.1} sleeps a second",
            self.cpu.as_secs_f64() / seconds * 100.0,
            sent as f64 / seconds,
            received as f64 / seconds,
            self.sleeps as f64 / seconds,
        );
    }
}
