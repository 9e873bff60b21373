//! Floods and damaged messages of SLP into the running daemon.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use ipxway::demo::lab::{Agent, Capture, Lab, wait_until};
use ipxway_core::random::Random;
use ipxway_core::router::{Command, Reply};
use ipxway_core::wire::slp::{
    AttrRequest, Body, Flags, Header, Message, PORT, ScopeList, SrvDereg, SrvReg, SrvRequest,
    TypeRequest, UrlEntry, Version,
};

use super::{WIRE, agent, all_meet, host, ip};
use crate::lab::{CONVERGENCE, SOON, ensure, full, isolated_alone};
use crate::oracle::tshark;

/// Requests a second, for so many seconds.
const RATE: u32 = 50_000;
const SECONDS: u32 = 10;
/// A hello of the short times comes each second; more between two would be late.
const LATE: Duration = Duration::from_millis(1_500);
/// The addresses of the attacker.
const SOURCES: u8 = 20;
/// So much more memory may a daemon have afterwards.
const GROWTH: u64 = 32 << 20;

const DIRECTORY_AGENT: &str = "\n[slp.directory_agent]\nenabled = true\n";

/// Three agents on a wire, the first of them a directory agent, and an attacker with many
/// addresses in the enclosure's own namespace.
fn under_attack(lab: &Lab) -> anyhow::Result<Vec<Agent>> {
    lab.lan(WIRE)?;
    lab.ip(&format!("link add attacker type veth peer name p-attacker netns {WIRE}"))?;
    lab.ip(&format!("-n {WIRE} link set p-attacker master lan up"))?;
    lab.ip("link set attacker up")?;
    for number in 0..SOURCES {
        lab.ip(&format!("address add {}/24 dev attacker", source(number)))?;
    }
    let mut agents = Vec::new();
    for number in 1..=3 {
        let name = host(lab, number)?;
        let more = if number == 1 { DIRECTORY_AGENT } else { "" };
        agents.push(agent(lab, &name, number, more)?);
    }
    all_meet(&agents, CONVERGENCE)?;
    Ok(agents)
}

fn source(number: u8) -> Ipv4Addr {
    ip(100 + number)
}

fn message(version: Version, body: Body) -> Vec<u8> {
    let mut header = Header::new(version, 7);
    let fresh = version == Version::V2 && matches!(body, Body::SrvReg(_));
    header.flags = Flags { fresh, ..Flags::default() };
    Message::new(header, body).encode().expect("a sound message")
}

/// Sound messages of every kind that is answered or believed.
fn sound() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let scopes = || ScopeList::from_names(["DEFAULT"]);
    let url = "service:mgw.novell:///NOBODY".to_owned();
    for version in [Version::V1, Version::V2] {
        let find = |service_type: &str, filter: &str| {
            let (service_type, filter) = (service_type.to_owned(), filter.to_owned());
            let scopes = scopes();
            Body::SrvRqst(SrvRequest { service_type, scopes, filter, ..SrvRequest::default() })
        };
        let filter = match version {
            Version::V1 => "(CMD NETWORK==FFFFFFFD)",
            Version::V2 => "(&(CMD NETWORK=FFFFFFFD)(SVCNAME-WS=A*))",
        };
        let entry = UrlEntry { lifetime_s: 300, url: url.clone() };
        let bodies = [
            find("service:mgw.novell", filter),
            find("service:directory-agent", ""),
            Body::AttrRqst(AttrRequest {
                target: url.clone(),
                scopes: scopes(),
                ..AttrRequest::default()
            }),
            Body::SrvTypeRqst(TypeRequest { scopes: scopes(), ..TypeRequest::default() }),
            Body::SrvReg(SrvReg {
                entry,
                service_type: "service:mgw.novell".to_owned(),
                scopes: scopes(),
                attributes: "(CMD NETWORK=0000BEEF),(SVCNAME-WS=NOBODY)".to_owned(),
            }),
            Body::SrvDereg(SrvDereg { scopes: scopes(), url: url.clone(), tags: String::new() }),
        ];
        all.extend(bodies.into_iter().map(|body| message(version, body)));
    }
    all
}

fn sockets() -> anyhow::Result<Vec<UdpSocket>> {
    (0..SOURCES)
        .map(|number| {
            let socket = UdpSocket::bind((source(number), 0))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        })
        .collect()
}

/// The times at which a hello went from the first agent to the second, in seconds.
fn hellos(file: &std::path::Path) -> Vec<f64> {
    let lines = tshark(file, &["-T", "fields", "-e", "frame.time_epoch"]);
    lines.iter().filter_map(|line| line.trim().parse().ok()).collect()
}

#[test]
fn a_flood_of_requests_leaves_the_hellos_on_time_and_is_answered_threefold_at_most() {
    isolated_alone(|lab| {
        let agents = under_attack(lab)?;
        // Behind the headers of UDP and IPX: what kind of NLSP packet it is. 15 is a hello.
        let filter =
            format!("src {} and dst {} and udp port 2654 and udp[42] & 0x1f = 15", ip(1), ip(2));
        let capture = Capture::start(lab, (WIRE, "lan"), "hellos", &filter)?;
        let sockets = sockets()?;
        let request = sound().swap_remove(6);
        let flood = flood(&sockets, &request);
        let file = capture.finish()?;
        let hellos = hellos(&file);
        let gaps = hellos.array_windows::<2>().map(|[one, next]| next - one);
        let worst = gaps.fold(0.0, f64::max);
        eprintln!(
            "{flood:?} by requests of {} bytes; {} hellos, at most {worst:.2} s apart",
            request.len(),
            hellos.len(),
        );
        let wanted = Duration::from_secs(1) * SECONDS;
        ensure(flood.took < wanted * 3 / 2, || format!("that was no flood: {flood:?}"))?;
        ensure(hellos.len() >= SECONDS as usize, || format!("{hellos:?}"))?;
        ensure(worst < LATE.as_secs_f64(), || format!("a hello was late: {hellos:?}"))?;
        let (asked, answered) = (flood.sent as usize * request.len(), flood.answered);
        ensure(answered > 0 && answered < 3 * asked, || format!("{flood:?}"))?;
        ensure(flood.longest <= 3 * request.len(), || format!("{flood:?}"))?;
        for agent in &agents {
            let Reply::Events { events } = agent.ask(Command::ShowEvents)? else { continue };
            let down = events.iter().filter(|row| row.event.name() == "adjacency-down").count();
            ensure(down == 0, || format!("{down} adjacencies went down"))?;
        }
        // It answers again.
        let socket = &sockets[0];
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        wait_until("an answer after the flood", SOON, || {
            socket.send_to(&request, (ip(1), PORT))?;
            Ok(socket.recv(&mut [0; 2_000]).is_ok().then_some(()))
        })
    });
}

/// What was sent, and what came back.
#[derive(Debug)]
struct Flood {
    took: Duration,
    /// Requests.
    sent: u32,
    /// Bytes of all answers, and of the longest.
    answered: usize,
    longest: usize,
}

/// Sends as many requests a second as is asked for, by turns from all sockets.
fn flood(sockets: &[UdpSocket], request: &[u8]) -> Flood {
    let begun = Instant::now();
    let mut flood = Flood { took: Duration::ZERO, sent: 0, answered: 0, longest: 0 };
    let mut buffer = [0; 65_536];
    while flood.sent < RATE * SECONDS {
        for socket in sockets {
            // A buffer that is full is no reason to wait: the flood goes on.
            flood.sent += u32::from(socket.send_to(request, (ip(1), PORT)).is_ok());
            while let Ok(length) = socket.recv(&mut buffer) {
                flood.answered += length;
                flood.longest = flood.longest.max(length);
            }
        }
        let due = Duration::from_secs(1) * flood.sent / RATE;
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    flood.took = begun.elapsed();
    flood
}

#[test]
fn damaged_messages_into_the_running_daemon_change_nothing_and_cost_no_memory() {
    isolated_alone(|lab| {
        let mut agents = under_attack(lab)?;
        let sockets = sockets()?;
        let sound = sound();
        let mut random = Random::seeded(20_261_126);
        let count: u32 = if full() { 100_000 } else { 10_000 };
        let mut before = None;
        let mut buffer = [0; 65_536];
        for number in 0..count {
            let any = usize::try_from(random.below(sound.len() as u64))?;
            let bytes = damaged(&sound[any], &mut random);
            let socket = &sockets[number as usize % sockets.len()];
            // As fast as they are looked at: what the kernel drops proves nothing.
            while socket.send_to(&bytes, (ip(1), PORT)).is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
            while socket.recv(&mut buffer).is_ok() {}
            if number % 64 == 0 {
                std::thread::sleep(Duration::from_millis(40));
            }
            // What the tables need they have by then.
            if number == count / 2 {
                before = Some(memory(&agents[0])?);
            }
        }
        let before = before.expect("half of them was sent");
        let after = memory(&agents[0])?;
        eprintln!(
            "{count} damaged messages: {} KiB before, {} KiB after",
            before >> 10,
            after >> 10
        );
        ensure(after < before + GROWTH, || format!("{before} bytes of memory became {after}"))?;
        ensure(agents[0].process.ended()?.is_none(), || "the agent has ended".to_owned())?;
        all_meet(&agents, SOON)?;
        // A registration is still taken, and found.
        let name = host(lab, 4)?;
        agents.push(agent(lab, &name, 4, "")?);
        all_meet(&agents, CONVERGENCE).map(drop)
    });
}

/// Some bytes changed, and every fourth cut short.
fn damaged(sound: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=random.below(6) {
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap_or(0);
        bytes[at] = u8::try_from(random.below(256)).unwrap_or(0);
    }
    if random.below(4) == 0 {
        bytes.truncate(usize::try_from(random.below(bytes.len() as u64)).unwrap_or(0));
    }
    bytes
}

/// Bytes of memory that an agent has in use. The processes of an enclosure have numbers of their
/// own, which the mounted /proc does not know: the agent is the one with its configuration.
fn memory(agent: &Agent) -> anyhow::Result<u64> {
    let file = agent.file.display().to_string();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).split('\0').any(|word| word == file) {
            let statm = std::fs::read_to_string(path.join("statm"))?;
            let pages: u64 = statm.split_whitespace().nth(1).unwrap_or("0").parse()?;
            ensure(pages > 0, || format!("{} has no memory", path.display()))?;
            return Ok(pages * 4_096);
        }
    }
    anyhow::bail!("no process has {file}")
}
